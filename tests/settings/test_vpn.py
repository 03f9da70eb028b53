"""What the settings of the staff VPN may be together with the rest."""

from __future__ import annotations

import pytest

from settings import Settings, SettingsError, parse
from settings.errors import Problem
from tests.settings.strategies import Document, full_document, minimal_document, put

FILE = "Pulumi.prod.yaml"
VPN = "hipaa:connectivity.vpn"
LICENCE = "arn:aws:secretsmanager:us-east-1:123456789012:secret:vpn-licence-AbCdEf"


def problem(document: Document) -> Problem:
    """Return the only thing that is wrong with a document."""
    with pytest.raises(SettingsError) as caught:
        parse(document, file=FILE)
    [only] = caught.value.problems
    return only


def read(document: Document) -> Settings:
    return parse(document, file=FILE)


def test_a_small_server_runs_as_long_as_it_works_unless_told_otherwise() -> None:
    vpn = read(full_document()).connectivity
    assert vpn is not None
    assert vpn.vpn is not None
    assert (vpn.vpn.instance_type, vpn.vpn.max_lifetime_days, vpn.vpn.licence_secret_arn) == (
        "t3.small",
        None,
        None,
    )


def test_an_image_is_required() -> None:
    document = full_document()
    del document["hipaa:connectivity"]["vpn"]["ami"]
    found = problem(document)
    assert (found.path, found.value) == (f"{VPN}.ami", "(missing)")


@pytest.mark.parametrize(
    "ami",
    [
        "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
        "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
    ],
)
def test_an_image_without_access_server_is_refused(ami: str) -> None:
    found = problem(put(full_document(), f"{VPN}.ami", ami))
    assert found.path == f"{VPN}.ami"
    assert "OpenVPN Access Server" in found.allowed


def test_an_image_for_another_architecture_is_refused() -> None:
    ami = "resolve:ssm:/aws/service/marketplace/prod-abcdefghijklm/arm64"
    found = problem(put(full_document(), f"{VPN}.ami", ami))
    assert "x86_64" in found.allowed
    document = put(put(full_document(), f"{VPN}.ami", ami), f"{VPN}.instance_type", "t4g.small")
    assert [text for text in read(document).warnings if f"{VPN}.ami is an alias" in text]


@pytest.mark.parametrize("admin", ["0.0.0.0/0", "128.0.0.0/1", "198.0.0.0/8"])
def test_the_admin_page_is_never_for_the_internet(admin: str) -> None:
    found = problem(put(full_document(), f"{VPN}.admin_cidrs", [admin]))
    assert found.path == f"{VPN}.admin_cidrs[0]"


def test_clients_have_a_range_of_their_own() -> None:
    found = problem(put(full_document(), f"{VPN}.client_cidr", "10.20.0.0/20"))
    assert found.path == f"{VPN}.client_cidr"
    assert "hipaa:network.cidr" in found.allowed


def test_the_data_tier_is_named_only_where_there_is_data() -> None:
    document = full_document()
    del document["hipaa:data"]
    for service in document["hipaa:services"].values():
        service["uses"] = []
    found = problem(document)
    assert found.path == f"{VPN}.access.engineers[1]"
    assert "hipaa:data.aurora" in found.allowed


def test_backups_alone_are_no_data() -> None:
    document = full_document()
    document["hipaa:data"] = {"backup": document["hipaa:data"]["backup"]}
    for service in document["hipaa:services"].values():
        service["uses"] = []
    assert problem(document).path == f"{VPN}.access.engineers[1]"


@pytest.mark.parametrize(("engine", "most"), [("postgres", 5), ("mysql", 3)])
def test_the_data_tiers_acl_has_room_for_the_vpn(engine: str, most: int) -> None:
    document = put(full_document(), "hipaa:data.rds.engine", engine)
    if engine == "mysql":
        document = put(document, "hipaa:data.rds.engine_version", "8.4.7")
    assert read(put(document, "hipaa:network.zones", most)).vpn_reaches_data
    assert read(put(document, "hipaa:network.zones", most)).vpn_zones == ("us-east-1a", "us-east-1b")
    found = problem(put(document, "hipaa:network.zones", most + 1))
    assert found.path == f"{VPN}.access.engineers[1]"
    assert f"{most} zones or fewer" in found.allowed


def test_a_group_is_not_the_administrator() -> None:
    found = problem(put(full_document(), f"{VPN}.access", {"openvpn": ["app"]}))
    assert found.path == f"{VPN}.access.openvpn"


@pytest.mark.parametrize(
    "arn",
    [
        LICENCE.replace("123456789012", "210987654321"),
        LICENCE.replace("us-east-1", "us-west-2"),
        "arn:aws:iam::123456789012:root",
    ],
)
def test_a_licence_is_a_secret_of_the_same_account_and_region(arn: str) -> None:
    chosen = read(put(full_document(), f"{VPN}.licence_secret_arn", LICENCE))
    assert chosen.connectivity
    assert chosen.connectivity.vpn
    assert chosen.connectivity.vpn.licence_secret_arn == LICENCE
    found = problem(put(full_document(), f"{VPN}.licence_secret_arn", arn))
    assert found.path == f"{VPN}.licence_secret_arn"


def test_a_vpn_that_leads_nowhere_gets_a_warning() -> None:
    assert not [text for text in read(full_document()).warnings if VPN in text]
    nowhere = read(put(full_document(), f"{VPN}.access", {"support": []}))
    assert [text for text in nowhere.warnings if "gives no group a tier" in text]
    document = put(full_document(), f"{VPN}.access", {"support": ["app"]})
    del document["hipaa:services"]
    assert [text for text in read(document).warnings if "names app" in text]


def test_who_reaches_data_is_known_to_the_network() -> None:
    assert read(full_document()).vpn_reaches_data
    assert not read(put(full_document(), f"{VPN}.access", {"support": ["app"]})).vpn_reaches_data
    assert not read(minimal_document()).vpn_reaches_data

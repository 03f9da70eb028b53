"""Rules on the VPN for staff."""

from __future__ import annotations

import pytest

from tests.settings.documents import full_document, problem, put, read

VPN = "hipaa:connectivity.vpn"
LICENCE = "arn:aws:secretsmanager:us-east-1:123456789012:secret:vpn-licence-AbCdEf"


def test_the_default_server_is_small_and_has_no_maximum_lifetime() -> None:
    connectivity = read(full_document()).connectivity
    assert connectivity is not None
    assert connectivity.vpn is not None
    vpn = connectivity.vpn
    assert (vpn.instance_type, vpn.max_lifetime_days, vpn.licence_secret_arn) == ("t3.small", None, None)


def test_an_image_is_required() -> None:
    document = full_document()
    del document["hipaa:connectivity"]["vpn"]["ami"]
    refused = problem(document)
    assert (refused.path, refused.value) == (f"{VPN}.ami", "(missing)")


@pytest.mark.parametrize(
    "ami",
    [
        "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
        "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id",
    ],
)
def test_an_image_without_access_server_is_refused(ami: str) -> None:
    refused = problem(put(full_document(), f"{VPN}.ami", ami))
    assert refused.path == f"{VPN}.ami"
    assert "OpenVPN Access Server" in refused.allowed


def test_an_image_for_another_architecture_is_refused() -> None:
    ami = "resolve:ssm:/aws/service/marketplace/prod-abcdefghijklm/arm64"
    refused = problem(put(full_document(), f"{VPN}.ami", ami))
    assert "x86_64" in refused.allowed
    document = put(put(full_document(), f"{VPN}.ami", ami), f"{VPN}.instance_type", "t4g.small")
    assert [text for text in read(document).warnings if f"{VPN}.ami is an alias" in text]


@pytest.mark.parametrize("admin", ["0.0.0.0/0", "128.0.0.0/1", "198.0.0.0/8"])
def test_the_admin_page_is_not_open_to_the_internet(admin: str) -> None:
    refused = problem(put(full_document(), f"{VPN}.admin_cidrs", [admin]))
    assert refused.path == f"{VPN}.admin_cidrs[0]"


def test_an_admin_range_is_listed_once() -> None:
    refused = problem(put(full_document(), f"{VPN}.admin_cidrs", ["198.51.100.0/24", "198.51.100.0/24"]))
    assert refused.path == f"{VPN}.admin_cidrs[1]"


def test_the_range_of_clients_does_not_overlap_the_vpc() -> None:
    refused = problem(put(full_document(), f"{VPN}.client_cidr", "10.20.0.0/20"))
    assert refused.path == f"{VPN}.client_cidr"
    assert "hipaa:network.cidr" in refused.allowed


@pytest.mark.parametrize("kept", [(), ("backup",)])
def test_access_to_the_data_tier_requires_a_store(kept: tuple[str, ...]) -> None:
    document = full_document()
    document["hipaa:data"] = {key: document["hipaa:data"][key] for key in kept}
    for app in document["hipaa:apps"].values():
        app["uses"] = []
    refused = problem(document)
    assert refused.path == f"{VPN}.access.engineers[1]"
    assert "hipaa:data.aurora" in refused.allowed


@pytest.mark.parametrize(("engine", "most"), [("postgres", 5), ("mysql", 3)])
def test_the_network_acl_of_the_data_tier_limits_the_zones(engine: str, most: int) -> None:
    document = put(full_document(), "hipaa:data.rds.engine", engine)
    if engine == "mysql":
        document = put(document, "hipaa:data.rds.engine_version", "8.4.7")
    settings = read(put(document, "hipaa:network.zones", most))
    assert settings.vpn_reaches_data
    assert settings.vpn_zones == ("us-east-1a", "us-east-1b")
    refused = problem(put(document, "hipaa:network.zones", most + 1))
    assert refused.path == f"{VPN}.access.engineers[1]"
    assert f"at most {most} zones" in refused.allowed


def test_a_group_cannot_have_the_name_of_the_administrator() -> None:
    refused = problem(put(full_document(), f"{VPN}.access", {"openvpn": ["app"]}))
    assert refused.path == f"{VPN}.access.openvpn"


@pytest.mark.parametrize(
    "arn",
    [
        LICENCE.replace("123456789012", "210987654321"),
        LICENCE.replace("us-east-1", "us-west-2"),
        "arn:aws:iam::123456789012:root",
    ],
)
def test_the_licence_is_a_secret_of_the_same_account_and_region(arn: str) -> None:
    connectivity = read(put(full_document(), f"{VPN}.licence_secret_arn", LICENCE)).connectivity
    assert connectivity
    assert connectivity.vpn
    assert connectivity.vpn.licence_secret_arn == LICENCE
    refused = problem(put(full_document(), f"{VPN}.licence_secret_arn", arn))
    assert refused.path == f"{VPN}.licence_secret_arn"


def test_a_vpn_whose_users_reach_nothing_is_a_warning() -> None:
    assert not [text for text in read(full_document()).warnings if VPN in text]
    no_tier = read(put(full_document(), f"{VPN}.access", {"support": []}))
    assert [text for text in no_tier.warnings if "gives no group access to a tier" in text]
    document = put(full_document(), f"{VPN}.access", {"support": ["app"]})
    del document["hipaa:apps"]
    assert [text for text in read(document).warnings if "contains app" in text]

"""What `settings.parse` takes and refuses."""

from __future__ import annotations

import copy
import json
from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from settings import Problem, Settings, SettingsError, parse
from settings.model import Nat
from settings.regions import ZONES
from tests.settings.strategies import Document, full_document, leaves, minimal_document, put, valid_documents

FILE = "Pulumi.prod.yaml"
modest = hypothesis_settings(max_examples=100, deadline=None)


def problems(document: Document) -> tuple[Problem, ...]:
    """Return what is wrong with a document that is expected to be refused."""
    with pytest.raises(SettingsError) as caught:
        parse(document, file=FILE)
    return caught.value.problems


def paths(document: Document) -> list[str]:
    return [problem.path for problem in problems(document)]


@modest
@given(valid_documents())
def test_any_valid_document_dumps_back_to_equal_settings(document: Document) -> None:
    settings = parse(document, file=FILE)
    assert parse(settings.document(), file=FILE) == settings


@modest
@given(valid_documents())
def test_a_dumped_document_survives_json(document: Document) -> None:
    dumped = parse(document, file=FILE).document()
    assert json.loads(json.dumps(dumped)) == dumped


def test_parsing_leaves_the_document_as_it_was() -> None:
    document = put(full_document(), "hipaa:network.zones", 9)
    before = copy.deepcopy(document)
    assert paths(document) == ["hipaa:network.zones"]
    assert document == before


def test_a_minimal_document_gets_secure_defaults() -> None:
    settings = parse(minimal_document(), file=FILE)
    assert settings.protect is True
    assert settings.audit.object_lock == "governance"
    assert settings.audit.retention_days == 2192
    assert settings.network.zones == ("us-east-1a", "us-east-1b")
    assert settings.network.nat is Nat.GATEWAY_PER_ZONE
    assert settings.warnings == ()


def test_settings_can_neither_be_changed_nor_differ_from_a_copy() -> None:
    settings = parse(full_document(), file=FILE)
    with pytest.raises(ValueError, match="frozen"):
        settings.__setattr__("protect", False)
    assert {settings, copy.deepcopy(settings)} == {settings}


def test_values_have_the_types_of_their_domain() -> None:
    settings = parse(full_document(), file=FILE)
    assert settings.network.cidr == IPv4Network("10.20.0.0/16")
    assert settings.partition == "aws"
    assert settings.default_tags.tags["owner"] == "platform"
    assert parse(minimal_document() | {"aws:region": "us-gov-west-1"}, file=FILE).partition == "aws-us-gov"


@pytest.mark.parametrize("region", sorted(ZONES))
def test_a_zone_count_takes_the_first_zones_of_the_region(region: str) -> None:
    document = put(minimal_document() | {"aws:region": region}, "hipaa:network.zones", len(ZONES[region]))
    assert parse(document, file=FILE).network.zones == tuple(region + letter for letter in ZONES[region])


def test_zones_keep_the_order_in_which_they_are_named() -> None:
    document = put(minimal_document(), "hipaa:network.zones", ["us-east-1f", "us-east-1b"])
    assert parse(document, file=FILE).network.zones == ("us-east-1f", "us-east-1b")


def test_a_nat_instance_gets_the_image_of_its_architecture() -> None:
    document = put(minimal_document(), "hipaa:network.nat_instance", {"instance_type": "t3.nano"})
    assert parse(document, file=FILE).network.nat_instance.ami.endswith("-x86_64")
    assert parse(minimal_document(), file=FILE).network.nat_instance.ami.endswith("-arm64")


def test_keys_of_other_namespaces_are_left_alone() -> None:
    document = minimal_document() | {"aws:profile": "any", "other:key": {"any": "thing"}}
    assert parse(document, file=FILE) == parse(minimal_document(), file=FILE)


def test_four_mistakes_of_different_kinds_are_reported_at_once() -> None:
    document = put(full_document(), "hipaa:network.zones", 9)
    document = put(document, "hipaa:network.interface_endpoint", ["ecr.api"])
    document = put(document, "hipaa:connectivity.partners.mercy.cidrs", ["172.30.8.0/22", "10.20.64.0/18"])
    document = put(document, "hipaa:audit.retention_days", 365)
    assert paths(document) == [
        "hipaa:network.zones",
        "hipaa:network.interface_endpoint",
        "hipaa:audit.retention_days",
        "hipaa:connectivity.partners.mercy.cidrs[1]",
    ]


REQUIRED = sorted(minimal_document())


@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_required_key_is_reported_alone(key: str) -> None:
    document = full_document()
    del document[key]
    assert [(problem.path, problem.value) for problem in problems(document)] == [(key, "(missing)")]


def test_an_empty_document_lacks_every_required_key() -> None:
    assert sorted(paths({})) == REQUIRED


# Mappings whose keys the user chooses: an unknown key there is a new entry.
FREE = (
    "aws:defaultTags.tags",
    "hipaa:services",
    "hipaa:connectivity.partners",
    "hipaa:connectivity.vpn.access",
)


def sections(value: object, path: str = "") -> list[str]:
    """Return the paths of all mappings with a closed set of keys."""
    found: list[str] = []
    if isinstance(value, dict):
        found += [path] if path not in FREE else []
        found += [
            deep for key, item in value.items() for deep in sections(item, f"{path}.{key}" if path else key)
        ]
    elif isinstance(value, list):
        found += [deep for index, item in enumerate(value) for deep in sections(item, f"{path}[{index}]")]
    return found


@pytest.mark.parametrize("section", sections(full_document()))
def test_an_unknown_key_is_refused_at_any_level(section: str) -> None:
    path = f"{section}.nonsense" if section else "hipaa:nonsense"
    assert paths(put(full_document(), path, "x")) == [path]


@pytest.mark.parametrize("path", list(leaves(full_document())))
@pytest.mark.parametrize("value", [{"nonsense": 1}, ["nonsense"], -1])
def test_a_value_of_the_wrong_type_is_refused_at_its_path_alone(path: str, value: object) -> None:
    assert paths(put(full_document(), path, value)) in ([path], [f"{path}[0]"])


def test_null_stands_for_an_optional_key_that_is_left_out() -> None:
    document = minimal_document() | {"hipaa:compute": None, "hipaa:data": {"rds": None}}
    assert parse(document, file=FILE).compute is None
    assert paths(put(document, "hipaa:network.cidr", None)) == ["hipaa:network.cidr"]


VALID_IMAGE = "registry.example.org/api@sha256:" + "0" * 64

REFUSED: list[tuple[str, object]] = [
    ("aws:region", "us-east-9"),
    ("aws:region", "cn-north-1"),
    ("aws:allowedAccountIds", ["210987654321"]),
    ("aws:allowedAccountIds[0]", 123456789012),
    ("aws:defaultTags.tags.owner", 7),
    ("hipaa:environment", "Prod"),
    ("hipaa:environment", "x" * 17),
    ("hipaa:account", 123456789012),
    ("hipaa:account", "1234"),
    ("hipaa:protect", "true"),
    ("hipaa:protect", 1),
    ("hipaa:network.cidr", "10.20.0.1/16"),
    ("hipaa:network.cidr", "10.20.0.0/22"),
    ("hipaa:network.cidr", "10.0.0.0/15"),
    ("hipaa:network.cidr", "8.8.0.0/16"),
    ("hipaa:network.cidr", "172.32.0.0/16"),
    ("hipaa:network.cidr", "10.20.0.0/255.255.0.0"),
    ("hipaa:network.cidr", "fd00::/16"),
    ("hipaa:network.zones", 1),
    ("hipaa:network.zones", 7),
    ("hipaa:network.zones", True),
    ("hipaa:network.zones", "3"),
    ("hipaa:network.zones", ["us-east-1a"]),
    ("hipaa:network.zones", ["us-east-1a", "us-east-1a"]),
    ("hipaa:network.zones", ["us-east-1a", "us-west-2b"]),
    ("hipaa:network.zones", ["us-east-1a", 2]),
    ("hipaa:network.nat", "gateway"),
    ("hipaa:network.nat", False),
    ("hipaa:network.nat_instance.instance_type", "nano"),
    ("hipaa:network.nat_instance.ami", "ami-123"),
    ("hipaa:network.nat_instance.ami", "resolve:ssm:/aws/service/canonical/x86_64"),
    ("hipaa:network.interface_endpoints[1]", "ecr.dcr"),
    ("hipaa:network.interface_endpoints[1]", "ecr.api"),
    ("hipaa:audit.retention_days", 365),
    ("hipaa:audit.retention_days", 2191),
    ("hipaa:audit.retention_days", 2190.0),
    ("hipaa:audit.retention_days", 2193),
    ("hipaa:audit.retention_days", "2192"),
    ("hipaa:audit.object_lock", "none"),
    ("hipaa:audit.alert_emails[0]", "security"),
    ("hipaa:compute.instances.min", 31),
    ("hipaa:compute.instances.target_capacity_percent", 101),
    (
        "hipaa:compute.ami",
        "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id",
    ),
    ("hipaa:edge.domain", "app_example.org"),
    ("hipaa:edge.zone_id", "z123"),
    ("hipaa:edge.allowed_cidrs", []),
    ("hipaa:edge.waf.rate_limit_per_5_min", 9),
    ("hipaa:services.api.image", "registry.example.org/api:1.2"),
    ("hipaa:services.api.image", "registry.example.org/api@sha256:12"),
    ("hipaa:services.api.port", 65536),
    ("hipaa:services.api.cpu", 127),
    ("hipaa:services.api.tasks.min", 61),
    ("hipaa:services.realtime.route.path", "/api/*"),
    ("hipaa:services.realtime.route.path", "ws/*"),
    ("hipaa:services.realtime.route.idle_timeout_seconds", 4001),
    ("hipaa:services.worker.route", {"path": "/work"}),
    ("hipaa:services.worker.uses[0]", "arora"),
    ("hipaa:data.aurora.engine_version", 16.6),
    ("hipaa:data.aurora.engine_version", "16"),
    ("hipaa:data.aurora.capacity_acu.min", 0.3),
    ("hipaa:data.aurora.capacity_acu.min", 64.5),
    ("hipaa:data.aurora.capacity_acu.max", 257),
    ("hipaa:data.aurora.capacity_acu.max", float("inf")),
    ("hipaa:data.aurora.capacity_acu.max", float("nan")),
    ("hipaa:data.aurora.readers.min", 9),
    ("hipaa:data.aurora.backup_days", 36),
    ("hipaa:data.rds.instance_class", "r6g.large"),
    ("hipaa:data.rds.storage_gib", 19),
    ("hipaa:data.cache.node_type", "r7g.large"),
    ("hipaa:data.cache.replicas", 6),
    ("hipaa:data.backup.copy_to_region", "us-east-1"),
    ("hipaa:data.backup.copy_to_region", "us-gov-west-1"),
    ("hipaa:data.backup.schedule", "0 5 * * *"),
    ("hipaa:data.backup.schedule", "rate(1 hours)"),
    ("hipaa:data.backup.schedule", "cron(0 5 * * * *)"),
    ("hipaa:data.backup.vault_lock", "none"),
    ("hipaa:connectivity.transit.asn", 1),
    ("hipaa:connectivity.exchange_cidr", "10.20.240.0/20"),
    ("hipaa:connectivity.partners.mercy.mode", "vnp"),
    ("hipaa:connectivity.partners.mercy.cidrs", []),
    ("hipaa:connectivity.partners.mercy.cidrs", ["0.0.0.0/0"]),
    ("hipaa:connectivity.partners.mercy.peer_ip", "203.0.113.0/24"),
    ("hipaa:connectivity.partners.mercy.services[0].targets[0]", "172.31.8.15"),
    ("hipaa:connectivity.partners.stluke.account", 210987654321),
    ("hipaa:connectivity.partners.county.principals[0]", "*"),
    ("hipaa:connectivity.vpn.client_cidr", "10.90.8.0/21"),
    ("hipaa:connectivity.vpn.admin_cidrs[0]", "0.0.0.0/0"),
    ("hipaa:connectivity.vpn.admin_cidrs[0]", "198.0.0.0/8"),
    ("hipaa:connectivity.vpn.access.support[0]", "root"),
    ("hipaa:budget.monthly_usd", 0),
]


@pytest.mark.parametrize(("path", "value"), REFUSED)
def test_one_mistake_is_reported_at_its_path_and_nowhere_else(path: str, value: object) -> None:
    found = paths(put(full_document(), path, value))
    assert found in ([path], [f"{path}[0]"])


ELSEWHERE: list[tuple[str, object, str]] = [
    ("hipaa:network.cidr", "10.90.0.0/16", "hipaa:connectivity.exchange_cidr"),
    ("hipaa:account", "210987654321", "aws:allowedAccountIds"),
    ("hipaa:compute.instances.max", 2, "hipaa:compute.instances.min"),
    ("hipaa:network.nat_instance", {"ami": "resolve:ssm:/aws/service/x/x86_64"},
     "hipaa:network.nat_instance.ami"),
    ("hipaa:connectivity.partners.mercy.cidrs[0]", "172.30.64.0/22",
     "hipaa:connectivity.partners.mercy.services[0].targets[0]"),
    ("hipaa:connectivity.partners", {}, "hipaa:services.worker.uses[2]"),
    ("hipaa:services.api", {"image": VALID_IMAGE, "cpu": 256, "memory_mib": 512, "route": {"path": "/x"}},
     "hipaa:services.api.route"),
    ("hipaa:services.a_b", {"image": VALID_IMAGE, "cpu": 256, "memory_mib": 512}, "hipaa:services.a_b"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "reported"), ELSEWHERE)
def test_a_mistake_between_two_settings_names_the_later_one(path: str, value: object, reported: str) -> None:
    assert paths(put(full_document(), path, value)) == [reported]


def test_a_service_may_not_use_what_the_stack_has_not_got() -> None:
    document = put(full_document(), "hipaa:connectivity.vpn.access", {})
    del document["hipaa:data"]
    assert paths(document) == [
        "hipaa:services.api.uses[0]",
        "hipaa:services.api.uses[1]",
        "hipaa:services.realtime.uses[0]",
        "hipaa:services.worker.uses[0]",
        "hipaa:services.worker.uses[1]",
    ]


def test_a_route_needs_the_edge() -> None:
    document = full_document()
    del document["hipaa:edge"]
    assert paths(document) == [
        "hipaa:services.api.route",
        "hipaa:services.realtime.route",
        "hipaa:connectivity.partners.county.mode",
    ]


def test_compliance_locks_need_protection() -> None:
    document = full_document() | {"hipaa:protect": False}
    assert paths(document) == ["hipaa:audit.object_lock", "hipaa:data.backup.vault_lock"]


def test_a_mutable_tag_is_fine_without_protection() -> None:
    document = minimal_document() | {"hipaa:protect": False}
    document["hipaa:services"] = {"api": {"image": "api:latest", "cpu": 256, "memory_mib": 512}}
    services = parse(document, file=FILE).services
    assert services is not None
    assert services["api"].image == "api:latest"


CONSEQUENCES: list[tuple[str, object]] = [
    ("hipaa:data.aurora.engine_version", 16.6),
    ("hipaa:audit.object_lok", "compliance"),
    ("hipaa:data.aurora.nonsense", 1),
    ("hipaa:connectivity.partners.mercy.cidrs", "172.30.8.0/22"),
    ("hipaa:edge.domain", 7),
    ("aws:region", "us-east-9"),
    ("hipaa:protect", "yes"),
    ("hipaa:network", "10.20.0.0/16"),
    ("hipaa:data", []),
]


@pytest.mark.parametrize(("path", "value"), CONSEQUENCES)
def test_what_follows_from_a_refused_value_is_not_reported(path: str, value: object) -> None:
    assert paths(put(full_document(), path, value)) == [path]


def test_a_misspelt_required_key_is_one_mistake() -> None:
    document = full_document() | {"hipaa:netwrk": full_document()["hipaa:network"]}
    del document["hipaa:network"]
    document["hipaa:connectivity"]["partners"]["mercy"]["peer_ipp"] = "203.0.113.10"
    del document["hipaa:connectivity"]["partners"]["mercy"]["peer_ip"]
    assert paths(document) == ["hipaa:connectivity.partners.mercy.peer_ipp", "hipaa:netwrk"]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=3)
    ),
    max_leaves=6,
)


@modest
@given(st.sampled_from(list(leaves(full_document())) + sorted(full_document())), anything)
def test_no_value_whatsoever_breaks_the_reader(path: str, value: object) -> None:
    try:
        result: object = parse(put(full_document(), path, value), file=FILE)
    except SettingsError as error:
        result = str(error)
    assert isinstance(result, Settings | str)


WARNED: list[tuple[str, object, str]] = [
    (
        "hipaa:network.nat",
        "single-gateway",
        "hipaa:network.nat is single-gateway while hipaa:protect is true",
    ),
    ("hipaa:network.nat", "instance", "hipaa:network.nat is instance while hipaa:protect is true"),
    ("hipaa:network", {"cidr": "10.20.0.0/16", "nat": "none"}, "lacks ecr.api, ecr.dkr, ecs, ecs-agent"),
    ("hipaa:network.cidr", "172.17.0.0/16", "172.17.0.0/16"),
    ("hipaa:audit.alert_emails", [], "hipaa:audit.alert_emails is empty"),
    ("hipaa:data.aurora.readers.min", 0, "hipaa:data.aurora.readers.min is 0"),
    ("hipaa:data.rds.multi_az", False, "hipaa:data.rds.multi_az is false"),
    ("hipaa:data.cache.replicas", 0, "hipaa:data.cache.replicas is 0"),
    ("aws:region", "us-west-1", "hipaa:network.zones: us-west-1"),
]


@pytest.mark.parametrize(("path", "value", "sentence"), WARNED)
def test_a_doubtful_setting_is_named_in_a_warning(path: str, value: object, sentence: str) -> None:
    document = full_document()
    del document["hipaa:budget"]
    assert parse(document, file=FILE).warnings == ()
    (told,) = parse(put(document, path, value), file=FILE).warnings
    assert sentence in told


@pytest.mark.parametrize("count", [0, 11])
def test_a_budget_has_somebody_to_tell_and_no_more_than_aws_takes(count: int) -> None:
    emails = [f"owner-{number}@example.org" for number in range(count)]
    (found,) = problems(put(full_document(), "hipaa:audit.alert_emails", emails))
    assert found.path == "hipaa:audit.alert_emails"
    assert found.allowed == "1 to 10 addresses while there is hipaa:budget, which tells them"


def test_a_govcloud_account_has_no_budget_of_its_own() -> None:
    document = {**minimal_document(), "aws:region": "us-gov-west-1", "hipaa:budget": {"monthly_usd": 900}}
    document["hipaa:audit"] = {**document["hipaa:audit"], "alert_emails": ["security@example.org"]}
    (found,) = problems(document)
    assert (found.path, found.allowed) == ("hipaa:budget", "no budget in us-gov-west-1")


def test_services_without_a_cluster_are_warned_of() -> None:
    document = full_document()
    for service in document["hipaa:services"].values():
        service |= {"uses": [], "connects_to": []}
    del document["hipaa:compute"], document["hipaa:connectivity"], document["hipaa:data"]
    warnings = parse(document, file="Pulumi.prod.yaml").warnings
    assert [text for text in warnings if "not built without hipaa:compute" in text]

"""Invalid configurations: every mistake is reported once, at its path, together with all others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import Settings, SettingsError
from tests.settings.documents import (
    DIGEST,
    Document,
    full_document,
    leaves,
    paths,
    problem,
    problems,
    put,
    read,
)


def test_mistakes_of_different_kinds_are_reported_together() -> None:
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


REQUIRED = ["aws:allowedAccountIds", "aws:region", "hipaa:account", "hipaa:environment"]


@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_required_key_is_the_only_problem(key: str) -> None:
    document = full_document()
    del document[key]
    assert [(problem.path, problem.value) for problem in problems(document)] == [(key, "(missing)")]


def test_a_document_without_required_keys_lacks_each_of_them() -> None:
    assert sorted(paths({"hipaa:protect": True})) == REQUIRED


def test_an_empty_document_is_one_mistake() -> None:
    refused = problem({})
    assert (refused.path, refused.value) == ("config", "(missing)")


# Mappings whose keys the user chooses: an unknown key there is a new entry.
USER_KEYS = (
    "aws:defaultTags.tags",
    "hipaa:apps",
    "hipaa:connectivity.partners",
    "hipaa:connectivity.vpn.access",
)


def sections(value: object, path: str = "") -> list[str]:
    """Return the paths of all mappings with fixed keys."""
    result: list[str] = []
    if isinstance(value, dict):
        result += [path] if path not in USER_KEYS else []
        result += [
            deep for key, item in value.items() for deep in sections(item, f"{path}.{key}" if path else key)
        ]
    elif isinstance(value, list):
        result += [deep for index, item in enumerate(value) for deep in sections(item, f"{path}[{index}]")]
    return result


@pytest.mark.parametrize("section", sections(full_document()))
def test_an_unknown_key_is_refused_in_every_section(section: str) -> None:
    path = f"{section}.nonsense" if section else "hipaa:nonsense"
    assert paths(put(full_document(), path, "x")) == [path]


@pytest.mark.parametrize("path", list(leaves(full_document())))
@pytest.mark.parametrize("value", [{"nonsense": 1}, ["nonsense"], -1])
def test_a_value_of_the_wrong_type_is_the_only_problem(path: str, value: object) -> None:
    assert paths(put(full_document(), path, value)) in ([path], [f"{path}[0]"])


IMAGE = f"registry.example.org/api{DIGEST}"

REFUSED: list[tuple[str, object]] = [
    ("aws:region", "us-east-9"),
    ("aws:region", "cn-north-1"),
    ("aws:allowedAccountIds", ["210987654321"]),
    ("aws:allowedAccountIds[0]", 123456789012),
    ("aws:defaultTags.tags.owner", 7),
    ("hipaa:environment", "Prod"),
    ("hipaa:environment", "x" * 17),
    ("hipaa:account", 12345678901),
    ("hipaa:account", "1234"),
    ("hipaa:protect", "tru"),
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
    ("hipaa:apps.api.image", "registry.example.org/api:1.2"),
    ("hipaa:apps.api.image", "registry.example.org/api@sha256:12"),
    ("hipaa:apps.api.processes.web.port", 65536),
    ("hipaa:apps.api.processes.web.cpu", 127),
    ("hipaa:apps.api.processes.web.tasks.min", 61),
    ("hipaa:apps.realtime.processes.web.route.paths", ["/api/*"]),
    ("hipaa:apps.realtime.processes.web.route.paths[0]", "ws/*"),
    ("hipaa:apps.realtime.processes.web.route.paths", []),
    ("hipaa:apps.realtime.processes.web.route.hosts", ["*.org"]),
    ("hipaa:apps.realtime.processes.web.route.slow_start_seconds", 29),
    ("hipaa:apps.realtime.processes.web.route.drain_seconds", 3601),
    ("hipaa:apps.realtime.processes.web.route.health.codes", "2xx"),
    ("hipaa:apps.realtime.processes.web.route.protocol", "https"),
    ("hipaa:edge.weight", 256),
    ("hipaa:edge.maintenance", "x" * 1025),
    ("hipaa:edge.waf.counted_rules", ["SizeRestriction_BODY"]),
    ("hipaa:edge.waf.unlimited_cidrs", ["0.0.0.0/0"]),
    ("hipaa:apps.realtime.processes.web.route.idle_timeout_seconds", 4001),
    ("hipaa:apps.worker.processes.jobs.route", {"paths": ["/work"]}),
    ("hipaa:apps.worker.uses[0]", "arora"),
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
def test_a_mistake_is_reported_only_at_its_path(path: str, value: object) -> None:
    reported = paths(put(full_document(), path, value))
    assert reported in ([path], [f"{path}[0]"])


ELSEWHERE: list[tuple[str, object, str]] = [
    ("hipaa:network.cidr", "10.90.0.0/16", "hipaa:connectivity.exchange_cidr"),
    ("hipaa:account", "210987654321", "aws:allowedAccountIds"),
    ("hipaa:compute.instances.max", 2, "hipaa:compute.instances.min"),
    ("hipaa:network.nat_instance", {"ami": "resolve:ssm:/aws/service/x/x86_64"},
     "hipaa:network.nat_instance.ami"),
    ("hipaa:connectivity.partners.mercy.cidrs[0]", "172.30.64.0/22",
     "hipaa:connectivity.partners.mercy.services[0].targets[0]"),
    ("hipaa:connectivity.partners", {}, "hipaa:apps.worker.uses[2]"),
    ("hipaa:edge.allowed_cidrs", ["198.51.100.0/24", "198.51.100.0/24"], "hipaa:edge.allowed_cidrs[1]"),
    ("hipaa:apps.api.processes.web", {"cpu": 256, "memory_mib": 512, "route": {"paths": ["/x"]}},
     "hipaa:apps.api.processes.web.route"),
    ("hipaa:apps.a_b", {"image": IMAGE, "processes": {"web": {"cpu": 256, "memory_mib": 512}}}, "hipaa:apps.a_b"),
    ("hipaa:apps.api.processes.a_b", {"cpu": 256, "memory_mib": 512}, "hipaa:apps.api.processes.a_b"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "reported"), ELSEWHERE)
def test_a_conflict_of_two_settings_is_reported_at_the_later_one(
    path: str, value: object, reported: str
) -> None:
    assert paths(put(full_document(), path, value)) == [reported]


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
def test_consequences_of_a_refused_value_are_not_reported(path: str, value: object) -> None:
    assert paths(put(full_document(), path, value)) == [path]


def test_a_misspelt_required_key_is_reported_once() -> None:
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


@given(st.sampled_from(list(leaves(full_document())) + sorted(full_document())), anything)
def test_every_value_is_either_accepted_or_refused(path: str, value: object) -> None:
    document: Document = put(full_document(), path, value)
    try:
        result: object = read(document)
    except SettingsError as error:
        result = str(error)
    assert isinstance(result, Settings | str)

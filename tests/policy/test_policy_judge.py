"""The judge: what it reports and counts, its configuration, and rules that fail."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hipaa_policies import catalog
from hipaa_policies import judge as judging
from hipaa_policies import tokens as t
from hipaa_policies.catalog import Config, ConfigError, Control, Deferred, controls
from hipaa_policies.judge import Report, Tally, judge
from hipaa_policies.model import Graph, JudgedResource, Violation
from hipaa_policies.values import UNKNOWN
from hypothesis import given, settings
from hypothesis import strategies as st

STACK = JudgedResource(
    "urn:pulumi:dev::hipaa::pulumi:pulumi:Stack::hipaa-dev", "pulumi:pulumi:Stack", "hipaa-dev", {}
)
RETENTION = "log-group-keeps-six-years"


def resource(type_: str, name: str, props: dict[str, Any] | None = None, **facts: Any) -> JudgedResource:
    return JudgedResource(f"urn:pulumi:dev::hipaa::{type_}::{name}", type_, name, props or {}, **facts)


def group(name: str, days: object = 2192) -> JudgedResource:
    return resource(t.LOG_GROUP, name, {"retentionInDays": days})


def messages(report: Report, control: str) -> list[str]:
    return [item.message for item in report.violations if item.policy == control]


def tally(report: Report, control: str) -> Tally:
    return next(item for item in report.tallies if item.control == control)


def test_a_violation_names_its_control_resource_severity_and_sentence() -> None:
    report = judge([group("app", 30)])
    assert [item for item in report.violations if item.policy == RETENTION] == [
        Violation(RETENTION, group("app").urn, "retentionInDays must be at least 2192, but it is 30.", "high")
    ]
    assert not report.ok


def test_an_empty_program_has_no_violations_and_every_control_reports() -> None:
    report = judge([])
    assert report.ok
    assert [item.control for item in report.tallies] == [item.id for item in controls()]
    assert report.resources == sum(item.checked for item in report.tallies) == 0


def test_a_control_counts_passed_failed_and_not_applicable_resources() -> None:
    keys = [
        resource(t.KEY, "good", {"enableKeyRotation": True}),
        resource(t.KEY, "bad", {"enableKeyRotation": False, "rotationPeriodInDays": 400}),
        resource(t.KEY, "signing", {"keyUsage": "SIGN_VERIFY", "customerMasterKeySpec": "ECC_NIST_P256"}),
    ]
    counted = tally(judge([STACK, *keys]), "kms-key-rotates-yearly")
    assert counted == Tally("kms-key-rotates-yearly", passed=1, failed=1, not_applicable=1)
    assert counted.checked == 2


def test_a_stack_control_counts_the_resources_it_is_about() -> None:
    resources = [resource(t.VPC, "a", {"id": "vpc-a"}), resource(t.VPC, "b", {"id": "vpc-b"})]
    logs = [resource(t.FLOW_LOG, "a", {"vpcId": "vpc-a", "trafficType": "ALL", "logDestination": "arn"})]
    report = judge([*resources, *logs])
    assert tally(report, "vpc-has-a-flow-log") == Tally("vpc-has-a-flow-log", passed=1, failed=1)
    assert [item.urn for item in report.violations if item.policy == "vpc-has-a-flow-log"] == [
        resources[1].urn
    ]


def test_a_deferral_is_an_advisory_and_counted_separately() -> None:
    report = judge([resource(t.POLICY, "p", {"policy": UNKNOWN})])
    deferred = [item for item in report.advisories if item.policy == "iam-policy-grants-no-administration"]
    assert [item.deferred for item in deferred] == [True]
    assert report.ok
    assert tally(report, "iam-policy-grants-no-administration").deferred == 1


def test_one_pack_can_be_judged_alone() -> None:
    report = judge([group("app", 30)], pack="encryption")
    assert {item.policy for item in report.violations} == {"log-group-encrypted-with-own-key"}


def test_an_advisory_control_does_not_stop_a_deployment() -> None:
    report = judge([resource(t.INSTANCE, "i")])
    assert "instance-is-ebs-optimized" in {item.policy for item in report.advisories}
    assert "instance-is-ebs-optimized" not in {item.policy for item in report.violations}


def test_a_configuration_can_lower_a_control_to_advisory() -> None:
    config = {RETENTION: {"enforcementLevel": "advisory"}}
    report = judge([group("app", 30)], config=config, pack="retention")
    assert messages(report, RETENTION) == []
    assert RETENTION in {item.policy for item in report.advisories}


def test_a_configuration_can_raise_a_minimum() -> None:
    report = judge([group("app")], config={RETENTION: {"min_days": 3653.0}})
    assert messages(report, RETENTION) == ["retentionInDays must be at least 3653, but it is 2192."]


def test_a_configuration_can_allow_logs_that_never_expire() -> None:
    config = {RETENTION: {"allow_never_expire": True}}
    report = judge([group("app", 0), resource(t.LOG_GROUP, "forever"), group("late", UNKNOWN)], config=config)
    assert messages(report, RETENTION) == [
        "retentionInDays must be at least 2192, but it is not known before deployment."
    ]


def test_a_configuration_can_switch_off_protection() -> None:
    config = {"stateful-resource-is-protected": {"protect": False}}
    report = judge([group("app")], config=config)
    assert tally(report, "stateful-resource-is-protected") == Tally(
        "stateful-resource-is-protected", not_applicable=1
    )


@pytest.mark.parametrize(
    ("object_lock", "mode", "days", "violations"),
    [
        ("compliance", "COMPLIANCE", 2192, 0),
        ("compliance", "GOVERNANCE", 2192, 1),
        ("governance", "GOVERNANCE", 2192, 0),
        ("governance", "COMPLIANCE", 2192, 0),
        ("governance", "GOVERNANCE", 1, 1),
        ("none", "GOVERNANCE", 1, 0),
    ],
)
def test_a_configuration_chooses_the_lock_mode_of_log_buckets(
    object_lock: str, mode: str, days: int, violations: int
) -> None:
    bucket = resource(t.BUCKET, "logs", {"objectLockEnabled": True, "tags": {"purpose": "audit-log"}})
    retention = {"defaultRetention": {"mode": mode, "days": days}}
    lock = resource(
        t.BUCKET_LOCK, "lock", {"rule": retention}, property_dependencies={"bucket": (bucket.urn,)}
    )
    control = "s3-log-bucket-is-locked-six-years"
    report = judge([bucket, lock], config={control: {"object_lock": object_lock}})
    assert len(messages(report, control)) == violations
    assert bool(tally(report, control).not_applicable) is (object_lock == "none")


def test_a_bucket_that_receives_logs_is_a_log_bucket_whatever_its_tags() -> None:
    control = "s3-log-bucket-is-locked-six-years"
    bucket = resource(t.BUCKET, "b", {"arn": "arn:aws:s3:::b"})
    log = resource(t.FLOW_LOG, "f", {"logDestination": "arn:aws:s3:::b"})
    assert tally(judge([bucket]), control) == Tally(control, not_applicable=1)
    assert tally(judge([bucket, log]), control) == Tally(control, failed=1)


def test_a_configuration_can_name_log_buckets() -> None:
    control = "s3-log-bucket-is-locked-six-years"
    report = judge(
        [resource(t.BUCKET, "trail-2", {"tags": {}})], config={control: {"log_buckets": ["trail-*"]}}
    )
    assert tally(report, control) == Tally(control, failed=1)


def test_a_bucket_with_an_unknown_purpose_is_deferred() -> None:
    control = "s3-log-bucket-is-locked-six-years"
    assert tally(judge([resource(t.BUCKET, "b", {"tags": UNKNOWN})]), control) == Tally(control, deferred=1)


@pytest.mark.parametrize(
    ("type_", "property_", "control"),
    [
        (t.BUCKET_ENCRYPTION, "rules", "s3-bucket-encrypted-with-own-key"),
        (t.BUCKET_LIFECYCLE, "rules", "s3-log-bucket-keeps-six-years"),
        (t.BUCKET_LOCK, "rule", "s3-log-bucket-is-locked-six-years"),
    ],
)
def test_a_bucket_setting_that_is_entirely_unknown_is_deferred(
    type_: str, property_: str, control: str
) -> None:
    bucket = resource(t.BUCKET, "b", {"objectLockEnabled": True, "tags": {"purpose": "audit-log"}})
    setting = resource(type_, "s", {property_: UNKNOWN}, property_dependencies={"bucket": (bucket.urn,)})
    assert tally(judge([bucket, setting]), control) == Tally(control, deferred=1)


@pytest.mark.parametrize(
    "port", [20, 21, 22, 23, 1433, 1521, 3306, 3389, 4333, 5432, 6379, 9200, 11211, 27017]
)
def test_no_configuration_opens_a_port_of_administration_or_data(port: int) -> None:
    rule = resource(
        t.INGRESS_RULE, "r", {"ipProtocol": "tcp", "fromPort": port, "toPort": port, "cidrIpv4": "0.0.0.0/0"}
    )
    report = judge([rule], config={"security-group-opens-only-edge-ports": {"open_ports": [port]}})
    assert messages(report, "security-group-opens-only-edge-ports") == []
    assert messages(report, "security-group-never-opens-admin-ports") == [
        f"A rule must not open port {port} to the Internet, but it allows 0.0.0.0/0."
    ]


@pytest.mark.parametrize(
    ("sid", "label"), [({"Sid": "All"}, "statement All"), ({"Sid": ""}, "statement 2"), ({}, "statement 2")]
)
def test_a_message_names_the_statement_by_its_sid_or_its_position(sid: dict[str, str], label: str) -> None:
    narrow = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    wide = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **sid}
    report = judge([resource(t.POLICY, "p", {"policy": {"Statement": [narrow, wide]}})])
    assert messages(report, "iam-policy-grants-no-whole-service") == [
        f"policy, {label}, must name the actions it allows, but it allows s3:*."
    ]


@pytest.mark.parametrize(("last", "opened"), [(8443, "8443"), (8445, "8443 to 8445")])
def test_a_message_names_the_open_ports(last: int, opened: str) -> None:
    props = {"ipProtocol": "tcp", "fromPort": 8443, "toPort": last, "cidrIpv6": "::/0"}
    report = judge([resource(t.INGRESS_RULE, "r", props)])
    assert messages(report, "security-group-opens-only-edge-ports") == [
        f"A rule that allows ::/0 may open only 80, 443, but it opens {opened}."
    ]


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"kms-key-rotate-yearly": {}}, "kms-key-rotate-yearly is not a control of the catalog"),
        ({RETENTION: {"minDays": 1}}, "minDays is not a setting of this control"),
        ({RETENTION: {"min_days": 2191}}, "min_days must be a whole number of at least 2192"),
        ({RETENTION: {"min_days": "2192"}}, "min_days must be a whole number of at least 2192"),
        ({RETENTION: {"min_days": True}}, "min_days must be a whole number of at least 2192"),
        ({RETENTION: {"allow_never_expire": "true"}}, "allow_never_expire must be true or false"),
        ({RETENTION: {"enforcementLevel": "disabled"}}, "to accept a fault, waive it"),
        ({"kms-key-rotates-yearly": {"max_period_days": 366}}, "must be a whole number from 90 to 365"),
        (
            {"security-group-opens-only-edge-ports": {"open_ports": [443, 0]}},
            "has an item that must be a whole number",
        ),
        ({"security-group-opens-only-edge-ports": {"open_ports": 443}}, "open_ports must be a list"),
        (
            {"s3-log-bucket-is-locked-six-years": {"object_lock": "off"}},
            "must be one of none, governance, compliance",
        ),
        ({"s3-log-bucket-is-locked-six-years": {"log_buckets": [1]}}, "has an item that must be text"),
    ],
)
def test_a_faulty_configuration_is_rejected(config: dict[str, dict[str, object]], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        judge([], config=config)


def test_every_fault_of_a_configuration_is_reported_at_once() -> None:
    with pytest.raises(ConfigError) as error:
        judge([], config={"nonsense": {}, RETENTION: {"min_days": 1, "typo": 2}})
    assert len(error.value.problems) == 3


def test_configuration_of_another_pack_is_accepted() -> None:
    assert judge([], config={RETENTION: {"min_days": 3653}}, pack="encryption").ok


def _raises(_resource: JudgedResource, _config: Config) -> Iterator[str]:
    yield "This sentence comes first."
    raise KeyError("kmsKeyId")


def _raises_over_the_stack(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    yield next(graph.by_type(t.LOG_GROUP)), Deferred("This sentence comes first.")
    raise ZeroDivisionError("oops")


def with_control(monkeypatch: pytest.MonkeyPatch, **parts: Any) -> None:
    broken = replace(controls("retention")[0], id="broken-rule", **parts)

    def only_it(_pack: catalog.Pack | None = None) -> tuple[Control, ...]:
        return (broken,)

    monkeypatch.setattr(judging, "controls", only_it)


def test_a_rule_that_raises_is_a_mandatory_violation_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with_control(monkeypatch, resource_check=_raises, stack_check=None, level="advisory")
    report = judge([STACK, group("app")])
    text = "The rule broken-rule must reach a verdict, but it stopped with KeyError: 'kmsKeyId'"
    assert [item.message for item in report.advisories] == ["This sentence comes first."]
    assert report.violations == (Violation("broken-rule", group("app").urn, text, "high"),)


def test_a_stack_rule_that_raises_is_reported_on_the_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    with_control(monkeypatch, resource_check=None, stack_check=_raises_over_the_stack)
    report = judge([STACK, group("app")])
    assert [item.message for item in report.advisories] == ["This sentence comes first."]
    assert [(item.urn, item.message.rpartition("with ")[2]) for item in report.violations] == [
        (STACK.urn, "ZeroDivisionError: oops")
    ]


def test_a_control_cannot_be_declared_twice() -> None:
    facts: Any = {key: getattr(controls()[0], key) for key in catalog.ControlFields.__required_keys__}
    with pytest.raises(ValueError, match="declared twice"):
        catalog.control(**facts)(_raises)


TYPES = sorted(
    {type_ for item in controls() for type_ in (*item.types, *item.reads) if not type_.endswith("*")}
)
PROPERTIES = sorted(
    {name for item in controls() for names in (*item.types.values(), *item.reads.values()) for name in names}
)
NESTED = (
    "Statement",
    "Effect",
    "Allow",
    "Principal",
    "AWS",
    "*",
    "Action",
    "Resource",
    "Condition",
    "tags",
    "ebs",
    "days",
    "0.0.0.0/0",
    "purpose",
    "tier",
    "data",
    "expiration",
    "defaultRetention",
    "cidrBlock",
    "Bool",
)
JOINED = ("bucket", "vpcId", "targetBucket", "subnetIds", "routeTableId", "gatewayId", "securityGroupId")
WORDS = st.sampled_from(NESTED) | st.text(max_size=4)
ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.just(UNKNOWN),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def odd_resources(draw: st.DrawFn) -> JudgedResource:
    """Draw a resource of a judged type with arbitrary properties."""
    joins = draw(st.dictionaries(st.sampled_from(JOINED), st.sampled_from(TYPES), max_size=2))
    named = draw(st.dictionaries(st.sampled_from(PROPERTIES), ODD, max_size=6))
    return resource(
        draw(st.sampled_from(TYPES)),
        "x",
        {**draw(st.dictionaries(WORDS, ODD, max_size=2)), **named},
        ignore_changes=tuple(draw(st.lists(st.text(max_size=5) | st.sampled_from(PROPERTIES), max_size=2))),
        property_dependencies={
            name: (f"urn:pulumi:dev::hipaa::{target}::x",) for name, target in joins.items()
        },
    )


@settings(max_examples=60)
@given(st.lists(odd_resources(), max_size=8))
def test_no_properties_make_a_rule_fail(resources: list[JudgedResource]) -> None:
    report = judge([STACK, *resources])
    assert [item.message for item in report.violations if "stopped with" in item.message] == []
    assert all(item.urn for item in (*report.violations, *report.advisories))

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.record import Record, Resource
from components.shared.logs import LogOptions, log_group
from facts.logs import RETENTION_FLOOR_DAYS
from tests.harness import KEY, evaluate

GROUP = "aws:cloudwatch/logGroup:LogGroup"


def recorded(*, protect: bool = False) -> Record:
    def program() -> None:
        owner = pulumi.ComponentResource("test:index:Owner", "owner")
        keeping = LogOptions(key_arn=KEY, days=RETENTION_FLOOR_DAYS, protect=protect)
        log_group("app", keeping, kind="application", parent=owner)

    return evaluate(program)


@pytest.fixture(scope="module")
def group() -> Resource:
    return recorded().one(GROUP)


def test_a_log_group_is_encrypted_with_the_given_key(group: Resource) -> None:
    assert group.inputs["kmsKeyId"] == KEY


def test_a_log_group_keeps_events_for_six_years_in_the_standard_class(group: Resource) -> None:
    assert group.inputs["retentionInDays"] == 2192
    assert group.inputs["logGroupClass"] == "STANDARD"


def test_the_tags_of_a_log_group_state_its_purpose_and_kind(group: Resource) -> None:
    assert group.inputs["tags"] == {"purpose": "audit-log", "log": "application"}


def test_a_log_group_belongs_to_its_component_and_pulumi_generates_its_name(group: Resource) -> None:
    assert str(group.parent).endswith("test:index:Owner::owner")
    assert "name" not in group.inputs


@pytest.mark.parametrize("protect", [True, False])
def test_protect_sets_the_protection_of_pulumi_and_of_aws(protect: bool) -> None:
    group = recorded(protect=protect).one(GROUP)
    assert group.inputs["deletionProtectionEnabled"] is protect
    assert (group.protect, group.retain_on_delete) == (protect, protect)


@settings(max_examples=20)
@given(st.integers(-1, RETENTION_FLOOR_DAYS - 1))
def test_a_retention_below_six_years_is_refused(days: int) -> None:
    with pytest.raises(ValueError, match=rf"days must be one of 2192.*got {days}"):
        LogOptions(key_arn=KEY, days=days, protect=False)


def test_a_retention_that_cloudwatch_logs_does_not_support_is_refused() -> None:
    with pytest.raises(ValueError, match="got 2500"):
        LogOptions(key_arn=KEY, days=2500, protect=False)

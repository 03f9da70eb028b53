import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.shared import iam
from components.shared.iam import Account
from tests.harness import ACCOUNT

names = st.text("abcdefgh", min_size=1, max_size=6)
actions = st.lists(names.map(lambda name: f"s3:{name}"), min_size=1, max_size=5)
arns = st.lists(names.map(lambda name: f"arn:aws:s3:::{name}"), min_size=1, max_size=5)


def statements(document: str) -> list[dict[str, Any]]:
    return json.loads(document)["Statement"]


@given(actions, arns, st.randoms(use_true_random=False))
def test_a_document_does_not_depend_on_the_order_of_its_lists(
    allowed: list[str], resources: list[str], random: Any
) -> None:
    shuffled_actions = random.sample(allowed, len(allowed))
    shuffled_resources = random.sample(resources, len(resources))
    document = iam.document(iam.allow("One", actions=allowed, resources=resources))
    assert document == iam.document(iam.allow("One", actions=shuffled_actions, resources=shuffled_resources))


@given(actions, arns)
def test_a_statement_has_the_given_actions_and_resources_only(
    allowed: list[str], resources: list[str]
) -> None:
    (statement,) = statements(iam.document(iam.allow("One", actions=allowed, resources=resources)))
    assert statement == {
        "Sid": "One",
        "Effect": "Allow",
        "Action": sorted(set(allowed)),
        "Resource": sorted(set(resources)),
    }


def test_the_keys_of_a_document_are_sorted() -> None:
    text = iam.document(iam.deny("One", actions=["s3:*"], resources=["*"], principals=iam.EVERYONE))
    assert text == json.dumps(json.loads(text), sort_keys=True)


def test_a_single_condition_value_stays_a_string_and_a_list_is_sorted() -> None:
    conditions = {"StringEquals": {"b": ["z", "a"], "a": "one"}}
    (statement,) = statements(iam.document(iam.allow("One", actions=["s3:Get"], conditions=conditions)))
    assert statement["Condition"] == {"StringEquals": {"a": "one", "b": ["a", "z"]}}


@pytest.mark.parametrize("sid", ["", "two words", "dash-ed"])
def test_a_sid_with_other_characters_than_letters_and_digits_is_refused(sid: str) -> None:
    with pytest.raises(ValueError, match="sid must be letters and digits"):
        iam.allow(sid, actions=["s3:Get"])


def test_a_statement_without_actions_is_refused() -> None:
    with pytest.raises(ValueError, match="actions of One"):
        iam.deny("One", actions=[])


def test_a_string_in_place_of_a_list_is_refused() -> None:
    with pytest.raises(TypeError, match="resources must be a list"):
        iam.deny("One", actions=["s3:Get"], resources="*")


def test_a_document_without_statements_is_refused() -> None:
    with pytest.raises(ValueError, match="needs at least one statement"):
        iam.document()


def test_two_statements_with_the_same_sid_are_refused() -> None:
    statement = iam.allow("One", actions=["s3:Get"])
    with pytest.raises(ValueError, match="One more than once"):
        iam.document(statement, statement)


@pytest.mark.parametrize("service", ["vpc-flow-logs.amazonaws.com", "ecs-tasks.amazonaws.com"])
def test_a_service_may_assume_a_role_for_this_account_only(service: str) -> None:
    (statement,) = statements(iam.assume_role(service, account=ACCOUNT))
    assert statement["Action"] == ["sts:AssumeRole"]
    assert statement["Principal"] == {"Service": [service]}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT.id}}


def test_a_trust_policy_can_have_a_condition_on_the_source_arn() -> None:
    source = ACCOUNT.arn("ec2", "vpc-flow-log/*")
    trust = iam.assume_role("vpc-flow-logs.amazonaws.com", account=ACCOUNT, source_arn=source)
    (statement,) = statements(trust)
    assert statement["Condition"] == {"ArnLike": {"aws:SourceArn": source}}


@pytest.mark.parametrize("service", ["cloudtrail.amazonaws.com", "ec2.amazonaws.com", "s3.amazonaws.com"])
def test_a_service_that_sends_no_source_may_assume_its_role_without_a_condition(service: str) -> None:
    (statement,) = statements(iam.assume_role(service, account=ACCOUNT))
    assert "Condition" not in statement


def test_a_source_arn_for_a_service_that_sends_no_source_is_refused() -> None:
    with pytest.raises(ValueError, match="source_arn must be left out"):
        iam.assume_role("ec2.amazonaws.com", account=ACCOUNT, source_arn="arn:aws:ec2:::x")


def test_arns_of_global_services_and_s3_have_no_region_and_those_of_s3_no_account() -> None:
    assert ACCOUNT.arn("logs", "log-group:*") == "arn:aws:logs:us-east-1:111122223333:log-group:*"
    assert ACCOUNT.root == "arn:aws:iam::111122223333:root"
    assert ACCOUNT.arn("s3", "bucket", regional=False, account=False) == "arn:aws:s3:::bucket"


def test_arns_and_dns_suffix_follow_the_partition() -> None:
    china = Account(id="111122223333", region="cn-north-1", partition="aws-cn")
    assert china.root.startswith("arn:aws-cn:iam::")
    assert china.dns_suffix == "amazonaws.com.cn"


@pytest.mark.parametrize("account_id", ["1111222233", "11112222333a", ""])
def test_an_account_id_has_twelve_digits(account_id: str) -> None:
    with pytest.raises(ValueError, match="id must be 12 digits"):
        Account(id=account_id, region="us-east-1")

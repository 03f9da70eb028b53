"""Tests of the resource policy for vended logs."""

import json

import pulumi

from components.shared.logs import LogOptions, log_group
from components.shared.vended_logs import allow_log_delivery
from tests.harness import ACCOUNT, KEY, evaluate


def test_the_log_delivery_service_may_write_to_the_given_groups_for_this_account_only() -> None:
    def program() -> None:
        owner = pulumi.ComponentResource("test:index:Owner", "owner")
        logs = LogOptions(key_arn=KEY, days=2192, protect=False)
        groups = [log_group(name, logs, kind="application", parent=owner) for name in ("first", "second")]
        allow_log_delivery("app", groups, account=ACCOUNT, parent=owner)

    record = evaluate(program)
    policy = record.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    groups = record.of_type("aws:cloudwatch/logGroup:LogGroup")
    (statement,) = json.loads(str(policy.inputs["policyDocument"]))["Statement"]
    assert {*policy.dependencies} == {group.urn for group in groups}
    assert statement["Principal"] == {"Service": ["delivery.logs.amazonaws.com"]}
    assert len(statement["Resource"]) == 2
    assert all(resource.endswith(":log-stream:*") for resource in statement["Resource"])
    assert statement["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:111122223333:*"},
        "StringEquals": {"aws:SourceAccount": "111122223333"},
    }

"""Tests of the resource policy for vended logs."""

import json

import pulumi

from components.shared.logs import LogOptions, log_group
from components.shared.vended_logs import allow_log_delivery
from tests.harness import ACCOUNT, KEY, evaluate


def test_the_log_delivery_service_may_write_to_the_given_group_for_this_account_only() -> None:
    def program() -> None:
        owner = pulumi.ComponentResource("test:index:Owner", "owner")
        logs = LogOptions(key_arn=KEY, days=2192, protect=False)
        group, _ = [log_group(name, logs, kind="application", parent=owner) for name in ("first", "second")]
        allow_log_delivery("app", group, account=ACCOUNT, parent=owner)

    record = evaluate(program)
    policy = record.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
    group = record.one("aws:cloudwatch/logGroup:LogGroup", "first")
    (statement,) = json.loads(str(policy.inputs["policyDocument"]))["Statement"]
    assert policy.dependencies == (group.urn,)
    assert policy.inputs["resourceArn"] == group.outputs["arn"]
    assert "policyName" not in policy.inputs
    assert sorted(statement["Action"]) == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Principal"] == {"Service": ["delivery.logs.amazonaws.com"]}
    assert statement["Resource"] == [f"{group.outputs['arn']}:log-stream:*"]
    assert statement["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:logs:us-east-1:111122223333:*"},
        "StringEquals": {"aws:SourceAccount": "111122223333"},
    }

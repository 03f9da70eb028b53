"""Tests of the resource policy for vended logs."""

import json

import pulumi

from blueprint.recorder import evaluate
from components.shared.iam import Account
from components.shared.logs import LogKeeping, log_group
from components.shared.vended_logs import admit_delivery

ACCOUNT = Account(id="111122223333", region="us-east-1")
KEY = ACCOUNT.arn("kms", "key/11112222-3333-4444-5555-666677778888")


def test_the_log_delivery_service_may_write_to_the_given_groups_for_this_account_only() -> None:
    def program() -> None:
        owner = pulumi.ComponentResource("test:index:Owner", "owner")
        logs = LogKeeping(key_arn=KEY, days=2192, protect=False)
        groups = [log_group(name, logs, kind="application", parent=owner) for name in ("first", "second")]
        admit_delivery("app", groups, account=ACCOUNT, parent=owner)

    record = evaluate(program, {"aws:region": "us-east-1"})
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

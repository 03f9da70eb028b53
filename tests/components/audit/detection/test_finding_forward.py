"""Findings of another region reach the default event bus of the stack's region."""

import json
from functools import cache

from blueprint.record import Record
from components.audit.detection.finding_forward import FindingForward, FindingForwardArgs
from components.audit.detection.finding_log import EVENTS
from tests.harness import ACCOUNT, evaluate, statements_of

BUS = "arn:aws:events:us-east-1:111122223333:event-bus/default"


@cache
def recorded() -> Record:
    args = FindingForwardArgs(account=ACCOUNT, region="us-west-2")
    return evaluate(lambda: FindingForward("copies", args), known=False)


def test_every_finding_of_the_region_is_sent_to_the_default_bus_of_the_stack() -> None:
    rule = recorded().one("aws:cloudwatch/eventRule:EventRule").inputs
    target = recorded().one("aws:cloudwatch/eventTarget:EventTarget").inputs
    assert json.loads(rule["eventPattern"]) == {
        "source": [*EVENTS],
        "detail-type": [kind for kinds in EVENTS.values() for kind in kinds],
        "region": ["us-west-2"],
    }
    assert (rule["region"], target["region"], target["arn"]) == ("us-west-2", "us-west-2", BUS)


def test_the_role_may_only_send_events_to_this_bus_and_only_for_this_account() -> None:
    policy = statements_of(recorded().one("aws:iam/policy:Policy").inputs["policy"])
    trust = statements_of(recorded().one("aws:iam/role:Role").inputs["assumeRolePolicy"])
    assert policy["Forward"]["Action"] == ["events:PutEvents"]
    assert policy["Forward"]["Resource"] == [BUS]
    assert trust["AssumeRole"]["Principal"] == {"Service": ["events.amazonaws.com"]}
    assert trust["AssumeRole"]["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}


def test_the_target_waits_for_the_permission_of_its_role() -> None:
    target = recorded().one("aws:cloudwatch/eventTarget:EventTarget")
    attachment = recorded().one("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert attachment.urn in target.dependencies

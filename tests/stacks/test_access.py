"""What applications reach: hosts outside, in every flow that a move from Heroku needs, AWS services and secrets."""

from __future__ import annotations

import json
from functools import cache
from typing import Any, Final

import pytest

from blueprint.reach.claims import claims
from blueprint.reach.network import RecordedNetwork
from blueprint.reach.traffic import ports
from blueprint.record import Record
from facts.aws_services import AWS_SERVICES
from tests.harness import statements_of
from tests.repository import judge, network, program
from tests.settings.documents import Document
from tests.stacks.samples import EDGE, IMAGE, PROCESS, app, secret, stack

RULE: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ACL: Final = "aws:ec2/networkAcl:NetworkAcl"
EGRESS: Final[Document] = {
    "heroku-postgres": {"port": 5432, "cidrs": ["0.0.0.0/0"], "until": "2027-03-01"},
    "heroku-redis": {"port": 25_059, "cidrs": ["0.0.0.0/0"], "until": "2027-03-01"},
    "mail": {"port": 587, "hosts": ["smtp.example.org"]},
    "lab": {"port": 22, "cidrs": ["203.0.113.0/26"], "hosts": ["sftp.example.net"]},
    "idp": {"port": 443, "hosts": ["idp.example.org"]},
}


@cache
def moving(nat: str = "single-gateway") -> Record:
    """Return a stack during a move: an application with its stores, its old ones at Heroku, and a process that copies data."""
    ehr = app(
        "aurora", "cache", web=PROCESS, copy={**PROCESS, "image": IMAGE, "command": ["sleep", "infinity"]}
    )
    document = stack(
        network={"nat": nat, "dns_firewall": {"allow": ["api.example.com"]}},
        compute={},
        apps={
            "ehr": ehr | {"egress": EGRESS, "secrets": {"SOURCE": secret("source")}},
            "chat": app("cache"),
        },
        data={"aurora": {"engine_version": "17.9", "bootstrap_image": IMAGE}, "cache": {}},
    )
    return program(document, stack="dev")


@cache
def moving_network(nat: str = "single-gateway") -> RecordedNetwork:
    return network(moving(nat))


def verdict(source: str, target: str, port: int, nat: str = "single-gateway") -> str:
    questions = moving_network(nat).ask
    return questions.ask(questions.place(source), questions.place(target), ports(tcp=(port,))).verdict


@pytest.mark.parametrize("nat", ["gateway-per-zone", "single-gateway", "instance"])
@pytest.mark.parametrize("process", ["ehr-web", "ehr-copy"])
def test_every_process_reaches_the_old_stores_mail_and_sftp(process: str, nat: str) -> None:
    for port in (5432, 25_059, 587, 443):
        assert verdict(process, "internet", port, nat) == "yes"
    assert verdict(process, "203.0.113.7", 22, nat) == "yes"
    assert verdict(process, "198.51.100.7", 22, nat) == "no"


def test_the_task_that_copies_the_data_reaches_the_old_and_the_new_database() -> None:
    # `run-task` starts it with the subnets and the security group of the service.
    assert verdict("ehr-copy", "internet", 5432) == verdict("ehr-copy", "aurora", 5432) == "yes"
    assert verdict("ehr-copy", "internet", 25_059) == verdict("ehr-copy", "cache", 6379) == "yes"


def test_the_rule_with_its_name_is_the_answer() -> None:
    questions = moving_network().ask
    answer = questions.ask(questions.place("ehr-web"), moving_network().internet, ports(tcp=(5432,)))
    assert "ehr-web-to-egress-heroku-postgres-5432-0.0.0.0/0" in answer.paths[0].text()


def test_another_application_reaches_https_only() -> None:
    assert verdict("chat-web", "internet", 443) == "yes"
    for port in (5432, 25_059, 587, 22):
        assert verdict("chat-web", "internet", port) == "no"


def test_the_bootstrap_task_reaches_its_database_and_nothing_outside() -> None:
    group = moving().one("aws:ec2/securityGroup:SecurityGroup", "aurora-bootstrap").outputs["id"]
    rules = [item.inputs for item in moving().of_type(RULE) if item.inputs["securityGroupId"] == group]
    database = moving().one("aws:ec2/securityGroup:SecurityGroup", "aurora").outputs["id"]
    assert [(item["referencedSecurityGroupId"], item["fromPort"]) for item in rules] == [(database, 5432)]


def test_rules_say_what_they_are_for_and_until_when() -> None:
    rule = moving().one(RULE, "ehr-web-to-egress-heroku-postgres-5432-0.0.0.0/0").inputs
    assert rule["description"] == "Egress heroku-postgres until 2027-03-01"
    assert not [item for item in moving().of_type(RULE) if "egress-idp" in item.name]


def test_the_acl_of_nat_admits_port_22_only_if_an_application_needs_it() -> None:
    def first(record: Record) -> object:
        entries: Any = record.one(ACL, "app-public").inputs["ingress"]
        return min(entries, key=lambda entry: entry["ruleNo"])["action"]

    assert first(moving()) == "allow"
    assert first(program(stack(network={"nat": "single-gateway"}), stack="dev")) == "deny"


def test_the_dns_firewall_allows_the_hosts_that_the_settings_name() -> None:
    domains = (
        moving()
        .one("aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList", "app-dns-allow")
        .inputs["domains"]
    )
    assert domains == [
        "*.amazonaws.com",
        "*.api.aws",
        "*.ec2.internal",
        "api.example.com",
        "idp.example.org",
        "registry.example.org",
        "sftp.example.net",
        "smtp.example.org",
    ]


def test_the_stack_is_proven_and_passes_every_control() -> None:
    assert [item for item in claims(moving_network()) if item.faults] == []
    assert judge(moving()).findings == ()


def statements(policy: str, *uses: str, **settings: object) -> dict[str, Any]:
    """Return the statements of a policy of a stack whose application `ehr` uses these AWS services."""
    record = program(
        stack(
            compute={},
            edge=EDGE,
            network={"interface_endpoints": ["secretsmanager", "ssm"]},
            apps={"ehr": app(*uses) | settings, "chat": app("sns")},
        ),
        stack="dev",
    )
    assert judge(record).findings == ()
    return statements_of(record.one("aws:iam/policy:Policy", policy).inputs["policy"])


def test_aws_services_are_limited_to_the_region_the_domain_and_the_names_of_the_application() -> None:
    found = statements("ehr-task", *AWS_SERVICES)
    account = "us-east-1:111122223333"
    assert found["Bedrock0"]["Resource"] == [
        f"arn:aws:bedrock:{account}:inference-profile/us.*",
        "arn:aws:bedrock:us-east-1::foundation-model/*",
    ]
    assert found["Bedrock1"]["Condition"] == {
        "StringLike": {"bedrock:InferenceProfileArn": f"arn:aws:bedrock:{account}:inference-profile/us.*"}
    }
    assert found["Ses0"]["Condition"] == {"StringLike": {"ses:FromAddress": "*@app.example.org"}}
    assert f"arn:aws:ses:{account}:identity/app.example.org" in found["Ses0"]["Resource"]
    assert found["Healthlake0"]["Condition"] == {
        "StringEquals": {"aws:ResourceTag/application": "hipaa-dev-ehr"}
    }
    assert found["Sns0"]["Resource"] == [f"arn:aws:sns:{account}:hipaa-dev-ehr-*"]
    assert (
        f"arn:aws:transcribe:{account}:transcription-job/hipaa-dev-ehr-*" in found["Transcribe1"]["Resource"]
    )
    for name in ("Textract0", "Transcribe0"):
        assert found[name]["Resource"] == ["*"]
        assert found[name]["Condition"] == {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}


def test_an_application_has_the_services_that_it_uses_and_no_others() -> None:
    assert {name for name in statements("chat-task", *AWS_SERVICES) if not name.startswith("Exec")} == {
        "Sns0"
    }


def test_permissions_are_statements_that_stay_in_the_account_and_region() -> None:
    found = statements(
        "ehr-task",
        permissions={
            "monthly-reports": {
                "actions": ["s3:GetObject"],
                "resources": ["arn:aws:s3:::reports/*"],
                "conditions": {"StringEquals": {"s3:ExistingObjectTag/kind": ["report"]}},
            },
            "metrics": {"actions": ["cloudwatch:PutMetricData"], "resources": ["*"]},
            "queue": {
                "actions": ["sqs:SendMessage"],
                "resources": ["arn:aws:sqs:us-east-1:111122223333:jobs"],
            },
        },
    )
    assert found["SettingmonthlyXreports"]["Condition"] == {
        "StringEquals": {"aws:ResourceAccount": ["111122223333"], "s3:ExistingObjectTag/kind": ["report"]}
    }
    assert found["Settingmetrics"]["Condition"] == {"StringEquals": {"aws:RequestedRegion": ["us-east-1"]}}
    assert found["Settingqueue"]["Resource"] == ["arn:aws:sqs:us-east-1:111122223333:jobs"]
    assert "Condition" not in found["Settingqueue"]


def test_the_execution_role_reads_secrets_and_parameters_with_their_keys() -> None:
    key = "arn:aws:kms:us-east-1:111122223333:key/99998888-7777-6666-5555-444433332222"
    parameter = "arn:aws:ssm:us-east-1:111122223333:parameter/ehr/token"
    found = statements(
        "ehr-web-execution",
        secrets={"TOKEN": parameter, "KEY": f"{secret('key')}:value::"},
        secret_keys=[key],
    )
    assert found["Parameters"]["Resource"] == [parameter]
    assert found["Secrets"]["Resource"] == [secret("key")]
    assert key in found["SecretsKey"]["Resource"]


def test_containers_know_their_region() -> None:
    [container] = json.loads(
        str(moving().one("aws:ecs/taskDefinition:TaskDefinition", "ehr-copy").inputs["containerDefinitions"])
    )
    assert {"name": "AWS_REGION", "value": "us-east-1"} in container["environment"]

"""What applications reach: the hosts that their egress names, in every flow that a move from Heroku needs."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pytest

from blueprint.reach.claims import claims
from blueprint.reach.network import RecordedNetwork
from blueprint.reach.traffic import ports
from blueprint.record import Record
from tests.repository import judge, network, program
from tests.settings.documents import Document
from tests.stacks.samples import IMAGE, PROCESS, app, secret, stack

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

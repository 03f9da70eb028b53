from typing import Any

import pytest

from blueprint.record import Record

RULE = "aws:route53/resolverFirewallRule:ResolverFirewallRule"
LIST = "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList"
ASSOCIATION = "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
NAMES = ("smtp.example.org", "*.partner.internal")


@pytest.fixture(scope="module")
def record(network: Any) -> Record:
    return network(resolvable_names=NAMES)


def test_without_a_list_there_is_no_firewall(network: Any) -> None:
    assert not network().of_type(RULE, LIST, ASSOCIATION)


def test_names_of_the_list_of_aws_and_of_instances_are_allowed(record: Record) -> None:
    assert record.one(LIST, "main-dns-allow").inputs["domains"] == [
        "*.amazonaws.com",
        "*.api.aws",
        "*.ec2.internal",
        "*.partner.internal",
        "smtp.example.org",
    ]


def test_every_other_name_does_not_exist(record: Record) -> None:
    allow, block = record.one(RULE, "main-dns-allow").inputs, record.one(RULE, "main-dns-block").inputs
    assert (allow["action"], allow["firewallDomainRedirectionAction"]) == (
        "ALLOW",
        "TRUST_REDIRECTION_DOMAIN",
    )
    assert (block["action"], block["blockResponse"]) == ("BLOCK", "NXDOMAIN")
    assert int(str(allow["priority"])) < int(str(block["priority"]))
    everything = record.one(LIST, "main-dns-block")
    assert block["firewallDomainListId"] == everything.outputs["id"]
    assert everything.inputs["domains"] == ["*"]


def test_the_vpc_gets_both_rules_at_once_and_no_answer_if_the_firewall_fails(record: Record) -> None:
    association = record.one(ASSOCIATION, "main-dns")
    vpc = record.one("aws:ec2/vpc:Vpc", "main").outputs["id"]
    assert association.inputs["vpcId"] == vpc
    assert {record.by_urn[urn].name for urn in association.dependencies} >= {
        "main-dns-allow",
        "main-dns-block",
    }
    config = record.one("aws:route53/resolverFirewallConfig:ResolverFirewallConfig", "main-dns").inputs
    assert (config["resourceId"], config["firewallFailOpen"]) == (vpc, "DISABLED")

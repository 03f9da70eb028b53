"""The public entry: TLS only, protected by a firewall, logged, and open on two ports."""

import json
from collections.abc import Callable
from functools import cache
from ipaddress import IPv4Network
from typing import Any

import pytest

from blueprint.record import Record
from blueprint.values import UNKNOWN
from components.audit.archive.writers import load_balancer_logs
from components.compute.edge.domains import Domain
from components.compute.edge.edge import EdgeArgs
from components.compute.edge.firewall import FirewallRules
from components.shared.iam import Account
from components.shared.logs import LogOptions
from components.shared.names import check_name
from facts.listener_rules import EDGE_HEALTH, MAINTENANCE, redirect_priorities
from tests.harness import violations_of

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
IP_SET = "aws:wafv2/ipSet:IpSet"
RECORD = "aws:route53/record:Record"
RULE = "aws:lb/listenerRule:ListenerRule"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"

APP = Domain(name="app.example.org", zone_id="Z1")
SEVERAL = [
    Domain(name="example.org", zone_id="Z1"),
    Domain(name="*.example.org", zone_id="Z1"),
    Domain(name="www.example.org", zone_id="Z1", redirect_to="example.org"),
    Domain(name="clinic.example.net", zone_id="Z2"),
]


@pytest.fixture(scope="module")
def record(edge: Callable[..., Record]) -> Record:
    return edge()


@pytest.fixture(scope="module")
def edge_with(edge: Callable[..., Record]) -> Callable[..., Record]:
    return cache(edge)


def several(edge_with: Callable[..., Record]) -> Record:
    """Return the record of a load balancer with several names."""
    return edge_with(domains=tuple(SEVERAL))


def inputs(record: Record, type_: str, name: str | None = None) -> Any:
    return record.one(type_, name).inputs


def test_an_edge_has_no_policy_violation(record: Record) -> None:
    assert violations_of(record) == set()


def test_the_load_balancer_drops_invalid_headers_and_rejects_uninspected_requests(record: Record) -> None:
    balancer = inputs(record, BALANCER)
    assert balancer["dropInvalidHeaderFields"] is True
    assert balancer["desyncMitigationMode"] == "defensive"
    assert balancer["internal"] is False
    assert balancer["enableWafFailOpen"] is False


def test_the_load_balancer_logs_requests_and_connections(record: Record) -> None:
    balancer = record.one(BALANCER)
    for key, prefix in {
        "accessLogs": "load-balancer-access",
        "connectionLogs": "load-balancer-connections",
    }.items():
        assert balancer.inputs[key] == {"enabled": True, "bucket": "intake", "prefix": prefix}


def test_the_intake_bucket_accepts_logs_only_from_load_balancers_of_this_account() -> None:
    account = Account(id="111122223333", region="us-east-1")
    (statement,) = load_balancer_logs("arn:aws:s3:::intake", account)
    assert statement["Principal"] == {"Service": ["logdelivery.elasticloadbalancing.amazonaws.com"]}
    assert statement["Resource"] == [
        "arn:aws:s3:::intake/load-balancer-access/AWSLogs/111122223333/*",
        "arn:aws:s3:::intake/load-balancer-connections/AWSLogs/111122223333/*",
    ]
    assert statement["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:elasticloadbalancing:us-east-1:111122223333:loadbalancer/*"}
    }


@pytest.mark.parametrize("protect", [True, False])
def test_the_load_balancer_has_deletion_protection_if_the_stack_is_protected(
    edge_with: Callable[..., Record], protect: bool
) -> None:
    assert inputs(edge_with(protect=protect), BALANCER)["enableDeletionProtection"] is protect


def test_the_https_listener_has_a_current_tls_policy_and_the_certificate(record: Record) -> None:
    listener = inputs(record, LISTENER, "edge-https")
    assert (listener["port"], listener["protocol"]) == (443, "HTTPS")
    assert listener["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    assert listener["certificateArn"] == record.one(VALIDATION).outputs["certificateArn"]


def test_the_http_listener_only_redirects_to_https(record: Record) -> None:
    listener = inputs(record, LISTENER, "edge-http")
    assert (listener["port"], listener["protocol"]) == (80, "HTTP")
    assert listener["defaultActions"] == [
        {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
    ]


def test_a_path_without_a_route_gets_status_404(record: Record) -> None:
    (action,) = inputs(record, LISTENER, "edge-https")["defaultActions"]
    assert action["fixedResponse"]["statusCode"] == "404"


def test_the_health_check_of_the_load_balancer_has_priority_over_all_services(record: Record) -> None:
    rule = inputs(record, RULE, "edge-health")
    assert rule["priority"] == EDGE_HEALTH
    assert rule["actions"][0]["fixedResponse"]["statusCode"] == "200"


def test_responses_have_a_strict_transport_security_header(record: Record) -> None:
    listener = inputs(record, LISTENER, "edge-https")
    assert listener["routingHttpResponseStrictTransportSecurityHeaderValue"] == "max-age=31536000"


def test_a_record_in_the_hosted_zone_validates_the_certificate(record: Record) -> None:
    certificate = inputs(record, "aws:acm/certificate:Certificate")
    assert certificate["validationMethod"] == "DNS"
    validation = inputs(record, RECORD, "edge-tls-app.example.org")
    assert validation["name"] == "_proof.app.example.org."
    assert validation["type"] == "CNAME"


def test_one_certificate_contains_all_names(edge_with: Callable[..., Record]) -> None:
    certificate = inputs(several(edge_with), "aws:acm/certificate:Certificate")
    assert [certificate["domainName"], *certificate["subjectAlternativeNames"]] == [
        domain.name for domain in SEVERAL
    ]


def test_a_wildcard_and_the_name_below_it_share_one_validation_record(
    edge_with: Callable[..., Record],
) -> None:
    record = several(edge_with)
    proofs = {
        item.inputs["name"]: item.inputs["zoneId"]
        for item in record.of_type(RECORD)
        if item.name.startswith("edge-tls-")
    }
    assert proofs == {
        "_proof.example.org.": "Z1",
        "_proof.www.example.org.": "Z1",
        "_proof.clinic.example.net.": "Z2",
    }
    assert len(inputs(record, VALIDATION)["validationRecordFqdns"]) == len(proofs)


def test_each_name_is_an_alias_in_its_zone(edge_with: Callable[..., Record]) -> None:
    aliases = {
        item.inputs["name"]: (item.inputs["type"], item.inputs["zoneId"])
        for item in several(edge_with).of_type(RECORD)
        if "aliases" in item.inputs
    }
    assert aliases == {domain.name: ("A", domain.zone_id) for domain in SEVERAL}


def test_a_redirected_name_leads_to_the_same_path_of_another_name(edge_with: Callable[..., Record]) -> None:
    rule = inputs(several(edge_with), RULE, "edge-redirect-www.example.org")
    assert rule["conditions"] == [{"hostHeader": {"values": ["www.example.org"]}}]
    assert rule["actions"] == [
        {
            "type": "redirect",
            "redirect": {
                "host": "example.org",
                "port": "443",
                "protocol": "HTTPS",
                "statusCode": "HTTP_301",
            },
        }
    ]
    assert rule["priority"] == redirect_priorities(["www.example.org"])["www.example.org"]


def test_a_weighted_record_is_a_cname_that_shares_requests(edge_with: Callable[..., Record]) -> None:
    domain = Domain(name="app.example.org", zone_id="Z1", dns="weighted", weight=25)
    record = edge_with(domains=(domain,))
    weighted = inputs(record, RECORD, "edge-app.example.org")
    assert weighted["type"] == "CNAME"
    assert weighted["records"] == [record.one(BALANCER).outputs["dnsName"]]
    assert weighted["weightedRoutingPolicies"] == [{"weight": 25}]
    assert (weighted["setIdentifier"], weighted["ttl"]) == ("aws", 60)
    assert "aliases" not in weighted


def test_a_name_can_have_no_record(edge_with: Callable[..., Record]) -> None:
    record = edge_with(domains=(Domain(name="app.example.org", zone_id="Z1", dns="none"),))
    assert [item.name for item in record.of_type(RECORD)] == ["edge-tls-app.example.org"]


def test_a_first_preview_contains_the_records_before_acm_returns_their_names(
    edge_with: Callable[..., Record],
) -> None:
    record = edge_with(known=False)
    assert inputs(record, RECORD, "edge-tls-app.example.org")["name"] is UNKNOWN
    assert len(record.of_type(RECORD)) == 2


def test_the_domain_is_an_alias_of_the_load_balancer(record: Record) -> None:
    alias = inputs(record, RECORD, "edge-app.example.org")
    assert (alias["name"], alias["type"]) == ("app.example.org", "A")
    assert alias["aliases"][0]["evaluateTargetHealth"] is True


def test_only_the_allowed_ranges_can_connect_to_ports_80_and_443(edge_with: Callable[..., Record]) -> None:
    ranges = (IPv4Network("192.0.2.0/24"), IPv4Network("198.51.100.0/24"))
    rules = edge_with(allowed_cidrs=ranges).of_type(INGRESS)
    assert {(rule.inputs["cidrIpv4"], rule.inputs["fromPort"], rule.inputs["toPort"]) for rule in rules} == {
        (str(cidr), port, port) for cidr in ranges for port in (80, 443)
    }


def test_an_edge_without_services_has_no_outbound_rule(record: Record) -> None:
    assert record.of_type(EGRESS) == ()


def test_the_security_group_has_the_tag_edge_public(record: Record) -> None:
    assert inputs(record, "aws:ec2/securityGroup:SecurityGroup", "edge")["tags"]["edge"] == "public"


def test_the_firewall_has_a_rate_limit_and_the_managed_rule_groups(edge_with: Callable[..., Record]) -> None:
    rules = inputs(edge_with(firewall=FirewallRules(rate_limit_per_5_min=500)), WEB_ACL)["rules"]
    limit = rules[0]["statement"]["rateBasedStatement"]
    assert limit == {"aggregateKeyType": "IP", "evaluationWindowSec": 300, "limit": 500}
    assert [rule["statement"]["managedRuleGroupStatement"]["name"] for rule in rules[1:]] == [
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesSQLiRuleSet",
    ]


def test_the_firewall_rules_have_different_priorities(record: Record) -> None:
    priorities = [rule["priority"] for rule in inputs(record, WEB_ACL)["rules"]]
    assert len(set(priorities)) == len(priorities)


def test_the_firewall_counts_large_uploads_instead_of_blocking_them(record: Record) -> None:
    rules = {rule["name"]: rule for rule in inputs(record, WEB_ACL)["rules"]}
    group = rules["AWSManagedRulesCommonRuleSet"]["statement"]["managedRuleGroupStatement"]
    assert [override["name"] for override in group["ruleActionOverrides"]] == ["SizeRestrictions_BODY"]


def test_ranges_without_a_limit_and_partners_are_excluded_from_the_limit_of_everybody(
    edge_with: Callable[..., Record],
) -> None:
    record = edge_with(
        firewall=FirewallRules(
            rate_limit_per_5_min=500,
            unlimited_ranges=(IPv4Network("198.51.100.0/24"),),
            partner_ranges=(IPv4Network("10.10.0.0/16"),),
            partner_rate_limit_per_5_min=9000,
        )
    )
    sets = {item.outputs["arn"]: item.inputs["addresses"] for item in record.of_type(IP_SET)}
    rules = {rule["name"]: rule["statement"] for rule in inputs(record, WEB_ACL)["rules"]}
    everybody = rules["rate-limit"]["rateBasedStatement"]
    excluded = everybody["scopeDownStatement"]["notStatement"]["statement"]["ipSetReferenceStatement"]["arn"]
    assert (everybody["limit"], sets[excluded]) == (500, ["10.10.0.0/16", "198.51.100.0/24"])
    partners = rules["partner-rate-limit"]["rateBasedStatement"]
    included = partners["scopeDownStatement"]["ipSetReferenceStatement"]["arn"]
    assert (partners["limit"], sets[included]) == (9000, ["10.10.0.0/16"])
    priorities = [rule["priority"] for rule in inputs(record, WEB_ACL)["rules"]]
    assert sorted(priorities) == list(range(6))
    assert violations_of(record) == set()


def test_a_counted_rule_is_an_exception_of_its_group_only(edge_with: Callable[..., Record]) -> None:
    record = edge_with(firewall=FirewallRules(counted_rules=("SQLi_BODY", "NoUserAgent_HEADER")))
    groups = [rule["statement"]["managedRuleGroupStatement"] for rule in inputs(record, WEB_ACL)["rules"][1:]]
    assert {
        group["name"]: [(item["name"], item["actionToUse"]) for item in group["ruleActionOverrides"]]
        for group in groups
        if group["ruleActionOverrides"]
    } == {
        "AWSManagedRulesCommonRuleSet": [("NoUserAgent_HEADER", {"count": {}})],
        "AWSManagedRulesSQLiRuleSet": [("SQLi_BODY", {"count": {}})],
    }


@pytest.mark.parametrize(
    ("text", "kind"), [("Back at 14:00 UTC.", "text/plain"), ("<h1>Back at 14:00 UTC</h1>", "text/html")]
)
def test_maintenance_answers_every_request_except_health_checks(
    edge_with: Callable[..., Record], text: str, kind: str
) -> None:
    record = edge_with(maintenance=text)
    rule = inputs(record, RULE, "edge-maintenance")
    assert rule["conditions"] == [{"pathPattern": {"values": ["/*"]}}]
    response = rule["actions"][0]["fixedResponse"]
    assert response == {"contentType": kind, "messageBody": text, "statusCode": "503"}
    assert inputs(record, RULE, "edge-health")["priority"] < rule["priority"] == MAINTENANCE


def test_the_firewall_is_associated_with_the_load_balancer(record: Record) -> None:
    association = inputs(record, "aws:wafv2/webAclAssociation:WebAclAssociation")
    assert association["resourceArn"] == record.one(BALANCER).outputs["arn"]
    assert association["webAclArn"] == record.one(WEB_ACL).outputs["arn"]


def test_the_log_group_of_the_firewall_has_the_prefix_that_aws_requires(record: Record) -> None:
    group = record.one(LOG_GROUP, "aws-waf-logs-edge-waf")
    assert str(group.outputs["name"]).startswith("aws-waf-logs-")
    assert inputs(record, LOGGING)["logDestinationConfigs"] == [group.outputs["arn"]]


def test_the_firewall_log_redacts_credentials(record: Record) -> None:
    fields = inputs(record, LOGGING)["redactedFields"]
    assert [field["singleHeader"]["name"] for field in fields] == ["authorization", "cookie"]


def test_the_firewall_takes_no_samples_of_requests(record: Record) -> None:
    acl = inputs(record, WEB_ACL)
    visibility_configs = [acl["visibilityConfig"], *(rule["visibilityConfig"] for rule in acl["rules"])]
    assert {item["sampledRequestsEnabled"] for item in visibility_configs} == {False}


def test_only_the_log_delivery_service_may_write_to_the_firewall_log(record: Record) -> None:
    policy = inputs(record, "aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "edge-waf")
    [group] = inputs(record, LOGGING)["logDestinationConfigs"]
    assert policy["resourceArn"] == group
    (statement,) = json.loads(policy["policyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": ["delivery.logs.amazonaws.com"]}
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("domains", []),
        ("domains", [APP, APP]),
        ("allowed_cidrs", []),
        ("allowed_cidrs", [IPv4Network("192.0.2.0/24")] * 2),
        ("idle_timeout_seconds", 0),
        ("idle_timeout_seconds", 4001),
    ],
)
def test_invalid_edge_arguments_are_refused_by_name(field: str, value: object) -> None:
    values: dict[str, Any] = {
        "account": Account(id="111122223333", region="us-east-1"),
        "vpc_id": "vpc-1",
        "subnet_ids": [],
        "domains": [APP],
        "allowed_cidrs": [IPv4Network("0.0.0.0/0")],
        "access_logs_bucket": "intake",
        "logs": LogOptions(key_arn="", days=2192, protect=False),
        "protect": False,
    }
    with pytest.raises(ValueError, match=field):
        EdgeArgs(**{**values, field: value})


def test_a_name_of_more_than_24_characters_is_refused() -> None:
    with pytest.raises(ValueError, match="24 letters"):
        check_name("a" * 25)

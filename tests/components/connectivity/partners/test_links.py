"""Connections to every kind of partner: resources, encryption, access and order of creation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import IPv4Network
from typing import Any

import pytest

from blueprint.record import Record, Resource
from components.compute.edge.mutual_tls import CaBundle, MutualTls
from components.connectivity.partners.alarms import ALARMS
from components.connectivity.partners.transit_logs import LOG_FORMAT
from tests.components.connectivity.partners import routing
from tests.components.connectivity.partners.conftest import (
    ALL,
    COUNTY,
    LAB,
    MERCY,
    STLUKE,
    TOPIC,
    arguments,
    bare,
)
from tests.harness import KEY, evaluate, log_archive, violations_of

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ENDPOINT_SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
GATEWAY_ENDS = ("aws:ec2/internetGateway:InternetGateway", "aws:ec2/natGateway:NatGateway", "aws:ec2/eip:Eip")
GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
LISTENER = "aws:lb/listener:Listener"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
NLB = "aws:lb/loadBalancer:LoadBalancer"
PEER = "aws:ec2/customerGateway:CustomerGateway"
RECORD = "aws:route53/record:Record"
SHARE = "aws:ram/resourceShare:ResourceShare"
TARGET = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
TARGETS = "aws:lb/targetGroup:TargetGroup"
VPC_ROUTE = "aws:ec2/route:Route"
ZONE = "aws:route53/zone:Zone"


def test_nothing_is_associated_propagated_or_accepted_automatically(record: Record):
    gateway = record.one(routing.GATEWAY).inputs
    assert gateway["defaultRouteTableAssociation"] == "disable"
    assert gateway["defaultRouteTablePropagation"] == "disable"
    assert gateway["autoAcceptSharedAttachments"] == "disable"
    assert gateway["dnsSupport"] == "enable"
    assert gateway["amazonSideAsn"] == 64512
    for item in record.of_type(routing.ATTACHMENT, routing.ACCEPTER):
        assert item.inputs["transitGatewayDefaultRouteTableAssociation"] is False
        assert item.inputs["transitGatewayDefaultRouteTablePropagation"] is False


def test_there_is_one_route_table_per_zone_of_trust(record: Record):
    assert {item.name for item in record.of_type(routing.TABLE)} == {
        "partners-transit-application",
        "partners-transit-exchange",
        "partners-mercy",
        "partners-stluke",
    }
    assert len(set(routing.tables(record).values())) == 4


def test_flow_logs_of_the_gateway_go_to_a_log_group_and_to_the_archive(record: Record):
    logs = [item for item in record.of_type(FLOW_LOG) if "transitGatewayId" in item.inputs]
    assert {item.inputs["logDestinationType"] for item in logs} == {"cloud-watch-logs", "s3"}
    for item in logs:
        assert item.inputs["maxAggregationInterval"] == 60
        assert item.inputs["logFormat"] == LOG_FORMAT
        # The API refuses a traffic type for a gateway.
        assert "trafficType" not in item.inputs
    [stored] = [item for item in logs if item.inputs["logDestinationType"] == "s3"]
    assert str(stored.inputs["logDestination"]).endswith("/transit-flow-logs/")
    names = {item.name: item.inputs["retentionInDays"] for item in record.of_type(LOG_GROUP)}
    mine = {name: days for name, days in names.items() if name.startswith("partners-")}
    assert set(mine) == {
        "partners-transit-logs-flows",
        "partners-transit-logs-tunnels",
        "partners-exchange-logs-flows",
        "partners-exchange-logs-dns",
    }
    assert set(mine.values()) == {2192}


def test_every_vpc_route_to_the_gateway_waits_for_attachment_and_association(record: Record):
    routes = [item for item in record.of_type(VPC_ROUTE) if "transitGatewayId" in item.inputs]
    assert len(routes) == 2 + 2 + 3
    for item in routes:
        waits = [record.by_urn[urn] for urn in item.dependencies]
        assert {it.type for it in waits} >= {routing.ATTACHMENT, routing.ASSOCIATION}
        [origin] = item.property_dependencies["transitGatewayId"]
        assert record.by_urn[origin].type == routing.ATTACHMENT
        [zone] = {it.name for it in waits if it.type == routing.ATTACHMENT}
        assert zone == record.by_urn[origin].name


def needs(record: Record, resource: Resource) -> set[str]:
    """Return the types of all direct and indirect dependencies of a resource."""
    return {record.by_urn[urn].type for urn in routing.before(record, resource)}


@pytest.mark.parametrize(
    ("late", "early"),
    [
        (routing.ROUTE, {routing.TABLE, routing.GATEWAY}),
        (routing.PROPAGATION, {routing.TABLE, routing.ATTACHMENT, routing.GATEWAY}),
        (routing.ASSOCIATION, {routing.TABLE, routing.GATEWAY}),
        (routing.ACCEPTER, {SHARE, "aws:ram/principalAssociation:PrincipalAssociation", routing.GATEWAY}),
        (routing.VPN, {PEER, routing.GATEWAY, "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"}),
        (LISTENER, {NLB, TARGETS, GROUP}),
        (ENDPOINT_SERVICE, {NLB, GROUP}),
    ],
)
def test_resources_are_created_after_and_deleted_before_their_dependencies(
    record: Record, late: str, early: set[str]
):
    dependents = [item for item in record.of_type(late) if item.name.startswith(("partners-", "entry-"))]
    assert dependents
    for item in dependents:
        assert needs(record, item) >= early


def test_the_exchange_has_no_route_to_the_internet(record: Record):
    assert record.of_type(*GATEWAY_ENDS) == ()
    vpc = record.one(routing.VPC).inputs
    assert vpc["cidrBlock"] == "10.90.0.0/20"
    for item in record.of_type(VPC_ROUTE):
        assert item.inputs["destinationCidrBlock"] != "0.0.0.0/0"
    for rule in record.of_type(INGRESS, EGRESS):
        if "cidrIpv4" in rule.inputs and "hipaa:connectivity" in rule.urn:
            assert str(rule.inputs["cidrIpv4"]).startswith(("10.", "172.30."))


def test_the_load_balancer_accepts_only_the_private_tier_and_reaches_only_its_targets(record: Record):
    rules = [item.inputs for item in record.of_type(INGRESS, EGRESS) if "connectivity:Exchange$" in item.urn]
    allowed = {(rule["cidrIpv4"], rule["fromPort"], rule["toPort"], rule["ipProtocol"]) for rule in rules}
    assert allowed == {
        *((cidr, port, port, "tcp") for cidr in ("10.20.0.0/20", "10.20.32.0/20") for port in (8443, 2575)),
        ("172.30.8.15/32", 443, 443, "tcp"),
        ("10.140.3.20/32", 2575, 2575, "tcp"),
        ("10.140.4.20/32", 2575, 2575, "tcp"),
    }


def test_each_service_has_one_listener_and_one_target_group(record: Record):
    listeners = {
        item.name: (item.inputs["port"], item.inputs["protocol"], item.inputs.get("sslPolicy"))
        for item in record.of_type(LISTENER)
        if item.name.startswith("partners-")
    }
    assert listeners == {
        "partners-exchange-8443": (8443, "TCP", None),
        "partners-exchange-2575": (2575, "TLS", "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"),
    }
    groups = {item.name: item.inputs for item in record.of_type(TARGETS)}
    for name, port, protocol in (("fhir.mercy", 443, "TCP"), ("hl7.stluke", 2575, "TLS")):
        group = groups[f"partners-exchange-{name}"]
        assert (group["port"], group["protocol"], group["targetType"]) == (port, protocol, "ip")
        # Otherwise replies would bypass the load balancer; AWS supports it only for the same or a peered VPC.
        assert group["preserveClientIp"] == "false"
    for item in record.of_type(TARGET):
        if item.name.startswith("partners-"):
            assert item.inputs["availabilityZone"] == "all"


def test_services_have_names_in_a_private_zone(record: Record):
    zone = record.one(ZONE).inputs
    assert zone["name"] == "partner.internal"
    assert zone["vpcs"] == [{"vpcId": "vpc-1"}]
    names = {item.inputs["name"]: item.inputs["type"] for item in record.of_type(RECORD)}
    assert {name: kind for name, kind in names.items() if str(name).endswith("internal")} == {
        "fhir.mercy.partner.internal": "A",
        "hl7.stluke.partner.internal": "A",
        "results.lab.partner.internal": "CNAME",
        "orders.lab.partner.internal": "CNAME",
    }


@pytest.mark.parametrize("number", [1, 2])
def test_both_tunnels_use_ikev2_with_strong_algorithms_and_are_logged(record: Record, number: int):
    vpn = record.one(routing.VPN).inputs
    for phase in (1, 2):
        assert vpn[f"tunnel{number}Phase{phase}EncryptionAlgorithms"] == ["AES256-GCM-16"]
        assert vpn[f"tunnel{number}Phase{phase}IntegrityAlgorithms"] == ["SHA2-384", "SHA2-512"]
        assert vpn[f"tunnel{number}Phase{phase}DhGroupNumbers"] == [19, 20, 21]
    assert vpn[f"tunnel{number}IkeVersions"] == ["ikev2"]
    options: Any = vpn[f"tunnel{number}LogOptions"]
    logged = options["cloudwatchLogOptions"]
    assert logged["logEnabled"] is True
    assert logged["logGroupArn"] == record.one(LOG_GROUP, "partners-transit-logs-tunnels").outputs["arn"]


def test_pre_shared_keys_of_tunnels_are_in_no_input_and_no_output(record: Record):
    vpn = record.one(routing.VPN).inputs
    assert vpn["presharedKeyStorage"] == "SecretsManager"
    assert "tunnel1PresharedKey" not in vpn
    assert "tunnel2PresharedKey" not in vpn
    assert vpn["staticRoutesOnly"] is True
    connection_details: Any = record.one("hipaa:connectivity:Partners").outputs["connection_details"]
    assert set(connection_details["mercy"]) == {"connection_id", "tunnel_1", "tunnel_2", "secret_arn"}


def test_tunnels_may_write_to_their_log_group(record: Record):
    policy = record.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "partners-transit-logs-tunnels")
    [statement] = json.loads(str(policy.inputs["policyDocument"]))["Statement"]
    assert statement["Principal"] == {"Service": ["delivery.logs.amazonaws.com"]}
    group = record.one(LOG_GROUP, "partners-transit-logs-tunnels").outputs["arn"]
    assert statement["Resource"] == [f"{group}:log-stream:*"]
    assert policy.inputs["resourceArn"] == group


def test_an_attachment_is_accepted_only_if_its_id_is_in_the_settings():
    waiting = bare({"stluke": replace(STLUKE, attachment_id=None)})
    assert len(waiting.of_type(SHARE)) == 1
    assert waiting.one(SHARE).inputs["allowExternalPrincipals"] is True
    principal = waiting.one("aws:ram/principalAssociation:PrincipalAssociation")
    assert principal.inputs["principal"] == "210987654321"
    assert waiting.of_type(routing.ACCEPTER) == ()
    assert {item.name for item in waiting.of_type(routing.TABLE)} == {
        "partners-transit-application",
        "partners-transit-exchange",
    }
    destinations = {item.inputs["destinationCidrBlock"] for item in waiting.of_type(VPC_ROUTE, routing.ROUTE)}
    assert destinations
    assert "10.140.0.0/16" not in destinations
    assert waiting.of_type(LISTENER, TARGETS, RECORD) == ()


def test_two_services_on_the_same_target_share_its_egress_rule():
    fhir = MERCY.services[0]
    documents = replace(fhir, name="documents", listener=8444)
    twice = bare({"mercy": replace(MERCY, services=(fhir, documents))})
    assert [item.name for item in twice.of_type(EGRESS)] == ["partners-exchange-to-172.30.8.15-443"]
    assert len(twice.of_type(TARGET)) == 2


def test_a_renamed_service_keeps_its_listener_and_its_rules():
    renamed = (replace(MERCY.services[0], name="records"),)
    before, after = (
        {item.urn: item.inputs for item in bare({"mercy": partner}).of_type(LISTENER, INGRESS, EGRESS)}
        for partner in (MERCY, replace(MERCY, services=renamed))
    )
    # AWS refuses a second listener on a port, and a duplicate rule.
    assert after.keys() == before.keys()
    changed = [urn for urn in after if after[urn] != before[urn]]
    assert [urn.rsplit("::", 1)[1] for urn in changed] == ["partners-exchange-8443"]


def test_a_private_entry_requires_acceptance_and_reaches_only_the_public_load_balancer(record: Record):
    service = record.one(ENDPOINT_SERVICE).inputs
    assert service["acceptanceRequired"] is True
    assert service["allowedPrincipals"] == ["arn:aws:iam::320987654321:root"]
    assert service["networkLoadBalancerArns"] == [record.one(NLB, "entry-county").outputs["arn"]]
    balancer = record.one(NLB, "entry-county")
    assert balancer.inputs["internal"] is True
    assert balancer.inputs["enforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "off"
    group = record.one(GROUP, "entry-county").outputs["id"]
    # Only PrivateLink traffic comes in, and only the public load balancer can be reached.
    assert [item for item in record.of_type(INGRESS) if item.inputs["securityGroupId"] == group] == []
    [out] = [item.inputs for item in record.of_type(EGRESS) if item.inputs["securityGroupId"] == group]
    edge = record.one(GROUP, "edge").outputs["id"]
    assert (out["referencedSecurityGroupId"], out["fromPort"], out["toPort"]) == (edge, 443, 443)
    target = record.one(TARGET, "entry-county")
    assert target.inputs["targetId"] == record.one(NLB, "edge").outputs["arn"]
    assert record.one(LISTENER, "edge-https").urn in target.dependencies


@pytest.mark.parametrize(
    ("mutual_tls", "port", "ports"),
    [
        (None, "traffic-port", [443]),
        (MutualTls(), "traffic-port", [443]),
        (MutualTls(ca_bundle=CaBundle(bucket="roots", key="all.pem")), "8443", [443, 8443]),
    ],
)
def test_a_health_check_of_the_public_load_balancer_needs_no_certificate(
    mutual_tls: MutualTls | None, port: str, ports: list[int]
):
    record = bare({"county": COUNTY}, entries=True, mutual_tls=mutual_tls)
    health: Any = record.one("aws:lb/targetGroup:TargetGroup", "entry-county").inputs["healthCheck"]
    assert (health["protocol"], health["port"], health["matcher"]) == ("HTTPS", port, "200")
    answers = [item.inputs for item in record.of_type(LISTENER) if item.name == "entry-health"]
    modes = [(item["port"], item["mutualAuthentication"]) for item in answers]
    assert modes == ([(8443, {"mode": "off"})] if 8443 in ports else [])
    group, edge = (record.one(GROUP, name).outputs["id"] for name in ("entry-county", "edge"))
    out = [item.inputs for item in record.of_type(EGRESS) if item.inputs["securityGroupId"] == group]
    into = [
        item.inputs
        for item in record.of_type(INGRESS)
        if item.inputs.get("referencedSecurityGroupId") == group
    ]
    for rules, other in ((out, edge), (into, group)):
        assert sorted(rule["fromPort"] for rule in rules) == ports
        assert {rule["referencedSecurityGroupId"] for rule in rules} == {other}
    assert violations_of(record) == set()


def test_an_endpoint_is_in_the_zones_of_the_partner_and_allows_no_client_by_default(record: Record):
    endpoint = record.one(ENDPOINT).inputs
    assert endpoint["vpcEndpointType"] == "Interface"
    assert endpoint["serviceName"] == LAB.service_name
    assert endpoint["subnetIds"] == ["subnet-b"]
    group = record.one(GROUP, "partners-lab").outputs["id"]
    assert endpoint["securityGroupIds"] == [group]
    assert [item for item in record.of_type(INGRESS, EGRESS) if item.inputs["securityGroupId"] == group] == []


def test_a_stack_with_only_an_endpoint_partner_has_no_gateway_and_no_exchange():
    record = bare({"lab": LAB}, asn=None, exchange_cidr=None)
    assert record.one(ENDPOINT)
    assert record.of_type(routing.GATEWAY, routing.VPC, NLB) == ()


@pytest.mark.parametrize("protect", [True, False])
def test_protect_applies_to_gateway_and_load_balancers_but_not_to_partners(protect: bool):
    record = bare(ALL, entries=True, protect=protect)
    guarded = {item.name: item.inputs["enableDeletionProtection"] for item in record.of_type(NLB)}
    assert guarded == {"partners-exchange": protect, "edge": protect, "entry-county": False}
    assert record.one(routing.GATEWAY).protect is protect
    # A partner must always be removable.
    assert not any(item.protect for item in record.of_type(routing.VPN, SHARE, ENDPOINT))


def test_every_alert_has_an_alarm_that_notifies_the_topic(record: Record):
    alarms = {item.name: item.inputs for item in record.of_type(ALARM)}
    for alert in ALARMS:
        of_alert = [inputs for name, inputs in alarms.items() if name.endswith(f"-{alert.id}")]
        assert of_alert, alert.id
        assert all(inputs["alarmActions"] == [TOPIC] for inputs in of_alert)
    tunnels = [inputs for name, inputs in alarms.items() if name.endswith("-tunnel-down")]
    addresses = {inputs["dimensions"]["TunnelIpAddress"] for inputs in tunnels}  # type: ignore[index]
    assert len(addresses) == 2


def test_partners_of_every_kind_pass_every_control(record: Record):
    assert violations_of(record) == set()


def test_only_plain_text_in_a_tunnel_is_reported():
    service = replace(MERCY.services[0], name="hl7", port=2575, listener=2575, tls="none")
    reported = violations_of(bare({"mercy": replace(MERCY, services=(*MERCY.services, service))}))
    assert {(policy, urn.rpartition("::")[2]) for policy, urn in reported} == {
        ("listener-is-encrypted", "partners-exchange-2575"),
        ("target-is-encrypted", "partners-exchange-hl7.mercy"),
    }


def refused(**overrides: Any) -> str:
    """Return the error message for invalid arguments."""
    messages: list[str] = []

    def program() -> None:
        logs = log_archive()
        with pytest.raises(ValueError, match="must") as caught:
            arguments(logs, **overrides)
        messages.append(str(caught.value))

    evaluate(program)
    return messages[0]


def overlapping(cidr: str) -> Mapping[str, Any]:
    return {"mercy": MERCY, "stluke": replace(STLUKE, cidrs=(IPv4Network(cidr),))}


@pytest.mark.parametrize("cidr", ["172.30.8.0/24", "10.20.0.0/20", "10.90.8.0/24"])
def test_overlapping_ranges_are_refused(cidr: str):
    assert cidr in refused(partners=overlapping(cidr))


def test_asn_and_exchange_cidr_are_required_together_and_for_routed_partners():
    assert "asn and exchange_cidr" in refused(exchange_cidr=None)
    assert "mercy" in refused(asn=None, exchange_cidr=None, partners={"mercy": MERCY})


def test_two_listeners_on_one_port_are_refused():
    service = replace(MERCY.services[0], name="other")
    with pytest.raises(ValueError, match=r"other\.mercy.*8443"):
        bare({"mercy": replace(MERCY, services=(MERCY.services[0], service))})
    with pytest.raises(ValueError, match="443"):
        bare({"mercy": replace(MERCY, services=(replace(service, listener=443),))})


def test_log_groups_are_encrypted_with_the_logs_key(record: Record):
    keys = {item.inputs["kmsKeyId"] for item in record.of_type(LOG_GROUP)}
    assert keys == {KEY}

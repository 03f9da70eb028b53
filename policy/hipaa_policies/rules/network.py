"""Networks: no path from the Internet except the edge, and a record of every packet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import REACH
from hipaa_policies.documents import Statement, judge_statements
from hipaa_policies.model import Graph, Resource
from hipaa_policies.requirements import (
    deferred,
    dotted,
    must_be_empty,
    must_be_one_of,
    must_be_plain,
    must_be_present,
    must_not_be_true,
    not_applicable,
    positions,
    tag,
)
from hipaa_policies.tokens import (
    DEFAULT_NETWORK_ACL,
    DEFAULT_ROUTE_TABLE,
    DEFAULT_SECURITY_GROUP,
    FLOW_LOG,
    INSTANCE,
    INTERNET_GATEWAY,
    LAUNCH_TEMPLATE,
    NETWORK_ACL,
    NETWORK_ACL_ASSOCIATION,
    NETWORK_ACL_RULE,
    ROUTE,
    ROUTE_TABLE,
    SUBNET,
    VPC,
    VPC_ENDPOINT,
    VPN_GATEWAY,
)
from hipaa_policies.values import MISSING, UNKNOWN, is_blank, peek, reaches_the_world, shown

Path = tuple[str | int, ...]


@stack_control(
    id="vpc-default-security-group-is-adopted",
    title="Every VPC's default security group is under control",
    description="Each VPC has a DefaultSecurityGroup resource, so that its rules are the program's.",
    citations=("164.312(e)(1)",),
    severity="high",
    pack="isolation",
    remediation="Add aws.ec2.DefaultSecurityGroup with the VPC's id and no rules.",
    types={VPC: ()},
    reads={DEFAULT_SECURITY_GROUP: ("vpcId",)},
    sources=(
        "cdk-nag:VPCDefaultSecurityGroupClosed", "aws-config:VPC_DEFAULT_SECURITY_GROUP_CLOSED", "CKV2_AWS_12",
    ),
    unknown="present",
)  # fmt: skip
def _default_group(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for vpc in graph.by_type(VPC):
        if not graph.referrers(vpc.urn, DEFAULT_SECURITY_GROUP, "vpcId"):
            yield (
                vpc,
                "The VPC must have its default security group adopted and emptied, but nothing adopts it.",
            )


@control(
    id="vpc-default-security-group-is-closed",
    title="Default security groups have no rules",
    description="A default security group allows nothing in and nothing out.",
    citations=("164.312(e)(1)",),
    severity="high",
    pack="isolation",
    remediation="Leave ingress and egress of aws.ec2.DefaultSecurityGroup unset.",
    types={DEFAULT_SECURITY_GROUP: ("ingress", "egress")},
    sources=(
        "cdk-nag:VPCDefaultSecurityGroupClosed", "aws-config:VPC_DEFAULT_SECURITY_GROUP_CLOSED", "CKV2_AWS_12",
        "prowler:ec2_securitygroup_default_restrict_traffic",
    ),
)  # fmt: skip
def _default_group_rules(group: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_empty(group, "ingress", instead=" on a default security group")
    yield from must_be_empty(group, "egress", instead=" on a default security group")


@stack_control(
    id="vpc-has-a-flow-log",
    title="Every VPC has a flow log",
    description="Each VPC is the subject of a flow log.",
    citations=("164.312(b)", "164.308(a)(3)(ii)(A)"),
    severity="high",
    pack="isolation",
    remediation="Add aws.ec2.FlowLog with the VPC's id and traffic_type ALL.",
    types={VPC: ()},
    reads={FLOW_LOG: ("vpcId",)},
    sources=(
        "cdk-nag:VPCFlowLogsEnabled", "aws-config:VPC_FLOW_LOGS_ENABLED", "CKV2_AWS_11", "prowler:vpc_flow_logs_enabled",
    ),
    unknown="present",
)  # fmt: skip
def _flow_log(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for vpc in graph.by_type(VPC):
        if not graph.referrers(vpc.urn, FLOW_LOG, "vpcId"):
            yield vpc, "The VPC must have a flow log, but no flow log names it."


@control(
    id="flow-log-captures-all-traffic",
    title="Flow logs capture all traffic",
    description="A flow log records accepted and rejected traffic in a log group or a bucket.",
    citations=("164.312(b)", "164.308(a)(3)(ii)(A)"),
    severity="high",
    pack="isolation",
    remediation="Set traffic_type ALL and log_destination to a log group's or a bucket's ARN.",
    types={
        FLOW_LOG: (
            "trafficType", "logDestination", "logDestinationType", "transitGatewayId", "transitGatewayAttachmentId",
        ),
    },
    sources=("cdk-nag:VPCFlowLogsEnabled", "aws-config:VPC_FLOW_LOGS_ENABLED"),
)  # fmt: skip
def _flow_log_traffic(log: Resource, _config: Config) -> Iterator[str]:
    # A transit gateway's flow log always records everything and takes no traffic type.
    gateway = any(
        peek(log.props, key) is not MISSING for key in ("transitGatewayId", "transitGatewayAttachmentId")
    )
    if not gateway:
        yield from must_be_one_of(log, ("ALL",), "trafficType")
    yield from must_be_present(log, "logDestination")
    if peek(log.props, "logDestinationType") is not MISSING:
        yield from must_be_one_of(log, ("cloud-watch-logs", "s3"), "logDestinationType")


@control(
    id="subnet-assigns-no-public-address",
    title="Subnets assign no public addresses",
    description="No subnet, public ones included, gives an instance a public address on launch.",
    citations=REACH,
    severity="high",
    pack="isolation",
    remediation="Set map_public_ip_on_launch=False; give what must be public an Elastic IP.",
    types={SUBNET: ("mapPublicIpOnLaunch",)},
    sources=(
        "cdk-nag:VPCSubnetAutoAssignPublicIpDisabled", "aws-config:SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED",
        "CKV_AWS_130", "prowler:vpc_subnet_no_public_ip_by_default",
    ),
)  # fmt: skip
def _public_addresses(subnet: Resource, _config: Config) -> Iterator[str]:
    yield from must_not_be_true(subnet, "mapPublicIpOnLaunch")


@stack_control(
    id="internet-route-only-in-public-tables",
    title="Only public route tables lead to the Internet gateway",
    description="A route to an Internet gateway belongs to a table tagged SubnetType=Public.",
    citations=("164.312(e)(1)", "164.312(a)(1)"),
    severity="critical",
    pack="isolation",
    remediation="Route private tiers through NAT or endpoints; tag a table that is meant to be public.",
    types={
        ROUTE: ("gatewayId", "routeTableId"),
        ROUTE_TABLE: ("routes", "tags"),
        DEFAULT_ROUTE_TABLE: ("routes", "tags"),
    },
    sources=(
        "cdk-nag:VPCNoUnrestrictedRouteToIGW",
        "aws-config:NO_UNRESTRICTED_ROUTE_TO_IGW",
        "aws-config:INTERNET_GATEWAY_AUTHORIZED_VPC_ONLY",
        "CKV2_AWS_44",
    ),
    unknown="defer",
)
def _internet_routes(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for route in graph.by_type(ROUTE):
        if _leads_to_internet_gateway(graph, route, "gatewayId"):
            tables = graph.references(route, "routeTableId", ROUTE_TABLE, DEFAULT_ROUTE_TABLE)
            if not tables:
                yield (
                    route,
                    "The table of a route to an Internet gateway must be in this stack, but it is not.",
                )
            if graph.is_ambiguous(route, "routeTableId", ROUTE_TABLE, DEFAULT_ROUTE_TABLE):
                yield route, deferred("routeTableId")
                continue
            for table in tables:
                yield from ((route, sentence) for sentence in _is_public_table(table))
    for table in graph.by_type(ROUTE_TABLE, DEFAULT_ROUTE_TABLE):
        if peek(table.props, "routes") is UNKNOWN:
            yield table, deferred("routes")
        elif any(
            _leads_to_internet_gateway(graph, table, *route, "gatewayId")
            for route in positions(table, "routes")
        ):
            yield from ((table, sentence) for sentence in _is_public_table(table))


def _leads_to_internet_gateway(graph: Graph, resource: Resource, *path: str | int) -> bool:
    gateway = peek(resource.props, *path)
    if is_blank(gateway):
        return False
    if isinstance(gateway, str) and gateway.startswith(("local", "vgw-", "vpce-")):
        return False
    if isinstance(gateway, str) and gateway.startswith("igw-"):
        return True
    property_ = str(path[0])
    through_vpn = graph.references(resource, property_, VPN_GATEWAY)
    return bool(graph.references(resource, property_, INTERNET_GATEWAY)) or not through_vpn


def _is_public_table(table: Resource) -> Iterator[str]:
    tier = peek(table.props, "tags", "SubnetType")
    if tier is UNKNOWN:
        yield deferred("tags", "SubnetType")
    elif tier != "Public":
        yield f"A table with a route to an Internet gateway must be tagged SubnetType Public, but the tag is {shown(tier)}."


@stack_control(
    id="data-tier-acl-is-closed-to-the-internet",
    title="Network ACLs of the data tier allow no Internet range",
    description=(
        "Network ACLs of data subnets (tagged tier=data, or SubnetType=Isolated) allow no 0.0.0.0/0 or ::/0, nor does a "
        "VPC's default one, which guards every subnet that no other guards."
    ),
    citations=("164.312(e)(1)", "164.312(a)(1)"),
    severity="high",
    pack="isolation",
    remediation="Allow the VPC's own range only.",
    types={
        NETWORK_ACL: ("ingress", "egress", "subnetIds", "tags"),
        DEFAULT_NETWORK_ACL: ("ingress", "egress", "defaultNetworkAclId"),
        NETWORK_ACL_RULE: ("cidrBlock", "ipv6CidrBlock", "ruleAction", "networkAclId"),
    },
    reads={NETWORK_ACL_ASSOCIATION: ("networkAclId", "subnetId"), SUBNET: ("tags", "vpcId")},
    sources=("CKV_AWS_229", "CKV_AWS_352", "prowler:ec2_networkacl_allow_ingress_any_port"),
)
def _data_acls(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for acl in graph.by_type(NETWORK_ACL):
        if tag(acl, "tier") != "data" and graph.is_ambiguous(acl, "subnetIds", SUBNET):
            yield acl, deferred("subnetIds")
            continue
        if not _guards_data(graph, acl):
            yield acl, not_applicable("It guards no data subnet.")
            continue
        yield from ((acl, sentence) for sentence in _rules_allow_internet(acl))
    for acl in graph.by_type(DEFAULT_NETWORK_ACL):
        if _guards_nothing(graph, acl):
            yield acl, not_applicable("Each subnet of its VPC has an ACL of its own.")
            continue
        yield from ((acl, sentence) for sentence in _rules_allow_internet(acl))
    for entry in graph.by_type(NETWORK_ACL_RULE):
        acls = graph.references(entry, "networkAclId", NETWORK_ACL)
        if acls and not any(_guards_data(graph, acl) for acl in acls):
            yield entry, not_applicable("It guards no data subnet.")
            continue
        yield from ((entry, sentence) for sentence in _allows_internet(entry, (), "ruleAction"))


def _guards_nothing(graph: Graph, default: Resource) -> bool:
    """Tell whether every subnet that could have a VPC's default ACL is in this program and has another."""
    vpcs = graph.references(default, "defaultNetworkAclId", VPC)
    subnets = {subnet.urn for vpc in vpcs for subnet in graph.referrers(vpc.urn, SUBNET, "vpcId")}
    guarded = {subnet.urn for acl in graph.by_type(NETWORK_ACL) for subnet in _guarded(graph, acl)}
    return bool(subnets) and subnets <= guarded


def _guarded(graph: Graph, acl: Resource) -> Iterator[Resource]:
    yield from graph.references(acl, "subnetIds", SUBNET)
    for association in graph.referrers(acl.urn, NETWORK_ACL_ASSOCIATION, "networkAclId"):
        yield from graph.references(association, "subnetId", SUBNET)


def _guards_data(graph: Graph, acl: Resource) -> bool:
    return tag(acl, "tier") in ("data", UNKNOWN) or any(
        tag(subnet, "tier") in ("data", UNKNOWN)
        or peek(subnet.props, "tags", "SubnetType") in ("Isolated", UNKNOWN)
        for subnet in _guarded(graph, acl)
    )


def _rules_allow_internet(acl: Resource) -> Iterator[str]:
    for direction in ("ingress", "egress"):
        yield from must_be_plain(acl, direction)
        for rule in positions(acl, direction):
            yield from _allows_internet(acl, rule, "action")


def _allows_internet(resource: Resource, rule: Path, action: str) -> Iterator[str]:
    if peek(resource.props, *rule, action) == "deny":
        return
    for key in ("cidrBlock", "ipv6CidrBlock"):
        block = peek(resource.props, *rule, key)
        if block is UNKNOWN or reaches_the_world(block):
            yield f"{dotted((*rule, key))} must be a private range in the data tier, but it is {shown(block)}."


# Only interface and gateway endpoints take one: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
_WITHOUT_POLICY: Final = ("GatewayLoadBalancer", "Resource", "ServiceNetwork")


@control(
    id="vpc-endpoint-has-a-policy",
    title="VPC endpoints have a policy",
    description="An endpoint's policy is written out and does not allow everyone everything.",
    citations=("164.312(e)(1)", "164.312(a)(1)"),
    severity="medium",
    pack="isolation",
    remediation="Pass a policy that ties the endpoint to the account's principals or resources.",
    types={VPC_ENDPOINT: ("policy", "serviceName", "vpcEndpointType")},
    sources=("hipaa:vpc-endpoints-required",),
    unknown="defer",
    settings={
        "services_without_policy": {
            "type": "array",
            "items": {"type": "string"},
            "default": ("ecs-agent", "ecs-telemetry", "email-smtp"),
            "description": "Services whose endpoints refuse a policy, as the ends of their names.",
        },
    },
)
def _endpoint_policy(endpoint: Resource, config: Config) -> Iterator[str]:
    service = peek(endpoint.props, "serviceName")
    private_link = isinstance(service, str) and ".vpce-svc-" in service
    without = isinstance(service, str) and service.endswith(
        tuple(f".{name}" for name in config["services_without_policy"])
    )
    if private_link or without or peek(endpoint.props, "vpcEndpointType") in _WITHOUT_POLICY:
        yield not_applicable("This kind of endpoint takes no policy.")
        return
    yield from judge_statements(endpoint, "policy", _narrow_endpoint_statement)


def _narrow_endpoint_statement(statement: Statement) -> Iterator[str]:
    wide = "*" in statement.actions and statement.any_resource
    if statement.allows and wide and statement.everyone and not statement.confined:
        yield f"policy, {statement.label}, must name principals, actions or resources, but it allows everyone everything."


@control(
    id="instance-has-no-public-address",
    title="Instances ask for no public address",
    description="Neither instances nor launch templates associate a public address.",
    citations=REACH,
    severity="critical",
    pack="isolation",
    remediation="Leave associate_public_ip_address unset or false; a NAT instance takes an Elastic IP.",
    types={INSTANCE: ("associatePublicIpAddress",), LAUNCH_TEMPLATE: ("networkInterfaces",)},
    sources=(
        "cdk-nag:EC2InstanceNoPublicIp", "aws-config:EC2_INSTANCE_NO_PUBLIC_IP", "CKV_AWS_88",
        "cdk-nag:AutoScalingLaunchConfigPublicIpDisabled", "prowler:ec2_instance_public_ip",
    ),
)  # fmt: skip
def _instance_address(resource: Resource, _config: Config) -> Iterator[str]:
    if resource.type == INSTANCE:
        yield from must_not_be_true(resource, "associatePublicIpAddress")
    elif peek(resource.props, "networkInterfaces") is UNKNOWN:
        yield "networkInterfaces must be plain values, but they are not known before deployment."
    else:
        for interface in positions(resource, "networkInterfaces"):
            yield from must_not_be_true(resource, *interface, "associatePublicIpAddress")

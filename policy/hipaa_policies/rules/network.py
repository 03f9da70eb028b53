"""Networks: default security groups, flow logs, subnets, routes, network ACLs and VPC endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import REACH
from hipaa_policies.documents import PolicyStatement, judge_statements
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    deferred,
    dotted_path,
    element_paths,
    must_be_empty,
    must_be_one_of,
    must_be_plain,
    must_be_present,
    must_not_be_true,
    not_applicable,
    tag,
)
from hipaa_policies.tokens import (
    DEFAULT_NETWORK_ACL,
    DEFAULT_ROUTE_TABLE,
    DEFAULT_SECURITY_GROUP,
    FLOW_LOG,
    INTERNET_GATEWAY,
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
from hipaa_policies.values import MISSING, UNKNOWN, format_value, is_blank, is_internet, peek

Path = tuple[str | int, ...]


@stack_control(
    id="vpc-default-security-group-is-adopted",
    title="The program manages the default security group of every VPC",
    description="Every VPC has a DefaultSecurityGroup resource, so that the program decides its rules.",
    citations=("164.312(e)(1)",),
    severity="high",
    pack="isolation",
    remediation="Add aws.ec2.DefaultSecurityGroup with the id of the VPC and without rules.",
    types={VPC: ()},
    reads={DEFAULT_SECURITY_GROUP: ("vpcId",)},
    sources=(
        "cdk-nag:VPCDefaultSecurityGroupClosed",
        "aws-config:VPC_DEFAULT_SECURITY_GROUP_CLOSED",
        "CKV2_AWS_12",
    ),
    unknown="present",
)
def _default_group(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for vpc in graph.by_type(VPC):
        if not graph.referrers(vpc.urn, DEFAULT_SECURITY_GROUP, "vpcId"):
            yield (
                vpc,
                "The VPC must have a DefaultSecurityGroup without rules, but it has none.",
            )


@control(
    id="vpc-default-security-group-is-closed",
    title="Default security groups have no rules",
    description="A default security group allows no traffic in either direction.",
    citations=("164.312(e)(1)",),
    severity="high",
    pack="isolation",
    remediation="Leave ingress and egress of aws.ec2.DefaultSecurityGroup unset.",
    types={DEFAULT_SECURITY_GROUP: ("ingress", "egress")},
    sources=(
        "cdk-nag:VPCDefaultSecurityGroupClosed",
        "aws-config:VPC_DEFAULT_SECURITY_GROUP_CLOSED",
        "CKV2_AWS_12",
        "prowler:ec2_securitygroup_default_restrict_traffic",
    ),
)
def _default_group_rules(group: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_empty(group, "ingress", instead=" on a default security group")
    yield from must_be_empty(group, "egress", instead=" on a default security group")


@stack_control(
    id="vpc-has-a-flow-log",
    title="Every VPC has a flow log",
    description="A flow log records the traffic of every VPC.",
    citations=("164.312(b)", "164.308(a)(3)(ii)(A)"),
    severity="high",
    pack="isolation",
    remediation="Add aws.ec2.FlowLog with the id of the VPC and traffic_type ALL.",
    types={VPC: ()},
    reads={FLOW_LOG: ("vpcId",)},
    sources=(
        "cdk-nag:VPCFlowLogsEnabled",
        "aws-config:VPC_FLOW_LOGS_ENABLED",
        "CKV2_AWS_11",
        "prowler:vpc_flow_logs_enabled",
    ),
    unknown="present",
)
def _flow_log(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for vpc in graph.by_type(VPC):
        if not graph.referrers(vpc.urn, FLOW_LOG, "vpcId"):
            yield vpc, "The VPC must have a flow log, but no flow log names it."


@control(
    id="flow-log-captures-all-traffic",
    title="Flow logs capture all traffic",
    description="A flow log delivers records of accepted and rejected traffic to a log group or a bucket.",
    citations=("164.312(b)", "164.308(a)(3)(ii)(A)"),
    severity="high",
    pack="isolation",
    remediation="Set traffic_type to ALL, and log_destination to the ARN of a log group or a bucket.",
    types={
        FLOW_LOG: (
            "trafficType",
            "logDestination",
            "logDestinationType",
            "transitGatewayId",
            "transitGatewayAttachmentId",
        ),
    },
    sources=("cdk-nag:VPCFlowLogsEnabled", "aws-config:VPC_FLOW_LOGS_ENABLED"),
)
def _flow_log_traffic(log: JudgedResource, _config: Config) -> Iterator[str]:
    # The flow log of a transit gateway always records all traffic and has no traffic type.
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
    description="No subnet assigns a public address to an instance at launch. This includes public subnets.",
    citations=REACH,
    severity="high",
    pack="isolation",
    remediation="Set map_public_ip_on_launch=False. Associate an Elastic IP with an instance that must be public.",
    types={SUBNET: ("mapPublicIpOnLaunch",)},
    sources=(
        "cdk-nag:VPCSubnetAutoAssignPublicIpDisabled",
        "aws-config:SUBNET_AUTO_ASSIGN_PUBLIC_IP_DISABLED",
        "CKV_AWS_130",
        "prowler:vpc_subnet_no_public_ip_by_default",
    ),
)
def _public_addresses(subnet: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_not_be_true(subnet, "mapPublicIpOnLaunch")


@stack_control(
    id="internet-route-only-in-public-tables",
    title="Only public route tables have a route to the Internet gateway",
    description="A route to an Internet gateway belongs to a route table that is tagged SubnetType=Public.",
    citations=("164.312(e)(1)", "164.312(a)(1)"),
    severity="critical",
    pack="isolation",
    remediation="Route private subnets through NAT or VPC endpoints. Tag a route table that is meant to be public.",
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
def _internet_routes(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for route in graph.by_type(ROUTE):
        if _leads_to_internet_gateway(graph, route, "gatewayId"):
            tables = graph.references(route, "routeTableId", ROUTE_TABLE, DEFAULT_ROUTE_TABLE)
            if not tables:
                yield (
                    route,
                    "The route table of a route to an Internet gateway must be in this stack, but it is not.",
                )
            if graph.is_ambiguous(route, "routeTableId", ROUTE_TABLE, DEFAULT_ROUTE_TABLE):
                yield route, deferred("routeTableId")
                continue
            for table in tables:
                yield from about(route, _is_public_table(table))
    for table in graph.by_type(ROUTE_TABLE, DEFAULT_ROUTE_TABLE):
        if peek(table.props, "routes") is UNKNOWN:
            yield table, deferred("routes")
        elif any(
            _leads_to_internet_gateway(graph, table, *route, "gatewayId")
            for route in element_paths(table, "routes")
        ):
            yield from about(table, _is_public_table(table))


def _leads_to_internet_gateway(graph: Graph, resource: JudgedResource, *path: str | int) -> bool:
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


def _is_public_table(table: JudgedResource) -> Iterator[str]:
    tier = peek(table.props, "tags", "SubnetType")
    if tier is UNKNOWN:
        yield deferred("tags", "SubnetType")
    elif tier != "Public":
        yield f"A route table with a route to an Internet gateway must be tagged SubnetType=Public, but the tag is {format_value(tier)}."


@stack_control(
    id="data-tier-acl-is-closed-to-the-internet",
    title="Network ACLs of the data tier allow no Internet range",
    description=(
        "Network ACLs of data subnets (tagged tier=data or SubnetType=Isolated) do not allow 0.0.0.0/0 or ::/0. The same "
        "applies to the default ACL of a VPC, which guards every subnet without another ACL."
    ),
    citations=("164.312(e)(1)", "164.312(a)(1)"),
    severity="high",
    pack="isolation",
    remediation="Allow only the address range of the VPC.",
    types={
        NETWORK_ACL: ("ingress", "egress", "subnetIds", "tags"),
        DEFAULT_NETWORK_ACL: ("ingress", "egress", "defaultNetworkAclId"),
        NETWORK_ACL_RULE: ("cidrBlock", "ipv6CidrBlock", "ruleAction", "networkAclId"),
    },
    reads={NETWORK_ACL_ASSOCIATION: ("networkAclId", "subnetId"), SUBNET: ("tags", "vpcId")},
    sources=("CKV_AWS_229", "CKV_AWS_352", "prowler:ec2_networkacl_allow_ingress_any_port"),
)
def _data_acls(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for acl in graph.by_type(NETWORK_ACL):
        if tag(acl, "tier") != "data" and graph.is_ambiguous(acl, "subnetIds", SUBNET):
            yield acl, deferred("subnetIds")
            continue
        if not _guards_data(graph, acl):
            yield acl, not_applicable("The ACL guards no data subnet.")
            continue
        yield from about(acl, _rules_allow_internet(acl))
    for acl in graph.by_type(DEFAULT_NETWORK_ACL):
        if _guards_nothing(graph, acl):
            yield acl, not_applicable("Every subnet of the VPC has another ACL.")
            continue
        yield from about(acl, _rules_allow_internet(acl))
    for entry in graph.by_type(NETWORK_ACL_RULE):
        acls = graph.references(entry, "networkAclId", NETWORK_ACL)
        if acls and not any(_guards_data(graph, acl) for acl in acls):
            yield entry, not_applicable("The ACL guards no data subnet.")
            continue
        yield from about(entry, _allows_internet(entry, (), "ruleAction"))


def _guards_nothing(graph: Graph, default: JudgedResource) -> bool:
    """Return whether every subnet of the VPC is in this program and has another ACL than the default."""
    vpcs = graph.references(default, "defaultNetworkAclId", VPC)
    subnets = {subnet.urn for vpc in vpcs for subnet in graph.referrers(vpc.urn, SUBNET, "vpcId")}
    guarded = {subnet.urn for acl in graph.by_type(NETWORK_ACL) for subnet in _guarded(graph, acl)}
    return bool(subnets) and subnets <= guarded


def _guarded(graph: Graph, acl: JudgedResource) -> Iterator[JudgedResource]:
    yield from graph.references(acl, "subnetIds", SUBNET)
    for association in graph.referrers(acl.urn, NETWORK_ACL_ASSOCIATION, "networkAclId"):
        yield from graph.references(association, "subnetId", SUBNET)


def _guards_data(graph: Graph, acl: JudgedResource) -> bool:
    return tag(acl, "tier") in ("data", UNKNOWN) or any(
        tag(subnet, "tier") in ("data", UNKNOWN)
        or peek(subnet.props, "tags", "SubnetType") in ("Isolated", UNKNOWN)
        for subnet in _guarded(graph, acl)
    )


def _rules_allow_internet(acl: JudgedResource) -> Iterator[str]:
    for direction in ("ingress", "egress"):
        yield from must_be_plain(acl, direction)
        for rule in element_paths(acl, direction):
            yield from _allows_internet(acl, rule, "action")


def _allows_internet(resource: JudgedResource, rule: Path, action: str) -> Iterator[str]:
    if peek(resource.props, *rule, action) == "deny":
        return
    for key in ("cidrBlock", "ipv6CidrBlock"):
        block = peek(resource.props, *rule, key)
        if block is UNKNOWN or is_internet(block):
            yield f"{dotted_path((*rule, key))} must be a private range in the data tier, but it is {format_value(block)}."


# Only interface and gateway endpoints have a policy:
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateVpcEndpoint.html
_WITHOUT_POLICY: Final = ("GatewayLoadBalancer", "Resource", "ServiceNetwork")


@control(
    id="vpc-endpoint-has-a-policy",
    title="VPC endpoints have a policy",
    description="Every endpoint has an explicit policy, which does not allow all actions to everyone.",
    citations=("164.312(e)(1)", "164.312(a)(1)"),
    severity="medium",
    pack="isolation",
    remediation="Set a policy that limits the endpoint to principals or resources of the account.",
    types={VPC_ENDPOINT: ("policy", "serviceName", "vpcEndpointType")},
    sources=("hipaa:vpc-endpoints-required",),
    unknown="defer",
    settings={
        "services_without_policy": {
            "type": "array",
            "items": {"type": "string"},
            "default": ("ecs-agent", "ecs-telemetry", "email-smtp"),
            "description": "Last parts of the names of services whose endpoints do not support a policy.",
        },
    },
)
def _endpoint_policy(endpoint: JudgedResource, config: Config) -> Iterator[str]:
    service = peek(endpoint.props, "serviceName")
    private_link = isinstance(service, str) and ".vpce-svc-" in service
    unsupported = isinstance(service, str) and service.endswith(
        tuple(f".{name}" for name in config["services_without_policy"])
    )
    if private_link or unsupported or peek(endpoint.props, "vpcEndpointType") in _WITHOUT_POLICY:
        yield not_applicable("An endpoint of this type or service has no policy.")
        return
    yield from judge_statements(endpoint, "policy", _narrow_endpoint_statement)


def _narrow_endpoint_statement(statement: PolicyStatement) -> Iterator[str]:
    wide = "*" in statement.actions and statement.applies_to_any_resource
    if (
        statement.allows
        and wide
        and statement.applies_to_everyone
        and not statement.limits_callers_or_resources
    ):
        yield f"policy, {statement.label}, must name principals, actions or resources, but it allows all actions to everyone."

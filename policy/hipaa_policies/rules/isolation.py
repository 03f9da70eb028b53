"""Isolation: no path from the Internet except the edge, nothing public, nobody with more rights than they need."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from ipaddress import ip_network
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.documents import Statement, judge_statements
from hipaa_policies.model import Graph, Resource
from hipaa_policies.requirements import (
    deferred,
    dotted,
    must_be_empty,
    must_be_one_of,
    must_be_present,
    must_be_true,
    must_not_be_true,
    not_applicable,
    positions,
    tag,
)
from hipaa_policies.tokens import (
    ACCESS_KEY,
    BUCKET,
    BUCKET_ACL,
    BUCKET_OWNERSHIP,
    BUCKET_POLICY,
    BUCKET_PUBLIC_ACCESS,
    DEFAULT_ROUTE_TABLE,
    DEFAULT_SECURITY_GROUP,
    FLOW_LOG,
    GROUP_POLICY,
    GROUP_POLICY_ATTACHMENT,
    INGRESS_RULE,
    INSTANCE,
    INTERNET_GATEWAY,
    LAUNCH_TEMPLATE,
    NETWORK_ACL,
    NETWORK_ACL_RULE,
    POLICY,
    POLICY_ATTACHMENT,
    ROLE,
    ROLE_POLICY,
    ROLE_POLICY_ATTACHMENT,
    ROUTE,
    ROUTE_TABLE,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
    SUBNET,
    USER,
    USER_LOGIN_PROFILE,
    USER_POLICY,
    USER_POLICY_ATTACHMENT,
    VPC,
    VPC_ENDPOINT,
    VPN_GATEWAY,
)
from hipaa_policies.values import MISSING, UNKNOWN, items, peek, shown, to_int

_REACH = (
    "164.312(a)(1)", "164.312(e)(1)", "164.308(a)(3)(i)", "164.308(a)(4)(ii)(A)", "164.308(a)(4)(ii)(C)",
)  # fmt: skip
_INGRESS = (*_REACH, "164.308(a)(3)(ii)(B)", "164.308(a)(4)(i)", "164.308(a)(4)(ii)(B)")
_RIGHTS = (
    "164.312(a)(1)", "164.308(a)(3)(i)", "164.308(a)(3)(ii)(A)", "164.308(a)(3)(ii)(B)", "164.308(a)(4)(i)",
    "164.308(a)(4)(ii)(A)", "164.308(a)(4)(ii)(B)", "164.308(a)(4)(ii)(C)",
)  # fmt: skip

Path = tuple[str | int, ...]


def reaches_the_world(value: object) -> bool:
    """Tell whether a CIDR block is the Internet or so large a part of it that it names nobody.

    Halves and quarters count, because two of them spell the whole.
    """
    try:
        network = ip_network(str(value), strict=False)
    except ValueError:
        return False
    return network.prefixlen < (8 if network.version == 4 else 16)


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
    types={FLOW_LOG: ("trafficType", "logDestination", "logDestinationType")},
    sources=("cdk-nag:VPCFlowLogsEnabled", "aws-config:VPC_FLOW_LOGS_ENABLED"),
)
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
    citations=_REACH,
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
    types={ROUTE: ("gatewayId", "routeTableId"), ROUTE_TABLE: ("routes",), DEFAULT_ROUTE_TABLE: ("routes",)},
    sources=("cdk-nag:VPCNoUnrestrictedRouteToIGW", "aws-config:NO_UNRESTRICTED_ROUTE_TO_IGW", "CKV2_AWS_44"),
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
    if gateway is MISSING or gateway == "":
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


def _openings(resource: Resource) -> Iterator[tuple[Path, object]]:
    """Yield, for each source that a security group's rules let in, the path of the rule and the CIDR block.

    Three encodings exist: a rule resource with one block, the older rule resource with lists, and inline rules.
    """
    if resource.type == INGRESS_RULE:
        rules: list[tuple[Path, tuple[str, ...]]] = [((), ("cidrIpv4", "cidrIpv6"))]
    elif resource.type == SECURITY_GROUP_RULE:
        inbound = peek(resource.props, "type") != "egress"
        rules = [((), ("cidrBlocks", "ipv6CidrBlocks"))] if inbound else []
    else:
        rules = [(rule, ("cidrBlocks", "ipv6CidrBlocks")) for rule in positions(resource, "ingress")]
    for rule, sources in rules:
        for source in sources:
            if peek(resource.props, *rule, source) is UNKNOWN:
                yield rule, UNKNOWN
            yield from ((rule, block) for block in items(resource.props, *rule, source))


def _ports(resource: Resource, rule: Path) -> range | None:
    """Return the ports that a rule opens, or None where they are not stated or the protocol has none."""
    protocol = peek(resource.props, *rule, "ipProtocol" if resource.type == INGRESS_RULE else "protocol")
    first, last = (to_int(peek(resource.props, *rule, port)) for port in ("fromPort", "toPort"))
    if protocol not in ("tcp", "udp", "6", "17") or first is None or last is None:
        return None
    return range(first, last + 1)


_OPENING_TYPES: Final = {
    INGRESS_RULE: ("ipProtocol", "fromPort", "toPort", "cidrIpv4", "cidrIpv6"),
    SECURITY_GROUP_RULE: ("type", "protocol", "fromPort", "toPort", "cidrBlocks", "ipv6CidrBlocks"),
    SECURITY_GROUP: ("ingress",),
}


@control(
    id="security-group-opens-only-edge-ports",
    title="The Internet reaches only the configured ports",
    description="A rule that lets in the Internet opens configured TCP or UDP ports only (443 and 80 by default).",
    citations=_INGRESS,
    severity="critical",
    pack="isolation",
    remediation="Name the source group or a smaller CIDR block, or configure the port if it is meant to be public.",
    types=_OPENING_TYPES,
    sources=(
        "cdk-nag:EC2RestrictedCommonPorts", "aws-config:RESTRICTED_INCOMING_TRAFFIC",
        "aws-config:VPC_SG_OPEN_ONLY_TO_AUTHORIZED_PORTS", "CKV_AWS_25", "CKV_AWS_260",
    ),
    settings={
        "open_ports": {
            "type": "array",
            "items": {"type": "integer", "minimum": 1, "maximum": 65535},
            "default": (443, 80),
        },
    },
)  # fmt: skip
def _edge_ports(resource: Resource, config: Config) -> Iterator[str]:
    allowed = set(config["open_ports"])
    listed = ", ".join(str(port) for port in sorted(allowed))
    for rule, block in _openings(resource):
        if block is UNKNOWN:
            yield "A rule's CIDR block must be a plain value, but it is not known before deployment."
        elif reaches_the_world(block):
            ports = _ports(resource, rule)
            if ports is None:
                yield f"A rule that lets in {block} must state TCP or UDP ports, but it opens everything or does not say."
            elif not ports or len(ports) > len(allowed) or not allowed.issuperset(ports):
                opened = str(ports.start) if len(ports) == 1 else f"{ports.start} to {ports.stop - 1}"
                yield f"A rule that lets in {block} may open only {listed}, but it opens {opened}."


# Administration, databases, caches and the unencrypted file transfer that AWS Config's pack names.
_ADMIN_PORTS: Final = (20, 21, 22, 23, 1433, 1521, 3306, 3389, 4333, 5432, 6379, 9200, 11211, 27017)


@control(
    id="security-group-never-opens-admin-ports",
    title="Administration and database ports are never open to the Internet",
    description="No rule lets the Internet reach SSH, RDP or a database, whatever ports are configured as public.",
    citations=_INGRESS,
    severity="critical",
    pack="isolation",
    remediation="Administer through Session Manager or the VPN; let databases in by security group.",
    types=_OPENING_TYPES,
    sources=(
        "cdk-nag:EC2RestrictedSSH", "aws-config:INCOMING_SSH_DISABLED", "CKV_AWS_24",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22",
    ),
)  # fmt: skip
def _admin_ports(resource: Resource, _config: Config) -> Iterator[str]:
    for rule, block in _openings(resource):
        if block is UNKNOWN or reaches_the_world(block):
            ports = _ports(resource, rule)
            exposed = [port for port in _ADMIN_PORTS if ports is None or port in ports]
            if exposed:
                source = "a block that is not known before deployment" if block is UNKNOWN else block
                yield f"A rule must not let the Internet reach port {exposed[0]}, but it lets in {source}."


@stack_control(
    id="security-group-open-only-at-the-edge",
    title="Only edge security groups let the Internet in",
    description="A rule that lets in the Internet belongs to a security group tagged edge=public.",
    citations=_INGRESS,
    severity="critical",
    pack="isolation",
    remediation="Let in the load balancer's group instead, or tag the group that is the edge.",
    types={
        INGRESS_RULE: ("cidrIpv4", "cidrIpv6"),
        SECURITY_GROUP_RULE: ("type", "cidrBlocks", "ipv6CidrBlocks"),
        SECURITY_GROUP: ("ingress",),
    },
    reads={INGRESS_RULE: ("securityGroupId",), SECURITY_GROUP_RULE: ("securityGroupId",)},
    sources=(
        "aws-config:VPC_SG_OPEN_ONLY_TO_AUTHORIZED_PORTS",
        "pulumi:ec2-security-group-disallow-public-ingress",
    ),
    unknown="defer",
)
def _edge_groups(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for resource in graph.by_type(*_OPENING_TYPES):
        if any(block is not UNKNOWN and reaches_the_world(block) for _, block in _openings(resource)):
            inline = resource.type == SECURITY_GROUP
            groups = (resource,) if inline else graph.references(resource, "securityGroupId", SECURITY_GROUP)
            if not groups:
                yield (
                    resource,
                    "The rule's security group must be in this stack and tagged edge public, but it is not in this stack.",
                )
            for group in groups:
                edge = tag(group, "edge")
                if edge is UNKNOWN:
                    yield resource, deferred("tags", "edge")
                elif edge != "public":
                    yield (
                        resource,
                        f"A group open to the Internet must be tagged edge public, but the tag is {shown(edge)}.",
                    )


@control(
    id="security-group-rules-stand-alone",
    title="Security group rules are their own resources",
    description="No security group has inline rules, which replace and hide the standalone ones.",
    citations=("164.312(e)(1)", "164.308(a)(4)(ii)(C)"),
    severity="medium",
    pack="isolation",
    remediation="Use aws.vpc.SecurityGroupIngressRule and SecurityGroupEgressRule.",
    types={SECURITY_GROUP: ("ingress", "egress")},
    sources=("hipaa:one-spelling",),
)
def _standalone_rules(group: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_empty(group, "ingress", instead=" on the group but in rule resources")
    yield from must_be_empty(group, "egress", instead=" on the group but in rule resources")


@stack_control(
    id="data-tier-acl-is-closed-to-the-internet",
    title="Network ACLs of the data tier allow no Internet range",
    description="Network ACLs of data subnets (tagged tier=data, or SubnetType=Isolated) allow no 0.0.0.0/0 or ::/0.",
    citations=("164.312(e)(1)", "164.312(a)(1)"),
    severity="high",
    pack="isolation",
    remediation="Allow the VPC's own range only.",
    types={
        NETWORK_ACL: ("ingress", "egress", "subnetIds"),
        NETWORK_ACL_RULE: ("cidrBlock", "ipv6CidrBlock", "ruleAction"),
    },
    reads={NETWORK_ACL_RULE: ("networkAclId",)},
    sources=("CKV_AWS_229", "CKV_AWS_352", "prowler:ec2_networkacl_allow_ingress_any_port"),
)
def _data_acls(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for acl in graph.by_type(NETWORK_ACL):
        if not _guards_data(graph, acl):
            yield acl, not_applicable("It guards no data subnet.")
            continue
        for rule in (*positions(acl, "ingress"), *positions(acl, "egress")):
            yield from ((acl, sentence) for sentence in _allows_internet(acl, rule, "action"))
    for entry in graph.by_type(NETWORK_ACL_RULE):
        acls = graph.references(entry, "networkAclId", NETWORK_ACL)
        if acls and not any(_guards_data(graph, acl) for acl in acls):
            yield entry, not_applicable("It guards no data subnet.")
            continue
        yield from ((entry, sentence) for sentence in _allows_internet(entry, (), "ruleAction"))


def _guards_data(graph: Graph, acl: Resource) -> bool:
    return tag(acl, "tier") in ("data", UNKNOWN) or any(
        tag(subnet, "tier") == "data" or peek(subnet.props, "tags", "SubnetType") == "Isolated"
        for subnet in graph.references(acl, "subnetIds", SUBNET)
    )


def _allows_internet(resource: Resource, rule: Path, action: str) -> Iterator[str]:
    if peek(resource.props, *rule, action) == "deny":
        return
    for key in ("cidrBlock", "ipv6CidrBlock"):
        block = peek(resource.props, *rule, key)
        if block is UNKNOWN or reaches_the_world(block):
            yield f"{dotted((*rule, key))} must be a private range in the data tier, but it is {shown(block)}."


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
    if private_link or without or peek(endpoint.props, "vpcEndpointType") == "GatewayLoadBalancer":
        yield not_applicable("This kind of endpoint takes no policy.")
        return
    yield from judge_statements(endpoint, "policy", _narrow_endpoint_statement)


def _narrow_endpoint_statement(statement: Statement) -> Iterator[str]:
    wide = "*" in statement.actions and statement.any_resource
    if statement.allows and wide and statement.everyone and not statement.narrowed:
        yield f"policy, {statement.label}, must name principals, actions or resources, but it allows everyone everything."


@stack_control(
    id="s3-bucket-blocks-public-access",
    title="S3 buckets block public access",
    description="Every bucket has a public access block with all four settings on.",
    citations=_REACH,
    severity="critical",
    pack="isolation",
    remediation="Add a BucketPublicAccessBlock with all four settings true.",
    types={BUCKET: ()},
    reads={
        BUCKET_PUBLIC_ACCESS: (
            "bucket", "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets",
        ),
    },
    sources=(
        "cdk-nag:S3BucketLevelPublicAccessProhibited", "aws-config:S3_ACCOUNT_LEVEL_PUBLIC_ACCESS_BLOCKS_PERIODIC",
        "CKV2_AWS_6", "CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56",
    ),
)  # fmt: skip
def _public_access(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for bucket in graph.by_type(BUCKET):
        blocks = graph.referrers(bucket.urn, BUCKET_PUBLIC_ACCESS, "bucket")
        if not blocks:
            yield bucket, "The bucket must have a public access block, but it has none."
        for block in blocks:
            for setting in (
                "blockPublicAcls",
                "blockPublicPolicy",
                "ignorePublicAcls",
                "restrictPublicBuckets",
            ):
                yield from ((bucket, sentence) for sentence in must_be_true(block, setting))


@stack_control(
    id="s3-bucket-has-no-acls",
    title="S3 buckets use no access control lists",
    description="Every bucket's ownership setting is BucketOwnerEnforced and nothing sets a list.",
    citations=_REACH,
    severity="high",
    pack="isolation",
    remediation="Add BucketOwnershipControls with BucketOwnerEnforced; grant access by bucket policy.",
    types={BUCKET: (), BUCKET_ACL: ()},
    reads={BUCKET_OWNERSHIP: ("bucket", "rule")},
    sources=(
        "aws-config:S3_BUCKET_ACL_PROHIBITED", "cdk-nag:S3BucketPublicReadProhibited",
        "cdk-nag:S3BucketPublicWriteProhibited", "CKV2_AWS_65", "CKV_AWS_20", "CKV_AWS_57",
    ),
)  # fmt: skip
def _ownership(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for bucket in graph.by_type(BUCKET):
        settings = graph.referrers(bucket.urn, BUCKET_OWNERSHIP, "bucket")
        if not settings:
            yield bucket, "The bucket must enforce its owner's ownership, but it has no ownership controls."
        for setting in settings:
            for sentence in must_be_one_of(setting, ("BucketOwnerEnforced",), "rule", "objectOwnership"):
                yield bucket, sentence
    for listed in graph.by_type(BUCKET_ACL):
        yield (
            listed,
            "Access must be granted by bucket policy, but this resource sets an access control list.",
        )


@control(
    id="s3-bucket-policy-is-not-public",
    title="S3 bucket policies allow nobody unnamed",
    description="No bucket policy allows everyone without a condition that ties access to an account or a network.",
    citations=_REACH,
    severity="critical",
    pack="isolation",
    remediation="Name the principals or add aws:SourceAccount, aws:PrincipalOrgID or a like condition.",
    types={BUCKET_POLICY: ("policy",)},
    sources=(
        "aws-config:S3_BUCKET_PUBLIC_READ_PROHIBITED", "aws-config:S3_BUCKET_PUBLIC_WRITE_PROHIBITED", "CKV_AWS_70",
        "prowler:s3_bucket_policy_public_write_access",
    ),
    unknown="defer",
)  # fmt: skip
def _bucket_policy(policy: Resource, _config: Config) -> Iterator[str]:
    yield from judge_statements(policy, "policy", _names_principals)


def _names_principals(statement: Statement) -> Iterator[str]:
    if statement.allows and statement.everyone and not statement.narrowed:
        yield f"The document's {statement.label} must name its principals, but it allows everyone."


@control(
    id="iam-role-trust-is-narrow",
    title="Roles trust named principals",
    description="No role can be assumed by everyone.",
    citations=_RIGHTS,
    severity="critical",
    pack="isolation",
    remediation="Name the service or account in the trust policy.",
    types={ROLE: ("assumeRolePolicy",)},
    sources=("CKV_AWS_60", "CKV_AWS_61"),
    unknown="defer",
)
def _trust(role: Resource, _config: Config) -> Iterator[str]:
    yield from judge_statements(role, "assumeRolePolicy", _names_principals)


@control(
    id="iam-has-no-inline-policies",
    title="Rights come from managed policies",
    description="Roles, users and groups have no inline policies.",
    citations=_RIGHTS,
    severity="medium",
    pack="isolation",
    remediation="Use aws.iam.Policy with an attachment.",
    types={ROLE: ("inlinePolicies",), ROLE_POLICY: (), USER_POLICY: (), GROUP_POLICY: ()},
    sources=("cdk-nag:IAMNoInlinePolicy", "aws-config:IAM_NO_INLINE_POLICY_CHECK"),
)
def _inline(resource: Resource, _config: Config) -> Iterator[str]:
    if resource.type == ROLE:
        yield from must_be_empty(resource, "inlinePolicies", instead=" on the role but in managed policies")
    else:
        yield "Rights must come from a managed policy, but this resource is an inline policy."


_GRANTS: Final = {
    POLICY: ("policy",),
    ROLE_POLICY: ("policy",),
    GROUP_POLICY: ("policy",),
    USER_POLICY: ("policy",),
}


@control(
    id="iam-policy-grants-no-administration",
    title="No policy grants everything",
    description="No statement allows every action on every resource, or all actions but some.",
    citations=_RIGHTS,
    severity="critical",
    pack="isolation",
    remediation="Name the actions and the resources.",
    types=_GRANTS,
    sources=(
        "cdk-nag:IAMPolicyNoStatementsWithAdminAccess", "aws-config:IAM_POLICY_NO_STATEMENTS_WITH_ADMIN_ACCESS",
        "CKV_AWS_62", "CKV_AWS_63",
    ),
    unknown="defer",
)  # fmt: skip
def _administration(policy: Resource, _config: Config) -> Iterator[str]:
    yield from judge_statements(policy, "policy", _administers)


def _administers(statement: Statement) -> Iterator[str]:
    if statement.allows and "NotAction" in statement.inverted:
        yield f"policy, {statement.label}, must name the actions it allows, but it allows all except some."
    if statement.allows and set(statement.actions) & {"*", "*:*"} and statement.any_resource:
        yield f"policy, {statement.label}, must name actions and resources, but it allows every action on everything."


@control(
    id="iam-policy-grants-no-whole-service",
    title="No policy grants a whole service",
    description="No statement allows all actions of a service.",
    citations=_RIGHTS,
    severity="high",
    pack="isolation",
    remediation="Name the actions; configure a service whose every action is meant.",
    types=_GRANTS,
    sources=(
        "cdk-nag:IAMPolicyNoStatementsWithFullAccess", "aws-config:IAM_POLICY_NO_STATEMENTS_WITH_FULL_ACCESS",
        "CKV_AWS_289", "CKV_AWS_290",
    ),
    unknown="defer",
    settings={"allowed_services": {"type": "array", "items": {"type": "string"}, "default": ()}},
)  # fmt: skip
def _whole_service(policy: Resource, config: Config) -> Iterator[str]:
    allowed = {f"{service}:*" for service in config["allowed_services"]}

    def look(statement: Statement) -> Iterator[str]:
        for action in statement.actions:
            if statement.allows and (action == "*" or action.endswith(":*")) and action not in allowed:
                yield f"policy, {statement.label}, must name the actions it allows, but it allows {action}."

    yield from judge_statements(policy, "policy", look)


@control(
    id="iam-policy-decrypts-only-named-keys",
    title="Policies decrypt with named keys only",
    description="No statement allows kms:Decrypt or kms:ReEncrypt* on every key.",
    citations=("164.312(a)(2)(iv)", "164.312(a)(1)"),
    severity="high",
    pack="isolation",
    remediation="Name the keys' ARNs in Resource.",
    types=_GRANTS,
    sources=(
        "aws-config:IAM_CUSTOMER_POLICY_BLOCKED_KMS_ACTIONS", "aws-config:IAM_INLINE_POLICY_BLOCKED_KMS_ACTIONS",
    ),
    unknown="defer",
)  # fmt: skip
def _decrypts(policy: Resource, _config: Config) -> Iterator[str]:
    yield from judge_statements(policy, "policy", _decrypts_anything)


def _decrypts_anything(statement: Statement) -> Iterator[str]:
    blocked = ("kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo")
    any_key = statement.any_resource or any(
        fnmatchcase(resource, "arn:*:kms:*:*") and resource.endswith("*") for resource in statement.resources
    )
    if statement.allows and any_key:
        found = next((action for action in blocked if statement.permits(action)), None)
        if found:
            yield f"policy, {statement.label}, must name the keys it may use, but it allows {found} on every key."


_BROAD_POLICIES: Final = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess", "FullAccess")


@control(
    id="iam-attaches-no-administrator-policy",
    title="Nobody is given AWS's administrator policies",
    description="No attachment or role names AdministratorAccess, PowerUserAccess or a FullAccess policy of AWS.",
    citations=_RIGHTS,
    severity="critical",
    pack="isolation",
    remediation="Attach a policy that names what is needed.",
    types={
        ROLE_POLICY_ATTACHMENT: ("policyArn",), GROUP_POLICY_ATTACHMENT: ("policyArn",), ROLE: ("managedPolicyArns",),
    },
    sources=("CKV_AWS_274", "prowler:iam_aws_attached_policy_no_administrative_privileges"),
    unknown="present",
)  # fmt: skip
def _administrators(resource: Resource, _config: Config) -> Iterator[str]:
    property_ = "managedPolicyArns" if resource.type == ROLE else "policyArn"
    if resource.type != ROLE:
        yield from must_be_present(resource, property_)
    for arn in items(resource.props, property_):
        if isinstance(arn, str) and ":iam::aws:policy/" in arn and arn.endswith(_BROAD_POLICIES):
            yield f"{property_} must name a narrow policy, but it names {arn.rpartition('/')[2]}."


@control(
    id="iam-has-no-users",
    title="People and programs use roles, not IAM users",
    description="The program makes no IAM users, access keys, console passwords or policies attached to users.",
    citations=(*_RIGHTS, "164.312(d)"),
    severity="high",
    pack="isolation",
    remediation="Use IAM Identity Center for people and roles for programs.",
    types={
        USER: (), ACCESS_KEY: (), USER_LOGIN_PROFILE: (), USER_POLICY_ATTACHMENT: (), POLICY_ATTACHMENT: (),
    },
    sources=(
        "cdk-nag:IAMUserNoPolicies", "cdk-nag:IAMGroupHasUsers", "cdk-nag:IAMUserGroupMembership",
        "aws-config:IAM_USER_NO_POLICIES_CHECK", "CKV_AWS_40", "CKV_AWS_273",
    ),
)  # fmt: skip
def _users(resource: Resource, _config: Config) -> Iterator[str]:
    if resource.type == POLICY_ATTACHMENT:
        yield "Policies must be attached role by role, but this resource attaches one exclusively, users included."
    else:
        yield "Access must come from roles, but this resource belongs to an IAM user."


@control(
    id="instance-has-no-public-address",
    title="Instances ask for no public address",
    description="Neither instances nor launch templates associate a public address.",
    citations=_REACH,
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

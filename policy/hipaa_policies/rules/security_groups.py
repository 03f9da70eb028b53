"""Security groups: which ports and groups the Internet may reach, in all three forms of a rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import INGRESS
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    deferred,
    dotted_path,
    element_paths,
    must_be_empty,
    tag,
)
from hipaa_policies.rules.network import Path
from hipaa_policies.tokens import (
    INGRESS_RULE,
    PREFIX_LIST,
    PREFIX_LIST_ENTRY,
    SECURITY_GROUP,
    SECURITY_GROUP_RULE,
)
from hipaa_policies.values import UNKNOWN, format_value, is_internet, items, peek, to_int


def _openings(resource: JudgedResource) -> Iterator[tuple[Path, object]]:
    """Yield the path of the rule and the CIDR block for every source that ingress rules allow.

    A rule has one of three forms: a resource with one block, a resource of the older type with lists, or an inline rule.
    """
    if resource.type == INGRESS_RULE:
        rules: list[tuple[Path, tuple[str, ...]]] = [((), ("cidrIpv4", "cidrIpv6"))]
    elif resource.type == SECURITY_GROUP_RULE:
        inbound = peek(resource.props, "type") != "egress"
        rules = [((), ("cidrBlocks", "ipv6CidrBlocks"))] if inbound else []
    else:
        rules = [(rule, ("cidrBlocks", "ipv6CidrBlocks")) for rule in element_paths(resource, "ingress")]
    for rule, sources in rules:
        for source in sources:
            if peek(resource.props, *rule, source) is UNKNOWN:
                yield rule, UNKNOWN
            yield from ((rule, block) for block in items(resource.props, *rule, source))


def _ports(resource: JudgedResource, rule: Path) -> range | None:
    """Return the ports that a rule opens; None if they are not stated or the protocol has no ports."""
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
    description="A rule that allows traffic from the Internet opens only the configured ports (443 and 80 by default).",
    citations=INGRESS,
    severity="critical",
    pack="isolation",
    remediation="Allow a security group or a smaller CIDR block, or add the port to the configuration if it must be public.",
    types=_OPENING_TYPES,
    sources=(
        "cdk-nag:EC2RestrictedCommonPorts",
        "aws-config:RESTRICTED_INCOMING_TRAFFIC",
        "aws-config:VPC_SG_OPEN_ONLY_TO_AUTHORIZED_PORTS",
        "CKV_AWS_25",
        "CKV_AWS_260",
    ),
    settings={
        "open_ports": {
            "type": "array",
            "items": {"type": "integer", "minimum": 1, "maximum": 65535},
            "default": (443, 80),
        },
    },
)
def _edge_ports(resource: JudgedResource, config: Config) -> Iterator[str]:
    allowed = set(config["open_ports"])
    listed = ", ".join(str(port) for port in sorted(allowed))
    for rule, block in _openings(resource):
        if block is UNKNOWN:
            yield "A rule's CIDR block must be a plain value, but it is not known before deployment."
        elif is_internet(block):
            ports = _ports(resource, rule)
            if ports is None:
                yield f"A rule that allows {block} must state TCP or UDP ports, but it does not."
            elif not ports or len(ports) > len(allowed) or not allowed.issuperset(ports):
                opened = str(ports.start) if len(ports) == 1 else f"{ports.start} to {ports.stop - 1}"
                yield f"A rule that allows {block} may open only {listed}, but it opens {opened}."


# Ports of administration, databases, caches and unencrypted file transfer, as AWS Config's conformance pack lists them.
_ADMIN_PORTS: Final = (20, 21, 22, 23, 1433, 1521, 3306, 3389, 4333, 5432, 6379, 9200, 11211, 27017)


@control(
    id="security-group-never-opens-admin-ports",
    title="Administration and database ports are never open to the Internet",
    description="No rule opens SSH, RDP or a database port to the Internet, even if the port is configured as public.",
    citations=INGRESS,
    severity="critical",
    pack="isolation",
    remediation="Use Session Manager or the VPN for administration. Allow database clients by security group.",
    types=_OPENING_TYPES,
    sources=(
        "cdk-nag:EC2RestrictedSSH",
        "aws-config:INCOMING_SSH_DISABLED",
        "CKV_AWS_24",
        "prowler:ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_22",
    ),
)
def _admin_ports(resource: JudgedResource, _config: Config) -> Iterator[str]:
    for rule, block in _openings(resource):
        if block is UNKNOWN or is_internet(block):
            ports = _ports(resource, rule)
            exposed = [port for port in _ADMIN_PORTS if ports is None or port in ports]
            if exposed:
                source = "a block that is not known before deployment" if block is UNKNOWN else block
                yield f"A rule must not open port {exposed[0]} to the Internet, but it allows {source}."


@stack_control(
    id="security-group-open-only-at-the-edge",
    title="Only security groups of the edge allow traffic from the Internet",
    description=(
        "A rule that allows traffic from the Internet belongs to a security group that is tagged edge=public. No prefix list "
        "contains the Internet, because a rule shows only the id of a list."
    ),
    citations=INGRESS,
    severity="critical",
    pack="isolation",
    remediation="Allow the security group of the load balancer instead, or tag the security group of the edge.",
    types={
        INGRESS_RULE: ("cidrIpv4", "cidrIpv6", "securityGroupId"),
        SECURITY_GROUP_RULE: ("type", "cidrBlocks", "ipv6CidrBlocks", "securityGroupId"),
        SECURITY_GROUP: ("ingress", "tags"),
        PREFIX_LIST: ("entries",),
        PREFIX_LIST_ENTRY: ("cidr",),
    },
    sources=(
        "aws-config:VPC_SG_OPEN_ONLY_TO_AUTHORIZED_PORTS",
        "pulumi:ec2-security-group-disallow-public-ingress",
    ),
    unknown="defer",
)
def _edge_groups(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for resource in graph.by_type(*_OPENING_TYPES):
        if any(block is not UNKNOWN and is_internet(block) for _, block in _openings(resource)):
            inline = resource.type == SECURITY_GROUP
            groups = (resource,) if inline else graph.references(resource, "securityGroupId", SECURITY_GROUP)
            if not groups:
                yield (
                    resource,
                    "The security group of the rule must be in this stack and tagged edge=public, but it is not in this stack.",
                )
            for group in groups:
                edge = tag(group, "edge")
                if edge is UNKNOWN:
                    yield resource, deferred("tags", "edge")
                elif edge != "public":
                    yield (
                        resource,
                        f"A security group that is open to the Internet must be tagged edge=public, but the tag is {format_value(edge)}.",
                    )
    for prefix_list in graph.by_type(PREFIX_LIST, PREFIX_LIST_ENTRY):
        yield from about(prefix_list, _internet_entries(prefix_list))


def _internet_entries(prefix_list: JudgedResource) -> Iterator[str]:
    property_ = "entries" if prefix_list.type == PREFIX_LIST else "cidr"
    entries = [(*entry, "cidr") for entry in element_paths(prefix_list, property_)]
    for path in entries or [(property_,)]:
        block = peek(prefix_list.props, *path)
        if block is UNKNOWN:
            yield deferred(*path)
        elif is_internet(block):
            yield f"{dotted_path(path)} must be smaller than the Internet, but it is {format_value(block)}."


@control(
    id="security-group-rules-stand-alone",
    title="Security group rules are standalone resources",
    description="No security group has inline rules, because they conflict with standalone rules.",
    citations=("164.312(e)(1)", "164.308(a)(4)(ii)(C)"),
    severity="medium",
    pack="isolation",
    remediation="Use aws.vpc.SecurityGroupIngressRule and aws.vpc.SecurityGroupEgressRule.",
    types={SECURITY_GROUP: ("ingress", "egress")},
    sources=("hipaa:one-spelling",),
)
def _standalone_rules(group: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_empty(group, "ingress", instead=" on the group but as rule resources")
    yield from must_be_empty(group, "egress", instead=" on the group but as rule resources")

"""Load balancers: their listeners, their targets, and the endpoint services in front of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from blueprint.reach import kinds
from blueprint.reach.extract.reader import RecordReader, blocks_of, text_of
from blueprint.reach.model import Listener, Place, Target
from blueprint.reach.traffic import cidr, traffic
from blueprint.record import Resource
from blueprint.values import blocks, integer, items, mapping, text

_TCP: Final = frozenset({"HTTP", "HTTPS", "TCP", "TLS", "TCP_UDP"})
_UDP: Final = frozenset({"UDP", "TCP_UDP"})
_ENCRYPTION: Final = {"HTTPS": "TLS", "TLS": "TLS", "HTTP": "none"}
_TAGGED: Final = {"end-to-end": "TLS, end to end", "none": "none"}
"""Encryption of TCP that a load balancer passes on, by the tag `tls` of its listener or target group."""


def read(reader: RecordReader) -> None:
    """Add every load balancer with its listeners and targets."""
    for item in reader.record.of_type(*kinds.LOAD_BALANCERS):
        kind = text_of(item, "loadBalancerType") or "application"
        if kind == "gateway":
            reader.gap(item, "is a gateway load balancer, which the model does not follow")
            continue
        mapped = [mapping.get("subnetId") for mapping in blocks_of(item, "subnetMappings")]
        groups = item.inputs.get("securityGroups")
        interfaces = reader.interfaces(
            item,
            mapped or item.inputs.get("subnets"),
            groups,
            public=item.inputs.get("internal") is not True,
            # A network load balancer may have no group; an application load balancer gets the VPC's default group.
            no_groups=not groups and kind == "network",
        )
        place = reader.add(Place(item.name, "front", item.urn, tuple(interfaces)))
        place.listeners = tuple(_listeners(reader, item, kind))


def _listeners(reader: RecordReader, balancer: Resource, kind: str) -> Iterator[Listener]:
    for item in sorted(reader.record.of_type(*kinds.LISTENERS), key=lambda item: item.name):
        if reader.resource(item.inputs.get("loadBalancerArn")) is not balancer:
            continue
        protocol = text_of(item, "protocol") or ("HTTP" if kind == "application" else "TCP")
        port = integer(item.inputs.get("port"))
        if port is None:
            reader.gap(item, "its port is not known")
            continue
        actions = blocks_of(item, "defaultActions")
        for rule in reader.record.of_type(*kinds.LISTENER_RULES):
            if reader.resource(rule.inputs.get("listenerArn")) is item:
                actions = [*actions, *blocks_of(rule, "actions")]
        groups = dict.fromkeys(arn for action in actions for arn in _forwarded_to(action))
        targets = tuple(target for arn in groups for target in _targets(reader, item, arn))
        encrypted = protocol in ("HTTPS", "TLS") or _tagged(item).startswith("TLS")
        yield Listener(item.name, _traffic(protocol, port), targets, encrypted)


def _traffic(protocol: str, port: int) -> int:
    tcp = traffic("tcp", port, port) if protocol in _TCP else 0
    return tcp | (traffic("udp", port, port) if protocol in _UDP else 0)


def _tagged(item: Resource) -> str:
    """Return the encryption that a listener or target group declares by its tag `tls`."""
    return _TAGGED.get(str(mapping(item.inputs.get("tags")).get("tls")), "chosen by the client")


def _forwarded_to(action: Mapping[str, object]) -> Iterator[str]:
    """Yield the ARNs of the target groups of a listener's action."""
    if arn := text(action.get("targetGroupArn")):
        yield arn
    for group in blocks(mapping(action.get("forward")).get("targetGroups")):
        yield str(group.get("arn"))


def _targets(reader: RecordReader, listener: Resource, arn: str) -> Iterator[Target]:
    group = reader.resource(arn)
    if group is None or group.type not in kinds.TARGET_GROUPS:
        reader.gap(listener, "forwards to a target group outside this program")
        return
    protocol = text_of(group, "protocol") or "TCP"
    kind = text_of(group, "targetType") or "instance"
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    default = (kind == "instance" and protocol in ("TCP", "TLS")) or protocol in _UDP
    requested = str(group.inputs.get("preserveClientIp", "")).lower()
    preserves_client_ip = protocol not in ("HTTP", "HTTPS") and (
        requested == "true" or (requested == "" and default)
    )

    def target(place: str, port: object, address: str = "") -> Target:
        number = integer(port)
        if number is None:
            number = integer(group.inputs.get("port")) or 0
        ranges = (cidr(address),) if address else ()
        encryption = _ENCRYPTION.get(protocol) or _tagged(group)
        return Target(place, ranges, _traffic(protocol, number), preserves_client_ip, encryption)

    for place in list(reader.model.places.values()):
        item = reader.record.by_urn.get(place.urn)
        if item is None:
            continue
        for block in blocks_of(item, "loadBalancers"):
            alternate = mapping(block.get("advancedConfiguration")).get("alternateTargetGroupArn")
            if arn in (block.get("targetGroupArn"), alternate):
                yield target(place.name, block.get("containerPort"))
        if arn in items(item.inputs.get("targetGroupArns")):
            yield target(place.name, None)
    for item in reader.record.of_type(*kinds.TARGETS):
        if item.inputs.get("targetGroupArn") != arn:
            continue
        identifier = text_of(item, "targetId")
        resource = reader.resource(identifier)
        if resource is not None:
            names = reader.places_of(resource)
            if not names:
                reader.gap(item, "its target is not a place that the model knows")
            yield from (target(name, item.inputs.get("port")) for name in names)
        elif identifier.replace(".", "").isdigit():
            yield target("", item.inputs.get("port"), identifier)
        else:
            reader.gap(item, "its target is outside this program")


def endpoint_services(reader: RecordReader) -> Iterator[tuple[Resource, list[str]]]:
    """Yield each endpoint service with the names of the load balancers behind it."""
    for item in reader.record.of_type("aws:ec2/vpcEndpointService:VpcEndpointService"):
        if item.inputs.get("gatewayLoadBalancerArns"):
            reader.gap(item, "serves a gateway load balancer, which the model does not follow")
        balancers: list[str] = []
        for arn in items(item.inputs.get("networkLoadBalancerArns")):
            names = reader.places_of(reader.resource(arn))
            if not names:
                reader.gap(item, "serves a load balancer outside this program")
            balancers.extend(names)
        yield item, balancers


def filters_privatelink(reader: RecordReader, place: Place) -> bool:
    """Return whether a load balancer's security groups apply to traffic from PrivateLink, which is AWS's default."""
    item = reader.record.by_urn[place.urn]
    return text_of(item, "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic") != "off"

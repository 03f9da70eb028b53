"""Load balancers: their listeners, and the places behind each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from blueprint.reach import kinds
from blueprint.reach.model import Listener, Place, Target
from blueprint.reach.reading import Reader, many, text
from blueprint.reach.traffic import cidr, traffic
from blueprint.record import Resource

_TCP = frozenset({"HTTP", "HTTPS", "TCP", "TLS", "TCP_UDP"})
_UDP = frozenset({"UDP", "TCP_UDP"})
_ENCRYPTION = {"HTTPS": "TLS", "TLS": "TLS", "HTTP": "none"}
_STATED = {"end-to-end": "TLS, end to end", "none": "none"}  # by the tag `tls`, of what passes TCP on


def balancers(reader: Reader) -> None:
    """Add every load balancer with what it passes on."""
    for item in reader.record.of_type(*kinds.BALANCERS):
        kind = text(item, "loadBalancerType") or "application"
        if kind == "gateway":
            reader.gap(item, "is a gateway load balancer, which the model does not follow")
            continue
        mappings = [mapping.get("subnetId") for mapping in many(item, "subnetMappings")]
        groups = item.inputs.get("securityGroups")
        interfaces = reader.interfaces(
            item,
            mappings or item.inputs.get("subnets"),
            groups,
            public=item.inputs.get("internal") is not True,
            # A network load balancer without a group has none; an application load balancer gets the VPC's default.
            no_groups=not groups and kind == "network",
        )
        place = Place(item.name, "front", item.urn, tuple(interfaces))
        reader.add(place)
        place.listeners = tuple(_listeners(reader, item, kind))


def _listeners(reader: Reader, balancer: Resource, kind: str) -> Iterator[Listener]:
    for item in sorted(reader.record.of_type(*kinds.LISTENERS), key=lambda item: item.name):
        if reader.resource(item.inputs.get("loadBalancerArn")) is not balancer:
            continue
        protocol = text(item, "protocol") or ("HTTP" if kind == "application" else "TCP")
        port = item.inputs.get("port")
        if not isinstance(port, int):
            reader.gap(item, "its port is not known")
            continue
        actions = many(item, "defaultActions")
        for rule in reader.record.of_type(*kinds.LISTENER_RULES):
            if reader.resource(rule.inputs.get("listenerArn")) is item:
                actions = [*actions, *many(rule, "actions")]
        groups = list(dict.fromkeys(arn for action in actions for arn in _forwards(action)))
        targets = tuple(target for arn in groups for target in _targets(reader, item, arn))
        encrypted = protocol in ("HTTPS", "TLS") or _stated(item).startswith("TLS")
        yield Listener(item.name, _traffic(protocol, port), targets, encrypted)


def _traffic(protocol: str, port: int) -> int:
    found = traffic("tcp", port, port) if protocol in _TCP else 0
    return found | (traffic("udp", port, port) if protocol in _UDP else 0)


def _stated(item: Resource) -> str:
    """Return what a listener or target group says of the encryption of what passes it."""
    tags = cast("Mapping[str, object]", item.inputs.get("tags") or {})
    return _STATED.get(str(tags.get("tls")), "as the client speaks")


def _forwards(action: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(action.get("targetGroupArn"), str):
        yield action["targetGroupArn"]
    for group in cast("list[dict[str, Any]]", (action.get("forward") or {}).get("targetGroups") or []):
        yield str(group.get("arn"))


def _targets(reader: Reader, listener: Resource, arn: str) -> Iterator[Target]:
    group = reader.resource(arn)
    if group is None or group.type not in kinds.TARGET_GROUPS:
        reader.gap(listener, "passes on to a target group outside this program")
        return
    protocol = text(group, "protocol") or "TCP"
    kind = text(group, "targetType") or "instance"
    # https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
    default = (kind == "instance" and protocol in ("TCP", "TLS")) or protocol in _UDP
    wish = str(group.inputs.get("preserveClientIp", "")).lower()
    keeps = protocol not in ("HTTP", "HTTPS") and (wish == "true" or (wish == "" and default))

    def target(place: str, port: object, addresses: str = "") -> Target:
        number = port if isinstance(port, int) else cast("int", group.inputs.get("port") or 0)
        ranges = (cidr(addresses),) if addresses else ()
        encryption = _ENCRYPTION.get(protocol) or _stated(group)
        return Target(place, ranges, _traffic(protocol, number), keeps, encryption)

    for place in list(reader.model.places.values()):
        item = reader.record.by_urn.get(place.urn)
        if item is None:
            continue
        for block in many(item, "loadBalancers"):
            if block.get("targetGroupArn") == arn:
                yield target(place.name, block.get("containerPort"))
        if arn in cast("list[object]", item.inputs.get("targetGroupArns") or []):
            yield target(place.name, None)
    for item in reader.record.of_type(*kinds.TARGETS):
        if item.inputs.get("targetGroupArn") != arn:
            continue
        identifier = text(item, "targetId")
        made = reader.resource(identifier)
        if made is not None:
            names = [place.name for place in reader.model.places.values() if place.urn == made.urn]
            if not names:
                reader.gap(item, "its target is no place that the model knows")
            yield from (target(name, item.inputs.get("port")) for name in names)
        elif identifier.replace(".", "").isdigit():
            yield target("", item.inputs.get("port"), identifier)
        else:
            reader.gap(item, "its target is outside this program")


def privatelink(reader: Reader) -> Iterator[tuple[Resource, list[str]]]:
    """Yield each endpoint service with the names of the load balancers behind it."""
    for item in reader.record.of_type("aws:ec2/vpcEndpointService:VpcEndpointService"):
        if item.inputs.get("gatewayLoadBalancerArns"):
            reader.gap(item, "serves a gateway load balancer, which the model does not follow")
        found: list[str] = []
        for arn in cast("list[object]", item.inputs.get("networkLoadBalancerArns") or []):
            made = reader.resource(arn)
            names = [place.name for place in reader.model.places.values() if made and place.urn == made.urn]
            if not names:
                reader.gap(item, "serves a load balancer outside this program")
            found.extend(names)
        yield item, found


def checks_private_link(reader: Reader, place: Place) -> bool:
    """Tell whether a load balancer's groups judge what comes by PrivateLink; AWS's default is yes."""
    item = reader.record.by_urn[place.urn]
    return text(item, "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic") != "off"

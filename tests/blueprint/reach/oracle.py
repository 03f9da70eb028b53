"""A second opinion on reachability: one packet, one port, one yes or no, straight from the registered inputs.

It shares nothing with `blueprint.reach`: no sets, no classes, no memory. Slow and simple enough to be read as the rules of
AWS themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any

from blueprint.record import Record, Resource

PROTOCOLS = {"tcp": "6", "udp": "17"}
MOST_HOPS = 8
"""Subnets and gateways passed; whoever needs more goes in circles."""


class Oracle:
    def __init__(self, record: Record, partners: Mapping[str, Mapping[str, Any]]) -> None:
        """Take a record and, for each partner, its `cidrs` and the `peer_ip` of its gateway."""
        self.record = record
        self.partners = partners

    def of(self, noun: str) -> list[Resource]:
        return [
            item
            for item in self.record.resources
            if item.type.endswith(f":{noun}") and "tgw" not in item.type
        ]

    def by_id(self, identifier: str) -> Resource:
        return next(item for item in self.record.resources if item.outputs.get("id") == identifier)

    # One filter each.

    def group_lets(
        self, card: Resource, direction: str, peer_ip: str, peer: Resource | None, proto: str, port: int
    ) -> bool:
        noun = "SecurityGroupIngressRule" if direction == "in" else "SecurityGroupEgressRule"
        for rule in self.of(noun):
            given: dict[str, Any] = dict(rule.inputs)
            if given["securityGroupId"] not in card.inputs["securityGroups"]:
                continue
            if given["ipProtocol"] not in ("-1", proto):
                continue
            if given["ipProtocol"] != "-1" and not given["fromPort"] <= port <= given["toPort"]:
                continue
            if "cidrIpv4" in given:
                if ip_address(peer_ip) in ip_network(given["cidrIpv4"]):
                    return True
            elif peer is not None and given["referencedSecurityGroupId"] in peer.inputs["securityGroups"]:
                same = self.vpc_of(peer) == self.vpc_of(card)
                if same:
                    return True
        return False

    def acl_lets(self, subnet: Resource, direction: str, peer_ip: str, proto: str, port: int) -> bool:
        mine = [
            acl for acl in self.of("NetworkAcl") if subnet.outputs["id"] in acl.inputs.get("subnetIds", [])
        ]
        if not mine:
            return True
        entries = sorted(
            mine[0].inputs.get("ingress" if direction == "in" else "egress", []), key=lambda e: e["ruleNo"]
        )
        for entry in entries:
            if entry["protocol"] not in ("-1", PROTOCOLS[proto]):
                continue
            if entry["protocol"] != "-1" and not entry["fromPort"] <= port <= entry["toPort"]:
                continue
            if ip_address(peer_ip) in ip_network(entry["cidrBlock"]):
                return entry["action"] == "allow"
        return False

    # Where things are.

    def subnet_of(self, card: Resource) -> Resource:
        return self.by_id(str(card.inputs["subnetId"]))

    def vpc_of(self, card: Resource) -> str:
        return str(self.subnet_of(card).inputs["vpcId"])

    def card_with(self, vpc: str, ip: str) -> Resource | None:
        for card in self.of("NetworkInterface"):
            if self.vpc_of(card) == vpc and ip == card.inputs["privateIp"]:
                return card
        return None

    def is_public(self, card: Resource) -> bool:
        return any(eip.inputs.get("networkInterface") == card.outputs["id"] for eip in self.of("Eip"))

    def routes(self, subnet: Resource) -> list[tuple[str, str, str]]:
        vpc = self.by_id(str(subnet.inputs["vpcId"]))
        found = [(str(vpc.inputs["cidrBlock"]), "local", "")]
        for link in self.of("RouteTableAssociation"):
            if link.inputs.get("subnetId") == subnet.outputs["id"]:
                for route in self.record.of_type("aws:ec2/route:Route"):
                    if route.inputs["routeTableId"] == link.inputs["routeTableId"]:
                        for key in ("gatewayId", "networkInterfaceId", "transitGatewayId"):
                            if key in route.inputs:
                                found.append(
                                    (str(route.inputs["destinationCidrBlock"]), key, str(route.inputs[key]))
                                )
        return found

    def best(self, routes: list[tuple[str, str, str]], ip: str) -> tuple[str, str, str] | None:
        hits = [route for route in routes if ip_address(ip) in ip_network(route[0])]
        return max(hits, key=lambda route: ip_network(route[0]).prefixlen, default=None)

    # One packet.

    def arrives(
        self, card: Resource, source_ip: str, ip: str, proto: str, port: int, hops: int = 0
    ) -> set[str]:
        """Return the names of where a packet of an interface may end: an interface, `internet`, a partner."""
        subnet = self.subnet_of(card)
        peer = self.card_with(self.vpc_of(card), ip)
        if not self.group_lets(card, "out", ip, peer, proto, port):
            return set()
        if peer is not None and self.subnet_of(peer) is subnet:
            return {peer.name} if self.group_lets(peer, "in", source_ip, card, proto, port) else set()
        return self.leaves(subnet, card, source_ip, ip, proto, port, hops)

    def leaves(
        self,
        subnet: Resource,
        sender: Resource | None,
        source_ip: str,
        ip: str,
        proto: str,
        port: int,
        hops: int,
    ) -> set[str]:
        """Return where a packet may end that an interface sends out of its subnet, or a Transit Gateway put there."""
        peer = self.card_with(str(subnet.inputs["vpcId"]), ip)
        if sender is None and peer is not None and self.subnet_of(peer) is subnet:
            return {peer.name} if self.group_lets(peer, "in", source_ip, None, proto, port) else set()
        if hops > MOST_HOPS or not self.acl_lets(subnet, "out", ip, proto, port):
            return set()
        route = self.best(self.routes(subnet), ip)
        if route is None:
            return set()
        _, kind, target = route
        if kind == "local":
            if peer is None or not self.acl_lets(self.subnet_of(peer), "in", source_ip, proto, port):
                return set()
            return {peer.name} if self.group_lets(peer, "in", source_ip, sender, proto, port) else set()
        if kind == "gatewayId":
            public = sender is not None and self.is_public(sender) and ip_address(ip).is_global
            return {"internet"} if public else set()
        if kind == "networkInterfaceId":
            gate = self.by_id(target)
            if gate.inputs.get("sourceDestCheck") is not False:
                return set()
            if self.subnet_of(gate) is not subnet and not self.acl_lets(
                self.subnet_of(gate), "in", source_ip, proto, port
            ):
                return set()
            if not self.group_lets(gate, "in", source_ip, sender, proto, port):
                return set()
            return self.arrives(gate, str(gate.inputs["privateIp"]), ip, proto, port, hops + 1)
        ends: set[str] = set()
        for link in self.record.of_type("aws:ec2transitgateway/vpcAttachment:VpcAttachment"):
            if link.inputs["vpcId"] == subnet.inputs["vpcId"]:
                for identifier in link.inputs["subnetIds"]:  # type: ignore[attr-defined]
                    port_subnet = self.by_id(identifier)
                    near = port_subnet.inputs["availabilityZone"] == subnet.inputs["availabilityZone"]
                    if near and self.acl_lets(port_subnet, "in", source_ip, proto, port):
                        ends |= self.crosses(str(link.outputs["id"]), source_ip, ip, proto, port, hops + 1)
        return ends

    def crosses(
        self, attachment: str, source_ip: str, ip: str, proto: str, port: int, hops: int = 0
    ) -> set[str]:
        """Return where a packet may end that comes into the Transit Gateway by an attachment."""
        table = self.tables().get(attachment)
        if table is None or hops > MOST_HOPS:
            return set()
        hits: list[tuple[int, int, str]] = []
        for route in self.record.of_type("aws:ec2transitgateway/route:Route"):
            if route.inputs["transitGatewayRouteTableId"] == table:
                network = ip_network(str(route.inputs["destinationCidrBlock"]))
                if ip_address(ip) in network:
                    hits.append(
                        (network.prefixlen, 1, str(route.inputs.get("transitGatewayAttachmentId", "")))
                    )
        for other, into in self.propagations():
            if into == table:
                for cidr in self.announced(other):
                    if ip_address(ip) in ip_network(cidr):
                        hits.append((ip_network(cidr).prefixlen, 0, other))
        if not hits or not (out := max(hits)[2]):
            return set()
        for vpn in self.of("VpnConnection"):
            if vpn.outputs["transitGatewayAttachmentId"] == out:
                return {f"partner:{self.partner(vpn)}"}
        ends: set[str] = set()
        # It comes out in any of the attachment's subnets, whose own routes then lead it on, back out perhaps.
        for identifier in self.by_id(out).inputs["subnetIds"]:  # type: ignore[attr-defined]
            ends |= self.leaves(self.by_id(identifier), None, source_ip, ip, proto, port, hops + 1)
        return ends

    def tables(self) -> dict[str, str]:
        explicit = {
            str(item.inputs["transitGatewayAttachmentId"]): str(item.inputs["transitGatewayRouteTableId"])
            for item in self.record.of_type(
                "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation"
            )
        }
        gateway = self.record.of_type("aws:ec2transitgateway/transitGateway:TransitGateway")
        if gateway and gateway[0].inputs.get("defaultRouteTableAssociation") != "disable":
            for identifier in self.all_attachments():
                explicit.setdefault(identifier, "default")
        return explicit

    def propagations(self) -> list[tuple[str, str]]:
        found = [
            (str(item.inputs["transitGatewayAttachmentId"]), str(item.inputs["transitGatewayRouteTableId"]))
            for item in self.record.of_type(
                "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation"
            )
        ]
        gateway = self.record.of_type("aws:ec2transitgateway/transitGateway:TransitGateway")
        if gateway and gateway[0].inputs.get("defaultRouteTablePropagation") != "disable":
            found += [(identifier, "default") for identifier in self.all_attachments()]
        return found

    def all_attachments(self) -> list[str]:
        links = self.record.of_type("aws:ec2transitgateway/vpcAttachment:VpcAttachment")
        return [str(item.outputs["id"]) for item in links] + [
            str(item.outputs["transitGatewayAttachmentId"]) for item in self.of("VpnConnection")
        ]

    def announced(self, attachment: str) -> list[str]:
        for vpn in self.of("VpnConnection"):
            if vpn.outputs["transitGatewayAttachmentId"] == attachment:
                return self.partners[self.partner(vpn)]["cidrs"]
        return [str(self.by_id(str(self.by_id(attachment).inputs["vpcId"])).inputs["cidrBlock"])]

    def partner(self, vpn: Resource) -> str:
        peer = self.by_id(str(vpn.inputs["customerGatewayId"])).inputs["ipAddress"]
        return next(name for name, partner in self.partners.items() if partner["peer_ip"] == peer)

    def from_internet(self, ip: str, card: Resource, proto: str, port: int) -> bool:
        gateways = [item for item in self.of("InternetGateway") if item.inputs["vpcId"] == self.vpc_of(card)]
        return (
            bool(gateways)
            and self.is_public(card)
            and self.acl_lets(self.subnet_of(card), "in", ip, proto, port)
            and self.group_lets(card, "in", ip, None, proto, port)
        )

    def reply_passes(
        self, client: Resource, server: Resource, client_ip: str, server_ip: str, proto: str, back: int
    ) -> bool:
        """Tell whether ACLs let a reply to a client's own port through, within one VPC."""
        if self.subnet_of(client) is self.subnet_of(server):
            return True
        return self.acl_lets(self.subnet_of(server), "out", client_ip, proto, back) and self.acl_lets(
            self.subnet_of(client), "in", server_ip, proto, back
        )

"""Records of programs with partners, and sample partners of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import Any, TypeAlias

import pytest

from blueprint.record import Record
from components.audit import LogArchive
from components.compute.edge.domains import Domain
from components.compute.edge.edge import Edge, EdgeArgs
from components.compute.edge.mutual_tls import MutualTls
from components.connectivity import (
    EndpointPartner,
    Partners,
    PartnersArgs,
    PartnerService,
    PrivateEntries,
    PrivateEntriesArgs,
    PrivateLinkPartner,
    ReachedPartner,
    TransitPartner,
    VpnPartner,
)
from components.shared import addressing
from components.shared.logs import LogOptions
from tests.harness import ACCOUNT, KEY, evaluate, log_archive

TOPIC = ACCOUNT.arn("sns", "alerts")
PLAN = addressing.plan(IPv4Network("10.20.0.0/16"), ["us-east-1a", "us-east-1b"])
EXCHANGE = IPv4Network("10.90.0.0/20")

MERCY = VpnPartner(
    cidrs=(IPv4Network("172.30.8.0/22"), IPv4Network("172.30.16.0/22")),
    peer_ip=IPv4Address("203.0.113.10"),
    services=(
        PartnerService(
            name="fhir", port=443, listener=8443, targets=(IPv4Address("172.30.8.15"),), tls="passthrough"
        ),
    ),
)
STLUKE = TransitPartner(
    cidrs=(IPv4Network("10.140.0.0/16"),),
    account="210987654321",
    attachment_id="tgw-attach-0123456789abcdef0",
    services=(
        PartnerService(
            name="hl7",
            port=2575,
            listener=2575,
            targets=(IPv4Address("10.140.3.20"), IPv4Address("10.140.4.20")),
            tls="terminate",
            certificate_arn=ACCOUNT.arn("acm", "certificate/11112222-3333-4444-5555-666677778888"),
        ),
    ),
)
COUNTY = PrivateLinkPartner(principals=("arn:aws:iam::320987654321:root",))
LAB = EndpointPartner(
    service_name="com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
    services={"results": 443, "orders": 8080},
    zones=("us-east-1b",),
)

Described: TypeAlias = ReachedPartner | PrivateLinkPartner
ALL: dict[str, Described] = {"mercy": MERCY, "stluke": STLUKE, "county": COUNTY, "lab": LAB}


def arguments(logs: LogArchive, **overrides: Any) -> PartnersArgs:
    """Return arguments for an application's VPC that consists only of ids."""
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "partners": {},
        "asn": 64512,
        "exchange_cidr": EXCHANGE,
        "application": PLAN,
        "vpc_id": "vpc-1",
        "subnets": {"us-east-1a": "subnet-a", "us-east-1b": "subnet-b"},
        "route_tables": {"us-east-1a": "rtb-a", "us-east-1b": "rtb-b"},
        "archive_bucket_arn": logs.bucket_arn,
        "access_logs_bucket": logs.intake_bucket_name,
        "logs": LogOptions(key_arn=KEY, days=2192, protect=overrides.get("protect", False)),
        "protect": False,
        "alarm_topic_arn": TOPIC,
    }
    return PartnersArgs(**{**values, **overrides})


def private_entries(
    logs: LogArchive,
    partners: Mapping[str, PrivateLinkPartner],
    protect: bool,
    mutual_tls: MutualTls | None = None,
) -> PrivateEntries:
    edge = Edge(
        "edge",
        EdgeArgs(
            account=ACCOUNT,
            vpc_id="vpc-1",
            subnet_ids=["subnet-c", "subnet-d"],
            domains=[Domain(name="app.example.org", zone_id="Z0123456789")],
            allowed_cidrs=[IPv4Network("0.0.0.0/0")],
            access_logs_bucket=logs.intake_bucket_name,
            logs=LogOptions(key_arn=KEY, days=2192, protect=protect),
            protect=protect,
            mutual_tls=mutual_tls,
        ),
    )
    return PrivateEntries(
        "entry",
        PrivateEntriesArgs(
            partners=partners,
            edge=edge,
            vpc_id="vpc-1",
            subnet_ids=["subnet-a", "subnet-b"],
            access_logs_bucket=logs.intake_bucket_name,
            alarm_topic_arn=TOPIC,
        ),
    )


def bare(
    partners: Mapping[str, Described],
    *,
    entries: bool = False,
    known: bool = True,
    mutual_tls: MutualTls | None = None,
    **overrides: Any,
) -> Record:
    """Record a program with these partners; with `entries` also their private entries and the public load balancer."""

    def program() -> None:
        logs = log_archive()
        called = {
            name: partner for name, partner in partners.items() if not isinstance(partner, PrivateLinkPartner)
        }
        Partners("partners", arguments(logs, partners=called, **overrides))
        if entries:
            callers = {
                name: partner for name, partner in partners.items() if isinstance(partner, PrivateLinkPartner)
            }
            private_entries(logs, callers, overrides.get("protect", False), mutual_tls)

    return evaluate(program, known)


@pytest.fixture(scope="session")
def record() -> Record:
    """Record a program with a partner of each kind."""
    return bare(ALL, entries=True)

"""The VPC of the application."""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Any, cast

from pydantic import Field, PlainValidator, Strict, ValidationInfo, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue

from facts import regions
from facts.instances import architecture
from settings import amis
from settings import identifiers as ids
from settings import types as t
from settings.errors import did_you_mean, nearest
from settings.model.access import DnsFirewallSettings
from settings.model.base import ListOf, Section
from settings.values import one_of, refusal, whole_number

_ENDPOINTS = """
    access-analyzer acm-pca application-autoscaling athena autoscaling backup bedrock-runtime cloudformation
    cloudtrail config ec2 ec2messages ecr.api ecr.dkr ecs ecs-agent ecs-telemetry elasticache
    elasticfilesystem elasticloadbalancing email-smtp events execute-api glue guardduty-data healthlake
    inspector2 kinesis-firehose kinesis-streams kms lambda logs monitoring rds rds-data secretsmanager
    securityhub sns sqs ssm ssmmessages states sts textract transcribe transcribestreaming xray
"""
ENDPOINTS = tuple(_ENDPOINTS.split())
"""Short names of the AWS services that a stack may reach through an interface endpoint."""


class NatMode(StrEnum):
    """How the private tier reaches the internet, most expensive first."""

    GATEWAY_PER_ZONE = "gateway-per-zone"
    SINGLE_GATEWAY = "single-gateway"
    INSTANCE = "instance"
    NONE = "none"


def _zones(raw: object, info: ValidationInfo) -> tuple[str, ...]:
    """Return the names of the zones for a count or a list of names.

    The validation context holds the region. If the region itself was refused, only the form of `raw` is checked.
    """
    region = cast("str | None", (info.context or {}).get("region"))
    available = regions.zones(region) if region else ()
    most = len(available) or 8
    allowed = f"2 to {most} zones{f' in {region}' if region else ''}: a count, or a list of names"
    if isinstance(raw, int) and not isinstance(raw, bool):
        if not 2 <= raw <= most:
            raise refusal(allowed, f"the nearest is {min(max(raw, 2), most)}")
        return available[:raw]
    if not isinstance(raw, list | tuple):
        raise refusal(allowed)
    entries = cast("list[object]", raw)
    names = [entry for entry in entries if isinstance(entry, str)]
    unknown = [name for name in names if available and name not in available]
    if unknown:
        near = nearest(unknown[0], available)
        hint = did_you_mean(f"{near} for {unknown[0]}") if near else ""
        raise refusal(f"{allowed} from {', '.join(available)}", hint)
    if len(names) != len(entries) or not 2 <= len(names) <= most or len({*names}) < len(names):
        raise refusal(f"{allowed}, without duplicates")
    return tuple(names)


class NatInstanceSettings(Section):
    """The instances that provide NAT if `nat` is `instance`."""

    instance_type: ids.InstanceType = "t4g.micro"
    """EC2 instance type with at least 1 GiB of memory."""
    per_zone: bool = False
    """Whether every zone has its own instance; otherwise one instance serves all zones."""
    max_lifetime_days: Annotated[int, whole_number(1, 365, "days")] | None = None
    """Days after which an instance is replaced by a new one. If not set, an instance is replaced only when it fails."""
    ami: ids.Ami = Field(
        default_factory=lambda data: amis.amazon_linux(architecture(data.get("instance_type", "")))
    )
    """Image id or SSM alias. If not set, the newest Amazon Linux 2023 image for the architecture of `instance_type`."""


_TWO_ZONES: Any = 2
_MOST_ZONES = max(map(len, regions.ZONES.values()))
_ZONES_SCHEMA: JsonSchemaValue = {
    "anyOf": [
        {"type": "integer", "minimum": 2, "maximum": _MOST_ZONES},
        {
            "type": "array",
            "items": {"type": "string", "pattern": "^[a-z-]+-[0-9][a-z]$"},
            "minItems": 2,
            "uniqueItems": True,
        },
    ],
    "examples": [3, ["us-east-1a", "us-east-1c"]],
}


class NetworkSettings(Section):
    """The VPC."""

    cidr: t.VpcCidr = IPv4Network("10.0.0.0/16")
    """Private range of the VPC. It must not overlap with any network that you connect to."""
    zones: Annotated[tuple[str, ...], PlainValidator(_zones), WithJsonSchema(_ZONES_SCHEMA)] = Field(
        default=_TWO_ZONES, validate_default=True
    )
    """Availability zones: their names, or a count that selects the first zones of the region."""
    nat: Annotated[NatMode, Strict(False)] = NatMode.GATEWAY_PER_ZONE
    """How the private tier reaches the internet. A change drops open connections and changes the public source address."""
    nat_instance: NatInstanceSettings = NatInstanceSettings()
    """The NAT instances, if `nat` is `instance`."""
    interface_endpoints: ListOf[
        Annotated[
            str,
            one_of(ENDPOINTS, "the short name of an AWS service with an interface endpoint, such as ecr.api"),
        ]
    ] = ()
    """Short names of the AWS services that are reached through interface endpoints inside the VPC, without NAT."""
    dns_firewall: DnsFirewallSettings | None = None
    """Which names hosts in the VPC may resolve; if not set, every name."""

    @property
    def nat_zones(self) -> tuple[str, ...]:
        """Return the zones that have a NAT instance if `nat` is `instance`."""
        return self.zones if self.nat_instance.per_zone else self.zones[:1]

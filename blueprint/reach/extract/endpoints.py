"""Interface endpoints: of AWS's services, and of partners' endpoint services."""

from __future__ import annotations

from blueprint.reach.extract.reader import RecordReader, text_of
from blueprint.reach.model import Listener, Place, Target
from blueprint.reach.traffic import traffic
from blueprint.record import Resource


def read(reader: RecordReader) -> None:
    """Add a place for each interface endpoint."""
    for item in reader.record.of_type("aws:ec2/vpcEndpoint:VpcEndpoint"):
        kind = text_of(item, "vpcEndpointType")
        if kind in ("", "Gateway"):
            continue
        if kind != "Interface":
            reader.gap(item, f"is an endpoint of type {kind}, which the model does not follow")
            continue
        service = text_of(item, "serviceName")
        of_aws = service.startswith("com.amazonaws.") and ".vpce-svc-" not in service
        name = ".".join(service.split(".")[3:]) if of_aws else item.name
        interfaces = reader.interfaces(
            item, item.inputs.get("subnetIds"), item.inputs.get("securityGroupIds")
        )
        place = Place(f"endpoint:{name}", "endpoint", item.urn, tuple(interfaces), port=443)
        reader.add(place)
        if not of_aws:
            _lead_to_partner(reader, item, place, service)


def _lead_to_partner(reader: RecordReader, item: Resource, place: Place, service: str) -> None:
    """Connect an endpoint with the partner whose endpoint service it names."""
    partner = next(
        (name for name, partner in reader.intent.partners.items() if partner.endpoint_service == service),
        None,
    )
    if partner is None:
        reader.gap(item, f"leads to {service}, which is the service of no known partner")
        return
    place.endpoint_partner = f"partner:{partner}"
    everything = Target(place.endpoint_partner, (), traffic("tcp"), preserves_client_ip=False)
    place.listeners = (Listener(item.name, traffic("tcp"), (everything,), encrypted=False),)

import json
from typing import Any

import pytest

from blueprint.record import Record
from components.network.endpoints import EndpointsArgs

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
SERVICES = ("ecr.api", "ecr.dkr", "ecs-agent", "kms", "logs")
OWN = "111122223333"


@pytest.fixture(scope="module")
def record(network: Any) -> Record:
    return network(interface_endpoints=SERVICES)


def policy(record: Record, service: str) -> dict[str, Any]:
    """The statements of an endpoint's policy by their ids."""
    document = json.loads(str(record.one(ENDPOINT, f"main-endpoints-{service}").inputs["policy"]))
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_every_service_has_its_endpoint(record: Record) -> None:
    assert {
        (item.inputs["serviceName"], item.inputs["vpcEndpointType"]) for item in record.of_type(ENDPOINT)
    } == {
        *((f"com.amazonaws.us-east-1.{service}", "Gateway") for service in ("s3", "dynamodb")),
        *((f"com.amazonaws.us-east-1.{service}", "Interface") for service in SERVICES),
    }


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_gateways_serve_the_private_tier_and_no_other(record: Record, service: str) -> None:
    private = {
        table.outputs["id"]
        for table in record.of_type("aws:ec2/routeTable:RouteTable")
        if table.name.startswith("main-private-")
    }
    served: Any = record.one(ENDPOINT, f"main-endpoints-{service}").inputs["routeTableIds"]
    assert set(served) == private
    assert len(served) == 2


def test_interfaces_live_in_the_private_tier_under_the_services_own_names(record: Record) -> None:
    private = [
        record.one("aws:ec2/subnet:Subnet", f"main-private-{number}").outputs["id"] for number in (1, 2)
    ]
    for service in SERVICES:
        endpoint = record.one(ENDPOINT, f"main-endpoints-{service}")
        assert endpoint.inputs["subnetIds"] == private
        assert endpoint.inputs["privateDnsEnabled"] is True


def test_interfaces_answer_https_to_private_and_public_tiers_only(record: Record) -> None:
    rules = [
        rule.inputs for rule in record.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    ]
    assert {rule["cidrIpv4"] for rule in rules} == {
        "10.20.0.0/20",
        "10.20.32.0/20",
        "10.20.24.0/22",
        "10.20.56.0/22",
    }
    assert {(rule["ipProtocol"], rule["fromPort"], rule["toPort"]) for rule in rules} == {("tcp", 443, 443)}


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_gateways_admit_this_accounts_principals_to_this_accounts_resources(
    record: Record, service: str
) -> None:
    own = policy(record, service)["OwnAccount"]
    assert own["Condition"] == {"StringEquals": {"aws:PrincipalAccount": OWN, "aws:ResourceAccount": OWN}}


def test_downloads_from_aws_are_read_only_and_from_named_buckets(record: Record) -> None:
    downloads = policy(record, "s3")["AwsDownloads"]
    assert downloads["Action"] in ("s3:GetObject", ["s3:GetObject"])
    assert "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*" in downloads["Resource"]
    assert "arn:aws:s3:::al2023-repos-us-east-1-de612dc2/*" in downloads["Resource"]
    assert not [arn for arn in downloads["Resource"] if "us-east-1" not in arn]


def test_dynamodb_has_no_exception(record: Record) -> None:
    assert policy(record, "dynamodb").keys() == {"OwnAccount"}


@pytest.mark.parametrize("service", ["ecr.api", "ecr.dkr", "kms", "logs"])
def test_interfaces_admit_this_accounts_principals(record: Record, service: str) -> None:
    own = policy(record, service)["OwnPrincipals"]
    assert own["Condition"] == {"StringEquals": {"aws:PrincipalAccount": OWN}}


def test_a_service_that_refuses_policies_gets_none(record: Record) -> None:
    assert "policy" not in record.one(ENDPOINT, "main-endpoints-ecs-agent").inputs


def test_without_interfaces_there_is_no_security_group(network: Any) -> None:
    assert network().of_type("aws:ec2/securityGroup:SecurityGroup") == ()


@pytest.mark.parametrize(
    ("services", "message"),
    [
        (("kms", "kms"), "services names an endpoint twice: kms, kms"),
        (("kms", "s3"), "services must leave out s3: a gateway endpoint serves it"),
    ],
)
def test_services_that_clash_are_refused(args: Any, services: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EndpointsArgs(
            account=args().account,
            vpc_id="vpc-1",
            services=services,
            subnet_ids=[],
            route_table_ids=[],
            client_cidrs={},
        )

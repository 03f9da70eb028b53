from typing import Any

import pytest

from blueprint.record import Record
from components.network.endpoints import EndpointsArgs
from tests.harness import statements_of

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
SERVICES = ("ecr.api", "ecr.dkr", "ecs-agent", "kms", "logs")
ACCOUNT_ID = "111122223333"


@pytest.fixture(scope="module")
def record(network: Any) -> Record:
    return network(interface_endpoints=SERVICES)


def policy(record: Record, service: str) -> dict[str, Any]:
    """Return the statements of the policy of an endpoint by their ids."""
    return statements_of(record.one(ENDPOINT, f"main-endpoints-{service}").inputs["policy"])


def test_every_service_has_an_endpoint(record: Record) -> None:
    assert {
        (item.inputs["serviceName"], item.inputs["vpcEndpointType"]) for item in record.of_type(ENDPOINT)
    } == {
        *((f"com.amazonaws.us-east-1.{service}", "Gateway") for service in ("s3", "dynamodb")),
        *((f"com.amazonaws.us-east-1.{service}", "Interface") for service in SERVICES),
    }


@pytest.mark.parametrize("service", ["s3", "dynamodb"])
def test_gateway_endpoints_have_routes_in_the_private_tier_only(record: Record, service: str) -> None:
    private_tables = {
        table.outputs["id"]
        for table in record.of_type("aws:ec2/routeTable:RouteTable")
        if table.name.startswith("main-private-")
    }
    endpoint_tables: Any = record.one(ENDPOINT, f"main-endpoints-{service}").inputs["routeTableIds"]
    assert set(endpoint_tables) == private_tables
    assert len(endpoint_tables) == 2


def test_interface_endpoints_are_in_the_private_tier_with_private_dns(record: Record) -> None:
    private_subnets = [
        record.one("aws:ec2/subnet:Subnet", f"main-private-{number}").outputs["id"] for number in (1, 2)
    ]
    for service in SERVICES:
        endpoint = record.one(ENDPOINT, f"main-endpoints-{service}")
        assert endpoint.inputs["subnetIds"] == private_subnets
        assert endpoint.inputs["privateDnsEnabled"] is True


def test_interface_endpoints_accept_https_from_the_private_and_public_tiers_only(record: Record) -> None:
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
def test_gateway_endpoints_admit_principals_of_this_account_to_its_resources_only(
    record: Record, service: str
) -> None:
    statement = policy(record, service)["OwnAccount"]
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT_ID, "aws:ResourceAccount": ACCOUNT_ID}
    }


def test_the_s3_endpoint_allows_downloads_from_named_buckets_of_aws(record: Record) -> None:
    downloads = policy(record, "s3")["AwsDownloads"]
    assert downloads["Action"] in ("s3:GetObject", ["s3:GetObject"])
    assert "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*" in downloads["Resource"]
    assert "arn:aws:s3:::al2023-repos-us-east-1-de612dc2/*" in downloads["Resource"]
    assert not [arn for arn in downloads["Resource"] if "us-east-1" not in arn]


def test_the_dynamodb_endpoint_admits_this_account_only(record: Record) -> None:
    assert policy(record, "dynamodb").keys() == {"OwnAccount"}


@pytest.mark.parametrize("service", ["ecr.api", "ecr.dkr", "kms", "logs"])
def test_interface_endpoints_admit_principals_of_this_account_only(record: Record, service: str) -> None:
    statement = policy(record, service)["OwnPrincipals"]
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT_ID}}


def test_an_endpoint_has_no_policy_if_its_service_does_not_support_one(record: Record) -> None:
    assert "policy" not in record.one(ENDPOINT, "main-endpoints-ecs-agent").inputs


def test_without_interface_endpoints_there_is_no_security_group(network: Any) -> None:
    assert network().of_type("aws:ec2/securityGroup:SecurityGroup") == ()


@pytest.mark.parametrize(
    ("services", "message"),
    [
        (("kms", "kms"), "services must not repeat, got kms, kms"),
        (("kms", "s3"), "services must leave out s3, which always has a gateway endpoint"),
    ],
)
def test_repeated_services_and_services_with_a_gateway_endpoint_are_refused(
    args: Any, services: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        EndpointsArgs(
            account=args().account,
            vpc_id="vpc-1",
            services=services,
            subnet_ids=[],
            route_table_ids=[],
            client_cidrs={},
        )

"""Plausible answers of a cloud: the computed outputs of a resource and the results of provider functions.

They only have to be well formed and stable, so that documents built from them are complete and can be judged. Ids are
derived from the URN, so every resource has a different one.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from blueprint.record import Resource
from blueprint.values import Secret, texts

_SUFFIX_LENGTH: Final = 7
_EXAMPLE_ACCOUNT: Final = "123456789012"
_EXAMPLE_REGION: Final = "us-east-1"


@dataclass(frozen=True, slots=True)
class CloudAccount:
    """The AWS account and region of a stack."""

    id: str
    region: str

    @classmethod
    def from_config(cls, config: Mapping[str, object], account: str | None = None) -> CloudAccount:
        """Read both from the AWS provider's configuration, with example values where it has none.

        Args:
            config: The stack's configuration by full key.
            account: Id of the account; if not given, the first of `aws:allowedAccountIds`.
        """
        allowed = texts(config.get("aws:allowedAccountIds"))
        return cls(
            id=account or (allowed[0] if allowed else _EXAMPLE_ACCOUNT),
            region=str(config.get("aws:region", _EXAMPLE_REGION)),
        )

    @property
    def partition(self) -> str:
        """The AWS partition of the region."""
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"


# Prefixes of the ids that AWS assigns, by type; every other resource is identified by its name.
_ID_PREFIXES: Final[Mapping[str, str]] = {
    "aws:ec2/customerGateway:CustomerGateway": "cgw",
    "aws:ec2/eip:Eip": "eipalloc",
    "aws:ec2/flowLog:FlowLog": "fl",
    "aws:ec2/instance:Instance": "i",
    "aws:ec2/internetGateway:InternetGateway": "igw",
    "aws:ec2/launchTemplate:LaunchTemplate": "lt",
    "aws:ec2/natGateway:NatGateway": "nat",
    "aws:ec2/networkAcl:NetworkAcl": "acl",
    "aws:ec2/networkInterface:NetworkInterface": "eni",
    "aws:ec2/routeTable:RouteTable": "rtb",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "rtbassoc",
    "aws:ec2/securityGroup:SecurityGroup": "sg",
    "aws:ec2/subnet:Subnet": "subnet",
    "aws:ec2/vpc:Vpc": "vpc",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
    "aws:efs/accessPoint:AccessPoint": "fsap",
    "aws:efs/fileSystem:FileSystem": "fs",
    "aws:efs/mountTarget:MountTarget": "fsmt",
    "aws:ec2/vpcEndpointService:VpcEndpointService": "vpce-svc",
    "aws:ec2/vpnConnection:VpnConnection": "vpn",
    "aws:ec2transitgateway/routeTable:RouteTable": "tgw-rtb",
    "aws:ec2transitgateway/transitGateway:TransitGateway": "tgw",
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": "tgw-attach",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "sgr",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "sgr",
    "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig": "rqlc",
}

# ARNs that do not follow `arn:<partition>:<module>:<region>:<account>:<noun>/<id>`.
_ARNS: Final[Mapping[str, str]] = {
    "aws:autoscaling/group:Group": (
        "arn:{partition}:autoscaling:{region}:{account}:autoScalingGroup:{uuid}:autoScalingGroupName/{id}"
    ),
    "aws:backup/vault:Vault": "arn:{partition}:backup:{region}:{account}:backup-vault:{id}",
    "aws:cloudwatch/logGroup:LogGroup": "arn:{partition}:logs:{region}:{account}:log-group:{id}",
    "aws:efs/accessPoint:AccessPoint": "arn:{partition}:elasticfilesystem:{region}:{account}:access-point/{id}",
    "aws:efs/fileSystem:FileSystem": "arn:{partition}:elasticfilesystem:{region}:{account}:file-system/{id}",
    "aws:elasticache/user:User": "arn:{partition}:elasticache:{region}:{account}:user:{id}",
    "aws:elasticache/userGroup:UserGroup": "arn:{partition}:elasticache:{region}:{account}:usergroup:{id}",
    "aws:iam/instanceProfile:InstanceProfile": "arn:{partition}:iam::{account}:instance-profile/{id}",
    "aws:iam/policy:Policy": "arn:{partition}:iam::{account}:policy/{id}",
    "aws:iam/role:Role": "arn:{partition}:iam::{account}:role/{id}",
    "aws:rds/cluster:Cluster": "arn:{partition}:rds:{region}:{account}:cluster:{id}",
    "aws:rds/clusterInstance:ClusterInstance": "arn:{partition}:rds:{region}:{account}:db:{id}",
    "aws:rds/instance:Instance": "arn:{partition}:rds:{region}:{account}:db:{id}",
    "aws:rds/proxy:Proxy": "arn:{partition}:rds:{region}:{account}:db-proxy:prx-{id}",
    "aws:secretsmanager/secret:Secret": "arn:{partition}:secretsmanager:{region}:{account}:secret:{id}-AbCdEf",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        "arn:{partition}:firehose:{region}:{account}:deliverystream/{id}"
    ),
    "aws:kms/key:Key": "arn:{partition}:kms:{region}:{account}:key/{id}",
    "aws:lambda/function:Function": "arn:{partition}:lambda:{region}:{account}:function:{id}",
    "aws:s3/bucket:Bucket": "arn:{partition}:s3:::{id}",
    "aws:sns/topic:Topic": "arn:{partition}:sns:{region}:{account}:{id}",
    "aws:sqs/queue:Queue": "arn:{partition}:sqs:{region}:{account}:{id}",
}

# Types whose id is their ARN.
_IDENTIFIED_BY_ARN: Final = frozenset(
    {"aws:iam/policy:Policy", "aws:secretsmanager/secret:Secret", "aws:sns/topic:Topic"}
)

# Inputs other than `name` that hold a resource's name.
_NAMED_BY: Final[Mapping[str, str]] = {
    "aws:elasticache/replicationGroup:ReplicationGroup": "replicationGroupId",
    "aws:elasticache/user:User": "userId",
    "aws:elasticache/userGroup:UserGroup": "userGroupId",
    "aws:s3/bucket:Bucket": "bucket",
}


def outputs(resource: Resource, account: CloudAccount) -> dict[str, object]:
    """Return the outputs of a created resource: its inputs, its id and name, and what AWS computes."""
    digest = hashlib.sha256(resource.urn.encode()).hexdigest()
    identifier = _physical_name(resource, digest)
    facts = {
        "account": account.id,
        "id": identifier,
        "partition": account.partition,
        # The resource may be in a different region from the stack.
        "region": resource.inputs.get("region", account.region),
        "service": resource.type.split(":")[1].split("/")[0],
        "noun": resource.type.split(":")[1].split("/")[-1],
        "uuid": _uuid(digest),
    }
    arn = _ARNS.get(resource.type, "arn:{partition}:{service}:{region}:{account}:{noun}/{id}").format(**facts)
    computed: dict[str, object] = {
        key: _computed(key, resource, digest, account) for key in _computed_names(resource.type)
    }
    return {
        **computed,
        "arn": arn,
        "name": identifier,
        **_specific(resource, identifier, digest, account),
        **resource.inputs,
        "id": arn if resource.type in _IDENTIFIED_BY_ARN else identifier,
    }


def _physical_name(resource: Resource, digest: str) -> str:
    if resource.type == "aws:kms/key:Key":
        return _uuid(digest)
    prefix = _ID_PREFIXES.get(resource.type)
    if prefix is not None:
        return f"{prefix}-{digest[:17]}"
    for key in ("name", *([_NAMED_BY[resource.type]] if resource.type in _NAMED_BY else [])):
        name = resource.inputs.get(key)
        if isinstance(name, str):
            return name
    return f"{resource.name}-{digest[:_SUFFIX_LENGTH]}"


def _uuid(digest: str) -> str:
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


def _specific(resource: Resource, identifier: str, digest: str, account: CloudAccount) -> dict[str, object]:
    """Return outputs that other resources use as inputs and that need a special form."""
    match resource.type:
        case "aws:s3/bucket:Bucket":
            return {"bucket": identifier}
        case "aws:ec2/launchTemplate:LaunchTemplate":
            return {"latestVersion": 1, "defaultVersion": 1}
        case "aws:ec2/eip:Eip":
            return {"allocationId": identifier, "publicIp": "192.0.2.1"}
        case "aws:kms/key:Key":
            return {"keyId": identifier}
        case "aws:ec2/vpcEndpoint:VpcEndpoint":
            return {"dnsEntries": [{"dnsName": f"{identifier}.vpce.amazonaws.com", "hostedZoneId": "Z0VPCE"}]}
        # Fixed values instead of random ones: the same in every run, so that records can be compared.
        case "random:index/randomId:RandomId":
            return {
                "hex": digest[:8],
                "b64Url": digest[:6],
                "b64Std": digest[:6],
                "dec": str(int(digest[:8], 16)),
            }
        case "random:index/randomString:RandomString":
            return {"result": digest[:8]}
        case "random:index/randomPassword:RandomPassword":
            return {"result": Secret(f"generated-{digest}"), "bcryptHash": Secret(f"hashed-{digest}")}
        case "aws:rds/cluster:Cluster" | "aws:rds/instance:Instance":
            return _database(resource, digest, account)
        case "aws:acm/certificate:Certificate":
            names = [resource.inputs["domainName"], *texts(resource.inputs.get("subjectAlternativeNames"))]
            return {"domainValidationOptions": [_proof(str(name)) for name in names]}
        case _:
            return {}


def _proof(domain: str) -> dict[str, str]:
    """Return the record that proves control of a domain; a wildcard has the record of the name below it."""
    name = domain.removeprefix("*.")
    return {
        "domainName": domain,
        "resourceRecordName": f"_proof.{name}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": "_proof.acm-validations.aws.",
    }


def _database(resource: Resource, digest: str, account: CloudAccount) -> dict[str, object]:
    """Return hosts, the id used in IAM policies and, if RDS manages the password, the secret that holds it."""
    secret = f"arn:{account.partition}:secretsmanager:{account.region}:{account.id}:secret:rds!{digest[:12]}-AbCdEf"
    managed = resource.inputs.get("manageMasterUserPassword") is True
    host = f"{digest[:12]}.{account.region}.rds.amazonaws.com"
    return {
        "address": f"{resource.name}.{host}",
        "clusterResourceId": f"cluster-{digest[:26].upper()}",
        "endpoint": f"{resource.name}.cluster-{host}",
        "readerEndpoint": f"{resource.name}.cluster-ro-{host}",
        "resourceId": f"db-{digest[:26].upper()}",
        "masterUserSecrets": [{"secretArn": secret, "secretStatus": "active"}] if managed else [],
    }


def _computed(key: str, resource: Resource, digest: str, account: CloudAccount) -> str:
    """Return a text that AWS would compute: a well-formed id, name or URL, or else `<resource>.<output>`."""
    prefixes = {
        "defaultNetworkAclId": "acl",
        "defaultRouteTableId": "rtb",
        "defaultSecurityGroupId": "sg",
        "mainRouteTableId": "rtb",
        "transitGatewayAttachmentId": "tgw-attach",
    }
    if key in prefixes:
        return f"{prefixes[key]}-{digest[-17:]}"
    if key == "repositoryUrl":
        return f"{account.id}.dkr.ecr.{account.region}.amazonaws.com/{resource.inputs['name']}"
    if key == "ownerId":
        return account.id
    return f"{resource.name}.{key}"


@cache
def _computed_names(type_: str) -> tuple[str, ...]:
    """Return the names of a type's computed text outputs, read from the installed SDK.

    The SDK resolves an output without a value to None, and an input built from it would be missing from the record.
    """
    from pulumi import _types  # pyright: ignore[reportPrivateUsage]

    package, module, noun = type_.split(":", 2)
    folder = module.split("/")[0]
    python = sys.modules.get(f"pulumi_{package}" if folder == "index" else f"pulumi_{package}.{folder}")
    resource_class: Any = getattr(python, noun, None)
    if resource_class is None:
        return ()
    arguments: Any = getattr(python, f"{noun}Args", None)
    inputs = (
        set(_types.input_type_py_to_pulumi_names(arguments).values()) if arguments is not None else set[str]()
    )
    return tuple(
        sorted(
            name
            for name, kind in _types.resource_types(resource_class).items()
            if kind is str and name not in inputs
        )
    )


def invoke(token: str, arguments: Mapping[str, object], account: CloudAccount) -> Mapping[str, object]:
    """Return the result of a provider function whose answer follows from its arguments, or whose value does not matter.

    Raises:
        LookupError: Only a cloud can answer; the message names the function.
    """
    match token:
        case "aws:index/getCallerIdentity:getCallerIdentity":
            root = f"arn:{account.partition}:iam::{account.id}:root"
            return {"id": account.id, "accountId": account.id, "arn": root, "userId": account.id}
        case "aws:index/getRegion:getRegion":
            return {"id": account.region, "name": account.region, "region": account.region}
        case "aws:secretsmanager/getSecretVersion:getSecretVersion":
            arn = arguments["secretId"]
            return {"id": arn, "arn": arn, "secretId": arn, "secretString": Secret(f"value of {arn}")}
        case _:
            raise LookupError(
                f"the program calls {token}({dict(arguments)}), which only a cloud can answer; "
                "give the result as an answer for this token"
            )

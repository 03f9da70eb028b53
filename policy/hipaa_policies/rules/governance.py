"""Governance: allowed regions, known services and the classification of data stores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from hipaa_policies.aliases import region_of
from hipaa_policies.catalog import Config, control
from hipaa_policies.model import JudgedResource
from hipaa_policies.requirements import deferred, dotted_path, not_applicable, property_paths, roots
from hipaa_policies.tokens import (
    BACKUP_VAULT,
    BUCKET,
    CACHE_CLUSTER,
    CACHE_GROUP,
    CACHE_SERVERLESS,
    DB_CLUSTER,
    DB_INSTANCE,
    DB_SNAPSHOT_COPY,
    DOCDB_CLUSTER,
    DYNAMODB_TABLE,
    FILE_SYSTEM,
    FSX_FILE_SYSTEMS,
    IMAGE_REPLICATION,
    NEPTUNE_CLUSTER,
    REDSHIFT_CLUSTER,
    REDSHIFT_SNAPSHOT_COPY,
    SEARCH_DOMAINS,
    SECRET,
    VOLUME,
)
from hipaa_policies.values import MISSING, UNKNOWN, format_value, peek

# Properties that name other regions with a copy of the data.
_COPIES: Final = {
    DYNAMODB_TABLE: ("replicas[].regionName",),
    SECRET: ("replicas[].region",),
    DB_SNAPSHOT_COPY: ("destinationRegion",),
    REDSHIFT_SNAPSHOT_COPY: ("destinationRegion",),
    IMAGE_REPLICATION: ("replicationConfiguration.rules[].destinations[].region",),
}


@control(
    id="region-is-allowed",
    title="Resources stay in allowed regions",
    description="Every resource and every copy of its data is in an allowed region, by default a region of the United States.",
    citations=("164.308(a)(1)(ii)(B)", "164.310(a)(1)"),
    severity="high",
    pack="baseline",
    remediation="Remove region from the resource or its provider, or add the region to the setting regions.",
    types={"aws:*": ("region",), **{type_: ("region", *names) for type_, names in roots(_COPIES).items()}},
    sources=("hipaa:region-allow-list",),
    settings={
        "regions": {
            "type": "array",
            "items": {"type": "string"},
            "default": ("us-*",),
            "description": "Patterns for names of allowed regions. A resource without a region is in the region of its provider.",
        },
    },
)
def _region(resource: JudgedResource, config: Config) -> Iterator[str]:
    region, patterns = region_of(resource), config["regions"]
    own = peek(resource.props, "region") not in (MISSING, "")
    copies = {path: peek(resource.props, *path) for path in _copies(resource)}
    copies = {path: target for path, target in copies.items() if target is not MISSING}
    if not own and region in (MISSING, UNKNOWN):
        if not copies:
            yield not_applicable("The region of the provider is not known.")
    elif not _is_allowed(region, patterns):
        yield f"region must be {' or '.join(patterns)}, but it is {format_value(region)}."
    for path, target in copies.items():
        if not _is_allowed(target, patterns):
            yield f"{dotted_path(path)} must be {' or '.join(patterns)}, but it is {format_value(target)}."


def _copies(resource: JudgedResource) -> Iterator[tuple[str | int, ...]]:
    return property_paths(_COPIES, resource) if resource.type in _COPIES else iter(())


def _is_allowed(region: object, patterns: Sequence[str]) -> bool:
    return isinstance(region, str) and any(fnmatchcase(region, pattern) for pattern in patterns)


# Modules of the provider that this catalog judges, or that hold no patient data. The list does not say that a service is
# covered by the Business Associate Addendum of AWS. A person must compare the services with the current list:
# https://aws.amazon.com/compliance/hipaa-eligible-services-reference/
_KNOWN: Final = (
    "accessanalyzer",
    "acm",
    "acmpca",
    "account",
    "alb",
    "apigateway",
    "apigatewayv2",
    "appautoscaling",
    "athena",
    "autoscaling",
    "backup",
    "budgets",
    "cfg",
    "chatbot",
    "cloudfront",
    "cloudtrail",
    "cloudwatch",
    "codebuild",
    "costexplorer",
    "dax",
    "detective",
    "directconnect",
    "directoryservice",
    "dms",
    "docdb",
    "dsql",
    "dynamodb",
    "ebs",
    "ec2",
    "ec2clientvpn",
    "ec2transitgateway",
    "ecr",
    "ecs",
    "efs",
    "eks",
    "elasticache",
    "elasticbeanstalk",
    "elasticsearch",
    "elb",
    "emr",
    "fsx",
    "glue",
    "guardduty",
    "iam",
    "identitystore",
    "inspector2",
    "keyspaces",
    "kinesis",
    "kms",
    "lambda",
    "lb",
    "lightsail",
    "macie2",
    "memorydb",
    "mq",
    "msk",
    "neptune",
    "networkfirewall",
    "opensearch",
    "organizations",
    "ram",
    "rds",
    "redshift",
    "redshiftserverless",
    "resourcegroups",
    "rolesanywhere",
    "route53",
    "s3",
    "s3control",
    "sagemaker",
    "scheduler",
    "secretsmanager",
    "securityhub",
    "servicecatalog",
    "servicediscovery",
    "servicequotas",
    "sfn",
    "shield",
    "sns",
    "sqs",
    "ssm",
    "ssoadmin",
    "transfer",
    "vpc",
    "wafv2",
    "workspaces",
    "xray",
)


@control(
    id="service-is-known",
    title="Every service is known to the rules",
    description="Every resource belongs to a service that the rules judge or that holds no patient data.",
    citations=("164.308(b)(1)", "164.314(a)(1)"),
    severity="high",
    pack="baseline",
    remediation="Check that the service is in the AWS list of HIPAA eligible services, and add its module to the setting services.",
    types={"aws:*": ()},
    sources=("hipaa:service-allow-list",),
    settings={
        "services": {
            "type": "array",
            "items": {"type": "string"},
            "default": (),
            "description": "Further modules of the provider, such as bedrock, that a person has checked.",
        },
    },
)
def _service(resource: JudgedResource, config: Config) -> Iterator[str]:
    module = resource.type.split(":")[1].split("/")[0] if resource.type.count(":") == 2 else ""
    if module not in _KNOWN and module not in config["services"]:
        yield f"The service must be known to the rules or named in the setting services, but {module or resource.type} is not."


_STORES: Final = (
    BUCKET,
    DB_CLUSTER,
    DB_INSTANCE,
    DOCDB_CLUSTER,
    NEPTUNE_CLUSTER,
    DYNAMODB_TABLE,
    REDSHIFT_CLUSTER,
    CACHE_GROUP,
    CACHE_CLUSTER,
    CACHE_SERVERLESS,
    FILE_SYSTEM,
    *FSX_FILE_SYSTEMS,
    VOLUME,
    BACKUP_VAULT,
    *SEARCH_DOMAINS,
)


@control(
    id="data-store-is-classified",
    title="Data stores are classified",
    description="Every data store has tags with the class of its data and with its owner.",
    citations=("164.308(a)(1)(ii)(A)", "164.310(d)(1)"),
    severity="low",
    pack="baseline",
    level="advisory",
    remediation="Add the tags data-classification and owner, or name default tags of the provider in the setting default_tags.",
    types=dict.fromkeys(_STORES, ("tags",)),
    sources=("hipaa:data-classification-tag",),
    unknown="defer",
    settings={
        "tags": {"type": "array", "items": {"type": "string"}, "default": ("data-classification", "owner")},
        "default_tags": {
            "type": "array",
            "items": {"type": "string"},
            "default": (),
            "description": "Default tags of the provider, which are not part of the inputs.",
        },
    },
)
def _classified(store: JudgedResource, config: Config) -> Iterator[str]:
    tags = peek(store.props, "tags")
    required = [name for name in config["tags"] if name not in config["default_tags"]]
    if tags is UNKNOWN and required:
        yield deferred("tags")
        return
    missing = [name for name in required if peek(tags, name) is MISSING]
    if missing:
        yield f"tags must contain {' and '.join(required)}, but {' and '.join(missing)} is missing."

"""Governance: where things may be, which services may hold patient data, and what each store is labelled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import Final

from hipaa_policies.aliases import region_of
from hipaa_policies.catalog import Config, control
from hipaa_policies.model import Resource
from hipaa_policies.requirements import deferred, dotted, not_applicable, places, roots
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
from hipaa_policies.values import MISSING, UNKNOWN, peek, shown

# Where a resource says in which other regions it keeps a copy of its data.
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
    description="No resource, and no copy it makes of itself, is in a region outside the allowed ones, by default those of the United States.",
    citations=("164.308(a)(1)(ii)(B)", "164.310(a)(1)"),
    severity="high",
    pack="baseline",
    remediation="Remove region from the resource or its provider, or configure the region.",
    types={"aws:*": ("region",), **{type_: ("region", *names) for type_, names in roots(_COPIES).items()}},
    sources=("hipaa:region-allow-list",),
    settings={
        "regions": {
            "type": "array",
            "items": {"type": "string"},
            "default": ("us-*",),
            "description": "Patterns over names of regions. Without a region of its own a resource is in its provider's.",
        },
    },
)
def _region(resource: Resource, config: Config) -> Iterator[str]:
    region, patterns = region_of(resource), config["regions"]
    own = peek(resource.props, "region") not in (MISSING, "")
    copies = {path: peek(resource.props, *path) for path in _copies(resource)}
    copies = {path: found for path, found in copies.items() if found is not MISSING}
    if not own and region in (MISSING, UNKNOWN):
        if not copies:
            yield not_applicable("It is in its provider's region, which nothing states.")
    elif not _is_allowed(region, patterns):
        yield f"region must be {' or '.join(patterns)}, but it is {shown(region)}."
    for path, found in copies.items():
        if not _is_allowed(found, patterns):
            yield f"{dotted(path)} must be {' or '.join(patterns)}, but it is {shown(found)}."


def _copies(resource: Resource) -> Iterator[tuple[str | int, ...]]:
    return places(_COPIES, resource) if resource.type in _COPIES else iter(())


def _is_allowed(region: object, patterns: Sequence[str]) -> bool:
    return isinstance(region, str) and any(fnmatchcase(region, pattern) for pattern in patterns)


# Modules of the provider whose resources this catalog judges, or which hold no patient data. Being here says nothing of
# AWS's Business Associate Addendum: a person compares the services in use with the list in force,
# https://aws.amazon.com/compliance/hipaa-eligible-services-reference/
_KNOWN: Final = (
    "accessanalyzer", "acm", "acmpca", "account", "alb", "apigateway", "apigatewayv2", "appautoscaling", "athena", "autoscaling",
    "backup", "budgets", "cfg", "chatbot", "cloudfront", "cloudtrail", "cloudwatch", "codebuild", "costexplorer", "dax", "detective",
    "directconnect", "directoryservice", "dms", "docdb", "dsql", "dynamodb", "ebs", "ec2", "ec2clientvpn", "ec2transitgateway", "ecr", "ecs",
    "efs", "eks", "elasticache", "elasticbeanstalk", "elasticsearch", "elb", "emr", "fsx", "glue", "guardduty", "iam",
    "identitystore", "inspector2", "keyspaces", "kinesis", "kms", "lambda", "lb", "lightsail", "macie2", "memorydb", "mq", "msk", "neptune", "networkfirewall",
    "opensearch", "organizations", "ram", "rds", "redshift", "redshiftserverless", "resourcegroups", "rolesanywhere", "route53",
    "s3", "s3control", "sagemaker", "scheduler", "secretsmanager", "securityhub", "servicecatalog", "servicediscovery",
    "servicequotas", "sfn", "shield", "sns", "sqs", "ssm", "ssoadmin", "transfer", "vpc", "wafv2", "workspaces", "xray",
)  # fmt: skip


@control(
    id="service-is-known",
    title="Only services that the rules know are used",
    description="Each resource belongs to a service that these rules judge or that holds no patient data.",
    citations=("164.308(b)(1)", "164.314(a)(1)"),
    severity="high",
    pack="baseline",
    remediation="Look the service up in AWS's list of HIPAA Eligible Services, then configure its module under services.",
    types={"aws:*": ()},
    sources=("hipaa:service-allow-list",),
    settings={
        "services": {
            "type": "array",
            "items": {"type": "string"},
            "default": (),
            "description": "Further modules of the provider, such as bedrock, that a person looked up.",
        },
    },
)
def _service(resource: Resource, config: Config) -> Iterator[str]:
    module = resource.type.split(":")[1].split("/")[0] if resource.type.count(":") == 2 else ""
    if module not in _KNOWN and module not in config["services"]:
        yield f"The service must be one that the rules know or a person looked up, but {module or resource.type} is neither."


_STORES: Final = (
    BUCKET, DB_CLUSTER, DB_INSTANCE, DOCDB_CLUSTER, NEPTUNE_CLUSTER, DYNAMODB_TABLE, REDSHIFT_CLUSTER, CACHE_GROUP, CACHE_CLUSTER,
    CACHE_SERVERLESS, FILE_SYSTEM, *FSX_FILE_SYSTEMS, VOLUME, BACKUP_VAULT, *SEARCH_DOMAINS,
)  # fmt: skip


@control(
    id="data-store-is-classified",
    title="Data stores say what they hold",
    description="Each store of data is tagged with the class of what it holds.",
    citations=("164.308(a)(1)(ii)(A)", "164.310(d)(1)"),
    severity="low",
    pack="baseline",
    level="advisory",
    remediation="Tag the store data-classification, or configure the tags that the provider's defaults give it.",
    types=dict.fromkeys(_STORES, ("tags",)),
    sources=("hipaa:data-classification-tag",),
    unknown="defer",
    settings={
        "tags": {"type": "array", "items": {"type": "string"}, "default": ("data-classification", "owner")},
        "default_tags": {
            "type": "array",
            "items": {"type": "string"},
            "default": (),
            "description": "Tags that the provider puts on everything, which inputs do not show.",
        },
    },
)
def _classified(store: Resource, config: Config) -> Iterator[str]:
    tags = peek(store.props, "tags")
    wanted = [name for name in config["tags"] if name not in config["default_tags"]]
    if tags is UNKNOWN and wanted:
        yield deferred("tags")
        return
    lacking = [name for name in wanted if peek(tags, name) is MISSING]
    if lacking:
        yield f"tags must hold {' and '.join(wanted)}, but {' and '.join(lacking)} is missing."

"""Where the services' images are kept: unchangeable, scanned, encrypted, and pulled by this account alone.

`aws.ecr.Repository` and not awsx's component of that name: a provider plugin builds that one, so neither preview nor
policies see what it makes without an engine, and its lifecycle default would have to be overruled anyway.

Maps to 45 CFR 164.312(c)(1) (integrity), 164.312(a)(2)(iv) (encryption), 164.312(a)(1) (access control) and
164.308(a)(5)(ii)(B) (protection from malicious software).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import pulumi
import pulumi_aws as aws

from components.shared import iam
from components.shared.iam import Account
from components.shared.options import guard

UNTAGGED_DAYS: Final = 14
"""Days until an image that lost its tag, or never had one, goes: time to notice that something still runs it."""

# ECR's own rule for names, without the folders.
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """What `Registry` needs to know."""

    account: Account
    """The account that pushes and pulls."""
    prefix: str
    """First part of every repository's name, unique among the stacks of an account and region, e.g. `hipaa-prod`."""
    services: Sequence[str]
    """Services with images of their own; each gets a repository."""
    compute_key_arn: pulumi.Input[str]
    """The key that encrypts the images."""
    protect: bool
    """Whether the repositories are protected from deletion; without, they go with their images."""
    keep_releases: int = 50
    """Newest tagged images to keep in each repository, 1 to 1000; an older one is gone even if something runs it."""
    pull_endpoint_ids: Sequence[pulumi.Input[str]] = ()
    """VPC endpoints of `ecr.api` and `ecr.dkr`. If given, images can be pulled through them only."""

    def __post_init__(self) -> None:
        """Refuse names ECR does not take, a service named twice, and a lifecycle that would keep nothing."""
        for field, names in {"prefix": [self.prefix], "services": self.services}.items():
            if strange := [name for name in names if not _NAME.fullmatch(name)]:
                raise ValueError(
                    f"{field} must be lower-case letters, digits and hyphens, got {strange[0]!r}"
                )
        if len(set(self.services)) < len(self.services):
            raise ValueError(f"services names one twice: {', '.join(self.services)}")
        if not 1 <= self.keep_releases <= 1000:
            raise ValueError(f"keep_releases must be 1 to 1000, got {self.keep_releases}")


class Registry(pulumi.ComponentResource):
    """One repository for each service, named `<prefix>/<service>`.

    The names are fixed, for an image is pushed and named in the settings before anything runs. So a repository cannot be
    replaced beside itself: the old one goes first, which `protect`, and AWS for one that holds images, refuse.

    Outputs:
        repository_urls: Where to push to, by service.
    """

    repository_urls: Mapping[str, pulumi.Output[str]]
    repository_arns: Mapping[str, pulumi.Output[str]]
    """ARNs by service, for the roles that push and pull."""

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:compute:Registry", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        policy = pulumi.Output.all(*args.pull_endpoint_ids).apply(
            lambda ids: repository_policy(args.account, cast("list[str]", ids))
        )
        repositories = {
            service: self._repository(f"{name}-{service}", f"{args.prefix}/{service}", args)
            for service in args.services
        }
        for service, repository in repositories.items():
            aws.ecr.LifecyclePolicy(
                f"{name}-{service}",
                repository=repository.name,
                policy=lifecycle(args.keep_releases),
                opts=child,
            )
            aws.ecr.RepositoryPolicy(
                f"{name}-{service}", repository=repository.name, policy=policy, opts=child
            )
        self.repository_urls = {service: item.repository_url for service, item in repositories.items()}
        self.repository_arns = {service: item.arn for service, item in repositories.items()}
        self.register_outputs({"repository_urls": self.repository_urls})

    def _repository(self, name: str, physical_name: str, args: RegistryArgs) -> aws.ecr.Repository:
        return aws.ecr.Repository(
            name,
            name=physical_name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(
                    encryption_type="KMS", kms_key=args.compute_key_arn
                )
            ],
            force_delete=not args.protect,
            tags={"Name": name},
            opts=pulumi.ResourceOptions(parent=self, protect=guard(args.protect), delete_before_replace=True),
        )


def lifecycle(keep_releases: int) -> str:
    """Return the lifecycle policy: untagged images go after two weeks, tagged ones when newer ones have come.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
    """
    rules = [
        {
            "rulePriority": 1,
            "description": f"Untagged images go after {UNTAGGED_DAYS} days",
            "selection": {
                "tagStatus": "untagged",
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": UNTAGGED_DAYS,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": f"The newest {keep_releases} releases stay",
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": ["*"],
                "countType": "imageCountMoreThan",
                "countNumber": keep_releases,
            },
            "action": {"type": "expire"},
        },
    ]
    return json.dumps({"rules": rules}, sort_keys=True)


def repository_policy(account: Account, pull_endpoint_ids: Sequence[str] = ()) -> str:
    """Return a repository's policy: nobody from another account, and layers through the given endpoints only.

    It denies and never allows: within the account, roles' own policies say who may push and pull. The endpoint is asked
    for where a layer is read. A push needs every other action from wherever CI runs, `ecr:BatchGetImage` included
    (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html), but no layer. AWS's own services and
    service-linked roles, such as Inspector's, read layers from AWS's side and are let through.
    """
    statements = [
        iam.deny(
            "OtherAccounts",
            actions=["ecr:*"],
            principals=iam.EVERYONE,
            conditions={
                "StringNotEquals": {"aws:PrincipalAccount": account.id},
                "Bool": {"aws:PrincipalIsAWSService": "false"},
            },
        )
    ]
    if pull_endpoint_ids:
        # AWS sends both flags with every request, and the endpoint with none that came another way.
        linked = account.arn("iam", "role/aws-service-role/*", regional=False)
        statements.append(
            iam.deny(
                "OtherWays",
                actions=["ecr:GetDownloadUrlForLayer"],
                principals=iam.EVERYONE,
                conditions={
                    "StringNotEquals": {"aws:SourceVpce": pull_endpoint_ids},
                    "ArnNotLike": {"aws:PrincipalArn": linked},
                    "Bool": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
                },
            )
        )
    return iam.document(*statements)

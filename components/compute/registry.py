"""The image registry of the applications: immutable tags, scans on push, encryption, and access from this account only.

It uses `aws.ecr.Repository` instead of the awsx component, because a provider plugin builds that component: without a
Pulumi engine, neither the preview nor the policies see its resources. Its default lifecycle policy is also unsuitable.

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
from components.shared.options import protection_option

UNTAGGED_DAYS: Final = 14
"""Days after which ECR deletes an image without a tag: time to notice that tasks still run it."""

# One part of an ECR repository name. This project allows only the hyphen as a separator.
_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """Arguments of `Registry`."""

    account: Account
    """The only account that may push and pull."""
    prefix: str
    """First part of the repository names, unique among the stacks of an account and region, e.g. `hipaa-prod`."""
    apps: Sequence[str]
    """Names of the applications; each gets a repository."""
    compute_key_arn: pulumi.Input[str]
    """ARN of the key that encrypts the images."""
    protect: bool
    """Whether the repositories are protected from deletion; if not, Pulumi deletes them with their images."""
    keep_releases: int = 50
    """Number of newest tagged images that each repository keeps, 1 to 1000; ECR deletes older ones even if tasks run
    them."""
    pull_endpoint_ids: Sequence[pulumi.Input[str]] = ()
    """IDs of the VPC endpoints of `ecr.api` and `ecr.dkr`. If there are any, images can be pulled only through them."""

    def __post_init__(self) -> None:
        """Refuse names that ECR does not accept, a repeated application, and a number of images outside 1 to 1000."""
        for field, names in {"prefix": [self.prefix], "apps": self.apps}.items():
            if invalid_names := [name for name in names if not _NAME.fullmatch(name)]:
                raise ValueError(
                    f"{field} must be lower-case letters, digits and hyphens, got {invalid_names[0]!r}"
                )
        if len(set(self.apps)) < len(self.apps):
            raise ValueError(f"apps must contain each name once, got {', '.join(self.apps)}")
        if not 1 <= self.keep_releases <= 1000:
            raise ValueError(f"keep_releases must be 1 to 1000, got {self.keep_releases}")


class Registry(pulumi.ComponentResource):
    """One ECR repository for each application, named `<prefix>/<app>`.

    The names are fixed, because images are pushed, and named in the settings, before any task runs. To replace a
    repository, Pulumi must therefore delete the old one first. With `protect`, Pulumi refuses this, and so does AWS while
    the repository contains images.

    Creates: for each application an ECR repository, its lifecycle policy and its repository policy.

    Outputs:
        repository_urls: URL of the repository to push to, by application.
    """

    repository_urls: Mapping[str, pulumi.Output[str]]
    repository_arns: Mapping[str, pulumi.Output[str]]
    """ARN of the repository by application, for the roles that push and pull."""

    def __init__(self, name: str, args: RegistryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:compute:Registry", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        policy = pulumi.Output.all(*args.pull_endpoint_ids).apply(
            lambda ids: repository_policy(args.account, cast("list[str]", ids))
        )
        repositories = {
            app: self._repository(f"{name}-{app}", f"{args.prefix}/{app}", args) for app in args.apps
        }
        for app, repository in repositories.items():
            aws.ecr.LifecyclePolicy(
                f"{name}-{app}",
                repository=repository.name,
                policy=lifecycle(args.keep_releases),
                opts=child,
            )
            aws.ecr.RepositoryPolicy(f"{name}-{app}", repository=repository.name, policy=policy, opts=child)
        self.repository_urls = {app: item.repository_url for app, item in repositories.items()}
        self.repository_arns = {app: item.arn for app, item in repositories.items()}
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
            opts=pulumi.ResourceOptions(
                parent=self, protect=protection_option(args.protect), delete_before_replace=True
            ),
        )


def lifecycle(keep_releases: int) -> str:
    """Return the lifecycle policy as JSON: ECR deletes untagged images after two weeks, and tagged images by their number.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html

    Args:
        keep_releases: Number of newest tagged images to keep.
    """
    rules = [
        {
            "rulePriority": 1,
            "description": f"Delete untagged images after {UNTAGGED_DAYS} days",
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
            "description": f"Keep the newest {keep_releases} releases",
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
    """Return the policy of a repository as JSON: it denies other accounts, and reading layers outside the VPC endpoints.

    The policy only denies; the policies of roles in the account allow pushes and pulls. It requires an endpoint for reading
    layers only. A push needs all other actions, including `ecr:BatchGetImage`, from wherever CI runs
    (https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html), but reads no layer. AWS services and
    service-linked roles, such as that of Inspector, do not use the endpoints and are exempt.

    Args:
        account: The account of the repository.
        pull_endpoint_ids: IDs of the VPC endpoints; if empty, layers can be read from anywhere in the account.
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
        # AWS sets both flags in each request, but sets `aws:SourceVpce` only if the request passed an endpoint.
        service_linked_roles = account.arn("iam", "role/aws-service-role/*", regional=False)
        statements.append(
            iam.deny(
                "OtherEndpoints",
                actions=["ecr:GetDownloadUrlForLayer"],
                principals=iam.EVERYONE,
                conditions={
                    "StringNotEquals": {"aws:SourceVpce": pull_endpoint_ids},
                    "ArnNotLike": {"aws:PrincipalArn": service_linked_roles},
                    "Bool": {"aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"},
                },
            )
        )
    return iam.document(*statements)

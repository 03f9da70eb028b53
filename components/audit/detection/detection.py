"""The AWS services that detect attacks, vulnerabilities and configuration drift, and the log of their findings.

Maps to 45 CFR 164.308(a)(1)(ii)(A) (risk analysis), 164.308(a)(1)(ii)(D) (information system activity review),
164.308(a)(5)(ii)(B) (protection from malicious software), 164.308(a)(5)(ii)(C) (log-in monitoring) and
164.308(a)(6)(ii) (response and reporting).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import pulumi
import pulumi_aws as aws

from components.audit.archive.archive import LogArchive
from components.audit.detection.config_recorder import ConfigRecorder, ConfigRecorderArgs
from components.audit.detection.conformance import conformance_packs
from components.audit.detection.finding_forward import FindingForward, FindingForwardArgs
from components.audit.detection.finding_log import FindingLog, FindingLogArgs
from components.shared import iam
from components.shared.logs import LogOptions
from components.shared.options import protection_option

GUARDDUTY_FEATURES: Final = ("S3_DATA_EVENTS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS")
"""GuardDuty features, besides runtime monitoring, for the services that this architecture uses. A new detector has the
features for Kubernetes and Lambda enabled; they cost nothing while these services are not used."""

RUNTIME_AGENTS: Final = ("EC2_AGENT_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EKS_ADDON_MANAGEMENT")
"""Platforms on which GuardDuty installs its agent. All three that exist are listed, because the provider reads back all
three and would replace the feature if one of them was not in the program."""

INSPECTOR_RESOURCE_TYPES: Final = ("EC2", "ECR")
"""Resource types that Inspector scans for known vulnerabilities."""


@dataclass(frozen=True, kw_only=True)
class DetectionArgs:
    """Arguments of `Detection`. By default all services are on."""

    account: iam.Account
    """The account to monitor, and the region of the stack."""
    archive: LogArchive
    """The archive whose intake receives the history and snapshots of AWS Config."""
    logs: LogOptions
    """Key, retention and protection of the findings and of the AWS Config history. `protect` also protects the GuardDuty
    detector and Security Hub."""
    internet_vpc_ids: Sequence[pulumi.Input[str]] = ()
    """Ids of the VPCs that may have an internet gateway; the conformance pack reports the gateway of any other VPC."""
    region: str | None = None
    """Another region to monitor; None for the region of the stack."""
    create_config_role: bool = True
    """Whether to create AWS Config's service-linked role; false if the account already has it."""
    global_types: bool = True
    """Whether AWS Config records global types such as those of IAM; true in one region of the account."""
    guardduty: bool = True
    """Whether GuardDuty monitors the region."""
    security_hub: bool = True
    """Whether Security Hub collects findings and checks AWS's foundational best practices."""
    config_conformance_pack: bool = True
    """Whether AWS Config evaluates the region with the HIPAA conformance pack."""
    access_analyzer: bool = True
    """Whether IAM Access Analyzer reports resources that are shared outside the account."""
    inspector: bool = True
    """Whether Inspector scans instances and images for known vulnerabilities."""


class Detection(pulumi.ComponentResource):
    """The detection services of one account in one region, and the log of their findings.

    Creates: the AWS Config recorder (`ConfigRecorder`) and the log of findings (`FindingLog`), or for another region the rule
    that sends them to the region of the stack (`FindingForward`); by the switches in `args`
    the HIPAA conformance pack, Security Hub with one standard, a GuardDuty detector with its features, an IAM Access
    Analyzer, and Inspector. Create it once per account and region: AWS refuses a second recorder, detector or hub.

    The analyzer reports external access, which is free. An analyzer of unused access is not created: AWS charges for it by
    role and user, and the conformance pack already reports unused credentials.
    """

    def __init__(self, name: str, args: DetectionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:audit:Detection", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        if args.region is None:
            FindingLog(name, FindingLogArgs(account=args.account, logs=args.logs), opts=child)
        else:
            FindingForward(name, FindingForwardArgs(account=args.account, region=args.region), opts=child)
        config = ConfigRecorder(
            f"{name}-config",
            ConfigRecorderArgs(
                account=args.account,
                archive=args.archive,
                logs=args.logs,
                create_role=args.create_config_role,
                global_types=args.global_types,
                region=args.region,
            ),
            opts=child,
        )
        if args.config_conformance_pack:
            conformance_packs(
                name, internet_vpc_ids=args.internet_vpc_ids, after=[config.recorder_status], parent=self
            )
        if args.security_hub:
            _security_hub(name, args, after=[config.recorder_status], parent=self)
        if args.guardduty:
            _guardduty(name, args, parent=self)
        if args.access_analyzer:
            aws.accessanalyzer.Analyzer(
                f"{name}-outside-access",
                analyzer_name=f"{name}-outside-access",
                type="ACCOUNT",
                region=args.region,
                opts=child,
            )
        if args.inspector:
            aws.inspector2.Enabler(
                f"{name}-inspector",
                account_ids=[args.account.id],
                resource_types=[*INSPECTOR_RESOURCE_TYPES],
                region=args.region,
                opts=child,
            )
        self.register_outputs({})


def _security_hub(
    name: str, args: DetectionArgs, *, after: Sequence[pulumi.Resource], parent: pulumi.Resource
) -> None:
    """Enable Security Hub with one standard, and with one finding per control even if several standards contain it."""
    hub = aws.securityhub.Account(
        f"{name}-hub",
        enable_default_standards=False,
        auto_enable_controls=True,
        control_finding_generator="SECURITY_CONTROL",
        region=args.region,
        opts=pulumi.ResourceOptions(
            parent=parent, protect=protection_option(args.logs.protect), depends_on=list(after)
        ),
    )
    account = replace(args.account, region=args.region or args.account.region)
    standard = "standards/aws-foundational-security-best-practices/v/1.0.0"
    aws.securityhub.StandardsSubscription(
        f"{name}-best-practices",
        standards_arn=account.arn("securityhub", standard, account=False),
        region=args.region,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*after, hub]),
    )


def _guardduty(name: str, args: DetectionArgs, *, parent: pulumi.Resource) -> None:
    """Enable GuardDuty, and have it publish repeated findings at the shortest interval, every 15 minutes."""
    detector = aws.guardduty.Detector(
        f"{name}-guardduty",
        enable=True,
        finding_publishing_frequency="FIFTEEN_MINUTES",
        region=args.region,
        opts=pulumi.ResourceOptions(parent=parent, protect=protection_option(args.logs.protect)),
    )
    agents = [
        aws.guardduty.DetectorFeatureAdditionalConfigurationArgs(name=agent, status="ENABLED")
        for agent in RUNTIME_AGENTS
    ]
    for feature in (*GUARDDUTY_FEATURES, "RUNTIME_MONITORING"):
        aws.guardduty.DetectorFeature(
            f"{name}-guardduty-{feature.lower().replace('_', '-')}",
            detector_id=detector.id,
            name=feature,
            status="ENABLED",
            region=args.region,
            additional_configurations=agents if feature == "RUNTIME_MONITORING" else None,
            opts=pulumi.ResourceOptions(parent=parent),
        )

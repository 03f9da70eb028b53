"""Detection: what watches the account for attack, weakness and drift, and the record of what it found.

Maps to 45 CFR 164.308(a)(1)(ii)(A) (risk analysis), 164.308(a)(1)(ii)(D) (information system activity review),
164.308(a)(5)(ii)(B) (protection from malicious software), 164.308(a)(5)(ii)(C) (log-in monitoring) and
164.308(a)(6)(ii) (response and reporting).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from components.audit.archive.archive import LogArchive
from components.audit.detection.config_recorder import ConfigRecorder, ConfigRecorderArgs
from components.audit.detection.conformance import conformance_packs
from components.audit.detection.finding_log import FindingLog, FindingLogArgs
from components.shared import iam
from components.shared.logs import LogKeeping
from components.shared.options import guard

GUARDDUTY_FEATURES: Final = ("S3_DATA_EVENTS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS")
"""Features of GuardDuty beside runtime monitoring that watch what this architecture is made of. Those for Kubernetes
and Lambda are on in a new detector, and cost nothing while there is neither."""

RUNTIME_AGENTS: Final = ("EC2_AGENT_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EKS_ADDON_MANAGEMENT")
"""Where GuardDuty installs its own agent. All three that exist are named: the provider reads back every one, and would
replace the feature for one it was not told of."""

INSPECTED: Final = ("EC2", "ECR")
"""What Inspector scans for known vulnerabilities."""


@dataclass(frozen=True, kw_only=True)
class DetectionArgs:
    """What `Detection` needs to know. Each switch is one service; all are on unless said otherwise."""

    account: iam.Account
    """The account to watch."""
    archive: LogArchive
    """Where AWS Config's history and snapshots go."""
    logs: LogKeeping
    """How findings and the history of AWS Config are kept; `protect` also protects the detector and Security Hub."""
    internet_vpc_ids: Sequence[pulumi.Input[str]] = ()
    """VPCs that may have an internet gateway; the conformance pack reports every other one."""
    create_config_role: bool = True
    """Whether to make AWS Config's service-linked role; false where the account has it."""
    guardduty: bool = True
    """Whether GuardDuty watches the account."""
    security_hub: bool = True
    """Whether Security Hub collects findings and checks AWS's foundational best practices."""
    config_conformance_pack: bool = True
    """Whether AWS Config judges the account by the HIPAA conformance pack."""
    access_analyzer: bool = True
    """Whether IAM Access Analyzer looks for resources shared outside the account."""
    inspector: bool = True
    """Whether Inspector scans instances and images for known vulnerabilities."""


class Detection(pulumi.ComponentResource):
    """The detection services of one account in one region, and the record of their findings.

    The recorder of AWS Config and the record of findings are always there; the rest has a switch. Runs once in an
    account and region: AWS refuses a second recorder, detector or hub.

    Of Access Analyzer's two kinds only the one for outside access is made, which is free; the one for unused access
    is charged by role and user, and the conformance pack reports unused credentials already.

    Outputs:
        finding_log_group_name: Log group of all findings.
    """

    finding_log_group_name: pulumi.Output[str]

    def __init__(self, name: str, args: DetectionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("hipaa:audit:Detection", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)

        findings = FindingLog(
            name,
            FindingLogArgs(account=args.account, logs=args.logs),
            opts=child,
        )
        config = ConfigRecorder(
            f"{name}-config",
            ConfigRecorderArgs(
                account=args.account,
                archive=args.archive,
                logs=args.logs,
                create_role=args.create_config_role,
            ),
            opts=child,
        )
        recorded = pulumi.ResourceOptions(parent=self, depends_on=[config.running])
        if args.config_conformance_pack:
            conformance_packs(name, internet_vpc_ids=args.internet_vpc_ids, opts=recorded)
        if args.security_hub:
            _security_hub(name, args, recorded)
        if args.guardduty:
            _guardduty(name, args, child)
        if args.access_analyzer:
            aws.accessanalyzer.Analyzer(
                f"{name}-outside-access", analyzer_name=f"{name}-outside-access", type="ACCOUNT", opts=child
            )
        if args.inspector:
            aws.inspector2.Enabler(
                f"{name}-inspector", account_ids=[args.account.id], resource_types=[*INSPECTED], opts=child
            )

        self.finding_log_group_name = findings.log_group_name
        self.register_outputs({"finding_log_group_name": self.finding_log_group_name})


def _security_hub(name: str, args: DetectionArgs, opts: pulumi.ResourceOptions) -> None:
    """Turn on Security Hub with one standard, and one finding a control however many standards ask for it."""
    hub = aws.securityhub.Account(
        f"{name}-hub",
        enable_default_standards=False,
        auto_enable_controls=True,
        control_finding_generator="SECURITY_CONTROL",
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=guard(args.logs.protect))),
    )
    standard = "standards/aws-foundational-security-best-practices/v/1.0.0"
    aws.securityhub.StandardsSubscription(
        f"{name}-best-practices",
        standards_arn=args.account.arn("securityhub", standard, account=False),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[hub])),
    )


def _guardduty(name: str, args: DetectionArgs, opts: pulumi.ResourceOptions) -> None:
    """Turn on GuardDuty, which sends repeated findings as often as it can: every 15 minutes."""
    detector = aws.guardduty.Detector(
        f"{name}-guardduty",
        enable=True,
        finding_publishing_frequency="FIFTEEN_MINUTES",
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=guard(args.logs.protect))),
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
            additional_configurations=agents if feature == "RUNTIME_MONITORING" else None,
            opts=opts,
        )

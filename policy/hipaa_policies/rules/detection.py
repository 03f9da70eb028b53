"""The services that detect attacks, vulnerabilities and changes in an account."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import ACTIVITY
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    deferred,
    must_be_one_of,
    must_be_present,
    must_be_true,
    must_not_be_false,
    named_region,
)
from hipaa_policies.tokens import (
    CONFIG_CHANNEL,
    CONFIG_RECORDER,
    CONFIG_RETENTION,
    CONFIG_STATUS,
    CONFORMANCE_PACK,
    DETECTOR,
    INSPECTOR,
    ORGANIZATION_CONFORMANCE_PACK,
    SECURITY_HUB,
    SECURITY_STANDARD,
)
from hipaa_policies.values import MISSING, UNKNOWN, format_value, is_true, items, peek


@control(
    id="threat-detection-is-on",
    title="Threat detection is on",
    description="The GuardDuty detector is enabled, and publishes updated findings every fifteen minutes.",
    citations=("164.308(a)(6)(ii)", "164.308(a)(5)(ii)(C)", "164.312(b)"),
    severity="high",
    pack="baseline",
    remediation="Leave enable true, and set finding_publishing_frequency to FIFTEEN_MINUTES.",
    types={DETECTOR: ("enable", "findingPublishingFrequency")},
    sources=("aws-config:GUARDDUTY_ENABLED_CENTRALIZED", "CKV_AWS_238", "prowler:guardduty_is_enabled"),
    settings={
        "frequencies": {"type": "array", "items": {"type": "string"}, "default": ("FIFTEEN_MINUTES",)},
    },
)
def _detector(detector: JudgedResource, config: Config) -> Iterator[str]:
    yield from must_not_be_false(detector, "enable")
    yield from must_be_one_of(detector, config["frequencies"], "findingPublishingFrequency")


@stack_control(
    id="security-hub-has-a-standard",
    title="Security Hub has a standard",
    description="Security Hub enables its default standards, or subscribes to a standard.",
    citations=("164.312(b)", "164.308(a)(8)"),
    severity="medium",
    pack="baseline",
    remediation="Add aws.securityhub.StandardsSubscription, or leave enable_default_standards true.",
    types={SECURITY_HUB: ("enableDefaultStandards", "region")},
    reads={SECURITY_STANDARD: ("region", "standardsArn")},
    sources=("aws-config:SECURITYHUB_ENABLED", "prowler:securityhub_enabled"),
)
def _standard(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    regions = {
        named_region(item)
        for item in graph.by_type(SECURITY_STANDARD)
        if peek(item.props, "standardsArn") is not MISSING
    }
    for hub in graph.by_type(SECURITY_HUB):
        default = peek(hub.props, "enableDefaultStandards")
        if default is not MISSING and not is_true(default) and named_region(hub) not in regions:
            yield (
                hub,
                f"Security Hub must have a standard, but enableDefaultStandards is {format_value(default)} and there is no subscription.",
            )


@stack_control(
    id="config-recorder-is-complete",
    title="The recorder of AWS Config is complete and enabled",
    description=(
        "Every recorder records all supported types, is enabled, and delivers to a bucket. One recorder records global types, "
        "such as those of IAM."
    ),
    citations=ACTIVITY,
    severity="high",
    pack="baseline",
    remediation=(
        "Set all_supported to true, and include_global_resource_types in one region of the account. Add a RecorderStatus with is_enabled=True, a "
        "DeliveryChannel and a RetentionConfiguration."
    ),
    types={CONFIG_RECORDER: ("recordingGroup", "region")},
    reads={
        CONFIG_STATUS: ("name", "isEnabled"),
        CONFIG_CHANNEL: ("region", "s3BucketName"),
        CONFIG_RETENTION: ("region",),
    },
    sources=("CKV2_AWS_45", "CKV2_AWS_48", "FSBP:Config.1", "hipaa:config-recorder-complete"),
    settings={
        "global_types": {
            "type": "string",
            "enum": ("here", "elsewhere"),
            "default": "here",
            "description": "Where global types are recorded: by a recorder of this program, or by another program of the account.",
        },
    },
)
def _recorder(graph: Graph, config: Config) -> Iterator[tuple[JudgedResource, str]]:
    recorders = list(graph.by_type(CONFIG_RECORDER))
    needs_global = config["global_types"] == "here" and not any(
        is_true(peek(item.props, "recordingGroup", "includeGlobalResourceTypes")) for item in recorders
    )
    for recorder in recorders:
        # Without a recording group AWS Config records every regional type, but no global type.
        for flag in ("allSupported", "includeGlobalResourceTypes") if needs_global else ("allSupported",):
            yield from about(recorder, must_be_true(recorder, "recordingGroup", flag))
        statuses = graph.referrers(recorder.urn, CONFIG_STATUS, "name")
        if not statuses:
            yield (
                recorder,
                "The recorder must have a RecorderStatus that enables it, but there is none.",
            )
        for status in statuses:
            yield from about(recorder, must_be_true(status, "isEnabled"))
        region = named_region(recorder)
        channels = [item for item in graph.by_type(CONFIG_CHANNEL) if named_region(item) == region]
        if not channels:
            yield recorder, "The recorder must have a DeliveryChannel, but there is none."
        for channel in channels:
            yield from about(recorder, must_be_present(channel, "s3BucketName"))
        if not any(named_region(item) == region for item in graph.by_type(CONFIG_RETENTION)):
            yield recorder, "The recorder must have a RetentionConfiguration, but there is none."


@control(
    id="conformance-pack-has-rules",
    title="The conformance pack judges identities of the account",
    description=(
        "Every conformance pack has the rules for the root user, access keys and multi-factor authentication, which are not part "
        "of a program."
    ),
    citations=("164.308(a)(8)", "164.312(a)(2)(i)", "164.312(d)", "164.308(a)(4)(ii)(B)"),
    severity="medium",
    pack="baseline",
    remediation="Add the rules with the identifiers that the message names. The conformance pack of AWS for HIPAA contains them.",
    types={
        CONFORMANCE_PACK: ("templateBody", "templateS3Uri"),
        ORGANIZATION_CONFORMANCE_PACK: ("templateBody", "templateS3Uri"),
    },
    sources=(
        "aws-config:ACCESS_KEYS_ROTATED",
        "aws-config:IAM_ROOT_ACCESS_KEY_CHECK",
        "aws-config:IAM_USER_MFA_ENABLED",
        "aws-config:IAM_USER_UNUSED_CREDENTIALS_CHECK",
        "aws-config:MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
        "aws-config:ROOT_ACCOUNT_HARDWARE_MFA_ENABLED",
        "aws-config:ROOT_ACCOUNT_MFA_ENABLED",
        "hipaa:iac-conformance-pack-deployed",
    ),
    unknown="defer",
    settings={
        "identifiers": {
            "type": "array",
            "items": {"type": "string"},
            "default": (
                "IAM_ROOT_ACCESS_KEY_CHECK",
                "ROOT_ACCOUNT_MFA_ENABLED",
                "MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS",
                "IAM_USER_MFA_ENABLED",
                "IAM_USER_UNUSED_CREDENTIALS_CHECK",
                "ACCESS_KEYS_ROTATED",
            ),
        },
    },
)
def _conformance(pack: JudgedResource, config: Config) -> Iterator[str]:
    body, uri = peek(pack.props, "templateBody"), peek(pack.props, "templateS3Uri")
    if UNKNOWN in (body, uri):
        yield deferred("templateBody")
    elif isinstance(body, str):
        missing = [identifier for identifier in config["identifiers"] if identifier not in body]
        if missing:
            yield f"templateBody must contain the rules {', '.join(config['identifiers'])}, but {', '.join(missing)} are missing."
    elif uri in (MISSING, ""):
        yield "templateBody or templateS3Uri must be set, but both are missing."


@control(
    id="vulnerabilities-are-scanned",
    title="Inspector scans for vulnerabilities",
    description="Inspector scans instances and container images.",
    citations=("164.308(a)(1)(ii)(A)", "164.308(a)(5)(ii)(B)"),
    severity="medium",
    pack="baseline",
    remediation="Set resource_types to EC2 and ECR, and LAMBDA if the program has functions.",
    types={INSPECTOR: ("resourceTypes",)},
    sources=("FSBP:Inspector.1", "FSBP:Inspector.2", "prowler:inspector2_is_enabled"),
    settings={"types": {"type": "array", "items": {"type": "string"}, "default": ("EC2", "ECR")}},
)
def _inspector(enabler: JudgedResource, config: Config) -> Iterator[str]:
    scanned = list(items(enabler.props, "resourceTypes"))
    missing = [kind for kind in config["types"] if kind not in scanned]
    if missing:
        yield f"resourceTypes must contain {' and '.join(config['types'])}, but {' and '.join(missing)} is missing."

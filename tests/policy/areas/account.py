"""The account-wide resources, the trail and its alarms."""

from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.model import STACK_TYPE
from hipaa_policies.values import UNKNOWN

from tests.policy.program import (
    GONE,
    KEY_ARN,
    Edits,
    Rows,
    choices,
    flags,
    optional_flags,
    own_keys,
    required,
    resource,
)

PASSWORDS = {
    "minimumPasswordLength": 14,
    "passwordReusePrevention": 24,
    "maxPasswordAge": 90,
    "requireLowercaseCharacters": True,
    "requireUppercaseCharacters": True,
    "requireNumbers": True,
    "requireSymbols": True,
}
IDENTIFIERS = (
    "IAM_ROOT_ACCESS_KEY_CHECK ROOT_ACCOUNT_MFA_ENABLED MFA_ENABLED_FOR_IAM_CONSOLE_ACCESS IAM_USER_MFA_ENABLED "
    "IAM_USER_UNUSED_CREDENTIALS_CHECK ACCESS_KEYS_ROTATED"
)
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
OBJECTS = {
    "fieldSelectors": [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
    ]
}
MANAGEMENT = {"fieldSelectors": [{"field": "eventCategory", "equals": ["Management"]}]}
CLASSIC = {"dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}]}

GOOD = {
    item.name: item
    for item in (
        resource(STACK_TYPE, "account-prod", {}),
        resource(
            t.TRAIL,
            "trail",
            {
                "cloudWatchLogsGroupArn": UNKNOWN,
                "kmsKeyId": KEY_ARN,
                "enableLogFileValidation": True,
                "isMultiRegionTrail": True,
                "enableLogging": True,
                "includeGlobalServiceEvents": True,
                "advancedEventSelectors": [OBJECTS, MANAGEMENT],
            },
        ),
        resource(
            t.EVENT_DATA_STORE,
            "lake",
            {"kmsKeyId": KEY_ARN, "retentionPeriod": 2192, "terminationProtectionEnabled": True},
        ),
        resource(
            t.CONFIG_RECORDER,
            "recorder",
            {"recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True}},
        ),
        resource(
            t.CONFIG_STATUS,
            "running",
            {"isEnabled": True, "name": UNKNOWN},
            {"name": f"{t.CONFIG_RECORDER} recorder"},
        ),
        resource(t.CONFIG_CHANNEL, "channel", {"s3BucketName": UNKNOWN, "s3KmsKeyArn": KEY_ARN}),
        resource(t.CONFIG_RETENTION, "history", {"retentionPeriodInDays": 2192}),
        resource(t.CONFORMANCE_PACK, "conformance", {"templateBody": IDENTIFIERS}),
        resource(t.DETECTOR, "detector", {"enable": True, "findingPublishingFrequency": "FIFTEEN_MINUTES"}),
        resource(t.FINDINGS_EXPORT, "export", {"kmsKeyArn": KEY_ARN, "destinationArn": UNKNOWN}),
        resource(t.SECURITY_HUB, "hub", {"enableDefaultStandards": False}),
        resource(
            t.SECURITY_STANDARD, "standard", {"standardsArn": "arn:aws:securityhub:us-east-1::standards/x"}
        ),
        resource(t.PASSWORD_POLICY, "passwords", PASSWORDS),
        resource(t.DISK_ENCRYPTION_DEFAULT, "disks", {"enabled": True}),
        resource(t.DISK_KEY_DEFAULT, "disk-key", {"keyArn": KEY_ARN}),
        resource(t.SNAPSHOT_BLOCK, "snapshots", {"state": "block-all-sharing"}),
        resource(t.IMAGE_BLOCK, "images", {"state": "block-new-sharing"}),
        resource(t.METADATA_DEFAULTS, "metadata", {"httpTokens": "required"}),
        resource(t.ACCOUNT_PUBLIC_ACCESS, "buckets", dict.fromkeys(BLOCKS, True)),
        resource(t.ACCESS_ANALYZER, "analyzer", {"type": "ACCOUNT"}),
        resource(t.INSPECTOR, "inspector", {"resourceTypes": ["EC2", "ECR", "LAMBDA"]}),
        resource(t.ALARM, "alarm", {"alarmActions": [UNKNOWN], "insufficientDataActions": [UNKNOWN]}),
        resource(t.COMPOSITE_ALARM, "composite", {"alarmActions": [UNKNOWN]}),
    )
}
SECOND_REGION: Edits = {
    item.name: item
    for item in (
        resource(
            t.CONFIG_RECORDER,
            "recorder-west",
            {"region": "us-west-2", "recordingGroup": {"allSupported": True}},
        ),
        resource(
            t.CONFIG_STATUS,
            "running-west",
            {"region": "us-west-2", "isEnabled": True, "name": UNKNOWN},
            {"name": f"{t.CONFIG_RECORDER} recorder-west"},
        ),
        resource(
            t.CONFIG_CHANNEL,
            "channel-west",
            {"region": "us-west-2", "s3BucketName": UNKNOWN, "s3KmsKeyArn": KEY_ARN},
        ),
        resource(t.CONFIG_RETENTION, "history-west", {"region": "us-west-2", "retentionPeriodInDays": 2192}),
    )
}
"""A recorder in another region, which does not record global types again."""
WITHOUT_ACCOUNT_RESOURCES: Edits = dict.fromkeys(("trail", "recorder", "detector", "hub", "passwords"), GONE)


def _advanced_selectors(selectors: Any) -> Edits:
    return {"trail advancedEventSelectors": selectors}


def _basic_selectors(**selectors: Any) -> Edits:
    return {
        "trail advancedEventSelectors": GONE,
        **{f"trail {name}": value for name, value in selectors.items()},
    }


def _with_field(selector: dict[str, list[Any]], **field: Any) -> dict[str, list[Any]]:
    return {"fieldSelectors": [*selector["fieldSelectors"], field]}


def _with_read_only(selector: dict[str, list[Any]], read_only: str) -> dict[str, list[Any]]:
    return _with_field(selector, field="readOnly", equals=[read_only])


ROWS: dict[str, Rows] = {
    "account-baseline-is-whole": Rows(
        compliant=(
            WITHOUT_ACCOUNT_RESOURCES,
            {
                "conformance": resource(
                    t.ORGANIZATION_CONFORMANCE_PACK, "conformance", {"templateBody": IDENTIFIERS}
                )
            },
        ),
        violating=[{"detector": GONE}, {"hub": GONE, "images": GONE}],
        missing=[
            {name: GONE}
            for name in (
                "trail",
                "recorder",
                "passwords",
                "disks",
                "disk-key",
                "metadata",
                "snapshots",
                "conformance",
                "analyzer",
                "inspector",
                "buckets",
            )
        ],
        unknown=[{"conformance templateBody": UNKNOWN}, {"disk-key keyArn": UNKNOWN}],
    ),
    "account-defaults-are-safe": Rows(
        compliant=({"disks enabled": GONE},),
        violating=[
            {"disks enabled": False},
            {"snapshots state": "block-new-sharing"},
            {"images state": "unblocked"},
            {"metadata httpTokens": "optional"},
            *({f"buckets {name}": False} for name in BLOCKS),
        ],
        missing=[{"buckets blockPublicAcls": GONE}, {"snapshots state": GONE}, {"disk-key keyArn": GONE}],
        unknown=[
            {"snapshots state": UNKNOWN},
            {"buckets blockPublicPolicy": UNKNOWN},
            {"disks enabled": UNKNOWN},
        ],
    ),
    "password-policy-is-strong": Rows(
        compliant=({"passwords minimumPasswordLength": 20.0},),
        violating=[
            {"passwords minimumPasswordLength": 13},
            {"passwords passwordReusePrevention": 5},
            {"passwords maxPasswordAge": 91},
            {"passwords maxPasswordAge": 0},
            {"passwords requireSymbols": False},
        ],
        missing=[{f"passwords {name}": GONE} for name in PASSWORDS],
        unknown=[{f"passwords {name}": UNKNOWN} for name in PASSWORDS],
    ),
    "threat-detection-is-on": Rows(
        compliant=({"detector enable": GONE},),
        violating=[{"detector enable": False}, {"detector findingPublishingFrequency": "SIX_HOURS"}],
        missing=[{"detector findingPublishingFrequency": GONE}],
        unknown=[{"detector enable": UNKNOWN}, {"detector findingPublishingFrequency": UNKNOWN}],
    ),
    "security-hub-has-a-standard": Rows(
        compliant=(
            {"standard": GONE, "hub enableDefaultStandards": GONE},
            {"standard": GONE, "hub enableDefaultStandards": True},
        ),
        violating=[{"standard": GONE}],
        missing=[{"standard standardsArn": GONE}],
        unknown=[{"standard": GONE, "hub enableDefaultStandards": UNKNOWN}],
    ),
    "config-recorder-is-complete": Rows(
        violating=[
            {"recorder recordingGroup.allSupported": False},
            {"running isEnabled": False},
            {"channel s3BucketName": ""},
            {"recorder recordingGroup.includeGlobalResourceTypes": False},
        ],
        missing=[
            {"recorder recordingGroup": GONE},
            {"running": GONE},
            {"channel": GONE},
            {"history": GONE},
            {
                "second": resource(
                    t.CONFIG_RECORDER,
                    "second",
                    {
                        "region": "us-west-2",
                        "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
                    },
                )
            },
            {key: item for key, item in SECOND_REGION.items() if key != "channel-west"},
            {key: item for key, item in SECOND_REGION.items() if key != "history-west"},
        ],
        compliant=(SECOND_REGION,),
        unknown=[{"recorder recordingGroup": UNKNOWN}, {"running isEnabled": UNKNOWN}],
    ),
    "conformance-pack-has-rules": Rows(
        compliant=tuple(
            {"conformance": resource(type_, "conformance", rules)}
            for type_ in (t.CONFORMANCE_PACK, t.ORGANIZATION_CONFORMANCE_PACK)
            for rules in ({"templateBody": IDENTIFIERS}, {"templateS3Uri": "s3://x/y.yaml"})
        ),
        violating=[{"conformance templateBody": "IAM_ROOT_ACCESS_KEY_CHECK"}],
        missing=[{"conformance templateBody": GONE}],
        unknown=[{"conformance templateBody": UNKNOWN}],
    ),
    "vulnerabilities-are-scanned": choices(
        {"inspector resourceTypes": [["EC2", "ECR"]]}, {"inspector resourceTypes": [["EC2"], []]}
    ),
    "trail-reaches-cloudwatch": required("trail cloudWatchLogsGroupArn"),
    "audit-record-uses-own-key": own_keys(
        "trail kmsKeyId", "lake kmsKeyId", "channel s3KmsKeyArn", "export kmsKeyArn"
    ),
    "trail-files-are-validated": flags("trail enableLogFileValidation"),
    "trail-covers-every-region": Rows(
        compliant=(
            {"trail enableLogging": GONE, "trail includeGlobalServiceEvents": GONE},
            {"trail advancedEventSelectors": GONE},
            _basic_selectors(eventSelectors=[CLASSIC]),
            _advanced_selectors(
                [OBJECTS, _with_read_only(MANAGEMENT, "true"), _with_read_only(MANAGEMENT, "false")]
            ),
            _basic_selectors(eventSelectors=[{"readWriteType": "ReadOnly"}, {"readWriteType": "WriteOnly"}]),
            _advanced_selectors([MANAGEMENT, {"fieldSelectors": UNKNOWN}]),
        ),
        violating=[
            {"trail isMultiRegionTrail": False},
            {"trail enableLogging": False},
            {"trail includeGlobalServiceEvents": False},
            _advanced_selectors([OBJECTS]),
            _advanced_selectors([_with_read_only(MANAGEMENT, "false")]),
            _advanced_selectors(
                [_with_field(MANAGEMENT, field="eventSource", notEquals=["kms.amazonaws.com"])]
            ),
            *(
                _basic_selectors(eventSelectors=[{**CLASSIC, **part}])
                for part in (
                    {"includeManagementEvents": False},
                    {"readWriteType": "WriteOnly"},
                    {"excludeManagementEventSources": ["kms.amazonaws.com"]},
                )
            ),
        ],
        missing=[{"trail isMultiRegionTrail": GONE}],
        unknown=[
            {"trail isMultiRegionTrail": UNKNOWN},
            {"trail enableLogging": UNKNOWN},
            *map(_advanced_selectors, (UNKNOWN, [UNKNOWN], [{"fieldSelectors": UNKNOWN}])),
            *(
                _basic_selectors(eventSelectors=[{name: UNKNOWN}])
                for name in ("readWriteType", "includeManagementEvents", "excludeManagementEventSources")
            ),
        ],
    ),
    "trail-records-object-events": Rows(
        compliant=(
            _basic_selectors(eventSelectors=[CLASSIC]),
            _advanced_selectors([_with_read_only(OBJECTS, "true"), _with_read_only(OBJECTS, "false")]),
            _advanced_selectors([_with_field(OBJECTS, field="eventName", notEquals=["PutObject"])]),
        ),
        violating=[
            {"trail advancedEventSelectors.0.fieldSelectors.1.equals": ["AWS::Lambda::Function"]},
            {"trail advancedEventSelectors": []},
            _basic_selectors(eventSelectors=[{"readWriteType": "All"}]),
            _basic_selectors(eventSelectors=[{**CLASSIC, "readWriteType": "ReadOnly"}]),
            _advanced_selectors([_with_read_only(OBJECTS, "false")]),
            _advanced_selectors([_with_field(OBJECTS, field="eventName", equals=["GetObject"])]),
        ],
        missing=[{"trail advancedEventSelectors": GONE}],
        unknown=[
            {"trail advancedEventSelectors": UNKNOWN},
            {"trail advancedEventSelectors.0.fieldSelectors.1.equals": [UNKNOWN]},
        ],
    ),
    "event-data-store-keeps-six-years": optional_flags(
        "lake terminationProtectionEnabled",
        "lake multiRegionEnabled",
        default=True,
        violating=[{"lake retentionPeriod": 2191}],
        compliant=[{"lake retentionPeriod": GONE}],
    ),
    "config-history-keeps-six-years": Rows(
        violating=[{"history retentionPeriodInDays": 2191}],
        missing=[{"history retentionPeriodInDays": GONE}],
        unknown=[{"history retentionPeriodInDays": UNKNOWN}],
    ),
    "alarm-tells-somebody": Rows(
        compliant=({"alarm actionsEnabled": True},),
        violating=[
            {"alarm alarmActions": []},
            {"alarm insufficientDataActions": []},
            {"alarm actionsEnabled": False},
            {"composite actionsEnabled": False},
        ],
        missing=[
            {"alarm alarmActions": GONE},
            {"alarm insufficientDataActions": GONE},
            {"composite alarmActions": GONE},
        ],
        unknown=[{"alarm alarmActions": UNKNOWN}, {"composite alarmActions": UNKNOWN}],
    ),
}

import json
from functools import cache
from itertools import product
from typing import Any

import pytest

from blueprint.record import Record
from components.audit.archive.archive import LogArchive
from components.audit.detection.config_recorder import MAX_RETENTION_DAYS, config_role_arn
from components.audit.detection.detection import Detection, DetectionArgs
from components.encryption.policies import key_policy
from components.shared.logs import LogOptions
from tests.harness import ACCOUNT, KEY, evaluate, log_archive

GROUP = "aws:cloudwatch/logGroup:LogGroup"
RUNNING = "aws:cfg/recorderStatus:RecorderStatus"
PACK = "aws:cfg/conformancePack:ConformancePack"
HUB = "aws:securityhub/account:Account"
SWITCHES = {
    "guardduty": {"aws:guardduty/detector:Detector": 1, "aws:guardduty/detectorFeature:DetectorFeature": 4},
    "security_hub": {HUB: 1, "aws:securityhub/standardsSubscription:StandardsSubscription": 1},
    "config_conformance_pack": {PACK: 1},
    "access_analyzer": {"aws:accessanalyzer/analyzer:Analyzer": 1},
    "inspector": {"aws:inspector2/enabler:Enabler": 1},
}
ALWAYS = {
    GROUP: 1,
    "aws:cloudwatch/eventRule:EventRule": 1,
    "aws:cloudwatch/eventTarget:EventTarget": 1,
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": 1,
    "aws:cfg/recorder:Recorder": 1,
    "aws:cfg/deliveryChannel:DeliveryChannel": 1,
    "aws:cfg/retentionConfiguration:RetentionConfiguration": 1,
    RUNNING: 1,
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": 1,
}


COMBINATIONS = [
    dict(zip(SWITCHES, values, strict=True)) for values in product([True, False], repeat=len(SWITCHES))
]


def detect(
    name: str, archive: LogArchive, *, protect: bool = False, days: int = 2192, **overrides: Any
) -> None:
    logs = LogOptions(key_arn=KEY, days=days, protect=protect)
    Detection(name, DetectionArgs(account=ACCOUNT, archive=archive, logs=logs, **overrides))


def make_archive(*, protect: bool = False) -> LogArchive:
    return log_archive("archive", object_lock="governance", protect=protect)


@cache
def recorded(*, protect: bool = False, **overrides: Any) -> Record:
    return evaluate(lambda: detect("account", make_archive(protect=protect), protect=protect, **overrides))


@cache
def combined() -> Record:
    """Record one Detection for each combination of switches in one program, which a real account would refuse."""

    def program() -> None:
        archive = make_archive()
        for number, switches in enumerate(COMBINATIONS):
            detect(f"c{number}", archive, **switches)

    return evaluate(program, known=False)


def resource_counts(record: Record, name: str = "account") -> dict[str, int]:
    """Count the resources of one Detection by type."""
    counts: dict[str, int] = {}
    for item in record.descendants(record.one("hipaa:audit:Detection", name)):
        if item.custom:
            counts[item.type] = counts.get(item.type, 0) + 1
    return counts


def statements(policy: object) -> list[dict[str, Any]]:
    return json.loads(str(policy))["Statement"]


def test_all_services_are_on_by_default() -> None:
    expected = dict(ALWAYS)
    for resources in SWITCHES.values():
        expected.update(resources)
    assert resource_counts(recorded()) == expected


@pytest.mark.parametrize("switches", COMBINATIONS)
def test_each_switch_adds_the_same_resources_in_every_combination(switches: dict[str, bool]) -> None:
    expected = dict(ALWAYS)
    for switch, on in switches.items():
        expected.update(SWITCHES[switch] if on else {})
    assert resource_counts(combined(), f"c{COMBINATIONS.index(switches)}") == expected


def test_findings_are_encrypted_and_kept_for_six_years_in_every_combination() -> None:
    groups = [group.inputs for group in combined().of_type(GROUP)]
    assert len(groups) == len(COMBINATIONS)
    assert {(group["retentionInDays"], group["kmsKeyId"]) for group in groups} == {(2192, KEY)}


@pytest.mark.parametrize("days", [2192, 2557, 3653])
def test_findings_are_kept_for_the_retention_and_config_history_up_to_the_limit_of_config(days: int) -> None:
    record = recorded(days=days)
    retention = record.one("aws:cfg/retentionConfiguration:RetentionConfiguration").inputs
    assert retention["retentionPeriodInDays"] == min(days, MAX_RETENTION_DAYS)
    assert record.one(GROUP, "account-findings").inputs["retentionInDays"] == days


def test_config_can_keep_six_years_of_history() -> None:
    assert MAX_RETENTION_DAYS >= 2192


def test_the_recorder_records_every_resource_type_including_global_types() -> None:
    group = recorded().one("aws:cfg/recorder:Recorder").inputs["recordingGroup"]
    assert group == {"allSupported": True, "includeGlobalResourceTypes": True}


def test_the_recorder_has_the_service_linked_role_that_security_hub_requires() -> None:
    record = recorded()
    role = record.one("aws:iam/serviceLinkedRole:ServiceLinkedRole")
    assert role.inputs["awsServiceName"] == "config.amazonaws.com"
    assert record.one("aws:cfg/recorder:Recorder").property_dependencies["roleArn"] == (role.urn,)


def test_the_recorder_uses_an_existing_service_linked_role() -> None:
    arn = "arn:aws:iam::111122223333:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    assert config_role_arn(ACCOUNT) == arn
    record = recorded(create_config_role=False)
    assert record.one("aws:cfg/recorder:Recorder").inputs["roleArn"] == arn
    assert record.of_type("aws:iam/serviceLinkedRole:ServiceLinkedRole") == ()


def test_config_history_is_encrypted_and_goes_to_the_bucket_without_a_lock() -> None:
    record = recorded()
    channel = record.one("aws:cfg/deliveryChannel:DeliveryChannel").inputs
    archive = record.one("hipaa:audit:LogArchive").outputs
    assert channel["s3BucketName"] == archive["intake_bucket_name"] != archive["bucket_name"]
    assert channel["s3KmsKeyArn"] == KEY


def test_the_policies_of_intake_and_key_admit_the_service_config_for_this_account() -> None:
    record = recorded()
    bucket = record.one("aws:cfg/deliveryChannel:DeliveryChannel").inputs["s3BucketName"]
    policies = record.of_type("aws:s3/bucketPolicy:BucketPolicy")
    policy = next(item for item in policies if item.inputs["bucket"] == bucket).inputs["policy"]
    for_config = [
        item
        for item in (*statements(policy), *statements(key_policy("logs", ACCOUNT)))
        if "config.amazonaws.com" in item["Principal"].get("Service", [])
    ]
    actions = {action for item in for_config for action in item["Action"]}
    assert {
        "s3:GetBucketAcl",
        "s3:ListBucket",
        "s3:PutObject",
        "kms:Decrypt",
        "kms:GenerateDataKey*",
    } <= actions
    assert {item["Condition"]["StringEquals"]["aws:SourceAccount"] for item in for_config} == {"111122223333"}


def test_the_channel_depends_on_the_recorder_and_on_every_resource_of_the_archive() -> None:
    record = recorded()
    channel = record.one("aws:cfg/deliveryChannel:DeliveryChannel")
    archive = record.descendants(record.one("hipaa:audit:LogArchive"))
    expected = {item.urn for item in archive if item.custom} | {record.one("aws:cfg/recorder:Recorder").urn}
    assert expected <= {*channel.dependencies}


def test_recording_starts_after_the_channel_and_on_the_same_recorder() -> None:
    record = recorded()
    running = record.one(RUNNING)
    assert record.one("aws:cfg/deliveryChannel:DeliveryChannel").urn in running.dependencies
    assert running.inputs["name"] == record.one("aws:cfg/recorder:Recorder").outputs["name"]
    assert running.inputs["isEnabled"] is True


@pytest.mark.parametrize("type_", [PACK, HUB])
def test_conformance_pack_and_security_hub_depend_on_the_running_recorder(type_: str) -> None:
    record = recorded()
    assert record.one(RUNNING).urn in record.one(type_).dependencies


@pytest.mark.parametrize("type_", ["aws:cfg/recorder:Recorder", "aws:cfg/deliveryChannel:DeliveryChannel"])
def test_a_replaced_recorder_or_channel_is_deleted_first(type_: str) -> None:
    assert recorded().one(type_).delete_before_replace


def test_security_hub_has_one_standard_and_one_finding_per_control() -> None:
    record = recorded()
    hub = record.one(HUB)
    standard = record.one("aws:securityhub/standardsSubscription:StandardsSubscription")
    assert hub.inputs["enableDefaultStandards"] is False
    assert hub.inputs["controlFindingGenerator"] == "SECURITY_CONTROL"
    assert hub.urn in standard.dependencies
    assert standard.inputs["standardsArn"] == (
        "arn:aws:securityhub:us-east-1::standards/aws-foundational-security-best-practices/v/1.0.0"
    )


def test_guardduty_is_enabled_and_publishes_findings_every_fifteen_minutes() -> None:
    detector = recorded().one("aws:guardduty/detector:Detector").inputs
    assert detector["enable"] is True
    assert detector["findingPublishingFrequency"] == "FIFTEEN_MINUTES"


def test_guardduty_monitors_s3_malware_database_logins_and_runtime() -> None:
    features = recorded().of_type("aws:guardduty/detectorFeature:DetectorFeature")
    assert {item.inputs["name"] for item in features if item.inputs["status"] == "ENABLED"} == {
        "S3_DATA_EVENTS",
        "EBS_MALWARE_PROTECTION",
        "RDS_LOGIN_EVENTS",
        "RUNTIME_MONITORING",
    }


def test_runtime_monitoring_lists_every_agent() -> None:
    feature = recorded().one(
        "aws:guardduty/detectorFeature:DetectorFeature", "account-guardduty-runtime-monitoring"
    )
    assert feature.inputs["additionalConfigurations"] == [
        {"name": name, "status": "ENABLED"}
        for name in ("EC2_AGENT_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EKS_ADDON_MANAGEMENT")
    ]


def test_access_analyzer_reports_external_access_only() -> None:
    assert recorded().one("aws:accessanalyzer/analyzer:Analyzer").inputs["type"] == "ACCOUNT"


def test_inspector_scans_instances_and_images_of_this_account() -> None:
    inputs = recorded().one("aws:inspector2/enabler:Enabler").inputs
    assert inputs["accountIds"] == ["111122223333"]
    assert inputs["resourceTypes"] == ["EC2", "ECR"]


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("aws.guardduty", "GuardDuty Finding"),
        ("aws.securityhub", "Security Hub Findings - Imported"),
        ("aws.inspector2", "Inspector2 Finding"),
        ("aws.access-analyzer", "Access Analyzer Finding"),
        ("aws.config", "Config Rules Compliance Change"),
        ("aws.health", "AWS Health Event"),
    ],
)
def test_findings_of_every_service_are_recorded(source: str, kind: str) -> None:
    pattern = json.loads(str(recorded().one("aws:cloudwatch/eventRule:EventRule").inputs["eventPattern"]))
    assert source in pattern["source"]
    assert kind in pattern["detail-type"]


def test_findings_of_every_severity_are_recorded() -> None:
    pattern = json.loads(str(recorded().one("aws:cloudwatch/eventRule:EventRule").inputs["eventPattern"]))
    assert pattern.keys() == {"source", "detail-type"}


def test_findings_go_to_the_log_group_after_its_policy_exists() -> None:
    record = recorded()
    target = record.one("aws:cloudwatch/eventTarget:EventTarget")
    assert target.inputs["arn"] == record.one(GROUP, "account-findings").outputs["arn"]
    assert target.inputs["rule"] == record.one("aws:cloudwatch/eventRule:EventRule").outputs["name"]
    assert record.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy").urn in target.dependencies
    assert "roleArn" not in target.inputs


def test_the_policy_for_findings_is_a_policy_of_the_account_because_eventbridge_needs_one() -> None:
    policy = recorded().one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy").inputs
    assert policy["policyName"] == recorded().one(GROUP, "account-findings").outputs["name"]
    assert "resourceArn" not in policy
    # The quota for a policy of the account.
    assert len(str(policy["policyDocument"])) <= 5120


def test_only_the_rule_may_write_findings_and_only_to_their_log_group() -> None:
    record = recorded()
    arn = record.one(GROUP, "account-findings").outputs["arn"]
    rule = record.one("aws:cloudwatch/eventRule:EventRule").outputs["arn"]
    allowed = statements(
        record.one("aws:cloudwatch/logResourcePolicy:LogResourcePolicy").inputs["policyDocument"]
    )
    assert {resource for item in allowed for resource in item["Resource"]} == {f"{arn}:log-stream:*"}
    write = next(item for item in allowed if item["Action"] == ["logs:PutLogEvents"])
    assert write["Condition"] == {"ArnEquals": {"aws:SourceArn": rule}}


@pytest.mark.parametrize("protect", [True, False])
def test_log_group_recorder_detector_and_hub_have_the_protection_of_the_argument(protect: bool) -> None:
    record = recorded(protect=protect)
    types = [GROUP, "aws:cfg/recorder:Recorder", "aws:cfg/deliveryChannel:DeliveryChannel", RUNNING]
    types += [HUB, "aws:guardduty/detector:Detector"]
    detection = record.one("hipaa:audit:Detection")
    assert {item.protect for item in record.descendants(detection) if item.type in types} == {protect}


def test_another_region_has_the_same_services_and_forwards_its_findings() -> None:
    record = recorded(
        region="us-west-2",
        create_config_role=False,
        global_types=False,
        config_conformance_pack=False,
        inspector=False,
    )
    of_stack = (
        "aws:iam/role:Role",
        "aws:iam/policy:Policy",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    )
    counts = resource_counts(record)
    expected = {
        **dict.fromkeys(of_stack, 1),
        **{
            type_: count
            for type_, count in ALWAYS.items()
            if "cloudwatch/log" not in type_ and "iam" not in type_
        },
        **SWITCHES["guardduty"],
        **SWITCHES["security_hub"],
        **SWITCHES["access_analyzer"],
    }
    assert counts == expected
    resources = record.descendants(record.one("hipaa:audit:Detection", "account"))
    regions = {item.inputs.get("region") for item in resources if item.custom and item.type not in of_stack}
    assert regions == {"us-west-2"}
    standard = record.one("aws:securityhub/standardsSubscription:StandardsSubscription").inputs
    assert str(standard["standardsArn"]).startswith("arn:aws:securityhub:us-west-2::standards/")


def test_global_types_are_recorded_only_where_the_argument_says_so() -> None:
    for global_types in (True, False):
        group = recorded(global_types=global_types).one("aws:cfg/recorder:Recorder").inputs["recordingGroup"]
        assert group == {"allSupported": True, "includeGlobalResourceTypes": global_types}

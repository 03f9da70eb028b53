"""Alerts on API calls in the trail: the metric filter, its pattern, and the alarm on its metric."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
import pytest

from blueprint.values import UNKNOWN
from components.audit.alerts.alarms import Alarms, AlarmsArgs, MonitoredTrail
from components.audit.alerts.rows import METRIC_NAMESPACE, TrailAlert
from components.audit.alerts.trail_events import TRAIL_EVENTS
from tests.components.audit.alerts.programs import ALARM, EMAILS, FILTER, alarms, for_each
from tests.harness import ACCOUNT, KEY, evaluate

# The patterns of the Security Hub controls, copied from AWS's page. A control fails if its pattern differs.
CONTROLS = {
    1: '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}',
    2: '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
    3: '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && ($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
    4: "{($.eventName=DeleteGroupPolicy) || ($.eventName=DeleteRolePolicy) || ($.eventName=DeleteUserPolicy) || ($.eventName=PutGroupPolicy) || ($.eventName=PutRolePolicy) || ($.eventName=PutUserPolicy) || ($.eventName=CreatePolicy) || ($.eventName=DeletePolicy) || ($.eventName=CreatePolicyVersion) || ($.eventName=DeletePolicyVersion) || ($.eventName=AttachRolePolicy) || ($.eventName=DetachRolePolicy) || ($.eventName=AttachUserPolicy) || ($.eventName=DetachUserPolicy) || ($.eventName=AttachGroupPolicy) || ($.eventName=DetachGroupPolicy)}",
    5: "{($.eventName=CreateTrail) || ($.eventName=UpdateTrail) || ($.eventName=DeleteTrail) || ($.eventName=StartLogging) || ($.eventName=StopLogging)}",
    6: '{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}',
    7: "{($.eventSource=kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}",
    8: "{($.eventSource=s3.amazonaws.com) && (($.eventName=PutBucketAcl) || ($.eventName=PutBucketPolicy) || ($.eventName=PutBucketCors) || ($.eventName=PutBucketLifecycle) || ($.eventName=PutBucketReplication) || ($.eventName=DeleteBucketPolicy) || ($.eventName=DeleteBucketCors) || ($.eventName=DeleteBucketLifecycle) || ($.eventName=DeleteBucketReplication))}",
    9: "{($.eventSource=config.amazonaws.com) && (($.eventName=StopConfigurationRecorder) || ($.eventName=DeleteDeliveryChannel) || ($.eventName=PutDeliveryChannel) || ($.eventName=PutConfigurationRecorder))}",
    10: "{($.eventName=AuthorizeSecurityGroupIngress) || ($.eventName=AuthorizeSecurityGroupEgress) || ($.eventName=RevokeSecurityGroupIngress) || ($.eventName=RevokeSecurityGroupEgress) || ($.eventName=CreateSecurityGroup) || ($.eventName=DeleteSecurityGroup)}",
    11: "{($.eventName=CreateNetworkAcl) || ($.eventName=CreateNetworkAclEntry) || ($.eventName=DeleteNetworkAcl) || ($.eventName=DeleteNetworkAclEntry) || ($.eventName=ReplaceNetworkAclEntry) || ($.eventName=ReplaceNetworkAclAssociation)}",
    12: "{($.eventName=CreateCustomerGateway) || ($.eventName=DeleteCustomerGateway) || ($.eventName=AttachInternetGateway) || ($.eventName=CreateInternetGateway) || ($.eventName=DeleteInternetGateway) || ($.eventName=DetachInternetGateway)}",
    13: "{($.eventName=CreateRoute) || ($.eventName=CreateRouteTable) || ($.eventName=ReplaceRoute) || ($.eventName=ReplaceRouteTableAssociation) || ($.eventName=DeleteRouteTable) || ($.eventName=DeleteRoute) || ($.eventName=DisassociateRouteTable)}",
    14: "{($.eventName=CreateVpc) || ($.eventName=DeleteVpc) || ($.eventName=ModifyVpcAttribute) || ($.eventName=AcceptVpcPeeringConnection) || ($.eventName=CreateVpcPeeringConnection) || ($.eventName=DeleteVpcPeeringConnection) || ($.eventName=RejectVpcPeeringConnection) || ($.eventName=AttachClassicLinkVpc) || ($.eventName=DetachClassicLinkVpc) || ($.eventName=DisableVpcClassicLink) || ($.eventName=EnableVpcClassicLink)}",
}


@pytest.mark.parametrize("number", CONTROLS)
def test_each_security_hub_control_has_a_filter_with_its_exact_pattern(number: int) -> None:
    (event,) = (event for event in TRAIL_EVENTS if event.source == f"CloudWatch.{number}")
    assert alarms().one(FILTER, f"alerts-{event.id}").inputs["pattern"] == CONTROLS[number]


@for_each(TRAIL_EVENTS)
def test_each_alarm_uses_the_metric_of_its_filter(row: TrailAlert) -> None:
    metric_filter = alarms().one(FILTER, f"alerts-{row.id}").inputs
    alarm = alarms().one(ALARM, f"alerts-{row.id}").inputs
    assert metric_filter["logGroupName"] == "trail-events"
    assert metric_filter["metricTransformation"] == {
        "name": row.id,
        "namespace": METRIC_NAMESPACE,
        "value": "1",
    }
    assert (alarm["metricName"], alarm["namespace"], alarm["statistic"]) == (row.id, METRIC_NAMESPACE, "Sum")
    assert (alarm["threshold"], alarm["period"], alarm["evaluationPeriods"]) == (
        row.threshold,
        row.period_seconds,
        1,
    )
    assert alarm["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
    assert alarm["treatMissingData"] == "notBreaching"


def test_the_alarm_on_archive_changes_covers_the_log_buckets_only() -> None:
    pattern = str(alarms().one(FILTER, "alerts-archive-change").inputs["pattern"])
    assert (
        '&& (($.requestParameters.bucketName="archive-1234567") || ($.requestParameters.bucketName="intake-1234567")) &&'
        in pattern
    )


def test_only_the_pattern_with_bucket_names_is_unknown_in_a_first_preview() -> None:
    def program() -> None:
        bucket = aws.s3.Bucket("logs")
        log_buckets = [bucket.id, pulumi.Output.from_input("intake")]
        trail = MonitoredTrail(log_group_name="trail-events", log_buckets=log_buckets)
        Alarms("alerts", AlarmsArgs(account=ACCOUNT, logs_key_arn=KEY, emails=EMAILS, trail=trail))

    record = evaluate(program, known=False)
    unknown = {item.name for item in record.of_type(FILTER) if item.inputs["pattern"] is UNKNOWN}
    assert unknown == {"alerts-archive-change"}


@for_each(TRAIL_EVENTS)
def test_every_pattern_is_within_the_limit_with_the_longest_bucket_names(row: TrailAlert) -> None:
    pattern = row.pattern_for(["b" * 63, "i" * 63])
    assert len(pattern) <= 1024
    assert pattern.count("(") == pattern.count(")")
    assert (pattern[0], pattern[-1]) == ("{", "}")
    assert "<" not in pattern

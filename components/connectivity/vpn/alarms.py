"""CloudWatch alarms of the VPN server, and the metric filter for failed sign-ins.

Maps to 45 CFR 164.308(a)(1)(ii)(D) (information system activity review) and 164.308(a)(5)(ii)(C) (log-in monitoring).
"""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from components.connectivity.vpn.host import NAMESPACE
from components.shared.alarms import MetricAlert, metric_alarm

FAILED: Final = "FailedLogins"
# Lines in the log of Access Server: the first marks a failed sign-in, the second a lockout after five failures of one user
# (https://openvpn.net/vpn-server-resources/commonly-asked-technical-questions/).
FAILED_PATTERN: Final = '?"VPN Auth Failed" ?"LOCKOUT"'

VPN_DOWN: Final = MetricAlert(
    id="vpn-down",
    summary="The VPN server has not reported itself healthy for fifteen minutes.",
    impact="Staff cannot connect, and the server has not been replaced by a working one.",
    namespace=NAMESPACE,
    metric="Healthy",
    statistic="Maximum",
    threshold=1,
    comparison="LessThanThreshold",
    periods=3,
    missing="breaching",
)
VPN_REPLACED_OFTEN: Final = MetricAlert(
    id="vpn-replaced-often",
    summary="The VPN server was replaced three times or more within six hours.",
    impact="A server that never becomes healthy is replaced for ever, and every replacement ends all connections.",
    namespace=NAMESPACE,
    metric="Started",
    statistic="Sum",
    threshold=3,
    comparison="GreaterThanOrEqualToThreshold",
    period_seconds=6 * 60 * 60,
)
VPN_FAILED_LOGINS: Final = MetricAlert(
    id="vpn-failed-logins",
    summary="More than ten sign-ins to the VPN failed in five minutes.",
    impact="Somebody tries passwords or codes (45 CFR 164.308(a)(5)(ii)(C)).",
    namespace=NAMESPACE,
    metric=FAILED,
    statistic="Sum",
    threshold=10,
)
ALARMS: Final = (VPN_DOWN, VPN_REPLACED_OFTEN, VPN_FAILED_LOGINS)


def vpn_alarms(
    name: str,
    access_log: aws.cloudwatch.LogGroup,
    *,
    alarm_topic_arn: pulumi.Input[str],
    parent: pulumi.Resource,
) -> None:
    """Create the alarms, and the metric filter that counts failed sign-ins.

    Args:
        name: Prefix of the logical names.
        access_log: Log group of Access Server. Its name is the dimension `Server` of the metrics of this server.
        alarm_topic_arn: ARN of the SNS topic that alarms notify.
        parent: The component that owns the resources.
    """
    aws.cloudwatch.LogMetricFilter(
        f"{name}-failed-logins",
        log_group_name=access_log.name,
        pattern=FAILED_PATTERN,
        # AWS supports no dimensions for a filter pattern of unstructured text.
        metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
            namespace=NAMESPACE, name=FAILED, value="1", default_value="0"
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    for alert in ALARMS:
        dimensions = {} if alert is VPN_FAILED_LOGINS else {"Server": access_log.name}
        metric_alarm(name, alert, dimensions=dimensions, topic_arn=alarm_topic_arn, parent=parent)

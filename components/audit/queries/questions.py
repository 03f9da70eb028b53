"""The texts of the saved queries for CloudWatch Logs Insights and for Athena.

Saved queries of Logs Insights have no variables, so you replace the word in capitals before you run a query. Athena asks
for a value for each `?`, in the order in the description, with text in single quotes
(https://docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements-querying-using-execution-parameters.html).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Final

from components.audit.queries.tables import FLOW_COLUMNS

_GROUP_CHANGES: Final = (
    "AuthorizeSecurityGroupEgress",
    "AuthorizeSecurityGroupIngress",
    "CreateSecurityGroup",
    "DeleteSecurityGroup",
    "ModifySecurityGroupRules",
    "RevokeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
)
"""API calls that create, change or delete a security group or its rules."""

TRAIL: Final[Mapping[str, str]] = {
    "calls-on-a-resource": (
        "# Replace RESOURCE by a name, an id or an ARN.\n"
        "fields eventTime, userIdentity.arn, eventSource, eventName, errorCode, sourceIPAddress\n"
        '| filter @message like "RESOURCE"\n'
        "| sort eventTime desc\n"
        "| limit 1000"
    ),
    "failed-calls": (
        "filter ispresent(errorCode) or (eventName = 'ConsoleLogin' and responseElements.ConsoleLogin = 'Failure')\n"
        "| stats count(*) as calls by userIdentity.arn, sourceIPAddress, eventSource, eventName, errorCode\n"
        "| sort calls desc\n"
        "| limit 1000"
    ),
    "root-activity": (
        "fields eventTime, eventSource, eventName, errorCode, sourceIPAddress, userAgent\n"
        "| filter userIdentity.type = 'Root' and not ispresent(userIdentity.invokedBy)\n"
        "| filter eventType != 'AwsServiceEvent'\n"
        "| sort eventTime desc\n"
        "| limit 1000"
    ),
    "key-uses-by-principal": (
        "fields coalesce(userIdentity.arn, userIdentity.invokedBy) as principal, resources.0.ARN as key\n"
        "| filter eventSource = 'kms.amazonaws.com' and eventName = 'Decrypt'\n"
        "| stats count(*) as decrypts by principal, key\n"
        "| sort decrypts desc\n"
        "| limit 1000"
    ),
    "security-group-changes": (
        "fields eventTime, userIdentity.arn, eventName, requestParameters.groupId, errorCode, @message\n"
        "| filter eventSource = 'ec2.amazonaws.com'\n"
        f"| filter eventName in [{', '.join(repr(name) for name in _GROUP_CHANGES)}]\n"
        "| sort eventTime desc\n"
        "| limit 1000"
    ),
    "shell-sessions": (
        "# Who opened a shell in a container; what was typed is in the log group of the sessions.\n"
        "fields eventTime, userIdentity.arn, requestParameters.cluster, requestParameters.task, errorCode\n"
        "| filter eventSource = 'ecs.amazonaws.com' and eventName = 'ExecuteCommand'\n"
        "| sort eventTime desc\n"
        "| limit 1000"
    ),
}
"""Queries over the log group of the trail, title to text. The fields are documented in
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html."""

DNS: Final[Mapping[str, str]] = {
    "names-an-instance-looked-up": (
        "# Replace INSTANCE by an instance id.\n"
        "fields query_timestamp, query_name, query_type, rcode, answers.0.Rdata, srcaddr\n"
        "| filter srcids.instance = 'INSTANCE'\n"
        "| sort @timestamp desc\n"
        "| limit 1000"
    ),
}
"""Queries over the log group of DNS queries, title to text. The fields are documented in
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html."""

SHELL: Final[Mapping[str, str]] = {
    "shell-transcripts": (
        "# A log stream is a session.\nfields @timestamp, @logStream, @message\n| sort @timestamp desc\n| limit 1000"
    ),
}
"""Queries over the log group of ECS Exec sessions, title to text."""


def flows(data_cidrs: Sequence[IPv4Network]) -> dict[str, str]:
    """Return the queries over the log group of flow logs, title to text.

    Logs Insights discovers fields only in the default format, so the query parses our records by the position of fields.

    Args:
        data_cidrs: CIDR blocks of the data tier; if empty, there are no queries.
    """
    if not data_cidrs:
        return {}
    pattern = " ".join("*" for _ in FLOW_COLUMNS)
    to_data_tier = " or ".join(f"isIpv4InSubnet(dstaddr, '{cidr}')" for cidr in data_cidrs)
    return {
        "rejected-flows-to-data": (
            f'parse @message "{pattern}" as {", ".join(FLOW_COLUMNS)}\n'
            "| filter action = 'REJECT'\n"
            f"| filter {to_data_tier}\n"
            "| stats sum(packets) as rejected, max(@timestamp) as last_seen by srcaddr, dstaddr, dstport, protocol\n"
            "| sort rejected desc\n"
            "| limit 1000"
        )
    }


@dataclass(frozen=True)
class Question:
    """A query for Athena."""

    table: str
    """Name of the table that the query reads."""
    description: str
    """The purpose of the query, then its parameters in order; at most 1,024 characters."""
    sql: str
    """The query, with `?` for each parameter."""


_CALL: Final = (
    "SELECT eventtime, region, useridentity.arn AS principal, eventsource, eventname, errorcode, sourceipaddress,\n"
    "       requestparameters, eventid\n"
    "FROM api_calls\n"
    "WHERE day BETWEEN ? AND ?\n"
)

ATHENA: Final[Mapping[str, Question]] = {
    "who-touched-this-object": Question(
        "api_calls",
        "Calls on one S3 object between two days. Parameters: first day, last day (as '2026/11/24'), bucket, key.",
        f"{_CALL}"
        "  AND eventsource = 's3.amazonaws.com'\n"
        "  AND json_extract_scalar(requestparameters, '$.bucketName') = ?\n"
        "  AND json_extract_scalar(requestparameters, '$.key') = ?\n"
        "ORDER BY eventtime",
    ),
    "everything-a-principal-did": Question(
        "api_calls",
        "Calls by a user, a role or a role session between two days. "
        "Parameters: first day, last day (as '2026/11/24'), ARN.",
        f"{_CALL}"
        "  AND ? IN (coalesce(useridentity.arn, ''), coalesce(useridentity.sessioncontext.sessionissuer.arn, ''))\n"
        "ORDER BY eventtime",
    ),
    "changes-to-a-security-group": Question(
        "api_calls",
        "Calls that created, changed or deleted one security group or its rules between two days. "
        "Parameters: first day, last day (as '2026/11/24'), id of the group.",
        f"{_CALL}"
        "  AND eventsource = 'ec2.amazonaws.com'\n"
        f"  AND eventname IN ({', '.join(repr(name) for name in _GROUP_CHANGES)})\n"
        "  AND strpos(concat(coalesce(requestparameters, ''), coalesce(responseelements, '')), ?) > 0\n"
        "ORDER BY eventtime",
    ),
    "flows-between-two-addresses": Question(
        "flow_logs",
        "Flows between two addresses, in both directions, on some days of a month. "
        "Parameters: year, month, first day, last day (as '2026', '11', '01', '24'), the two addresses.",
        'SELECT from_unixtime(start) AS began, from_unixtime("end") AS ended, srcaddr, srcport, dstaddr, dstport,\n'
        "       protocol, packets, bytes, action, flow_direction, interface_id, instance_id\n"
        "FROM flow_logs\n"
        "WHERE year = ? AND month = ? AND day BETWEEN ? AND ?\n"
        "  AND ? IN (srcaddr, dstaddr) AND ? IN (srcaddr, dstaddr)\n"
        "ORDER BY start",
    ),
    "events-of-a-log-group": Question(
        "application_logs",
        "Events of one log group that were delivered between two days. "
        "Parameters: first day, last day (as '2026/11/24'), name of the group.",
        "SELECT from_unixtime(event.millis / 1000.0) AS happened, logstream, event.message\n"
        "FROM application_logs\n"
        "CROSS JOIN UNNEST(logevents) AS event (id, millis, message)\n"
        "WHERE day BETWEEN ? AND ?\n"
        "  AND messagetype = 'DATA_MESSAGE' AND loggroup = ?\n"
        "ORDER BY event.millis",
    ),
}
"""Queries over the archive, by title. Each is limited to the partitions of some days, or it would read the whole archive."""

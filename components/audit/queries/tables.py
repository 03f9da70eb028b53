"""The logs in S3 as tables that Athena can read: columns, formats, and partitions that need no crawler.

Partitions are projected: Athena works them out from the table's properties, so a day can be queried as soon as its
first object is there (https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html).

Athena passes over objects in cold storage without a word, unless they have been restored
(https://docs.aws.amazon.com/athena/latest/ug/querying-glacier.html): before asking about days that the archive has moved
to `DEEP_ARCHIVE`, restore the objects under the prefix of those days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from components.shared import prefixes
from components.shared.iam import Account

FIRST_DAY: Final = "2026/01/01"
"""The earliest day that queries look for: this project has no older logs."""

LAST_YEAR: Final = 2099
"""The latest year of flow logs: a projection of whole numbers, unlike one of dates, has no end that moves on."""

_JSON: Final = "org.openx.data.jsonserde.JsonSerDe"
_TEXT_INPUT: Final = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT: Final = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


@dataclass(frozen=True, kw_only=True)
class LogTable:
    """One kind of log in the archive."""

    name: str
    """Name in the database."""
    description: str
    """What a row is."""
    prefix: str
    """Where in the bucket it lies."""
    path: str
    """Path of a partition below the prefix, with the partition keys as `${key}`."""
    columns: Mapping[str, str]
    """Column to Hive type."""
    partitions: Mapping[str, Mapping[str, str]]
    """Partition key to its projection; every key is a string."""
    serde: str
    """Class that reads a row."""
    serde_parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Parameters of that class."""
    input_format: str
    """Class that splits objects into rows."""
    output_format: str
    """Class that would write rows; nothing does."""

    def parameters(self, bucket: str) -> dict[str, str]:
        """Return the table's properties over a bucket of this name."""
        projections = {
            f"projection.{key}.{name}": value
            for key, projection in self.partitions.items()
            for name, value in projection.items()
        }
        return {
            "EXTERNAL": "TRUE",
            "projection.enabled": "true",
            "read_restored_glacier_objects": "true",
            "storage.location.template": f"{self.location(bucket)}{self.path}",
            **projections,
        }

    def location(self, bucket: str) -> str:
        """Return where the table lies, in a bucket of this name."""
        return f"s3://{bucket}/{self.prefix}"


_DAYS: Final = {
    "type": "date",
    "format": "yyyy/MM/dd",
    "range": f"{FIRST_DAY},NOW",
    "interval": "1",
    "interval.unit": "DAYS",
}


def _numbers(first: int, last: int, digits: int) -> dict[str, str]:
    return {"type": "integer", "range": f"{first},{last}", "digits": str(digits)}


# The fields of the flow logs in the order of their records, as components/network/flow_logs.py asks for them; types as in
# https://docs.aws.amazon.com/athena/latest/ug/vpc-flow-logs-parquet.html
FLOW_COLUMNS: Final[Mapping[str, str]] = {
    "version": "int",
    "account_id": "string",
    "interface_id": "string",
    "srcaddr": "string",
    "dstaddr": "string",
    "srcport": "int",
    "dstport": "int",
    "protocol": "bigint",
    "packets": "bigint",
    "bytes": "bigint",
    "start": "bigint",
    "end": "bigint",
    "action": "string",
    "log_status": "string",
    "vpc_id": "string",
    "subnet_id": "string",
    "instance_id": "string",
    "tcp_flags": "int",
    "type": "string",
    "pkt_srcaddr": "string",
    "pkt_dstaddr": "string",
    "az_id": "string",
    "flow_direction": "string",
    "traffic_path": "int",
}

_ISSUER = "struct<type:string,principalid:string,arn:string,accountid:string,username:string>"
_SESSION = (
    "struct<attributes:struct<mfaauthenticated:string,creationdate:string>,"
    f"sessionissuer:{_ISSUER},ec2roledelivery:string,"
    "webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>"
)
_IDENTITY = (
    "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,"
    "username:string,onbehalfof:struct<userid:string,identitystorearn:string>,"
    f"sessioncontext:{_SESSION}>"
)


def flow_logs(account: Account) -> LogTable:
    """Describe the flow logs: Parquet, a partition an hour in the layout that Hive knows.

    Year, month, day and hour are separate in the path, which a projection of dates cannot write
    (https://docs.aws.amazon.com/athena/latest/ug/partition-projection-kinesis-firehose-example.html): ask for them
    one by one, as `year = '2026' AND month = '11' AND day = '24'`.
    """
    return LogTable(
        name="flow_logs",
        description="A flow of packets through a network interface",
        prefix=prefixes.flow_logs(account),
        path="year=${year}/month=${month}/day=${day}/hour=${hour}/",
        columns=FLOW_COLUMNS,
        partitions={
            "year": _numbers(int(FIRST_DAY[:4]), LAST_YEAR, 4),
            "month": _numbers(1, 12, 2),
            "day": _numbers(1, 31, 2),
            "hour": _numbers(0, 23, 2),
        },
        serde="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        serde_parameters={"serialization.format": "1"},
        input_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
        output_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    )


def application_logs() -> LogTable:
    """Describe what `LogDelivery` writes: a batch of events of one log stream a row, with the names of group and stream.

    The batch is that of
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html#FirehoseExample
    """
    return LogTable(
        name="application_logs",
        description="A batch of events of one log stream",
        prefix=prefixes.APPLICATION_LOGS,
        path="${day}/",
        columns={
            "messagetype": "string",
            "owner": "string",
            "loggroup": "string",
            "logstream": "string",
            "subscriptionfilters": "array<string>",
            "logevents": "array<struct<id:string,timestamp:bigint,message:string>>",
        },
        partitions={"day": _DAYS},
        serde=_JSON,
        serde_parameters={"case.insensitive": "TRUE", "ignore.malformed.json": "TRUE"},
        input_format=_TEXT_INPUT,
        output_format=_TEXT_OUTPUT,
    )


def api_calls(account: Account, regions: Sequence[str]) -> LogTable:
    """Describe the trail, a partition a region and day.

    Columns and classes are AWS's, plus the region as a partition
    (https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html).
    """
    texts = (
        "eventtime eventsource eventname awsregion sourceipaddress useragent errorcode errormessage requestparameters "
        "responseelements additionaleventdata requestid eventid readonly"
    )
    more_texts = (
        "eventtype apiversion recipientaccountid serviceeventdetails sharedeventid vpcendpointid vpcendpointaccountid "
        "eventcategory"
    )
    return LogTable(
        name="api_calls",
        description="A call of the AWS API",
        prefix=prefixes.trail(account),
        path="${region}/${day}/",
        columns={
            "eventversion": "string",
            "useridentity": _IDENTITY,
            **dict.fromkeys(texts.split(), "string"),
            "resources": "array<struct<arn:string,accountid:string,type:string>>",
            **dict.fromkeys(more_texts.split(), "string"),
            "addendum": "struct<reason:string,updatedfields:string,originalrequestid:string,originaleventid:string>",
            "sessioncredentialfromconsole": "string",
            "edgedevicedetails": "string",
            "tlsdetails": "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>",
        },
        partitions={"region": {"type": "enum", "values": ",".join(regions)}, "day": _DAYS},
        serde="org.apache.hive.hcatalog.data.JsonSerDe",
        input_format="com.amazon.emr.cloudtrail.CloudTrailInputFormat",
        output_format=_TEXT_OUTPUT,
    )

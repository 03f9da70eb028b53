"""Definitions of the Athena tables over the logs in S3: columns, formats, and partitions that need no crawler.

Athena computes the partitions from the properties of a table (partition projection), so a day can be queried as soon as its
first object exists (https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html).

Athena silently skips objects in cold storage unless they have been restored
(https://docs.aws.amazon.com/athena/latest/ug/querying-glacier.html). Before you query days that the archive has moved to
`DEEP_ARCHIVE`, restore the objects under the prefixes of these days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from components.network.flow_logs import FIELDS
from components.shared import prefixes
from components.shared.iam import Account

FIRST_DAY: Final = "2026/01/01"
"""First day of the projected partitions: this project has no older logs."""

LAST_YEAR: Final = 2099
"""Last year of the projected partitions of flow logs. A projection of integers needs a fixed end; one of dates may end at
the current day."""

_JSON: Final = "org.openx.data.jsonserde.JsonSerDe"
_TEXT_INPUT: Final = "org.apache.hadoop.mapred.TextInputFormat"
_TEXT_OUTPUT: Final = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


@dataclass(frozen=True, kw_only=True)
class LogTable:
    """The definition of an Athena table over one kind of log in the archive."""

    name: str
    """Name of the table in the database."""
    description: str
    """Meaning of a row."""
    prefix: str
    """Prefix of the objects in the bucket."""
    path: str
    """Path of a partition below the prefix, with the partition keys as `${key}`."""
    columns: Mapping[str, str]
    """Column to Hive type."""
    partitions: Mapping[str, Mapping[str, str]]
    """Partition key to its projection; every key is a string."""
    serde: str
    """Java class that reads a row."""
    serde_parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """Parameters of that class."""
    input_format: str
    """Java class that splits objects into rows."""
    output_format: str
    """Java class that writes rows. AWS requires it, but nothing writes to the table."""

    def parameters(self, bucket: str) -> dict[str, str]:
        """Return the properties of the table over the bucket with this name."""
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
        """Return the S3 URI of the table's objects in the bucket with this name."""
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


FLOW_COLUMNS: Final[Mapping[str, str]] = {field.replace("-", "_"): type_ for field, type_ in FIELDS.items()}
"""Column to Hive type, in the order of the fields of a record."""

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
    """Return the table of the flow logs: Parquet files, with a Hive-compatible partition per hour.

    Year, month, day and hour are separate keys in the path, which a projection of dates cannot produce
    (https://docs.aws.amazon.com/athena/latest/ug/partition-projection-kinesis-firehose-example.html). A query must compare
    them one by one, as in `year = '2026' AND month = '11' AND day = '24'`.
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
    """Return the table of the objects that `LogDelivery` writes: each row is a batch of events of one log stream.

    The fields of a batch are documented in
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
    """Return the table of the trail, with a partition per region and day.

    Columns and classes are those of AWS's page, but the region is a partition key here
    (https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html).

    Args:
        account: The account of the trail.
        regions: The regions that the trail records.
    """
    string_columns = (
        "eventtime eventsource eventname awsregion sourceipaddress useragent errorcode errormessage requestparameters "
        "responseelements additionaleventdata requestid eventid readonly"
    )
    more_string_columns = (
        "eventtype apiversion recipientaccountid serviceeventdetails sharedeventid vpcendpointid vpcendpointaccountid "
        "eventcategory"
    )
    return LogTable(
        name="api_calls",
        description="A call to the AWS API",
        prefix=prefixes.trail(account),
        path="${region}/${day}/",
        columns={
            "eventversion": "string",
            "useridentity": _IDENTITY,
            **dict.fromkeys(string_columns.split(), "string"),
            "resources": "array<struct<arn:string,accountid:string,type:string>>",
            **dict.fromkeys(more_string_columns.split(), "string"),
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

"""The saved queries match the format and the location of the logs that other components write."""

import re
from ipaddress import IPv4Network
from typing import Any

import pytest

from blueprint.record import Record
from blueprint.values import UNKNOWN
from components.audit.queries import questions, tables
from components.audit.queries.queries import AuditQueries, AuditQueriesArgs
from components.network import flow_logs
from components.shared import prefixes
from tests.harness import ACCOUNT, KEY, evaluate, log_archive

SAVED = "aws:cloudwatch/queryDefinition:QueryDefinition"
NAMED = "aws:athena/namedQuery:NamedQuery"
TABLE = "aws:glue/catalogTable:CatalogTable"
WORKGROUP = "aws:athena/workgroup:Workgroup"
BUCKET = "aws:s3/bucket:Bucket"
RESULTS = "queries-athena-results"
TRAIL = {"trail_log_group_name": "trail", "trail_regions": ("us-east-1", "us-west-2")}


def make_args(**overrides: Any) -> AuditQueriesArgs:
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "database": "hipaa_dev",
        "archive": overrides.get("archive") or log_archive(object_lock="governance"),
        "kms_key_arn": KEY,
        "flow_log_group_name": "flows",
        "dns_log_group_name": "dns",
        "shell_log_group_name": "shell",
        "data_cidrs": (IPv4Network("10.20.128.0/18"), IPv4Network("10.20.192.0/18")),
        "protect": False,
        **TRAIL,
    }
    return AuditQueriesArgs(**{**values, **overrides})


def recorded(*, known: bool = True, **overrides: Any) -> Record:
    return evaluate(lambda: AuditQueries("queries", make_args(**overrides)), known=known)


@pytest.fixture(scope="module")
def record() -> Record:
    return recorded()


def bucket_name(record: Record, name: str) -> object:
    return record.one(BUCKET, name).outputs["id"]


def names(record: Record, type_: str) -> set[str]:
    return {resource.name.removeprefix("queries-") for resource in record.of_type(type_)}


def columns(table_name: str) -> set[str]:
    table = {table.name: table for table in log_tables()}[table_name]
    return {*table.columns, *table.partitions}


def log_tables() -> list[tables.LogTable]:
    return [
        tables.application_logs(),
        tables.flow_logs(ACCOUNT),
        tables.api_calls(ACCOUNT, ("us-east-1", "us-west-2")),
    ]


@pytest.mark.parametrize(
    ("title", "group"),
    [
        ("calls-on-a-resource", "trail"),
        ("failed-calls", "trail"),
        ("root-activity", "trail"),
        ("key-uses-by-principal", "trail"),
        ("security-group-changes", "trail"),
        ("shell-sessions", "trail"),
        ("rejected-flows-to-data", "flows"),
        ("names-an-instance-looked-up", "dns"),
        ("shell-transcripts", "shell"),
    ],
)
def test_every_insights_query_is_saved_with_its_log_group(record: Record, title: str, group: str) -> None:
    assert record.one(SAVED, f"queries-{title}").inputs["logGroupNames"] == [group]


def test_a_stack_without_the_trail_has_no_queries_over_it() -> None:
    record = recorded(trail_log_group_name=None, trail_regions=())
    assert names(record, SAVED) == {
        "rejected-flows-to-data",
        "names-an-instance-looked-up",
        "shell-transcripts",
    }
    assert names(record, TABLE) == {"application-logs", "flow-logs"}
    assert names(record, NAMED) == {"events-of-a-log-group", "flows-between-two-addresses"}


def test_a_stack_without_a_data_tier_has_no_query_about_it() -> None:
    assert "rejected-flows-to-data" not in names(recorded(data_cidrs=()), SAVED)


def test_the_query_about_the_data_tier_covers_all_its_cidr_blocks(record: Record) -> None:
    query = str(record.one(SAVED, "queries-rejected-flows-to-data").inputs["queryString"])
    assert "isIpv4InSubnet(dstaddr, '10.20.128.0/18') or isIpv4InSubnet(dstaddr, '10.20.192.0/18')" in query


def test_the_query_over_flow_logs_parses_the_fields_in_the_order_of_the_log_format(record: Record) -> None:
    query = str(record.one(SAVED, "queries-rejected-flows-to-data").inputs["queryString"])
    pattern, fields = re.findall(r'parse @message "([* ]+)" as (.+)', query)[0]
    written = [field.replace("-", "_") for field in re.findall(r"\$\{([^}]+)\}", flow_logs.LOG_FORMAT)]
    assert fields.split(", ") == written
    assert len(pattern.split(" ")) == len(written)


@pytest.mark.parametrize(
    "query",
    [
        *questions.TRAIL.values(),
        *questions.DNS.values(),
        *questions.SHELL.values(),
        *questions.flows(["10.0.0.0/8"]).values(),
    ],
)
def test_insights_queries_are_well_formed(query: str) -> None:
    commands = [line for line in query.splitlines() if not line.startswith("#")]
    verbs = [line.removeprefix("| ").split(" ")[0] for line in commands]
    assert set(verbs) <= {"fields", "filter", "stats", "sort", "limit", "parse"}
    assert all(line.startswith("| ") for line in commands[1:])
    assert all(query.count(left) == query.count(right) for left, right in ("()", "[]"))
    assert query.count("'") % 2 == query.count('"') % 2 == 0


@pytest.mark.parametrize("table", log_tables(), ids=lambda table: table.name)
def test_partitions_are_projected_and_the_path_contains_every_partition_key(table: tables.LogTable) -> None:
    parameters = table.parameters("example-archive")
    template = parameters["storage.location.template"]
    assert parameters["projection.enabled"] == "true"
    assert set(re.findall(r"\$\{(\w+)\}", template)) == set(table.partitions)
    assert template.startswith(f"s3://example-archive/{table.prefix}")
    assert template.endswith("/")
    assert all(f"projection.{key}.type" in parameters for key in table.partitions)


def test_the_table_of_application_logs_has_the_location_that_the_delivery_writes_to(record: Record) -> None:
    inputs: Any = record.one(TABLE, "queries-application-logs").inputs
    assert inputs["storageDescriptor"]["location"] == (
        f"s3://{bucket_name(record, 'logs-intake')}/{prefixes.APPLICATION_LOGS}"
    )
    assert inputs["parameters"]["projection.day.format"] == "yyyy/MM/dd"


def test_the_table_of_flow_logs_has_the_location_that_the_vpc_writes_to(record: Record) -> None:
    inputs: Any = record.one(TABLE, "queries-flow-logs").inputs
    assert inputs["parameters"]["storage.location.template"] == (
        f"s3://{bucket_name(record, 'logs')}/AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=us-east-1/"
        "year=${year}/month=${month}/day=${day}/hour=${hour}/"
    )
    assert inputs["parameters"]["projection.hour.digits"] == "2"


def test_the_table_of_api_calls_covers_every_region_of_the_trail(record: Record) -> None:
    inputs: Any = record.one(TABLE, "queries-api-calls").inputs
    assert inputs["parameters"]["projection.region.values"] == "us-east-1,us-west-2"
    assert inputs["parameters"]["storage.location.template"] == (
        f"s3://{bucket_name(record, 'logs')}/AWSLogs/111122223333/CloudTrail/${{region}}/${{day}}/"
    )


def test_the_columns_of_flow_logs_are_the_fields_of_the_log_format() -> None:
    written = re.findall(r"\$\{([^}]+)\}", flow_logs.LOG_FORMAT)
    assert list(tables.FLOW_COLUMNS) == [field.replace("-", "_") for field in written]


@pytest.mark.parametrize("table", log_tables(), ids=lambda table: table.name)
def test_column_types_are_balanced_and_use_three_hive_types_only(table: tables.LogTable) -> None:
    for type_ in table.columns.values():
        assert type_.count("<") == type_.count(">")
        assert set(re.findall(r"[a-z_0-9]+(?=[,>]|$)", type_)) <= {"string", "int", "bigint"}


def test_tables_read_restored_objects(record: Record) -> None:
    parameters: list[Any] = [table.inputs["parameters"] for table in record.of_type(TABLE)]
    assert [entry["read_restored_glacier_objects"] for entry in parameters] == ["true"] * 3


@pytest.mark.parametrize("title", sorted(questions.ATHENA))
def test_each_athena_query_reads_one_table_and_only_its_columns(title: str) -> None:
    question = questions.ATHENA[title]
    assert re.findall(r"\bFROM (\w+)", question.sql) == [question.table]
    without_literals_and_aliases = re.sub(r"'[^']*'|\b(?:AS|as) \w+(?: \([^)]*\))?", " ", question.sql)
    words = set(re.findall(r"(?<![.\w])[a-z_]+\b(?![(])", without_literals_and_aliases))
    assert words - {"event"} <= columns(question.table) | {question.table}
    assert words & columns(question.table)


@pytest.mark.parametrize("title", sorted(questions.ATHENA))
def test_athena_queries_are_balanced_and_limited_to_some_days(title: str) -> None:
    question = questions.ATHENA[title]
    assert question.sql.count("(") == question.sql.count(")")
    assert question.sql.count("'") % 2 == question.sql.count('"') % 2 == 0
    assert ";" not in question.sql
    where = question.sql.split("WHERE ")[1].splitlines()[0]
    assert where.endswith("day BETWEEN ? AND ?")


@pytest.mark.parametrize("title", sorted(questions.ATHENA))
def test_descriptions_of_athena_queries_list_the_parameters_within_the_limit(title: str) -> None:
    question = questions.ATHENA[title]
    assert "Parameters: " in question.description
    assert len(question.description) <= 1024
    assert "?" in question.sql


def test_athena_queries_use_the_workgroup_and_the_database(record: Record) -> None:
    assert names(record, NAMED) == set(questions.ATHENA)
    for query in record.of_type(NAMED):
        assert query.inputs["workgroup"] == record.one(WORKGROUP).outputs["id"]
        assert query.inputs["database"] == "hipaa_dev"


def test_users_cannot_override_the_settings_of_the_workgroup(record: Record) -> None:
    configuration: Any = record.one(WORKGROUP).inputs["configuration"]
    assert configuration["enforceWorkgroupConfiguration"] is True
    assert configuration["publishCloudwatchMetricsEnabled"] is True
    assert configuration["bytesScannedCutoffPerQuery"] == 100 * 1024**3


def test_results_are_encrypted_and_go_to_a_separate_bucket(record: Record) -> None:
    configuration: Any = record.one(WORKGROUP).inputs["configuration"]
    results = record.one(BUCKET, RESULTS)
    result = configuration["resultConfiguration"]
    assert result["outputLocation"] == f"s3://{results.outputs['id']}/"
    assert result["encryptionConfiguration"] == {"encryptionOption": "SSE_KMS", "kmsKeyArn": KEY}
    assert result["expectedBucketOwner"] == "111122223333"


def test_results_are_tagged_as_query_results_and_expire_after_30_days(record: Record) -> None:
    results = record.one(BUCKET, RESULTS)
    rules: Any = record.one(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", RESULTS
    ).inputs["rules"]
    tags: Any = results.inputs["tags"]
    assert tags["purpose"] == "query-results"
    assert [rule["expiration"]["days"] for rule in rules if "days" in rule.get("expiration", {})] == [30]


def test_access_to_results_is_logged(record: Record) -> None:
    logging = record.one("aws:s3/bucketLogging:BucketLogging", RESULTS)
    assert logging.inputs["targetBucket"] == bucket_name(record, "logs-intake")


@pytest.mark.parametrize("protect", [True, False])
def test_results_bucket_and_workgroup_have_the_protection_of_the_argument(protect: bool) -> None:
    record = recorded(protect=protect)
    assert record.one(BUCKET, RESULTS).protect is protect
    assert record.one(WORKGROUP).inputs["forceDestroy"] is not protect


@pytest.mark.parametrize(
    ("overrides", "argument"),
    [
        ({"database": "hipaa-dev"}, "database"),
        ({"database": ""}, "database"),
        ({"scan_limit_gib": 0}, "scan_limit_gib"),
        ({"trail_regions": ()}, "trail_regions"),
    ],
)
def test_invalid_arguments_are_refused_with_their_name(overrides: dict[str, Any], argument: str) -> None:
    with pytest.raises(ValueError, match=argument):
        make_args(archive=object(), **overrides)


def test_workgroup_settings_and_tables_are_known_in_a_first_preview() -> None:
    preview = recorded(known=False)
    configuration: Any = preview.one(WORKGROUP).inputs["configuration"]
    assert configuration["enforceWorkgroupConfiguration"] is True
    assert configuration["resultConfiguration"]["encryptionConfiguration"]["encryptionOption"] == "SSE_KMS"
    assert configuration["resultConfiguration"]["outputLocation"] is UNKNOWN
    assert names(preview, TABLE) == {"api-calls", "application-logs", "flow-logs"}

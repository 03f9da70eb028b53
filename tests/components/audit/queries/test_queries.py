"""The saved questions read what the logs really are, where they really lie."""

import re
from ipaddress import IPv4Network
from typing import Any

import pytest

from blueprint.record import Record, evaluate
from blueprint.values import UNKNOWN
from components.audit.archive.archive import LogArchive, LogArchiveArgs
from components.audit.queries import questions, tables
from components.audit.queries.queries import AuditQueries, AuditQueriesArgs
from components.network import flow_logs
from components.shared import prefixes
from components.shared.iam import Account

REGION = "us-east-1"
CONFIG = {"aws:region": REGION, "hipaa:account": "111122223333"}
ACCOUNT = Account(id="111122223333", region=REGION)
KEY = f"arn:aws:kms:{REGION}:111122223333:key/11112222-3333-4444-5555-666677778888"
SAVED = "aws:cloudwatch/queryDefinition:QueryDefinition"
NAMED = "aws:athena/namedQuery:NamedQuery"
TABLE = "aws:glue/catalogTable:CatalogTable"
WORKGROUP = "aws:athena/workgroup:Workgroup"
BUCKET = "aws:s3/bucket:Bucket"
RESULTS = "queries-athena-results"
TRAIL = {"trail_log_group_name": "trail", "trail_regions": ("us-east-1", "us-west-2")}


def archive() -> LogArchive:
    return LogArchive(
        "logs",
        LogArchiveArgs(
            account=ACCOUNT, kms_key_arn=KEY, retention_days=2192, object_lock="governance", protect=False
        ),
    )


def queries(**overrides: Any) -> AuditQueriesArgs:
    values: dict[str, Any] = {
        "account": ACCOUNT,
        "database": "hipaa_dev",
        "archive": overrides.get("archive") or archive(),
        "kms_key_arn": KEY,
        "flow_log_group_name": "flows",
        "dns_log_group_name": "dns",
        "shell_log_group_name": "shell",
        "data_cidrs": (IPv4Network("10.20.128.0/18"), IPv4Network("10.20.192.0/18")),
        "protect": False,
        **TRAIL,
    }
    return AuditQueriesArgs(**{**values, **overrides})


def record_of(*, known: bool = True, **overrides: Any) -> Record:
    return evaluate(lambda: AuditQueries("queries", queries(**overrides)), CONFIG, known=known)


@pytest.fixture(scope="module")
def record() -> Record:
    return record_of()


def bucket(record: Record, name: str) -> object:
    return record.one(BUCKET, name).outputs["id"]


def names(record: Record, type_: str) -> set[str]:
    return {resource.name.removeprefix("queries-") for resource in record.of_type(type_)}


def columns(table: str) -> set[str]:
    described = {kind.name: kind for kind in kinds()}[table]
    return {*described.columns, *described.partitions}


def kinds() -> list[tables.LogTable]:
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
def test_every_question_to_cloudwatch_is_saved_with_its_log_group(
    record: Record, title: str, group: str
) -> None:
    assert record.one(SAVED, f"queries-{title}").inputs["logGroupNames"] == [group]


def test_a_stack_without_the_trail_asks_it_nothing() -> None:
    record = record_of(trail_log_group_name=None, trail_regions=())
    assert names(record, SAVED) == {
        "rejected-flows-to-data",
        "names-an-instance-looked-up",
        "shell-transcripts",
    }
    assert names(record, TABLE) == {"application-logs", "flow-logs"}
    assert names(record, NAMED) == {"events-of-a-log-group", "flows-between-two-addresses"}


def test_a_stack_without_a_data_tier_has_no_question_about_it() -> None:
    assert "rejected-flows-to-data" not in names(record_of(data_cidrs=()), SAVED)


def test_the_question_about_the_data_tier_names_all_its_ranges(record: Record) -> None:
    text = str(record.one(SAVED, "queries-rejected-flows-to-data").inputs["queryString"])
    assert "isIpv4InSubnet(dstaddr, '10.20.128.0/18') or isIpv4InSubnet(dstaddr, '10.20.192.0/18')" in text


def test_saved_questions_take_flow_records_apart_as_they_are_written(record: Record) -> None:
    text = str(record.one(SAVED, "queries-rejected-flows-to-data").inputs["queryString"])
    pattern, fields = re.findall(r'parse @message "([* ]+)" as (.+)', text)[0]
    written = [field.replace("-", "_") for field in re.findall(r"\$\{([^}]+)\}", flow_logs.LOG_FORMAT)]
    assert fields.split(", ") == written
    assert len(pattern.split(" ")) == len(written)


@pytest.mark.parametrize(
    "text",
    [
        *questions.TRAIL.values(),
        *questions.DNS.values(),
        *questions.SHELL.values(),
        *questions.flows(["10.0.0.0/8"]).values(),
    ],
)
def test_saved_questions_are_well_formed(text: str) -> None:
    commands = [line for line in text.splitlines() if not line.startswith("#")]
    verbs = [line.removeprefix("| ").split(" ")[0] for line in commands]
    assert set(verbs) <= {"fields", "filter", "stats", "sort", "limit", "parse"}
    assert all(line.startswith("| ") for line in commands[1:])
    assert all(text.count(left) == text.count(right) for left, right in ("()", "[]"))
    assert text.count("'") % 2 == text.count('"') % 2 == 0


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_partitions_are_projected_and_each_has_its_place_in_the_path(kind: tables.LogTable) -> None:
    parameters = kind.parameters("example-archive")
    template = parameters["storage.location.template"]
    assert parameters["projection.enabled"] == "true"
    assert set(re.findall(r"\$\{(\w+)\}", template)) == set(kind.partitions)
    assert template.startswith(f"s3://example-archive/{kind.prefix}")
    assert template.endswith("/")
    assert all(f"projection.{key}.type" in parameters for key in kind.partitions)


def test_application_logs_are_looked_for_where_the_delivery_puts_them(record: Record) -> None:
    inputs: Any = record.one(TABLE, "queries-application-logs").inputs
    assert inputs["storageDescriptor"]["location"] == (
        f"s3://{bucket(record, 'logs-intake')}/{prefixes.APPLICATION_LOGS}"
    )
    assert inputs["parameters"]["projection.day.format"] == "yyyy/MM/dd"


def test_flow_logs_are_looked_for_where_the_vpc_puts_them(record: Record) -> None:
    inputs: Any = record.one(TABLE, "queries-flow-logs").inputs
    assert inputs["parameters"]["storage.location.template"] == (
        f"s3://{bucket(record, 'logs')}/AWSLogs/aws-account-id=111122223333/aws-service=vpcflowlogs/aws-region=us-east-1/"
        "year=${year}/month=${month}/day=${day}/hour=${hour}/"
    )
    assert inputs["parameters"]["projection.hour.digits"] == "2"


def test_the_trail_is_looked_for_in_every_region(record: Record) -> None:
    inputs: Any = record.one(TABLE, "queries-api-calls").inputs
    assert inputs["parameters"]["projection.region.values"] == "us-east-1,us-west-2"
    assert inputs["parameters"]["storage.location.template"] == (
        f"s3://{bucket(record, 'logs')}/AWSLogs/111122223333/CloudTrail/${{region}}/${{day}}/"
    )


def test_the_columns_of_flow_logs_are_the_fields_they_are_written_with() -> None:
    written = re.findall(r"\$\{([^}]+)\}", flow_logs.LOG_FORMAT)
    assert list(tables.FLOW_COLUMNS) == [field.replace("-", "_") for field in written]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_column_types_are_balanced_and_known(kind: tables.LogTable) -> None:
    for type_ in kind.columns.values():
        assert type_.count("<") == type_.count(">")
        assert set(re.findall(r"[a-z_0-9]+(?=[,>]|$)", type_)) <= {"string", "int", "bigint"}


def test_restored_objects_are_read(record: Record) -> None:
    parameters: list[Any] = [table.inputs["parameters"] for table in record.of_type(TABLE)]
    assert [entry["read_restored_glacier_objects"] for entry in parameters] == ["true"] * 3


@pytest.mark.parametrize("title", sorted(questions.ATHENA))
def test_queries_name_one_table_and_its_columns(title: str) -> None:
    question = questions.ATHENA[title]
    assert re.findall(r"\bFROM (\w+)", question.sql) == [question.table]
    bare = re.sub(r"'[^']*'|\b(?:AS|as) \w+(?: \([^)]*\))?", " ", question.sql)
    words = set(re.findall(r"(?<![.\w])[a-z_]+\b(?![(])", bare))
    assert words - {"event"} <= columns(question.table) | {question.table}
    assert words & columns(question.table)


@pytest.mark.parametrize("title", sorted(questions.ATHENA))
def test_queries_are_balanced_and_bound_their_partitions(title: str) -> None:
    question = questions.ATHENA[title]
    assert question.sql.count("(") == question.sql.count(")")
    assert question.sql.count("'") % 2 == question.sql.count('"') % 2 == 0
    assert ";" not in question.sql
    where = question.sql.split("WHERE ")[1].splitlines()[0]
    assert where.endswith("day BETWEEN ? AND ?")


@pytest.mark.parametrize("title", sorted(questions.ATHENA))
def test_queries_describe_themselves_within_the_limit(title: str) -> None:
    question = questions.ATHENA[title]
    assert "Parameters: " in question.description
    assert len(question.description) <= 1024
    assert "?" in question.sql


def test_queries_run_in_the_workgroup_over_the_database(record: Record) -> None:
    assert names(record, NAMED) == set(questions.ATHENA)
    for query in record.of_type(NAMED):
        assert query.inputs["workgroup"] == record.one(WORKGROUP).outputs["id"]
        assert query.inputs["database"] == "hipaa_dev"


def test_the_workgroup_decides_and_not_whoever_uses_it(record: Record) -> None:
    configuration: Any = record.one(WORKGROUP).inputs["configuration"]
    assert configuration["enforceWorkgroupConfiguration"] is True
    assert configuration["publishCloudwatchMetricsEnabled"] is True
    assert configuration["bytesScannedCutoffPerQuery"] == 100 * 1024**3


def test_results_are_encrypted_and_go_to_a_bucket_of_their_own(record: Record) -> None:
    configuration: Any = record.one(WORKGROUP).inputs["configuration"]
    results = record.one(BUCKET, RESULTS)
    result = configuration["resultConfiguration"]
    assert result["outputLocation"] == f"s3://{results.outputs['id']}/"
    assert result["encryptionConfiguration"] == {"encryptionOption": "SSE_KMS", "kmsKeyArn": KEY}
    assert result["expectedBucketOwner"] == "111122223333"


def test_results_are_no_record_and_expire_after_a_month(record: Record) -> None:
    results = record.one(BUCKET, RESULTS)
    rules: Any = record.one(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", RESULTS
    ).inputs["rules"]
    tags: Any = results.inputs["tags"]
    assert tags["purpose"] == "query-results"
    assert [rule["expiration"]["days"] for rule in rules if "days" in rule.get("expiration", {})] == [30]


def test_access_to_results_is_logged(record: Record) -> None:
    logging = record.one("aws:s3/bucketLogging:BucketLogging", RESULTS)
    assert logging.inputs["targetBucket"] == bucket(record, "logs-intake")


@pytest.mark.parametrize("protect", [True, False])
def test_protection_reaches_results_and_workgroup(protect: bool) -> None:
    record = record_of(protect=protect)
    assert record.one(BUCKET, RESULTS).protect is protect
    assert record.one(WORKGROUP).inputs["forceDestroy"] is not protect


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        ({"database": "hipaa-dev"}, "database"),
        ({"database": ""}, "database"),
        ({"scan_limit_gib": 0}, "scan_limit_gib"),
        ({"trail_regions": ()}, "trail_regions"),
    ],
)
def test_what_athena_would_refuse_is_refused(overrides: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        queries(archive=object(), **overrides)


def test_what_decides_is_known_at_the_first_preview() -> None:
    preview = record_of(known=False)
    configuration: Any = preview.one(WORKGROUP).inputs["configuration"]
    assert configuration["enforceWorkgroupConfiguration"] is True
    assert configuration["resultConfiguration"]["encryptionConfiguration"]["encryptionOption"] == "SSE_KMS"
    assert configuration["resultConfiguration"]["outputLocation"] is UNKNOWN
    assert names(preview, TABLE) == {"api-calls", "application-logs", "flow-logs"}

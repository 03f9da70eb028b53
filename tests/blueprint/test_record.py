"""The recorder keeps what the engine would receive."""

from __future__ import annotations

import traceback
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_random
import pytest

from blueprint.recorder import RecordError, evaluate
from blueprint.values import UNKNOWN, Secret

CONFIG = {"aws:region": "us-east-1", "aws:allowedAccountIds": ["123456789012"]}


class Box(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:index:Box", name, None, opts)
        key = aws.kms.Key(f"{name}-key", enable_key_rotation=True, opts=pulumi.ResourceOptions(parent=self))
        group = aws.cloudwatch.LogGroup(
            f"{name}-log",
            kms_key_id=key.arn,
            retention_in_days=2192,
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["tags"], depends_on=[key]),
        )
        self.group = group
        self.register_outputs({"group": group.name})


def key_and_group(known: bool = True):
    record = evaluate(lambda: Box("box", pulumi.ResourceOptions(protect=True)), CONFIG, outputs_known=known)
    return record, record.one("aws:kms/key:Key"), record.one("aws:cloudwatch/logGroup:LogGroup")


def test_inputs_are_plain_values_under_their_wire_names():
    _, key, group = key_and_group()
    assert key.inputs["enableKeyRotation"] is True
    assert group.inputs["retentionInDays"] == 2192
    assert type(group.inputs["retentionInDays"]) is int


def test_a_value_from_another_resource_is_known_and_leaves_its_origin():
    _, key, group = key_and_group()
    assert group.inputs["kmsKeyId"] == key.outputs["arn"]
    assert str(key.outputs["arn"]).startswith("arn:aws:kms:us-east-1:123456789012:key/")
    assert group.property_dependencies["kmsKeyId"] == (key.urn,)


def test_unknown_values_stay_unknown_as_at_a_first_preview():
    _, key, group = key_and_group(known=False)
    assert group.inputs["kmsKeyId"] is UNKNOWN
    assert group.property_dependencies["kmsKeyId"] == (key.urn,)
    assert group.inputs["retentionInDays"] == 2192


def test_options_are_recorded_and_protection_reaches_children():
    _, key, group = key_and_group()
    assert key.protect is True
    assert group.protect is True
    assert group.ignore_changes == ("tags",)
    assert key.urn in group.dependencies


def test_urns_are_those_of_the_engine():
    record, key, _ = key_and_group()
    assert key.urn == "urn:pulumi:dev::project::test:index:Box$aws:kms/key:Key::box-key"
    assert record.owner(key).name == "box"


def test_component_and_stack_outputs_are_kept():
    def program() -> None:
        pulumi.export("group", Box("box").group.name)

    record = evaluate(program, CONFIG)
    name = record.one("aws:cloudwatch/logGroup:LogGroup").outputs["name"]
    assert record.outputs == {"group": name}
    assert record.one("test:index:Box").outputs == {"group": name}


def test_a_secret_stays_wrapped_and_never_shows_its_text():
    def program() -> None:
        aws.ssm.Parameter("token", type="SecureString", value=pulumi.Output.secret("correct horse"))

    value = evaluate(program, CONFIG).one("aws:ssm/parameter:Parameter").inputs["value"]
    assert value == Secret("correct horse")
    assert "horse" not in repr(value)


def test_every_computed_text_output_has_a_value_so_that_no_input_vanishes():
    def program() -> None:
        bucket = aws.s3.Bucket("logs")
        aws.ssm.Parameter("domain", type="String", value=bucket.bucket_regional_domain_name)

    assert "value" in evaluate(program, CONFIG).one("aws:ssm/parameter:Parameter").inputs


def test_two_resources_with_one_urn_are_refused_as_the_engine_refuses_them():
    def program() -> None:
        aws.s3.Bucket("logs")
        aws.s3.Bucket("logs")

    with pytest.raises(RecordError, match="two resources have the URN"):
        evaluate(program, CONFIG)


def test_a_look_up_is_refused_by_name():
    def program() -> None:
        pulumi.export("zones", aws.get_availability_zones_output().names)

    with pytest.raises(LookupError, match="getAvailabilityZones"):
        evaluate(program, CONFIG)


def test_what_the_program_raises_passes_through_and_leaves_nothing_behind():
    def broken() -> None:
        aws.s3.Bucket("half")
        raise pulumi.RunError("Pulumi.dev.yaml: wrong")

    with pytest.raises(pulumi.RunError, match="wrong"):
        evaluate(broken, CONFIG)
    record = evaluate(lambda: Box("box"), CONFIG)
    assert record.of_type("aws:s3/bucket:Bucket") == ()
    assert len(record.of_type("aws:kms/key:Key")) == 1


def test_what_the_program_raises_keeps_its_whole_traceback():
    def broken() -> None:
        raise ValueError("wrong")

    with pytest.raises(ValueError, match="wrong") as caught:
        evaluate(broken, CONFIG)
    assert 'raise ValueError("wrong")' in "".join(traceback.format_exception(caught.value))


def test_inputs_that_the_answer_leaves_out_are_outputs_all_the_same():
    def program() -> None:
        key = aws.kms.Key("key", deletion_window_in_days=30, tags={"Name": "key"})
        pulumi.export("days", key.deletion_window_in_days)
        pulumi.export("tags", key.tags)

    for known in (True, False):
        assert evaluate(program, CONFIG, outputs_known=known).outputs == {"days": 30, "tags": {"Name": "key"}}


def test_two_runs_give_the_same_record():
    first, _, _ = key_and_group()
    second, _, _ = key_and_group()
    assert first.resources == second.resources


def test_the_program_in_a_folder_is_run_with_its_stack_and_configuration(tmp_path: Path):
    (tmp_path / "__main__.py").write_text(
        "import pulumi\n"
        "pulumi.export('stack', pulumi.get_stack())\n"
        "pulumi.export('zones', pulumi.Config('app').require_object('network')['zones'])\n"
    )
    record = evaluate(tmp_path, {**CONFIG, "app:network": {"zones": 3}}, stack="prod")
    assert record.outputs == {"stack": "prod", "zones": 3}


def test_looking_for_one_resource_names_what_there_is():
    record, _, _ = key_and_group()
    with pytest.raises(LookupError, match="box-key"):
        record.one("aws:kms/key:Key", "another")


def test_what_the_random_provider_draws_is_stable_and_its_passwords_are_secret() -> None:
    def program() -> None:
        password = pulumi_random.RandomPassword("password", length=32)
        suffix = pulumi_random.RandomId("suffix", byte_length=4)
        aws.secretsmanager.SecretVersion("version", secret_id="db", secret_string=password.result)  # noqa: S106
        aws.ssm.Parameter("parameter", type="String", value=suffix.hex)

    first, second = (evaluate(program, {}) for _ in range(2))
    version = first.one("aws:secretsmanager/secretVersion:SecretVersion")
    assert isinstance(version.inputs["secretString"], Secret)
    assert first.one("aws:ssm/parameter:Parameter").inputs["value"]
    assert first.resources == second.resources

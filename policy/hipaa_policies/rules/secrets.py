"""Secrets: customer-managed keys, parameters in plain text and rotation."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AT_REST
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    element_paths,
    is_unknown,
    must_be_within,
    must_name_own_key,
    must_not_be_false,
    not_applicable,
    tag,
)
from hipaa_policies.tokens import PARAMETER, SECRET, SECRET_ROTATION
from hipaa_policies.values import MISSING, UNKNOWN, format_value, peek


@control(
    id="secret-uses-own-key",
    title="Secrets use a customer-managed key",
    description="Secrets, their replicas and SecureString parameters use a customer-managed key.",
    citations=AT_REST,
    severity="high",
    pack="encryption",
    remediation="Set kms_key_id (key_id of a parameter) to the ARN of the key for secrets.",
    types={SECRET: ("kmsKeyId", "replicas"), PARAMETER: ("keyId", "type")},
    sources=(
        "cdk-nag:SecretsManagerUsingKMSKey",
        "aws-config:SECRETSMANAGER_USING_CMK",
        "CKV_AWS_149",
        "CKV_AWS_337",
        "pulumi:aws-secretsmanager-secret-configure-customer-managed-key",
    ),
    unknown="present",
)
def _own_key(resource: JudgedResource, _config: Config) -> Iterator[str]:
    if resource.type == SECRET:
        yield from must_name_own_key(resource, "kmsKeyId")
        for replica in element_paths(resource, "replicas"):
            yield from must_name_own_key(resource, *replica, "kmsKeyId")
    elif peek(resource.props, "type") == "SecureString":
        yield from must_name_own_key(resource, "keyId")
    else:
        yield not_applicable("The parameter is plain text; parameter-holds-no-secret judges it.")


@control(
    id="parameter-holds-no-secret",
    title="Plain parameters hold no secrets",
    description="A parameter with a name that suggests a password, a token, a secret or a key is a SecureString.",
    citations=("164.312(a)(2)(iv)", "164.308(a)(5)(ii)(D)"),
    severity="high",
    pack="encryption",
    remediation="Use a secret, or set type to SecureString.",
    types={PARAMETER: ("name", "type")},
    sources=("CKV2_AWS_34", "hipaa:no-plain-secrets"),
)
def _plain(parameter: JudgedResource, _config: Config) -> Iterator[str]:
    physical_name = peek(parameter.props, "name")
    name = f"{parameter.name} {physical_name if isinstance(physical_name, str) else ''}".lower()
    word = next(
        (
            word
            for word in (
                "password",
                "passwd",
                "secret",
                "token",
                "apikey",
                "api-key",
                "api_key",
                "private-key",
                "private_key",
            )
            if word in name
        ),
        None,
    )
    kind = peek(parameter.props, "type")
    if word and kind != "SecureString":
        yield f"type must be SecureString, because the name contains {word}, but it is {format_value(kind)}."


@stack_control(
    id="secret-rotates",
    title="Secrets rotate",
    description="Every secret rotates at least every 90 days, or a tag states how it is changed.",
    citations=("164.308(a)(4)(ii)(B)", "164.308(a)(5)(ii)(D)"),
    severity="medium",
    pack="encryption",
    remediation=(
        "Add aws.secretsmanager.SecretRotation, or let RDS manage the password. Tag the secret rotation=external if its issuer "
        "changes it, or rotation=redeploy if a deployment generates a new value."
    ),
    types={SECRET: ("tags",)},
    reads={SECRET_ROTATION: ("secretId", "rotationRules", "rotationEnabled")},
    sources=(
        "cdk-nag:SecretsManagerRotationEnabled",
        "aws-config:SECRETSMANAGER_ROTATION_ENABLED_CHECK",
        "CKV2_AWS_57",
        "CKV_AWS_304",
        "prowler:secretsmanager_automatic_rotation_enabled",
    ),
    settings={"max_days": {"type": "integer", "minimum": 1, "maximum": 365, "default": 90}},
)
def _rotation(graph: Graph, config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for secret in graph.by_type(SECRET):
        rotations = graph.referrers(secret.urn, SECRET_ROTATION, "secretId")
        method = tag(secret, "rotation")
        if not rotations and method in ("external", "redeploy"):
            yield (
                secret,
                not_applicable(
                    f"The tag rotation is {format_value(method)}, so other means change the secret."
                ),
            )
        elif not rotations:
            fault = (
                "the tag is not known before deployment" if method is UNKNOWN else "it has neither of them"
            )
            yield secret, f"The secret must have a rotation or the tag rotation, but {fault}."
        for rotation in rotations:
            yield from about(secret, _slow_rotation(rotation, config["max_days"]))


def _slow_rotation(rotation: JudgedResource, max_days: int) -> Iterator[str]:
    yield from must_not_be_false(rotation, "rotationEnabled")
    rules = ("rotationRules",)
    if peek(rotation.props, *rules, "scheduleExpression") is MISSING:
        yield from must_be_within(rotation, max_days, *rules, "automaticallyAfterDays")
    elif is_unknown(rotation, *rules, "scheduleExpression"):
        yield "rotationRules.scheduleExpression must be a plain value, but it is not known before deployment."
    else:
        schedule = peek(rotation.props, *rules, "scheduleExpression")
        longest = _longest_interval(schedule)
        if longest is None or longest > max_days:
            yield f"rotationRules.scheduleExpression must rotate at least every {max_days} days, but it is {format_value(schedule)}."


def _longest_interval(schedule: object) -> int | None:
    """Return the longest interval between two rotations of a schedule, in days; None if it is not bounded.

    Schedule expressions: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
    """
    if not isinstance(schedule, str):
        return None
    kind, _, inside = schedule.rstrip(")").partition("(")
    fields = inside.split()
    if kind == "rate" and len(fields) == 2 and fields[0].isdigit():
        return int(fields[0]) if fields[1].startswith("day") else 1 + int(fields[0]) // 24
    # Fields: minutes, hours, day of month, month, day of week, year. Not every month has a day after the 28th.
    if kind != "cron" or len(fields) != 6 or (fields[2].isdigit() and int(fields[2]) > 28):
        return None
    every = "1" if fields[3] == "*" else fields[3].partition("/")[2]
    months = int(every) if every.isdigit() else 0
    return 31 * months if months and 12 % months == 0 and fields[5] == "*" else None

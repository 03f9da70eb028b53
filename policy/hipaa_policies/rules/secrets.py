"""Secrets: stored under a key of one's own, changed on a schedule, never in plain parameters."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AT_REST
from hipaa_policies.model import Graph, Resource
from hipaa_policies.requirements import (
    is_unknown,
    must_be_within,
    must_name_own_key,
    must_not_be_false,
    not_applicable,
    positions,
    tag,
)
from hipaa_policies.tokens import PARAMETER, SECRET, SECRET_ROTATION
from hipaa_policies.values import MISSING, UNKNOWN, peek, shown


@control(
    id="secret-uses-own-key",
    title="Secrets use a customer-managed key",
    description="Secrets, their replicas and secure parameters name a key of their own.",
    citations=AT_REST,
    severity="high",
    pack="encryption",
    remediation="Pass the secrets key's ARN as kms_key_id (key_id for a parameter).",
    types={SECRET: ("kmsKeyId", "replicas"), PARAMETER: ("keyId", "type")},
    sources=(
        "cdk-nag:SecretsManagerUsingKMSKey", "aws-config:SECRETSMANAGER_USING_CMK", "CKV_AWS_149", "CKV_AWS_337",
        "pulumi:aws-secretsmanager-secret-configure-customer-managed-key",
    ),
    unknown="present",
)  # fmt: skip
def _own_key(resource: Resource, _config: Config) -> Iterator[str]:
    if resource.type == SECRET:
        yield from must_name_own_key(resource, "kmsKeyId")
        for replica in positions(resource, "replicas"):
            yield from must_name_own_key(resource, *replica, "kmsKeyId")
    elif peek(resource.props, "type") == "SecureString":
        yield from must_name_own_key(resource, "keyId")
    else:
        yield not_applicable("The parameter holds plain text: parameter-holds-no-secret judges it.")


@control(
    id="parameter-holds-no-secret",
    title="Plain parameters hold no secrets",
    description="A parameter whose name speaks of a password, token, secret or key is a SecureString.",
    citations=("164.312(a)(2)(iv)", "164.308(a)(5)(ii)(D)"),
    severity="high",
    pack="encryption",
    remediation="Set type to SecureString, or better, use a secret.",
    types={PARAMETER: ("name", "type")},
    sources=("CKV2_AWS_34", "hipaa:no-plain-secrets"),
)
def _plain(parameter: Resource, _config: Config) -> Iterator[str]:
    stated = peek(parameter.props, "name")
    name = f"{parameter.name} {stated if isinstance(stated, str) else ''}".lower()
    word = next((word for word in ("password", "passwd", "secret", "token", "apikey", "api-key", "api_key", "private-key", "private_key")
                 if word in name), None)  # fmt: skip
    kind = peek(parameter.props, "type")
    if word and kind != "SecureString":
        yield f"type must be SecureString, because the name speaks of a {word}, but it is {shown(kind)}."


@stack_control(
    id="secret-rotates",
    title="Secrets are changed on a schedule",
    description="Each secret has a rotation of at most 90 days, or a tag that says that it is no credential.",
    citations=("164.308(a)(4)(ii)(B)", "164.308(a)(5)(ii)(D)"),
    severity="medium",
    pack="encryption",
    remediation=(
        "Add aws.secretsmanager.SecretRotation, let RDS manage the password, or tag the secret rotation: external where its "
        "issuer decides when it changes, or rotation: redeploy where a deployment draws a new one."
    ),
    types={SECRET: ("tags",)},
    reads={SECRET_ROTATION: ("secretId", "rotationRules", "rotationEnabled")},
    sources=(
        "cdk-nag:SecretsManagerRotationEnabled", "aws-config:SECRETSMANAGER_ROTATION_ENABLED_CHECK", "CKV2_AWS_57",
        "CKV_AWS_304", "prowler:secretsmanager_automatic_rotation_enabled",
    ),
    settings={"max_days": {"type": "integer", "minimum": 1, "maximum": 365, "default": 90}},
)  # fmt: skip
def _rotation(graph: Graph, config: Config) -> Iterator[tuple[Resource, str]]:
    for secret in graph.by_type(SECRET):
        rotations = graph.referrers(secret.urn, SECRET_ROTATION, "secretId")
        how = tag(secret, "rotation")
        if not rotations and how in ("external", "redeploy"):
            yield secret, not_applicable(f"The tag rotation says {shown(how)}: it is changed by other means.")
        elif not rotations:
            found = (
                "the tag rotation is not known before deployment" if how is UNKNOWN else "it has no rotation"
            )
            yield secret, f"The secret must be rotated or say by a tag how it changes, but {found}."
        for rotation in rotations:
            yield from ((secret, sentence) for sentence in _rotates(rotation, config["max_days"]))


def _rotates(rotation: Resource, most: int) -> Iterator[str]:
    yield from must_not_be_false(rotation, "rotationEnabled")
    rules = ("rotationRules",)
    if peek(rotation.props, *rules, "scheduleExpression") is MISSING:
        yield from must_be_within(rotation, most, *rules, "automaticallyAfterDays")
    elif is_unknown(rotation, *rules, "scheduleExpression"):
        yield "rotationRules.scheduleExpression must be a plain value, but it is not known before deployment."
    else:
        schedule = peek(rotation.props, *rules, "scheduleExpression")
        longest = _longest_gap(schedule)
        if longest is None or longest > most:
            yield f"rotationRules.scheduleExpression must rotate every {most} days or more often, but it is {shown(schedule)}."


def _longest_gap(schedule: object) -> int | None:
    """Return how many days lie between two rotations of a schedule at most, or None where it keeps to no such figure.

    The kinds of schedule: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
    """
    if not isinstance(schedule, str):
        return None
    kind, _, inside = schedule.rstrip(")").partition("(")
    fields = inside.split()
    if kind == "rate" and len(fields) == 2 and fields[0].isdigit():
        return int(fields[0]) if fields[1].startswith("day") else 1 + int(fields[0]) // 24
    # Minutes, hours, day of the month, month, day of the week, year; not every month has a day after the 28th.
    if kind != "cron" or len(fields) != 6 or (fields[2].isdigit() and int(fields[2]) > 28):
        return None
    every = "1" if fields[3] == "*" else fields[3].partition("/")[2]
    months = int(every) if every.isdigit() else 0
    return 31 * months if months and 12 % months == 0 and fields[5] == "*" else None

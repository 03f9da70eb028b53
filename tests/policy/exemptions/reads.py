"""A bucket that receives access logs and does not log its own access, with a trail and without one."""

from __future__ import annotations

from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.values import UNKNOWN

from tests.policy.exemptions import intakes
from tests.policy.exemptions.cases import Exempted
from tests.policy.program import GONE, Edits, resource

INTAKE_ARN = "arn:aws:s3:::intake/"


def selector(**fields: Any) -> dict[str, Any]:
    """Return an advanced event selector of S3 objects with further fields; a field maps operators to values."""
    every: dict[str, Any] = {
        "eventCategory": {"equals": ["Data"]},
        "resources.type": {"equals": ["AWS::S3::Object"]},
        **fields,
    }
    return {"fieldSelectors": [{"field": name, **operators} for name, operators in every.items()]}


def of_bucket(operator: str, *arns: Any) -> dict[str, Any]:
    return {"resources.ARN": {operator: list(arns)}}


def advanced(*selectors: dict[str, Any]) -> Edits:
    return {"trail": resource(t.TRAIL, "trail", {"advancedEventSelectors": list(selectors)})}


def basic(*arns: Any, **parts: Any) -> Edits:
    """Return the edit that gives the trail one basic selector of S3 objects, by ARN."""
    data = {"type": "AWS::S3::Object", "values": list(arns)}
    return {"trail": resource(t.TRAIL, "trail", {"eventSelectors": [{"dataResources": [data], **parts}]})}


WITHOUT_TRAIL = {**intakes.GOOD}
WITH_TRAIL = {**intakes.GOOD, **advanced(selector(**of_bucket("startsWiths", INTAKE_ARN)))}
UNRECORDED = "For the exemption, a trail must record who reads the objects of the bucket"

EXEMPTED = (
    Exempted(
        control="s3-bucket-logs-its-access",
        subject="intake",
        good=WITH_TRAIL,
        refused=tuple(
            (edits, UNRECORDED)
            for edits in (
                {"trail": resource(t.TRAIL, "trail", {})},
                advanced(),
                advanced(selector(eventCategory={"equals": ["Management"]})),
                advanced(selector(**{"resources.type": {"equals": ["AWS::Lambda::Function"]}})),
                advanced(selector(**of_bucket("startsWiths", "arn:aws:s3:::files/"))),
                advanced(selector(**of_bucket("startsWiths", f"{INTAKE_ARN}s3/"))),
                advanced(selector(**of_bucket("notStartsWiths", INTAKE_ARN))),
                advanced(selector(**of_bucket("notStartsWiths", f"{INTAKE_ARN}s3/"))),
                advanced(selector(**of_bucket("endsWiths", "/"))),
                advanced(selector(readOnly={"equals": ["false"]})),
                advanced(selector(eventName={"equals": ["PutObject"]})),
                advanced(selector(eventName={"notEquals": ["GetObject"]})),
                advanced(selector(**{"userIdentity.arn": {"equals": ["arn:aws:iam::1:role/x"]}})),
                basic("arn:aws:s3", readWriteType="WriteOnly"),
                basic("arn:aws:s3:::files/"),
                basic(),
            )
        ),
        unknown=(
            {"trail advancedEventSelectors": UNKNOWN},
            advanced(selector(**of_bucket("startsWiths", UNKNOWN))),
            {"intake id": UNKNOWN},
            basic(UNKNOWN),
            {**basic(INTAKE_ARN), "intake id": UNKNOWN},
            {**intakes.WITHOUT_S3, "policy policy": UNKNOWN},
        ),
        also=(
            {"copies": GONE},
            advanced(selector()),
            advanced(selector(readOnly={"equals": ["true"]})),
            advanced(selector(eventName={"notEquals": ["PutObject"]})),
            advanced(selector(**of_bucket("notStartsWiths", "arn:aws:s3:::files/"))),
            advanced(selector(eventCategory={"equals": ["Management"]}), selector()),
            basic("arn:aws:s3"),
            basic(INTAKE_ARN),
            basic(INTAKE_ARN, readWriteType="ReadOnly"),
            {**basic("arn:aws:s3"), "intake id": UNKNOWN},
            {"intake id": GONE, "intake bucket": "intake"},
            {"more": resource(t.TRAIL, "more", {})},
        ),
        ordinary=(intakes.WITHOUT_S3,),
    ),
    Exempted(
        control="s3-bucket-logs-its-access",
        subject="intake",
        good=WITHOUT_TRAIL,
        refused=(
            *(case for case in intakes.NOT_COPIED if "archive-logging" not in case[0]),
            (
                {"archive-logging": GONE, "policy policy": UNKNOWN, "copies rules": [intakes.copies(None)]},
                "the bucket archive, which has the copies, must log its access",
            ),
            (
                {
                    "archive-logging": resource(
                        t.BUCKET_LOGGING,
                        "archive-logging",
                        {"bucket": "archive", "targetBucket": "elsewhere"},
                    ),
                    "copies rules": [intakes.copies(None)],
                },
                "the bucket archive, which has the copies, must log its access",
            ),
        ),
        unknown=intakes.UNKNOWN_COPIES,
        also=intakes.STILL_COPIED,
        ordinary=(intakes.WITHOUT_S3,),
    ),
)

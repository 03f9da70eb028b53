"""The HIPAA conformance pack: AWS Config's running judgement of the account.

A pull request is judged before it is deployed; the pack judges what is there, whoever made it, and what no program
shows: root MFA, unused keys, patches. Maps to 45 CFR 164.308(a)(8) (evaluation) and 164.308(a)(1)(ii)(B) (risk
management); AWS's own table of rule to section is
https://docs.aws.amazon.com/config/latest/developerguide/operational-best-practices-for-hipaa_security.html.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.audit.detection.rules import RULES, VPC_IDS, ManagedRule

MAX_RULES: Final = 130
"""Rules in one pack; a fixed quota (https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html)."""

MAX_BYTES: Final = 51_200
"""Size of an inline template, in bytes
(https://docs.aws.amazon.com/config/latest/APIReference/API_PutConformancePack.html)."""


def conformance_packs(
    name: str, *, internet_vpc_ids: Sequence[pulumi.Input[str]], opts: pulumi.ResourceOptions
) -> list[aws.cfg.ConformancePack]:
    """Deploy every rule of the table, in as few packs as the quotas allow: `{name}-hipaa`, then `{name}-hipaa-2`.

    `internet_vpc_ids` are the VPCs that may have an internet gateway; without any, every gateway is reported. They
    are the pack's only input, and no part of the template, so that the template is known in every preview.
    """
    vpc_ids = pulumi.Output.all(*internet_vpc_ids).apply(lambda ids: ",".join(ids))
    packs: list[aws.cfg.ConformancePack] = []
    for number, rules in enumerate(split(RULES), start=1):
        asks = internet_vpc_ids and any(VPC_IDS in rule.parameters for rule in rules)
        packs.append(
            aws.cfg.ConformancePack(
                f"{name}-hipaa" if number == 1 else f"{name}-hipaa-{number}",
                template_body=template(rules),
                input_parameters=[
                    aws.cfg.ConformancePackInputParameterArgs(parameter_name=VPC_IDS, parameter_value=vpc_ids)
                ]
                if asks
                else None,
                opts=opts,
            )
        )
    return packs


def split(
    rules: Sequence[ManagedRule], *, max_rules: int = MAX_RULES, max_bytes: int = MAX_BYTES
) -> list[tuple[ManagedRule, ...]]:
    """Cut rules into packs within both quotas, keeping their order; a rule appended later moves no other one.

    Raises:
        ValueError: One rule alone is over `max_bytes`.
    """
    head = len(_HEAD.encode())
    packs: list[list[ManagedRule]] = []
    size = 0
    for rule in rules:
        own = len(_resource(rule).encode())
        if head + own > max_bytes:
            raise ValueError(f"{rule.identifier}: its template alone is over {max_bytes} bytes")
        if packs and len(packs[-1]) < max_rules and size + own <= max_bytes:
            packs[-1].append(rule)
            size += own
        else:
            packs.append([rule])
            size = head + own
    return [tuple(pack) for pack in packs]


def template(rules: Sequence[ManagedRule]) -> str:
    """Return the template of a pack, as the YAML that AWS Config takes."""
    return _HEAD + "".join(_resource(rule) for rule in rules)


# The one parameter that the account decides is left out of its rule while it is empty, as AWS's own packs do.
_HEAD: Final = f"""\
Parameters:
  {VPC_IDS}: {{Type: String, Default: ""}}
Conditions:
  vpcsGiven: {{"Fn::Not": [{{"Fn::Equals": ["", {{Ref: {VPC_IDS}}}]}}]}}
Resources:
"""
_GIVEN: Final = {"Fn::If": ["vpcsGiven", {"Ref": VPC_IDS}, {"Ref": "AWS::NoValue"}]}


def _resource(rule: ManagedRule) -> str:
    properties: dict[str, object] = {"ConfigRuleName": rule.name}
    if rule.description:
        properties["Description"] = rule.description
    if rule.parameters:
        properties["InputParameters"] = {
            key: _GIVEN if key == VPC_IDS else value for key, value in rule.parameters.items()
        }
    if rule.scope:
        properties["Scope"] = {"ComplianceResourceTypes": list(rule.scope)}
    properties["Source"] = {"Owner": "AWS", "SourceIdentifier": rule.identifier}
    logical_id = "".join(word.capitalize() for word in rule.name.split("-"))
    # JSON is YAML too, and is written many times faster.
    return f"  {logical_id}:\n    Type: AWS::Config::ConfigRule\n    Properties: {json.dumps(properties)}\n"

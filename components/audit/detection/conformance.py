"""The HIPAA conformance pack: AWS Config rules that continuously evaluate the account.

The policies of this project check a program before its deployment. The conformance pack checks all deployed resources,
whoever created them, and facts that no program contains: root MFA, unused access keys, patches. Maps to 45 CFR
164.308(a)(8) (evaluation) and 164.308(a)(1)(ii)(B) (risk management). AWS maps each rule to a section in
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
"""Maximum number of rules in one pack, a fixed quota
(https://docs.aws.amazon.com/config/latest/developerguide/configlimits.html)."""

MAX_BYTES: Final = 51_200
"""Maximum size of an inline template, in bytes
(https://docs.aws.amazon.com/config/latest/APIReference/API_PutConformancePack.html)."""


def conformance_packs(
    name: str,
    *,
    internet_vpc_ids: Sequence[pulumi.Input[str]],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> list[aws.cfg.ConformancePack]:
    """Deploy all `RULES` in as few packs as the quotas allow: `{name}-hipaa`, then `{name}-hipaa-2` and so on.

    Args:
        name: Prefix of the packs' logical names.
        internet_vpc_ids: Ids of the VPCs that may have an internet gateway; if empty, every gateway is reported. They are
            an input parameter of the pack and not part of the template, so that every preview knows the template.
        after: Resources that every pack must wait for: the running recorder.
        parent: The component that the packs belong to.

    Returns:
        The packs, in the order of their rules.
    """
    vpc_ids = pulumi.Output.all(*internet_vpc_ids).apply(lambda ids: ",".join(ids))
    packs: list[aws.cfg.ConformancePack] = []
    for number, rules in enumerate(split(RULES), start=1):
        needs_vpc_ids = internet_vpc_ids and any(VPC_IDS in rule.parameters for rule in rules)
        packs.append(
            aws.cfg.ConformancePack(
                f"{name}-hipaa" if number == 1 else f"{name}-hipaa-{number}",
                template_body=template(rules),
                input_parameters=[
                    aws.cfg.ConformancePackInputParameterArgs(parameter_name=VPC_IDS, parameter_value=vpc_ids)
                ]
                if needs_vpc_ids
                else None,
                opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
            )
        )
    return packs


def split(
    rules: Sequence[ManagedRule], *, max_rules: int = MAX_RULES, max_bytes: int = MAX_BYTES
) -> list[tuple[ManagedRule, ...]]:
    """Divide rules into packs within both quotas, in the same order.

    A rule that is appended to the table later does not move any other rule to another pack.

    Raises:
        ValueError: The template of a single rule is larger than `max_bytes`.
    """
    head_bytes = len(_HEAD.encode())
    packs: list[list[ManagedRule]] = []
    pack_bytes = 0
    for rule in rules:
        rule_bytes = len(_rule_resource(rule).encode())
        if head_bytes + rule_bytes > max_bytes:
            raise ValueError(
                f"the template of rule {rule.identifier} alone has {head_bytes + rule_bytes} bytes, but a pack may have "
                f"{max_bytes} at most: shorten its description or parameters"
            )
        if packs and len(packs[-1]) < max_rules and pack_bytes + rule_bytes <= max_bytes:
            packs[-1].append(rule)
            pack_bytes += rule_bytes
        else:
            packs.append([rule])
            pack_bytes = head_bytes + rule_bytes
    return [tuple(pack) for pack in packs]


def template(rules: Sequence[ManagedRule]) -> str:
    """Return the conformance pack template with these rules, as YAML."""
    return _HEAD + "".join(_rule_resource(rule) for rule in rules)


# While the parameter is empty, its rule is deployed without it, as in AWS's own packs.
_HEAD: Final = f"""\
Parameters:
  {VPC_IDS}: {{Type: String, Default: ""}}
Conditions:
  vpcsGiven: {{"Fn::Not": [{{"Fn::Equals": ["", {{Ref: {VPC_IDS}}}]}}]}}
Resources:
"""
_VPC_IDS_IF_SET: Final = {"Fn::If": ["vpcsGiven", {"Ref": VPC_IDS}, {"Ref": "AWS::NoValue"}]}


def _rule_resource(rule: ManagedRule) -> str:
    """Return one rule as a resource of the template."""
    properties: dict[str, object] = {"ConfigRuleName": rule.name}
    if rule.description:
        properties["Description"] = rule.description
    if rule.parameters:
        properties["InputParameters"] = {
            key: _VPC_IDS_IF_SET if key == VPC_IDS else value for key, value in rule.parameters.items()
        }
    if rule.scope:
        properties["Scope"] = {"ComplianceResourceTypes": list(rule.scope)}
    properties["Source"] = {"Owner": "AWS", "SourceIdentifier": rule.identifier}
    logical_id = "".join(word.capitalize() for word in rule.name.split("-"))
    # JSON is valid YAML, and Python writes it many times faster.
    return f"  {logical_id}:\n    Type: AWS::Config::ConfigRule\n    Properties: {json.dumps(properties)}\n"

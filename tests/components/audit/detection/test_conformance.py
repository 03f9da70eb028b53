import re
from typing import Any

import pulumi
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.record import Record
from components.audit.account_defaults import (
    PASSWORD_MAX_AGE_DAYS,
    PASSWORD_MIN_LENGTH,
    PASSWORD_REUSE,
)
from components.audit.detection.conformance import MAX_BYTES, MAX_RULES, conformance_packs, split, template
from components.audit.detection.rules import RULES, VPC_IDS, ManagedRule
from tests.harness import evaluate

PACK = "aws:cfg/conformancePack:ConformancePack"
BY_IDENTIFIER = {rule.identifier: rule for rule in RULES}


def deployed(*vpc_ids: str, known: bool = True) -> Record:
    def program() -> None:
        owner = pulumi.ComponentResource("test:index:Owner", "owner")
        conformance_packs("account", internet_vpc_ids=vpc_ids, after=[], parent=owner)

    return evaluate(program, known=known)


def resources(template_body: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load(template_body)["Resources"].values())


def test_the_table_has_97_different_rules() -> None:
    # 97 of the 130 rules of AWS's sample pack evaluate a service of this architecture.
    assert len(RULES) == len(BY_IDENTIFIER) == 97


def test_every_rule_has_a_valid_identifier_and_a_valid_name() -> None:
    assert [rule.identifier for rule in RULES if not re.fullmatch(r"[A-Z][A-Z0-9_]+", rule.identifier)] == []
    # A rule's name may have 128 characters, including the suffix that a conformance pack appends.
    assert [rule.name for rule in RULES if not re.fullmatch(r"[a-z][a-z0-9-]{0,89}", rule.name)] == []
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_every_scope_is_a_list_of_resource_types() -> None:
    invalid = [type_ for rule in RULES for type_ in rule.scope if not re.fullmatch(r"AWS(::\w+){2}", type_)]
    assert invalid == []


def test_the_pack_includes_rules_that_only_a_deployed_account_can_answer() -> None:
    runtime_rules = {
        "ROOT_ACCOUNT_MFA_ENABLED",
        "ACCESS_KEYS_ROTATED",
        "EC2_STOPPED_INSTANCE",
        "AWS_CONFIG_PROCESS_CHECK",
    }
    assert runtime_rules <= BY_IDENTIFIER.keys()


def test_the_pack_checks_passwords_against_the_password_policy_of_the_account() -> None:
    parameters = BY_IDENTIFIER["IAM_PASSWORD_POLICY"].parameters
    assert parameters["MinimumPasswordLength"] == str(PASSWORD_MIN_LENGTH)
    assert parameters["MaxPasswordAge"] == str(PASSWORD_MAX_AGE_DAYS)
    assert parameters["PasswordReusePrevention"] == str(PASSWORD_REUSE)


def test_all_rules_fit_one_pack() -> None:
    packs = deployed().of_type(PACK)
    assert [pack.name for pack in packs] == ["account-hipaa"]


def test_the_template_is_within_the_quotas() -> None:
    body = str(deployed().one(PACK).inputs["templateBody"])
    assert len(body.encode()) <= MAX_BYTES
    assert len(resources(body)) <= MAX_RULES


def test_the_template_has_the_rules_of_the_table() -> None:
    by_name = {item["Properties"]["ConfigRuleName"]: item for item in resources(template(RULES))}
    assert {item["Type"] for item in by_name.values()} == {"AWS::Config::ConfigRule"}
    for rule in RULES:
        properties = by_name[rule.name]["Properties"]
        assert properties["Source"] == {"Owner": "AWS", "SourceIdentifier": rule.identifier}
        assert tuple(properties.get("Scope", {}).get("ComplianceResourceTypes", ())) == rule.scope
        parameters = properties.get("InputParameters", {})
        assert parameters.keys() == rule.parameters.keys()
        assert {key: parameters[key] for key in parameters if key != VPC_IDS} == {
            key: value for key, value in rule.parameters.items() if key != VPC_IDS
        }


def test_the_template_declares_every_parameter_and_condition_that_it_uses() -> None:
    text = template(RULES)
    body = yaml.safe_load(text)
    refs = set(re.findall(r'"?Ref"?: "?([\w:]+)', text)) - {"AWS::NoValue"}
    assert refs == body["Parameters"].keys()
    assert set(re.findall(r'"Fn::If": \["(\w+)"', text)) == body["Conditions"].keys()


def test_vpcs_with_an_internet_gateway_are_an_input_parameter_and_not_in_the_template() -> None:
    pack = deployed("vpc-1", "vpc-2").one(PACK)
    assert pack.inputs["inputParameters"] == [{"parameterName": VPC_IDS, "parameterValue": "vpc-1,vpc-2"}]
    assert pack.inputs["templateBody"] == deployed().one(PACK).inputs["templateBody"]


def test_without_vpcs_with_an_internet_gateway_the_pack_has_no_input_parameter() -> None:
    assert "inputParameters" not in deployed().one(PACK).inputs


RULE = st.builds(
    lambda number, scope: ManagedRule(identifier=f"RULE_{number}", name=f"rule-{number}", scope=scope),
    st.integers(0, 10**6),
    st.lists(st.sampled_from(["AWS::EC2::Instance", "AWS::S3::Bucket"]), unique=True).map(tuple),
)


@settings(max_examples=50)
@given(
    st.lists(RULE, max_size=60, unique_by=lambda rule: rule.identifier),
    st.integers(1, 9),
    st.integers(700, 3000),
)
def test_packs_contain_every_rule_once_in_order_and_within_the_quotas(
    rules: list[ManagedRule], max_rules: int, max_bytes: int
) -> None:
    packs = split(rules, max_rules=max_rules, max_bytes=max_bytes)
    assert [rule for pack in packs for rule in pack] == rules
    assert all(0 < len(pack) <= max_rules for pack in packs)
    assert all(len(template(pack).encode()) <= max_bytes for pack in packs)
    assert all(len(resources(template(pack))) == len(pack) for pack in packs)


@given(st.lists(RULE, max_size=30, unique_by=lambda rule: rule.identifier), st.integers(1, 9))
def test_a_rule_appended_later_does_not_move_another_rule_to_another_pack(
    rules: list[ManagedRule], max_rules: int
) -> None:
    before = split(rules, max_rules=max_rules)
    after = split([*rules, ManagedRule(identifier="LATER", name="later")], max_rules=max_rules)
    assert after[: max(0, len(before) - 1)] == before[:-1]
    assert not before or after[len(before) - 1][: len(before[-1])] == before[-1]


def test_a_rule_too_large_for_any_pack_is_refused_with_its_identifier() -> None:
    with pytest.raises(ValueError, match="HUGE"):
        split([ManagedRule(identifier="HUGE", name="huge", description="x" * MAX_BYTES)])

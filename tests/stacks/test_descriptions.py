"""Descriptions of security groups and their rules contain only the characters that EC2 accepts.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from blueprint.record import Record
from tests.repository import program, recorded
from tests.stacks.samples.shown import SHOWN

ALLOWED = re.compile(r"[a-zA-Z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}")
TYPES = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
)


@pytest.mark.parametrize(
    "record",
    [lambda: recorded("dev"), lambda: recorded("prod"), lambda: program(SHOWN["partners"].document)],
    ids=["dev", "prod", "all kinds of partners"],
)
def test_ec2_accepts_the_descriptions_of_security_groups_and_rules(record: Callable[[], Record]) -> None:
    texts = {item.name: str(item.inputs["description"]) for item in record().of_type(*TYPES)}
    assert texts
    assert {name: text for name, text in texts.items() if not ALLOWED.fullmatch(text)} == {}

"""A server that replaces itself: a launch template with a public address, and an Elastic IP that the instance associates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.model import JudgedResource
from hipaa_policies.values import UNKNOWN

from tests.policy.exemptions.cases import Exempted
from tests.policy.program import ACCOUNT, GONE, Edits, allow, document, resource

TEMPLATE, PROFILE, ROLE = f"{t.LAUNCH_TEMPLATE} server", f"{t.INSTANCE_PROFILE} profile", f"{t.ROLE} role"
GROUP = f"{t.SECURITY_GROUP} public"
ALLOCATION = "eipalloc-0123456789abcdef0"
ARN = f"arn:aws:ec2:us-east-1:{ACCOUNT}"
ADDRESS = allow(Sid="Address", Action="ec2:AssociateAddress", Resource=[f"{ARN}:elastic-ip/{ALLOCATION}"])
ITSELF = allow(
    Sid="Itself",
    Action=["ec2:AssociateAddress"],
    Resource=[f"{ARN}:instance/*", f"{ARN}:network-interface/*"],
)
READS_FILES = allow(Action="s3:GetObject", Resource="arn:aws:s3:::x/*")


def template(*groups: Any, refers: str = GROUP, **interface: Any) -> JudgedResource:
    interfaces = [
        {"deviceIndex": 0, "associatePublicIpAddress": "true", "securityGroups": list(groups), **interface}
    ]
    return resource(
        t.LAUNCH_TEMPLATE,
        "server",
        {"networkInterfaces": interfaces, "iamInstanceProfile": {"arn": UNKNOWN}},
        {"networkInterfaces": refers, "iamInstanceProfile": PROFILE},
    )


def group(name: str, size: Any, property_: str = "launchTemplate") -> JudgedResource:
    return resource(
        t.AUTOSCALING_GROUP, name, {property_: {"id": UNKNOWN}, "maxSize": size}, {property_: TEMPLATE}
    )


def opening(**parts: Any) -> JudgedResource:
    props = {"ipProtocol": "udp", "fromPort": 1194, "toPort": 1194, "cidrIpv4": "0.0.0.0/0", **parts}
    return resource(t.INGRESS_RULE, "rule", {"securityGroupId": UNKNOWN, **props}, {"securityGroupId": GROUP})


def old_opening(**parts: Any) -> JudgedResource:
    """Return a rule of the older type."""
    props = {
        "type": "ingress",
        "protocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrBlocks": ["0.0.0.0/0"],
        **parts,
    }
    return resource(
        t.SECURITY_GROUP_RULE, "old", {"securityGroupId": UNKNOWN, **props}, {"securityGroupId": GROUP}
    )


def good_resources() -> Iterator[JudgedResource]:
    yield template(UNKNOWN)
    yield group("servers", 1)
    yield resource(t.INSTANCE_PROFILE, "profile", {"role": UNKNOWN}, {"role": ROLE})
    yield resource(t.ROLE, "role", {"id": "role"})
    yield resource(t.POLICY, "rights", {"policy": document(ADDRESS, ITSELF, READS_FILES)})
    yield resource(
        t.ROLE_POLICY_ATTACHMENT,
        "attachment",
        {"role": "role", "policyArn": UNKNOWN},
        {"role": ROLE, "policyArn": f"{t.POLICY} rights"},
    )
    yield resource(t.ELASTIC_IP, "address", {"id": ALLOCATION})
    yield resource(t.SECURITY_GROUP, "public", {})
    yield opening()
    yield old_opening()


GOOD = {item.name: item for item in good_resources()}


def granted(*statements: dict[str, Any]) -> Edits:
    return {"rights policy": document(*statements)}


def attached(arn: str) -> Edits:
    return {"other": resource(t.ROLE_POLICY_ATTACHMENT, "other", {"role": "role", "policyArn": arn})}


def inline(*statements: dict[str, Any]) -> Edits:
    return {"other": resource(t.ROLE_POLICY, "other", {"role": "role", "policy": document(*statements)})}


PREFIX = "For the exemption,"
NOT_ALLOWED = f"{PREFIX} the role must be allowed ec2:AssociateAddress for an Elastic IP of the stack"
TOO_MUCH = f"{PREFIX} the role may associate only Elastic IPs of the stack, but statement"
TOO_OPEN = (
    f"{PREFIX} a rule for the Internet must open one port, not one of administration or of a database, but"
)
GROUPS = f"{PREFIX} the security groups of the interface must be in the stack"
INSTANCE = resource(t.INSTANCE, "single", {"launchTemplate": {"id": UNKNOWN}}, {"launchTemplate": TEMPLATE})
REFUSED: tuple[tuple[Edits, str], ...] = (
    ({"servers": GONE}, f"{PREFIX} an Auto Scaling group must use the launch template, but none does."),
    ({"servers maxSize": 2}, "the Auto Scaling group servers must have a maximum size of 1"),
    ({"servers maxSize": GONE}, "the Auto Scaling group servers must have a maximum size of 1"),
    ({"servers maxSize": UNKNOWN}, "the Auto Scaling group servers must have a maximum size of 1"),
    ({"second": group("second", 3)}, "the Auto Scaling group second must have a maximum size of 1"),
    ({"second": group("second", 3, "mixedInstancesPolicy")}, "the Auto Scaling group second must have a maximum size"),
    ({"single": INSTANCE}, "only Auto Scaling groups may use the launch template, but the instance single uses it."),
    ({"profile": GONE}, f"{PREFIX} the role of the instance must be in the stack"),
    ({"profile": resource(t.INSTANCE_PROFILE, "profile", {"role": "elsewhere"})}, "the role of the instance must be in the stack"),
    (attached("arn:aws:iam::1:policy/x"), "must be in the stack or a policy of AWS, but arn:aws:iam::1:policy/x is neither."),
    ({"attachment": GONE}, NOT_ALLOWED),
    ({"address": GONE}, NOT_ALLOWED),
    (granted(ITSELF, READS_FILES), NOT_ALLOWED),
    (granted({**ADDRESS, "Effect": "Deny"}, ITSELF), NOT_ALLOWED),
    (granted(ADDRESS, {**ADDRESS, "Resource": [f"{ARN}:elastic-ip/eipalloc-1"]}), f"{TOO_MUCH} Address allows others."),
    (granted(ADDRESS, {**ADDRESS, "Resource": [f"{ARN}:elastic-ip/*"]}), f"{TOO_MUCH} Address allows others."),
    (granted(ADDRESS, {**ITSELF, "Resource": "*"}), f"{TOO_MUCH} Itself allows others."),
    (granted(ADDRESS, {**ITSELF, "Action": "ec2:*", "Resource": "*"}), f"{TOO_MUCH} Itself allows others."),
    (granted(ADDRESS, allow(Sid="Most", NotAction="iam:*", Resource=[f"{ARN}:instance/*"])), f"{TOO_MUCH} Most allows others."),
    (inline({**ITSELF, "Resource": "*"}), f"{TOO_MUCH} Itself allows others."),
    ({"role inlinePolicies": [{"policy": document({**ITSELF, "Resource": "*"})}]}, f"{TOO_MUCH} Itself allows others."),
    ({"role managedPolicyArns": ["arn:aws:iam::1:policy/x"]}, "but arn:aws:iam::1:policy/x is neither."),
    ({"server": template("sg-1", refers=ROLE)}, GROUPS),
    ({"server": template(UNKNOWN, "sg-elsewhere")}, GROUPS),
    ({"server": template()}, GROUPS),
    ({"rule": opening(fromPort=1194, toPort=1195)}, f"{TOO_OPEN} rule does not."),
    ({"rule": opening(fromPort=22, toPort=22)}, f"{TOO_OPEN} rule does not."),
    ({"rule": opening(ipProtocol="-1", fromPort=GONE)}, f"{TOO_OPEN} rule does not."),
    ({"rule": opening(cidrIpv4=GONE, cidrIpv6="::/0", toPort=9999)}, f"{TOO_OPEN} rule does not."),
    ({"rule": opening(cidrIpv4=UNKNOWN)}, "the rule rule must have a plain CIDR block"),
    ({"old": old_opening(toPort=444)}, f"{TOO_OPEN} old does not."),
    ({"old": old_opening(cidrBlocks=[], ipv6CidrBlocks=["::/0"], fromPort=5432, toPort=5432)}, f"{TOO_OPEN} old does not."),
    (
        {"public ingress": [{"protocol": "tcp", "fromPort": 1, "toPort": 65535, "cidrBlocks": ["0.0.0.0/0"]}]},
        f"{TOO_OPEN} public does not.",
    ),
)  # fmt: skip

EXEMPTED = (
    Exempted(
        control="instance-has-no-public-address",
        subject="server",
        good=GOOD,
        refused=REFUSED,
        unknown=(
            {"rights policy": UNKNOWN},
            {"rights policy": {"Statement": [ADDRESS, {**ITSELF, "Resource": [UNKNOWN]}]}},
        ),
        also=(
            {"second": group("second", 1.0)},
            {"servers": group("servers", "1", "mixedInstancesPolicy")},
            {"server": template(UNKNOWN, associatePublicIpAddress=True)},
            attached("arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"),
            {"rule": opening(cidrIpv4="10.0.0.0/8", fromPort=1, toPort=9000)},
            {"old": old_opening(type="egress", fromPort=0, toPort=65535)},
            {"rule": GONE, "old": GONE},
        ),
        ordinary=({"server": template(UNKNOWN, associatePublicIpAddress=UNKNOWN)},),
    ),
)

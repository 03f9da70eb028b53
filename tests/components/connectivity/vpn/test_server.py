"""The recorded VPN server: network access, instance, permissions, file system, logs and alarms."""

from __future__ import annotations

import base64
import json
from ipaddress import IPv4Network
from typing import Any

import pytest
from hipaa_policies.judge import judge
from hypothesis import given, settings
from hypothesis import strategies as st

from blueprint.record import Record, Resource
from blueprint.values import Secret
from blueprint.verdict import judged_resource
from components.connectivity import Tier, VpnHost
from components.connectivity.vpn.alarms import ALARMS
from components.shared.destination import Destination
from tests.components.connectivity.vpn.programs import APP, DATA, SECRETS_KEY, arguments, recorded
from tests.harness import KEY

GROUP = "aws:autoscaling/group:Group"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
FILES = "aws:efs/fileSystem:FileSystem"
ANYWHERE = "0.0.0.0/0"


@pytest.fixture(scope="module")
def record() -> Record:
    return recorded()


@pytest.fixture(scope="module")
def template(record: Record) -> Any:
    return record.one(TEMPLATE).inputs


def own_group(record: Record) -> object:
    return record.one(SECURITY_GROUP, "vpn").outputs["id"]


def rules(record: Record, type_: str, group: object) -> list[Any]:
    return [item.inputs for item in record.of_type(type_) if item.inputs["securityGroupId"] == group]


def statements(text: object) -> dict[str, Any]:
    return {item["Sid"]: item for item in json.loads(str(text))["Statement"]}


def booted(record: Record) -> str:
    return base64.b64decode(str(record.one(TEMPLATE).inputs["userData"])).decode()


def plan(record: Record) -> Any:
    text = booted(record)
    return json.loads(text.split("<<'ACCESS'\n", 1)[1].split("\nACCESS\n", 1)[0])


# Inbound access.


def test_the_internet_reaches_only_the_tunnel_ports(record: Record) -> None:
    own_rules = rules(record, INGRESS, own_group(record))
    opened = {
        (item["ipProtocol"], item["fromPort"], item["toPort"])
        for item in own_rules
        if item["cidrIpv4"] == ANYWHERE
    }
    assert opened == {("udp", 1194, 1194), ("tcp", 443, 443)}


def test_only_admin_cidrs_reach_the_admin_page(record: Record) -> None:
    own_rules = rules(record, INGRESS, own_group(record))
    assert [item["cidrIpv4"] for item in own_rules if item["fromPort"] == 9443] == ["198.51.100.0/24"]


def test_ssh_has_no_key_and_no_open_port(record: Record, template: Any) -> None:
    own_rules = rules(record, INGRESS, own_group(record))
    assert own_rules
    assert not [item for item in own_rules if item["fromPort"] <= 22 <= item["toPort"]]
    assert "keyName" not in template


def test_the_security_group_is_tagged_as_public_edge(record: Record) -> None:
    assert record.one(SECURITY_GROUP, "vpn").inputs["tags"]["edge"] == "public"  # type: ignore[index]


def test_clients_connect_to_the_address_or_to_the_domain(record: Record) -> None:
    assert f"put host.name {record.one('aws:ec2/eip:Eip').outputs['publicIp']}\n" in booted(record)
    assert "put host.name vpn.example.org\n" in booted(recorded(domain="vpn.example.org"))


# Outbound access.


def test_the_server_reaches_only_the_tiers_of_its_groups_and_its_file_system(record: Record) -> None:
    own_rules = rules(record, EGRESS, own_group(record))
    files = record.one(SECURITY_GROUP, "vpn-state").outputs["id"]
    named = {
        (item["referencedSecurityGroupId"], item["fromPort"])
        for item in own_rules
        if "referencedSecurityGroupId" in item
    }
    assert named == {("sg-api", 8443), ("sg-realtime", 9443), ("sg-aurora", 5432), (files, 2049)}
    anywhere = {(item["fromPort"], item["toPort"]) for item in own_rules if item.get("cidrIpv4") == ANYWHERE}
    assert anywhere == {(443, 443), (80, 80)}
    assert len(own_rules) == 6


def test_every_connection_has_an_egress_and_an_ingress_rule(record: Record) -> None:
    group = own_group(record)
    out = {
        (item["referencedSecurityGroupId"], item["fromPort"], item["toPort"])
        for item in rules(record, EGRESS, group)
        if "referencedSecurityGroupId" in item
    }
    into = {
        (item.inputs["securityGroupId"], item.inputs["fromPort"], item.inputs["toPort"])
        for item in record.of_type(INGRESS)
        if item.inputs.get("referencedSecurityGroupId") == group
    }
    assert out
    assert out == into


def test_a_tier_that_no_group_may_reach_stays_closed() -> None:
    record = recorded(access={"support": ["app"]})
    own_rules = rules(record, EGRESS, own_group(record))
    reached = {item.get("referencedSecurityGroupId") for item in own_rules}
    assert "sg-api" in reached
    assert "sg-aurora" not in reached
    assert plan(record)["tiers"].keys() == {"app"}
    assert not rules(record, INGRESS, "sg-aurora")


def test_access_server_gets_the_same_tiers_as_the_security_group(record: Record) -> None:
    assert plan(record) == {
        "groups": {"engineers": ["app", "data"], "support": ["app"]},
        "tiers": {
            "app": {"cidrs": [*map(str, APP.cidrs)], "ports": [8443, 9443]},
            "data": {"cidrs": [*map(str, DATA.cidrs)], "ports": [5432]},
        },
    }


# Instance and Auto Scaling group.


def test_imdsv2_is_required_with_a_hop_limit_of_one(template: Any) -> None:
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }


def test_the_root_volume_is_encrypted_and_monitoring_is_on(template: Any) -> None:
    [mapping] = template["blockDeviceMappings"]
    assert mapping["ebs"]["encrypted"] == "true"
    assert mapping["ebs"]["kmsKeyId"] == KEY
    assert mapping["ebs"]["volumeType"] == "gp3"
    assert template["monitoring"] == {"enabled": True}


def test_there_is_one_server_and_it_is_terminated_before_its_replacement_starts(record: Record) -> None:
    group: Any = record.one(GROUP).inputs
    assert (group["minSize"], group["maxSize"]) == (1, 1)
    assert group["vpcZoneIdentifiers"] == ["subnet-1", "subnet-2"]
    assert group["instanceMaintenancePolicy"] == {"minHealthyPercentage": 0, "maxHealthyPercentage": 100}
    assert group["instanceRefresh"] == {"strategy": "Rolling", "preferences": {"minHealthyPercentage": 0}}
    assert group["launchTemplate"] == {"id": record.one(TEMPLATE).outputs["id"], "version": "1"}
    assert group["healthCheckGracePeriod"] == 1200


@pytest.mark.parametrize(("days", "seconds"), [(None, None), (30, 2_592_000)])
def test_the_lifetime_of_a_host_is_the_setting(days: int | None, seconds: int | None) -> None:
    record = recorded(host=VpnHost(ami="ami-0123456789abcdef0", max_lifetime_days=days))
    assert record.one(GROUP).inputs.get("maxInstanceLifetime") == seconds


def test_the_server_starts_after_its_permissions_file_system_and_secret_exist(record: Record) -> None:
    waits = set(record.one(GROUP).dependencies)
    awaited = [
        *record.of_type("aws:efs/mountTarget:MountTarget"),
        *record.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment"),
        record.one("aws:efs/fileSystemPolicy:FileSystemPolicy"),
        record.one("aws:secretsmanager/secretVersion:SecretVersion"),
    ]
    assert len(awaited) == 6
    assert {item.urn for item in awaited} <= waits


def test_systems_manager_installs_the_packages_on_this_group_only(record: Record) -> None:
    associations: list[Any] = [item.inputs for item in record.of_type("aws:ssm/association:Association")]
    assert {item["parameters"]["name"] for item in associations} == {
        "AmazonEFSUtils",
        "AmazonCloudWatchAgent",
    }
    group = record.one(GROUP).outputs["name"]
    assert [item["targets"] for item in associations] == [
        [{"key": "tag:aws:autoscaling:groupName", "values": [group]}]
    ] * 2


# Permissions and secrets.


def test_the_server_may_only_associate_its_own_address(record: Record) -> None:
    policy = statements(record.one("aws:iam/policy:Policy").inputs["policy"])
    address = record.one("aws:ec2/eip:Eip").outputs["allocationId"]
    assert policy["Address"]["Resource"] == [f"arn:aws:ec2:us-east-1:111122223333:elastic-ip/{address}"]
    own = {"StringEquals": {"aws:ResourceTag/vpn-server": address}}
    assert policy["AddressToItself"]["Condition"] == own
    assert policy["Replacement"]["Condition"] == own
    template: Any = record.one(TEMPLATE).inputs
    tagged = {item["resourceType"]: item["tags"].get("vpn-server") for item in template["tagSpecifications"]}
    assert (tagged["instance"], tagged["network-interface"]) == (address, address)
    tags: Any = record.one(GROUP).inputs["tags"]
    assert {tag["key"]: tag["value"] for tag in tags}["vpn-server"] == address


def test_the_server_reads_only_its_own_secrets(record: Record) -> None:
    secret = record.one("aws:secretsmanager/secret:Secret")
    policy = statements(record.one("aws:iam/policy:Policy").inputs["policy"])
    assert policy["Secrets"]["Action"] == ["secretsmanager:GetSecretValue"]
    assert policy["Secrets"]["Resource"] == [secret.outputs["arn"]]
    assert policy["SecretsKey"]["Resource"] == [SECRETS_KEY]
    assert secret.inputs["kmsKeyId"] == SECRETS_KEY


def test_with_a_licence_the_server_may_also_read_its_secret() -> None:
    arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:vpn-licence-AbCdEf"
    record = recorded(licence_secret_arn=arn)
    policy = statements(record.one("aws:iam/policy:Policy").inputs["policy"])
    assert arn in policy["Secrets"]["Resource"]
    assert f"licence={arn}" in booted(record)


def test_no_secret_is_in_the_record_in_plain_text(record: Record) -> None:
    password = record.one("random:index/randomPassword:RandomPassword").outputs["result"]
    assert isinstance(password, Secret)
    version = record.one("aws:secretsmanager/secretVersion:SecretVersion").inputs
    assert isinstance(version["secretString"], Secret)
    drawn = str(password.value)
    assert drawn
    others = [item for item in record.resources if item.type != "random:index/randomPassword:RandomPassword"]
    assert not [item.urn for item in others if drawn in str({**item.inputs, "secretString": ""})]
    assert drawn not in booted(record)


# File system.


def test_the_file_system_is_encrypted_and_backed_up(record: Record) -> None:
    files: Any = record.one(FILES).inputs
    assert files["encrypted"] is True
    assert files["kmsKeyId"] == KEY
    assert files["tags"]["backup"] == "vault"


def test_the_file_system_has_mount_targets_in_every_zone_that_only_the_server_reaches(record: Record) -> None:
    targets = record.of_type("aws:efs/mountTarget:MountTarget")
    assert {item.name: item.inputs["subnetId"] for item in targets} == {
        "vpn-state-us-east-1a": "subnet-3",
        "vpn-state-us-east-1b": "subnet-4",
    }
    group = record.one(SECURITY_GROUP, "vpn-state").outputs["id"]
    assert {str(item.inputs["securityGroups"]) for item in targets} == {str([group])}
    [rule] = rules(record, INGRESS, group)
    assert (rule["fromPort"], rule["referencedSecurityGroupId"]) == (2049, own_group(record))


def test_only_the_role_of_the_server_may_use_the_file_system_and_only_with_tls(record: Record) -> None:
    policy = statements(record.one("aws:efs/fileSystemPolicy:FileSystemPolicy").inputs["policy"])
    role = record.one("aws:iam/role:Role").outputs["arn"]
    point = record.one("aws:efs/accessPoint:AccessPoint").outputs["arn"]
    assert policy["Server"]["Principal"] == {"AWS": [role]}
    assert policy["Server"]["Condition"] == {"StringEquals": {"elasticfilesystem:AccessPointArn": point}}
    assert policy["TlsOnly"]["Effect"] == policy["AccessPointOnly"]["Effect"] == "Deny"
    assert policy["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    elsewhere = {"StringNotEquals": {"elasticfilesystem:AccessPointArn": point}}
    assert policy["AccessPointOnly"]["Condition"] == elsewhere
    assert "elasticfilesystem:ClientWrite" in policy["AccessPointOnly"]["Action"]
    # EFS evaluates no condition on the principal, so a denial with such a condition would deny the server too.
    assert "aws:Principal" not in json.dumps([item["Condition"] for item in policy.values()])


@pytest.mark.parametrize("protect", [True, False])
def test_protect_applies_to_every_resource_with_data(protect: bool) -> None:
    record = recorded(protect=protect)
    kept: list[Resource] = [
        record.one(FILES),
        record.one("aws:ec2/eip:Eip"),
        record.one("aws:secretsmanager/secret:Secret"),
        *record.of_type("aws:cloudwatch/logGroup:LogGroup"),
    ]
    assert len(kept) == 6
    assert {item.protect for item in kept} == {protect}
    assert record.one(GROUP).inputs["forceDelete"] is not protect
    window = record.one("aws:secretsmanager/secret:Secret").inputs["recoveryWindowInDays"]
    assert window == (30 if protect else 0)


# Logs and alarms.


def test_log_groups_are_retained_for_six_years(record: Record) -> None:
    groups = record.of_type("aws:cloudwatch/logGroup:LogGroup")
    assert sorted(item.name for item in groups) == ["vpn-access", "vpn-system", "vpn-users"]
    assert {item.inputs["retentionInDays"] for item in groups} == {2192}
    assert {item.inputs["kmsKeyId"] for item in groups} == {KEY}
    text = booted(record)
    assert [item.name for item in groups if str(item.outputs["name"]) not in text] == []


def test_alarms_cover_downtime_frequent_replacement_and_failed_sign_ins(record: Record) -> None:
    alarms = {item.name: item.inputs for item in record.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")}
    assert sorted(alarms) == sorted(f"vpn-{alert.id}" for alert in ALARMS)
    assert alarms["vpn-vpn-down"]["treatMissingData"] == "breaching"
    log = record.one("aws:cloudwatch/logGroup:LogGroup", "vpn-access").outputs["name"]
    assert alarms["vpn-vpn-down"]["dimensions"] == {"Server": log}
    counted: Any = record.one("aws:cloudwatch/logMetricFilter:LogMetricFilter").inputs
    assert counted["logGroupName"] == log
    failed = alarms["vpn-vpn-failed-logins"]
    assert failed["metricName"] == counted["metricTransformation"]["name"]
    assert failed["namespace"] == counted["metricTransformation"]["namespace"]


def test_a_first_preview_registers_the_same_resources() -> None:
    known, unknown = recorded(), recorded(known=False)
    assert [item.urn for item in known.resources] == [item.urn for item in unknown.resources]


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (
            {"subnets": {}},
            "subnets and state_subnets must have the same zones, at least one, got none and us-east-1a",
        ),
        ({"admin_cidrs": []}, "admin_cidrs must contain at least one range and no duplicates, got none"),
        (
            {"admin_cidrs": [IPv4Network(ANYWHERE)]},
            "admin_cidrs must have a prefix length of 8 or more, got 0.0.0.0/0",
        ),
        (
            {"client_cidr": IPv4Network("10.99.0.0/25")},
            "client_cidr must be a /16 to a /24, got 10.99.0.0/25",
        ),
        ({"access": {"support": ["db"]}}, "access must only name the tiers app, data, got db"),
        (
            {"access": {"openvpn": ["app"]}},
            "access must not name a group openvpn, which is the administrator",
        ),
    ],
)
def test_invalid_arguments_are_refused(choice: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        arguments(**choice)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"ami": "openvpn"}, "ami must be an image id or resolve:ssm:<parameter>, got 'openvpn'"),
        ({"ami": "ami-1", "max_lifetime_days": 366}, "max_lifetime_days must be 1 to 365, got 366"),
    ],
)
def test_an_invalid_host_is_refused(choice: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        VpnHost(**choice)


_names = st.from_regex(r"[a-z][a-z0-9-]{0,6}[a-z0-9]", fullmatch=True).filter(lambda name: name != "openvpn")
_ports = st.lists(st.integers(1, 65535), min_size=1, max_size=3, unique=True)


@st.composite
def _tiers(draw: st.DrawFn) -> dict[str, Tier]:
    def tier(name: str, second: int) -> Tier:
        zones = draw(st.integers(1, 6))
        return Tier(
            cidrs=[IPv4Network(f"10.{second}.{zone}.0/24") for zone in range(zones)],
            destinations={
                item: Destination(security_group_id=f"sg-{name}-{item}", ports=draw(_ports))
                for item in draw(st.sets(_names, max_size=3))
            },
        )

    return {"app": tier("app", 20), "data": tier("data", 21)}


_admin = st.sampled_from(["198.51.100.0/24", "203.0.113.7/32", "10.0.0.0/8", "192.168.0.0/16"])


@settings(max_examples=30)
@given(
    tiers=_tiers(),
    access=st.dictionaries(
        _names, st.lists(st.sampled_from(["app", "data"]), unique=True, max_size=2), max_size=4
    ),
    admins=st.lists(_admin, min_size=1, max_size=3, unique=True),
    known=st.booleans(),
)
def test_any_valid_arguments_pass_every_control(
    tiers: dict[str, Tier], access: dict[str, list[str]], admins: list[str], known: bool
) -> None:
    record = recorded(
        tiers=tiers, access=access, admin_cidrs=[IPv4Network(cidr) for cidr in admins], known=known
    )
    ingress = [item.inputs for item in record.of_type(INGRESS)]
    admin = [item for item in ingress if item["fromPort"] == 9443 and "cidrIpv4" in item]
    assert sorted(str(item["cidrIpv4"]) for item in admin) == sorted(admins)
    union = {tier for named in access.values() for tier in named}
    allowed = {
        (item.security_group_id, port)
        for tier in union
        for item in tiers[tier].destinations.values()
        for port in item.ports
    }
    reached = {
        (item.inputs["referencedSecurityGroupId"], item.inputs["fromPort"])
        for item in record.of_type(EGRESS)
        if str(item.inputs.get("referencedSecurityGroupId", "")).startswith(("sg-app", "sg-data"))
    }
    assert reached == allowed
    if known:
        told = plan(record)
        assert told["groups"] == {group: sorted(named) for group, named in access.items()}
        assert told["tiers"] == {
            name: {"cidrs": [*map(str, tiers[name].cidrs)], "ports": tiers[name].ports} for name in union
        }
    report = judge(
        map(judged_resource, record.resources),
        config={
            "security-group-opens-only-edge-ports": {"open_ports": [80, 443, 1194]},
            "stateful-resource-is-protected": {"protect": False},
        },
    )
    # The one exception of policy/waivers.yaml.
    assert {(item.policy, item.urn.rsplit("$", 1)[-1]) for item in report.violations} == {
        ("instance-has-no-public-address", f"{TEMPLATE}::vpn")
    }

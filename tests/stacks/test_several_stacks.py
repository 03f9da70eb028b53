"""Stacks in one account and region, and a stack in a second region, claim no physical name and no single resource twice."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from blueprint.record import Record
from stack.conflicts import Candidate, find
from tests.repository import judge, program, workspace
from tests.settings.documents import Document, put, read

ACCOUNT_WIDE: Final = {
    "aws:cloudtrail/trail:Trail": "name",
    "aws:iam/accountPasswordPolicy:AccountPasswordPolicy": "",
    "aws:iam/serviceLinkedRole:ServiceLinkedRole": "awsServiceName",
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": "",
}
"""Types of which an account has one in all regions together, with the input that tells several apart."""
REGION_WIDE: Final = {
    "aws:backup/regionSettings:RegionSettings": "",
    "aws:cfg/deliveryChannel:DeliveryChannel": "",
    "aws:cfg/recorder:Recorder": "",
    "aws:cfg/retentionConfiguration:RetentionConfiguration": "",
    "aws:ebs/defaultKmsKey:DefaultKmsKey": "",
    "aws:ebs/encryptionByDefault:EncryptionByDefault": "",
    "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess": "",
    "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess": "",
    "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults": "",
    "aws:ecs/accountSettingDefault:AccountSettingDefault": "name",
    "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings": "",
    "aws:guardduty/detector:Detector": "",
    "aws:inspector2/enabler:Enabler": "",
    "aws:securityhub/account:Account": "",
}
"""Types of which an account has one in each region."""
OWN_NAMES: Final = (
    "name",
    "analyzerName",
    "clusterIdentifier",
    "dashboardName",
    "family",
    "policyName",
    "userName",
)
"""Inputs with the name that a resource has in AWS."""
GLOBAL_SERVICES: Final = ("iam", "route53", "s3", "cloudfront")
SHARED: Final = {
    "aws:elasticache/parameterGroup:ParameterGroup family",
    "aws:elasticache/user:User userName",
    "aws:glue/catalogTable:CatalogTable name",
    "aws:guardduty/detectorFeature:DetectorFeature name",
    "aws:rds/clusterInstance:ClusterInstance clusterIdentifier",
    "aws:rds/clusterParameterGroup:ClusterParameterGroup family",
    "aws:rds/parameterGroup:ParameterGroup family",
    "aws:route53/record:Record name",
    "aws:route53/zone:Zone name",
    "aws:ssm/association:Association name",
}
"""Inputs that look like a name, but are no name of the resource or are a name only within another resource: the family of an
engine, a table of a database, a record of a private zone, the document of an association, a feature of a detector."""


def variant(
    name: str, number: int, *, owns: list[str], region: str = "us-east-1", copy_region: str
) -> Document:
    """Return the sample `prod` as another environment of the same account: without images, with its own ranges."""
    document: Document = copy.deepcopy(dict(workspace().stack("prod").file.config))
    for app in document["hipaa:apps"].values():
        app.pop("image", None)
    document["hipaa:data"]["aurora"].pop("bootstrap_image", None)
    values: dict[str, Any] = {
        "aws:region": region,
        "hipaa:environment": name,
        "hipaa:audit.owns": owns,
        "hipaa:network.cidr": f"10.{20 + number}.0.0/16",
        "hipaa:connectivity.exchange_cidr": f"10.{80 + number}.0.0/20",
        "hipaa:connectivity.vpn.client_cidr": f"10.{100 + number}.0.0/20",
        "hipaa:edge.domain": f"{name}.example.org",
        "hipaa:data.backup.copy_to_region": copy_region,
        "hipaa:data.backup.create_reports_role": "account" in owns,
    }
    if "account" not in owns:
        document.pop("hipaa:budget", None)
    for path, value in values.items():
        document = put(document, path, value)
    return document


STACKS: Final = {
    "prod": variant("prod", 0, owns=["account", "region", "copy_region"], copy_region="us-west-2"),
    "staging": variant("staging", 1, owns=[], copy_region="us-west-2"),
    "dev": variant("dev", 2, owns=[], copy_region="us-west-2"),
    "prod-ohio": variant(
        "prod-ohio", 3, owns=["region", "copy_region"], region="us-east-2", copy_region="us-west-1"
    ),
}


@cache
def record(stack: str) -> Record:
    return program(STACKS[stack], stack=stack)


def claims(stack: str) -> Iterator[str]:
    """Yield everything that only one stack of the account may have, as type, region and name."""
    stack_region = STACKS[stack]["aws:region"]
    for item in record(stack).resources:
        if not item.custom:
            continue
        service = item.type.split(":")[1].split("/")[0]
        region = "" if service in GLOBAL_SERVICES else item.inputs.get("region", stack_region)
        if item.type in ACCOUNT_WIDE:
            yield f"{item.type} {item.inputs.get(ACCOUNT_WIDE[item.type], '')}"
        elif item.type in REGION_WIDE:
            yield f"{item.type} {region} {item.inputs.get(REGION_WIDE[item.type], '')}"
        else:
            for key in OWN_NAMES:
                if key in item.inputs and f"{item.type} {key}" not in SHARED:
                    yield f"{item.type} {region} {item.inputs[key]}"


def test_no_two_stacks_claim_the_same_name_or_the_same_single_resource() -> None:
    counts = Counter(claim for stack in STACKS for claim in set(claims(stack)))
    assert len(counts) > 100
    assert [claim for claim, count in counts.items() if count > 1] == []


def test_the_settings_of_these_stacks_have_no_conflict() -> None:
    candidates = [Candidate(name, f"Pulumi.{name}.yaml", read(document)) for name, document in STACKS.items()]
    assert list(find(candidates)) == []


def test_a_second_owner_claims_what_the_first_claims() -> None:
    """The comparison finds collisions: the owners of two accounts, put into one account, share all single resources."""
    first, second = set(claims("prod")), set(claims("prod-ohio"))
    assert not first & second
    again = {claim.replace("us-east-2", "us-east-1") for claim in second}
    kinds = {claim.split()[0] for claim in first & again}
    assert REGION_WIDE.keys() <= kinds | {"aws:backup/regionSettings:RegionSettings"}


def test_every_one_of_these_stacks_passes_every_control() -> None:
    for stack in STACKS:
        assert judge(record(stack)).findings == (), stack

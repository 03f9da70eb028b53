"""The types of settings that name something in AWS. Each says in words what it allows and refuses everything else."""

from __future__ import annotations

import re
from typing import Annotated

from facts.regions import ZONES
from settings.amis import ALIAS
from settings.values import ValueReader, one_of, text


def _account_id(raw: object) -> str:
    if isinstance(raw, int) and not isinstance(raw, bool):
        complete = len(str(raw)) == 12
        raise ValueError(
            f'put it in quotes: "{raw}"'
            if complete
            else "write all 12 digits in quotes; without them, YAML drops leading zeros"
        )
    if isinstance(raw, str) and re.fullmatch(r"\d{12}", raw):
        return raw
    digits = re.sub(r"[\s-]", "", raw) if isinstance(raw, str) else ""
    if re.fullmatch(r"\d{1,11}", digits):
        raise ValueError("write all 12 digits in quotes; without them, YAML drops leading zeros")
    raise ValueError(f'did you mean "{digits}"?' if re.fullmatch(r"\d{12}", digits) else "")


Region = Annotated[
    str, one_of(tuple(ZONES), "a region of the commercial or GovCloud partition, such as us-east-1")
]
AccountId = Annotated[
    str,
    ValueReader(
        "an AWS account id: 12 digits in quotes", _account_id, {"type": "string", "pattern": r"^(\d{12})$"}
    ),
]
Arn = Annotated[
    str,
    text(
        "an ARN, such as arn:aws:iam::123456789012:root",
        r"arn:aws(-us-gov)?:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:[\w+=,.@:/-]+",
    ),
]
SecretArn = Annotated[
    str,
    text(
        "the ARN of a secret in Secrets Manager, which may end in :<JSON key>:<stage>:<version> with any of the three left "
        "empty, or of a parameter in Systems Manager, such as "
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:url-AbCdEf",
        r"arn:aws(-us-gov)?:(secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@!-]+(:[^:\s]*:[^:\s]*:[^:\s]*)?"
        r"|ssm:[a-z0-9-]+:\d{12}:parameter/[\w./-]+)",
    ),
]
WholeSecretArn = Annotated[
    str,
    text(
        "the ARN of a secret in Secrets Manager whose whole value is used, such as "
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:sign-in-AbCdEf",
        r"arn:aws(-us-gov)?:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@!-]+",
    ),
]
Bucket = Annotated[str, text("the name of an S3 bucket", r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")]
ObjectKey = Annotated[
    str, text("the key of an S3 object, such as partners/ca.pem", r"[\w!.*'()][\w!.*'()/-]{0,1023}")
]
ObjectVersion = Annotated[str, text("the version id of an S3 object", r"[\w.-]{1,1024}")]
IamAction = Annotated[
    str,
    text("one action of a service, such as s3:GetObject; not a wildcard", r"[a-z0-9-]+:[A-Z][A-Za-z0-9]*"),
]
IamResource = Annotated[
    str,
    text(
        "the ARN of a resource, which may end in *, such as arn:aws:s3:::reports/*; or * for actions that support no resources",
        r"\*|arn:aws(-us-gov)?:[a-z0-9-]+:[a-z0-9-]*:(\d{12})?:[^\s*?]+\*?",
    ),
]
ConditionOperator = Annotated[
    str,
    text(
        "an operator of IAM conditions, such as StringEquals",
        r"(ForAllValues:|ForAnyValue:)?(String(Not)?(Equals|EqualsIgnoreCase|Like)|Arn(Not)?(Equals|Like)|Bool|Null|(Not)?IpAddress"
        r"|(Numeric|Date)(Not)?(Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals))(IfExists)?",
    ),
]
ConditionKey = Annotated[str, text("a condition key, such as s3:prefix", r"[a-z0-9-]+:[A-Za-z0-9_./-]+")]
KeyArn = Annotated[
    str,
    text(
        "the ARN of a KMS key, such as arn:aws:kms:us-east-1:123456789012:key/ and its id",
        r"arn:aws(-us-gov)?:kms:[a-z0-9-]+:\d{12}:key/[a-z0-9-]+",
    ),
]
VaultArn = Annotated[
    str,
    text(
        "the ARN of a backup vault, such as arn:aws:backup:us-east-1:111122223333:backup-vault:copies",
        r"arn:aws(-us-gov)?:backup:[a-z0-9-]+:\d{12}:backup-vault:[a-zA-Z0-9_-]{2,50}",
    ),
]
HostedZoneId = Annotated[
    str,
    text(
        "the id of a Route 53 hosted zone: Z and up to 31 upper-case letters and digits", r"Z[A-Z0-9]{1,31}"
    ),
]
AttachmentId = Annotated[
    str,
    text(
        "the id of a transit gateway attachment, such as tgw-attach-0123456789abcdef0",
        r"tgw-attach-[0-9a-f]{17}",
    ),
]
EndpointServiceName = Annotated[
    str,
    text(
        "the name of an endpoint service, such as com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0",
        r"com\.amazonaws\.vpce\.[a-z0-9-]+\.vpce-svc-[0-9a-f]{17}",
    ),
]
Ami = Annotated[
    str,
    text(
        f"an image id, such as ami-0123456789abcdef0, or an alias {ALIAS}/path",
        rf"ami-[0-9a-f]{{8}}([0-9a-f]{{9}})?|{ALIAS}(/[\w.-]+)+",
    ),
]
InstanceType = Annotated[
    str,
    text(
        "an EC2 instance type, such as c5.2xlarge", r"(?!db\.|cache\.)[a-z][a-z0-9-]*\d[a-z0-9-]*\.[a-z0-9-]+"
    ),
]
DbInstanceClass = Annotated[
    str, text("an RDS instance class, such as db.r6g.large", r"db\.[a-z0-9-]+\.[a-z0-9]+")
]
CacheNodeType = Annotated[
    str, text("an ElastiCache node type, such as cache.r7g.large", r"cache\.[a-z0-9-]+\.[a-z0-9]+")
]

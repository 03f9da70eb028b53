"""Functions: inside a VPC, with their variables under a key of one's own and their failures kept."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AT_REST, REACH
from hipaa_policies.model import Graph, Resource
from hipaa_policies.requirements import (
    deferred,
    is_unknown,
    must_be_at_least,
    must_be_filled,
    must_name_own_key,
    not_applicable,
)
from hipaa_policies.rules.containers import speaks_of_a_secret
from hipaa_policies.tokens import FUNCTION, FUNCTION_INVOKE_CONFIG
from hipaa_policies.values import MISSING, UNKNOWN, is_mapping, peek


@control(
    id="function-is-in-a-vpc",
    title="Functions run inside a VPC",
    description="A function is attached to subnets and security groups of a VPC.",
    citations=REACH,
    severity="medium",
    pack="isolation",
    remediation="Set vpc_config with private subnets and a security group.",
    types={FUNCTION: ("vpcConfig",)},
    sources=("cdk-nag:LambdaInsideVPC", "aws-config:LAMBDA_INSIDE_VPC", "CKV_AWS_117", "FSBP:Lambda.3"),
    unknown="present",
)
def _in_vpc(function: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_filled(function, "vpcConfig", "subnetIds")
    yield from must_be_filled(function, "vpcConfig", "securityGroupIds")


@control(
    id="function-uses-own-key",
    title="Functions encrypt their variables with a customer-managed key",
    description="A function that has environment variables names a key of its own.",
    citations=AT_REST,
    severity="medium",
    pack="encryption",
    remediation="Pass the compute key's ARN as kms_key_arn.",
    types={FUNCTION: ("kmsKeyArn", "environment")},
    sources=("CKV_AWS_173", "hipaa:cmk-everywhere"),
    unknown="present",
)
def _own_key(function: Resource, _config: Config) -> Iterator[str]:
    if peek(function.props, "environment") is MISSING:
        yield not_applicable("It has no environment variables.")
    else:
        yield from must_name_own_key(function, "kmsKeyArn")


@control(
    id="function-environment-holds-no-secrets",
    title="Function environments hold no secrets",
    description="No variable of a function has a name that speaks of a password, a token or a key.",
    citations=("164.312(a)(1)", "164.308(a)(5)(ii)(D)"),
    severity="critical",
    pack="baseline",
    remediation="Read the value from Secrets Manager while running; pass its ARN.",
    types={FUNCTION: ("environment",)},
    sources=("CKV_AWS_45", "prowler:awslambda_function_no_secrets_in_variables"),
    unknown="defer",
)
def _environment(function: Resource, _config: Config) -> Iterator[str]:
    variables = peek(function.props, "environment", "variables")
    if variables is UNKNOWN:
        yield deferred("environment", "variables")
    elif is_mapping(variables):
        for name in variables:
            if speaks_of_a_secret(name):
                yield f"environment.variables must name no secret, but {name} stands there."


@control(
    id="function-has-reserved-concurrency",
    title="Functions have a limit of their own",
    description="A function reserves its concurrency, so that no other one starves it or is starved by it.",
    citations=("164.312(b)", "164.308(a)(7)(i)"),
    severity="low",
    pack="baseline",
    level="advisory",
    remediation="Set reserved_concurrent_executions to 1 or more.",
    types={FUNCTION: ("reservedConcurrentExecutions",)},
    sources=("cdk-nag:LambdaConcurrency", "aws-config:LAMBDA_CONCURRENCY_CHECK", "CKV_AWS_115"),
)
def _concurrency(function: Resource, _config: Config) -> Iterator[str]:
    yield from must_be_at_least(function, 1, "reservedConcurrentExecutions")


@stack_control(
    id="function-keeps-failures",
    title="Functions keep what failed",
    description="Events that a function could not handle go to a queue, a topic or another destination.",
    citations=("164.312(b)", "164.308(a)(6)(ii)"),
    severity="low",
    pack="baseline",
    remediation="Set dead_letter_config, or a FunctionEventInvokeConfig with a destination on failure.",
    types={FUNCTION: ("deadLetterConfig",)},
    reads={FUNCTION_INVOKE_CONFIG: ("functionName", "destinationConfig")},
    sources=("cdk-nag:LambdaDLQ", "aws-config:LAMBDA_DLQ_CHECK", "CKV_AWS_116"),
    unknown="present",
)
def _dead_letters(graph: Graph, _config: Config) -> Iterator[tuple[Resource, str]]:
    for function in graph.by_type(FUNCTION):
        configured = graph.referrers(function.urn, FUNCTION_INVOKE_CONFIG, "functionName")
        elsewhere = any(
            is_unknown(item, "destinationConfig")
            or peek(item.props, "destinationConfig", "onFailure", "destination") is not MISSING
            for item in configured
        )
        if not elsewhere and peek(function.props, "deadLetterConfig", "targetArn") in (MISSING, ""):
            yield function, "deadLetterConfig.targetArn must name where failed events go, but it is missing."

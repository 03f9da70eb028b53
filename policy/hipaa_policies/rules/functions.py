"""Functions: VPC, customer-managed keys, environment variables, concurrency and failed events."""

from __future__ import annotations

from collections.abc import Iterator

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AT_REST, REACH
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    deferred,
    is_unknown,
    must_be_at_least,
    must_name_own_key,
    must_not_be_empty,
    not_applicable,
)
from hipaa_policies.rules.containers import suggests_a_secret
from hipaa_policies.tokens import FUNCTION, FUNCTION_INVOKE_CONFIG
from hipaa_policies.values import MISSING, UNKNOWN, is_mapping, peek


@control(
    id="function-is-in-a-vpc",
    title="Functions run in a VPC",
    description="Every function has subnets and security groups of a VPC.",
    citations=REACH,
    severity="medium",
    pack="isolation",
    remediation="Set vpc_config with private subnets and a security group.",
    types={FUNCTION: ("vpcConfig",)},
    sources=("cdk-nag:LambdaInsideVPC", "aws-config:LAMBDA_INSIDE_VPC", "CKV_AWS_117", "FSBP:Lambda.3"),
    unknown="present",
)
def _in_vpc(function: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_not_be_empty(function, "vpcConfig", "subnetIds")
    yield from must_not_be_empty(function, "vpcConfig", "securityGroupIds")


@control(
    id="function-uses-own-key",
    title="Variables of functions are encrypted with a customer-managed key",
    description="Every function with environment variables uses a customer-managed key.",
    citations=AT_REST,
    severity="medium",
    pack="encryption",
    remediation="Set kms_key_arn to the ARN of the key for compute.",
    types={FUNCTION: ("kmsKeyArn", "environment")},
    sources=("CKV_AWS_173", "hipaa:cmk-everywhere"),
    unknown="present",
)
def _own_key(function: JudgedResource, _config: Config) -> Iterator[str]:
    if peek(function.props, "environment") is MISSING:
        yield not_applicable("The function has no environment variables.")
    else:
        yield from must_name_own_key(function, "kmsKeyArn")


@control(
    id="function-environment-holds-no-secrets",
    title="Function environments hold no secrets",
    description="No environment variable of a function has a name that suggests a password, a token or a key.",
    citations=("164.312(a)(1)", "164.308(a)(5)(ii)(D)"),
    severity="critical",
    pack="baseline",
    remediation="Store the value in Secrets Manager, pass its ARN, and read the value at run time.",
    types={FUNCTION: ("environment",)},
    sources=("CKV_AWS_45", "prowler:awslambda_function_no_secrets_in_variables"),
    unknown="defer",
)
def _environment(function: JudgedResource, _config: Config) -> Iterator[str]:
    variables = peek(function.props, "environment", "variables")
    if variables is UNKNOWN:
        yield deferred("environment", "variables")
    elif is_mapping(variables):
        for name in variables:
            if suggests_a_secret(name):
                yield f"environment.variables must contain no secret, but it contains {name}."


@control(
    id="function-has-reserved-concurrency",
    title="Functions reserve their concurrency",
    description="Every function reserves concurrency, so that it does not compete with other functions.",
    citations=("164.312(b)", "164.308(a)(7)(i)"),
    severity="low",
    pack="baseline",
    level="advisory",
    remediation="Set reserved_concurrent_executions to at least 1.",
    types={FUNCTION: ("reservedConcurrentExecutions",)},
    sources=("cdk-nag:LambdaConcurrency", "aws-config:LAMBDA_CONCURRENCY_CHECK", "CKV_AWS_115"),
)
def _concurrency(function: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_at_least(function, 1, "reservedConcurrentExecutions")


@stack_control(
    id="function-keeps-failures",
    title="Functions keep failed events",
    description="Events that a function cannot process are sent to a queue, a topic or another destination.",
    citations=("164.312(b)", "164.308(a)(6)(ii)"),
    severity="low",
    pack="baseline",
    remediation="Set dead_letter_config, or add a FunctionEventInvokeConfig with a destination for failures.",
    types={FUNCTION: ("deadLetterConfig",)},
    reads={FUNCTION_INVOKE_CONFIG: ("functionName", "destinationConfig")},
    sources=("cdk-nag:LambdaDLQ", "aws-config:LAMBDA_DLQ_CHECK", "CKV_AWS_116"),
    unknown="present",
)
def _dead_letters(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for function in graph.by_type(FUNCTION):
        invoke_configs = graph.referrers(function.urn, FUNCTION_INVOKE_CONFIG, "functionName")
        has_destination = any(
            is_unknown(item, "destinationConfig")
            or peek(item.props, "destinationConfig", "onFailure", "destination") is not MISSING
            for item in invoke_configs
        )
        if not has_destination and peek(function.props, "deadLetterConfig", "targetArn") in (MISSING, ""):
            yield (
                function,
                "deadLetterConfig.targetArn must name the destination of failed events, but it is missing.",
            )

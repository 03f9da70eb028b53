"""APIs and CloudFront distributions: logs, authorization, TLS and firewalls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hipaa_policies.catalog import Config, control, stack_control
from hipaa_policies.citations import AT_REST, IN_TRANSIT, LOGGED
from hipaa_policies.model import Graph, JudgedResource
from hipaa_policies.requirements import (
    about,
    dotted_path,
    element_paths,
    is_unset,
    must_be_one_of,
    must_be_present,
    must_be_true,
    must_not_be_true,
    not_applicable,
)
from hipaa_policies.tokens import (
    DISTRIBUTION,
    HTTP_API,
    HTTP_DOMAIN,
    HTTP_ROUTE,
    HTTP_STAGE,
    REST_API,
    REST_DOMAIN,
    REST_METHOD,
    REST_METHOD_SETTINGS,
    REST_STAGE,
    WEB_ACL_ASSOCIATION,
)
from hipaa_policies.values import MISSING, UNKNOWN, format_value, is_list, peek


@control(
    id="api-logs-requests",
    title="APIs log their requests",
    description="Every stage of an API delivers access logs to a log group.",
    citations=LOGGED,
    severity="high",
    pack="retention",
    remediation="Set access_log_settings with the ARN of a log group.",
    types={REST_STAGE: ("accessLogSettings",), HTTP_STAGE: ("accessLogSettings",)},
    sources=("CKV_AWS_76", "CKV_AWS_95", "FSBP:APIGateway.9", "cdk-nag:APIGWExecutionLoggingEnabled"),
    unknown="present",
)
def _access_logs(stage: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_present(stage, "accessLogSettings", "destinationArn")


@stack_control(
    id="api-logs-execution",
    title="REST APIs log their execution",
    description=(
        "Every stage has method settings for all methods with the log level ERROR or INFO. No settings log request or response "
        "bodies, and all settings encrypt the cache."
    ),
    citations=(*LOGGED, *AT_REST),
    severity="medium",
    pack="retention",
    remediation=(
        "Add aws.apigateway.MethodSettings for method_path */* with logging_level INFO, data_trace_enabled False and "
        "cache_data_encrypted True."
    ),
    types={REST_STAGE: ("cacheClusterEnabled",)},
    reads={REST_METHOD_SETTINGS: ("stageName", "methodPath", "settings")},
    sources=(
        "cdk-nag:APIGWExecutionLoggingEnabled",
        "aws-config:API_GW_EXECUTION_LOGGING_ENABLED",
        "cdk-nag:APIGWCacheEnabledAndEncrypted",
        "aws-config:API_GW_CACHE_ENABLED_AND_ENCRYPTED",
        "CKV_AWS_308",
    ),
)
def _execution(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for stage in graph.by_type(REST_STAGE):
        settings = graph.referrers(stage.urn, REST_METHOD_SETTINGS, "stageName")
        if not any(peek(setting.props, "methodPath") == "*/*" for setting in settings):
            yield stage, "The stage must have method settings that log for methodPath */*, but it has none."
        for setting in settings:
            yield from about(stage, _weak_settings(stage, setting))


def _weak_settings(stage: JudgedResource, setting: JudgedResource) -> Iterator[str]:
    yield from must_be_one_of(setting, ("ERROR", "INFO"), "settings", "loggingLevel")
    # Data traces contain whole requests and responses, including patient data.
    yield from must_not_be_true(setting, "settings", "dataTraceEnabled")
    caching = peek(setting.props, "settings", "cachingEnabled")
    if caching is MISSING:
        caching = peek(stage.props, "cacheClusterEnabled")
    if caching not in (MISSING, False):
        yield from must_be_true(setting, "settings", "cacheDataEncrypted")


@control(
    id="api-shows-a-certificate-to-backends",
    title="REST APIs present a client certificate to their backends",
    description="Every stage has a client certificate, by which a backend can authenticate the API.",
    citations=IN_TRANSIT,
    severity="medium",
    pack="encryption",
    level="advisory",
    remediation="Set client_certificate_id, or add a waiver if the API has no HTTP backend.",
    types={REST_STAGE: ("clientCertificateId",)},
    sources=("cdk-nag:APIGWSSLEnabled", "aws-config:API_GW_SSL_ENABLED", "CKV2_AWS_51", "FSBP:APIGateway.2"),
    unknown="present",
)
def _client_certificate(stage: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_present(stage, "clientCertificateId")


@control(
    id="api-traces-requests",
    title="REST APIs trace requests",
    description="Every stage sends traces to X-Ray.",
    citations=("164.312(b)",),
    severity="low",
    pack="baseline",
    level="advisory",
    remediation="Set xray_tracing_enabled=True.",
    types={REST_STAGE: ("xrayTracingEnabled",)},
    sources=("cdk-nag:APIGWXrayEnabled", "CKV_AWS_73", "FSBP:APIGateway.3"),
)
def _traces(stage: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_true(stage, "xrayTracingEnabled")


# Properties that define methods and routes inside an API, where no rule reads them.
_WHOLE_APIS: Final = {REST_API: ("body",), HTTP_API: ("body", "target")}


@stack_control(
    id="api-asks-who-calls",
    title="APIs authenticate their callers",
    description=(
        "Every method and route is a separate resource and has an authorizer, IAM or a JWT. Exceptions are OPTIONS requests, and "
        "messages of a WebSocket, whose client is authenticated when it connects."
    ),
    citations=("164.312(d)", "164.312(a)(1)"),
    severity="high",
    pack="isolation",
    remediation="Set authorization (authorization_type of a route) to AWS_IAM, COGNITO_USER_POOLS, JWT or CUSTOM.",
    types={
        REST_METHOD: ("authorization", "httpMethod"),
        HTTP_ROUTE: ("authorizationType", "routeKey", "apiId"),
        **_WHOLE_APIS,
    },
    reads={HTTP_API: ("protocolType",)},
    sources=("CKV_AWS_59", "CKV_AWS_309", "FSBP:APIGateway.8"),
)
def _authorization(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for method in graph.by_type(REST_METHOD):
        if peek(method.props, "httpMethod") == "OPTIONS":
            yield method, not_applicable("Preflight requests carry no credentials.")
        else:
            allowed = ("AWS_IAM", "COGNITO_USER_POOLS", "CUSTOM")
            yield from about(method, must_be_one_of(method, allowed, "authorization"))
    for route in graph.by_type(HTTP_ROUTE):
        if _needs_no_authorizer(graph, route):
            yield (
                route,
                not_applicable("Preflight requests and messages of an open WebSocket carry no credentials."),
            )
        else:
            allowed = ("AWS_IAM", "JWT", "CUSTOM")
            yield from about(route, must_be_one_of(route, allowed, "authorizationType"))
    for api in graph.by_type(*_WHOLE_APIS):
        for name in _WHOLE_APIS[api.type]:
            yield from about(api, _must_be_absent(api, name))


def _needs_no_authorizer(graph: Graph, route: JudgedResource) -> bool:
    """Return whether a route receives preflight requests, or messages of a WebSocket that is already open."""
    key = peek(route.props, "routeKey")
    apis = graph.references(route, "apiId", HTTP_API)
    socket = bool(apis) and all(peek(api.props, "protocolType") == "WEBSOCKET" for api in apis)
    opened = key == "$disconnect" or (socket and key is not UNKNOWN and key != "$connect")
    return opened or (isinstance(key, str) and key.startswith("OPTIONS "))


def _must_be_absent(api: JudgedResource, name: str) -> Iterator[str]:
    if not is_unset(api, name):
        yield f"{name} must not be set, because the rules read methods and routes as separate resources, but it is."


@control(
    id="api-domain-uses-tls-of-today",
    title="API domains use TLS 1.2 or higher",
    description="Custom domains of APIs have a security policy with TLS 1.2 or higher.",
    citations=("164.312(e)(1)", "164.312(e)(2)(ii)"),
    severity="high",
    pack="encryption",
    remediation="Set security_policy to TLS_1_2 or to a policy that begins with SecurityPolicy_TLS13.",
    types={REST_DOMAIN: ("securityPolicy",), HTTP_DOMAIN: ("domainNameConfiguration",)},
    sources=("CKV_AWS_206", "hipaa:lb-tls-policy"),
)
def _domain(domain: JudgedResource, _config: Config) -> Iterator[str]:
    path = (
        ("securityPolicy",) if domain.type == REST_DOMAIN else ("domainNameConfiguration", "securityPolicy")
    )
    policy = peek(domain.props, *path)
    if not isinstance(policy, str) or not (policy == "TLS_1_2" or policy.startswith("SecurityPolicy_TLS13")):
        yield f"{dotted_path(path)} must be TLS_1_2 or a policy of TLS 1.3, but it is {format_value(policy)}."


@stack_control(
    id="api-has-a-firewall",
    title="REST APIs have a firewall",
    description="Every stage of a REST API is associated with a web ACL.",
    citations=("164.308(a)(5)(ii)(B)", "164.312(e)(1)"),
    severity="medium",
    pack="isolation",
    remediation="Add aws.wafv2.WebAclAssociation with the ARN of the stage.",
    types={REST_STAGE: ()},
    reads={WEB_ACL_ASSOCIATION: ("resourceArn",)},
    sources=("aws-config:API_GW_ASSOCIATED_WITH_WAF", "CKV2_AWS_29", "FSBP:APIGateway.4"),
)
def _firewall(graph: Graph, _config: Config) -> Iterator[tuple[JudgedResource, str]]:
    for stage in graph.by_type(REST_STAGE):
        if not graph.referrers(stage.urn, WEB_ACL_ASSOCIATION, "resourceArn"):
            yield stage, "The stage must have a web ACL, but no association names it."


_VIEWER_TLS: Final = ("TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025")


@control(
    id="distribution-is-encrypted",
    title="Distributions use TLS for viewers and origins",
    description="CloudFront requires TLS 1.2 or higher from viewers, and connects to origins only over HTTPS.",
    citations=IN_TRANSIT,
    severity="critical",
    pack="encryption",
    remediation=(
        "Set minimum_protocol_version to TLSv1.2_2021, viewer_protocol_policy to redirect-to-https, and origin_protocol_policy "
        "to https-only."
    ),
    types={DISTRIBUTION: ("viewerCertificate", "defaultCacheBehavior", "orderedCacheBehaviors", "origins")},
    sources=(
        "CKV_AWS_34",
        "CKV_AWS_174",
        "CKV2_AWS_54",
        "FSBP:CloudFront.3",
        "FSBP:CloudFront.9",
        "FSBP:CloudFront.10",
    ),
)
def _distribution(distribution: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_one_of(distribution, _VIEWER_TLS, "viewerCertificate", "minimumProtocolVersion")
    for behavior in (("defaultCacheBehavior",), *element_paths(distribution, "orderedCacheBehaviors")):
        yield from must_be_one_of(
            distribution, ("https-only", "redirect-to-https"), *behavior, "viewerProtocolPolicy"
        )
    for origin in element_paths(distribution, "origins"):
        custom = (*origin, "customOriginConfig")
        if peek(distribution.props, *custom) is MISSING:
            continue
        yield from must_be_one_of(distribution, ("https-only",), *custom, "originProtocolPolicy")
        protocols = peek(distribution.props, *custom, "originSslProtocols")
        if not is_list(protocols) or any(
            protocol != "TLSv1.2" for protocol in _items(distribution, *custom, "originSslProtocols")
        ):
            yield f"{dotted_path((*custom, 'originSslProtocols'))} must contain only TLSv1.2, but it is {format_value(protocols)}."


def _items(resource: JudgedResource, *path: str | int) -> Iterator[object]:
    for element in element_paths(resource, *path):
        yield peek(resource.props, *element)


@control(
    id="distribution-logs-requests",
    title="Distributions log their requests",
    description="Every CloudFront distribution delivers standard logs to a bucket.",
    citations=LOGGED,
    severity="medium",
    pack="retention",
    remediation="Set logging_config with the bucket for logs, or add a waiver if CloudWatch delivers the logs.",
    types={DISTRIBUTION: ("loggingConfig",)},
    sources=("CKV_AWS_86", "FSBP:CloudFront.5", "prowler:cloudfront_distributions_logging_enabled"),
    unknown="present",
)
def _distribution_logs(distribution: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_present(distribution, "loggingConfig", "bucket")


@control(
    id="distribution-has-a-firewall",
    title="Distributions have a firewall",
    description="Every CloudFront distribution has a web ACL.",
    citations=("164.308(a)(5)(ii)(B)", "164.312(e)(1)"),
    severity="medium",
    pack="isolation",
    remediation="Set web_acl_id to a web ACL with the scope CLOUDFRONT.",
    types={DISTRIBUTION: ("webAclId",)},
    sources=("CKV_AWS_68", "FSBP:CloudFront.6", "prowler:cloudfront_distributions_using_waf"),
    unknown="present",
)
def _distribution_firewall(distribution: JudgedResource, _config: Config) -> Iterator[str]:
    yield from must_be_present(distribution, "webAclId")

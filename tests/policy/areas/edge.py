"""Load balancers, firewalls, certificates, APIs and distributions."""

from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.values import UNKNOWN

from tests.policy.program import GONE, Edits, Rows, choices, extra, flags, forbidden, required, resource

ALB, ALB_TWIN = t.LOAD_BALANCER, "aws:alb/loadBalancer:LoadBalancer"
LISTENER, LISTENER_TWIN = t.LISTENER, "aws:alb/listener:Listener"
RULE_TWIN = "aws:alb/listenerRule:ListenerRule"
TARGETS, TARGETS_TWIN = t.TARGET_GROUP, "aws:alb/targetGroup:TargetGroup"
POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
LOGS = {"enabled": True, "bucket": UNKNOWN}
BALANCER: dict[str, Any] = {
    "internal": False,
    "dropInvalidHeaderFields": True,
    "desyncMitigationMode": "defensive",
    "accessLogs": LOGS,
    "enableDeletionProtection": True,
}
HTTPS = {"protocol": "HTTPS", "sslPolicy": POLICY, "certificateArn": UNKNOWN}
REDIRECT = {"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}
FORWARD = {"type": "forward", "targetGroupArn": UNKNOWN}
ORIGIN = {"originProtocolPolicy": "https-only", "originSslProtocols": ["TLSv1.2"]}

GOOD = {
    item.name: item
    for item in (
        resource(ALB, "alb", BALANCER),
        resource(ALB_TWIN, "twin", {**BALANCER, "internal": True}),
        resource(
            ALB,
            "nlb",
            {
                "loadBalancerType": "network",
                "enableCrossZoneLoadBalancing": True,
                "internal": True,
                "accessLogs": LOGS,
                "enableDeletionProtection": True,
            },
        ),
        resource(LISTENER, "https", HTTPS),
        resource(LISTENER_TWIN, "https-twin", HTTPS),
        resource(LISTENER, "http", {"protocol": "HTTP", "defaultActions": [REDIRECT]}),
        resource(
            t.LISTENER_RULE,
            "old-path",
            {"listenerArn": UNKNOWN, "actions": [REDIRECT]},
            {"listenerArn": f"{LISTENER} http"},
        ),
        resource(
            t.LISTENER_RULE,
            "records",
            {"listenerArn": UNKNOWN, "actions": [FORWARD]},
            {"listenerArn": f"{LISTENER} https"},
        ),
        resource(TARGETS, "targets", {"protocol": "HTTPS", "healthCheck": {"protocol": "HTTPS"}}),
        resource(LISTENER, "through", {"protocol": "TCP", "tags": {"tls": "end-to-end"}}),
        resource(
            TARGETS,
            "through-targets",
            {
                "protocol": "TCP",
                "targetType": "ip",
                "healthCheck": {"protocol": "TCP"},
                "tags": {"tls": "end-to-end"},
            },
        ),
        resource(
            TARGETS,
            "alb-targets",
            {
                "protocol": "TCP",
                "targetType": "alb",
                "healthCheck": {"protocol": "HTTPS"},
                "tags": {"tls": "end-to-end"},
            },
        ),
        resource(TARGETS_TWIN, "lambda-targets", {"targetType": "lambda"}),
        resource(t.CERTIFICATE, "certificate", {"validationMethod": "DNS"}),
        resource(
            t.WEB_ACL,
            "acl",
            {"rules": [{"name": "x"}], "visibilityConfig": {"cloudwatchMetricsEnabled": True}},
        ),
        resource(
            t.WEB_ACL_ASSOCIATION,
            "association",
            {"resourceArn": UNKNOWN, "webAclArn": UNKNOWN},
            {"resourceArn": f"{ALB} alb"},
        ),
        resource(
            t.WEB_ACL_LOGGING,
            "acl-logs",
            {"resourceArn": UNKNOWN, "logDestinationConfigs": [UNKNOWN]},
            {"resourceArn": f"{t.WEB_ACL} acl"},
        ),
        resource(t.AUTOSCALING_GROUP, "behind", {"targetGroupArns": [UNKNOWN], "healthCheckType": "ELB"}),
        resource(
            t.REST_STAGE,
            "stage",
            {
                "accessLogSettings": {"destinationArn": UNKNOWN},
                "clientCertificateId": UNKNOWN,
                "xrayTracingEnabled": True,
                "stageName": "v1",
            },
        ),
        resource(
            t.REST_METHOD_SETTINGS,
            "settings",
            {
                "stageName": UNKNOWN,
                "methodPath": "*/*",
                "settings": {
                    "loggingLevel": "INFO",
                    "dataTraceEnabled": False,
                    "cachingEnabled": True,
                    "cacheDataEncrypted": True,
                },
            },
            {"stageName": f"{t.REST_STAGE} stage"},
        ),
        resource(
            t.WEB_ACL_ASSOCIATION,
            "stage-association",
            {"resourceArn": UNKNOWN},
            {"resourceArn": f"{t.REST_STAGE} stage"},
        ),
        resource(t.HTTP_STAGE, "http-stage", {"accessLogSettings": {"destinationArn": UNKNOWN}}),
        resource(t.REST_METHOD, "method", {"httpMethod": "GET", "authorization": "AWS_IAM"}),
        resource(t.HTTP_API, "api", {"protocolType": "HTTP"}),
        resource(
            t.HTTP_ROUTE,
            "route",
            {"apiId": UNKNOWN, "routeKey": "GET /records", "authorizationType": "JWT"},
            {"apiId": f"{t.HTTP_API} api"},
        ),
        resource(t.REST_DOMAIN, "domain", {"securityPolicy": "TLS_1_2"}),
        resource(t.HTTP_DOMAIN, "http-domain", {"domainNameConfiguration": {"securityPolicy": "TLS_1_2"}}),
        resource(
            t.DISTRIBUTION,
            "site",
            {
                "viewerCertificate": {"minimumProtocolVersion": "TLSv1.2_2021"},
                "webAclId": UNKNOWN,
                "defaultCacheBehavior": {"viewerProtocolPolicy": "redirect-to-https"},
                "loggingConfig": {"bucket": UNKNOWN},
                "orderedCacheBehaviors": [{"viewerProtocolPolicy": "https-only"}],
                "origins": [{"customOriginConfig": ORIGIN}, {"originId": "bucket"}],
            },
        ),
    )
}
CUSTOM = "site origins.0.customOriginConfig"


def _web_socket(key: Any, authorization: Any) -> Edits:
    return {"api protocolType": "WEBSOCKET", "route routeKey": key, "route authorizationType": authorization}


ROWS: dict[str, Rows] = {
    "listener-is-encrypted": choices(
        {"https protocol": ["TLS"]},
        {
            "https protocol": ["TCP", "UDP", "GENEVE"],
            "https-twin protocol": ["TCP"],
            "http defaultActions.0.type": ["forward"],
            "http defaultActions.0.redirect.protocol": ["HTTP"],
            "http defaultActions": [[]],
            "through protocol": ["UDP", "TCP_UDP"],
            "through tags.tls": ["none", "terminate"],
        },
    ),
    "listener-rule-is-encrypted": Rows(
        compliant=(extra(t.LISTENER_RULE, {"listenerArn": "of-another-program", "actions": [FORWARD]}),),
        violating=[
            {"old-path actions": [FORWARD]},
            {"old-path actions.0.redirect.protocol": "HTTP"},
            {"https protocol": "HTTP"},
            extra(
                RULE_TWIN, {"listenerArn": UNKNOWN, "actions": [FORWARD]}, {"listenerArn": f"{LISTENER} http"}
            ),
        ],
        missing=[{"old-path actions.0.redirect": GONE}, {"old-path actions.0.type": GONE}],
        unknown=[{"old-path actions": UNKNOWN}, {"https protocol": UNKNOWN}],
    ),
    "listener-uses-strong-tls": choices(
        {"https sslPolicy": ["ELBSecurityPolicy-TLS13-1-3-2021-06"]},
        {
            "https sslPolicy": ["ELBSecurityPolicy-2016-08"],
            "https-twin sslPolicy": ["ELBSecurityPolicy-TLS13-1-0-2021-06"],
        },
    ),
    "listener-has-a-certificate": required("https certificateArn", "https-twin certificateArn"),
    "certificate-renews-itself": Rows(
        compliant=({"certificate validationMethod": GONE, "certificate certificateAuthorityArn": UNKNOWN},),
        violating=[{"certificate validationMethod": "EMAIL"}],
        missing=[{"certificate validationMethod": GONE}],
        unknown=[{"certificate validationMethod": UNKNOWN}],
    ),
    "target-is-encrypted": Rows(
        compliant=(
            {"targets healthCheck": GONE},
            {"targets protocol": "TLS", "targets healthCheck.protocol": "TCP"},
        ),
        violating=[
            {"targets protocol": "HTTP"},
            {"targets protocol": "TCP"},
            {"targets healthCheck.protocol": "HTTP"},
            {"through-targets tags.tls": "none"},
            {"through-targets protocol": "TCP_UDP"},
            {"through-targets targetType": "alb"},
            {"alb-targets healthCheck.protocol": "HTTP"},
        ],
        missing=[
            {"targets protocol": GONE},
            {"through-targets tags": GONE},
            {"alb-targets healthCheck": GONE},
        ],
        unknown=[
            {"targets protocol": UNKNOWN},
            {"targets healthCheck.protocol": UNKNOWN},
            {"through-targets tags.tls": UNKNOWN},
            {"alb-targets healthCheck.protocol": UNKNOWN},
        ],
    ),
    "load-balancer-refuses-odd-requests": Rows(
        compliant=({"alb desyncMitigationMode": GONE}, {"twin desyncMitigationMode": "strictest"}),
        violating=[{"alb dropInvalidHeaderFields": False}, {"twin desyncMitigationMode": "monitor"}],
        missing=[{"alb dropInvalidHeaderFields": GONE}],
        unknown=[{"alb dropInvalidHeaderFields": UNKNOWN}, {"alb desyncMitigationMode": UNKNOWN}],
    ),
    "load-balancer-logs-requests": Rows(
        compliant=({"nlb loadBalancerType": "gateway", "nlb accessLogs": GONE},),
        violating=[
            {"alb accessLogs.enabled": False},
            {"nlb accessLogs.bucket": ""},
            {"twin accessLogs.enabled": False},
        ],
        missing=[{"alb accessLogs": GONE}],
        unknown=[{"alb accessLogs.enabled": UNKNOWN}],
    ),
    "load-balancer-is-not-classic": forbidden(t.CLASSIC_LOAD_BALANCER),
    "load-balancer-crosses-zones": flags("nlb enableCrossZoneLoadBalancing"),
    "load-balancer-has-a-firewall": Rows(
        compliant=({"alb internal": True, "association": GONE}, {"nlb internal": False}),
        violating=[{"twin internal": False}],
        missing=[{"association": GONE}, {"twin internal": GONE}],
        unknown=[{"twin internal": UNKNOWN}],
    ),
    "firewall-logs-requests": Rows(
        violating=[{"acl-logs logDestinationConfigs": []}],
        missing=[{"acl-logs": GONE}, {"acl-logs logDestinationConfigs": GONE}],
        unknown=[{"acl-logs logDestinationConfigs": UNKNOWN}],
    ),
    "firewall-has-rules": Rows(
        compliant=({"acl rules": GONE, "acl ruleJson": "[{}]"},),
        violating=[{"acl rules": []}, {"acl visibilityConfig.cloudwatchMetricsEnabled": False}],
        missing=[{"acl rules": GONE}, {"acl visibilityConfig": GONE}],
        unknown=[{"acl rules": UNKNOWN}, {"acl visibilityConfig": UNKNOWN}],
    ),
    "autoscaling-checks-health-by-load-balancer": Rows(
        compliant=(
            {"behind targetGroupArns": [], "behind healthCheckType": GONE},
            {"free": resource(t.AUTOSCALING_GROUP, "free", {})},
        ),
        violating=[
            {"behind healthCheckType": "EC2"},
            *(
                {"behind targetGroupArns": GONE, "behind healthCheckType": "EC2", f"behind {name}": value}
                for name, value in (
                    ("trafficSources", [{"identifier": UNKNOWN, "type": "elbv2"}]),
                    ("loadBalancers", ["classic"]),
                )
            ),
            *(
                {
                    "free": resource(t.AUTOSCALING_GROUP, "free", {}),
                    **extra(
                        type_,
                        {"autoscalingGroupName": UNKNOWN},
                        {"autoscalingGroupName": f"{t.AUTOSCALING_GROUP} free"},
                    ),
                }
                for type_ in (t.AUTOSCALING_ATTACHMENT, t.AUTOSCALING_TRAFFIC)
            ),
        ],
        missing=[{"behind healthCheckType": GONE}],
        unknown=[{"behind healthCheckType": UNKNOWN}],
    ),
    "stateful-resource-is-protected": flags("alb enableDeletionProtection", "twin enableDeletionProtection"),
    "api-logs-requests": required(
        "stage accessLogSettings.destinationArn", "http-stage accessLogSettings.destinationArn"
    ),
    "api-logs-execution": Rows(
        compliant=(
            {
                "settings settings.cachingEnabled": False,
                "settings settings.cacheDataEncrypted": GONE,
                "stage cacheClusterEnabled": True,
            },
            {
                "settings settings.cachingEnabled": GONE,
                "settings settings.cacheDataEncrypted": GONE,
                "stage cacheClusterEnabled": False,
            },
        ),
        violating=[
            {"settings settings.loggingLevel": "OFF"},
            {"settings settings.dataTraceEnabled": True},
            {"settings settings.cacheDataEncrypted": False},
            {"settings methodPath": "records/GET"},
            {
                "settings settings.cachingEnabled": GONE,
                "settings settings.cacheDataEncrypted": GONE,
                "stage cacheClusterEnabled": True,
            },
        ],
        missing=[{"settings": GONE}, {"settings settings.loggingLevel": GONE}],
        unknown=[
            {"settings settings.loggingLevel": UNKNOWN},
            {"settings settings.dataTraceEnabled": UNKNOWN},
        ],
    ),
    "api-shows-a-certificate-to-backends": required("stage clientCertificateId"),
    "api-traces-requests": flags("stage xrayTracingEnabled"),
    "api-asks-who-calls": Rows(
        compliant=(
            {"method httpMethod": "OPTIONS", "method authorization": "NONE"},
            {"route authorizationType": "AWS_IAM"},
            {"route routeKey": "OPTIONS /records", "route authorizationType": GONE},
            _web_socket("$connect", "CUSTOM"),
            *(_web_socket(key, GONE) for key in ("$default", "$disconnect", "send")),
            {
                "route routeKey": "$disconnect",
                "route apiId": "of-another-program",
                "route authorizationType": GONE,
            },
        ),
        violating=[
            {"method authorization": "NONE"},
            {"route authorizationType": "NONE"},
            _web_socket("$connect", "NONE"),
            {"route routeKey": "$default", "route authorizationType": GONE},
            {"api target": UNKNOWN},
            {"api body": "{}"},
            extra(t.REST_API, {"body": '{"openapi": "3.0.1", "paths": {"/records": {"get": {}}}}'}),
        ],
        missing=[{"method authorization": GONE}, {"route authorizationType": GONE}],
        unknown=[
            {"method authorization": UNKNOWN},
            {"route authorizationType": UNKNOWN},
            _web_socket(UNKNOWN, GONE),
            {"api protocolType": UNKNOWN, "route routeKey": "$default", "route authorizationType": GONE},
        ],
    ),
    "api-domain-uses-tls-of-today": choices(
        {"domain securityPolicy": ["SecurityPolicy_TLS13_1_3_2025_09"]},
        {
            "domain securityPolicy": ["TLS_1_0"],
            "http-domain domainNameConfiguration.securityPolicy": ["TLS_1_0"],
        },
    ),
    "api-has-a-firewall": Rows(
        violating=[
            {"stage-association": GONE, **extra(t.WEB_ACL_ASSOCIATION, {"resourceArn": "arn:of:another"})}
        ],
        missing=[{"stage-association": GONE}],
        unknown=[extra(t.REST_STAGE, {"stageName": UNKNOWN})],
    ),
    "distribution-is-encrypted": choices(
        {"site viewerCertificate.minimumProtocolVersion": ["TLSv1.3_2025"]},
        {
            "site viewerCertificate.minimumProtocolVersion": ["TLSv1"],
            "site defaultCacheBehavior.viewerProtocolPolicy": ["allow-all"],
            "site orderedCacheBehaviors.0.viewerProtocolPolicy": ["allow-all"],
            f"{CUSTOM}.originProtocolPolicy": ["match-viewer"],
            f"{CUSTOM}.originSslProtocols": [["TLSv1", "TLSv1.2"]],
        },
    ),
    "distribution-logs-requests": required("site loggingConfig.bucket"),
    "distribution-has-a-firewall": required("site webAclId"),
}

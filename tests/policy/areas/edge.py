"""Load balancers, firewalls, certificates, APIs and distributions."""

from typing import Any

from hipaa_policies import tokens as t
from hipaa_policies.values import UNKNOWN

from tests.policy.program import GONE, Rows, extra, flags, forbidden, resource, there, words

ALB, ALB_TWIN = t.LOAD_BALANCER, "aws:alb/loadBalancer:LoadBalancer"
LISTENER, LISTENER_TWIN = t.LISTENER, "aws:alb/listener:Listener"
TARGETS, TARGETS_TWIN = t.TARGET_GROUP, "aws:alb/targetGroup:TargetGroup"
POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
LOGS = {"enabled": True, "bucket": UNKNOWN}
BALANCER: dict[str, Any] = {
    "internal": False, "dropInvalidHeaderFields": True, "desyncMitigationMode": "defensive", "accessLogs": LOGS,
    "enableDeletionProtection": True,
}  # fmt: skip
HTTPS = {"protocol": "HTTPS", "sslPolicy": POLICY, "certificateArn": UNKNOWN}
REDIRECT = {"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}
ORIGIN = {"originProtocolPolicy": "https-only", "originSslProtocols": ["TLSv1.2"]}

GOOD = {
    item.name: item
    for item in (
        resource(ALB, "alb", BALANCER),
        resource(ALB_TWIN, "twin", {**BALANCER, "internal": True}),
        resource(ALB, "nlb", {"loadBalancerType": "network", "enableCrossZoneLoadBalancing": True, "internal": True,
                              "accessLogs": LOGS, "enableDeletionProtection": True}),
        resource(LISTENER, "https", HTTPS),
        resource(LISTENER_TWIN, "https-twin", HTTPS),
        resource(LISTENER, "http", {"protocol": "HTTP", "defaultActions": [REDIRECT]}),
        resource(TARGETS, "targets", {"protocol": "HTTPS", "healthCheck": {"protocol": "HTTPS"}}),
        resource(LISTENER, "through", {"protocol": "TCP", "tags": {"tls": "end-to-end"}}),
        resource(TARGETS, "through-targets", {"protocol": "TCP", "targetType": "ip", "healthCheck": {"protocol": "TCP"},
                                              "tags": {"tls": "end-to-end"}}),
        resource(TARGETS, "alb-targets", {"protocol": "TCP", "targetType": "alb", "healthCheck": {"protocol": "HTTPS"},
                                          "tags": {"tls": "end-to-end"}}),
        resource(TARGETS_TWIN, "lambda-targets", {"targetType": "lambda"}),
        resource(t.CERTIFICATE, "certificate", {"validationMethod": "DNS"}),
        resource(t.WEB_ACL, "acl", {"rules": [{"name": "x"}], "visibilityConfig": {"cloudwatchMetricsEnabled": True}}),
        resource(t.WEB_ACL_ASSOCIATION, "association", {"resourceArn": UNKNOWN, "webAclArn": UNKNOWN}, {"resourceArn": f"{ALB} alb"}),
        resource(t.WEB_ACL_LOGGING, "acl-logs", {"resourceArn": UNKNOWN, "logDestinationConfigs": [UNKNOWN]},
                 {"resourceArn": f"{t.WEB_ACL} acl"}),
        resource(t.AUTOSCALING_GROUP, "behind", {"targetGroupArns": [UNKNOWN], "healthCheckType": "ELB"}),
        resource(t.REST_STAGE, "stage", {"accessLogSettings": {"destinationArn": UNKNOWN}, "clientCertificateId": UNKNOWN,
                                         "xrayTracingEnabled": True, "stageName": "v1"}),
        resource(t.REST_METHOD_SETTINGS, "settings", {"stageName": UNKNOWN, "settings": {
            "loggingLevel": "INFO", "dataTraceEnabled": False, "cachingEnabled": True, "cacheDataEncrypted": True}},
            {"stageName": f"{t.REST_STAGE} stage"}),
        resource(t.WEB_ACL_ASSOCIATION, "stage-association", {"resourceArn": UNKNOWN}, {"resourceArn": f"{t.REST_STAGE} stage"}),
        resource(t.HTTP_STAGE, "http-stage", {"accessLogSettings": {"destinationArn": UNKNOWN}}),
        resource(t.REST_METHOD, "method", {"httpMethod": "GET", "authorization": "AWS_IAM"}),
        resource(t.HTTP_ROUTE, "route", {"routeKey": "GET /records", "authorizationType": "JWT"}),
        resource(t.REST_DOMAIN, "domain", {"securityPolicy": "TLS_1_2"}),
        resource(t.HTTP_DOMAIN, "http-domain", {"domainNameConfiguration": {"securityPolicy": "TLS_1_2"}}),
        resource(t.DISTRIBUTION, "site", {
            "viewerCertificate": {"minimumProtocolVersion": "TLSv1.2_2021"}, "webAclId": UNKNOWN,
            "defaultCacheBehavior": {"viewerProtocolPolicy": "redirect-to-https"}, "loggingConfig": {"bucket": UNKNOWN},
            "orderedCacheBehaviors": [{"viewerProtocolPolicy": "https-only"}],
            "origins": [{"customOriginConfig": ORIGIN}, {"originId": "bucket"}]}),
    )
}  # fmt: skip
CUSTOM = "site origins.0.customOriginConfig"

ROWS: dict[str, Rows] = {
    "listener-is-encrypted": words(
        {"https protocol": ["TLS"]},
        {"https protocol": ["TCP", "UDP", "GENEVE"], "https-twin protocol": ["TCP"], "http defaultActions.0.type": ["forward"],
         "http defaultActions.0.redirect.protocol": ["HTTP"], "http defaultActions": [[]], "through protocol": ["UDP", "TCP_UDP"],
         "through tags.tls": ["none", "terminate"]},
    ),
    "listener-uses-strong-tls": words(
        {"https sslPolicy": ["ELBSecurityPolicy-TLS13-1-3-2021-06"]},
        {"https sslPolicy": ["ELBSecurityPolicy-2016-08"], "https-twin sslPolicy": ["ELBSecurityPolicy-TLS13-1-0-2021-06"]},
    ),
    "listener-has-a-certificate": there("https certificateArn", "https-twin certificateArn"),
    "certificate-renews-itself": words(
        {"certificate validationMethod": ["DNS"]}, {"certificate validationMethod": ["EMAIL"]}
    ),
    "target-is-encrypted": Rows(
        compliant=({"targets healthCheck": GONE}, {"targets protocol": "TLS", "targets healthCheck.protocol": "TCP"}),
        violating=[{"targets protocol": "HTTP"}, {"targets protocol": "TCP"}, {"targets healthCheck.protocol": "HTTP"},
                   {"through-targets tags.tls": "none"}, {"through-targets protocol": "TCP_UDP"},
                   {"through-targets targetType": "alb"}, {"alb-targets healthCheck.protocol": "HTTP"}],
        missing=[{"targets protocol": GONE}, {"through-targets tags": GONE}, {"alb-targets healthCheck": GONE}],
        unknown=[{"targets protocol": UNKNOWN}, {"targets healthCheck.protocol": UNKNOWN}, {"through-targets tags.tls": UNKNOWN},
                 {"alb-targets healthCheck.protocol": UNKNOWN}],
    ),
    "load-balancer-refuses-odd-requests": Rows(
        compliant=({"alb desyncMitigationMode": GONE}, {"twin desyncMitigationMode": "strictest"}),
        violating=[{"alb dropInvalidHeaderFields": False}, {"twin desyncMitigationMode": "monitor"}],
        missing=[{"alb dropInvalidHeaderFields": GONE}],
        unknown=[{"alb dropInvalidHeaderFields": UNKNOWN}, {"alb desyncMitigationMode": UNKNOWN}],
    ),
    "load-balancer-logs-requests": Rows(
        compliant=({"nlb loadBalancerType": "gateway", "nlb accessLogs": GONE},),
        violating=[{"alb accessLogs.enabled": False}, {"nlb accessLogs.bucket": ""}, {"twin accessLogs.enabled": False}],
        missing=[{"alb accessLogs": GONE}],
        unknown=[{"alb accessLogs.enabled": UNKNOWN}],
    ),
    "load-balancer-is-not-classic": forbidden(t.CLASSIC_LOAD_BALANCER),
    "load-balancer-crosses-zones": flags("nlb enableCrossZoneLoadBalancing"),
    "load-balancer-has-a-firewall": Rows(
        compliant=({"alb internal": True, "association": GONE},),
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
        compliant=({"behind targetGroupArns": [], "behind healthCheckType": GONE},),
        violating=[{"behind healthCheckType": "EC2"}],
        missing=[{"behind healthCheckType": GONE}],
        unknown=[{"behind healthCheckType": UNKNOWN}],
    ),
    "stateful-resource-is-protected": flags("alb enableDeletionProtection", "twin enableDeletionProtection"),
    "api-logs-requests": there("stage accessLogSettings.destinationArn", "http-stage accessLogSettings.destinationArn"),
    "api-logs-execution": Rows(
        compliant=({"settings settings.cachingEnabled": False, "settings settings.cacheDataEncrypted": GONE},),
        violating=[{"settings settings.loggingLevel": "OFF"}, {"settings settings.dataTraceEnabled": True},
                   {"settings settings.cacheDataEncrypted": False}],
        missing=[{"settings": GONE}, {"settings settings.loggingLevel": GONE}],
        unknown=[{"settings settings.loggingLevel": UNKNOWN}, {"settings settings.dataTraceEnabled": UNKNOWN}],
    ),
    "api-shows-a-certificate-to-backends": there("stage clientCertificateId"),
    "api-traces-requests": flags("stage xrayTracingEnabled"),
    "api-asks-who-calls": words(
        {"method httpMethod": ["OPTIONS"], "route authorizationType": ["AWS_IAM", "CUSTOM"]},
        {"method authorization": ["NONE"], "route authorizationType": ["NONE"]},
    ),
    "api-domain-uses-tls-of-today": words(
        {"domain securityPolicy": ["SecurityPolicy_TLS13_1_3_2025_09"]},
        {"domain securityPolicy": ["TLS_1_0"], "http-domain domainNameConfiguration.securityPolicy": ["TLS_1_0"]},
    ),
    "api-has-a-firewall": Rows(
        violating=[{"stage-association": GONE, **extra(t.WEB_ACL_ASSOCIATION, {"resourceArn": "arn:of:another"})}],
        missing=[{"stage-association": GONE}],
        unknown=[extra(t.REST_STAGE, {"stageName": UNKNOWN})],
    ),
    "distribution-is-encrypted": words(
        {"site viewerCertificate.minimumProtocolVersion": ["TLSv1.3_2025"]},
        {"site viewerCertificate.minimumProtocolVersion": ["TLSv1"], "site defaultCacheBehavior.viewerProtocolPolicy": ["allow-all"],
         "site orderedCacheBehaviors.0.viewerProtocolPolicy": ["allow-all"], f"{CUSTOM}.originProtocolPolicy": ["match-viewer"],
         f"{CUSTOM}.originSslProtocols": [["TLSv1", "TLSv1.2"]]},
    ),
    "distribution-logs-requests": there("site loggingConfig.bucket"),
    "distribution-has-a-firewall": there("site webAclId"),
}  # fmt: skip

"""Sign-in at the load balancer: before each forwarded request, with a secret that no document shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from blueprint.record import Record
from blueprint.values import Secret
from components.compute.service.args import LoadBalancerRoute
from components.compute.service.sign_in import SignIn
from facts.listener_rules import ANY_HOST, Match
from tests.harness import ACCOUNT, violations_of

RULE = "aws:lb/listenerRule:ListenerRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
SECRET = ACCOUNT.arn("secretsmanager", "secret:idp-AbCdEf")
SIGN_IN = SignIn(
    issuer="https://idp.example.org/",
    authorization_endpoint="https://idp.example.org/authorize",
    token_endpoint="https://idp.example.org/token",  # noqa: S106
    user_info_endpoint="https://idp.example.org/userinfo",
    client_id="portal",
    client_secret_arn=SECRET,
)
ROUTE = LoadBalancerRoute(
    rules={Match(ANY_HOST, "/api/*"): 100, Match(ANY_HOST, "/admin/*"): 101}, sign_in=SIGN_IN
)


@pytest.fixture(scope="module")
def record(service: Callable[..., Record]) -> Record:
    return service(route=ROUTE)


def actions(record: Record, path: str) -> Any:
    return record.one(RULE, f"route-*{path}").inputs["actions"]


@pytest.mark.parametrize("path", ["/api/*", "/admin/*"])
def test_each_rule_signs_in_users_before_it_forwards(record: Record, path: str) -> None:
    first, second = actions(record, path)
    assert [first["type"], second["type"]] == ["authenticate-oidc", "forward"]
    assert first["authenticateOidc"] == {
        "issuer": "https://idp.example.org/",
        "authorizationEndpoint": "https://idp.example.org/authorize",
        "tokenEndpoint": "https://idp.example.org/token",
        "userInfoEndpoint": "https://idp.example.org/userinfo",
        "clientId": "portal",
        "clientSecret": Secret(f"value of {SECRET}"),
        "scope": "openid",
        "onUnauthenticatedRequest": "authenticate",
        "sessionCookieName": SIGN_IN.cookie,
        "sessionTimeout": 28_800,
    }


def test_a_first_preview_reads_the_secret_too(service: Callable[..., Record]) -> None:
    first, _ = actions(service(route=ROUTE, known=False), "/api/*")
    assert first["authenticateOidc"]["clientSecret"] == Secret(f"value of {SECRET}")


def test_an_api_answers_401_instead_of_redirecting(service: Callable[..., Record]) -> None:
    sign_in = replace(SIGN_IN, unauthenticated="deny", session_seconds=900)
    first, _ = actions(service(route=replace(ROUTE, sign_in=sign_in)), "/api/*")
    oidc = first["authenticateOidc"]
    assert (oidc["onUnauthenticatedRequest"], oidc["sessionTimeout"]) == ("deny", 900)


def test_routes_share_sessions_if_they_have_the_same_client() -> None:
    """A page signs in a user, and an API with `deny` accepts the session."""
    assert replace(SIGN_IN, unauthenticated="deny", scope="openid email").cookie == SIGN_IN.cookie
    others = {
        replace(SIGN_IN, client_id="admin").cookie,
        replace(SIGN_IN, issuer="https://idp.example.net").cookie,
    }
    assert len({SIGN_IN.cookie, *others}) == 3


@pytest.mark.parametrize("protocol", ["http2", "grpc"])
def test_a_protocol_that_aws_only_forwards_is_refused(protocol: Any) -> None:
    with pytest.raises(ValueError, match=rf"route\.sign_in requires protocol http1, got {protocol}"):
        replace(ROUTE, protocol=protocol)


def test_sign_in_has_no_policy_violation(record: Record) -> None:
    assert violations_of(record) == set()


def test_only_for_sign_in_the_load_balancer_may_connect_to_the_internet(edge: Callable[..., Record]) -> None:
    record = edge(signs_in=True)
    [rule] = record.of_type(EGRESS)
    assert rule.inputs["securityGroupId"] == record.one(GROUP, "edge").outputs["id"]
    assert {key: rule.inputs[key] for key in ("cidrIpv4", "ipProtocol", "fromPort", "toPort")} == {
        "cidrIpv4": "0.0.0.0/0",
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
    }
    assert violations_of(record) == set()

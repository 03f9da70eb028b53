"""Rules on the routes of the public load balancer."""

from __future__ import annotations

import pytest

from facts.quotas import LISTENER_RULES
from tests.settings.documents import Document, full_document, new_warnings, paths, problem, put, read

ROUTE = "hipaa:apps.api.processes.web.route"
OTHER = "hipaa:apps.realtime.processes.web.route"


def _document() -> Document:
    """Return a document with further names of the load balancer."""
    entries = [{"name": "*.example.org"}, {"name": "www.example.org", "redirect_to": "app.example.org"}]
    return put(full_document(), "hipaa:edge.domains", entries)


def test_a_route_requires_the_public_entry() -> None:
    document = full_document()
    del document["hipaa:edge"]
    assert paths(document) == [ROUTE, OTHER, "hipaa:connectivity.partners.county.mode"]


def test_scaling_on_requests_requires_a_route() -> None:
    path = "hipaa:apps.worker.processes.jobs.scale_on"
    refused = problem(put(full_document(), path, {"requests_per_task": 100}))
    assert refused.path == f"{path}.requests_per_task"
    assert refused.allowed == "requests_per_task requires hipaa:apps.worker.processes.jobs.route"


@pytest.mark.parametrize("host", ["app.example.org", "fhir.example.org", "*.example.org"])
def test_a_host_that_the_certificate_contains_is_allowed(host: str) -> None:
    assert read(put(_document(), f"{ROUTE}.hosts", [host]))


@pytest.mark.parametrize("host", ["a.b.example.org", "example.org", "*.b.example.org", "www.example.org"])
def test_a_host_that_no_request_of_the_process_can_have_is_refused(host: str) -> None:
    refused = problem(put(_document(), f"{ROUTE}.hosts", [host]))
    assert refused.path == f"{ROUTE}.hosts[0]"
    assert refused.allowed == "a name of hipaa:edge that does not redirect: app.example.org, *.example.org"


def test_a_path_has_as_many_wildcards_as_aws_accepts() -> None:
    assert read(put(_document(), f"{ROUTE}.paths", ["/*/*/*/*/*"]))
    assert problem(put(_document(), f"{ROUTE}.paths", ["/*/*/*/*/**"])).path == f"{ROUTE}.paths[0]"
    wildcard = put(_document(), f"{ROUTE}.hosts", ["*.example.org"])
    assert read(put(wildcard, f"{ROUTE}.paths", ["/*/*/*/*"]))
    refused = problem(put(wildcard, f"{ROUTE}.paths", ["/a", "/*/*/*/*/*"]))
    assert refused.path == f"{ROUTE}.paths[1]"
    assert refused.allowed == "a path with at most 4 wildcards (*), because a host has one"


def test_two_processes_may_have_the_same_path_for_different_hosts_only() -> None:
    document = put(_document(), f"{OTHER}.paths", ["/x", "/api/*"])
    refused = problem(document)
    assert refused.path == f"{OTHER}.paths[1]"
    assert refused.allowed == f"a path that no other process has for this host; {ROUTE} has */api/*"
    document = put(document, f"{OTHER}.hosts", ["fhir.example.org", "app.example.org"])
    assert read(document)
    assert problem(put(document, f"{ROUTE}.hosts", ["app.example.org"])).path == f"{OTHER}.paths[1]"


@pytest.mark.parametrize(
    ("protocol", "codes", "allowed"),
    [
        ("http1", "200,301-302", ""),
        ("http1", "199", "codes from 200 to 499"),
        ("http2", "200-500", "codes from 200 to 499"),
        ("http2", "302-301", "codes from 200 to 499"),
        ("grpc", "0,12", ""),
        ("grpc", "200", "codes from 0 to 99"),
    ],
)
def test_the_codes_of_a_healthy_task_are_those_of_the_protocol(
    protocol: str, codes: str, allowed: str
) -> None:
    document = put(
        full_document(), ROUTE, {"paths": ["/x"], "protocol": protocol, "health": {"codes": codes}}
    )
    if not allowed:
        assert read(document)
        return
    refused = problem(document)
    assert (refused.path, refused.allowed.partition(",")[0]) == (f"{ROUTE}.health.codes", allowed)


def test_the_health_check_of_grpc_is_a_method() -> None:
    document = put(full_document(), ROUTE, {"paths": ["/x"], "protocol": "grpc"})
    assert read(document)
    assert read(put(document, f"{ROUTE}.health.path", "/ward.Rounds/Check"))
    assert problem(put(document, f"{ROUTE}.health.path", "/healthz")).path == f"{ROUTE}.health.path"


def test_a_route_of_grpc_cannot_be_sticky() -> None:
    document = put(full_document(), ROUTE, {"paths": ["/x"], "protocol": "grpc"})
    assert problem(put(document, f"{ROUTE}.sticky", True)).path == f"{ROUTE}.sticky"


def test_more_rules_than_the_default_of_aws_are_a_warning_with_a_command() -> None:
    # The sample has one rule for the health check of the load balancer, and one for each of its two routes.
    few = ["/" + "x" * number for number in range(LISTENER_RULES - 2)]
    assert new_warnings(put(full_document(), f"{ROUTE}.paths", few), full_document()) == []
    [warning] = new_warnings(put(full_document(), f"{ROUTE}.paths", [*few, "/more"]), full_document())
    assert "--quota-code L-7EED9B64 --desired-value 101 " in warning


def test_more_rules_of_one_kind_than_there_are_priorities_are_refused() -> None:
    several = [f"/{number:03}/*" for number in range(51)]
    refused = problem(put(full_document(), f"{ROUTE}.paths", several))
    assert refused.path == "hipaa:apps"
    assert refused.allowed.startswith("fewer routes: more than 50 listener rules have patterns like */")


SIGN_IN: Document = {
    "issuer": "https://idp.example.org/",
    "authorization_endpoint": "https://idp.example.org/authorize?p=staff",
    "token_endpoint": "https://idp.example.org/token",
    "user_info_endpoint": "https://idp.example.org/userinfo",
    "client_id": "portal",
    "client_secret": "arn:aws:secretsmanager:us-east-1:123456789012:secret:idp-AbCdEf",
}


def _signing_in(**values: object) -> Document:
    return put(full_document(), f"{ROUTE}.sign_in", {**SIGN_IN, **values})


def test_users_sign_in_for_eight_hours_by_default() -> None:
    settings = read(_signing_in())
    route = settings.services["api-web"].settings.route
    assert route
    assert route.sign_in
    assert (route.sign_in.unauthenticated, route.sign_in.session_seconds) == ("authenticate", 28_800)
    assert settings.signs_in
    assert not read(full_document()).signs_in


def test_the_route_of_a_service_without_an_image_signs_nobody_in() -> None:
    document = _signing_in()
    del document["hipaa:apps"]["api"]["image"]
    assert not read(document).signs_in


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("issuer", "http://idp.example.org"),
        ("token_endpoint", "https://idp.example.org:8443/token"),
        ("token_endpoint", "https://192.0.2.7/token"),
        ("user_info_endpoint", "https://user@idp.example.org/userinfo"),
        ("authorization_endpoint", "idp.example.org/authorize"),
        ("client_id", "the portal"),
        ("client_secret", f"{SIGN_IN['client_secret']}:key::"),
        ("client_secret", "arn:aws:ssm:us-east-1:123456789012:parameter/idp"),
        ("client_secret", "arn:aws:secretsmanager:us-east-1:210987654321:secret:idp-AbCdEf"),
        ("client_secret", "arn:aws:secretsmanager:us-east-2:123456789012:secret:idp-AbCdEf"),
        ("scope", "profile email"),
        ("unauthenticated", "allow"),
        ("session_seconds", 604_801),
    ],
)
def test_what_the_load_balancer_or_aws_does_not_accept_for_sign_in_is_refused(
    key: str, value: object
) -> None:
    assert problem(_signing_in(**{key: value})).path == f"{ROUTE}.sign_in.{key}"


@pytest.mark.parametrize("protocol", ["http2", "grpc"])
def test_sign_in_requires_the_protocol_http1(protocol: str) -> None:
    refused = problem(
        put(full_document(), ROUTE, {"paths": ["/x"], "protocol": protocol, "sign_in": SIGN_IN})
    )
    assert (refused.path, refused.allowed.partition(",")[0]) == (f"{ROUTE}.protocol", "http1")

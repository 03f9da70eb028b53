"""Settings of services that call each other by name."""

from __future__ import annotations

import pytest

from settings import Problem, SettingsError, parse
from tests.settings.strategies import Document, full_document, put

FILE = "Pulumi.prod.yaml"
AUTHORITY = "arn:aws:acm-pca:us-east-1:123456789012:certificate-authority/1"


def document(api: Document, worker: Document, connect: Document | None) -> Document:
    found = full_document()
    found["hipaa:services"]["api"] |= api
    found["hipaa:services"]["worker"] |= worker
    return found if connect is None else put(found, "hipaa:compute.service_connect", connect)


def problem(found: Document) -> Problem:
    """Return the only thing that is wrong with a document."""
    with pytest.raises(SettingsError) as caught:
        parse(found, file=FILE)
    [only] = caught.value.problems
    return only


def test_a_service_may_call_one_that_has_a_name() -> None:
    settings = parse(document({"connect_port": 8080}, {"connects_to": ["api"]}, {}), file=FILE)
    assert settings.services is not None
    assert settings.services["api"].connect_port == 8080
    assert settings.services["worker"].connects_to == ("api",)


def test_without_a_word_about_it_nobody_has_a_name_or_calls() -> None:
    settings = parse(full_document(), file=FILE)
    assert settings.compute is not None
    assert settings.compute.service_connect is None
    assert {(item.connect_port, item.connects_to) for item in (settings.services or {}).values()} == {
        (None, ())
    }


def test_a_misspelt_service_is_refused_with_the_nearest_name() -> None:
    found = problem(document({"connect_port": 8080}, {"connects_to": ["apii"]}, {}))
    assert found.path == "hipaa:services.worker.connects_to[0]"
    assert found.hint == "did you mean api?"


def test_a_service_without_a_port_cannot_be_called() -> None:
    found = problem(document({}, {"connects_to": ["api"]}, {}))
    assert found.path == "hipaa:services.worker.connects_to[0]"
    assert found.hint == "set hipaa:services.api.connect_port"


def test_a_service_does_not_name_itself() -> None:
    found = problem(document({"connect_port": 8080, "connects_to": ["api"]}, {}, {}))
    assert found.path == "hipaa:services.api.connects_to[0]"


def test_a_service_is_named_once() -> None:
    found = problem(document({"connect_port": 8080}, {"connects_to": ["api", "api"]}, {}))
    assert found.path == "hipaa:services.worker.connects_to[1]"


def test_a_port_needs_the_section() -> None:
    found = problem(document({"connect_port": 8080}, {}, None))
    assert found.path == "hipaa:services.api.connect_port"
    assert "hipaa:compute.service_connect" in found.allowed


def test_a_proxy_that_ends_tls_has_a_port_of_its_own() -> None:
    found = problem(document({"connect_port": 8080}, {}, {"authority_arn": AUTHORITY}))
    assert found.path == "hipaa:services.api.connect_port"
    other = document({"connect_port": 8081}, {}, {"authority_arn": AUTHORITY})
    assert parse(other, file=FILE).warnings == parse(full_document(), file=FILE).warnings


def test_a_refused_port_is_not_told_again_by_its_callers() -> None:
    assert problem(document({"connect_port": 0}, {"connects_to": ["api"]}, {})).path == (
        "hipaa:services.api.connect_port"
    )


def test_services_that_call_each_other_get_a_warning() -> None:
    api = {"connect_port": 8080, "connects_to": ["worker"]}
    circle = parse(document(api, {"connect_port": 9000, "connects_to": ["api"]}, {}), file=FILE)
    assert [warning for warning in circle.warnings if "circle" in warning and "api, worker" in warning]
    line = parse(document(api, {"connect_port": 9000}, {}), file=FILE)
    assert not [warning for warning in line.warnings if "circle" in warning]

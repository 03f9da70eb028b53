"""Rules on calls between services."""

from __future__ import annotations

from tests.settings.documents import Document, full_document, problem, read


def document(api: Document, worker: Document) -> Document:
    """Return the full document with other settings of two services."""
    changed = full_document()
    changed["hipaa:services"]["api"] |= api
    changed["hipaa:services"]["worker"] |= worker
    return changed


def test_a_service_may_call_a_service_with_a_connect_port() -> None:
    settings = read(document({"connect_port": 8080}, {"connects_to": ["api"]}))
    assert settings.services is not None
    assert settings.services["api"].connect_port == 8080
    assert settings.services["worker"].connects_to == ("api",)


def test_services_do_not_call_each_other_by_default() -> None:
    settings = read(full_document())
    assert {(item.connect_port, item.connects_to) for item in (settings.services or {}).values()} == {
        (None, ())
    }


def test_a_misspelt_service_is_refused_with_the_nearest_name() -> None:
    refused = problem(document({"connect_port": 8080}, {"connects_to": ["apii"]}))
    assert refused.path == "hipaa:services.worker.connects_to[0]"
    assert refused.hint == "did you mean api?"


def test_a_service_without_a_connect_port_cannot_be_called() -> None:
    refused = problem(document({}, {"connects_to": ["api"]}))
    assert refused.path == "hipaa:services.worker.connects_to[0]"
    assert refused.hint == "set hipaa:services.api.connect_port"


def test_a_service_does_not_list_itself() -> None:
    refused = problem(document({"connect_port": 8080, "connects_to": ["api"]}, {}))
    assert refused.path == "hipaa:services.api.connects_to[0]"


def test_a_service_is_listed_once() -> None:
    refused = problem(document({"connect_port": 8080}, {"connects_to": ["api", "api"]}))
    assert refused.path == "hipaa:services.worker.connects_to[1]"


def test_a_refused_port_is_not_reported_again_by_callers() -> None:
    refused = problem(document({"connect_port": 0}, {"connects_to": ["api"]}))
    assert refused.path == "hipaa:services.api.connect_port"


def test_a_cycle_of_calls_is_a_warning() -> None:
    api = {"connect_port": 8080, "connects_to": ["worker"]}
    cycle = read(document(api, {"connect_port": 9000, "connects_to": ["api"]}))
    assert [text for text in cycle.warnings if "api, worker contain a cycle" in text]
    no_cycle = read(document(api, {"connect_port": 9000}))
    assert not [text for text in no_cycle.warnings if "cycle" in text]

"""Rules on calls between processes."""

from __future__ import annotations

from tests.settings.documents import Document, full_document, problem, read


def document(api: Document, worker: Document) -> Document:
    """Return the full document with other settings of two processes."""
    changed = full_document()
    changed["hipaa:apps"]["api"]["processes"]["web"] |= api
    changed["hipaa:apps"]["worker"]["processes"]["jobs"] |= worker
    return changed


def test_a_service_may_call_a_service_with_a_connect_port() -> None:
    settings = read(document({"connect_port": 8080}, {"connects_to": ["api-web"]}))
    assert settings.services["api-web"].settings.connect_port == 8080
    assert settings.services["worker-jobs"].settings.connects_to == ("api-web",)


def test_services_do_not_call_each_other_by_default() -> None:
    settings = read(full_document())
    assert {
        (item.settings.connect_port, item.settings.connects_to) for item in settings.services.values()
    } == {(None, ())}


def test_a_misspelt_service_is_refused_with_the_nearest_name() -> None:
    refused = problem(document({"connect_port": 8080}, {"connects_to": ["api-wep"]}))
    assert refused.path == "hipaa:apps.worker.processes.jobs.connects_to[0]"
    assert refused.hint == "did you mean api-web?"


def test_a_service_without_a_connect_port_cannot_be_called() -> None:
    refused = problem(document({}, {"connects_to": ["api-web"]}))
    assert refused.path == "hipaa:apps.worker.processes.jobs.connects_to[0]"
    assert refused.hint == "set hipaa:apps.api.processes.web.connect_port"


def test_a_service_does_not_list_itself() -> None:
    refused = problem(document({"connect_port": 8080, "connects_to": ["api-web"]}, {}))
    assert refused.path == "hipaa:apps.api.processes.web.connects_to[0]"


def test_a_service_is_listed_once() -> None:
    refused = problem(document({"connect_port": 8080}, {"connects_to": ["api-web", "api-web"]}))
    assert refused.path == "hipaa:apps.worker.processes.jobs.connects_to[1]"


def test_a_refused_port_is_not_reported_again_by_callers() -> None:
    refused = problem(document({"connect_port": 0}, {"connects_to": ["api-web"]}))
    assert refused.path == "hipaa:apps.api.processes.web.connect_port"


def test_a_cycle_of_calls_is_a_warning() -> None:
    api = {"connect_port": 8080, "connects_to": ["worker-jobs"]}
    cycle = read(document(api, {"connect_port": 9000, "connects_to": ["api-web"]}))
    assert [text for text in cycle.warnings if "api-web, worker-jobs contain a cycle" in text]
    no_cycle = read(document(api, {"connect_port": 9000}))
    assert not [text for text in no_cycle.warnings if "cycle" in text]

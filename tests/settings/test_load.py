"""Reading the configuration of the running stack."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pulumi
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pulumi.runtime import config as store

from blueprint.recorder import wire_config
from settings import Problem, SettingsError, load, parse
from tests.settings.documents import FILE, Document, full_document, leaves, minimal_document, put, read
from tests.settings.strategies import valid_documents


@pytest.fixture(autouse=True)
def _running_stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    config, secrets = store.CONFIG.get(), store._SECRET_KEYS.get()
    monkeypatch.setattr(pulumi, "get_stack", lambda: "prod")
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    pulumi.runtime.set_all_config({}, [])
    yield
    store.CONFIG.set(config)
    store._SECRET_KEYS.set(secrets)


def as_pulumi_passes_it(document: Document) -> dict[str, str]:
    """Return a document as Pulumi passes it to a program: scalars as text, structures as JSON."""
    return wire_config(document)


# The fixture is set up once for all examples, which is enough because every example sets the whole configuration.
@hypothesis_settings(
    max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(valid_documents())
def test_loading_equals_parsing_the_file(document: Document) -> None:
    pulumi.runtime.set_all_config(as_pulumi_passes_it(document))
    assert load() == read(document)


values = st.sampled_from(
    [
        "yes",
        "true",
        True,
        3,
        "3",
        0.5,
        "0.5",
        None,
        "",
        123456789012,
        "123456789012",
        [],
        [1],
        {},
        {"a": "b"},
        "{}",
        "null",
    ]
)


@hypothesis_settings(
    max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from([*full_document(), *leaves(full_document())]), values)
def test_a_preview_and_the_program_accept_and_refuse_the_same(path: str, value: object) -> None:
    document = put(full_document(), path, value)
    pulumi.runtime.set_all_config(as_pulumi_passes_it(document))

    def outcome(act: Callable[[], object]) -> object:
        try:
            return act()
        except SettingsError as error:
            return sorted(problem.path for problem in error.problems)

    assert outcome(load) == outcome(lambda: parse(document, file=FILE, stack="prod"))


def test_structured_values_are_accepted_without_json() -> None:
    pulumi.runtime.set_all_config(full_document())
    assert load() == read(full_document())


def test_the_environment_variable_is_read_if_the_runtime_has_no_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(as_pulumi_passes_it(minimal_document())))
    pulumi.runtime.set_all_config({"hipaa:environment": "test"})
    assert load().environment == "test"
    assert load().account_id == minimal_document()["hipaa:account"]


@pytest.mark.parametrize("name", ["true", "null"])
def test_plain_text_is_not_decoded(name: str) -> None:
    pulumi.runtime.set_all_config(as_pulumi_passes_it(minimal_document() | {"hipaa:environment": name}))
    assert load().environment == name


def refused() -> tuple[Problem, ...]:
    with pytest.raises(SettingsError) as caught:
        load()
    return caught.value.problems


def test_a_refusal_names_the_file_of_the_running_stack() -> None:
    pulumi.runtime.set_all_config(as_pulumi_passes_it(minimal_document() | {"hipaa:zones": 3}))
    assert [(p.file, p.path) for p in refused()] == [(FILE, "hipaa:zones")]


def test_a_section_that_is_not_json_is_refused_as_text() -> None:
    pulumi.runtime.set_all_config(as_pulumi_passes_it(minimal_document()) | {"hipaa:audit": "{none"})
    assert [(p.path, p.value) for p in refused()] == [("hipaa:audit", '"{none"')]


@pytest.mark.parametrize("key", ["hipaa:environment", "hipaa:plain", "hippa:plain", "aws:plain"])
def test_a_value_that_pulumi_encrypts_is_refused_and_hidden(key: str) -> None:
    pulumi.runtime.set_all_config(as_pulumi_passes_it(minimal_document()) | {key: "hunter2"}, [key])
    assert [(p.path, p.value) for p in refused()] == [(key, "(hidden)")]

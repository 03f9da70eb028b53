"""Sample values: a note of a preview, and a refusal by a deployment."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pulumi
import pytest
from pulumi.runtime import config as store
from pulumi.runtime import mocks
from pulumi.runtime import settings as runtime

from settings import SettingsError, load, samples
from tests.settings.documents import Document, full_document, minimal_document, put, read

ACCOUNT = "198765432109"
OWN: Document = minimal_document() | {"aws:allowedAccountIds": [ACCOUNT], "hipaa:account": ACCOUNT}
EDGE: Document = {"domain": "app.clinic.internal", "zone_id": "Z0A1B2C3D4E5F6"}
COMPUTE: Document = {"hipaa:compute": {}}


def paths(document: Document) -> list[str]:
    return [mistake.path for mistake in samples.mistakes(read(document))]


SAMPLES = [
    ("hipaa:edge.domain", "app.example.org"),
    ("hipaa:edge.domain", "clinic.test"),
    ("hipaa:edge.domains[0].name", "*.example.org"),
    ("hipaa:edge.zone_id", "Z0123456789ABCDEFGHIJ"),
    ("hipaa:edge.zone_id", "Z00000000"),
    ("hipaa:edge.allowed_cidrs[0]", "198.51.100.0/24"),
    ("hipaa:audit.alert_emails[0]", "security@example.org"),
    ("hipaa:compute.ami", "ami-0123456789abcdef0"),
    ("hipaa:apps.api.image", "registry.example.org/api@sha256:" + "1" * 64),
    ("hipaa:apps.api.image", "registry.clinic.internal/api@sha256:" + "0" * 64),
    ("hipaa:apps.api.image", "123456789012.dkr.ecr.us-east-1.amazonaws.com/api@sha256:" + "1" * 64),
]


@pytest.mark.parametrize(("path", "value"), SAMPLES)
def test_a_sample_value_is_found(path: str, value: str) -> None:
    app = {
        "image": "registry.clinic.internal/api@sha256:" + "1" * 64,
        "processes": {"web": {"cpu": 256, "memory_mib": 512}},
    }
    document = (
        OWN
        | COMPUTE
        | {
            "hipaa:edge": EDGE
            | {"allowed_cidrs": ["0.0.0.0/0"], "domains": [{"name": "*.clinic.internal", "zone_id": "Z0A1"}]},
            "hipaa:apps": {"api": app},
        }
    )
    document["hipaa:audit"] = {"alert_emails": ["security@clinic.internal"]}
    assert paths(document) == []
    assert paths(put(document, path, value)) == [path]


@pytest.mark.parametrize("domain", ["myexample.com", "example.com.clinic.internal", "latest.org"])
def test_a_name_that_only_resembles_a_reserved_one_is_no_sample(domain: str) -> None:
    assert paths(OWN | {"hipaa:edge": EDGE | {"domain": domain}}) == []


def test_texts_that_the_program_only_hands_on_are_not_searched() -> None:
    process = {"cpu": 256, "memory_mib": 512, "command": ["serve", "--from=noreply@example.org"]}
    app = {"environment": {"ALLOWED_HOSTS": "app.example.org"}, "processes": {"web": process}}
    document = OWN | COMPUTE | {"hipaa:apps": {"api": app}}
    assert paths(put(document, "aws:defaultTags.tags.owner", "example.org")) == []


def test_one_sentence_lists_every_sample() -> None:
    [warning] = samples.warnings(read(full_document()))
    for path in (
        "hipaa:account",
        "hipaa:connectivity.partners.mercy.peer_ip",
        "hipaa:connectivity.vpn.admin_cidrs[0]",
    ):
        assert path in warning
    assert list(samples.warnings(read(OWN))) == []


class Engine:
    """Keeps what the program logs."""

    def __init__(self) -> None:
        self.logged: list[str] = []

    def Log(self, request: object) -> None:  # noqa: N802 - the name of the engine's method
        self.logged.append(request.message)  # type: ignore[attr-defined]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Run the program under a monitor that is not the SDK's mock, as under the CLI."""
    config, engine = store.CONFIG.get(), Engine()
    for name, value in {"monitor": object(), "engine": engine, "dry_run": False, "stack": "dev"}.items():
        monkeypatch.setattr(runtime.SETTINGS, name, value)
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    yield engine
    store.CONFIG.set(config)


def configure(document: Document) -> None:
    pulumi.runtime.set_all_config(
        {key: value if isinstance(value, str) else json.dumps(value) for key, value in document.items()}
    )


def test_a_deployment_refuses_samples(engine: Engine) -> None:
    configure(minimal_document())
    with pytest.raises(SettingsError) as caught:
        load()
    assert [problem.path for problem in caught.value.problems] == [
        "aws:allowedAccountIds[0]",
        "hipaa:account",
    ]


def test_a_deployment_accepts_values_of_your_own(engine: Engine) -> None:
    configure(OWN)
    assert load() == read(OWN)


def test_a_preview_of_the_engine_warns_of_samples(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime.SETTINGS, "dry_run", True)
    configure(minimal_document())
    assert load() == read(minimal_document())
    assert engine.logged == [
        "sample values in aws:allowedAccountIds[0], hipaa:account: replace them before `pulumi up`, which refuses them"
    ]


def test_an_evaluation_without_an_engine_accepts_samples(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monitor = mocks.MockMonitor.__new__(mocks.MockMonitor)
    monkeypatch.setattr(runtime.SETTINGS, "monitor", monitor)
    configure(minimal_document())
    assert load() == read(minimal_document())
    assert engine.logged == []

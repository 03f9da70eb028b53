"""Public applications become stacks that pass, with no edit besides account, domain and images."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

import settings
from planning.heroku import render
from planning.heroku.tables import CACHES, MYSQL, POSTGRES
from settings.samples import mistakes
from tests.planning.heroku.application import Application
from tests.planning.heroku.applications import APPLICATIONS
from tests.planning.heroku.apps import STACK
from tests.planning.heroku.page import PAGE, page
from tests.repository import judge, program

DIGEST = f"@sha256:{'0' * 64}"
JUDGED = (
    "mastodon/mastodon",
    "PostHog/posthog",
    "monicahq/monica",
    "n8n-io/n8n-heroku",
    "TeamUltroid/Ultroid",
)
"""Repositories whose stacks the policies judge: Postgres, Redis, a scheduler, MySQL, a Dockerfile, and an app without web."""

every_application = pytest.mark.parametrize("application", APPLICATIONS, ids=lambda item: item.repository)


def stack_of(application: Application) -> dict[str, Any]:
    """Return the printed sections in a new stack, with images."""
    document: dict[str, Any] = {**STACK, **yaml.safe_load(render(application.converted()))}
    [name] = document["hipaa:apps"]
    document["hipaa:apps"][name]["image"] = f"registry.example.org/{name}{DIGEST}"
    document["hipaa:compute"]["tls_image"] = f"registry.example.org/haproxy{DIGEST}"
    return document


def test_there_are_21_applications() -> None:
    assert len({application.repository for application in APPLICATIONS}) == 21


@every_application
def test_the_settings_are_accepted(application: Application) -> None:
    document = stack_of(application)
    stack = settings.parse(document, file="Pulumi.dev.yaml")
    # Nothing that the program refuses to deploy remains besides account, domain, images and secrets.
    allowed = (".image", ".tls_image", ".domain", ".zone_id", ".secrets", "ccount", "aws:allowedAccountIds")
    assert [item.path for item in mistakes(stack) if not any(word in item.path for word in allowed)] == []


@every_application
def test_each_process_type_runs_or_has_a_note(application: Application) -> None:
    conversion = application.converted()
    [app] = conversion.apps.values()
    noted = {
        note.subject.removeprefix("process type ")
        for note in conversion.not_converted
        if note.subject.startswith("process type ")
    }
    assert application.process_types == {*app.processes} | noted


@every_application
def test_each_add_on_and_each_config_var_is_somewhere(application: Application) -> None:
    conversion = application.converted()
    [app] = conversion.apps.values()
    text = render(conversion)
    for name in application.document.get("env", {}):
        assert name in text
    stores = {
        **dict.fromkeys(POSTGRES, "aurora"),
        **dict.fromkeys(MYSQL, "rds"),
        **dict.fromkeys(CACHES, "cache"),
    }
    for name in application.addon_names:
        assert stores[name] in app.uses if name in stores else f"add-on {name}:" in text


@every_application
def test_the_values_of_secrets_are_placeholders(application: Application) -> None:
    [app] = application.converted().apps.values()
    assert {*application.generated} <= {*app.secrets}
    assert all(arn.endswith("-AAAAAA") for arn in app.secrets.values())


@pytest.mark.parametrize(
    "application",
    [item for item in APPLICATIONS if item.repository in JUDGED],
    ids=lambda item: item.repository,
)
def test_the_stack_has_no_findings(application: Application) -> None:
    record = program(stack_of(application), stack="dev")
    assert [f"{item.name}: {item.message}" for item in judge(record).findings] == []


def test_the_page_about_the_applications_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.planning.heroku.page"

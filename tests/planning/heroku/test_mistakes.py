"""The mistakes in Heroku files, all reported at once."""

from __future__ import annotations

import json

import pytest

from planning.heroku import HerokuError, decode, read_app
from tests.planning.heroku.apps import FIXTURES, SECRET


def problems(document: object, procfile: str | None = None) -> list[str]:
    """Return the paths of the problems."""
    with pytest.raises(HerokuError) as caught:
        read_app(document, procfile)
    return [problem.path for problem in caught.value.problems]


def test_every_mistake_is_reported_at_once() -> None:
    assert set(problems(json.loads((FIXTURES / "wrong.json").read_text()), "web ./serve\n")) == {
        "formation.web.quantity",
        "formation.web.size",
        "formation.web.sise",
        'formation."my worker"',
        "formation.worker",
        "addons[0]",
        "addons[2].plan",
        "env.API_TOKEN",
        'env."not a name"',
        "stack",
        "line 1",
    }


def test_a_mistake_names_file_key_value_and_what_is_allowed() -> None:
    with pytest.raises(HerokuError) as caught:
        read_app({"formation": {"web": {"size": "performence-m"}}})
    text = str(caught.value)
    assert "app.json: 1 entry to correct" in text
    assert 'found    "performence-m"' in text
    assert "did you mean performance-m?" in text


def test_a_mistake_in_a_config_var_does_not_show_its_value() -> None:
    with pytest.raises(HerokuError) as caught:
        read_app(
            {"formation": {"web": {}}, "env": {"API_TOKEN": 12345678, "no name": SECRET, "LIST": [SECRET]}}
        )
    assert "12345678" not in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("document", "procfile", "expected"),
    [
        ({"formation": {"a_b": {}, "a-b": {}}}, None, ["formation.a-b"]),
        ({"formatoin": {}, "addons": []}, "web: ./serve\n", ["formatoin"]),
        ({"name": "empty"}, None, ["formation"]),
        ({"formation": {"web": {}}}, "web: ./a\nweb: ./b\n", ["line 2"]),
        ({"addons": [{"plan": "sendgrid", "as": "a b", "options": 1}]}, "web: ./a\n", ["addons[0].as", "addons[0].options"]),
        ([], "web: ./a\n", ["(file)"]),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_by_its_path(
    document: object, procfile: str | None, expected: list[str]
) -> None:
    assert problems(document, procfile) == expected


@pytest.mark.parametrize("text", ["", "{", "[1,", '{"a": 1 "b": 2}', "\ufeff\x00", "[" * 100_000])
def test_a_text_that_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(HerokuError):
        decode(text)


def test_a_key_that_is_repeated_with_another_value_is_refused() -> None:
    with pytest.raises(HerokuError, match="each key once"):
        decode('{"env": {}, "env": {"A": "b"}}')


def test_a_key_that_is_repeated_with_the_same_value_is_accepted() -> None:
    assert decode('{"stack": "heroku-24", "stack": "heroku-24"}') == {"stack": "heroku-24"}

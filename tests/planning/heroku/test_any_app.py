"""Any app is converted to settings that are accepted, or it is refused with named problems."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from planning.heroku import Conversion, HerokuError
from planning.heroku.app import ImageKind
from planning.heroku.tables import ADDONS, CACHES, DYNOS, MYSQL, POSTGRES
from tests.planning.heroku.apps import converted, pasted

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["web", "worker", "clock", "release", "Mail_Queue", "x", "a_very_long_process_type"]
) | st.text(max_size=6)


def mostly(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(strategy, strategy, strategy, ANYTHING)


FORMATIONS = st.dictionaries(
    NAMES,
    mostly(
        st.fixed_dictionaries(
            {},
            optional={
                "quantity": mostly(st.integers(0, 5000)),
                "size": mostly(st.sampled_from([*DYNOS, "free", "Standard-1X"])),
            },
        )
    ),
    max_size=4,
)
ADDON_NAMES = st.sampled_from(
    [
        *ADDONS,
        *POSTGRES,
        *MYSQL,
        *CACHES,
        "heroku-postgresql:premium-9",
        "heroku-redis:premium-14",
        "rediscloud:30",
        "other:plan",
    ]
)
ADDON_LISTS = st.lists(
    mostly(
        ADDON_NAMES
        | st.fixed_dictionaries(
            {"plan": ADDON_NAMES},
            optional={
                "as": st.sampled_from(["MAIN", "cache"]),
                "options": mostly(
                    st.sampled_from([{"version": "14"}, {"maxmemory_policy": "allkeys-lru"}, {"timeout": 1}])
                ),
            },
        )
    ),
    max_size=4,
)
VARIABLES = st.dictionaries(
    st.sampled_from(["A", "DATABASE_URL", "REDIS_URL", "CACHE_TTL", "API_KEY", "b c"]),
    mostly(
        st.text(max_size=5)
        | st.fixed_dictionaries(
            {},
            optional={
                "value": st.text(max_size=3),
                "generator": st.just("secret"),
                "required": st.booleans(),
            },
        )
    ),
    max_size=3,
)
APPS = st.fixed_dictionaries(
    {},
    optional={
        "formation": mostly(FORMATIONS),
        "addons": mostly(ADDON_LISTS),
        "env": mostly(VARIABLES),
        "scripts": mostly(st.just({"postdeploy": "true"})),
        "stack": mostly(st.just("heroku-24")),
        "environments": mostly(st.just({"test": {}})),
        "buildpacks": mostly(st.just([{"url": "heroku/go"}])),
        "other": ANYTHING,
    },
)
PROCFILE_LINES = ["web: ./serve", "worker: ./work", "release: ./migrate", "release: ./a & ./b", "# comment", "", "no colon"]  # fmt: skip
PROCFILES = st.none() | st.lists(st.sampled_from(PROCFILE_LINES) | st.text(max_size=12), max_size=4).map(
    "\n".join
)


COMMANDS = mostly(st.sampled_from(["./serve", ["./a", "./b"], {"command": ["./work"], "image": "web"}]))
HEROKU_YMLS = (
    st.none()
    | st.text(max_size=12)
    | st.fixed_dictionaries(
        {},
        optional={
            "setup": mostly(
                st.fixed_dictionaries(
                    {}, optional={"addons": mostly(ADDON_LISTS), "config": mostly(VARIABLES)}
                )
            ),
            "build": mostly(
                st.fixed_dictionaries(
                    {"docker": mostly(st.dictionaries(NAMES, st.just("Dockerfile"), max_size=3))}
                )
            ),
            "release": mostly(st.just({"image": "web", "command": ["./migrate"]})),
            "run": mostly(st.dictionaries(NAMES, COMMANDS, max_size=3)),
            "rum": ANYTHING,
        },
    ).map(yaml.safe_dump)
)
IMAGES: st.SearchStrategy[ImageKind | None] = st.sampled_from([None, "buildpacks", "dockerfile"])


def converted_or_refused(
    document: object, procfile: str | None, heroku_yml: str | None, images: ImageKind | None
) -> Conversion | HerokuError:
    try:
        return converted(document, procfile, heroku_yml, images=images)
    except HerokuError as error:
        return error


@given(APPS | ANYTHING, PROCFILES, HEROKU_YMLS, IMAGES)
@hypothesis_settings(max_examples=150)
def test_any_app_is_converted_to_accepted_settings_or_refused_with_named_problems(
    document: object, procfile: str | None, heroku_yml: str | None, images: ImageKind | None
) -> None:
    result = converted_or_refused(document, procfile, heroku_yml, images)
    if isinstance(result, Conversion):
        assert pasted(result).environment == "dev"
    else:
        assert all(problem.path and problem.value and problem.allowed for problem in result.problems)
        assert str(result).encode("utf-8")

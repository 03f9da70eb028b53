"""Facts about an application that runs on Heroku, and its conversion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from planning.heroku import Conversion, convert, read_app


@dataclass(frozen=True, kw_only=True)
class Application:
    """The facts about one application."""

    repository: str
    commits: Mapping[str, str]
    """Commit by file."""
    kind: str
    """Language and framework."""
    name: str = ""
    procfile: Mapping[str, str] = field(default_factory=dict[str, str])
    """Command by process type."""
    heroku_yml: Mapping[str, Any] = field(default_factory=dict[str, Any])
    addons: Sequence[str | Mapping[str, object]] = ()
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    """Config vars with a value."""
    generated: Sequence[str] = ()
    """Config vars whose value Heroku generates."""
    required: Sequence[str] = ()
    """Config vars that are required, without a value."""
    optional: Sequence[str] = ()
    """Config vars that are not required, without a value."""
    formation: Mapping[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    scripts: Mapping[str, object] = field(default_factory=dict[str, object])
    stack: str = ""
    buildpacks: Sequence[str] = ()
    environments: Sequence[str] = ()

    @property
    def process_types(self) -> set[str]:
        """Return the process types that the files name; Heroku ignores a Procfile beside `heroku.yml`."""
        docker = self.heroku_yml.get("build", {}).get("docker", {})
        return ({*docker, *self.heroku_yml.get("run", {})} or {*self.procfile}) - {"release"}

    @property
    def addon_names(self) -> list[str]:
        """Return the names of the add-ons, without their plans."""
        plans = (str(addon["plan"]) if isinstance(addon, Mapping) else addon for addon in self.addons)
        return [plan.partition(":")[0] for plan in plans]

    @property
    def document(self) -> dict[str, Any]:
        """Return an app.json with these facts."""
        env: dict[str, object] = dict(self.values)
        env |= {name: {"generator": "secret"} for name in self.generated}
        env |= {name: {"required": True} for name in self.required}
        env |= {name: {"value": "", "required": False} for name in self.optional}
        document: dict[str, Any] = {
            "name": self.name or self.repository.partition("/")[2],
            "addons": list(self.addons),
            "env": env,
            "formation": self.formation,
            "scripts": self.scripts,
            "stack": self.stack,
            "buildpacks": [{"url": url} for url in self.buildpacks],
            "environments": {name: {} for name in self.environments},
        }
        return {name: value for name, value in document.items() if value}

    def converted(self) -> Conversion:
        """Return the conversion, with the defaults of the command."""
        lines = "".join(f"{name}: {command}\n" for name, command in self.procfile.items())
        yml = yaml.safe_dump(dict(self.heroku_yml)) if self.heroku_yml else None
        return convert(read_app(self.document, lines or None, yml))

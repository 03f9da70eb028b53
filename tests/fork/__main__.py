"""Fork the repository into a temporary folder, and run its previews and its tests there: `make fork`.

The fork has another name, another account, a date in 2028 and other stacks:

- dev is deleted;
- prod is edited as README.md says for the first deployment: account, range, domain, images, partners and VPN;
- qa and production are copies of dev and prod under other names;
- frankfurt is a copy of prod in eu-central-1.

With `--quick`, only the tests that read the files of the repository run.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import yaml

from tests.repository import ROOT

SCHEMA: Final = "# yaml-language-server: $schema=docs/stack.schema.json"
"""First line of every shipped stack file."""
TODAY: Final = "2028-06-01"
QUICK: Final = ("tests/test_own_stacks.py", "tests/blueprint/test_cli.py", "tests/blueprint/test_workflow.py")
OWN: Final = {
    "qa": "320987654321",
    "prod": "420987654321",
    "production": "520987654321",
    "frankfurt": "620987654321",
}
"""Account of each stack of the fork."""


def fork(folder: Path) -> None:
    """Copy every file under version control to a folder, and edit the copy."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    project = folder / "Pulumi.yaml"
    project.write_text(re.sub(r"^name: .*$", "name: acme-health", project.read_text(), flags=re.MULTILINE))
    dev, prod = _config(folder, "dev"), _config(folder, "prod")
    for name in ("dev", "staging"):
        (folder / f"Pulumi.{name}.yaml").unlink()
    _write(folder, "qa", _edited(dev, "qa", "us-east-1", 40))
    _write(folder, "prod", _first_deployment(_edited(prod, "prod", "us-east-1", 50)))
    _write(folder, "production", _edited(prod, "production", "us-east-1", 60))
    _write(folder, "frankfurt", _in_frankfurt(_edited(prod, "frankfurt", "eu-central-1", 70)))


def _config(folder: Path, stack: str) -> dict[str, Any]:
    return yaml.safe_load((folder / f"Pulumi.{stack}.yaml").read_text())["config"]


def _write(folder: Path, stack: str, config: dict[str, Any]) -> None:
    text = yaml.safe_dump({"config": config}, sort_keys=False)
    (folder / f"Pulumi.{stack}.yaml").write_text(f"{SCHEMA}\n{text}")


def _edited(config: dict[str, Any], stack: str, region: str, network: int) -> dict[str, Any]:
    """Return the settings of a stack with another account, environment, region, range and domain, as text replacements."""
    account = config["hipaa:account"]
    environment = config["hipaa:environment"]
    text = yaml.safe_dump(config, sort_keys=False)
    text = text.replace(account, OWN[stack]).replace(f"hipaa-{environment}/", f"hipaa-{stack}/")
    text = text.replace("us-east-1", region).replace("example.org", f"{stack}.example.com")
    edited = yaml.safe_load(text)
    edited["hipaa:environment"] = edited["aws:defaultTags"]["tags"]["environment"] = stack
    edited["hipaa:network"]["cidr"] = f"10.{network}.0.0/16"
    return edited


def _first_deployment(config: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a stack without what does not exist before the first deployment."""
    for app in config["hipaa:apps"].values():
        app.pop("image", None)
        app["uses"] = [name for name in app["uses"] if name not in ("partners", "cache")]
    config["hipaa:data"]["aurora"].pop("bootstrap_image")
    config["hipaa:data"].pop("cache")
    config.pop("hipaa:connectivity")
    config["hipaa:compute"].pop("tls_image")
    config["hipaa:compute"]["instance_type"] = "c7i.2xlarge"
    return config


def _in_frankfurt(config: dict[str, Any]) -> dict[str, Any]:
    """Return settings whose copies of backups stay in the European Union."""
    config["hipaa:data"]["backup"]["copy_to_region"] = "eu-west-1"
    return config


def check(folder: Path, *, quick: bool) -> int:
    """Run the previews, the check of the generated pages and the tests of a fork; return the number of failures."""
    environment = {
        **os.environ,
        "FORK_TODAY": TODAY,
        "PYTHONPATH": os.pathsep.join(map(str, (folder / "tests" / "fork", folder, folder / "policy"))),
    }
    tests = ["-n", "auto", *(QUICK if quick else ())]
    failures = 0
    for arguments in (
        ["-m", "blueprint", "preview", "--markdown", os.devnull],
        ["-m", "blueprint", "docs", "--check"],
        ["-m", "pytest", *tests],
    ):
        print(f"── in the fork: python {' '.join(arguments)}", flush=True)
        code = subprocess.run(
            [sys.executable, *arguments], cwd=folder, env=environment, check=False
        ).returncode
        failures += code != 0
    return failures


def main() -> int:
    """Make a fork and check it."""
    with tempfile.TemporaryDirectory(prefix="fork-") as name:
        folder = Path(name)
        fork(folder)
        return check(folder, quick="--quick" in sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())

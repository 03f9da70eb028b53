"""What the installed `pulumi_aws` says about AWS. Its source is read, because importing it takes seconds."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def config_keys() -> frozenset[str]:
    """Return the configuration keys of the AWS provider, without the namespace `aws`."""
    return frozenset(re.findall(r"__config__\.get\w*\('(\w+)'\)", _source("config/vars.py")))


@cache
def instance_types() -> frozenset[str]:
    """Return the EC2 instance types that the AWS provider lists."""
    return frozenset(
        re.findall(r'^    \w+ = "([a-z][\w-]*\.[\w-]+)"$', _source("ec2/_enums.py"), re.MULTILINE)
    )


def _source(module: str) -> str:
    """Return the source of a module of `pulumi_aws`; empty if it is not installed."""
    spec = find_spec("pulumi_aws")
    return (Path(spec.origin).parent / module).read_text(encoding="utf-8") if spec and spec.origin else ""

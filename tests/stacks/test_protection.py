"""Protection that the user of a component passes in `opts` is kept, also where the component's own argument says no."""

from __future__ import annotations

import runpy
from functools import cache

import pulumi
from pulumi.runtime import register_stack_transformation

from blueprint.record import Record
from blueprint.recorder import evaluate
from tests.repository import ROOT
from tests.settings.documents import full_document, put


def _protect(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """Pass `protect=True` to each component that the program itself creates."""
    if not args.type_.startswith("hipaa:") or args.opts.parent is not None:
        return None
    protected = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
    return pulumi.ResourceTransformationResult(props=args.props, opts=protected)


@cache
def recorded(protect: bool) -> Record:
    document = full_document()
    for path, value in {
        "hipaa:protect": False,
        "hipaa:audit.object_lock": "none",
        "hipaa:data.backup.vault_lock": "none",
    }.items():
        document = put(document, path, value)

    def program() -> None:
        if protect:
            register_stack_transformation(_protect)
        runpy.run_path(str(ROOT / "__main__.py"))

    return evaluate(program, document, stack="prod", project="hipaa")


def test_without_protection_nothing_is_protected() -> None:
    assert not [item.urn for item in recorded(False).resources if item.protect]


def test_protection_of_a_component_reaches_everything_in_it() -> None:
    assert not [item.urn for item in recorded(True).resources if item.custom and not item.protect]

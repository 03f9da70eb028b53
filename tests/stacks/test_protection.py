"""`protect=True` in the `opts` of a component protects all its resources, even if its own argument `protect` is false."""

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
    """Set `protect=True` on each component at the top level of the program."""
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


def test_protect_in_opts_protects_all_resources_of_a_component() -> None:
    assert not [item.urn for item in recorded(True).resources if item.custom and not item.protect]

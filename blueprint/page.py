"""A preview as Markdown, for a comment on a pull request and for the generated page of each stack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from blueprint.markdown import table
from blueprint.preview import Branch, Preview
from blueprint.quotas import Use
from blueprint.reach.claims import Claim


def page(preview: Preview) -> str:
    """Return everything about one stack as a Markdown document."""
    verdict = preview.verdict
    protection = "protected" if preview.protect else "not protected"
    parts = [
        f"# Stack `{preview.stack}`",
        f"`{preview.file}`: environment {preview.environment}, {preview.region}, {protection}, "
        f"{preview.resources} resources.",
        *(f"> {warning}" for warning in preview.warnings),
        "## What would be built",
        "\n".join(_lines(preview.tree)),
        "## Address plan",
        table(
            ("VPC", "Subnet", "Zone", "Tier", "Usable addresses", "To the internet"),
            (
                (item.vpc, item.cidr, item.zone, item.tier, str(item.usable_addresses), item.route)
                for item in preview.subnets
            ),
        ),
        "## Instances",
        table(
            ("Group", "Type", "Minimum", "Maximum", "Zones"),
            (
                (item.name, item.instance_type, str(item.min_size), str(item.max_size), ", ".join(item.zones))
                for item in preview.auto_scaling_groups
            ),
        )
        if preview.auto_scaling_groups
        else "None.",
        *_claims(preview.claims),
        "## Where logs go and how long they stay",
        table(
            ("Log", "Kept in", "Days", "Key", "Object Lock", "From the setting", "Proven"),
            (
                (
                    item.log,
                    f"{item.kind} `{item.store}`",
                    str(item.retention_days or "forever"),
                    item.key,
                    item.lock,
                    f"`{item.setting}`" if item.setting else "-",
                    item.fault or "yes",
                )
                for item in preview.sinks
            ),
        ),
        "## Protected from deletion",
        ", ".join(f"{count} × {label}" for label, count in preview.protected.items())
        or "Nothing: `pulumi destroy` removes this stack with its data and its logs.",
        "## Policy",
        f"{verdict.controls} controls judged {verdict.checks} times: {len(verdict.findings)} findings, "
        f"{len(verdict.exempt)} exemptions, {len(verdict.accepted)} waivers in force.",
    ]
    if verdict.findings:
        parts.append(
            table(
                ("Severity", "Control", "Resources", "Finding", "How to fix it", "Maps to 45 CFR"),
                (
                    (
                        group.first.severity,
                        f"`{group.first.policy}`",
                        group.listed("`{}`"),
                        " ".join((group.message, *preview.origins.get(group.first.policy, ()))),
                        group.first.remediation,
                        ", ".join(group.first.citations),
                    )
                    for group in verdict.groups
                ),
            )
        )
    if verdict.exempt:
        parts.append(
            table(
                ("Control with an exemption", "Exempt resource", "Conditions and reason", "Sources"),
                (
                    (f"`{item.policy}`", f"`{item.name}`", item.reason, " ".join(item.sources))
                    for item in verdict.exempt
                ),
            )
        )
    if verdict.accepted:
        parts.append(
            table(
                ("Waived control", "Resource", "Until", "Approved by", "Reason"),
                (
                    (f"`{item.policy}`", f"`{item.name}`", str(item.expires), item.approver, item.reason)
                    for item in verdict.accepted
                ),
            )
        )
    return "\n\n".join(parts) + "\n"


def quotas(uses: Sequence[Use]) -> Iterable[str]:
    """Yield what the stacks of each account use of AWS's quotas, as a part of a Markdown document."""
    if uses:
        yield (
            "# Quotas\n\n"
            + table(
                ("Account", "Region", "Quota", "Used", "Default", "To raise it"),
                (
                    (
                        use.account,
                        use.region or "all",
                        use.quota.name,
                        str(use.used),
                        str(use.quota.limit),
                        (f"`{use.command}`" if use.command else "cannot be raised") if use.exceeds else "-",
                    )
                    for use in uses
                ),
            )
            + "\n"
        )


def _claims(claims: Sequence[Claim]) -> Iterable[str]:
    if claims:
        yield "## Reachability"
        yield table(
            ("Claim", "Proven"),
            ((item.text, "yes" if item.proven else f"no: {'; '.join(item.faults)}") for item in claims),
        )


def _lines(branches: Sequence[Branch], depth: int = 0) -> Iterable[str]:
    for branch in branches:
        indent = "  " * depth
        if branch.is_component:
            yield f"{indent}- **{branch.name}** `{branch.detail}`: {branch.resources} resources"
        else:
            yield f"{indent}- {branch.resources} × `{branch.name}`: {branch.detail}"
        yield from _lines(branch.branches, depth + 1)

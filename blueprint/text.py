"""A preview for a terminal (colour) or a pipe (plain text)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from blueprint.preview import Branch, Preview
from blueprint.quotas import Use
from blueprint.verdict import Group

WIDTH_WHEN_PIPED = 100
_GUIDE_WIDTH = 4

_SEVERITY_STYLES = {"critical": "bold red", "high": "red", "medium": "yellow", "low": "cyan"}


def console(*, stderr: bool = False) -> Console:
    """Return a console as wide as the terminal, or 100 columns wide without a terminal."""
    made = Console(stderr=stderr, highlight=False, soft_wrap=False)
    if not made.is_terminal:
        made.width = WIDTH_WHEN_PIPED
    return made


def show(preview: Preview, out: Console) -> None:
    """Print everything about one stack."""
    with out.capture() as captured:
        _show(preview, out)
    # rich pads lines with spaces to the width of their column, which disturbs pipes, logs and diffs.
    out.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))


def show_answers(previews: Sequence[Preview], out: Console) -> None:
    """Print the answer of each stack again at the end, which is the part that a terminal shows."""
    out.print()
    out.rule(Text(" All stacks ", style="bold"), align="left", characters="─")
    width = max(len(preview.stack) for preview in previews)
    for preview in previews:
        out.print(Text.assemble((f"{preview.stack:<{width}}  ", "bold"), _answer(preview)))


def show_quotas(uses: Sequence[Use], out: Console) -> None:
    """Print the quotas of which the stacks use half or more, and the commands that raise those that are exceeded."""
    near = [use for use in uses if use.is_near]
    for (account, region), group in groupby(near, key=lambda use: (use.account, use.region)):
        rows = list(group)
        stacks = sorted({stack for use in rows for stack in use.stacks})
        _heading(f"Quotas of account {account} in {region or 'all regions'}: {', '.join(stacks)}", out)
        table = report_table("Quota", "Used", "Default", right=("Used", "Default"))
        for use in rows:
            table.add_row(use.quota.name, f"{use.used:,}", f"{use.quota.limit:,}")
        out.print(_indent(table, 2))
        for use in rows:
            if use.exceeds:
                command = use.command.replace(" --service-code", " \\\n      --service-code")
                told = f"To raise it:\n    {command}" if command else "AWS does not raise it."
                out.print(Text.assemble("  ", (use.quota.name, "yellow"), f": above the default. {told}"))
    if len(uses) > len(near):
        out.print(f"\n{_count(len(uses) - len(near), 'other quota')}: less than half used.")


def _show(preview: Preview, out: Console) -> None:
    out.print()
    out.rule(Text(f" {preview.stack} ", style="bold"), align="left", characters="─")
    out.print(
        f"{preview.file} · {preview.environment} · account {preview.account} · {preview.region} · "
        f"{_count(preview.resources, 'resource')} · " + ("protected" if preview.protect else "not protected")
    )
    out.print(_answer(preview))
    for warning in preview.warnings:
        out.print(Text.assemble(("Note: ", "yellow"), warning))
    _tree(preview, out)
    _addresses(preview, out)
    _fleets(preview, out)
    _claims(preview, out)
    _retention(preview, out)
    _protection(preview, out)
    _verdict(preview, out)


def _answer(preview: Preview) -> Text:
    """Return whether a stack passes, with the numbers of findings and of proofs."""
    by_severity = Counter(finding.severity for finding in preview.verdict.findings)
    severities = ", ".join(f"{by_severity[name]} {name}" for name in _SEVERITY_STYLES if by_severity[name])
    findings = _count(len(preview.verdict.findings), "finding") + (f" ({severities})" if severities else "")
    logs = len({sink.log for sink in preview.sinks})
    proven = [f"{logs - len(preview.unproven_logs)} of {_count(logs, 'log')}"]
    if claims := preview.claims:
        holding = sum(item.proven for item in claims)
        proven.append(f"{holding} of {_count(len(claims), 'network claim')}")
    return Text.assemble(_mark(passes=preview.clean), f"{findings} · {' and '.join(proven)} proven")


def _mark(*, passes: bool) -> tuple[str, str]:
    return ("passes  ", "bold green") if passes else ("fails  ", "bold red")


def _indent(content: RenderableType, columns: int) -> Padding:
    return Padding(content, (0, 0, 0, columns), expand=False)


def _heading(text: str, out: Console) -> None:
    out.print()
    out.print(Text(text, style="bold"))


def _tree(preview: Preview, out: Console) -> None:
    _heading("What would be built", out)
    for branch in preview.tree:
        width = out.width - 2 * _GUIDE_WIDTH
        root = Tree(_line(branch, width), guide_style="dim")
        _grow(root, branch, width)
        out.print(_indent(root, 2))


def _grow(tree: Tree, branch: Branch, width: int) -> None:
    for child in branch.branches:
        _grow(tree.add(_line(child, width)), child, width - _GUIDE_WIDTH)


_LISTED = frozenset({"cloudwatch/MetricAlarm"})


def _line(branch: Branch, width: int) -> Text:
    if branch.is_component:
        protected = f", {branch.protected} protected" if branch.protected else ""
        return Text.assemble(
            (branch.name, "bold"),
            (f"  {branch.detail}", "dim"),
            f"  {_count(branch.resources, 'resource')}{protected}",
        )
    line = Text.assemble((f"{branch.resources} × " if branch.resources > 1 else ""), branch.name)
    line.append(f"  {branch.detail}", style="dim")
    # People look for single alarms. For other types, the number is more useful than the names.
    if branch.name not in _LISTED:
        line.truncate(width, overflow="ellipsis")
    return line


def report_table(*columns: str, right: tuple[str, ...] = (), whole: tuple[str, ...] = ()) -> Table:
    """Return an empty table in the style of every report; `right` columns are for numbers, `whole` columns never wrap."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim", show_edge=False)
    for column in columns:
        table.add_column(
            column,
            justify="right" if column in right else "left",
            overflow="fold",
            no_wrap=column in right or column in whole,
        )
    return table


def _addresses(preview: Preview, out: Console) -> None:
    _heading("Address plan", out)
    table = report_table("VPC", "Subnet", "Zone", "Tier", "Usable", "To the internet", right=("Usable",))
    for subnet in preview.subnets:
        table.add_row(
            subnet.vpc, subnet.cidr, subnet.zone, subnet.tier, f"{subnet.usable_addresses:,}", subnet.route
        )
    out.print(_indent(table, 2))


def _fleets(preview: Preview, out: Console) -> None:
    if not preview.auto_scaling_groups:
        return
    _heading("Instances", out)
    table = report_table("Group", "Type", "Minimum", "Maximum", "Zones", right=("Minimum", "Maximum"))
    for fleet in preview.auto_scaling_groups:
        zones = ", ".join(fleet.zones)
        table.add_row(fleet.name, fleet.instance_type, str(fleet.min_size), str(fleet.max_size), zones)
    out.print(_indent(table, 2))


def _claims(preview: Preview, out: Console) -> None:
    if not preview.claims:
        return
    _heading("Reachability", out)
    for claim in preview.claims:
        mark = ("proven  ", "bold green") if claim.proven else ("not proven  ", "bold red")
        out.print(_indent(Text.assemble(mark, claim.text), 2))
        for fault in claim.faults:
            out.print(_indent(Text(fault), 4))


def _retention(preview: Preview, out: Console) -> None:
    _heading("Where logs go and how long they stay", out)
    table = report_table(
        "Log",
        "Kept in",
        "Days",
        "Key",
        "Object Lock",
        right=("Days",),
        whole=("Kept in", "Key", "Object Lock"),
    )
    for log, sinks in groupby(preview.sinks, key=lambda sink: sink.log):
        stores = [
            (
                sink.store,
                "forever" if sink.retention_days is None else f"{sink.retention_days:,}",
                sink.key,
                _lock(sink.lock),
            )
            for sink in sinks
        ]
        table.add_row(log, *("\n".join(column) for column in zip(*stores, strict=True)))
    out.print(_indent(table, 2))
    for log, fault in preview.unproven_logs.items():
        out.print(_indent(Text.assemble(("not proven  ", "bold red"), (log, "bold"), f": {fault}"), 2))
    if not preview.unproven_logs:
        logs = len({sink.log for sink in preview.sinks})
        settings = ", ".join(sorted({sink.setting for sink in preview.sinks if sink.setting}))
        by = f", by {settings}" if settings else ""
        text = (
            f"{_count(logs, 'log')}: each has a store that keeps it {preview.log_days:,} days or longer{by}"
        )
        out.print(_indent(Text.assemble(("proven  ", "bold green"), text), 2))


def _lock(lock: str) -> str:
    """Return a lock without its days, because a terminal has no room for them."""
    mode, *rest = lock.split(", ")
    return f"{mode}, replica" if "by replication" in rest else mode


def _protection(preview: Preview, out: Console) -> None:
    _heading("Protected from deletion", out)
    if preview.protected:
        listed = ", ".join(
            f"{count} × {label}" if count > 1 else label for label, count in preview.protected.items()
        )
        out.print(_indent(listed, 2))
    else:
        out.print("  Nothing: `pulumi destroy` removes this stack with its data and its logs.")


def _verdict(preview: Preview, out: Console) -> None:
    verdict = preview.verdict
    _heading("Policy", out)
    for group in verdict.groups:
        _findings(group, preview.origins.get(group.first.policy, ()), out)
    for exempt in verdict.exempt:
        out.print(_indent(Text.assemble(("exempt  ", "dim"), exempt.policy, (f"  {exempt.name}", "dim")), 2))
    if verdict.exempt:
        out.print(
            _indent(Text("Why, and under which conditions: hipaa-policies explain CONTROL", style="dim"), 2)
        )
    for waived in verdict.accepted:
        title = Text.assemble(("waived  ", "dim"), waived.policy, (f"  {waived.name}", "dim"))
        title.append(f"  until {waived.expires}", style="dim")
        out.print(_indent(title, 2))
    if verdict.accepted:
        out.print(_indent(Text(f"Why, and who approved it: {preview.waivers}", style="dim"), 2))
    summary = (
        f"{_count(verdict.controls, 'control')} judged {_count(verdict.checks, 'time')}: "
        f"{_count(len(verdict.findings), 'finding')}, {_count(len(verdict.exempt), 'exemption')}, "
        f"{_count(len(verdict.accepted), 'waiver')} in force"
    )
    out.print(_indent(Text.assemble(_mark(passes=not verdict.findings), summary), 2))


def _findings(group: Group, origins: Sequence[str], out: Console) -> None:
    finding, several = group.first, len(group.names) > 1
    title = Text.assemble(
        (f"{finding.severity}  ", _SEVERITY_STYLES.get(finding.severity, "")),
        (finding.policy, "bold"),
        (f"  {_count(len(group.names), 'resource') if several else finding.name}", ""),
    )
    out.print(_indent(title, 2))
    out.print(_indent(Text(group.message), 4))
    if several:
        out.print(_indent(Text(group.listed()), 4))
    for sentence in origins:
        out.print(_indent(Text(sentence), 4))
    if finding.remediation:
        out.print(_indent(Text.assemble(("How to fix it: ", "dim"), finding.remediation), 4))
    if finding.citations:
        out.print(_indent(Text("Maps to 45 CFR " + ", ".join(finding.citations), style="dim"), 4))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

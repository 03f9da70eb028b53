"""The judge: apply every control to every resource of a program, and count the results."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from hipaa_policies.aliases import canonical
from hipaa_policies.catalog import (
    Config,
    ConfigError,
    Control,
    Deferred,
    Exempt,
    NotApplicable,
    Pack,
    controls,
)
from hipaa_policies.model import STACK_TYPE, Graph, JudgedResource, Violation, Waiver
from hipaa_policies.reading import judged_graph
from hipaa_policies.waivers import POLICY as WAIVER_POLICY
from hipaa_policies.waivers import Waivers

_NOTHING: Final[Mapping[str, Mapping[str, object]]] = {}


@dataclass(frozen=True, slots=True)
class CheckFinding:
    """One message of a check about one resource. `broken` means that the rule itself failed."""

    urn: str
    message: str
    broken: bool = False
    of_stack: bool = False
    """Whether it comes from the check of the whole stack."""


@dataclass(slots=True)
class Tally:
    """The number of resources that one control judged, by result.

    A resource counts once, by the worst message about it: failed, waived, deferred, not applicable, or else passed.
    """

    control: str
    passed: int = 0
    failed: int = 0
    deferred: int = 0
    waived: int = 0
    not_applicable: int = 0

    @property
    def checked(self) -> int:
        """The number of resources to which the control applies."""
        return self.passed + self.failed + self.deferred + self.waived


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of the controls on a program."""

    violations: tuple[Violation, ...]
    """Mandatory violations: a program with one of these must not be deployed."""
    advisories: tuple[Violation, ...]
    """Violations of advisory controls, and messages that are deferred to the deployment."""
    waived: tuple[Violation, ...]
    """Violations that an active waiver accepts, each with its waiver."""
    tallies: tuple[Tally, ...]
    """One tally for each control, in the order of the catalog."""
    resources: int
    """The number of judged resources."""
    passing_urns: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """URNs of the resources that passed each control, by control id."""
    exempt: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """URNs of the resources that the exemption of each control covers, by control id."""
    notes: tuple[str, ...] = ()
    """Sentences about waivers that expire soon, do not apply on this day or cover nothing; these are no violations."""

    @property
    def ok(self) -> bool:
        """Whether there is no mandatory violation."""
        return not self.violations


def judge(
    resources: Iterable[JudgedResource],
    *,
    config: Mapping[str, Mapping[str, object]] = _NOTHING,
    waivers: Waivers | None = None,
    pack: Pack | None = None,
    today: datetime.date | None = None,
) -> Report:
    """Apply the controls to the resources of a program.

    Args:
        resources: every resource that the program registers, including components and the stack.
        config: settings by control id: the `settings` of the control, and `enforcementLevel`.
        waivers: accepted exceptions; None accepts nothing. Malformed entries are violations.
        pack: apply only the controls of this pack.
        today: the date for which waivers are judged; by default the current date in UTC.

    Raises:
        ConfigError: the configuration names an unknown control or setting, or holds a value that is not allowed.
    """
    graph = judged_graph(map(canonical, resources))
    applied = controls(pack)
    return _Judgement(
        graph, applied, _configured(applied, config), config, waivers, today or _today()
    ).report()


def check_resource(control: Control, resource: JudgedResource, config: Config) -> tuple[CheckFinding, ...]:
    """Return the findings of a resource control on a resource; a rule that raises becomes a broken finding."""
    if control.resource_check is None:
        return ()
    sentences = ((resource, text) for text in control.resource_check(resource, config))
    return tuple(_guarded(control, sentences, resource.urn))


def check_stack(control: Control, graph: Graph, config: Config) -> tuple[CheckFinding, ...]:
    """Return the findings of a stack control on a program; a rule that raises becomes a broken finding."""
    if control.stack_check is None:
        return ()
    return tuple(_guarded(control, control.stack_check(graph, config), _stack_urn(graph), of_stack=True))


def _guarded(
    control: Control, sentences: Iterator[tuple[JudgedResource, str]], urn: str, *, of_stack: bool = False
) -> Iterator[CheckFinding]:
    try:
        for resource, message in sentences:
            yield CheckFinding(resource.urn, message, of_stack=of_stack)
    except Exception as error:  # A faulty rule must be a violation with a readable message.
        text = (
            f"The rule {control.id} must reach a verdict, but it stopped with {type(error).__name__}: {error}"
        )
        yield CheckFinding(urn, text, broken=True, of_stack=of_stack)


class _Judgement:
    """One run of the judge: sorts findings into violations, advisories and waived violations."""

    def __init__(
        self,
        graph: Graph,
        applied: tuple[Control, ...],
        configs: Mapping[str, Config],
        entries: Mapping[str, Mapping[str, object]],
        waivers: Waivers | None,
        today: datetime.date,
    ) -> None:
        self.graph = graph
        self.controls = applied
        self.configs = configs
        self.waivers = waivers
        self.today = today
        self.entries = entries
        self.violations: list[Violation] = []
        self.advisories: list[Violation] = []
        self.waived: list[Violation] = []
        self.used: set[Waiver] = set()
        self.passing_urns: dict[str, list[str]] = {}
        self.exempt: dict[str, list[str]] = {}

    def report(self) -> Report:
        """Apply every control and return the report."""
        subjects = self._subjects()
        tallies: list[Tally] = []
        for control in self.controls:
            tally = Tally(control.id)
            tallies.append(tally)
            config = self.configs[control.id]
            by_urn = {item.urn: [*check_resource(control, item, config)] for item in subjects[control.id]}
            for finding in check_stack(control, self.graph, config):
                by_urn.setdefault(finding.urn, []).append(finding)
            for urn, findings in by_urn.items():
                self._count(control, tally, urn, findings)
        return Report(
            (*self.violations, *self._malformed_waivers()),
            tuple(self.advisories),
            tuple(self.waived),
            tuple(tallies),
            len(self.graph.resources),
            {id_: tuple(urns) for id_, urns in self.passing_urns.items()},
            {id_: tuple(urns) for id_, urns in self.exempt.items()},
            tuple(self._notes()),
        )

    def _subjects(self) -> Mapping[str, list[JudgedResource]]:
        """Return the resources that each control judges, by control id."""
        subjects: dict[str, list[JudgedResource]] = {control.id: [] for control in self.controls}
        by_type: dict[tuple[str, str], list[Control]] = {}
        for resource in self.graph.resources:
            spelling = (resource.type, resource.original_type)
            if spelling not in by_type:
                by_type[spelling] = [item for item in self.controls if item.judges(resource)]
            for control in by_type[spelling]:
                subjects[control.id].append(resource)
        return subjects

    def _count(self, control: Control, tally: Tally, urn: str, findings: list[CheckFinding]) -> None:
        """Sort the findings about one resource, and count the resource by the worst of them."""
        outcomes = {self._sort(control, finding) for finding in findings}
        for outcome in ("failed", "waived", "deferred", "not_applicable"):
            if outcome in outcomes:
                break
        else:
            outcome = "passed"
            self.passing_urns.setdefault(control.id, []).append(urn)
        if outcome == "not_applicable" and any(isinstance(item.message, Exempt) for item in findings):
            self.exempt.setdefault(control.id, []).append(urn)
        setattr(tally, outcome, getattr(tally, outcome) + 1)

    def _sort(self, control: Control, finding: CheckFinding) -> str:
        if isinstance(finding.message, NotApplicable):
            return "not_applicable"
        deferred = isinstance(finding.message, Deferred)
        violation = Violation(
            control.id,
            finding.urn,
            str(finding.message),
            control.severity,
            deferred=deferred,
            broken=finding.broken,
            of_stack=finding.of_stack,
        )
        waiver = None
        if self.waivers is not None and not finding.broken:
            waiver = self.waivers.covering(violation, self.today)
        if waiver is not None:
            self.used.add(waiver)
        if deferred:
            self.advisories.append(violation)
            return "deferred"
        if waiver is not None:
            self.waived.append(replace(violation, waived_by=waiver))
            return "waived"
        level = control.level_of(self.entries.get(control.id, {}), of_stack=finding.of_stack)
        lowered = level == "advisory" and not finding.broken
        (self.advisories if lowered else self.violations).append(violation)
        return "failed"

    def _malformed_waivers(self) -> Iterator[Violation]:
        for problem in self.waivers.problems if self.waivers else ():
            yield Violation(WAIVER_POLICY, _stack_urn(self.graph), problem, "high")

    def _notes(self) -> Iterator[str]:
        if self.waivers is not None:
            judged = {control.id for control in self.controls}
            yield from self.waivers.notes(self.used, _stack_urn(self.graph), judged, self.today)


def _configured(
    applied: tuple[Control, ...], entries: Mapping[str, Mapping[str, object]]
) -> Mapping[str, Config]:
    ids = {item.id for item in controls()}
    problems = [f"{name} is not a control of the catalog" for name in entries if name not in ids]
    configs: dict[str, Config] = {}
    for control in applied:
        try:
            configs[control.id] = control.settings_of(entries.get(control.id, {}))
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(tuple(problems))
    return configs


def _stack_urn(graph: Graph) -> str:
    """Return the URN of the stack, or of its first resource if the stack itself was not recorded."""
    stack = next(graph.by_type(STACK_TYPE), None) or next(iter(graph.resources), None)
    return stack.urn if stack else ""


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.UTC).date()

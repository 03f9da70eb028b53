"""The policy packs, as Pulumi's Python SDK serves them: made from the catalog, judged by the same functions.

A control that looks at one resource is a policy of its own. The SDK takes every resource apart again for each stack
policy, so a pack has two of those: one runs all controls of the whole stack and judges the waivers, the other tells
what is let pass (waived, deferred to deployment, advisory), because a policy of the SDK has one level for all it says.
"""

from __future__ import annotations

import contextlib
import datetime
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final, cast

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyComplianceFramework,
    PolicyConfigSchema,
    PolicyPack,
    PolicyResource,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)

from hipaa_policies import config as configuration
from hipaa_policies.aliases import canonical
from hipaa_policies.catalog import ConfigError, Control, Deferred, NotApplicable, Pack, controls
from hipaa_policies.judge import Report, check_resource, judge
from hipaa_policies.model import Resource, Violation
from hipaa_policies.reading import judged_properties
from hipaa_policies.sentences import deferrals, in_full
from hipaa_policies.values import peek
from hipaa_policies.waivers import Waivers, load

WAIVERS_VARIABLE: Final = "HIPAA_POLICIES_WAIVERS"
"""Names the waiver file by an absolute path; empty means that no waiver is accepted."""
SETTINGS_FAULT: Final = "policy-settings-are-valid"
"""The control under which faults of the settings themselves are told."""

# Implementation specifications that 45 CFR 164.312 and 164.316 mark; the other citations carry no mark.
_SPECIFICATIONS: Final = {
    "164.312(a)(2)(i)": "Required",
    "164.312(a)(2)(iv)": "Addressable",
    "164.312(c)(2)": "Addressable",
    "164.312(e)(2)(i)": "Addressable",
    "164.312(e)(2)(ii)": "Addressable",
    "164.316(b)(2)(i)": "Required",
}
_LEVELS: Final = {"mandatory": EnforcementLevel.MANDATORY, "advisory": EnforcementLevel.ADVISORY}


def serve(pack: Pack) -> None:
    """Serve a pack to the engine that started this process; it does not return."""
    PolicyPack(
        name=f"hipaa-{pack}",
        policies=policies(pack),
        enforcement_level=EnforcementLevel.MANDATORY,
        description=f"Controls that map to the HIPAA Security Rule: {pack}.",
        provider="aws",
    )


def policies(pack: Pack) -> list[Policy]:
    """Return a pack's policies, which share what they learn of the configuration and the waivers."""
    session = Session(pack)
    alone = [_resource_policy(item, session) for item in controls(pack) if item.resource_check is not None]
    return [*alone, _relations_policy(session), _notes_policy(session)]


@dataclass
class Session:
    """What the policies of one pack share while their server runs."""

    pack: Pack
    settings: dict[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    """Settings of resource controls, as the engine gave them to each; the stack policies match waivers with them."""
    stack_settings: Mapping[str, object] = field(default_factory=dict[str, object])
    """Settings of stack controls by control id, as the engine gave them to the policy that runs those."""
    inputs: dict[str, dict[str, object]] = field(default_factory=dict[str, dict[str, object]])
    """What the program set of each resource, by URN; the engine sends it for one resource at a time only."""
    _first: dict[str, str] = field(default_factory=dict[str, str])
    """By URN, the control that saw a resource first; the SDK asks the controls in one order."""

    def judged_inputs(self, control: Control, args: ResourceValidationArgs) -> dict[str, object]:
        """Return a resource's inputs as the rules read them, and remember them for the policies over the whole stack."""
        if self._first.setdefault(args.urn, control.id) == control.id:
            self.inputs[args.urn] = judged_properties(args.props, {})
        return self.inputs[args.urn]

    @cached_property
    def waivers(self) -> Waivers | None:
        """The accepted exceptions, read once."""
        return waivers_for(Path.cwd())

    @cached_property
    def known(self) -> Mapping[str, Control]:
        """The pack's controls by id."""
        return {item.id: item for item in controls(self.pack)}

    def report(self, resources: Iterable[Resource]) -> Report:
        """Judge a whole stack; a `ConfigError` tells of settings that are not allowed."""
        stack = configuration.flat({configuration.relations_policy(self.pack): self.stack_settings})
        return judge(resources, config={**self.settings, **stack}, waivers=self.waivers, pack=self.pack)


def waivers_for(directory: Path) -> Waivers | None:
    """Return the waivers that the environment names, else those of a file beside the pack or one folder above."""
    named = os.environ.get(WAIVERS_VARIABLE)
    if named is not None:
        return _named_waivers(named) if named else None
    found = (path for path in (directory / "waivers.yaml", directory.parent / "waivers.yaml"))
    return next((load(path) for path in found if path.is_file()), None)


def _named_waivers(name: str) -> Waivers:
    """Read a named file; one that is not there must not pass for one without entries."""
    if not Path(name).is_absolute():
        return Waivers(problems=(f'{WAIVERS_VARIABLE} must be an absolute path, but it is "{name}".',))
    try:
        return load(Path(name))
    except OSError as error:
        return Waivers(
            problems=(f"{WAIVERS_VARIABLE} must name a readable file, but {name}: {error.strerror}.",)
        )


def _resource_policy(control: Control, session: Session) -> ResourceValidationPolicy:
    @lru_cache(maxsize=1024)
    def concerns(type_: str) -> bool:
        return control.judges(canonical(Resource("", type_, "", {})))

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        given = args.get_config()
        session.settings[control.id] = given
        inputs = session.judged_inputs(control, args)
        if not concerns(args.resource_type):
            return
        try:
            settings = control.configured(given)
        except ConfigError as error:
            _tell_settings_faults(error, args.urn, report)
            return
        excuses: list[str] = []
        told = False
        for finding in check_resource(control, canonical(_resource(args, inputs)), settings):
            if isinstance(finding.message, NotApplicable):
                excuses.append(str(finding.message))
            elif not isinstance(finding.message, Deferred):
                violation = Violation(control.id, finding.urn, finding.message, control.severity)
                told = True
                if finding.broken or not _is_waived(violation, session.waivers):
                    report(in_full(violation, control), finding.urn)
        if excuses and not told:
            args.not_applicable(excuses[0])

    return ResourceValidationPolicy(
        name=control.id,
        validate=cast("Callable[[ResourceValidationArgs, ReportViolation], None]", validate),
        config_schema=_schema(configuration.schema(control)),
        enforcement_level=_LEVELS[control.level],
        remediation_steps=control.remediation,
        **_facts(control),
    )


def _relations_policy(session: Session) -> StackValidationPolicy:
    """Run the pack's controls of the whole stack; what the waivers themselves lack is told here too."""

    def told(report: Report) -> Iterator[Violation]:
        for violation in report.violations:
            control = session.known.get(violation.policy)
            if control is None or control.stack_check is not None or violation.broken:
                yield violation

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        session.stack_settings = args.get_config()
        try:
            _tell(session, args, told, report)
        except ConfigError as error:
            _tell_settings_faults(error, "", report)

    return StackValidationPolicy(
        name=configuration.relations_policy(session.pack),
        description=f"The {session.pack} controls of the stack as a whole, and its waivers, hold.",
        display_name=f"{session.pack.capitalize()}: the stack as a whole",
        validate=validate,
        enforcement_level=EnforcementLevel.MANDATORY,
        severity=Severity.CRITICAL,
        config_schema=_schema(configuration.relations_schema(session.pack)),
        framework=_framework("164.308(a)(1)(ii)(B)"),
    )


def _notes_policy(session: Session) -> StackValidationPolicy:
    """Tell what is let pass; an advisory resource control tells its violations itself."""

    def told(report: Report) -> Iterator[Violation]:
        yield from report.waived
        for violation in report.advisories:
            if not violation.deferred and session.known[violation.policy].stack_check is not None:
                yield violation

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        # The policy before this one has told what is wrong with the settings.
        with contextlib.suppress(ConfigError):
            for sentence in deferrals(_tell(session, args, told, report)):
                report(sentence, None)

    return StackValidationPolicy(
        name=configuration.notes_policy(session.pack),
        description=f"What the {session.pack} controls let pass: waived, judged at deployment, or advisory.",
        display_name=f"{session.pack.capitalize()}: let pass",
        validate=validate,
        enforcement_level=EnforcementLevel.ADVISORY,
        severity=Severity.LOW,
        framework=_framework("164.308(a)(1)(ii)(B)"),
    )


def _tell(
    session: Session,
    args: StackValidationArgs,
    told: Callable[[Report], Iterator[Violation]],
    report: ReportViolation,
) -> Report:
    found = session.report(_of_the_stack(item, session) for item in args.resources)
    for violation in told(found):
        report(in_full(violation, session.known.get(violation.policy)), violation.urn)
    return found


def _tell_settings_faults(error: ConfigError, urn: str, report: ReportViolation) -> None:
    for problem in error.problems:
        report(in_full(Violation(SETTINGS_FAULT, urn, f"{problem}.", "high"), None), urn or None)


def _is_waived(violation: Violation, waivers: Waivers | None) -> bool:
    today = datetime.datetime.now(datetime.UTC).date()
    return waivers is not None and waivers.covering(violation, today) is not None


def _of_the_stack(given: PolicyResource, session: Session) -> Resource:
    """Return a resource of the whole stack: its properties are outputs, so its remembered inputs go before them."""
    inputs = session.inputs.get(given.urn)
    resource = _resource(given, judged_properties(inputs, given.props))
    return replace(
        resource,
        parent=given.parent.urn if given.parent is not None else given.opts.parent,
        property_dependencies={
            name: tuple(item.urn for item in items) for name, items in given.property_dependencies.items()
        },
        dependencies=tuple(item.urn for item in given.dependencies),
        read_back=inputs is None,
    )


def _resource(given: ResourceValidationArgs | PolicyResource, properties: Mapping[str, object]) -> Resource:
    """Return a resource of the SDK as the rules see it."""
    return Resource(
        urn=given.urn,
        type=given.resource_type,
        name=given.name,
        props=properties,
        parent=given.opts.parent,
        protect=given.opts.protect,
        ignore_changes=tuple(given.opts.ignore_changes),
        provider_region=peek(given.provider.props, "region") if given.provider is not None else None,
    )


def _schema(properties: dict[str, dict[str, Any]]) -> PolicyConfigSchema | None:
    return PolicyConfigSchema(properties) if properties else None


def _framework(citation: str) -> PolicyComplianceFramework:
    return PolicyComplianceFramework(
        name="HIPAA Security Rule",
        version="45 CFR 164 Subpart C",
        reference=citation,
        specification=_SPECIFICATIONS.get(citation),
    )


def _facts(control: Control) -> dict[str, Any]:
    """Return what the SDK publishes about a policy; a framework takes one citation, so the tags have them all."""
    return {
        "description": control.description,
        "display_name": control.title,
        "severity": Severity(control.severity),
        "framework": _framework(control.citations[0]),
        "tags": [*(f"45CFR:{item}" for item in control.citations), *control.sources],
    }

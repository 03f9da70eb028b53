"""Build the policy packs from the catalog and serve them with Pulumi's Python SDK.

Every control with a check for one resource becomes one policy. The SDK deserializes all resources again for each stack
policy, so a pack has only two of them: the first runs all checks of the whole stack, the second reports waived, deferred
and advisory findings, and notes about waivers. They are separate because all messages of a policy have the same level.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable, Mapping
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
from hipaa_policies.model import JudgedResource, Violation
from hipaa_policies.reading import judged_properties
from hipaa_policies.sentences import deferrals, full_message
from hipaa_policies.values import peek
from hipaa_policies.waivers import Waivers, load

WAIVERS_VARIABLE: Final = "HIPAA_POLICIES_WAIVERS"
"""Environment variable with the absolute path of the waiver file; an empty value means that no waiver is accepted."""
SETTINGS_FAULT: Final = "policy-settings-are-valid"
"""The name under which faults of the settings are reported."""

# The cited implementation specifications of 45 CFR 164.312 and 164.316; the other citations are standards.
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
    """Serve a pack to the engine that started this process; this function does not return."""
    PolicyPack(
        name=f"hipaa-{pack}",
        policies=policies(pack),
        enforcement_level=EnforcementLevel.MANDATORY,
        description=f"Controls that map to the HIPAA Security Rule: {pack}.",
        provider="aws",
    )


def policies(pack: Pack) -> list[Policy]:
    """Return the policies of a pack, which share one session."""
    session = Session(pack)
    for_resources = [
        _resource_policy(item, session) for item in controls(pack) if item.resource_check is not None
    ]
    return [*for_resources, _relations_policy(session), _notes_policy(session)]


@dataclass
class Session:
    """The state that the policies of one pack share while their server runs."""

    pack: Pack
    settings: dict[str, Mapping[str, object]] = field(default_factory=dict[str, Mapping[str, object]])
    """Settings of resource controls by control id; the stack policies need them to find unmatched waivers."""
    stack_settings: Mapping[str, object] = field(default_factory=dict[str, object])
    """Settings of stack controls by control id."""
    inputs: dict[str, dict[str, object]] = field(default_factory=dict[str, dict[str, object]])
    """Judged inputs of each resource by URN; the engine sends inputs only to the policies for single resources."""
    stack_report: Report | None = None
    """The report of the first stack policy, for the second one; the SDK calls them in this order with the same stack."""
    _first: dict[str, str] = field(default_factory=dict[str, str])
    """By URN, the first control that judged the resource; the SDK calls the controls always in the same order."""

    def judged_inputs(self, control: Control, args: ResourceValidationArgs) -> dict[str, object]:
        """Return the inputs of a resource as the rules judge them, and keep them for the stack policies."""
        if self._first.setdefault(args.urn, control.id) == control.id:
            self.inputs[args.urn] = judged_properties(args.props, {})
        return self.inputs[args.urn]

    @cached_property
    def waivers(self) -> Waivers | None:
        """The waivers, read once; None if there is no waiver file."""
        return waivers_for(Path.cwd())

    @cached_property
    def controls(self) -> Mapping[str, Control]:
        """The controls of the pack by id."""
        return {item.id: item for item in controls(self.pack)}

    def reports(self, violation: Violation, control: Control) -> bool:
        """Return whether a stack policy reports a violation.

        The policy of the resource reports what one resource decides. If that policy is disabled, nobody reports the
        findings of the same control about the whole stack.
        """
        enabled = control.resource_check is None or control.id in self.settings
        return violation.of_stack and enabled

    def report(self, resources: Iterable[JudgedResource]) -> Report:
        """Judge a whole stack.

        Raises:
            ConfigError: a setting is not allowed.
        """
        stack = configuration.flatten_settings(
            {configuration.relations_policy(self.pack): self.stack_settings}
        )
        return judge(resources, config={**self.settings, **stack}, waivers=self.waivers, pack=self.pack)


def waivers_for(directory: Path) -> Waivers | None:
    """Return the waivers of a pack; None if it has none.

    The environment variable `HIPAA_POLICIES_WAIVERS` names the file. Without it, the file is `waivers.yaml` in the
    directory of the pack or in its parent directory.
    """
    named = os.environ.get(WAIVERS_VARIABLE)
    if named is not None:
        return _named_waivers(named) if named else None
    candidates = (directory / "waivers.yaml", directory.parent / "waivers.yaml")
    return next((load(path) for path in candidates if path.is_file()), None)


def _named_waivers(name: str) -> Waivers:
    """Return the waivers of a named file; a missing file is a problem, and is not treated as empty."""
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
        return control.judges(canonical(JudgedResource("", type_, "", {})))

    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        entry = args.get_config()
        session.settings[control.id] = entry
        inputs = session.judged_inputs(control, args)
        if not concerns(args.resource_type):
            return
        try:
            settings = control.settings_of(entry)
        except ConfigError as error:
            _report_settings_faults(error, args.urn, report)
            return
        reasons: list[str] = []
        violated = False
        for finding in check_resource(control, canonical(_resource(args, inputs)), settings):
            if isinstance(finding.message, NotApplicable):
                reasons.append(str(finding.message))
            elif not isinstance(finding.message, Deferred):
                violation = Violation(control.id, finding.urn, finding.message, control.severity)
                violated = True
                if finding.broken or not _is_waived(violation, session.waivers):
                    report(full_message(violation, control), finding.urn)
        if reasons and not violated:
            args.not_applicable(reasons[0])

    return ResourceValidationPolicy(
        name=control.id,
        validate=cast("Callable[[ResourceValidationArgs, ReportViolation], None]", validate),
        config_schema=_schema(configuration.schema(control)),
        enforcement_level=_LEVELS[control.level],
        remediation_steps=control.remediation,
        **_facts(control),
    )


def _relations_policy(session: Session) -> StackValidationPolicy:
    """Return the policy that runs the stack controls of the pack and reports malformed waivers."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        session.stack_settings, session.stack_report = args.get_config(), None
        try:
            session.stack_report = outcome = _judge_stack(session, args)
        except ConfigError as error:
            _report_settings_faults(error, "", report)
            return
        for violation in outcome.violations:
            control = session.controls.get(violation.policy)
            if control is None or violation.broken or session.reports(violation, control):
                report(full_message(violation, control), violation.urn)

    return StackValidationPolicy(
        name=configuration.relations_policy(session.pack),
        description=f"Runs the {session.pack} controls that judge the stack as a whole, and reads the waivers.",
        display_name=f"{session.pack.capitalize()}: the stack as a whole",
        validate=validate,
        enforcement_level=EnforcementLevel.MANDATORY,
        severity=Severity.CRITICAL,
        config_schema=_schema(configuration.relations_schema(session.pack)),
        framework=_framework("164.308(a)(1)(ii)(B)"),
    )


def _notes_policy(session: Session) -> StackValidationPolicy:
    """Return the policy that reports waived, deferred and advisory findings, and notes about waivers."""

    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        outcome, session.stack_report = session.stack_report, None
        if outcome is None:
            try:
                outcome = _judge_stack(session, args)
            except ConfigError:
                return  # The first stack policy reports faults of the settings.
        for violation in (*outcome.waived, *outcome.advisories):
            control = session.controls[violation.policy]
            if violation.waived_by is not None or (
                not violation.deferred and session.reports(violation, control)
            ):
                report(full_message(violation, control), violation.urn)
        for message in (*deferrals(outcome), *outcome.notes):
            report(message, None)

    return StackValidationPolicy(
        name=configuration.notes_policy(session.pack),
        description=f"Reports the waived, deferred and advisory findings of the {session.pack} controls, and waivers that expire.",
        display_name=f"{session.pack.capitalize()}: notes",
        validate=validate,
        enforcement_level=EnforcementLevel.ADVISORY,
        severity=Severity.LOW,
        framework=_framework("164.308(a)(1)(ii)(B)"),
    )


def _judge_stack(session: Session, args: StackValidationArgs) -> Report:
    return session.report(_stack_resource(item, session) for item in args.resources)


def _report_settings_faults(error: ConfigError, urn: str, report: ReportViolation) -> None:
    for problem in error.problems:
        report(full_message(Violation(SETTINGS_FAULT, urn, f"{problem}.", "high"), None), urn or None)


def _is_waived(violation: Violation, waivers: Waivers | None) -> bool:
    today = datetime.datetime.now(datetime.UTC).date()
    return waivers is not None and waivers.covering(violation, today) is not None


def _stack_resource(item: PolicyResource, session: Session) -> JudgedResource:
    """Return a resource of a stack policy: the SDK supplies outputs, and the session supplies the inputs."""
    inputs = session.inputs.get(item.urn)
    resource = _resource(item, judged_properties(inputs, item.props))
    return replace(
        resource,
        parent=item.parent.urn if item.parent is not None else item.opts.parent,
        property_dependencies={
            name: tuple(other.urn for other in others) for name, others in item.property_dependencies.items()
        },
        dependencies=tuple(other.urn for other in item.dependencies),
        has_outputs_only=inputs is None,
    )


def _resource(
    item: ResourceValidationArgs | PolicyResource, properties: Mapping[str, object]
) -> JudgedResource:
    """Return a resource of the SDK as the rules judge it."""
    return JudgedResource(
        urn=item.urn,
        type=item.resource_type,
        name=item.name,
        props=properties,
        parent=item.opts.parent,
        protect=item.opts.protect,
        ignore_changes=tuple(item.opts.ignore_changes),
        provider_region=peek(item.provider.props, "region") if item.provider is not None else None,
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
    """Return the metadata of a policy. The SDK takes one citation as the framework; the tags hold all of them."""
    return {
        "description": control.description,
        "display_name": control.title,
        "severity": Severity(control.severity),
        "framework": _framework(control.citations[0]),
        "tags": [*(f"45CFR:{item}" for item in control.citations), *control.sources],
    }

"""Verdicts: which findings form one group."""

from __future__ import annotations

from dataclasses import replace

from blueprint.verdict import Finding, Group, Verdict

FINDING = Finding(
    policy="log-group-keeps-six-years",
    severity="high",
    urn="urn:pulumi:prod::clinic::aws:cloudwatch/logGroup:LogGroup::a",
    name="cloudwatch/LogGroup a",
    message="retentionInDays must be at least 2192, but it is 30.",
)


def about(name: str, message: str = FINDING.message, policy: str = FINDING.policy) -> Finding:
    urn = FINDING.urn.removesuffix("a") + name
    return replace(FINDING, urn=urn, name=f"cloudwatch/LogGroup {name}", message=message, policy=policy)


def groups(*findings: Finding) -> tuple[Group, ...]:
    return Verdict(findings=findings, advisories=(), waived=(), exempt=(), controls=1, checks=1).groups


def test_findings_that_differ_in_the_resource_are_one_group() -> None:
    [group] = groups(about("a"), about("b"), about("a"))
    assert group.message == FINDING.message
    assert group.names == ("cloudwatch/LogGroup a", "cloudwatch/LogGroup b")
    assert group.first == FINDING


def test_messages_that_differ_in_the_name_of_the_resource_are_one_group() -> None:
    [group] = groups(
        about("web", "The key of web must rotate."), about("app-1", "The key of app-1 must rotate.")
    )
    assert group.message == "The key of … must rotate."


def test_a_single_message_keeps_the_name_of_the_resource() -> None:
    [group] = groups(about("web", "The key of web must rotate."))
    assert group.message == "The key of web must rotate."


def test_other_messages_and_other_controls_are_other_groups() -> None:
    listed = groups(about("a"), about("b", "It must have a key."), about("c", policy="other"), about("d"))
    assert [group.names for group in listed] == [
        ("cloudwatch/LogGroup a", "cloudwatch/LogGroup d"),
        ("cloudwatch/LogGroup b",),
        ("cloudwatch/LogGroup c",),
    ]


def test_a_name_is_replaced_only_as_a_whole_word() -> None:
    listed = groups(
        about("key", "The keys of web-key must rotate."), about("b", "The …s of web-… must rotate.")
    )
    assert len(listed) == 2


def test_a_finding_without_a_resource_keeps_its_message() -> None:
    [group] = groups(replace(FINDING, urn="", name=""))
    assert group.message == FINDING.message


def test_a_group_names_five_resources_and_counts_the_others() -> None:
    assert groups(*map(about, "abcde"))[0].listed("`{}`").endswith("d`, `cloudwatch/LogGroup e`")
    assert groups(*map(about, "abcdefg"))[0].listed().endswith("cloudwatch/LogGroup e and 2 more")

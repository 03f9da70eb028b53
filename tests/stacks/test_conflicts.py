"""What several stacks may not have at the same time, decided from their settings."""

from __future__ import annotations

import pytest

from stack.conflicts import Candidate, find
from tests.settings.documents import Document, merge, minimal_document, read

OWNER = ["account", "region"]


def candidate(name: str, overlay: Document | None = None, *, number: int = 0) -> Candidate:
    """Return a stack with an environment and a network of its own, changed by an overlay."""
    own = {"hipaa:environment": name, "hipaa:network": {"cidr": f"10.{number}.0.0/16"}}
    return Candidate(name, f"Pulumi.{name}.yaml", read(merge(merge(minimal_document(), own), overlay or {})))


def audit(*owned: str) -> Document:
    return {"hipaa:audit": {"owns": list(owned), "alert_emails": ["security@example.org"]}}


def copies(region: str) -> Document:
    return {"hipaa:data": {"backup": {"copy_to_region": region, "create_reports_role": False}}}


WEST: Document = {"aws:region": "us-west-2"}
OTHER_ACCOUNT: Document = {"hipaa:account": "210987654321", "aws:allowedAccountIds": ["210987654321"]}
EDGE: Document = {"hipaa:compute": {}, "hipaa:edge": {"domain": "app.example.org", "zone_id": "Z123"}}

EXCLUDING: list[tuple[str, Document, Document, str]] = [
    ("account", audit(*OWNER), audit(*OWNER), "hipaa:audit.owns contains account in each"),
    (
        "account in two regions",
        audit(*OWNER),
        audit(*OWNER) | WEST,
        "hipaa:audit.owns contains account in each",
    ),
    ("region", audit("region"), audit("region"), "hipaa:audit.owns covers us-east-1 of account 111122223333"),
    (
        "copy region and region",
        audit("copy_region") | copies("us-west-2"),
        audit("region") | WEST,
        "hipaa:audit.owns covers us-west-2 of account 111122223333",
    ),
    (
        "copy region",
        audit("copy_region") | copies("us-west-2"),
        audit("copy_region") | copies("us-west-2"),
        "hipaa:audit.owns covers us-west-2 of account 111122223333",
    ),
    (
        "role of the reports",
        audit(*OWNER) | {"hipaa:data": {"backup": {}}},
        audit("region") | WEST | {"hipaa:data": {"backup": {}}},
        "hipaa:data.backup.create_reports_role is true in each",
    ),
    ("environment", {}, {"hipaa:environment": "one"}, "hipaa:environment is one in each"),
    (
        "environment in two regions",
        {},
        {"hipaa:environment": "one"} | WEST,
        "hipaa:environment is one in each",
    ),
    (
        "domain",
        EDGE,
        EDGE,
        "hipaa:edge has the domain name app.example.org, or the wildcard below it, in each",
    ),
]


@pytest.mark.parametrize(
    ("one", "other", "part"), [case[1:] for case in EXCLUDING], ids=[case[0] for case in EXCLUDING]
)
def test_two_stacks_that_exclude_each_other_are_an_error_that_names_both_files(
    one: Document, other: Document, part: str
) -> None:
    found = [
        item for item in find([candidate("one", one), candidate("two", other, number=1)]) if item.is_error
    ]
    assert any(part in item.message for item in found)
    for item in found:
        assert item.stacks == {"one", "two"}
        assert item.message.startswith("Pulumi.one.yaml, Pulumi.two.yaml: ")


ACCEPTED: list[tuple[str, Document, Document]] = [
    ("one owner", audit(*OWNER), audit()),
    ("an owner for each region", audit(*OWNER), audit("region") | WEST),
    ("an owner for each account", audit(*OWNER), audit(*OWNER) | OTHER_ACCOUNT),
    ("the copy region of another account", audit(*OWNER, "copy_region") | copies("us-west-2"), audit(*OWNER) | OTHER_ACCOUNT | WEST),
    ("one owner of the copy region", audit(*OWNER, "copy_region") | copies("us-west-2"), audit() | copies("us-west-2")),
    ("the owner of the region that receives copies", audit(*OWNER) | copies("us-west-2"), audit("region") | WEST),
]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other"), [case[1:] for case in ACCEPTED], ids=[case[0] for case in ACCEPTED]
)
def test_stacks_that_can_exist_together_have_no_conflict(one: Document, other: Document) -> None:
    assert list(find([candidate("one", one), candidate("two", other, number=1)])) == []


def test_the_same_environment_in_two_accounts_is_no_conflict() -> None:
    one, two = audit(*OWNER), audit(*OWNER) | OTHER_ACCOUNT | {"hipaa:environment": "one"}
    assert list(find([candidate("one", one), candidate("two", two, number=1)])) == []


VPN: Document = {
    "hipaa:connectivity": {
        "vpn": {
            "client_cidr": "10.1.0.0/20",
            "admin_cidrs": ["198.51.100.0/24"],
            "ami": "ami-0123456789abcdef0",
            "access": {"engineers": ["app"]},
        }
    }
}


@pytest.mark.parametrize(
    ("one", "number", "part"),
    [
        ({}, 0, "hipaa:network.cidr 10.0.0.0/16 and hipaa:network.cidr 10.0.0.0/16 overlap"),
        (VPN, 1, "hipaa:connectivity.vpn.client_cidr 10.1.0.0/20 and hipaa:network.cidr 10.1.0.0/16 overlap"),
    ],
)
def test_overlapping_networks_are_a_warning_even_in_two_accounts(
    one: Document, number: int, part: str
) -> None:
    stacks = [
        candidate("one", merge(audit(*OWNER), one)),
        candidate("two", audit(*OWNER) | OTHER_ACCOUNT, number=number),
    ]
    [found] = find(stacks)
    assert not found.is_error
    assert found.message.startswith(f"Pulumi.one.yaml, Pulumi.two.yaml: {part}")


UNOWNED: list[tuple[str, Document, str]] = [
    ("account", audit(), "owns account 111122223333"),
    ("region", audit(*OWNER), "owns us-west-2 of account 111122223333"),
]


@pytest.mark.parametrize(("name", "one", "part"), UNOWNED, ids=[case[0] for case in UNOWNED])
def test_a_stack_without_an_owner_of_its_account_or_region_is_a_warning(
    name: str, one: Document, part: str
) -> None:
    stacks = [candidate("one", one)]
    if name == "region":
        stacks.append(candidate("two", audit() | WEST, number=1))
    [found] = find(stacks)
    assert not found.is_error
    assert f"no stack in this folder {part}" in found.message


def test_a_copy_region_without_an_owner_is_a_warning() -> None:
    [found] = find([candidate("one", audit(*OWNER) | copies("us-west-2"))])
    assert not found.is_error
    assert "owns us-west-2 of account 111122223333, to which backups are copied" in found.message

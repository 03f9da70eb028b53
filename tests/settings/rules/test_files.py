"""Rules on the file system: the port that the network ACL of the data tier must have room for."""

from __future__ import annotations

import pytest

from tests.settings.documents import Document, full_document, problem, put, read

PATH = "hipaa:data.files"


def document(zones: int, engine: str = "postgres") -> Document:
    """Return the full document with a file system, but without a VPN."""
    result = put(put(full_document(), PATH, {}), "hipaa:network.zones", zones)
    del result["hipaa:connectivity"]
    for app in result["hipaa:apps"].values():
        app["uses"] = ["files"]
    result["hipaa:data"]["rds"] |= {
        "engine": engine,
        "engine_version": {"postgres": "17.10", "mysql": "8.4.11"}[engine],
    }
    return result


def test_the_network_acl_has_the_port_only_if_there_is_a_file_system() -> None:
    assert read(document(3)).database_ports == (2049, 5432, 6379)
    assert 2049 not in read(full_document()).database_ports


@pytest.mark.parametrize(
    ("engine", "most", "path"), [("postgres", 5, PATH), ("mysql", 4, "hipaa:data.rds.engine")]
)
def test_the_network_acl_of_the_data_tier_limits_the_zones(engine: str, most: int, path: str) -> None:
    assert read(document(most, engine))
    refused = problem(document(most + 1, engine))
    assert refused.path == path
    assert f"more than {most} zones" in refused.allowed


def test_an_application_cannot_set_the_variables_of_the_file_system() -> None:
    changed = document(3)
    name = next(iter(changed["hipaa:apps"]))
    changed["hipaa:apps"][name]["environment"] = {"FILES_PATH": "/elsewhere"}
    assert problem(changed).path == f"hipaa:apps.{name}.environment.FILES_PATH"


def test_users_of_the_vpn_cannot_reach_a_file_system_alone() -> None:
    changed = put(full_document(), PATH, {})
    changed["hipaa:data"] = {"files": {}}
    for app in changed["hipaa:apps"].values():
        app["uses"] = []
    changed["hipaa:connectivity"]["vpn"]["access"] = {"engineers": ["data"]}
    refused = problem(changed)
    assert refused.path == "hipaa:connectivity.vpn.access.engineers[0]"
    assert PATH not in refused.allowed

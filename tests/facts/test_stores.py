"""The table of data stores agrees with the settings."""

from __future__ import annotations

from typing import get_args

from facts.aws_services import AwsServiceName
from facts.stores import DATABASES, STORES, StoreName
from settings.model import DataSettings
from settings.model.apps import Use
from settings.reference import entries


def test_every_store_has_a_section_in_the_settings() -> None:
    assert STORES.keys() == DataSettings.model_fields.keys() - {"backup"}
    sections = {entry.path for entry in entries() if entry.section}
    assert {store.section for store in STORES.values()} <= sections


def test_an_application_may_use_every_store() -> None:
    assert set(get_args(Use)) == {*get_args(StoreName), *get_args(AwsServiceName), "partners"}
    assert set(get_args(StoreName)) == STORES.keys()


def test_prefixes_of_variables_do_not_overlap() -> None:
    prefixes = [store.prefix for store in STORES.values()]
    assert [one for one in prefixes for other in prefixes if one != other and one.startswith(other)] == []


def test_the_default_port_is_that_of_the_first_engine() -> None:
    assert {name: store.default_port for name, store in STORES.items()} == {
        "aurora": 5432,
        "rds": 5432,
        "cache": 6379,
        "files": 2049,
    }


def test_aws_backup_covers_every_store_but_the_cache() -> None:
    assert {name for name, store in STORES.items() if store.backup_type} == {*DATABASES, "files"}

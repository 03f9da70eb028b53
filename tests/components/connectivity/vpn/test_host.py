"""The user data of the VPN server, and invalid hosts."""

from __future__ import annotations

from typing import Any

import pytest

from components.connectivity import VpnHost
from components.connectivity.vpn.host import MAX_USER_DATA_BYTES, PEOPLE, user_data
from tests.components.connectivity.vpn.programs import VALUES, script


def test_the_script_contains_the_program_for_users_and_fits_into_user_data() -> None:
    assert PEOPLE.read_text().rstrip() in script()
    assert len(script().encode()) < MAX_USER_DATA_BYTES


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({key: value for key, value in VALUES.items() if key != "HOST_NAME"}, "@HOST_NAME@ has no value"),
        ({**VALUES, "REGION": "us-east-1; reboot"}, "REGION must be one plain word"),
        ({**VALUES, "ACCESS": "x" * MAX_USER_DATA_BYTES}, "user data must be 16384 bytes or less"),
    ],
    ids=["a missing value", "a value of two words", "a value that is too long"],
)
def test_invalid_values_are_refused(values: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        user_data(values)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"ami": "openvpn"}, "ami must be an image id or resolve:ssm:<parameter>, got 'openvpn'"),
        ({"ami": "ami-1", "max_lifetime_days": 366}, "max_lifetime_days must be 1 to 365, got 366"),
    ],
)
def test_an_invalid_host_is_refused(choice: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        VpnHost(**choice)

"""The container that terminates TLS for services with `tls: provided`: its name, its size and the port behind it.

All numbers are this project's choice. Memory was measured with HAProxy 3.4.0 and OpenSSL 3.0 on 2026-12-01: 83 MiB with
1990 connections whose buffers were full.
"""

from __future__ import annotations

from typing import Final

NAME: Final = "tls-proxy"
"""Name of the container in a task, and of its repository: `hipaa-<environment>/tls-proxy`."""

CPU_UNITS: Final = 128
MIB: Final = 128
"""CPU units and memory that the container adds to a task."""

MAX_CONNECTIONS: Final = 2000
"""Connections to one task at the same time; more of them wait until one is closed."""

APPLICATION_PORT: Final = 8080
"""Port on which the application listens for plain HTTP: the value of `PORT`. No security group opens it."""

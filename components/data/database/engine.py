"""What databases are told: parameters that force TLS, record who does what, and keep ePHI out of the logs. Pure.

Maps to 45 CFR 164.312(e)(1) and (e)(2)(ii) (transmission security), 164.312(b) (audit controls) and 164.502(b) (minimum
necessary, applied to logs).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

MASTER_USER: Final = "dbadmin"
"""Name of the administrator, who makes users and whom no service signs in as."""

POSTGRES_PORT: Final = 5432
MYSQL_PORT: Final = 3306

PORTS: Final[Mapping[str, int]] = {
    "aurora-postgresql": POSTGRES_PORT,
    "postgres": POSTGRES_PORT,
    "mysql": MYSQL_PORT,
}
"""Port by engine."""

# `general` and `slowquery` of MySQL hold the text of statements with the values in it, so `parameters` switches both off.
# They are exported all the same, as AWS Config asks
# (https://docs.aws.amazon.com/config/latest/developerguide/rds-logging-enabled.html): switched on for an hour, they would
# go where every log goes.
EXPORTS: Final[Mapping[str, Sequence[str]]] = {
    "aurora-postgresql": ("iam-db-auth-error", "postgresql"),
    "postgres": ("iam-db-auth-error", "postgresql", "upgrade"),
    "mysql": ("audit", "error", "general", "iam-db-auth-error", "slowquery"),
}
"""Logs that go to CloudWatch, by engine
(https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html)."""

MYSQL_AUDITED: Final = "CONNECT,QUERY_DDL,QUERY_DCL"
"""What the audit plugin of MySQL logs: sign-ins and changes of tables and rights, no statement with a patient's data
(https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.MySQL.Options.AuditPlugin.html)."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A setting of the engine."""

    name: str
    """Its name."""
    value: str
    """Its value."""
    reboot: bool = False
    """Whether it takes effect at the next start only."""

    @property
    def apply_method(self) -> Literal["pending-reboot", "immediate"]:
        """When AWS applies it."""
        return "pending-reboot" if self.reboot else "immediate"


def parameters(engine: str, audit_statements: Sequence[str]) -> tuple[Parameter, ...]:
    """Return the parameters of an engine.

    pgAudit logs kinds of statement of every session, and every statement on a table on which `rds_pgaudit` has rights,
    so that tables with ePHI can be audited one by one
    (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Appendix.PostgreSQL.CommonDBATasks.pgaudit.html). Values
    that are passed apart from a statement it leaves out, as long as nobody sets `pgaudit.log_parameter`. `terse` leaves out details such as the row that broke a
    unique index, and `panic` the statement that failed.

    Args:
        engine: `aurora-postgresql`, `postgres` or `mysql`.
        audit_statements: Kinds of statement that pgAudit logs of every session.
    """
    if engine == "mysql":
        return (
            Parameter(name="general_log", value="0"),
            Parameter(name="require_secure_transport", value="1"),
            Parameter(name="slow_query_log", value="0"),
        )
    return (
        Parameter(name="log_connections", value="1"),
        Parameter(name="log_disconnections", value="1"),
        Parameter(name="log_error_verbosity", value="terse"),
        Parameter(name="log_min_duration_statement", value="-1"),
        Parameter(name="log_min_error_statement", value="panic"),
        Parameter(name="log_statement", value="none"),
        Parameter(name="pgaudit.log", value=",".join(audit_statements)),
        Parameter(name="pgaudit.role", value="rds_pgaudit"),
        Parameter(name="rds.force_ssl", value="1", reboot=True),
        Parameter(name="shared_preload_libraries", value="pg_stat_statements,pgaudit", reboot=True),
    )

"""Engine parameters: they enforce TLS, enable audit logs and keep ePHI out of the logs. Pure functions.

Maps to 45 CFR 164.312(e)(1) and (e)(2)(ii) (transmission security), 164.312(b) (audit controls) and 164.502(b) (minimum
necessary, applied to logs).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from facts.stores import DATABASES

MASTER_USER: Final = "dbadmin"
"""User name of the administrator, who creates the users of services. No service signs in as this user."""

PORTS: Final[Mapping[str, int]] = {
    engine: port for store in DATABASES.values() for engine, port in store.ports.items()
}
"""Port by engine."""

# The logs `general` and `slowquery` of MySQL contain statements with their values, so `parameters` turns both off. They are
# exported nevertheless, because AWS Config checks for it
# (https://docs.aws.amazon.com/config/latest/developerguide/rds-logging-enabled.html). If somebody turns them on for a while,
# their events reach the same log groups as all others.
LOG_EXPORTS: Final[Mapping[str, Sequence[str]]] = {
    "aurora-postgresql": ("iam-db-auth-error", "postgresql"),
    "postgres": ("iam-db-auth-error", "postgresql", "upgrade"),
    "mysql": ("audit", "error", "general", "iam-db-auth-error", "slowquery"),
}
"""Log types that RDS exports to CloudWatch Logs, by engine
(https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html)."""

MYSQL_AUDIT_EVENTS: Final = "CONNECT,QUERY_DDL,QUERY_DCL"
"""Events that the audit plugin of MySQL logs: sign-ins and changes of schemas and privileges, but no statements with patient data
(https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.MySQL.Options.AuditPlugin.html)."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter of the engine."""

    name: str
    """Name of the parameter."""
    value: str
    """Value of the parameter."""
    requires_reboot: bool = False
    """Whether the parameter takes effect only after a reboot."""

    @property
    def apply_method(self) -> Literal["pending-reboot", "immediate"]:
        """The `apply_method` of AWS."""
        return "pending-reboot" if self.requires_reboot else "immediate"


def parameters(engine: str, audit_statements: Sequence[str]) -> tuple[Parameter, ...]:
    """Return the parameters of an engine.

    pgAudit logs the classes of statements in `audit_statements` in every session. It also logs every statement on a table on
    which the role `rds_pgaudit` has privileges, so tables with ePHI can be audited one by one
    (https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Appendix.PostgreSQL.CommonDBATasks.pgaudit.html). pgAudit
    omits bind parameters unless somebody sets `pgaudit.log_parameter`. The value `terse` omits error details, such as the row
    that violated a unique index. The value `panic` omits the statement that failed.

    Args:
        engine: `aurora-postgresql`, `postgres` or `mysql`.
        audit_statements: Classes of statements that pgAudit logs in every session; ignored for MySQL.
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
        Parameter(name="rds.force_ssl", value="1", requires_reboot=True),
        Parameter(name="shared_preload_libraries", value="pg_stat_statements,pgaudit", requires_reboot=True),
    )

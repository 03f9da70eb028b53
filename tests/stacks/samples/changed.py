"""Stacks with other values that change a registration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.settings.documents import DIGEST, Document
from tests.stacks.samples import EDGE, IMAGE, LAB, PROCESS, SIGN_IN, VPN, WEB, Sample, app, stack

_OWNER: Final[Document] = {"owns": ["account", "region"], "alert_emails": ["security@example.org"]}
_DETECTION: Final = "hipaa:audit.detection"
_AURORA: Final[Document] = {"engine_version": "17.9"}
_TASKS: Final[Document] = {
    "release": {"command": ["./migrate"]},
    "schedules": {"nightly": {"cron": "cron(9 2 * * ? *)", "command": ["./report"]}},
}
_RDS: Final[Document] = {"engine_version": "17.9"}

CHANGED: Final[Mapping[str, Sample]] = {
    "foundation": Sample(
        document=stack(),
        values={"hipaa:protect": True, "hipaa:audit.object_lock": "none"},
    ),
    "account": Sample(
        document=stack(audit=_OWNER, data={"backup": {}}),
        values={
            "hipaa:audit.owns": ["region"],
            f"{_DETECTION}.guardduty": False,
            f"{_DETECTION}.security_hub": False,
            f"{_DETECTION}.config_conformance_pack": False,
            f"{_DETECTION}.create_config_role": False,
            f"{_DETECTION}.access_analyzer": False,
            f"{_DETECTION}.inspector": False,
            "hipaa:data.backup.create_reports_role": False,
        },
    ),
    "nat": Sample(
        document=stack(network={"nat": "instance"}),
        values={
            "hipaa:network.nat": "single-gateway",
            "hipaa:network.nat_instance.per_zone": True,
            "hipaa:network.nat_instance.max_lifetime_days": 30,
        },
    ),
    "apps": Sample(
        document=stack(
            compute={},
            edge={**EDGE, "domains": [{"name": "fhir.example.org"}]},
            apps={
                "api": app(web=WEB, jobs=PROCESS) | _TASKS,
                "other": app(web={**PROCESS, "connect_port": 9000}),
            },
            data={"cache": {}},
        ),
        values={
            "hipaa:apps.api.processes.web.route.sticky": True,
            "hipaa:apps.api.processes.web.route.protocol": "http2",
            "hipaa:edge.dns": "none",
            "hipaa:edge.waf.counted_rules": ["SQLi_BODY"],
            "hipaa:edge.domains[0].dns": "none",
            "hipaa:apps.api.processes.web.connects_to": ["other-web"],
            "hipaa:apps.api.uses": ["cache"],
            "hipaa:apps.api.shell": False,
            "hipaa:apps.api.protects_tasks": True,
            "hipaa:apps.api.processes.web.alarms.latency_rolls_back": True,
            "hipaa:apps.api.processes.web.alarms.error_percent": 23,
            "hipaa:apps.api.processes.web.deployment.strategy": "canary",
            "hipaa:apps.api.release.process": "jobs",
            "hipaa:apps.api.schedules.nightly.process": "jobs",
        },
    ),
    "canary": Sample(
        document=stack(
            compute={}, edge=EDGE, apps={"api": app(web={**WEB, "deployment": {"strategy": "canary"}})}
        ),
        values={
            "hipaa:apps.api.processes.web.deployment.bake_minutes": 47,
            "hipaa:apps.api.processes.web.deployment.canary_percent": 13,
            "hipaa:apps.api.processes.web.deployment.canary_minutes": 43,
        },
    ),
    "containers": Sample(
        document=stack(
            compute={},
            apps={
                "api": app(
                    web={
                        **PROCESS,
                        "writable": {"/app/tmp": {"mib": 1}},
                        "health_check": {"command": ["./check"]},
                        "sidecars": {
                            "agent": {
                                "image": IMAGE,
                                "cpu": 1,
                                "memory_mib": 6,
                                "writable": {"/agent": {"mib": 1}},
                                "health_check": {"command": ["./check"]},
                            }
                        },
                    }
                )
            },
        ),
        values={
            "hipaa:apps.api.processes.web.writable./app/tmp.executable": True,
            "hipaa:apps.api.processes.web.sidecars.agent.writable./agent.executable": True,
            "hipaa:apps.api.processes.web.sidecars.agent.essential": True,
            "hipaa:apps.api.processes.web.health_check.retries": 9,
            "hipaa:apps.api.processes.web.sidecars.agent.health_check.retries": 9,
        },
    ),
    "daemons": Sample(
        document=stack(
            compute={
                "daemons": {
                    "hosts": {
                        "image": IMAGE,
                        "cpu": 1,
                        "memory_mib": 6,
                        "writable": {"/hosts": {"mib": 1}},
                        "health_check": {"command": ["./check"]},
                    }
                }
            }
        ),
        values={
            "hipaa:compute.daemons.hosts.host_metrics": True,
            "hipaa:compute.daemons.hosts.writable./hosts.executable": True,
            "hipaa:compute.daemons.hosts.health_check.retries": 9,
        },
    ),
    "sign-in": Sample(
        document=stack(
            compute={},
            edge=EDGE,
            apps={
                "api": app(web={**PROCESS, "port": 8443, "route": {"paths": ["/api"], "sign_in": SIGN_IN}})
            },
        ),
        values={"hipaa:apps.api.processes.web.route.sign_in.unauthenticated": "deny"},
    ),
    "spot": Sample(
        document=stack(compute={"max_spot_instances": 3}, apps={"api": app()}),
        values={"hipaa:apps.api.processes.web.spot": True},
    ),
    "metrics": Sample(
        document=stack(
            compute={},
            apps={
                "api": app(
                    web={
                        **PROCESS,
                        "scale_on": {
                            "metrics": {"backlog": {"namespace": "Ehr", "name": "Waiting", "target": 100}}
                        },
                    }
                )
            },
        ),
        values={
            "hipaa:apps.api.processes.web.scale_on.metrics.backlog.per_task": True,
            "hipaa:apps.api.processes.web.scale_on.metrics.backlog.statistic": "sum",
        },
    ),
    "tls": Sample(
        document=stack(
            compute={"tls_image": f"registry.example.org/haproxy{DIGEST}"},
            edge=EDGE,
            apps={"api": app(web=WEB)},
        ),
        values={"hipaa:apps.api.processes.web.tls": "provided"},
    ),
    "proxy": Sample(
        document=stack(compute={}, apps={"api": app("aurora")}, data={"aurora": _AURORA}),
        values={"hipaa:data.aurora.proxy": True},
    ),
    "database access": Sample(
        document=stack(
            network={"nat": "instance"},
            compute={},
            apps={"api": app("aurora"), "other": app("aurora")},
            data={"aurora": {**_AURORA, "bootstrap_image": IMAGE}},
        ),
        values={
            "hipaa:apps.api.database.sign_in": "password",
            "hipaa:apps.api.database.statement_timeout_seconds": 47,
            "hipaa:apps.api.database.connection_limit": 53,
            "hipaa:apps.api.database.extensions": ["pg_trgm"],
            "hipaa:apps.api.database.shares": {"other": "read"},
        },
    ),
    "serverless": Sample(
        document=stack(data={"aurora": {**_AURORA, "capacity_acu": {"min": 0, "max": 2}}}),
        values={
            "hipaa:data.aurora.capacity_acu.min": 1,
            "hipaa:data.aurora.readers.min": 2,
        },
    ),
    "aurora": Sample(
        document=stack(data={"aurora": {**_AURORA, "instance_class": "db.r6g.large"}}),
        values={
            "hipaa:data.aurora.allow_major_upgrade": True,
        },
    ),
    "rds": Sample(
        document=stack(data={"rds": _RDS}),
        values={
            "hipaa:data.rds.multi_az": False,
            "hipaa:data.rds.allow_major_upgrade": True,
        },
    ),
    "cache": Sample(
        document=stack(compute={}, apps={"api": app("cache")}, data={"cache": {}}),
        values={"hipaa:data.cache.replicas": 2, "hipaa:data.cache.rotate_days": 60},
    ),
    "backup": Sample(
        document=stack(data={"rds": _RDS, "backup": {"restore_test": "cron(0 10 ? * SUN *)"}}),
        values={
            "hipaa:data.backup.vault_lock": "none",
        },
    ),
    "partners": Sample(
        document=stack(
            network={"zones": 3},
            connectivity={
                "transit": {},
                "exchange_cidr": "10.90.0.0/20",
                "partners": {
                    "mercy": {
                        "mode": "vpn",
                        "cidrs": ["172.30.8.0/22"],
                        "peer_ip": "203.0.113.10",
                        "services": [
                            {"name": "fhir", "port": 9443, "targets": ["172.30.8.15"], "tls": "passthrough"}
                        ],
                    },
                    "lab": LAB,
                },
            },
        ),
        values={
            "hipaa:connectivity.partners.mercy.services[0].tls": "none",
            "hipaa:connectivity.partners.lab.zones": ["us-east-1c"],
        },
    ),
    "vpn": Sample(
        document=stack(data={"cache": {}}, connectivity={"vpn": VPN}),
        values={
            "hipaa:connectivity.vpn.client_cidr": "10.98.0.0/20",
            "hipaa:connectivity.vpn.max_lifetime_days": 30,
            "hipaa:connectivity.vpn.access": {"engineers": ["data"]},
        },
    ),
}
"""Other values, each of which must change a registration."""

NO_EFFECT: Final[Mapping[str, str]] = {
    "aws:allowedAccountIds": "the AWS provider reads it, and a rule compares it with hipaa:account",
    "aws:defaultTags.tags": "the AWS provider adds the tags to every resource, after the program has registered it",
    "hipaa:connectivity.partners.<name>.mode": "it selects the other settings of a partner, which are all tested",
}
"""Settings that do not change a registration by themselves, with the reason."""

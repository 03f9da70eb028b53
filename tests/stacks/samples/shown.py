"""Stacks with unusual values that registrations contain unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.settings.documents import DIGEST, Document
from tests.stacks.samples import EDGE, LAB, PROCESS, VPN, WEB, Sample, app, secret, stack

_CHECK: Final[Document] = {
    "command": ["./check-web"],
    "interval_seconds": 211,
    "timeout_seconds": 43,
    "start_seconds": 223,
}
_AGENT_CHECK: Final[Document] = {
    "command": ["./check-agent"],
    "interval_seconds": 227,
    "timeout_seconds": 37,
    "start_seconds": 229,
}
_HOSTS_CHECK: Final[Document] = {
    "command": ["./check-hosts"],
    "interval_seconds": 233,
    "timeout_seconds": 41,
    "start_seconds": 239,
}

SHOWN: Final[Mapping[str, Sample]] = {
    "account": Sample(
        document=stack(
            audit={"owns": ["account", "region"], "alert_emails": ["security@example.org"]},
            budget={"monthly_usd": 900},
        )
        | {"aws:allowedAccountIds": ["111122223333", "444455556666"]},
        values={
            "hipaa:account": "444455556666",
            "hipaa:audit": {
                "alert_emails": ["on-call@example.org"],
                "retention_days": 3288,
                "hot_days": 545,
            },
            "hipaa:budget": {"monthly_usd": 7321},
        },
    ),
    "network": Sample(
        document=stack(network={"nat": "instance"}),
        values={
            "hipaa:network": {
                "cidr": "10.77.0.0/16",
                "zones": ["us-east-1d", "us-east-1e"],
                "interface_endpoints": ["xray"],
                "nat_instance": {"instance_type": "t4g.xlarge", "ami": "ami-00000000000077777"},
            },
        },
    ),
    "egress": Sample(
        document=stack(network={"nat": "instance", "dns_firewall": {}}, compute={}, apps={"api": app()}),
        values={
            "hipaa:network": {"dns_firewall": {"allow": ["idp.example.net"]}},
            "hipaa:apps": {
                "api": {
                    "egress": {
                        "mail": {
                            "port": 2587,
                            "cidrs": ["203.0.113.64/26"],
                            "hosts": ["*.smtp.example.net"],
                            "until": "2031-07-23",
                        }
                    }
                }
            },
        },
    ),
    "permissions": Sample(
        document=stack(compute={}, apps={"api": app()}),
        values={
            "hipaa:apps": {
                "api": {
                    "secret_keys": [
                        "arn:aws:kms:us-east-1:111122223333:key/77776666-5555-4444-3333-222211110000"
                    ],
                    "permissions": {
                        "reports": {
                            "actions": ["s3:GetObjectTagging"],
                            "resources": ["arn:aws:s3:::finished-reports/*"],
                            "conditions": {"StringLike": {"s3:prefix": ["monthly-*"]}},
                        }
                    },
                    "secrets": {"TOKEN": "arn:aws:ssm:us-east-1:111122223333:parameter/api/token77"},
                }
            }
        },
    ),
    "apps": Sample(
        document=stack(
            compute={},
            edge=EDGE,
            apps={"api": app(web=WEB), "other": app(web={**PROCESS, "connect_port": 9000})},
        ),
        values={
            "hipaa:compute": {
                "instance_type": "c5.9xlarge",
                "other_instance_types": ["c5.18xlarge", "m5.12xlarge"],
                "instances": {"min": 137, "max": 739, "target_capacity_percent": 83},
                "max_spot_instances": 397,
                "root_gib": 211,
                "replace_instances": "cron(23 4 ? * WED *)",
                "ami": "ami-00000000000088888",
                "daemons": {
                    "hosts": {
                        "image": f"registry.example.org/hosts{DIGEST}",
                        "entry_point": ["./hosts-shell"],
                        "command": ["./watch-hosts"],
                        "cpu": 133,
                        "memory_mib": 2029,
                        "user": "3041:3051",
                        "writable": {"/hosts/tmp": {"mib": 1013}},
                        "environment": {"HOSTS_STYLE": "calm"},
                        "secrets": {"HOSTS_TOKEN": secret("hosts")},
                        "health_check": _HOSTS_CHECK,
                    }
                },
            },
            "hipaa:edge": {
                "domain": "portal.example.net",
                "zone_id": "Z987654321",
                "domains": [
                    {"name": "fhir.example.net", "zone_id": "Z777777777", "dns": "weighted"},
                    {"name": "www.example.net", "redirect_to": "portal.example.net"},
                ],
                "weight": 173,
                "allowed_cidrs": ["198.51.100.0/24"],
                "maintenance": "back at seven",
                "mutual_tls": {
                    "mode": "verify",
                    "ca_bundle": {"bucket": "partner-roots", "key": "roots/all.pem", "version": "v.7Xq"},
                },
                "waf": {"rate_limit_per_5_min": 4321, "unlimited_cidrs": ["198.51.100.77/32"]},
            },
            "hipaa:environment": "staging",
            "hipaa:apps": {
                "api": {
                    "image": f"registry.example.org/other{DIGEST}",
                    "environment": {"LOG_STYLE": "terse"},
                    "secrets": {"TOKEN": secret("token")},
                    "release": {"command": ["./migrate-all"], "entry_point": ["./release-shell"]},
                    "schedules": {
                        "nightly": {
                            "cron": "cron(9 2 * * ? *)",
                            "timezone": "Europe/Paris",
                            "entry_point": ["./job-shell"],
                            "command": ["./report-all"],
                        }
                    },
                    "processes": {
                        "web": {
                            "entry_point": ["./shell"],
                            "command": ["./serve-all"],
                            "user": "1013:1019",
                            "writable": {"/app/tmp": {"mib": 10007}},
                            "health_check": _CHECK,
                            "stop_seconds": 113,
                            "sidecars": {
                                "agent": {
                                    "image": f"registry.example.org/agent{DIGEST}",
                                    "entry_point": ["./agent-shell"],
                                    "command": ["./observe"],
                                    "cpu": 131,
                                    "memory_mib": 13009,
                                    "user": "1021:1031",
                                    "writable": {"/agent/tmp": {"mib": 10009}},
                                    "environment": {"AGENT_STYLE": "loud"},
                                    "secrets": {"AGENT_TOKEN": secret("agent")},
                                    "health_check": _AGENT_CHECK,
                                }
                            },
                            "alarms": {"latency_seconds": 317, "memory_percent": 79},
                            "deployment": {"min_healthy_percent": 61, "max_percent": 173},
                            "port": 8765,
                            "connect_port": 8766,
                            "cpu": 1117,
                            "memory_mib": 22391,
                            "tasks": {"min": 141, "max": 743},
                            "route": {
                                "hosts": ["fhir.example.net"],
                                "paths": ["/patients/*"],
                                "health": {"path": "/alive", "codes": "203-271", "grace_seconds": 1087},
                                "drain_seconds": 1093,
                                "slow_start_seconds": 613,
                                "idle_timeout_seconds": 2711,
                                "sign_in": {
                                    "issuer": "https://idp.example.com/",
                                    "authorization_endpoint": "https://login.example.com/authorize",
                                    "token_endpoint": "https://idp.example.com/token?p=staff",
                                    "user_info_endpoint": "https://idp.example.com/me",
                                    "client_id": "clinic-77",
                                    "client_secret": secret("sign-in"),
                                    "scope": "openid groups",
                                    "session_seconds": 4933,
                                },
                            },
                            "scale_on": {
                                "cpu_percent": 59,
                                "memory_percent": 71,
                                "requests_per_task": 1013,
                                "metrics": {
                                    "backlog": {
                                        "namespace": "Billing",
                                        "name": "JobsWaiting",
                                        "dimensions": {"Kind": "claims"},
                                        "statistic": "minimum",
                                        "target": 167.5,
                                    }
                                },
                                "schedule": {
                                    "busy": {
                                        "start": "cron(7 9 * * ? *)",
                                        "end": "cron(7 17 * * ? *)",
                                        "min": 151,
                                        "max": 157,
                                        "timezone": "America/New_York",
                                    }
                                },
                            },
                            "environment": {"LOG_SHAPE": "flat"},
                        }
                    },
                },
                "other": {"processes": {"web": {"image": f"registry.example.org/third{DIGEST}"}}},
            },
        },
    ),
    "tls": Sample(
        document=stack(
            compute={"tls_image": f"registry.example.org/haproxy{DIGEST}"},
            edge=EDGE,
            apps={"api": app(web={**WEB, "tls": "provided"})},
        ),
        values={"hipaa:compute": {"tls_image": f"registry.example.org/haproxy34{DIGEST}"}},
    ),
    "data": Sample(
        document=stack(
            compute={},
            apps={"api": app("aurora", "rds")},
            data={
                "aurora": {
                    "engine_version": "17.9",
                    "instance_class": "db.r6g.large",
                },
                "rds": {"engine_version": "17.9", "instance_class": "db.r6g.large"},
                "cache": {},
                "backup": {"vault_lock": "compliance"},
            },
        )
        | {"hipaa:protect": True},
        values={
            "hipaa:data": {
                "aurora": {
                    "engine_version": "16.13",
                    "database": "wards",
                    "instance_class": "db.r7g.large",
                    "readers": {"max": 13},
                    "backup_days": 29,
                    "backup_window": "03:07-03:43",
                    "maintenance_window": "tue:08:11-tue:08:53",
                    "audit_statements": ["function"],
                    "bootstrap_image": f"registry.example.org/psql17{DIGEST}",
                },
                "rds": {
                    "engine_version": "15.18",
                    "database": "rounds",
                    "instance_class": "db.m6g.large",
                    "storage_gib": 173,
                    "max_storage_gib": 983,
                    "backup_days": 34,
                    "backup_window": "04:07-04:43",
                    "maintenance_window": "thu:08:11-thu:08:53",
                    "audit_statements": ["misc"],
                    "bootstrap_image": f"registry.example.org/psql15{DIGEST}",
                },
                "cache": {
                    "engine_version": "8.1",
                    "node_type": "cache.m7g.xlarge",
                    "eviction": "allkeys-lfu",
                    "snapshot_days": 26,
                    "snapshot_window": "05:07-06:43",
                    "maintenance_window": "sat:08:11-sat:09:53",
                },
                "backup": {
                    "lock_grace_days": 1747,
                    "lock_min_days": 13,
                    "lock_max_days": 9973,
                    "copy_to_region": "ca-central-1",
                    "copy_to_vault": "arn:aws:backup:us-east-1:777788889999:backup-vault:far",
                    "keep_days": 4871,
                    "daily_keep_days": 67,
                    "hourly_keep_days": 19,
                    "cold_after_days": 197,
                    "schedule": "cron(11 14 * * ? *)",
                    "restore_test": "cron(13 10 ? * SUN *)",
                },
            }
        },
    ),
    "serverless": Sample(
        document=stack(
            data={
                "aurora": {"engine_version": "17.9", "capacity_acu": {"min": 0, "max": 2}},
                "rds": {"engine_version": "17.9"},
                "cache": {},
            }
        ),
        values={
            "aws:region": "eu-west-3",
            "hipaa:data": {
                "aurora": {"capacity_acu": {"max": 37.5}, "pause_after_seconds": 1723},
                "rds": {"engine": "mysql", "engine_version": "8.4.10"},
                "cache": {"engine": "redis", "engine_version": "7.0"},
            },
        },
    ),
    "partners": Sample(
        document=stack(
            compute={},
            edge=EDGE,
            connectivity={
                "transit": {},
                "exchange_cidr": "10.90.0.0/20",
                "partners": {
                    "mercy": {"mode": "vpn", "cidrs": ["172.30.8.0/22"], "peer_ip": "203.0.113.10"},
                    "luke": {"mode": "transit", "cidrs": ["10.140.0.0/16"], "account": "210987654321"},
                    "county": {"mode": "privatelink", "principals": ["arn:aws:iam::320987654321:root"]},
                    "lab": LAB,
                },
                "vpn": VPN,
            },
        ),
        values={
            "hipaa:edge": {"waf": {"partner_rate_limit_per_5_min": 4327}},
            "hipaa:connectivity": {
                "transit": {"asn": 64777},
                "exchange_cidr": "10.91.0.0/20",
                "partners": {
                    "mercy": {
                        "cidrs": ["172.29.8.0/22"],
                        "peer_ip": "203.0.113.77",
                        "services": [
                            {
                                "name": "imaging",
                                "port": 9555,
                                "listen_port": 9777,
                                "targets": ["172.29.8.99"],
                                "tls": "terminate",
                                "certificate_arn": "arn:aws:acm:us-east-1:111122223333:certificate/7",
                            }
                        ],
                    },
                    "luke": {"account": "333322221111", "attachment_id": "tgw-attach-0123456789abc9990"},
                    "county": {"principals": ["arn:aws:iam::777766665555:root"]},
                    "lab": {"service_name": "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abc9990"},
                },
                "vpn": {
                    "ami": "ami-00000000000099999",
                    "domain": "vpn.example.net",
                    "instance_type": "t3.xlarge",
                    "licence_secret_arn": secret("licence"),
                    "admin_cidrs": ["203.0.113.200/32"],
                },
            },
        },
    ),
}
"""Unusual values, each of which must appear in a registration."""

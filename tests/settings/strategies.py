"""Valid stack configurations, as a stack file holds them: two fixed ones and a strategy for any other."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from facts import caches, instances
from facts.instances import PROXY_CPU_UNITS, PROXY_MIB
from settings.model import ENDPOINTS
from settings.regions import ZONES, partition
from settings.types import RETENTION_DAYS

Document = dict[str, Any]

_STEP = re.compile(r"\[\d+\]|aws:\w+|hipaa:\w+|\.?[^.\[\]]+")
_DIGEST = "@sha256:" + "0123456789abcdef" * 4

_FULL: Document = {
    "aws:region": "us-east-1",
    "aws:allowedAccountIds": ["123456789012"],
    "aws:defaultTags": {"tags": {"project": "hipaa", "owner": "platform"}},
    "hipaa:environment": "prod",
    "hipaa:account": "123456789012",
    "hipaa:protect": True,
    "hipaa:network": {
        "cidr": "10.20.0.0/16",
        "zones": 3,
        "nat": "gateway-per-zone",
        "nat_instance": {"instance_type": "t4g.micro", "ami": "ami-0123456789abcdef0"},
        "interface_endpoints": ["ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "logs"],
    },
    "hipaa:audit": {
        "owns_account": True,
        "object_lock": "compliance",
        "retention_days": 2557,
        "detection": {
            "guardduty": True,
            "security_hub": True,
            "config_conformance_pack": False,
            "access_analyzer": True,
            "inspector": True,
        },
        "alert_emails": ["security@example.org"],
    },
    "hipaa:compute": {
        "instance_type": "c5.2xlarge",
        "instances": {"min": 3, "max": 30, "target_capacity_percent": 85},
        "ami": "ami-0123456789abcdef0",
    },
    "hipaa:edge": {
        "domain": "app.example.org",
        "zone_id": "Z123",
        "allowed_cidrs": ["0.0.0.0/0"],
        "waf": {"rate_limit_per_5_min": 2000},
    },
    "hipaa:services": {
        "api": {
            "image": f"registry.example.org/api{_DIGEST}",
            "port": 8080,
            "cpu": 1024,
            "memory_mib": 2048,
            "tasks": {"min": 3, "max": 60},
            "route": {"path": "/api/*", "health": "/healthz"},
            "uses": ["aurora", "cache"],
            "scale_on": {"cpu_percent": 60, "requests_per_task": 800},
        },
        "realtime": {
            "image": f"registry.example.org/realtime:1.4{_DIGEST}",
            "port": 8443,
            "cpu": 512,
            "memory_mib": 1024,
            "tasks": {"min": 3, "max": 90},
            "route": {"path": "/ws/*", "health": "/healthz", "idle_timeout_seconds": 3600, "sticky": True},
            "uses": ["cache"],
        },
        "worker": {
            "image": f"registry.example.org/worker{_DIGEST}",
            "cpu": 2048,
            "memory_mib": 4096,
            "tasks": {"min": 2, "max": 40},
            "uses": ["aurora", "rds", "partners"],
        },
    },
    "hipaa:data": {
        "aurora": {
            "engine_version": "16.13",
            "capacity_acu": {"min": 2, "max": 64},
            "instance_class": "db.r6g.large",
            "readers": {"min": 1, "max": 8},
            "backup_days": 35,
            "bootstrap_image": f"registry.example.org/psql{_DIGEST}",
        },
        "rds": {
            "engine_version": "16.13",
            "instance_class": "db.r6g.large",
            "storage_gib": 100,
            "multi_az": True,
            "backup_days": 35,
            "bootstrap_image": f"registry.example.org/psql{_DIGEST}",
        },
        "cache": {"engine": "valkey", "node_type": "cache.r7g.large", "replicas": 2},
        "backup": {
            "vault_lock": "compliance",
            "copy_to_region": "us-west-2",
            "keep_days": 2192,
            "schedule": "cron(0 5 * * ? *)",
            "restore_test": "cron(0 10 ? * SUN *)",
        },
    },
    "hipaa:connectivity": {
        "transit": {"asn": 64512},
        "exchange_cidr": "10.90.0.0/20",
        "partners": {
            "mercy": {
                "mode": "vpn",
                "cidrs": ["172.30.8.0/22"],
                "peer_ip": "203.0.113.10",
                "services": [{"name": "fhir", "port": 443, "targets": ["172.30.8.15"], "tls": "passthrough"}],
            },
            "stluke": {
                "mode": "transit",
                "cidrs": ["10.140.0.0/16"],
                "account": "210987654321",
                "attachment_id": "tgw-attach-0123456789abcdef0",
                "services": [
                    {
                        "name": "hl7",
                        "port": 2575,
                        "targets": ["10.140.3.20", "10.140.4.20"],
                        "tls": "passthrough",
                    }
                ],
            },
            "county": {"mode": "privatelink", "principals": ["arn:aws:iam::111122223333:root"]},
        },
        "vpn": {
            "client_cidr": "10.99.0.0/20",
            "admin_cidrs": ["198.51.100.0/24"],
            "ami": "ami-0123456789abcdef0",
            "access": {"engineers": ["app", "data"], "support": ["app"]},
        },
    },
    "hipaa:budget": {"monthly_usd": 6000},
}


def minimal_document() -> Document:
    """Return the shortest configuration that is accepted."""
    return {
        "aws:region": "us-east-1",
        "hipaa:environment": "dev",
        "hipaa:account": "111122223333",
        "hipaa:network": {"cidr": "10.10.0.0/16"},
        "hipaa:audit": {},
    }


def full_document() -> Document:
    """Return a configuration that has every section and nearly every key."""
    return copy.deepcopy(_FULL)


def put(document: Document, path: str, value: object) -> Document:
    """Return the document with `value` at a path written as in an error message."""
    changed = copy.deepcopy(document)
    *steps, last = [int(step[1:-1]) if step[0] == "[" else step.lstrip(".") for step in _STEP.findall(path)]
    holder: Any = changed
    for step in steps:
        holder = holder[step]
    holder[last] = value
    return changed


def leaves(value: object, path: str = "") -> Iterator[str]:
    """Yield the path of everything in a document that is no mapping: values, lists and what is in lists."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{path}.{key}" if path else key)
        return
    yield path
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, f"{path}[{index}]")


_accounts = st.text("0123456789", min_size=12, max_size=12)
_slugs = st.from_regex(r"[a-z](-?[a-z0-9]){1,4}", fullmatch=True)
_ami = st.one_of(st.from_regex(r"ami-[0-9a-f]{17}", fullmatch=True), st.just("resolve:ssm:/golden/image"))
_AUTHORITY = (
    "arn:aws:acm-pca:us-east-1:111122223333:certificate-authority/11112222-3333-4444-5555-666677778888"
)
_instance_types = st.sampled_from(["t4g.nano", "t3.medium", "c5.2xlarge", "m7g.large", "c7i-flex.large"])


def _span(low: int, high: int) -> st.SearchStrategy[Document]:
    pairs = st.lists(st.integers(low, high), min_size=2, max_size=2).map(sorted)
    return pairs.map(lambda pair: {"min": pair[0], "max": pair[1]})


def _some(options: Document) -> st.SearchStrategy[Document]:
    """Draw any of the keys."""
    return st.fixed_dictionaries({}, optional=options)


@st.composite
def _cidr(draw: st.DrawFn, second: int, shortest: int = 16, longest: int = 21) -> str:
    """Draw a range within 10.<second>.0.0/16, so that different seconds can't overlap."""
    prefix = draw(st.integers(shortest, longest))
    third = draw(st.integers(0, 255)) >> (24 - prefix) << (24 - prefix)
    return f"10.{second}.{third}.0/{prefix}"


@st.composite
def _network(draw: st.DrawFn, region: str) -> Document:
    names = [region + letter for letter in ZONES[region]]
    zones = st.one_of(st.integers(2, len(names)), st.lists(st.sampled_from(names), min_size=2, unique=True))
    optional: Document = {
        "zones": zones,
        "nat": st.sampled_from(["gateway-per-zone", "single-gateway", "instance", "none"]),
        "nat_instance": _some({"instance_type": _instance_types, "ami": _ami}),
        "interface_endpoints": st.lists(st.sampled_from(ENDPOINTS), unique=True, max_size=4),
    }
    return {"cidr": draw(_cidr(draw(st.integers(0, 50)))), **draw(_some(optional))}


def _audit(protect: bool) -> st.SearchStrategy[Document]:
    detection = ("guardduty", "security_hub", "config_conformance_pack", "access_analyzer", "inspector")
    return st.fixed_dictionaries(
        {"object_lock": st.sampled_from(["governance", "compliance"] if protect else ["none", "governance"])},
        optional={
            "owns_account": st.booleans(),
            "retention_days": st.sampled_from(RETENTION_DAYS),
            "detection": _some(dict.fromkeys(detection, st.booleans())),
            "alert_emails": st.lists(
                st.sampled_from(["security@example.org", "on-call+aws@example.com"]), unique=True
            ),
        },
    )


_windows = st.sampled_from(
    [
        {},
        {"backup_window": "22:00-22:30", "maintenance_window": "mon:03:00-mon:04:00"},
        {"backup_window": "23:30-00:30", "maintenance_window": "sat:22:00-sat:23:30"},
    ]
)
_statements = st.lists(st.sampled_from(["ddl", "role", "write", "read"]), min_size=1, unique=True)


@st.composite
def _aurora(draw: st.DrawFn, elsewhere: list[str], protect: bool) -> Document:
    """Draw a cluster, of a class or Serverless v2, with switches that go together."""
    instance_class = draw(st.sampled_from([None, "db.r6g.large", "db.t4g.medium"]))
    readers = draw(_span(0, 6)) if instance_class else {"min": draw(st.integers(0, 6))}
    second = draw(st.sampled_from([None, *elsewhere]))
    awake = protect or second is not None
    low = draw(st.integers(1 if awake else 0, 512)) / 2
    found: Document = {
        "engine_version": draw(st.sampled_from(["14.20", "16.13", "17.9", "17.99", "18.4"])),
        "readers": readers,
        "capacity_acu": {"min": low, "max": draw(st.integers(max(2, int(low * 2)), 512)) / 2},
        **({"instance_class": instance_class} if instance_class else {}),
        **draw(_windows),
        **draw(
            _some(
                {
                    "database": st.sampled_from(["app", "ward_rounds"]),
                    "backup_days": st.integers(1, 35),
                    "analytics_readers": st.integers(0, 3),
                    "audit_statements": _statements,
                    "pause_after_seconds": st.integers(300, 86_400),
                    "allow_major_upgrade": st.booleans(),
                    "administrator": st.just("generated"),
                }
            )
        ),
    }
    if instance_class == "db.r6g.large":
        found["activity_stream"] = draw(st.booleans())
    if second is not None:
        found["administrator"] = "generated"
        key = f"arn:{partition(second)}:kms:{second}:111122223333:key/11112222-3333-4444-5555-666677778888"
        found["second_region"] = {
            "region": second,
            "kms_key_arn": key,
            "logs_key_arn": key,
            "subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
            "security_group_ids": ["sg-0123456789abcdef0"],
            "alarm_topic_arn": f"arn:{partition(second)}:sns:{second}:111122223333:alerts",
        }
    return found


@st.composite
def _rds(draw: st.DrawFn, zones: int) -> Document:
    """Draw an instance; MySQL only where the data tier's ACL has room for its port."""
    engine = draw(st.sampled_from(["postgres", "mysql"] if zones <= 5 else ["postgres"]))
    versions = {"postgres": ["14.20", "17.10", "18.1"], "mysql": ["8.4.7", "8.4.11"]}[engine]
    changed = draw(st.sampled_from([{}, {"administrator": "generated", "blue_green_updates": True}]))
    return {
        "engine": engine,
        "engine_version": draw(st.sampled_from(versions)),
        "instance_class": draw(st.sampled_from(["db.t4g.micro", "db.r6g.large", "db.m9g.48xlarge"])),
        **changed,
        **draw(_windows),
        **draw(
            _some(
                {
                    "storage_gib": st.integers(20, 65_536),
                    "multi_az": st.booleans(),
                    "backup_days": st.integers(1, 35),
                    "audit_statements": _statements,
                }
            )
        ),
    }


@st.composite
def _data(draw: st.DrawFn, region: str, protect: bool, zones: int) -> Document:
    elsewhere = [other for other in ZONES if other != region and partition(other) == partition(region)]
    days = st.integers(1, 35)
    engine = draw(st.sampled_from(["valkey", "redis"]))
    hour = draw(st.integers(0, 21))
    cache: Document = {
        "engine_version": st.sampled_from(sorted(caches.FAMILIES[engine])),
        "node_type": st.sampled_from(caches.NODE_TYPES[engine]),
        "replicas": st.integers(0, 5),
        "snapshot_days": days,
        "rotate_days": st.integers(1, 365),
    }
    windows = {
        "snapshot_window": f"{hour:02}:00-{hour + 1:02}:00",
        "maintenance_window": f"wed:{hour + 1:02}:00-wed:{hour + 2:02}:30",
    }
    keep = draw(st.integers(35, 36500))
    backup: Document = {
        "copy_to_region": st.sampled_from(elsewhere),
        "copy_to_vault": st.just(
            f"arn:{partition(region)}:backup:{region}:000011112222:backup-vault:elsewhere"
        ),
        "daily_keep_days": st.integers(35, keep),
        "hourly_keep_days": days,
        "schedule": st.sampled_from(["cron(0 5 * * ? *)", "cron(15 3 ? * * *)"]),
        "restore_test": st.just("cron(0 10 ? * SUN *)"),
        "create_reports_role": st.booleans(),
    }
    if keep > 90:
        backup["cold_after_days"] = st.integers(1, keep - 90)
    locks = st.sampled_from(["governance", "compliance"] if protect else ["none", "governance"])
    stores: Document = {
        "aurora": _aurora(elsewhere, protect),
        "rds": _rds(zones),
        "cache": st.fixed_dictionaries(
            {"engine": st.just(engine), **{key: st.just(window) for key, window in windows.items()}},
            optional=cache,
        ),
        "backup": st.fixed_dictionaries({"vault_lock": locks, "keep_days": st.just(keep)}, optional=backup),
    }
    return draw(_some(stores))


@st.composite
def _partner(draw: st.DrawFn, number: int, document: Document) -> Document:
    """Draw a partner whose ranges, ports and gateway are those of its number alone."""
    routed = "transit" in document
    open_to_them = "hipaa:edge" in document and "hipaa:compute" in document
    modes = ["endpoint", *(["vpn", "transit"] * routed), *(["privatelink"] * open_to_them)]
    mode = draw(st.sampled_from(modes))
    if mode == "privatelink":
        return {"mode": mode, "principals": [f"arn:aws:iam::{draw(_accounts)}:root"]}
    names = draw(st.sets(_slugs.map(lambda name: name.replace("-", "")), min_size=1, max_size=2))
    ports = st.integers(1, 65535)
    if mode == "endpoint":
        service = f"com.amazonaws.vpce.{document['aws:region']}.vpce-svc-{number:017x}"
        services = [{"name": name, "port": port} for name, port in _each(names, draw(ports))]
        return {"mode": mode, "service_name": service, "services": services}
    hosts = [f"10.{100 + number}.{draw(st.integers(0, 255))}.{draw(st.integers(0, 255))}"]
    listeners = dict(_each(names, 20_000 + 10 * number))
    routed_services: list[Document] = [
        {
            "name": name,
            "port": draw(ports),
            "targets": hosts,
            "listen_port": listeners[name],
            "tls": "passthrough",
        }
        for name in sorted(names)
    ]
    if draw(st.booleans()):
        routed_services[0] |= {
            "tls": "terminate",
            "certificate_arn": f"arn:{partition(document['aws:region'])}:acm:{document['aws:region']}:{document['hipaa:account']}:"
            "certificate/11112222-3333-4444-5555-666677778888",
        }
    if mode == "vpn":
        reach: Document = {"peer_ip": f"203.0.113.{number}"}
    else:
        attached: Document = {"attachment_id": f"tgw-attach-{number:017x}"}
        reach = {"account": draw(_accounts), **draw(st.sampled_from([{}, attached]))}
    return {
        "mode": mode,
        "cidrs": [f"10.{100 + number}.0.0/17", f"10.{100 + number}.128.0/17"],
        **reach,
        "services": draw(st.sampled_from([[], routed_services])),
    }


def _each(names: set[str], first: int) -> list[tuple[str, int]]:
    return [(name, (first + place) % 65_535 + 1) for place, name in enumerate(sorted(names))]


@st.composite
def connectivity(draw: st.DrawFn, document: Document) -> Document:
    """Draw what joins a stack to others; `document` is the rest of the stack."""
    transit: Document = {}
    if draw(st.booleans()):
        asn = st.integers(64512, 65534).filter(lambda number: number != 65_000)
        transit = {"transit": draw(_some({"asn": asn})), "exchange_cidr": draw(_cidr(61))}
    # Names without hyphens cannot give the same variables.
    slugs = _slugs.map(lambda name: name.replace("-", ""))
    names = sorted(draw(st.sets(slugs, max_size=4)))
    context = {**document, **transit}
    partners = {name: draw(_partner(number, context)) for number, name in enumerate(names, 1)}
    tiers = st.lists(st.sampled_from(["app", "data"]), unique=True)
    admin = st.sampled_from(["198.51.100.0/24", "203.0.113.7/32", "10.0.0.0/8"])
    vpn = st.fixed_dictionaries(
        {
            "client_cidr": _cidr(60, longest=24),
            "admin_cidrs": st.lists(admin, min_size=1, max_size=2, unique=True),
            "ami": _ami,
        },
        optional={
            "access": st.dictionaries(_slugs.filter(lambda name: name != "openvpn"), tiers, max_size=2),
            "domain": st.just("vpn.example.org"),
            "instance_type": _instance_types,
            "max_lifetime_days": st.integers(1, 365),
        },
    )
    return {"partners": partners, **transit, **draw(_some({"vpn": vpn}))}


def _grounded(document: Document) -> None:
    """Take from VPN users what the document hasn't got: data stores, or room in the data tier's ACL."""
    vpn = document.get("hipaa:connectivity", {}).get("vpn", {})
    zones = document["hipaa:network"].get("zones", 2)
    crowded = (zones if isinstance(zones, int) else len(zones)) > 4
    if crowded or not {"aurora", "rds", "cache"} & document.get("hipaa:data", {}).keys():
        for group, tiers in vpn.get("access", {}).items():
            vpn["access"][group] = [tier for tier in tiers if tier != "data"]


@st.composite
def _services(draw: st.DrawFn, document: Document) -> Document:
    """Draw services that use only what the rest of the document has."""
    has = [name for name in ("aurora", "rds", "cache") if name in document.get("hipaa:data", {})]
    has += ["partners"] if document.get("hipaa:connectivity", {}).get("partners") else []
    compute = document.get("hipaa:compute", {})
    limits = instances.limits_of(compute.get("instance_type", "t3.medium"))
    cpus = limits.cpu_units - PROXY_CPU_UNITS if limits else 196_608
    memories = limits.task_memory_mib - PROXY_MIB if limits else 1_048_576
    services: Document = {}
    for name in draw(st.sets(_slugs, max_size=3)):
        service: Document = {
            "image": f"registry.example.org/{name}"
            + (_DIGEST if document["hipaa:protect"] else draw(st.sampled_from(["", ":latest", _DIGEST]))),
            "cpu": draw(st.integers(128, cpus)),
            "memory_mib": draw(st.integers(64, memories)),
            "tasks": draw(_span(1, 5000)),
            "uses": draw(st.lists(st.sampled_from(has), unique=True)) if has else [],
        }
        if draw(st.booleans()):
            service["port"] = draw(st.integers(1, 65535))
            if "hipaa:edge" in document:
                service["route"] = {"path": f"/{name}/*", "sticky": draw(st.booleans())}
        if draw(st.integers(0, 3)) == 0:
            del service["image"]
        if draw(st.booleans()):
            night = {"cron": "cron(0 1 * * ? *)", **draw(_span(1, 5000)), "timezone": "America/New_York"}
            service |= {"command": ["./serve"], "scale_on": {"schedule": {"night": night}}}
        services[name] = service
    connect = compute.get("service_connect")
    for service in services.values() if connect is not None else ():
        taken = service.get("port") if "authority_arn" in connect else None
        if draw(st.booleans()):
            ports = st.integers(1, 65535).filter(lambda port, taken=taken: port != taken)
            service["connect_port"] = draw(ports)
    for name, service in services.items():
        named = [other for other in services if other != name and "connect_port" in services[other]]
        service["connects_to"] = draw(st.lists(st.sampled_from(named), unique=True)) if named else []
    return services


def _zone_count(document: Document) -> int:
    zones = document["hipaa:network"].get("zones", 2)
    return zones if isinstance(zones, int) else len(zones)


def _complete(draw: st.DrawFn, document: Document) -> None:
    """Add to databases what needs the rest of the document: a proxy its users, a bootstrap task its cluster."""
    uses = [use for service in document.get("hipaa:services", {}).values() for use in service["uses"]]
    stores = document.get("hipaa:data", {})
    aurora = stores.get("aurora")
    asleep = aurora and not aurora["capacity_acu"]["min"] and "instance_class" not in aurora
    if aurora and "aurora" in uses and not asleep:
        aurora["proxy"] = draw(st.booleans())
    for key in ("aurora", "rds"):
        if key in stores and "hipaa:compute" in document and draw(st.booleans()):
            stores[key]["bootstrap_image"] = f"registry.example.org/client{_DIGEST}"


@st.composite
def valid_documents(draw: st.DrawFn) -> Document:
    """Draw any configuration that is accepted."""
    region, protect = draw(st.sampled_from(sorted(ZONES))), draw(st.booleans())
    account = draw(_accounts)
    document: Document = {
        "aws:region": region,
        "hipaa:environment": draw(_slugs),
        "hipaa:account": account,
        "hipaa:protect": protect,
        "hipaa:network": draw(_network(region)),
        "hipaa:audit": draw(_audit(protect)),
    }
    cidrs = st.lists(st.sampled_from(["0.0.0.0/0", "198.51.100.0/24"]), min_size=1, unique=True)
    edge = st.fixed_dictionaries(
        {"domain": st.just("app.example.org"), "zone_id": st.just("Z123")}, optional={"allowed_cidrs": cidrs}
    )
    document |= draw(
        _some(
            {
                "aws:allowedAccountIds": st.just([account]),
                "aws:defaultTags": st.just({"tags": {"owner": "platform"}}),
                "hipaa:compute": _some(
                    {
                        "instance_type": _instance_types,
                        "instances": _span(1, 1000),
                        "ami": _ami,
                        "service_connect": _some({"authority_arn": st.just(_AUTHORITY)}),
                    }
                ),
                "hipaa:edge": edge,
                "hipaa:data": _data(region, protect, _zone_count(document)),
            }
        )
    )
    if document["hipaa:audit"].get("alert_emails") and region not in ("us-gov-east-1", "us-gov-west-1"):
        document |= draw(_some({"hipaa:budget": st.builds(dict, monthly_usd=st.integers(1, 10_000_000))}))
    if draw(st.booleans()):
        document["hipaa:connectivity"] = draw(connectivity(document))
    _grounded(document)
    if draw(st.booleans()):
        document["hipaa:services"] = draw(_services(document))
    _complete(draw, document)
    return document

"""Strategy of applications and their processes."""

from __future__ import annotations

from hypothesis import strategies as st

from facts import instances, tls_proxy
from facts.aws_services import AWS_SERVICES
from facts.stores import STORES
from tests.settings.documents import DIGEST, Document
from tests.settings.strategies.common import arn, slugs, some, span

_crons = st.sampled_from(["cron(0 1 * * ? *)", "cron(30 8 ? * MON-FRI *)", "rate(12 hours)"])
_ports = st.integers(1, 65535).filter(lambda port: port != tls_proxy.APPLICATION_PORT)
_commands = st.sampled_from([["./serve"], ["bin/rails", "db:migrate"]])


@st.composite
def _scaling(draw: st.DrawFn) -> Document:
    period = {
        "start": "cron(0 1 * * ? *)",
        "end": draw(st.sampled_from(["cron(0 7 * * ? *)", "cron(30 8 ? * MON-FRI *)"])),
        **draw(span(1, 5000)),
        "timezone": "America/New_York",
    }
    metric = {
        "namespace": draw(st.sampled_from(["AWS/SQS", "Ehr/Jobs"])),
        "name": "Waiting",
        **draw(
            some(
                {
                    "dimensions": st.just({"Queue": "default", "Shard": "1 of 2"}),
                    "statistic": st.sampled_from(["average", "maximum", "minimum", "sum"]),
                    "per_task": st.booleans(),
                }
            )
        ),
        "target": draw(st.sampled_from([0.001, 0.5, 100, 1_000_000_000])),
    }
    return draw(
        some(
            {
                "cpu_percent": st.integers(1, 100),
                "memory_percent": st.integers(1, 100),
                "requests_per_task": st.integers(1, 1_000_000),
                "metrics": st.just({"backlog": metric}),
                "schedule": st.just({"night": period}),
            }
        )
    )


def _images(name: str, protect: bool) -> st.SearchStrategy[str]:
    suffixes = [DIGEST] if protect else ["", ":latest", DIGEST]
    return st.sampled_from([f"registry.example.org/{name}{suffix}" for suffix in suffixes])


_alarms = some(
    {
        "error_percent": st.integers(1, 100),
        "latency_seconds": st.integers(1, 4000),
        "latency_rolls_back": st.booleans(),
        "memory_percent": st.integers(1, 100),
    }
)


_health_checks = st.builds(
    lambda command, options: {"command": command, **options},
    _commands,
    some(
        {
            "interval_seconds": st.integers(5, 300),
            "timeout_seconds": st.integers(2, 60),
            "retries": st.integers(1, 10),
            "start_seconds": st.integers(0, 300),
        }
    ),
)
_deployments = some(
    {
        "min_healthy_percent": st.integers(0, 100),
        "max_percent": st.integers(101, 200),
        "bake_minutes": st.integers(0, 1440),
        "canary_percent": st.integers(1, 99),
        "canary_minutes": st.integers(0, 1440),
    }
)


@st.composite
def _agent(draw: st.DrawFn, document: Document, options: Document) -> Document:
    """Draw a sidecar or a daemon, with options that only one of them has."""
    common: Document = {
        "entry_point": _commands,
        "command": _commands,
        "environment": st.just({"LOG_LEVEL": "info"}),
        "secrets": st.just({"AGENT_KEY": arn(document, "secretsmanager", "secret:agent-AbCdEf")}),
        "health_check": _health_checks,
    }
    memory = draw(st.integers(6, 64))
    agent: Document = {
        "image": draw(_images("agent", document["hipaa:protect"])),
        "cpu": draw(st.integers(1, 64)),
        "memory_mib": memory,
        **draw(some({**common, **options})),
    }
    if draw(st.booleans()):
        agent["writable"] = {"/agent": {"mib": memory - 1, "executable": draw(st.booleans())}}
    return agent


@st.composite
def _sidecars(draw: st.DrawFn, document: Document) -> Document:
    options = {"user": st.just("2000:2000"), "essential": st.booleans()}
    names = draw(st.sets(st.sampled_from(["agent", "collector"])))
    return {name: draw(_agent(document, options)) for name in names}


@st.composite
def daemons(draw: st.DrawFn, document: Document) -> Document:
    """Draw daemons of a document with a cluster, which leave a network interface for tasks."""
    limits = _limits(document)
    most = min(2, limits.max_tasks(trunking=True) - 1) if limits else 2
    drawn: Document = {}
    for number in range(draw(st.integers(0, most))):
        daemon = draw(_agent(document, {"user": st.sampled_from([f"300{number}:3000", f"300{number}"])}))
        if "user" in daemon:
            daemon["host_metrics"] = draw(st.booleans())
        drawn[f"hosts-{number}"] = daemon
    return drawn


def _limits(document: Document) -> instances.Limits | None:
    """Return what an instance has for tasks besides the daemons; None for a type that is not in the table."""
    compute = document.get("hipaa:compute", {})
    limits = instances.limits_of(compute.get("instance_type", "t3.medium"))
    its_daemons = compute.get("daemons", {}).values()
    return limits and limits.without(
        cpu_units=sum(item["cpu"] for item in its_daemons),
        memory_mib=sum(item["memory_mib"] for item in its_daemons),
        tasks=len(its_daemons),
    )


def _hosts(edge: Document) -> st.SearchStrategy[list[str]]:
    names = [edge["domain"], *(item["name"] for item in edge.get("domains", []) if "redirect_to" not in item)]
    return st.lists(st.sampled_from(names), unique=True)


def _sign_ins(document: Document) -> st.SearchStrategy[Document]:
    """Draw an identity provider and its sessions."""
    provider = {
        "issuer": "https://idp.example.net/",
        "authorization_endpoint": "https://idp.example.net/authorize?p=staff",
        "token_endpoint": "https://idp.example.net/token",
        "user_info_endpoint": "https://idp.example.net/userinfo",
        "client_id": "b7c1f0e2-0000-4000-8000-000000000000",
        "client_secret": arn(document, "secretsmanager", "secret:idp-AbCdEf"),
    }
    options: Document = {
        "scope": st.sampled_from(["openid", "openid email"]),
        "unauthenticated": st.sampled_from(["authenticate", "deny"]),
        "session_seconds": st.integers(1, 604_800),
    }
    return some(options).map(lambda drawn: {**provider, **drawn})


@st.composite
def _process(draw: st.DrawFn, path: str, document: Document) -> Document:
    limits = _limits(document)
    cpu = limits.cpu_units - instances.PROXY_CPU_UNITS if limits else 196_608
    memory = limits.task_memory_mib - instances.PROXY_MIB if limits else 1_048_576
    provided = memory >= 64 + tls_proxy.MIB and draw(st.booleans())
    if provided:
        cpu, memory = cpu - tls_proxy.CPU_UNITS, memory - tls_proxy.MIB
    sidecars = draw(_sidecars(document)) if memory >= 256 and cpu >= 256 else {}
    cpu -= sum(item["cpu"] for item in sidecars.values())
    memory -= sum(item["memory_mib"] for item in sidecars.values())
    process: Document = {
        "sidecars": sidecars,
        "cpu": draw(st.integers(128, cpu)),
        "memory_mib": draw(st.integers(64, memory)),
        "tasks": draw(span(1, 5000)),
        "tls": "provided" if provided else "own",
        "spot": draw(st.booleans()) and "max_spot_instances" in document.get("hipaa:compute", {}),
        **draw(
            some(
                {
                    "entry_point": _commands,
                    "command": _commands,
                    "user": st.sampled_from(["1000:1000", "app"]),
                    "health_check": _health_checks,
                    "stop_seconds": st.integers(2, 120),
                    "alarms": _alarms,
                    "deployment": _deployments,
                    "scale_on": _scaling(),
                    "environment": st.just({"LOG_FORMAT": "json"}),
                    "image": _images("other", document["hipaa:protect"]),
                }
            )
        ),
    }
    if process["memory_mib"] > 64 and draw(st.booleans()):
        process["writable"] = {"/app/tmp": {"mib": 64, "executable": draw(st.booleans())}}
    if draw(st.booleans()):
        process["port"] = draw(_ports)
        if "hipaa:edge" in document:
            codes = {"grpc": "0,12", "http2": "200-399"}
            optional: Document = {
                "hosts": _hosts(document["hipaa:edge"]),
                "protocol": st.sampled_from(["http1", "http2", "grpc"]),
                "health": some({"path": st.just("/health/check"), "grace_seconds": st.integers(0, 3600)}),
                "idle_timeout_seconds": st.integers(1, 4000),
                "drain_seconds": st.integers(0, 3600),
                "slow_start_seconds": st.just(0) | st.integers(30, 900),
                "sticky": st.booleans(),
            }
            route = draw(some(optional))
            if "health" in route and draw(st.booleans()):
                route["health"]["codes"] = codes.get(route.get("protocol"), "200")
            if route.get("protocol") == "grpc":
                route.pop("sticky", None)
            if route.get("protocol", "http1") == "http1" and draw(st.booleans()):
                route["sign_in"] = draw(_sign_ins(document))
            process["route"] = {
                "paths": [f"/{path}/*", f"/{path}-v2"][: draw(st.integers(1, 2))],
                **route,
            }
    route = process.get("route", {"paths": []})
    one_rule = len(route["paths"]) == 1 and len(route.get("hosts", [])) < 2 and "sign_in" not in route
    if one_rule and "requests_per_task" not in process.get("scale_on", {}):
        strategy = draw(st.sampled_from(["rolling", "blue_green", "canary"]))
        process["deployment"] = {**process.get("deployment", {}), "strategy": strategy}
    if "route" not in process:
        process.get("scale_on", {}).pop("requests_per_task", None)
    if draw(st.booleans()):
        process["connect_port"] = draw(_ports)
    if not {"port", "connect_port"} & process.keys():
        process["tls"] = "own"
    if process["tls"] == "provided":
        process |= {key: max(1024, process[key]) for key in ("port", "connect_port") if key in process}
        document["hipaa:compute"]["tls_image"] = f"registry.example.org/haproxy{DIGEST}"
    return process


@st.composite
def _egress(draw: st.DrawFn, document: Document) -> Document:
    """Draw connections to different ports that no partner has, of which some end; none without NAT."""
    if document["hipaa:network"].get("nat") == "none":
        return {}
    ports = draw(st.lists(st.sampled_from([22, 25, 443, 587, 5432, 6379, 30_000]), unique=True, max_size=3))
    egress: Document = {}
    for port in ports:
        cidrs = st.lists(st.sampled_from(["203.0.113.0/26", "198.51.100.7/32"]), min_size=1, unique=True)
        hosts = st.just(["relay.example.net", "*.example.net"])
        chosen = (
            st.just({"hosts"}) if port == 443 else st.sets(st.sampled_from(["cidrs", "hosts"]), min_size=1)
        )
        keys = draw(chosen)
        egress[f"port-{port}"] = {
            "port": port,
            **({"cidrs": draw(cidrs)} if "cidrs" in keys else {}),
            **({"hosts": draw(hosts)} if "hosts" in keys else {}),
            **draw(some({"until": st.sampled_from(["2020-01-31", "2099-12-31"])})),
        }
    return egress


def _secrets(document: Document) -> list[Document]:
    """Return secrets of Secrets Manager, of RDS, of Systems Manager, and none."""
    secret, rds = (
        arn(document, "secretsmanager", f"secret:{name}") for name in ("token-AbCdEf", "rds!db-1-AbCdEf")
    )
    parameter = arn(document, "ssm", "parameter/api/token")
    return [{}, {"TOKEN": f"{secret}:value::"}, {"TOKEN": rds, "KEY": parameter}, {"KEY": parameter}]


def _permissions(document: Document) -> st.SearchStrategy[Document]:
    """Draw statements on resources of the account, and on actions without resources."""
    key, table = arn(document, "kms", "key/11112222-3333-4444-5555-666677778888"), "table/patients-*"
    bucket = arn(document, "s3", "reports/*").replace(
        f":{document['aws:region']}:{document['hipaa:account']}:", ":::"
    )
    limits = {
        "StringEquals": {"s3:RequestObjectTag/kind": ["report"]},
        "Bool": {"aws:SecureTransport": ["true"]},
    }
    return some(
        {
            "reports": st.just({"actions": ["s3:GetObject", "s3:PutObject"], "resources": [bucket]}),
            "limited": st.just({"actions": ["s3:PutObject"], "resources": [bucket], "conditions": limits}),
            "table": st.just(
                {"actions": ["dynamodb:Query"], "resources": [arn(document, "dynamodb", table)]}
            ),
            "key": st.just({"actions": ["kms:Decrypt"], "resources": [key]}),
            "metrics": st.just({"actions": ["cloudwatch:PutMetricData"], "resources": ["*"]}),
        }
    )


@st.composite
def _app(draw: st.DrawFn, name: str, document: Document, available: list[str]) -> Document:
    names = sorted(draw(st.sets(st.sampled_from(["web", "jobs", "api-v2"]), min_size=1, max_size=2)))
    command_options = some({"process": st.sampled_from(names), "entry_point": _commands})
    schedule_options = some(
        {
            "process": st.sampled_from(names),
            "entry_point": _commands,
            "timezone": st.just("America/New_York"),
        }
    )
    return {
        "uses": [use for use in available if draw(st.booleans())],
        **draw(
            some(
                {
                    "image": _images(name, document["hipaa:protect"]),
                    "shell": st.booleans(),
                    "protects_tasks": st.booleans(),
                    "environment": st.just({"LOG_LEVEL": "info"}),
                    "secrets": st.sampled_from(_secrets(document)),
                    "secret_keys": st.just(
                        [arn(document, "kms", "key/99998888-7777-6666-5555-444433332222")]
                    ),
                    "permissions": _permissions(document),
                    "egress": _egress(document),
                    "release": st.builds(
                        lambda command, of: {"command": command, **of}, _commands, command_options
                    ),
                    "schedules": st.builds(
                        lambda cron, command, of: {"nightly": {"cron": cron, "command": command, **of}},
                        _crons,
                        _commands,
                        schedule_options,
                    ),
                },
                odds=3,
            )
        ),
        "processes": {item: draw(_process(f"{name}-{item}", document)) for item in names},
    }


@st.composite
def _access(draw: st.DrawFn, document: Document, databases: list[str], others: list[str]) -> Document:
    options: Document = {
        "connection_limit": st.integers(1, 16_000),
        "shares": st.dictionaries(st.sampled_from(others), st.sampled_from(["read", "write"]))
        if others
        else st.just({}),
    }
    if all(document["hipaa:data"][name].get("engine") != "mysql" for name in databases):
        options["statement_timeout_seconds"] = st.integers(1, 86_400)
        options["extensions"] = st.just(["pg_trgm", "uuid-ossp"])
    network = document["hipaa:network"]
    reaches = network.get("nat") != "none" or "secretsmanager" in network.get("interface_endpoints", [])
    uses_proxy = document["hipaa:data"].get("aurora", {}).get("proxy")
    if len(databases) == 1 and reaches and not uses_proxy:
        options["sign_in"] = st.sampled_from(["iam", "password"])
    return draw(some(options))


@st.composite
def apps(draw: st.DrawFn, document: Document) -> Document:
    """Draw applications that use only parts that the rest of the document has."""
    available: list[str] = [name for name in STORES if name in document.get("hipaa:data", {})]
    available += [name for name in AWS_SERVICES if name != "ses" or "hipaa:edge" in document]
    available += ["partners"] if document.get("hipaa:connectivity", {}).get("partners") else []
    drawn = {
        name: draw(_app(name, document, available))
        for name in sorted(draw(st.sets(slugs, min_size=1, max_size=2)))
    }
    processes = {
        f"{app}-{name}": process for app, item in drawn.items() for name, process in item["processes"].items()
    }
    for name, item in drawn.items():
        if databases := [use for use in item["uses"] if use in ("aurora", "rds")]:
            item["database"] = draw(
                _access(
                    document,
                    databases,
                    [
                        other
                        for other in drawn
                        if other != name and set(drawn[other]["uses"]) & set(databases)
                    ],
                )
            )
    for name, process in processes.items():
        callees = [other for other in processes if other != name and "connect_port" in processes[other]]
        process["connects_to"] = [other for other in callees if draw(st.booleans())]
    return drawn

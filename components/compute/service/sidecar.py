"""The sidecar that terminates TLS for applications which serve plain HTTP. Creates no resources.

Maps to 45 CFR 164.312(e)(1) and (e)(2)(ii) (transmission security): requests are encrypted until they are in the task. The
last part is the loopback interface, which only the containers of the task share.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from components.shared.containers import TEMPORARY, Container, Writable
from facts import tls_proxy

_CONFIGURATION: Final = "PROXY_CONFIGURATION"
"""Environment variable with the configuration, which the command writes to a file in memory."""

# A target must keep idle connections for longer than the load balancer, whose limit is 4000 seconds. Otherwise requests
# arrive on closed connections and fail with 502.
_IDLE_MINUTES: Final = 70

_HEALTH_CHECKER: Final = "ELB-HealthChecker/"
"""Beginning of the user agent of health checks, whose version is 2.0
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html)."""

_FILES_PER_CONNECTION: Final = 2
_OTHER_FILES: Final = 200

# The key exists only in the memory of the task, and no other user may read it. The certificate outlives any task: neither
# the load balancer nor Service Connect verifies it (docs/adr/0014-haproxy-terminates-tls-in-the-task.md).
_START: Final = (
    "umask 077; cd /tmp; "
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=task "
    "-config /dev/null -keyout tls.pem.key -out tls.pem; "
    f'printf %s "${_CONFIGURATION}" >haproxy.cfg; '
    "exec haproxy -db -f haproxy.cfg"
)


def tls_sidecar(image: str, ports: Mapping[str, int], *, health_host: str | None = None) -> Container:
    """Return the container that accepts TLS on the ports of a service and forwards to its application.

    Not tried on AWS; tests run the command with HAProxy.

    Args:
        image: Image with HAProxy 2.6 or newer, OpenSSL and a shell.
        ports: Ports on which the task serves TLS, by their name in Service Connect.
        health_host: Host that the application sees in health checks; None for the address of the task.
    """
    return Container(
        name=tls_proxy.NAME,
        image=image,
        cpu=tls_proxy.CPU_UNITS,
        memory_mib=tls_proxy.MIB,
        command=["sh", "-ec", _START],
        ports=ports,
        environment={_CONFIGURATION: configuration(ports.values(), health_host)},
        writable={TEMPORARY: Writable(mib=1)},
        open_files=_FILES_PER_CONNECTION * tls_proxy.MAX_CONNECTIONS + _OTHER_FILES,
    )


def configuration(ports: Iterable[int], health_host: str | None = None) -> str:
    """Return the configuration of HAProxy.

    - It forwards requests and answers unchanged, including `X-Forwarded-For` and `X-Forwarded-Proto`, and does not store
      bodies.
    - The application gets HTTP/1.1 or a WebSocket. Only gRPC, which requires HTTP/2, reaches it as HTTP/2 without TLS.
    - Each request has its own connection to the application. Applications close idle connections early, and a request on a
      connection that is being closed would fail.
    - A health check of the load balancer has the address of the task as its host and no `X-Forwarded-Proto`. Many frameworks
      answer such a request with an error or a redirect, so it gets the host of the route and `https`.
    - It logs only failed requests, without their path, because a path may contain ePHI.

    Args:
        ports: Ports on which the task serves TLS.
        health_host: Host that the application sees in health checks; None for the address of the task.
    """
    binds = [f"  bind :{port} ssl crt /tmp/tls.pem alpn h2,http/1.1" for port in ports]
    return "\n".join(
        [
            "global",
            "  log stdout format raw local0 notice",
            f"  maxconn {tls_proxy.MAX_CONNECTIONS}",
            # By default HAProxy starts a thread for each CPU of the container instance.
            "  nbthread 2",
            "  hard-stop-after 50s",
            # The health check of the load balancer does not accept TLS 1.3 only.
            "  ssl-default-bind-options ssl-min-ver TLSv1.2",
            "defaults",
            "  mode http",
            "  log global",
            '  log-format "status %ST, state %tsc, %Ta ms, client %ci, backend %b"',
            "  option dontlog-normal",
            "  option log-separate-errors",
            "  option http-server-close",
            "  timeout connect 5s",
            "  timeout http-request 60s",
            *(
                f"  timeout {name} {_IDLE_MINUTES}m"
                for name in ("client", "server", "tunnel", "http-keep-alive")
            ),
            "frontend tls",
            *binds,
            *(_health_headers(health_host) if health_host is not None else ()),
            "  use_backend grpc if { req.hdr(content-type) -m beg application/grpc }",
            "  default_backend http",
            "backend http",
            f"  server application 127.0.0.1:{tls_proxy.APPLICATION_PORT}",
            "backend grpc",
            f"  server application 127.0.0.1:{tls_proxy.APPLICATION_PORT} proto h2",
            "",
        ]
    )


def _health_headers(host: str) -> Iterable[str]:
    """Yield the lines that set the headers of health checks."""
    yield f"  acl health_check req.hdr(user-agent) -m beg {_HEALTH_CHECKER}"
    for header, value in {"host": host, "x-forwarded-proto": "https"}.items():
        yield f"  http-request set-header {header} {value} if health_check"

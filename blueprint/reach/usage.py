"""How `python -m blueprint reach` is called; apart from the command, so that help comes at once."""

from __future__ import annotations

import argparse
import textwrap
from typing import Any


def add_parser(commands: Any) -> None:
    """Add the command to an argument parser's sub-commands."""
    parser: argparse.ArgumentParser = commands.add_parser(
        "reach",
        help="tell who reaches whom, on what ports and through what, or what stops it",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Follow packets through the network that the program would build: groups, ACLs, routes, gateways.",
        epilog=textwrap.dedent("""\
            examples:
              python -m blueprint reach prod                              who reaches whom, on what
              python -m blueprint reach prod internet api:8443            one question, with its path
              python -m blueprint reach prod internet app:data --expect no    for a pipeline
              python -m blueprint reach prod 10.20.0.0/24 app:data:5432/tcp   from a range
              python -m blueprint reach prod --inventory csv              where ePHI lives and travels

            places: services, data stores and load balancers by name; internet; partner:NAME; vpn-clients;
            vpn:GROUP; endpoint:SERVICE; VPC:TIER; subnets by name; addresses and ranges

            exit code: 0 answered, and as expected; 1 not as expected; 2 the settings or the names are wrong;
            3 the program failed
            """),
    )
    parser.add_argument("stack", metavar="STACK", help="stack whose program is evaluated")
    parser.add_argument("source", nargs="?", metavar="SOURCE", help="where the connection comes from")
    parser.add_argument(
        "target", nargs="?", metavar="DEST[:PORT[/udp]]", help="where it goes, and on what port"
    )
    parser.add_argument("--expect", choices=("yes", "no"), help="exit with 1 unless this is the answer")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")
    parser.add_argument(
        "--inventory", choices=("markdown", "csv", "json"), help="print the assets and flows of ePHI instead"
    )

"""The options of the command line. They are in a separate module so that help appears without delay."""

from __future__ import annotations

import argparse
import textwrap
from typing import Any


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="python -m blueprint",
        description="Show what a Pulumi program would build on AWS, and judge it, without a cloud.",
        epilog="Nothing is looked up or changed: no AWS account, no Pulumi CLI and no network are needed.",
    )
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _preview(commands)
    evidence = commands.add_parser(
        "evidence",
        help="write what an auditor asks for about stacks: pages, map, inventory, controls as OSCAL, state",
        description="Write a folder for each stack: its page (stack.md), network map (network.svg), inventory of "
        "ePHI (inventory.csv), the controls with the resources that satisfy them (controls.md, and controls.json in "
        "OSCAL), and the registrations in the format of `pulumi stack export` (state.json, without secrets).",
        epilog="exit code: 0 written, 2 the settings or the folder cannot be used, 3 the program failed",
    )
    evidence.add_argument(
        "stacks", nargs="*", metavar="STACK", help="stacks (default: every Pulumi.<stack>.yaml)"
    )
    evidence.add_argument(
        "--out", default="evidence", metavar="FOLDER", help="folder to write to (default: evidence)"
    )
    config = commands.add_parser(
        "policy-config",
        help="print the parameters of the policies for a stack, for pulumi --policy-pack-config",
        description="Print the parameters of the controls that follow from the settings of a stack, as JSON. Redirect them "
        "to a file, and name it with --policy-pack-config for each --policy-pack.",
    )
    config.add_argument("stack", metavar="STACK", help="stack whose settings are read")
    docs = commands.add_parser("docs", help="write the generated pages under docs/")
    docs.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is out of date")
    _reach(commands)
    return made


def _preview(commands: Any) -> None:
    command: argparse.ArgumentParser = commands.add_parser(
        "preview",
        help="show what stacks would build, their addresses, logs, protection and findings",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Evaluate the real __main__.py with each stack's Pulumi.<stack>.yaml and judge the result.",
        epilog=textwrap.dedent("""\
            examples:
              python -m blueprint preview                        every stack that has a file here
              python -m blueprint preview prod                   one stack
              python -m blueprint preview --json - | jq .        as data
              python -m blueprint preview prod --markdown pr.md  for a comment on a pull request

            exit code: 0 no findings, 1 a control has findings, 2 the settings are wrong, 3 the program failed
            """),
    )
    command.add_argument(
        "stacks", nargs="*", metavar="STACK", help="stacks to show (default: every Pulumi.<stack>.yaml)"
    )
    command.add_argument(
        "--json", metavar="FILE", help="write everything as JSON; - writes it to standard output"
    )
    command.add_argument(
        "--markdown", metavar="FILE", help="write everything as Markdown; - writes it to standard output"
    )


def _reach(commands: Any) -> None:
    command: argparse.ArgumentParser = commands.add_parser(
        "reach",
        help="show who reaches whom, on what ports and through what, or what stops it",
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
    command.add_argument("stack", metavar="STACK", help="stack whose program is evaluated")
    command.add_argument("source", nargs="?", metavar="SOURCE", help="where the connection comes from")
    command.add_argument(
        "target", nargs="?", metavar="DEST[:PORT[/udp]]", help="where it goes, and on what port"
    )
    command.add_argument("--expect", choices=("yes", "no"), help="exit with 1 unless this is the answer")
    command.add_argument("--json", action="store_true", help="print the answer as JSON")
    command.add_argument(
        "--inventory", choices=("markdown", "csv", "json"), help="print the assets and flows of ePHI instead"
    )

"""Weaken every governed field of prod, one at a time, and count how many of these mutants a control reports.

`python -m benchmarks.mutation [-v]` prints the share of mutants that are reported, the survivors without an
explanation, and how many claims of the controls decide a verdict. With `-v` it prints every survivor and its reason.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from blueprint import verdict
from tests.policy.areas import programs
from tests.policy.mutation.claims import claims, decided
from tests.policy.mutation.judging import JudgedProgram, Outcome
from tests.policy.mutation.survivors import explanation
from tests.repository import policy_config, recorded


def main() -> None:
    """Print every figure for the stack prod."""
    program = JudgedProgram(verdict.judged_record(recorded("prod")), policy_config("prod"))
    start = time.perf_counter()
    outcome = program.run(program.mutants())
    _print_mutants(program, outcome, time.perf_counter() - start)
    _print_claims(program, outcome)


def _print_mutants(program: JudgedProgram, outcome: Outcome, seconds: float) -> None:
    total = len(outcome.killed) + len(outcome.survived)
    explained = len(outcome.survived) - len(outcome.unexplained)
    print(
        f"{total} mutants of {len(program.graph.resources)} resources of prod, {len(program.controls)} controls, {seconds:.1f} s"
    )
    print(f"killed     {len(outcome.killed):5}  {outcome.share:6.1%}")
    print(f"explained  {explained:5}  {explained / total:6.1%}")
    print(f"unexplained{len(outcome.unexplained):5}")
    survivors = Counter((item.field, item.operation) for item in outcome.survived)
    for (name, operation), number in sorted(survivors.items()):
        reason = explanation(name, operation)
        if reason is None or "-v" in sys.argv:
            print(f"  {number:4} {name}  {operation}: {reason or 'UNEXPLAINED'}")


def _print_claims(program: JudgedProgram, outcome: Outcome) -> None:
    everything = claims()
    in_prod = outcome.claims
    in_tests = {claim for control in program.controls for claim in decided(control, programs(control.id))}
    undecided = [claim for claim in everything if claim not in in_prod and claim not in in_tests]
    print(
        f"{len(everything)} claims of a control to read a field: {sum(item in in_prod for item in everything)} decide in prod, "
        f"{sum(item in in_tests and item not in in_prod for item in everything)} more in the controls' own programs, "
        f"{len(undecided)} nowhere"
    )
    for claim in undecided:
        print(f"       {claim.control}: {claim.type} {claim.property}")


if __name__ == "__main__":
    main()

"""The coverage table is complete and agrees with the sources that the controls cite."""

from hipaa_policies.catalog import controls
from hipaa_policies.coverage import ROWS, Row

CONTROLS = {item.id: item for item in controls()}


def test_every_requirement_has_one_row() -> None:
    expected = [f"M{number}" for number in range(1, 83)] + [f"N{number}" for number in range(1, 27)]
    ids = [row.id for row in ROWS]
    assert len(ids) == len(set(ids))
    assert [id_ for id_ in ids if not id_.startswith("X")] == expected


def test_every_rule_of_both_public_packs_has_a_row() -> None:
    assert len({name for row in ROWS for name in row.cdk_nag}) == 90
    assert len({name for row in ROWS for name in row.aws_config}) == 130


def test_every_row_has_a_control_or_a_reason() -> None:
    assert [row.id for row in ROWS if not row.controls and len(row.why) < 40] == []


def test_every_control_that_a_row_names_exists() -> None:
    assert [(row.id, name) for row in ROWS for name in row.controls if name not in CONTROLS] == []


def test_a_control_cites_every_rule_of_its_rows() -> None:
    def uncited(row: Row) -> set[str]:
        rules = {f"cdk-nag:{name}" for name in row.cdk_nag} | {
            f"aws-config:{name}" for name in row.aws_config
        }
        return rules - {source for name in row.controls for source in CONTROLS[name].sources}

    assert [(row.id, missing) for row in ROWS if row.controls and (missing := uncited(row))] == []


def test_every_cited_rule_of_cdk_nag_has_a_row() -> None:
    rules = {f"cdk-nag:{name}" for row in ROWS for name in row.cdk_nag}
    cited = {source for item in controls() for source in item.sources if source.startswith("cdk-nag:")}
    assert cited - rules == set()

"""The table of managed rules of AWS WAF."""

from collections import Counter

from facts.waf_rules import MANAGED_RULES


def test_a_name_belongs_to_one_group_because_an_exception_names_only_the_rule() -> None:
    names = Counter(name for rules in MANAGED_RULES.values() for name in rules)
    assert [name for name, number in names.items() if number > 1] == []
    assert "SizeRestrictions_BODY" in names

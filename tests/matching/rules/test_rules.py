"""Flags, rules and sentences hang together: each name is known, each code has its sentence, none is of no use."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from matching.clustering.partition import NO_DISPUTE
from matching.rules.guard_rails import RAILS
from matching.rules.organisation_rules import ORGANISATION_FLAGS, ORGANISATION_RULES
from matching.rules.pair_rules import Flag, Rule
from matching.rules.person_flags import PERSON_FLAGS
from matching.rules.person_rules import MEANINGS, PERSON_RULES
from matching.rules.rule_texts import CASE_TEXTS, RULE_TEXTS

MODELS = Path(__file__).parents[3] / "dbt_project" / "models"
# What `candidates` and the weights read beside the rules.
READ_BESIDE = "is_same_valid_document is_birth_outweighed is_corroborated"


def named(expression: str) -> set[str]:
    return set(re.findall(r"\bis_[a-z_]+", expression))


@pytest.mark.parametrize(
    ("flags", "meanings", "rules", "read_beside"),
    [
        (PERSON_FLAGS, MEANINGS, PERSON_RULES, READ_BESIDE),
        (ORGANISATION_FLAGS, (), ORGANISATION_RULES, "is_same_document"),
    ],
    ids=["persons", "organisations"],
)
def test_rules_name_flags_that_are_there_and_every_flag_is_used(
    flags: Sequence[Flag], meanings: Sequence[Flag], rules: Sequence[Rule], read_beside: str
) -> None:
    known = [flag.name for flag in flags]
    used = named(read_beside)
    for meaning in meanings:
        assert named(meaning.sql) <= set(known), meaning.name
        used |= named(meaning.sql)
        known.append(meaning.name)
    for rule in rules:
        assert named(rule.when) <= set(known), rule.code
        used |= named(rule.when)
    assert len(known) == len(set(known))
    assert set(known) == used


def test_every_code_has_its_sentence_and_every_sentence_its_code() -> None:
    codes = {one.code for one in (*RAILS, *PERSON_RULES, *ORGANISATION_RULES)}
    assert codes == set(RULE_TEXTS)
    assert all(one.sentence == RULE_TEXTS[one.code] for one in (*RAILS, *PERSON_RULES, *ORGANISATION_RULES))
    # What a steward never sees as a case needs no reason; all else has one.
    of_rails = {rail.code for rail in RAILS} - set(NO_DISPUTE)
    strong = {rule.code for rule in (*PERSON_RULES, *ORGANISATION_RULES) if rule.is_seen == "if strong"}
    assert of_rails | strong | {"document_contradicted", "disputed", "document_shared", "borderline"} == set(CASE_TEXTS)


def test_the_hubs_texts_name_the_reasons_for_a_case() -> None:
    said = [
        description
        for path in MODELS.rglob("*.yml")
        for description in re.findall(r'"Kind of case: ([^".]*)\.?"', path.read_text())
    ]
    assert len(said) >= 4
    # A death that another source contradicts is a case of the hub's own models.
    assert {tuple(one.removesuffix(", alive_again").split(", ")) for one in said} == {tuple(CASE_TEXTS)}

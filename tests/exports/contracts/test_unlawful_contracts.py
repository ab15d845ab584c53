"""A contract that a target may not have is refused before anything is delivered."""

import pytest

from exports.contracts.contract import CONTRACTS_DIR, ContractError, load_contract, parse_contract


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("consent: communications", "consent: integration", "needs consent communications"),
        ("language], class: preference", "language], class: padro", "may not leave for communicate"),
        ("language], class: preference", "language], class: free_text", "may not leave for communicate"),
        ("minimum_age: 14", "minimum_age: 13", "minimum_age"),
        ("\nminimum_confidence: 0.99", "\nminimum_confidence: 0.98", "must be 0.99 or more for purpose communicate"),
        ("\nminimum_confidence: 0.99\n", "\n", "minimum_confidence"),
        ("persons.language", "persons.language; drop", "pattern"),
        ("formats: [csv]", "formats: [csv]\nextra: 1", "extra"),
        ("name: person_id", "name: id", "begin with person_id"),
    ],
)
def test_an_unlawful_or_careless_contract_is_refused(before: str, after: str, message: str) -> None:
    text = (CONTRACTS_DIR / "campaigns.yaml").read_text(encoding="utf-8")
    assert before in text
    with pytest.raises(ContractError, match=message):
        parse_contract(text.replace(before, after), "campaigns.yaml")


def test_no_card_lists_what_may_show_where_a_co_holder_lives() -> None:
    text = (CONTRACTS_DIR / "attention.yaml").read_text(encoding="utf-8")
    asked = text.replace("source: [tax_objects.tax,", "source: [tax_objects.tax, tax_objects.reference,")
    assert asked != text
    with pytest.raises(ContractError, match="may show where another holder lives"):
        parse_contract(asked, "attention.yaml")


def test_an_unknown_target_is_named() -> None:
    with pytest.raises(ContractError, match="attention, campaigns"):
        load_contract("../secrets")


def test_what_tells_of_health_leaves_for_nobody_under_any_name() -> None:
    text = (CONTRACTS_DIR / "attention.yaml").read_text(encoding="utf-8")
    asked = text.replace("interactions.subject,", "interactions.procedure,")
    assert asked != text
    with pytest.raises(ContractError, match="class that no target may receive"):
        parse_contract(asked, "attention.yaml")
    with pytest.raises(ContractError, match="may not leave for attend"):
        parse_contract(asked.replace("class: history", "class: special_category"), "attention.yaml")

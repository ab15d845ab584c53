"""Each purpose has one consent, in one list that the models and the gate read."""

from typing import get_args

import pytest
import yaml

from exports.contracts.contract import Purpose, load_contract
from exports.contracts.purposes import consent_of, data_uses, message_uses
from orchestration.home.settings import DBT_PROJECT_DIR


@pytest.mark.parametrize(
    ("purpose", "consent"), [("attend", "integration"), ("communicate", "communications"), ("survey", "surveys")]
)
def test_a_purpose_needs_its_consent(purpose: str, consent: str) -> None:
    assert consent_of(purpose) == consent


def test_every_target_has_a_purpose_with_a_consent() -> None:
    assert set(get_args(Purpose)) <= {one.purpose for one in data_uses()}


def test_the_funnel_asks_for_the_confidence_that_the_gate_asks_for() -> None:
    project = yaml.safe_load((DBT_PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8"))
    audiences = load_contract("campaigns").audiences
    assert audiences is not None and project["vars"]["message_confidence"] == audiences.minimum_confidence


def test_messages_are_sent_to_communicate_and_to_survey() -> None:
    assert [one.purpose for one in message_uses()] == ["communicate", "survey"]

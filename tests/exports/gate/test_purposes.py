"""Each purpose has one consent, in one list that the models and the gate read."""

from typing import get_args

import pytest

from exports.contracts.contract import Purpose
from exports.contracts.purposes import consent_of, data_uses, message_uses


@pytest.mark.parametrize(
    ("purpose", "consent"), [("attend", "integration"), ("communicate", "communications"), ("survey", "surveys")]
)
def test_a_purpose_needs_its_consent(purpose: str, consent: str) -> None:
    assert consent_of(purpose) == consent


def test_every_target_has_a_purpose_with_a_consent() -> None:
    assert set(get_args(Purpose)) <= {one.purpose for one in data_uses()}


def test_messages_are_sent_to_communicate_and_to_survey() -> None:
    assert [one.purpose for one in message_uses()] == ["communicate", "survey"]

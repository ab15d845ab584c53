"""Whom a satisfaction survey asks: people who consented, or whom the service has just attended; a sample of them."""

from pathlib import Path

import polars as pl
import pytest

from orchestration.benchmarks.segments import DAY
from tests.support.made_up_segments import again, reached, rolled_back, table

CONTACT, GENERAL = "enquesta_satisfaccio", "enquesta_general"
SURVEY = pl.col("purpose") == "surveys"


@pytest.mark.parametrize(("is_public_task", "basis"), [(False, "consent"), (True, "public_task")])
def test_a_survey_about_an_attention_rests_on_what_the_agreement_says(
    built: Path, is_public_task: bool, basis: str
) -> None:
    """On public task nobody lacks a consent, but a refusal counts."""
    with rolled_back(built) as hub:
        hub.execute("update work.hub.agreements set is_public_task = $1 where purpose = 'survey'", [is_public_task])
        hub.execute("update work.hub.segments set sample_share = 1 where segment = $1", [CONTACT])
        again(hub, built)
        found = reached(hub, CONTACT)
        said = table(hub, "intermediate.int_consent_state").filter(SURVEY)
    assert set(found["basis"]) == {basis}
    assert ("no_consent" in set(found["reason_out"])) is not is_public_task
    members = found.filter(pl.col("reason_out").is_null())
    assert not members.is_empty()
    assert members.join(said.filter(pl.col("state") != "given"), on="person_id", how="semi").is_empty()


def test_a_general_survey_asks_a_sample_of_the_residents_who_consented(built: Path) -> None:
    """Only on the day of a wave, and not the people who were attended on that day: they are asked about that."""
    with rolled_back(built) as hub:
        assert reached(hub, GENERAL).is_empty()
        hub.execute("insert into work.staging.survey_calendar values ('ONADA', 'Onada', $1)", [DAY])
        hub.execute("update work.hub.segments set sample_share = 0.5 where segment = $1", [GENERAL])
        again(hub, built)
        found = reached(hub, GENERAL)
        said = table(hub, "intermediate.int_consent_state").filter(SURVEY)
        people = table(hub, "hub.persons").filter("is_resident")
        attended = table(hub, "hub.interactions").filter(
            pl.col("source") == "atencions", pl.col("occurred_at").dt.date() == DAY
        )
    expected = said.filter(pl.col("service").is_null()).join(people, on="person_id", how="semi")
    assert set(found["person_id"]) == set(expected.join(attended, on="person_id", how="anti")["person_id"])
    members = found.filter(pl.col("reason_out").is_null())
    assert members.height > 20 and set(members["topic"]) == {"ONADA"}
    assert members.join(said.filter(pl.col("state") == "given"), on="person_id", how="anti").is_empty()
    assert "not_sampled" in set(found["reason_out"])

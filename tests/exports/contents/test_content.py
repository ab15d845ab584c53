"""The texts of messages: every segment has one in both languages, and its file delivers what the text needs."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from exports.contents.content import TEXTS_DIR, ContentError, load_content, render
from exports.contracts.contract import load_contract
from orchestration.outgoing.segments import declared_segments

SEGMENTS = {segment.name: segment.meta for segment in declared_segments()}
AUDIENCES = load_contract("campaigns").audiences
WELCOME = {
    "language": "ca", "recipient_name": "Laura Pasquín Martín", "barri_code": "07", "topic": "BENVINGUT",
    "family_kind": None, "addressee": "person",
}  # fmt: skip


def test_every_segment_has_a_text_in_catalan_and_spanish_and_no_text_is_of_none() -> None:
    assert {path.stem for path in TEXTS_DIR.glob("*.yaml")} == set(SEGMENTS)
    for segment in SEGMENTS:
        content = load_content(segment)
        assert set(content.languages) >= {"ca", "es"}
        catalan, spanish = (content.languages[name] for name in ("ca", "es"))
        assert [line.when for line in catalan.lines] == [line.when for line in spanish.lines], segment
        assert [line.variables for line in catalan.lines] == [line.variables for line in spanish.lines], segment
        assert not {line.text for line in catalan.lines if line.link} & {
            line.text for line in spanish.lines if line.link
        }


@pytest.mark.parametrize("segment", SEGMENTS)
def test_every_variable_of_a_text_is_delivered_and_no_personal_one_without_use(segment: str) -> None:
    assert AUDIENCES is not None
    needed = load_content(segment).variables
    delivered = {column.name: column.form for column in AUDIENCES.columns}
    assert needed <= set(delivered)
    declared = set(SEGMENTS[segment].get("variables", []))
    personal = {name for name, form in delivered.items() if form == "declared"}
    assert needed & personal <= declared <= personal
    # Whom a text is about is delivered by id, beside the age; a family's size beside its kind.
    assert declared - needed <= {"about_person_id", "family_size", "about_age"}


def test_the_newborn_pack_has_nine_items_with_conditions() -> None:
    content = load_content("benvingut_nado")
    plain = render(content, WELCOME)
    assert plain.lines[0][0] == "Benvolgut/uda Laura Pasquín Martín,"
    items = [text for text, link in plain.lines if link]
    assert len(items) == 7 and not [text for text in items if "IBI" in text or "transport" in text]
    for kind in ("NOMBROSA", "MONOPARENTAL"):
        family = render(content, WELCOME | {"family_kind": kind})
        assert len([link for _, link in family.lines if link]) == 9
    assert len([link for _, link in render(content, WELCOME | {"family_kind": "AMB_INFANTS"}).lines if link]) == 7
    assert "https://ajuntament.barcelona.cat/barris/07/cap" in [link for _, link in plain.lines]
    to_family = WELCOME | {"addressee": "family"}
    greetings = [render(content, to_family | {"language": name}).lines[0][0] for name in ("ca", "es")]
    assert greetings == ["Benvolguda família,", "Apreciada familia:"]
    without_barri = render(content, WELCOME | {"barri_code": None})
    assert len(without_barri.lines) == len(plain.lines) - 3


def test_works_are_told_by_transport() -> None:
    content = load_content("afectacions")
    row = {"language": "es", "title": "Glòries: cortes", "link": "https://example.org/g", "recipient_name": "Ona"}
    general = render(content, row | {"content": "GENERAL"})
    cyclist = render(content, row | {"content": "BICICLETA"})
    assert general.subject == "Glòries: cortes" and general.language == "es"
    (added,) = set(cyclist.lines) - set(general.lines)
    assert "carril bici" in added[0] and set(general.lines) < set(cyclist.lines)


def test_nine_blocks_of_studies_have_their_moments() -> None:
    content = load_content("preinscripcio")
    blocks = (
        (Path(__file__).parents[3] / "dbt_project/seeds/enrolment_calendar.csv").read_text("utf-8").splitlines()[1:]
    )
    calendar = {tuple(line.split(",")[:2]) for line in blocks}
    assert len({block for block, _ in calendar}) == 9
    for language in ("ca", "es"):
        texts = {
            (block, moment): render(content, {"language": language, "topic": f"{block}-{moment}"}).lines
            for block, moment in calendar
        }
        # Block, moment and link; no line about a child, whom the message is not about.
        assert {len(lines) for lines in texts.values()} == {3}
        assert len(set(texts.values())) == len(calendar)


def test_every_procedure_that_may_be_promised_has_its_form() -> None:
    forms = (Path(__file__).parents[3] / "dbt_project/seeds/enquiry_forms.csv").read_text("utf-8").splitlines()[1:]
    content = load_content("seguiment_atencio")
    for procedure, _, form in (line.split(",") for line in forms):
        lines = render(content, {"language": "ca", "topic": procedure, "reference": f"{form}-A1"}).lines
        assert len(lines) == 3 and str(lines[-1][1]).endswith(f"/{form}-A1")


def test_a_language_without_a_text_gets_catalan() -> None:
    assert render(load_content("benvingut_nado"), WELCOME | {"language": "en"}).language == "ca"


def test_a_subject_without_its_value_is_an_error() -> None:
    with pytest.raises(ContentError, match="needs title"):
        render(load_content("butlletins"), {"language": "ca"})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda told: told | {"segment": "altre"}, "must be of the segment"),
        (lambda told: told | {"version": "1"}, "not a valid content"),
        (lambda told: told | {"text": "x"}, "not a valid content"),
        (lambda told: told | {"languages": {"es": told["languages"]["es"]}}, "have the language ca"),
    ],
)
def test_an_invalid_text_is_refused(tmp_path: Path, change: Callable[[Any], Any], why: str) -> None:
    told = yaml.safe_load((TEXTS_DIR / "butlletins.yaml").read_text("utf-8"))
    (tmp_path / "butlletins.yaml").write_text(yaml.safe_dump(change(told)))
    with pytest.raises(ContentError, match=re.escape(why)):
        load_content("butlletins", tmp_path)
    with pytest.raises(ContentError, match="has no content"):
        load_content("cap", tmp_path)

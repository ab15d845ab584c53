import random
from datetime import date

import pyarrow as pa
import pytest

from matching.evaluation.pair_counts import evaluate_links
from matching.model.model_file import load_model, promoted_model
from matching.model.thresholds import CITY, person_settings
from matching.night import link_mentions
from matching.parties import PERSON
from matching.registry.decisions import Judgement
from matching.relations import LINK_CANDIDATES
from matching.rules.guard_rails import contradict

PERE = {
    "given_name": "PERE",
    "surname_1": "CASALSOL",
    "surname_2": "BOSCOL",
    "birth_date": date(1960, 3, 14),
    "sex": "M",
}
HOME = {"street": "CARRER7", "street_number": "12", "postcode": "08012"}


@pytest.fixture
def persons(connection, model_path, city, put):
    """Links the given mentions amid a small city, and says which person each is in (None: in review)."""

    def link(*mentions, judgements=(), shuffle=None):
        everybody = [*city(150, 5)[0], *mentions]
        if shuffle:
            random.Random(shuffle).shuffle(everybody)  # noqa: S311 - a test's draws, no secret
        put(connection, everybody)
        link_mentions(connection, PERSON, model_path, judgements)
        rows = connection.execute(
            "select mention_id, if(is_in_review, null, cluster_id) from work.linkage.clusters"
        ).fetchall()
        found = dict(rows)
        assert len(rows) == len(found) == len(everybody)
        return [found[mention["mention_id"]] for mention in mentions]

    return link


def test_twins_are_two(persons, say):
    other = PERE | {"given_name": "PAU"}
    a, b, c = persons(
        say("t1", "padro", **PERE, **HOME), say("t2", "padro", **other, **HOME), say("t3", **other, **HOME)
    )
    assert a != b and b == c


def test_father_and_son_of_one_name_are_two(persons, say):
    son = PERE | {"birth_date": date(1990, 11, 2)}
    a, b, c = persons(say("f", "padro", **PERE, **HOME), say("s", "padro", **son, **HOME), say("s2", **son, **HOME))
    assert a != b and b == c


def test_two_taxpayers_of_one_name_and_door_are_two_as_a_register_lists_each_once(persons, say):
    name = {key: PERE[key] for key in ("given_name", "surname_1", "surname_2")}
    taxpayer = {"is_register": True, "entry_of": "contribuents"}
    father, numbered, without = persons(
        say("f", "padro", **PERE, **HOME, document="X3681940P"),
        say("1", "contribuents", **name, **HOME, **taxpayer, document="X3681940P"),
        say("2", "contribuents", **name, **HOME, **taxpayer),
    )
    assert father == numbered and without != father


def test_a_chain_over_a_form_without_a_birth_date_joins_no_two_generations(persons, say):
    """The form is the father's by its document, and fits his child, born in one month with him, by name and door."""
    father = PERE | {"birth_date": date(1989, 4, 8), "document": "X3681940P"}
    child = PERE | {"birth_date": date(2022, 4, 4), "surname_2": "FERROL", "document": "46123456M"}
    a, b, form = persons(
        say("f", "padro", **father, **HOME, is_live=False),
        say("c", "padro", **child, **HOME, phone="+34600111222"),
        say("t", "contribuents", **father | {"birth_date": None}, **HOME, phone="+34600111222"),
    )
    assert a == form and a != b


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        (date(1989, 4, 8), date(2022, 4, 4), True),
        (date(1989, 4, 8), date(2003, 4, 9), True),
        (date(1989, 4, 8), date(2002, 4, 9), False),
        (date(1989, 4, 8), date(2022, 4, 8), False),
        (date(1989, 4, 8), date(1990, 5, 9), True),
    ],
)
def test_dates_a_generation_apart_need_two_parts_in_common(one, other, clash):
    assert contradict(one, other) == contradict(other, one) == clash


def test_spouses_with_one_email_are_two(persons, say):
    wife = {"given_name": "MERCE", "surname_1": "PUJOLAR", "surname_2": "FERROL", "birth_date": date(1961, 5, 2)}
    a, b = persons(
        say("h", **PERE, **HOME, email="casa@exemple.cat"), say("w", **wife, **HOME, email="casa@exemple.cat")
    )
    assert a != b


def test_a_parents_document_on_the_childs_record_goes_to_review(persons, say):
    child = {"given_name": "BIEL", "surname_1": "CASALSOL", "surname_2": "FERROL", "birth_date": date(2015, 8, 30)}
    parent, form = persons(
        say("p", "padro", **PERE, **HOME, document="46123456M"), say("c", **child, **HOME, document="46123456M")
    )
    assert parent and form is None


def test_a_parents_document_is_no_link_even_for_a_child_of_the_same_name(persons, say):
    child = PERE | {"birth_date": date(2018, 5, 7)}
    parent, form = persons(
        say("p", "padro", **PERE, **HOME, document="46123456M"), say("c", **child, document="46123456M")
    )
    assert parent and form is None


def test_a_document_outweighs_a_birth_date_that_a_form_has_wrong(persons, say):
    wrong = PERE | {"birth_date": date(1973, 8, 22)}
    parent, form, like_the_form = persons(
        say("p", "padro", **PERE, document="46123456M"),
        say("f", **wrong, document="46123456M"),
        say("g", **wrong, **HOME),
    )
    assert parent == form
    assert like_the_form in (parent, None)


def test_a_document_outweighs_no_other_name_without_a_birth_date(persons, say):
    other = {"given_name": "BIEL", "surname_1": "CASALSOL", "surname_2": "BOSCOL"}
    parent, child, form = persons(
        say("p", "padro", **PERE, **HOME, document="46123456M"),
        say("c", "padro", **other, **HOME),
        say("f", **other, document="46123456M"),
    )
    assert parent and child and form is None


@pytest.mark.parametrize(("surname_2", "is_one"), [("BOSCOL", True), (None, False)])
def test_the_document_and_both_surnames_outweigh_a_given_name_that_nobody_bears(persons, say, surname_2, is_one):
    told = {"given_name": "CHITUS", "surname_1": "CASALSOL", "surname_2": surname_2}
    known, form = persons(
        say("p", "padro", **PERE, **HOME, document="46123456M"), say("f", **told, document="46123456M")
    )
    assert (known == form) is is_one


def test_parent_and_child_of_one_name_at_one_door_differ_in_the_second_surname(persons, say):
    told = {"given_name": "PERE", "surname_1": "CASALSOL"}
    parent, child = persons(
        say("p", "contribuents", **told, surname_2="BOSCOL", **HOME), say("c", **told, surname_2="VILADOMS", **HOME)
    )
    assert parent != child


def test_a_mistyped_document_with_name_and_birth_date_is_the_same(persons, say):
    a, b = persons(
        say("a", "padro", **PERE, document="46123456M"),
        say("b", **PERE | {"given_name": "PRE"}, document="46132456M", is_document_valid=False),
    )
    assert a == b


def test_given_name_in_the_surnames_place_with_the_document_is_the_same(persons, say):
    half = {"given_name": "BOSCOL", "surname_1": "PERE"}
    a, b = persons(say("a", "padro", **PERE, document="46123456M"), say("b", **half, document="46123456M"))
    assert a == b


def test_two_valid_documents_are_never_chained(persons, say):
    chain = say("mid", **PERE, **HOME)
    a, _, b = persons(
        say("a", **PERE, **HOME, document="46123456M"), chain, say("b", **PERE, **HOME, document="38765432B")
    )
    assert a != b


def test_a_naturalised_persons_nie_and_dni_are_one(persons, say):
    a, b = persons(say("n", **PERE, **HOME, document="X1234567L"), say("d", **PERE, **HOME, document="38765432B"))
    assert a == b


def test_swapped_surnames_are_linked(persons, say):
    swapped = PERE | {"surname_1": "BOSCOL", "surname_2": "CASALSOL"}
    a, b = persons(say("a", "padro", **PERE, **HOME), say("b", **swapped, **HOME))
    assert a == b


def test_a_lost_letter_is_linked(persons, say):
    a, b = persons(
        say("a", "padro", **PERE, document="46123456M"),
        say("b", **PERE, document="46123456M", is_document_valid=False, is_document_repaired=True),
    )
    assert a == b


def test_a_name_alone_stays_alone(persons, say):
    name = {"given_name": "PERE", "surname_1": "CASALSOL"}
    a, b = persons(say("a", **name), say("b", **name))
    assert a != b


@pytest.mark.parametrize(
    ("one", "other", "asked"),
    [
        ({}, {}, CITY.corroborated_weight),
        ({"document": "46123456M"}, {"surname_1": "BOSCOL", "surname_2": "CASALSOL"}, CITY.corroborated_weight),
        ({"document": "46123456M"}, {"document": "X3681940P"}, CITY.link_weight),
        ({"surname_2": None}, {"surname_2": None}, CITY.link_weight),
        ({}, {"surname_2": "FERROL"}, CITY.link_weight),
    ],
)
def test_a_whole_name_beside_no_other_document_is_asked_for_less(persons, say, connection, one, other, asked):
    name = {"given_name": "PERE", "surname_1": "CASALSOL", "surname_2": "BOSCOL"}
    persons(say("a", **name | one, **HOME), say("b", **name | other, **HOME))
    ids = sorted(say(key)["mention_id"] for key in "ab")
    found = connection.execute(
        f"select link_weight from {LINK_CANDIDATES} where [mention_id_l, mention_id_r] = ?", [ids]
    )
    assert found.fetchall() == [(asked,)]


def test_a_name_written_as_it_was_heard_is_compared_and_linked(persons, say):
    heard = {"given_name": "PERA", "surname_1": "CAZALSOL", "surname_2": "VOSCUL", "birth_date": date(1960, 3, 14)}
    a, b = persons(say("a", "padro", **PERE, **HOME), say("b", **heard, postcode="08012"))
    assert a == b


def test_the_shipped_model_has_rules_and_levels_as_they_stand():
    model, _ = load_model(promoted_model())
    stands = person_settings().create_settings_dict("duckdb")

    def told(settings):
        rules = [rule["blocking_rule"] for rule in settings["blocking_rules_to_generate_predictions"]]
        return rules, [
            (level["label_for_charts"], level["sql_condition"].replace('"', ""))
            for comparison in settings["comparisons"]
            for level in comparison["comparison_levels"]
        ]

    assert told(model) == told(stands)


def test_stewards_win_over_rails_and_model(persons, say):
    one, other = say("a", **PERE, **HOME), say("b", **PERE, **HOME)
    apart = Judgement("j", "different", one["mention_id"], other["mention_id"], "s", "r", "2026-01-01T00:00:00+00:00")
    a, b = persons(one, other, judgements=[apart])
    assert a != b
    third = say("c", given_name="ALI", birth_date=date(1980, 1, 2), document="46123456M")
    same = Judgement("k", "same", one["mention_id"], third["mention_id"], "s", "r", "2026-01-01T00:00:00+00:00")
    a, c = persons(one, third, judgements=[same])
    assert a == c


def test_input_order_is_irrelevant(persons, say, connection):
    persons(say("a", **PERE), say("b", **PERE, **HOME), shuffle=1)
    first = connection.execute("from work.linkage.clusters").fetchall()
    pairs = connection.execute("from work.linkage.scored_pairs").fetchall()
    persons(say("a", **PERE), say("b", **PERE, **HOME), shuffle=2)
    assert connection.execute("from work.linkage.clusters").fetchall() == first
    assert connection.execute("from work.linkage.scored_pairs").fetchall() == pairs


def test_the_city_is_linked_precisely(connection, model_path, city, put, capfd):
    mentions, truth = city(3000, 11)
    put(connection, mentions)
    link_mentions(connection, PERSON, model_path)
    columns = list(zip(*truth, strict=True))
    connection.register("truth", pa.table({
        "mention_id": columns[0], "true_person_id": columns[1],
        "error_types": pa.array(columns[2], pa.list_(pa.string()))
    }))  # fmt: skip
    connection.execute(
        "create temp table links as select mention_id, if(is_in_review, null, cluster_id) as person_id"
        " from work.linkage.clusters"
    )
    result = evaluate_links(connection, "links", "truth")
    assert result.precision >= 0.999 and result.recall >= 0.96
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("names", [("MARC", "MARCEL"), ("LAIA", "LARA"), ("JAN", "JANA"), ("MARIA", "MARIA JOSE")])
def test_a_dead_twin_and_a_living_one_are_two(persons, say, names):
    """Two inscriptions of one register, whatever became of them, and however alike they are."""
    born = {"surname_1": "CASALSOL", "surname_2": "FERROL", "birth_date": date(2026, 4, 2)}
    dead, alive = persons(
        say("d", "padro", given_name=names[0], **born, **HOME, is_live=False, is_deceased=True),
        say("a", "padro", given_name=names[1], **born, **HOME),
    )
    assert dead and alive and dead != alive


def test_nobody_was_seen_before_their_birth(persons, say):
    """A taxpayer of 2008 is not the child of one name and door who was born in 2020."""
    child = PERE | {"birth_date": date(2020, 7, 10)}
    taxpayer = {key: PERE[key] for key in ("given_name", "surname_1", "surname_2")}
    a, b = persons(
        say("c", "padro", **child, **HOME),
        say("t", "contribuents", **taxpayer, **HOME, born_until=date(2008, 3, 18)),
    )
    assert a != b


DNI = "46123456M"
FORM = {"form_of": "E1", "born_from": date(2004, 5, 4), "born_until": date(2026, 5, 4)}
TUTOR = {"form_of": "E1", "born_until": date(2010, 5, 4), "document": DNI}


@pytest.mark.parametrize(
    "child",
    [
        PERE | {"birth_date": date(2012, 1, 18)},
        PERE | {"birth_date": date(2009, 1, 18)},
        PERE | {"birth_date": None, "surname_2": "MARTINEZ"},
        PERE | {"birth_date": None},
        PERE | {"given_name": None, "surname_2": "MARTINEZ", "birth_date": date(2014, 2, 1)},
        PERE | {"given_name": "BIEL", "surname_2": "MARTINEZ"},
        PERE,
    ],
    ids=["full name", "of sixteen", "other surname", "no birth date", "no name", "parent's birth date", "all alike"],
)
def test_a_childs_form_under_a_parents_document_is_never_the_parents(persons, say, child):
    """However much of the parent stands on it, with and without a row of the parent's own."""
    parent = say("p", "padro", **PERE, **HOME, document=DNI)
    name = {key: PERE[key] for key in ("given_name", "surname_1", "surname_2")}
    tutor = say("E1#tutor", "activitats_estiu", **name, **HOME, **TUTOR)
    form = say("E1", "activitats_estiu", **child, **HOME, **FORM, document=DNI)
    alone, of_child = persons(parent, form)
    assert alone and alone != of_child
    with_tutor, guardian, of_child = persons(parent, tutor, form)
    assert with_tutor == guardian and with_tutor != of_child


@pytest.mark.parametrize("names", [("JORDI", "JORDINA"), ("JOSEP", "JOSEPA"), ("ARAN", "ARANA"), ("UNAI", "UNAX")])
def test_brother_and_sister_of_one_contact_are_two(persons, say, names):
    """Neither tells a document or a birth date, and their names differ in the ending alone."""
    told = {"surname_1": "CASALSOL", "surname_2": "FERROL", "email": "casa@exemple.cat", "phone": "+34600111222"}
    one, other = persons(*(say(name, "subscripcions", given_name=name, **told) for name in names))
    assert one != other


@pytest.mark.parametrize("names", [("JANA", "JOANA"), ("NAIM", "NAIL"), ("ARLET", "ARLES")])
def test_siblings_whose_names_are_a_letter_apart_are_two(persons, say, names):
    """Home and contact are shared, and neither document nor birth date tells them apart."""
    told = {"surname_1": "CASALSOL", "surname_2": "FERROL", "email": "casa@exemple.cat", "phone": "+34600111222"}
    one, other = persons(*(say(name, "subscripcions", given_name=name, **told, **HOME) for name in names))
    assert one != other


def test_letters_in_another_order_are_a_typing_error(persons, say):
    told = {"surname_1": "CASALSOL", "surname_2": "FERROL", "email": "casa@exemple.cat", "phone": "+34600111222"}
    one, other = persons(*(say(name, given_name=name, **told, **HOME) for name in ("GUILLERMINA", "GULILERMINA")))
    assert one == other


@pytest.mark.parametrize("is_in_register", [True, False])
def test_a_strangers_row_under_ones_document_is_in_doubt_alone(persons, say, is_in_register):
    """The register's word holds the document, or without one that of the most rows."""
    stranger = {"given_name": "OLGA", "surname_1": "VERNET", "surname_2": "QUERALT", "birth_date": date(1988, 7, 1)}
    own = [say(f"o{n}", **PERE, **HOME, document="46123456M") for n in range(3)]
    first = [say("p", "padro", **PERE, **HOME, document="46123456M")] if is_in_register else []
    *mine, theirs = persons(*first, *own, say("s", **stranger, document="46123456M"))
    assert len(set(mine)) == 1 and mine[0] and theirs is None

"""Who died stays dead, whatever the full registers show, until an inscription after it shows that they live."""

import duckdb
import pytest

from orchestration.dbt.models_alone import render_models

TABLES = ("stg_padro__habitants", "stg_padro_variacions__variacions", "stg_padro__quarantined_deaths")
LIVE, LEFT, DEAD = (True, False), (False, False), (False, True)
Line = tuple[str, str | None, tuple[bool, bool]]  # date of the extract, of the variation, and what it shows


def state(register: Line | None, *variations: Line, quarantined: Line | None = None) -> tuple[bool, bool] | None:
    """Whether an inscription is live and whether it ended by death; None without an inscription.

    The full register is of 8 May, and has somebody else, too.
    """
    with duckdb.connect(":memory:") as connection:
        columns = "record_id varchar, extract_date date, variation_date date, is_live boolean, is_deceased boolean"
        connection.execute(f"create table {TABLES[0]} ({columns})")
        connection.execute(f"create table {TABLES[1]} ({columns}, line_number integer)")
        connection.execute(f"create table {TABLES[2]} as from {TABLES[1]}")
        for line in [quarantined] if quarantined else []:
            connection.execute(f"insert into {TABLES[2]} values ('one', ?, ?, ?, ?, 1)", [*line[:2], *line[2]])
        connection.execute(f"insert into {TABLES[0]} values ('other', '2026-05-08', '2020-01-01', true, false)")
        for line in [register] if register else []:
            connection.execute(f"insert into {TABLES[0]} values ('one', ?, ?, ?, ?)", [line[0], line[1], *line[2]])
        for number, line in enumerate(variations):
            values = [line[0], line[1], *line[2], number]
            connection.execute(f"insert into {TABLES[1]} values ('one', ?, ?, ?, ?, ?)", values)
        names = {name: name for name in (*TABLES, "int_padro_inscriptions")}
        (statement,) = render_models(["int_padro_inscriptions"], names)
        connection.execute(statement)
        others = connection.sql("select count(*) from int_padro_inscriptions where record_id = 'other' and is_live")
        assert others.fetchall() == [(1,)]
        rows = connection.sql("select is_live, is_deceased from int_padro_inscriptions where record_id = 'one'")
        found = rows.fetchall()
    assert len(found) <= 1
    return found[0] if found else None


OLD, TODAY = "2024-01-15", "2026-05-08"


@pytest.mark.parametrize(
    ("register", "variations", "expected"),
    [
        # The register does not list the dead.
        (None, [("2026-05-06", "2026-05-05", DEAD)], DEAD),
        # It was made before the death was written, on the same day or after it.
        ((TODAY, OLD, LIVE), [("2026-05-08", "2026-05-07", DEAD)], DEAD),
        ((TODAY, OLD, LIVE), [("2026-05-07", "2026-05-06", DEAD)], DEAD),
        ((TODAY, None, LIVE), [("2026-05-07", None, DEAD)], DEAD),
        ((TODAY, OLD, LIVE), [("2026-05-09", "2026-05-08", DEAD)], DEAD),
        # An inscription after the death shows that they live.
        ((TODAY, "2026-05-07", LIVE), [("2026-05-06", "2026-05-05", DEAD)], LIVE),
        (None, [("2026-05-06", "2026-05-05", DEAD), ("2026-05-09", "2026-05-09", LIVE)], LIVE),
        ((TODAY, OLD, LIVE), [("2026-05-06", "2026-05-05", DEAD), ("2026-05-07", "2026-05-07", LIVE)], LIVE),
        # A change of before the death that is delivered after it does not, nor does a removal for another cause.
        ((TODAY, OLD, LIVE), [("2026-05-06", "2026-05-05", DEAD), ("2026-05-09", "2026-05-02", LIVE)], DEAD),
        (None, [("2026-05-06", "2026-05-05", DEAD), ("2026-05-09", "2026-05-09", LEFT)], DEAD),
        # Without a death the register and later variations count.
        (None, [("2026-05-06", "2026-05-05", LEFT)], None),
        (None, [("2026-05-06", "2026-05-05", LIVE)], None),
        ((TODAY, OLD, LIVE), [("2026-05-09", "2026-05-09", LEFT)], LEFT),
        ((TODAY, OLD, LIVE), [], LIVE),
    ],
)
def test_a_death(register: Line | None, variations: list[Line], expected: tuple[bool, bool] | None) -> None:
    assert state(register, *variations) == expected


@pytest.mark.parametrize(
    ("register", "variations", "expected"),
    [
        ((TODAY, OLD, LIVE), [], DEAD),
        (None, [], DEAD),
        (None, [("2026-05-09", "2026-05-03", LIVE)], DEAD),
        # A later inscription shows that they live.
        ((TODAY, "2026-05-07", LIVE), [], LIVE),
        (None, [("2026-05-09", "2026-05-09", LIVE)], LIVE),
        ((TODAY, OLD, LIVE), [("2026-05-07", "2026-05-07", LIVE)], LIVE),
    ],
)
def test_a_death_in_a_quarantined_row(
    register: Line | None, variations: list[Line], expected: tuple[bool, bool]
) -> None:
    assert state(register, *variations, quarantined=("2026-05-06", "2026-05-05", DEAD)) == expected

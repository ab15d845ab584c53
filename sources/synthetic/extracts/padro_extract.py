"""The Padró's files, full and of one day: fixed width, 340 bytes and CRLF, ISO-8859-1.

Inscriptions that ended stay for a year with CVAR B, as in the real register; what is written in them is in `padro.py`.
"""

from collections.abc import Iterator
from datetime import date

import polars as pl

from sources.synthetic.base.encoding import lines
from sources.synthetic.changes.territory import ADDRESS_OF_BLOCK, changed_blocks, in_blocks
from sources.synthetic.extracts.padro import NEVER, VARIED
from sources.synthetic.extracts.padro_line import line, spoilt
from sources.synthetic.people.addresses import ADDRESS
from sources.synthetic.people.population import CityPlan
from sources.synthetic.writing.faults import Fault

_KEPT_DAYS = 365
_PART_ROWS = 100_000
_SPOILT = {
    "unknown_code:sexo": spoilt("SEXO", "0"),
    "bad_date:fnac": spoilt("FNAC", "19990230"),
    "bad_length": pl.col("line").str.slice(0, 300),
}
# Lines are spoilt as they are written, since a copy of them all takes too much room.
FAULTS: dict[str, Fault] = {reason: {} for reason in _SPOILT}


def snapshot(plan: CityPlan, city: pl.DataFrame, register: pl.DataFrame, day: date) -> pl.DataFrame:
    """The inscriptions of a day: alive, or ended within the year; person, nia, error_types and line, by number."""
    today = (day - plan.start).days
    # Part by part, as the cells of a line take many times its room.
    blocks = changed_blocks(plan)
    parts = [_lines(plan, city, _known(part, today), today, blocks) for part in register.iter_slices(_PART_ROWS)]
    return pl.concat(parts).sort("nia")


def variations(plan: CityPlan, city: pl.DataFrame, register: pl.DataFrame, day: date) -> pl.DataFrame:
    """The inscriptions that were made, changed or ended on a day, with their state on that day."""
    today = (day - plan.start).days
    blocks = changed_blocks(plan)
    is_varied = pl.any_horizontal(pl.col(name) == today for name in VARIED).fill_null(False)
    if not (of_today := blocks.filter(day=today)).is_empty():
        is_in_force = (pl.col("entry_day") < today) & (pl.col("exit_day").fill_null(NEVER) > today)
        places = _places(city, register["dwelling"], register["move_day"] > today, ADDRESS_OF_BLOCK)
        is_varied |= pl.lit(in_blocks(places, of_today)["day"].is_not_null()) & is_in_force
    return _lines(plan, city, _known(register.filter(is_varied), today), today, blocks).sort("nia")


def _known(register: pl.DataFrame, today: int) -> pl.DataFrame:
    return register.filter(
        "is_registered",
        pl.col("known_from") <= today,
        pl.col("known_until") > today,
        pl.col("entry_day") <= today,
        pl.col("exit_day").fill_null(today) > today - _KEPT_DAYS,
    )


def _lines(plan: CityPlan, city: pl.DataFrame, frame: pl.DataFrame, today: int, blocks: pl.DataFrame) -> pl.DataFrame:
    """Inscriptions with the addresses and the census sections of the day."""
    places = _places(city, frame["dwelling"], frame["move_day"] > today)
    section = in_blocks(places, blocks)
    frame = pl.concat([frame, places, section], how="horizontal").with_columns(
        pl.when(pl.col(name) <= today).then(name).alias(name) for name in VARIED
    )
    # An inscription that has ended stays as it was.
    is_before = pl.col("day") > pl.min_horizontal(pl.lit(today), "exit_day")
    since = pl.max_horizontal("entry_day", "move_day")
    is_varied = ~is_before & (pl.col("day") > since) & (pl.col("day") < pl.col("exit_day").fill_null(NEVER))
    frame = frame.with_columns(
        section=pl.when(is_before).then("section_before").otherwise("section"),
        aeb=pl.when(is_before).then("aeb_before").otherwise("aeb"),
        territory_day=pl.when(is_varied).then("day"),
    )
    return frame.select("person", "nia", "error_types", line=line(plan.start))


def _places(
    city: pl.DataFrame, dwelling: pl.Series, is_before: pl.Series, names: tuple[str, ...] = ADDRESS
) -> pl.DataFrame:
    """The addresses of people; before their move, the former ones."""
    places = city.select(*names, *(f"former_{name}" for name in names))[dwelling]
    before = pl.lit(is_before.fill_null(False))
    return places.select(pl.when(before).then(f"former_{name}").otherwise(name).alias(name) for name in names)


def encoded(frame: pl.DataFrame) -> Iterator[bytes]:
    """The file's bytes; a character that the encoding lacks is an error."""
    faults = [pl.when(pl.col("refused") == reason).then(line) for reason, line in _SPOILT.items()]
    for part in [frame] if frame.is_empty() else frame.iter_slices(_PART_ROWS):
        yield from lines(part.select(line=pl.coalesce(*faults, "line")).to_series(), "iso-8859-1")

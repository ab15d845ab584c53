"""Draws the applications of a season from the published hub, writes the lists, and records the result once.

`exports/lottery/draw.py` draws; `sources/loading/lotteries.py` keeps the record.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from exports.lottery.draw import DRAWN, Application, Result, draw, list_csv, results_csv
from orchestration.home.access_log import Reader
from orchestration.home.home import Home
from orchestration.home.redaction import StepFailed
from orchestration.past_nights.published import open_published
from sources.base.files import private_directory, write_durably
from sources.loading.lotteries import LotteryRecord, lotteries, record_lottery


@dataclass(frozen=True)
class DrawPlan:
    """A draw: season, seed, places of each venue and turn, and the first business date that uses the result."""

    season: int
    seed: str
    places: int
    drawn_on: date
    is_again: bool


@dataclass(frozen=True)
class Drawn:
    """The directory of a draw, its applications and drawn places; `is_new` if it was not recorded before.

    `repeated` are applications that get the result of another one, each with that one.
    """

    directory: Path
    applications: int
    drawn: int
    is_new: bool
    repeated: tuple[tuple[str, str], ...]


def write_list(home: Home, plan: DrawPlan) -> Drawn:
    """Write only a season's list, which is published before the seed is known.

    Raises:
        StepFailed: there is no valid application.
    """
    applications = _standing(home, plan)
    directory = _directory(home, plan.season)
    write_durably(directory / "list.csv", list_csv(applications))
    return Drawn(directory, len(applications), 0, False, _repeated(applications))


def run_draw(home: Home, plan: DrawPlan, by: Reader) -> Drawn:
    """Draw a season's applications and record the draw; the same draw again only writes its lists.

    Raises:
        StepFailed: there is no valid application, or the season was drawn with another seed or list.
    """
    applications = _standing(home, plan)
    results = draw(applications, plan.seed)
    listed = list_csv(applications)
    record = LotteryRecord(
        season=plan.season,
        seed=plan.seed,
        drawn_on=plan.drawn_on,
        who=by.who,
        why=by.why,
        list_sha256=hashlib.sha256(listed.encode()).hexdigest(),
        results=[
            (result.application.number, result.draw_order, result.place_in_turn, result.result) for result in results
        ],
    )
    is_new = _is_new(home, record, plan.is_again)
    directory = _directory(home, plan.season)
    write_durably(directory / "list.csv", listed)
    write_durably(directory / "results.csv", results_csv(results))
    if is_new:
        record_lottery(home.directory, record)
    return Drawn(directory, len(results), _drawn(results), is_new, _repeated(applications))


def _directory(home: Home, season: int) -> Path:
    return private_directory(private_directory(home.draws) / f"campus_olimpia_{season}")


def _drawn(results: list[Result]) -> int:
    return sum(result.result == DRAWN and not result.application.drawn_as for result in results)


def _repeated(applications: list[Application]) -> tuple[tuple[str, str], ...]:
    return tuple((application.number, application.drawn_as) for application in applications if application.drawn_as)


def _standing(home: Home, plan: DrawPlan) -> list[Application]:
    with open_published(home) as connection:
        rows = connection.execute(
            "select application_number, coalesce(place, ''), coalesce(turn::varchar, ''), "
            "coalesce(published_document, ''), coalesce(drawn_as, '') from published.hub.draw_applications "
            "where season = ? and is_standing order by application_number",
            [plan.season],
        ).fetchall()
    if not rows:
        raise StepFailed(f"the last published night has no application for the season {plan.season}")
    return [Application(number, place, turn, plan.places, *rest) for number, place, turn, *rest in rows]


def _is_new(home: Home, record: LotteryRecord, is_again: bool) -> bool:
    """Whether the draw is not recorded yet. A season is drawn once: nobody may draw until they like the result."""
    before = [earlier for earlier in lotteries(home.directory) if earlier.season == record.season]
    if before and (before[-1].seed, before[-1].list_sha256) == (record.seed, record.list_sha256):
        return False
    if before and not is_again:
        raise StepFailed(
            f"the season {record.season} was already drawn on {before[-1].drawn_on} with another seed or list; only if "
            "that draw was annulled, draw again with --again"
        )
    return True

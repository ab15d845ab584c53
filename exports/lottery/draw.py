"""A draw that anybody can repeat: the order of applications by a public seed, as the lists that are published.

What is drawn is numbers; who they are of is not known here. The rule, in full: leave out the applications of which the
list says that they are drawn as another; sort the rest by the SHA-256 of the seed, a bar and the application's number;
in that order, each place and turn admits as many as it has places. What is drawn as another has its result.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from exports.delivery.writers import csv_text, guarded

LIST_COLUMNS = ("application_number", "place", "turn", "places", "document", "drawn_as")
RESULT_COLUMNS = (
    "draw_order", "application_number", "place", "turn", "places", "place_in_turn", "result", "document", "drawn_as",
)  # fmt: skip
DRAWN, WAITING = "drawn", "waiting"


class DrawError(Exception):
    """A list can't be drawn, or is not what its seed gives; the message says which line, and never a name."""


@dataclass(frozen=True)
class Application:
    """A number in a draw, what it is for, how many places that has, and what of a document is published.

    `drawn_as` is the number of another application for the same child and turn, which is drawn for both.
    """

    number: str
    place: str
    turn: str
    places: int
    document: str = ""
    drawn_as: str = ""


@dataclass(frozen=True)
class Result:
    """What a draw gives an application: its order among all, and its place among those for the same `places`."""

    application: Application
    draw_order: int
    place_in_turn: int
    places: int

    @property
    def result(self) -> str:
        """Drawn, or waiting."""
        return DRAWN if self.place_in_turn <= self.places else WAITING


def draw(applications: Iterable[Application], seed: str) -> list[Result]:
    """The results in the order of the draw; what is drawn as another application follows it, with its result.

    Raises:
        DrawError: a number stands twice, is drawn as one that is not, or there is no seed.
    """
    listed = list(applications)
    if not seed:
        raise DrawError("the seed is empty: give the public number that was agreed before the draw")
    repeated = sorted(number for number, count in Counter(one.number for one in listed).items() if count > 1)
    if repeated:
        raise DrawError(f"application {repeated[0]} is in the list twice; each number must be unique")
    drawn = {one.number: one for one in listed if not one.drawn_as}
    others: dict[str, list[Application]] = {}
    for one in sorted(listed, key=lambda one: one.number):
        if one.drawn_as and one.drawn_as not in drawn:
            raise DrawError(f"application {one.number} is drawn as {one.drawn_as}, which is not drawn itself")
        if one.drawn_as:
            others.setdefault(one.drawn_as, []).append(one)
    order = sorted(drawn.values(), key=lambda one: (_ticket(seed, one.number), one.number))
    taken: Counter[tuple[str, str]] = Counter()
    results = []
    for position, one in enumerate(order, start=1):
        taken[one.place, one.turn] += 1
        result = Result(one, position, taken[one.place, one.turn], one.places)
        results += [result, *(replace(result, application=other) for other in others.get(one.number, []))]
    return results


def _ticket(seed: str, number: str) -> str:
    # As it is published, so that anybody who reads it there has the same.
    return hashlib.sha256(f"{seed}|{guarded(number)}".encode()).hexdigest()


def list_csv(applications: Iterable[Application]) -> str:
    """The list that is published before the seed is known, by number."""
    return csv_text(LIST_COLUMNS, list_rows(applications))


def results_csv(results: Iterable[Result]) -> str:
    """The list that is published after the draw."""
    return csv_text(RESULT_COLUMNS, result_rows(results))


def list_rows(applications: Iterable[Application]) -> list[list[str]]:
    """The rows of `list.csv`, as they are written."""
    rows = [(one.number, one.place, one.turn, one.places, one.document, one.drawn_as) for one in applications]
    return sorted([guarded(str(value)) for value in row] for row in rows)


def result_rows(results: Iterable[Result]) -> list[list[str]]:
    """The rows of `results.csv`, as they are written."""
    rows = [
        [str(one.draw_order), one.application.number, one.application.place, one.application.turn,
         str(one.application.places), str(one.place_in_turn), one.result, one.application.document,
         one.application.drawn_as]
        for one in results
    ]  # fmt: skip
    return [[guarded(value) for value in row] for row in rows]

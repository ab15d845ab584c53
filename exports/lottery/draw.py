"""A lottery that anybody can repeat: a public seed gives the order of applications, as published lists.

Only application numbers are drawn; this module has no data of people. The complete rule: leave out applications that
are drawn as another one (`drawn_as`). Sort the rest by the SHA-256 of the seed, a bar and the application number. In
this order, each place and turn admits as many applications as it has places. An application that is drawn as another
one gets its result.
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
    """A list can't be drawn, or differs from its seed's result; the message names the line, and never a person."""


@dataclass(frozen=True)
class Application:
    """An application in a lottery: its number, place and turn, the number of places, the published part of a document.

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
    """The result of an application: its order among all, and among those for the same place and turn."""

    application: Application
    draw_order: int
    place_in_turn: int
    places: int

    @property
    def result(self) -> str:
        """Drawn, or waiting."""
        return DRAWN if self.place_in_turn <= self.places else WAITING


def draw(applications: Iterable[Application], seed: str) -> list[Result]:
    """The results in the drawn order; an application that is drawn as another one follows it, with its result.

    Raises:
        DrawError: a number is repeated, `drawn_as` names no drawn application, or the seed is empty.
    """
    listed = list(applications)
    if not seed:
        raise DrawError("the seed is empty: give the public number that was agreed before the draw")
    repeated = sorted(number for number, count in Counter(one.number for one in listed).items() if count > 1)
    if repeated:
        raise DrawError(f"application {repeated[0]} is in the list twice; each number must be unique")
    drawn = {application.number: application for application in listed if not application.drawn_as}
    others: dict[str, list[Application]] = {}
    for application in sorted(listed, key=lambda application: application.number):
        number, drawn_as = application.number, application.drawn_as
        if drawn_as and drawn_as not in drawn:
            raise DrawError(f"application {number} is drawn as {drawn_as}, which is not drawn itself")
        if drawn_as:
            others.setdefault(drawn_as, []).append(application)
    order = sorted(drawn.values(), key=lambda application: (_ticket(seed, application.number), application.number))
    taken: Counter[tuple[str, str]] = Counter()
    results = []
    for position, application in enumerate(order, start=1):
        turn = application.place, application.turn
        taken[turn] += 1
        result = Result(application, position, taken[turn], application.places)
        results += [result, *(replace(result, application=other) for other in others.get(application.number, []))]
    return results


def _ticket(seed: str, number: str) -> str:
    # The number as published, so that readers of the list compute the same hash.
    return hashlib.sha256(f"{seed}|{guarded(number)}".encode()).hexdigest()


def list_csv(applications: Iterable[Application]) -> str:
    """The list to publish before the seed is known, sorted by number."""
    return csv_text(LIST_COLUMNS, list_rows(applications))


def results_csv(results: Iterable[Result]) -> str:
    """The list to publish after the lottery."""
    return csv_text(RESULT_COLUMNS, result_rows(results))


def list_rows(applications: Iterable[Application]) -> list[list[str]]:
    """The rows of `list.csv`, as written to the file."""
    rows = [(row.number, row.place, row.turn, row.places, row.document, row.drawn_as) for row in applications]
    return sorted([guarded(str(value)) for value in row] for row in rows)


def result_rows(results: Iterable[Result]) -> list[list[str]]:
    """The rows of `results.csv`, as written to the file."""
    rows = [
        [str(one.draw_order), one.application.number, one.application.place, one.application.turn,
         str(one.application.places), str(one.place_in_turn), one.result, one.application.document,
         one.application.drawn_as]
        for one in results
    ]  # fmt: skip
    return [[guarded(value) for value in row] for row in rows]

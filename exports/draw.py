"""A draw that anybody can repeat: the order of applications by a public seed, as the lists that are published.

What is drawn is numbers; who they are of is not known here. The rule, in full: sort the applications by the SHA-256 of
the seed, a bar and the application's number; in that order, each place and turn admits as many as it has places.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from exports.writers import csv_text, guarded

LIST_COLUMNS = ("application_number", "place", "turn", "places", "document")
RESULT_COLUMNS = ("draw_order", "application_number", "place", "turn", "places", "place_in_turn", "result", "document")
DRAWN, WAITING = "drawn", "waiting"


class DrawError(Exception):
    """A list can't be drawn, or is not what its seed gives; the message says which line, and never a name."""


@dataclass(frozen=True)
class Application:
    """A number in a draw, what it is for, how many places that has, and what of a document is published."""

    number: str
    place: str
    turn: str
    places: int
    document: str = ""


@dataclass(frozen=True)
class Result:
    """What a draw gives an application: its order among all, and its place among those for the same."""

    application: Application
    draw_order: int
    place_in_turn: int

    @property
    def result(self) -> str:
        """Drawn, or waiting."""
        return DRAWN if self.place_in_turn <= self.application.places else WAITING


def draw(applications: Iterable[Application], seed: str) -> list[Result]:
    """The results in the order of the draw.

    Raises:
        DrawError: a number stands twice, or there is no seed.
    """
    standing = list(applications)
    if not seed:
        raise DrawError("the seed is empty: name the public number that was agreed upon before the draw")
    repeated = sorted(number for number, count in Counter(one.number for one in standing).items() if count > 1)
    if repeated:
        raise DrawError(f"application {repeated[0]} stands twice; every number may stand once")
    order = sorted(standing, key=lambda one: (_ticket(seed, one.number), one.number))
    taken: Counter[tuple[str, str]] = Counter()
    results = []
    for position, one in enumerate(order, start=1):
        taken[one.place, one.turn] += 1
        results.append(Result(one, position, taken[one.place, one.turn]))
    return results


def _ticket(seed: str, number: str) -> str:
    # As it is published, so that anybody who reads it there has the same.
    return hashlib.sha256(f"{seed}|{guarded(number)}".encode()).hexdigest()


def list_csv(applications: Iterable[Application]) -> str:
    """The list that is published before the seed is known, by number."""
    rows = [(guarded(one.number), one.place, one.turn, one.places, one.document) for one in applications]
    return csv_text(LIST_COLUMNS, sorted(rows))


def results_csv(results: Iterable[Result]) -> str:
    """The list that is published after the draw."""
    rows = [
        (one.draw_order, one.application.number, one.application.place, one.application.turn, one.application.places,
         one.place_in_turn, one.result, one.application.document)
        for one in results
    ]  # fmt: skip
    return csv_text(RESULT_COLUMNS, rows)


def verify(path: Path, seed: str, list_path: Path | None = None) -> int:
    """Hold published results against their seed, with nothing else; return their applications.

    With the list that was published before the draw, a number that was left out or added at the end is found, too.

    Raises:
        DrawError: they are no results, not what the seed gives, or not of that list.
    """
    text = path.read_text(encoding="utf-8")
    applications = _applications(text, path.name)
    if list_path is not None and list_csv(applications) != list_path.read_text(encoding="utf-8"):
        raise DrawError(f"{path.name} is not of the applications in {list_path.name}; ask who published it")
    expected = results_csv(draw(applications, seed))
    if text.splitlines() == expected.splitlines():
        return len(expected.splitlines()) - 1
    wrong = next(
        (number for number, (one, other) in enumerate(_pairs(text, expected), start=1) if one != other), len(expected)
    )
    raise DrawError(f"{path.name} is not what this seed gives: line {wrong} is another; ask who published it")


def _pairs(text: str, expected: str) -> Iterable[tuple[str, str]]:
    one, other = text.splitlines(), expected.splitlines()
    return zip([*one, *[""] * (len(other) - len(one))], [*other, *[""] * (len(one) - len(other))], strict=True)


def _applications(text: str, name: str) -> list[Application]:
    reader = csv.DictReader(io.StringIO(text))
    if tuple(reader.fieldnames or ()) != RESULT_COLUMNS:
        raise DrawError(f"{name} is no list of results: its first line must be {','.join(RESULT_COLUMNS)}")
    found = []
    for number, row in enumerate(reader, start=2):
        try:
            found.append(
                Application(
                    row["application_number"], row["place"], row["turn"], int(row["places"]), row["document"] or ""
                )
            )
        except (TypeError, ValueError):
            raise DrawError(f"{name}, line {number}: places must be a whole number, and every column there") from None
    return found

"""Commands on the review: list the open cases, show both sides of a case, and record the decisions of stewards."""

import dataclasses
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from matching.registry.decisions import VERDICTS, Judgement, Statement, load_history, load_judgements
from matching.registry.decisions import decide as record_decisions
from matching.registry.decisions import revoke as revoke_decision
from orchestration.casework.decisions_file import Defaults, mention_pair, record_rows
from orchestration.casework.review_queue import Case, FieldOfCase, cases_of, counts, find_mentions, sides
from orchestration.cli.old_options import REASON_OF_CASE, STEWARD_AND_REASON
from orchestration.cli.terminal import (
    AsJson,
    Who,
    Why,
    first_day_of,
    prepared_home,
    print_json,
    print_table,
    printable,
    signed,
)
from orchestration.home.access_log import Reader, log_access
from orchestration.home.home import Home
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.past_nights.published import open_published
from orchestration.rendering.tables import Cell, Table
from sources.base.wording import counted

app = typer.Typer(
    help="List the cases that a steward has to decide, show both sides of a case, and record decisions.",
    no_args_is_help=True,
)
From = Annotated[
    datetime | None,
    typer.Option(
        "--from", formats=["%Y-%m-%d"], help="First business date that applies it. Default: that of the next night."
    ),
]


@app.command("list", context_settings=REASON_OF_CASE)
def list_(
    kind: Annotated[str | None, typer.Option(help="List only cases of this kind, for example borderline.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="Maximum number of cases.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the undecided cases of the last night. Cases with the largest effect come first.

    The column `settles` is the effect of a decision: the mentions, interactions, register entries and valid documents
    of the smaller side. They are counted twice if they belong to no person yet.
    """
    home = Settings.from_environment().home
    with open_published(home) as connection:
        all_cases = cases_of(connection, load_judgements(home.registry))
        by_kind = counts(connection)
    cases = [case for case in all_cases if not case.is_decided]
    kinds = sorted({kind_of_case for _, kind_of_case in by_kind})
    if kind is not None and kind not in kinds:
        raise ConfigurationError(
            f"--kind {printable(kind)}: the last night has no such cases; its kinds are {', '.join(kinds) or 'none'}"
        )
    shown = [case for case in cases if kind in (None, case.kind)][:limit]
    if as_json:
        print_json([_opaque(case) for case in shown])
        return
    for line in (*_summary(cases, by_kind).lines(), "", *_listed(shown).lines()):
        typer.echo(line)


def _summary(cases: list[Case], by_kind: dict[tuple[str, str], int]) -> Table:
    rows: list[list[Cell]] = []
    for (entity, kind), number in by_kind.items():
        waiting = sum(case.entity == entity and case.kind == kind for case in cases)
        rows.append([entity, kind, number, waiting])
    return Table("Cases of the last night", ["party", "kind", "found", "undecided"], rows)


def _listed(cases: list[Case]) -> Table:
    rows: list[list[Cell]] = [
        [
            case.rank,
            case.case_id,
            case.entity,
            case.kind,
            case.settles,
            len(case.mention_ids_l),
            len(case.mention_ids_r),
        ]
        for case in cases
    ]
    columns = ["rank", "case", "party", "kind", "settles", "mentions of one", "of the other"]
    return Table("Cases to decide", columns, rows, "To compare both sides: fil review show CASE --who WHO --why WHY")


def _opaque(case: Case) -> dict[str, object]:
    """A case without its scores."""
    return {name: value for name, value in dataclasses.asdict(case).items() if name != "match_weight"}


@app.command("show", context_settings=STEWARD_AND_REASON)
def show(
    case_id: Annotated[str, typer.Argument(metavar="CASE", help="Id of a case from `fil review list`.")],
    who: Who,
    why: Why,
    scores: Annotated[bool, typer.Option("--scores", help="Also show the match weight of the pair.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare both sides of a case, field by field.

    The match weight is hidden by default, so that you decide by the data. Lines that may show a protected person's
    address are left out. This is personal data: Fil logs who looks and why before it shows anything.
    """
    home = prepared_home()
    reader = Reader(*signed(who, why))
    with open_published(home) as connection:
        case = _case(connection, home, case_id)
        log_access(home, "review show", [case.case_id, *case.mention_ids_l, *case.mention_ids_r], reader)
        fields = sides(connection, case)
    if as_json:
        compared = dataclasses.asdict(case) if scores else _opaque(case)
        print_json({**compared, "fields": [dataclasses.asdict(field) for field in fields]})
        return
    for line in _lines(case, fields):
        typer.echo(line)
    if case.is_decided:
        typer.echo("This case has been decided since that night: see `fil review decisions`")
    if scores:
        weight = "the model did not compare the pair" if case.match_weight is None else f"{case.match_weight:.2f} bits"
        typer.echo(f"Match weight: {weight}")


def _case(connection: duckdb.DuckDBPyConnection, home: Home, case_id: str) -> Case:
    cases = cases_of(connection, load_judgements(home.registry))
    for case in cases:
        if case.case_id == case_id:
            return case
    raise ConfigurationError(
        f'there is no case "{printable(case_id)}" in the last night; `fil review list` lists its undecided cases'
    )


def _lines(case: Case, fields: list[FieldOfCase]) -> list[str]:
    parties = [party or "disputed, of no person" for party in (case.party_l, case.party_r)]
    head = [
        ["", "mention", case.mention_id_l, case.mention_id_r],
        ["", case.entity, *parties],
        ["", "mentions", str(len(case.mention_ids_l)), str(len(case.mention_ids_r))],
        ["", "interactions", str(case.interactions_l), str(case.interactions_r)],
    ]
    rows = [
        [field.mark, field.name, _cell(field.one), _cell(field.other)]
        for field in fields
        if (field.one, field.other) != (None, None)
    ]
    table = Table(f"Case {case.case_id}: {case.reason}", ["", "", "one", "other"], [*head, *rows])
    also = [
        [side, field.name, ", ".join(f"{printable(value)} ({count})" for value, count in rest.items())]
        for field in fields
        for side, rest in (("one", field.also_one), ("other", field.also_other))
        if rest
    ]
    more = Table("Other values on each side (number of mentions)", ["side", "field", "values"], also)
    return [*table.lines(), *(more.lines() if also else ())]


def _cell(value: str | None) -> str:
    return "–" if value is None else printable(value)


@app.command("decide", context_settings=STEWARD_AND_REASON)
def decide(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="CASE|MENTION MENTION same|different",
            help="A case or two mentions, and the verdict. A mention is its id or source:source_key.",
        ),
    ],
    who: Who,
    why: Why,
    from_: From = None,
) -> None:
    """Decide whether the two sides of a case, or two mentions, are the same person or organisation.

    The decision applies from the next night on, until it is revoked. It overrides the rules and the model.
    """
    verdict = next((known for known in VERDICTS if known == what[-1]), None)
    if verdict is None or len(what) not in (2, 3):
        raise ConfigurationError(f"give a case or two mentions, and then the verdict: {' or '.join(VERDICTS)}")
    home, signature = prepared_home(), signed(who, why)
    with open_published(home) as connection:
        mentions = _mentions(connection, home, what[:-1])
    statement = Statement(verdict, mentions, *signature, first_day_of(from_, home))
    before = {judgement.judgement_id for judgement in load_judgements(home.registry)}
    (made,) = record_decisions(home.registry, [statement])
    is_known = made.judgement_id in before
    typer.echo(f"Already decided: {made.judgement_id}" if is_known else _recorded(made))


def _recorded(made: Judgement) -> str:
    return f"Decision {made.judgement_id} recorded: {made.verdict}, from the night of {made.first_day} on"


def _mentions(connection: duckdb.DuckDBPyConnection, home: Home, named: list[str]) -> tuple[str, str]:
    if len(named) == 1:
        case = _case(connection, home, named[0])
        return case.mention_id_l, case.mention_id_r
    try:
        return mention_pair((named[0], named[1]), find_mentions(connection, named))
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


@app.command("import", context_settings=STEWARD_AND_REASON)
def import_(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="File of decisions: CSV or Parquet.")
    ],
    who: Annotated[str, typer.Option(help="Your name, for lines without a value in `steward`.")] = "",
    why: Annotated[str, typer.Option(help="The reason, for lines without a value in `reason`.")] = "",
) -> None:
    """Record the decisions of a file. If one line is wrong, nothing is recorded.

    Columns of the file: case_id, or mention_l and mention_r (ids or source:source_key); verdict (same or different);
    steward and reason (who decides and why); counts_from (first business date, by default that of the next night).
    """
    home = prepared_home()
    judgements = load_judgements(home.registry)
    with open_published(home) as connection:
        cases = cases_of(connection, judgements)
        defaults = Defaults(who.strip(), why.strip(), first_day_of(None, home))
        made = record_rows(connection, home.registry, file, defaults, cases)
    before = {judgement.judgement_id for judgement in judgements}
    fresh = {judgement.judgement_id for judgement in made} - before
    known = f"{len(made) - len(fresh)} of {len(made)} were already recorded"
    typer.echo(f"{counted(len(fresh), 'decision')} recorded, {known}")
    for day, number in sorted(Counter(judgement.first_day for judgement in made).items()):
        typer.echo(f"From the night of {day} on: {counted(number, 'decision')}")


@app.command("decisions")
def decisions(
    is_all: Annotated[bool, typer.Option("--all", help="Also list revoked decisions.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the decisions in force."""
    home = Settings.from_environment().home
    listed = [recorded for recorded in load_history(home.registry) if is_all or recorded.revoked_from is None]
    rows = [
        [made.judgement_id, made.verdict, made.mention_id_l, made.mention_id_r, printable(made.steward), made.first_day,
         recorded.revoked_from or ""]
        for recorded in listed
        for made in (recorded.judgement,)
    ]  # fmt: skip
    columns = ["decision", "verdict", "mention", "other mention", "who", "applies from", "revoked from"]
    if as_json:
        print_json([{**dataclasses.asdict(item.judgement), "revoked_from": item.revoked_from} for item in listed])
        return
    print_table(Table("Decisions", columns, rows, empty="No decision is in force."))


@app.command("revoke", context_settings=STEWARD_AND_REASON)
def revoke(
    decision: Annotated[str, typer.Argument(help="Id of a decision from `fil review decisions`.")],
    who: Who,
    why: Why,
    from_: From = None,
) -> None:
    """Cancel a decision; rules and model decide again."""
    home, signature = prepared_home(), signed(who, why)
    day = first_day_of(from_, home)
    revoked = revoke_decision(home.registry, printable(decision), *signature, day)
    typer.echo(f"Decision {revoked.judgement_id} ({revoked.verdict}) is revoked, from the night of {day} on")

"""Commands of the clerical review: which cases wait, what both sides say, and the decisions of stewards."""

import dataclasses
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from matching.registry.decisions import VERDICTS, Judgement, Statement, load_history, load_judgements
from matching.registry.decisions import decide as record_decisions
from matching.registry.decisions import revoke as revoke_decision
from orchestration.casework.decisions_file import mention_pair, record_rows
from orchestration.casework.review_queue import Case, FieldOfCase, cases_of, counts, find_mentions, sides
from orchestration.cli.terminal import prepared_settings, printable, signed
from orchestration.home.access_log import Reader, log_access
from orchestration.home.settings import ConfigurationError, Settings
from orchestration.past_nights.published import open_published
from orchestration.rendering.tables import Cell, Table

app = typer.Typer(
    help="Pairs that a steward has to decide: the queue of the last night, both sides of a case, and decisions.",
    no_args_is_help=True,
)
Steward = Annotated[str, typer.Option(help="Who does this; kept in the journal.")]
Why = Annotated[str, typer.Option("--reason", help="Why, without personal data; kept in the journal.")]
From = Annotated[
    datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], help="The first business date that it counts on; today unless said."),
]
AsJson = Annotated[bool, typer.Option("--json", help="The same as JSON on the last line.")]
_SIGNATURE = ("--steward", "--reason")


@app.command("list")
def list_(
    kind: Annotated[str | None, typer.Option("--reason", help="Only cases of a reason, such as borderline.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many cases.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the cases of the last night that nobody has decided, first those of which a decision settles most.

    What it settles: mentions, interactions, register entries and valid documents of the lesser side, each counted
    twice where they belong to nobody until then.
    """
    settings = Settings.from_environment()
    with open_published(settings) as connection:
        told = cases_of(connection, load_judgements(settings.registry_database))
        found = counts(connection)
    cases = [case for case in told if not case.is_decided]
    kinds = sorted({one for _, one in found})
    if kind is not None and kind not in kinds:
        raise ConfigurationError(f"--reason {kind}: the last night has cases of {', '.join(kinds) or 'no reason'}")
    shown = [case for case in cases if kind in (None, case.kind)][:limit]
    for line in (*_summary(cases, found).lines(), "", *_listed(shown).lines()):
        typer.echo(line)
    if as_json:
        typer.echo(json.dumps([_opaque(case) for case in shown]))


def _summary(cases: list[Case], found: dict[tuple[str, str], int]) -> Table:
    rows: list[list[Cell]] = []
    for (entity, kind), number in found.items():
        waiting = sum(case.entity == entity and case.kind == kind for case in cases)
        rows.append([entity, kind, number, waiting])
    return Table("Cases of the last night", ["of a", "reason", "found", "in the queue"], rows)


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
    columns = ["rank", "case", "of a", "reason", "settles", "mentions", "and"]
    return Table("To decide", columns, rows, "fil review show CASE --steward WHO --reason WHY")


def _opaque(case: Case) -> dict[str, object]:
    """A case without its scores."""
    return {name: value for name, value in dataclasses.asdict(case).items() if name != "match_weight"}


@app.command("show")
def show(
    case_id: Annotated[str, typer.Argument(metavar="CASE", help="Id of a case, as listed.")],
    steward: Steward,
    reason: Why,
    scores: Annotated[bool, typer.Option("--scores", help="The model's weight of the pair, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show both sides of a case, field by field. This is personal data: who looks and why is written down first.

    What the model says is left out until it is asked for: decide by what the two say themselves. Lines that may
    show where another protected person lives are left out.
    """
    settings = prepared_settings()
    reader = Reader(*signed(steward, reason, _SIGNATURE))
    with open_published(settings) as connection:
        case = _case(connection, settings, case_id)
        log_access(settings.home, "review show", [case.case_id, *case.mention_ids_l, *case.mention_ids_r], reader)
        told = sides(connection, case)
    for line in _lines(case, told):
        typer.echo(line)
    if case.is_decided:
        typer.echo("Decided since that night: `fil review decisions`")
    if scores:
        weight = "not compared by the model" if case.match_weight is None else f"{case.match_weight:.2f} bits"
        typer.echo(f"Weight of the two mentions: {weight}")
    if as_json:
        shown = dataclasses.asdict(case) if scores else _opaque(case)
        typer.echo(json.dumps({**shown, "fields": [dataclasses.asdict(one) for one in told]}, ensure_ascii=False))


def _case(connection: duckdb.DuckDBPyConnection, settings: Settings, case_id: str) -> Case:
    cases = cases_of(connection, load_judgements(settings.registry_database))
    for case in cases:
        if case.case_id == case_id:
            return case
    raise ConfigurationError(
        f"{printable(case_id)} is no case of the last night; `fil review list` has those that wait"
    )


def _lines(case: Case, told: list[FieldOfCase]) -> list[str]:
    parties = [party or "in review, nobody's" for party in (case.party_l, case.party_r)]
    head = [
        ["", "mention", case.mention_id_l, case.mention_id_r],
        ["", case.entity, *parties],
        ["", "mentions", str(len(case.mention_ids_l)), str(len(case.mention_ids_r))],
        ["", "interactions", str(case.interactions_l), str(case.interactions_r)],
    ]
    rows = [
        [one.mark, one.name, _cell(one.one), _cell(one.other)] for one in told if (one.one, one.other) != (None, None)
    ]
    table = Table(f"Case {case.case_id}: {case.reason}", ["", "", "one", "other"], [*head, *rows])
    also = [
        [side, one.name, ", ".join(f"{printable(value)} ({count})" for value, count in rest.items())]
        for one in told
        for side, rest in (("one", one.also_one), ("other", one.also_other))
        if rest
    ]
    more = Table("What else the rest of each side says", ["side", "", ""], also)
    return [*table.lines(), *(more.lines() if also else ())]


def _cell(value: str | None) -> str:
    return "–" if value is None else printable(value)


@app.command("decide")
def decide(
    what: Annotated[
        list[str], typer.Argument(metavar="CASE|MENTION MENTION same|different", help="Case, or two mentions.")
    ],
    steward: Steward,
    reason: Why,
    from_: From = None,
) -> None:
    """Say of a case, or of two mentions, that they are one person or organisation, or two.

    It counts from the next night on, over guard rails and model, until it is revoked; a mention is named by its id or
    as source:source_key.
    """
    verdict = next((one for one in VERDICTS if one == what[-1]), None)
    if verdict is None or len(what) not in (2, 3):
        raise ConfigurationError(f"name a case, or two mentions, and then {' or '.join(VERDICTS)}")
    settings, signature = prepared_settings(), signed(steward, reason, _SIGNATURE)
    with open_published(settings) as connection:
        mentions = _mentions(connection, settings, what[:-1])
    statement = Statement(verdict, mentions, *signature, from_.date() if from_ else None)
    before = {one.judgement_id for one in load_judgements(settings.registry_database)}
    (made,) = record_decisions(settings.registry_database, [statement])
    typer.echo(f"Decided before: {made.judgement_id}" if made.judgement_id in before else _told(made))


def _told(made: Judgement) -> str:
    return f"Decision {made.judgement_id}: {made.verdict}, from the night of {made.first_day} on"


def _mentions(connection: duckdb.DuckDBPyConnection, settings: Settings, named: list[str]) -> tuple[str, str]:
    if len(named) == 1:
        case = _case(connection, settings, named[0])
        return case.mention_id_l, case.mention_id_r
    try:
        return mention_pair((named[0], named[1]), find_mentions(connection, named))
    except ValueError as error:
        raise ConfigurationError(str(error)) from None


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or Parquet.")],
    steward: Annotated[str, typer.Option(help="Who decides, where a line does not tell.")] = "",
    reason: Annotated[str, typer.Option(help="Why, where a line does not tell.")] = "",
) -> None:
    """Record a file of decisions, all of them or none.

    Columns: case_id, or mention_l and mention_r (ids, or source:source_key); verdict (same or different); steward,
    reason; counts_from (YYYY-MM-DD, today unless told).
    """
    settings = prepared_settings()
    judgements = load_judgements(settings.registry_database)
    with open_published(settings) as connection:
        cases = cases_of(connection, judgements)
        made = record_rows(connection, settings.registry_database, file, (steward.strip(), reason.strip()), cases)
    before = {one.judgement_id for one in judgements}
    fresh = {one.judgement_id for one in made} - before
    typer.echo(f"{len(fresh)} decisions recorded, {len(made) - len(fresh)} of {len(made)} had been made before")


@app.command("decisions")
def decisions(
    is_all: Annotated[bool, typer.Option("--all", help="Those that were revoked, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the decisions in force."""
    settings = Settings.from_environment()
    told = [one for one in load_history(settings.registry_database) if is_all or one.revoked_from is None]
    rows = [
        [made.judgement_id, made.verdict, made.mention_id_l, made.mention_id_r, printable(made.steward), made.first_day,
         one.revoked_from or ""]
        for one in told
        for made in (one.judgement,)
    ]  # fmt: skip
    table = Table("Decisions", ["decision", "verdict", "mention", "and", "steward", "counts from", "until"], rows)
    for line in table.lines():
        typer.echo(line)
    if as_json:
        typer.echo(
            json.dumps([{**dataclasses.asdict(one.judgement), "revoked_from": one.revoked_from} for one in told])
        )


@app.command("revoke")
def revoke(
    decision: Annotated[str, typer.Argument(help="Id of a decision, as listed.")],
    steward: Steward,
    reason: Why,
    from_: From = None,
) -> None:
    """Take a decision back: rails and model have the word again."""
    settings, signature = prepared_settings(), signed(steward, reason, _SIGNATURE)
    day = from_.date() if from_ else None
    revoked = revoke_decision(settings.registry_database, printable(decision), *signature, day)
    typer.echo(f"Decision {revoked.judgement_id} ({revoked.verdict}) is revoked")

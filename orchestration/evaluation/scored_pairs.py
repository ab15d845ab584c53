"""Compares a night's scored pairs with the truth (calibration), and finds which mentions lack a field."""

from dataclasses import asdict
from typing import Any

import duckdb

from matching.evaluation.calibration import calibration_error, thresholds, weight_bins
from matching.parties import PERSON, PartyKind
from orchestration.evaluation.city_truth import number

_FIELDS = {
    "document": "document is null",
    "valid document": "not is_document_valid",
    "given name": "given_name is null",
    "surname": "surname_1 is null",
    "second surname": "surname_1 is not null and surname_2 is null",
    "birth date": "birth_date is null",
    "street": "street is null",
    "e-mail and phone": "email is null and phone is null",
}


# Parts of the mentions by a field that they lack, for `matching.evaluation.groups`.
MISSING = f"""(
    select unnest([{", ".join(f"if({condition}, '{name}', null)" for name, condition in _FIELDS.items())}]) as part,
        {number("mention_id")} as mention_id
    from {PERSON.mentions}
)"""


MISSING = f"(from {MISSING} where part is not null)"


def calibrate(connection: duckdb.DuckDBPyConnection, kind: PartyKind, true_pairs: int) -> dict[str, Any]:
    """Bins of weight with predicted and observed shares of matches, and the errors of each threshold."""
    ends = ", ".join(f"{number(end)} as {end}" for end in ("mention_id_l", "mention_id_r"))
    bins = weight_bins(connection, f"(select * replace ({ends}) from {kind.pairs})")
    scored_matches = sum(item.matches for item in bins)
    choices = thresholds(bins, true_pairs)
    return {
        "bins": [asdict(item) | {"observed": item.observed, "observed_bits": item.observed_bits} for item in bins],
        "calibration_error": calibration_error(bins),
        "never_scored_pairs": true_pairs - scored_matches,
        "thresholds": [asdict(choice) for choice in choices],
    }

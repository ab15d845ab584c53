"""Given names that are forms of one another in Catalan and Spanish, and the key that they share.

Accents, particles and case are for the dbt models: names arrive here normalised.
"""

from pathlib import Path

import duckdb

# One row per form that belongs to one usual name; a form of two names, or that is a name of its own, is left out.
_FORMS = Path(__file__).parent / "given_name_forms.csv"


def create_given_name_forms(connection: duckdb.DuckDBPyConnection) -> None:
    """Write temp table `given_name_forms` (form, usual)."""
    connection.execute(
        "create or replace temp table given_name_forms as"
        " select form, usual from read_csv($1, header = true, columns = {form: 'VARCHAR', usual: 'VARCHAR'})",
        [str(_FORMS)],
    )

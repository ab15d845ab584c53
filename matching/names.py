"""Given names that are forms of one another in Catalan and Spanish, and the key that they share.

Accents, particles and case are for the dbt models: names arrive here normalised.
"""

from pathlib import Path

import duckdb

# One row per form that belongs to one usual name.
_FORMS = Path(__file__).parent / "given_name_forms.csv"

# One row per form and usual name, of forms that stand for several or are names of their own: brothers are called POL
# and PAU. They tell that two names may be one where a document says so, and are no key.
_SHARED_FORMS = Path(__file__).parent / "shared_given_name_forms.csv"


def create_given_name_forms(connection: duckdb.DuckDBPyConnection) -> None:
    """Write temp tables `given_name_forms` (form, usual) and `shared_given_name_forms` (form, usual_names)."""
    read = "read_csv($1, header = true, columns = {form: 'VARCHAR', usual: 'VARCHAR'})"
    connection.execute(
        f"create or replace temp table given_name_forms as select form, usual from {read}", [str(_FORMS)]
    )
    connection.execute(
        "create or replace temp table shared_given_name_forms as"
        f" select form, list(usual order by usual) as usual_names from {read} group by form",
        [str(_SHARED_FORMS)],
    )

"""What a night loads sooner or later, for `forked.py` to load once. Nothing is done here."""

import orchestration.cli.main
import orchestration.definitions
import orchestration.night.dbt_process
import orchestration.night.event_store
import orchestration.night.models  # noqa: F401 - loaded, as the lines before, for what it loads
from quality.run import _without_pyspark

# As a suite does: where pyspark is installed, it ends a process that runs no file, and the fork server is one.
with _without_pyspark():
    import quality.duckdb_datasource  # noqa: F401 - the same

"""Great Expectations on DuckDB, which has no engine there; import this module only inside a step, it takes seconds.

The work database is attached by a listener, so that neither its path nor its key stands in any configuration.
"""

import builtins
from typing import Any, Literal

import sqlalchemy
from great_expectations.compatibility import pydantic
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """Reads results before their cursor closes; Great Expectations reads them after."""

    def execute_query(self, query: Any) -> Any:
        """Run a query and keep its rows."""
        with self.get_connection() as connection:
            return connection.execute(query).freeze()()


class DuckDBDatasource(SQLDatasource):
    """A datasource whose one connection has the work database attached, read-only, as `work`."""

    type: Literal["duckdb"] = "duckdb"  # type: ignore[assignment]  # as every datasource of theirs
    connection_string: str = "duckdb:///:memory:"
    _attach: Any = pydantic.PrivateAttr(None)

    @property
    def execution_engine_type(self) -> builtins.type[SqlAlchemyExecutionEngine]:
        """The engine of this datasource."""
        return DuckDBExecutionEngine

    def _create_engine(self) -> sqlalchemy.Engine:
        engine = sqlalchemy.create_engine("duckdb:///:memory:", poolclass=sqlalchemy.StaticPool)
        sqlalchemy.event.listen(engine, "connect", self._attach)
        return engine

    def get_execution_engine(self) -> DuckDBExecutionEngine:
        """One engine for everything: a second one could not open the same file."""
        if self._execution_engine is None:
            self._execution_engine = DuckDBExecutionEngine(engine=self.get_engine(), create_temp_table=False)
        return self._execution_engine

    def close(self) -> None:
        """Let go of the database file; closing alone keeps it open."""
        engine = self.get_execution_engine()
        engine.close()
        engine.engine.dispose()

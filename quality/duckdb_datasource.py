"""A DuckDB engine for Great Expectations, which has none. Import this module only in a step: it takes seconds.

A listener attaches the work database, so that no configuration contains its path or key.
"""

import builtins
from typing import Any, Literal

import sqlalchemy
from great_expectations.compatibility import pydantic
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource
from great_expectations.execution_engine.sqlalchemy_execution_engine import SqlAlchemyExecutionEngine


class DuckDBExecutionEngine(SqlAlchemyExecutionEngine):
    """An engine that reads results before their cursor closes; Great Expectations reads them after that."""

    def execute_query(self, query: Any) -> Any:
        """Run a query and keep its rows."""
        with self.get_connection() as connection:
            return connection.execute(query).freeze()()


class DuckDBDatasource(SQLDatasource):
    """A datasource with one connection, where the work database is attached read-only as `work`."""

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
        """The single engine: a second one could not open the same file."""
        if self._execution_engine is None:
            self._execution_engine = DuckDBExecutionEngine(engine=self.get_engine(), create_temp_table=False)
        return self._execution_engine

    def close(self) -> None:
        """Close the database file; `close` of the engine alone would keep it open."""
        engine = self.get_execution_engine()
        engine.close()
        engine.engine.dispose()

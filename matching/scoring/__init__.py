"""Match weights of the pairs that the blocking rules bring together, on DuckDB or Spark."""

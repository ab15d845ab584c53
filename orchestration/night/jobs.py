"""The night as one Dagster job over every asset, in one process, because only one process can write a DuckDB file."""

from dagster import AssetSelection, define_asset_job, in_process_executor

nightly = define_asset_job(
    "nightly",
    selection=AssetSelection.all(),
    executor_def=in_process_executor,
    description="Extracts in, linked people out, deliveries made: one business date as one commit.",
)

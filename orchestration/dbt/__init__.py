"""The dbt project: built in a night by one dbt process, or compiled for other data than the hub's."""

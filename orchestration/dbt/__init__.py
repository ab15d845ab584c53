"""The dbt project's models: built in a night by one dbt process, or compiled for data that is not the hub's."""

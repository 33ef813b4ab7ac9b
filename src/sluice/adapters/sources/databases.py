"""Which URLs name tables of databases, told without any of their drivers."""

from __future__ import annotations

DATABASES = frozenset(
    "athena bigquery clickhouse databricks druid exasol impala materialize mssql mysql oracle postgres postgresql "
    "risingwave singlestoredb snowflake trino".split()
)

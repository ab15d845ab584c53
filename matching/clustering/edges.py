"""From candidate pairs and steward decisions to clusters, in SQL except where a rail breaks.

Python sees only the components in which a rail breaks or a steward decided.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

import duckdb
import pyarrow as pa
from splink.clustering import cluster_pairwise_predictions_at_threshold

from matching.clustering.partition import NO_DISPUTE, TWO_PASSPORTS, Apart, Edge, Partition, partition
from matching.model.splink_session import splink_database
from matching.registry.decisions import Judgement
from matching.relations import LINK_CANDIDATES, LINK_CLUSTERS, LINK_DECISIONS, LINK_EDGES, LINK_MEMORY, RECORDS
from matching.rules.candidates import refused_pairs
from matching.rules.guard_rails import FACTS, IMPOSSIBLE, Facts, broken_components


def create_edges(connection: duckdb.DuckDBPyConnection, judgements: Sequence[Judgement]) -> None:
    """Choose the links: stewards' decisions first, then the model's pairs, then pairs that were one person before.

    Reads: `RECORDS`, `LINK_CANDIDATES`, `LINK_MEMORY`.
    Writes: `LINK_DECISIONS`, one row per decision; `LINK_EDGES`, one row per link.
    """
    rows = [(*sorted((item.mention_id_l, item.mention_id_r)), item.verdict) for item in judgements]
    decided = pa.table(
        {
            "mention_id_l": pa.array([row[0] for row in rows], pa.string()),
            "mention_id_r": pa.array([row[1] for row in rows], pa.string()),
            "verdict": pa.array([row[2] for row in rows], pa.string()),
        }
    )
    connection.register("given_decisions", decided)
    connection.execute(
        f"""
        create or replace temp table {LINK_DECISIONS} as
        select distinct l.record_number as record_l, r.record_number as record_r, given.*
        from given_decisions as given
        inner join {RECORDS} as l on given.mention_id_l = l.unique_id
        inner join {RECORDS} as r on given.mention_id_r = r.unique_id
        """
    )
    connection.unregister("given_decisions")
    connection.execute(
        f"""
        create or replace temp table {LINK_EDGES} as
        select record_l, record_r, mention_id_l, mention_id_r, weight, match_probability, is_same_valid_document,
            false as is_steward, is_birth_outweighed
        from {LINK_CANDIDATES} anti join {LINK_DECISIONS} using (mention_id_l, mention_id_r)
        where refusal is null and is_strong
        union all
        select record_l, record_r, mention_id_l, mention_id_r, weight, match_probability, is_same_valid_document,
            false, is_birth_outweighed
        from {LINK_CANDIDATES} anti join {LINK_DECISIONS} using (mention_id_l, mention_id_r)
        inner join {LINK_MEMORY} as l on mention_id_l = l.mention_id
        inner join {LINK_MEMORY} as r on mention_id_r = r.mention_id and l.person_id = r.person_id
        where refusal is null and is_holding and not is_strong
        union all
        select record_l, record_r, mention_id_l, mention_id_r, 100.0, null, false, true, true
        from {LINK_DECISIONS} where verdict = 'same'
        """
    )


def create_components(connection: duckdb.DuckDBPyConnection) -> None:
    """Find the connected components over the links.

    Reads: `RECORDS`, `LINK_EDGES`.
    Writes: `link_components`, one row per mention, for `apply_rails`.
    """
    connection.execute(f"create or replace temp table link_nodes as select record_number from {RECORDS}")
    connection.execute(
        "create or replace temp table link_joins as"
        f" select record_l as record_number_l, record_r as record_number_r from {LINK_EDGES}"
    )
    with splink_database(connection) as database:
        components = cluster_pairwise_predictions_at_threshold(
            database.register("link_nodes"), database.register("link_joins"), database,
            node_id_column_name="record_number",
        )  # fmt: skip
        connection.execute(
            f"""
            create or replace temp table link_components as
            with sizes as (
                select cluster_id, count(*) as mention_count from {components.physical_name} group by cluster_id
            )
            select
                records.unique_id as mention_id, named.unique_id as component,
                record_number, cluster_id as component_number, mention_count
            from {components.physical_name} inner join sizes using (cluster_id)
            inner join {RECORDS} as records using (record_number)
            inner join {RECORDS} as named on cluster_id = named.record_number
            """
        )


# Rules on pairs that hold for whole persons.
_FOR_PERSONS = (IMPOSSIBLE.code, TWO_PASSPORTS)

# A single mention breaks no rail. If no rail breaks in a whole component, none breaks in its parts.
_BROKEN = f"""
create or replace temp table broken_components as
with facts as (
    select component_number, records.*
    from (from link_components where mention_count > 1) inner join {RECORDS} as records using (record_number)
),
kept_apart as (
    select component_number from link_components
    where mention_id in (select unnest([mention_id_l, mention_id_r]) from {LINK_DECISIONS})
    union
    select l.component_number from {LINK_CANDIDATES}
    inner join link_components as l on mention_id_l = l.mention_id
    inner join link_components as r on mention_id_r = r.mention_id and l.component_number = r.component_number
    where refusal in {_FOR_PERSONS}
),
together as ({broken_components("facts")} union from kept_apart)
select distinct component from link_components semi join together using (component_number)
"""


def apply_rails(connection: duckdb.DuckDBPyConnection) -> Partition:
    """Recluster the components in which a rail breaks; return their clusters, disputed mentions and refused links.

    Reads: `RECORDS`, `LINK_CANDIDATES`, `LINK_DECISIONS`, `LINK_EDGES`, `link_components`.
    Writes: `LINK_CLUSTERS`, one row per mention.
    """
    connection.execute(_BROKEN)
    whole = Partition()
    edges, apart = _edges(connection), _apart(connection)
    for component, rows in groupby(_facts(connection), key=lambda row: row[0]):
        facts = [Facts(*row[1:]) for row in rows]
        part = partition(facts, edges[component], apart.get(component, Apart()))
        whole.clusters += part.clusters
        whole.disputed |= part.disputed
        whole.refused += part.refused
    _write_clusters(connection, whole.clusters)
    return whole


def _facts(connection: duckdb.DuckDBPyConnection) -> Iterable[tuple[Any, ...]]:
    return connection.execute(
        f"""
        select component, {FACTS}
        from link_components semi join broken_components using (component)
        inner join {RECORDS} on mention_id = unique_id
        order by component, mention_id
        """
    ).fetchall()


def _edges(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Edge]]:
    edges: dict[str, list[Edge]] = defaultdict(list)
    rows = connection.execute(
        f"""
        select component, weight, mention_id_l, mention_id_r, is_steward, is_birth_outweighed from {LINK_EDGES}
        inner join link_components on mention_id_l = mention_id
        semi join broken_components using (component)
        """
    ).fetchall()
    for component, *edge in rows:
        edges[component].append(Edge(*edge))
    return edges


def _apart(connection: duckdb.DuckDBPyConnection) -> dict[str, Apart]:
    """By component, the pairs that a steward keeps apart, that can't be one person, or that have two passports."""
    rows = connection.execute(
        f"""
        select component, 'by_steward' as kind, mention_id_l, mention_id_r from {LINK_DECISIONS}
        inner join link_components on mention_id_l = mention_id where verdict = 'different'
        union all
        select component, if(refusal = '{TWO_PASSPORTS}', 'passports', 'impossible'), mention_id_l, mention_id_r
        from {LINK_CANDIDATES}
        inner join link_components on mention_id_l = mention_id where refusal in {_FOR_PERSONS}
        order by all
        """
    ).fetchall()
    pairs: dict[str, dict[str, list[tuple[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for component, kind, one, other in rows:
        pairs[component][kind].append((one, other))
    return {component: Apart(**by_kind) for component, by_kind in pairs.items()}


def _write_clusters(connection: duckdb.DuckDBPyConnection, clusters: Sequence[set[str]]) -> None:
    pairs = [(mention, min(cluster)) for cluster in clusters for mention in sorted(cluster)]
    recut = pa.table(
        {
            "mention_id": pa.array([pair[0] for pair in pairs], pa.string()),
            "cluster_id": pa.array([pair[1] for pair in pairs], pa.string()),
        }
    )
    connection.register("recut_clusters", recut)
    connection.execute(
        f"""
        create or replace temp table {LINK_CLUSTERS} as
        select mention_id, record_number, coalesce(recut_clusters.cluster_id, component) as cluster_id
        from link_components left join recut_clusters using (mention_id)
        """
    )
    connection.unregister("recut_clusters")


def all_refused(connection: duckdb.DuckDBPyConnection, rails: Partition) -> list[tuple[str, str, str]]:
    """Barred pairs that a steward must see, as kind, mention and mention, without those decided already.

    Reads: `LINK_CANDIDATES`, `LINK_DECISIONS`.
    """
    decided = set(connection.execute(f"select mention_id_l, mention_id_r from {LINK_DECISIONS}").fetchall())
    seen = {(kind, *sorted(pair)) for kind, *pair in [*refused_pairs(connection), *rails.refused]}
    return sorted(
        (kind, one, other) for kind, one, other in seen if (one, other) not in decided and kind not in NO_DISPUTE
    )

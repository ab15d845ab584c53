"""Who should be in each segment, from what a synthetic city knows of itself and its extracts say, and who was.

Of the first the pipeline is asked nothing but raw rows, zones and topics; people are told by the truth's own names.
"""

from datetime import date, timedelta
from pathlib import Path

import duckdb
import polars as pl
import shapely

# Of each subscribed service the segment that tells it, and the subscription's own topic.
_SERVICES = {
    "OBRES": "afectacions", "PREINSCRIPCIO": "preinscripcio", "BUS": "xarxa_bus", "BUTLLETI": "butlletins",
    "VOLUNTARIAT": "voluntariat_educatiu", "JOVENTUT": "informacio_juvenil", "PARTICIPACIO": "participacio",
}  # fmt: skip
# Segments that name everybody who asked, whatever happens tonight: without a notice, that is the reason of the funnel.
_ALWAYS = ("afectacions", "butlletins", "informacio_juvenil", "participacio", "xarxa_bus")
# The notices that are sent to people who live near, and the zones or lines that they are about.
_ANNOUNCED = """
    select tema from avisos
    where servei = '{service}' and estat = 'VIGENT' and destinataris <> 'SUBSCRITS'
        and date '{day}' between data_inici::date and data_fi::date
"""
People = dict[str, set[str]]


class SegmentTruth:
    """A published night of a home beside its truth; `should` and `was` are true ids by segment and reason."""

    def __init__(self, home: Path, day: date) -> None:
        self.day = day
        self.connection = connection = duckdb.connect(":memory:")
        connection.execute(f"attach '{home}/published/{day}/fil.duckdb' as published (read_only)")
        for name in ("mentions", "events", "persons"):
            connection.execute(f"create view true_{name} as from '{home}/truth/{name}.parquet'")
        for source in ("subscripcions", "atencions", "avisos", "padro"):
            files = f"{home}/raw/{source}/*/extract_date={day}/*.parquet"
            connection.execute(f"create view {source} as from read_parquet('{files}', hive_partitioning = false)")
        # Whoever a person of the hub holds a mention of.
        connection.execute("""
            create table known as
            select distinct person_id, true_person_id from published.hub.mentions
            inner join true_mentions using (source, source_key) where person_id is not null""")

    def should(self) -> People:
        """The people whom each segment should name, by segment and reason."""
        found: People = {}
        for service, segment in _SERVICES.items():
            topic = "coalesce(zona, bloc, linia, butlleti, interes)"
            told = "true" if segment in _ALWAYS else f"starts_with(funnel.topic, {topic})"
            found[f"{segment} request"] = self._true(
                f"select true_person_id from subscripcions inner join true_mentions as named on named.source = "
                f"'subscripcions' and named.source_key = _source_key where servei = '{service}' and exists ("
                f"from published.hub.segment_funnel as funnel where segment = '{segment}' and {told})"
            )
        attended = "from atencions inner join true_mentions as named on named.source = 'atencions' and named.source_key"
        of_day = f"= _source_key where data_hora::date = date '{self.day}'"
        found["enquesta_satisfaccio consent"] = self._true(
            f"select true_person_id {attended} {of_day} and resultat is distinct from 'ABANDONAT'"
        )
        # What tells of somebody's health is sent by who attended them.
        found["seguiment_atencio request"] = self._true(
            f"select true_person_id {attended} {of_day} and informacio_promesa = 'S' and tramit <> 'TARGETA_ROSA'"
        )
        lately = f"between date '{self.day - timedelta(days=29)}' and date '{self.day}'"
        entered = f"select true_person_id from true_events where kind = 'entry' and date {lately}"
        born = "select true_person_id from true_events where kind = 'birth'"
        found["benvingut_nado public_task"] = self._true(f"{entered} intersect {born}")
        found["benvingut_barcelona public_task"] = self._true(f"{entered} except {born}")
        found["afectacions public_task"] = self._near_works()
        found["xarxa_bus public_task"] = self._near_lines()
        return found

    def was(self, column: str = "person_id") -> People:
        """The people with a mention in the night's candidates, or in the children they are written about."""
        rows = self.connection.execute(f"""
            select segment || ' ' || basis, list(distinct true_person_id)
            from published.hub.segment_candidates as told
            inner join known on known.person_id = told.{column} group by all""").fetchall()
        return {str(name): set(people) for name, people in rows}

    def badly_linked(self) -> set[str]:
        """People with a mention in review, people merged with somebody else, and people split into several persons."""
        several = "group by all having count(*) > 1"
        return self._true(f"""
            select true_person_id from published.hub.mentions inner join true_mentions using (source, source_key)
            where person_id is null
            union
            select true_person_id from known
            where person_id in (select person_id from known {several})
                or true_person_id in (select true_person_id from known {several})""")

    def protected(self) -> set[str]:
        """People whose home the hub hides, so that no distance to it is known."""
        return self._true(
            "select true_person_id from known inner join published.hub.persons using (person_id) where is_protected"
        )

    def born_in(self, people: set[str]) -> set[int]:
        """The birth years of some people of the city."""
        self.connection.register("asked", pl.DataFrame({"true_person_id": sorted(people)}).to_arrow())
        rows = self.connection.execute(
            "select distinct birth_year from true_persons semi join asked using (true_person_id)"
        )
        return {int(year) for (year,) in rows.fetchall()}

    def unexplained(self) -> list[tuple[str, str]]:
        """Candidates who get no message and do not have exactly one step at which they left."""
        return self.connection.execute(
            "select segment, candidate_id from published.hub.segment_candidates as told "
            "anti join published.hub.segment_steps as steps on steps.step = told.step "
            "and steps.reason_out is not distinct from told.reason_out"
        ).fetchall()

    def _true(self, query: str) -> set[str]:
        return {str(row[0]) for row in self.connection.execute(query).fetchall()}

    def _near_works(self) -> set[str]:
        """Inscribed people within distance or barri of a zone with a notice, by the register's own coordinates."""
        zones = self.connection.execute(
            "select geometry_json, radius_m, barri_codes from published.hub.works_zones "
            f"where zone_code in ({_ANNOUNCED.format(service='OBRES', day=self.day)})"
        ).fetchall()
        found = self._within([(geometry, radius) for geometry, radius, _ in zones])
        told = {barri for _, _, barris in zones for barri in barris}
        return found | {who for who, _, _, barri in self._residents() if barri in told}

    def _near_lines(self) -> set[str]:
        """Inscribed people within walking distance of what changes about now of a bus line with a notice."""
        about_now = f"between date '{self.day - timedelta(days=30)}' and date '{self.day + timedelta(days=30)}'"
        changing = self.connection.execute(
            "select geometry_json, 250 from published.hub.bus_network "
            f"where (begins_on {about_now} or ends_on {about_now}) "
            f"and list_has_any(bus_lines, (select list(tema) from ({_ANNOUNCED.format(service='BUS', day=self.day)})))"
        ).fetchall()
        return self._within(changing)

    def _residents(self) -> list[tuple[str, float, float, str]]:
        """All inscribed people, with the register's own coordinates and barri."""
        return self.connection.execute(
            "select true_person_id, x_etrs89::integer / 100, y_etrs89::integer / 100, barri from padro "
            "inner join true_mentions as named on named.source = 'padro' and named.source_key = nia where cvar <> 'B'"
        ).fetchall()

    def _within(self, places: list[tuple[str, int]]) -> set[str]:
        people = self._residents()
        points = shapely.points([[east, north] for _, east, north, _ in people])
        found = set()
        for geometry, radius in places:
            near = shapely.dwithin(points, shapely.from_geojson(geometry), radius)
            found |= {who for (who, *_), is_near in zip(people, near, strict=True) if is_near}
        return found

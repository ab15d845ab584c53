"""What engineers know the night by: its assets, jobs, schedule and sensors. A change here is one for CHANGELOG.md."""

from pathlib import Path

import pytest
from dagster import AssetSelection, Definitions

from orchestration.definitions import build_definitions
from orchestration.home.home import Home
from orchestration.home.settings import Settings

# Each source's landing and its tables.
ARRIVALS = {
    "padro": ["padro__habitants", "padro__habitants_previous", "padro__habitants_quarantined"],
    "padro_variacions": ["padro_variacions__variacions", "padro_variacions__variacions_quarantined"],
    "carrers": ["carrers__vies"],
    "adreces": ["adreces__punts"],
    "contribuents": ["contribuents__contribuents"],
    "objectes_tributaris": ["objectes_tributaris__objectes"],
    "tramits_hisenda": ["tramits_hisenda__expedients"],
    "atencions": ["atencions__atencions", "atencions__atencions_quarantined", "atencions__atencions_first_told"],
    "iris": ["iris__fitxes"],
    "tramits": ["tramits__expedients"],
    "cita_previa": ["cita_previa__visites"],
    "llicencies_via_publica": ["llicencies_via_publica__llicencies"],
    "activitats_estiu": ["activitats_estiu__inscripcions"],
    "consentiments": [
        "consentiments__esdeveniments",
        "consentiments__esdeveniments_quarantined",
        "consentiments__esdeveniments_first_told",
    ],
    "subscripcions": ["subscripcions__subscripcions", "subscripcions__subscripcions_quarantined"],
    "campanyes": [
        "campanyes__esdeveniments",
        "campanyes__esdeveniments_quarantined",
        "campanyes__esdeveniments_first_told",
    ],
    "enquestes": ["enquestes__respostes"],
    "proteccions": ["proteccions__proteccions", "proteccions__proteccions_quarantined"],
    "area_verda": ["area_verda__distintius"],
    "bicing": ["bicing__abonaments"],
    "avisos": ["avisos__avisos"],
    "zones": ["zones__zones"],
    "linies_bus": ["linies_bus__elements"],
}
PYTHON_ASSETS = {
    *(f"landing/{source}" for source in ARRIVALS),
    *(f"raw/{relation}" for relations in ARRIVALS.values() for relation in relations),
    "raw/run",
    "raw/agreements",
    "raw/draws",
    "linkage/scored_pairs", "linkage/mention_links", "linkage/conflicts", "linkage/person_events",
    "linkage/organisation_pairs", "linkage/organisation_links", "linkage/organisation_conflicts",
    "linkage/organisation_events", "linkage/review_cases", "linkage/organisation_review_cases", "linkage/models",
    "linkage/linkage_metrics", "linkage/nights", "linkage/absent_links", "linkage/sent_messages",
    "exports/attention", "exports/campaigns", "deliveries/attention", "deliveries/campaigns", "published/current",
}  # fmt: skip
HUB = {
    "persons", "identifiers", "mentions", "person_attributes", "person_events", "person_history", "households",
    "interactions", "consent_events", "consents", "tax_objects", "organisations", "organisation_events",
    "relationships", "addresses", "licences", "padro_reconciliation", "agreements", "subscriptions", "campaign_events",
    "campaign_results",
    "survey_answers", "works_zones", "bus_network", "review_cases", "review_counts", "linkage_models", "mention_values",
    "id_stability", "notices",
    "organisation_mention_values", "segments", "requests", "draw_applications", "draw_results", "segment_candidates",
    "segment_members", "segment_funnel", "segment_steps", "bounced_contacts", "linkage_metrics",
}  # fmt: skip
CARDS = {
    "reserved", "golden_values", "documents", "standing", "padro", "ties", "pending", "complaints", "contacts",
    "tax_objects", "licences", "subscriptions", "consents", "interests", "messages", "satisfaction", "mentions",
    "history", "ids", "consent_decisions", "organisation", "organisation_mentions",
}  # fmt: skip


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FIL_HOME", "FIL_WORK_DB", "FIL_DAGSTER_DIR", "FIL_DUCKDB_EXTENSIONS"):
            patch.setenv(name, "")
        patch.setenv("DAGSTER_HOME", "")
        return build_definitions(Settings(Home(Path(tmp_path_factory.mktemp("home")))))


def test_assets_keep_their_keys(definitions: Definitions) -> None:
    keys = {key.to_user_string() for key in definitions.resolve_asset_graph().get_all_asset_keys()}
    of_dbt = {key for key in keys if key.split("/")[0] in ("hub", "staging", "intermediate")}
    assert keys - of_dbt == PYTHON_ASSETS
    assert {key.removeprefix("hub/") for key in of_dbt if key.startswith("hub/")} == HUB | {
        f"card_{name}" for name in CARDS
    }


def test_the_night_is_one_job_over_every_asset_in_one_process(definitions: Definitions) -> None:
    job = definitions.resolve_job_def("nightly")
    assert job.executor_def.name == "in_process"
    assert job.asset_layer.selected_asset_keys == set(definitions.resolve_asset_graph().get_all_asset_keys())
    assert job.partitions_def is not None


def test_the_night_starts_at_half_past_two_in_madrid(definitions: Definitions) -> None:
    schedule = definitions.resolve_schedule_def("nightly_schedule")
    assert (schedule.cron_schedule, schedule.execution_timezone) == ("30 2 * * *", "Europe/Madrid")


def test_landing_alone_is_tried_again(definitions: Definitions) -> None:
    nodes = definitions.resolve_job_def("nightly").graph.node_dict.values()
    tried = {node.name for node in nodes if node.definition.retry_policy is not None}
    assert tried == {f"landing__{source}" for source in ARRIVALS}


def test_every_sensor_is_on(definitions: Definitions) -> None:
    sensors = {sensor.name: sensor.default_status.value for sensor in definitions.sensors or []}
    names = ("new_deliveries", "alert_on_failure", "alert_on_missing_night")
    assert sensors == dict.fromkeys(names, "RUNNING")
    new_deliveries = definitions.resolve_sensor_def("new_deliveries")
    assert {job.name for job in new_deliveries.jobs} == {"intake", "nightly"}
    assert new_deliveries.minimum_interval_seconds == 60


def test_the_intake_is_one_step_in_one_process_of_no_partition(definitions: Definitions) -> None:
    assert {job.name for job in definitions.jobs or []} == {"nightly", "intake"}
    job = definitions.resolve_job_def("intake")
    assert (job.executor_def.name, list(job.graph.node_dict)) == ("in_process", ["take_deliveries"])
    assert job.partitions_def is None


def test_blocking_checks_stand_before_the_publication(definitions: Definitions) -> None:
    checks = {key.name for key in definitions.resolve_asset_graph().asset_check_keys}
    assert {"arrivals", "departures", "drift"} <= checks


def test_dagster_starts_each_asset_without_those_of_other_steps(definitions: Definitions) -> None:
    """Where it can't, it says so in words of its own; a step that is started says how the night is run instead."""
    graph, job = definitions.resolve_asset_graph(), definitions.resolve_implicit_global_asset_job_def()
    began = {}
    for key in graph.get_all_asset_keys():
        chosen = frozenset(AssetSelection.assets(key).required_multi_asset_neighbors().resolve(graph))
        began[chosen] = set(job.get_subset(asset_selection=chosen).asset_layer.selected_asset_keys)
    assert all(chosen == begun for chosen, begun in began.items())


def test_every_source_has_its_freshness_checked_by_the_step_that_loads_it(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    keys = {key.asset_key.to_user_string(): key for key in graph.asset_check_keys if key.name == "freshness"}
    assert set(keys) == {f"raw/{relations[0]}" for relations in ARRIVALS.values()}
    assert not any(graph.get(key).blocking for key in keys.values())
    steps = set(definitions.resolve_job_def("nightly").graph.node_dict)
    assert {f"raw__{relations[0]}" for relations in ARRIVALS.values()} <= steps
    assert not [step for step in steps if "freshness" in step]


def test_a_backfill_runs_one_night_after_the_other(definitions: Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    policies = {graph.get(key).backfill_policy for key in graph.get_all_asset_keys()}
    assert [policy.max_partitions_per_run for policy in policies if policy] == [1]
    assert len(policies) == 1

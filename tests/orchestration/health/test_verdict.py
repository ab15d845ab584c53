"""The last sentence of `fil doctor`, and what a synthetic city need not have."""

from orchestration.health.doctor import Finding
from orchestration.health.verdict import of_city, verdict

OK = Finding("disk", "ok", "enough")
NO_ALERTS = Finding("alerts", "warn", "no alert is sent")
LATE = Finding("padro deliveries", "fail", "late")


def test_the_verdict_counts_what_failed_and_what_warns() -> None:
    assert verdict([OK]) == "All OK: 1 check."
    assert verdict([OK, NO_ALERTS]) == "Nights can run: no check failed, 1 warning."
    assert verdict([OK, NO_ALERTS, LATE]) == "Not ready: 1 check failed, 1 warning."


def test_a_synthetic_city_needs_no_alerts_but_its_extracts() -> None:
    assert [finding.level for finding in of_city([OK, NO_ALERTS, LATE])] == ["ok", "ok", "fail"]

"""What the findings of `fil doctor` mean together, and which of them matter for a synthetic city."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from orchestration.health.doctor import Finding
from sources.base.wording import counted

# They protect real people, or wake up those who care for them.
_FOR_REAL_PEOPLE = {"key", "at rest", "alerts"}


def of_city(findings: Iterable[Finding]) -> list[Finding]:
    """The findings of a synthetic city: what protects real people is not missing there."""
    return [
        replace(finding, level="ok", message=f"not needed for synthetic people: {finding.message}")
        if finding.level == "warn" and finding.subject in _FOR_REAL_PEOPLE
        else finding
        for finding in findings
    ]


def verdict(findings: Sequence[Finding]) -> str:
    """One sentence on all findings."""
    fails = sum(finding.level == "fail" for finding in findings)
    warnings = sum(finding.level == "warn" for finding in findings)
    if fails:
        return f"Not ready: {counted(fails, 'check')} failed, {counted(warnings, 'warning')}."
    if warnings:
        return f"Nights can run: no check failed, {counted(warnings, 'warning')}."
    return f"All OK: {counted(len(findings), 'check')}."

"""The table of all checks, in the order in which they are shown. To add one: a function, a row, and a test of it."""

from collections.abc import Mapping
from typing import Any

from ttdata.doctor import access, machine, secrets, terms
from ttdata.doctor.finding import Check, Finding, Patient
from ttdata.errors import Fault
from ttdata.text import count, folded

CHECKS: Mapping[str, Check] = {
    "secrets in files and logs": secrets.in_files,
    "secrets in the git history": secrets.in_history,
    "key of the tombstones": access.key,
    "data that others can read": access.data,
    "terms stated": terms.stated,
    "refreshes": terms.overdue,
    "people who have left": terms.roster,
    "one ledger for all": terms.shared,
    "notice of a publication": terms.publication,
    "region code CA": terms.canada,
    "disk": machine.disk,
    "network file systems": machine.network,
    "versions": machine.versions,
    "earlier formats": machine.formats,
}

Findings = Mapping[str, list[Finding]]


def examine(patient: Patient) -> Findings:
    """The findings of every check, by its name. A check that cannot be made is a finding, too."""
    return {name: _made(check, patient) for name, check in CHECKS.items()}


def _made(check: Check, patient: Patient) -> list[Finding]:
    try:
        return list(check(patient))
    except Fault as fault:
        return [Finding(str(fault), "Then run this command again.")]
    except OSError as error:
        what = error.filename or "A file"
        return [Finding(f"{what} cannot be read: {error.strerror}.", "Check its owner and permissions.")]


def as_json(findings: Findings) -> dict[str, Any]:
    return {
        "healthy": not any(findings.values()),
        "checks": [
            {"check": name, "ok": not some, "findings": [vars(each) for each in some]}
            for name, some in findings.items()
        ],
    }


def text(findings: Findings) -> str:
    """One line per check, and below it what was found and what to do."""
    lines = []
    for name, some in findings.items():
        lines.append(f"{'look' if some else 'ok':5} {name}")
        for each in some:
            lines += [folded(f"  * {each.problem}"), folded(f"  * Do: {each.remedy}")]
    number = sum(map(len, findings.values()))
    return "\n".join([*lines, "", f"{count(number, 'finding')}." if number else "Nothing to do."])

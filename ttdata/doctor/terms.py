"""What the study says about TikTok's terms: refreshes, people with access, a planned publication, its scope."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from ttdata.comply.due import due, gone_in
from ttdata.comply.record import records
from ttdata.doctor.finding import Finding, Patient
from ttdata.program import program
from ttdata.study.platform_terms import USUAL_DAYS
from ttdata.text import count

# TikTok's codebook: data of users in Canada are not available, although the region code is accepted.
_CANADA = "CA"


def stated(patient: Patient) -> Iterator[Finding]:
    """A study of the real API that does not say which terms it runs under."""
    if not patient.is_invented and "terms" not in patient.declared:
        yield Finding(
            f"The study does not state TikTok's terms; a refresh is assumed to be due every {USUAL_DAYS} days.",
            f"Read them, and add to the study: terms: {{refresh_days: {USUAL_DAYS}, version: THEIR DATE}}",
        )


def overdue(patient: Patient) -> Iterator[Finding]:
    """Datasets whose refresh is overdue, or not finished, or found records to be gone that are still there."""
    if patient.folder.purge.exists():
        yield Finding("A purge was begun and is not finished.", f"{program()} purge")
    for path in patient.datasets:
        state = due(path, patient.folder)
        command = f"{program()} refresh {state.dataset}"
        if any(not each.is_finished for each in records(patient.folder, state.dataset)):
            yield Finding(f"{state.dataset}: a refresh was begun and is not finished.", command)
        elif state.is_overdue:
            yield Finding(str(state), command)
        if gone := gone_in(path):
            yield Finding(
                f"{state.dataset} has {count(gone, 'record')} that the last refresh did not find.",
                f"{program()} purge --gone",
            )


def roster(patient: Patient) -> Iterator[Finding]:
    """People whose access should have ended."""
    people = patient.declared.get("terms", {}).get("roster", [])
    left = [each for each in people if "until" in each and date.fromisoformat(str(each["until"])) < patient.today]
    if left:
        yield Finding(
            f"The access of {count(len(left), 'person', 'people')} on the roster has ended: "
            f"{', '.join(str(each['who']) for each in left)}.",
            "Revoke their access at TikTok and to this folder, ask for a new client secret if they knew it, and remove "
            "them from terms.roster.",
        )


def shared(patient: Patient) -> Iterator[Finding]:
    """Several people whose requests count together at TikTok, and whose accounts here may count apart."""
    people = patient.declared.get("terms", {}).get("roster", [])
    if len(people) > 1 and not patient.environment.get("TTAPI_LEDGER"):
        yield Finding(
            f"{count(len(people), 'person', 'people')} are on the roster, but TTAPI_LEDGER is not set: each account of "
            "this machine has a ledger of its own, and together they may send more than the quota allows.",
            "Name one ledger for all, in a folder that belongs to your group (docs/quota.md).",
        )


def publication(patient: Patient) -> Iterator[Finding]:
    """A planned publication that TikTok is to be told about by now."""
    planned: dict[str, Any] = patient.declared.get("terms", {}).get("publication", {})
    if not planned or planned.get("notified"):
        return
    day = date.fromisoformat(str(planned["planned"]))
    last = day - timedelta(planned["notice_days"])
    if patient.today >= last:
        yield Finding(
            f"A publication is planned for {day}, and its notice of {count(planned['notice_days'], 'day')} was due on "
            f"{last}.",
            "Send the notice, then add notified: true to terms.publication.",
        )


def canada(patient: Patient) -> Iterator[Finding]:
    """A search in a country of which TikTok returns nothing."""
    if _CANADA in set(_region_codes(patient.declared.get("datasets", {}))):
        yield Finding(
            "The study searches for region_code CA, but TikTok's codebook says that Canada is not available.",
            "Remove CA, or say in your paper that it returned nothing.",
        )


def _region_codes(value: Any) -> Iterator[str]:
    """All values of the key region_code, at any depth."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "region_code":
                yield from (str(code).upper() for code in (each if isinstance(each, list) else [each]))
            else:
                yield from _region_codes(each)
    elif isinstance(value, list):
        for each in value:
            yield from _region_codes(each)

"""`ttdata cite`: what a paper says about a dataset follows from the dataset alone."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from click.testing import CliRunner, Result
from jsonschema import validate

from tests.support import small_study
from tests.test_citation import SCHEMA
from tests.ttdata.publish.conftest import edit
from tests.ttdata.worlds import build_study
from ttdata.audit.checks import audit
from ttdata.build.digest import digest_of
from ttdata.cli.main import main
from ttdata.publish.citation import facts, methods
from ttdata.publish.contents import INVENTED
from ttdata.publish.flow import Flow

REAL = "https://open.tiktokapis.com"
# What the format requires of the keys that only the citation of a dataset has.
OF_A_DATASET = {
    "identifiers": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["type", "value"],
            "additionalProperties": False,
            "properties": {
                "type": {"enum": ["doi", "url", "swh", "other"]},
                "value": {"type": "string", "minLength": 1},
                "description": {"type": "string", "minLength": 1},
            },
        },
    },
    "references": {"type": "array", "items": {"type": "object", "required": ["authors", "title", "type"]}},
}


@pytest.fixture
def dataset(own_dataset: Path) -> Path:
    """A dataset of its own for each test."""
    return own_dataset


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["cite", *words])


def words(text: str) -> str:
    return " ".join(text.split())


def make_real(path: Path) -> None:
    """As if the data were TikTok's: its address, and ids that the mock server does not invent."""
    edit(path, f"UPDATE study SET api = '{REAL}'", "UPDATE videos SET id = id + 1", "UPDATE comments SET id = id + 1")


def counts(flow: Flow) -> dict[str, int]:
    return {step.name: step.count for step in flow.steps}


def test_the_text_has_the_facts_of_the_study(dataset: Path) -> None:
    said = words(run().stdout)
    with duckdb.connect(str(dataset), read_only=True) as con:
        requests, videos = con.execute(
            "SELECT (SELECT count(*) FROM requests), (SELECT count(*) FROM videos)"
        ).fetchall()[0]
    for part in (
        f" with {requests:,} requests to ",
        "accounts registered in US, GB or DE, and with the hashtag #fyp",
        "posted from 1 January 2025 to 15 February 2025 (UTC)",
        "searches were answered completely.",
        f"The dataset has {videos:,} videos, ",
        f"its content digest is {digest_of(dataset)}",
        "It was built by ttdata ",
        "days after the last day that they cover.",
    ):
        assert part in said, part
    assert max(map(len, run().stdout.splitlines())) <= 80


@pytest.mark.slow
def test_the_first_line_says_that_data_are_invented_and_only_then(dataset: Path) -> None:
    assert run().stdout.splitlines()[0] == INVENTED
    for form in ("bibtex", "cff"):
        assert INVENTED in words(run("--as", form).stdout)
    make_real(dataset)
    for form in ("text", "bibtex", "cff", "json"):
        said = run("--as", form).stdout
        assert "invented" not in said.replace("is_invented", "")
        assert "mock server that imitates" not in said
    assert "TikTok's Research API (https://developers.tiktok.com/products/research-api/)" in words(run().stdout)


def test_accounts_and_ids_of_a_query_are_counted_and_not_named(dataset: Path) -> None:
    named = {"and": [{"operation": "IN", "field_name": "username", "field_values": ["ada", "bob"]}]}
    edit(
        dataset,
        f"UPDATE requests SET request = {{'query': '{json.dumps(named)}'::JSON}}::JSON WHERE endpoint = 'video.query'",
    )
    for form in ("text", "json", "cff"):
        said = words(run("--as", form).stdout)
        assert "one of 2 accounts" in said
        assert "ada" not in re.findall(r"\w+", said)


def test_what_is_incomplete_waived_or_not_final_is_said(dataset: Path) -> None:
    edit(
        dataset,
        "UPDATE slices SET settled = 'unsettled' WHERE source = 'videos'",
        "UPDATE slices SET state = 'partial', waived = 'the API failed' WHERE source = 'comments'",
        "UPDATE study SET epochs = ['The videos are from before and after 2024-07-01: counts. Source: a page.']",
    )
    said = methods(facts(dataset))
    assert "2 searches were not final yet." in said
    assert re.search(r"Of .* of the requests for comments and users, the states are: .*\d partial", said)
    assert "Incomplete parts are accepted: the API failed." in said
    assert "before and after 2024-07-01" in said


def test_bibtex_has_the_digest_and_cannot_be_broken_by_names(dataset: Path) -> None:
    edit(dataset, "UPDATE study SET name = 'a_b & 100% {c}', dataset = 'd_e'")
    said = run("--as", "bibtex").stdout
    assert r"title = {{a\_b \& 100\% \{c\}: dataset d\_e}}" in said
    assert re.search(r"@misc\{d-e-[0-9a-f]{8},\n", said)
    assert digest_of(dataset) in said
    assert "author = {{ttdata contributors}}" in said
    bare = re.sub(r"\\.", "", said)
    assert bare.count("{") == bare.count("}")


def test_cff_has_the_form_of_its_format(dataset: Path) -> None:
    content = yaml.safe_load(run("--as", "cff").stdout)
    validate(content, {**SCHEMA, "properties": SCHEMA["properties"] | OF_A_DATASET})
    assert content["type"] == "dataset"
    assert content["identifiers"][0]["value"] == digest_of(dataset)
    assert content["references"][0]["title"] == "ttdata"


def test_names_in_a_dataset_cannot_control_the_terminal(dataset: Path) -> None:
    odd = "chr(27) || '[31m' || chr(155)"
    edit(dataset, f"UPDATE study SET name = {odd}, dataset = {odd}, software = {odd}, epochs = [{odd}]")
    edit(dataset, f"UPDATE slices SET waived = {odd}, state = 'partial'")
    for form in ("text", "bibtex", "cff", "json", "svg"):
        outcome = run("--as", form)
        assert outcome.exit_code == 0
        assert not set(outcome.stdout) & set("\x1b\x9b")


def test_the_facts_are_there_for_programs(dataset: Path) -> None:
    content = json.loads(run("--as", "json").stdout)
    assert (content["first_day"], content["last_day"]) == ("2025-01-01", "2025-02-15")
    assert content["digest"] == digest_of(dataset)
    assert content["methods"] == methods(facts(dataset))


def test_an_older_dataset_can_be_cited(dataset: Path) -> None:
    before = run().stdout
    edit(dataset, "ALTER TABLE study DROP COLUMN schema_version", "DROP TABLE table_digests")
    assert run().stdout == before


# The numbers of each step


def flow_of(source: str, **changes: Any) -> tuple[Path, dict[str, int]]:
    study = small_study()
    study["datasets"]["small"]["videos"] |= changes
    dataset = build_study(study)
    (found,) = [flow for flow in facts(dataset).flows if flow.source == source]
    return dataset, counts(found)


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{}, {"random": {"by": "month", "draws": 2}}])
def test_the_videos_are_counted_as_the_audit_counts_them(changes: dict[str, Any]) -> None:
    dataset, found = flow_of("videos", **changes)
    audited = {step["step"]: step["count"] for step in audit(dataset)["flow"]}
    assert list(found.values())[:2] == [audited["matched"], audited["received"]]
    assert found["in the dataset"] == audited["unique"]
    assert 0 < found["returned"] <= found["counted by the API"]


def test_a_window_that_was_split_is_counted_once(dataset: Path) -> None:
    before = facts(dataset).flows[0]
    edit(
        dataset,
        "INSERT INTO requests SELECT * REPLACE (seq + 1000 AS seq, 0 AS records, 1000000 AS cursor, "
        'json_merge_patch(request, \'{"start_date": "20200101"}\') AS request) '
        "FROM requests WHERE endpoint = 'video.query' LIMIT 1",
    )
    assert facts(dataset).flows[0] == before


def test_each_step_is_the_one_before_with_its_changes(dataset: Path) -> None:
    edit(
        dataset,
        "UPDATE slices SET used = used - 3 WHERE slice = (SELECT min(slice) FROM slices WHERE source = 'videos')",
    )
    for flow in facts(dataset).flows:
        for before, step in zip(flow.steps, flow.steps[1:], strict=False):
            if step.name != "records returned":  # one item has many records
                assert before.count + sum(each.count for each in step.changes) == step.count, step


def test_the_figure_is_an_image_that_is_described_in_words(dataset: Path) -> None:
    edit(dataset, "UPDATE study SET dataset = 'a<b&c'")
    figure = ElementTree.fromstring(run("--as", "svg").stdout)  # noqa: S314 (our own)
    space = "{http://www.w3.org/2000/svg}"
    title, description = (figure.find(f"{space}{name}") for name in ("title", "desc"))
    assert title is not None
    assert description is not None
    assert figure.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert (figure.get("role"), title.text) == ("img", "Records of the dataset a<b&c, step by step")
    labels = [label.text or "" for label in figure.iter(f"{space}text")]
    for flow in facts(dataset).flows:
        for step in flow.steps:
            assert f"{step.count:,} {step.name}" in labels
            assert f"{step.count:,} {step.name}" in str(description.text)


def test_the_figure_as_text_fits_into_a_terminal(dataset: Path) -> None:
    said = run("--as", "flow").stdout
    assert said.startswith("videos\n")
    assert max(map(len, said.splitlines())) <= 80
    assert run().stdout.endswith(said)

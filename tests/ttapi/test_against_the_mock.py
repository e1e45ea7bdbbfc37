"""ttapi against the mock server on a real socket. Neither imports the other; both implement the API."""

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date

import pytest
import requests

from tests.support import ADMIN, MockServer
from ttapi import (
    ENDPOINTS,
    Client,
    CommentsNotDisclosed,
    Condition,
    Credentials,
    CredentialsRefused,
    ItemRefused,
    Ledger,
    ListNotPublic,
    Query,
    QuotaExhausted,
    ScopeNotAuthorized,
    search,
)

WORKER = """
import json, sys
from ttapi import Client, Credentials, Ledger, QuotaExhausted
url, key, path, limit, username = sys.argv[1:]
sent = []
client = Client(url, credentials=Credentials(key, "mock-secret"), ledger=Ledger(path, limits={"general": int(limit)}),
                on_answer=lambda answer: sent.append(answer.code))
try:
    while True:
        client.call("user.info", {"username": username})
except QuotaExhausted:
    print(json.dumps(sent))
"""


@pytest.fixture(scope="module")
def sample(mock_server: MockServer):
    return requests.get(f"{mock_server.url}/__mock__/sample", timeout=10).json()


@pytest.fixture
def connect(mock_server, tmp_path):
    ledgers = []

    def connect(key="mock:quota=1000", credentials=None, attempts=4):
        ledger = Ledger(tmp_path / "quota.sqlite")
        ledgers.append(ledger)
        sent = []
        client = Client(
            mock_server.url,
            credentials=credentials or Credentials(key, "mock-secret"),
            ledger=ledger,
            on_answer=sent.append,
            sleep=lambda seconds: None,
            attempts=attempts,
        )
        client.sent = sent
        return client

    yield connect
    for ledger in ledgers:
        ledger.close()


def search_of(sample):
    query = Query(all=[Condition("hashtag_name", "EQ", sample["hashtag"])])
    return {"query": query, "start_date": sample["start_date"], "end_date": sample["end_date"]}


def ids_of_a_search(client):
    """The ids that ttapi returns for a search over ten days."""
    query = Query(any=[Condition("hashtag_name", "IN", ["fyp", "foryou"])]).to_body()
    pages = search(client, query, date(2025, 1, 1), date(2025, 1, 10), fields=["id"])
    return {record["id"] for page in pages for record in page.records}


def requests_counted_by(mock_server, key):
    headers = {"X-Mock-Admin-Token": ADMIN}
    tenants = requests.get(f"{mock_server.url}/__mock__/tenants", headers=headers, timeout=10).json()
    return next(tenant["quota"]["general"]["total"] for tenant in tenants if tenant["tenant"] == key)


def run_three(mock_server, key, path, limit, username):
    command = [sys.executable, "-c", WORKER, mock_server.url, key, str(path), str(limit), username]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) for _ in range(3)]
    return [Counter(json.loads(worker.communicate(timeout=60)[0])) for worker in workers]


@pytest.mark.slow
def test_three_processes_send_exactly_the_fifty_requests_of_a_quota_of_fifty(mock_server, sample, tmp_path):
    counters = run_three(mock_server, "mock:quota=50,follow_quota=7", tmp_path / "q.sqlite", 50, sample["username"])
    assert sum(counters, Counter()) == {"ok": 50}
    assert requests_counted_by(mock_server, "mock:quota=50,follow_quota=7") == 50


@pytest.mark.slow
def test_three_processes_that_do_not_know_the_quota_stop_when_the_api_reports_it_spent(mock_server, sample, tmp_path):
    counters = run_three(mock_server, "mock:quota=50,follow_quota=8", tmp_path / "q.sqlite", 1000, sample["username"])
    total = sum(counters, Counter())
    assert total["ok"] == 50
    assert 1 <= total["daily_quota_limit_exceeded"] <= 3


def test_a_search_without_failures_costs_one_request_per_hundred_hits(connect, sample):
    client = connect()
    pages = list(client.pages("video.query", search_of(sample), fields=["id", "create_time", "hashtag_names"]))
    hits = pages[-1].cursor or 0
    assert len(client.sent) == len(pages) == max(1, -(-hits // 100)) == client.spent()
    ids = [record["id"] for page in pages for record in page.records]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == len(set(ids)) > 0


def test_comments_cost_one_request_per_hundred_and_a_user_costs_one(connect, sample):
    client = connect()
    pages = list(client.pages("video.comments", {"video_id": int(sample["video_id"])}))
    assert len(client.sent) == max(1, -(-(pages[-1].cursor or 0) // 100))
    assert {record["video_id"] for page in pages for record in page.records} == {int(sample["video_id"])}
    before = len(client.sent)
    assert client.call("user.info", {"username": sample["username"]}).data["follower_count"] >= 0
    assert len(client.sent) == before + 1 == client.spent()


def test_an_unapproved_application_is_distinguished_from_wrong_credentials(connect, sample):
    with pytest.raises(ScopeNotAuthorized):
        connect("mock:unapproved").call("user.info", {"username": sample["username"]})
    with pytest.raises(CredentialsRefused):
        connect(credentials=Credentials("mock", "wrong")).token()


def test_a_token_that_expires_between_two_calls_is_renewed(connect, mock_server, sample):
    key = "mock:quota=900"
    client = connect(key)
    client.call("user.info", {"username": sample["username"]})
    first = client.token()
    mock_server.move_clock(key, "token-expiry")
    client.call("user.info", {"username": sample["username"]})
    assert client.token() != first
    assert [answer.code for answer in client.sent][-1] == "ok"
    assert client.spent() == 2


def test_after_the_servers_midnight_the_same_client_continues(connect, mock_server, sample):
    key = "mock:quota=2"
    client = connect(key)
    for _ in range(2):
        client.call("user.info", {"username": sample["username"]})
    with pytest.raises(QuotaExhausted) as excinfo:
        client.call("user.info", {"username": sample["username"]})
    assert excinfo.value.sent
    mock_server.move_clock(key, "next-utc-midnight")
    client.call("user.info", {"username": sample["username"]})
    assert client.spent() == 1
    assert client.now() >= excinfo.value.resets_at


def test_an_unknown_username_is_a_refused_item(connect):
    with pytest.raises(ItemRefused):
        connect().call("user.info", {"username": "nobody.has.this.name.at.all"})


BODIES = {
    "user.followers": lambda sample: {"username": sample["username"]},
    "user.following": lambda sample: {"username": sample["username"]},
    "user.liked": lambda sample: {"username": sample["username"]},
    "user.pinned": lambda sample: {"username": sample["username"]},
    "user.reposted": lambda sample: {"username": sample["username"]},
    "playlist.info": lambda sample: {"playlist_id": int(sample["playlist_id"])},
    "shop.info": lambda sample: {"shop_name": sample["shop_name"]},
}


@pytest.mark.parametrize("name", list(BODIES))
def test_every_list_is_read_to_its_end(connect, sample, name):
    client = connect()
    pages = list(client.pages(name, BODIES[name](sample)))
    records = [record for page in pages for record in page.records]
    assert records
    fields = {field.name for field in ENDPOINTS[name].codebook} | {"id"}
    assert all(set(record) <= fields for record in records)
    assert client.spent(ENDPOINTS[name].bucket) == len(pages) == len(client.sent)


def test_products_and_reviews_can_be_requested_from_a_shop(connect, sample):
    client = connect()
    (shop,) = client.call("shop.info", {"shop_name": sample["shop_name"], "limit": 1}).records
    products = [r for page in client.pages("shop.products", {"shop_id": shop["shop_id"]}) for r in page.records]
    assert products
    reviews = [
        r for page in client.pages("shop.reviews", {"product_id": str(products[0]["product_id"])}) for r in page.records
    ]
    assert all(review["create_time"] > 10**12 for review in reviews)


def test_a_compliance_task_returns_the_ids_that_are_still_available(connect, mock_server, sample):
    key = "mock:quota=800"
    client = connect(key)
    ids = [int(sample["video_id"]), 1]
    (task,) = client.call("compliance.create", {"file_data": ids, "category": "video"}).records
    mock_server.move_clock(key, "next-utc-midnight")
    (status,) = client.call("compliance.status", {"task_id": task["task_id"]}).records
    assert status["task_status"] == "Completed"
    answer = client.call("compliance.download", {"task_id": task["task_id"]})
    assert answer.records == [{"id": int(sample["video_id"])}]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_under_the_output_is_reported_in_one_sentence(mock_server, sample):
    environment = os.environ | {"TIKTOK_CLIENT_KEY": "mock", "TIKTOK_CLIENT_SECRET": "mock-secret"}
    command = [sys.executable, "-m", "ttapi", "--base-url", mock_server.url, "user", sample["username"]]
    with open("/dev/full", "wb") as full:
        process = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=environment, check=False)
    assert process.returncode == 1
    assert "ttapi: Cannot write the records: [Errno 28] No space left on device." in process.stderr
    assert "Traceback" not in process.stderr
    assert "Exception ignored" not in process.stderr


def test_the_command_line_works_against_a_real_server(mock_server, sample, tmp_path):
    environment = os.environ | {"TIKTOK_CLIENT_KEY": "mock", "TIKTOK_CLIENT_SECRET": "mock-secret"}
    start, end = sample["start_date"], sample["end_date"]
    words = ["videos", "--where", f"hashtag_name={sample['hashtag']}", "--from", start, "--to", end, "--max", "5"]
    command = [sys.executable, "-m", "ttapi", "--base-url", mock_server.url, *words]
    process = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)
    assert process.returncode == 0, process.stderr
    assert all(json.loads(line)["id"] > 2**53 for line in process.stdout.splitlines())
    assert 1 <= len(process.stdout.splitlines()) <= 5


@pytest.mark.parametrize(
    "quirk",
    [
        "fresh-search-id",
        "cursor-refused",
        "long-windows",
        "first-page-only",
        "broken-bodies",
        "short-rate-limit",
        "gateway-timeout",
        "cold-cache",
        "video-id-key",
        "search-id-changes",
        "duplicates",
        "null-bytes",
        "sparse",
    ],
)
def test_a_search_finds_the_same_videos_under_each_reported_quirk(connect, quirk):
    clean = ids_of_a_search(connect("mock:quota=700"))
    quirky = connect(f"mock:quota=700,quirks={quirk}", attempts=8)
    assert ids_of_a_search(quirky) == clean != set()
    assert quirky.spent() == len(quirky.sent)


def test_a_search_finds_the_same_videos_under_all_observed_quirks_together(connect):
    assert ids_of_a_search(connect("mock:quota=700,quirks=observed", attempts=12)) == ids_of_a_search(
        connect("mock:quota=700")
    )


@pytest.mark.parametrize(
    ("quirk", "name"),
    [
        ("user-500", "user.liked"),
        ("user-500", "user.followers"),
        ("playlist-500", "playlist.info"),
        ("reposted-key", "user.reposted"),
        ("liked-seconds", "user.liked"),
    ],
)
def test_a_list_returns_the_same_records_under_each_reported_quirk(connect, sample, quirk, name):
    def read(key):
        client = connect(key)
        return [record for page in client.pages(name, BODIES[name](sample)) for record in page.records], len(
            client.sent
        )

    assert read(f"mock:quota=600,quirks={quirk}") == read("mock:quota=600")


@pytest.mark.parametrize(
    ("quirk", "name", "error"),
    [
        ("comments-refused", "video.comments", CommentsNotDisclosed),
        ("lists-hidden", "user.liked", ListNotPublic),
        ("follow-scope", "user.followers", ScopeNotAuthorized),
    ],
)
def test_a_refusal_is_typed_and_costs_one_request(connect, sample, quirk, name, error):
    client = connect(f"mock:quota=600,quirks={quirk}")
    body = {"video_id": int(sample["video_id"])} if name == "video.comments" else BODIES[name](sample)
    with pytest.raises(error):
        list(client.pages(name, body))
    assert len(client.sent) == 1

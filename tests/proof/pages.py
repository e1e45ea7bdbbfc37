"""A build that is killed after each of its pages in turn sends no request twice, and ends with the same dataset."""

import random

from tests.proof.result import Result
from tests.proof.server import killed_at_random, new_folder
from tests.support import FOLDER
from tests.ttdata.comply.lost import Killed
from tests.ttdata.test_source_kinds import full_study
from tests.ttdata.worlds import collect_study, mock_tenant
from ttapi import Answer, Client
from ttdata.api.client import Connect, OnAnswer
from ttdata.build.dataset import build
from ttdata.build.digest import digest_of


def kill_at_every_page(trials: int, seed: int) -> Result:
    """Studies with every kind of source. trials: pages at most; seed: of the world."""
    result = Result()
    whole, pages = _digest_and_pages(seed, None)
    digest, _ = _digest_and_pages(seed, result)
    result.notes.append(f"{result.trials} kills in a build of {pages} pages")
    result.check(digest == whole, "the dataset differs from that of a build without kills")
    result.check(result.trials >= min(trials, pages), f"only {result.trials} kills")
    return result


def _digest_and_pages(seed: int, killed: Result | None) -> tuple[str, int]:
    """Collect and build. killed: kill after each page, and count."""
    seen: list[tuple[str, str]] = []
    with new_folder(), mock_tenant(f"seed={seed}") as connect:
        probability = 0.0 if killed is None else 1.0
        connect = killed_at_random(_noting(connect, seen), probability, random.Random(seed))
        while True:
            try:
                plan = collect_study(full_study(), connect)
                break
            except Killed:
                assert killed
                killed.check(len(seen) == len(set(seen)), f"page {len(seen)} was requested twice: {seen[-1]}")
        build(plan, "all", FOLDER.dataset("all"))
        return digest_of(FOLDER.dataset("all")), len(seen)


def _noting(connect: Connect, seen: list[tuple[str, str]]) -> Connect:
    """Clients that note each request."""

    def connect_and_note(on_answer: OnAnswer) -> Client:
        def noted(answer: Answer) -> None:
            seen.append((answer.endpoint, repr(sorted(answer.body.items(), key=str))))
            on_answer(answer)

        return connect(noted)

    return connect_and_note

"""The invented world: the same on every machine, distributed as measured for TikTok, consistent over time."""

from itertools import pairwise

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.mock_shapes import FIGURES, Figure, sample
from mockserver.tools.doctor import GOLDEN, world_digest
from mockserver.world.authorship import Authorship
from mockserver.world.hashing import Ownership, Permutation, Quantiles, Scatter
from mockserver.world.timeline import Timeline
from mockserver.world.times import BEGIN, DAY, EPOCH, SETTLED
from mockserver.world.videos import Videos
from mockserver.world.vocabulary import vocabulary
from mockserver.world.world import World, world

WORLD = world(1, 100_000)
EVERYTHING = WORLD.videos(np.arange(100_000))
SECONDS = WORLD.timeline.made(np.arange(WORLD.timeline.total))  # the second in the id of each video


def test_the_same_seed_makes_the_same_world_on_every_machine() -> None:
    assert world_digest(WORLD) == GOLDEN


def test_another_seed_makes_another_world() -> None:
    ids = [set(world(seed, 1_000).timeline.ids(np.arange(1_000)).tolist()) for seed in (1, 2)]
    assert len(ids[0] & ids[1]) < 10


@pytest.mark.parametrize("videos", [1, 7, 1_000, 100_000])
def test_a_world_has_the_requested_number_of_videos_by_the_epoch(videos: int) -> None:
    timeline = Timeline(3, videos)
    seconds = timeline.made(np.arange(timeline.total))
    assert (seconds < EPOCH).sum() == videos
    assert seconds.min() >= BEGIN


def test_ids_grow_with_the_index_and_can_be_converted_back() -> None:
    index = np.arange(WORLD.timeline.total)
    ids = WORLD.timeline.ids(index)
    assert (np.diff(ids) > 0).all()
    assert (WORLD.timeline.find(ids) == index).all()
    assert (WORLD.timeline.find(ids + 1) == -1).all()


@given(st.lists(st.integers(BEGIN - DAY, BEGIN + 12 * 366 * DAY), min_size=1, max_size=20))
def test_the_first_video_from_a_second_on_is_found(seconds: list[int]) -> None:
    assert WORLD.timeline.firsts_from(np.array(seconds)).tolist() == np.searchsorted(SECONDS, seconds).tolist()


def test_accounts_are_found_by_their_names() -> None:
    accounts = np.arange(0, WORLD.population.size, 37)
    names = WORLD.population.names(accounts)
    assert len(set(names)) == len(names)
    assert [WORLD.population.find(name) for name in names] == accounts.tolist()
    assert WORLD.population.find(names[0].upper()) == 0
    for nonsense in ("", "a", "anna", "anna.wiese007", "anna.wiese99999999999"):
        assert WORLD.population.find(nonsense) is None


def test_the_videos_of_an_account_have_it_as_their_author() -> None:
    for account in (0, 5, WORLD.population.pools[0].size + 3):
        videos = WORLD.population.videos(account)
        assert len(videos) > 0
        assert (WORLD.population.authors(videos) == account).all()
    authors = WORLD.population.authors(np.arange(200))
    for video, account in enumerate(authors.tolist()):
        assert video in WORLD.population.videos(account)


@given(st.integers(1, 9_000), st.integers(0, 2**63))
def test_every_video_has_one_author_in_its_region(size: int, seed: int) -> None:
    posts = Authorship(seed, size)
    videos = np.arange(size)
    authors = posts.authors(videos)
    assert (posts.regions_of(authors) == posts.regions(videos)).all()
    for account in {0, posts.accounts - 1, *authors[:20].tolist()}:
        assert sorted(posts.videos(account).tolist()) == videos[authors == account].tolist()


@given(st.integers(1, 2**31), st.integers(0, 2**63), st.integers(0, 2**31))
def test_a_scatter_can_be_inverted(size: int, hash_key: int, number: int) -> None:
    scatter, number = Scatter(hash_key, size), number % size
    assert scatter.inverse_one(scatter.forward_one(number)) == number
    assert scatter.forward(np.array([number])).tolist() == [scatter.forward_one(number)]


@given(st.integers(1, 5_000), st.integers(0, 2**63))
def test_a_permutation_maps_a_range_onto_itself(size: int, hash_key: int) -> None:
    permutation = Permutation(hash_key, size)
    result = permutation.forward(np.arange(size))
    assert sorted(result.tolist()) == list(range(size))
    assert (permutation.inverse(result) == np.arange(size)).all()


@given(st.lists(st.integers(0, 9), min_size=1, max_size=50).filter(any))
def test_every_item_has_one_owner(sizes: list[int]) -> None:
    ownership = Ownership(7, np.array(sizes))
    items = np.arange(sum(sizes))
    for owner, size in enumerate(sizes):
        assert sorted(ownership.of(owner).tolist()) == items[ownership.owner(items) == owner].tolist()
        assert len(ownership.of(owner)) == size


def test_quantiles_stay_within_their_bounds() -> None:
    table = Quantiles((0, 5), (500_000, 10), (1_000_000, 100))
    drawn = table(np.array([0, (1 << 31) - 1, 1 << 31, (1 << 32) - 1]))
    assert drawn.tolist() == [5, 9, 10, 99]


# Statistics


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: f"{figure.name}, {figure.recorded}")
def test_records_have_the_shapes_of_recorded_answers(figure: Figure) -> None:
    low, high = figure.range
    assert low <= figure.measure(sample(figure.source)) <= high


def test_no_word_needs_escapes_in_json() -> None:
    words = vocabulary()
    for text in (*words.phrases, *words.tags, *words.first, *words.second, *words.tail):
        assert orjson.dumps(text) == f'"{text}"'.encode()


def gini(values: np.ndarray) -> float:
    ordered = np.sort(values).astype(float)
    rank = np.arange(1, len(ordered) + 1)
    return float((2 * rank - len(ordered) - 1) @ ordered / (len(ordered) * ordered.sum()))


def test_views_are_as_unequal_as_measured() -> None:
    views = EVERYTHING.counts("view", EPOCH + 90 * DAY)
    assert 0.90 < gini(views) < 0.96
    assert 200 < np.median(views) < 300
    assert 70_000 < np.quantile(views, 0.99) < 120_000


def test_no_video_has_more_likes_than_views() -> None:
    for now in (EPOCH, EPOCH + 30 * DAY):
        assert (EVERYTHING.counts("like", now) <= EVERYTHING.counts("view", now)).all()


def test_the_day_has_a_peak_and_a_trough() -> None:
    hours = np.bincount(EVERYTHING.create_time % DAY // 3_600, minlength=24)
    assert 4 < hours.max() / hours.min() < 7.5


def test_most_videos_are_of_the_last_three_years() -> None:
    years = 1970 + EVERYTHING.create_time // (365.25 * DAY)
    assert (years >= 2024).mean() > 0.7
    assert set(years.tolist()) >= set(range(2018, 2027))


def test_hashtags_have_a_long_tail() -> None:
    _, tags, _ = EVERYTHING.tags
    counts = np.sort(np.unique(tags, return_counts=True)[1])[::-1]
    assert (counts == 1).sum() / len(counts) > 0.3
    top = np.log(counts[:100])
    slope = np.polyfit(np.log(np.arange(3, 103)), top, 1)[0]
    assert -1.6 < slope < -0.6


def test_shares_of_transcripts_removals_and_comments_are_as_reported() -> None:
    transcripts = sum(text is not None for text in WORLD.videos(range(5_000)).transcripts) / 5_000
    assert 0.10 < transcripts < 0.20
    assert 0.10 < EVERYTHING.removed(EPOCH + 90 * DAY).mean() < 0.25
    assert 0.4 < (EVERYTHING.counts("comment", EPOCH) > 0).mean() < 0.7


def test_names_and_texts_use_several_scripts() -> None:
    text = "".join(vocabulary().tags)
    for letter in ("клас"[0], "م", "猫", "고", "อ", "ת", "ज", "🔥", "🇩🇪"):
        assert letter in text, letter


def test_researchers_topics_are_found_in_the_default_world() -> None:
    start, end = (WORLD.timeline.first_from(EPOCH - days * DAY) for days in (510, 420))
    window = WORLD.videos(np.arange(start, end))
    window = WORLD.videos(window.index[window.public(EPOCH)])
    for region, tag in (("DE", "klima"), ("DE", "wahl"), ("US", "vape"), ("ES", "torrepacheco"), ("RO", "alegeri")):
        in_region = window.region == vocabulary().regions.index(region)
        hits = in_region & window.have_tag([WORLD.model.hashtags.find(tag)])
        assert hits.sum() >= 5, (region, tag)


def test_a_top_video_can_have_more_than_a_thousand_comments() -> None:
    most = int(EVERYTHING.counts("comment", EPOCH).max())
    assert 1_000 < most < 2_000


# Time


def lively_videos() -> Videos:
    return WORLD.videos(np.arange(WORLD.timeline.settled, WORLD.timeline.first_from(EPOCH)))


def test_counts_never_decrease_and_most_removed_videos_stay_removed() -> None:
    videos = lively_videos()
    days = [EPOCH + day * DAY for day in (0, 3, 10, 40)]
    for earlier, later in pairwise(days):
        for what in ("view", "like", "comment", "share", "favorites"):
            assert (videos.counts(what, later) >= videos.counts(what, earlier)).all()
        assert (videos.observed(later) >= videos.observed(earlier)).all()
    is_removed = videos.removed(EPOCH)
    assert 0.8 < videos.removed(EPOCH + 40 * DAY)[is_removed].mean() < 1
    assert videos.removed(EPOCH + 40 * DAY).sum() > is_removed.sum()


def test_followers_of_the_lively_era_grow_and_those_of_the_settled_era_do_not() -> None:
    first = WORLD.population.pools[1].base
    lively = max(range(first, first + 100), key=lambda account: len(WORLD.population.followers(account)[0]))
    settled = 3
    counts = {
        account: [(WORLD.population.followers(account)[1] <= now).sum() for now in (SETTLED, EPOCH, EPOCH + 300 * DAY)]
        for account in (lively, settled)
    }
    assert counts[lively][0] < counts[lively][1] < counts[lively][2]
    assert len(set(counts[settled])) == 1


def test_a_world_of_one_video_works() -> None:
    tiny = World(1, 1)
    assert tiny.user(0, EPOCH)["video_count"] in (0, 1)
    assert len(tiny.videos([0]).captions()) == 1

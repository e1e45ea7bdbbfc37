"""A batch of videos as columns that are computed when first read: functions of seed, size, index and time."""

from collections.abc import Callable, Collection
from functools import cached_property
from itertools import pairwise

import numpy as np

from mockserver.world.hashing import ONE, Curve, Ints, Mask, Quantiles, below, draws, hashed, key, one_in, pairs
from mockserver.world.hashtags import COUNTS, EVERYWHERE, KINDS, RARE, TOPIC, Hashtags, tag_names
from mockserver.world.population import Population
from mockserver.world.timeline import Timeline, make_id
from mockserver.world.times import DAY
from mockserver.world.vocabulary import vocabulary

_VIEWS = Quantiles(  # of a video in the end: log-normal, median 244, sigma 2.56
    *((0, 0), (10_000, 1), (50_000, 4), (100_000, 9), (250_000, 43), (400_000, 128), (500_000, 244), (600_000, 467)),
    *((700_000, 934), (750_000, 1_372), (800_000, 2_104), (850_000, 3_464), (900_000, 6_490), (930_000, 10_660)),
    *((950_000, 16_450), (970_000, 30_100), (980_000, 46_900), (990_000, 94_100), (995_000, 178_000)),
    *((999_000, 665_000), (999_900, 3_330_000), (999_990, 13_400_000), (1_000_000, 45_000_000)),
)
_GROWTH = Curve(  # of counts, in thousandths, by age in seconds
    (0, 0),
    (3_600, 80),
    (6 * 3_600, 300),
    (DAY, 550),
    (3 * DAY, 780),
    (7 * DAY, 880),
    (14 * DAY, 940),
    (30 * DAY, 985),
    (45 * DAY, 1_000),
    bits=8,
)
# Of a thousand views, how many likes, shares, favorites, comments: at least, and below how many more
_PER_THOUSAND = ((20, 130), (0, 9), (0, 25), (3, 11))
_COMMENTS = Curve((0, 0), (300, 300), (6_300, 1_300), (14_000, 1_999), (40_000, 1_999))
_SECONDS = Quantiles(
    (0, 4), (200_000, 10), (350_000, 15), (700_000, 45), (850_000, 70), (960_000, 180), (995_000, 420), (1_000_000, 600)
)
# How many phrases a caption has before its hashtags
_PHRASES = Quantiles((0, 0), (80_000, 1), (600_000, 2), (800_000, 3), (900_000, 5), (970_000, 10), (1_000_000, 30))
_SPEAKS = (260_000, 120_000)  # millionths of the videos in English, and in other languages, that have a transcript
SOUNDS = 5_000
_MENTIONS = 0.06  # of all videos
_AWAY = (ONE * 16 // 100, ONE * 18 // 100)  # draws below the first: removed for good; from there: private for some days
_FOUR = np.array([0, 16, 32, 48], dtype=np.uint64)
LIFE = 40 * DAY  # from the post to the last deletion or comment, at most
INDEXED_WITHIN = 2 * DAY
REFRESH = 10 * DAY  # between two looks of the archive at a video


class VideoModel:
    """What all videos of a world have in common."""

    def __init__(self, seed: int, videos: int, timeline: Timeline, population: Population) -> None:
        self.timeline, self.population = timeline, population
        self.hashtags = Hashtags(videos)
        self.seed = key(seed, "videos")
        self._keys: dict[str, int] = {}

    def key(self, purpose: str) -> int:
        """The key of the draws for a purpose."""
        if purpose not in self._keys:
            self._keys[purpose] = key(self.seed, purpose)
        return self._keys[purpose]


class Videos:
    """Some videos, by index."""

    def __init__(self, model: VideoModel, index: Ints) -> None:
        self.model, self.index = model, index
        self._archived: tuple[int, dict[str, Ints]] | None = None

    def __len__(self) -> int:
        return len(self.index)

    def where(self, mask: Mask) -> "Videos":
        """Those of the videos for which the mask is true."""
        return self if mask.all() else self[mask]

    def __getitem__(self, chosen: Mask | slice) -> "Videos":
        """Some of the videos, with the columns that are known already."""
        videos = Videos(self.model, self.index[chosen])
        vars(videos).update({name: column[chosen] for name, column in self._columns.items()})
        return videos

    def __add__(self, others: "Videos") -> "Videos":
        """These videos and others after them, with the columns that are known of both."""
        if not len(self):
            return others
        videos = Videos(self.model, np.concatenate([self.index, others.index]))
        known = self._columns.keys() & others._columns.keys()
        vars(videos).update({name: np.concatenate([vars(self)[name], vars(others)[name]]) for name in known})
        return videos

    @property
    def _columns(self) -> dict[str, Ints]:
        """The columns of numbers that are known already, the index among them."""
        return {name: column for name, column in vars(self).items() if isinstance(column, np.ndarray)}

    def draw(self, purpose: str) -> Ints:
        """A number in [0, 2**32) for each video, one for each purpose."""
        return draws(self.model.key(purpose), self.index)

    def below(self, purpose: str, limit: int) -> Ints:
        """A number in [0, limit) for each video."""
        return below(self.model.key(purpose), self.index, limit)

    def one_in(self, purpose: str, share: float) -> Mask:
        """True for that share of all videos."""
        return one_in(self.model.key(purpose), self.index, share)

    def perhaps(self, purpose: str, share: float, limit: int) -> Ints:
        """A number in [0, limit) for that share of all videos, -1 for the others."""
        draw, bound = self.draw(purpose), int(share * 1_000_000) * ONE // 1_000_000
        return np.where(draw < bound, draw * limit // bound, -1)

    def four_draws(self, purpose: str) -> Ints:
        """Four rows of numbers in [0, 2**16), one for each video: from one hash, as hashes take most of the time."""
        bits = hashed(self.model.key(purpose), self.index)
        return (bits >> _FOUR[:, None] & np.uint64(0xFFFF)).astype(np.int64)

    @cached_property
    def ids(self) -> Ints:
        return self.model.timeline.ids(self.index)

    @cached_property
    def create_time(self) -> Ints:
        return self.model.timeline.create_times(self.index)

    @cached_property
    def author(self) -> Ints:
        return self.model.population.authors(self.index)

    @cached_property
    def region(self) -> Ints:
        return self.model.population.regions_of_videos(self.index)

    @cached_property
    def hidden(self) -> Mask:
        """Whether each belongs to an account that the API never shows."""
        return self.model.population.hidden(self.author)

    # Text

    @cached_property
    def _language(self) -> Ints:
        words = vocabulary()
        return np.where(self.one_in("english", 0.12), words.languages.index("en"), words.region_language[self.region])

    @cached_property
    def _row(self) -> Ints:
        """The row of the vocabulary from which each takes its tags and phrases."""
        return vocabulary().topic_row(self._language, self.draw("topic"))

    @property
    def topic(self) -> Ints:
        return vocabulary().topic_of(self._row)

    @cached_property
    def _tag_count(self) -> Ints:
        return COUNTS(self.draw("tags"))

    def _tag_slots(self, kind: str) -> tuple[Ints, Ints, Ints]:
        """The used slots of a kind: the position of the video of each, the number of the slot, and a draw."""
        video, nth = _spread(KINDS[kind].below[self._tag_count])
        slot = KINDS[kind].of[nth]
        return video, slot, draws(self.model.key("tag"), pairs(self.index[video], slot))

    def _tag(self, kind: str, video: Ints, draw: Ints) -> Ints:
        """The number of the tag in each slot."""
        words, hashtags = vocabulary(), self.model.hashtags
        if kind == TOPIC:
            return words.topic_tags.pick_early(self._row[video], draw)
        if kind == EVERYWHERE:
            return (draw >> 16) ** 2 * words.everywhere >> 32
        return hashtags.rare_of(draw) + hashtags.common

    @cached_property
    def tags(self) -> tuple[Ints, Ints, Ints]:
        """The tags in the order of the captions, each once: the position of the video of each, its number, a draw."""
        start = np.cumsum(self._tag_count) - self._tag_count
        tag, draw = np.empty((2, int(self._tag_count.sum())), dtype=np.int64)
        for kind in KINDS:
            video, slot, draws_ = self._tag_slots(kind)
            place = start[video] + slot
            tag[place], draw[place] = self._tag(kind, video, draws_), draws_
        video, nth = _spread(self._tag_count)
        kept = _first_of_each(video, tag, nth)
        return video[kept], tag[kept], draw[kept]

    def have_tag(self, tags: Collection[int]) -> Mask:
        """Which have at least one of the tags."""
        words, hit = vocabulary(), np.zeros(len(self), dtype=bool)
        is_sought = np.isin(np.arange(len(words.tags)), list(tags))
        if is_sought[: words.everywhere].any():
            video, _, draw = self._tag_slots(EVERYWHERE)
            hit[video[is_sought[self._tag(EVERYWHERE, video, draw)]]] = True
        if intervals := self.model.hashtags.rare_draws(tags):
            video, _, draw = self._tag_slots(RARE)
            for first, end in intervals:
                hit[video[(draw >= first) & (draw < end)]] = True
        rows = words.topic_tags.with_any(is_sought)
        if rows.any():
            about = np.nonzero(rows[self._row])[0]
            videos = Videos(self.model, self.index[about])
            video, _, draw = videos._tag_slots(TOPIC)
            hit[about[video[is_sought[videos._tag(TOPIC, video, draw)]]]] = True
        return hit

    @cached_property
    def phrases(self) -> tuple[Ints, Ints]:
        """The phrases in the order of the captions, each once: the position of the video of each, and its number.

        The first, third and so on are about the topic, the others about daily life.
        """
        words = vocabulary()
        video, nth = _spread(_PHRASES(self.draw("phrases")))
        row = np.where(nth % 2, words.life_row(self._language)[video], self._row[video])
        draw = draws(self.model.key("phrase"), pairs(self.index[video], nth))
        phrase = words.topic_phrases.pick(row, draw)
        kept = _first_of_each(video, phrase, nth)
        return video[kept], phrase[kept]

    def have_phrase(self, phrases: Mask) -> Mask:
        """Which have at least one of the phrases. phrases: which of all phrases are sought."""
        words, hit = vocabulary(), np.zeros(len(self), dtype=bool)
        rows = words.topic_phrases.with_any(phrases)
        if rows.any():
            about = np.nonzero(rows[self._row] | rows[words.life_row(self._language)])[0]
            video, phrase = Videos(self.model, self.index[about]).phrases
            hit[about[video[phrases[phrase]]]] = True
        return hit

    @cached_property
    def mention(self) -> Ints:
        """The account that is mentioned, or -1."""
        return self.perhaps("mention", _MENTIONS, self.model.population.size)

    def have_mention(self, test: Callable[[Ints], Mask] | None = None) -> Mask:
        """Which mention an account that passes a test."""
        hit = self.one_in("mention", _MENTIONS)
        if test:
            hit[hit] = test(Videos(self.model, self.index[hit]).mention)
        return hit

    @cached_property
    def mention_names(self) -> list[str | None]:
        names = iter(self.model.population.names(self.mention[self.mention >= 0]))
        return [next(names) if mention >= 0 else None for mention in self.mention.tolist()]

    @cached_property
    def tag_names(self) -> list[bytes]:
        """The names of `tags` in UTF-8."""
        return tag_names().names(self.tags[1])

    @cached_property
    def tag_spans(self) -> list[tuple[int, int]]:
        """Where in `tags` those of each video begin and end."""
        return _spans(self.tags[0], len(self))

    @cached_property
    def hashtag_order(self) -> list[int]:
        """The places in `tags` in the order of hashtag_names, in the same spans: a few keep that of captions."""
        video, _, draw = self.tags
        draw = np.where(self.one_in("tags in order", 0.05)[video], 0, draw)
        order: list[int] = (np.sort(video << 45 | draw >> 11 << 24 | np.arange(len(video))) & 0xFFFFFF).tolist()
        return order

    def captions(self, before: bytes = b"", after: bytes = b"") -> list[bytes]:
        """The descriptions in UTF-8: phrases, then a mention, then hashtags, each with a blank after it.

        before, after: what each begins and ends with.
        """
        video, phrase = self.phrases
        said = list(map(vocabulary().encoded_phrases.__getitem__, phrase.tolist()))
        names = self.tag_names
        mentions = [f"@{name} ".encode() if name else b"" for name in self.mention_names]
        spans = zip(_spans(video, len(self)), self.tag_spans, mentions, strict=True)
        return [
            b"".join([before, *said[start:end], mention, b"#", b" #".join(names[first:last]), b" ", after])
            if last > first
            else b"".join([before, *said[start:end], mention, after])
            for (start, end), (first, last), mention in spans
        ]

    @cached_property
    def transcripts(self) -> list[str | None]:
        """What is spoken in some of the videos."""
        words = vocabulary()
        share = np.where(self._language == words.languages.index("en"), *_SPEAKS)
        speaks = self.draw("transcript") < share * ONE // 1_000_000
        videos, texts = self[speaks], [None] * len(self)  # type: tuple[Videos, list[str | None]]
        said = (words.topic_phrases.pick(videos._row, videos.draw(name)).tolist() for name in ("spoken", "spoken next"))
        for row, first, second in zip(np.nonzero(speaks)[0].tolist(), *said, strict=True):
            texts[row] = f"{words.phrases[first]}. {words.phrases[second]}."
        return texts

    # Properties

    @cached_property
    def duration(self) -> Ints:
        return _SECONDS(self.draw("seconds"))

    @cached_property
    def music(self) -> Ints:
        """The id of the sound: two in five videos use a shared one, the others their own."""
        own = self.ids + (19 + self.below("sound delay", 110) << 32)
        draw = self.draw("sound") >> 16
        shared = draw * draw * SOUNDS >> 32
        second = 1_500_000_000 + draws(self.model.key("sound made"), shared) * 14_000_000 // (1 << 32)
        return np.where(self.one_in("shared sound", 0.4), make_id(second, shared), own)

    @cached_property
    def effect(self) -> Ints:
        """The number of the effect, or -1."""
        return self.perhaps("effect", 0.008, len(vocabulary().effects))

    @cached_property
    def playlist(self) -> Ints:
        """The id of the playlist that each is in, or -1."""
        population, playlist = self.model.population, np.full(len(self), -1, dtype=np.int64)
        is_listed = self.in_playlist & population.has_playlist(self.author)
        playlist[is_listed] = population.playlist_ids(self.author[is_listed])
        return playlist

    @cached_property
    def in_playlist(self) -> Mask:
        return self.one_in("in playlist", 0.1)

    @cached_property
    def sticker(self) -> Ints:
        return self.perhaps("sticker", 0.03, len(vocabulary().stickers))

    @cached_property
    def stem(self) -> Mask:
        return self.one_in("stem", 0.02)

    @cached_property
    def mark(self) -> Ints:
        """The video_tag: 0 none, 1 and 2 AI, 3 paid partnership, 4 earns commission."""
        return self.perhaps("mark", 0.05, 4) + 1

    def spread(self, limit: int) -> Ints:
        """The seconds from each post until an account that likes or reposts it does so; below limit."""
        return self.below("spread", limit)

    @cached_property
    def shuffle(self) -> Ints:
        return (hashed(self.model.key("shuffle"), self.index) & np.uint64(7)).astype(np.int64)

    @cached_property
    def comments_closed(self) -> Mask:
        return self.one_in("comments closed", 0.01)

    # Over time

    @cached_property
    def _final(self) -> dict[str, Ints]:
        views = _VIEWS(self.draw("views"))
        likes, shares, favorites, comments = (
            views * (least + (draw * limit >> 16)) // 1_000
            for draw, (least, limit) in zip(self.four_draws("counts"), _PER_THOUSAND, strict=True)
        )
        return {
            "view": views,
            "like": likes,
            "share": shares,
            "favorites": favorites,
            "comment": np.where(self.comments_closed, 0, _COMMENTS(comments)),
        }

    @property
    def comments_ever(self) -> Ints:
        """How many comments each ever gets."""
        return self._final["comment"]

    def counts(self, what: str, now: int | Ints) -> Ints:
        """The view, like, share, favorites or comment counts at a moment."""
        return self._final[what] * _GROWTH(now - self.create_time) // 1_000

    def observed(self, now: int) -> Ints:
        """When the archive last updated each video: when it was indexed, then every ten days."""
        phase = self.below("refresh", REFRESH)
        looked = (now - phase) // REFRESH * REFRESH + phase
        observed: Ints = np.maximum(looked, np.minimum(self.indexed, now))
        return observed

    def archived(self, now: int) -> dict[str, Ints]:
        """All counts as they were when the archive last updated each video. Those of the latest moment are kept."""
        if self._archived is None or self._archived[0] != now:
            growth = _GROWTH(self.observed(now) - self.create_time)
            self._archived = now, {what: final * growth // 1_000 for what, final in self._final.items()}
        return self._archived[1]

    @cached_property
    def indexed(self) -> Ints:
        """When each can be searched: up to 48 h after the post."""
        return self.create_time + 3_600 + self.below("index", INDEXED_WITHIN - 3_600)

    def removed(self, now: int) -> Mask:
        """Which are deleted, or private for some days, at a moment. All this happens in the first 40 days."""
        removal = self.create_time + DAY + self.below("removal", LIFE - DAY)
        fate = self.draw("fate")
        is_private = (fate >= _AWAY[0]) & (fate < _AWAY[1]) & (now >= removal - 20 * DAY) & (now < removal)
        return ((fate < _AWAY[0]) & (now >= removal)) | is_private

    def public(self, now: int) -> Mask:
        """Which are posted by now, and neither removed nor of a hidden account."""
        return ~self.hidden & self.kept(now)

    def kept(self, now: int) -> Mask:
        """Which are posted by now and not removed."""
        return ~self.removed(now) & (self.create_time <= now)


def effect_id(effect: Ints) -> Ints:
    """The id of each effect, -1 for none."""
    return np.where(effect >= 0, 101_000 + effect * 37, -1)


def _first_of_each(group: Ints, number: Ints, nth: Ints) -> Ints:
    """The places of the first occurrence of each number in a group, ascending. nth: the places within the groups.

    There are at most 2**18 groups, 2**24 numbers and 2**8 places in a group: as one integer, they are sorted fast.
    """
    keys = np.sort((group << 24 | number) << 8 | nth)
    first = keys[np.diff(keys >> 8, prepend=-1) != 0]
    starts = np.nonzero(nth == 0)[0]  # of the groups that are not empty
    start = np.empty(int(group[-1]) + 1 if len(group) else 0, dtype=np.int64)
    start[group[starts]] = starts
    return np.sort(start[first >> 32] + (first & 0xFF))


def _spans(position: Ints, count: int) -> list[tuple[int, int]]:
    """Where each of the positions 0 to count - 1 begins and ends in a sorted array of them."""
    return list(pairwise(np.searchsorted(position, np.arange(count + 1)).tolist()))


def _spread(counts: Ints) -> tuple[Ints, Ints]:
    """A row for each of the things that `counts` counts: the position in `counts`, and which of its things it is."""
    position = np.repeat(np.arange(len(counts)), counts)
    return position, np.arange(len(position)) - np.repeat(np.cumsum(counts) - counts, counts)

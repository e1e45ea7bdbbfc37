"""A batch of videos as columns that are computed when first read: functions of seed, size, index and time."""

from functools import cached_property

import numpy as np

from mockserver.world.hashing import Curve, Ints, Mask, Permutation, Quantiles, below, draws, hashed, ints, key, one_in
from mockserver.world.population import Population
from mockserver.world.timeline import Timeline, make_id
from mockserver.world.times import DAY
from mockserver.world.vocabulary import Names, vocabulary

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
)
_COMMENTS = Curve((0, 0), (300, 300), (6_300, 1_300), (14_000, 1_999), (40_000, 1_999))
_SECONDS = Quantiles(
    (0, 4), (200_000, 10), (350_000, 15), (700_000, 45), (850_000, 70), (960_000, 180), (995_000, 420), (1_000_000, 600)
)
_TAGS = Quantiles(
    (0, 0),
    (80_000, 1),
    (220_000, 2),
    (400_000, 3),
    (600_000, 4),
    (760_000, 5),
    (880_000, 6),
    (950_000, 7),
    (999_999, 8),
    (1_000_000, 9),
)
_RARE = ((0, 0), (300_000, 60), (600_000, 2_000), (800_000, 30_000))

TAG_SLOTS = ("topic", "everywhere", "topic", "rare", "everywhere", "topic", "rare", "everywhere")
RARE_TAGS = Names(vocabulary().first + vocabulary().tail, vocabulary().tail + vocabulary().second, ("",))
SOUNDS = 5_000
LIFE = 40 * DAY  # from the post to the last deletion or comment, at most
INDEXED_WITHIN = 2 * DAY
REFRESH = 10 * DAY  # between two looks of the archive at a video


class VideoModel:
    """What all videos of a world have in common: keys, tables, permutations."""

    def __init__(self, seed: int, videos: int, timeline: Timeline, population: Population) -> None:
        self.timeline, self.population = timeline, population
        self.seed = key(seed, "videos")
        self.rare = max(40_000, videos // 2)
        self.rare_tag = Quantiles(*_RARE, (1_000_000, self.rare))
        self.rare_names = Permutation(key("rare names"), 20_000_000)

    def tag_name(self, tag: int) -> str:
        return self.tag_names(ints(tag))[tag]

    def tag_names(self, tags: Ints) -> dict[int, str]:
        """The names of tags by their numbers; -1, for no tag, is ignored."""
        words = vocabulary()
        names = dict(enumerate(words.tags))
        rare = np.unique(tags[tags >= len(words.tags)])
        numbers = self.rare_names.forward(rare - len(words.tags))
        return names | dict(zip(rare.tolist(), map(RARE_TAGS.name, numbers.tolist()), strict=True))

    def find_tag(self, name: str) -> int:
        """The number of a tag, in any case; -1 if no video can have it."""
        words = vocabulary()
        folded = name.casefold()
        for number, tag in enumerate(words.tags):
            if tag.casefold() == folded:
                return number
        name_number = RARE_TAGS.number(folded)
        if name_number is None or name_number >= self.rare_names.size:
            return -1
        rare = int(self.rare_names.inverse(np.array([name_number]))[0])
        return rare + len(words.tags) if rare < self.rare else -1


class Videos:
    """Some videos, by index."""

    def __init__(self, model: VideoModel, index: Ints) -> None:
        self.model, self.index = model, index

    def __len__(self) -> int:
        return len(self.index)

    def draw(self, purpose: str) -> Ints:
        """A number in [0, 2**32) for each video, one for each purpose."""
        return draws(key(self.model.seed, purpose), self.index)

    def below(self, purpose: str, limit: int) -> Ints:
        """A number in [0, limit) for each video."""
        return below(key(self.model.seed, purpose), self.index, limit)

    def one_in(self, purpose: str, share: float) -> Mask:
        """True for that share of all videos."""
        return one_in(key(self.model.seed, purpose), self.index, share)

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
        return self.model.population.regions(self.author)

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
    def topic(self) -> Ints:
        ends = vocabulary().topic_ends[self._language]
        topic: Ints = (self.draw("topic")[:, None] >= ends).sum(axis=1)
        return topic

    @cached_property
    def _row(self) -> Ints:
        return vocabulary().row(self._language, self.topic)

    @cached_property
    def tags(self) -> Ints:
        """Tag numbers: a row of eight for each video, with -1 in slots that are not used."""
        words = vocabulary()
        columns = []
        count = _TAGS(self.draw("tags"))
        for slot, kind in enumerate(TAG_SLOTS):
            draw = self.draw(f"tag {slot}")
            if kind == "topic":
                tag = words.flat_tags[words.topic_tags.pick_early(self._row, draw)]
            elif kind == "everywhere":
                tag = (draw >> 16) ** 2 * words.everywhere >> 32
            else:
                tag = self.model.rare_tag(draw) + len(words.tags)
            columns.append(np.where(slot < count, tag, -1))
        return np.stack(columns, axis=1)

    @cached_property
    def phrases(self) -> Ints:
        """Phrase numbers: one about daily life for two in five videos (else -1), then one about the topic."""
        words = vocabulary()
        about_topic = words.topic_phrases.pick(self._row, self.draw("phrase"))
        life = words.row(self._language, np.full(len(self), words.topics.index("life"), dtype=np.int64))
        about_life = words.topic_phrases.pick(life, self.draw("small talk"))
        return np.stack([np.where(self.one_in("talks", 0.4), about_life, -1), about_topic], axis=1)

    @cached_property
    def mention(self) -> Ints:
        """The account that is mentioned, or -1."""
        return np.where(self.one_in("mentions", 0.06), self.below("mention", self.model.population.size), -1)

    @cached_property
    def hashtags(self) -> list[list[str]]:
        names = self.model.tag_names(self.tags)
        return [list(dict.fromkeys(names[tag] for tag in row if tag >= 0)) for row in self.tags.tolist()]

    def descriptions(self) -> list[str]:
        words = vocabulary()
        names = iter(self.model.population.names(self.mention[self.mention >= 0]))
        texts = []
        for row, tags, mention in zip(self.phrases.tolist(), self.hashtags, self.mention.tolist(), strict=True):
            parts = [words.phrases[phrase] for phrase in row if phrase >= 0]
            parts += ["@" + next(names)] if mention >= 0 else []
            texts.append(" ".join([*parts, *("#" + tag for tag in tags)]) + " " * bool(tags))
        return texts

    def transcripts(self) -> list[str | None]:
        """What is spoken, for about 15 % of the videos."""
        words = vocabulary()
        has_transcript = self.one_in("transcript", 0.15).tolist()
        second = words.topic_phrases.pick(self._row, self.draw("second phrase")).tolist()
        return [
            f"{words.phrases[first]}. {words.phrases[then]}." if has else None
            for has, first, then in zip(has_transcript, self.phrases[:, 1].tolist(), second, strict=True)
        ]

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
        second = 1_500_000_000 + draws(key(self.model.seed, "sound made"), shared) * 14_000_000 // (1 << 32)
        return np.where(self.one_in("shared sound", 0.4), make_id(second, shared), own)

    @cached_property
    def effect(self) -> Ints:
        """The number of the effect, or -1."""
        return np.where(self.one_in("effect", 0.06), self.below("which effect", len(vocabulary().effects)), -1)

    @cached_property
    def playlist(self) -> Ints:
        """The id of the playlist that each is in, or -1."""
        population = self.model.population
        is_listed = population.has_playlist(self.author) & self.in_playlist
        return np.where(is_listed, population.playlist_ids(self.author), -1)

    @cached_property
    def in_playlist(self) -> Mask:
        return self.one_in("in playlist", 0.3)

    @cached_property
    def sticker(self) -> Ints:
        return np.where(self.one_in("sticker", 0.03), self.below("which sticker", len(vocabulary().stickers)), -1)

    @cached_property
    def stem(self) -> Mask:
        return self.one_in("stem", 0.02)

    @cached_property
    def mark(self) -> Ints:
        """The video_tag: 0 none, 1 and 2 AI, 3 paid partnership, 4 earns commission."""
        return np.where(self.one_in("mark", 0.05), 1 + self.below("which mark", 4), 0)

    def spread(self, limit: int) -> Ints:
        """The seconds from each post until an account that likes or reposts it does so; below limit."""
        return self.below("spread", limit)

    @cached_property
    def shuffle(self) -> Ints:
        return (hashed(key(self.model.seed, "shuffle"), self.index) & np.uint64(7)).astype(np.int64)

    @cached_property
    def comments_closed(self) -> Mask:
        return self.one_in("comments closed", 0.01)

    # Over time

    @cached_property
    def _final(self) -> dict[str, Ints]:
        views = _VIEWS(self.draw("views"))
        comments = views * (2 + self.below("talk", 9)) // 1_000
        return {
            "view": views,
            "like": views * (20 + self.below("likes", 130)) // 1_000,
            "share": views * self.below("shares", 12) // 1_000,
            "favorites": views * self.below("favorites", 25) // 1_000,
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
        return np.maximum(now - (now - phase) % REFRESH, np.minimum(self.indexed, now))

    @cached_property
    def indexed(self) -> Ints:
        """When each can be searched: up to 48 h after the post."""
        return self.create_time + 3_600 + self.below("index", INDEXED_WITHIN - 3_600)

    def removed(self, now: int) -> Mask:
        """Which are deleted, or private for some days, at a moment. All this happens in the first 40 days."""
        removal = self.create_time + DAY + self.below("removal", LIFE - DAY)
        is_private = self.one_in("away", 0.02) & (now >= removal - 20 * DAY) & (now < removal)
        return (self.one_in("removed", 0.16) & (now >= removal)) | is_private

    def public(self, now: int) -> Mask:
        """Which are posted by now, and neither removed nor of a hidden account."""
        return ~self.hidden & ~self.removed(now) & (self.create_time <= now)

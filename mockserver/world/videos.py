"""A batch of videos as lazily computed columns: every value a pure function of (seed, videos, index, time)."""

from functools import cached_property

import numpy as np

from mockserver.world.hashing import Curve, Ints, Mask, Permutation, Quantiles, below, draws, hashed, ints, key, one_in
from mockserver.world.population import Population
from mockserver.world.timeline import Timeline, make_id
from mockserver.world.times import DAY
from mockserver.world.vocabulary import Names, vocabulary

_VIEWS = Quantiles(  # of a video when it is over: log-normal, median 244, sigma 2.56
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
LIFE = 40 * DAY  # the last deletion or comment comes this long after the post at the latest
INDEXED_WITHIN = 2 * DAY
REFRESH = 10 * DAY


class VideoLaws:
    """What is the same for all videos of a world: keys, tables, permutations."""

    def __init__(self, seed: int, videos: int, timeline: Timeline, population: Population) -> None:
        self.timeline, self.population = timeline, population
        self.seed = key(seed, "videos")
        self.rare = max(40_000, videos // 2)
        self.rare_tag = Quantiles(*_RARE, (1_000_000, self.rare))
        self.rare_names = Permutation(key("rare names"), 20_000_000)

    def tag_name(self, tag: int) -> str:
        return self.tag_names(ints(tag))[tag]

    def tag_names(self, tags: Ints) -> dict[int, str]:
        """The names of tags by their numbers; -1 for no tag is passed over."""
        words = vocabulary()
        names = dict(enumerate(words.tags))
        rare = np.unique(tags[tags >= len(words.tags)])
        numbers = self.rare_names.forward(rare - len(words.tags))
        return names | dict(zip(rare.tolist(), map(RARE_TAGS.name, numbers.tolist()), strict=True))

    def find_tag(self, name: str) -> int:
        """The number of a tag, whatever its case; -1 if no video can bear it."""
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
    """Some videos, by index. Columns are computed when first read."""

    def __init__(self, laws: VideoLaws, index: Ints) -> None:
        self.laws, self.index = laws, index

    def __len__(self) -> int:
        return len(self.index)

    def _draw(self, what: str) -> Ints:
        return draws(key(self.laws.seed, what), self.index)

    def _below(self, what: str, limit: int) -> Ints:
        return below(key(self.laws.seed, what), self.index, limit)

    def _one_in(self, what: str, share: float) -> Mask:
        return one_in(key(self.laws.seed, what), self.index, share)

    @cached_property
    def ids(self) -> Ints:
        return self.laws.timeline.ids(self.index)

    @cached_property
    def create_time(self) -> Ints:
        return self.laws.timeline.create_times(self.index)

    @cached_property
    def author(self) -> Ints:
        return self.laws.population.authors(self.index)

    @cached_property
    def region(self) -> Ints:
        return self.laws.population.regions(self.author)

    @cached_property
    def hidden(self) -> Mask:
        """Of accounts that the API never shows."""
        return self.laws.population.hidden(self.author)

    # Text

    @cached_property
    def _language(self) -> Ints:
        words = vocabulary()
        return np.where(self._one_in("english", 0.12), words.languages.index("en"), words.region_language[self.region])

    @cached_property
    def topic(self) -> Ints:
        ends = vocabulary().topic_ends[self._language]
        chosen: Ints = (self._draw("topic")[:, None] >= ends).sum(axis=1)
        return chosen

    @cached_property
    def _row(self) -> Ints:
        return vocabulary().row(self._language, self.topic)

    @cached_property
    def tags(self) -> Ints:
        """Tag numbers, a row of eight for each video; -1 in slots that are not used."""
        words = vocabulary()
        columns = []
        count = _TAGS(self._draw("tags"))
        for slot, kind in enumerate(TAG_SLOTS):
            draw = self._draw(f"tag {slot}")
            if kind == "topic":
                tag = words.flat_tags[words.topic_tags.early(self._row, draw)]
            elif kind == "everywhere":
                tag = (draw >> 16) ** 2 * words.everywhere >> 32
            else:
                tag = self.laws.rare_tag(draw) + len(words.tags)
            columns.append(np.where(slot < count, tag, -1))
        return np.stack(columns, axis=1)

    @cached_property
    def phrases(self) -> Ints:
        """Phrase numbers: what the video says, and for two in five something of daily life before it (else -1)."""
        words = vocabulary()
        said = words.topic_phrases.even(self._row, self._draw("phrase"))
        life = words.row(self._language, np.full(len(self), words.topics.index("life"), dtype=np.int64))
        small = words.topic_phrases.even(life, self._draw("small talk"))
        return np.stack([np.where(self._one_in("talks", 0.4), small, -1), said], axis=1)

    @cached_property
    def mention(self) -> Ints:
        """The account that is mentioned, or -1."""
        return np.where(self._one_in("mentions", 0.06), self._below("mention", self.laws.population.size), -1)

    @cached_property
    def hashtags(self) -> list[list[str]]:
        names = self.laws.tag_names(self.tags)
        return [list(dict.fromkeys(names[tag] for tag in row if tag >= 0)) for row in self.tags.tolist()]

    def descriptions(self) -> list[str]:
        words = vocabulary()
        mentioned = iter(self.laws.population.names(self.mention[self.mention >= 0]))
        out = []
        for row, tags, mention in zip(self.phrases.tolist(), self.hashtags, self.mention.tolist(), strict=True):
            parts = [words.phrases[phrase] for phrase in row if phrase >= 0]
            parts += ["@" + next(mentioned)] if mention >= 0 else []
            out.append(" ".join([*parts, *("#" + tag for tag in tags)]) + " " * bool(tags))
        return out

    def transcripts(self) -> list[str | None]:
        """What is said, for about 15 % of the videos."""
        words = vocabulary()
        spoken = self._one_in("transcript", 0.15).tolist()
        second = words.topic_phrases.even(self._row, self._draw("second phrase")).tolist()
        return [
            f"{words.phrases[first]}. {words.phrases[then]}." if has else None
            for has, first, then in zip(spoken, self.phrases[:, 1].tolist(), second, strict=True)
        ]

    # Things

    @cached_property
    def duration(self) -> Ints:
        return _SECONDS(self._draw("seconds"))

    @cached_property
    def music(self) -> Ints:
        """The sound's id: two in five use a shared sound, the others their own, made a little later."""
        own = self.ids + (19 + self._below("sound delay", 110) << 32)
        draw = self._draw("sound") >> 16
        shared = draw * draw * SOUNDS >> 32
        made = 1_500_000_000 + draws(key(self.laws.seed, "sound made"), shared) * 14_000_000 // (1 << 32)
        return np.where(self._one_in("shared sound", 0.4), make_id(made, shared), own)

    @cached_property
    def effect(self) -> Ints:
        """The number of the effect used, or -1."""
        return np.where(self._one_in("effect", 0.06), self._below("which effect", len(vocabulary().effects)), -1)

    @cached_property
    def playlist(self) -> Ints:
        """The id of the playlist that holds the video, or -1."""
        people = self.laws.population
        listed = people.has_playlist(self.author) & self.in_playlist
        return np.where(listed, people.playlist_ids(self.author), -1)

    @cached_property
    def in_playlist(self) -> Mask:
        return self._one_in("in playlist", 0.3)

    @cached_property
    def sticker(self) -> Ints:
        return np.where(self._one_in("sticker", 0.03), self._below("which sticker", len(vocabulary().stickers)), -1)

    @cached_property
    def stem(self) -> Mask:
        return self._one_in("stem", 0.02)

    @cached_property
    def mark(self) -> Ints:
        """The video_tag: 0 none, 1 and 2 AI, 3 paid partnership, 4 earns commission."""
        return np.where(self._one_in("mark", 0.05), 1 + self._below("which mark", 4), 0)

    def spread(self, limit: int) -> Ints:
        """How long after each post an account that likes or reposts it does so; below limit seconds."""
        return self._below("spread", limit)

    @cached_property
    def shuffle(self) -> Ints:
        return (hashed(key(self.laws.seed, "shuffle"), self.index) & np.uint64(7)).astype(np.int64)

    @cached_property
    def comments_closed(self) -> Mask:
        return self._one_in("comments closed", 0.01)

    # Over time

    @cached_property
    def _final(self) -> dict[str, Ints]:
        views = _VIEWS(self._draw("views"))
        talk = views * (2 + self._below("talk", 9)) // 1_000
        return {
            "view": views,
            "like": views * (20 + self._below("likes", 130)) // 1_000,
            "share": views * self._below("shares", 12) // 1_000,
            "favorites": views * self._below("favorites", 25) // 1_000,
            "comment": np.where(self.comments_closed, 0, _COMMENTS(talk)),
        }

    @property
    def comments_ever(self) -> Ints:
        """How many comments each ever gets."""
        return self._final["comment"]

    def counts(self, what: str, now: int | Ints) -> Ints:
        """view, like, share, favorites or comment counts as they are at a moment."""
        return self._final[what] * _GROWTH(now - self.create_time) // 1_000

    def observed(self, now: int) -> Ints:
        """When the archive last looked at each video: at its indexing, then every ten days."""
        phase = self._below("refresh", REFRESH)
        return np.maximum(now - (now - phase) % REFRESH, np.minimum(self.indexed, now))

    @cached_property
    def indexed(self) -> Ints:
        """When each becomes searchable: up to 48 h after the post."""
        return self.create_time + 3_600 + self._below("index", INDEXED_WITHIN - 3_600)

    def removed(self, now: int) -> Mask:
        """Deleted, or made private for some days, by a moment. All of it happens in the first 40 days."""
        after = self.create_time + DAY + self._below("removal", LIFE - DAY)
        away = self._one_in("away", 0.02) & (now >= after - 20 * DAY) & (now < after)
        return (self._one_in("removed", 0.16) & (now >= after)) | away

    def public(self, now: int) -> Mask:
        """Neither removed nor of a hidden account, and posted by now."""
        return ~self.hidden & ~self.removed(now) & (self.create_time <= now)

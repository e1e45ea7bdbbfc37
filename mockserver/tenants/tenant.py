"""A tenant: the organisation behind a client key, with its options, clock, tokens, quota, searches and journal."""

import secrets
from collections import deque
from collections.abc import Mapping, Set
from dataclasses import dataclass

import orjson

from mockserver.behaviours.chaos import Chaos
from mockserver.behaviours.faults import Faults, Scenario, scenario_named
from mockserver.behaviours.quirks import read_quirks
from mockserver.behaviours.recent import Recent
from mockserver.behaviours.refusals import Refusal
from mockserver.search.own_rows import Rows
from mockserver.search.query import read_query
from mockserver.search.search import Search
from mockserver.tenants.clock import Clock
from mockserver.tenants.options import LIMITS, Options
from mockserver.world.times import DAY
from mockserver.world.world import World, world

TOKEN_LIFE = 7_200  # seconds
COLLABORATORS = 9
LATE_RESET = 600  # seconds after midnight, with the quirk of this name
MOST_USED = 1 << 31
# The most that are kept of each client: one more, and the oldest is forgotten
MOST_TOKENS = 1_000
MOST_SEARCHES = 256
MOST_TASKS = 256
MOST_COUNTED = 10_000  # requests that are told apart, for quirks and draws


@dataclass(frozen=True)
class Token:
    """An access token. expires: the virtual second at which it ends."""

    member: str
    expires: int


@dataclass
class CachedSearch:
    """A search that later pages name by its search_id. fingerprint: of its query and dates; created: in seconds."""

    search: Search
    fingerprint: str
    created: int


class Tenant:
    """One organisation. Collaborators, whose client keys differ in `member=` only, share it."""

    def __init__(self, name: str, options: Options, clock: Clock) -> None:
        self.name, self.options, self.clock = name, options, clock
        self.instance = secrets.token_hex(8)
        self.tokens = Recent[str, Token](MOST_TOKENS)
        self.members: dict[str, bool] = {}  # by name: whether somebody still has access
        self.used: dict[str, int] = dict.fromkeys(LIMITS, 0)
        self.total: dict[str, int] = dict.fromkeys(LIMITS, 0)
        self._day = 0
        self._minute: deque[float] = deque()
        self.searches = Recent[str, CachedSearch](MOST_SEARCHES)
        self.search_count = 0
        self.random_calls = Recent[str, int](MOST_COUNTED)  # by search
        self.journal: deque[dict[str, object]] = deque(maxlen=1_000)
        self.quirks = set(options.quirks)
        self.scenario_quirks: set[str] = set()  # those of `quirks` that only the scenario switched on
        self.faults = Faults()
        self.chaos = Chaos(options.chaos)
        if options.scenario:
            self.play(scenario_named(options.scenario))
        self.rows: Rows | None = None
        self.tasks = Recent[int, tuple[int, bytes]](MOST_TASKS)
        self.attempts = Recent[str, int](MOST_COUNTED)

    @property
    def world(self) -> World:
        return world(self.options.seed, self.options.videos)

    @property
    def now(self) -> int:
        return self.clock.now

    def set_rows(self, rows: Rows | None) -> None:
        """Add your own rows to the world, in place of earlier ones; None removes them. Open searches are forgotten.

        Raises BadRows if they do not fit into the world.
        """
        if rows:
            rows.check_against(self.world)
        self.rows = rows
        self.searches.clear()

    def play(self, scenario: Scenario) -> None:
        """Start a scenario and end the one before. Raises ValueError for an unknown quirk, with nothing changed."""
        quirks = read_quirks(scenario.quirks)
        self.quirks -= self.scenario_quirks
        self.scenario_quirks = set(quirks - self.quirks)
        self.quirks |= quirks
        self.faults = Faults(scenario.plans)

    def held(self) -> dict[str, int]:
        """How much would be lost with this tenant, by what it is."""
        faults = self.faults.account()
        return {
            "requests": sum(self.total.values()),
            "tokens": len(self.tokens),
            "searches": len(self.searches),
            "tasks": len(self.tasks),
            "planned_faults": faults["left"],
            "quirks": len(self.quirks - self.options.quirks),
        }

    def switch(self, on: Set[str], off: Set[str] = frozenset()) -> None:
        """Switch quirks on and off. The end of a scenario does not change these."""
        self.quirks = (self.quirks | on) - off
        self.scenario_quirks -= on | off

    # Tokens

    def issue_token(self, member: str) -> str:
        now = self.now
        for text in [text for text, token in self.tokens.items() if token.expires <= now]:
            del self.tokens[text]
        token = f"clt.2.{secrets.token_urlsafe(36)}*0"
        self.tokens[token] = Token(member, now + TOKEN_LIFE)
        return token

    @property
    def token_expiry(self) -> int | None:
        """When the newest token ends; None if there is no token."""
        return max((token.expires for token in self.tokens.values()), default=None)

    def admit(self, member: str) -> bool:
        """Whether somebody of this name is a collaborator, or has become one now."""
        if not member:
            return True
        return self.members[member] if member in self.members else self.set_access(member, True)

    def set_access(self, member: str, has_access: bool) -> bool:
        """Give somebody access or take it away. False, with nothing changed, if there is no room for one more."""
        if has_access and not self.members.get(member) and sum(self.members.values()) >= COLLABORATORS:
            return False
        self.members[member] = has_access
        return True

    # Quota

    def meters(self) -> dict[str, dict[str, int]]:
        """By bucket: the requests used today, the limit per day, and the requests in total."""
        self._start_day()
        limits = {"general": self.options.quota, "follow": self.options.follow_quota}
        return {
            bucket: {"used": self.used[bucket], "limit": limits[bucket], "total": self.total[bucket]}
            for bucket in LIMITS
        }

    def _start_day(self) -> None:
        today = (self.now - (LATE_RESET if "late-reset" in self.quirks else 0)) // DAY
        if today != self._day:
            self._day, self.used = today, dict.fromkeys(LIMITS, 0)

    def set_used(self, used: Mapping[str, int]) -> None:
        """Set how much of today's quota is used. Raises KeyError for an unknown bucket."""
        self._start_day()
        for bucket, count in used.items():
            if bucket not in LIMITS:
                raise KeyError(bucket)
            self.used[bucket] = max(0, min(count, MOST_USED))

    def count_request(self, bucket: str) -> None:
        """Count one request. Raises Refusal if the daily quota or the rate limit is reached."""
        meter = self.meters()[bucket]
        if meter["used"] >= meter["limit"]:
            raise Refusal("daily-quota")
        self.used[bucket] += 1
        self.total[bucket] += 1
        if self.options.rate:
            time = self.clock.time
            while self._minute and (self._minute[0] <= time - 60 or self._minute[0] > time):
                self._minute.popleft()
            if len(self._minute) >= self.options.rate:
                raise Refusal("rate-limit")
            self._minute.append(time)

    # Searches and tasks

    def remember(self, search: Search, fingerprint: str) -> str:
        """Keep a search. Returns its search_id: a number from an id generator that is some 40 minutes slow."""
        self.search_count += 1
        search_id = str((self.now - 2_400 << 32) | (self.search_count * 16_384 + 0x5A) & 0xFFFFFFFF)
        self.searches[search_id] = CachedSearch(search, fingerprint, self.now)
        return search_id

    def restore_search(self, search_id: str, fingerprint: str, created: int) -> None:
        """Keep a search that was created earlier."""
        query, window = orjson.loads(bytes.fromhex(fingerprint))
        search = Search(self.world, read_query(query), (window[0], window[1]), created, self.rows)
        self.searches[search_id] = CachedSearch(search, fingerprint, created)

    def recall(self, search_id: str, fingerprint: str) -> CachedSearch:
        """The search with an id. Raises Refusal if it is unknown, too old, or has another query or other dates."""
        cached = self.searches.get(search_id)
        if cached is None or cached.fingerprint != fingerprint or self.now - cached.created > self.options.search_ttl:
            raise Refusal("search-id", search_id[:40])
        return cached

    def remember_task(self, result: bytes) -> int:
        """Keep the result of a compliance task, ready two virtual seconds from now. Returns its task_id."""
        task_id = (self.now << 32) | secrets.randbits(20) << 12 | 0xD5A
        self.tasks[task_id] = self.now + 2, result
        return task_id

"""How far the waves of a source are: which wave it is for how many accounts or searches, and which were missed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ttdata.plan.model import DatasetPlan
from ttdata.plan.plan import Plan
from ttdata.plan.rounds import Standing, earlier_receipts
from ttdata.plan.scope import ACCOUNTS, dimensions, searched
from ttdata.store.receipts import Receipt
from ttdata.text import count

# The waves in which each account or search was requested, by its name.
Requested = Mapping[str, set[int]]


def wave_notice(plan: Plan, dataset: DatasetPlan, source: str, parts: Sequence[Standing]) -> str:
    """How many waves there were, for whom, and when the next is due."""
    if _is_of_accounts(dataset, source):
        waves = _waves(_of_accounts(plan, dataset, source, parts), parts[0].waves, ("account",))
    else:
        waves = _waves({each.name: set(each.observed) for each in parts}, parts[0].waves, _noun(source))
    text = f"{source} of {dataset.name}: {waves}"
    if missed := "; ".join(_missed(parts, _noun(source))):
        text += f" ({missed})"
    due = min((each.next_wave for each in parts if each.next_wave), default=None)
    if due is None:
        return f"{text}."
    return f"{text}. Next due {due.date()} (UTC): run the same command then."


def _is_of_accounts(dataset: DatasetPlan, source: str) -> bool:
    """Whether the items or searches of a source are accounts of the dataset's list."""
    if source != "videos":
        return dataset.source(source).of == "accounts"
    return any(each.key == ACCOUNTS for scope in dataset.scope for each in dimensions(scope.query))


def _waves(requested: Requested, times: int, noun: tuple[str, ...]) -> str:
    """Who is new begins with a first wave: "wave 3 of 13 for 60 accounts, wave 1 for 1"."""
    numbers = Counter(max(waves) - min(waves) + 1 for waves in requested.values() if waves)
    if not numbers:
        return f"wave 0 of {times}"
    (first, most), *others = sorted(numbers.items(), reverse=True)
    if not others:
        return f"wave {first} of {times}"
    more = [f"wave {wave} for {number:,}" for wave, number in others]
    return ", ".join([f"wave {first} of {times} for {count(most, *noun)}", *more])


def _missed(parts: Sequence[Standing], noun: tuple[str, ...]) -> Iterator[str]:
    numbers = Counter(wave for each in parts for wave in each.missed)
    for wave, number in sorted(numbers.items()):
        if number == len(parts):
            yield f"wave {wave} missed"
        else:
            yield f"wave {wave} missed for {number:,} of {count(len(parts), *noun)}"


def _noun(source: str) -> tuple[str, ...]:
    return ("search", "searches") if source == "videos" else ("part",)


def _of_accounts(plan: Plan, dataset: DatasetPlan, source: str, parts: Sequence[Standing]) -> Requested:
    """The waves in which each account was requested, in whatever search."""
    waves: dict[str, set[int]] = {handle: set() for handle in dataset.handles}
    receipts = _searches(plan) if source == "videos" else _shards(plan, source, parts)
    for accounts, receipt in receipts:
        wave = sum(f"{day}" <= receipt.asked_at[:10] for day in parts[0].days)
        for account in accounts:
            if wave and account in waves:
                waves[account].add(wave)
    return waves


def _searches(plan: Plan) -> Iterator[tuple[Iterable[str], Receipt]]:
    for path in plan.raw.receipt("videos", "x").parent.glob("*.receipt.json"):
        receipt = Receipt.read(path)
        if receipt.search:
            for each in dimensions(searched(receipt.search)[0]):
                if each.key == ACCOUNTS:
                    yield each.values, receipt


def _shards(plan: Plan, source: str, parts: Sequence[Standing]) -> Iterator[tuple[Iterable[str], Receipt]]:
    for each in parts:
        newest = Receipt.read_if_any(plan.raw.receipt(source, each.newest))
        for receipt in (newest, *map(Receipt.read, earlier_receipts(plan, source, each.newest))):
            if receipt:
                yield receipt.item_ids, receipt

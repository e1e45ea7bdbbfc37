"""TikTok Shop: 300 shops with their products and reviews, the same in every world, and their records.

A product is known by its code, shop * 100 + its number in the shop.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from mockserver.world.hashing import Ints, below, draws, ints, key
from mockserver.world.names import Names
from mockserver.world.timeline import make_id, read_id
from mockserver.world.times import BEGIN, DAY, SETTLED
from mockserver.world.vocabulary import vocabulary

SHOPS, MOST_PRODUCTS, MOST_REVIEWS = 300, 60, 120
SHOP_FIELDS = (
    *("shop_name", "shop_rating", "shop_review_count", "item_sold_count", "shop_id", "shop_performance_value"),
)
PRODUCT_FIELDS = (
    *("product_id", "product_sold_count", "product_description", "product_price", "product_review_count"),
    *("product_name", "product_rating", "shop_name"),
    *(f"product_rating_{stars}_count" for stars in range(1, 6)),
)
REVIEW_FIELDS = ("product_name", "review_text", "review_like_count", "create_time", "review_rating", "display_name")
RATINGS = ("ONE", "TWO", "THREE", "FOUR", "FIVE")
_GOODS = ("Mug", "Ring Light", "Hoodie", "Phone Case", "Tea", "Candle", "Notebook", "Lip Balm", "Bag", "Socks")


def _number(purpose: str, code: int, limit: int) -> int:
    return int(below(key("shop", purpose), ints(code), limit)[0])


def _second(kind: str, code: int) -> Ints:
    """The second in the id of a shop or product."""
    return BEGIN + 6 * 365 * DAY + (draws(key("made", kind), ints(code)) * 20_000_000 >> 32)


def _id(kind: str, code: int) -> int:
    return int(make_id(_second(kind, code), ints(code))[0])


def _find(kind: str, number: int, limit: int) -> int | None:
    code = int(read_id(ints(number))[1][0]) if 0 < number < 1 << 63 else -1
    return code if 0 <= code < limit and _id(kind, code) == number else None


def find_shop(shop_id: int) -> int | None:
    """The number of the shop with an id; None if no shop has it."""
    return _find("shop", shop_id, SHOPS)


def find_product(product_id: int) -> int | None:
    """The code of the product with an id; None if no product has it."""
    code = _find("product", product_id, SHOPS * 100)
    return code if code is not None and code in products_of(code // 100) else None


@cache
def shop_names() -> list[str]:
    words = vocabulary()
    names = Names(words.first, words.second, (" ",))
    return [name.title() + " Shop" for name in names.names(np.arange(SHOPS) * 31)]


def products_of(shop: int) -> range:
    """The codes of the products of a shop."""
    return range(shop * 100, shop * 100 + 1 + _number("products", shop, MOST_PRODUCTS))


def review_count(code: int) -> int:
    return _number("reviews", code, MOST_REVIEWS)


def _rating(code: int, review: int) -> int:
    return (0, 1, 2, 3, 3, 4, 4, 4, 4, 4)[_number("rating", code * 1_000 + review, 10)]


def ratings_summary(ratings: Sequence[str]) -> dict[str, object]:
    """The fields of a product that its ratings make."""
    counts = [ratings.count(rating) for rating in RATINGS]
    mean = sum(count * stars for stars, count in enumerate(counts, 1)) * 10 // max(1, len(ratings))
    return {
        "product_review_count": len(ratings),
        "product_rating": f"{mean / 10:.1f}",
        **{f"product_rating_{stars}_count": count for stars, count in enumerate(counts, 1)},
    }


def shop_record(shop: int) -> dict[str, object]:
    return {
        "shop_id": _id("shop", shop),
        "shop_name": shop_names()[shop],
        "shop_rating": f"{3 + _number('stars', shop, 20) / 10:.1f}",
        "shop_review_count": sum(map(review_count, products_of(shop))),
        "item_sold_count": _number("sold", shop, 90_000),
        "shop_performance_value": 50 + _number("performance", shop, 51),
    }


def product_record(code: int) -> dict[str, object]:
    return {
        "product_id": _id("product", code),
        "product_name": _product_name(code),
        "product_description": f"{_product_name(code)}, made with care",
        "product_price": [f"{2 + _number('price', code, 90)}.{_number('pence', code, 100):02d}GBP"],
        "product_sold_count": _number("product sold", code, 4_000),
        "shop_name": shop_names()[code // 100],
        **ratings_summary([RATINGS[_rating(code, review)] for review in range(review_count(code))]),
    }


def _product_name(code: int) -> str:
    return f"{_GOODS[_number('thing', code, len(_GOODS))]} No. {code % 100 + 1}"


def review_record(code: int, review: int) -> dict[str, object]:
    """A review of a product. Its time is in milliseconds."""
    review_code = code * 1_000 + review
    age = int(draws(key("shop", "reviewed"), ints(review_code))[0]) % (300 * DAY * 1_000)
    texts = [text for text in vocabulary().comments if text]
    return {
        "product_name": _product_name(code),
        "review_text": texts[_number("said", review_code, len(texts))],
        "review_like_count": _number("liked", review_code, 12),
        "review_rating": RATINGS[_rating(code, review)],
        "create_time": SETTLED * 1_000 - age,
        "display_name": f"{vocabulary().first[_number('who', review_code, 40)][0]}***",
    }

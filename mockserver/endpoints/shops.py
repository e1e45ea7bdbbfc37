"""TikTok Shop: 300 shops with their products and reviews, the same in every world.

A product is known by its code, shop * 100 + its number in the shop.
"""

from functools import cache

from mockserver.behaviours.refusals import Refusal
from mockserver.endpoints.call import Call, Data
from mockserver.search import parameters
from mockserver.search.records import project
from mockserver.world.hashing import Ints, below, draws, ints, key
from mockserver.world.timeline import make_id, read_id
from mockserver.world.times import BEGIN, DAY, SETTLED
from mockserver.world.vocabulary import Names, vocabulary

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
_STARS = ("ONE", "TWO", "THREE", "FOUR", "FIVE")
_GOODS = ("Mug", "Ring Light", "Hoodie", "Phone Case", "Tea", "Candle", "Notebook", "Lip Balm", "Bag", "Socks")


def _number(purpose: str, code: int, limit: int) -> int:
    return int(below(key("shop", purpose), ints(code), limit)[0])


def _second(kind: str, code: int) -> Ints:
    """The second in the id of a shop or product."""
    return BEGIN + 6 * 365 * DAY + (draws(key("made", kind), ints(code)) * 20_000_000 >> 32)


def _id(kind: str, code: int) -> int:
    return int(make_id(_second(kind, code), ints(code))[0])


def _find(kind: str, number: int, limit: int) -> int:
    """The code in an id. Raises Refusal if nothing has this id."""
    code = int(read_id(ints(number))[1][0]) if 0 < number <= parameters.LARGEST else -1
    if not 0 <= code < limit or _id(kind, code) != number:
        raise Refusal("not-found", f"`{kind}_id: {number}` is invalid: cannot find the {kind}")
    return code


@cache
def shop_names() -> list[str]:
    words = vocabulary()
    names = Names(words.first, words.second, (" ",))
    return [names.name(shop * 31).title() + " Shop" for shop in range(SHOPS)]


def _star_counts(code: int, reviews: int) -> list[int]:
    """How many reviews gave one to five stars."""
    counts = [0] * 5
    for review in range(reviews):
        counts[_rating(code, review)] += 1
    return counts


def _rating(code: int, review: int) -> int:
    return (0, 1, 2, 3, 3, 4, 4, 4, 4, 4)[_number("rating", code * 1_000 + review, 10)]


def _product_count(shop: int) -> int:
    return 1 + _number("products", shop, MOST_PRODUCTS)


def _review_count(code: int) -> int:
    return _number("reviews", code, MOST_REVIEWS)


def shops(call: Call) -> Data:
    """Shops whose name contains the requested text."""
    text = parameters.required_text(call.body, "shop_name").casefold()
    size = _page_size(call, "limit")
    page = [shop for shop, name in enumerate(shop_names()) if text in name.casefold()][:size]
    return {"shop_data": [project(_shop(shop), call.fields or SHOP_FIELDS, shop) for shop in page]}


def _shop(shop: int) -> dict[str, object]:
    return {
        "shop_id": _id("shop", shop),
        "shop_name": shop_names()[shop],
        "shop_rating": f"{3 + _number('stars', shop, 20) / 10:.1f}",
        "shop_review_count": sum(_review_count(shop * 100 + product) for product in range(_product_count(shop))),
        "item_sold_count": _number("sold", shop, 90_000),
        "shop_performance_value": 50 + _number("performance", shop, 51),
    }


def products(call: Call) -> Data:
    """Products of a shop, by page number."""
    shop = _find("shop", parameters.required_integer(call.body, "shop_id"), SHOPS)
    page = _page(call, _product_count(shop))
    codes = [shop * 100 + product for product in page]
    return {"product_data": [project(_product(code), call.fields or PRODUCT_FIELDS, code) for code in codes]}


def _product(code: int) -> dict[str, object]:
    reviews = _review_count(code)
    star_counts = _star_counts(code, reviews)
    mean = sum(count * stars for stars, count in enumerate(star_counts, 1)) * 10 // max(1, reviews)
    return {
        "product_id": _id("product", code),
        "product_name": _product_name(code),
        "product_description": f"{_product_name(code)}, made with care",
        "product_price": [f"{2 + _number('price', code, 90)}.{_number('pence', code, 100):02d}GBP"],
        "product_sold_count": _number("product sold", code, 4_000),
        "product_review_count": reviews,
        "product_rating": f"{mean / 10:.1f}",
        "shop_name": shop_names()[code // 100],
        **{f"product_rating_{stars}_count": count for stars, count in enumerate(star_counts, 1)},
    }


def _product_name(code: int) -> str:
    return f"{_GOODS[_number('thing', code, len(_GOODS))]} No. {code % 100 + 1}"


def reviews(call: Call) -> Data:
    """Reviews of a product, by page number; their times are in milliseconds."""
    if call.has("reviews-by-shop"):
        shop = _find("shop", parameters.required_integer(call.body, "shop_id"), SHOPS)
        codes = [shop * 100 + product for product in range(_product_count(shop))]
    else:
        codes = [_find("product", parameters.required_integer(call.body, "product_id"), SHOPS * 100)]
        if codes[0] % 100 >= _product_count(codes[0] // 100):
            raise Refusal("not-found", "cannot find the product")
    every = [(code, review) for code in codes for review in range(_review_count(code))]
    page = [every[number] for number in _page(call, len(every))]
    return {"review_data": [project(_review(*each), call.fields or REVIEW_FIELDS, each[1]) for each in page]}


def _review(code: int, review: int) -> dict[str, object]:
    review_code = code * 1_000 + review
    age = int(draws(key("shop", "reviewed"), ints(review_code))[0]) % (300 * DAY * 1_000)
    texts = [text for text in vocabulary().comments if text]
    return {
        "product_name": _product_name(code),
        "review_text": texts[_number("said", review_code, len(texts))],
        "review_like_count": _number("liked", review_code, 12),
        "review_rating": _STARS[_rating(code, review)],
        "create_time": SETTLED * 1_000 - age,
        "display_name": f"{vocabulary().first[_number('who', review_code, 40)][0]}***",
    }


def _page_size(call: Call, name: str) -> int:
    size = parameters.integer(call.body, name)
    if size is None:
        return 10
    if not 1 <= size <= 10:
        raise Refusal("parameter", f"`{name}` must be between 1 and 10.")
    return size


def _page(call: Call, total: int) -> range:
    start = parameters.integer(call.body, "page_start")
    start = 1 if start is None else start
    if start < 1:
        raise Refusal("parameter", "`page_start` must be 1 or more.")
    size = _page_size(call, "page_size")
    return range(min(total, (start - 1) * size), min(total, start * size))

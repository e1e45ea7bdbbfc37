"""TikTok Shop: shops by name, their products and reviews by page number, of the world and of your own rows."""

from collections.abc import Iterable, Mapping

from mockserver.behaviours.refusals import Refusal
from mockserver.endpoints.call import Call, Data
from mockserver.search import parameters, shops
from mockserver.search.own_rows import Product, Shop
from mockserver.search.records import Record, project
from mockserver.search.shops import PRODUCT_FIELDS, REVIEW_FIELDS, SHOP_FIELDS


def find_shops(call: Call) -> Data:
    """Shops whose name contains the requested text, your own first."""
    text = parameters.required_text(call.body, "shop_name").casefold()
    size = _page_size(call, "limit")
    own = [shop.record for shop in _own_shops(call).values() if text in str(shop.record["shop_name"]).casefold()]
    numbers = [shop for shop, name in enumerate(shops.shop_names()) if text in name.casefold()]
    page = [*enumerate(own), *((shop, shops.shop_record(shop)) for shop in numbers[:size])][:size]
    return {"shop_data": _projected(page, call.fields or SHOP_FIELDS)}


def products(call: Call) -> Data:
    """Products of a shop, by page number."""
    shop_id = parameters.required_integer(call.body, "shop_id")
    if own := _own_shops(call).get(shop_id):
        page = [(number, own.products[number].record) for number in _page(call, len(own.products))]
    else:
        codes = _products_of_shop(shop_id)
        page = [(codes[number], shops.product_record(codes[number])) for number in _page(call, len(codes))]
    return {"product_data": _projected(page, call.fields or PRODUCT_FIELDS)}


def reviews(call: Call) -> Data:
    """Reviews of a product, by page number; their times are in milliseconds."""
    by_shop = call.has("reviews-by-shop")
    number = parameters.required_integer(call.body, "shop_id" if by_shop else "product_id")
    own = _own_shops(call).get(number) if by_shop else _own_products(call).get(number)
    if own:
        records = own.reviews
        page = [(each, records[each]) for each in _page(call, len(records))]
    else:
        codes = _products_of_shop(number) if by_shop else [_found(shops.find_product(number), "product", number)]
        every = [(code, review) for code in codes for review in range(shops.review_count(code))]
        page = [(every[each][1], shops.review_record(*every[each])) for each in _page(call, len(every))]
    return {"review_data": _projected(page, call.fields or REVIEW_FIELDS)}


def _products_of_shop(shop_id: int) -> range:
    """The codes of the products of a shop of the world. Raises Refusal."""
    return shops.products_of(_found(shops.find_shop(shop_id), "shop", shop_id))


def _own_shops(call: Call) -> Mapping[int, Shop]:
    return call.tenant.rows.shops if call.tenant.rows else {}


def _own_products(call: Call) -> Mapping[int, Product]:
    return call.tenant.rows.products if call.tenant.rows else {}


def _found(code: int | None, kind: str, number: int) -> int:
    if code is None:
        raise Refusal("not-found", f"`{kind}_id: {number}` is invalid: cannot find the {kind}")
    return code


def _projected(records: Iterable[tuple[int, Mapping[str, object]]], fields: tuple[str, ...]) -> list[Record]:
    """Records with their numbers, which decide on the order of the keys, as the API returns them."""
    return [project(record, fields, number) for number, record in records]


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

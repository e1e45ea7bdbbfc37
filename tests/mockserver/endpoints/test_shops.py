"""TikTok Shop: shops, products, reviews, by page number."""

from typing import Any

import pytest

from tests.mockserver.conftest import Api


def shop(api: Api) -> dict[str, Any]:
    data = api.data("tts/shop", {"shop_name": api.sample["shop_name"], "limit": 10, "fields": "shop_id, shop_name"})
    first: dict[str, Any] = data["shop_data"][0]
    return first


def products(api: Api, **body: object) -> list[dict[str, Any]]:
    body = {"shop_id": shop(api)["shop_id"]} | body
    records: list[dict[str, Any]] = api.data("tts/product", body)["product_data"]
    return records


def test_a_shop_is_found_by_name_with_fields_in_the_body_or_the_query_string(api: Api) -> None:
    assert shop(api)["shop_name"] == api.sample["shop_name"]
    assert set(shop(api)) == {"shop_id", "shop_name"}
    in_query = api.data("tts/shop", {"shop_name": api.sample["shop_name"]}, "shop_rating")
    assert set(in_query["shop_data"][0]) == {"shop_rating"}


def test_products_have_numbered_pages_of_at_most_ten(api: Api) -> None:
    pages = []
    while not pages or len(pages[-1]) == 10:
        pages.append(products(api, page_start=len(pages) + 1, page_size=10))
    ids = [product["product_id"] for page in pages for product in page]
    assert len(set(ids)) == len(ids) > 10
    assert products(api, page_start=99) == []


@pytest.mark.parametrize("body", [{"page_size": 11}, {"page_size": 0}, {"page_start": 0}])
def test_pages_out_of_range_are_refused(api: Api, body: dict[str, int]) -> None:
    assert api.refused("tts/product", {"shop_id": shop(api)["shop_id"]} | body)["code"] == "invalid_params"


def test_an_id_may_be_sent_as_text(api: Api) -> None:
    assert products(api, shop_id=str(shop(api)["shop_id"])) == products(api)


def test_the_price_is_text_in_a_list_and_reviews_add_up(api: Api) -> None:
    for product in products(api):
        assert product["product_price"][0].endswith("GBP")
        stars = sum(product[f"product_rating_{stars}_count"] for stars in range(1, 6))
        assert stars == product["product_review_count"]


def test_reviews_have_times_in_milliseconds_and_ratings_in_words(api: Api) -> None:
    product = max(products(api), key=lambda each: int(each["product_review_count"]))
    data = api.data("tts/review", {"product_id": str(product["product_id"]), "page_size": 10})
    assert len(data["review_data"]) == 10
    for review in data["review_data"]:
        assert review["create_time"] > 10**12
        assert review["review_rating"] in ("ONE", "TWO", "THREE", "FOUR", "FIVE")


def test_an_unknown_shop_or_product_is_refused(api: Api) -> None:
    assert api.data("tts/shop", {"shop_name": "no such shop"})["shop_data"] == []
    assert api.refused("tts/product", {"shop_id": 12})["code"] == "invalid_params"
    assert api.refused("tts/review", {"product_id": shop(api)["shop_id"] + 1})["code"] == "invalid_params"

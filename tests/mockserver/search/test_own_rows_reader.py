"""Files of your own rows are read, or refused with a sentence that names the place."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.search.own_rows import BadRows
from mockserver.search.own_rows_reader import MOST_ROWS, parse, read_rows


def test_json_ndjson_and_yaml_are_equivalent() -> None:
    lines = '{"user": {"username": "ann"}}\n\n{"video": {"username": "ann", "create_time": 1772323200}}\n'
    lines += '{"shop": {"shop_name": "a"}}'
    text = "users: [{username: ann}]\nvideos: [{username: ann, create_time: 2026-03-01}]\nshops: [{shop_name: a}]"
    json_text = (
        '{"users": [{"username": "ann"}], "videos": [{"username": "ann", "create_time": "2026-03-01T00:00:00Z"}],'
        ' "shops": [{"shop_name": "a"}]}'
    )
    rows = [
        read_rows(parse(text, name)) for text, name in ((lines, "a.ndjson"), (text, "a.yaml"), (json_text, "a.json"))
    ]
    assert rows[0].videos == rows[1].videos == rows[2].videos
    assert rows[0].shops == rows[1].shops == rows[2].shops != {}
    assert all(set(each.accounts) == {"ann"} for each in rows)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("users: {username: x}", "users must be a list"),
        ("people: []", "unknown key 'people'; available: users, videos, comments"),
        ("users: [{}]", "users row 1 needs a username"),
        ("users: [{username: x y}]", "username must be a name"),
        ("users: [{username: mock_private}]", "there is an account mock_private already"),
        ("users: [{username: ann}, {username: Ann}]", "users row 2: there is an account Ann already"),
        ("users: [{username: ann, is_private: true}]", "unknown key 'is_private'"),
        ("users: [{username: ann, private: yes please}]", "private must be true or false"),
        ("users: [{username: ann, private: true, missing: true}]", "can be only one of private, refused"),
        ("users: [{username: ann, region_code: NO}]", "put it in quotes"),
        ("videos: [{create_time: 2026-03-01}]", "videos row 1 needs a username"),
        ("users: [{username: ann, videos: [{}]}]", "users row 1, videos row 1 needs a create_time"),
        ("videos: [{username: ann, create_time: yesterday}]", "create_time must be a time"),
        ("videos: [{username: ann, create_time: 1999-01-01}]", "2018-01-01"),
        ("videos: [{username: ann, id: 7300000000000000001}]", "use 7300000000000003418"),
        ("videos: [{username: ann, id: 3418}]", "its id does not contain one"),
        ("videos: [{username: ann, create_time: 2026-03-01, view_count: -1}]", "view_count must be a whole number"),
        ("videos: [{username: ann, create_time: 2026-03-01, colour: red}]", "unknown key 'colour'"),
        (
            "videos: [{username: a, create_time: 2026-03-01, comments: [{replies: [{replies: [{}]}]}]}]",
            "a reply cannot have replies",
        ),
        ("comments: [{video_id: 3418, text: x}]", "video_id must be the id of a video of these rows"),
        ('users: [{username: ann, bio_description: "\\ud800"}]', "JSON cannot represent"),
        (
            "videos: [{username: a, create_time: 2026-03-01, video_tag: {number: 1" + "0" * 30 + "}}]",
            "JSON cannot represent",
        ),
        ("users: [{username: ann, playlists: [{}]}]", "users row 1, playlists row 1 needs a playlist_id"),
        ("users: [{username: ann, playlists: [{playlist_id: 5}]}]", "must have the watermark"),
        ("shops: [{}]", "shops row 1 needs a shop_name"),
        ("shops: [{shop_name: a, shop_rating: 4.5}]", "shop_rating must be a text, not 4.5: put it in quotes"),
        ("shops: [{shop_name: a, products: [{}]}]", "shops row 1, products row 1 needs a product_name"),
        ("shops: [{shop_name: a, products: [{product_name: b, product_price: [5]}]}]", "product_price must be a text"),
        ('shops: [{shop_name: a, products: [{product_name: b, product_price: ["5"]}]}]', "such as 20.79GBP"),
        (
            "shops: [{shop_name: a, products: [{product_name: b, reviews: [{}]}]}]",
            "reviews row 1 needs a review_rating",
        ),
        ("shops: [{shop_name: a, products: [{product_name: b, reviews: [{review_rating: 5}]}]}]", "ONE, TWO, THREE"),
        ("shops: [{shop_name: a, shop_id: 3418}, {shop_name: b, shop_id: 3418}]", "the id 3418 is used twice"),
        ("[" * 1_000, "cannot be read"),
        ("[", "cannot be read"),
        ("a: &a [*a]", "unknown key"),
        ("users: [{username: ann, videos: &v [{create_time: 2026-03-01, comments: *v}]}]", "unknown key 'comments'"),
        ("- 5", "must be an object with users"),
        ("2026-99-99", "cannot be read"),
        ("2026-01-01", "The file must be an object"),
    ],
)
def test_a_wrong_row_is_refused_with_its_place_and_the_possible_values(text: str, words: str) -> None:
    with pytest.raises(BadRows) as caught:
        read_rows(parse(text, "rows.yaml"))
    assert words in str(caught.value)


@pytest.mark.slow
def test_the_number_of_rows_is_limited() -> None:
    video = {"create_time": "2026-03-01"}
    many = [{"username": f"u{number}", "videos": [video] * 200} for number in range(MOST_ROWS // 200)]
    with pytest.raises(BadRows, match="more than 10,000 rows"):
        read_rows({"users": many})


@pytest.mark.parametrize("line", ["[]", "{}", '{"users": 1}', '{"user": 1, "video": 2}', "5", "{", '"x"'])
def test_a_line_that_is_not_a_row_is_refused(line: str) -> None:
    with pytest.raises(BadRows):
        read_rows(parse(line, "rows.ndjson"))


NAMES = st.sampled_from(
    [
        *("users", "videos", "comments", "username", "id", "create_time", "text", "replies", "x", 5),
        *("shops", "shop_name", "products", "product_name", "reviews", "review_rating", "playlists", "playlist_id"),
    ]
)
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | st.binary(max_size=4)
)
CONTENT = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)


@settings(max_examples=100, deadline=None)
@given(CONTENT)
def test_any_content_is_read_as_rows_or_refused_with_a_sentence(content: object) -> None:
    with suppress(BadRows):
        read_rows(content)

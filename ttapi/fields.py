"""Every documented field of every record: its name, JSON type, unit and meaning."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One documented field of a record. A field without a value is missing from the record; it is never null."""

    name: str
    type: str
    meaning: str
    by_default: bool = True
    """Whether it is requested when no fields are named; False for other spellings and doubtful names."""


_VIDEO = {
    "id": Field("id", "int64", "id of the video; the example in the documentation shows it as video_id"),
    "create_time": Field("create_time", "int64", "time of posting, Unix seconds, UTC"),
    "username": Field("username", "string", "handle of the creator, without @; can contain null bytes"),
    "region_code": Field("region_code", "string", "country the account was registered in; case varies"),
    "video_description": Field("video_description", "string", "caption, hashtags and mentions included"),
    "music_id": Field("music_id", "int64", "id of the sound; sometimes missing"),
    "like_count": Field("like_count", "int64", "likes, up to 10 days old; sometimes missing"),
    "comment_count": Field("comment_count", "int64", "comments, up to 10 days old"),
    "share_count": Field("share_count", "int64", "uses of the share button, up to 10 days old"),
    "view_count": Field("view_count", "int64", "views, up to 10 days old"),
    "favorites_count": Field("favorites_count", "int64", "times added to favourites, up to 10 days old"),
    "favourites_count": Field("favourites_count", "int64", "older spelling of favorites_count", by_default=False),
    "hashtag_names": Field("hashtag_names", "list of string", "hashtags without #, any script, case varies"),
    "hashtag_info_list": Field(
        "hashtag_info_list", "list of object", "hashtag_id (int64), hashtag_name, hashtag_description"
    ),
    "is_stem_verified": Field("is_stem_verified", "bool", "verified as high-quality STEM content"),
    "video_duration": Field("video_duration", "int64", "length in seconds"),
    "sticker_info_list": Field("sticker_info_list", "list of object", "interactive stickers: sticker_id, sticker_name"),
    "effect_info_list": Field(
        "effect_info_list", "list of object", "effects: effect_id, effect_name, effect_photo_url or _URI"
    ),
    "video_mention_list": Field(
        "video_mention_list", "list of string", "users tagged; display text, not always the handle"
    ),
    "video_label": Field("video_label", "object", "information label, such as an election label: content, type, …"),
    "video_tag": Field(
        "video_tag",
        "object",
        "label: type (AIGC, Branded) and number; the documentation contradicts itself on AIGC 1 and 2",
    ),
    "effect_ids": Field("effect_ids", "list of string", "ids of the effects used"),
    "playlist_id": Field("playlist_id", "int64", "playlist that contains the video"),
    "voice_to_text": Field("voice_to_text", "string", "transcript or subtitles in any language; for 10-30 % of videos"),
}

_ONLY_IN_SEARCH = ("effect_ids", "playlist_id", "voice_to_text")

VIDEO = tuple(_VIDEO.values())
LISTED_VIDEO = tuple(field for field in VIDEO if field.name not in _ONLY_IN_SEARCH)

COMMENT = (
    Field("id", "int64", "id of the comment"),
    Field("video_id", "int64", "id of the video"),
    Field("text", "string", "text with phone numbers, e-mail addresses and card numbers redacted; can be empty"),
    Field("like_count", "int64", "likes; sometimes missing"),
    Field("reply_count", "int64", "replies"),
    Field("parent_comment_id", "int64", "the comment replied to; equals video_id for a comment on the video itself"),
    Field("create_time", "int64", "time of writing, Unix seconds, UTC"),
)

USER = (
    Field("display_name", "string", "name on the profile"),
    Field("bio_description", "string", "biography; empty if there is none"),
    Field("avatar_url", "string", "signed URL of the profile picture, valid for about 48 hours"),
    Field("is_verified", "bool", "has the blue check mark"),
    Field("follower_count", "int64", "followers, live"),
    Field("following_count", "int64", "accounts followed, live"),
    Field("likes_count", "int64", "likes received in total, live; can exceed 32 bits"),
    Field("video_count", "int64", "public videos, live"),
    Field("bio_url", "string", "link in the biography"),
)

RELATION = (
    Field("display_name", "string", "name on the profile"),
    Field("username", "string", "handle without @"),
)

PLAYLIST = (
    Field("playlist_id", "int64", "id of the playlist"),
    Field("playlist_name", "string", "title"),
    Field("playlist_item_total", "int64", "number of videos"),
    Field("playlist_last_updated", "int64", "last change; the unit is not documented, presumably Unix seconds"),
    Field("playlist_video_ids", "list of int64", "ids of the videos on this page"),
)

SHOP = (
    Field("shop_id", "int64", "id of the shop"),
    Field("shop_name", "string", "name"),
    Field("shop_rating", "string", 'mean rating as text, such as "4.5"'),
    Field("shop_review_count", "int64", "reviews"),
    Field("item_sold_count", "int64", "items sold"),
    Field("shop_performance_value", "int64", "performance score, such as 90"),
)

PRODUCT = (
    Field("product_id", "int64", "id of the product"),
    Field("product_name", "string", "name"),
    Field("product_description", "string", "description"),
    Field("product_price", "list of string", 'prices with currency, such as ["20.79GBP"]'),
    Field("product_sold_count", "int64", "items sold"),
    Field("product_review_count", "int64", "reviews"),
    *(Field(f"product_rating_{n}_count", "int64", f"ratings of {n} of 5") for n in range(1, 6)),
    Field("product_rating", "string", "mean rating; documented in the object table only", False),
    Field("shop_name", "string", "name of the shop; documented in the object table only", False),
)

REVIEW = (
    Field("product_name", "string", "name of the product"),
    Field("review_text", "string", "text"),
    Field("review_like_count", "int64", "likes"),
    Field("review_rating", "string", "rating in words: ONE to FIVE (only FIVE is documented)"),
    Field("create_time", "int64", "time of writing, Unix MILLIseconds, UTC"),
)

TASK = (Field("task_id", "int", "number of the task; can exceed 64 bits"),)
TASK_STATUS = (Field("task_status", "string", "Processing, Completed or Failed"),)
TASK_RESULT = (Field("id", "int64", "id that is still available"),)

"""The endpoints keyed by a username: user info, and the lists of an account."""

from mockserver import parameters
from mockserver.call import Call, Data
from mockserver.hashing import ints
from mockserver.records import project
from mockserver.refusals import Refusal

INFO_FIELDS = (
    *("display_name", "bio_description", "avatar_url", "is_verified"),
    *("follower_count", "following_count", "likes_count", "video_count", "bio_url"),
)


def account(call: Call) -> int:
    """The account that the body names. Raises Refusal where the API does not speak of it."""
    name = parameters.required_text(call.body, "username").lstrip("@")
    people = call.world.population
    who = people.find(name)
    if who is None or people.gone(ints(who))[0]:
        raise Refusal("user-missing", name[:80])
    if people.minors(ints(who))[0] or people.canadians(ints(who))[0] or people.refused(ints(who))[0]:
        raise Refusal("user-refused")
    if people.privates(ints(who))[0]:
        raise Refusal("user-private", name)
    return who


def user_info(call: Call) -> Data:
    """The profile as it is at this moment; unlike the counts of video/query, these are not archived."""
    who = account(call)
    return project(call.world.user(who, call.now), call.fields, who)

"""The canary: sent once per day before all other requests, and it stops the build if it finds too little."""

from datetime import timedelta

import pytest
import responses

from tests.ttdata.canned import connect
from tests.ttdata.over_time import CANARY, DAY_0, api_at, plan_of, videos
from ttdata.collect.canary import request_canary
from ttdata.errors import EmptySuccess
from ttdata.plan.canary_files import canary_requests
from ttdata.plan.counting import costs
from ttdata.plan.status import status


def test_a_canary_is_sent_once_per_day_of_the_api() -> None:
    plan = plan_of(canary=CANARY)
    assert plan.canary
    for hours in (0, 3, 11, 12, 30):
        with responses.mock:
            api_at(DAY_0 + timedelta(hours=hours), videos({1: 1, 2: 1}))
            request_canary(plan, plan.canary, connect)
    assert canary_requests(plan) == status(plan).sent == 2
    assert costs(plan).sources["canary"].min >= 2


def test_a_canary_that_finds_too_little_stops_the_build_and_is_sent_again() -> None:
    plan = plan_of(canary=CANARY)
    assert plan.canary
    for _ in range(2):
        with responses.mock:
            api_at(DAY_0, videos({1: 1}))
            with pytest.raises(EmptySuccess, match="known to find 2 videos or more, found 1 video"):
                request_canary(plan, plan.canary, connect)
    assert canary_requests(plan) == 2

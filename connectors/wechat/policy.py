"""What to do about each of WeChat's error codes, as data (reference 1.6, wechat_errcode_policy)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum


class Action(Enum):
    """What an error code asks of us."""

    OK = "ok"
    SOON = "the platform is busy: again with back-off"
    REFRESH = "the token is not valid: replace it once, then again once"
    AS_TEXT = "the account may not send menus: as numbered text"
    SMALLER = "too long: in smaller pieces"
    NEXT_MINUTE = "the minute's quota is used up"
    NEXT_DAY = "the day's quota is used up: stop calling until midnight in Shanghai"
    PARK = "no more until the shopper writes again"
    HOLD = "an operator has to correct something: stop calling for a while, keep the messages"
    DROP = "this message can never be delivered"
    IGNORE = "of no consequence"


POLICY: Mapping[int, Action] = {
    0: Action.OK,
    -1: Action.SOON,
    40001: Action.REFRESH,  # token invalid or not the latest
    40014: Action.REFRESH,
    42001: Action.REFRESH,  # token expired
    40003: Action.DROP,  # unknown openid
    40013: Action.HOLD,  # wrong AppID
    40125: Action.HOLD,  # wrong AppSecret
    40164: Action.HOLD,  # our IP address is not on the account's list
    40200: Action.AS_TEXT,
    41001: Action.DROP,  # no token: an error of ours
    43004: Action.DROP,  # not a follower
    45002: Action.SMALLER,
    45009: Action.NEXT_DAY,
    45011: Action.NEXT_MINUTE,
    45015: Action.DROP,  # outside the 48 hours, or unsubscribed
    45047: Action.PARK,  # five messages per shopper message
    45072: Action.IGNORE,  # typing: wrong command
    45080: Action.IGNORE,  # typing: no shopper message within 30 s
    45081: Action.IGNORE,  # typing: already shown
    48001: Action.DROP,  # the account lacks this interface
    48004: Action.DROP,  # the interface is banned
    50002: Action.DROP,  # the user is limited
}


def action_for(errcode: int) -> Action:
    """The action for a code; one we have never heard of is not tried again."""
    return POLICY.get(errcode, Action.DROP)

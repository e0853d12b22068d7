"""All skills of the house, in one explicit list."""

from __future__ import annotations

from pathlib import Path

from actions.after_sales import AfterSalesAction, GoodsProblemAction
from actions.answers import AnswerAction
from actions.base import House, Services, Skill
from actions.compare import CompareAction
from actions.coupons import CouponTroubleAction
from actions.facts import AttributeAction, UsageAction
from actions.fallback import FallbackAction
from actions.flows.engine import flow_skills
from actions.flows.kinds import FLOWS
from actions.handoff import HandoffAction
from actions.handoff_rules import HandoffRules, parse_handoff_rules
from actions.logistics import CarrierAction, LogisticsComplaintAction, TrackAction
from actions.membership import MembershipAction
from actions.naming import NamedAction, WhoseOrderAction
from actions.orders import DeliveryTimeAction, OrderStatusAction
from actions.phrases import Phrases, parse_phrases
from actions.prices import BargainAction, PriceAction, PromotionAction
from actions.recommend import RecommendAction, SoldHereAction
from actions.returns import (
    AskConfirmAction,
    AskLineAction,
    AskReasonAction,
    ReturnCloseAction,
    ReturnPolicyAction,
    ReturnStartAction,
    ValidateReturnForm,
)
from actions.rules import rules_in
from actions.sizes import SizeAction
from actions.smalltalk import (
    AffirmAction,
    AwayAction,
    DenyAction,
    DislikedAction,
    ImageAction,
    NoneOfTheseAction,
    UnfinishedAction,
    UnknownKindAction,
    WhichOfTheseAction,
)
from actions.stock import HowToOrderAction, StockAction
from shop.livefile import LiveFile

STORIES = Path(__file__).resolve().parent.parent / "data" / "stories"

SKILLS: tuple[type[Skill], ...] = (
    AnswerAction,
    AffirmAction,
    DenyAction,
    DislikedAction,
    NoneOfTheseAction,
    WhichOfTheseAction,
    NamedAction,
    WhoseOrderAction,
    AwayAction,
    UnfinishedAction,
    ImageAction,
    UnknownKindAction,
    FallbackAction,
    HandoffAction,
    OrderStatusAction,
    DeliveryTimeAction,
    TrackAction,
    CarrierAction,
    LogisticsComplaintAction,
    AttributeAction,
    UsageAction,
    StockAction,
    HowToOrderAction,
    PriceAction,
    BargainAction,
    PromotionAction,
    CouponTroubleAction,
    MembershipAction,
    SizeAction,
    CompareAction,
    RecommendAction,
    SoldHereAction,
    ReturnPolicyAction,
    ReturnStartAction,
    ValidateReturnForm,
    AskLineAction,
    AskReasonAction,
    AskConfirmAction,
    ReturnCloseAction,
    AfterSalesAction,
    GoodsProblemAction,
)


def build_house(services: Services) -> House:
    """The house with every skill in it."""
    house = House(services=services, rules=rules_in(STORIES))
    for kind in SKILLS:
        house.add(kind(house=house))
    for skill in flow_skills(house, FLOWS):
        house.add(skill)
    return house


def phrases_in(knowledge: Path) -> LiveFile[Phrases]:
    """The sentences of a knowledge folder."""
    return LiveFile(path=knowledge / "phrases.yml", parse=parse_phrases)


def handoff_rules_in(knowledge: Path) -> LiveFile[HandoffRules]:
    """The handoff rules of a knowledge folder."""
    return LiveFile(path=knowledge / "handoff.yml", parse=parse_handoff_rules)

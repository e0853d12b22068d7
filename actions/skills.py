"""All skills of the house, in one explicit list."""

from __future__ import annotations

from pathlib import Path

from actions.after_sales import (
    AfterSalesAction,
    ExchangeAction,
    GoodsProblemAction,
    RefundAction,
)
from actions.answers import AnswerAction
from actions.base import House, Services, Skill
from actions.fallback import FallbackAction
from actions.handoff import HandoffAction
from actions.handoff_rules import HandoffRules, parse_handoff_rules
from actions.knowledge import Knowledge, parse_knowledge
from actions.livefile import LiveFile
from actions.logistics import CarrierAction, LogisticsComplaintAction, TrackAction
from actions.orders import DeliveryTimeAction, OrderChangeAction, OrderStatusAction
from actions.phrases import Phrases, parse_phrases
from actions.products import (
    AttributeAction,
    CompareAction,
    PriceAction,
    RecommendAction,
    SizeAction,
    StockAction,
    UsageAction,
)
from actions.returns import (
    AskConfirmAction,
    AskLineAction,
    AskReasonAction,
    ReturnCloseAction,
    ReturnPolicyAction,
    ReturnStartAction,
    ValidateReturnForm,
)
from actions.smalltalk import AffirmAction, DenyAction, ImageAction, UnknownKindAction

SKILLS: tuple[type[Skill], ...] = (
    AnswerAction,
    AffirmAction,
    DenyAction,
    ImageAction,
    UnknownKindAction,
    FallbackAction,
    HandoffAction,
    OrderStatusAction,
    DeliveryTimeAction,
    OrderChangeAction,
    TrackAction,
    CarrierAction,
    LogisticsComplaintAction,
    AttributeAction,
    UsageAction,
    StockAction,
    PriceAction,
    SizeAction,
    CompareAction,
    RecommendAction,
    ReturnPolicyAction,
    ReturnStartAction,
    ValidateReturnForm,
    AskLineAction,
    AskReasonAction,
    AskConfirmAction,
    ReturnCloseAction,
    ExchangeAction,
    RefundAction,
    AfterSalesAction,
    GoodsProblemAction,
)


def build_house(services: Services) -> House:
    """The house with every skill in it."""
    house = House(services=services)
    for skill in SKILLS:
        house.add(skill(house=house))
    return house


def phrases_in(knowledge: Path) -> LiveFile[Phrases]:
    """The sentences of a knowledge folder."""
    return LiveFile(path=knowledge / "phrases.yml", parse=parse_phrases)


def answers_in(knowledge: Path) -> LiveFile[Knowledge]:
    """The answers of a knowledge folder."""
    return LiveFile(path=knowledge / "answers.yml", parse=parse_knowledge)


def handoff_rules_in(knowledge: Path) -> LiveFile[HandoffRules]:
    """The handoff rules of a knowledge folder."""
    return LiveFile(path=knowledge / "handoff.yml", parse=parse_handoff_rules)

"""What a message means after what was said and shown last. Pure.

Half of what shoppers type says nothing by itself: 嗯, 第二个, 那毛衣呢, 多久, 4821. Such a message
completes our open question (`Pending`), chooses among what we showed (`Offer`), or asks something
of what the talk is about (`Topic`), in this order; otherwise it stands for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from actions import wording
from actions.flows.reading import pauses
from actions.needs import IDLE, STARTS_A_FORM, SURE, Need, needs_in, one_matter
from actions.parts import parts_of
from actions.turn import (
    COURTESIES,
    FALLBACK_INTENT,
    OPEN_ENTRY,
    Entity,
    Offer,
    Pending,
    Topic,
    Turn,
    alike,
    blanked,
)
from conversations import choices

# Wishes which, said again after our offer, accept it: 嗯取消, 那帮我拦一下.
_WISHES = frozenset(
    {
        "cancel_order",
        "change_address",
        "change_order",
        "change_delivery_time",
        "undo_request",
        "urge_delivery",
        "exchange_request",
        "refund_request",
        "return_request",
        "logistics_complaint",
    }
)
_OF_ORDERS = frozenset(
    {
        "order_status",
        "track_logistics",
        "ask_delivery_time",
        "urge_delivery",
        "refund_progress",
        "after_sales_status",
        "ask_carrier",
    }
)
_OF_GOODS = frozenset(
    {
        "product_attribute",
        "product_compare",
        "product_recommend",
        "size_advice",
        "stock_check",
        "usage_help",
        "price_query",
        "price_bargain",
        "coupon_promotion",
    }
)
_ON_THE_WAY = frozenset(
    {
        "order_status",
        "track_logistics",
        "ask_delivery_time",
        "urge_delivery",
        "ask_carrier",
        "shipping_fee",
        "delivery_range",
        "change_address",
        "change_delivery_time",
        "logistics_complaint",
    }
)
_OF_MONEY = frozenset({"refund_request", "refund_progress", "return_request", "cancel_order"})
_OF_DEFECTS = frozenset(
    {
        "quality_complaint",
        "wrong_or_missing_item",
        "exchange_request",
        "return_request",
        "return_policy",
        "refund_request",
        "warranty_repair",
        "usage_help",
    }
)
_WAYS_OUT = frozenset({"return_request", "exchange_request", "warranty_repair", "refund_request"})
UNSURE = 0.55
"""Below this confidence a guess does not lead out of a talk of goods or of what is wrong with them.

Short questions in such a talk (要照片吗, 能打微信视频不) tell the classifier nothing.
"""
_GUESSED_AT = IDLE - COURTESIES
_CALLS = frozenset({"ask_human", "service_complaint"})  # the rules of `handoff.yml` see to these
# A detail said to these questions changes their answer.
_OF_A_WISH = frozenset({"product_recommend", "product_compare", "size_advice"})
_OF_WISHES = _WISHES | _OF_MONEY | {"return_policy", "after_sales_status", "price_protection"}
# Colours and sizes share the answer: 那黑色L呢 after it asks whether there is one.
_ALIKE_IN_ALL_CHOICES = frozenset({"action_product_attribute", "action_usage_help"})
_OF_CHOICES = frozenset({"exchange_request", "change_order"})
_OF_A_SUM = frozenset({"price_query", "coupon_promotion"})
_OF_ONE_PRODUCT = frozenset({"product_attribute", "price_query", "stock_check"})
# What a fragment asks of topics of these intents; of all others it asks the same again.
_ASKS = {
    "how long": ((_ON_THE_WAY, "ask_delivery_time"), (_OF_MONEY, "refund_progress")),
    "how much": ((_OF_GOODS, "price_query"), (_ON_THE_WAY, "shipping_fee")),
    "slow": ((_ON_THE_WAY, "urge_delivery"), (_OF_MONEY, "refund_progress")),
    "hurry": ((_ON_THE_WAY, "urge_delivery"),),
    "others": ((_OF_ONE_PRODUCT, "stock_check"),),
    "split": ((_ON_THE_WAY, "order_status"),),
    "state": ((_OF_MONEY, "return_policy"),),
    "next": ((frozenset({"payment_issue"}), "order_status"),),
}
# Fragments that mean something only of these.
_ONLY_OF = {
    "slow": _ON_THE_WAY | _OF_MONEY | {"after_sales_status", "exchange_request", "invoice"},
    "hurry": _ON_THE_WAY | {"refund_progress", "after_sales_status"},
    "others": _OF_GOODS,
    "split": _ON_THE_WAY,
    "state": _OF_MONEY | {"return_policy"},
    "holder": frozenset({"invoice"}),
    "why not": _OF_WISHES,
    "day": _ON_THE_WAY | _OF_WISHES,
    "send": frozenset({"after_sales_status"}),
    "next": frozenset({"after_sales_status", "payment_issue"}),
}
_STAYS = frozenset({"product", "category", "item_id", "amount"})  # when others are asked for
_LONGER_THAN_THANKS = 20  # characters of English: there is a need in it
_AFTER_WORDS = "的呀啊哦呢了,.。!~"
_SHORTEST_TITLE = 2  # characters of an option's title that tell which is meant
_LONGEST_REST = 12  # characters that may go with a place: 第二个什么时候到


@dataclass(frozen=True)
class Context:
    """Reads messages in their context.

    `rules` is the action of each intent; `again` tells of an action whether 那毛衣呢 asks the same
    about another thing: by "intent" alone, by the "words" too, or not (""); `titles` is the menu,
    title → intent; `wishes` are the words that say for whom or for what something is to be.
    """

    rules: Mapping[str, str]
    again: Callable[[str], str]
    titles: Mapping[str, str]
    wishes: frozenset[str]

    def settled(self, turn: Turn) -> Need | None:
        """The need of a message that means nothing, or something else, without its context."""
        readings = (
            self._away,
            self._merely_heard,
            self._tried,
            self._partly_named,
            self._of_the_faulty,
            self._looked_for,
            self._rest_asked,
            self._taken_back,
            self._refused,
            self._without_picture,
            self._named_on_the_menu,
            self._completed,
            self._of_somebody_else,
            self._placed,
            self._decided,
            self._sold_here,
            self._buying,
            self._added,
            self._about_another,
            self._wished_of_another,
            self._wished_as,
            self._bare_name,
            self._of_the_invoice,
            self._bare_kind,
            self._exchanged,
            self._of_the_station,
            self._narrowed,
            self._told_more,
            self._begun,
        )
        return next((need for read in readings if (need := read(turn)) is not None), None)

    def with_places(self, turn: Turn) -> Turn:
        """The turn, naming in each of several needs what it has by its place.

        第一件多少钱，有活动吗 asks two things, the first of one that was shown.
        """
        offers = turn.offers
        if not offers or turn.clicked or turn.names_thing or len(needs_in(turn, self.rules)) < 2:
            return turn
        named: list[Entity] = []
        for clause in turn.clauses:
            place = choices.place(turn.text[clause.start : clause.end])
            index = place.of(len(offers)) if place is not None else None
            if index is not None:
                named += [
                    replace(entity, start=clause.start, end=clause.end)
                    for entity in offers[index].entities
                ]
        return replace(turn, entities=turn.entities + tuple(named))

    def beside(self, turn: Turn) -> Need | None:
        """What a message that does not answer an open form means, if it does not say it itself."""
        readings = (
            self._begun,
            self._of_somebody_else,
            self._of_the_chosen,
            self._sold_here,
            self.fragment,
            self._bare_name,
        )
        return next((need for read in readings if (need := read(turn)) is not None), None)

    def chosen(self, turn: Turn) -> Need | None:
        """最后一个: an option of our last question, whatever else it sounds like."""
        option = parts_of(turn).chosen
        if option is None or option.intent not in self.rules:
            return None
        return Need(self.rules[option.intent], turn.as_intent(option.intent))

    def asked(self, action: str, turn: Turn) -> list[Need]:
        """The needs of any other message, in the order to answer them; never empty."""
        if not turn.clicked and self._is_odd(turn):
            return [Need("action_default_fallback", turn.as_intent(FALLBACK_INTENT))]
        if (fragment := self.fragment(turn)) is not None:
            return [fragment]
        if found := needs_in(turn, self.rules):
            return found
        return [Need(action, turn) if self.trusted(turn) else self.not_understood(turn)]

    def trusted(self, turn: Turn) -> bool:
        """Whether what was understood may leave the talk: a weak guess may not."""
        topic = turn.topic
        if turn.clicked or turn.confidence >= UNSURE or turn.intent in IDLE | _CALLS:
            return True
        if turn.form:
            return False
        if topic is None or topic.intent not in _OF_GOODS | _OF_DEFECTS:
            return True
        goods = topic.intent in _OF_GOODS and turn.intent in _OF_GOODS
        return goods or one_matter(topic.intent, turn.intent)

    def not_understood(self, turn: Turn) -> Need:
        """What is known of the things in talk, or the closest guesses."""
        return Need("action_default_fallback", turn.as_intent(FALLBACK_INTENT))

    def of_goods(self, turn: Turn) -> Need | None:
        """What else a question of orders means beside a product, when no word in it is of orders.

        For those whose orders we may not look up.
        """
        topic = turn.topic
        in_talk = turn.slot("current_product") or (topic and topic.intent in _OF_GOODS)
        if turn.clicked or wording.of_orders(turn.text) or not (in_talk or turn.names_thing):
            return None
        if any(entity.name in ("order_number", "waybill") for entity in turn.entities):
            return None
        if topic is not None and topic.intent in _OF_A_WISH and not wording.questioning(turn.text):
            return Need(topic.action, turn.resumed(topic))
        return self.not_understood(turn)

    def fragment(self, turn: Turn) -> Need | None:
        """A question that says not of what (多久, 多少钱): it is about the topic of the talk."""
        topic = turn.topic
        if topic is None or turn.clicked or turn.names:
            return None
        kind = wording.fragment(turn.text)
        if not kind or (kind in _ONLY_OF and topic.intent not in _ONLY_OF[kind]):
            return None
        if topic.intent == "product_recommend":  # of what was shown, not of what was wished
            topic = replace(topic, entities=())
        if kind == "others":  # than the colour and size asked about
            kept = tuple(entity for entity in topic.entities if entity.name in _STAYS)
            topic = replace(topic, entities=kept)
        if kind == "split":  # the order in talk, whichever of its parcels
            topic = replace(topic, entities=())
        if turn.slot("current_order") and not turn.pending and _found(topic):
            topic = replace(topic, entities=())  # the order that was found for it
        intent = next((to for of, to in _ASKS.get(kind, ()) if topic.intent in of), topic.intent)
        if intent == topic.intent:
            return Need(topic.action, turn.resumed(topic))
        asked = turn.resumed(replace(topic, text="", knowledge=()))
        return Need(self.rules[intent], asked.as_intent(intent))

    def _away(self, turn: Turn) -> Need | None:
        """稍等，锅里烧着菜; 回来了，继续: an open question stays as it is."""
        if turn.clicked or not turn.text or not pauses(turn.text):
            return None
        return Need("action_away", turn.as_intent("away"))

    def _merely_heard(self, turn: Turn) -> Need | None:
        """哦, to an answer: no small talk; to a question of ours it is no yes."""
        if turn.clicked or turn.pending is not None or not wording.merely_heard(turn.text):
            return None
        return Need(self.rules["affirm"], turn.as_intent("affirm"))

    def _tried(self, turn: Turn) -> Need | None:
        """换过线了, 还是不行, 连上了: what came of a step of troubleshooting.

        试过了还是不行 answers no question like 有电吗: its options are shown again.
        """
        steps = turn.steps
        if turn.clicked or not turn.text:
            return None
        told = wording.result(turn.text)
        if not steps:
            helping = turn.topic is not None and turn.topic.intent == "usage_help"
            asked = helping and any(offer.intent == OPEN_ENTRY for offer in turn.offers)
            again = asked and told == "failed"
            return (
                Need("action_which_of_these", turn.as_intent("which_of_these")) if again else None
            )
        fitting = [one for one in steps if told and wording.result(one.title) == told]
        same = [one for one in steps if alike(one.title, turn.text)]
        chosen = next((found[0] for found in (same, fitting) if len(found) == 1), None)
        if chosen is not None:
            return self._chosen(chosen, replace(turn, text=""))
        guessed = turn.intent in _GUESSED_AT or not turn.confidence >= UNSURE
        vague = guessed and not turn.misses and not wording.questioning(turn.text)
        if told or (vague and turn.intent not in COURTESIES):
            return Need("action_which_of_these", turn.as_intent("which_of_these"))
        return None

    def _partly_named(self, turn: Turn) -> Need | None:
        """放平了, to 有水也放平了 and 没水: the only answer of these that holds the words."""
        words = wording.folded(turn.text).rstrip(_AFTER_WORDS)
        shown = [one for one in turn.just_offered if one.intent == OPEN_ENTRY]
        if turn.clicked or len(words) < _SHORTEST_TITLE or len(shown) < 2:
            return None
        having = [one for one in shown if words in wording.folded(one.title)]
        return self._chosen(having[0], replace(turn, text="")) if len(having) == 1 else None

    def _exchanged(self, turn: Turn) -> Need | None:
        """可以换新机吗 of something faulty, 我买的耳机能换吗: no trade of old for new."""
        topic = turn.topic
        if turn.intent != "trade_in" or turn.clicked or wording.old_for_new(turn.text):
            return None
        if topic is not None and topic.intent in _OF_DEFECTS:
            turn = turn.resumed(replace(topic, text="", knowledge=()))
        elif turn.confidence >= SURE or not wording.bought(turn.text):
            return None
        return Need(self.rules["exchange_request"], turn.as_intent("exchange_request"))

    def _of_the_invoice(self, turn: Turn) -> Need | None:
        """已经开好了; 改成 某某公司 税号…, after an invoice was talked about: no other colour."""
        topic = turn.topic
        if topic is None or topic.intent != "invoice" or turn.clicked:
            return None
        if turn.intent in COURTESIES:
            return None
        heard = {turn.intent, *(clause.intent for clause in turn.clauses)} - IDLE
        if heard - {"invoice", "change_order", "change_address"}:  # 改成 is all that these heard
            return None
        if wording.on_invoices(turn.text):
            return Need(self.rules["invoice"], turn.as_intent("invoice"))
        told = turn.intent in _GUESSED_AT and wording.issued(turn.text)
        return Need(topic.action, turn.resumed(topic)) if told else None

    def _of_the_station(self, turn: Turn) -> Need | None:
        """几点关门, after a parcel was talked about: not the shop."""
        topic = turn.topic
        if topic is None or turn.clicked or topic.intent not in _ON_THE_WAY:
            return None
        if turn.intent != "store_info" or not wording.opening_hours(turn.text):
            return None
        return Need("action_answer", turn.as_intent("ask_carrier"))

    def _narrowed(self, turn: Turn) -> Need | None:
        """女的, 拍照好的, 长辈用: what the things recommended must be as well."""
        asked = self._wished(turn)
        if asked is None or asked.intent != "product_recommend" or turn.clicked:
            return None
        if turn.intent in COURTESIES - {"affirm", "deny"} or turn.names_thing:
            return None
        if not wording.only_wishes(turn.text, self.wishes):
            return None
        return Need(asked.action, turn.as_intent(asked.intent))

    def _told_more(self, turn: Turn) -> Need | None:
        """我一个人住, 下雨呢, 那长款呢: a detail for what is wished or asked of a product."""
        asked = self._wished(turn)
        if asked is None or turn.clicked or wording.of_orders(turn.text):
            return None
        strayed = turn.intent in _OF_ORDERS | _OF_MONEY and wording.other_of_it(turn.text)
        told = turn.intent in _GUESSED_AT and wording.detail(turn.text)
        if not (strayed or told):
            return None
        if asked.intent in _OF_A_WISH:
            return Need(asked.action, turn.resumed(asked))
        return self.not_understood(turn)

    def _wished(self, turn: Turn) -> Topic | None:
        """The question about goods that is open, or the one answered last."""
        questions = (turn.pending, turn.topic)
        return next((one for one in questions if one and one.intent in _OF_GOODS), None)

    def _completed(self, turn: Turn) -> Need | None:
        """The answer to our open question."""
        pending = turn.pending
        if pending is None:
            return None
        others = wording.none_of_them(turn.text) or wording.fragment(turn.text) == "others"
        if pending.awaits == "detail" and others:
            return Need("action_none_of_these", turn.as_intent("none_of_these"))
        if not _completes(pending, turn):
            return None
        other = wording.correcting(turn.text) and turn.names_thing
        meant = turn.about_another(pending) if other else turn.resumed(pending)
        if turn.names_thing and not pending.text and pending.intent == "product_attribute":
            meant = replace(meant, text="")  # 毛衣, 男的那个: nothing is asked of it yet
        return Need(pending.action, meant)

    def _named_on_the_menu(self, turn: Turn) -> Need | None:
        """The title of an option that is no longer the last one shown, or of the menu."""
        words = wording.folded(turn.text)
        if not words:
            return None
        for line in reversed(turn.transcript):
            for offer in line.offers:
                if offer.intent and wording.folded(offer.title) == words:
                    return self._chosen(offer, replace(turn, text=""))
        intent = self.titles.get(words)
        if intent is None or intent not in self.rules:
            return None
        return Need(self.rules[intent], turn.as_intent(intent))

    def _looked_for(self, turn: Turn) -> Need | None:
        """那去查一下吧, 家门口没有: a yes to our offer to have a parcel looked for.

        Who has had enough gets a person.
        """
        pending = turn.pending
        if turn.clicked or pending is None or pending.awaits != "yes":
            return None
        if pending.action != "action_refund_request":
            return None
        if wording.fed_up(turn.text):
            return Need("action_handoff", turn.as_intent("parcel_stuck"))
        wanted = wording.looked_for(turn.text)
        return Need(pending.action, turn.resumed(pending)) if wanted else None

    def _rest_asked(self, turn: Turn) -> Need | None:
        """耳机收到了 四件套呢: where the parcel is of what has not come."""
        place = None if turn.clicked else wording.rest_asked(turn.text)
        if place is None:
            return None
        named = any(place[0] <= entity.start < place[1] for entity in turn.entities)
        rest = turn.part(*place, "track_logistics")
        only = named and rest.only_details and rest.names_thing
        return Need(self.rules[rest.intent], rest) if only else None

    def _taken_back(self, turn: Turn) -> Need | None:
        """我没说要退: a no to what is going on; 答非所问, 不是这个订单: to our answer."""
        if wording.disliked(turn.text) and turn.topic is not None:
            return Need("action_disliked", turn.as_intent("disliked"))
        if wording.not_this_one(turn.text) and turn.topic is not None:
            return Need("action_none_of_these", turn.as_intent("none_of_these"))
        if wording.taken_back(turn.text) and (turn.pending or turn.intent != "undo_request"):
            return Need(self.rules["deny"], turn.as_intent("deny"))
        return None

    def _of_the_faulty(self, turn: Turn) -> Need | None:
        """退货, typed or clicked, when the steps for the earphones have not helped: of these."""
        topic = turn.topic
        if topic is None or topic.intent != "usage_help" or turn.intent not in _WAYS_OUT:
            return None
        if turn.names_thing:
            return None
        goods = tuple(one for one in topic.entities if one.name in ("product", "category"))
        about = replace(turn, entities=turn.entities + goods)
        return Need(self.rules[turn.intent], about) if goods else None

    def _refused(self, turn: Turn) -> Need | None:
        """不要吃的, to products for a wish: what else fits it."""
        asked = self._wished(turn)
        if asked is None or asked.intent != "product_recommend" or not turn.refused:
            return None
        return Need(asked.action, turn.as_intent(asked.intent))

    def _without_picture(self, turn: Turn) -> Need | None:
        """没拍照, to another question about something faulty: that question again."""
        pending = turn.pending
        if pending is None or pending.awaits != "detail" or pending.intent not in _OF_DEFECTS:
            return None
        told = not turn.clicked and wording.without_picture(turn.text)
        return Need(pending.action, turn.resumed(pending)) if told else None

    def _of_somebody_else(self, turn: Turn) -> Need | None:
        """Orders by somebody's name or phone; whose they are is the action's business."""
        asked = turn.intent in _OF_ORDERS or turn.intent in IDLE
        return Need("action_whose_order", turn) if asked and wording.of_others(turn.text) else None

    def _placed(self, turn: Turn) -> Need | None:
        """第二个, 最后一个多少钱, 这个呢: one of those shown last."""
        offers = turn.offers
        if not offers or turn.clicked or turn.names_thing:
            return None
        both = choices.places(turn.text)
        named = both[0] if both else None
        if len(both) > 1 and turn.intent in self.rules and turn.intent not in IDLE:
            return self._compared(turn, [place.of(len(offers)) for place in both])
        if named is None:
            pointing = wording.pointing(turn.text) and turn.pending
            return (
                Need("action_which_of_these", turn.as_intent("which_of_these"))
                if pointing
                else None
            )
        if len(named.rest) > _LONGEST_REST:
            return None
        index = named.of(len(offers))
        if index is None:
            return Need("action_which_of_these", turn.as_intent("which_of_these"))
        offer = offers[index]
        if (offer.of("item_id") or offer.of("product")) and wording.how_to_buy(named.rest):
            goods = replace(turn.as_intent("stock_check"), entities=offer.entities)
            return Need("action_how_to_order", goods)
        own = offer.intent or (offer.of("product") and turn.intent in _OF_GOODS)
        if not named.rest or not own or turn.intent in IDLE:
            return self._chosen(offer, replace(turn, text=named.rest))
        asked = replace(turn, text=named.rest, entities=turn.entities + offer.entities)
        return Need(self.rules[turn.intent], asked)

    def _compared(self, turn: Turn, indices: Sequence[int | None]) -> Need | None:
        """第一个和第二个哪个好: both of them by their names."""
        if None in indices:
            return Need("action_which_of_these", turn.as_intent("which_of_these"))
        meant = [turn.offers[index] for index in indices if index is not None]
        products = tuple(Entity("product", one.title) for one in meant if one.of("item_id"))
        entities = products or tuple(entity for one in meant for entity in one.entities)
        return Need(self.rules[turn.intent], replace(turn, entities=turn.entities + entities))

    def _chosen(self, offer: Offer, turn: Turn) -> Need | None:
        """As if that option had been clicked; of a card, what the talk is about."""
        turn = replace(turn, entities=offer.entities)
        topic = turn.topic
        if topic is not None and topic.intent == "product_compare" and not offer.intent:
            return Need("action_named", turn.as_intent("named"))
        if offer.intent in self.rules:
            chosen = replace(turn.as_intent(offer.intent), clicked=True, text="")
            pending = turn.pending
            if pending is not None and _completes(pending, chosen):
                return Need(pending.action, chosen.resumed(pending))
            return Need(self.rules[offer.intent], chosen)
        return None if topic is None else Need(topic.action, turn.about_another(topic))

    def _of_the_chosen(self, turn: Turn) -> Need | None:
        """第二个什么时候到: a question about one of the options of the form's question."""
        chosen = parts_of(turn).chosen
        if chosen is None or not chosen.of("order_line") or turn.intent not in self.rules:
            return None
        about = replace(turn, entities=chosen.entities + turn.entities)
        return Need(self.rules[turn.intent], about)

    def _begun(self, turn: Turn) -> Need | None:
        """我电话: a line about a number, not finished, and no call for anybody."""
        known = turn.intent not in IDLE | _CALLS and turn.confidence >= SURE
        if turn.clicked or known or not wording.number_begun(turn.text):
            return None
        return Need("action_unfinished", turn.as_intent("unfinished"))

    def _decided(self, turn: Turn) -> Need | None:
        """那算了 黑的吧: the shopper takes that one of the product in talk."""
        topic, chosen = turn.topic, turn.first("color") or turn.first("size")
        if topic is None or topic.intent not in _OF_GOODS or turn.clicked or turn.names_thing:
            return None
        if not (chosen and turn.slot("current_product")):
            return None
        if wording.then_buys(turn.text):
            return Need("action_how_to_order", turn.as_intent("stock_check"))
        if not wording.deciding(turn.text):
            return None
        return Need(self.rules["stock_check"], turn.as_intent("stock_check"))

    def _sold_here(self, turn: Turn) -> Need | None:
        """电饭煲有吗, 有没有耳机: whether the shop has it; 有没有女款外套: one for whom."""
        goods = [(e.start, e.end) for e in turn.entities if e.name in ("product", "category")]
        if turn.clicked or not goods:
            return None
        around = blanked(turn.text, goods)
        if wording.sold_here(around):
            return Need("action_sold_here", turn.as_intent("stock_check"))
        if wording.sold_here(wording.without_wishes(around, self.wishes)):
            return Need(self.rules["product_recommend"], turn.as_intent("product_recommend"))
        return None

    def _buying(self, turn: Turn) -> Need | None:
        """怎么下单, 毛衣来两件: the shopper wants to place an order."""
        if turn.clicked or turn.form:
            return None
        goods = [(e.start, e.end) for e in turn.entities if e.name in _STAYS]
        words = blanked(turn.text, goods)
        of_orders = turn.topic is not None and turn.topic.intent not in _OF_GOODS
        pieces = wording.pieces_wanted(words) and (goods or not of_orders)
        if not (pieces or wording.how_to_buy(words)):
            return None
        return Need("action_how_to_order", turn.as_intent("stock_check"))

    def _added(self, turn: Turn) -> Need | None:
        """那再加一条毛巾呢, to what a price or a coupon was asked of: the same of both."""
        topic = turn.topic
        if topic is None or topic.intent not in _OF_A_SUM or not topic.of("product"):
            return None
        if turn.clicked or not turn.names_thing or not wording.adding(turn.text):
            return None
        both = replace(turn.resumed(topic), entities=topic.entities + turn.entities)
        return Need(topic.action, both)

    def _about_another(self, turn: Turn) -> Need | None:
        """那毛衣呢: the same question about another thing."""
        topic = turn.topic
        if topic is None or not turn.names_another or turn.only_numbers:
            return None
        if topic.intent in _OF_GOODS and wording.mine(turn.text):
            return None  # of what was bought, not of what is sold
        again = self.again(topic.action)
        if not again:
            return None
        shown = {offer.title for offer in turn.just_offered if offer.of("item_id")}
        if topic.intent == "product_recommend" and turn.first("product") in shown:
            return Need("action_named", turn.as_intent("named"))  # 便宜点的那件呢: one of these
        if topic.action in _ALIKE_IN_ALL_CHOICES and not turn.names_thing:
            return Need(self.rules["stock_check"], turn.as_intent("stock_check"))
        topic = topic if again == "words" else replace(topic, text="", knowledge=())
        return Need(topic.action, turn.about_another(topic))

    def _wished_of_another(self, turn: Turn) -> Need | None:
        """啊不对，我是说牛仔裤: what was wished, or refused, of the wrong thing."""
        topic = turn.topic
        if topic is None or topic.intent not in STARTS_A_FORM | {"price_protection"}:
            return None
        corrects = not turn.clicked and wording.correcting(turn.text)
        if not (corrects and turn.only_details and turn.names_thing):
            return None
        turn = replace(turn, text=wording.without_correction(turn.text))
        return Need(topic.action, turn.about_another(replace(topic, text="", knowledge=())))

    def _wished_as(self, turn: Turn) -> Need | None:
        """M, after an exchange was talked about: that colour or size of the same."""
        topic = turn.topic
        if topic is None or topic.intent not in _OF_CHOICES or turn.clicked:
            return None
        chosen = turn.first("color") or turn.first("size")
        if not chosen or not turn.only_details or turn.names_thing:
            return None
        return Need(topic.action, turn.resumed(topic))

    def _bare_name(self, turn: Turn) -> Need | None:
        """Nothing but a number, a link, a copied order or the name of a product."""
        if turn.clicked or not turn.text:
            return None
        if turn.only_details and turn.first("item_id") and not turn.first("order_number"):
            return Need("action_named", turn.as_intent("named"))
        numbered = turn.intent in IDLE and turn.has_whole_number
        if turn.only_numbers or numbered or wording.copied_order(turn.text):
            return Need(self.rules["order_status"], turn.as_intent("order_status"))
        if wording.digits(turn.text) or wording.only_link(turn.text):
            return Need("action_named", turn.as_intent("named"))
        told = any(entity.name == "reason" for entity in turn.entities)  # 半身裙发错了
        if (
            not told
            and turn.only_details
            and any(e.name in ("product", "item_id") for e in turn.entities)
        ):
            return Need("action_named", turn.as_intent("named"))
        return None

    def _bare_kind(self, turn: Turn) -> Need | None:
        """毛衣, 就是那个毛衣, and no more: which of ours, unless a talk of orders goes before."""
        vague = turn.intent in _OF_GOODS and turn.confidence < UNSURE
        if turn.topic is not None or not (vague or turn.intent in COURTESIES):
            return None
        return self.shown_of_kind(turn)

    def shown_of_kind(self, turn: Turn) -> Need | None:
        """The goods of a kind whose name is the whole message, for those who bought none."""
        if turn.clicked or not turn.only_details or turn.first("category") is None:
            return None
        asked = replace(turn.as_intent("product_attribute"), text="")
        return Need(self.rules["product_attribute"], asked)

    def _is_odd(self, turn: Turn) -> bool:
        """Signs may be a courtesy (👌); simple English and long stories may be understood."""
        odd = wording.oddness(turn.text)
        if odd == "foreign":
            courteous = turn.intent in COURTESIES and len(turn.text) < _LONGER_THAN_THANKS
            understood = turn.intent not in IDLE and turn.confidence >= SURE
            return not (courteous or understood)
        if odd == "wordless" and (wording.punctuation(turn.text) or turn.moods[-1] < 0):
            return True
        if odd in ("wordless", "long"):
            return turn.intent == FALLBACK_INTENT
        return bool(odd)


def _found(topic: Topic) -> bool:
    """Whether it was of an order by words, which may fit others as well (衬衫到哪了)."""
    exact = any(topic.of(name) for name in ("order_line", "order_number", "waybill"))
    return topic.intent in _ON_THE_WAY and not exact


def _completes(pending: Pending, turn: Turn) -> bool:
    wishes = [pending.intent]
    if pending.awaits == "detail" or one_matter(pending.intent, pending.wish):
        wishes.append(pending.wish)
    same_wish = turn.intent in wishes
    if pending.action == "action_return_start" and turn.only_details and turn.names_thing:
        return True
    if pending.action == "action_handoff" and wording.fed_up(turn.text):
        return True
    if pending.awaits == "detail":
        return turn.only_details or (turn.clicked and same_wish)
    asks = wording.questioning(turn.text)
    return same_wish and turn.intent in _WISHES and not (turn.clicked or turn.names or asks)

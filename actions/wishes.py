"""What is plainly wished, by words that can hardly mean anything else. Pure.

They settle two things: what a message wants that was taken for a question of goods or of orders
(订单…要改收货地点; 毛衣少了一件，补给我), and for what an open flow is dropped (不换了，我要退货).
"""

from __future__ import annotations

import re

from actions.needs import IDLE
from actions.turn import Turn

_PIECE = r"(?:[一二两三四五六七八九几\d]+)(?:个|件|双|条|只|瓶|盒|袋|包|套|支|罐|本|台|份|箱|把)"
SHORT = re.compile(
    rf"[少漏缺](?:发|寄|装|给|放)了?我?(?:{_PIECE})?|[少漏缺](?:了|我)*{_PIECE}(?!.{{0,4}}[码号]了?$)"
    rf"|(?<!还)差(?:了|我)*{_PIECE}(?!就)|只(?:收到|到|来|发|有)了?一?(?:部分|半)|没(?:到|发|给|装)齐|数(?:目|量)?不(?:对|够)"
)
"""That pieces of what was bought are missing."""

WISHES = {
    "return_request": re.compile(
        r"退货|退掉|退了吧?|退吧|退回[去来]|退(?:还)?给你们|[想要办]退(?!款|钱)"
    ),
    "cancel_order": re.compile(
        r"取消(?:掉|了|一下)?(?:这|整|那|该)?(?:个|笔)?(?:订单|单)|[整这]单(?:都|就)?不要|不买了|退掉"
        r"|订单.{0,8}取消|取消(?:[掉了吧呗啦]|就好|就行|算了)*(?=[,，。!\s]|$)|(?:订单|单子)[^,，。]{0,6}撤|撤(?:掉|了|销)?[^,，。]{0,10}(?:订单|单子|这[单笔])|退单|撤单"
    ),
    "exchange_request": re.compile(
        r"换货|换[个件条双一](?!.{0,3}(?:地|电话|时间|人|快递))|换成|换新|换(?:发|给我)?\s?(?:[XSML\d]+(?:码|号)?)(?![\d-])|[想要]换"
    ),
    "change_order": re.compile(r"改成|改为|换成|改[个件条双一](?!.{0,3}地)|改(?:尺码|颜色|码)"),
    "refund_request": re.compile(r"退款|退钱|把钱退"),
    "warranty_repair": re.compile(r"报修|维修|修一下|送修|修[吧好]"),
    "change_address": re.compile(
        r"[改换].{0,6}(?:地址|地只|地点|收货地|收货信息|收件信息|收货人|收件人)|[改换]个地[儿方]"
        r"|(?:收[货件])?(?:电话|手机号码?).{0,3}[改换](?!绑)|[改换][一个下]*(?:收[货件]|联系)?(?:人的?)?(?:电话|手机号)"
        r"|(?:地址|地只|地点).{0,4}(?:[改换]|更正|变更)|改寄|转寄|[寄送]到别"
    ),
    "price_protection": re.compile(r"价保|保价|[补退](?:一?下)?差价|降价.{0,6}[补退]"),
    "wrong_or_missing_item": SHORT,
    "invoice": re.compile(r"开.{0,6}(?:发票|公司的?票)"),
}
"""By intent; in the words of any message, whatever it was understood as."""

_DENIED = re.compile(
    r"(?<![是吗])(?:我|那|都|也|这|又|可|真)*(?:不是(?![说不])(?:要|想|来|让)*|没说(?:过|要|让)+|没让你?|没想(?:要|过)*)"
    r"(?![^,，。.;；!！?？\s]*[吗么嘛了])[^,，。.;；!！?？\s我是要想就而只]{1,10}"
)
# What a message with such words may have been mistaken for.
_MISTAKEN = IDLE - {"affirm", "deny"} | {
    "order_status",
    "track_logistics",
    "ask_delivery_time",
    "delivery_range",
    "stock_check",
    "size_advice",
    "product_attribute",
    "product_compare",
    "product_recommend",
    "price_query",
    "usage_help",
    "change_order",
    "payment_issue",
}
_OF_PIECES = frozenset(
    {
        *("refund_request", "exchange_request", "price_protection", "compensation"),
        *("urge_delivery", "logistics_complaint", "after_sales_status"),
    }
)
_ASKS = re.compile(
    r"什么时候|多久|[几多]天|为什么|为啥|怎么(?![办处]|还)|多少|哪|规则|政策|流程|[要收]钱|收费|运费|邮费|吗.{0,3}$|有没有"
)
_POLITELY = re.compile(r"[能可]以?(?:不能|不可以)?.{0,16}[吗么][?？。\s]*$|行[吗不]|好[吗不]")
_THERE = re.compile(r"有(?!什么|啥|哪).{0,12}[吗么嘛不没][?？。\s]*$|有没有")
_GUESS = 0.5
_UNLESS = re.compile(r"再不|不然|否则|要不(?!要)")  # 再不发我退货 urges
_ONLY_BACK = re.compile(r"^(?!.*[换少漏缺]).*(?<![不别没无])退(?!色|烧)")  # 毛衣退 大了
_UNWANTED = re.compile(r"不想?要了(?!.{0,4}[吗么])")
_SENT_TO = re.compile(r"[送寄改换搬]")
_NEW_PHONE = re.compile(r"(?:电话|手机号?|号码).*[改换]|[改换].*(?:电话|手机号|号码)")


def denies(turn: Turn) -> bool:
    """Whether the only wish is the denied one that it was taken for (我不是要退货)."""
    return _meant_instead(turn) == []


def without_denied_wish(turn: Turn) -> Turn:
    """As what is meant instead of the wish it was taken for and denies; a no when that is nothing.

    The wish of the open form is left to the form.
    """
    own = "return_request" if turn.form == "return_form" else turn.slot("flow_name")
    meant = _meant_instead(turn)
    if meant is None or (turn.form and turn.intent == own):
        return turn
    if not meant:
        return turn.as_intent("deny")
    return turn.as_intent(meant[0]) if len(meant) == 1 else turn


def _meant_instead(turn: Turn) -> list[str] | None:
    """The wishes beside the denied one that it was taken for; None when that one is not denied."""
    wish = WISHES.get(turn.intent)
    if wish is None or wish is SHORT or turn.clicked or not wish.search(turn.text):
        return None
    rest = beside_denied(turn.text)
    if wish.search(rest):
        return None
    return [intent for intent, words in WISHES.items() if words.search(rest)]


def beside_denied(text: str) -> str:
    """The message with blanks for the wishes it denies (不是换货，我要退货)."""
    return _DENIED.sub(lambda match: " " * len(match[0]), text)


def plainly(turn: Turn) -> str | None:
    """The intent of the one thing that is plainly wished; None when it was understood, or asked."""
    if turn.clicked or not turn.text:
        return None
    chosen = turn.first("color") or turn.first("size")
    if turn.intent == "product_recommend" and turn.first("product") and chosen:
        return "stock_check" if _THERE.search(turn.text) else None
    held = "address" in turn.personal and _SENT_TO.search(turn.text)
    if turn.intent == "cancel_order" and held and not WISHES["cancel_order"].search(turn.text):
        return "change_address"  # 送到上海市……，原来那个不住了
    if turn.intent == "exchange_request" and _ONLY_BACK.search(turn.text):
        return "return_request"
    short = SHORT.search(turn.text) is not None
    urged = turn.intent == "urge_delivery"  # 赶紧的，地址要更正
    if turn.intent not in _MISTAKEN and not urged and not (short and turn.intent in _OF_PIECES):
        return None
    if _ASKS.search(_POLITELY.sub("", turn.text)):
        return None
    if short:
        return "wrong_or_missing_item"
    wished = [
        intent
        for intent, words in WISHES.items()
        if intent != turn.intent and words.search(beside_denied(turn.text))
    ]
    if urged and (turn.confidence >= _GUESS or _UNLESS.search(turn.text)):
        return "change_address" if wished == ["change_address"] else None
    moved = "address" in turn.personal and _SENT_TO.search(turn.text)
    if moved or ("phone" in turn.personal and _NEW_PHONE.search(turn.text)):
        wished = ["change_address"]
    if not wished and turn.names_thing and _UNWANTED.search(turn.text):
        wished = ["return_request"]  # the return finds out what has not gone out yet
    if {"exchange_request", "change_order"} <= {*wished, turn.intent}:
        wished = [one for one in wished if one not in ("exchange_request", "change_order")]
    return wished[0] if len(wished) == 1 else None

"""What a message means while a flow is open. Pure.

It may answer our question, agree to the summary, correct an earlier answer, give up, pause, or be
about something else altogether.
"""

from __future__ import annotations

import re
from enum import Enum

from actions.needs import IDLE, SURE
from actions.parts import questioning
from actions.turn import FALLBACK_INTENT, Turn
from actions.wishes import WISHES, denies


class Heard(str, Enum):
    """What a message does to the flow when it answers none of its questions."""

    CONFIRM = "confirm"
    REFUSE = "refuse"  # no to the summary, without saying what to change
    CANCEL = "cancel"
    LATER = "later"  # not now, and not given up
    RESUME = "resume"  # on with it, after a pause
    ACKNOWLEDGED = "acknowledged"  # the summary was read, or thanked for: no yes yet
    OTHER_THING = "other_thing"  # another order or line, not said which
    ELSEWHERE = "elsewhere"  # a question or a wish of its own: answered, then we come back
    NOTHING = "nothing"


CONFIRM_SLOT = "flow_confirmed"
DIRECT = "direct"
"""The note of a flow that has asked plainly 现在提交吗."""
RESUMED = "resumed"
"""The note of a flow, or a return, that waited over the end of Rasa's session."""
BETWEEN = "between"
"""The note of a flow or a return when our last words asked something else besides."""
PUT_OFF = frozenset({"later", "refused", BETWEEN})
"""The notes after which 嗯 and 好 agree to nothing: what they answer is not the summary."""

LIKELY_YES = 0.5
"""Below this confidence what was taken for a yes agrees to nothing that is done."""

_PERSON = frozenset({"ask_human", "service_complaint"})
_SHORT_ANSWER = 8  # characters: 太小了穿不下
_HARDLY = 0.75
_REFUSING = frozenset({"deny", "undo_request"})
_GIVING_UP = _REFUSING | IDLE | {FALLBACK_INTENT, "cancel_order"}
GIVES_UP = re.compile(
    r"不(?:用|想|要|再)?(?:办|弄|搞|申请|改|换|取消|开|要|退|补|约|用)了"
    r"|(?:先|那就?|还是|就)(?:不|别)[办弄改换取开要退补约用]"
    r"|算了|^(?:取消|退出|停止|不用|作罢)(?:操作|申请|办理)?[吧了]?$|别[弄办改换开]了"
)
# Said at the end of a message it ends the wish, even where it could answer a question of ours.
_NOT_NEEDED = re.compile(
    r"(?:不用|不必|不需要|用不着|别)(?:再|给我|帮我|你们)*(?:补发?|换货?|退货?|修|弄|办|查|赔|寄|发|备注|申请)"
    r"了?[吧哈啦]?[。.!！~\s]*$"
)
LATER = re.compile(
    r"(?:那|我|先|嗯|好的?|让我|你)*(?:等一?[下会]儿?|等等|稍等|晚点|晚些|待会儿?|回头|过会儿?|一会儿?|慢着)"
    r"(?:我?再?(?:说|弄|退|看看?|办|来|选|确认|回复?|告诉|联系|决定)你?|一下|我)*"
    r"(?:我(?:先|去|要|得|有|在|接|拿|开|看|问|忙)[^退换改催取修]{0,10})?"
    r"|(?:那|我|让我|先|再|还)*(?:想想|想一想|考虑|考虑一?下|看看|(?:先|去|得)*问(?:问|一?下|一声|过)(?:我?(?:家[里人]人?|老[公婆]|对象|爸妈?|妈妈?|孩子|朋友|他|她|男朋友|女朋友))?)"
    r"(?:再说)?|先放着|先放一?下"
)
# 好的 我考虑一下: not yet, however it begins; 想好了 and 考虑清楚了 are an end of it.
_HESITATION = re.compile(
    r"考虑(?!好|清楚|过)|想想|想一[下想]|(?<!不)犹豫|纠结|商量|再说|再看|先看看|看看再|等等|等一?[下会]|再等|先等"
    r"|不急|别急|问问|问一下|晚点|回头|过会|过[一两]?[天阵]|缓[缓一]"
)
_BACK = r"我?(?:回来|想好|想通|忙完)[了啦]*"
RESUME = re.compile(
    rf"(?:那|我们?|咱|可以|好了?|嗯|哦|来)*(?:{_BACK})?(?:那|我们?|咱)*(?:继续|接着)"
    rf"(?:刚才的?)?(?:退货?|办|来|说|弄|吧)*|{_BACK}"
)
# Said by who has read the summary; 哦 is nothing but particles. Only the others agree to it.
READ = re.compile(
    r"(?:好的?|嗯+|行)*(?:知道了?|晓得了?|收到|明白了?|了解了?|看到了?|懂了)(?:谢谢|多谢|谢啦)*|"
)
# With what input by sound makes of 确认.
_AGREED = "确认|却认|确任|提交|同意|没问题|没错|无误|就这[样么]办?"
_BEFORE_YES = r"(?:那|就|好的?|嗯+|可以|行|对|是的?|都|全)*"
_YES = re.compile(rf"(?<![不没未])(?:{_AGREED}|办吧)(?!.{{0,2}}(?:什么|哪|一下))")
# 核对过了，确认; 提交提交，别磨叽: whatever they were understood as.
_ENDS_IN_YES = re.compile(
    rf"(?:.{{0,8}}[\W_])?{_BEFORE_YES}(?:{_AGREED})(?:{_AGREED})?(?:给我|帮我|办)*[了吧呀啊呢哈嘛的]*\W*"
)
_BEGINS_WITH_YES = re.compile(rf"{_BEFORE_YES}(?:{_AGREED})+[了吧呀啊呢哈嘛]*[\W_]")
_NO_PLAIN_YES = re.compile(r"[不先等但换改错退]|可是|取消|别(?![磨墨废啰拖])")
ASSENT = re.compile(r"(?:好|嗯|行|可以|是|对|ok|中|成|要)+", re.I)
_OF_SHOPPING = re.compile(r"[退换改查催发寄修赔买]|取消|多少|快递|订单|单号|人工|客服")
_TAG = re.compile(
    r"[\s,，]*(?:行不行|可不可以|可以不可以|好不好|成不成|(?:行|可以|好|中|成|ok)[吗么嘛不])[\s?？。.!！~]*$",
    re.I,
)
_OTHER_THING = re.compile(
    r"(?:不是|不对|错了|(?:换|改)(?![成为到])).{0,6}(?:另|别的|那[笔单件个]|其他)|另(?:外)?一[笔单件个双条]"
    r"|不是这[笔单件个双条]|选错"
)
# 行 领: a yes to the compensation that was spoken of besides, and to no summary of another flow.
_TO_COMPENSATION = re.compile(r"领|补偿")
_SHORT = 14  # characters
# What turns away from the wish, or to another one.
_DROPS = re.compile(
    r"(?:不|别)(?:用|要|想|再|打算)*(?:退|换|修|改|取消|补|开|撤|装|约|办|弄|催)[货款]?了?|算了|还是|干脆|说错"
    r"|^(?:可是|但是?|不过|其实|我的意思是|不对|不是)"
)
_BEFORE_WISH = re.compile(r"^(?:那|就|我|还是|直接|干脆|给我|帮我|请|要|想|办|申请)+")
_OF_COSTS = frozenset({"shipping_fee", "return_policy"})
_COST = re.compile(
    r"(?:运费|邮费|快递费)(?!险)|手续费|服务费|改寄费|[要收花掏].{0,2}钱|[付出给](?:多少|几个|点)?钱|收费|免费|自费|谁[出付承掏]|自己[出付掏]"
)
_CORRECTS = re.compile(r"不对|错|不是|应该[是叫]|[改换]成")
_OF_A_THING = frozenset({"product", "category", "order_number", "order_line", "waybill"})


def read(
    turn: Turn,
    *,
    starting: frozenset[str],
    answers: bool,
    gives_up: re.Pattern[str] = GIVES_UP,
    agrees: re.Pattern[str],
) -> Heard:
    """What a typed message does to the flow.

    Args:
        turn: the message; `turn.asked` is the open question.
        starting: the intents that the flow begins with: said again they are no digression.
        answers: some question of the flow is answered by it, so that it gives up only in words
            that can mean nothing else.
        gives_up: the words by which this flow is given up.
        agrees: the words by which its summary is agreed to, whatever they were understood as; the
            wish said once more is no yes.
    """
    bare = bare_words(turn.text)
    if puts_off(turn.text):
        return Heard.LATER
    if RESUME.fullmatch(bare):
        return Heard.RESUME
    undecided = turn.asked == CONFIRM_SLOT and not answers and not gives_up.search(turn.text)
    if undecided and hesitates(turn.text):
        return Heard.LATER
    if for_a_person(turn, answers=answers):
        return Heard.ELSEWHERE
    if turn.intent in starting and denies(turn):
        return Heard.CANCEL
    asking = questioning(turn.text)
    if not asking and _NOT_NEEDED.search(turn.text):
        return Heard.CANCEL
    ends = not asking and not answers and gives_up.search(turn.text)
    if ends and turn.intent in _GIVING_UP | starting and not names_thing(turn):
        return Heard.CANCEL
    summed_up = turn.asked == CONFIRM_SLOT and not answers and not asking
    if summed_up and (heard := _to_the_summary(turn, bare, starting, agrees)) is not None:
        early = turn.early and heard is Heard.CONFIRM  # written before the summary was there
        return Heard.ACKNOWLEDGED if early else heard
    if answers:
        return Heard.NOTHING
    if of_another(turn.text) and not asking:
        return Heard.OTHER_THING
    again = any(WISHES[one].search(turn.text) for one in starting & WISHES.keys())
    clear = turn.intent not in starting | IDLE | {FALLBACK_INTENT} and not again
    if clear or (asking and turn.intent not in (FALLBACK_INTENT, "affirm", "deny")):
        return Heard.ELSEWHERE
    return Heard.NOTHING


CALLING_OFF = (
    re.compile(r"(?:不|别)(?:用|想|要)?取消|算了|还是(?:要|留)|留着"),
    re.compile(r"(?:那|就|好的?|嗯+|可以|行|对|是的?|请|帮我|确认)*取消(?:掉|好|吧)*"),
)
"""What gives up, and what agrees to, calling off something that was arranged."""


def agreeing(words: str) -> re.Pattern[str]:
    """The words that agree to a summary, with what people put before and after them."""
    before = (
        "(?:那|就|好的?|嗯+|可以|行|对|是的?|请|麻烦|帮我|给我|你|现在|马上|直接|确认|这样|这么)*"
    )
    return re.compile(f"{before}(?:{words})(?:一下|给我|我|好|吧)*")


def of_another(text: str) -> bool:
    """Whether it says that another order or piece is meant: 不是这个，我问的是白衬衫."""
    return _OTHER_THING.search(text) is not None


def says_yes(text: str) -> bool:
    """Whether the words alone agree, whatever the message was taken for; a question does not."""
    if questioning(text):
        return False
    if _ENDS_IN_YES.fullmatch(text):
        return True
    begun = _BEGINS_WITH_YES.match(text) if len(text) <= _SHORT else None
    return begun is not None and not _NO_PLAIN_YES.search(text[begun.end() :])


def hesitates(text: str) -> bool:
    """Whether a short message puts the decision off; a question does not."""
    if questioning(text) or says_yes(text):
        return False
    bare = bare_words(text)
    return len(bare) <= _SHORT and _HESITATION.search(bare) is not None


def wish_instead(turn: Turn, starting: frozenset[str]) -> str | None:
    """The intent of another wish for which this flow's own is dropped: 不换了，我要退货; 退款！

    None when nothing is dropped, when only something is asked, or the wish is of the flow itself.
    """
    if turn.clicked or questioning(turn.text):
        return None
    bare = _BEFORE_WISH.sub("", bare_words(turn.text))
    for intent, words in WISHES.items():
        if intent not in starting and words.fullmatch(bare):
            return intent
    dropped = _DROPS.sub(" ", turn.text)
    if dropped == turn.text:
        return None
    wished = [intent for intent, words in WISHES.items() if words.search(dropped)]
    clauses = [one.intent for one in turn.clauses if not one.denied and one.confidence >= SURE]
    whole = [turn.intent] if turn.confidence >= SURE else []
    for intent in (*reversed(clauses), *whole, *wished):
        if intent in wished and intent not in starting:
            return intent
    return None


def after_a_question(turn: Turn, note: str) -> str:
    """The note of a flow or a return after a question was answered in between, and perhaps asked.

    Args:
        turn: the message that was answered.
        note: the note so far.
    """
    offered = turn.pending is not None and turn.pending.awaits == "yes"
    return BETWEEN if offered or note == BETWEEN else "resume"


def without_tag(text: str) -> str:
    """The message without the 行吗, 可以吗 that makes a wish polite."""
    return _TAG.sub("", text)


def puts_off(text: str) -> bool:
    """Whether the message only says that its writer is away for a while: 稍等，锅里烧着菜."""
    if LATER.fullmatch(bare_words(text)):
        return True
    first, *why = re.split(r"[\W_]+", text.strip(), maxsplit=1)
    if not why or len(why[0]) > _SHORT or questioning(text):
        return False
    if any(words.search(why[0]) for words in (_OF_SHOPPING, GIVES_UP, _CORRECTS)):
        return False
    return LATER.fullmatch(bare_words(first)) is not None


def resumes(text: str) -> bool:
    """Whether the message only says that its writer is back."""
    return RESUME.fullmatch(bare_words(text)) is not None


def pauses(text: str) -> bool:
    """Whether the message only says that its writer is away for a while, or back."""
    return puts_off(text) or resumes(text)


def for_a_person(turn: Turn, *, answers: bool) -> bool:
    """Whether it belongs to a person, whatever question of ours is open.

    What answers that question and is short, or hardly taken for a complaint, is none (大了); nor
    is what plainly agrees.
    """
    if turn.intent not in _PERSON or says_yes(turn.text):
        return False
    answered = answers and turn.intent != "ask_human" and bool(turn.asked)
    short = len(bare_words(turn.text)) <= _SHORT_ANSWER
    return not (answered and (short or turn.confidence < _HARDLY))


def corrects(turn: Turn) -> bool:
    """Whether it corrects the summary: a bare name or number is an answer then (不对，是李磊)."""
    return turn.asked == CONFIRM_SLOT and _CORRECTS.search(turn.text) is not None


def asks_cost(turn: Turn, starting: frozenset[str]) -> bool:
    """Whether it asks what the open flow, which begins with those intents, costs."""
    of_it = turn.intent in starting | _OF_COSTS and not names_thing(turn)
    return of_it and questioning(turn.text) and _COST.search(turn.text) is not None


def names_thing(turn: Turn) -> bool:
    """Whether the message names an order, a parcel or goods."""
    return any(entity.name in _OF_A_THING for entity in turn.entities)


def _to_the_summary(
    turn: Turn, bare: str, starting: frozenset[str], agrees: re.Pattern[str]
) -> Heard | None:
    """Whether the summary is agreed to; what is as good as a yes to a plain question is none yet.

    好的谢谢 and 知道了 are said by who has read it; once we have asked plainly it is a yes.
    """
    note = turn.slot("flow_note")
    direct = note == DIRECT
    if agrees.fullmatch(bare) or says_yes(turn.text):
        return Heard.CONFIRM
    if _YES.search(turn.text) and turn.intent in starting | {"affirm", "thanks", FALLBACK_INTENT}:
        return Heard.CONFIRM
    if READ.fullmatch(bare):
        return Heard.ACKNOWLEDGED
    if turn.intent == "thanks" or (turn.intent == "affirm" and "谢" in bare):
        if not ASSENT.match(bare):
            return None
        return Heard.CONFIRM if direct else Heard.ACKNOWLEDGED
    if turn.intent == "affirm" and turn.confidence >= LIKELY_YES:
        other = "compensation" not in starting and _TO_COMPENSATION.search(turn.text)
        if other:
            return None
        return Heard.ACKNOWLEDGED if note in PUT_OFF else Heard.CONFIRM
    return Heard.REFUSE if turn.intent in _REFUSING else None


def bare_words(text: str) -> str:
    """The message without signs and the particles at its end."""
    return re.sub(r"[\W_]|[了吧呢啊呀哦嘛哈啦的]+\W*$", "", text)

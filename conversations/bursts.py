"""Short lines sent one after another: which are read together, and when the last one has come.

Pure functions. 「我昨天买的」「那个」「衬衫」 say nothing one by one; read as one message they do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from conversations.text import MAX_NLU_TEXT, normalize

TOGETHER = timedelta(seconds=2)
"""A line that follows another one within this time belongs to it."""

QUIET = timedelta(seconds=1.2)
"""How long an unfinished line is given to be continued."""

LONGEST = timedelta(seconds=2)
"""How long, from its first line on, a burst may put off its answer."""

MOST_LINES = 10
"""More lines than this make more than one message."""

_UNFINISHED_CHARACTERS = 12  # who has written more has mostly said something
_CONTINUATION_CHARACTERS = 4

# What only introduces. Not 「我想退货」, not 「就这个」: those are said.
_OPENING = re.compile(
    r"那|我|我的|那我|我这个|我那个|你们|你们家|你们家的|刚才|之前"
    r"|我?(?:想|要)说(?:的是)?|我的意思(?:是|就是)|换[个种](?:说法|问法)|是这样的?"
    r"|(?:请|我?想|我?要)?问(?:一?下|你?一?个?问题)?|请问(?:一?下)?|我想|帮我"
    r"|(?:就是|还有|然后|而且|但是|不过|因为|所以|如果|或者|另外)(?:说|就是|呢)?"
)
_DANGLING = re.compile(
    r"[,、:]$"
    r"|(?:因为|但是|而且|然后|还有|就是|如果|所以|不过|或者|以及|关于|问一?下|请问)$"
    r"|(?:买|拍|订|下单|收到|寄来|付款|看中|看上|加购)的$"
    r"|(?:^|的)[那这](?:个|件|条|双|款|台|箱|套|本|瓶|盒|只|张|部|单|批)$"
)
# What is named and comes next: 「密码是」「手机号」「我电话」.
_NAMES_WHAT_FOLLOWS = re.compile(
    r"(?:^|[,、:])(?:我的?|收件人)?(?:新的?)?"
    r"(?:手机号?码?|电话号?码?|联系方式|身份证号?码?|银行卡号|卡号|密码|验证码)是?[,:]?$"
    r"|(?:手机号?码?|电话号?码?|身份证号?码?|卡号|密码|验证码)是[,:]?$"
)
_DIGITS = re.compile(r"\d+(?:[ -]\d+)*")
_PHONE_BEGUN = re.compile(r"1[3-9]\d{1,8}")
_FINISHED = re.compile(
    r"[?!。~;]|\d{4}"
    r"|[吗呢吧么啊呀嘛啦哦哈了]$"
    r"|什么|怎么|怎样|哪|几|多少|多久|多大|为啥|为什么|如何|啥|咋|谁|何时"
    r"|能不能|可不可|有没有|是不是|要不要|会不会"
)
# As short as a continuation, and yet all that was meant.
_SAID = re.compile(
    r"你好|您好|在|好的?|行|可以|是的?|对的?|嗯嗯?|没有?|不用?|不是|不要|算了|谢谢|多谢|再见|确认|取消"
    r"|转?人工|客服|退货|换货|退款|发票|物流|催单|查件|尺码"
)
_STOP = tuple("，。！？；：、,.!?;:~…")


def unfinished(lines: Sequence[str]) -> bool:
    """Whether the last of these lines looks as if more were to come.

    Cautious: what might be a question, an answer or a wish as it stands is not waited for. A bare
    noun is only waited for when it continues a line that was unfinished itself.
    """
    last = normalize(lines[-1])
    if _phone_begun(lines):
        return True
    if not last or _FINISHED.search(last):
        return False
    if len(last) <= _UNFINISHED_CHARACTERS and _opens(last):
        return True
    return (
        len(last) <= _CONTINUATION_CHARACTERS
        and not _SAID.fullmatch(last)
        and len(lines) > 1
        and unfinished(lines[:-1])
    )


def settled_at(lines: Sequence[str], *, first_at: datetime, last_at: datetime) -> datetime | None:
    """Until when to wait for more, or None when these lines can be answered at once."""
    if len(lines) >= MOST_LINES or not unfinished(lines):
        return None
    return min(last_at + QUIET, first_at + LONGEST)


def fits(lines: Sequence[str], line: str) -> bool:
    """Whether `line` can be read together with those before it: the NLU reads only so much."""
    return len(lines) < MOST_LINES and len(together([*lines, line])) <= MAX_NLU_TEXT


def together(lines: Sequence[str]) -> str:
    """The lines as one text, with commas between them; a line said twice running counts once.

    A comma keeps numbers apart (「1」「2」) and reads like the pause it was.
    """
    text, before = "", None
    for line in (line.strip() for line in lines):
        if not line or line == before:
            continue
        pause = "" if not text or text.endswith(_STOP) or line.startswith(_STOP) else "，"
        text, before = f"{text}{pause}{line}", line
    return text


def _opens(line: str) -> bool:
    return bool(
        _OPENING.fullmatch(line) or _DANGLING.search(line) or _NAMES_WHAT_FOLLOWS.search(line)
    )


def _phone_begun(lines: Sequence[str]) -> bool:
    """Whether the last lines are the first digits of a mobile number, and not yet all."""
    digits = ""
    for line in reversed(lines):
        plain = normalize(line)
        if not _DIGITS.fullmatch(plain):
            break
        digits = re.sub(r"\D", "", plain) + digits
    return _PHONE_BEGUN.fullmatch(digits) is not None

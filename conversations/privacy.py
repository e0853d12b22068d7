"""Personal data in what people write: found, and masked before a machine keeps it.

Pure functions. The ledger keeps the original for the signed-in agent; Rasa, logs and analytics get
`mask(text)`. What kept parts remain are useful: the tail of a phone, the bank of a card, the
district of an address. Order numbers, waybills, item ids and amounts stay as they are: they are
what shoppers ask about (`shop.waybills` tells numbers apart).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

HIDDEN = "****"


class Personal(str, Enum):
    """What kind of personal data was found."""

    PHONE = "phone"
    ID_CARD = "id_card"
    BANK_CARD = "bank_card"
    EMAIL = "email"
    ADDRESS = "address"
    PASSWORD = "password"  # noqa: S105 - the name of a kind
    CODE = "code"  # a verification code


@dataclass(frozen=True)
class Masked:
    """A text without personal data, and the kinds that were in it."""

    text: str
    kinds: frozenset[Personal]


@dataclass(frozen=True)
class _Find:
    """`text[start:end]` is of that kind; `shown` stands for it."""

    kind: Personal
    start: int
    end: int
    shown: str


def mask(text: str) -> str:
    """The text without personal data. Idempotent."""
    return find(text).text


def find(text: str) -> Masked:
    """The text without personal data, and what kinds were in it."""
    kinds: set[Personal] = set()
    # A second pass is rare: what a mask leaves can look like something of another kind.
    while finds := _finds(text):
        pieces, position = [], 0
        for found in finds:
            pieces += [text[position : found.start], found.shown]
            position = found.end
            kinds.add(found.kind)
        masked = "".join(pieces) + text[position:]
        if masked == text:
            break
        text = masked
    return Masked(text=text, kinds=frozenset(kinds))


def mask_phone(phone: str) -> str:
    """138****1234; shorter numbers keep less."""
    if len(phone) >= 11:
        return f"{phone[:-8]}{HIDDEN}{phone[-4:]}"
    return "*" * max(0, len(phone) - 2) + phone[-2:]


def mask_name(name: str) -> str:
    """The surname and stars: 王**."""
    return name[:1] + "*" * (len(name) - 1)


def _finds(text: str) -> list[_Find]:
    """What is personal in the text, in order, without overlaps: the surer kind wins."""
    plain = _plain(text)
    if not _WORTH_A_LOOK.search(plain):
        return []
    taken: list[_Find] = []
    for finder in _FINDERS:
        for found in finder(text, plain):
            if all(found.end <= other.start or other.end <= found.start for other in taken):
                taken.append(found)
    return sorted(taken, key=lambda found: found.start)


# ---- passwords and codes ---------------------------------------------------------------------

_TYPED = r"[!-+\--:<-~]"  # printable ASCII but comma and semicolon
_PASSWORDS = (
    re.compile(
        r"(?:密码|口令|(?i:password|passwd|pwd))(?![锁箱本盒门柜])"
        rf"(?:[\u4e00-\u9fff]{{0,6}}?[是为:=]|\s+is\s)[\s:=]*(?P<secret>{_TYPED}{{4,}})"
    ),
    re.compile(
        r"(?:密码|口令|(?i:password|passwd|pwd))(?![锁箱本盒门柜])"
        rf"\s*(?P<secret>(?={_TYPED}*\d){_TYPED}{{4,}})"
    ),
)
_CODES = (
    re.compile(
        r"(?<!防伪)(?:验证码|校验码|动态码|短信码|安全码)(?:[\u4e00-\u9fff]{0,4}?[是为:=]|)[\s:=]*"
        r"(?P<secret>(?=[A-Za-z]*\d)[A-Za-z0-9]{4,8})(?![A-Za-z0-9])"
    ),
    re.compile(
        r"(?<![A-Za-z0-9])(?P<secret>\d{4,8})"
        r"(?=[,\s]?(?:就?是)?(?:这个|我的|我?收到的|你们?的?)?(?:短信)?(?:验证码|校验码|动态码))"
    ),
)


def _secrets(text: str, plain: str) -> Iterator[_Find]:
    for kind, patterns in ((Personal.PASSWORD, _PASSWORDS), (Personal.CODE, _CODES)):
        for pattern in patterns:
            for match in pattern.finditer(plain):
                yield _Find(kind, *match.span("secret"), "******")


# ---- e-mail ----------------------------------------------------------------------------------

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?P<host>[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4})"
)


def _emails(text: str, plain: str) -> Iterator[_Find]:
    for match in _EMAIL.finditer(plain):
        shown = f"{text[match.start()]}***@{match['host']}"
        yield _Find(Personal.EMAIL, *match.span(), shown)


# ---- identity cards (GB 11643) and bank cards (ISO/IEC 7812) ---------------------------------

_ID_18 = re.compile(r"(?<!\d)\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx](?![\dXx])")
_ID_15 = re.compile(r"(?<!\d)\d{15}(?!\d)")
_ID_WORD = re.compile(r"(?:身份证|证件)[^\d]{0,6}$")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91")
_CARD = re.compile(r"(?<!\d)(?:\d{15,19}|\d{4}(?:[ -]\d{4}){2,3}[ -]\d{1,4})(?!\d)")
_CARD_WORD = re.compile(
    r"(?:卡号|银行卡|储蓄卡|信用卡|借记卡|[账帐][号户])[^\d]{0,6}$|卡[是为:]?\s?$"
)
_ORDER_WORD = re.compile(r"(?:订单|单号|运单|快递|物流)[^\d]{0,6}$")


def _identity_cards(text: str, plain: str) -> Iterator[_Find]:
    for pattern in (_ID_18, _ID_15):
        for match in pattern.finditer(plain):
            number = _digits(match[0])
            named = _ID_WORD.search(plain, 0, match.start())
            if named or _is_identity(number):
                shown = text[match.start()] + "*" * (len(number) - 2) + text[match.end() - 1]
                yield _Find(Personal.ID_CARD, *match.span(), shown)


def _is_identity(number: str) -> bool:
    """Whether region, birthday and check digit of an 18-character number fit."""
    if len(number) != 18 or not _PROVINCE.match(number):
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _ID_WEIGHTS, strict=True))
    return 1900 <= born.year <= 2100 and "10X98765432"[total % 11] == number[17].upper()


def _bank_cards(text: str, plain: str) -> Iterator[_Find]:
    for match in _CARD.finditer(plain):
        number = _digits(match[0])
        if not 15 <= len(number) <= 19 or _ORDER_WORD.search(plain, 0, match.start()):
            continue
        # Order numbers are as long and check by chance every tenth time; none begins with 62, and
        # nobody writes one in fours.
        likely = number.startswith("62") or number != match[0]
        named = _CARD_WORD.search(plain, 0, match.start())
        if named or (likely and _luhn(number)):
            shown = number[:4] + HIDDEN + number[-4:]
            yield _Find(Personal.BANK_CARD, *match.span(), shown)


def _luhn(number: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(number)):
        doubled = int(digit) * (1 + position % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0


# ---- phones ----------------------------------------------------------------------------------

_COUNTRY = r"(?:(?:\+|00)?86[ -]?)?"
_MOBILES = (
    re.compile(rf"(?<!\d){_COUNTRY}(?P<number>1[3-9]\d{{9}})(?!\d)"),
    re.compile(rf"(?<!\d){_COUNTRY}(?P<number>1[3-9]\d[ .·-]\d{{4}}[ .·-]\d{{4}})(?!\d)"),
    re.compile(
        rf"(?<!\d)(?<!\d[ -]){_COUNTRY}(?P<number>1[ -]?[3-9](?:[ -]?\d){{9}})(?!\d)(?![ -]\d)"
    ),
)
_LANDLINES = (
    re.compile(r"(?<![\d-])\(?0(?:10|2\d|[3-9]\d\d)\)?[ -]?(?<=[) -])(?P<number>\d{7,8})(?!\d)"),
    re.compile(r"(?<!\d)0(?:10|2\d)(?P<number>\d{8})(?!\d)"),
    re.compile(r"(?:电话|座机|固话)[是为:]?\s*(?P<number>[2-8]\d{6,7})(?!\d)"),
)
_NO_PHONE = re.compile(r"(?i:(?<![A-Z0-9])JD[A-Z0-9]{11,15}|[?&]id=\d{11,12}(?!\d))")
_SPOKEN = str.maketrans("零〇一幺二三四五六七八九壹贰叁肆伍陆柒捌玖", "001123456789123456789")


def _phones(text: str, plain: str) -> Iterator[_Find]:
    others = [match.span() for match in _NO_PHONE.finditer(plain)]
    spoken = plain.translate(_SPOKEN)
    for line in (plain,) if spoken == plain else (plain, spoken):
        for pattern in _MOBILES:
            for match in pattern.finditer(line):
                start, end = match.span("number")
                if not any(first <= start and end <= last for first, last in others):
                    number = re.sub(r"[ .·-]", "", text[start:end])
                    yield _Find(Personal.PHONE, start, end, mask_phone(number))
    for pattern in _LANDLINES:
        for match in pattern.finditer(plain):
            start, end = match.span("number")
            yield _Find(Personal.PHONE, start, end, HIDDEN + text[end - 4 : end])


# ---- addresses -------------------------------------------------------------------------------

_HAN = r"[\u4e00-\u9fff]"
_COUNT = r"[0-9零一二三四五六七八九十百]"
_ROOM = (
    rf"(?:[A-Za-z]?{_COUNT}{{1,5}}|[A-Za-z])\s?(?:号楼|号院|号|弄|栋|幢|座|单元|层|楼|室|房|户|#)"
)
_BUILDING = rf"(?:[A-Za-z]?{_COUNT}{{1,5}}|[A-Za-z])\s?(?:号楼|号院|栋|幢|座|单元|层|楼|室|房)"
_REST = (
    rf"(?:[\s,-]?{_HAN}{{0,8}}?{_ROOM}"
    r"|[\s,-]?\d{1,3}(?:-\d{1,4}){1,3}"
    r"|[\s-]?\d{3,4}(?!\d))*"
)
_ADDRESSES = (
    re.compile(
        rf"(?P<name>{_HAN}{{1,10}}?(?:(?<![条段半])路|街|大道|巷|胡同|村|庄|屯))\s?"
        rf"{_COUNT}{{1,5}}\s?(?:号|弄|组|队){_REST}"
    ),
    re.compile(
        rf"(?P<name>{_HAN}{{1,10}}?(?:小区|社区|花园|家园|公寓|新村|苑|大厦|广场|中心|宿舍|校区|园区"
        rf"|工业园|科技园|国际|城|府|湾|庭|院)(?:[东南西北中一二三四五六七八九十][区期])?)\s?"
        rf"(?:{_BUILDING}|\d{{1,3}}-\d{{1,4}}){_REST}"
    ),
    re.compile(rf"(?P<name>)(?<!\d)\d{{1,3}}\s?(?:栋|幢|号楼)\s?{_ROOM}{_REST}"),
    re.compile(r"(?P<name>)(?<!\d)\d{1,2}\s?单元\s?\d{3,4}室?(?!\d)"),
)
# The region stays readable, and so do the words before it.
_BEFORE_NAME = re.compile(
    r".*(?:[省市区县旗镇乡]|街道|[改换寄送发][成到为往给]|地址|位于|[在是到给住往])(?=.{2})"
)


def _addresses(text: str, plain: str) -> Iterator[_Find]:
    for pattern in _ADDRESSES:
        for match in pattern.finditer(plain):
            start = match.start()
            if before := _BEFORE_NAME.match(match["name"]):
                start += before.end()
            yield _Find(Personal.ADDRESS, start, match.end(), HIDDEN)


# ---- shared ----------------------------------------------------------------------------------

_FINDERS: tuple[Callable[[str, str], Iterator[_Find]], ...] = (
    _emails,
    _identity_cards,
    _bank_cards,
    _phones,
    _secrets,
    _addresses,
)
_WORTH_A_LOOK = re.compile(
    rf"[0-9@]|密码|口令|(?i:password|passwd|pwd)|{_COUNT}{{7}}|{_COUNT}[栋幢号]"
)


def _digits(number: str) -> str:
    return number.replace(" ", "").replace("-", "")


def _plain(text: str) -> str:
    """The text with full-width letters and digits as ASCII, character by character."""
    if unicodedata.is_normalized("NFKC", text):
        return text
    plain = (unicodedata.normalize("NFKC", char) for char in text)
    return "".join(
        folded if len(folded) == 1 else char for folded, char in zip(plain, text, strict=True)
    )

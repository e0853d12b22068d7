"""Personal data in what people write: found, and masked before a machine keeps it.

Pure functions. The ledger keeps the original for the signed-in agent; Rasa, logs and analytics get
`mask(text)`. Both read what the machine reads, `conversations.text.normalize(text)`: what hides
between other characters is found too. What kept parts remain are useful: the tail of a phone, the
bank of a card, the district of an address. Order numbers, waybills, item ids and amounts stay as
they are: they are what shoppers ask about (`shop.waybills` tells numbers apart).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

from conversations.text import MAX_TEXT, normalize

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
    """The text without personal data, and what kinds were in it.

    A text with nothing personal in it comes back as it was written, any other one normalised.
    """
    plain = normalize(text)
    kinds: set[Personal] = set()
    # A second pass is rare: what a mask leaves can look like something of another kind.
    while finds := _finds(plain):
        pieces, position = [], 0
        for found in finds:
            pieces += [plain[position : found.start], found.shown]
            position = found.end
            kinds.add(found.kind)
        masked = normalize("".join(pieces) + plain[position:])
        if masked == plain:
            break
        plain = masked
    read_whole = len(unicodedata.normalize("NFKC", text)) < MAX_TEXT
    return Masked(text=text if read_whole and not kinds else plain, kinds=frozenset(kinds))


def mask_phone(phone: str) -> str:
    """138****1234; shorter numbers keep less."""
    if len(phone) >= 11:
        return f"{phone[:-8]}{HIDDEN}{phone[-4:]}"
    return "*" * max(0, len(phone) - 2) + phone[-2:]


def mask_name(name: str) -> str:
    """The surname and stars: 王**."""
    return name[:1] + "*" * (len(name) - 1)


def _finds(plain: str) -> list[_Find]:
    """What is personal in the text, in order, without overlaps: the surer kind wins."""
    if not _WORTH_A_LOOK.search(plain):
        return []
    spoken = plain.translate(_SPOKEN)
    taken: list[_Find] = []
    for finder in _FINDERS:
        for found in finder(plain, spoken):
            if all(found.end <= other.start or other.end <= found.start for other in taken):
                taken.append(found)
    return sorted(taken, key=lambda found: found.start)


# ---- numbers as they are spelled -------------------------------------------------------------

_HAN = r"[\u4e00-\u9fff]"
_SPOKEN_DIGITS = "零〇一幺二三四五六七八九壹贰叁肆伍陆柒捌玖"
_SPOKEN = str.maketrans(_SPOKEN_DIGITS, "001123456789123456789")  # every place stays where it is
_GAP = r"[ .,·_/—–、;:|-]"
_GAPS = rf"{_GAP}{{0,2}}"


# ---- passwords and codes ---------------------------------------------------------------------

_TYPED = r"[!-+\--:<-~]"  # printable ASCII but comma and semicolon
_KEY_WORD = (
    r"(?:密码(?![锁箱本盒门柜])|(?<!淘)口令(?![锁箱本盒门柜]|红包|复制|码)"
    r"|(?<![A-Za-z0-9])(?i:password|passwd|passcode|pwd|psw|mima)(?![A-Za-z])"
    r"|(?<![A-Za-z0-9])(?<![A-Za-z0-9] )(?i:pw|pin)(?![A-Za-z0-9针脚口型]))"
)
_COUNTED = r"(?! ?(?:[次秒位天遍条块元]|分钟|个))"
_APART = r"\d(?:[ .,·_-]\d){2,}"
# What letters after the word name more often than they are one.
_PRODUCT = r"(?!(?i:iphone|ipad|apple|app|android|wi-?fi|huawei|xiaomi|oppo|vivo)(?![0-9@_]{3}))"
_PASSWORDS = (
    re.compile(
        rf"{_KEY_WORD}(?:{_HAN}{{0,6}}?[是为成叫:=]|\s+is\s)[\s,:=]*"
        rf"(?P<secret>{_APART}|{_TYPED}{{4,}}(?!{_TYPED})){_COUNTED}"
    ),
    re.compile(
        rf"{_KEY_WORD}[\s,:=]*{_PRODUCT}"
        rf"(?P<secret>{_APART}|(?=[^\sA-Za-z0-9]*[A-Za-z0-9]){_TYPED}{{4,}}(?!{_TYPED})){_COUNTED}"
    ),
    re.compile(
        rf"(?<!{_TYPED})(?P<secret>(?!\d{{12}}){_TYPED}{{4,}}?)"
        rf"(?=(?:[\s,]*就?是[\s:]?|[\s,]*[(]\s?)(?:这个|我|我的|俺的)?"
        rf"(?:登[录陆]|支付|账号|账户|手机|银行卡?|微信|淘宝|开锁)?的?(?:密码|口令)(?![锁箱本盒门柜]))"
    ),
)
_CODE_WORD = r"(?:验证码|校验码|动态码|短信码|安全码|(?i:(?<![A-Za-z])yzm))"
_CODES = (
    re.compile(
        rf"(?<!防伪){_CODE_WORD}(?:{_HAN}{{0,4}}?[是为:=]|)[\s,:=]*(?P<secret>"
        rf"(?=[A-Za-z]*\d)[A-Za-z0-9]{{4,8}}(?![A-Za-z0-9])"
        rf"|\d(?:[ .,·_-]?\d){{3,7}}(?!\d)|\d(?:[ .,·_-]\d){{2}}(?!\d)){_COUNTED}"
    ),
    re.compile(
        r"(?<![A-Za-z0-9])(?<!\d[ -])(?P<secret>\d(?:[ -]?\d){3,7})"
        r"(?=[,\s(]{0,2}(?:就?是)?(?:这个|我的|我?收到的|你们?的?)?"
        r"(?:短信|登[录陆]|支付|手机|注册|绑定)*的?(?:验证码|校验码|动态码))"
    ),
)


def _secrets(plain: str, spoken: str) -> Iterator[_Find]:
    for kind, patterns in ((Personal.PASSWORD, _PASSWORDS), (Personal.CODE, _CODES)):
        for pattern in patterns:
            for match in pattern.finditer(spoken):
                yield _Find(kind, *match.span("secret"), "******")


# What follows a word like these is theirs, however it is spelled, unless the words between say
# otherwise.
_BETWEEN = (
    r"(?P<between>(?:(?!忘|错|找|重置|丢|没|不|怎|等|锁|输|[多几哪]|订单|单号|快递|物流|商品|尾|后|换|买|拍|号码?格式"
    r"|防伪)[^\x21-\x2b\x2f-\x39\x3b\x3c\x3e-\x7e。]){0,8}?)"
)
_NAMED_VALUES = (
    (
        Personal.PASSWORD,
        re.compile(
            rf"{_KEY_WORD}{_BETWEEN}(?P<secret>(?!\d{{12}})(?![A-Za-z]{{2,3}}\d{{10}})"
            rf"(?={_TYPED}*\d){_TYPED}{{4,}}(?!{_TYPED})){_COUNTED}"
        ),
    ),
    (
        Personal.CODE,
        re.compile(
            rf"(?<!防伪){_CODE_WORD}{_BETWEEN}(?P<secret>(?=[A-Za-z]*\d)[A-Za-z0-9]{{4,8}}"
            rf"(?![A-Za-z0-9])|\d(?:[ .,·_-]\d){{3,}}){_COUNTED}"
        ),
    ),
    (
        Personal.ID_CARD,
        re.compile(rf"身份证{_BETWEEN}(?P<secret>\d(?:{_GAPS}\d){{7,}}[Xx]?){_COUNTED}"),
    ),
    (
        Personal.BANK_CARD,
        re.compile(rf"卡号{_BETWEEN}(?P<secret>\d(?:{_GAPS}\d){{7,}}){_COUNTED}"),
    ),
)


def _named_values(plain: str, spoken: str) -> Iterator[_Find]:
    for kind, pattern in _NAMED_VALUES:
        for match in pattern.finditer(spoken):
            yield _Find(kind, *match.span("secret"), "******")


# ---- e-mail ----------------------------------------------------------------------------------

_EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?P<host>[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4})"
)


def _emails(plain: str, spoken: str) -> Iterator[_Find]:
    for match in _EMAIL.finditer(plain):
        shown = f"{plain[match.start()]}***@{match['host']}"
        yield _Find(Personal.EMAIL, *match.span(), shown)


# ---- identity cards (GB 11643) and bank cards (ISO/IEC 7812) ---------------------------------

_ID_18 = re.compile(r"(?<!\d)\d(?:[ .-]?\d){16}[ .-]?[\dXx](?![\dXx])")
_ID_15 = re.compile(r"(?<!\d)\d{15}(?!\d)")
_ID_WORD = re.compile(r"(?:身份证|证件)[^\d]{0,6}$")
_NAMED_ID = re.compile(
    rf"(?:身份证|证件)[^\d]{{0,6}}(?P<number>\d(?:{_GAPS}\d){{14}}"
    rf"(?:(?:{_GAPS}\d){{2}}{_GAPS}[\dXx])?)(?!{_GAP}?[\dXx])"
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91")
_CARD = re.compile(r"(?<!\d)(?:\d{15,19}|\d{4}(?:[ -]\d{4}){2,3}[ -]\d{1,4})(?!\d)")
_CARD_WORD = re.compile(
    r"(?:卡号|银行卡|储蓄卡|信用卡|借记卡|[账帐][号户])[^\d]{0,6}$|卡[是为:上里]{0,2}\s?$"
)
_NAMED_CARD = re.compile(
    r"(?:卡号|银行卡|储蓄卡|信用卡|借记卡|[账帐][号户])[^\d]{0,6}"
    rf"(?P<number>\d(?:{_GAPS}\d){{14,18}})(?!{_GAP}?\d)"
)
_ORDER_WORD = re.compile(r"(?:订单|单号|运单|快递|物流)[^\d]{0,6}$")


def _identity_cards(plain: str, spoken: str) -> Iterator[_Find]:
    for match in _NAMED_ID.finditer(spoken):
        yield _identity(plain, *match.span("number"))
    for pattern in (_ID_18, _ID_15):
        for match in pattern.finditer(spoken):
            named = _ID_WORD.search(spoken, 0, match.start())
            if named or _is_identity(_joined(match[0])):
                yield _identity(plain, *match.span())


def _identity(plain: str, start: int, end: int) -> _Find:
    stars = "*" * (len(_joined(plain[start:end])) - 2)
    return _Find(Personal.ID_CARD, start, end, f"{plain[start]}{stars}{plain[end - 1]}")


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


def _bank_cards(plain: str, spoken: str) -> Iterator[_Find]:
    for match in _NAMED_CARD.finditer(spoken):
        start, end = match.span("number")
        if not _ORDER_WORD.search(spoken, 0, start):
            yield _bank_card(plain, start, end)
    for match in _CARD.finditer(spoken):
        number = _joined(match[0])
        if not 15 <= len(number) <= 19 or _ORDER_WORD.search(spoken, 0, match.start()):
            continue
        # Order numbers are as long and check by chance every tenth time; none begins with 62, and
        # nobody writes one in fours.
        likely = number.startswith("62") or number != match[0]
        named = _CARD_WORD.search(spoken, 0, match.start())
        if named or (likely and _luhn(number)):
            yield _bank_card(plain, *match.span())


def _bank_card(plain: str, start: int, end: int) -> _Find:
    number = _joined(plain[start:end])
    return _Find(Personal.BANK_CARD, start, end, number[:4] + HIDDEN + number[-4:])


def _luhn(number: str) -> bool:
    total = 0
    for position, digit in enumerate(reversed(number)):
        doubled = int(digit) * (1 + position % 2)
        total += doubled - 9 * (doubled > 9)
    return total % 10 == 0


# ---- phones ----------------------------------------------------------------------------------

_COUNTRY = r"(?:(?:\+|00)?86[ -]?)?"
_PRICED = r"(?<![¥价])(?<!价[格 :])(?<!价格[ :])"
_MOBILES = (
    re.compile(rf"(?<!\d){_COUNTRY}(?P<number>1[3-9]\d{{9}})(?!\d)"),
    re.compile(
        rf"(?<!\d)(?<!\d[./,]){_PRICED}{_COUNTRY}(?P<number>1[3-9]\d"
        rf"(?:{_GAP}{{1,2}}\d{{4}}{_GAP}{{1,2}}\d{{4}}|\d{_GAP}{{1,2}}\d{{4}}{_GAP}{{1,2}}\d{{3}}))"
        rf"(?!{_GAP}?\d)(?! ?[元块])"
    ),
    re.compile(
        rf"(?<!\d)(?<!\d[ -]){_PRICED}{_COUNTRY}"
        r"(?P<number>1[ -]?[3-9](?:[ -]?\d){9})(?!\d)(?![ -]\d)"
    ),
    re.compile(rf"(?<!\d)(?P<number>1(?P<gap>{_GAP}{{1,2}})[3-9](?:(?P=gap)\d){{9}})(?!{_GAP}?\d)"),
    re.compile(
        r"(?:手机|电话|号码|联系我)[^\d]{0,8}"
        rf"(?P<number>1{_GAPS}[3-9](?:{_GAPS}\d){{9}})(?!\d)"
    ),
)
_LANDLINES = (
    re.compile(r"(?<![\d-])\(?0(?:10|2\d|[3-9]\d\d)\)?[ -]?(?<=[) -])(?P<number>\d{7,8})(?!\d)"),
    re.compile(r"(?<!\d)0(?:10|2\d)(?P<number>\d{8})(?!\d)"),
    re.compile(r"(?:电话|座机|固话)[是为:]?\s*(?P<number>[2-8]\d{6,7})(?!\d)"),
)
_NO_PHONE = re.compile(r"(?i:(?<![A-Z0-9])JD[A-Z0-9]{11,15}|[?&]id=\d{11,12}(?!\d))")


def _phones(plain: str, spoken: str) -> Iterator[_Find]:
    others = [match.span() for match in _NO_PHONE.finditer(plain)]

    def is_other(start: int, end: int) -> bool:
        return any(first <= start and end <= last for first, last in others)

    for line in (plain,) if spoken == plain else (plain, spoken):
        for pattern in _MOBILES:
            for match in pattern.finditer(line):
                start, end = match.span("number")
                if not is_other(start, end):
                    yield _Find(Personal.PHONE, start, end, mask_phone(_joined(plain[start:end])))
    for pattern in _LANDLINES:
        for match in pattern.finditer(plain):
            start, end = match.span("number")
            if not is_other(start, end):
                yield _Find(Personal.PHONE, start, end, HIDDEN + plain[end - 4 : end])


# ---- addresses -------------------------------------------------------------------------------

_COUNT = rf"[0-9十百{_SPOKEN_DIGITS}]"
_NUMBER = rf"(?:[A-Za-z甲乙丙丁]?{_COUNT}{{1,5}}[A-Za-z甲乙丙丁]?|[A-Za-z甲乙丙丁])"
_ROOM = rf"{_NUMBER}\s?(?:号楼|号院|号|弄|栋|幢|座|单元|层|楼|门|室|房|户|#|[Ff](?![A-Za-z]))"
_BUILDING = rf"{_NUMBER}\s?(?:号楼|号院|栋|幢|座|单元|层|楼|室|房)"
# Doors without a word for them: 501, 五零一, 301B.
_DOOR = rf"(?:[A-Za-z]?\d{{3,4}}[A-Za-z]?(?![A-Za-z\d])|[{_SPOKEN_DIGITS}]{{3,4}}(?!{_COUNT}))"
_REST = rf"(?:[\s,-]?{_HAN}{{0,8}}?{_ROOM}|[\s,-]?\d{{1,3}}(?:-\d{{1,4}}){{1,3}}|[\s-]?{_DOOR})*"
_STRETCH = rf"(?:[东南西北中]段|{_COUNT}{{1,2}}段)?"  # 人民南路四段
_MEASURED = r"(?! ?(?:[元块斤克米件个公次码天时分平寸度人箱年月日折活大双%的多]|[kKcCmMgG]|\.\d))"
_ADDRESSES = (
    re.compile(
        rf"(?P<name>{_HAN}{{1,10}}?(?:(?<![条段半])路|街|大道|巷|胡同|村|庄|屯)){_STRETCH}\s?"
        rf"[甲乙丙丁]?{_COUNT}{{1,5}}[甲乙丙丁]?\s?(?:号|弄|组|队){_REST}"
    ),
    re.compile(
        rf"(?P<name>{_HAN}{{1,10}}?(?:小区|社区|花园|家园|公寓|新村|苑|大厦|广场|中心|宿舍|校区|园区"
        rf"|工业园|科技园|国际|城|府|湾|庭|院)(?:[东南西北中一二三四五六七八九十][区期])?)\s?"
        rf"(?:{_BUILDING}|\d{{1,3}}-\d{{1,4}}){_REST}"
    ),
    re.compile(rf"(?P<name>)(?<!\d)\d{{1,3}}\s?(?:栋|幢|号楼)\s?{_ROOM}{_REST}"),
    re.compile(
        rf"(?P<name>(?:{_HAN}{{1,4}}园\s?)?)(?<!{_COUNT}){_COUNT}{{1,3}}\s?(?:栋|幢|号楼|楼)\s?"
        rf"(?:{_COUNT}{{1,3}}\s?(?:单元|门)\s?)?{_DOOR}{_MEASURED}"
    ),
    re.compile(rf"(?P<name>)(?<!{_COUNT}){_COUNT}{{1,2}}\s?(?:单元|门)\s?{_DOOR}室?{_MEASURED}"),
)
# The region stays readable, and so do the words before it.
_BEFORE_NAME = re.compile(
    r".*(?:[省市区县旗镇乡]|街道|[改换寄送发][成到为往给]|地址|位于|[在是到给住往])(?=.{2})"
)


def _addresses(plain: str, spoken: str) -> Iterator[_Find]:
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
    _named_values,
)
_WORTH_A_LOOK = re.compile(
    rf"[0-9@]|密码|口令|(?i:pass|pwd|psw|pw|mima|pin)|(?:[{_SPOKEN_DIGITS}]{_GAPS}){{4}}"
    rf"|[甲乙丙丁A-Za-z{_SPOKEN_DIGITS}十百] ?[栋幢号座单门弄楼]"
)


def _joined(number: str) -> str:
    """The number without what separates its digits."""
    return re.sub(_GAP, "", number)

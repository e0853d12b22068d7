"""What shops ask, as a shopper recognises it, and what she answers. No intents, no slots: words."""

from __future__ import annotations

import re

from bench.simulate.goals import Answer
from shop.types import ReturnReason


def _re(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


REASON_OPTIONS = {
    ReturnReason.NO_LONGER_WANTED: "不想要|不喜欢|多拍|拍错|无理由",
    ReturnReason.WRONG_SIZE: "尺码|大小不合适",
    ReturnReason.NOT_AS_DESCRIBED: "描述不符|与描述|不一样",
    ReturnReason.QUALITY: "质量",
    ReturnReason.WRONG_ITEM: "发错",
    ReturnReason.DAMAGED: "破损|坏的|已坏",
    ReturnReason.OTHER: "其他",
}


SUMMARIES = {
    "退货信息": "return",
    "换货信息": "exchange_request",
    "要取消的订单": "cancel_order",
    "要撤销的申请": "undo_request",
    "收货信息": "change_address",
    "报修信息": "warranty_repair",
    "要退的差价": "price_protection",
    "补偿：": "compensation",
    "领补偿": "compensation",
    "领取": "compensation",
    "确认退货": "return",
    "确认换货": "exchange_request",
    "确认取消": "cancel_order",
    "确认撤销": "undo_request",
    "确认报修": "warranty_repair",
    "确认开票": "invoice",
    "确认退差价": "price_protection",
    "催一下": "urge_delivery",
}
"""What the heading or the button of a summary says is about to be done."""


def reason(why: ReturnReason, *, otherwise: str = "") -> Answer:
    """Why it comes back."""
    return Answer(
        "reason",
        _re("原因|因为什么|为什么|怎么了|什么情况|下面的情况"),
        f"reason_{why.value}",
        _re(REASON_OPTIONS[why]),
        otherwise,
        _re("原因：(.+)"),
    )


ADDRESS = Answer(
    "address",
    _re(
        "(?:新的?|收货|改[到成]|寄到|送到|完整|详细|哪个)[^。；\n]{0,8}(?:地址|哪)|门牌|街道|省市区"
    ),
    "address",
    None,
    "wrong_address",
    _re(r"地址：(.+)"),
    "address",
)
RECEIVER = Answer(
    "receiver", _re("收[件货]人|姓名|名字|怎么称呼"), "receiver", _re("不变|不改|还是")
)
PHONE = Answer("phone", _re("手机号?|电话|联系方式"), "phone", _re("不变|不改|还是|沿用"))
PHOTO = Answer(
    "photo",
    _re("照片|拍[张照几个下一]|图片|凭证|传图"),
    "photo",
    _re("没有照片|跳过|稍后|拍不了|先不|不方便"),
)
MAIL = Answer("mail", _re("邮箱|e-?mail|电子邮"), "mail")
TITLE = Answer("title", _re("抬头|公司(?:名称|全称)|单位名称|开给谁"), "title")
TAX = Answer("tax", _re("税号|纳税人|信用代码"), "tax", None, "wrong_tax")
OWN_TITLE = Answer("title", _re("抬头|姓名|名字|开给谁"), "own_title")
PERSONAL = Answer(
    "buyer", _re("个人.{0,8}(?:公司|企业|单位)|抬头类型"), "personal", _re("^(?:开)?个人")
)
COMPANY = Answer(
    "buyer", _re("个人.{0,8}(?:公司|企业|单位)|抬头类型"), "company", _re("公司|企业|单位")
)
DATE = Answer(
    "date",
    _re("哪天|哪一天|什么时候|几号|日期|约在|上门时间"),
    "date",
    _re(r"明天|后天|周[一-日]|\d+月\d+日"),
)
PERIOD = Answer("period", _re("上午|下午|时段|几点"), "period", _re("上午|下午"))
NOT_RECEIVED = Answer(
    "not_received", _re("没收到|什么情况|哪种情况"), "not_received", _re("没收到|没有收到|签收了没")
)
SYMPTOM = Answer(
    "symptom",
    _re("什么问题|哪里坏|什么故障|故障|怎么坏|具体情况|描述|现象|说说|什么毛病|什么样"),
    "symptom",
)
REMARK = Answer("remark", _re("备注|写什么|留言"), "remark")
MONEY_BACK = Answer(
    "remedy",
    _re("补发|退款|换|处理|办法|方案|哪一种|怎么"),
    "money_back",
    _re("^(?:只|仅)?退[款钱这少]|(?<!退货)退款|退 ?¥"),
)
SEND_AGAIN = Answer(
    "remedy", _re("补发|退款|换|处理|办法|方案"), "send_again", _re("补发|补寄|重发")
)
REPAIR = Answer(
    "remedy", _re("维修|检修|换新|退款|办法|方案|怎么处理"), "repair", _re("维修|检修|送修|修")
)
SEND_IN = Answer(
    "transport", _re("上门取|自己寄|寄过来|怎么寄|取件"), "send_in", _re("自己寄|寄过来|寄回|寄修")
)
CHARGED_TWICE = Answer(
    "payment", _re("哪一种|付不出去|扣了两次|什么情况"), "charged_twice", _re("两次|重复|多扣")
)
CONDITION = Answer(
    "condition",
    _re("成色|屏幕|开机|划痕|外观|功能"),
    "condition",
    _re("正常|完好|没有|轻微|九成|良好"),
)
OLD_KIND = Answer("old_kind", _re("旧的是哪|什么旧的"), "old_kind", _re("^(?:旧)?手机"))
OLD_MODEL = Answer("old_model", _re("牌子|型号|机型"), "old_model")
OLD_AGE = Answer("old_age", _re("用了(?:多久|几年)|多长时间"), "old_age", _re("2.{0,3}4|两|三"))
MISSING = Answer(
    "missing", _re("少了|缺|漏|几件|哪[件样个]没"), "missing_one", _re("^(?:少)?(?:1|一)|少发|漏发")
)


def choice(words: str, option: str, *, otherwise: str = "") -> Answer:
    """Which colour or size instead."""
    return Answer(
        "choice",
        _re("颜色|尺码(?!表)|规格|换成|改成|哪个码|哪一?款|想要哪|什么码|要哪"),
        words,
        _re(option),
        otherwise,
        _re("(?:换成|改成)：(.+)"),
    )

"""A member's level, what is missing to the next, and points; all else is the knowledge's."""

from __future__ import annotations

import re

from actions.base import Skill
from actions.formatting import money
from actions.reply import Reply
from actions.turn import Turn
from shop.membership import Membership

_POINTS = re.compile(
    r"(?:我|名下|还).{0,6}积分(?!怎么用|能|过期)|多少(?:积)?分"
    r"|积分(?:呢|查询|有多少|明细)|[查看]一?下?(?:我的)?积分|有几分|^查积分$|jifen chaxun"
)
_NAMES = r"(?:[银金白黑]卡|白金|黑金|黑钻|钻石|铂金|vip|会员|下一?级|等级|顶级|最高级)"
_LEVEL = re.compile(
    r"(?:我|到底|现在).{0,6}(?:什么|啥|几|哪个?)(?:会员)?(?:等?级)|我.{0,4}(?:等级|级别|会员)(?:是|到)|几级|啥等级"
    r"|(?:还|现在)?差(?:多少|几).{0,10}(?:级|卡|升|消费|vip)|差多少(?:能)?升|升(?:级|到|成)?.{0,6}(?:银卡|金卡|vip|级).{0,6}(?:多少|差|还要|怎么)"
    r"|(?:怎么|如何|多少)(?:能|才能|才)?升(?:级)?(?:到|成)?(?:银卡|金卡|黄金|白银|铂金|钻石|vip|会员|级)|买了?这么多.{0,6}(?:不升|没升|银|级)"
    r"|我(?:现在|目前|到底|算|是|属于|在|的卡|个)*(?:什么|啥|哪一?[种档级个])的?(?:会员|级别|级|档|卡)"
    rf"|(?:离|距离?|到|成为?).{{0,4}}{_NAMES}.{{0,8}}(?:[差缺欠]|还[要得]|再[花买消])|(?:再|还).{{0,8}}多少.{{0,8}}(?:到|成|升|变).{{0,3}}{_NAMES}"
    rf"|升.{{0,3}}{_NAMES}.{{0,6}}[缺欠]"
    r"|离升级.{0,6}(?:多|差|远)|(?:银卡|金卡).{0,4}(?:到|升)(?:金卡|vip)|升(?:银卡|金卡|vip)要",
    re.I,
)
_LEVEL_NAMED = re.compile(r"会员|vip|[银金白黑]卡|黄金|白银|铂金|钻石|等级", re.I)
# The platform's account, or rules of their own that the knowledge has.
_ASKED = re.compile(
    r"登[录陆不]|密码|验证码|注销|退会|自动|续费|过期|清|盗|少了|没[到给]|没了|转|合并|兑|换[了的]|抵|会员日|企业|分享|共享|用没了|降|掉|我爱人|老公|商城"
)


def level_asked(text: str) -> bool:
    """Whether it asks for the asker's own level, or for what is missing to the next."""
    return _LEVEL.search(text) is not None and _ASKED.search(text) is None


def of_level(turn: Turn) -> bool:
    """Whether a question of another kind is of the asker's level: 怎么升到金卡 is of no product."""
    if turn.clicked or turn.names or not level_asked(turn.text):
        return False
    of_it = turn.topic is not None and turn.topic.intent == "account_membership"
    return of_it or _LEVEL_NAMED.search(turn.text) is not None


class MembershipAction(Skill):
    """From the shop's own record; who is not known, and all else, gets the knowledge."""

    action = "action_account_membership"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """One answer in one message: level, the way to the next, and points when asked for."""
        points, level = _POINTS.search(turn.text), level_asked(turn.text)
        customer_id = await self.customer_id(turn)
        asked = level or (points and not _ASKED.search(turn.text))
        found = None
        if asked and customer_id is not None:
            found = await self.services.shop.customers.membership(customer_id)
        if found is None:
            await self.house.answer("action_answer", turn, reply)
            return
        if level:
            self._say_level(found, reply)
        if points:
            self._say_points(found, reply)

    def _say_points(self, member: Membership, reply: Reply) -> None:
        rules = member.rules
        reply.say(
            "member_points",
            points=member.points,
            worth=money(member.points * rules.point_worth),
            days=rules.point_days,
        )

    def _say_level(self, member: Membership, reply: Reply) -> None:
        level, days = member.level.name, member.rules.days
        spent, benefits = money(member.spent), "、".join(member.level.benefits)
        following = member.next_level.name if member.next_level else ""
        if not following:
            reply.say("member_highest", level=level, spent=spent, days=days, benefits=benefits)
        elif member.missing:
            reply.say(
                "member_level",
                level=level,
                spent=spent,
                days=days,
                benefits=benefits,
                missing=money(member.missing),
                next=following,
            )
        else:
            reply.say("member_rises", level=level, spent=spent, days=days, next=following)

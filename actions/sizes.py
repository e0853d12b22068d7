"""Which size: a body, as far as told, against the product's own chart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from actions.knowledge import answer_of_no_goods
from actions.products import ProductSkill
from actions.reply import Reply, payload
from actions.turn import Entity, Turn
from conversations.messages import Choice
from shop import numerals
from shop.references import same_size
from shop.sizing import Advice, Fit, Wish, advise, chart_of, measures_of, row_of
from shop.types import Measure, Product, Range, SizeRow

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_FOOT_CM = re.compile(r"脚长?.{0,4}?(?P<n>2\d(?:\.\d)?|1\d(?:\.\d)?)\s?(?:cm|厘米|公分)?(?!\d)")
_FOOT_MM = re.compile(r"(?<!\d)(?P<n>[12]\d{2})\s?(?:mm|毫米)", re.IGNORECASE)
_FINGER = re.compile(
    r"(?:指围|手指|圈口|周长|手围).{0,4}?(?P<n>\d{1,2}(?:\.\d{1,2})?)\s?(?P<unit>mm|毫米|cm|厘米|公分)?"
)
_AGE = re.compile(r"(?P<n>\d{1,2}|[一二两三四五六七八九十]{1,2})\s?(?:周?岁|岁半)")
_BED = re.compile(
    r"[1一]米(?P<tenth>[2-8二五八])|(?P<n>1\.[2-8]\d?)\s?(?:米|m)?"
    r"|(?P<cm>1[2-8]\d)\s?(?:cm|厘米|公分)?(?=.{0,3}床)"
)
# Children are smaller than the heights that the NLU takes for such.
_CHILD_HEIGHT = re.compile(
    r"身?高.{0,2}?(?P<n>[6-9]\d|1[0-4]\d)(?!\d)"
    r"|(?<!\d)(?P<cm>[6-9]\d|1[0-4]\d)\s?(?:cm|厘米|公分)"
)
_BARE_HEIGHT = re.compile(r"(?<![\d.])(?:1[4-9]\d|20\d)(?![\d.]|\s?(?:斤|公斤|千克|kg|元|块))")
_HE = re.compile(r"[他她]")
_GROWS = 2  # cm; another height is another person's, and so is the weight
_USUAL = re.compile(
    r"(?:平时|平常|一般|通常|以前|日常|向来|一直)(?:都|是|就)?(?:穿|买|戴|拿)?(?:的)?\s?"
    r"(?P<size>\d?X{0,4}[SMLsml]|[1-4]\d(?:\.5)?)\s?(?:码|号)?",
    re.IGNORECASE,
)
_BARE_SIZE = re.compile(
    r"那?(?P<size>\d?X{0,4}[SML]|[1-4]\d(?:\.5)?)\s?(?:码|号)?的?(?:呢|[吗么]|有[吗么没]|有没有)[?？。]?",
    re.IGNORECASE,
)
_LOOSE = re.compile(
    r"宽松|偏?胖|肉多|肉肉|肚子大|骨架大|壮|大一点|大一?些|松一?点|不要太紧|oversize|穿里面|套毛衣|厚衣服|长大|明年"
)
_SLIM = re.compile(r"偏瘦|很瘦|太瘦|骨架小|合身|修身|贴身|紧一?点|不要太[宽大松肥]|小一?点")
_CENTIMETRES = r"(\d{2,3}(?:\.\d)?)(?![\d.]|\s?[尺寸码])"
_AS_THE_BODY = frozenset({"腰围"})  # elsewhere clothes are wider than who wears them
_HOW_MUCH = re.compile(r"多少|几|多[大长宽]")
_ENOUGH_ALONE = frozenset({Measure.FOOT, Measure.FINGER, Measure.BED, Measure.AGE})
_PEOPLE = frozenset({"男装", "女装", "孩子"})  # tags
_INSTEAD = 2
_SELF = "self"
_CHILD = "孩子"


class SizeAction(ProductSkill):
    """A size from the chart, with the reason in one line; the body is kept for the session."""

    action = "action_size_advice"

    async def answer(self, turn: Turn, reply: Reply) -> None:
        """Asks for what is missing once; without a chart it is said so."""
        if (stock := _of_stock(turn)) is not None:
            await self.house.answer("action_stock_check", stock, reply)
            reply.talk_of("action_stock_check", stock)
            return
        if await answer_of_no_goods(self, turn, reply):
            return
        if (several := await self.listed(turn)) and self._of_each(several, turn, reply):
            return
        product = await self.find(turn, reply, fits=lambda one: bool(chart_of(one)))
        if product is None:
            return
        chart = chart_of(product)
        if not chart:
            self._without_chart(product, reply)
            return
        told = _read(turn.text, turn, measures_of(chart))
        if not told and self._of_part(product, turn, reply):
            return
        usual = _usual(turn.text)
        kept = self._kept(told, chart, turn, reply)
        body = {one: kept[one] for one in measures_of(chart) if one in kept}
        if Measure.HEIGHT in body:
            body.pop(Measure.AGE, None)  # children differ; their height says more
        missing = [] if _asked_already(self, turn) and body else _missing(chart, body)
        if usual and not told:
            self._by_usual(product, usual, turn, reply)
        elif missing:
            self._ask(product, body, missing, turn, reply)
        else:
            wish = _wish(turn.text)
            advice = advise(chart, body, wish=wish)
            asked = turn.first("size")
            self._about_size(product, asked, advice, reply)
            if self._fitting_size(product, asked, body, advice, reply):
                return
            if advice.best is None:
                await self._outside(product, body, advice, reply)
            else:
                self._say(product, body, advice, advice.best, wish, reply)

    def _of_part(self, product: Product, turn: Turn, reply: Reply) -> bool:
        """M腰围多少, 腰围78穿啥码: from what the chart measures of the goods themselves."""
        chart = chart_of(product)
        parts = dict.fromkeys(part for row in chart for part, _ in row.measures)
        part = next((one for one in parts if one in turn.text), None)
        if part is None:
            return False
        told = _last(re.compile(rf"{part}[^\d，,。]{{0,3}}{_CENTIMETRES}"), turn.text)
        rows = [row for row in chart if part in dict(row.measures)]
        if told is not None and part in _AS_THE_BODY:
            self._by_part(product, part, float(told[1]), rows, reply)
            return True
        row = row_of(rows, turn.first("size") or "")
        if row is None and told is None and not _HOW_MUCH.search(turn.text):
            return False
        asked = rows if row is None else [row]
        listed = "、".join(f"{one.size} {dict(one.measures)[part]}" for one in asked)
        reply.say("size_part", product=product.short_name, part=part, listed=listed)
        return True

    def _by_part(
        self, product: Product, part: str, value: float, rows: Sequence[SizeRow], reply: Reply
    ) -> None:
        """The smallest size that is large enough there."""
        enough = [row for row in rows if (_number(dict(row.measures)[part]) or 0) >= value]
        row = enough[0] if enough else rows[-1]
        reply.say(
            "size_part_fits" if enough else "size_part_beyond",
            product=product.short_name,
            part=part,
            value=f"{value:g}",
            size=row.size,
            own=dict(row.measures)[part],
            stock=self._stock(product, row),
        )

    def _of_each(self, products: Sequence[Product], turn: Turn, reply: Reply) -> bool:
        """The size of each of those just recommended; False when the body does not suffice."""
        parts = []
        body: dict[Measure, float] = {}
        for product in products:
            chart = chart_of(product)
            told = _read(turn.text, turn, measures_of(chart))
            if not chart or _missing(chart, told):
                continue
            body |= told
            best = advise(chart, told, wish=_wish(turn.text)).best
            if best is None:
                sizes = _sizes(chart)
                none = self.label("size.none_fits").format(sizes=sizes)
                parts.append(f"{product.short_name} {none}")
            else:
                parts.append(f"{product.short_name} {best.size}（{self._stock(product, best)}）")
        if not parts:
            return False
        reply.say("size_each", body=self._body(body), listed="\n".join(parts))
        people = (turn.slots.get("bodies") or {}).get("people") or {}
        mine = {measure.value: value for measure, value in body.items()}
        reply.remember(bodies={"last": _SELF, "people": {**people, _SELF: mine}})
        return True

    def _ask(
        self,
        product: Product,
        body: Mapping[Measure, float],
        missing: Sequence[Measure],
        turn: Turn,
        reply: Reply,
    ) -> None:
        names = self.label("size.and").join(self.label(f"measure.{m.value}") for m in missing)
        name = product.short_name
        if body:
            reply.say("size_ask_more", product=name, measures=names)
        else:
            example = self.label(f"measure_example.{missing[0].value}")
            reply.say("size_ask", product=name, measures=names, example=example)
        reply.await_detail(self.name(), turn)

    def _kept(
        self,
        told: Mapping[Measure, float],
        chart: Sequence[SizeRow],
        turn: Turn,
        reply: Reply,
    ) -> dict[Measure, float]:
        """What was told of that person before, corrected by what is told now.

        Whose body it is: the person named, for 他 and for an answer to our question the person
        asked about last, else the shopper. A bed is nobody's.
        """
        memory = turn.slots.get("bodies") or {}
        people = reply.phrases.group("person")
        named = next((one for one, words in people.items() if _names_any(turn.text, words)), "")
        if not named and (_HE.search(turn.text) or _asked_already(self, turn)):
            named = str(memory.get("last") or "")
        if not named:
            named = _CHILD if Measure.AGE in measures_of(chart) else _SELF
        bodies = dict(memory.get("people") or {})
        before = {one: float(v) for one in Measure if (v := bodies.get(named, {}).get(one.value))}
        tall, taller = before.get(Measure.HEIGHT), told.get(Measure.HEIGHT)
        if tall and taller and abs(tall - taller) > _GROWS:
            before = {}
        now = {**before, **told}
        bodies[named] = {m.value: value for m, value in now.items() if m is not Measure.BED}
        reply.remember(bodies={"last": named, "people": bodies})
        return now

    def _about_size(
        self, product: Product, asked: str | None, advice: Advice, reply: Reply
    ) -> None:
        """能穿S吗: that size first, when it is not the one to take."""
        chart = chart_of(product)
        row = row_of(chart, asked) if asked else None
        if asked and row is None and not any(same_size(asked, sku.size) for sku in product.skus):
            reply.say("size_not_made", product=product.short_name, size=asked, sizes=_sizes(chart))
        if row is None or advice.best is None or row in advice.rows:
            return
        smaller = chart.index(row) < chart.index(advice.best)
        verdict = self.label("size.small" if smaller else "size.large")
        reply.say("size_asked", size=row.size, limits=self._limits(row), verdict=verdict)

    def _fitting_size(
        self,
        product: Product,
        asked: str | None,
        body: Mapping[Measure, float],
        advice: Advice,
        reply: Reply,
    ) -> bool:
        """L会不会大, of one of several that fit: how it sits; False when it is none of them."""
        row = row_of(chart_of(product), asked) if asked else None
        if row is None or advice.fit is not Fit.SEVERAL or row not in advice.rows:
            return False
        smaller = row == advice.rows[0]
        reply.say(
            "size_asked_fits",
            body=self._body(body),
            product=product.short_name,
            size=row.size,
            sits=self.label("size.close" if smaller else "size.loose"),
            stock=self._stock(product, row),
        )
        return True

    def _without_chart(self, product: Product, reply: Reply) -> None:
        sizes = dict.fromkeys(sku.size for sku in product.skus if sku.size)
        if len(sizes) == 1:
            reply.say("size_only", product=product.short_name, size=next(iter(sizes)))
        elif sizes:
            listed = "、".join(sizes)
            reply.say("no_size_chart", [self.human()], product=product.short_name, sizes=listed)
        else:
            reply.say("no_sizes", product=product.short_name)

    async def _outside(
        self, product: Product, body: Mapping[Measure, float], advice: Advice, reply: Reply
    ) -> None:
        """No size of it fits: the nearest one with how it would sit, and what does fit."""
        chart = chart_of(product)
        small = advice.fit is Fit.TOO_SMALL
        last = chart[0] if small else chart[-1]
        others = await self._fitting(product, body)
        choices = [
            Choice(one.short_name, payload("size_advice", item_id=one.item_id)) for one, _ in others
        ]
        measure = advice.measure or measures_of(chart)[0]
        reply.say(
            f"size_{advice.fit.value}",
            [] if others else [self.human()],
            product=product.short_name,
            body=self._body(body),
            size=last.size,
            limits=self._limits(last),
            sits=self.label(f"{'sits_large' if small else 'sits_small'}.{measure.value}"),
        )
        if others:
            listed = "、".join(f"{one.short_name} {row.size}" for one, row in others)
            reply.say("size_instead", [*choices, self.human()], listed=listed)

    async def _fitting(
        self, product: Product, body: Mapping[Measure, float]
    ) -> list[tuple[Product, SizeRow]]:
        """Others of its kind, for the same people, with the size of theirs that is in stock."""
        people = product.tags & _PEOPLE
        found = []
        for one in await self.services.shop.catalogue.products():
            alike = one.category == product.category and one.id != product.id
            if not alike or not (people <= one.tags or people & one.tags):
                continue
            best = advise(chart_of(one), body).best
            if best is not None and any(s.size == best.size and s.stock > 0 for s in one.skus):
                found.append((one, best))
        return found[:_INSTEAD]

    def _say(
        self,
        product: Product,
        body: Mapping[Measure, float],
        advice: Advice,
        best: SizeRow,
        wish: Wish | None,
        reply: Reply,
    ) -> None:
        chart, name, me = chart_of(product), product.short_name, self._body(body)
        values = {
            "product": name,
            "body": me,
            "size": best.size,
            "take": self.label(f"take.{measures_of(chart)[0].value}"),
            "stock": self._stock(product, best),
        }
        if advice.fit is Fit.SPLIT:
            reply.say("size_split", smaller=advice.rows[0].size, **values)
        elif advice.fit is Fit.SEVERAL:
            sentence = f"size_several_{wish.value}" if wish else "size_several"
            sizes = self.label("size.or").join(row.size for row in advice.rows)
            reply.say(
                sentence,
                sizes=sizes,
                smaller=advice.rows[0].size,
                larger=advice.rows[-1].size,
                **values,
            )
        else:
            fitting = advice.rows[0]
            measures = "，".join(f"{part} {value}" for part, value in best.measures)
            details = f"（{measures}）" if measures else ""
            up = "size_one_up" if best is not fitting else "size_one"
            if all(limits.low == limits.high for limits in best.ranges):
                up = "size_exact"
            reply.say(
                up, fits=fitting.size, limits=self._limits(fitting), measures=details, **values
            )

    def _by_usual(self, product: Product, usual: str, turn: Turn, reply: Reply) -> None:
        chart = chart_of(product)
        row = row_of(chart, usual)
        if row is None and row_of(product.size_chart, usual):
            reply.say("size_not_made", product=product.short_name, size=usual, sizes=_sizes(chart))
        elif row is None:
            sizes = _sizes(chart)
            reply.say("size_usual_other", product=product.short_name, usual=usual, sizes=sizes)
        else:
            cut = product.attribute("版型") or product.attribute("尺码说明")
            reply.say(
                "size_usual",
                product=product.short_name,
                size=row.size,
                limits=self._limits(row),
                cut=f"，{cut.name}{cut.value}" if cut else "",
                stock=self._stock(product, row),
            )
        reply.await_detail(self.name(), turn)

    def _stock(self, product: Product, row: SizeRow) -> str:
        here = any(sku.size == row.size and sku.stock > 0 for sku in product.skus)
        return self.label("size.here" if here else "size.gone")

    def _body(self, body: Mapping[Measure, float]) -> str:
        return "、".join(
            self.label(f"measure_told.{one.value}").format(value=_figure(one, value))
            for one, value in body.items()
        )

    def _limits(self, row: SizeRow) -> str:
        return "、".join(self._limit(one) for one in row.ranges)

    def _limit(self, limits: Range) -> str:
        low, high = _figure(limits.measure, limits.low), _figure(limits.measure, limits.high)
        span = low if low == high else f"{low}–{high}"
        return self.label(f"measure_told.{limits.measure.value}").format(value=span)


def _sizes(chart: Sequence[SizeRow]) -> str:
    return "、".join(row.size for row in chart)


def _missing(chart: Sequence[SizeRow], body: Mapping[Measure, float]) -> list[Measure]:
    """What has still to be asked: height with weight, but age or foot length is enough."""
    measures = measures_of(chart)
    if any(one in _ENOUGH_ALONE for one in measures):
        return [] if body else list(measures)
    return [one for one in measures if one not in body]


def _asked_already(skill: SizeAction, turn: Turn) -> bool:
    pending = turn.pending
    return pending is not None and pending.action == skill.name() and pending.awaits == "detail"


def _of_stock(turn: Turn) -> Turn | None:
    """45呢, after a size was asked for that is in stock or not: whether there is that one too."""
    bare = _BARE_SIZE.fullmatch(turn.text)
    topic = turn.topic
    if bare is None or topic is None or topic.intent != "stock_check" or not topic.of("size"):
        return None
    size = Entity("size", bare["size"].upper(), *bare.span("size"))
    others = tuple(entity for entity in turn.entities if entity.name != "size")
    return replace(turn.as_intent("stock_check"), entities=(*others, size))


def _wish(text: str) -> Wish | None:
    if _LOOSE.search(text):
        return Wish.LOOSE
    return Wish.SLIM if _SLIM.search(text) else None


def _names_any(text: str, words: str) -> bool:
    return any(word in text for word in words.split("/"))


def _read(text: str, turn: Turn, measures: Sequence[Measure]) -> dict[Measure, float]:
    """Height and weight as the NLU gives them (170, 65kg), the rest from the words."""
    height, weight = _number(turn.first("height")), _number(turn.first("weight"))
    if Measure.BED in measures:
        bed = _bed(text) or height
        return {Measure.BED: bed} if bed is not None else {}
    if height is None and Measure.AGE in measures and (found := _last(_CHILD_HEIGHT, text)):
        height = float(found["n"] or found["cm"])
    if height is None and weight is not None and (found := _BARE_HEIGHT.search(text)):
        height = float(found[0])
    body: dict[Measure, float] = {}
    if height is not None:
        body[Measure.HEIGHT] = height
    if weight is not None:
        body[Measure.WEIGHT] = weight
    if found := _last(_FOOT_MM, text) or _last(_FOOT_CM, text):
        number = float(found["n"])
        body[Measure.FOOT] = number if number >= 100 else number * 10
    if found := _last(_FINGER, text):
        number = float(found["n"])
        body[Measure.FINGER] = number * 10 if number < 10 else number
    if found := _last(_AGE, text):
        body[Measure.AGE] = float(numerals.value(found["n"]) or 0)
    return body


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """What was said last counts: a question goes on with the words of the one before."""
    return next(iter(list(pattern.finditer(text))[::-1]), None)


def _bed(text: str) -> float | None:
    found = _last(_BED, text)
    if found is None:
        return None
    if tenth := found["tenth"]:
        return 100 + 10 * numerals.digit(tenth)
    return float(found["n"]) * 100 if found["n"] else float(found["cm"])


def _usual(text: str) -> str:
    found = _last(_USUAL, text)
    return found["size"].upper() if found else ""


def _number(words: str | None) -> float | None:
    found = _NUMBER.search(words or "")
    return float(found[0]) if found else None


def _figure(measure: Measure, value: float) -> str:
    return f"{value / 100:g}" if measure is Measure.BED else f"{value:g}"

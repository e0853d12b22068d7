"""What trainers may write into the entries, and which entry answers what."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shop.knowledge import (
    CLEAR,
    RELATED,
    SURE,
    SURE_ELSEWHERE,
    Knowledge,
    Question,
    Situation,
    join_files,
    parse_file,
)
from shop.livefile import Malformed

TODAY = date(2026, 11, 18)
OPTIONS = {"human": {"title": "转人工", "payload": "/ask_human"}}


def entry(key: str, **parts: Any) -> dict[str, Any]:
    return {"id": key, "topic": "fee", "answer": f"answer of {key}", **parts}


def knowledge(*entries: dict[str, Any], **parts: Any) -> Knowledge:
    return join_files({"a.yml": parse_file({"choices": OPTIONS, "entries": [*entries], **parts})})


def found(
    known: Knowledge,
    text: str = "",
    *candidates: tuple[str, float],
    topic: str = "fee",
    today: date = TODAY,
    products: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
) -> str | None:
    answer = known.find(
        Question(text=text, topic=topic, candidates=candidates),
        Situation(today=today, products=frozenset(products), tags=frozenset(tags)),
    )
    return answer.id if answer else None


def test_keywords_in_the_text_beat_the_general_answer() -> None:
    known = knowledge(entry("general", general=True), entry("far", keywords=["新疆", "XJ"]))
    assert found(known, "到新疆多少") == "far"
    assert found(known, "寄到xj呢") == "far"
    assert found(known, "多少") == "general"


def test_more_keywords_beat_fewer() -> None:
    known = knowledge(entry("far", keywords=["新疆"]), entry("back", keywords=["退回", "运费"]))
    assert found(known, "退回新疆的运费") == "back"


def test_a_related_entry_of_the_topic_beats_keywords() -> None:
    known = knowledge(entry("near"), entry("worded", keywords=["运费"]), entry("g", general=True))
    assert found(known, "运费", ("near", RELATED)) == "near"
    assert found(known, "运费", ("near", RELATED - 0.01)) == "worded"


def test_an_entry_of_another_topic_must_be_sure() -> None:
    known = knowledge(entry("other", topic="range"), entry("g", general=True))
    assert found(known, "", ("other", SURE - 0.01)) == "g"
    assert found(known, "", ("other", SURE)) == "other"
    assert found(known, "", ("other", SURE), topic="nlu_fallback") == "other"
    assert found(known, "", ("other", SURE - 0.01), topic="nlu_fallback") is None


def test_an_entry_of_a_kindred_topic_counts_as_one_of_the_topic() -> None:
    known = knowledge(entry("wash", topic="usage_help"))
    question = Question(
        text="",
        topic="product_attribute",
        kin=frozenset({"usage_help"}),
        candidates=(("wash", RELATED),),
    )
    answer = known.find(question, Situation(today=TODAY))
    assert answer is not None and answer.id == "wash"


def test_beside_goods_a_kindred_entry_about_none_needs_a_keyword_or_to_be_sure() -> None:
    known = knowledge(
        entry("feet", topic="usage_help", keywords=["量脚"]),
        entry("wool", topic="usage_help", scope={"categories": ["毛衣"]}),
    )

    def said(text: str, score: float, *, near: str = "feet", about_goods: bool = True) -> str:
        question = Question(
            text=text,
            topic="product_attribute",
            kin=frozenset({"usage_help"}),
            candidates=((near, score),),
            about_goods=about_goods,
        )
        answer = known.find(question, Situation(today=TODAY, products=frozenset({"毛衣"})))
        return answer.id if answer else ""

    assert said("羊毛大衣含量多少", SURE - 0.01) == ""
    assert said("羊毛大衣含量多少", SURE) == "feet"
    assert said("羊毛袜怎么量脚", SURE - 0.01) == "feet"
    assert said("含量多少", SURE - 0.01, about_goods=False) == "feet"
    assert said("毛衣含量多少", SURE - 0.01, near="wool") == "wool"


def test_in_scope_beats_general_at_a_comparable_score() -> None:
    known = knowledge(entry("all"), entry("kettles", scope={"products": ["p-kettle"]}))
    scores = (("all", 0.6), ("kettles", 0.55))
    assert found(known, "", *scores, products=("p-kettle", "小家电")) == "kettles"
    assert found(known, "", *scores, products=("p-lamp", "家居")) == "all"
    assert found(known, "", *scores) == "all"
    far = (("all", 0.9), ("kettles", 0.5))
    assert found(known, "", *far, products=("p-kettle",)) == "all"


def test_an_entry_of_a_kind_may_also_hold_where_no_goods_are_named() -> None:
    known = knowledge(entry("wool", scope={"categories": ["毛衣"], "unnamed": True}))
    assert found(known, "", ("wool", SURE), products=("p-wool-sweater", "毛衣")) == "wool"
    assert found(known, "", ("wool", SURE)) == "wool"
    assert found(known, "", ("wool", SURE), products=("p-repair-cream", "护肤")) is None


def test_a_product_is_a_narrower_scope_than_its_category() -> None:
    known = knowledge(
        entry("kind", keywords=["保修"], scope={"categories": ["小家电"]}),
        entry("one", keywords=["保修"], scope={"products": ["p-vacuum"]}),
    )
    assert found(known, "保修多久", products=("p-vacuum", "小家电")) == "one"
    assert found(known, "保修多久", products=("p-kettle", "小家电")) == "kind"
    assert found(known, "保修多久") is None


def test_days_are_inclusive() -> None:
    known = knowledge(
        entry("sale", keywords=["券"], since=date(2026, 11, 10), until=date(2026, 11, 18))
    )
    assert found(known, "券", today=date(2026, 11, 9)) is None
    assert found(known, "券", today=date(2026, 11, 10)) == "sale"
    assert found(known, "券", today=date(2026, 11, 18)) == "sale"
    assert found(known, "券", today=date(2026, 11, 19)) is None


def test_an_entry_of_a_campaign_holds_while_it_runs() -> None:
    campaign = {"title": "双十二", "since": date(2026, 12, 8), "until": date(2026, 12, 14)}
    known = knowledge(
        entry("sale", keywords=["礼盒"], scope={"campaign": "d12"}),
        entry("always", general=True),
        campaigns={"d12": campaign},
    )
    assert found(known, "礼盒") == "always"
    assert found(known, "礼盒", today=date(2026, 12, 8)) == "sale"
    assert found(known, "礼盒", today=date(2026, 12, 15)) == "always"


def test_an_entry_for_some_customers_is_for_nobody_else() -> None:
    known = knowledge(
        entry("top", keywords=["权益"], scope={"tags": ["gold", "vip"]}),
        entry("all", keywords=["权益"]),
    )
    assert found(known, "权益", tags=("vip",)) == "top"
    assert found(known, "权益", tags=("silver",)) == "all"
    assert found(known, "权益") == "all"


def test_the_customer_matters_only_where_an_entry_asks() -> None:
    known = knowledge(entry("top", scope={"tags": ["vip"]}), entry("far", topic="range"))
    assert known.depends_on_customer(Question(text="", topic="fee"))
    assert not known.depends_on_customer(Question(text="", topic="range"))
    assert known.depends_on_customer(Question(text="", topic="range", candidates=(("top", 0.5),)))


def test_an_unknown_candidate_is_passed_over() -> None:
    known = knowledge(entry("g", general=True))
    assert found(known, "", ("deleted", 0.99)) == "g"


def test_options_become_payloads_or_lead_to_entries() -> None:
    known = knowledge(
        entry("first", choices=["human", {"title": "还是不行", "to": "second"}]), entry("second")
    )
    named, leading = known.entries["first"].choices
    assert (named.title, named.payload, named.entry) == ("转人工", "/ask_human", "")
    assert (leading.title, leading.payload, leading.entry) == ("还是不行", "", "second")


def test_the_owner_of_the_file_owns_its_entries() -> None:
    known = knowledge(entry("mine"), entry("theirs", owner="财务组"), owner="物流组")
    assert [one.owner for one in known.entries.values()] == ["物流组", "财务组"]


@pytest.mark.parametrize(
    "broken",
    [
        {"answer": []},
        {"answer": ""},
        {"answer": ["好", ""]},
        {"topic": None},
        {"since": "tomorrow"},
        {"since": 20261111},
        {"image": "http://shop.example/a.png"},
        {"image": "//shop.example/a.png"},
        {"image": "/shop/images/../products.yml"},
        {"image": "/shop/images/sub/a.svg"},
        {"image": "/shop/images/a.html"},
        {"image": "/shop/images/.svg"},
        {"image": "shop/images/a.svg"},
        {"link": "shop.example"},
        {"scope": {"product": ["p-kettle"]}},
        {"choices": [{"title": "x"}]},
        {"questions": {"a": 1}},
        {"sya": "x"},
    ],
)
def test_a_malformed_entry_is_refused_with_its_place(broken: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as caught:
        parse_file({"entries": [entry("good"), entry("bad", **broken)]})
    assert caught.value.at == ("entries", 1)


@pytest.mark.parametrize(
    "image", ["https://shop.example/a.png", "/shop/images/measure-foot.svg", "/shop/images/1.jpg"]
)
def test_a_picture_is_on_the_web_or_among_the_shops_own(image: str) -> None:
    assert knowledge(entry("shown", image=image)).entries["shown"].image == image


@pytest.mark.parametrize(
    "entries",
    [
        [entry("twin"), entry("twin")],
        [entry("a", choices=["nobody"])],
        [entry("a", choices=[{"title": "x", "to": "nowhere"}])],
        [entry("a", scope={"campaign": "never"})],
    ],
)
def test_files_that_do_not_fit_together_are_refused(entries: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match=r"twice|there is no"):
        knowledge(*entries)


def test_an_unknown_part_of_a_file_is_refused() -> None:
    with pytest.raises(ValueError, match="entires"):
        parse_file({"entires": []})


def test_a_general_entry_wins_unless_another_is_clearly_better() -> None:
    known = knowledge(entry("exact", keywords=["新疆"]), entry("g", general=True))
    assert found(known, "", ("exact", 0.5), ("g", 0.5 * CLEAR)) == "g"
    assert found(known, "", ("exact", 0.5), ("g", 0.5 * CLEAR - 0.01)) == "exact"
    assert found(known, "新疆", ("exact", 0.5), ("g", 0.5)) == "exact"


def test_a_general_entry_does_not_replace_one_for_the_goods_in_talk() -> None:
    known = knowledge(entry("kettles", scope={"products": ["p-kettle"]}), entry("g", general=True))
    assert found(known, "", ("g", 0.5), ("kettles", 0.5), products=("p-kettle",)) == "kettles"


def test_the_topic_understood_wins_at_a_comparable_score_whatever_the_scope() -> None:
    known = knowledge(entry("mine"), entry("other", topic="range", scope={"products": ["p-1"]}))
    scores = (("other", 0.6), ("mine", 0.5))
    assert found(known, "", *scores, products=("p-1",)) == "mine"


def test_the_bound_of_other_topics_is_the_question_s() -> None:
    known = knowledge(entry("other", topic="range"))
    for elsewhere, score, right in (
        (SURE_ELSEWHERE, SURE_ELSEWHERE, "other"),
        (SURE_ELSEWHERE, SURE_ELSEWHERE - 0.01, None),
        (None, 1.0, None),
    ):
        asked = Question(text="", topic="fee", candidates=(("other", score),), elsewhere=elsewhere)
        answer = known.find(asked, Situation(today=TODAY))
        assert (answer.id if answer else None) == right


def test_nothing_of_a_closed_topic_answers() -> None:
    known = knowledge(entry("step", topic="steps"), entry("g", general=True))
    asked = Question(text="", topic="fee", candidates=(("step", 0.99),))
    answer = known.find(asked, Situation(today=TODAY, closed=frozenset({"steps"})))
    assert answer is not None and answer.id == "g"

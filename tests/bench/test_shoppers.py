from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from bench.shoppers import SCRIPTS, Answer, Conversations, judged, load, worded
from conversations import texts

ROOT = Path(__file__).parents[2]


class Parrot:
    """A side that answers at once, and nothing to `再见`."""

    def __init__(self) -> None:
        self.opened: list[tuple[int, str]] = []

    async def open(self, number: int, customer: str) -> str:
        self.opened.append((number, customer))
        return str(number)

    async def say(self, talk: str, text: str) -> Answer:
        return judged([] if "再见" in text else [text])


def test_silence_excuses_and_interruptions_are_no_answers() -> None:
    assert judged(["在的"]).good
    assert not judged([]).good
    assert not judged([""]).good
    assert not judged([texts.bot_failed()]).good
    assert not judged(["在的"], interrupted=True).good


def test_the_excuses_are_those_of_the_shop() -> None:
    phrases = YAML(typ="safe").load(ROOT / "data/knowledge/phrases.yml")
    for name in ("failed", "shop_unavailable", "shop_unavailable_kept"):
        for sentence in phrases["sentences"][name]:
            assert not judged([sentence]).good, sentence


def test_conversation_numbers_mean_the_same_on_every_side() -> None:
    one, other = Conversations(["c-1", "c-2"]), Conversations(["c-1", "c-2"])
    first = [next(one) for _ in range(5)]
    assert first == [next(other) for _ in range(5)]
    assert [customer for _, customer, _ in first] == ["c-1", "c-2", "c-1", "c-2", "c-1"]
    for number, _, script in first:
        assert script == tuple(worded(text, number) for text in SCRIPTS[number // 2 % 2])


def test_shoppers_word_the_same_wish_differently() -> None:
    wordings = {worded("我的快递到哪了", number) for number in range(200)}
    assert len(wordings) > 120
    assert all("我的快递到哪了" in wording for wording in wordings)


async def test_load_counts_every_message_and_every_failure() -> None:
    parrot = Parrot()
    result = await load(parrot, Conversations(["c-1"]), shoppers=3, seconds=0.05)
    assert len(result.latencies) == len(result.answers) > 20
    silent = sum(1 for texts_ in result.answers.values() if not texts_)
    assert result.failures == silent > 0
    assert [number for number, _ in parrot.opened] == list(range(len(parrot.opened)))


def test_no_shopper_says_the_same_twice_in_a_conversation() -> None:
    for script in SCRIPTS:
        assert len(set(script)) == len(script) == 10

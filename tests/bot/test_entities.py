"""What a message names, with one value for each thing."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.nlu import lexicon
from bot.nlu.entities import NAMES, EntityReader
from conversations.errors import ConfigurationError
from conversations.text import normalize
from shop.types import ReturnReason

FOLDER = Path(__file__).parent / "catalogue"


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> EntityReader:
    """Built, saved and loaded again: what a trained model does."""
    folder = tmp_path_factory.mktemp("spacy")
    EntityReader.build(lexicon.read(FOLDER)).save(folder)
    return EntityReader.load(folder)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "我昨天买的黑色L码衬衫到哪了",
            {"time": "昨天", "color": "黑色", "size": "L", "category": "衬衫"},
        ),
        ("1234567890123456789", {"order_number": "1234567890123456789"}),
        ("订单号是2024061588213", {"order_number": "2024061588213"}),
        ("A20250311007 查一下", {"order_number": "A20250311007"}),
        ("SF1234567890123", {"waybill": "SF1234567890123"}),
        ("查下sf1234567890123", {"waybill": "SF1234567890123"}),
        ("中通 7731 2004 5589 01", {"carrier": "中通", "waybill": "77312004558901"}),
        ("680012340101", {"item_id": "680012340101"}),
        ("https://item.taobao.com/item.htm?id=680099999999", {"item_id": "680099999999"}),
        ("电话13900007788", {}),
        ("手机尾号0417", {"phone_tail": "0417"}),
        ("羊毛含量多少", {"attribute": "羊毛含量"}),
        ("含羊毛量多少", {"attribute": "羊毛含量"}),
        ("什么材质", {"attribute": "面料"}),
        ("羊毛衫", {"product": "羊毛圆领毛衣"}),
        ("iphone和x20", {"product": "云岚X20手机"}),
        ("x30pro", {"product": "云岚X30 Pro手机"}),
        ("X200", {}),
        ("上衣", {"product": "上衣"}),  # shared by two products: the words stand
        ("衬衣", {"category": "衬衫"}),
        ("手机", {"category": "手机"}),
        ("手机号写错了", {}),
        ("黑的还有吗", {"color": "黑色"}),
        ("黑衬衫", {"color": "黑色", "category": "衬衫"}),
        ("燕麦色", {"color": "燕麦色"}),
        ("红包怎么用", {}),
        ("42码", {"size": "42"}),
        ("2xl", {"size": "2XL"}),
        ("12GB+256GB", {"size": "12GB+256GB"}),
        ("能发顺丰速运吗", {"carrier": "顺丰"}),
        ("我170 130斤", {"height": "170", "weight": "65kg"}),
        ("165/50kg", {"height": "165", "weight": "50kg"}),
        ("163，98，穿哪个", {"height": "163", "weight": "49kg"}),
        ("一米七五 体重一百一", {"height": "175", "weight": "55kg"}),
        ("1.8米 80公斤", {"height": "180", "weight": "80kg"}),
        ("¥39.9", {"amount": "39.9"}),
        ("一百二十块钱", {"amount": "120"}),
        ("9块9", {"amount": "9.9"}),
        ("千元以内", {"amount": "1000"}),
        ("一块发", {}),
        ("双十一买的", {"time": "双十一"}),
        ("6月18号", {"time": "6月18号"}),
        ("上周三", {"time": "上周三"}),
        ("下周一再发", {"time": "下周一"}),
        ("起球了", {"reason": "quality"}),
        ("尺码不合适", {"reason": "wrong_size"}),
        ("不想要了", {"reason": "no_longer_wanted"}),
        ("发错货了", {"reason": "wrong_item"}),
        ("", {}),
        ("😡😡", {}),
    ],
)
def test_reads(reader: EntityReader, text: str, expected: dict[str, str]) -> None:
    assert {e.name: e.value for e in reader.read(normalize(text))} == expected


def test_two_of_a_kind(reader: EntityReader) -> None:
    found = reader.read("X20和X30哪个好")
    assert [(e.name, e.value) for e in found] == [
        ("product", "云岚X20手机"),
        ("product", "云岚X30 Pro手机"),
    ]


def test_the_longest_wins(reader: EntityReader) -> None:
    (found,) = reader.read("亚麻短袖衬衫")
    assert (found.name, found.value, found.start, found.end) == ("product", "亚麻短袖衬衫", 0, 6)


WORDS = st.lists(
    st.one_of(
        st.sampled_from([phrase.words for phrase in lexicon.read(FOLDER).phrases]),
        st.sampled_from(
            ["170", "130斤", "SF1234567890123", "昨天", "¥9", "块", "L", " ", "/", "1"]
        ),
        st.text(max_size=3),
    )
).map("".join)


@given(WORDS)
@settings(deadline=None)
def test_entities_lie_in_order_without_overlap(reader: EntityReader, words: str) -> None:
    text = normalize(words)
    end = 0
    for entity in reader.read(text):
        assert end <= entity.start < entity.end <= len(text)
        assert entity.name in NAMES
        assert entity.value
        end = entity.end


def test_reasons_are_the_shops() -> None:
    reasons = {p.value for p in lexicon.read(FOLDER).phrases if p.label == "reason"}
    assert reasons == {reason.value for reason in ReturnReason}


def test_the_fingerprint_follows_the_catalogue(tmp_path: Path) -> None:
    catalogue = (FOLDER / lexicon.CATALOGUE).read_text(encoding="utf-8")
    (tmp_path / lexicon.CATALOGUE).write_text(catalogue, encoding="utf-8")
    before = lexicon.fingerprint(tmp_path)
    assert lexicon.fingerprint(tmp_path) == before
    (tmp_path / lexicon.CATALOGUE).write_text(catalogue + "# 新", encoding="utf-8")
    assert lexicon.fingerprint(tmp_path) != before


def test_a_missing_catalogue_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"products\.yml"):
        lexicon.read(tmp_path)


def test_a_broken_catalogue_is_named(tmp_path: Path) -> None:
    (tmp_path / lexicon.CATALOGUE).write_text("products: [{id: 1}]", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="not a catalogue"):
        lexicon.read(tmp_path)

"""What a message names, with one value for each thing."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.understanding import gold, measures
from bot.nlu import lexicon
from bot.nlu.entities import NAMES, EntityReader
from conversations.errors import ConfigurationError
from conversations.text import neutralize, normalize
from shop.types import ReturnReason

FOLDER = Path(__file__).parent / "catalogue"
ROOT = Path(__file__).parents[2]


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
        ("华为手机有吗", {"product": "华为手机"}),
        ("索尼的耳机", {"product": "索尼的耳机"}),
        ("有美的冰箱吗", {"product": "美的冰箱"}),
        ("精美的茶具", {"category": "茶具"}),
        ("完美的X20手机", {"product": "云岚X20手机"}),
        ("小米手机", {"product": "小米手机"}),
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


def names(reader: EntityReader, text: str) -> list[str]:
    """Each entity as name=value."""
    return [f"{entity.name}={entity.value}" for entity in reader.read(neutralize(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("冰箱门关不严", ["category=冰箱"]),
        ("想给我妈买个血压计", ["category=血压计"]),
        ("猫粮和狗粮能一起发吗", ["category=猫粮", "category=狗粮"]),
        ("绘本适合几岁", ["category=绘本"]),
        ("裤子和内衣一起退", ["category=裤装", "category=内衣"]),
        ("粉底液干皮能用么", ["category=粉底液"]),
        ("克莱因蓝的卫衣", ["color=克莱因蓝", "category=卫衣"]),
        ("莫兰迪色系", ["color=莫兰迪色"]),
        ("那双樱花粉色的", ["color=樱花粉"]),
        ("kaqi色还有吗", ["color=卡其"]),
        ("黑、白、灰都要", ["color=黑色", "color=白色", "color=灰色"]),
        ("黑白两个颜色各拿一件", ["color=黑色", "color=白色"]),
        ("38.5码", ["size=38.5"]),
        ("EU42还有没", ["size=EU42"]),
        ("鞋子穿42的", ["category=鞋子", "size=42"]),
        ("38的能换成39吗", ["size=38", "size=39"]),
        ("175/92A", ["size=175/92A"]),
        ("75B", ["size=75B"]),
        ("16G+1T", ["size=16G+1T"]),
        ("256的有没有", ["size=256"]),
        ("1.8米床的", ["size=1.8米床"]),
        ("200x230cm", ["size=200X230CM"]),
        ("75寸电视", ["size=75寸", "category=电视"]),
        ("大1匹空调", ["size=大1匹", "category=空调"]),
        ("500g*2", ["size=500G*2"]),
        ("1.5L的", ["size=1.5L"]),
        ("5斤装", ["size=5斤"]),
        ("戒指14号合适吗", ["category=戒指", "size=14"]),
        ("我脚有点肥 均码行吗", ["size=均码"]),
        ("换成园通", ["carrier=圆通"]),
        ("别发兔子快递", ["carrier=极兔"]),
        ("一千三能卖吗", ["amount=1300"]),
        ("1w2", ["amount=12000"]),
        ("预算3k", ["amount=3000"]),
        ("一百八十八块八", ["amount=188.8"]),
        ("¥1,299.00", ["amount=1299"]),
        ("五毛钱", ["amount=0.5"]),
        ("699变成649了", ["amount=699", "amount=649"]),
        ("三百多的那个", ["amount=300"]),
        ("宝宝身高110cm 体重40斤", ["height=110", "weight=20kg"]),
        ("我178的个子", ["height=178"]),
        ("今晚八点前付款", ["time=今晚八点前"]),
        ("去年冬天买的", ["time=去年冬天"]),
        ("周日前到", ["time=周日前"]),
        ("太大了放不下 退", ["reason=wrong_size"]),
        ("7天无理由退货", ["reason=no_longer_wanted"]),
        ("你们能不能用顺丰发", ["carrier=顺丰"]),
        ("昨天起就不能用了", ["time=昨天", "reason=quality"]),
        ("后四位是8123", ["phone_tail=8123"]),
        ("才二百三,我多付了", ["amount=230"]),
        ("花了260,单子在", ["amount=260"]),
        ("安装费收了我两百", ["amount=200"]),
        ("约的10点现在11点半了", ["time=10点", "time=11点半"]),
        ("内衣买80b大了", ["category=内衣", "size=80B", "reason=wrong_size"]),
        ("不怎么喜欢", ["reason=no_longer_wanted"]),
        ("款式没想到这么丑,样式不太满意", ["reason=no_longer_wanted"]),
        ("拍错码了", ["reason=wrong_size"]),
        ("尺码和我完全不搭", ["reason=wrong_size"]),
        ("穿着有点勒", ["reason=wrong_size"]),
        ("动不动就闪退", ["reason=quality"]),
        ("右边没声音了", ["reason=quality"]),
        ("洗过一次就褪色", ["reason=quality"]),
        ("后背有好大一个口子", ["reason=quality"]),
        ("螺丝松了", ["reason=quality"]),
        ("打开里面的盘子全碎了", ["reason=damaged"]),
        ("白色42没有了嘛", ["color=白色", "size=42"]),
        ("板鞋四十一码有吗", ["category=板鞋", "size=41"]),
        ("买42.5码还是43", ["size=42.5", "size=43"]),
        ("靴子要38 2/3的", ["category=靴子", "size=38 2/3"]),
        ("拖鞋40-41的有吗", ["category=拖鞋", "size=40-41"]),
        ("跑鞋8.5码", ["category=跑鞋", "size=8.5"]),
        ("床垫180x200的", ["category=床垫", "size=180X200"]),
        ("1米8床能放下不", ["size=1.8M床"]),
        ("洗衣机10kg的和8kg的", ["category=洗衣机", "size=10KG", "size=8KG"]),
        ("薯片要番茄味", ["category=薯片", "size=番茄味"]),
        ("别家比你低八十", ["amount=80"]),
        ("差价一百八什么时候退", ["amount=180"]),
        ("原价1,899对不", ["amount=1899"]),
        ("1千2的手机", ["amount=1200", "category=手机"]),
        ("Do you have it in black", ["color=黑色"]),
        ("发sf还是yto", ["carrier=顺丰", "carrier=圆通"]),
        ("EA123456789CN过海关没", ["waybill=EA123456789CN"]),
        ("704918263355到手多少钱", ["item_id=704918263355"]),
        ("704918263355到哪了", ["waybill=704918263355"]),
        ("宝贝id83910274655", ["item_id=83910274655"]),
        ("前儿拍的", ["time=前儿"]),
        ("iPhone 15 Pro 256G", ["product=iPhone 15 Pro", "size=256G"]),
        ("联想小新Pro16有货吗", ["product=联想小新Pro16"]),
        ("罗技G304坏了", ["product=罗技G304", "reason=quality"]),
        ("毛绒熊1.2米的", ["category=毛绒熊", "size=1.2米"]),
        ("冰箱宽83cm", ["category=冰箱", "size=83CM"]),
        ("轮胎205/55R16", ["category=轮胎", "size=205/55R16"]),
        ("泰迪12斤穿M", ["weight=6kg", "size=M"]),
        ("小米14和红米K70", ["product=小米14", "product=红米K70"]),
        ("收到的时候就瘪了", ["reason=damaged"]),
    ],
)
def test_words_of_the_trade(reader: EntityReader, text: str, expected: list[str]) -> None:
    assert names(reader, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "花呗分期几期",
        "脸都绿了",
        "你别给我打白条",
        "绿色通道在哪进",
        "白等了",
        "你们家还有没有人味",
        "帮我算下347*28",
        "假一赔十",
        "她才十二",
        "审核中通过了没",
        "美白的那瓶",
        "啥前儿能到",
        "等了36天",
        "一路顺风",
        "邮政编码要填不",
        "这事黄了吧",
        "会掉色吗",
        "会不会老是断连",
        "有定时自动关机吗",
        "洗几次会缩水",
        "有没有划痕",
        "有杂音正常吗",
        "容易起球不",
        "如果不合适可以退吗",
        "支持7天无理由吗",
        "我不想要你们道歉",
        "两个小时了没人回",
        "等了一个礼拜了",
        "10分钟没人理",
        "12个月免息怎么弄",
        "一年包修吗",
        "来100个有批发吗",
        "积分2000能换啥",
        "验证码123456收不到",
        "密码输错5次锁了",
        "一号楼二单元502",
        "3折还是5折",
        "买2送1",
        "降噪42分贝",
        "L形的",
        "声音响不响",
        "一只10公斤还是一对10公斤",
        "电梯才一米八",
        "二十公斤的粮",
        "有两块一模一样的",
        "脚长25买几码",
        "换803的行吗",
        "一百斤的柜子",
        "买的是3米来的是1.5米",
        "哭了一下午",
        "晚上好",
        "味道大不大",
        "是不是正品",
        "虚假发货",
    ],
)
def test_words_that_only_look_like_it(reader: EntityReader, text: str) -> None:
    assert names(reader, text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("身份证110101199003070715", []),
        ("银行卡6222020200112233445", []),
        ("退到卡号 6217001234567890123", []),
        ("卡尾号1234", []),
        ("打13800138000", []),
        ("订单4218860012340101001", ["order_number=4218860012340101001"]),
        ("订单号 240612-123456789012345", ["order_number=240612-123456789012345"]),
        ("我的订单302345678901", ["order_number=302345678901"]),
        ("快递单号312345678901", ["waybill=312345678901"]),
        ("商品id 712345678901", ["item_id=712345678901"]),
        ("货号71234567890", ["item_id=71234567890"]),
        ("https://item.taobao.com/item.htm?spm=a1z10&id=712345678901", ["item_id=712345678901"]),
        ("detail.tmall.com/item.htm?id=712345678901&skuId=5", ["item_id=712345678901"]),
        ("https://item.jd.com/100012043978.html", ["item_id=100012043978"]),
        ("mobile.yangkeduo.com/goods.html?goods_id=123456789012", ["item_id=123456789012"]),
    ],
)
def test_numbers_of_the_shop_and_numbers_of_people(
    reader: EntityReader, text: str, expected: list[str]
) -> None:
    assert names(reader, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("X20手机", "云岚X20手机"),
        ("牛津纺衬衫", "牛津纺衬衫"),
        ("牛津纺", "牛津纺衬衫"),
        ("云岚x30pro", "云岚X30 Pro手机"),
        ("羊毛衫毛衣", "羊毛圆领毛衣"),
    ],
)
def test_names_side_by_side_are_one_product(reader: EntityReader, text: str, expected: str) -> None:
    (found,) = reader.read(text)
    assert (found.name, found.value, found.start, found.end) == (
        "product", expected, 0, len(text),
    )  # fmt: skip


def test_two_of_a_kind(reader: EntityReader) -> None:
    found = reader.read("X20和X30哪个好")
    assert [(e.name, e.value) for e in found] == [
        ("product", "云岚X20手机"),
        ("product", "云岚X30 Pro手机"),
    ]


def test_the_longest_wins(reader: EntityReader) -> None:
    (found,) = reader.read("亚麻短袖衬衫")
    assert (found.name, found.value, found.start, found.end) == ("product", "亚麻短袖衬衫", 0, 6)


NUMBERS = (
    "170|130斤|SF1234567890123|昨天|¥9|块|L| |/|1|12.5|之前|2k3|黑|38|换|4218860012340101001|×2|cm"
    "|点|无理由|的|减|+|G|5L|三百二|6月18号|1.8m|床|尾号|订单|卡号"
)
WORDS = st.lists(
    st.one_of(
        st.sampled_from([phrase.words for phrase in lexicon.read(FOLDER).phrases]),
        st.sampled_from(NUMBERS.split("|")),
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
        assert not text[entity.start].isspace()
        assert not text[entity.end - 1].isspace()
        assert not (text[: entity.start][-1:].isdigit() and text[entity.start].isdigit())
        assert not (text[entity.end - 1].isdigit() and text[entity.end : entity.end + 1].isdigit())
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


@pytest.mark.parametrize(
    ("file", "total", "each"), [(gold.ENTITIES, 0.95, 0.85), (gold.ENTITIES_LATER, 0.92, 0.80)]
)
def test_the_demo_shop_is_understood_by_strangers(file: str, total: float, each: float) -> None:
    """Messages other hands wrote and marked; see the heads of the files."""
    words = EntityReader.build(lexicon.read(ROOT / "data/shop"))
    named = gold.read_named(ROOT / gold.FOLDER / file)
    scores, wrong = measures.entity_scores(named, [_mentions(words, one.text) for one in named])
    poor = [
        f"{score.name}: {score.f1:.3f}"
        for score in scores
        if (score.name == "total" and score.f1 < total) or (score.wanted >= 20 and score.f1 < each)
    ]
    assert not poor, "\n".join([*poor, *(f"{text}: {what}" for text, what in wrong)])


def _mentions(reader: EntityReader, text: str) -> Sequence[gold.Mention]:
    plain = neutralize(text)
    return [
        gold.Mention(entity.name, plain[entity.start : entity.end], entity.value)
        for entity in reader.read(plain)
    ]

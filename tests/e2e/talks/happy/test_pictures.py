"""Pictures sent over the web: evidence for what came, and screenshots of orders."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFilter

from conversations.keys import ConversationKey
from conversations.ledger import Ledger
from conversations.messages import Sender
from conversations.pictures import ADDRESS, ShopperPictures
from tests.actions.test_ocr import page
from tests.e2e.talks.conftest import People
from tests.e2e.talks.happy.books import bought, receipts


def photo() -> bytes:
    """A seam that has come apart, more or less, as a camera takes it: with EXIF."""
    image = Image.new("RGB", (2400, 1800), "#b9b2a6")
    ImageDraw.Draw(image).line((0, 900, 2400, 960), fill="#333", width=30)
    exif = Image.Exif()
    exif[0x010F] = "Camera"
    out = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(3)).save(out, "JPEG", exif=exif.tobytes())
    return out.getvalue()


async def test_a_photo_is_kept_with_the_complaint_it_proves(person: People) -> None:
    gao = await person("c-phone")
    _, line = await bought(gao, "p-heavy-tee")
    asked = await gao.says("T恤才穿两回袖口就脱线了")
    assert "没有照片" in " ".join(asked.options)
    ways = await gao.shows(photo())
    summary = await gao.taps("留着用", ways)
    assert await gao.untouched()
    await gao.taps("确认提交", summary)
    (new,) = await receipts(gao)
    assert (new.kind, new.line_id) == ("quality_complaint", line.id)
    # The receipt names the message, and the message has the picture.
    database, key = gao.stage.house.database, ConversationKey.parse(gao.talk.key)
    (sent,) = [
        message
        for message in await Ledger(database=database).history(key)
        if message.content.image.startswith(ADDRESS)
    ]
    assert new.details["photo"] == f"{key}#{sent.seq}"
    assert sent.sender is Sender.SHOPPER
    id = sent.content.image.removeprefix(ADDRESS)
    kept = (await ShopperPictures(database=database).load(key, id)).data
    assert b"Camera" not in kept
    assert Image.open(io.BytesIO(kept)).size == (1600, 1200)


async def test_a_screenshot_of_her_order_is_as_good_as_its_number(person: People) -> None:
    lin = await person("c-lin")
    order, line = await bought(lin, "p-wool-sweater")
    shot = page(["交易成功", f"{line.title}", "实付款 ￥299.00", f"订单编号 {order.id} 复制"])
    heard = await lin.shows(shot)
    assert line.short_name in heard.said[0].text
    assert order.id in heard.text
    assert await lin.untouched()


async def test_a_screenshot_of_somebody_else_s_order_tells_nothing(person: People) -> None:
    wu = await person("c-contested")
    (order,) = await wu.orders()
    lin = await person("c-lin")
    heard = await lin.shows(page(["卖家已发货", f"订单编号 {order.id} 复制"]))
    plain = await (await person("c-lin")).shows(photo())
    assert heard.text == plain.text
    assert heard.options == plain.options
    assert order.id not in heard.text

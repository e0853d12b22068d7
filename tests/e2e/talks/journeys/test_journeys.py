"""Ten whole journeys, as shoppers make them: several needs, second thoughts, and an end.

Their transcripts are written by the run; `docs/journeys` holds those of one.
"""

from __future__ import annotations

from tests.e2e.talks.journeys.conftest import Travellers


async def test_a_shirt_on_its_way_and_a_sweater_that_goes_back(travels: Travellers) -> None:
    lin = await travels("c-lin", "衬衫还在路上，毛衣要退")
    shirt, sweater, _ = await lin.orders()
    (parcel,) = (await lin.scene()).parcels[shirt.id]
    assert parcel.waybill in (await lin.says("在吗？昨天买的那件衬衫走到哪了")).text
    await lin.says("大概哪天能到啊")
    await lin.says("行吧。还有上周那件毛衣我想退")
    assert "由您承担" in (await lin.says("运费算谁的")).text
    summary = await lin.says("扎得慌，穿着不舒服")
    assert await lin.new() == []
    if "确认退货" not in summary.options:
        summary = await lin.says("不想要了")
    await lin.taps("确认退货", summary)
    await lin.says("多久能退到我支付宝")
    await lin.says("好的谢谢啦")
    (back,) = await lin.new()
    assert (back.kind, back.order_id, back.refund) == ("return", sweater.id, sweater.paid)


async def test_jeans_in_another_size_and_a_change_of_mind(travels: Travellers) -> None:
    luo = await travels("c-insured", "裤子换大一号，又改主意退货")
    (order,) = await luo.orders()
    await luo.says("牛仔裤买小了，能换大一号吗")
    await luo.says("我170 65公斤穿哪个码合适")
    summary = await luo.says("那就换M码")
    await luo.taps("确认换货", summary)
    assert await luo.kinds() == ["exchange_request"]
    await luo.says("算了不换了，帮我撤掉吧")
    await luo.says("对，撤掉")
    await luo.says("直接退货，不合适")
    await luo.says("嗯，确认退货")
    live = [one for one in await luo.new() if one.live and one.kind != "undo_request"]
    assert [(one.kind, one.refund) for one in live] == [("return", order.paid)]


async def test_a_coat_that_is_late(travels: Travellers) -> None:
    ma = await travels("c-late", "外套迟迟不发货：催、改地址、最后取消")
    (order,) = await ma.orders()
    await ma.says("四天了怎么还没发货啊")
    await ma.says("帮我催一下仓库")
    await ma.says("好，催吧")
    await ma.says("地址也改下，改到浙江省杭州市西湖区文三路90号，收件人不变")
    await ma.says("确认")
    assert "urge_delivery" in await ma.kinds()
    assert "change_address" in await ma.kinds()
    await ma.says("想了想还是不要了，取消订单吧")
    assert "cancel_order" not in await ma.kinds()
    await ma.says("确认取消")
    (cancelled,) = [one for one in await ma.new() if one.kind == "cancel_order"]
    assert cancelled.refund == order.paid
    await ma.says("钱什么时候回来")


async def test_before_buying(travels: Travellers) -> None:
    zhou = await travels("c-new", "还没买：推荐、比较、尺码、价格、发票")
    offered = await zhou.says("想给自己挑件衬衫，上班穿的")
    assert offered.text
    await zhou.says("前两件有什么区别")
    await zhou.says("第一件多少钱，有活动吗")
    await zhou.says("我178 72公斤，穿多大")
    await zhou.says("会不会缩水")
    assert "59" in (await zhou.says("包邮不")).text
    await zhou.says("能开公司抬头的发票吗")
    await zhou.says("行，我先看看")
    assert await zhou.untouched()
    assert await zhou.handoffs() == ()


async def test_a_parcel_that_stands_still(travels: Travellers) -> None:
    zhao = await travels("c-stuck", "包裹停了四天：查、要退款")
    await zhao.says("我的空气炸锅呢？好几天没动静了")
    await zhao.says("那你们去查一下吧")
    await zhao.says("确认")
    await zhao.says("要是丢了怎么办")
    await zhao.says("谢谢")
    assert len([one for one in await zhao.new() if one.live]) == 1


async def test_signed_for_but_not_there(travels: Travellers) -> None:
    wu = await travels("c-contested", "显示签收，人没收到")
    await wu.says("杯子显示签收了，可我没收到")
    await wu.says("家里人和门卫都问了，没有")
    await wu.says("嗯登记吧")
    assert len([one for one in await wu.new() if one.live]) <= 1
    await wu.says("那我的钱会退吗")


async def test_a_payment_that_does_not_go_through(travels: Travellers) -> None:
    he = await travels("c-unpaid", "付不了款，最后不要了")
    (order,) = await he.orders()
    await he.says("吹风机那单一直付不了款")
    await he.says("换了卡也不行")
    await he.says("算了，这单不要了，帮我取消")
    await he.says("是的取消")
    (cancelled,) = await he.new()
    assert (cancelled.kind, cancelled.order_id, cancelled.refund) == ("cancel_order", order.id, 0)


async def test_food_and_a_cream(travels: Travellers) -> None:
    tian = await travels("c-fresh", "坚果不能随便退，面霜有问题")
    await tian.says("坚果不爱吃，能退吗")
    assert await tian.untouched()
    await tian.says("那面霜呢，一打开是稀的，像坏了")
    await tian.says("没有照片")
    assert await tian.new() == []
    summary = await tian.says("退货吧")
    if any("确认" in option for option in summary.options):
        await tian.taps("确认", summary)
    else:
        await tian.says("确认")
    assert len([one for one in await tian.new() if one.live]) == 1


async def test_a_phone_to_be_repaired_and_an_invoice(travels: Travellers) -> None:
    gao = await travels("c-phone", "手机报修，再补一张公司发票")
    await gao.says("手机屏幕失灵了，保修吗")
    await gao.says("那帮我报修")
    await gao.says("上门取")
    await gao.says("确认报修")
    assert await gao.kinds() == ["warranty_repair"]
    await gao.says("顺便给手机开张发票，公司的，北京青禾科技有限公司，税号91350100M000100Y43")
    await gao.says("邮箱不用了")
    await gao.says("对，开吧")
    assert await gao.kinds() == ["invoice", "warranty_repair"]


async def test_a_good_customer(travels: Travellers) -> None:
    shen = await travels("c-vip", "老顾客：会员、派送、改到明天收")
    await shen.says("我现在什么等级，有什么好处")
    await shen.says("羊绒衫今天能送到吗")
    await shen.says("我不在家，让他放门口行不")
    await shen.says("这件怎么洗")
    await shen.says("好，谢谢")
    assert await shen.handoffs() == ()
    assert await shen.untouched()

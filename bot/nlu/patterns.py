"""What is recognised by its form: numbers, money, sizes, models, times, heights and weights."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from decimal import Decimal
from typing import NamedTuple

from conversations import privacy
from shop import numerals, when
from shop.types import ReturnReason
from shop.waybills import Number, NumberKind, classify, find_numbers


class Span(NamedTuple):
    """`text[start:end]` is of kind `label` and means `value`."""

    label: str
    start: int
    end: int
    value: str


# Only where an expression of time stands is asked here, not when it was.
_ANY_TIME = datetime(2025, 6, 15, tzinfo=timezone.utc)

# ---- numbers ---------------------------------------------------------------------------------

_ORDER = re.compile(
    r"(?:订单|交易)(?:编号|号码|号)?(?:是|为|:)?\s*"
    r"(?P<number>(?<![A-Za-z0-9])(?:\d{6}-\d{15}|[A-Za-z]{0,2}\d{8,28}))(?![\d-])"
)
_BARE_ORDER = re.compile(
    r"(?<![A-Za-z0-9-])(?:[A-Za-z]?20[23]\d[01]\d[0-3]\d\d{2,9}|\d{6}-\d{15})(?![\d-])"
)
_NAMED_WAYBILL = re.compile(
    r"(?:运单|快递单|物流单|快递|物流)(?:编号|号码|号)?(?:是|为|:)?\s*"
    r"(?P<number>(?!1[3-9]\d{9}(?!\d))[A-Za-z]{0,4}\d{9,15})(?![A-Za-z0-9])"
)
# Whoever types EA123456789CN or YT and too many digits means a waybill: `shop.waybills` tells
# whether it can be one, by its length and check digit.
_TYPED_WAYBILL = re.compile(
    r"(?<![A-Za-z0-9])(?P<number>[A-Za-z]{2}\d{9}[Cc][Nn]|(?i:YT|JT|ZTO|STO|YD|SF)\d{12,15})(?![A-Za-z0-9])"
)
# To `find_numbers` ID83910274655 is one run of characters, and nothing.
_NAMED_ITEM = re.compile(
    r"(?:商品|宝贝|货品|产品|链接)(?:id|ID)(?:是|为|:)?\s*(?P<number>\d{11,12})(?!\d)"
)
# What is said of goods, and never of a parcel.
_OF_GOODS = re.compile(
    r"价|多少钱|到手|券|[有没]货|库存|还有[吗没]|哪个|哪款|[色码号]|[厚薄大小长短]|面料|材质|质量|好看|怎么样|推荐|保修|正品"
)
_OF_PARCELS = re.compile(r"到哪|快递|物流|单号|包裹|派送|签收|发货|运单|在途|查|催|收到|送")
_ITEM_BEFORE = re.compile(
    r"(?:商品|宝贝|货品|产品|货|款|链接)(?:编号|编码|号码|号|id|ID)?(?:是|为|:)?\s*$"
)
_WAYBILL_BEFORE = re.compile(r"(?:单号?|快递|物流|包裹|运单)(?:编号|号码|号)?(?:是|为|:)?\s*$")
_TAIL = re.compile(
    r"(?<!卡)(?:尾号|尾数|末尾|末[三四五六几3-6]位|最?后[三四五六几3-6]位)(?:数字?|号码)?(?:是|为|:)?\s*"
    r"(?P<tail>\d{3,6})(?!\d)"
)

# ---- money -----------------------------------------------------------------------------------

_DIGITS = "零〇一二两三四五六七八九"
_CHINESE = rf"[{_DIGITS}十百千万]+"
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d{1,7})(?:\.\d{1,2})?"
_START = r"(?<![\d.,A-Za-z:/%×*+-])"
_YUAN = (
    r"(?:元(?![祖宝旦])|块钱|块(?![屏儿发寄状头橡毛饼糖香])|圆(?![形领的脸桌满角])|大洋|软妹币|人民币"
    r"|(?i:rmb|cny))"
)
# A number alone is money when the words beside it speak of a price, unless it counts something.
_NO_UNIT = (
    r"(?!\s?(?:穿|选[哪什]|买多大)|\d|[.,:/×*+~-]\s?\d|[%+~/×*-]|\s?[A-Za-z]|包(?!邮)|对(?![吧不])|[个件条双只套台支瓶盒袋斤克千百万公号楼天日月年周秒点次遍人岁度寸匹升毫米厘码层"
    r"级期位张箱枚颗粒根把桶罐本册页株棵串分小兆瓦伏赫步卷提排间间格门折倍多几]|款(?!多少))"
)
_PRICE_BEFORE = (
    r"(?:差价|差额|还差|只差|少|便宜|优惠|减|立减|满|补|补我|补差价?|补了|付|付了|付款|付的|花|花了|卖[你我]?|价格|价|价是|价格是|要价|才|才要"
    r"|只要|变成|变|涨到|涨了|降到|降了|降成|降价|降|现在|今天|今天才|券后|券后是不是|券后才|券后价|到手|到手价|到手才|原价|原来|现价|售价"
    r"|标价|活动价|返|返现|退|退我|退了|退给我|退款|回来|只退|扣|扣了|多扣|多付|多收|收了|收我|转|转了|赔|赔我|到账|到账了|充|充了|提现|预算"
    r"|预算在|预算是|预算就|预算只有|预算大概|预算大约|一共|总共|合计|贵|贵了|还|时候还|那边|直播间|拼多多|淘宝|天猫|京东|别家|隔壁|砍|砍掉|卖到|共|后|(?<!出)差|实际差|低|低于|超过|高于|多出"
    r"|收我|扣我|扣了我|收了我|加我|便宜我|标|标的|凑到|估|抵|抵扣|运费|邮费|配送费|安装费|上楼费|手续费|材料费|押金|定金|尾款|充值|报价)了?"
)
# 她才十二, 没满十八, 今天十六了, 假一赔十
_NO_AGE = r"(?!(?<=今天|现在|一赔|[刚未没不]满)[二三]?十)(?!(?<=才)[二三]?十)"
_PRICE_AFTER = (
    r"(?=\s?(?:买(?!多大|几码|哪|什么码|大|小)|入手|下单|下的单|拍下|拍的|包邮|卖|能卖|能少|能便宜|能优惠|行不|行吗|出不|成交|成不|那[款个件条双台]|这[款个件条双台]|现在"
    r"|减\d|减[一二三四五]|能?拿[一两二三下走]|起(?![球来开毛皮静订])|我就|到手|封顶|以内|以下|以上|之内|左右|上下|档|价位|的价))"
)
_TOO_FEW = r"(?!(?:16|32|64|128|256|512|1024)(?!\d))"
_AMOUNTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"[¥￥]\s?(?P<n>{_NUMBER})(?:元|块)?",
        rf"{_START}(?P<n>{_NUMBER})\s?{_YUAN}",
        rf"{_START}(?P<n>\d{{1,6}})块(?P<tenth>\d)毛?(?!\d)",
        rf"(?P<n>{_CHINESE})(?:元|块)(?P<tenth>[{_DIGITS}])毛?(?![{_DIGITS}十百千个分天件模样起共边大直次定块点条些旦般])",
        rf"(?<![{_DIGITS}有这那])(?P<n>{_CHINESE})(?:元|块钱|(?<!一)块(?![儿屏发寄状头板砖布肉表电橡毛饼糖香]))",
        rf"(?<![\d.{_DIGITS}])(?P<jiao>\d|[{_DIGITS}])毛钱?(?![衣衫巾线毯孩病绒球])",
        # 2k3, 1w2: certain; 3k, 2w: only beside a price
        rf"{_START}(?P<n>\d)(?P<power>[kKwW])(?P<part>\d)(?![\dA-Za-z屏])",
        rf"{_START}(?P<n>\d)(?P<power>[千万])(?P<part>\d)(?![\d克米瓦])",
        rf"{_START}(?P<n>\d{{1,2}}(?:\.\d)?)(?P<power>[kKwW千万])(?=以内|以下|左右|上下|块|元|多块|的预算|预算|价位|档)块?元?",
        r"预算(?:是|在|大概|大约|就|只有)?(?P<said>(?P<n>\d{1,2}(?:\.\d)?)(?P<power>[kKwW千万]))",
        rf"(?P<n>{_CHINESE}|{_START}{_NUMBER})(?=(?:以内|以下|左右|上下|之内|出头)(?!斤|天|[送发到]))",
        rf"预算(?:是|在|大概|大约|就|只有)?(?P<said>(?P<n>{_NUMBER}|{_CHINESE}))",
        rf"{_START}{_TOO_FEW}(?P<n>\d{{2,6}}(?:\.\d{{1,2}})?|\d\.\d{{1,2}}){_NO_UNIT}{_PRICE_AFTER}",
        rf"{_PRICE_BEFORE}\s?{_TOO_FEW}"
        rf"(?P<said>(?P<n>\d{{1,3}}(?:,\d{{3}})+|\d{{2,6}}(?:\.\d{{1,2}})?|\d\.\d{{1,2}})){_NO_UNIT}",
        rf"(?:开|开个|开张)(?P<said>(?P<n>{_NUMBER}))(?=元?的[^的]{{0,3}}票)",
        rf"(?P<n>[{_DIGITS}]?[百千][零{_DIGITS}百十]*){_PRICE_AFTER}",
        rf"{_PRICE_BEFORE}{_NO_AGE}(?P<said>(?P<n>[{_DIGITS}][百千][零{_DIGITS}百十]*"
        rf"|[{_DIGITS[4:]}]?十[{_DIGITS[2:]}]?))(?=$|[\s,。!?、吧了行吗呗能什啥退怎咋到也都才])",
        rf"(?P<n>[{_DIGITS}][百千万])多(?=的|块|元)",
    )
)
# Once money is spoken of, numbers of three digits and more are prices: 699现在649, 329的那件.
_PRICES = re.compile(
    rf"{_START}(?<!还是)(?<![换穿拍选]){_TOO_FEW}(?!1[4-9][05](?!\d))(?P<n>\d{{3,5}}(?:\.\d{{1,2}})?){_NO_UNIT}"
    r"(?=$|\s|[,。?!、]|的(?!还是)|和|跟|与|对[吧不]|是吧|有[啥什]|减|变|降|能|才|就|也|还(?!是)|[贵便])"
)
_SPEAKS_OF_PRICES = re.compile(
    r"价|便宜|贵|券|优惠|降|减|折|块|(?<!单)元|[¥￥]|包邮|[退付]款|多少钱|划算|买的?|拍"
)
_NEVER_MONEY = re.compile(
    r"(?:验证码|密码|积分|工号|编号|型号|身高|体重|尺码|房间?号|门牌|邮编|电话|手机号|尾号|后四位|单号|单元|[栋幢楼室])"
    r"|(?:[长宽高深厚]|[胸腰臀头指]围|量出来是?)$"
)
_UNIT = re.compile(r"[元块圆毛¥￥]")

# ---- sizes -----------------------------------------------------------------------------------

_APART = r"(?<![A-Za-z0-9.])"
_METRES = re.compile(r"(\d)米(\d)")
_BARE_SHOE = (
    r"(?P<said>(?<![\d.])(?P<n>(?:3[4-9]|4[0-8])(?:\.5)?))"
    r"(?![\d.:/%~-]|\s?[A-Za-z]|[元块天月年岁斤个件双度米寸层楼号分秒点页集包片克钱瓶盒条支枚升多])"
)
_VOLUME = r"(?:ml|mL|ML|毫升|升|L(?![A-Za-z])|l(?![A-Za-z])|克|g(?![A-Za-z])|毫克|mg)"
_SIDE = r"\d{1,4}(?:\.\d{1,2})?"
_SIZES = (
    re.compile(
        rf"{_APART}(?P<n>[2-8]XL|X{{1,5}}[SL]|[SML])(?:号?码|号)?(?![A-Za-z0-9+])(?![形型级站弯单钩豆标])",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\d.])(?P<n>[1-2]\d{2}|[2-9]\d(?:\.5)?|(?:[4-9]|1[0-4])(?:\.5)?)码"),
    re.compile(r"(?P<han>[三四]十[一二三四五六七八九]?)码"),
    re.compile(r"(?<![\d./])(?P<n>(?:3[4-9]|4[0-8]) [12]/3)(?![\d/])"),
    re.compile(r"(?<![\d.])(?P<n>(?:3[4-9]|4[0-8])(?:\.5|码?半))码?(?![\d天月年岁斤])"),
    re.compile(rf"{_APART}(?P<n>(?:eur|eu|us|uk|jp)\s?\d{{1,2}}(?:\.5)?)码?(?!\d)", re.IGNORECASE),
    # 穿42的, 换成43: only of what is worn
    re.compile(
        r"(?:[穿换拍选要拿脚]|平[时常]|穿不进|同样|[换改]成|换一?个|[尺鞋]码|码数)(?P<said>(?P<n>(?:2[5-9]|3\d|4[0-6])(?:\.5)?))"
        r"(?=的|$|[\s,。?]|还[是没]|吧|吗|就|能|合适|偏)"
    ),
    re.compile(
        r"(?<![\d.])(?P<said>(?P<n>(?:3[4-9]|4[0-6])(?:\.5)?))"
        r"(?=(?:的鞋?)?(?:能|可以|给我?|想|帮我?|要)*[换改]成?(?:3[4-9]|4[0-6]))"
    ),
    # 跑鞋42还有吗, 米白39, 40-41的, 42.5码还是43: no unit, but shoes, a colour or another size
    *(
        re.compile(rf"{beside}\s?{_BARE_SHOE}")
        for beside in (
            r"(?:鞋|靴)(?:子|款|拍|要|的|,|\s|穿)*",
            r"(?<=[色白黑灰红蓝绿粉黄紫棕咖])(?:的|,)?",
            r"(?<=[码半])(?:还是|和|跟|或者?|/|、)",
        )
    ),
    re.compile(r"(?<![\d.])(?P<n>(?:3[4-9]|4[0-8])[-~/](?:3[5-9]|4[0-9]))(?=码|的|$|\s)"),
    re.compile(r"(?P<n>五香|香辣|麻辣)(?=的)"),
    re.compile(r"(?P<n>(?:微|中|特|爆|变态)辣)(?!味)"),
    re.compile(r"(?P<n>[57]号)(?=的?(?:电池|篮球|足球|排球))"),
    re.compile(r"(?:电池|篮球|足球|排球)(?:是|要|,|\s)?(?P<said>(?P<n>[57]号))"),
    re.compile(rf"{_APART}(?P<n>\d{{3}}/\d{{2}}\s?R\d{{2}})(?!\d)", re.IGNORECASE),
    re.compile(rf"{_APART}(?P<n>NB)码", re.IGNORECASE),
    re.compile(rf"{_APART}(?P<n>[AB][3-6])(?=的|纸|本|大小)", re.IGNORECASE),
    re.compile(r"(?:戒指|圈口|戒圈|指围|手寸).{0,6}?(?P<said>(?P<n>\d{1,2})号)"),
    re.compile(rf"{_APART}(?P<n>1[4-9]\d/\d{{2,3}}\s?[ABCY])(?![A-Za-z0-9])", re.IGNORECASE),
    re.compile(rf"{_APART}(?P<n>(?:[78][05]|9[05]|3[2-8])[A-Ea-e])(?:罩?杯|码)?(?![A-Za-z0-9])"),
    re.compile(r"(?<=穿)(?P<n>1[0-9][05]|[7-9]0)(?=的|$|[\s,。?])"),
    re.compile(r"(?<![\d.])(?P<n>2[5-9]|3[0-9]|4[0-2])(?=的?腰(?!围))"),
    re.compile(
        r"(?P<n>(?:加肥加大|加大|特大|超大|[大中小均])码|加肥加大(?!码)|(?:加大|特大|超大|[大中小])号(?![楼线码])|均号)"
    ),
    re.compile(
        rf"{_APART}(?P<n>(?:\d{{1,2}}\s?GB?\s?\+\s?)?(?:[1-8]\s?TB?"
        r"|(?:16|32|64|128|256|512|1024)\s?GB?))(?![A-Za-z0-9恤])",
        re.IGNORECASE,
    ),
    re.compile(rf"{_APART}(?P<n>\d{{1,2}}\s?\+\s?(?:64|128|256|512))(?![\d.])"),
    re.compile(
        rf"{_APART}(?P<n>(?:4|6|8|12|18|24)\s?GB?)(?=内存|运存|的?内存|运行)", re.IGNORECASE
    ),
    re.compile(r"(?<=[要选换买拍])(?P<n>64|128|256|512)(?=$|[\s,。?])"),
    re.compile(r"(?<![\d.+])(?P<n>128|256|512)(?=的|版|款)"),
    re.compile(
        rf"{_APART}(?P<n>\d{{1,5}}(?:\.\d{{1,2}})?\s?{_VOLUME}(?:\s?[×xX*]\s?\d{{1,3}})?)"
        r"(?![A-Za-z0-9])(?!洗|水洗)"
    ),
    re.compile(
        rf"{_APART}(?P<n>\d{{1,2}}(?:\.\d)?\s?(?:kg|KG|公斤|斤))(?=装|规格|的?(?:米|苹果|狗粮|猫粮|[一两]袋))"
    ),
    re.compile(rf"{_APART}(?P<n>\d{{1,2}}(?:\.\d)?\s?(?:kg|KG)\s?[×xX*]\s?\d{{1,3}})(?!\d)"),
    re.compile(r"(?<![\d.])(?P<n>[12](?:\.\d{1,2})?\s?(?:m|M|米)的?大?床)(?![单垫笠架品裙罩])"),
    re.compile(
        r"(?<![\d.×xX*])(?P<n>[12](?:\.\d{1,2})?\s?(?:m|M|米))(?=的?大?(?:床[单垫笠架品裙罩]|四件套|被子|凉席))"
    ),
    re.compile(
        rf"{_APART}(?P<n>{_SIDE}\s?(?:cm|m|米)?\s?[×xX*乘]\s?{_SIDE}(?:\s?(?:cm|m|米)?\s?[×xX*乘]\s?{_SIDE})?"
        r"\s?(?:cm|CM|mm|厘米|公分|米|m))(?![A-Za-z0-9])"
    ),
    re.compile(
        r"(?<![\d.])(?P<n>(?:1\.[2-9]|2(?:\.[0-4])?)\s?[×xX*乘]\s?(?:1\.[2-9]|2(?:\.[0-4])?))(?![\d.])"
    ),
    re.compile(
        r"(?<![\d.×xX*])(?P<n>(?:[4-9]\d|[12]\d\d)[×xX*](?:[4-9]\d|[12]\d\d))(?![\d.×xX*A-Za-z])"
    ),
    re.compile(r"(?<![\d.])(?P<n>[12]米\d的?大?床)(?![单垫笠架品裙罩])"),
    re.compile(
        r"(?<![\d.])(?P<n>[12]米\d)(?=的?大?(?:床[单垫笠架品裙罩]|[桌柜]|沙发|凉席|四件套|被))"
    ),
    re.compile(
        r"(?:[床桌柜架几席笠单帘毯熊梯管线绳]|沙发|床垫|公仔|玩偶)(?:要|买|选|的|是|,|\s)*"
        r"(?P<said>(?P<n>(?<![\d.])(?:\d{1,2}(?:\.\d{1,2})?|[一两三五十])\s?(?:米|m(?![a-z]))\d?))(?![高远之内])"
    ),
    # what is long or wide is no person: 宽83cm, 项链45cm
    re.compile(
        r"(?:(?<![脚手脸头腿肩臂身])[长宽深厚径]|项链|手链|花盆|鱼缸|镜子|锅|盘子|画)(?:是|为|约|的|:|\s)*"
        r"(?P<said>(?P<n>(?<![\d.])\d{1,3}(?:\.\d)?\s?(?:cm|厘米|公分)))(?![A-Za-z])",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:洗衣机|哑铃|壶铃|[猫狗]粮|猫砂|大米|面粉|车厘子|[棉蚕羽]?[丝绒]?被子?)[^\d,。?!]{0,6}"
        r"(?P<said>(?P<n>(?<![\d.])\d{1,2}(?:\.\d)?\s?(?:kg|公斤|斤)))",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\d.])(?P<n>\d{1,2}\s?kg)(?=的?(?:和|跟|与|还是)\d{1,2}\s?kg)", re.IGNORECASE),
    re.compile(r"(?<=[和跟与是])(?P<n>\d{1,2}\s?kg)(?=的)", re.IGNORECASE),
    re.compile(r"(?<![\d.×xX*])(?P<n>\d{1,2}(?:\.\d)?\s?(?:mm|毫米))(?![A-Za-z])", re.IGNORECASE),
    re.compile(r"(?<![\d.])(?P<n>\d{1,3}(?:\.\d)?\s?(?:英寸|寸|吋))(?!照)"),
    re.compile(r"(?<![\d.])(?P<n>(?:大|小)?(?:\d(?:\.\d)?|[一二两三])匹半?)(?!马|布)"),
)
_PERSON = (
    r"(?:我|妈妈?|爸爸?|老公|老婆|媳妇|儿子|女儿|闺女|男友|女友|男朋友|女朋友|朋友|他|她|本人|姐姐?|妹妹?|哥哥?|弟弟?|对象|孩子|娃|宝宝|小孩"
    r"|学生|爷爷|奶奶|婆婆|公公|岳父|岳母)(?:的?身高|大概|大约|差不多|是|有|才)?\s?"
)
_HEIGHTS = (
    re.compile(
        r"(?<![\d.])(?P<said>(?P<cm>1[3-9]\d|20\d)\s?(?:cm|CM|Cm|厘米|公分))(?!的?[床桌长宽沙被窗柜板杆线款×x*])"
    ),
    re.compile(
        r"(?:孩子|宝宝|娃|儿子|女儿|闺女|身高|小孩|童).{0,6}?"
        r"(?<![\d.])(?P<said>(?P<cm>[6-9]\d|1[0-2]\d)\s?(?:cm|CM|厘米|公分))"
    ),
    re.compile(
        r"(?<![\d.])(?P<said>(?P<m>1\.\d{1,2})\s?(?:米|m(?![a-z])|M(?![A-Za-z])))(?!的?大?[床长宽布桌])"
    ),
    re.compile(
        rf"(?P<said>(?P<m1>[一1])米(?P<m2>[{_DIGITS}\d](?:[{_DIGITS}\d](?!斤))?))(?!的?大?[床长宽])"
    ),
    re.compile(
        r"(?:身高|个子|个头|高)(?:是|有|大概|大约|:)?\s?(?P<said>(?P<cm>1[3-9]\d|20\d))(?!\d)"
    ),
    re.compile(r"身高(?:是|有|:)?\s?(?P<said>(?P<cm>[5-9]\d|1[0-2]\d))(?![\d.])"),
    re.compile(
        rf"{_PERSON}(?P<said>(?P<cm>1[4-9]\d|20\d))(?!\d|\.\d|[元块斤个件码])(?=高|的?个[子头]|的?身高|$|[\s,。、])"
    ),
    re.compile(
        r"(?<![\d.])(?P<said>(?P<cm>1[4-9]\d|20\d))(?=高(?![领帮跟]|的?[桌床柜])|的?个[子头]|的?身高)"
    ),
    re.compile(rf"身高(?:是)?(?P<said>(?P<han>一[百]?[{_DIGITS}十]{{2,4}}))"),
)
_WEIGHTS = (
    re.compile(
        r"(?<![\d.])(?<![承载限]重)(?P<n>\d{2,3}(?:\.\d)?)\s?(?P<unit>kg|KG|Kg|公斤|千克|斤)(?!装|规格|\s?[×xX*]|的(?![我你人男女胖瘦体身妈爸他她孩宝]))"
    ),
    re.compile(
        rf"(?P<n>一百[{_DIGITS}十]{{0,4}}|[{_DIGITS}]?十[{_DIGITS}]?|[{_DIGITS}]百[{_DIGITS}十]*)"
        r"(?P<unit>公斤|千克|斤)(?!装|的(?![我你人男女胖瘦体身妈爸他她孩宝]))"
    ),
    re.compile(
        r"(?:体重|(?<![承载限])重)(?:是|有|大概|大约|:)?\s?(?P<n>\d{2,3}(?:\.\d)?)(?P<unit>)(?![\d克gG])"
    ),
    re.compile(
        rf"体重(?:是)?(?P<n>一百[{_DIGITS}十]{{0,4}}|[{_DIGITS}]十[{_DIGITS}]?)(?P<unit>)(?!斤)"
    ),
)
# 165/50kg, 163,98, 170 130斤, 178/75
_BOTH = re.compile(
    r"(?<![\d.])(?P<height>1[4-9]\d|20\d)\s?(?:cm|CM)?\s?[/,、; ]\s?(?P<weight>\d{2,3}(?:\.\d)?)"
    r"\s?(?P<unit>kg|KG|Kg|公斤|千克|斤)?(?![\d.])"
)


# ---- words of the trade with a form ----------------------------------------------------------

_GRADES = r"(?:pro|max|plus|ultra|air|mini|note|turbo|se|fe|gt|watch|find|pocket|青春版|至尊版)"
_NOT_IN_A_WORD = r"(?<![完精最太很真好优甜唯绝健华审柔])"  # 精美的茶具 is nothing of 美的
_NO_MODEL = r"(?![\d.年月日号天块元个斤码寸匹升+]|\s?(?:gb?|kg|cm|ml|l|w)(?![a-z]))"


class TradeForms:
    """Flavours (草莓味: a size), models of brands (iPhone 15 Pro, 小米14: a product), and makers.

    Args:
        flavors, lines, makers, graded: see `words.yml`; a blank in a name may be left out.
    """

    def __init__(
        self,
        *,
        flavors: Sequence[str],
        lines: Sequence[str],
        makers: Sequence[str],
        graded: Sequence[str],
    ) -> None:
        self._flavors = re.compile(rf"(?:{_any_of(flavors)})味(?![道儿大重精觉浓])")
        line, maker = _any_of(lines), f"{_NOT_IN_A_WORD}(?:{_any_of(makers)})"
        self._maker = re.compile(
            rf"(?<![A-Za-z])(?:{maker}|{line})(?:牌|家)?的?\s?$", re.IGNORECASE
        )
        self._models = re.compile(
            rf"(?<![A-Za-z])(?:(?:(?:{maker})\s?)?(?:{line})(?:\s?(?:{_GRADES}|{line})(?![a-z]))*"
            rf"\s?[a-z]{{0,2}}\d{{1,5}}{_NO_MODEL}[a-z]?(?![a-z])"
            rf"|(?:{maker})(?:\s?{_GRADES}(?![a-z]))*(?:(?<=[a-z])\s?|\s?[a-z]{{1,2}})"
            rf"\d{{1,4}}{_NO_MODEL}[a-z]?(?![a-z]))(?:\s?{_GRADES}(?![a-z]))*\+?"
            rf"|(?<![A-Za-z])(?:{_any_of(graded)})(?:\s?(?:air|pro|mini|max)(?![a-z]))+",
            re.IGNORECASE,
        )

    def maker_before(self, text: str) -> int | None:
        """Where another maker's name begins that the text ends with (华为 before 手机)."""
        found = self._maker.search(text)
        return found.start() if found else None

    def find(self, text: str) -> Iterator[Span]:
        """The flavours and models in a normalised text. The words are the value."""
        if "味" in text:
            for match in self._flavors.finditer(text):
                yield Span("size", *match.span(), match[0])
        for match in self._models.finditer(text):
            yield Span("product", *match.span(), match[0])


def _any_of(words: Sequence[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s?") for word in words)


# ---- reasons ---------------------------------------------------------------------------------

_NO_REASON = re.compile(
    r"(?:(?:七|十五|三十|7|15|30)天)?无理由"
    r"(?=(?:退货?款?|退换货?)?(?:吧|了|掉|处理|[,。!]|\s|$))"
)
_A_BIT = r"(?:太|怎么|大|咋|很|是很|那么)"
_SIZE_WORDS = r"(?:尺码|尺寸|大小|码数|码子?|型号|版型)"
_OFTEN = (
    r"(?:老是?|总是?|经常|时不时|动不动|一直|频繁|三天两头|隔三差五|反复|不停|莫名其妙|无缘无故)"
)
_FAULTS = (
    r"(?:重启|关机|死机|[黑花白闪]屏|断[电连线网触]|掉线|闪退|跳闸|停机|卡[死机顿住]|熄[屏火]|失灵"
    r"|漏[水电液]|报错|报故障|没电|没声音?|没反应)"
)
_SOME = r"(?:[一两几好很大小长多个条道块处点些片]|不少|明显的?)"
_FLAWS = (
    r"(?:洞(?!洞)|窟窿|口子|裂[口缝纹]|缝隙|划痕|刮痕|磕痕|污[渍点]|脏污|脏东西|霉[点斑]|锈[迹斑]?|虫眼|破损|破洞"
    r"|凹坑|鼓包|瑕疵|[异怪臭霉]味|杂音|异响)"
)
_PARTS = (
    r"(?:接口|插?孔|[电领袖袋插瓶]口|轴|螺丝|按键|按钮|开关|把手|手柄|提手|盖子?|扣子?|纽扣|拉链|鞋[底跟帮]|轮子?"
    r"|支架|接头|插头|屏幕|底座|铰链|表[带冠]|卡扣|镜腿|木板|抽屉)"
)
_OF_A_FORM = (
    (ReturnReason.NO_LONGER_WANTED, _NO_REASON),
    (
        ReturnReason.NO_LONGER_WANTED,
        re.compile(
            rf"不{_A_BIT}(?:想要|喜欢|需要|中意)了?|没那么(?:想要|喜欢)了?|不(?:打算|准备|想)(?:再)?[要留]着?了"
            r"|(?:颜色|款式|样式|花[色纹]|图案)[^,。!?]{0,4}?(?:不(?:太|怎么|大|是很)?(?:喜欢|中意|满意|好看)|难看|太丑)"
        ),
    ),
    (
        ReturnReason.WRONG_SIZE,
        re.compile(
            rf"[买拍选订挑拿点]错了?{_SIZE_WORDS}|{_SIZE_WORDS}[^,。!?]{{0,3}}?[买拍选订挑拿点]错"
            rf"|{_SIZE_WORDS}(?:[跟和与对]我(?:来说|的)?)?(?:都|完全|有点|有些|根本|实在|并|也)*不{_A_BIT}?"
            r"(?:搭|合适?|对|行|适合|匹配|符合|吻合|标准|准)"
            r"|[穿戴](?:着|起来|上去?|在身上)*(?:都|就|有点|有些|特别|非常|很|略|稍微|还是)+[大小紧松肥瘦宽窄长短勒挤]"
        ),
    ),
    (
        ReturnReason.QUALITY,
        re.compile(
            rf"{_OFTEN}(?:[地的就会还在又]|给我|自[己动])*{_FAULTS}|自己(?:就|会|又)?(?:重启|关机|死机|黑屏|断开|掉线)"
            rf"|(?:[左右一单两][边侧只耳]耳?朵?(?:都|就|也|又|突然)*没声音?|没声音?)了"
            rf"|充不(?:[进上满了]|进去)电?了?|有了?{_SOME}*{_FLAWS}|[破裂烂磨戳]了?{_SOME}+{_FLAWS}"
            r"|(?:下水|一洗|洗(?:[一了过两][次水遍回]|完|了))[^,。!?会]{0,5}?"
            r"(?:缩(?:水|了|小|短|得)|褪色|掉色|变[形小硬]|起球|起毛|发[硬黄]|串色|染色)了?"
            rf"|{_PARTS}(?:都|就|也|已经|有点|全|又|自己|是)*(?:松[了动脱的]|掉[了落下]|脱[了落]|断[了开裂的]|裂|[歪坏破碎][了的]|卡住|翘|滑丝)"
        ),
    ),
    (
        ReturnReason.DAMAGED,  # when it came
        re.compile(
            r"(?:收到|送[来到]|寄[来到]|到手|到货|[拆打]开|开箱|拿到|取回)[^,。!?天周月年吗没不]{0,8}?"
            r"(?:碎|裂|破(?!了?[一个小大]*洞)|瘪|压扁|凹|散架|变形)(?:[了的开掉着]|成)*"
        ),
    ),
)
_LABELS = {
    NumberKind.ORDER: "order_number",
    NumberKind.WAYBILL: "waybill",
    NumberKind.ITEM: "item_id",
}
_ANY_DIGIT = re.compile(r"\d")
_LONG_NUMBER = re.compile(r"\d(?:[\s-]?\d){7}|[?&/]\w*?[iI][dD]=\d|/\d{5,}\.htm")
_ANY_AMOUNT = re.compile(r"\d|[块元毛十百千万]|预算|以内|左右")
_ANY_BODY = re.compile(r"\d{2}|[米斤]|公斤|千克|身高|体重")
_ANY_SIZE = re.compile(r"\d|[A-Za-z码号匹味辣米]|五香|香辣|麻辣|加肥")


def find(text: str) -> list[Span]:
    """Everything of a known form in a normalised text; spans may overlap."""
    has_digit = _ANY_DIGIT.search(text) is not None
    found = [
        *_sizes(text),
        *_times(text),
        *_amounts(text),
        *_body(text),
        *_reasons(text),
    ]
    return [*_numbers(text), *found] if has_digit else found


def _numbers(text: str) -> Iterator[Span]:
    for match in _TAIL.finditer(text):
        yield Span("phone_tail", match.start("tail"), match.end("tail"), match["tail"])
    if not _LONG_NUMBER.search(text):
        return
    # What must be masked for the people it belongs to is nothing of the shop's.
    public = "".join(privacy.mask(text).split())
    for label, start, end, value in _long_numbers(text):
        if "".join(text[start:end].split()) in public:
            yield Span(label, start, end, value)


def _long_numbers(text: str) -> Iterator[Span]:
    named = [match.span("number") for match in _ORDER.finditer(text)]
    named += [match.span() for match in _BARE_ORDER.finditer(text)]
    for start, end in named:
        yield Span("order_number", start, end, text[start:end].upper())
    for match in _NAMED_ITEM.finditer(text):
        yield Span("item_id", *match.span("number"), match["number"])
        named.append(match.span("number"))
    for match in _TYPED_WAYBILL.finditer(text):
        yield Span("waybill", *match.span("number"), match["number"].upper())
        named.append(match.span("number"))
    for match in _NAMED_WAYBILL.finditer(text):
        if classify(match["number"]).kinds[:1] in ((), (NumberKind.ITEM,)):
            yield Span("waybill", *match.span("number"), match["number"].upper())
            named.append(match.span("number"))
    for number in find_numbers(text):
        spelled = r"\s*".join(map(re.escape, number.value))
        for match in re.finditer(rf"(?<![A-Z0-9]){spelled}(?![A-Z0-9])", text, re.IGNORECASE):
            label = _LABELS.get(_kind(number, text[: match.start()], text))
            if label and match.span() not in named:
                yield Span(label, *match.span(), number.value)


def _kind(number: Number, before: str, text: str) -> NumberKind:
    """What the number is, where its form leaves a choice: by the words before it, then by all."""
    if {NumberKind.WAYBILL, NumberKind.ITEM} <= set(number.kinds):
        if _ITEM_BEFORE.search(before):
            return NumberKind.ITEM
        if _WAYBILL_BEFORE.search(before):
            return NumberKind.WAYBILL
        if _OF_GOODS.search(text) and not _OF_PARCELS.search(text):
            return NumberKind.ITEM
    return number.kinds[0]


def _amounts(text: str) -> Iterator[Span]:
    if not _ANY_AMOUNT.search(text):
        return
    found = False
    for pattern in _AMOUNTS:
        for match in pattern.finditer(text):
            yuan = _yuan(match.groupdict())
            if not yuan or not (_UNIT.search(match[0]) or _may_be_money(text, match.start())):
                continue
            found = True
            said = "said" if "said" in match.groupdict() else 0
            yield Span("amount", *match.span(said), _plain(yuan))
    if found or _SPEAKS_OF_PRICES.search(text):
        for match in _PRICES.finditer(text):
            if _may_be_money(text, match.start()):
                yield Span("amount", *match.span("n"), _plain(Decimal(match["n"])))


def _may_be_money(text: str, start: int) -> bool:
    """Whether what stands before a bare number does not say that it is something else."""
    return not _NEVER_MONEY.search(text[max(0, start - 6) : start])


def _yuan(groups: dict[str, str | None]) -> Decimal | None:
    if jiao := groups.get("jiao"):
        return Decimal(numerals.digit(jiao)) / 10
    yuan = numerals.value((groups["n"] or "").replace(",", ""))
    if not yuan:
        return None
    if tenth := groups.get("tenth"):
        yuan += Decimal(numerals.digit(tenth)) / 10
    if power := groups.get("power"):
        unit = 10_000 if power in "wW万" else 1000
        yuan = yuan * unit + Decimal(groups.get("part") or 0) * unit / 10
    return yuan


def _sizes(text: str) -> Iterator[Span]:
    if not _ANY_SIZE.search(text):
        return
    for pattern in _SIZES:
        for match in pattern.finditer(text):
            groups = match.groupdict()
            said = "said" if "said" in groups else 0
            size = match["n"].upper() if "n" in groups else str(numerals.value(match["han"]))
            size = _METRES.sub(r"\1.\2M", size)
            yield Span("size", *match.span(said), size if "/" in size else size.replace(" ", ""))


def _times(text: str) -> Iterator[Span]:
    for interval in when.find(text, now=_ANY_TIME, zone=timezone.utc):
        if interval.words.startswith("刚"):
            continue
        end = interval.position + len(interval.words)
        yield Span("time", interval.position, end, interval.words)


def _reasons(text: str) -> Iterator[Span]:
    """What is said to be wrong, or not wanted, in words that are too many to list."""
    for reason, form in _OF_A_FORM:
        for match in form.finditer(text):
            yield Span("reason", *match.span(), reason.value)


_NO_BODY = re.compile(r"(?:电梯|桌|柜|床|沙发|[长宽深厚]|窗|布|门)[^,。\s]{0,3}$")
_BODY_WORDS = re.compile(
    r"身高|个[子头]|斤|(?i:kg)|[穿码瘦胖]|体重|[我他她](?!家)|老[公婆]|妈|爸|女儿|儿子"
)
_SMALL_PERSON = re.compile(
    r"[猫狗犬](?![粮砂条窝罐包爬抓绳链])|泰迪|柯基|金毛|柴犬|比熊|布偶|英短|加菲|宝宝|孩|娃|岁|儿子|女儿|闺女|婴|月大|个月|幼"
)
_LIGHT = 30
"""Below that many kilograms it is a child that is meant, or no person."""


def _body(text: str) -> Iterator[Span]:
    """Heights as cm ("170"), weights as kg ("65kg")."""
    if not _ANY_BODY.search(text):
        return
    for match in _BOTH.finditer(text):
        height, weight = int(match["height"]), float(match["weight"])
        kilograms = _kilograms(weight, match["unit"] or "", height)
        if kilograms is not None:
            end = match.end("unit") if match["unit"] else match.end("weight")
            yield Span("height", *match.span("height"), str(height))
            yield Span("weight", match.start("weight"), end, kilograms)
    for pattern in _HEIGHTS:
        for match in pattern.finditer(text):
            if _NO_BODY.search(text[max(0, match.start() - 6) : match.start()]):
                continue
            if match.groupdict().get("m") and not _BODY_WORDS.search(text):
                continue
            if (tall := _height(match.groupdict())) is not None:
                yield Span("height", *match.span("said"), str(tall))
    small = _SMALL_PERSON.search(text) is not None
    for pattern in _WEIGHTS:
        for match in pattern.finditer(text):
            number = numerals.value(match["n"])
            if number is None or not number:
                continue
            kg = _kilograms(float(number), match["unit"])
            if kg is not None and (small or float(kg.removesuffix("kg")) >= _LIGHT):
                yield Span("weight", match.start("n"), match.end(), kg)


def _height(groups: dict[str, str | None]) -> int | None:
    if groups.get("cm"):
        return int(groups["cm"] or 0)
    if groups.get("m"):
        return round(float(groups["m"] or 0) * 100)
    if groups.get("han"):
        return _spoken_height(groups["han"] or "")
    digits = "".join(str(numerals.digit(char)) for char in groups.get("m2") or "")
    return 100 + int(digits.ljust(2, "0")) if digits else None


def _spoken_height(words: str) -> int | None:
    """一六零, 一百六十五"""
    if "百" in words or "十" in words:
        number = numerals.value(words)
        height = int(number) if number else 0
    else:
        height = int("".join(str(numerals.digit(char)) for char in words))
    return height if 130 <= height <= 210 else None


def _kilograms(weight: float, unit: str, height: int | None = None) -> str | None:
    """The weight in kg; without a unit by what a person of that height can weigh.

    People say 斤 (half a kilogram). 163 and 98 are 49 kg: with 98 kg the body mass index would be
    37. Without a height, above 90 it is 斤.
    """
    if unit == "斤":
        weight /= 2
    elif not unit:
        index = weight / (height / 100) ** 2 if height else None
        if (index > 33) if index is not None else weight > 90:
            weight /= 2
    return f"{weight:g}kg" if 2 <= weight <= 200 else None


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"

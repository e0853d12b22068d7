"""Wordings that mean nothing by themselves, and messages that are no words for a shop. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from shop.waybills import NumberKind, find_numbers

_LEAD = (
    r"(?:那么?|大概|大约|一般|还|得|要|会|需要|请问|所以|然后|到底|具体|嗯+|哦+|好的?|可是|但是|这|这个"
    r"|你们|[,，、\s])*"
)
_TAIL = r"(?:左右|时间|呢|啊|呀|吧|哦|嘛|吗|么|了|[?？!！。.~\s])*"
_FRAGMENTS = tuple(
    (kind, re.compile(f"{_LEAD}(?:{words}){_TAIL}"))
    for kind, words in (
        (
            "how long",
            r"(?:等|花|用)?(?:多久|多长时间|几天|多少天|几个?小时|(?:什么|啥)时候|何时|哪天)(?:之?内|以内)?"
            r"(?:能|会|可以|才|就)*(?:到|好|有|完|来|行|弄好|处理好?|解决|下来|出结果)?(?:能|可以)?",
        ),
        ("how much", r"(?:多少钱?|什么价格?|价格|贵不贵|要钱|收费|怎么收费|花钱)"),
        (
            "split",
            r"(?:为(?:什么|啥|何)|怎么)(?:要|会|是|给我)*(?:分|拆)(?:成|开|了|为)*[两2二三3几]?个?(?:包裹|快递|单)?",
        ),
        (
            "slow",
            r"(?:为什么|为啥|怎么|咋)?(?:还是?|都|这么|那么|也|一直)*"
            r"(?:慢|久|没有?(?:消息|动静|反应|好|结果|下文|到|来|弄好|处理))",
        ),
        (
            "hurry",
            r"(?:能不能|能否|能|可以|可不可以|麻烦|请|帮忙|你们|给我|再|赶紧|尽量)*快(?:一?点儿?|些)(?:处理|办|弄)?不?",
        ),
        (
            "why",
            r"(?:为什么|为啥|为何|怎么回事|咋回事|什么原因|什么情况|凭什么)(?:就)?(?:不行|不能|不可以|不给|不让)?",
        ),
        (
            "why not",
            r"(?:为什么|为啥|为何|凭什么|怎么)(?:就|还|都)?(?:不行|不能|不可以|不给|不让|不支持|没法)"
            r"(?:我)?(?:退|换|取消|改)(?:货|款|地址)?",
        ),
        ("day", r"(?:今天|都|已经|才|刚|也|就|是)*第[一二三四五六七八九十\d]+天"),
        (
            "send",
            r"(?:我)?(?:把|退货|仓库|寄回|的)*地址(?:发|给)(?:给|一下)?我?(?:一下)?|(?:退货|仓库|寄回)的?地址"
            r"|地址(?:是什么|是哪里?|在哪里?|多少)?|(?:往|退|我)*(?:寄|退)回?去?(?:到|往|给)?(?:哪里?|谁|什么地方)"
            r"|(?:退货)?单号(?:是?多少|是什么|发我|给我)?",
        ),
        (
            "next",
            r"(?:下一步|然后|接下来|后面|接着|再然后)(?:我?(?:该|要)?(?:怎么办|怎么弄|怎么做|干嘛|做什么))?",
        ),
        (
            "how",
            r"(?:怎么|咋|如何|去哪里?|在哪里?|哪里)(?:弄|办|操作|搞|申请|做|办理|看|点|找)?(?:的|呢)?",
        ),
        ("sure", r"(?:真的|是|确定|保证|真的假的|可以|行|能|有|包|对)(?:不|吗|么)"),
        (
            "others",
            r"(?:有没有|没有|有)?(?:其他|其它|别)的?(?:款式?|颜色|牌子|选择)?(?:有|没有)?|换一[个批些]|还有",
        ),
        ("holder", r"(?:开|要|抬头)*(?:个人|公司|单位|企业|专票|普票|增值税专用)(?:的|名义|抬头)*"),
        (
            "state",
            r"(?:我|都|就|也|只是|一直|但)*(?:还没|没有?|未|已经|刚)?(?:拆|用|穿|洗|剪|开|试)"
            r"(?:开|封|过|了|包装|吊牌)+|(?:吊牌|包装|标签|盒子|配件)(?:都|也)?(?:还)?(?:在|齐|完好|没拆|没剪)",
        ),
    )
)
_MERELY_HEARD = re.compile(r"[哦噢喔]+[\W_]*")
_NONE_OF_THEM = re.compile(
    r"(?:都|全|一个都)不是(?:这些|这几个|上面的?)?|不是(?:这些|这几个|上面的?)"
    r"|(?:这里)?没有我?(?:要|说|买)的?那?[个件]?|不在(?:里面|上面|这里)"
)
_TAKEN_BACK = re.compile(
    r"(?:我|都|可|又|根本)*(?:没说过?|没有说|没让你|谁说|没想|没有要|没要)(?:我|要|让|想)*"
    r"(?:退|换|取消|改|转|买|催)(?:货|款|地址|人工)?"
    r"|(?:那|就|算了|先|我|暂时|等等|等一?下|慢着|[,，\s])*(?:不|别|不想|不用|不要|不需要|无需)(?:再|给我|帮我|我)*(?:退|换|取消|改|转|催)(?:货|款|地址|人工)?"
)
_HOLDERS = (
    r"(?:家人|家里人?|老[公婆]|爸妈?|妈|孩子|室友|同事|邻居|隔壁|对门|门卫|保安|物业|前台|驿站|代收点|快递[柜员]|丰巢|菜鸟"
    r"|家?门口|楼[上下]|楼道|小区)"
)
_NOT_THERE = r"没(?!问|去|看过|来得及|找过|查|时间|空|必要|关系|事|意思|什么)"
_LOOK_FOR = re.compile(
    r"(?:去|帮我|给我|赶紧|快|你们|麻烦|登记)*(?:查|核实|找|登记)(?:一[下查]|查)?[吧呗啊]|^(?:登记|去查|查吧|核实)"
    rf"|(?:问|找|看|翻|查)(?:过|遍|了|完)了?[^?？]{{0,8}}?(?:{_NOT_THERE}|不在|不知道)"
    r"|(?:没|没有|无)人?(?:代收|拿|收到?)"
    rf"|{_HOLDERS}(?:那里?|那边|那儿|里面?|的人|[们说都也和跟、,，\s]|{_HOLDERS})*(?:{_NOT_THERE}|不知道)"
    r"|^(?:我|都|全|也|真的?|确实|到处|哪里?|[,，\s])*没(?:有|找到|看到|见到|见着)[啊呀呢的了。.!！\s]*$"
)
# 耳机收到了 四件套呢; 鞋到了，裤子怎么还没来: what has come tells only which one is asked for.
_STILL_OUT = (
    r"(?:怎么|咋|为啥|为什么)?(?:还|也|都|一直|就|却)*没有?"
    r"(?:收到|拿到|见到?|[到来发寄送]|影|动静|消息)"
)
_REST_ASKED = re.compile(
    r"(?:收|拿|取|签收|[到来])(?:到|走)?了[,，、。\s]*(?:但是?|可是?|不过|那么?|然后|就是|只是|还有)*"
    rf"(?P<rest>[^,，。?？]{{1,12}}?)(?:呢|{_STILL_OUT}|在哪|到哪|什么时候[到来])"
)
_DISLIKED = re.compile(
    r"答非所问|(?:你|这|说的|回答|回复)?(?:都|根本|一点)*没(?:有)?(?:什么)?用|一点用(?:都|也)没有?|(?:我)?(?:说|问)的(?:就?)?不是这个?(?:意思|问题)?"
    r"|不是我(?:要|问|说)的?(?:意思|问题|答案)?|不是这个意思|(?:你)?(?:没)?(?:听|看)懂(?:了吗|没有?|我)?(?:说|问)?(?:的)?"
    r"|(?:你)?(?:根本)?没(?:听|看)懂我?(?:说|问)?(?:的)?|(?:完全)?(?:没|不)(?:回答|解决)我?的?问题|驴唇不对马嘴|牛头不对马嘴|文不对题"
)
_DECIDING = re.compile(
    r"(?:[的色码号款个件]|\d|[a-z])吧[。.!！~\s]*$|就(?:要|买|拿|选|来)?(?:它|这|那|[^不能]{1,4}[的色码]|[a-z\d]+)"
    r"|(?:要|买|拿|选)(?:它|这[个款件]|那[个款件]|[^不能]{1,4}[的色码])(?:了|吧)"
    r"|^(?:那么?|就|行|好的?|嗯+|[,，\s])+(?:要|拿|选|来)(?![么不])[^不能没吗么]{1,10}$",
    re.IGNORECASE,
)
_BUYING = re.compile(
    r"(?:那么?|好的?|行|嗯+|请问|你好|在吗|[这那][个款件]?|就|它|我|,|，|\s)*(?:"
    r"[想要]*(?:怎么|咋|如何)(?:下单|购?买|拍)|[在去从上]?(?:哪里?|哪儿)(?:下单|能?买|拍)"
    r"|有?(?:商品|购买|下单)?链接(?:有?吗|在哪里?|发我?|给我)?|[发给]我?(?:一?[个下])?(?:商品|购买|下单)?链接"
    r"|(?:可以|能)?直接(?:下单|拍下?)(?:就行|就可以)?吗?|[想要就](?:下单|购?买|拍下?)(?:这|那)?(?:一?[个款件条双台])?"
    r")"
)
_PART = re.compile(r"[,，。;；\s]+")
_PIECES_WANTED = re.compile(
    r"(?:那么?|好的?|行|嗯+|就|这[个款件]?|它|我|先|想)*(?:给我)?[来整拿要买订拍](?:它)?"
    r"[一两俩二三四五六几1-6](?:[个件条双台瓶盒箱套本支袋只份部包桶床]|对(?!不))"
)
_WITHOUT_PICTURE = re.compile(
    r"(?:真的?|当时|我|都|还|也)*(?:没有?|忘了|忘记|没来得及|没法|来不及)(?:拍照?片?|照片|图片?|照相)(?:下来|过)?"
)
_REFUSING = re.compile(
    r"(?:[不别](?:再)?(?:想?要|给我|用|考虑|喜欢|推荐|看|买|送|吃|喝)|除了?|除开)(?:推荐|看|买|送|给我)?$"
)
_ADDING = re.compile(
    r"(?:那么?|如果|要是|我|就|[,，\s])*(?:(?:再|还|另外|一起|多)(?:加上?|买|拍|凑|配|带|来|要)|加上|凑上?|搭上?|配上)"
)
_NOT_THIS_ONE = re.compile(
    r"(?:不是|不对|换)(?:说|问|查|看)?(?:这|那|上面)?(?:个|笔|一?单|张|件)?的?(?:订单|单子|快递|包裹)|不是(?:这|那)(?:笔|一?单)"
    r"|(?:查|看|问|要)错(?:订?单|了)"
)
_CORRECTING = re.compile(
    r"(?:^|[,，。\s])[啊哦哎呀]*(?:不对|[说讲搞弄记看选]错|搞岔|我[是]?[说指问]的?是|我是[说指问]|更正)"
)
_POINTING = re.compile(
    r"(?:那|就)?[这那]一?[个件款条双](?:呢|吧|啊|的|可以|怎么样|咋样|[?？。\s])*"
)
# What may stand beside for whom or for what something is to be: 给我妈穿的, 拍照好一点的.
_BESIDE_A_WISH = re.compile(
    r"(?:给|送|用|穿|戴|吃|喝|看|拿来|适合|有没有|有|能|可以|想?要|想|得|会|是|比较|更|最好|最|稍微|一?[点些]|好看|好|强|方便"
    r"|[这那]?[种款个件]|的|我|他|她|家里?|自己|\d+(?:元|块钱?)?(?:以[内下上]|之内|左右|上下)?|[吗么呢吧啊呀\W_])*"
)
_MINE = re.compile(
    r"(?:那|请问|哎|诶|喂|[,，\s])*我(?:的|买的|那个|那件|订的|拍的)(?!.{0,3}(?:手机号|电话))"
)
_BOUGHT = re.compile(r"我?(?:买|拍|订|收到|下单)(?:的|了)|我那[个件双条台]")
_ISSUED = re.compile(r"(?:已经?|早就?|都)开(?:好|过|出来?|完)?了?|开(?:好|过|出来)了")
_ON_INVOICES = re.compile(r"[抬台]头|税号|公司|单位")
_OPENING_HOURS = re.compile(
    r"(?:[几多]点|什么时候|啥时候|多晚)(?:关门|下班|开门|上班|打烊)|(?:关门|开门|下班|打烊)(?:了|时间)?[吗没?？]*$|营业时间"
)
# What stands around a name in 电饭煲有吗, 你们有没有卖耳机的.
_SOLD_HERE = re.compile(
    r"(?:请问|你好|你们|您|咱们?|[这那]里?|店里?|家里?|还|都|现在|是不是|是否|[,，])*"
    r"(?:(?:有没有?|有木有|有不|卖不卖)[得在]?(?:卖的?|的)?(?:[吗么呢啊呀?？。]|没有?|不)*"
    r"|(?:有[得在]?卖?|在?卖)的?(?:[吗么嘛?？]|没有?|不)[呢啊呀?？。]*)"
)
_THE_SHOP = re.compile(r"你们|店[里家]?|客服|人工|老板|同事|商家|仓库")
_FED_UP = re.compile(r"管不管|有没有人管|没人管|不管了|还管吗|急死|烦死|无语|服了|受不了|要等到")
# Said to 需要转人工吗: 那就麻烦你了, ok快点, 有劳, 回1, 可以的，让他来.
_YES_WORD = re.compile(
    r"好|行|可以|阔以|方便|需要|要|[嗯恩]|ok+|okay|yes|yeah|yep|sure|please|pls|对|是|中|成|得|系|同意|没问题|来|转|接|叫|喊"
    r"|换|排队?着?(?=吧)|请|麻[烦煩]|有劳|拜托|劳驾|唔该|最好|正好|太好|巴不得|求之不得|谢谢|多谢|联系|快一?[点些]?|也?只[能好](?:这样|如此)|赶紧|1"
    r"|xuyao|yao|hao|haode|keyi|shi|en|xing|zhuan",
    re.I,
)
_BESIDE_YES = (
    "[我您你侬伐的滴哒了啦呀啊吧呗呢呐嘞咧哈嘛哦喔噢噻撒耶晒亲额嘅啲]|一下|过[去来]"
    "|小妹|妹[子妹]|小?姐姐?|小?哥哥?|美女|帅哥|师傅|老板"
)
_AROUND_YES = re.compile(rf"那|就|都|还是|唔|帮|给|回复?|现在|{_BESIDE_YES}|[,，、\s~～]")
_AFTER_YES = re.compile(rf"(?:{_BESIDE_YES})*(?:[\W_].{{0,14}}| that .{{1,24}})?", re.I)
# What follows such a yes takes nothing back: 需要的，我看了规则还是不懂.
_PLAIN_YES = re.compile(
    r"(?:需要|要[的要]|转吧?|叫吧|接吧|安排吧?|行行|好好|帮我转)[的滴啊呀哦行好要]*[,，。.!！\s]+"
    r"(?!.*(?:不用|不要|先不|算了|别转))"
)
_LONGEST_YES = 40
_NO_YES = re.compile(
    r"^谢谢|^对了|[不没别甭勿莫](?!然|过|问题|好意思|管|嫌)|先[^转叫]|等[下会等]|待会|晚点|回头|考虑|自己|再[试看想说找]"
    r"|试试|看看|[问办聊]完|算了(?!.{0,4}[转叫人])|但是?|哪|谁|[吗么?？]|多[久少]|\b(?:no|not|don't|later|but|myself)\b",
    re.I,
)
_MACHINE = re.compile(
    r"机器|电脑|(?<![a-z])ai(?![a-z])|还是(?:跟|和|真)?人|是(?:真|个)?人[吗么]", re.I
)
_NO_NEED = re.compile(
    r"(?:不|无|甭|唔)(?:需要?|用|必)(?:了|啦|咯|谢谢|麻烦|人工)*(?=$|[\s,，。!！~])"
)
_QUESTION = re.compile(r"[?？]|[吗么呢]$|多久|多少|几天|怎么|什么时候|为什么")
_OTHERS = re.compile(
    r"(?<![送给寄买是])我?(?:同事|朋友|室友|同学|邻居|闺蜜|亲戚|别人|其他人|他人|老板|客户|前任|前男友|前女友"
    r"|(?:张|王|李|赵|刘|陈)(?:先生|女士|小姐))(?:他|她)?的?(?:的?订单|的快递|的包裹|的物流|的单子?|快递到|的地址|的电话|的手机号)"
    r"|[查看](?:一?下)?我?(?:老婆|老公|媳妇|妈妈?|爸爸?|女儿|儿子|[姐妹哥弟]{1,2})(?:他|她)?的订单"
)
_OWN_PHONE = re.compile(r"我的?(?:手机|电话|联系)")
# A number named as a thing and nothing done with it: 我电话, 我妈的手机号是, 换个电话.
_NUMBER_BEGUN = re.compile(
    r"(?:我|你|他|她|的|老公|老婆|爸|妈|家里|本人|朋友|同事|收[件货]人?|新|旧|原来|以前|之前|另外?一?个?|那个?|这个"
    r"|还是|就|用|留|写|填|换一?个?)*(?:手机号码?|电话号?码?|联系方式|联系电话|号码)(?:还)?(?:就?是|为|不变|没变)?"
)
_MASKED_PHONE = re.compile(r"(?<!\d)1[3-9]\d\*{4}\d{4}(?!\d)")
_COPIED = re.compile(
    r"下单时间|创建时间|付款时间|成交时间|支付时间|发货时间|实付款?|应付款?|订单金额|收货人|收货信息|收货地址|交易状态|订单状态"
    r"|商品(?:名称|信息|总价)?\s*[:：]|数量\s*[:：]|共\d+件|支付方式|合计|总[价计]"
)
_COPIED_NUMBER = re.compile(r"订单编?号\s*[:：]?\s*\d{8,}")
_LINK = re.compile(
    r"(?:https?://|www\.|(?:[\w-]+\.)+(?:com|cn|hk|tb|jd)/)[^\s\u4e00-\u9fff]*", re.I
)
_LINK_TALK = re.compile(
    r"【[^】]{0,12}】|「[^」]{0,80}」|复制.{0,20}(?:打开|查看)|点击链接.{0,12}|[A-Z]{2,3}\d{3,6}|(?:这个|这款|这件|看看|链接|商品|宝贝)|[\W_]"
)
# What came of a step of troubleshooting; what is wished instead is no report of it.
_WISHED = re.compile(r"退|换货|换[新一个]|投诉|人工|客服|取消|赔|保修|维修")
_FAILED = re.compile(
    r"不(?:行|能|好|亮|通|转|响|动|灵|开|管|到|上|了)|没(?:用(?!过)|效|反应|好|亮|声|变化|通|办法|动静|有)"
    r"|无效|还是?(?:不|没|老样)|(?<!不)一样|老样子|依旧|照旧|照样"
)
_SOLVED = re.compile(
    r"(?<![不没别])(?:好|行|可以|连上|连好|亮|通|有电|有反应|有声音?|有|能[^不没,，]{1,4}|修好|解决|搞定|正常|恢复"
    r"|搜到|找到|成功)(?:了|啦|咯|喽)"
)
_TRIED = re.compile(
    r"(?:试|换|插|擦|弄|重启|按|充|洗|清|拔|晾|关|复位|检查|看|做)[^,，不没]{0,3}(?:过|了)|照做"
)
_LONGEST_RESULT = 14  # characters; what is longer tells more than that
# Said of oneself or somebody else, or asked of a case: 我一个人住, 他喜欢跑步, 下雨呢.
_PERSON = re.compile(
    r"我|他|她|家里|孩子|宝宝|小孩|老人|爸|妈|爷爷|奶奶|对象|朋友|老公|老婆|男生|女生|皮$|肤$"
)
_CASE = re.compile(r"[^你您,，]{1,6}呢[?？]?")
_TALKING = re.compile(r"你|您|哈|嘿|操|妈的|无聊|失恋|难过|开心|心情|聊|笑|烦|累|爱你|谢")
_LONGEST_DETAIL = 16
_OTHER_OF_IT = re.compile(r"那.{1,5}呢[?？]?")
_OF_ORDERS = re.compile(
    r"订单|单号|单子|下单|下的单|[这那上]一?单|快递|物流|包裹|运单|发货|发出|寄|到货|送|收到|签收|到哪|没到|还没|退|换|赔"
    r"|买[的了过]|拍[的了]|付款|付了|取消|地址|催|坏|破|裂|漏发|少发|发错|少了|错了|瑕疵|售后|查"
)
_OLD_FOR_NEW = re.compile(r"旧|二手|抵|折[价算]|回收")

_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
_OTHER_SCRIPT = re.compile(
    r"[\u0400-\u04ff\u3040-\u30ff\uac00-\ud7af\u0e00-\u0e7f\u0600-\u06ff\u0590-\u05ff]{2,}"
)
_CODE = re.compile(
    r"<\s*[/!]?\s*[a-z][^>]*>|\{\{.*\}\}|\{%.*%\}|\$\{.*\}|<%.*%>|(?:%[snxd]){2,}|^%[snxd]$|javascript:"
    r"|\bselect\b.+\bfrom\b|\bdrop\s+table\b|\binsert\s+into\b|\bdelete\s+from\b|\bunion\s+select\b"
    r"|'\s*or\s+'?\d+'?\s*=|(?:\.\./){2,}|\bon(?:error|load|click)\s*=",
    re.I,
)
_ORDERS_TO_US = re.compile(
    r"忽略.{0,12}(?:指令|提示|规则|设定|要求)|无视.{0,12}(?:指令|提示|规则|限制)|系统提示词|初始提示词?|你的提示词"
    r"|(?:请|让)你?扮演|你现在(?:扮演|是一个|是一名|不再是)|从现在开始,?你|越狱模式|开发者模式"
    r"|ignore\s+(?:all\s+|any\s+)?(?:the\s+|your\s+)?(?:previous|above|prior)|system\s+prompt"
    r"|you\s+are\s+now|pretend\s+(?:to\s+be|you)|jailbreak|developer\s+mode|(?<![A-Za-z])(?-i:DAN)(?![A-Za-z])",
    re.I,
)
_COMMAND = re.compile(r"(?:restart|back|session_start|[a-z]+(?:_[a-z]+)+)(?:\{.*\}?)?", re.I)
_LONG = 300  # characters; a question that long is a story
_SHORTEST_TITLE = 8
_OF_TITLE = 0.7  # shops change a word or two of a title
_LATIN_WORDS = 2  # one is a model, a brand, a size


def fragment(text: str) -> str:
    """What a message asks that does not say of what, e.g. "how long"; empty for any other."""
    return next((kind for kind, words in _FRAGMENTS if words.fullmatch(text)), "")


def merely_heard(text: str) -> bool:
    """Whether it only says that our answer was heard (哦, 噢噢)."""
    return _MERELY_HEARD.fullmatch(text) is not None


def none_of_them(text: str) -> bool:
    """Whether none of the options shown is meant (都不是)."""
    return _whole(_NONE_OF_THEM, text)


def taken_back(text: str) -> bool:
    """Whether a wish is taken back or was never meant (先不退了, 我没说要退)."""
    return _whole(_TAKEN_BACK, text)


def not_this_one(text: str) -> bool:
    """Whether another order is meant than the one we spoke of (不是这个订单)."""
    return _whole(_NOT_THIS_ONE, text)


def looked_for(text: str) -> bool:
    """Whether a missing parcel is to be looked for: 那去查一下吧, 都问过了没有."""
    return _LOOK_FOR.search(text) is not None and not questioning(text)


def rest_asked(text: str) -> tuple[int, int] | None:
    """Where what has not come is named, beside something that has (耳机收到了 四件套呢)."""
    found = _REST_ASKED.search(text)
    return found.span("rest") if found else None


def disliked(text: str) -> bool:
    """Whether the message says no more than that our answer was none."""
    return _whole(_DISLIKED, text) and "吗" not in text


def mine(text: str) -> bool:
    """Whether something is named as the shopper's own (我的加湿器): what they bought."""
    return _MINE.match(text) is not None


def bought(text: str) -> bool:
    """Whether something is spoken of as bought already (我买的耳机)."""
    return _BOUGHT.search(text) is not None


def issued(text: str) -> bool:
    """Said of an invoice: it is there already (已经开好了)."""
    return _ISSUED.search(text) is not None and not questioning(text)


def on_invoices(text: str) -> bool:
    """Whether a word in the message is of what stands on an invoice."""
    return _ON_INVOICES.search(text) is not None


def opening_hours(text: str) -> bool:
    """Whether it is asked how long some place is open, and not that it is the shop."""
    return _OPENING_HOURS.search(text) is not None and _THE_SHOP.search(text) is None


def pointing(text: str) -> bool:
    """Whether the message only points at something (这个呢)."""
    return _POINTING.fullmatch(text) is not None


def accepts(text: str) -> bool:
    """Said after we offered a person: whether it takes the offer (ok快点, 那麻烦你了, 有劳)."""
    if len(text) <= _LONGEST_YES and _PLAIN_YES.match(text):
        return True
    if len(text) > _LONGEST_YES or _NO_YES.search(text) or _OF_ORDERS.search(text):
        return False
    end = last = 0
    while found := _YES_WORD.match(text, end) or _AROUND_YES.match(text, end):
        end = found.end()
        last = end if found.re is _YES_WORD else last
    return last > 0 and _AFTER_YES.fullmatch(text, last) is not None


def declines(text: str) -> bool:
    """Said after we offered a person: none is needed (视频看懂了 不需要)."""
    return _NO_NEED.search(text) is not None and not accepts(text)


def whether_machine(text: str) -> bool:
    """Whether it is asked who is speaking: a person or a machine."""
    return _MACHINE.search(text) is not None


def fed_up(text: str) -> bool:
    """Said after we offered a person: no more questions, please."""
    return _FED_UP.search(text) is not None


def adding(text: str) -> bool:
    """Whether something more is to be reckoned with (那再加一条毛巾呢), and not put in an order."""
    return _ADDING.match(text) is not None and _OF_ORDERS.search(text) is None


def correcting(text: str) -> bool:
    """Whether what was said before is put right (啊不对，我是说…)."""
    return _CORRECTING.search(text) is not None


def without_correction(text: str) -> str:
    """The message with blanks for the words that put right: 说错了 is no 发错了."""
    return _CORRECTING.sub(lambda match: " " * len(match[0]), text)


def deciding(text: str) -> bool:
    """Whether the message takes something that was talked about (那算了 黑的吧, 就它了)."""
    return _DECIDING.search(text) is not None and not questioning(text)


def only_wishes(text: str, words: frozenset[str]) -> bool:
    """Whether the message says for whom or for what something is to be, and nothing else."""
    rest = without_wishes(text, words)
    return rest != text and _BESIDE_A_WISH.fullmatch(rest) is not None


def without_wishes(text: str, words: frozenset[str]) -> str:
    """The message without these words and what belongs to them (女款的, 给妈妈穿的)."""
    return _of_wishes(words).sub(" ", text)


@lru_cache(maxsize=2)
def _of_wishes(words: frozenset[str]) -> re.Pattern[str]:
    longest_first = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(rf"(?:适合|给)?(?:{longest_first})[款式穿用戴吃]?的?")


def sold_here(around: str) -> bool:
    """Whether the words around a name ask if the shop has that (电饭煲有吗), and nothing else."""
    return _SOLD_HERE.fullmatch("".join(around.split())) is not None


def how_to_buy(text: str) -> bool:
    """Whether the message asks how an order is placed (怎么下单), and nothing else."""
    return _whole(_BUYING, text)


def then_buys(text: str) -> bool:
    """Whether the last of its parts asks how an order is placed (那就M吧 怎么买)."""
    first, *rest = _PART.split(text.strip())
    return bool(first and rest) and how_to_buy(rest[-1])


def pieces_wanted(text: str) -> bool:
    """Whether the message asks for pieces of something, and nothing else (来两件)."""
    return _whole(_PIECES_WANTED, text)


def without_picture(text: str) -> bool:
    """Whether the message says that there is no picture (没拍照), which is no other no."""
    return _whole(_WITHOUT_PICTURE, text)


def refusing(before: str) -> bool:
    """Whether what comes after these words is not wanted (不要吃的, 除了零食)."""
    return _REFUSING.search(before) is not None


def questioning(text: str) -> bool:
    """Whether the message asks something."""
    return _QUESTION.search(text) is not None


def of_others(text: str) -> bool:
    """Whether an order, a parcel or the data of somebody else may be asked for."""
    if _OTHERS.search(text):
        return True
    return phone(text) and _OWN_PHONE.search(text) is None


def number_begun(text: str) -> bool:
    """Whether the message only names a phone number, as if it were to come next (我电话)."""
    return _NUMBER_BEGUN.fullmatch(re.sub(r"[\W_]|[呢啊呀哦嘛]+\W*$", "", text)) is not None


def phone(text: str) -> bool:
    """Whether a mobile number is in the message, in full or masked on its way here."""
    in_full = any(NumberKind.PHONE in number.kinds for number in find_numbers(text))
    return in_full or _MASKED_PHONE.search(text) is not None


def copied_order(text: str) -> bool:
    """Whether the message is what an app copies of an order: its number and labelled lines."""
    labels = {match[0] for match in _COPIED.finditer(text)}
    if not labels or not _COPIED_NUMBER.search(text):
        return False
    return not questioning(text) and len(labels) >= 2


def digits(text: str) -> str:
    """The digits of a message that is nothing else (尾号4821), masked ones left out."""
    found = re.fullmatch(
        r"(?:我的?|手机|电话|订单|快递|运单|单号|尾号|号码?|编号|是|后[三四五六]位|[:：\s+-])*(\d[\d\s*-]*)[。.的\s]*",
        text,
    )
    return re.sub(r"\D", "", found[1]) if found else ""


def only_link(text: str) -> bool:
    """Whether the message is nothing but a link, with what an app writes around it."""
    return bool(_LINK.search(text)) and not _LINK_TALK.sub("", _LINK.sub(" ", text))


def titled(text: str, title: str) -> bool:
    """Whether the message is a product's title, or most of one, as copied from its page."""
    pieces = unicodedata.normalize("NFKC", text).casefold().split()
    total = sum(map(len, pieces))
    found = sum(len(piece) for piece in pieces if piece in folded(title))
    return total >= _SHORTEST_TITLE and found >= _OF_TITLE * total


def folded(text: str) -> str:
    """A text as titles are compared: without blanks, width and case."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def result(text: str) -> str:
    """What a short message tells of something tried: "solved", "failed", or nothing."""
    if len(text) > _LONGEST_RESULT or questioning(text) or _WISHED.search(text):
        return ""
    if _FAILED.search(text):
        return "failed"
    if _SOLVED.search(text):
        return "solved"
    return "failed" if _TRIED.search(text) else ""


def detail(text: str) -> bool:
    """Whether a message may tell for whom or for what something is wanted (我一个人住)."""
    if len(text) > _LONGEST_DETAIL or _TALKING.search(text):
        return False
    return bool(_PERSON.search(text) or _CASE.fullmatch(text))


def other_of_it(text: str) -> bool:
    """Whether a message does nothing but turn to another side of the talk (那长款呢)."""
    return _OTHER_OF_IT.fullmatch(text) is not None


def of_orders(text: str) -> bool:
    """Whether a word in the message is of orders, parcels or what went wrong with them."""
    return _OF_ORDERS.search(text) is not None


def old_for_new(text: str) -> bool:
    """Whether something old is to be taken in payment."""
    return _OLD_FOR_NEW.search(text) is not None


def punctuation(text: str) -> bool:
    """Whether a message is signs without any picture: an emoji may be a courtesy, a stop not."""
    return all(unicodedata.category(char)[0] in "PZC" for char in text)


def wordless(text: str) -> bool:
    """Whether there is no letter and no digit in a message: signs, emoji, nothing."""
    return not any(char.isalnum() for char in text)


def foreign(text: str) -> bool:
    """Whether a message is written in another language than Chinese."""
    if _OTHER_SCRIPT.search(text):
        return True
    return not _HAN.search(text) and len(_LATIN_WORD.findall(text)) >= _LATIN_WORDS


def oddness(text: str) -> str:
    """Why a message is no question to a shop: wordless, code, foreign, long; empty for others.

    "code" are scripts, queries, templates and orders to a language model; what is left of a
    message in Chinese around them counts more. "command" is one of Rasa's own words, "script"
    another alphabet than ours.
    """
    if wordless(text):
        return "wordless"
    if _COMMAND.fullmatch(text):
        return "command"
    if _ORDERS_TO_US.search(text):
        return "code"
    if _CODE.search(text) and len(_HAN.findall(_CODE.sub("", text))) < 4:
        return "code"
    if _OTHER_SCRIPT.search(text):
        return "script"
    if foreign(text):
        return "foreign"
    return "long" if len(text) >= _LONG else ""


def _whole(pattern: re.Pattern[str], text: str) -> bool:
    """Whether the message is nothing but that, said twice or with particles."""
    rest = re.sub(r"[\W_]|[了吧呢啊呀哦嘛的]+$", "", text)
    return (
        bool(rest) and re.fullmatch(f"(?:{pattern.pattern})+[了吧呢啊呀哦嘛的]*", rest) is not None
    )

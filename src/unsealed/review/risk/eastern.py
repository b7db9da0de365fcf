"""Chinese and Korean names in Latin letters: pinyin, Wade-Giles and the Korean ways of writing, from the signs.

Takes a name or a text, gives spellings. The table holds the signs that names are usually made of; a name with another
sign is found by its signs alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

from unsealed.review.risk.vocabulary import listed

_READINGS = """
an 安|ai 爱愛艾|ao 奥|bai 白柏|ban 班|bao 宝寶保包鲍鮑|bei 贝北|bi 碧毕|bin 斌彬滨宾|bing 冰兵炳|bo 波博勃伯
cai 蔡才彩财|cao 曹|cen 岑|chang 常昌长長|chao 超朝晁|chen 陈陳晨辰|cheng 程成诚城承澄|chi 迟池|chong 崇|chu 楚初褚
chuan 川传|chun 春纯|cong 聪丛|cui 崔翠|da 达大|dai 戴代|dan 丹|dao 道|de 德|deng 邓鄧|di 迪|ding 丁定|dong 东東董冬
dou 窦|du 杜|duan 段|en 恩|fan 凡范樊帆|fang 方芳房|fei 飞飛菲费|fen 芬|feng 峰锋鋒凤鳳风冯馮丰|fu 福富付傅甫
gang 刚剛钢|gao 高|ge 葛戈|gen 根|gong 龚龔公宫|gu 顾顧谷古|guan 关關冠|guang 光广廣|gui 贵桂|guo 国國郭|hai 海
han 韩韓涵汉漢翰|hang 航|hao 浩昊豪郝皓|he 何贺賀河和荷|heng 恒|hong 红紅宏洪虹鸿鴻弘|hou 侯|hu 胡虎|hua 华華花
huai 怀|huan 欢焕|huang 黄黃|hui 慧辉輝惠会蕙|huo 霍|ji 纪季吉冀|jia 佳家嘉贾賈甲|jian 建健剑简坚|jiang 江姜蒋蔣
jiao 焦娇|jie 杰傑洁潔捷|jin 金进晋锦|jing 静靜晶敬景京菁|jiu 久九|jun 军軍俊君钧|kai 凯凱开開|kang 康|ke 可柯科克
kong 孔|kun 坤昆|lai 来赖賴|lan 兰蘭岚|lang 朗|lei 雷磊蕾|li 李丽麗力立莉利黎理礼|lian 连莲廉|liang 梁亮良|liao 廖
lin 林琳霖|ling 玲凌灵|liu 刘劉柳|long 龙龍隆|lou 楼|lu 陆陸卢盧鲁路璐露|luo 罗羅洛骆|lü 吕呂|ma 马馬|mao 毛茂
mei 梅美媚|meng 孟梦夢萌|mi 米|miao 苗|min 民敏|ming 明铭名|mo 莫|mu 穆木|na 娜|nan 南|ni 倪|nian 年|ning 宁寧
niu 牛|pan 潘|pang 庞|pei 裴佩培|peng 彭鹏鵬|ping 平萍|pu 蒲普|qi 齐琪奇祺|qian 钱錢倩谦|qiang 强強|qiao 乔喬
qin 秦琴勤|qing 清青庆慶晴卿|qiu 邱秋丘|qu 曲屈|quan 全权泉|ran 冉然|ren 任仁|rong 荣榮容蓉|rou 柔|ru 如茹
rui 瑞睿锐|run 润|shan 山珊善|shang 尚|shao 邵少绍|shen 沈申|sheng 生胜盛圣声|shi 石史施诗世士|shu 书树淑舒
shuang 双|shun 顺|song 宋松|su 苏蘇素|sun 孙孫|tai 泰太|tan 谭譚|tang 唐汤湯|tao 涛濤陶桃|teng 腾滕|tian 田天
ting 婷庭|tong 童彤通|wan 万萬婉|wang 王汪旺|wei 伟偉卫衛威薇维維魏韦为為微|wen 文温雯闻|wu 吴吳武伍五
xi 西希喜习習席|xia 夏霞|xian 贤显|xiang 向祥翔香湘|xiao 小晓曉肖萧蕭孝笑|xie 谢謝|xin 新欣心鑫信|xing 星兴興邢
xiong 雄熊|xiu 秀修|xu 许許徐旭|xuan 轩宣璇|xue 雪薛学學|xun 迅|yan 严嚴燕颜彦妍艳闫岩|yang 杨楊阳陽洋扬
yao 姚尧耀瑶|ye 叶葉|yi 易怡一义義毅艺仪益依|yin 尹银殷|ying 英颖莹应|yong 永勇|you 友尤游|yu 于余俞宇玉雨裕瑜育豫
yuan 袁元媛远源|yue 月岳悦越|yun 云雲芸|ze 泽澤|zeng 曾|zhan 詹展|zhang 张張章|zhao 赵趙兆|zhe 哲|zhen 珍振真震贞
zheng 郑鄭正政征|zhi 志智芝之|zhong 钟鍾中忠仲|zhou 周洲|zhu 朱祝竹珠|zhuang 庄莊|zhuo 卓|zi 子紫梓|zong 宗|zou 邹鄒
zu 祖|zuo 左
"""
_PINYIN = {
    sign: reading.replace("ü", "u")
    for entry in re.split(r"[|\n]", _READINGS.strip())
    for reading, signs in [entry.split()]
    for sign in signs
}
# Wade-Giles, without its apostrophes: the first fitting change of the beginning, then of the end.
_BEGINNINGS = (
    ("zh", "ch"), ("ch", "ch"), ("sh", "sh"), ("q", "ch"), ("j", "ch"), ("x", "hs"), ("z", "ts"), ("c", "ts"),
    ("g", "k"), ("k", "k"), ("d", "t"), ("t", "t"), ("b", "p"), ("p", "p"), ("r", "j"),
)  # fmt: skip
_ENDINGS = (("ong", "ung"), ("ian", "ien"), ("ie", "ieh"), ("ue", "ueh"), ("hi", "hih"), ("uo", "o"), ("ui", "uei"))
_SURNAMES = {
    "gim": "kim", "i": "lee yi rhee", "bak": "park pak", "choe": "choi", "jeong": "jung chung chong", "gang": "kang",
    "jo": "cho", "yun": "yoon", "jang": "chang", "im": "lim", "han": "", "o": "oh", "seo": "suh so", "sin": "shin",
    "gwon": "kwon", "hwang": "", "an": "ahn", "song": "", "ryu": "yoo ryoo yu lyu",
    "yu": "yoo you", "jeon": "chun jun", "hong": "",
    "go": "ko koh", "mun": "moon", "yang": "", "son": "sohn", "bae": "pae", "baek": "paik", "no": "roh noh", "nam": "",
    "sim": "shim", "ha": "", "gu": "koo ku", "u": "woo", "min": "", "na": "", "ji": "chi", "eom": "um",
}  # fmt: skip
_INITIAL = listed("g kk n d tt r m b pp s ss _ j jj ch k t p h")
_MIDDLE = listed("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
_FINAL = listed("_ k k k n n n t l l l l l l l l m p p t t ng t t k t p t")
_HAN = re.compile(r"[\u3400-\u9fff]{2,}")
_HANGUL = re.compile(r"[\uac00-\ud7a3]{2,}")
EASTERN = re.compile(r"[\u3400-\u9fff\uac00-\ud7a3]")


@cache  # there are a few thousand syllables
def _wade(pinyin: str) -> str:
    for old, new in _BEGINNINGS:
        if pinyin.startswith(old):
            pinyin = new + pinyin[len(old) :]
            break
    for old, new in _ENDINGS:
        if pinyin.endswith(old):
            return pinyin[: -len(old)] + new
    return pinyin


@cache
def _korean(sign: str) -> str:
    number = ord(sign) - 0xAC00
    return (_INITIAL[number // 588] + _MIDDLE[number % 588 // 28] + _FINAL[number % 28]).replace("_", "")


@cache
def _old_korean(latin: str) -> str:
    """McCune-Reischauer, without its marks."""
    first = {"g": "k", "d": "t", "b": "p", "j": "ch"}.get(latin[:1], latin[:1])
    return (first + latin[1:]).replace("eo", "o").replace("eu", "u")


def spellings(name: str) -> Iterator[str]:
    """The ways in which a name in Chinese or Korean signs is written in Latin letters, its family name first."""
    signs = re.sub(r"\s", "", unicodedata.normalize("NFC", name))
    if 2 <= len(signs) <= 4 and all(sign in _PINYIN for sign in signs):
        read = [_PINYIN[sign] for sign in signs]
        yield " ".join(read)
        yield " ".join(map(_wade, read))
    elif 2 <= len(signs) <= 4 and _HANGUL.fullmatch(signs):
        read = [_korean(sign) for sign in signs]
        for family in (read[0], *_SURNAMES.get(read[0], "").split()):
            yield " ".join([family, *read[1:]])
            yield " ".join([family, *map(_old_korean, read[1:])])


_SYLLABLES = frozenset(_PINYIN.values())
# How one Korean syllable is written otherwise.
_KOREAN_WAYS = (
    ("seung", "sung"), ("eo", "u"), ("eo", "o"), ("eu", "u"), ("young", "yong"), ("young", "yeong"), ("yong", "young"),
    ("yeo", "yu"), ("yeo", "yo"), ("hyun", "hyon"), ("hyun", "hyeon"), ("oo", "u"), ("ee", "i"), ("woo", "u"),
    ("sun", "seon"), ("sung", "seong"), ("sung", "song"), ("jung", "jeong"), ("jung", "chong"), ("chul", "chol"),
    ("chul", "cheol"), ("suk", "sok"), ("suk", "seok"), ("kyung", "kyong"), ("kyung", "gyeong"), ("j", "ch"),
    ("g", "k"), ("k", "g"), ("d", "t"), ("b", "p"), ("ph", "p"), ("ae", "ai"),
)  # fmt: skip
_KOREAN_FAMILIES = [frozenset((one, *others.split())) for one, others in _SURNAMES.items()]


def other_spellings(name: str) -> set[str]:
    """A Chinese or Korean name in Latin letters as other systems write it, without blanks, family name first or last.

    Pinyin (Zhao Weiqing) gives Wade-Giles (Chao Wei-ch'ing); Korean ways are many. Of other names nothing.
    """
    words = [re.sub(r"[^a-z]", "", word) for word in name.lower().split()]
    if not 2 <= len(words) <= 3 or not all(words) or not name.isascii():
        return set()
    found: set[str] = set()
    for family, given in ((words[-1], words[:-1]), (words[0], words[1:])):
        found |= _in_wade(family, "".join(given)) | _in_korean(family, name, "".join(given))
    return {one for one in found if len(one) >= _LEAST_WRITTEN}


_LEAST_WRITTEN = 7


def _in_wade(family: str, given: str) -> set[str]:
    for cut in range(len(given), 0, -1):
        first, second = given[:cut], given[cut:]
        if family in _SYLLABLES and first in _SYLLABLES and (not second or second in _SYLLABLES):
            turned = _wade(family), _wade(first) + (_wade(second) if second else "")
            return {turned[0] + turned[1], turned[1] + turned[0]} - {family + given, given + family}
    return set()


def _in_korean(family: str, name: str, given: str) -> set[str]:
    families = {other for some in _KOREAN_FAMILIES if family in some for other in some}
    if not families or not ("-" in name or len(name.split()) == 3):
        return set()
    ways = {given}
    for _ in range(2):
        ways |= {one.replace(old, new, 1) for one in ways for old, new in _KOREAN_WAYS if old in one}
        ways |= {one.replace(old, new) for one in ways for old, new in _KOREAN_WAYS if old in one}
    written = {(one, way) for one in families for way in ways}
    return {turned for one, way in written for turned in (one + way, way + one)} - {family + given, given + family}


def alike(latin: str) -> str:
    """A key that the ways of writing one Korean or Chinese name in Latin letters share."""
    for old, new in (
        ("young", "yong"),
        ("yeong", "yong"),
        ("oo", "u"),
        ("ee", "i"),
        ("eo", "o"),
        ("eu", "u"),
        ("ou", "u"),
    ):
        latin = latin.replace(old, new)
    return latin.replace("'", "").replace("-", "")


def readings(text: str) -> Iterator[tuple[int, int, str]]:
    """Every run of two to four signs of a text that may be a name: from, to, and a key as of `alike`."""
    for pattern in (_HAN, _HANGUL):
        for run in pattern.finditer(text):
            start, end = run.span()
            for at in range(start, end - 1):
                for stop in range(at + 2, min(at + 4, end) + 1):
                    for one in spellings(text[at:stop]):
                        yield at, stop, alike(one.replace(" ", ""))

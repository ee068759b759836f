"""Why a score that is not the computed one may still be right: what stands against calling a row wrong."""

from __future__ import annotations

import re
from fractions import Fraction

from evaluator.auditing.recomputed import HALF, Reached, decimals, plain
from evaluator.figures import half_up
from evaluator.intake.forms import FilledRow
from evaluator.quantities.quantity import Pair
from evaluator.quantities.units import CONVERTIBLE

FAR = Fraction(6, 5)  # from here on a deduction for a target set too low is possible
REVERSED = "方向可疑"  # how the doubt about a sign begins
_UNITS = {"金额", "时长", "月数", "工作日"}  # less of it is better, whatever the name
_MEASURED = {
    "",
    "金额",
    "比率",
    "百分点",
    "长度",
    "面积",
    "体积",
    "重量",
    "时长",
}  # printed rounded; people are counted
_BAD = re.compile(  # as the last words of a name: 投诉率, but not 投诉回访率
    "(?:成本|费用|支出|投诉|事故|违规|违纪|违法|差错|误差|偏差|错误|死亡|伤亡|发病|流失|失业|逾期|超支|延误|故障|能耗|排放|污染|信访|上访|"
    "纠纷|发案|案发|退货|缺陷|损耗|空置|闲置|浪费|超标|不合格|辍学|返贫|舆情|火灾|编制|限额|定额|上限|用水|用电|用地|浓度)"
    "(?:发生|事件|案件|人员)*(?:率|比例|浓度|次数?|起数?|件数?|人数|天数|数量?|总?量|总?额|金额|情况)?$"
)
_GOOD = re.compile(
    "节约|节省|达标|下降|降低|减少|减排|减免|控制率|化解|处理|处置|办结|整改|完成|受理|排查|防控|防治|治理|整治|预防|调解|救治|救助|"
    "宣传|培训|演练|回复|答复|解决|修复|监测|检测|检查|覆盖|知晓|满意|及时|合格|率达|保障|安置|帮扶|打击|侦破|拨付|支付|发放|"
    "补助|补贴|资助|报销|进度|支出率|执行|落实|到位|查处|接待|接访|审理|侦办|办理"
)
_RISING = re.compile(
    "(?:完成|合格|及时|覆盖|满意|达标|到位|知晓|参与|出勤|就业|准确|普及|公开|发放|拨付|支付|利用|落实|办结|通过|入学|巩固|"
    "优良|好评|支持|认可|保障|签约|验收|执行|使用)(?:率|度|比例)$"
)
_WHOLE = {"%": 100, "‰": 1000, "‱": 10000}
_LASTING = re.compile("时间|时长|时限|工期|周期")
_TAKEN = re.compile("扣|酌情|减分|调减")


def bad(row: FilledRow) -> bool:
    """Whether what a row counts is certainly better the less there is of it (投诉率, 空置率)."""
    name = _named(row)
    return bool(_BAD.search(name)) and not _GOOD.search(name)


def rising(row: FilledRow) -> bool:
    """Whether what a row measures is certainly better the higher it is (合格率, 满意度)."""
    return bool(_RISING.search(_named(row))) and not bad(row) and "成本" not in (row.level2 or "")


def counted(row: FilledRow, kind: str) -> bool:
    """Whether a row counts things of which more is better, as far as name and unit tell."""
    return (
        bool(kind)
        and kind not in CONVERTIBLE.keys() - {"人"}
        and not bad(row)
        and not re.search("成本|时效", row.level2 or "")
    )


def _named(row: FilledRow) -> str:
    return re.sub(r"\(.*?\)|\s", "", plain(row.level3 or ""))


def doubt(row: FilledRow, reached: Reached, printed: str, points: Fraction) -> str:
    """Why a score that is not the computed one may still be right; '' when nothing speaks for it."""
    pair, exact, score = reached.pair, reached.exact, Fraction(printed)
    full, word = score == points, pair.comparator
    none = pair.target == 0 and full and bad(row)  # 安全事故 =0起
    if score < exact and _TAKEN.search(row.deviation_note or ""):
        return "备注写明另行扣分，是否恰当由评价人定"
    if word == "=" and pair.actual > pair.target and not none:
        return "超过“等于”类指标值，是否扣分由评价人定"
    if word == "区间" and pair.high is not None and pair.actual > pair.high:
        return "超过区间的上限，是否扣分由评价人定"
    if score < points and reached.met and _far(pair):
        return "明显好于指标值，可按偏离度扣分，没有统一数值"
    if pair.target <= 0 and pair.actual != pair.target and not none and not (word in ("≤", "<") and full):
        return "指标值不大于0，算不出完成率"
    if (not reached.met or pair.actual == pair.target) and abs(score - exact) < _own(row, reached, points):
        return f"与算得的 {half_up(exact, 2)} 相差不到实际完成值的精度"
    if reached.met:
        return ""
    if word in "><" and pair.actual == pair.target:
        return f"正好等于指标值“{row.target}”，没有达到而算不出差多少"
    if full and 0 < reached.attainment * 1000 < 1:
        return f"实际完成值“{row.actual}”与“{row.target}”相差千倍以上，疑漏写单位"
    if reached.kind == "比率" and rising(row) and pair.target > _WHOLE.get(pair.unit, pair.target):
        return f"指标值“{row.target}”超过100%，疑有误"
    if word in ("≤", "<") and score in _variants(pair, points):
        return "与另一种“不高于”算法相符"
    if says := _direction(row, reached, full):
        return says
    if (
        full
        and reached.kind == "比率"
        and word in ("≥", ">", "=")
        and pair.actual * 50 <= pair.target <= pair.actual * 100
    ):
        return f"实际完成值“{row.actual}”的百分号疑为误写"
    places, off = len(printed.rstrip("0").partition(".")[2]) if "." in printed else 0, abs(score - exact)
    near = off <= HALF if (2 * score).denominator == 1 else off < _own(row, reached, points) + HALF / 10**places
    return f"与算得的 {half_up(exact, 2)} 相差不到取整的幅度" if near else ""


def _direction(row: FilledRow, reached: Reached, full: bool) -> str:
    """A sign that seems reversed, or less money and time than aimed at."""
    pair, group = reached.pair, row.level2 or ""
    word, sized = pair.comparator, reached.kind in _UNITS
    spare = sized and ("成本" in group or "时效" in group or bool(_LASTING.search(row.level3 or "")))
    if not full:
        return ""
    if word in ("≤", "<") and pair.target and not (bad(row) or sized or "成本" in group):
        if not counted(row, reached.kind) and not rising(row):
            return "方向不明：高于“不高于”类指标值却得满分，看不出是得分错还是比较符错"
        return f"{REVERSED}：实际完成值“{row.actual}”高于“{row.target}”却得满分，疑应为“≥”"
    if word in ("≥", ">") and bad(row):
        return f"{REVERSED}：实际完成值“{row.actual}”低于“{row.target}”却得满分，疑应为“≤”"
    spare = spare or bad(row) or "成本控制" in (row.level3 or "")
    return "少用钱、少用时是否扣分由评价人定" if word in ("≥", ">", "=") and pair.target and spare else ""


def _own(row: FilledRow, reached: Reached, points: Fraction) -> Fraction:
    """What the score may be off by because the actual was itself rounded to be printed; nothing for what is counted."""
    pair, places = reached.pair, decimals(row.actual or "")
    if pair.target == 0 or not (places or reached.kind in _MEASURED or re.match("[百千万亿]", pair.unit)):
        return Fraction(0)
    written = re.match(r"[0-9]+(?:\.[0-9]+)?", pair.actual_shown)
    number = Fraction(written[0]) if written else Fraction(0)
    scale = abs(pair.actual) / number if number else Fraction(1)  # 450公斤 beside 0.5吨
    return points * scale * Fraction(1, 2 * 10**places) / abs(pair.target)


def _far(pair: Pair) -> bool:
    """Whether an actual is so much better than its target that points may be taken off."""
    match pair.comparator:
        case "≥" | ">":
            return pair.actual > pair.target and (pair.target <= 0 or pair.actual >= FAR * pair.target)
        case "≤" | "<":
            return pair.actual < pair.target and (pair.actual <= 0 or pair.actual * FAR <= pair.target)
    return False


def _variants(pair: Pair, points: Fraction) -> set[Fraction]:
    """The scores that the ways of measuring an exceeded ≤ target give, in the usual roundings."""
    if pair.target <= 0 or pair.actual <= 0:
        return set()
    exact = [points * pair.target / pair.actual, points * max(2 - pair.actual / pair.target, Fraction(0))]
    return {Fraction(half_up(value, places)) for value in exact for places in (0, 1, 2)}

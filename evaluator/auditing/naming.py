"""What the name, group and unit of a row tell: which way is better, and what cannot be more than the whole."""

from __future__ import annotations

import re

from evaluator.auditing.recomputed import plain
from evaluator.comparators import ASKED, AT_LEAST, AT_MOST, EQUAL, Sign
from evaluator.intake.filled.formdata import FilledRow
from evaluator.quantities.reading import Amount
from evaluator.quantities.units import CONVERTIBLE

_SIZED = {"金额", "时长", "月数", "工作日"}
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
LASTING = re.compile("时间|时长|时限|工期|周期")


def named(row: FilledRow) -> str:
    """The name of a row without what stands in brackets."""
    return re.sub(r"\(.*?\)|\s|[0-9]+$", "", plain(row.level3 or ""))


def bad(row: FilledRow) -> bool:
    """Whether what a row counts is certainly better the less there is of it (投诉率, 空置率)."""
    name = named(row)
    return bool(_BAD.search(name)) and not _GOOD.search(name)


def rising(row: FilledRow) -> bool:
    """Whether what a row measures is certainly better the higher it is (合格率, 满意度)."""
    return bool(_RISING.search(named(row))) and not bad(row) and not costs(row)


def costs(row: FilledRow) -> bool:
    """Whether a row stands among the costs, or is one by its name."""
    return "成本" in (row.level2 or "") or "成本" in (row.level1 or "") or named(row).endswith("成本")


def counted(row: FilledRow, kind: str) -> bool:
    """Whether a row counts things of which more is better, as far as name and unit tell."""
    return (
        bool(kind)
        and kind not in CONVERTIBLE.keys() - {"人"}
        and not sized(kind)
        and not bad(row)
        and not costs(row)
        and "时效" not in (row.level2 or "")
    )


def sized(kind: str) -> bool:
    """Whether a kind of unit measures money or time, of which less is better whatever the name (金额/户 too)."""
    return kind.split("/", maxsplit=1)[0] in _SIZED


def directions(row: FilledRow, wanted: Amount) -> tuple[Sign, ...]:
    """The signs that a target without one can mean: what is bad and what it costs is a ceiling, what is counted a floor."""
    kind = wanted.low.unit.kind
    if wanted.either_way:
        return (AT_MOST,)
    if wanted.low.number == 0:
        return (AT_MOST, EQUAL) if bad(row) else tuple(ASKED)
    if costs(row) and _money(wanted):
        return (AT_MOST,)
    up = rising(row) if kind == "比率" else counted(row, kind)
    if up:
        return (AT_LEAST,)
    return (AT_MOST,) if bad(row) else (AT_LEAST, AT_MOST)


def _money(wanted: Amount) -> bool:
    return wanted.low.unit.kind == "金额" or bool(re.search("元|^/", wanted.low.unit.name))


def level(text: str | None) -> str:
    """The level-1 category a heading names; '' for any other."""
    return next((name for name in ("满意度", "效益", "产出", "成本") if name in (text or "")), "")

"""What the words of a target say: which way is better, what is done later by its nature.

Every question is answered yes only on words that leave no doubt; a text in doubt passes.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

# ---- which way is better -----------------------------------------------------------------------------------------

_END = r"(?:[（(][^（）()]*[）)])?$"
_HARM = (
    "投诉|信访|上访|事故|差错|出错|错误|错漏|误差|偏差|失误|漏报|误报|漏检|逾期|超期|超时|延误|流失|返工|返修|退货|退件|"
    "不合格|不良|不良贷款|坏账|违规|违法|违纪|违约|死亡|伤亡|病死|发病|患病|感染|复发|故障|停机|空置|闲置|失业|辍学|退学|缺勤|"
    "缺席|旷工|迟到|废品|次品|破损|损坏|损耗|漏损|浪费|超标|超支|返贫|致贫|贫困|发案|犯罪|失败|拒收|失访|不良反应|不良事件"
)
_HARM_RATE = re.compile(f"(?:{_HARM})(?:发生)?率{_END}")
_HARM_COUNT = re.compile(
    f"(?:事故|差错|有效投诉|违规|越级上访|集体上访)(?:发生)?(?:数|数量|次数|起数|件数|案件数|事件数){_END}"
)
_ENERGY = re.compile(f"(?:能耗|电耗|水耗|油耗|煤耗|能源消耗|能源消耗量|耗电量|耗水量|耗油量){_END}")
_WAIT = re.compile(
    "(?:等候|等待|排队|候诊|响应|办结|审批|到场|到达|延误|停机|停水|停电|中断|故障)(?:时间|时长|时限|天数|工作日)"
    + _END
)
_COST = re.compile(f"成本{_END}")
_COST_ROW = re.compile(f"(?:成本|造价|单价|费用|支出额|开支|花费){_END}")
_GAIN = re.compile(
    "(?:满意度|满意率|合格率|达标率|优良率|覆盖率|完成率|完工率|竣工率|及时率|准时率|按时率|准确率|正确率|知晓率|知晓度|节约率|到位率|"
    f"出勤率|参与率|参保率|就业率|入学率|巩固率|成活率|治愈率|办结率|处置率|解决率|整改率|回复率|回访率|响应率|达成率|落实率|发放率|完好率|公开率|履约率|"
    f"无害化处理率|污水处理率|垃圾处理率|资源化利用率){_END}"
)
# less of a bad thing is good, and so is dealing with it: 投诉办结, 成本节约, 事故压降
_TURNED = re.compile(
    "[降减缩节省控防免避查灭杀虫鼠蚊蝇草菌]|化解|处理|处置|受理|办理|调处|调解|解决|回复|回访|整改|消除|挽回|追回|治理|打击|抓获|通报|曝光|"
    "救助|补助|补贴|补偿|赔偿|代缴|收取|收缴|征收|报销|奖励|标准|下限|最低|收购|销售|出售|出让|替代|带动"
)
_LESS = re.compile("[降减缩节压]")
_NOT = re.compile("(?:[无未零非不免]|没有|杜绝)(?:发生)?$")
_BAD = re.compile(f"{_HARM}|延期|[不未误错漏虚假]")
_MONEY = re.compile("预算|资金|经费|投资|支出|费用|成本|概算|投入|结算|决算")
_OF_TIME = ("时长", "月数", "工作日")


@lru_cache(maxsize=4096)
def wanted_direction(name: str, beside: str, kind: str, cost: bool) -> Literal["大", "小"] | None:
    """Whether the named measure is better large or small; None where the name does not settle it.

    `beside` are the words around it (description, label), `kind` is the kind of its unit, `cost` whether it stands
    among the cost indicators.
    """
    if _LESS.search(beside):
        return None
    name = name.strip()
    if measure := _small(name, kind, cost):
        before = name[: measure.start()]
        return None if _TURNED.search(before) or _NOT.search(before) else "小"
    if kind == "比率" and (measure := _GAIN.search(name)):
        before = name[: measure.start()]
        of_money = measure.group().startswith("完成率") and _MONEY.search(before)  # 预算完成率 ≤100% has its sense
        odd = measure.group().startswith("覆盖率") and re.search("建筑|云|硬化", before)
        return None if of_money or odd or _BAD.search(before) else "大"
    return None


def _small(name: str, kind: str, cost: bool) -> re.Match[str] | None:
    if kind in _OF_TIME:
        return _WAIT.search(name)
    if kind.startswith("金额"):
        return (_COST_ROW if cost else _COST).search(name)
    if kind == "比率":
        return _HARM_RATE.search(name)
    return _HARM_COUNT.search(name) or _ENERGY.search(name)


# ---- when it is done ---------------------------------------------------------------------------------------------

_CLOSING = re.compile("决算|结算|自评|绩效评价|总结|清算|年报|年度报告|审计|质保|质量保证")


def own_later_work(task: str) -> bool:
    """Whether a task of one year is by its nature done in the next (accounts, self-evaluation, warranty)."""
    return bool(_CLOSING.search(task))

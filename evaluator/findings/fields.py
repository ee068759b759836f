"""What a field of a fact is, and the fields of what stands beside other things: rows beside rows, parts of a form, two years."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Literal

Shown = Literal["原样", "分", "百分比", "份数"]
Value = str | bool | int | Fraction | None


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind of fact: its type, its Chinese name, how it is shown, and its labels where they are known."""

    type: Literal["number", "label", "flag", "text"]
    chinese: str
    shown: Shown = "原样"
    labels: tuple[str, ...] = ()


number = partial(Field, "number")  # shown in one of several ways
flag = partial(Field, "flag")  # whether something is so
text = partial(Field, "text")  # words that are only told


def label(chinese: str, *labels: str) -> Field:
    """A word, one of these where they are known."""
    return Field("label", chinese, "原样", labels)


PLACE = {"row": number("在表中的行次", "份数")}
CALLED = "called"  # the field by which a finding about several rows names them
ROW = PLACE | {
    CALLED: text("指标编号和名称"),
    "indicator": text("指标编号"),
    "name": text("指标名称"),
    "target": text("指标值"),
}
_ROW = {name: field for name, field in ROW.items() if name != "indicator"}
BESIDE: dict[str, dict[str, Field]] = {
    "relation": {
        **_ROW,
        "dimension": text("二级指标"),
        "same_thing": flag("与同一张表前面的一个指标是一件事，只是换了说法"),
        "same_as": text("前面说同一件事的指标"),
        "part": flag("“其中”项，总项另有分值"),
        "whole": text("“其中”项的总项"),
        "off_level": flag("效益指标与所在的二级指标不符"),
        "fits": text("应在的二级指标"),
        "off_purpose": flag("与项目用途无关"),
        "off_field": text("指标所说的领域"),
        "own_field": text("项目所说的领域"),
    },
    "link": {
        **PLACE,
        "name_differs": flag("两处名称不一致"),
        "target_differs": flag("两处指标值不一致"),
        "item_name": text("第一部分所写名称"),
        "item_target": text("第一部分所写指标值"),
        "project_name": text("第二部分所写名称"),
        "project_target": text("第二部分所写指标值"),
        "project_row": text("第二部分所写指标"),
        "heads_differ": flag("两处所说的人数、个数不一致"),
        "heads_shown": text("两处所说的人数、个数"),
        "purpose_differs": flag("两处所说的用途没有一处相同"),
        "item_purpose": text("第一部分所写用途"),
        "project_purpose": text("第二部分所写用途"),
    },
    "twin": {
        **PLACE,
        "name": text("后一个名称"),
        "others": text("前面目标相同的"),
        "goals": text("相同的目标"),
    },
    "earlier": {
        **_ROW,
        "target": text("本年指标值"),
        "last_target": text("上年指标值"),
        "last_actual": text("上年实际完成值"),
        "below": flag("指标值低于上年实际完成值的95%"),
        "lowered": flag("指标值比上年降低"),
    },
    "review": {
        "name": text("项目名称"),
        "score": number("自评得分", "分"),
        "reviewed": number("复核得分", "分"),
        "apart": number("自评与复核相差（不论高低）", "分"),
        "lower": flag("复核低于自评"),
        "grade_differs": flag("复核等级与自评不同"),
        "grade": text("自评等级"),
        "reviewed_grade": text("复核等级"),
        "told": text("主要偏差原因"),
    },
    "reviewed": {
        "row": number("在表中的行次", "份数"),
        "called": text("指标编号和名称"),
        "name": text("指标名称"),
        "actual": text("自评完成值"),
        "reviewed_actual": text("复核完成值"),
        "points": number("分值", "分"),
        "earned": number("自评得分", "分"),
        "reviewed": number("复核得分", "分"),
        "apart": number("自评与复核相差（不论高低）", "分"),
        "share": number("相差占分值的比例", "百分比"),
        "restated": flag("复核人另写了完成值"),
        "evidence": flag("复核有依据的材料"),
        "cause": text("偏差原因"),
    },
}
OF_REVIEW = frozenset(("review", "reviewed"))  # kinds of facts that only a review has: no self-evaluation rests on them

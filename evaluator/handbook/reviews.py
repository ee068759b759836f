"""The part of the rule book about reviews: every review scale with its grounds, how they meet, and their proofs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from evaluator.figures import percent
from evaluator.handbook.coverage import Coverage
from evaluator.handbook.glossary import CHAPTERS
from evaluator.handbook.rulechapters import place_words
from evaluator.pages import Line, Section, Text, Topic, chapter, labelled, tabulated
from evaluator.policies.bases import cited
from evaluator.reviewing.proving import prove_scale
from evaluator.reviewing.scale import Ground, LowerGrade, ReviewScale

WHICH = {"各类": "各类指标", "满意度": "满意度指标", "期限": "时效、期限类指标"}
TAKES = {"最大一项": "一行有几条的，只取扣得最多的一条", "累加": "一行有几条的，各条相加"}


def review_anchor(scale: str, clause: str = "") -> str:
    """The anchor of a review scale, or of one of its grounds."""
    return f"review-{scale}" + (f"-{clause}" if clause else "")


def reviews_chapter(scales: Mapping[str, ReviewScale], covered: Coverage) -> Section:
    """Every review scale by its id."""
    about = (
        "复核单位的自评时按哪些依据扣分，扣多少。复核在自评得分上扣，不改自评得分，也不是评分办法的一部分。"
        "ziping audit 用 --review 写明编号，列出表上看得出的依据；其余的由复核人写明（ziping review set）。"
    )
    entries = tuple(_scale(scale, covered) for scale in scales.values())
    return chapter("reviews", CHAPTERS["reviews"], (Line(about),), entries)


def _scale(scale: ReviewScale, covered: Coverage) -> Topic:
    until = f"{scale.in_force.to} 年" if scale.in_force.to else "今"
    facts: tuple[tuple[str, Text], ...] = (
        ("编号", scale.id),
        ("适用", f"{scale.in_force.region}，{scale.in_force.start} 年至{until}"),
        ("几条同时", f"{TAKES[scale.several.takes]}，扣到 0 为止；四舍五入一次，不高于自评得分。"),
        ("几条同时的依据", cited(scale.several)),
        ("规则文件", place_words(scale.where)),
        *([("说明", scale.note)] if scale.note else []),
        *([("几条同时的说明", scale.several.note)] if scale.several.note else []),
        *(_lower(scale.lower_grade) if scale.lower_grade else ()),
    )
    rows = tuple((g.title, g.says, g.effect, WHICH[g.applies], _shown(g)) for g in scale.grounds)
    grounds = tabulated(("条款", "复核意见中的依据", "处理", "用于", "由谁写明"), (18, 32, 16, 14, 20), rows)
    parts = (*(_ground(scale, ground, covered) for ground in scale.grounds), _proofs(scale))
    return Topic(review_anchor(scale.id), scale.title, (scale.id,), (labelled(facts), grounds), parts)


def _lower(clause: LowerGrade) -> Iterator[tuple[str, Text]]:
    steps = "，".join(f"低 {number} 级按 {percent(share, 4)}" for number, share in enumerate(clause.keeps, 1))
    yield clause.title, f"{clause.of}{steps} 计；评定的等级由复核人写明"
    yield f"{clause.title}的依据", cited(clause)
    if clause.note:
        yield f"{clause.title}的说明", clause.note


def _ground(scale: ReviewScale, ground: Ground, covered: Coverage) -> Topic:
    reached = "；".join(f"{point.says} {point.scenarios} 个" for point in covered.of(scale.id, ground.id))
    rows: list[tuple[str, Text]] = [
        ("处理", ground.effect),
        ("用于", WHICH[ground.applies]),
        ("由谁写明", _shown(ground)),
        ("依据", cited(ground)),
        *([("说明", ground.note)] if ground.note else []),
        ("情景", reached),
        ("规则文件", place_words(ground.where)),
    ]
    return Topic(review_anchor(scale.id, ground.id), ground.title, (ground.id, ground.known), (labelled(rows),))


def _shown(ground: Ground) -> str:
    if ground.shown_by_table is None:
        return "复核人"
    above = "" if ground.above is None else f"，完成率高于 {percent(ground.above, 4)}"
    return f"表上看得出的（{ground.shown_by_table}{above}）；表上看不出的由复核人写明"


def _proofs(scale: ReviewScale) -> Topic:
    rows = tuple((p.title, p.says, "成立" if p.holds else "不成立", p.evidence) for p in prove_scale(scale))
    table = tabulated(("条款", "所证", "结论", "数据"), (20, 34, 8, 38), rows)
    return Topic(f"{review_anchor(scale.id)}-proofs", "证明", (scale.id,), (table,))

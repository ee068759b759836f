"""Part one beside part two: which project an item goal speaks of, and where the two say different things.

An item is matched by the project's code where it names it, else by the pairs of characters its name shares with the
project's, rare pairs counting more than common ones, and less so by those of its purpose. What is not clear is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations, pairwise

from evaluator.intake.values import Draft, Question, Tree
from evaluator.quantities.names import same_name
from evaluator.quantities.quantity import rate_of
from evaluator.rulebook.unanswered import OPEN

SURE, APART = 0.2, 2  # the least likeness that is a match, and how many times that of the next it must be
LONGEST = 1_000  # characters of a text that are compared
ALIKE = 0.15  # purposes below this likeness are told as different
_NOISE = re.compile(r"项目|经费|资金|费用|支出|专项|（.*?）|\(.*?\)|[\W_]")
_PEOPLE = re.compile(r"(?<![\d.,])(\d{1,9})\s*(?:名|人(?![次月天]))")
_PLACES = re.compile(r"(?<![\d.,])(\d{1,9})\s*个\s*(?:社区|居委会?|村)")

Pairs = Counter[str]


def match(department: Draft, projects: Sequence[Draft]) -> None:
    """Fill in the project of each item goal, ask where it is not certain, and note what differs."""
    matched: dict[str, Draft] = {}
    items: list[Tree] = department.tree["items"]
    weights = _weights([*(i["name"].text for i in items), *(p.tree["name"].text for p in projects)])
    for item in items:
        ranked = sorted(((_likeness(item, p, weights), p) for p in projects), key=lambda pair: -pair[0])
        if ranked and ranked[0][0] >= SURE and (len(ranked) == 1 or ranked[0][0] >= APART * ranked[1][0]):
            matched[item["id"].text] = ranked[0][1]
            item["project"].text = _code(ranked[0][1])
        else:
            item["project"].text = ""
    times = Counter(code for code, _ in {(item["project"].text, _head(item)) for item in items})
    for item in items:
        code = item["project"].text
        if not code or times[code] > 1 or code == OPEN:
            told = "同时像是几个分项的项目" if code else "按编码、名称和用途找不到把握对应的项目"
            near = sorted(projects, key=lambda p: -_likeness(item, p, weights))[:3]
            choices = tuple(f"{_code(p)} {p.called}" for p in near)
            department.ask(
                Question("D312", ("items", item["id"].text, "project"), f"“{item['name'].text}”{told}", choices)
            )
            matched.pop(item["id"].text, None)
    for item in items:
        if project := matched.get(item["id"].text):
            first = item["id"].text in (_head(item), f"{_head(item)}-1")
            if first:
                _compare(department, item, project)
            _compare_rates(department, item, project)
            if first:
                _counts(department, item, project)
    _repeats(department, items)
    left = [p for p in projects if p not in matched.values()]
    for project in left:
        department.notice("D413", f"第二部分的“{project.called}”在第一部分没有对应的分项目标", project.start, "警告")


def _head(item: Tree) -> str:
    """The item goal that a row is of: 分项1 for 分项1-2."""
    return str(item["id"].text).partition("-")[0]


def _code(project: Draft) -> str:
    return str(project.tree["code"].text)


@lru_cache(maxsize=16384)
def pairs(text: str) -> Pairs:
    """The pairs of neighbouring characters of a text, without words that every project has."""
    kept = _NOISE.sub("", text[:LONGEST])
    return Counter(a + b for a, b in pairwise(kept)) or Counter([kept] if kept else [])


def _weights(names: Sequence[str]) -> dict[str, float]:
    """How much a pair counts: less, the more names have it."""
    seen = Counter(pair for name in names for pair in set(pairs(name)))
    return {pair: 1 / count for pair, count in seen.items()}


def likeness(first: Pairs, second: Pairs, weights: dict[str, float] | None = None) -> float:
    """How much two texts share, from 0 to 1: the weight of their common pairs over that of the shorter and longer mean."""
    scale = weights or {}

    def weigh(some: Pairs) -> float:
        return sum(count * scale.get(pair, 1.0) for pair, count in some.items())

    whole = weigh(first) + weigh(second)
    return 2 * weigh(first & second) / whole if whole else 0.0


def _likeness(item: Tree, project: Draft, weights: dict[str, float]) -> float:
    name, purpose = item["name"].text, item["purpose"].text
    code = _code(project)
    if len(code) > 5 and code in name + purpose:
        return 2.0
    by_name = likeness(pairs(name), pairs(project.tree["name"].text), weights)
    by_purpose = likeness(pairs(purpose), pairs(_told_purpose(project)))
    return 0.8 * by_name + 0.2 * by_purpose


def _told_purpose(project: Draft) -> str:
    """What a project's money is for, without the amounts before it."""
    text = str(project.tree["purpose"].text) if "purpose" in project.tree else ""
    return text[text.find("用于") :] if "用于" in text else text


# ---- what differs ----


def _compare(department: Draft, item: Tree, project: Draft) -> None:
    """Note where an item goal and its project's table say different things."""
    name, place = item["name"], item["name"].place
    theirs = project.tree["name"].text
    if not same_name(theirs, name.text):
        says = f"第一部分称“{name.text}”，第二部分称“{theirs}”（{project.tree['name'].place}）"
        department.notice("D410", f"{item['id'].text} 名称不同：{says}", place, "警告")
    purpose, told = item["purpose"].text, _told_purpose(project)
    if purpose and told and likeness(pairs(purpose), pairs(told)) < ALIKE:
        says = f"第一部分“{purpose}”，第二部分“{told}”（{project.tree['purpose'].place}）"
        department.notice("D411", f"{item['id'].text} 用途不同：{says}", item["purpose"].place, "警告")


def _compare_rates(department: Draft, item: Tree, project: Draft) -> None:
    """Note where the rate that an item goal aims at is none of its project's."""
    rates = sorted({row["target"].text for row in project.tree["indicators"] if rate_of(row["target"].text)})
    mine = item["target"].text
    if rate_of(mine) and rates and rate_of(mine) not in map(rate_of, rates):
        says = f"第一部分{mine}，第二部分各比率指标{'、'.join(rates)}"
        department.notice("D412", f"{item['id'].text} 指标值不同：{says}", item["target"].place, "警告")


def _counts(department: Draft, item: Tree, project: Draft) -> None:
    """Note how many people or communities the prose of either part names, where the table of indicators says another number."""
    tree = project.tree
    prose = {
        "第一部分": f"{item['purpose'].text} {item['goal'].text}",
        "用途": tree["purpose"].text if "purpose" in tree else "",
        "绩效目标": " ".join(goal.text for goal in tree["goals"]),
    }
    for called, pattern, indicator in (
        ("人数", _PEOPLE, "人数$"),
        ("居委会（社区）数", _PLACES, "(?:社区|居委会?|村)(?:个?数|数量)$"),
    ):
        told = {
            where: sorted(set(pattern.findall(text)), key=int) for where, text in prose.items() if pattern.search(text)
        }
        in_table = sorted({n for row in tree["indicators"] if re.search(indicator, row["name"].text)
                           for n in re.findall(r"(?<![\d.,])\d{1,9}(?![\d.,])", row["target"].text)}, key=int)  # fmt: skip
        if in_table:
            told["指标"] = in_table
        numbers = {number for found in told.values() for number in found}
        alone = called == "人数" and set(told) == {"指标"}
        if len(numbers) > 1 or alone:
            says = "；".join(f"{where} {'、'.join(found)}" for where, found in told.items())
            says += "，正文没有写人数" if alone else ""
            other = [
                f"{n}个居委会（社区）"
                for n in sorted({m for text in prose.values() for m in _PLACES.findall(text)}, key=int)
            ]
            says += f"，只写{'、'.join(other)}" if alone and other else ""
            department.notice("D414", f"{project.called} {called}：{says}", tree["indicators"][0]["target"].place)


def _repeats(department: Draft, items: list[Tree]) -> None:
    """Note item goals whose goal and indicator are word for word those of another."""
    for first, second in combinations(items, 2):
        if _head(first) == _head(second):
            continue
        same = [
            title
            for keys, title in ((("goal",), "绩效目标"), (("indicator", "target"), "绩效指标"))
            if first[keys[0]].text not in ("", OPEN) and all(first[key].text == second[key].text for key in keys)
        ]
        if same:
            says = f"{second['id'].text} 的{'和'.join(same)}与{first['id'].text} 一字不差"
            department.notice("D415", says, second["goal"].place, "提示")

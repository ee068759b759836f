"""How well the finding rules speak on real projects, judged before the rules were changed: `python -m benchmarks.findings`.

Per rule: findings, in how many units, how many are right, right but not worth saying, wrong; of the defects a reviewer
would name, how many are named, by kind; findings of a table. `--rule`, `--project` and `--kind` tell them one by one.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from fractions import Fraction

from evaluator.figures import decimal
from tests.measured import (
    CHINESE,
    VERDICTS,
    Defect,
    Figures,
    Judged,
    figures,
    judged,
    kinds_about,
    material,
    recall,
    tables,
)

GOALS = {
    "wrong": Fraction(1, 100),
    "noise": Fraction(20, 100),
    "target": Fraction(65, 100),
    "result": Fraction(95, 100),
}
MEDIAN, MOST = 5, 21
RIGHT = Fraction(9, 10)  # of its findings, for a rule to be kept


def share(part: int, whole: int) -> str:
    """A count and its share of the whole."""
    return f"{part}/{whole}" + (f"（{100 * part / whole:.1f}%）" if whole else "")


def passes(found: Sequence[Judged]) -> bool:
    """Whether a rule may speak: in more than one unit, and right in nine of ten."""
    right = sum(one.verdict == "right" for one in found)
    return len({one.said.unit for one in found}) > 1 and right >= RIGHT * len(found)


def summary(found: Sequence[Judged]) -> Iterator[str]:
    """One screen: the figures beside their goals, the rules, the kinds."""
    groups = [figures(found, "offices"), figures(found)]
    own, every = (f"{len(one.each)} 张表" for one in groups)
    yield f"{_wide('', 24)}{_wide(f'别处的 {own}', 20)}{_wide(f'连同本仓库的共 {every}', 20)} 目标（别处的）"
    for name, cells, goal, met in _lines(groups):
        told = f"{goal} {'达到' if met else '未达到'}" if goal else ""
        yield f"{_wide(name, 24)}{''.join(_wide(cell, 20) for cell in cells)}{told}".rstrip()
    yield ""
    yield "规则   发现 单位   对 多余   错 未判 说中 门槛  （门槛：不止一个单位，十处有九处对）"
    for rule in sorted({one.said.rule for one in found}):
        mine = [one for one in found if one.said.rule == rule]
        counts = [sum(one.verdict == verdict for one in mine) for verdict in VERDICTS]
        units = len({one.said.unit for one in mine})
        named = len(frozenset[Defect]().union(*(one.names for one in mine)))
        told = "".join(f"{count:5}" for count in (len(mine), units, *counts, named))
        yield f"{rule} {told}   {'过' if passes(mine) else '不过'}  {mine[0].said.title}"
    yield ""
    told = {name: recall(groups[0], [name]) for name in material().kinds}
    yield "毛病（说中/应说）：" + "　".join(f"{name} {part}/{whole}" for name, (part, whole) in told.items())
    never = [name for name, (part, whole) in told.items() if whole and not part]
    yield "一次也没有说中：" + "、".join(f"{name} {material().kinds[name].title}" for name in never)
    for one in found:
        if one.verdict == "unjudged":
            yield f"未判：{_told(one)}"


def _lines(groups: Sequence[Figures]) -> Iterator[tuple[str, list[str], str, bool]]:
    """Each figure: its name, what it is in each group, its goal, and whether the first group meets it."""
    own = groups[0]
    yield "发现", [str(one.fired) for one in groups], "", True
    yield "对", [share(one.verdicts["right"], one.fired) for one in groups], "", True
    for verdict in ("noise", "wrong"):
        goal = GOALS[verdict]
        cells = [share(one.verdicts[verdict], one.fired) for one in groups]
        yield CHINESE[verdict], cells, f"≤{decimal(goal * 100)}%", own.verdicts[verdict] <= goal * own.fired
    cells = [str(one.verdicts["unjudged"]) for one in groups]
    yield CHINESE["unjudged"], cells, "0", not groups[-1].verdicts["unjudged"]
    yield "每张表（中位数）", [decimal(one.median) for one in groups], f"≤{MEDIAN}", own.median <= MEDIAN
    yield "每张表（最多）", [str(max(one.each)) for one in groups], f"≤{MOST}", max(own.each) <= MOST
    for about, name in (("target", "说中目标的毛病"), ("result", "说中结果的毛病")):
        part, whole = recall(own, kinds_about(about))
        yield name, [share(part, whole), ""], f"≥{decimal(GOALS[about] * 100)}%", part >= GOALS[about] * whole
    yield "　目标，含有争议的", [share(*recall(own, kinds_about("target", True))), ""], "", True


def _wide(text: str, width: int) -> str:
    """Text filled up to a width of the screen, where a Chinese character is two wide."""
    return text + " " * (width - sum(1 + (ord(sign) > 0x2E7F) for sign in text))


def _told(one: Judged) -> str:
    said = one.said
    rows = "、".join(said.rows)
    return f"{CHINESE[one.verdict]}　{said.rule} {said.project}{f' {rows}' if rows else ''}　{said.says}"


def details(found: Sequence[Judged], rule: str, project: str, kind: str) -> Iterator[str]:
    """The findings of a rule, of a project or about a kind, each with the reason of its verdict; then what was not named."""
    known = material()
    rules = known.kinds[kind].rules if kind else frozenset({rule})
    mine = [
        one
        for one in found
        if (not project or one.said.project == project) and (one.said.rule in rules or not (rule or kind))
    ]
    for one in mine:
        yield f"{_told(one)}\n    {known.why(one.said)}"
    if rule:
        return
    named = frozenset[Defect]().union(*(one.names for one in found))
    rows = {(table.code, row.indicator.id): row.indicator for _, table in tables() for row in table.rows}
    for defect in known.defects:
        if defect not in named and project in ("", defect.project) and kind in ("", defect.kind):
            row = rows.get((defect.project, defect.row))
            words = f"“{row.name}”｜{row.target}" if row else ""
            yield f"没有说　{defect.kind} {known.kinds[defect.kind].title}　{defect.project} {defect.row}{words}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the summary, or the details asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.findings", description="真实项目上每条问题规则说得对不对"
    )
    parser.add_argument("--rule", default="", metavar="F301", help="逐处列出一条规则的发现")
    parser.add_argument("--project", default="", metavar="P002", help="逐处列出一个项目的发现和没有说的毛病")
    parser.add_argument(
        "--kind", default="", choices=["", *material().kinds], metavar="6a", help="一种毛病：说了的和没有说的"
    )
    asked = parser.parse_args(arguments)
    found = judged()
    wanted = asked.rule or asked.project or asked.kind
    print("\n".join(details(found, asked.rule, asked.project, asked.kind) if wanted else summary(found)))


if __name__ == "__main__":
    main()

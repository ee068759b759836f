"""The rule book (规则手册): all rules in force as one book to read and print, made from the declarations the engine runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from evaluator import __version__
from evaluator.checking.catalogue import DiagnosticPage
from evaluator.comparators import AT_MOST, COMPARATORS, Comparator
from evaluator.errors import Problem, UsageProblem
from evaluator.figures import called, percent
from evaluator.handbook.coverage import COMPARING, JUDGING, Coverage, CoveragePoint
from evaluator.handbook.glossary import CHAPTERS, Term
from evaluator.handbook.goalchapters import projects_chapter
from evaluator.handbook.reviews import review_anchor, reviews_chapter
from evaluator.handbook.rulechapters import (
    base,
    diagnostics_chapter,
    findings_chapter,
    home_of,
    policies_chapter,
    policy_anchor,
    rule_anchor,
    rule_link,
    rules_by,
    term_anchor,
    word_anchor,
    words_of_rule,
)
from evaluator.model import FindingRule
from evaluator.model import Table as GoalTable
from evaluator.pages import (
    Document,
    Grid,
    Line,
    Link,
    Section,
    Text,
    Topic,
    chapter,
    joined,
    labelled,
    pieces,
    stamped,
    tabulated,
)
from evaluator.policy import CLAUSES
from evaluator.rulebook.book import Rulebook

BOOK = "规则手册"  # the name of its files


def handbook(
    rulebook: Rulebook,
    pages: Mapping[str, DiagnosticPage],
    terms: Sequence[Term],
    covered: Coverage,
    revision: int = 1,
    *,
    year: int | None = None,
    unit: str | None = None,
) -> Document:
    """The book of a rulebook; `year` and `unit` restrict its goal tables.

    Raises UsageProblem (U341) when there are goal tables and none of that year and unit.
    """
    tables = chosen(rulebook, year, unit)
    rules = sorted(rulebook.findings, key=lambda rule: rule.id)
    sections = (
        policies_chapter(rulebook.policies, rules, terms, covered),
        projects_chapter(rulebook, tables),
        findings_chapter(rulebook.policies, rules, pages, covered),
        _comparators(rulebook, rules, terms, covered),
        reviews_chapter(rulebook.reviews, covered),
        diagnostics_chapter(pages, {rule.id: rule for rule in rules}),
        _glossary(rulebook, terms),
        _coverage(rulebook, covered),
    )
    stamp = stamped(called(revision), rulebook.digest, "", illustrative=False)
    foot = f"{stamp.tool}　版次 {stamp.revision}　规则摘要 {stamp.rules}"
    front = (_about(rulebook, tables, pages, covered, revision),)
    return Document("绩效自评规则手册", stamp, sections, foot, front)


def chosen(rulebook: Rulebook, year: int | None, unit: str | None) -> list[GoalTable]:
    """The goal tables of a year and a unit, all where not named; raises UsageProblem (U341)."""
    tables = [table for table in rulebook.tables if year in (None, table.year) and unit in (None, table.unit.code)]
    if rulebook.tables and not tables:
        there = "、".join(sorted({f"{table.year} 年 {table.unit.code}" for table in rulebook.tables}))
        raise UsageProblem([Problem("U341", "没有这个年度、单位的绩效目标表", None, there)])
    return tables


def _about(
    rulebook: Rulebook,
    tables: Sequence[GoalTable],
    pages: Mapping[str, DiagnosticPage],
    covered: Coverage,
    revision: int,
) -> Grid:
    of = sorted({f"{table.unit.name}（{table.unit.code}）{table.year} 年度" for table in tables})
    unread = sum(not clause.checked for policy in rulebook.policies.values() for clause in policy.clauses.values())
    return labelled((
        ("内容", f"评分办法 {len(rulebook.policies)} 个，目标表 {len(tables)} 张，问题规则 {len(rulebook.findings)} 条，"
                     f"复核扣分标准 {len(rulebook.reviews)} 个，"
                     f"比较方式 {len(COMPARATORS)} 种，诊断 {len(pages)} 条"),
        ("目标表", "、".join(of) or "没有"),
        ("核对", f"情景 {covered.run} 个，通过 {covered.passed} 个；没有情景走到的 {len(covered.uncovered)} 处；"
                     f"生效条款（沿用的重复计）中没有见过原文的 {unread} 条，逐条写明怎样得知"),
        ("版次", f"v{revision:02}，由 ziping {__version__} 从规则文件生成"),
        ("规则摘要", rulebook.digest),
    ))  # fmt: skip


# ---- comparators -------------------------------------------------------------------------------------------------


def _comparators(rulebook: Rulebook, rules: Sequence[FindingRule], terms: Sequence[Term], covered: Coverage) -> Section:
    home, by_word = base(rulebook.policies.values()), rules_by(rules, words_of_rule)
    linear = next((policy.id for policy in rulebook.policies.values() if policy.counted(AT_MOST) != AT_MOST), home)
    met = [number for number, term in enumerate(terms) if "comparators" in term.see]
    about = (
        Line(
            "比较方式把实际完成值和指标值变成“达到没有”和完成率；完成率再由评分办法换算成得分。示例的数字由引擎算出。"
        ),
        Line(("名词：", *pieces(joined(Link(terms[n].term, term_anchor(n)) for n in met)))),
    )
    entries = []
    for word, comparator in COMPARATORS.items():
        reached = "，".join(f"{point.says} {point.scenarios} 个" for point in covered.of(COMPARING, word))
        homes = {name: linear if name == "at_most" and comparator.linear_of else home for name in comparator.clauses}
        facts: list[tuple[str, Text]] = [
            ("完成率", comparator.formula.format(actual="完成值", target="指标值")),
            ("计分条款", joined([Link(CLAUSES[name], policy_anchor(policy, name)) for name, policy in homes.items()])),
            *([("问题规则", joined([rule_link(rule) for rule in by_word[word]]))] if word in by_word else []),
            ("情景", reached),
        ]
        blocks = (labelled(facts), _examples(comparator))
        entries.append(Topic(word_anchor(word), word, (comparator.says,), blocks))
    return chapter("comparators", CHAPTERS["comparators"], about, entries)


def _examples(comparator: Comparator) -> Grid:
    """What a word makes of some actuals, computed by the function that scores."""
    shown = comparator.example
    target, high = Fraction(shown.target), None if shown.high is None else Fraction(shown.high)
    rows = []
    for number, actual in enumerate(shown.actuals):
        attained, met = comparator.attained(Fraction(actual), target, high)
        wanted = shown.told[0] if shown.told else f"{shown.target}{shown.unit}"
        wanted += f"—{shown.high}" if high is not None and comparator.direction == "within" else ""
        done = shown.told[number] if shown.told else f"{actual}{shown.unit}"
        rows.append((wanted, done, percent(attained), "达到" if met else "未达到"))
    head = "最好一档的下限" if comparator.direction == "stated" else "指标值"
    return tabulated((head, "实际完成值", "完成率", "结论"), (25, 25, 25, 25), rows)


# ---- glossary and coverage ---------------------------------------------------------------------------------------


def _glossary(rulebook: Rulebook, terms: Sequence[Term]) -> Section:
    entries = []
    for number, term in enumerate(terms):
        seen = [
            Link(CLAUSES[name], policy_anchor(home_of(rulebook.policies, name), name))
            if name in CLAUSES
            else Link(CHAPTERS[name], name)
            for name in term.see
        ]
        means = Line((term.means, "　见：", *pieces(joined(seen))) if seen else term.means)
        entries.append(Topic(term_anchor(number), term.term, (term.english,), (means,)))
    return chapter("glossary", "名词", (Line("所用的词各一句话；意思是本工具的用法，不是制度条文。"),), entries)


def _coverage(rulebook: Rulebook, covered: Coverage) -> Section:
    about = (
        f"情景写明给定什么、应得什么，每次改动规则都要全部重新核对；数据都是示例数据。共运行 {covered.run} 个，通过 {covered.passed} 个。"
        "下面是每一处规则有多少个情景走到；只有通过的情景才算。"
    )
    titles = {policy.id: f"{policy.title}（{policy.id}）" for policy in rulebook.policies.values()}
    titles |= {scale.id: f"{scale.title}（{scale.id}）" for scale in rulebook.reviews.values()}
    groups = dict.fromkeys(point.group for point in covered.points)
    entries = [_uncovered(covered, rulebook, titles)]
    for number, group in enumerate(groups):
        rows = tuple(
            (_lead(point, rulebook), point.says, str(point.scenarios) if point.scenarios else "没有")
            for point in covered.points if point.group == group
        )  # fmt: skip
        block = tabulated(("条款、规则", "走到哪里", "情景数"), (45, 40, 15), rows)
        entries.append(Topic(f"coverage-{number + 1}", titles.get(group, group), (), (block,)))
    return chapter("coverage", CHAPTERS["coverage"], (Line(about),), entries)


def _uncovered(covered: Coverage, rulebook: Rulebook, titles: Mapping[str, str]) -> Topic:
    rows = tuple((titles.get(p.group, p.group), _lead(p, rulebook), p.says) for p in covered.uncovered)
    table = tabulated(("所属", "条款、规则", "哪里"), (30, 35, 35), rows)
    return Topic("coverage-none", "没有情景走到的地方", (), (table if rows else Line("没有：每一处都有情景走到。"),))


def _lead(point: CoveragePoint, rulebook: Rulebook) -> Text:
    if point.group in rulebook.policies:
        return Link(point.title, policy_anchor(point.group, point.item))
    if point.group in rulebook.reviews:
        return Link(point.title, review_anchor(point.group, point.item))
    if point.group == JUDGING:
        return Link(f"{point.item} {point.title}", rule_anchor(point.item))
    return Link(f"{point.item} {point.title}", word_anchor(point.item))

"""The part of the rule book about goals: every project and department with its targets, points, basis and source."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evaluator.comparators import COMPARATORS
from evaluator.figures import points, wan
from evaluator.handbook.clausewords import exact_rate
from evaluator.handbook.glossary import CHAPTERS
from evaluator.handbook.rulechapters import place_words, policy_anchor, word_anchor
from evaluator.model import EXECUTION, Department, Indicator, Project, Source, Spending, code_of
from evaluator.model import Table as GoalTable
from evaluator.pages import Grid, Line, Link, Section, Text, Topic, chapter, joined, labelled, tabulated
from evaluator.policy import CLAUSES, Policy, clause_of
from evaluator.quantities.reading import Amount
from evaluator.rulebook.book import Rulebook, item_as_indicator
from evaluator.rulebook.funds import shares_of

ROWS = ("一级 / 二级指标", "指标", "指标值（原文）", "读作", "分值", "依据、公式", "出处")
WIDTHS = (13, 19, 11, 17, 8, 17, 15)
SCALES = {"期限": "binary", "是否": "binary", "复合": "binary", "定性": "qualitative", "分档": "qualitative"}


def goals_anchor(table: GoalTable) -> str:
    """The anchor of a project or a department."""
    kind = "project" if isinstance(table, Project) else "department"
    return f"{kind}-{table.year}-{code_of(table)}"


def projects_chapter(rulebook: Rulebook, tables: Iterable[GoalTable]) -> Section:
    """Goal tables by year and unit, a department's goals before its projects."""
    listed = sorted(tables, key=lambda table: (-table.year, table.unit.code, isinstance(table, Project)))
    entries = tuple(
        _department(table, rulebook) if isinstance(table, Department) else _project(table, rulebook) for table in listed
    )
    about = "每个指标值照录原文，“读作”是引擎的读法。分值是规则文件按评分办法写明的。金额单位：万元。"
    return chapter("projects", CHAPTERS["projects"], (Line(about),), entries)


def _project(project: Project, rulebook: Rulebook) -> Topic:
    policy = rulebook.policy_for(project)
    facts = labelled((
        ("项目编码", project.code),
        ("单位", f"{project.unit.name}（{project.unit.code}）"),
        *_budget(project),
        ("资金支出计划", "，".join(f"{end} {exact_rate(share)}" for end, share in project.plan.items()) or "没有写"),
        *([("资金用途", project.purpose)] if project.purpose else []),
        ("绩效目标", "\n".join(project.goals) or "没有写"),
        *_common(project, policy, project.source),
    ))  # fmt: skip
    blocks = (facts, _rows(project.indicators, project, policy))
    return Topic(goals_anchor(project), project.name, (f"{project.year} 年度", project.code), blocks)


def _budget(table: GoalTable) -> Iterator[tuple[str, Text]]:
    """The initial budget and what it is made of; nothing of a department whose money is its projects'."""
    shares = shares_of(table, Spending()).values()
    parts = "，".join(f"{share.title} {wan(share.initial)}" for share in shares if share.initial is not None)
    if table.budget:
        yield "年初预算数", f"{wan(table.budget.total)}（{parts}）"


def _common(table: GoalTable, policy: Policy, source: Source) -> Iterator[tuple[str, Text]]:
    why = "由规则文件指定" if table.policy else "当年在用的全国办法"
    yield "评分办法", (Link(f"{policy.title}（{policy.id}）", policy_anchor(policy.id)), f"，{why}")
    yield "来源文件", source.document + (f"，第 {source.line} 行起" if source.line else "")
    yield "规则文件", place_words(table.where)


def _rows(indicators: Iterable[Indicator], table: GoalTable, policy: Policy) -> Grid:
    execution = policy.allocation.execution
    rows: list[tuple[Text, ...]] = [
        (
            EXECUTION, "全年执行数 ÷ 全年预算数", "100%",
            Link("预算执行率条款", policy_anchor(policy.id, "execution")), points(execution),
            "", Link("分值分配", policy_anchor(policy.id, "allocation")),
        )
    ]  # fmt: skip
    total, own = execution, isinstance(table, Project)  # a department's rows are told beside their goals
    for row in indicators:
        total += row.points
        weighed = table.weighed(row) if isinstance(table, Project) else ""
        named = f"{row.id} {row.name}" + (f"\n{row.description}" if row.description and own else "")
        formula = row.formula or row.of_data
        why = "\n".join(text for text in (formula and f"公式：{formula}", *_own(row), row.basis) if text)
        rows.append((
            f"{row.category}\n{row.dimension}", named, row.target, target_read_as(row, policy),
            points(row.points) + (f"\n（{weighed}）" if weighed else ""), why or "—", _origin(row, table),
        ))  # fmt: skip
    rows.append(("合计", "", "", "", points(total), "", ""))
    return tabulated(ROWS, WIDTHS, rows)


def _own(row: Indicator) -> Iterable[str]:
    """The row's own criterion, as written and as read where that is not the same."""
    if row.criterion is not None:
        from evaluator.criteria.standard import standard

        own = standard(row.criterion, row.reads)
        yield f"评分标准：{own.text}" + (f"（读作：{own.reads}）" if own.reads != own.text else "")


def _origin(row: Indicator, table: GoalTable) -> str:
    """The line of the rule file, and the place in the source document."""
    source = f"\n来源文件第 {row.line} 行" if row.line else ""
    provenance = table.provenance
    if provenance and (kept := provenance.fields.get(f"indicators.{row.id}.target")):
        source = f"\n来源文件{kept.partition(' ')[2]}"
    return f"规则文件第 {row.where.line if row.where else 0} 行{source}"


def target_read_as(row: Indicator, policy: Policy) -> Text:
    """How a target is read: the word of comparison and the clause that scores it, both as links."""
    target = row.read
    clause = SCALES.get(target.kind, "quantitative")
    named = clause_of(policy.scale_for(row.category, clause))
    says = CLAUSES[named] if named != clause else "定量" if clause == "quantitative" else target.kind
    scored = ("\n", Link(says, policy_anchor(policy.id, named)))
    content = target.content
    if not isinstance(content, Amount):
        kind = target.kind if target.kind in COMPARATORS else "定性" if clause == "qualitative" else "是否"
        return (Link(COMPARATORS[kind].says, word_anchor(kind)), *scored)
    word = policy.counted(target.sign or target.kind)
    high = f" 至 {content.high}" if content.high else ""
    added = "（原文没有比较符，由规则文件写明）" if row.sign else ""
    return (Link(COMPARATORS[word].says, word_anchor(word)), f" {content.bound}{high}{added}", *scored)


def _department(department: Department, rulebook: Rulebook) -> Topic:
    policy = rulebook.policy_for(department)
    facts = labelled((
        ("单位", f"{department.unit.name}（{department.unit.code}）"),
        *_budget(department),
        ("总体目标", department.goal),
        *_common(department, policy, department.source),
    ))  # fmt: skip
    overall = tabulated(
        ("编号", "总体绩效目标", "支撑项目", "出处"), (10, 42, 33, 15),
        tuple(
            (goal.id, goal.title, joined([_named(code, department, rulebook) for code in goal.projects]),
             f"来源文件第 {goal.line} 行" if goal.line else "—")
            for goal in department.overall
        ),
    )  # fmt: skip
    items = tabulated(
        ("编号", "分项绩效目标", "用途", "对应项目"), (9, 28, 40, 23),
        tuple(
            (item.id, f"{item.name}\n{item.goal}", item.purpose,
             _named(item.project, department, rulebook) if item.project else "—")
            for item in department.items
        ),
    )  # fmt: skip
    measures = tabulated(
        ("编号", "工作保障措施", "内容", "出处"), (9, 18, 58, 15),
        tuple(
            (measure.id, measure.title, measure.text, f"来源文件第 {measure.line} 行" if measure.line else "—")
            for measure in department.measures
        ),
    )  # fmt: skip
    scored = _rows([item_as_indicator(item) for item in department.items], department, policy)
    blocks: list[Line | Grid] = [facts]
    for title, listed in (
        ("总体绩效目标", overall),
        ("分项绩效目标", items),
        ("部门整体的计分表", scored),
        ("工作保障措施，只记落实情况，不计分", measures),
    ):
        blocks += [Line(f"{title}："), listed]
    beside = (f"{department.year} 年度", department.unit.code)
    return Topic(goals_anchor(department), f"{department.unit.name}部门整体", beside, tuple(blocks))


def _named(code: str, department: Department, rulebook: Rulebook) -> Text:
    project = rulebook.projects.get((department.year, code))
    return Link(project.name, goals_anchor(project)) if project else code

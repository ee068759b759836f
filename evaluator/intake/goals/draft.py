"""A goal table as found becomes the draft of a project file: what each field says, in what words, from where."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import PurePath

from evaluator.criteria.faulty import DITTO
from evaluator.errors import UsageProblem
from evaluator.figures import points as shown
from evaluator.figures import split
from evaluator.files.publish import safe_name
from evaluator.intake.document import PlacedText, SourceDocument, flat
from evaluator.intake.goals.goaltable import GoalTable, StatedAmount
from evaluator.intake.goals.nested import nest
from evaluator.intake.goals.recognise import GRADES
from evaluator.intake.headings import goalwords
from evaluator.intake.headings.indicatorheads import NATURES
from evaluator.intake.headings.lexicon import GOALS, part
from evaluator.intake.headings.targetcolumns import assembled
from evaluator.intake.values import Draft, Tree, Value, line_of, quoted
from evaluator.model import EXECUTION, FUNDS, Indicator
from evaluator.policies.allocation import allocate
from evaluator.policy import Policy
from evaluator.quantities.formula import FormulaError, kind_of
from evaluator.quantities.numerals import read_or_none
from evaluator.quantities.quantity import Target, read_money, read_target
from evaluator.quantities.reading import Amount

CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,39}")  # what may name a file; nothing that is a way through folders
POINTS = re.compile(r"\d{1,6}(\.\d{1,2})?")
_ITEM = re.compile(
    r"\s*(?:\d{1,2}\s*[.、．](?!\d)|[(（](?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）]|[一二三四五六七八九十]{1,3}、|[①-⑳]|(?:总体|绩效)?目标\s*[\d一二三四五六七八九十]{1,2}\s*[:：、])\s*"
)
_BLANK = ("", "-", "—", "/", "－")


@dataclass(frozen=True, slots=True)
class Frame:
    """What all drafts of one unit share: year, unit code, name and authority with their places, and the policy in force."""

    document: SourceDocument
    year: int
    unit_code: Value
    unit_name: Value
    policy: Policy
    named: str = ""  # the policy named on the command, written into the files
    authority: Value = field(default_factory=lambda: Value(""))

    @property
    def unit(self) -> Tree:
        """The unit as a rule file has it."""
        unit: Tree = {"code": self.unit_code, "name": self.unit_name}
        return unit | ({"authority": self.authority} if self.authority.text else {})


def project_draft(table: GoalTable, frame: Frame, number: int) -> Draft:
    """The draft of one project, the `number`-th of its document, without questions yet."""
    code = quoted(table.fields.get("code"))
    tree: Tree = {
        "code": code,
        "name": quoted(table.fields.get("name")),
        "year": Value(str(frame.year), number=True),
        "unit": frame.unit,
        **({"policy": Value(frame.named)} if frame.named else {}),
        "source": {"document": Value(flat(frame.document.name)), **line_of(table.start)},
        "budget": {name: money(table, name) for name in _funds(table)},
        **({"purpose": quoted(table.fields["purpose"])} if "purpose" in table.fields else {}),
        "plan": _plan(table),
        "goals": goals(table.fields.get("goals")),
        "indicators": _indicators(table),
    }
    stem = code.text if CODE.fullmatch(code.text) else pending(table, frame, number)
    draft = Draft(frame.document, stem, table.called, tree, table.start)
    if not nest(draft, table, frame.policy):
        _points(draft, table, frame.policy)
    _tell_layout(draft, table)
    return draft


def pending(table: GoalTable, frame: Frame, number: int) -> str:
    """What the file of a project without a usable code is called: after its name, or after its document when it has none."""
    called = table.fields.get("name")
    name = called.flat if called else PurePath(frame.document.name).stem
    return f"编码待定_{number}_{safe_name(name)[:20]}"


def _tell_layout(draft: Draft, table: GoalTable) -> None:
    """Say what a layout has that a rule file does not."""
    if table.left_out:
        draft.notice("D401", f"{table.left_out} 个长期（中期）指标没有取用，只取年度指标")
    if any(set(GRADES) & row.keys() for row in table.rows):
        says = "指标值分优、良、中、差四档，各档照录，由评价人认定；要按优档的数计分，把 target 改成优档的值并写明 sign"
        draft.head.append(says)
        draft.notice("D402", says)


# ---- fields ----


def _funds(table: GoalTable) -> list[str]:
    """The amounts of a budget: those every budget has, and the funds that the document names."""
    named = {amount.name for amount in table.amounts} | {"fiscal", "other"}
    return ["total", *(fund for fund in FUNDS if fund in named)]


def money(table: GoalTable, name: str) -> Value:
    """An amount in the words of the document, with its unit where that is not 万元; a blank is 0 and says so.

    Where labels differ, one that speaks of the year wins; what else is not certain is left to a question.
    """
    mine = [amount for amount in table.amounts if amount.name == name]
    mine = [amount for amount in mine if goalwords.of_year(amount.label)] or mine
    if name == "total" and not mine and (mine := [amount for amount in table.amounts if amount.name == "asked"]):
        amounts = [amount_of(amount, table) for amount in mine]
        doubt = f"没有预算数；{_told_of(mine, amounts)}不一定是本年的预算数"
        options = tuple(option for value in amounts for option in (value.options or (value.text,)))
        return Value("", None, mine[0].said.place, doubt=doubt, options=options)
    written = [amount for amount in mine if amount.said.flat not in _BLANK]
    if not written:
        value = quoted(mine[0].said if mine else None, number=True)
        if name != "total" and (mine or name != "fiscal"):
            value.text, value.beside = "0", "原文空白" if mine else "原文没有这一栏"
        return value
    amounts = [amount_of(amount, table) for amount in written]
    if len({_figure(value.text) for value in amounts}) > 1:
        amounts[0].doubt = f"原文有几个数：{_told_of(written, amounts)}"
        amounts[0].options = tuple(value.text for value in amounts)
    return amounts[0]


def amount_of(amount: StatedAmount, table: GoalTable) -> Value:
    """An amount with the unit that its label, its table or another label of the project names; without any it is doubted."""
    value = quoted(amount.said, number=True)
    others = {other.unit for other in table.amounts} - {""}
    unit = amount.unit or table.money or (others.pop() if len(others) == 1 else "")
    if not re.fullmatch(r"[\d.,，．]+", value.text) or not re.search("[1-9]", value.text):
        return value
    if not unit:
        value.doubt, value.options = "没有写金额单位", (f"{value.text}万元", f"{value.text}元")
    value.text += unit if unit != "万元" else ""
    return value


def _told_of(money: list[StatedAmount], amounts: list[Value]) -> str:
    return "、".join(f"“{stated.label}”{value.text}" for stated, value in zip(money, amounts, strict=True))


def _figure(text: str) -> int | str:
    amount = read_or_none(read_money, text)
    return text if amount is None else amount


def _plan(table: GoalTable) -> dict[str, Value]:
    """Planned shares; bare numbers that end at 100 are per cent."""
    plan = {when: quoted(cell) for when, cell in table.plan.items()}
    texts = [value.text for value in plan.values()]
    bare = all(re.fullmatch(r"\d{1,3}(\.\d{1,4})?", text) for text in texts)
    behind = "%" if bare and texts and Fraction(texts[-1]) == 100 else ""
    for value in plan.values():
        value.text = value.text.replace("％", "%").replace(" ", "") + behind
    return plan if any(texts) else {}


def goals(cell: PlacedText | None) -> list[Value]:
    """The goals of a cell: one for each numbered line, or for each line that ends a sentence."""
    if cell is None:
        return []
    lines = [line.strip() for line in cell.text.split("\n") if line.strip()]
    numbered = any(_ITEM.match(line) for line in lines)
    texts_of_goals: list[str] = []
    for line in lines:
        new = _ITEM.match(line) if numbered else not texts_of_goals or texts_of_goals[-1][-1] in "。；;！"
        texts_of_goals = (
            [*texts_of_goals, line]
            if new or not texts_of_goals
            else [*texts_of_goals[:-1], flat(f"{texts_of_goals[-1]}\n{line}")]
        )
    texts = [_ITEM.sub("", text, count=1) if numbered else text for text in texts_of_goals]
    return [Value(flat(text), flat(text), cell.place) for text in texts if text.strip()]


# ---- indicators ----


def _indicators(table: GoalTable) -> list[Tree]:
    rows: list[Tree] = []
    for row, ident in zip(table.rows, row_ids(table), strict=True):
        category, dimension = (quoted(row.get(name)) for name in ("category", "dimension"))
        for level in (category, dimension):
            level.text = goalwords.level(level.text)[0]
        name, target = quoted(row.get("indicator")), _target(row)
        tree: Tree = {"id": Value(ident), "category": category, "dimension": dimension, "name": name}
        if (description := quoted(row.get("description"))).text:
            tree["description"] = description
        tree["target"] = target
        read = read_or_none(read_target, target.text)
        if read and read.kind == "数值" and read.sign is None:
            tree["sign"] = Value("", None, target.place)
        tree["points"] = quoted(row.get("points"), number=True)
        if (criterion := quoted(row.get("criterion"))).text not in _BLANK:
            if criterion.text in DITTO and rows and "criterion" in rows[-1]:
                criterion.text = rows[-1]["criterion"].text
            tree["criterion"] = criterion
        if formula := _formula(name.text, description.text, read):
            tree["formula"] = Value(formula, above=["公式由名称推定，请核对"])
        if (basis := quoted(row.get("basis"))).text:
            tree["basis"] = basis
        rows.append(tree | line_of(name.place))
    return rows


def row_ids(table: GoalTable) -> list[str]:
    """The ids of a table's indicators: 数量1, 数量2, 质量1 … as their levels count them."""
    seen: Counter[str] = Counter()
    ids = []
    for row in table.rows:
        level = next((row[name].flat for name in ("dimension", "category") if name in row), "")
        short = short_name(goalwords.level(level)[0])
        seen[short] += 1
        ids.append(f"{short}{seen[short]}")
    return ids


def short_name(dimension: str) -> str:
    """What an indicator's id begins with: 数量指标 is 数量, 服务对象满意度指标 is 满意度."""
    short = part(GOALS, "ids").get(dimension) or dimension.removesuffix("指标")
    return re.sub(r"[^\u4e00-\u9fffA-Za-z0-9]", "", short)[:12] or "指标"


def _target(row: dict[str, PlacedText]) -> Value:
    """The target in one text: as it stands; signs, number and measure joined; or the four grades in order."""
    if "target" not in row and (grades := [(grade, row[grade]) for grade in GRADES if grade in row]):
        text = " ".join(f"{grade}{cell.flat}" for grade, cell in grades)
        return Value(text, text, grades[0][1].place)
    value, measure = quoted(row.get("target")), quoted(row.get("measure")).text
    marks = [row[name].flat for name in NATURES if name in row]
    if not (marks or measure) or (not value.text and value.place is None and not marks):
        return value
    target = assembled(value.text, marks, measure)
    place = value.place or next((row[name].place for name in (*NATURES, "measure") if name in row), None)
    said = " | ".join(part for part in (*marks, value.text, measure) if part)
    return Value(target.text, said, place, doubt=target.doubt, options=target.options)


def _formula(name: str, description: str, target: Target | None) -> str:
    """The formula a name is known for, where its description and the kind of its target agree; or ''."""
    for known in part(GOALS, "formulas"):
        if name == known["name"] and re.search(known.get("described", ""), description):
            try:
                kind = target.content.low.unit.kind if target and isinstance(target.content, Amount) else ""
                return known["formula"] if kind_of(known["formula"]) == kind else ""
            except FormulaError:
                return ""
    return ""


# ---- points ----


def _points(draft: Draft, table: GoalTable, policy: Policy) -> None:
    """Points as the document has them, by row or by level 1; else as the policy allocates them. What is left stays ''."""
    rows = draft.tree["indicators"]
    for row in rows:
        text = re.sub(r"\s*[分%％]$", "", row["points"].text)
        row["points"].text = text if POINTS.fullmatch(text) else row["points"].text
    if any(row["points"].text for row in rows):
        return
    by_category = _category_points(table)
    if by_category and all(row["category"].text in by_category for row in rows):
        for category, points in by_category.items():
            inside = [row for row in rows if row["category"].text == category]
            for row, part in zip(inside, split(points, [0] * len(inside)), strict=True):
                row["points"] = Value(shown(part), number=True)
        told_points = "、".join(
            f"{category.removesuffix('指标')}{shown(n).removesuffix('.00')}" for category, n in by_category.items()
        )
        draft.head.append(f"分值：来源文件只写到一级指标（{told_points}），同一级指标下均分。")
        return
    indicators = [
        Indicator.model_construct(id="", category=row["category"].text, dimension="", name="", target="", points=0)
        for row in rows
    ]
    try:
        parts = allocate(indicators, policy.allocation)
    except UsageProblem:
        return
    for row, part in zip(rows, parts, strict=True):
        row["points"] = Value(shown(part), number=True)
    portions = "、".join(
        f"{'、'.join(c.removesuffix('指标') for c in portion.categories)}{shown(portion.points).removesuffix('.00')}"
        for portion in policy.allocation.portions
    )
    draft.head.append(f"分值：来源文件没有分值；按评分办法 {policy.id}（{portions}）分配，同类指标均分。")


def _category_points(table: GoalTable) -> dict[str, int]:
    """The points written behind level-1 names, in hundredths."""
    by_category: dict[str, int] = {}
    for row in table.rows:
        if "category" in row:
            category, points = goalwords.level(row["category"].flat)
            if points and category != EXECUTION:
                by_category[category] = int(Fraction(points) * 100)
    return by_category

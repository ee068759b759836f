"""Rows of the clerk's workbook: what is known locked, what is asked in yellow, and the formulas of its preview."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from evaluator.comparators import UPWARD
from evaluator.figures import percent
from evaluator.inapplicable import WORD
from evaluator.model import AMOUNTS, Actuals, Indicator, Project, Result, Spending, Table, code_of
from evaluator.policy import Policy
from evaluator.quantities.numerals import read_or_none
from evaluator.quantities.quantity import set_beside
from evaluator.quantities.reading import Level, YesNo
from evaluator.rulebook.funds import shares_of
from evaluator.scoring import Case
from evaluator.workbook import hints
from evaluator.workbook.hints import Says
from evaluator.workbook.inputs import EMPTY, PLAIN, ROWS, SHARES, TypedNumber, doubtful, entry_of, key
from evaluator.workbook.preview import HELPERS, WAITING, Cells, RowFormulas, computed, number, stated
from evaluator.workbook.protected import KEPT_DIGITS, LARGEST_WAN, RED, STATES, ProtectedSheet, between

LINES = "每份材料一行（按 Alt+Enter 换行），如：\n工资发放表\n社保缴费凭证"


@dataclass(slots=True)
class GoalSheet:
    """One goal table on its sheet, with what the clerk has said so far."""

    sheet: ProtectedSheet
    table: Table
    policy: Policy
    given: Actuals | None
    says: Says
    words: str
    money: Cells = field(init=False)  # of the row of money, once it is written
    answers: str = field(
        init=False, default=""
    )  # the cells of all actuals, where points of rows that do not apply are shared

    @property
    def code(self) -> str:
        """The code of the goal table this page is for."""
        return code_of(self.table)

    def key(self, kind: str = PLAIN, name: str = "") -> None:
        """Write the hidden key that tells what the row is of."""
        self.sheet.key(key(self.code, kind, name))

    def line(self, *cells: tuple[str, ...], kind: str = PLAIN, name: str = "") -> None:
        """Write a whole row of texts with its key, and go to the next row."""
        self.key(kind, name)
        self.sheet.line(*cells)


def cells(page: GoalSheet, adjusted: str, executed: str) -> Cells:
    """The cells a formula of this row may name, with those of the money."""
    sheet = page.sheet
    own = {name: sheet.cell(name) for name in ("actual", "state", "share", *HELPERS)}
    return Cells(adjusted=adjusted, executed=executed, **own)


def indicator_row(page: GoalSheet, row: Indicator) -> None:
    """One indicator: what is known locked, what is asked in yellow, and its preview."""
    sheet = page.sheet
    result = page.given.results.get(row.id, Result()) if page.given else Result()
    page.key(ROWS, row.id)
    for column in ("category", "dimension", "name", "target"):
        sheet.put(column, getattr(row, column), "label" if column != "name" else "text")
    sheet.number("points", row.points / 100, "points")
    at = cells(page, page.money.adjusted, page.money.executed)
    entry = entry_of(row, page.table.year)
    called = row.description or row.name
    if row.formula is not None:
        initial = page.table.budget.total if isinstance(page.table, Project) else 0
        formulas = computed(at, row, initial, page.money, row.points, page.policy)
        if formulas is None:
            sheet.nothing("actual")
        else:
            sheet.formula("actual", formulas.value, "computed percent" if entry and entry.percent else "computed")
        sheet.put("unit", "由金额计算", "none")
        sheet.nothing("state", "share")
    elif row.data or row.criterion is not None:
        formulas = own_row(page, row, entry, result, at)
    elif row.read.kind in ("数值", "区间"):
        formulas = number(at, entry, row.points, page.policy, row.category) if entry else None
        typed(sheet, row, entry, result.actual or "", "actual", "实际完成值")
        if entry is None:
            sheet.nothing("unit")
        else:
            sheet.put("unit", unit_of(entry), "label")
        sheet.nothing("state", "share")
    else:
        formulas = _judged(page, row, at, result, called)
    apart = bool(row.data) or row.criterion is not None  # no formula says a criterion exactly
    preview = f'IF({at.actual}="",0,"{"由系统计算" if apart else "待评分"}")'
    if formulas is not None:
        helpers(page, formulas)
        preview = preview if row.formula is not None and row.criterion is not None else formulas.preview
    leaves_out = page.policy.leaves_out and row.formula is None and not excepts(row)
    sheet.formula("preview", left_out(page, at, preview) if leaves_out else preview, "preview")
    sheet.words("evidence", "\n".join(result.evidence), "佐证材料", LINES)
    counted = entry and row.formula is None and not row.data and row.read.kind in ("数值", "区间")
    hint = hints.number(page.says, row, entry, at.actual, sheet.cell("said")) if entry and counted else ""
    if leaves_out:
        hint = hints.inapplicable(at.actual, sheet.cell("said"), hint)
    reasons(page, result.cause, result.remedy, hint)
    filled = f'OR({at.actual}<>"",AND({at.state}<>"",{at.state}<>"{EMPTY}"))'
    attention(page, f'AND({at.actual}<>"{EMPTY}",{filled})', "actual")
    sheet.row += 1


def own_row(
    page: GoalSheet, row: Indicator, entry: TypedNumber | None, result: Result, at: Cells
) -> RowFormulas | None:
    """A row with a criterion of its own, or with data items: a number where that is all there is to fill in, else words by name.

    Returns the formulas of its preview where the number typed decides the points and a formula says how.
    """
    from evaluator.criteria.piecewise import pieces_of
    from evaluator.criteria.standard import standard
    from evaluator.workbook.ownpreview import own as preview_of

    sheet, pieces = page.sheet, None
    wanted = [f"{name}=…{unit}" for name, unit in row.data.items()]
    description = row.description or row.name
    if row.criterion is not None:
        own = standard(row.criterion, row.reads)
        description = f"{description}。评分标准：{own.text}"
        spoken = Fraction(row.spoken, 100)
        pieces = pieces_of(own, row.target, spoken, row.sign) if row.spoken == row.points else None
        wanted += [query.wanted for query in own.inputs(row.target, spoken, row.sign)]
    sheet.nothing("state", "share")
    if entry is not None and not wanted:
        typed(sheet, row, entry, result.actual or "", "actual", "实际完成值")
        sheet.put("unit", unit_of(entry), "label")
        apart = entry.word in UPWARD and page.policy.deducts_beside  # what is deducted beside it, the system works out
        shown = pieces is not None and page.policy.takes_criteria and not apart
        return preview_of(at, entry, pieces, row.points, page.policy) if shown and pieces else None
    filled = "；".join(f"{name}={text}" for name, text in (result.data | result.given).items())
    sheet.put("actual", result.actual or filled, "words")
    how = f"逐项填写：{'；'.join(wanted)}" if wanted else "连同单位填写"
    sheet.ask("actual", "实际完成值", f"{description}。指标值 {row.target}。{how}。")
    sheet.nothing("unit")
    return None


def unit_of(entry: TypedNumber) -> str:
    """The unit that is printed beside a cell for a number."""
    return entry.unit or "（无单位）"


def typed(
    sheet: ProtectedSheet, row: Indicator, entry: TypedNumber | None, given: str, column: str, title: str
) -> None:
    """A cell for a number in the unit printed beside it; what was written otherwise stays as it was."""
    says = f"{row.description or row.name}。指标值 {row.target}"
    if entry is None:
        sheet.words(column, given, title, f"{says}；连同单位填写。")
        return
    look = "percent" if entry.percent else "number"
    number = re.fullmatch(r"(-?\d{1,15}(?:\.\d{1,9})?)" + re.escape(entry.unit), given)
    value = Fraction(number[1]) / (100 if entry.percent else 1) if number else Fraction(0)
    asked = entry.percent and doubtful(entry, value)  # as a number it would be asked about again
    if number and len(number[1].strip("-").replace(".", "")) <= KEPT_DIGITS and not asked:
        sheet.number(column, float(value), look)
    else:
        sheet.put(column, given, look)
    low = -LARGEST_WAN if entry.negative else 0
    if entry.percent:
        high = float(max(Fraction(1), max(entry.low, entry.high) / 10))
        says = f"{says}。单元格是百分比格式：96.5% 就输入 96.5%，不要输入 96.5 或 0.965 的文字。"
        sheet.ask(column, f"{title}（%）", says, between(low, high, strict=False))
    else:
        unit = f"单位：{entry.unit}，只填数" if entry.unit else "只填数"
        sheet.ask(column, title, f"{says}；{unit}。", between(low, LARGEST_WAN, strict=False))


def _judged(page: GoalSheet, row: Indicator, at: Cells, result: Result, called: str) -> RowFormulas:
    """Ask for words, and for a state with its share inside the band."""
    sheet, policy = page.sheet, page.policy
    kind = row.read.kind
    narrated = kind in ("定性", "分档")
    answers = {} if narrated else _answers(page, row)
    how = (
        "写完成的情况，并选达成程度和档内比例。"
        if narrated
        else "写完成的日期或情况；不能由此判定的，再选达成程度和档内比例。"
    )
    if answers:
        how = f"填“{'”或“'.join(answers)}”；不能这样回答的，选达成程度和档内比例。"
    sheet.words("actual", result.actual or "", "实际完成值", f"{called}。指标值 {row.target}。{how}")
    sheet.nothing("unit")
    sheet.put("state", result.state or "", "choice")
    sheet.choose("state", "达成程度", "从三档中选一档，再在右边填档内比例。", STATES)
    if result.share is None:
        sheet.put("share", "", "percent")
    else:
        sheet.number("share", float(result.share), "percent")
    bands = "；".join(
        f"{band.state} {percent(band.start)}—{percent(band.to)}" + ("" if band.to == 1 else "（不含上限）")
        for band in policy.qualitative.bands
    )
    sheet.ask("share", "档内比例", f"{bands}。输入百分数，如 85%。", between(0, 1))
    return stated(at, row.points, policy, narrated, answers)


def _answers(page: GoalSheet, row: Indicator) -> dict[str, Case]:
    """The words that answer a target of yes or no, or of a grade, as the engine takes them."""
    match row.read.content:
        case YesNo() as content:
            words = [str(content), str(YesNo(content.stem, not content.yes))]
        case Level() as level:
            words = level.words
        case _:
            return {}
    answers = {}
    for word in words:
        if pair := read_or_none(set_beside, row.read, word, year=page.table.year):
            at = pair.comparator, pair.actual, pair.target, pair.target
            answers[word] = Case(0, *at, row.points, page.policy, "binary")
    return answers


def excepts(row: Indicator) -> bool:
    """Whether the row's own criterion says itself what follows where it does not apply."""
    if row.criterion is None:
        return False
    from evaluator.criteria.standard import standard

    return standard(row.criterion, row.reads).excepts


def left_out(page: GoalSheet, at: Cells, preview: str) -> str:
    """The preview of a row that may not apply: so where its actual says no more than that and a cause is given. Where its
    points go to other rows, those wait for the engine."""
    blank = ",".join(f'OR({cell}="",{cell}="{EMPTY}")' for cell in (at.state, at.share))
    sure = f'AND(TRIM({at.actual})="{WORD}",{page.sheet.cell("said")}=2,{blank})'
    other = preview
    if page.answers:
        other = f'IF(COUNTIF({page.answers},"{WORD}*")>0,{WAITING},{preview})'
    return f'IF(LEFT(TRIM({at.actual}),{len(WORD)})="{WORD}",IF({sure},"{WORD}",{WAITING}),{other})'


def written(page: GoalSheet, formulas: RowFormulas) -> None:
    """Write the preview of a row: helper columns, attainment, points."""
    helpers(page, formulas)
    page.sheet.formula("preview", formulas.preview, "preview")


def helpers(page: GoalSheet, formulas: RowFormulas) -> None:
    """Write the helper columns of a row."""
    for name, formula in formulas.helpers.items():
        if formula.lstrip("-").isdigit():
            page.sheet.sheet.write_number(page.sheet.row, page.sheet.at[name], int(formula))
        else:
            page.sheet.formula(name, formula)


def reasons(page: GoalSheet, cause: str, remedy: str, odd: str = "") -> None:
    """Write the cells of cause and remedy with what to fill in, and beside them what is doubtful in the row: `odd` is the
    formula of what is told of its figures."""
    sheet = page.sheet
    sheet.words("cause", cause, "偏差原因", "得分低于分值的，写明为什么没有达到；达到的可以不写。")
    sheet.words("remedy", remedy, "改进措施", "得分低于分值的，写明怎样改进、由谁在什么时候完成。")
    sheet.formula("odd", odd or '""')
    sentences = [sheet.cell("odd")]
    for column, called, kind in (("cause", "原因", "said"), ("remedy", "措施", "done")):
        sheet.formula(kind, hints.spoken(sheet.cell(column), page.words))
        sentences.append(hints.unsaid(called, sheet.cell(column), sheet.cell(kind)))
    sheet.formula("hint", hints.joined(*sentences), "hint")


def attention(page: GoalSheet, filled: str, *figures: str) -> None:
    """Turn red the figures that are doubtful, and the reasons that say nothing where the preview is below the points."""
    sheet = page.sheet
    preview, worth = sheet.cell("preview"), sheet.cell("points")
    for column in figures:
        red(page, column, f'{sheet.cell("odd")}<>""')
    for column, kind in (("cause", "said"), ("remedy", "done")):
        red(page, column, f"AND(ISNUMBER({preview}),{preview}<{worth},{sheet.cell(kind)}<2,{filled})")


def red(page: GoalSheet, column: str, when: str) -> None:
    """Turn a cell of the current row red when a formula holds."""
    sheet = page.sheet
    form, at = sheet.book.workbook.add_format({"bg_color": RED}), sheet.at[column]
    rule = {"type": "formula", "criteria": f"={when}", "format": form}
    sheet.sheet.conditional_format(sheet.row, at, sheet.row, at, rule)


# ---- the parts of the money ----


AMOUNT_CELLS = {"adjusted": "target", "executed": "actual"}  # where the two amounts of a row are typed
SAYS = {"adjusted": "年初预算加减追加、调减后的数", "executed": "截至12月31日实际支出的数"}


def amount_cell(page: GoalSheet, amount: str, fen: int | None, of: str = "") -> None:
    """A yellow cell for an amount of the year in 万元, of the total or of the part that is named."""
    sheet, column = page.sheet, AMOUNT_CELLS[amount]
    sheet.amount(column, fen, "wan")
    only = f"其中{of}，没有的留空；" if of else ""
    title = f"{AMOUNTS[amount]}（万元）"
    sheet.ask(column, title, f"{only}{SAYS[amount]}，单位：万元，二到六位小数。", between(0, LARGEST_WAN))


def share_rows(page: GoalSheet, spending: Spending, adjusted: str, executed: str) -> None:
    """A row for each part below the total, whose cells are named, and whether the parts add up to it."""
    sheet, shares = page.sheet, shares_of(page.table, spending)
    if not shares:
        return
    sheet.fields(key(page.code, "栏", SHARES), {"initial": "name", **AMOUNT_CELLS})
    first, last = sheet.row + 1, sheet.row + len(shares)
    totals = {"adjusted": adjusted, "executed": executed}
    checks = [_sum(AMOUNTS[name], totals[name], sheet.cell(at), first, last) for name, at in AMOUNT_CELLS.items()]
    for at, (name, share) in enumerate(shares.items()):
        page.key(SHARES, name)
        sheet.put("category", ("　　" if at else "其中：") + share.title, "text", to="dimension")
        if share.initial is None:
            sheet.nothing("name")
        else:
            sheet.amount("name", share.initial, "computed wan")
        for amount in AMOUNT_CELLS:
            amount_cell(page, amount, getattr(share, amount), share.title)
        a, e = sheet.cell("target"), sheet.cell("actual")
        sheet.formula("state", f'IF(AND(ISNUMBER({a}),ISNUMBER({e}),{a}>0),{e}/{a},"{EMPTY}")', "computed percent")
        sheet.nothing("points", "unit", "share", "preview", "evidence")
        sheet.put("cause", "", "text", to="remedy")
        if at < len(checks):
            sheet.formula("cause", checks[at], "text")
        sheet.row += 1


def _sum(title: str, total: str, cell: str, first: int, last: int) -> str:
    """The words, by formula, on whether a column adds up; none while nothing stands in it."""
    letter = "".join(char for char in cell if char.isalpha())
    span = f"${letter}${first}:${letter}${last}"
    same = f'IF(ROUND(SUM({span})*1000000,0)=ROUND({total}*1000000,0),"{title}各项相加与总数相同",'
    return f'IF(OR(COUNT({span})=0,NOT(ISNUMBER({total}))),"",{same}"{title}各项相加是"&ROUND(SUM({span}),6)&"，与总数不同"))'

"""The parts of a filled table as they stand in a document: the money block, the overall goals, the indicator rows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass, field

from evaluator.errors import nearest
from evaluator.intake.document import Place, PlacedText, Row, Table, distinct, flat, texts
from evaluator.intake.filled.formdata import FIGURES
from evaluator.intake.headings import formwords, goalwords
from evaluator.intake.headings.formwords import FIGURE, is_block, known, label, money_head, money_row
from evaluator.intake.headings.indicatorheads import (
    LEVEL_POINTS,
    LEVELS,
    NATURES,
    Head,
    Headings,
    carried,
    head_of,
    under,
)
from evaluator.intake.headings.lexicon import FILLED, fields, plain, words
from evaluator.intake.headings.targetcolumns import assembled

MERGES = {*FIGURES, "criterion", "deviation_note"}
_PART_OF = {
    **dict.fromkeys(NATURES, "target"),
    "adjusted": "target",
    "measure": "target",
    "remedy": "deviation_note",
    "remark": "deviation_note",
}
ONCE = {"points", "score"}  # stand in the first row of a merged cell only
ABOVE = ("block", "block_points", *LEVELS[:2], *LEVEL_POINTS)  # what a row has from what it stands under
_UNUSED = re.compile(r"(?:三级)?指标\s*\d*\s*[:：]?|[.…·\s]+")


def _heads(top: Set[str], names: Set[str]) -> bool:
    levels = len(names & set(LEVELS))
    return levels > 1 or ("indicator" in names and len({"target", "actual", "points", "score"} & names) > 1)


def _begins(row: Row) -> bool:
    return bool(money_head(row)) or any(label(text) or formwords.is_title(text) for text in texts(row)[:2])


HEADINGS = Headings(
    column=formwords.column,
    below=formwords.column,
    known=lambda text: known(text) or goalwords.known(text),
    closest=lambda text: nearest(plain(text), fields(FILLED, "columns")),
    heads=_heads,
    begins=_begins,
    spare={"remedy", "remark", "unused"},
    unread="D512",
    torn="D504",
)


@dataclass(slots=True)
class FormRow:
    """One row of the indicators: its texts by field, and the number of the row whose merged cell also covers it."""

    texts: dict[str, PlacedText] = field(default_factory=dict)
    merged: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class FilledForm:
    """One filled table as it stands in the document."""

    fields: dict[str, PlacedText] = field(default_factory=dict)
    funding: dict[str, dict[str, PlacedText]] = field(default_factory=dict)  # total, fiscal_row … by figure
    execution_points: PlacedText | None = None  # named in a heading
    goals: dict[str, PlacedText] = field(default_factory=dict)
    rows: list[FormRow] = field(default_factory=list)
    levels: dict[str, PlacedText] = field(
        default_factory=dict
    )  # level 1 and 2, and their points, that the next row stands under
    block: PlacedText | None = None  # the goal block that the next row stands under
    money: str = ""
    year: int | None = None
    heads: set[str] = field(default_factory=set)  # fields of the indicator columns
    called: set[str] = field(default_factory=set)  # their headings
    money_heads: set[str] = field(default_factory=set)
    headed: bool = False
    done: bool = False  # its total row has been met

    @property
    def start(self) -> Place:
        """Where the table begins in its document."""
        parts = [self.fields, *self.funding.values(), self.goals, *(row.texts for row in self.rows)]
        return next((text.place for part in parts for text in part.values()), Place())


# ---- money -------------------------------------------------------------------------------------------------------


def take_money(form: FilledForm, table: Table, at: int, columns: dict[str, int]) -> int:
    """Take the money block from its head; returns the row after it."""
    head = table.rows[at]
    form.money_heads |= columns.keys()
    form.money = next((unit for text in texts(head) if (unit := formwords.money_unit(text))), form.money)
    form.execution_points = _points_of_head(head, columns) or form.execution_points
    for r in range(at + 1, len(table.rows)):
        row = table.rows[r]
        mapped = {id(row[c]) for c in columns.values() if not money_row(row[c].text)}
        named = [
            cell for c, cell in distinct(row) if id(cell) not in mapped and cell is not head[c] and cell.text.strip()
        ]
        other = any(known(cell.text) and not money_row(cell.text) for cell in named)
        if other or head_of(table, r, HEADINGS) or money_head(row):
            return r
        figures: dict[str, PlacedText] = {}
        for name, c in columns.items():
            cell = row[c]
            if not cell.text.strip() or cell is table.rows[r - 1][c] or id(cell) not in mapped:
                continue
            if all(cell.place != figure.place for figure in figures.values()):
                figures[name] = cell
        kind = next((k for cell in reversed(named) if (k := money_row(cell.text))), "")
        if not kind and named and not any(FIGURE.fullmatch(figure.flat) for figure in figures.values()):
            return r
        if not kind and "total" not in form.funding:
            kind = "total"
        if kind != "total":
            figures.pop("note", None)
        if kind and figures:
            form.funding[kind] = figures | form.funding.get(kind, {})
    return len(table.rows)


def _points_of_head(head: Row, columns: dict[str, int]) -> PlacedText | None:
    """The points of execution that a heading names, for a form that has no cell for them."""
    points, score = ([head[columns[name]]] if name in columns else [] for name in ("points", "score"))
    group = [
        cell for _, cell in distinct(head) if "执行" in cell.text and plain(cell.text) not in fields(FILLED, "money")
    ]
    named = ((formwords.points_in(cell.text), cell.place) for cell in [*points, *group, *score])
    return next((PlacedText(text, place) for text, place in named if text), None)


# ---- goals -------------------------------------------------------------------------------------------------------


def take_goals(form: FilledForm, table: Table, at: int) -> int:
    """Take 预期目标 and 实际完成情况 with what stands under or beside them; returns the row after, 0 when it has none."""
    cells = list(distinct(table.rows[at]))
    columns: dict[str, int] = {}
    for number, (_, cell) in enumerate(cells):
        word = plain(cell.text)
        if word in words(FILLED, "achieved") and "expected" in columns:
            columns.setdefault("achieved", number)
        elif word in words(FILLED, "expected"):
            columns["expected"] = number
    if len(columns) < 2:
        return 0
    if columns["achieved"] - columns["expected"] > 1:  # each with its content beside it
        for name, number in columns.items():
            _keep_goal(form, name, cells[number + 1][1] if number + 1 < len(cells) else None)
        return at + 1
    group, after = table.rows[at][0], at + 1
    for r in range(at + 1, len(table.rows)):
        row = table.rows[r]
        mine = r == at + 1 or (row[0] is group and columns["expected"] > 0)
        if not mine or head_of(table, r, HEADINGS) or money_head(row):
            break
        for name, number in columns.items():
            _keep_goal(form, name, row[cells[number][0]])
        after = r + 1
    return after


def _keep_goal(form: FilledForm, name: str, cell: PlacedText | None) -> None:
    """Keep the text of a goal, or add to it."""
    if cell is None or not cell.text.strip() or known(cell.text):
        return
    have = form.goals.get(name)
    if have is None:
        form.goals[name] = cell
    elif have.place != cell.place:
        form.goals[name] = have.followed(cell)


# ---- indicators --------------------------------------------------------------------------------------------------


def take_indicator(form: FilledForm, head: Head, row: Row, last: Row | None, following: Row | None) -> FormRow | None:
    """An indicator row, added to its form; None for an unused row of the form.

    `last` is the row above it in its table. `following`, the row below, is given for the first one of a page: a blank cell
    that reaches into it goes on from the page before.

    Points and scores of a merged cell stay in its first row; any other text of a merged cell is repeated.
    """
    here = _read(form, head, row, last)
    if following is not None and form.rows:
        for name, column in head.fields.items():
            if name in ONCE and name not in here.texts and following[column.at] is row[column.at]:
                here.merged[name] = form.rows[-1].merged.get(name, len(form.rows))
    own = here.texts.keys() - {*ABOVE, *NATURES, "measure"}
    unused = own == {"indicator"} and _UNUSED.fullmatch(here.texts["indicator"].flat)
    take_block(form, [row[c] for c in _outside(head)])
    form.levels = carried(form.levels, here.texts, (*LEVELS[:2], *LEVEL_POINTS))
    here.texts |= form.levels
    if not own or unused:
        return None
    if "indicator" not in own and form.rows and not own & ONCE and (above := form.rows[-1].texts.get("indicator")):
        here.texts["indicator"] = above
    _target(here)
    _note(here, head)
    if form.block:
        here.texts["block"] = form.block
    form.rows.append(here)
    return here


def _outside(head: Head) -> list[int]:
    """The columns left of all fields, from the nearest on, where the names of blocks stand (年度绩效目标1)."""
    return [start for start in reversed(head.starts) if start < min(column.at for column in head.columns)]


def goes_on(form: FilledForm, head: Head, row: Row) -> Place | None:
    """Add the rest of a row that a page broke to the row before it, and tell where; None when the row is a row itself."""
    texts_here = _read(form, head, row, None).texts
    if not form.rows or {*ABOVE, *ONCE} & texts_here.keys() or not texts_here:
        return None
    if "indicator" in texts_here and len(texts_here) > 1:
        return None
    into = form.rows[-1].texts
    for name, rest in texts_here.items():
        whole = _PART_OF.get(name, name)
        have = into.get(whole)
        into[whole] = have.followed(rest) if have else rest
    return next(iter(texts_here.values())).place


def _read(form: FilledForm, head: Head, row: Row, last: Row | None) -> FormRow:
    here, used = FormRow(), dict[int, str]()
    for name, column in head.fields.items():
        cell = row[column.at]
        other = used.setdefault(id(cell), name)
        across = other != name and not {name, other} <= set(LEVELS)  # merged over columns: the first one's
        if name == "unused" or across:
            continue
        text = under(row, column)
        if last is not None and form.rows and last[column.at] is cell and name not in LEVELS:
            if name in FIGURES or (text and name in MERGES):  # a blank score over two rows is one too
                here.merged[name] = form.rows[-1].merged.get(name, len(form.rows))
            if name in ONCE:
                continue
        if text:
            here.texts[name] = text
    return here


def take_block(form: FilledForm, cells: Iterable[PlacedText]) -> bool:
    """Take the goal block that the first cell with a text names; False when it names none."""
    cell = next((cell for cell in cells if cell.text.strip()), None)
    if cell is None or not is_block(flat(cell.text)):
        return False
    if form.block is None or form.block.flat != flat(cell.text):
        form.block, form.levels = cell, {}
    return True


def _target(here: FormRow) -> None:
    """The target in one text: the adjusted one where there is one; 指标性质, 指标值 and 度量单位 joined."""
    marks = [here.texts.pop(name) for name in NATURES if name in here.texts]
    adjusted, measure = (here.texts.pop(name, None) for name in ("adjusted", "measure"))
    if value := adjusted or here.texts.get("target"):
        here.texts["target"] = value
    if not (marks or measure):
        return
    target = assembled(value.flat if value else "", [mark.flat for mark in marks], measure.flat if measure else "")
    if target.words:
        here.texts["nature"] = next(mark for mark in marks if mark.flat == target.words)
    if text := f"{''.join(mark.flat for mark in marks)} {target.text}" if target.doubt else target.text:
        here.texts["target"] = PlacedText(text, next(part.place for part in (value, *marks, measure) if part))


def _note(here: FormRow, head: Head) -> None:
    """Causes and measures in one text; a 备注 column counts where no column asks for causes."""
    remedy, remark = here.texts.pop("remedy", None), here.texts.pop("remark", None)
    parts = [here.texts.get("deviation_note"), remedy]
    parts += [] if {"deviation_note", "remedy"} & head.fields.keys() else [remark]
    if notes := [part for part in parts if part]:
        here.texts["deviation_note"] = PlacedText("\n".join(note.text for note in notes), notes[0].place)

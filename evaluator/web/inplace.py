"""A printed form with places to fill in: the document of a form, cell by cell, with the inputs its keys ask for.

Which values there are, and how a row is judged, the acts say; here it is only decided which input stands where.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, get_args

from evaluator import acts
from evaluator.model import EXECUTION as SPENT
from evaluator.model import FUNDS, PARTS, MeasureResult, State
from evaluator.pages import Cell, Document, Grid, Line, placed, words

if TYPE_CHECKING:
    from evaluator.acts.surveying import TableView

OWN = ("data.", "given.")  # data items and what a criterion asks (acts.ownfields)
ONE = re.compile(r"\{(row|form|total|fiscal|carried|special|own|other|basic|projects)\.(\w+)\}")
AMOUNTS = ("adjusted", "executed")
GROUPS = {"total": "", "fiscal": "fiscal.", "carried": "carried.", "special": "special.", "own": "own.", "other": "other.", "basic": "basic.", "projects": "projects."}  # fmt: skip
LABELS = {
    "actual": "实际完成值", "state": "达成程度", "share": "档内比例", "cause": "原因", "remedy": "措施", "evidence": "佐证材料",
    "adjusted": "全年预算数", "executed": "全年执行数", "achieved": "总体目标实际完成情况", "process": "实施内容及过程",
    "remark": "备注", "note": "说明",
}  # fmt: skip
FUNDED: dict[Any, str] = {**FUNDS, **PARTS}
STATES: tuple[str, ...] = get_args(State)
DONE: tuple[str, ...] = get_args(MeasureResult.model_fields["state"].annotation)
Kind = Literal["line", "area", "amount", "choice", "ratio"]


@dataclass(frozen=True, slots=True)
class Input:
    """A place to type: of which row and field, its label, kind, the value that is stored, and the draft that waits there.

    `choices` are those of a choice with what each is called; `unit` stands behind it; `folded` is not shown until it is asked for.
    """

    row: str
    field: str
    label: str
    kind: Kind
    value: str
    draft: str | None = None
    says: str = ""
    allowed: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    folded: bool = False
    unit: str = ""

    @property
    def shown(self) -> str:
        """What stands in it."""
        return self.value if self.draft is None else self.draft


@dataclass(frozen=True, slots=True)
class FormCell:
    """A cell of a form as a page shows it: printed text, or inputs; `key` names it to who changes it in place.

    `why` is the row whose score it is, `before` what stood in its place the year before.
    """

    cell: Cell
    head: bool
    text: str
    key: str
    inputs: tuple[Input, ...]
    row: str
    why: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class FormPage:
    """A form on a page: its title, widths in per cent, rows of cells with their least height, and inputs it has no cell for."""

    title: str
    widths: tuple[str, ...]
    rows: tuple[tuple[tuple[FormCell, ...], float], ...]
    rest: tuple[tuple[str, tuple[Input, ...]], ...]


def form_page(document: Document, view: TableView, fill: bool) -> FormPage:
    """The form of a table with inputs where who looks at it may `fill` it in."""
    section = document.sections[0]
    grid = next(block for block in section.blocks if isinstance(block, Grid))
    title = next((words(block.text) for block in section.blocks if isinstance(block, Line)), document.title)
    inputs = _Inputs(view)
    heads = range(grid.repeat[0], grid.repeat[1] + 1) if grid.repeat else range(0)
    rows: list[list[FormCell]] = [[] for _ in grid.rows]
    for number, _, cell in placed(grid):
        rows[number].append(_cell(cell, inputs, fill, number in heads))
    whole = sum(grid.widths)
    return FormPage(
        title,
        tuple(f"{100 * width / whole:.2f}%" for width in grid.widths),
        tuple((tuple(row), grid.least_of(number)) for number, row in enumerate(rows)),
        tuple((row, tuple(listed)) for row, listed in groupby(inputs.rest(), key=lambda entry: entry.row))
        if fill
        else (),
    )


def of_row(view: TableView, row: str) -> tuple[Input, ...]:
    """The inputs of what stands behind a row: its evidence by name."""
    return tuple(_Inputs(view).behind(row))


def label(field: str) -> str:
    """A field as people call it."""
    if field.startswith(OWN):
        return field.partition(".")[2]
    fund, _, name = field.rpartition(".")
    return f"{FUNDED.get(fund, '')}{LABELS[name]}"


def outputs(page: FormPage) -> dict[str, str]:
    """The text of every cell that is not typed into, by its key."""
    return {cell.key: cell.text for row, _ in page.rows for cell in row if cell.key and not cell.inputs}


def _cell(cell: Cell, inputs: _Inputs, fill: bool, head: bool) -> FormCell:
    ident, layout = cell.key or ("", "")
    key = f"{ident}|{layout}" if cell.key else ""
    placed_here = tuple(inputs.for_key(ident, layout)) if fill and cell.key else ()
    row = inputs.row_of(ident, layout)
    why = row if layout in ("{row.earned}", "{total.earned}") and row else ""
    before = inputs.before(ident) if layout == "{row.target}" else ""
    return FormCell(cell, head, words(cell.text), key, placed_here, row, why, before)


class _Inputs:
    """The inputs of a table, each once: what the form has a cell for, and then the rest."""

    def __init__(self, view: TableView) -> None:
        self._view = view
        self._left = {(row, field) for row, fields in view.values.items() for field in fields}
        self._drafts = {(draft.row, draft.field): draft for draft in view.drafts}
        self._rows = {row.indicator.id: row for row in view.score.all_rows}
        self._own = {
            (row.indicator.id, field.name): field
            for row in view.score.rows
            for field in acts.ownfields.own_fields(row.indicator)
        }
        self._kinds = {row.indicator.id: acts.surveying.kinds_of(row) for row in view.score.rows}

    def row_of(self, ident: str, layout: str) -> str:
        """The row of the table that a cell is of."""
        if ident in self._kinds:
            return ident
        return SPENT if layout in ("{total.earned}",) or (ident == "total" and layout == "{row.earned}") else ""

    def before(self, row: str) -> str:
        """What a row was to reach, and reached, the year before."""
        target, actual = self._view.before.get(row, ("", ""))
        now = self._rows[row].indicator if row in self._rows else None
        if not actual and now is not None and target == f"{now.sign or ''}{now.target}":
            return ""  # nothing new beside this year's
        return f"上年 {target}{f'，完成 {actual}' if actual else ''}" if target else ""

    def for_key(self, ident: str, layout: str) -> Iterator[Input]:
        """The inputs that stand in a cell of the form."""
        match = ONE.fullmatch(layout)
        if not match:
            return
        group, word = match.groups()
        if group == "form":
            yield from self._of_table(word)
        elif word in AMOUNTS:
            name = self._fund(ident.split("+") if group == "row" else [group])
            yield from self._given(SPENT, [f"{name}{word}"] if name is not None else [])
        elif ident in self._kinds and word in ("actual", "number"):
            yield from self._result(ident)
        elif ident in self._kinds and word == "remark":
            yield from self._given(ident, ["cause", "remedy"], folded=self._settled(ident))
        elif ident in self._kinds and word == "cause":
            yield from self._given(ident, ["cause"], folded=self._settled(ident))

    def _settled(self, ident: str) -> bool:
        """Whether a row needs no reason: it lost nothing, and applies."""
        row = self._rows[ident]
        return not (row.lost or row.inapplicable)

    def _of_table(self, word: str) -> Iterator[Input]:
        if word in ("achieved", "process", "remark"):
            yield from self._given("", [word])
        elif word == "notes":
            yield from self._given("", ["remark"])
            yield from self._given(SPENT, ["cause", "remedy"], folded=not self._rows[SPENT].lost)

    def _fund(self, names: Sequence[str]) -> str | None:
        """The name in the files of the money a cell is of; None where it adds up several that are there."""
        if len(names) == 1:
            return GROUPS.get(names[0])
        spent: Mapping[str, str] = self._view.values[SPENT]
        budget = self._view.score.table.budget
        there = [
            n for n in names if getattr(budget, n, None) or spent.get(f"{n}.adjusted") or spent.get(f"{n}.executed")
        ]
        return GROUPS[there[0]] if len(there) == 1 else None if there else GROUPS[names[-1]]

    def _result(self, row: str) -> Iterator[Input]:
        kind = self._kinds[row]
        judged = any(self._view.values[row][name] or (row, name) in self._drafts for name in ("state", "share"))
        if kind == "number":
            yield from self._given(row, ["actual"])
        elif kind == "judged":
            yield from self._given(row, ["state", "share"])
            yield from self._given(row, ["actual"], folded=not self._view.values[row]["actual"])
        elif kind == "own":
            asked = [field for field in self._view.values[row] if field.startswith(OWN)]
            computed = self._rows[row].indicator.of_data is not None
            yield from self._given(row, ["actual"], folded=computed)
            yield from self._given(row, asked)
        elif kind == "words":
            yield from self._given(row, ["actual"])
            yield from self._given(row, ["state", "share"], folded=not judged)

    def _given(self, row: str, fields: Sequence[str], folded: bool = False) -> Iterator[Input]:
        for field in fields:
            if (row, field) in self._left:
                self._left.remove((row, field))
                yield self._input(row, field, folded)

    def _input(self, row: str, field: str, folded: bool) -> Input:
        value = self._view.values[row][field]
        draft = self._drafts.get((row, field))
        amount = field.rpartition(".")[2]
        kind: Kind = (
            "area" if field in ("cause", "remedy", "achieved", "process", "remark", "note", "evidence") else "line"
        )
        kind = (
            "amount" if amount in AMOUNTS else "choice" if field == "state" else "ratio" if field == "share" else kind
        )
        if field.startswith(OWN):
            return self._own_input(row, field, value, draft)
        states = (STATES if row in self._kinds else DONE) if field == "state" else ()
        choices = tuple((state, state) for state in states)
        closed = folded and not value and draft is None
        called = "落实程度" if field == "state" and row not in self._kinds else label(field)
        if draft is None:
            return Input(row, field, called, kind, value, choices=choices, folded=closed)
        return Input(row, field, called, kind, value, draft.text, draft.says, draft.allowed, choices)

    def _own_input(self, row: str, field: str, value: str, draft: Any) -> Input:
        """A data item, or what a criterion asks."""
        own = self._own.get((row, field))
        called = own.called if own else field.partition(".")[2]
        kind: Kind = "choice" if own and own.choices else "line"
        plain = Input(row, field, called, kind, value, choices=own.choices if own else (), unit=own.unit if own else "")
        return replace(plain, draft=draft.text, says=draft.says, allowed=draft.allowed) if draft else plain

    def behind(self, row: str) -> Iterator[Input]:
        """The evidence of a row."""
        yield from self._given(row, ["evidence"])

    def rest(self) -> Iterator[Input]:
        """What the form has no cell for, in the order of the rows; evidence stands in the explanation of its row."""
        for row, fields in self._view.values.items():
            computed = self._kinds.get(row) == "computed"
            names = [
                name
                for name in fields
                if name != "evidence" and not (computed and name in ("actual", "state", "share"))
            ]
            unjudged = self._kinds.get(row) in ("number", "own")
            names = [name for name in names if not (unjudged and name in ("state", "share"))]
            yield from self._given(row, [name for name in names if self._wanted(row, name)])

    def _wanted(self, row: str, name: str) -> bool:
        """Whether an amount of a fund is worth a place: of those that a project has, or that were given."""
        fund, dot, _ = name.rpartition(".")
        budget = self._view.score.table.budget
        return (
            not dot
            or bool(getattr(budget, fund, None))
            or bool(self._view.values[row][name])
            or (row, name) in self._drafts
        )

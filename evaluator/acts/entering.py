"""Cells filled in (填写): what a person types into a goal table's form, row by row, checked before a byte is written.

A value that no result can be made of is kept as a draft (草稿) in drafts/, which nothing is scored from. A value that is no
longer what the person saw is told, and nothing is written. Before the first submission a change is written as it is; after
it, it needs a reason and is recorded with it as a correction, both or neither.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from evaluator import inapplicable
from evaluator.acts.acting import Act, Sitting
from evaluator.acts.ownfields import DATA, GIVEN, own_values
from evaluator.actuals.resultfiles import YAML
from evaluator.comparing.changes import ValueChange, value_changes
from evaluator.documents.loading import is_bare, parse_document, read_document
from evaluator.documents.validation import as_model
from evaluator.documents.yamltext import with_values, without
from evaluator.errors import ActualsProblems, Problem, UsageProblem
from evaluator.figures import percent, wan
from evaluator.files.journal import FileChange, change
from evaluator.files.plain import dumps
from evaluator.files.snapshot import Refused, take, take_text
from evaluator.find import the_one
from evaluator.intake.partly import part_of_yaml, with_nothing
from evaluator.model import AMOUNTS, EXECUTION, FUNDS, Actuals, Department, Spending, Table, code_of
from evaluator.preparation import prepare, tables_of
from evaluator.records.ledger import now
from evaluator.records.workflow import last_submission, of_unit
from evaluator.rulebook.book import Rulebook, indicators_of
from evaluator.rulebook.funds import shares_of
from evaluator.workspace.places import Workspace

WHOLE = ""  # the row of what is said of the table itself
TABLE_TEXTS = ("achieved", "process", "remark")
JUDGED = ("actual", "state", "share")  # read together
TEXTS = {*TABLE_TEXTS, "cause", "remedy", "note"}  # where nothing is written as an empty text
MEASURE = "措施 "  # before the name of a measure, as a row
LARGEST_DRAFT = 5_000_000  # bytes
Values = dict[str, dict[str, str]]  # by row and field, as a person reads and types them


@dataclass(frozen=True, slots=True)
class RowEntry:
    """New values of a row by field, an empty text for none, and what the person saw there before (`was`)."""

    row: str
    values: Mapping[str, str]
    was: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class CellClash:
    """A cell that has another value than the person saw (`was`): what it has `now`, and what was typed (`mine`)."""

    row: str
    field: str
    was: str
    now: str
    mine: str


@dataclass(frozen=True, slots=True)
class CellDraft:
    """A value that was typed and that no result can be made of: why, what is allowed, who typed it and when."""

    row: str
    field: str
    text: str
    says: str
    allowed: str
    by: str
    time: str


@dataclass(frozen=True, slots=True)
class Entered:
    """What became of some rows: the values changed, the drafts there are now, and the clashes that kept all from being written.

    `unsaid`: nothing was written, because after a submission a change needs a name and a reason.
    """

    changes: tuple[ValueChange, ...] = ()
    drafts: tuple[CellDraft, ...] = ()
    clashes: tuple[CellClash, ...] = ()
    unsaid: bool = False


@dataclass(frozen=True, slots=True)
class _ResultsFile:
    """The file a table's results stand in, or are to stand in, with what it says."""

    path: Path
    shown: str
    seen: bytes | None
    text: str
    had: Actuals | None


Drafts = dict[tuple[str, str], CellDraft]  # by row and field


def enter(at: Sitting, by: str, code: str, entries: Sequence[RowEntry], reason: str = "") -> Entered:
    """Write new values of a table's rows into its file of results, which is made where there is none.

    Raises UsageProblem (U205 no such table, U387 no such field, U388 results that are not in a YAML file of the table's own)
    and ActualsProblems with what is wrong in its file already.
    """
    with at.acting("填写") as act:
        rulebook = at.rulebook()
        table = _table(rulebook, at, code)
        file = _file(at, rulebook, table)
        values = values_of(table, file.had)
        _known(table, values, entries)
        if clashes := tuple(_clashes(values, entries)):
            return Entered(clashes=clashes)
        unit, year = table.unit.code, table.year
        key = (year, code_of(table))
        drafts = {(draft.row, draft.field): draft for draft in read_drafts(at.space, table)}
        kept = dict(drafts)
        text, results = file.text, file.had
        wrong_before = (
            {problem.says for problem in _read(at, rulebook, table, text, file.shown)[1]} if results else set()
        )
        for row, fields in _pieces(entries, kept):
            text, results = _tried(at, rulebook, table, file, row, fields, (text, results), kept, wrong_before, by)
        changes = tuple(value_changes({key: file.had} if file.had else {}, {key: results} if results else {}))
        submitted = act.ledger.path.exists() and bool(last_submission(of_unit(act.ledger.entries(), unit, year)))
        if submitted and changes and not (reason.strip() and by.strip()):
            return Entered(unsaid=True)
        files = [change(file.path, text.encode(), file.seen)] if changes else []
        if kept != drafts:
            files.append(_draft_file(at.space, table, kept.values()))
        _write(act, (unit, year), files, changes, (by, reason) if submitted else None, at)
    return Entered(changes, tuple(kept.values()))


def _write(
    act: Act,
    key: tuple[str, int],
    files: list[FileChange],
    changes: tuple[ValueChange, ...],
    said: tuple[str, str] | None,
    at: Sitting,
) -> None:
    at.tell(act.free(*key, changes))
    if said and changes:
        payload = {"by": said[0], "reason": said[1].strip(), "changes": [asdict(value) for value in changes]}
        act.record("correction", {"unit_code": key[0], "year": key[1], **payload}, files)
    elif files:
        act.commit(files)


def plain(entered: Entered) -> dict[str, Any]:
    """What became of some rows as plain data."""
    return asdict(entered)


# ---- what there is ------------------------------------------------------------------------------------------------


def values_of(table: Table, had: Actuals | None) -> Values:
    """Every value a person may fill in of a table, as the file of results has it, by row and field; empty where it has none."""
    spending = had.spending if had else Spending()
    money = {name: _amount(getattr(spending, name)) for name in AMOUNTS}
    for name, part in shares_of(table, spending).items():
        money |= {f"{name}.{amount}": _amount(getattr(part, amount)) for amount in AMOUNTS}
    if isinstance(table, Department) and table.budget is None:
        money = {}
    values: Values = {
        WHOLE: {name: getattr(had, name) if had else "" for name in TABLE_TEXTS},
        EXECUTION: {**money, "cause": spending.cause, "remedy": spending.remedy},
    }
    for indicator in indicators_of(table):
        result = had.results.get(indicator.id) if had else None
        share = "" if result is None or result.share is None else percent(result.share, 4)
        judged = {"actual": (result.actual or "") if result else "", "state": (result.state or "") if result else ""}
        said = {name: getattr(result, name) if result else "" for name in ("cause", "remedy")}
        said["evidence"] = "\n".join(result.evidence) if result else ""
        values[indicator.id] = {**judged, "share": share, **own_values(indicator, result), **said}
    for measure in table.measures if isinstance(table, Department) else []:
        done = had.measures.get(measure.id) if had else None
        values[MEASURE + measure.id] = {"state": done.state if done else "", "note": done.note if done else ""}
    return values


def names_of(table: Table) -> dict[str, str]:
    """What people call the rows that `values_of` names."""
    names = {WHOLE: "", EXECUTION: EXECUTION, **{indicator.id: indicator.name for indicator in indicators_of(table)}}
    measures = table.measures if isinstance(table, Department) else []
    return names | {MEASURE + measure.id: f"{measure.id}　{measure.title}" for measure in measures}


def _amount(fen: int | None) -> str:
    return "" if fen is None else wan(fen)


def _table(rulebook: Rulebook, at: Sitting, code: str) -> Table:
    tables = tables_of(rulebook, at.year, at.unit)
    return the_one(
        [table for table in tables if code_of(table) == code], code, "项目", [code_of(table) for table in tables]
    )


def _file(at: Sitting, rulebook: Rulebook, table: Table) -> _ResultsFile:
    """Where a table's results are; raises ActualsProblems with what is wrong there, and UsageProblem (U388)."""
    key = (table.year, code_of(table))
    space, (read, problems) = at.space, at.read(rulebook)
    had = read.get(key)
    own = f"{space.actuals.name}/{table.year}/{table.unit.code}/{key[1]}.yaml"
    shown = had.where.path if had and had.where else own
    path = space.actuals.parent / shown
    bare = path.exists() and shown.endswith(YAML) and is_bare(read_document(path, shown))
    wrong = [
        problem for problem in problems if problem.severity == "错误" and problem.where and problem.where.path == shown
    ]
    if wrong and not bare:
        raise ActualsProblems(wrong)
    if not shown.endswith(YAML) or (had is None and path.exists() and not bare):
        says = f"{code_of(table)} 的完成情况不在自己的 YAML 文件里，在“{had.where if had else shown}”"
        raise UsageProblem([Problem("U388", says, None, "把它移出 actuals/，再在页面上导入")])
    seen = take(path) if path.exists() else None
    text = take_text(path) if seen is not None else ""
    if had is not None and seen is not None:  # as these very bytes have it
        had = next((results for results in part_of_yaml(seen, shown)[0].actuals if results.code == had.code), None)
    if had is None:
        text = with_values(text, {("code",): key[1], ("year",): str(key[0])}) or text
    return _ResultsFile(path, shown, seen, text, had)


def elsewhere(says: str, allowed: str) -> Problem:
    """Values that stand where, or as, no page can change them (U388)."""
    return Problem("U388", says, None, allowed)


def _known(table: Table, values: Values, entries: Sequence[RowEntry]) -> None:
    """Refuse (U387) a row or a field that the table has not."""
    computed = {indicator.id for indicator in indicators_of(table) if indicator.formula is not None}
    for entry in entries:
        fields = values.get(entry.row, {}).keys()
        stray = [name for name in entry.values if name not in fields or (entry.row in computed and name in JUDGED)]
        if stray or not fields:
            raise UsageProblem([Problem("U387", f"“{entry.row or code_of(table)}”没有“{'、'.join(stray)}”一项")])
        if any("\ud800" <= char <= "\udfff" for text in entry.values.values() for char in text):
            raise UsageProblem([Problem("U389", "文字中有不能保存的字符，没有存", None, "去掉该字符")])


def _clashes(values: Values, entries: Sequence[RowEntry]) -> Iterator[CellClash]:
    for entry in entries:
        for field, mine in entry.values.items():
            now_there = values[entry.row][field]
            if field in entry.was and now_there not in (entry.was[field], mine.strip()):
                yield CellClash(entry.row, field, entry.was[field], now_there, mine)


# ---- new values in the text of a file ------------------------------------------------------------------------------


def _pieces(entries: Sequence[RowEntry], drafts: Drafts) -> Iterator[tuple[str, dict[str, str]]]:
    """What is read together: a result with its state and share, with its cause where it says that the row does not apply, all
    amounts; anything else alone."""
    for entry in entries:
        typed = [(field, text.replace("\r\n", "\n").strip()) for field, text in entry.values.items()]
        group = partial(_together, _leaving(entry.row, dict(typed), drafts))
        for _, piece in groupby(sorted(typed, key=lambda pair: group(pair[0])), key=lambda pair: group(pair[0])):
            yield entry.row, dict(piece)


def _leaving(row: str, typed: Mapping[str, str], drafts: Drafts) -> bool:
    """Whether a row is being said not to apply, now or in a draft that waits for its reason."""
    waiting = drafts.get((row, "actual"))
    return inapplicable.said(typed.get("actual", waiting.text if waiting else None))


def _together(leaving: bool, field: str) -> str:
    if field in JUDGED or field.startswith((DATA, GIVEN)) or (leaving and field == "cause"):
        return JUDGED[0]
    return "amounts" if field.rpartition(".")[2] in AMOUNTS else field


def _tried(
    at: Sitting,
    rulebook: Rulebook,
    table: Table,
    file: _ResultsFile,
    row: str,
    fields: dict[str, str],
    before: tuple[str, Actuals | None],
    drafts: Drafts,
    wrong_before: set[str],
    by: str,
) -> tuple[str, Actuals | None]:
    """The text and results with a piece in it, together with drafts that belong to it; else it is a draft itself."""
    waiting = {name: draft.text for (of, name), draft in drafts.items() if of == row and name not in fields}
    group = partial(_together, _leaving(row, fields, drafts))
    waiting = {name: text for name, text in waiting.items() if group(name) == group(next(iter(fields)))}
    problems: list[Problem] = []
    for piece in ({**waiting, **fields}, fields) if waiting else (fields,):
        text = _with(before[0], row, piece)
        if text is None:
            problems = [Problem("U388", "文件里这一处的写法不能在页面上改", None, "在文件里改成一行一个值")]
            continue
        results, wrong = _read(at, rulebook, table, text, file.shown)
        problems = [problem for problem in wrong if problem.says not in wrong_before]
        if results is not None and not problems:
            for name in piece:
                drafts.pop((row, name), None)
            return text, results
    first = problems[0]
    says = first.says.removeprefix(f"{code_of(table)} ").removeprefix(f"{row}“{names_of(table)[row]}”：")
    stamp = clock()
    had = values_of(table, before[1])[row]
    for name, typed in fields.items():
        drafts.pop((row, name), None)
        if typed != had[name]:
            drafts[row, name] = CellDraft(row, name, typed, says, first.allowed or first.remedy, by, stamp)
    return before


def _with(text: str, row: str, piece: Mapping[str, str]) -> str | None:
    """The text with a piece in it, as `with_values`; a list of evidence that has lost a line is written anew."""
    values = {_path(row, name): _value(name, typed) for name, typed in piece.items()}
    written = with_values(text, values)
    if written is not None or "evidence" not in piece:
        return written
    bare = without(text, _path(row, "evidence"))
    return with_values(bare, values) if bare is not None and piece["evidence"] else bare


def clock() -> str:
    """The time as the ledger writes it: UTC, to the second."""
    return now().strftime("%Y-%m-%dT%H:%M:%SZ")


def _path(row: str, field: str) -> tuple[str, ...]:
    """Where a value stands in a file of results."""
    if row == WHOLE:
        return (field,)
    if row.startswith(MEASURE):
        return "measures", row.removeprefix(MEASURE), field
    if row != EXECUTION:
        part, _, name = field.partition(".")
        return ("results", row, part, name) if name else ("results", row, field)
    part, _, amount = field.rpartition(".")
    return ("spending", "funds" if part in FUNDS else "parts", part, amount) if part else ("spending", field)


def _value(field: str, text: str) -> str | list[str] | None:
    if field == "evidence":  # a line for each
        return [line.strip() for line in text.splitlines() if line.strip()]
    return text or ("" if field in TEXTS else None)


def _read(at: Sitting, rulebook: Rulebook, table: Table, text: str, shown: str) -> tuple[Actuals | None, list[Problem]]:
    """The results a text says, and what keeps them from being used."""
    document, problems = parse_document(text, shown)
    results, wrong = (None, list(problems)) if problems else as_model(Actuals, with_nothing(document))
    if results is None:
        return None, wrong
    try:
        prepare(rulebook, [table], {(table.year, code_of(table)): results}, at.policy)
    except ActualsProblems as error:
        return results, list(error.problems)
    return results, []


# ---- drafts --------------------------------------------------------------------------------------------------------


def read_drafts(space: Workspace, table: Table) -> list[CellDraft]:
    """The drafts of a table; none where there is no such file, or one that says nothing that can be used."""
    path = _draft_path(space, table)
    try:
        saved: Any = json.loads(take(path, LARGEST_DRAFT)) if path.exists() else []
        return [CellDraft(**{name: str(draft[name]) for name in CellDraft.__slots__}) for draft in saved]
    except (Refused, ValueError, KeyError, TypeError, RecursionError):
        return []


def _draft_path(space: Workspace, table: Table) -> Path:
    return space.root / "drafts" / str(table.year) / table.unit.code / f"{code_of(table)}.json"


def _draft_file(space: Workspace, table: Table, drafts: Any) -> FileChange:
    path = _draft_path(space, table)
    return change(path, dumps([asdict(draft) for draft in drafts]).encode(), take(path) if path.exists() else None)

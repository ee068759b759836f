"""A correction (更正): a value in the results changed in its place, checked by the engine before a byte is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluator.comparing.changes import ValueChange, value_changes
from evaluator.documents import is_bare, parse_document, read_document
from evaluator.errors import ActualsProblems, Problem, UsageProblem, Where, nearest
from evaluator.evaluation import evaluate
from evaluator.files import take, take_text
from evaluator.funds import shares_of
from evaluator.intake.actuals import YAML, Results, read_actuals, with_nothing
from evaluator.intake.yamltext import with_values
from evaluator.journal import Change, change
from evaluator.model import AMOUNTS, EXECUTION, FUNDS, Actuals, Spending
from evaluator.results import Row, TableScore
from evaluator.rulebook import Rulebook
from evaluator.validation import as_model
from evaluator.workspace import Workspace

SPENDING = ("adjusted", "executed", "cause", "remedy")
RESULT = ("actual", "state", "share", "evidence", "cause", "remedy")
NAMES = {"adjusted": "全年预算数", "executed": "全年执行数", "actual": "实际完成值", "state": "达成程度",
         "share": "档内比例", "evidence": "佐证材料", "cause": "偏差原因", "remedy": "改进措施"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Corrected:
    """A results file with new values in it, not written yet, and what they change."""

    path: Path
    text: str
    changes: tuple[ValueChange, ...]

    seen: bytes

    @property
    def change(self) -> Change:
        """The new text in the place of what was seen there."""
        return change(self.path, self.text.encode(), self.seen)


def to_correct(space: Workspace, rulebook: Rulebook) -> Results:
    """The results of a workspace, where a file that says nothing yet is no error: it is what a correction fills.

    Raises ActualsProblems with all other errors there are.
    """
    found, problems = read_actuals(space.actuals, rulebook)
    said = {one.where.path for one in problems if one.where and one.where.path.endswith(YAML)}
    bare = {shown for shown in said if is_bare(read_document(space.actuals.parent / shown, shown))}
    kept = [one for one in problems if not (one.where and one.where.path in bare)]
    if errors := [one for one in kept if one.severity == "错误"]:
        raise ActualsProblems(errors)
    return Results(found, kept, files=found.files)


def corrected(
    space: Workspace,
    rulebook: Rulebook,
    actuals: Mapping[tuple[int, str], Actuals],
    table: TableScore,
    row: Row,
    values: Mapping[str, str | Sequence[str]],
) -> Corrected:
    """New values for one row of one table; evidence is added to what is there.

    Of the money, 60 is the total and 当年财政拨款=60 a part of it, several at once in a list.
    Raises UsageProblem (U352 results that are no YAML file, U353 nothing changes, U354 a field the row has not) and
    ActualsProblems when the engine cannot read the new values; nothing is written either way.
    """
    spending = row.indicator.id == EXECUTION
    if stray := [name for name in values if name not in (SPENDING if spending else RESULT)]:
        known = "、".join(NAMES[name] for name in (SPENDING if spending else RESULT))
        says = f"“{row.indicator.name}”没有{'、'.join(NAMES[name] for name in stray)}"
        raise UsageProblem([Problem("U354", says, None, known)])
    key = (table.table.year, table.code)
    had = actuals.get(key)
    shown = had.where.path if had and had.where else _bare(space, key)
    if not shown.endswith(YAML):
        place = f"在“{had.where}”" if had and had.where else "还没有填"
        says = f"{table.name}的完成情况{place}，不能在命令中改"
        raise UsageProblem([Problem("U352", says, None, "改好文件，再用 ziping correct --reason 理由 --by 姓名 记下")])
    path = space.actuals.parent / shown
    seen, before = take(path), take_text(path)
    if had is None:
        before = with_values(before, {("code",): key[1], ("year",): str(key[0])}) or before
    head = ("spending",) if spending else ("results", row.indicator.id)
    edits = {(*head, *path): _value(had, row, path[-1], new) for path, new in _edits(table, values)}
    after = with_values(before, edits)
    if after is None:
        says = f"“{shown}”中“{row.indicator.name}”的写法不能在命令中改"
        where = had.where if had else Where(shown)
        raise UsageProblem([Problem("U352", says, where, "改好文件，再用 ziping correct --reason 理由 --by 姓名 记下")])
    document, problems = parse_document(after, shown)
    made, found = (None, []) if problems else as_model(Actuals, with_nothing(document))
    if made is None:
        raise ActualsProblems([*problems, *found])
    changes = value_changes({key: had} if had else {}, {key: made})
    if not changes:
        raise UsageProblem([Problem("U353", f"“{row.indicator.name}”已经是这个值，没有改动")])
    evaluate(rulebook, {**actuals, key: made}, year=key[0], unit=table.table.unit.code, executor="frame")
    return Corrected(path, after, tuple(changes), seen)


def _bare(space: Workspace, key: tuple[int, str]) -> str:
    """The file of results that has the name of a table and nothing in it but comments; '' where there is none."""
    for path in sorted(space.actuals.glob(f"{key[0]}/*/{key[1]}.y*ml")):
        shown = path.relative_to(space.actuals.parent).as_posix()
        if is_bare(read_document(path, shown)):
            return shown
    return ""


def _edits(
    table: TableScore, values: Mapping[str, str | Sequence[str]]
) -> Iterator[tuple[tuple[str, ...], str | Sequence[str]]]:
    """Where below its row each new value belongs: an amount of a part in that part."""
    for name, value in values.items():
        if name not in AMOUNTS:
            yield (name,), value
            continue
        for one in [value] if isinstance(value, str) else value:
            part, parted, amount = one.replace("＝", "=").rpartition("=")
            yield (*_part(table, part.strip()), name) if parted else (name,), amount.strip()


def _part(table: TableScore, named: str) -> tuple[str, str]:
    """A part of a table's money, named by its title or its key, where a file of results has it."""
    shares = shares_of(table.table, Spending())
    for key, share in shares.items():
        if named in (key, share.title):
            return "funds" if key in FUNDS else "parts", key
    titles = [share.title for share in shares.values()]
    says = f"“{table.name}”的金额没有“{named}”一项"
    raise UsageProblem([Problem("U354", says, None, "、".join(titles), nearest(named, titles))])


def _value(had: Actuals | None, row: Row, name: str, value: str | Sequence[str]) -> str | list[str]:
    if isinstance(value, str):
        return value
    result = had.results.get(row.indicator.id) if had else None
    kept = result.evidence if result and name == "evidence" else []
    return [*kept, *(one for one in value if one not in kept)]

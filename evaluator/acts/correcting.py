"""A correction (更正): a value in the results changed in its place, checked by the engine before a byte is written.

Evidence (佐证材料) is put behind a row likewise: the file and the entry about it, both or neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from evaluator.acts.acting import Sitting
from evaluator.actuals.evidence import Added, evidence_added, evidence_removed
from evaluator.actuals.resultfiles import YAML, Results, read_actuals
from evaluator.comparing.changes import ValueChange, value_changes
from evaluator.documents.loading import is_bare, parse_document, read_document
from evaluator.documents.validation import as_model
from evaluator.documents.yamltext import with_values
from evaluator.errors import ActualsProblems, Problem, UsageProblem, Where, nearest
from evaluator.files.journal import FileChange, change
from evaluator.files.snapshot import take, take_text
from evaluator.find import find_row, find_table
from evaluator.intake.partly import with_nothing
from evaluator.kept import Memory
from evaluator.model import AMOUNTS, EXECUTION, FUNDS, Actuals, Spending
from evaluator.records.ledger import Ledger
from evaluator.records.reissuing import history_of
from evaluator.records.workflow import last_submission, of_unit
from evaluator.results import Evaluation, Row, TableScore
from evaluator.rulebook.book import Rulebook
from evaluator.rulebook.funds import shares_of
from evaluator.workspace.places import Workspace

Values = Mapping[str, str | Sequence[str]]  # by the names of RESULT and SPENDING
ONE_VALUE = "ziping correct 项目 指标 --actual 值"
SPENDING = ("adjusted", "executed", "cause", "remedy")
RESULT = ("actual", "state", "share", "evidence", "cause", "remedy")
NAMES = {"adjusted": "全年预算数", "executed": "全年执行数", "actual": "实际完成值", "state": "达成程度",
         "share": "档内比例", "evidence": "佐证材料", "cause": "偏差原因", "remedy": "改进措施"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Corrected:
    """A results file with new values in it, not written yet: what they change, and what the year came and comes to."""

    change: FileChange
    changes: tuple[ValueChange, ...]
    before: Evaluation
    after: Evaluation


def correct(
    at: Sitting,
    by: str | None,
    reason: str,
    code: str | None = None,
    indicator: str | None = None,
    values: Values | None = None,
) -> list[ValueChange]:
    """Give one row of a table new values and record who, why and from what to what; returns what changed.

    Without a row: what was changed in the files since the last run is recorded. Raises UsageProblem (U356 something is not
    said, U357 there is nothing to record) and what `_corrected` raises; nothing is written then.
    """
    if not reason.strip() or not by:
        raise UsageProblem([Problem("U356", "更正要写明理由和更正人", None, "--reason 理由 --by 姓名")])
    if code is None and values:
        raise UsageProblem([Problem("U356", "没有写改哪个项目的哪个指标", None, ONE_VALUE)])
    if code is not None and (indicator is None or not values):
        raise UsageProblem([Problem("U356", "没有写改哪个指标、改成什么", None, ONE_VALUE)])
    with at.acting("更正") as act:
        rulebook = at.rulebook()
        if code is not None and indicator is not None and values:
            corrected = _corrected(at, rulebook, code, indicator, values)
            before, changes, files = corrected.before, list(corrected.changes), [corrected.change]
        else:
            before, files = at.evaluated(rulebook), []
            changes = _silent(act.ledger, before)
        at.tell(act.free(before.unit_code, before.year, changes))
        said = {"by": by, "reason": reason, "changes": [asdict(change) for change in changes]}
        act.record("correction", {"unit_code": before.unit_code, "year": before.year, **said}, files)
    return changes


def preview(at: Sitting, code: str, indicator: str, values: Values) -> Corrected:
    """What new values would change and come to, as `correct` would write them; nothing is written."""
    return _corrected(at, at.rulebook(), code, indicator, values)


def attach(
    at: Sitting, code: str, indicator: str, files: Sequence[Path], title: str = "", by: str = ""
) -> tuple[Row, TableScore, list[Added]]:
    """Copy files into the workspace as evidence behind a row, and record those that are new.

    Raises ActualsProblems (A302, A303) before anything is written.
    """
    with at.acting("登记佐证") as act:
        evaluation = at.evaluated(at.rulebook())
        table = find_table(evaluation, code)
        row = find_row(table, indicator)
        unit, year = evaluation.unit_code, evaluation.year
        added, changes = evidence_added(at.space.evidence, (year, unit, table.code), row.indicator.id, files, title)
        at.tell(act.free(unit, year, []))
        new = [
            {"project": table.code, "indicator": row.indicator.id, "title": piece.title, "sha256": piece.digest}
            for piece in added
            if piece.new
        ]
        if new:
            act.record("evidence", {"unit_code": unit, "year": year, "by": by, "files": new}, changes)
        else:
            act.commit(changes)
    return row, table, added


def detach(at: Sitting, code: str, indicator: str, digest: str, by: str, reason: str) -> str:
    """Take a file from behind a row, and record who did and why; the file itself stays where it is. Returns its title.

    Raises UsageProblem (U356 no name, or after a submission no reason; A304) and what is wrong in the list of evidence.
    """
    with at.acting("撤下佐证") as act:
        unit, year = at.key(at.rulebook())
        submitted = last_submission(of_unit(act.ledger.entries(), unit, year)) if act.ledger.path.exists() else 0
        if not by.strip() or (submitted and not reason.strip()):
            raise UsageProblem([Problem("U356", "报送以后撤下佐证材料要写明理由", None, "理由")])
        title, file = evidence_removed(at.space.evidence, (year, unit, code), indicator, digest)
        at.tell(act.free(unit, year, []))
        gone = {"project": code, "indicator": indicator, "title": title, "sha256": digest}
        said = {"by": by, "reason": reason.strip(), "removed": True, "files": [gone]}
        act.record("evidence", {"unit_code": unit, "year": year, **said}, [file])
    return title


def _silent(ledger: Ledger, evaluation: Evaluation) -> list[ValueChange]:
    """What was changed in the files since the last run and is not recorded; raises UsageProblem (U357) when nothing was."""
    history = history_of(ledger, evaluation.unit_code, evaluation.year)
    before = history.before()
    if changes := history.open(before, evaluation) if before else []:
        return changes
    says = "完成情况与上次评分时相同，没有要记的更正" if history.last else "还没有评过分，不用更正，直接改文件"
    raise UsageProblem([Problem("U357", says)])


# ---- new values in a file ------------------------------------------------------------------------------------------


def to_correct(space: Workspace, rulebook: Rulebook) -> Results:
    """The results of a workspace, where a file that says nothing yet is no error: it is what a correction fills.

    Raises ActualsProblems with all other errors there are.
    """
    actuals, problems = read_actuals(space.actuals, rulebook)
    said = {problem.where.path for problem in problems if problem.where and problem.where.path.endswith(YAML)}
    bare = {shown for shown in said if is_bare(read_document(space.actuals.parent / shown, shown))}
    kept = [problem for problem in problems if not (problem.where and problem.where.path in bare)]
    if errors := [problem for problem in kept if problem.severity == "错误"]:
        raise ActualsProblems(errors)
    return Results(actuals, kept, files=actuals.files)


def _corrected(at: Sitting, rulebook: Rulebook, code: str, indicator: str, values: Values) -> Corrected:
    """New values for one row of one table; evidence is added to what is there.

    Of the money, 60 is the total and 当年财政拨款=60 a part of it, several at once in a list.
    Raises UsageProblem (U352 results that are no YAML file, U353 nothing changes, U354 a field the row has not) and
    ActualsProblems when the engine cannot read the new values; nothing is written either way.
    """
    space, actuals = at.space, to_correct(at.space, rulebook)
    at.tell(actuals.notes)
    kept = Memory()
    before = at.evaluated(rulebook, actuals, kept=kept)
    table = find_table(before, code)
    row = find_row(table, indicator)
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
    seen, text = take(path), take_text(path)
    if had is None:
        text = with_values(text, {("code",): key[1], ("year",): str(key[0])}) or text
    head = ("spending",) if spending else ("results", row.indicator.id)
    edits = {(*head, *path): _value(had, row, path[-1], new) for path, new in _edits(table, values)}
    after = with_values(text, edits)
    if after is None:
        says = f"“{shown}”中“{row.indicator.name}”的写法不能在命令中改"
        where = had.where if had else Where(shown)
        raise UsageProblem([Problem("U352", says, where, "改好文件，再用 ziping correct --reason 理由 --by 姓名 记下")])
    document, problems = parse_document(after, shown)
    corrected, faults = (None, []) if problems else as_model(Actuals, with_nothing(document))
    if corrected is None:
        raise ActualsProblems([*problems, *faults])
    changes = value_changes({key: had} if had else {}, {key: corrected})
    if not changes:
        raise UsageProblem([Problem("U353", f"“{row.indicator.name}”已经是这个值，没有改动")])
    then = at.evaluated(rulebook, {**actuals, key: corrected}, kept=kept)
    return Corrected(change(path, after.encode(), seen), tuple(changes), before, then)


def _bare(space: Workspace, key: tuple[int, str]) -> str:
    """The file of results that has the name of a table and nothing in it but comments; '' where there is none."""
    for path in sorted(space.actuals.glob(f"{key[0]}/*/{key[1]}.y*ml")):
        shown = path.relative_to(space.actuals.parent).as_posix()
        if is_bare(read_document(path, shown)):
            return shown
    return ""


def _edits(table: TableScore, values: Values) -> Iterator[tuple[tuple[str, ...], str | Sequence[str]]]:
    """Where below its row each new value belongs: an amount of a part in that part."""
    for name, value in values.items():
        if name not in AMOUNTS:
            yield (name,), value
            continue
        for text in [value] if isinstance(value, str) else value:
            part, parted, amount = text.replace("＝", "=").rpartition("=")
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
    return [*kept, *(text for text in value if text not in kept)]

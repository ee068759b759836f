"""A review (复核): a reviewer states other values, grounds and deductions of what was submitted, and the scores that leaves.

Stated row by row in reviews/, checked by the engine before a byte is written, and recorded in the same step; never by who
submitted. The self-evaluation is not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from evaluator.acts.acting import Act, Sitting, View
from evaluator.acts.issuing import ScoredYear, stale
from evaluator.acts.submitting import allowed, submitters_of
from evaluator.actuals.evidence import load_evidence
from evaluator.comparing.changes import NOTHING, ValueChange
from evaluator.documents.loading import parse_document
from evaluator.documents.validation import as_model
from evaluator.documents.yamltext import with_values, without
from evaluator.errors import ActualsProblems, Problem, ReviewProblems, UsageProblem, Where
from evaluator.figures import called, percent, points, wan
from evaluator.files.journal import FileChange, change
from evaluator.files.publish import Published, safe_name
from evaluator.files.snapshot import sha256, take, take_text
from evaluator.find import find_row, find_table
from evaluator.following.rectification import load_rectification
from evaluator.formats import USUAL
from evaluator.model import AMOUNTS, EXECUTION
from evaluator.pages import Document
from evaluator.records.delivery import issued
from evaluator.records.ledger import Entry, Ledger
from evaluator.records.people import person
from evaluator.records.recording import engine, seen_from
from evaluator.records.reissuing import History, history_of
from evaluator.records.rereviews import scores_made
from evaluator.reporting.layouts import layouts_of
from evaluator.rescoring.rescored import RescoredTable, RescoredYear, rescore
from evaluator.rescoring.reviewfacts import with_findings
from evaluator.rescoring.reviewforms import FORM, SUMMARY, review_form, review_summary
from evaluator.rescoring.reviewjson import as_json
from evaluator.rescoring.statements import JUDGED, Key, ReviewStatement, load_statements, unfit
from evaluator.results import TableScore
from evaluator.workspace.office import office_of

Values = Mapping[str, str | Sequence[str]]
HEAD = """# yaml-language-server: $schema=../../../rules/schema/statement.schema.json
# 复核：复核人写的完成值、扣分依据、另扣的分，逐行写明偏差原因；没有写的各行按自评。用 ziping review set 写，台账里有记录。
"""
OF_ROW = ("actual", "state", "share", "grounds", "same_as", "deduct", "cause", "remedy", "evidence")
OF_SPENDING = ("adjusted", "executed", "deduct", "cause", "remedy", "evidence")
OF_TABLE = ("scale", "opinion", "grade", "cause", "evidence")
WHOLE = ""  # the row of what is stated of the table itself
UNSUBMITTED = "未报送"


@dataclass(frozen=True, slots=True)
class Restated:
    """What became of a statement: the values that changed, its entry, and the table as it comes out now in review."""

    changes: tuple[ValueChange, ...]
    entry: Entry
    table: RescoredTable | None


@dataclass(frozen=True, slots=True)
class _Year:
    """A unit's year under review: as it was scored, and every statement there is."""

    scored: ScoredYear
    statements: dict[Key, ReviewStatement]
    history: History


def state(
    at: Sitting, by: str, code: str, indicator: str, values: Values, was: Mapping[str, str] | None = None
) -> Restated:
    """State of one row (预算执行率 for the money, `WHOLE` for the table) what the review has otherwise; what is not said stays.

    `was` is what the person saw there, by the same names. Raises UsageProblem: U351 and U372 as for a step, U205 no such
    table or row, V211 a value that is no longer what was seen, V212 nothing that changes, V213 a field the row has not,
    V214 a file that cannot be changed by a command; ActualsProblems and ReviewProblems when the engine cannot use it.
    """
    with at.acting("复核") as act:
        year, table = _open(at, act, by, code)
        row = "" if indicator == WHOLE else find_row(table, indicator).indicator.id
        _known(row, values)
        key = (table.table.year, table.code)
        had = year.statements.get(key)
        if clash := list(_clashes(row, statement_values(had), values, was or {})):
            raise UsageProblem(clash)
        path, seen, text = _file(at, table, had)
        for edited, value in _edits(row, values, had, by):
            text = _sure(path, _cleared(text, edited))
            text = _sure(path, with_values(text, {edited: value}))
        return _written(at, act, year, table, (path, seen, text), by, str(values.get("cause") or ""))


def withdraw(at: Sitting, by: str, code: str, indicator: str, reason: str) -> Restated:
    """Take back all that is stated of one row, for a reason; raises what `state` raises, and V212 where nothing is stated."""
    with at.acting("复核") as act:
        year, table = _open(at, act, by, code)
        row = find_row(table, indicator).indicator.id
        had = year.statements.get((table.table.year, table.code))
        stated = had is not None and (had.spending if row == EXECUTION else had.rows.get(row))
        if not stated:
            raise UsageProblem([Problem("V212", f"“{row}”没有写过复核，没有可撤回的")])
        if not reason.strip():
            raise UsageProblem([Problem("V215", "撤回复核要写明理由", None, "--reason 理由")])
        path, seen, text = _file(at, table, had)
        text = _sure(path, without(text, ("spending",) if row == EXECUTION else ("rows", row)))
        return _written(at, act, year, table, (path, seen, text), by, reason.strip())


def look(at: Sitting) -> View[RescoredYear]:
    """The year as it was reviewed, with what was found: to attend to where there is more than a hint."""
    with Ledger(at.ledger) as ledger:
        year = _year(at, ledger)
    rescored = _rescored(at, year, year.statements)
    findings = [finding for table in rescored.tables.values() for finding in table.findings]
    return View(rescored, partial(as_json, rescored), any(finding.severity != "提示" for finding in findings))


def write(at: Sitting, suffixes: Sequence[str] = USUAL) -> tuple[RescoredYear, list[Published], Entry | None]:
    """Write the forms of the tables reviewed, and their summary, into `at.out`; recorded where there is a ledger, if it is new.

    Raises UsageProblem: V216 nothing is reviewed, V217 the year is no longer what was submitted.
    """
    with at.acting("复核评分") as act:
        year = _year(at, act.ledger)
        rescored = _rescored(at, year, year.statements)
        if not rescored.tables:
            raise UsageProblem(
                [Problem("V216", "还没有复核，没有可写出的", remedy="ziping review set，或写 reviews/ 的文件")]
            )
        unit = safe_name(rescored.own.unit)
        stems = {code: f"{unit}_{safe_name(code)}_{rescored.own.year}_{FORM}" for code in rescored.tables}
        stems[WHOLE] = f"{unit}_{rescored.own.year}_{SUMMARY}"
        written, files = [], []
        with at.working("写出复核表"):
            for code, document in _documents(at, rescored, _submitted(at, year)).items():
                sheets, number = issued(at.out, stems[code], document, suffixes)
                written += [sheet.published(number) for sheet in sheets]
                files += [FileChange(sheet.path, sheet.data) for sheet in sheets if not sheet.there]
        if not act.ledger.path.exists():
            act.commit(files)
            return rescored, written, None
        payload, kept = _payload(act, year, rescored, written, at.policy)
        last = next((past for past in reversed(year.history.entries) if past.kind == "rescore"), None)
        same = last is not None and {**last.payload, "blobs": None} == {**payload, "blobs": None}
        entry = None if same else act.ledger.next("rescore", payload, kept)
        act.commit(files, entry, kept)
    return rescored, written, entry


def preview(at: Sitting, code: str) -> Document:
    """The form of a table reviewed as it would be written now (the summary for `WHOLE`); raises UsageProblem (V216)."""
    with Ledger(at.ledger) as ledger:
        year = _year(at, ledger)
    documents = _documents(at, _rescored(at, year, year.statements), UNSUBMITTED)
    if len(documents) == 1 or code not in documents:
        raise UsageProblem([Problem("V216", "还没有复核，没有可看的")])
    return documents[code](1)


def _documents(at: Sitting, rescored: RescoredYear, submitted: str) -> dict[str, Callable[[int], Document]]:
    layouts, office = layouts_of(at.space.forms), office_of(at.space.office, rescored.own.year, rescored.own.unit_code)
    tables = rescored.tables.items()
    forms = {code: partial(review_form, rescored, table, layouts, submitted, office) for code, table in tables}
    return {**forms, WHOLE: partial(review_summary, rescored, submitted)}


# ---- what there is ------------------------------------------------------------------------------------------------


def _open(at: Sitting, act: Act, by: str, code: str) -> tuple[_Year, TableScore]:
    """The year, when this person may review it, and the table that is meant."""
    year = _year(at, act.ledger)
    own = year.scored.evaluation
    act.alone(own.unit_code, own.year)
    allowed(act.ledger, "review", own.unit_code, own.year, by)
    _submitted(at, year)
    return year, find_table(own, code)


def _year(at: Sitting, ledger: Ledger) -> _Year:
    """The unit's year with its reviews; raises ReviewProblems (V210) for what was stated by who submitted it."""
    rulebook = at.rulebook()
    actuals = at.results(rulebook)
    own = at.evaluated(rulebook, actuals)
    statements = load_statements(at.space, rulebook)
    history = history_of(ledger, own.unit_code, own.year)
    submitters = submitters_of(history.entries)
    keys = {(t.table.year, t.code) for t in own.tables}
    mine = {key: statement for key, statement in statements.items() if key in keys}
    if wrong := [
        Problem("V210", f"{submitters[person(name)]}报送过这一年度，不能复核", statement.where, "由没有报送过的人复核")
        for statement in mine.values()
        for name in statement.reviewers
        if person(name) in submitters
    ]:
        raise ReviewProblems(wrong)
    return _Year(ScoredYear(rulebook, actuals, own), mine, history)


def _submitted(at: Sitting, year: _Year) -> str:
    """The revision that is reviewed; raises UsageProblem (V217) where the year has changed since it was submitted."""
    standing = year.history.standing
    if standing.submitted is None:
        return UNSUBMITTED
    if standing.changed or standing.unissued or stale(at, year.scored, year.history):
        says = "报送以后，完成情况、规则或程序又有变化，复核的不是报送的那一版"
        raise UsageProblem([Problem("V217", says, remedy="退回，或由单位重新出具、报送以后再复核")])
    return called(year.history.revisions[standing.submitted.seq])


def _rescored(at: Sitting, year: _Year, statements: Mapping[Key, ReviewStatement]) -> RescoredYear:
    rulebook, scored = year.scored.rulebook, year.scored
    beside = {
        "attached": load_evidence(at.space.evidence, rulebook.scope),
        "duties": load_rectification(at.space, rulebook),
    }
    with at.working("复核评分"):
        rescored = rescore(rulebook, scored.actuals, scored.evaluation, statements, at.policy, **beside)
    return with_findings(rescored, rulebook.findings)


def statement_values(had: ReviewStatement | None) -> dict[tuple[str, str], str]:
    """Every value that is stated of a table, by row (`WHOLE` for the table itself) and field, as people read it."""
    if had is None:
        return {}
    out: dict[tuple[str, str], str] = {(WHOLE, "scale"): had.scale or "", (WHOLE, "opinion"): had.opinion}
    if had.graded:
        out |= {(WHOLE, "grade"): had.graded.grade, (WHOLE, "cause"): had.graded.cause}
        out[WHOLE, "evidence"] = "、".join(had.graded.evidence)
    stated: list[tuple[str, Any, Sequence[str]]] = [(name, result, OF_ROW) for name, result in had.rows.items()]
    stated += [(EXECUTION, had.spending, OF_SPENDING)] if had.spending else []
    for row, result, fields in stated:
        out |= {(row, name): _shown(name, getattr(result, name)) for name in fields}
        out[row, "by"] = result.by
    return {place: text for place, text in out.items() if text}


def _shown(name: str, value: Any) -> str:
    if name in AMOUNTS:
        return "" if value is None else wan(value)
    if name == "deduct":
        return points(value) if value else ""
    if name == "share":
        return "" if value is None else percent(value, 4)
    return "、".join(value) if isinstance(value, list) else str(value or "")


# ---- what is stated -----------------------------------------------------------------------------------------------

TITLES = {"actual": "复核完成值", "state": "复核达成程度", "share": "复核档内比例", "grounds": "扣分依据", "same_as": "与哪个指标重复",
          "deduct": "另扣", "cause": "偏差原因", "remedy": "改进要求", "evidence": "依据的材料", "adjusted": "复核全年预算数",
          "executed": "复核全年执行数", "scale": "复核扣分标准", "opinion": "主要偏差原因", "grade": "财政评定的等级", "by": "复核人"}  # fmt: skip


def _known(row: str, values: Values) -> None:
    """Refuse (V213) a field that the row has not."""
    fields = OF_TABLE if row == WHOLE else OF_SPENDING if row == EXECUTION else OF_ROW
    if stray := [name for name in values if name not in fields]:
        says = f"“{row or '整表'}”的复核没有{'、'.join(TITLES.get(name, name) for name in stray)}"
        raise UsageProblem([Problem("V213", says, None, "、".join(TITLES[name] for name in fields))])


def _clashes(
    row: str, there: Mapping[tuple[str, str], str], values: Values, was: Mapping[str, str]
) -> Iterator[Problem]:
    for name, saw in was.items():
        now = there.get((row, name), "")
        mine = values.get(name, "")
        if now not in (saw, mine if isinstance(mine, str) else "、".join(mine)):
            says = (
                f"“{row or '整表'}”的{TITLES.get(name, name)}现在是“{now or NOTHING}”，不是您看到的“{saw or NOTHING}”"
            )
            yield Problem("V211", says, remedy="看过以后，需要的再写一次；这一次什么也没有改动")


def _edits(
    row: str, values: Values, had: ReviewStatement | None, by: str
) -> Iterator[tuple[tuple[str, ...], str | Sequence[str]]]:
    """Where each value belongs in the file; of a list what it has is kept."""
    graded = ("graded",)
    head = ("spending",) if row == EXECUTION else ("rows", row)
    old: Any = (
        (had.graded if row == WHOLE else had.spending if row == EXECUTION else had.rows.get(row)) if had else None
    )
    for name, value in values.items():
        if row == WHOLE and name in ("scale", "opinion"):
            yield (name,), value
            continue
        kept = getattr(old, name, None) if not isinstance(value, str) else None
        whole = (
            value if isinstance(value, str) else [*(kept or ()), *(text for text in value if text not in (kept or ()))]
        )
        yield (*(graded if row == WHOLE else head), name), whole
    if row != WHOLE or values.keys() - {"scale", "opinion"}:
        yield (*(graded if row == WHOLE else head), "by"), by


def _cleared(text: str, path: tuple[str, ...]) -> str | None:
    """The text without what a new value takes the place of: a result is judged by a value or by a state, not by both."""
    name = path[-1]
    gone = {"actual": ("state", "share"), "state": ("actual",)}.get(name, ()) if path[0] == "rows" else ()
    assert set(gone) <= set(JUDGED)
    document, _ = parse_document(text, "")
    there = document.get("rows", {}).get(path[1], {}) if gone and isinstance(document, dict) else {}
    cleared: str | None = text
    for field in gone:
        if cleared is not None and field in there:
            cleared = without(cleared, (*path[:-1], field))
    return cleared


def _file(at: Sitting, table: TableScore, had: ReviewStatement | None) -> tuple[Path, bytes | None, str]:
    """The file of a table's review, what was seen in it, and its text; of none, how a new one begins."""
    of = table.table
    own = at.space.reviews / str(of.year) / of.unit.code / f"{table.code}.yaml"
    path = at.space.root / had.where.path if had and had.where else own
    if had is None:
        if path.exists():
            raise UsageProblem([_unchangeable(path)])
        text = with_values(HEAD, {("code",): table.code, ("year",): str(of.year)})
        return path, None, _sure(path, text)
    return path, take(path), take_text(path)


def _sure(path: Path, text: str | None) -> str:
    if text is None:
        raise UsageProblem([_unchangeable(path)])
    return text


def _unchangeable(path: Path) -> Problem:
    says = f"“{path}”的写法不能由命令修改"
    return Problem("V214", says, remedy="每个指标各占一段，不用花括号；或在文件中自己修改")


def _written(
    at: Sitting, act: Act, year: _Year, table: TableScore, file: tuple[Path, bytes | None, str], by: str, reason: str
) -> Restated:
    """Write a statement and record it, once the engine has used it."""
    path, seen, text = file
    key, shown = (table.table.year, table.code), path.relative_to(at.space.root).as_posix()
    document, problems = parse_document(text, shown)
    statement, misread = (None, []) if problems else as_model(ReviewStatement, document)
    if statement is None:
        raise ActualsProblems([*problems, *misread])
    if wrong := list(unfit(statement, table.table, year.scored.rulebook.reviews)):
        raise ReviewProblems(wrong)
    before, after = statement_values(year.statements.get(key)), statement_values(statement)
    changes = tuple(
        ValueChange(
            table.code, row or "整表", TITLES[name], before.get((row, name), NOTHING), after.get((row, name), NOTHING)
        )
        for row, name in dict.fromkeys([*before, *after])
        if before.get((row, name)) != after.get((row, name))
    )
    if not changes:
        raise UsageProblem([Problem("V212", "复核已经是这样写的，没有改动", Where(shown))])
    then = _rescored(at, year, {**year.statements, key: statement})
    own = year.scored.evaluation
    run = year.history.standing.submitted
    said = {
        "unit_code": own.unit_code, "year": own.year, "by": by, "reason": reason, "project": table.code,
        "run": run.seq if run else 0, "changes": [asdict(value) for value in changes],
    }  # fmt: skip
    entry = act.record("review", said, [change(path, text.encode(), seen)])
    return Restated(changes, entry, then.tables.get(table.code))


# ---- told ---------------------------------------------------------------------------------------------------------


def _payload(
    act: Act, year: _Year, rescored: RescoredYear, written: Sequence[Published], policy: str | None
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The scores as the ledger keeps them, with the statements they came from."""
    run, own = year.history.standing.submitted, rescored.own
    kept = {
        statement.where.path: take(act.root / statement.where.path)
        for statement in year.statements.values()
        if statement.where
    }
    payload: dict[str, Any] = {
        "unit": own.unit, "unit_code": own.unit_code, "year": own.year, "run": run.seq if run else 0,
        "illustrative": own.illustrative, "engine": engine(),
        "scores": scores_made(rescored),
        "digests": own.digests,
        "snapshot": {path: sha256(data) for path, data in sorted(kept.items())},
        "files": [{"path": seen_from(act.root, file.path), "version": file.version, "sha256": file.digest} for file in written],
    }  # fmt: skip
    if policy is not None:
        payload["policy"] = policy
    return payload, {sha256(data): data for data in kept.values()}

"""`ziping import`: goal documents in, drafts of rule files out; filled tables in, transcriptions out. What is there already is compared, never written over.

Everything is read and drafted before anything is written, so an unreadable document leaves no trace; the others are done.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from evaluator.documents.loading import Mapping, read_document
from evaluator.documents.validation import as_model
from evaluator.errors import EvaluatorError, Problem, Where
from evaluator.files.journal import FileChange, change, commit
from evaluator.files.lock import locked
from evaluator.files.plain import problem_json
from evaluator.files.publish import Progress, plainly, safe_name
from evaluator.files.snapshot import reading, take, take_text
from evaluator.intake.document import DocumentProblems, SourceDocument
from evaluator.intake.draftyaml import write
from evaluator.intake.filled.formdata import FilledTable, filled_yaml
from evaluator.intake.filled.formloading import load_filled, recognise_filled
from evaluator.intake.goals.draft import Frame, pending, project_draft
from evaluator.intake.goals.goaltable import GoalTable, Recognised, saw
from evaluator.intake.goals.identity import Known
from evaluator.intake.goals.matching import match
from evaluator.intake.goals.monitored import Reported, day_of, file_reported, report, workspace_of
from evaluator.intake.goals.partone import department_draft, part_one
from evaluator.intake.goals.questions import ask_all
from evaluator.intake.goals.recognise import recognise
from evaluator.intake.goals.whole import is_whole, whole_draft
from evaluator.intake.readers import read_with_notes
from evaluator.intake.reimport import Difference, compare, merge
from evaluator.intake.values import Draft, Value, as_data
from evaluator.model import Department, Project
from evaluator.rulebook.book import Rulebook, read_policies
from evaluator.rulebook.unanswered import OPEN
from evaluator.workspace.places import is_workspace, product


@dataclass(slots=True)
class Transcribed:
    """The filled tables of one document, the file they go to, and what became of it."""

    path: Path
    tables: list[FilledTable]
    problems: list[Problem] = field(default_factory=list)
    state: Literal["新建", "没有变化", "有差异"] = "新建"

    @property
    def called(self) -> str:
        """The projects, as people name them."""
        return "、".join(table.project_name or table.id for table in self.tables)


def transcribed(document: SourceDocument, into: Path) -> Transcribed | None:
    """The filled tables of a document and the file they belong in; None when it has none."""
    tables, problems = recognise_filled(document)
    if not tables:
        return None
    return Transcribed(into / f"{safe_name(Path(document.name).stem)}.filled.yaml", tables, problems)


def file_transcribed(filled: Transcribed) -> FileChange | None:
    """A new transcription to be written; of one that is there, only whether it says the same."""
    if filled.path.exists():
        there = [table.model_dump() for table in load_filled(filled.path)]
        filled.state = "没有变化" if there == [table.model_dump() for table in filled.tables] else "有差异"
        return None
    return FileChange(filled.path, filled_yaml(filled.tables).encode("utf-8"))


State = Literal["新建", "没有变化", "有差异", "已更新"]


@dataclass(slots=True)
class Filed:
    """A draft with the file it goes to, what became of it, and what it and the file tell differently."""

    path: Path
    draft: Draft
    state: State = "新建"
    differences: list[Difference] = field(default_factory=list)
    written: list[Difference] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def questions(self) -> list[Problem]:
        """The questions nobody has answered yet, in the file or in the draft."""
        answered = {d.path for d in self.differences if d.kind == "已答复"}
        return [self.draft.problem(q) for q in self.draft.questions if q.path not in answered]

    @property
    def open_differences(self) -> list[Difference]:
        """The differences that a person should look at."""
        return [d for d in self.differences if d.kind != "已答复" and d not in self.written]


@dataclass(slots=True)
class Imported:
    """What an import made: drafts, filled tables transcribed, and what was not understood or is worth knowing."""

    files: list[Filed]
    problems: list[Problem]
    dry: bool
    into: Path = Path()  # the folder of rule files
    filled: list[Transcribed] = field(default_factory=list)
    reported: list[Reported] = field(default_factory=list)
    codes: dict[tuple[int, str], set[str]] = field(default_factory=dict)  # those met, by year and unit
    unread: list[Problem] = field(default_factory=list)  # of documents that could not be read; the others are done

    @property
    def workspace(self) -> str | None:
        """The workspace the drafts lie in, as a command names it (" 某办", "" for the current folder); None when in none."""
        root = workspace_of(self.into)
        return None if root == self.into else "" if root == Path() else f" {root}"

    @property
    def clean(self) -> bool:
        """Whether nothing is left for a person to decide."""
        noticed = [*self.problems, *(notice for filed in self.files for notice in filed.draft.noticed)]
        return not (
            any(problem.severity != "提示" for problem in noticed)
            or any(filed.questions or filed.open_differences or filed.problems for filed in self.files)
            or any(filled.state == "有差异" for filled in self.filled)
            or any(reported.problems for reported in self.reported)
        )


def import_documents(
    paths: list[Path],
    into: Path,
    *,
    year: int | None = None,
    unit: str | None = None,
    authority: str | None = None,
    policy: str | None = None,
    update: bool = False,
    dry: bool = False,
    progress: Progress = plainly,
) -> Imported:
    """Draft the rule files of these documents into `into`/<year>/<unit>/, or rules/projects of the workspace `into`.

    What the documents do not say of the unit and its year is taken from the workspace's one office file, and noted.

    A document that cannot be read or has no goal table does not stop the others (`unread`); raises DocumentProblems when
    none is left, and UsageProblem (U107, U108) when the year or the unit is not in it and not given, or no policy is in
    force (U201, U202); nothing is written then.
    """
    home = projects_of(into)
    known = Known(year, unit, authority)
    known.read(workspace_of(home) / "office")
    asked = _Asked(known, policy, _policies(home, policy), progress)
    imported = Imported([], [], dry, home)
    unread: list[Problem] = []
    for path in progress(paths, "读取"):
        codes = {key: set(there) for key, there in imported.codes.items()}
        try:
            _read(path, into, asked, imported)
        except DocumentProblems as error:
            unread += error.problems
            imported.codes = codes
        except EvaluatorError:
            raise
        except Exception as error:  # ours, not the document's: told with the file, so that it can be sent and mended
            says = f"这份文件没有能读懂，是程序的问题（{type(error).__name__}: {error}）"
            remedy = "另存为 .docx 或 .xlsx 再试；请把文件和这行文字发给维护者"
            unread.append(Problem("D112", says, Where(path.name), remedy=remedy))
            imported.codes = codes
    _apart(imported.files)
    root = workspace_of(home)
    with nullcontext() if dry else locked(root, "导入"):
        changes = [*map(file_transcribed, imported.filled), *map(file_reported, imported.reported)]
        changes += [_file(filed, update) for filed in progress(imported.files, "写出")]
        if not dry:
            commit(root, "导入", [change for change in changes if change])
    imported.problems += known.notes
    if unread and not (imported.files or imported.filled or imported.reported):
        raise DocumentProblems(unread)
    imported.unread = unread
    return imported


def _read(path: Path, into: Path, asked: _Asked, imported: Imported) -> None:
    """Add the drafts or the filled tables of one document; raises DocumentProblems before anything is added."""
    document, notes = read_with_notes(path)
    recognised = recognise(document)
    watched = [table for table in recognised.tables if table.monitored]
    recognised.tables = [table for table in recognised.tables if not table.monitored]
    _report(recognised, watched, asked, imported)
    if recognised.tables:
        imported.files += _drafts(recognised, asked, imported)
    if recognised.tables or watched:
        imported.problems += [*notes, *recognised.problems]
        return
    filled = transcribed(document, into)
    if filled is None:
        raise DocumentProblems([p for p in recognised.problems if p.severity == "错误"] or [saw(document)])
    if wrong := [p for p in filled.problems if p.severity == "错误"]:
        raise DocumentProblems(wrong)
    imported.filled.append(filled)
    imported.problems += [*notes, *filled.problems]


def _apart(files: list[Filed]) -> None:
    """Give each draft whose code is still asked for a file of its own; nothing else of an import shares one."""
    taken = {filed.path for filed in files if filed.draft.tree.get("code", Value("")).text != OPEN}
    for filed in files:
        if filed.draft.tree.get("code", Value("")).text != OPEN:
            continue
        stem, number = filed.draft.stem, 1
        while filed.path in taken:
            number += 1
            filed.draft.stem = f"{stem}_{number}"
            filed.path = filed.path.with_name(f"{filed.draft.stem}.yaml")
        taken.add(filed.path)


def _report(recognised: Recognised, tables: list[GoalTable], asked: _Asked, imported: Imported) -> None:
    """Add the tables of monitoring of one document to the reports of their units and days."""
    placed = []
    for table in tables:
        whose = asked.known.identity(recognised, table)
        if (day := day_of(table, whose.year)) is None:
            says = f"“{table.called}”看不出数据截至哪一天，或不是从年初起的累计"
            allowed = "栏目里写明从年初起的期间，如“1—7月执行情况”“1—7月执行数”，各栏相同"
            raise DocumentProblems([Problem("D211", says, recognised.document.where(table.start), allowed)])
        placed.append((table, whose.year, whose.code, day))
    for number, (table, year, unit, day) in enumerate(placed, 1):
        path = workspace_of(imported.into) / "monitoring" / str(year) / unit.text / f"{day}.yaml"
        reported = next((reported for reported in imported.reported if reported.path == path), None)
        if reported is None:
            reported = Reported(path, unit, year, day)
            imported.reported.append(reported)
        code, tree, problems = report(table, recognised.document, imported.into, unit, year, number)
        if code in reported.projects:
            says = f"“{table.called}”（{code}）在 {day} 的监控数据里已有一份，这一份没有取用"
            problems = [Problem("D424", says, recognised.document.where(table.start), severity="警告")]
        else:
            reported.projects[code] = tree
            reported.called.append(table.called)
        reported.problems += problems
        if recognised.document.name not in reported.documents:
            reported.documents.append(recognised.document.name)


# ---- drafts ----


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known of the unit, the policy named on the command, those there are, and how a person sees the work go on."""

    known: Known
    policy: str | None
    book: Rulebook
    progress: Progress


def projects_of(into: Path) -> Path:
    """Where drafts go: rules/projects of a workspace (it has them, or an office file) or of its rules/ folder, else the folder."""
    if into.name == "rules" and (into / "projects").is_dir():
        return into / "projects"
    return into / "rules" / "projects" if is_workspace(into) else into


def _policies(into: Path, named: str | None) -> Rulebook:
    """The product's policies; those of the workspace where the one named is not among them."""
    book = read_policies([product() / "rules"])
    own = into.parent
    return read_policies([product() / "rules", own]) if named and named not in book.policies and own.is_dir() else book


def _drafts(recognised: Recognised, asked: _Asked, imported: Imported) -> list[Filed]:
    """The drafts of one document with their files: its projects, then its department when it has a part one."""
    files: list[Filed] = []
    whole = [table for table in recognised.tables if is_whole(table)]
    numbered = list(enumerate((table for table in recognised.tables if table not in whole), 1))
    for number, table in asked.progress(numbered, "起草"):
        frame = _frame(recognised, table, asked)
        draft = project_draft(table, frame, number)
        ask_all(draft, frame.policy, imported.codes.setdefault((frame.year, frame.unit_code.text), set()))
        if draft.tree["code"].text == OPEN:
            draft.stem = pending(table, frame, number)
        files.append(_filed(draft, frame, imported.into, Project))
    part = part_one(recognised.document, recognised.used)
    for table in whole:
        if part is None:
            frame = _frame(recognised, table, asked)
            draft = whole_draft(table, frame)
            files.append(_filed(draft, frame, imported.into, Department))
        else:
            says = f"“{table.called}”没有取用：部门整体的分项目标已取自第一部分"
            recognised.problems.append(Problem("D427", says, recognised.document.where(table.start), severity="警告"))
    if part:
        frame = _frame(recognised, recognised.tables[0], asked)
        draft = department_draft(part, frame)
        match(draft, [filed.draft for filed in files])
        files.append(_filed(draft, frame, imported.into, Department))
    return files


def _frame(recognised: Recognised, table: GoalTable, asked: _Asked) -> Frame:
    """What a table's draft shares with others: its unit is the line above it, its own field, or the code on the command."""
    whose = asked.known.identity(recognised, table)
    policy = asked.book.policy_for(Project.model_construct(policy=None, year=whose.year), asked.policy)  # type: ignore[call-arg]
    return Frame(recognised.document, whose.year, whose.code, whose.name, policy, asked.policy or "", whose.authority)


def _filed(draft: Draft, frame: Frame, into: Path, model: type[Project] | type[Department]) -> Filed:
    """A draft with its file, and what the loader would refuse in it besides open questions: texts too long, ids that repeat …"""
    where = draft.document.where(draft.start)
    problems = [
        Problem(problem.code, f"{draft.called}：{problem.says}", where, problem.allowed)
        for problem in as_model(model, as_data(draft.tree))[1]
        if f"“{OPEN}”" not in problem.says
    ]
    path = into / str(frame.year) / frame.unit_code.text / f"{draft.stem}.yaml"
    return Filed(path, draft, problems=problems)


# ---- files ----


def _file(filed: Filed, update: bool) -> FileChange | None:
    """A new file to be written; of one that is there, only the differences, or what the document changed merged into it."""
    schema = "department" if filed.path.name == "department.yaml" else "project"
    if not filed.path.exists():
        return FileChange(filed.path, write(filed.draft, schema).encode("utf-8"))
    with reading():
        existing, problems = read_document(filed.path, filed.path.as_posix())
        seen, before = (take(filed.path), take_text(filed.path)) if isinstance(existing, Mapping) else (b"", "")
    if not isinstance(existing, Mapping):
        filed.state, filed.problems = "有差异", [*filed.problems, *problems]
        return None
    filed.differences = compare(filed.draft, existing)
    filed.draft.noticed = [n for n in filed.draft.noticed if n.code != "D403"]  # for a person who starts from the draft
    filed.state = "有差异" if filed.open_differences else "没有变化"
    if not update:
        return None
    after, filed.written = merge(before, filed.draft, filed.differences)
    if after == before:
        return None
    filed.state = "已更新"
    return change(filed.path, after.encode("utf-8"), seen)


def as_json(imported: Imported) -> dict[str, Any]:
    """An import as data: files with their questions and differences, what was noticed, and what was not understood."""
    refused = [*imported.problems, *(problem for reported in imported.reported for problem in reported.problems)]
    refused += [problem for filed in imported.files for problem in filed.problems]
    return {
        "dry_run": imported.dry,
        "unread": [problem_json(problem) for problem in imported.unread],
        "drafts": [
            {
                "path": filed.path.as_posix(),
                "code": filed.draft.stem,
                "name": filed.draft.called,
                "state": filed.state,
                "questions": len(filed.questions),
                "differences": len(filed.open_differences),
            }
            for filed in imported.files
        ],
        "filled": [
            {"path": filled.path.as_posix(), "tables": len(filled.tables), "name": filled.called, "state": filled.state}
            for filled in imported.filled
        ],
        "monitoring": [
            {
                "path": reported.path.as_posix(),
                "date": str(reported.day),
                "projects": list(reported.projects),
                "state": reported.state,
                "questions": len(reported.problems),
            }
            for reported in imported.reported
        ],
        "questions": [problem_json(question) for filed in imported.files for question in filed.questions],
        "differences": [
            {
                "path": filed.path.as_posix(),
                "field": difference.name,
                "kind": difference.kind,
                "file": difference.file,
                "document": difference.document,
                "where": str(difference.where or ""),
                "written": difference in filed.written,
            }
            for filed in imported.files
            for difference in filed.differences
        ],
        "notices": [problem_json(notice) for filed in imported.files for notice in filed.draft.noticed],
        "problems": list(map(problem_json, refused)),
    }

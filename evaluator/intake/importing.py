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
from evaluator.files.publish import Progress, plainly
from evaluator.files.snapshot import reading, take, take_text
from evaluator.intake.document import DocumentProblems
from evaluator.intake.draftyaml import write
from evaluator.intake.filling import Transcribed, file_transcribed, transcribed
from evaluator.intake.goals.draft import Frame, pending, project_draft
from evaluator.intake.goals.goaltable import GoalTable, Recognised, saw
from evaluator.intake.goals.identity import Known
from evaluator.intake.goals.matching import match
from evaluator.intake.goals.monitored import Reported, day_of, file_reported, report, workspace_of
from evaluator.intake.goals.partone import department_draft, part_one
from evaluator.intake.goals.questions import ask_all
from evaluator.intake.goals.recognise import recognise
from evaluator.intake.goals.whole import is_whole, whole_draft
from evaluator.intake.merging import merge
from evaluator.intake.readers import read_with_notes
from evaluator.intake.reimport import Difference, compare
from evaluator.intake.values import Draft, Value, as_data
from evaluator.model import Department, Project
from evaluator.rulebook.book import Rulebook, read_policies
from evaluator.rulebook.unanswered import OPEN
from evaluator.workspace.places import is_workspace, product

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
    unread: list[Problem] = field(default_factory=list)  # of documents that could not be read; the others are done

    @property
    def workspace(self) -> str | None:
        """The workspace the drafts lie in, as a command names it (" 某办", "" for the current folder); None when in none."""
        root = workspace_of(self.into)
        return None if root == self.into else "" if root == Path() else f" {root}"

    @property
    def clean(self) -> bool:
        """Whether nothing is left for a person to decide."""
        noticed = (n for filed in self.files for n in filed.draft.noticed if n.severity != "提示")
        return not (
            (self.problems and any(p.severity != "提示" for p in self.problems))
            or any(filed.questions or filed.open_differences or filed.problems for filed in self.files)
            or any(True for _ in noticed)
            or any(one.state == "有差异" for one in self.filled)
            or any(one.problems for one in self.reported)
        )  # fmt: skip


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
    asked = _Asked(known, policy, _policies(home, policy))
    made = Imported([], [], dry, home)
    codes: dict[tuple[int, str], set[str]] = {}
    unread: list[Problem] = []
    for path in progress(paths, "读取"):
        taken = {key: set(there) for key, there in codes.items()}
        try:
            _read(path, into, asked, codes, made, progress)
        except DocumentProblems as error:
            unread += error.problems
            codes = taken
        except EvaluatorError:
            raise
        except Exception as error:  # ours, not the document's: told with the file, so that it can be sent and mended
            says = f"这份文件没有能读懂，是程序的问题（{type(error).__name__}: {error}）"
            remedy = "另存为 .docx 或 .xlsx 再试；请把文件和这行文字发给维护者"
            unread.append(Problem("D112", says, Where(path.name), remedy=remedy))
            codes = taken
    _apart(made.files)
    root = workspace_of(home)
    with nullcontext() if dry else locked(root, "导入"):
        found = [*map(file_transcribed, made.filled), *map(file_reported, made.reported)]
        found += [_file(filed, update) for filed in progress(made.files, "写出")]
        if not dry:
            commit(root, "导入", [one for one in found if one])
    made.problems += known.notes
    if unread and not (made.files or made.filled or made.reported):
        raise DocumentProblems(unread)
    made.unread = unread
    return made


def _read(
    path: Path, into: Path, asked: _Asked, codes: dict[tuple[int, str], set[str]], made: Imported, progress: Progress
) -> None:
    """Add the drafts or the filled tables of one document; raises DocumentProblems before anything is added."""
    document, notes = read_with_notes(path)
    found = recognise(document)
    if watched := [table for table in found.tables if table.monitored]:
        found.tables = [table for table in found.tables if not table.monitored]
        _report(found, watched, made.into, asked, made)
        made.problems += [*notes, *found.problems] if not found.tables else []
    if watched and not found.tables:
        return
    if found.tables:
        drafts = _drafts(found, made.into, asked, codes, progress)
        made.files += drafts
        made.problems += [*notes, *found.problems]
        return
    one = transcribed(document, into)
    if one is None:
        raise DocumentProblems([p for p in found.problems if p.severity == "错误"] or [saw(document)])
    if wrong := [p for p in one.problems if p.severity == "错误"]:
        raise DocumentProblems(wrong)
    made.filled.append(one)
    made.problems += [*notes, *one.problems]


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


def _report(found: Recognised, tables: list[GoalTable], into: Path, asked: _Asked, made: Imported) -> None:
    """Add the tables of monitoring of one document to the reports of their units and days."""
    placed = []
    for table in tables:
        whose = asked.known.identity(found, table)
        year, unit = whose.year, whose.code
        if (day := day_of(table, year)) is None:
            says = f"“{table.called}”看不出数据截至哪一天，或不是从年初起的累计"
            allowed = "栏目里写明从年初起的期间，如“1—7月执行情况”“1—7月执行数”，各栏相同"
            raise DocumentProblems([Problem("D211", says, found.document.where(table.start), allowed)])
        placed.append((table, year, unit, day))
    for number, (table, year, unit, day) in enumerate(placed, 1):
        path = workspace_of(into) / "monitoring" / str(year) / unit.text / f"{day}.yaml"
        one = next((one for one in made.reported if one.path == path), None)
        if one is None:
            one = Reported(path, unit, year, day)
            made.reported.append(one)
        code, tree, problems = report(table, found.document, into, unit, year, number)
        if code in one.projects:
            says = f"“{table.called}”（{code}）在 {day} 的监控数据里已有一份，这一份没有取用"
            problems = [Problem("D424", says, found.document.where(table.start), severity="警告")]
        else:
            one.projects[code] = tree
            one.called.append(table.called)
        one.problems += problems
        if found.document.name not in one.documents:
            one.documents.append(found.document.name)


# ---- drafts ----


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is known of the unit, the policy named on the command, and those there are."""

    known: Known
    policy: str | None
    book: Rulebook


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


def _drafts(
    found: Recognised, into: Path, asked: _Asked, codes: dict[tuple[int, str], set[str]], progress: Progress
) -> list[Filed]:
    """The drafts of one document with their files: its projects, then its department when it has a part one."""
    files: list[Filed] = []
    whole = [table for table in found.tables if is_whole(table)]
    numbered = list(enumerate((table for table in found.tables if table not in whole), 1))
    for number, table in progress(numbered, "起草"):
        frame = _frame(found, table, asked)
        draft = project_draft(table, frame, number)
        ask_all(draft, frame.policy, codes.setdefault((frame.year, frame.unit_code.text), set()))
        if draft.tree["code"].text == OPEN:
            draft.stem = pending(table, frame, number)
        files.append(Filed(_path(into, frame, draft), draft, problems=_model_problems(draft, Project)))
    part = part_one(found.document, found.used)
    for table in whole:
        if part is None:
            frame = _frame(found, table, asked)
            draft = whole_draft(table, frame)
            files.append(Filed(_path(into, frame, draft), draft, problems=_model_problems(draft, Department)))
        else:
            says = f"“{table.called}”没有取用：部门整体的分项目标已取自第一部分"
            found.problems.append(Problem("D427", says, found.document.where(table.start), severity="警告"))
    if part:
        frame = _frame(found, found.tables[0], asked)
        draft = department_draft(part, frame)
        match(draft, [filed.draft for filed in files])
        files.append(Filed(_path(into, frame, draft), draft, problems=_model_problems(draft, Department)))
    return files


def _path(into: Path, frame: Frame, draft: Draft) -> Path:
    return into / str(frame.year) / frame.unit_code.text / f"{draft.stem}.yaml"


def _frame(found: Recognised, table: GoalTable, asked: _Asked) -> Frame:
    """What a table's draft shares with others: its unit is the line above it, its own field, or the code on the command."""
    whose = asked.known.identity(found, table)
    policy = asked.book.policy_for(Project.model_construct(policy=None, year=whose.year), asked.policy)  # type: ignore[call-arg]
    return Frame(found.document, whose.year, whose.code, whose.name, policy, asked.policy or "", whose.authority)


def _model_problems(draft: Draft, model: type[Project] | type[Department]) -> list[Problem]:
    """What the loader would refuse besides open questions: texts too long, ids that repeat …"""
    _, found = as_model(model, as_data(draft.tree))
    return [
        Problem(p.code, f"{draft.called}：{p.says}", draft.document.where(draft.start), p.allowed)
        for p in found
        if f"“{OPEN}”" not in p.says
    ]


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


def as_json(made: Imported) -> dict[str, Any]:
    """An import as data: files with their questions and differences, what was noticed, and what was not understood."""
    return {
        "dry_run": made.dry,
        "unread": [problem_json(one) for one in made.unread],
        "drafts": [
            {
                "path": filed.path.as_posix(), "code": filed.draft.stem, "name": filed.draft.called,
                "state": filed.state, "questions": len(filed.questions), "differences": len(filed.open_differences),
            }
            for filed in made.files
        ],
        "filled": [
            {"path": one.path.as_posix(), "tables": len(one.tables), "name": one.called, "state": one.state}
            for one in made.filled
        ],
        "monitoring": [
            {
                "path": one.path.as_posix(), "date": str(one.day), "projects": list(one.projects),
                "state": one.state, "questions": len(one.problems),
            }
            for one in made.reported
        ],
        "questions": [problem_json(one) for filed in made.files for one in filed.questions],
        "differences": [
            {
                "path": filed.path.as_posix(), "field": one.name, "kind": one.kind, "file": one.file,
                "document": one.document, "where": str(one.where or ""), "written": one in filed.written,
            }
            for filed in made.files
            for one in filed.differences
        ],
        "notices": [problem_json(one) for filed in made.files for one in filed.draft.noticed],
        "problems": [problem_json(one) for one in [*made.problems, *(p for r in made.reported for p in r.problems), *(p for f in made.files for p in f.problems)]],
    }  # fmt: skip

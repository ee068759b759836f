"""The rules of a workspace: goal documents imported, what they left open answered, all of it checked, and mended.

`import_documents` is an act as it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluator.acts.acting import Sitting
from evaluator.answering.answers import Answers, OpenQuestion
from evaluator.answering.answersheet import answersheet_xlsx, read_answers, take
from evaluator.checking.catalogue import DiagnosticPage, page_of
from evaluator.checking.check import Checked, check_workspace
from evaluator.checking.mending import Mended
from evaluator.checking.sarif import as_github, as_sarif
from evaluator.comparators import ASKED
from evaluator.errors import Problem, UsageProblem
from evaluator.files.journal import unfinished
from evaluator.files.publish import write_new
from evaluator.files.snapshot import sha256
from evaluator.find import the_one
from evaluator.intake.importing import as_json as import_json
from evaluator.intake.importing import import_documents

__all__ = [
    "ASKED",
    "answer",
    "answers_in",
    "as_github",
    "as_sarif",
    "check",
    "import_documents",
    "import_json",
    "mend",
    "page",
    "questions",
    "sheet",
]


def check(at: Sitting) -> Checked:
    """Every problem of a workspace."""
    at.tell(filter(None, [unfinished(at.space.root)]))
    with at.working("检查"):
        return check_workspace(at.space)


def mend(at: Sitting) -> list[Mended]:
    """Put every certain remedy in its place; what is left is found by `check`."""
    with at.acting("改正") as act:
        mended = check_workspace(at.space).mended()
        act.commit([file.change for file in mended])
    return mended


def page(at: Sitting, code: str) -> DiagnosticPage:
    """The page of the catalogue on one kind of problem."""
    return page_of(check(at).pages, code)


# ---- open questions ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered:
    """The questions that were answered, the files that were written, and what was noticed, or is wrong and kept all from it."""

    done: list[OpenQuestion]
    files: list[Path]
    problems: list[Problem]


def questions(at: Sitting, project: str | None = None) -> tuple[Answers, list[OpenQuestion]]:
    """The open questions of imported rules, and what takes answers to them.

    Of one project, told by its code or a part of its name; raises UsageProblem (U205).
    """
    answers = Answers(at.space)
    asked = answers.questions()
    if project is not None:
        known = list(dict.fromkeys((question.code, question.project) for question in asked))
        exact = [pair for pair in known if project in pair]
        close = [
            (code, name)
            for code, name in known
            if code.startswith(project) or code.endswith(project) or project in name
        ]
        wanted = the_one(exact or close, project, "待答复的项目", [f"{code} {name}" for code, name in known])
        asked = [question for question in asked if (question.code, question.project) == wanted]
    at.tell(answers.problems)
    return answers, asked


def sheet(path: Path, asked: Sequence[OpenQuestion], back: str) -> None:
    """Write the questions into a workbook to be filled in; `back` is the command that reads it."""
    write_new(path, answersheet_xlsx(asked, back))


def answers_in(answers: Answers, path: Path) -> Answered:
    """Take every answer of a filled workbook and write them; none where one of them cannot be used."""
    given, problems = read_answers(path)
    done, faults = take(answers, given)
    problems += faults
    if any(problem.severity == "错误" for problem in problems):
        return Answered([], [], problems)
    return Answered(done, answers.save(), problems)


def answer(answers: Answers, asked: Sequence[OpenQuestion], given: Sequence[str]) -> Answered:
    """Take answers said as 项目.字段=值 and write them; none where one of them cannot be used (UsageProblem, U124)."""
    problems, done = [], []
    for text in given:
        name, equals, said = text.partition("=")
        code, _, field = name.strip().partition(".")
        meant = [
            question
            for question in asked
            if code in {question.code, question.project} - {""} and field in question.fields
        ]
        if not equals or len(meant) != 1:
            known = "、".join(f"{question.code or question.project}.{question.fields[0]}" for question in asked[:10])
            says = f"“{text}”说的不是一个待答复的问题" if equals else f"“{text}”不是 项目.字段=值"
            problems.append(Problem("U124", says, None, known))
        elif why := answers.refused(question := meant[0], said):
            problems.append(Problem("U124", f"“{text}”：{why}", None, question.may))
        else:
            done.append(question)
    if problems:
        raise UsageProblem(problems)
    return Answered(done, answers.save(), [])


def key_of(asked: OpenQuestion) -> str:
    """What names a question to who answers it elsewhere: its file, its place there, and what is asked."""
    return sha256("\n".join((asked.shown, *asked.asked.path, asked.mark)).encode())[:24]


def answer_each(at: Sitting, given: Mapping[str, str]) -> tuple[list[OpenQuestion], dict[str, str]]:
    """Take answers by the keys of their questions (`key_of`) and write those that can be used; why others cannot, by key."""
    answers = Answers(at.space)
    done: list[OpenQuestion] = []
    refused: dict[str, str] = {}
    for asked in answers.questions():
        answer = given.get(key_of(asked), "").strip()
        if not answer:
            continue
        if why := answers.refused(asked, answer):
            refused[key_of(asked)] = why
        else:
            done.append(asked)
    answers.save()
    return done, refused

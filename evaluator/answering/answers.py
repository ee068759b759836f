"""Answers to open questions: which `?` a workspace has, what may stand there, and the answer put in its place.

An answer is taken when the import would not ask about it again; comments and everything else in the file stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from evaluator.comparators import ASKED
from evaluator.documents.loading import Mapping as Document
from evaluator.documents.loading import composed, parse_document, read_document
from evaluator.documents.validation import named, validated
from evaluator.documents.yamltext import Path, apply, nodes_of
from evaluator.documents.yamlwriting import scalar
from evaluator.errors import Problem, UsageProblem
from evaluator.files.journal import change, commit
from evaluator.files.snapshot import reading, take, take_anew, take_text
from evaluator.intake.goals.partone import item_doubts
from evaluator.intake.goals.questions import doubts, points_doubt
from evaluator.intake.goals.whole import budget_doubts
from evaluator.intake.reimport import marks, texts_of
from evaluator.intake.values import Question, Value, mark
from evaluator.model import Department, Project
from evaluator.quantities.quantity import Unreadable, read_target
from evaluator.quantities.signs import ALLOWED, read_sign
from evaluator.rulebook.book import Rulebook, read_policies
from evaluator.rulebook.unanswered import OPEN, QuestionMark, asked_in
from evaluator.workspace.places import Workspace

NUMBERS = {"points", "weight", "total", "fiscal", "carried", "special", "own", "other"}  # written without quotes
ALLOW = {
    "sign": ALLOWED, "target": "指标值，如 ≥95%、59人以上、12月底前、有所提升", "points": "至多两位小数的数，如 12.50", "weight": "至多两位小数的数，如 12.50",
    "code": "字母、数字和 _ . -，至多 40 个；没有编码的自己编一个，不与别的项目相同", "project": "本单位这一年的项目编码",
    "budget": "金额，不写单位为万元，如 10.75、107500元", "plan": "累计百分数，如 50%",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """One open question as it is put to a person: whose it is, what the document says and where, what is asked and allowed."""

    file: FilePath
    shown: str  # the file as people know it: 2024/123001/XM001.yaml
    asked: QuestionMark
    code: str  # of the project, or the unit's of a department
    project: str
    called: str  # the value asked for: 数量1“保障人数”的比较符
    original: str
    place: str  # where it stands in the document, with its name
    choices: tuple[str, ...]
    allowed: str

    @property
    def of(self) -> str:
        """The project with its code, as people are told it."""
        return f"{self.project or '（没有名称的项目）'}（{self.code or '编码待定'}）"

    @property
    def fields(self) -> tuple[str, ...]:
        """What the value may be called on the command line: 数量1.比较符, 数量1.sign, indicators.数量1.sign; 年初预算数.财政资金."""
        path = self.asked.path
        title = self.called.rpartition("的")[2]
        below = path[1:] if path[0] in ("indicators", "items") else path
        return ".".join((*below[:-1], title)) if len(below) > 1 else title, ".".join(below), self.asked.name

    @property
    def may(self) -> str:
        """The answers that are allowed, in words."""
        choices = " / ".join(self.choices)
        return f"{choices}，或{self.allowed}" if choices and self.asked.path[-1] != "sign" else self.allowed

    @property
    def mark(self) -> str:
        """A fingerprint that shows whether the question is still the same."""
        return mark("\n".join((self.asked.name, self.asked.says, self.original)))

    def means(self, answer: str) -> str:
        """The answer as it is written: a sign as ≥, a project by its code, one of the choices as it is spelt."""
        return meaning(self.asked.path, answer, self.choices)


def meaning(path: Path, answer: str, choices: tuple[str, ...] = ()) -> str:
    """An answer as it is written at a path: a sign as ≥, a project by its code, one of the choices as it is spelt."""
    said = answer.strip()
    if path[-1] == "sign":
        return read_sign(said) or said
    if path[-1] == "project":
        parts = ((choice, *choice.split(" ", 1)) for choice in choices)
        return next((names[1] for names in parts if said in names), said)
    return next((choice for choice in choices if choice in (said, said.replace("等于", "=", 1))), said)


@dataclass(frozen=True)
class RuleFile:
    """A rule file as it stands on disk, and the codes of the projects beside it."""

    path: FilePath
    shown: str
    text: str
    document: Document
    codes: frozenset[str]
    seen: bytes

    @property
    def model(self) -> type[Project] | type[Department]:
        """The model that the file is read as."""
        return Department if self.path.stem == "department" else Project

    @cached_property
    def questions(self) -> list[OpenQuestion]:
        """The open questions of the file, in order."""
        return [self._open(asked) for asked in asked_in(self.document, self.text)]

    def _open(self, asked: QuestionMark) -> OpenQuestion:
        path, document = asked.path, self.document
        row = _item(document, path[:2]) if path[0] in ("indicators", "items") else None
        said_at = (*path[:-1], "target") if path[-1] == "sign" else path
        place = marks(document).get(".".join(said_at), "").partition(" ")[2]
        original = asked.said.removesuffix(f"（{place}）").removeprefix("（空白）")
        if path[-1] == "sign" and row is not None:
            original = str(row.get("target") or "")
        source = document.get("provenance")
        name = str(source.get("document") or "") if isinstance(source, Mapping) else ""
        unit = document.get("unit")
        unit = unit if isinstance(unit, Mapping) else {}
        department = self.model is Department
        code = unit.get("code") if department else document.get("code")
        name_of = f"{unit.get('name') or ''}部门整体" if department else document.get("name")
        key = "budget" if path[0] == "budget" else "plan" if path[0] == "plan" else path[-1]
        return OpenQuestion(
            file=self.path,
            shown=self.shown,
            asked=asked,
            code=_known(code),
            project=_known(name_of) or _known(code),
            called=named(self.model, path, document),
            original=original,
            place=" ".join(filter(None, (name, place))),
            choices=asked.choices or (tuple(ASKED) if path[-1] == "sign" else ()),
            allowed=ALLOW.get(key, "文字"),
        )


def _item(document: Any, path: Path) -> Document | None:
    listed = document.get(path[0]) if isinstance(document, Mapping) else None
    items = (item for item in listed or [] if isinstance(item, Document) and str(item.get("id")) == path[1])
    return next(items, None) if isinstance(listed, list) else None


class Answers:
    """The rule files of a workspace while their questions are answered; `give` changes texts, `save` the files."""

    def __init__(self, space: Workspace) -> None:
        self.space = space
        self.problems: list[Problem] = []
        self._given: dict[FilePath, RuleFile] = {}
        self._read: dict[FilePath, bytes] = {}

    def questions(self) -> list[OpenQuestion]:
        """Every open question as the files stand now, by file; what cannot be read is in `problems`."""
        self.problems = []
        files = map(self._file, sorted((self.space.rules / "projects").rglob("*.y*ml")))
        return [question for file in files if file for question in file.questions]

    def _file(self, path: FilePath) -> RuleFile | None:
        """A file with what has been given, else as it stands on disk."""
        if path in self._given:
            return self._given[path]
        shown = path.relative_to(self.space.rules / "projects").as_posix()
        with reading():
            document, problems = read_document(path, f"rules/projects/{shown}")
            seen, text = (take(path), take_text(path)) if isinstance(document, Document) and not problems else (b"", "")
        self.problems += problems
        if not isinstance(document, Document) or problems:
            return None
        beside = (read_document(other)[0] for other in sorted(path.parent.glob("*.y*ml")) if other != path)
        codes = {str(other.get("code") or "") for other in beside if isinstance(other, Mapping)}
        return RuleFile(path, shown, text, document, frozenset(codes - {""}), seen)

    def standing(self, shown: str, path: Path) -> tuple[str, str | None]:
        """What is called by a path of a file, and what stands there now; None where there is no such file or value."""
        for file in (self.space.rules / "projects").rglob("*.y*ml"):
            if file.relative_to(self.space.rules / "projects").as_posix() == shown and (rule_file := self._file(file)):
                text = dict(texts_of(rule_file.document)).get(path)
                return named(rule_file.model, path, rule_file.document), text
        return f"{shown} {'.'.join(path)}", None

    def refused(self, question: OpenQuestion, answer: str) -> str:
        """Take an answer into the text of its file; '' when it is taken, else why it is not."""
        file = self._file(question.file)
        node: Any = dict(nodes_of(composed(file.text), ())).get(question.asked.path) if file else None
        if file is None or node is None or node.id != "scalar" or node.value != OPEN:
            return "这个问题已经不在文件里，没有改动"
        answered, path = question.means(answer), question.asked.path
        if not answered or answered == OPEN:
            return "没有写答复"
        start, end = node.start_mark.index, node.end_mark.index
        written = scalar(answered, number=path[-1] in NUMBERS)
        text = apply(file.text, [(start, end, written + ("\n" if file.text[start:end].endswith("\n") else ""))])
        document, problems = parse_document(text, file.shown)
        if problems or not isinstance(document, Document):
            return "这一处不能自动写入，请打开文件填写"
        after = replace(file, text=text, document=document)
        if why := self._wrong(file, after, question, answered, node.start_mark.line + 1):
            return why
        self._read.setdefault(file.path, file.seen)
        self._given[file.path] = after
        return ""

    def save(self) -> list[FilePath]:
        """Write what has been given, each file whole; raises UsageProblem (U121) when one has changed since it was read."""
        changed = [path for path, raw in self._read.items() if take_anew(path) != raw]
        if changed:
            names = "、".join(path.name for path in changed)
            raise UsageProblem([Problem("U121", f"答复时文件被别人改了：{names}，没有写入", remedy="重新答复")])
        changes = [change(path, file.text.encode("utf-8"), self._read[path]) for path, file in self._given.items()]
        if changes:
            commit(self.space.root, "答复", changes)
        saved = list(self._given)
        self._given, self._read = {}, {}
        return saved

    # ---- what may be answered ----

    def _wrong(self, before: RuleFile, after: RuleFile, question: OpenQuestion, answer: str, line: int) -> str:
        """What is wrong with an answer: what the model refuses there, or what an import would ask about it."""
        path = question.asked.path
        _, problems = validated(after.model, after.document)
        for _, problem in problems:
            if problem.where and problem.where.line == line:
                says = problem.says.removeprefix(question.called).removeprefix(f"“{answer}”")
                return f"“{answer[:40]}”{'不是比较符' if path[-1] == 'sign' else says}"
        if path[-1] == "project" and answer not in before.codes:
            return f"没有项目“{answer[:40]}”"
        if path[-1] == "target" and (why := _unsigned(after.document, path, answer)):
            return why
        had = {(doubt.code, doubt.path) for doubt in self._doubts(before)}
        for doubt in self._doubts(after):
            chosen = doubt.path == path and answer in question.choices
            if not chosen and ((doubt.code, doubt.path) not in had or doubt.path == path):
                return doubt.says
        return ""

    def _doubts(self, file: RuleFile) -> Iterator[Question]:
        """What an import would ask of the values of a file that are answered; nothing where its parts are not those of a draft."""
        try:
            tree = _tree(file.document)
            policy = self._policies.policy_for(
                Project.model_construct(policy=file.document.get("policy"), year=int(file.document["year"]))  # type: ignore[call-arg]
            )
            if file.model is Department:
                rows = tree["items"]
                asked = [*budget_doubts(tree.get("budget", {})), *(doubt for row in rows for doubt in item_doubts(row))]
            else:
                rows, codes = tree["indicators"], {code.casefold() for code in file.codes}
                asked = list(doubts(tree, policy, codes))
            asked += points_doubt(rows, policy)
        except (KeyError, AttributeError, TypeError, ValueError, UsageProblem):
            return
        still = {question.asked.path for question in file.questions}
        yield from (doubt for doubt in asked if doubt.path not in still)

    @cached_property
    def _policies(self) -> Rulebook:
        return read_policies(list(reversed(self.space.rule_folders)))


def _known(text: Any) -> str:
    """A value that is answered already; '' for one that is not."""
    return "" if text is None or text == OPEN else str(text)


def _unsigned(document: Document, path: Path, answer: str) -> str:
    """Why a target can be told from no sign: it has none, and none stands beside it."""
    row = _item(document, path[:2])
    try:
        target = read_target(answer, read_sign(str(row.get("sign") or "")) if row is not None else None)
    except Unreadable as error:
        return f"“{answer[:40]}”不能用：{error.reason}"
    if target.kind != "数值" or target.sign is not None:
        return ""
    return f"“{answer[:40]}”没有比较符，写成 {'、'.join(f'{sign}{answer[:40]}' for sign in ASKED)} 之一"


def _tree(tree: Any) -> Any:
    """A rule file as a draft has it: every text a value."""
    if isinstance(tree, Mapping):
        return {key: _tree(value) for key, value in tree.items() if key != "provenance"}
    if isinstance(tree, list):
        return [_tree(item) for item in tree]
    return Value("" if tree is None else str(tree))

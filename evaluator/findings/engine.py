"""Finding rules written in Python, as with pyknow: a function's docstring is what the rule says, and an engine takes facts.

Such a rule is the same as its entry in YAML and judged by the same inference. A file of them is code: it runs when a person
names it, never because it lies in a workspace.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from evaluator.documents.loading import Mapping as Document
from evaluator.documents.validation import as_model
from evaluator.documents.written import GradeName
from evaluator.errors import EvaluatorError, Problem, RuleProblems, Severity, Where
from evaluator.files.snapshot import take_text
from evaluator.findings.facts import Fact, GradeOf
from evaluator.findings.inference import Conclusions, Executor, conclude, no_grade
from evaluator.model import Basis, FindingRule

OWN_CHECK = Basis(document="本工具核对规则", known="做法", note="本工具自行设置的核对，不是制度规定")


def rule(
    *,
    id: str,
    severity: Severity,
    when: Mapping[str, Mapping[str, Any]],
    remedy: str,
    title: str = "",
    about: Literal["target", "result"] = "result",
    salience: int = 0,
    basis: Basis = OWN_CHECK,
    caps: GradeName | None = None,
    together: bool = False,
) -> Callable[[Callable[..., Any]], FindingRule]:
    """Make a finding rule of a function: its docstring is what the rule says, its name the title unless one is given.

    The result is what the same entry in YAML makes, placed at the function, which is never called. Raises RuleProblems (R102,
    R103 …) for what an entry could not say either.
    """

    def of_function(function: Callable[..., Any]) -> FindingRule:
        document = Document(
            id=id,
            title=title or function.__name__,
            about=about,
            severity=severity,
            salience=salience,
            when={kind: dict(tests) for kind, tests in when.items()},
            say=inspect.getdoc(function) or "",
            remedy=remedy,
            basis=basis,
            caps=caps,
            together=together,
        )
        document.where = Where(function.__code__.co_filename, function.__code__.co_firstlineno)
        document.keys_at = dict.fromkeys(document, document.where)
        entry, problems = as_model(FindingRule, document)
        if entry is None:
            raise RuleProblems(problems)
        return entry

    return of_function


def rules_in(path: Path) -> tuple[FindingRule, ...]:
    """The rules of a Python file, in its order; the file is run.

    Raises RuleProblems (P313: it does not run, or has no rule; and what `rule` raises) and Refused (D101, D102, D109).
    """
    named: dict[str, Any] = {"__name__": path.stem}
    try:
        exec(compile(take_text(path), str(path), "exec"), named)
    except EvaluatorError:
        raise
    except SyntaxError as error:
        raise RuleProblems([_unusable(path, error.lineno or 0, f"不是 Python：{error.msg}")]) from None
    except (Exception, SystemExit) as error:
        lines = [
            frame.lineno or 0 for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)
        ]
        raise RuleProblems([_unusable(path, lines[-1], f"运行出错：{type(error).__name__} {error}")]) from None
    if rules := tuple(value for value in named.values() if isinstance(value, FindingRule)):
        return rules
    raise RuleProblems([_unusable(path, 0, "没有一条问题规则")])


def _unusable(path: Path, line: int, says: str) -> Problem:
    return Problem(
        "P313", f"规则文件{says}", Where(path.as_posix(), line), "from evaluator import rule，用 @rule(…) 写的函数"
    )


class Engine:
    """Rules and a growing set of facts: `Engine(rules).declare(Fact(...), …).run()`."""

    def __init__(self, rules: Iterable[FindingRule]) -> None:
        self.rules = tuple(rules)
        self.facts: list[Fact] = []

    def declare(self, *facts: Fact) -> Engine:
        """Add facts; returns the engine."""
        self.facts += facts
        return self

    def run(self, grade_of: GradeOf = no_grade, executor: Executor = "auto") -> Conclusions:
        """Conclude what the rules say about the facts declared so far."""
        return conclude(self.facts, self.rules, grade_of, executor)

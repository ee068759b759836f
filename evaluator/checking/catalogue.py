"""The catalogue of diagnostics: what each code of `ziping check` means, why it matters, an example and the remedy.

Pages are data under rules/diagnostics/, one file per topic. A finding rule about targets (F3xx) is its own declaration:
its page adds what, why and an example, and takes title, severity and remedy from the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from evaluator.documents.validation import read_model
from evaluator.documents.written import Flag, Name, Words, Written
from evaluator.errors import Problem, RuleProblems, Severity, UsageProblem, Where, nearest
from evaluator.model import Basis, FindingRule

Snippet = Annotated[str, StringConstraints(strip_whitespace=False), Field(min_length=1, max_length=2000)]


class WrongAndRight(Written, title="示例"):
    """A place in a file, wrong and right: the tests put one in place of the other and see the code come and go.

    `stands` is what stands there in the file, where that is neither.
    """

    file: Words = Field("", title="样例工作区中的文件；空白的不能在规则文件中重现")
    stands: Snippet | None = Field(None, title="文件里原来的写法，与两种都不同时")
    wrong: Snippet = Field(title="有毛病的写法")
    right: Snippet = Field(title="改好的写法")


class Diagnostic(Written, title="诊断"):
    """One page of the catalogue."""

    code: Annotated[str, Field(pattern=r"^[A-Z]\d{3}$")] = Field(title="编号")
    title: Name | None = Field(None, title="名称")
    severity: Severity | None = Field(None, title="严重程度")
    what: Words = Field(title="查什么")
    why: Words = Field(title="为什么")
    example: WrongAndRight = Field(title="示例")
    remedy: Words | None = Field(None, title="处理办法")
    fixable: Flag = Field(False, title="ziping check --fix 能改")

    @model_validator(mode="after")
    def _says_what_its_rule_does_not(self) -> Self:
        said = [name for name in ("title", "severity", "remedy") if getattr(self, name) is not None]
        if self.code.startswith("F") and said:
            raise ValueError(f"{self.code} 的 {'、'.join(said)} 以问题规则为准，这里不写")
        if not self.code.startswith("F") and len(said) < 3:
            raise ValueError("title、severity、remedy 都要写")
        return self


class DiagnosticFile(Written, title="诊断目录"):
    """The diagnostics of one topic."""

    topic: Name = Field(title="主题")
    diagnostics: list[Diagnostic] = Field(min_length=1, title="各条诊断")


@dataclass(frozen=True, slots=True)
class DiagnosticPage:
    """One diagnostic as people read it."""

    code: str
    topic: str
    title: str
    severity: Severity
    what: str
    why: str
    example: WrongAndRight
    remedy: str
    fixable: bool
    basis: Basis | None
    where: Where | None


def read_catalogue(rules: Path, findings: Iterable[FindingRule]) -> dict[str, DiagnosticPage]:
    """Every page by code, topics in the order of their files; raises RuleProblems when the catalogue cannot be used."""
    by_id = {rule.id: rule for rule in findings}
    pages: dict[str, DiagnosticPage] = {}
    problems: list[Problem] = []
    for path in sorted((rules / "diagnostics").glob("*.yaml")):
        file, wrong = read_model(DiagnosticFile, path, f"rules/diagnostics/{path.name}")
        problems += wrong
        for topic, page in ((file.topic, page) for page in file.diagnostics) if file else ():
            code = page.code
            if code in pages:
                problems.append(Problem("P315", f"诊断 {code} 重复，先见于 {pages[code].where}", page.where))
            elif code.startswith("F") and code not in by_id:
                problems.append(Problem("P316", f"没有问题规则 {code}", page.where, "", nearest(code, by_id)))
            else:
                pages[code] = _page(page, topic, by_id.get(code))
    if problems:
        raise RuleProblems(problems)
    return pages


def _page(written: Diagnostic, topic: str, rule: FindingRule | None) -> DiagnosticPage:
    return DiagnosticPage(
        code=written.code,
        topic=topic,
        title=written.title or (rule.title if rule else ""),
        severity=written.severity or (rule.severity if rule else "提示"),
        what=written.what,
        why=written.why,
        example=written.example,
        remedy=written.remedy or (rule.remedy if rule else ""),
        fixable=written.fixable,
        basis=rule.basis if rule else None,
        where=written.where,
    )


def page_of(pages: Mapping[str, DiagnosticPage], code: str) -> DiagnosticPage:
    """The page of a code; raises UsageProblem (U321) with the nearest one."""
    if code.upper() not in pages:
        raise UsageProblem([Problem("U321", f"没有诊断 {code}", None, "", nearest(code.upper(), pages))])
    return pages[code.upper()]

"""The glossary: the words of the rules in Chinese and English, each with one sentence and where the rule book uses it.

Terms are data in rules/glossary.yaml; `see` names clauses of a policy (policy.CLAUSES) or chapters of the rule book.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from evaluator.documents.validation import read_model
from evaluator.documents.written import Name, Words, Written
from evaluator.errors import RuleProblems, nearest
from evaluator.policy import CLAUSES

CHAPTERS = {
    "policies": "评分办法",
    "projects": "绩效目标",
    "findings": "问题规则",
    "comparators": "比较方式",
    "reviews": "复核扣分标准",
    "diagnostics": "诊断目录",
    "coverage": "情景覆盖",
}


def _known(section: str) -> str:
    known = [*CHAPTERS, *CLAUSES]
    if section not in known:
        near = nearest(section, known)
        raise ValueError(f"没有“{section}”这一节" + (f"；最接近的是：{near}" if near else ""))
    return section


class Term(Written, title="名词"):
    """One term."""

    term: Name = Field(title="中文")
    english: Name = Field(title="英文")
    means: Words = Field(min_length=1, title="一句话的意思")
    see: list[Annotated[str, AfterValidator(_known)]] = Field([], title="见规则手册的哪几节：章或条款的代号")


class Glossary(Written, title="名词表"):
    """All terms, in the order they are printed."""

    terms: list[Term] = Field(min_length=1, title="名词")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        names = Counter(term.term for term in self.terms)
        if twice := sorted(name for name, count in names.items() if count > 1):
            raise ValueError(f"名词“{'”“'.join(twice)}”重复")
        return self


def read_glossary(rules: Path) -> tuple[Term, ...]:
    """The terms of a rules/ folder; raises RuleProblems when the glossary cannot be used."""
    glossary, problems = read_model(Glossary, rules / "glossary.yaml", "rules/glossary.yaml")
    if glossary is None:
        raise RuleProblems(problems)
    return tuple(glossary.terms)

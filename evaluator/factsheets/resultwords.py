"""What is written beside results, as fields of facts: causes and measures, evidence, and what the goals of the year came to.

Each function tells every field that its texts decide: a batch asks it once for each distinct combination.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from evaluator.findings.emptywords import aside, says_nothing, speaking, unsaid
from evaluator.findings.fields import Value
from evaluator.findings.remedywords import tells_measure

SURVEY = re.compile("问卷|调查|走访|测评|访谈|回访|评议")
NO_SURVEY = re.compile("(未|没有?)(做|开展|进行|组织|发放|收回)|无(问卷|调查)")


def reason_fields(cause: str, remedy: str) -> dict[str, Value]:
    """Of an outcome: its cause and its measure, which may stand among the causes."""
    given = {"原因": not says_nothing(cause), "措施": not says_nothing(remedy) or tells_measure(cause)}
    return {
        "cause": given["原因"],
        "remedy": given["措施"],
        "lacking": "、".join(word for word, there in given.items() if not there),
        "unsaid": aside(unsaid("原因", cause), unsaid("措施", remedy)),
        "cause_unsaid": aside(unsaid("原因", cause)),
        "remedy_unsaid": aside(unsaid("措施", remedy)),
    }


def execution_fields(cause: str, remedy: str) -> dict[str, Value]:
    """Of a project: the same of the execution of its budget."""
    fields = reason_fields(cause, remedy)
    return {
        "execution_explained": fields["cause"] and fields["remedy"],
        "execution_cause": fields["cause"],
        "execution_unsaid": fields["unsaid"],
        "cause_unsaid": fields["cause_unsaid"],
    }


def goal_fields(achieved: str) -> dict[str, Value]:
    """Of a project: what the goals of its year came to."""
    return {"achieved": not says_nothing(achieved), "achieved_unsaid": aside(unsaid("完成情况", achieved))}


def evidence_fields(pieces: Sequence[str]) -> dict[str, Value]:
    """Of an outcome: its evidence, piece by piece."""
    return {
        "evidence": bool(speaking(pieces)),
        "evidence_unsaid": aside(*(unsaid("佐证材料", piece) for piece in pieces)),
        "survey": any(SURVEY.search(piece) and not NO_SURVEY.search(piece) for piece in pieces),
    }

"""What if: named alternatives to the year's results, each evaluated on the main path and set beside the present.

An alternative changes results, money or the policy, and nothing in any file. It comes from a YAML file or from the
command line (项目.指标=值, closed by its name).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from evaluator.comparing.impact import Impact, impact
from evaluator.comparing.impact import as_json as impact_json
from evaluator.comparing.versions import Side
from evaluator.documents.validation import read_model
from evaluator.documents.written import Code, Name, Words, Written
from evaluator.errors import Problem, RuleProblems, UsageProblem
from evaluator.evaluation import evaluate
from evaluator.figures import points, wan
from evaluator.find import find_among, find_row
from evaluator.model import EXECUTION, Actuals, Result, Spending
from evaluator.quantities.quantity import Unreadable, read_money
from evaluator.quantities.reading import Amount
from evaluator.results import Evaluation, Row, TableScore
from evaluator.rulebook.book import Rulebook

MONEY = {"全年预算数": "adjusted", "全年执行数": "executed"}
STATED = re.compile(
    r"(?P<state>达成|部分达成并具有一定效果|未达成且效果较差) ?[（(]?(?P<share>\d{1,3}(\.\d{1,4})?%)[)）]?"
)
SHARE = re.compile(r"\d{1,3}(\.\d{1,4})?%")
FORM = "项目.指标=值，如 --set 劳务派遣.数量1=59人；金额写 项目.全年执行数=450；方案以 --as 名称 结束"
PRESENT = "现在"


class Alternative(Written, title="方案"):
    """One alternative: what stands otherwise than in the results that were filed."""

    name: Name = Field(title="名称")
    changes: dict[str, dict[str, Words]] = Field(
        {}, title="改写的完成值：项目 → 指标 → 值；定性指标写“达成 95%”，空白为未填"
    )
    spending: dict[str, Spending] = Field({}, title="改写的金额（万元）：项目 → 全年预算数、全年执行数")
    policy: Code | None = Field(None, title="评分办法")


class Alternatives(Written, title="假设方案"):
    """A file of alternatives."""

    alternatives: list[Alternative] = Field(min_length=1, title="各个方案")


@dataclass(frozen=True, slots=True)
class WhatIf:
    """The present, and each alternative with its name, its evaluation and what moves."""

    present: Evaluation
    sides: tuple[tuple[str, Evaluation, Impact], ...]

    @property
    def tables(self) -> Iterator[TableScore]:
        """The tables, as they are now, that any alternative moves."""
        moved = {table.code for _, _, moves in self.sides for table in moves.moved}
        return (table for table in self.present.tables if table.code in moved)


def read_alternatives(path: Path) -> list[Alternative]:
    """The alternatives of a YAML file; raises RuleProblems with all that is wrong in it."""
    file, problems = read_model(Alternatives, path, path.as_posix())
    if file is None:
        raise RuleProblems(problems)
    return file.alternatives


def from_words(words: Sequence[str], known: Evaluation) -> list[Alternative]:
    """Alternatives from the command line, in order: changes, each closed by a name; raises UsageProblem (U367, U370)."""
    alternatives: list[Alternative] = []
    changes: dict[str, dict[str, str]] = {}
    money: dict[str, dict[str, str]] = {}
    for word in [*words, ""]:
        place, equals, value = word.partition("=")
        if equals:
            table, row = _place(place, known)
            into = money if row in MONEY else changes
            into.setdefault(table, {})[row] = value
        elif changes or money:
            name = word or f"方案{len(alternatives) + 1}"
            spending = {table: _spending(amounts) for table, amounts in money.items()}
            alternatives.append(Alternative(name=name, changes=changes, spending=spending))
            changes, money = {}, {}
        elif word:
            raise UsageProblem([Problem("U367", f"方案“{word}”没有写改什么", None, FORM)])
    return alternatives


def _spending(amounts: Mapping[str, str]) -> Spending:
    try:
        given = {MONEY[name]: read_money(value) for name, value in amounts.items()}
    except Unreadable as error:
        raise UsageProblem([Problem("U370", error.reason, None, error.allowed)]) from None
    adjusted, executed = given.get("adjusted"), given.get("executed")
    return Spending.model_construct(set(given), adjusted=adjusted, executed=executed, cause="", remedy="")


def _place(written: str, known: Evaluation) -> tuple[str, str]:
    """The table and the row (or the amount of money) of 项目.指标; ids may have points in them themselves."""
    cuts = [place.start() for place in re.finditer(r"\.", written)]
    refused: UsageProblem | None = None
    for cut in cuts:
        try:
            table = find_among(known.tables, written[:cut])
            name = written[cut + 1 :]
            return table.code, name if name in MONEY else find_row(table, name).indicator.id
        except UsageProblem as error:
            refused = refused or error
    raise refused or UsageProblem([Problem("U367", f"“{written}”没有写是哪个项目的哪个指标", None, FORM)])


def what_if(
    rulebook: Rulebook,
    actuals: Mapping[tuple[int, str], Actuals],
    alternatives: Sequence[Alternative],
    *,
    present: Evaluation,
    policy: str | None = None,
) -> WhatIf:
    """Evaluate every alternative for the year and unit of the present, which was evaluated under the same policy.

    Raises UsageProblem (U368 for names that are not distinct, U369 for none at all) and what evaluating raises.
    """
    if not alternatives:
        raise UsageProblem([Problem("U369", "没有给出任何方案", None, f"方案文件，或 {FORM}")])
    names = Counter([PRESENT, *(alternative.name for alternative in alternatives)])
    if twice := [name for name, count in names.items() if count > 1]:
        raise UsageProblem([Problem("U368", f"方案名称重复：{'、'.join(twice)}", None, f"各不相同，也不叫“{PRESENT}”")])
    first = Side(PRESENT, present)
    sides = []
    for alternative in alternatives:
        chosen = alternative.policy or policy
        changed = changed_actuals(rulebook, actuals, alternative, present, chosen)
        evaluation = evaluate(rulebook, changed, year=present.year, unit=present.unit_code, policy=chosen)
        sides.append((alternative.name, evaluation, impact(first, Side(alternative.name, evaluation))))
    return WhatIf(present, tuple(sides))


def changed_actuals(
    rulebook: Rulebook,
    actuals: Mapping[tuple[int, str], Actuals],
    alternative: Alternative,
    present: Evaluation,
    policy: str | None,
) -> dict[tuple[int, str], Actuals]:
    """The results as an alternative has them."""
    changed = dict(actuals)

    def as_it_stands(wanted: str) -> tuple[TableScore, Actuals]:
        table = find_among(present.tables, wanted)
        return table, changed.get((present.year, table.code)) or Actuals(code=table.code, year=present.year)

    for wanted, amounts in alternative.spending.items():
        table, given = as_it_stands(wanted)
        money = given.spending.model_copy(update={name: getattr(amounts, name) for name in amounts.model_fields_set})
        computed = {row.id for row in getattr(table.table, "indicators", []) if row.formula}
        results = {  # a computed value that was entered by hand goes with the money it was computed from
            name: result.model_copy(update={"actual": None}) if name in computed else result
            for name, result in given.results.items()
        }
        changed[present.year, table.code] = given.model_copy(update={"spending": money, "results": results})
    for wanted, changes in alternative.changes.items():
        table, given = as_it_stands(wanted)
        results = dict(given.results)
        for name, value in changes.items():
            row = find_row(table, name)
            if row.indicator.id == EXECUTION:
                says = f"方案“{alternative.name}”改的是预算执行率，应改金额"
                raise UsageProblem(
                    [Problem("U367", says, alternative.where, "全年预算数、全年执行数（文件中写在 spending）")]
                )
            entry = _entry(row, value.strip(), rulebook, table, policy)
            results[row.indicator.id] = results.get(row.indicator.id, Result()).model_copy(update=entry)
        changed[present.year, table.code] = given.model_copy(update={"results": results})
    return changed


def _entry(row: Row, value: str, rulebook: Rulebook, table: TableScore, policy: str | None) -> dict[str, Any]:
    """A value as a result has it: a state with its share, a share alone for a row that is judged, or what was achieved."""
    share: str | None = None
    state: str | None = None
    if match := STATED.fullmatch(value):
        state, share = match["state"], match["share"]
    elif SHARE.fullmatch(value) and not isinstance(row.indicator.read.content, Amount):
        bands, reached = rulebook.policy_for(table.table, policy).qualitative, Result(share=value).share
        assert reached is not None
        state, share = next((band.state for band in bands.bands if bands.holds(band.state, reached)), None), value
    if state is None:
        return {"actual": value or None, "state": None, "share": None}
    return {"actual": None, "state": state, "share": Result(share=share).share}


# ---- told --------------------------------------------------------------------------------------------------------


def side_by_side(alternatives: WhatIf, moved: TableScore) -> list[list[str]]:
    """One table under every alternative: total, grade, the money, and each row whose result or points differ."""
    evaluations = [alternatives.present, *(evaluation for _, evaluation, _ in alternatives.sides)]
    tables = [table for evaluation in evaluations for table in evaluation.tables if table.code == moved.code]
    lines = [
        ["", PRESENT, *(name for name, _, _ in alternatives.sides)],
        ["总分", *(points(table.score) for table in tables)],
        ["等级", *(table.grade for table in tables)],
    ]
    more = {
        "评分办法": [table.policy.id for table in tables],
        "全年预算数": ["未填" if table.money.adjusted is None else wan(table.money.adjusted) for table in tables],
        "全年执行数": ["未填" if table.money.executed is None else wan(table.money.executed) for table in tables],
        "执行率封顶": ["—" if table.cap is None else points(table.cap) for table in tables],
    }
    for rows in zip(*(table.all_rows for table in tables), strict=True):
        more[f"{rows[0].indicator.id} {rows[0].indicator.name}".strip()] = [_row(row) for row in rows]
    return lines + [[label, *texts] for label, texts in more.items() if len(set(texts)) > 1]


def _row(row: Row) -> str:
    actual = "未填" if row.missing else row.actual_shown
    return f"{points(row.earned)}（{actual}）" if actual else points(row.earned)


def notes(alternatives: WhatIf, table: TableScore) -> list[tuple[str, str]]:
    """Findings of one table that come or go, and what else changes, by alternative."""
    sides = ((name, move) for name, _, moves in alternatives.sides for move in moves.tables if move.code == table.code)
    return [(name, note) for name, move in sides for note in move.notes]


def as_json(alternatives: WhatIf) -> dict[str, Any]:
    """The same as plain data: the present scores, and each alternative as what moves."""
    return {
        "unit": alternatives.present.unit,
        "year": alternatives.present.year,
        "present": [_standing(table) for table in alternatives.present.tables],
        "alternatives": [
            {"name": name, "tables": [_standing(table) for table in evaluation.tables], "impact": impact_json(moves)}
            for name, evaluation, moves in alternatives.sides
        ],
    }


def _standing(table: TableScore) -> dict[str, Any]:
    return {
        "code": table.code,
        "name": table.name,
        "score": points(table.score),
        "grade": table.grade,
        "rows": {row.indicator.id: points(row.earned) for row in table.all_rows},
        "findings": sorted(f"{finding.rule.id}/{about}" for finding in table.findings for about in finding.about),
    }

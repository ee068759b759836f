"""What is known of targets before any result, in columns: asked of `targetfacts` once per distinct combination of texts.

A plain number is asked about as one of a few (0, 30, 60, …, 101): nothing but where it lies among the bounds of the
wording tells them apart.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np
import pyarrow as pa

from evaluator.batch.columnar import Kind, Ratio, asked, spread, words
from evaluator.batch.costcolumns import Costs
from evaluator.batch.namedcells import items_in
from evaluator.batch.pairs import PARTS
from evaluator.batch.relationcolumns import lacks, periods, row_fields
from evaluator.batch.scored import ScoredPart
from evaluator.batch.texts import TextColumn, coded, each_of, joint
from evaluator.comparators import ANY_SIGN
from evaluator.factsheets.basiswords import basis_fields
from evaluator.factsheets.targetfacts import FEW, beyond_name, portions_kept, says_it_again, worded_fields
from evaluator.factsheets.wording import for_staff, worded
from evaluator.factsheets.wordlists import bare_name, bounds
from evaluator.findings.facts import FACTS
from evaluator.findings.fields import Value
from evaluator.model import Indicator

WORDED = ("year", "category", "dimension", "name", "description", "target", "sign", "formula", "criterion", "data")
NUMBER = re.compile(rf"^({ANY_SIGN}?)[0-9.]+(.*)$")


def indicator_kind(scored: ScoredPart, copied: Any) -> Kind:
    """One fact for each row; `copied` are the rows of `copies`."""
    columns, points = scored.columns, scored.written.astype(np.int64)
    rest = np.array([10_000 - policy.allocation.execution for policy in scored.policies], dtype=np.int64)[scored.policy]
    share = rest[scored.project]
    costs = cache(partial(Costs, scored))
    plain = {**columns, "target": _standing_in(scored)}
    said = asked("indicator", _worded, [plain[name] for name in WORDED])
    said |= {name: partial(_wording_told, scored, name) for name in said if FACTS["indicator"][name].type == "text"}
    own = np.flatnonzero(said["own_people"] == 1)
    said["own_people"][own] = [not for_staff(project) for project in columns["project"].texts(own)]
    return Kind(
        "indicator",
        scored.project,
        words(columns["indicator"]),
        row_fields("indicator", scored)
        | said
        | asked("indicator", _based, scored.texts("year", "category", "dimension", "name", "basis"))
        | {name: columns[name] for name in ("description", "basis", "category", "dimension")}
        | {
            "points": Ratio(points, 100),
            "share": Ratio(points, np.maximum(share, 1), points < share),
            "equals_budget": lambda: costs().repeats,
            "budget_told": lambda at: costs().says(at),
            "repeated": copied,
            "repeated_here": lambda: _repeated_here(scored),
        },
    )


def _standing_in(scored: ScoredPart) -> TextColumn:
    """Targets as the wording is asked about them: plain ones by their stand-ins."""
    target, aims = scored.columns["target"], scored.read.aims
    stand_ins = [
        _stand_in(word, int(aims.number[code]))
        if aims.unit[code] >= 0 and _freely(aims.known[aims.unit[code]])
        else word
        for code, word in enumerate(target.words)
    ]
    own = scored.columns["name"].each(
        lambda word: bare_name(word)[:1].isdigit()
    )  # a name that could be the target itself
    return TextColumn(target.codes + len(stand_ins) * own, [*stand_ins, *target.words]).changed(str)


def _freely(unit: Any) -> bool:
    """Whether nothing but where a number lies among the bounds tells what is said of it in this unit."""
    return unit.kind not in ("月数", "时长") and bool(unit.kind != "比率" or unit.name == "%")


def _stand_in(word: str, number: int) -> str:
    match = NUMBER.match(word)
    assert match
    return f"{match[1]}{_standing(number, PARTS)}{match[2]}"


def _standing(number: int, parts: int) -> int:
    """The number that stands for all those that lie as this one among the bounds."""
    limits = [0, *bounds()]
    above = [limit for limit in limits if number <= limit * parts]
    if not above:
        return limits[-1] + 1
    return above[0] if number == above[0] * parts else (above[0] + limits[limits.index(above[0]) - 1]) // 2


@lru_cache(maxsize=100_000)
def _worded(
    year: str,
    category: str,
    dimension: str,
    name: str,
    description: str,
    target: str,
    sign: str,
    formula: str,
    criterion: str,
    data: str,
) -> dict[str, Value]:
    row = Indicator.model_construct(
        id="", category=category, dimension=dimension, name=name, description=description, target=target,
        sign=sign or None, points=0, criterion=criterion or None, data=items_in(data)[0], basis="", line=None,
        formula=None if data else formula or None, of_data=formula or None if data else None,
    )  # fmt: skip
    said = worded(row)
    assert said is not None, "rows that cannot be read are rejected"
    return worded_fields(said, int(year))


def _based(year: str, *texts: str) -> dict[str, Value]:
    return basis_fields(int(year), *texts)


def _wording_told(scored: ScoredPart, name: str, at: Any) -> pa.Array:
    """A text about the wording of some rows."""
    key, facts = each_of([column.take(at) for column in scored.texts(*WORDED)], _worded)
    return pa.array([fields[name] for fields in facts], pa.string()).take(pa.array(key))


def _repeated_here(scored: ScoredPart) -> Any:
    """Rows that say what a row above them in the project says, as `targetfacts.says_it_again`."""
    name, target, sign = scored.columns["name"].changed(bare_name), scored.columns["target"], scored.columns["sign"]
    group, _ = joint(coded(scored.project), name.key, target.key, sign.key)
    repeated = np.zeros(len(group), dtype=bool)
    above: dict[int, set[str]] = defaultdict(set)
    at = np.flatnonzero((np.bincount(group) > 1)[group])
    key, beyond = each_of([column.take(at) for column in scored.texts("name", "description")], beyond_name)
    for row, same, place in zip(at.tolist(), group[at].tolist(), key.tolist(), strict=True):
        repeated[row] = says_it_again(above[same], beyond[place])
    return repeated


def table_kind(scored: ScoredPart, indicator: Kind, copied: Mapping[int, list[int]]) -> Kind:
    """One fact for each project: the periods of its plan, whether its points follow the policy's allocation, which columns
    its form has, by what its rows have; `copied` says whose rows it has."""
    columns, starts = scored.columns, scored.starts
    category = columns["category"]
    points = scored.written.astype(np.int64)
    sums = [
        np.where(np.logical_or.reduceat(mask, starts), np.add.reduceat(np.where(mask, points, 0), starts), -1)
        for mask in (category.codes == code for code in range(len(category.array)))
    ]  # -1: the project has no row of that category
    back, first = joint(coded(scored.policy), *(coded(total, -1) for total in sums))
    kept = [
        portions_kept(
            scored.policies[policy],
            {word: worth for word, worth in zip(category.words, had, strict=True) if worth >= 0},
        )
        for policy, *had in np.stack([scored.policy, *sums])[:, first].T.tolist()
    ]
    planned = columns["plan"].each(lambda text: len(plan_of(text)), np.int64)[starts]
    repeats, named = np.zeros(scored.size, dtype=np.int32), [""]
    for mine, others in copied.items():
        repeats[mine] = len(named)
        named.append("、".join(f"“{columns['project'].at(starts[other])}”" for other in others))

    def signs() -> Any:
        written = indicator.values("sign_written")
        few = np.add.reduceat((written == 0).astype(np.int64), starts) < FEW
        return np.logical_or.reduceat(written == 1, starts) | few

    return Kind(
        "table",
        np.arange(scored.size),
        words(columns["project_code"].take(starts)),
        {
            **spread("table", kept, back),
            **lacks(scored),
            "name": columns["project"].take(starts),
            "execution_counted": np.array([policy.allocation.execution > 0 for policy in scored.policies])[
                scored.policy
            ],
            "plan_periods": periods(scored, planned),
            "repeated_in": TextColumn(repeats, named),
            "basis_column": lambda: np.logical_or.reduceat(indicator.values("basis_given") == 1, starts),
            "signs_column": signs,
        },
    )


def plan_of(text: str) -> list[Fraction]:
    """A spending plan as cumulative shares; what is no per cent is left out."""
    parts = (part.strip().rstrip("%") for part in text.replace("；", ";").replace("、", ";").split(";"))
    return [Fraction(part) / 100 for part in parts if part.replace(".", "", 1).isdigit()]

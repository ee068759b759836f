"""What is known of targets before any result, in columns: asked of `targetfacts` once per distinct combination of texts.

A plain number is asked about as one of a few (0, 30, 60, …, 101): nothing but where it lies among the bounds of the
wording tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache, lru_cache, partial
from types import SimpleNamespace as Made
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evaluator.batch.columnar import ABSENT, UNSAID, Kind, Shown, flags, hundredths, rates, told, words
from evaluator.batch.costcolumns import Costs
from evaluator.batch.pairs import PARTS
from evaluator.batch.relationcolumns import copies, lacks, periods
from evaluator.batch.scored import ScoredPart
from evaluator.batch.texts import TextColumn, coded, joint
from evaluator.comparators import ANY_SIGN
from evaluator.factsheets.targetfacts import FEW, bare_name, indicator_fact, off_portions, says_the_same
from evaluator.factsheets.wording import Wording, for_staff
from evaluator.factsheets.wordlists import bounds
from evaluator.model import Indicator, Project
from evaluator.quantities.quantity import Unreadable

OF_TEXT = (
    "sign_written", "numeric", "restates_name", "deadline_in_percent", "deadline_unclear", "input_as_output", "rate_above_100", "sign_against_name",
    "standard_given", "measures_nothing", "after_year", "empty", "unit_unfit", "mark_left", "repeats_execution", "answers_yes",
    "rate_as_quantity", "misplaced", "no_group", "against_sense",
)  # fmt: skip
TOLD = ("deadline_told", "empty_told", "unit_told", "misplaced_told", "sense_told")
TEXTS = ("category", "dimension", "name", "description", "target", "sign", "formula", "criterion")
OF_BASIS = ("basis_given", "basis_outdated", "basis_unrelated")
NUMBER = re.compile(rf"^({ANY_SIGN}?)[0-9.]+(.*)$")


def indicator_kind(scored: ScoredPart) -> Kind:
    """One fact for each row."""
    columns = scored.columns
    points = scored.rows.points.astype(np.int64)
    rest = np.array([10_000 - one.allocation.execution for one in scored.policies], dtype=np.int64)[scored.policy]
    share, has = rest[scored.project], rest[scored.project] > 0
    kind = Kind(scored.project, words(columns["indicator"]))
    asked: dict[str, Any] = {}
    costs = cache(partial(Costs, scored))

    def of_text(name: str) -> Any:
        if name in OF_BASIS:
            if "basis" not in asked:
                asked["basis"] = _ask(scored, ("category", "dimension", "name", "basis"), _basis)
            return asked["basis"][OF_BASIS.index(name)]
        if "text" not in asked:
            asked["text"] = _texts(scored)
        return asked["text"][OF_TEXT.index(name)]

    kind.makers = {
        **{name: partial(of_text, name) for name in (*OF_TEXT, *OF_BASIS)},
        "own_people": lambda: (
            _ask(scored, ("category", "dimension", "name"), _people)[0] * ~columns["project"].each(for_staff)
        ),
        "row": lambda: scored.places * 10**6,
        "category": lambda: columns["category"],
        "dimension": lambda: columns["dimension"],
        "points": lambda: points * 10_000,
        "share": lambda: np.where(has & (points < share), points * 10**6 // np.maximum(share, 1), ABSENT),
        "equals_budget": lambda: costs().repeats.astype(np.int8),
        "repeated": lambda: copies(scored)[0].astype(np.int8),
        "repeated_here": lambda: _repeated_here(scored).astype(np.int8),
    }
    kind.shown = {
        "row": told(str, scored.places), "called": called_as(columns),
        **{name: words(columns[name]) for name in ("indicator", "name", "target", "description", "basis", "category", "dimension")},
        **{name: partial(_told, scored, name) for name in TOLD},
        "budget_told": lambda at: costs().told(at),
        "points": hundredths(scored.rows.points), "share": rates(points, np.maximum(share, 1), has),
    }  # fmt: skip
    return kind


def called_as(columns: Mapping[str, TextColumn]) -> Shown:
    """A row by its id and its name, as `targetfacts.called` tells it."""
    id, name = words(columns["indicator"]), words(columns["name"])
    return lambda at: pc.binary_join_element_wise(id(at), "“", name(at), "”", "")


def _ask(scored: ScoredPart, names: tuple[str, ...], tell: Any, target: TextColumn | None = None) -> Any:
    """Fields of `tell(year, *texts)` for every row, asked once for each distinct combination."""
    columns = {**scored.columns, **({"target": target} if target else {})}
    key, first = joint(coded(scored.year), *(columns[name].key for name in names))
    told = [tell(int(scored.year[row]), *(columns[name].at(row) for name in names)) for row in first.tolist()]
    return np.array(told, dtype=np.int8).reshape(len(first), -1).T[:, key]


def _texts(scored: ScoredPart) -> Any:
    """The fields that target and description decide; plain targets by their stand-ins."""
    target, aims = scored.columns["target"], scored.read.aims
    stand_ins = [
        _stand_in(word, int(aims.number[code]))
        if aims.unit[code] >= 0 and _freely(aims.known[aims.unit[code]])
        else word
        for code, word in enumerate(target.words)
    ]
    named: dict[str, int] = {}
    codes = np.array([named.setdefault(word, len(named)) for word in stand_ins], dtype=np.int32)[target.codes]
    digits = scored.columns["name"].each(lambda word: bare_name(word)[:1].isdigit())
    if digits.any():  # a name that could be the target itself
        own = np.array([named.setdefault(word, len(named)) for word in target.words], dtype=np.int32)[target.codes]
        codes = np.where(digits, own, codes)
    return _ask(scored, TEXTS, _text, TextColumn(codes, list(named)))


def _freely(unit: Any) -> bool:
    return unit.kind not in ("月数", "时长") and bool(unit.kind != "比率" or unit.name == "%")


def _stand_in(word: str, number: int) -> str:
    found = NUMBER.match(word)
    assert found
    return f"{found[1]}{_standing(number, PARTS)}{found[2]}"


def _standing(number: int, parts: int) -> int:
    """The number that stands for all those that lie as this one among the bounds."""
    limits = [0, *bounds()]
    above = [limit for limit in limits if number <= limit * parts]
    if not above:
        return limits[-1] + 1
    return above[0] if number == above[0] * parts else (above[0] + limits[limits.index(above[0]) - 1]) // 2


@lru_cache(maxsize=200_000)
def _text(year: int, category: str, dimension: str, name: str, description: str, target: str, sign: str, formula: str, criterion: str) -> tuple[int, ...]:  # fmt: skip
    row = _indicator(category, dimension, name, description, target, sign, formula, criterion)
    return _encoded(row, year, OF_TEXT)


@lru_cache(maxsize=200_000)
def _people(year: int, category: str, dimension: str, name: str) -> tuple[int, ...]:
    said = _wording(category, dimension, name, "", "≥1个", "", "", "")
    return (int(said is not None and said.own_people),)


@lru_cache(maxsize=200_000)
def _wording(*texts: str) -> Wording | None:
    """How a row is worded, of its TEXTS; None where the target cannot be read."""
    row = _indicator(*texts)
    try:
        return Wording(row, row.read)
    except Unreadable:
        return None


def _told(scored: ScoredPart, name: str, at: Any) -> pa.Array:
    """A text about the wording of some rows."""
    rows = np.arange(len(scored.project))[at].tolist()
    said = (_wording(*(scored.columns[one].at(row) for one in TEXTS)) for row in rows)
    return pa.array([getattr(one, name) if one else "" for one in said], pa.string())


@lru_cache(maxsize=200_000)
def _basis(year: int, category: str, dimension: str, name: str, basis: str) -> tuple[int, ...]:
    row = _indicator(category, dimension, name, "", "≥1个", "", "", "", basis)
    return _encoded(row, year, OF_BASIS)


def _indicator(category: str, dimension: str, name: str, description: str, target: str, sign: Any, formula: str, criterion: str, basis: str = "") -> Indicator:  # fmt: skip
    return Indicator.model_construct(
        id="", category=category, dimension=dimension, name=name, description=description, target=target,
        sign=sign or None, points=0, formula=formula or None, criterion=criterion or None, basis=basis, line=None,
    )  # fmt: skip


def _encoded(row: Indicator, year: int, fields: tuple[str, ...]) -> tuple[int, ...]:
    known: dict[str, Any] = {"year": year, "budget": Made(total=0)}
    policy = Made(allocation=Made(execution=0))
    whole = Made(code="", name="", table=Project.model_construct(**known), policy=policy)
    table: Any = Made(**vars(whole), rows=[Made(indicator=row, points=0)])
    fact = indicator_fact(table, row, 0, ())
    had = (fact.fields.get(name) for name in fields)
    return tuple(UNSAID if one is None else int(bool(one)) for one in had)


def _repeated_here(scored: ScoredPart) -> Any:
    """Rows that say what a row above them in the project says; only rows with the same bare name are compared."""
    columns = scored.columns
    named: dict[str, int] = {}
    plain = columns["name"].each(lambda word: named.setdefault(bare_name(word), len(named)), np.int64)
    key, _ = joint(coded(scored.project), coded(plain), columns["target"].key, columns["sign"].key)
    out = np.zeros(len(key), dtype=bool)
    again = np.flatnonzero((np.bincount(key) > 1)[key])
    texts = {name: columns[name] for name in ("name", "description", "target", "sign")}
    codes = zip(*(text.codes[again].tolist() for text in texts.values()), strict=True)

    def said(one: tuple[int, ...]) -> Any:
        return Made(**{name: text.words[code] for (name, text), code in zip(texts.items(), one, strict=True)})

    alike = cache(lambda one, other: bool(says_the_same(said(one), said(other))))
    above: dict[int, list[tuple[int, ...]]] = {}
    for row, group, one in zip(again.tolist(), key[again].tolist(), codes, strict=True):
        earlier = above.setdefault(group, [])
        out[row] = any(alike(other, one) for other in earlier)
        earlier.append(one)
    return out


def form_columns(scored: ScoredPart, indicator: Kind) -> dict[str, Callable[[], Any]]:
    """The fields of a table that tell which columns its form has, by what its rows have."""

    def some(mask: Any) -> Any:
        return np.logical_or.reduceat(mask, scored.starts)

    def signs() -> Any:
        written = indicator.values("sign_written")
        few = np.add.reduceat((written == 0).astype(np.int64), scored.starts) < FEW
        return (some(written == 1) | few).astype(np.int8)

    return {
        "basis_column": lambda: some(indicator.values("basis_given") == 1).astype(np.int8),
        "signs_column": signs,
    }


def table_kind(scored: ScoredPart) -> Kind:
    """One fact for each project: the periods of its plan, and whether its points follow the policy's allocation."""
    columns, starts = scored.columns, scored.starts
    category = columns["category"]
    points = scored.rows.points.astype(np.int64)
    sums = [
        np.where(np.logical_or.reduceat(mask, starts), np.add.reduceat(np.where(mask, points, 0), starts), -1)
        for mask in (category.codes == code for code in range(len(category.array)))
    ]  # -1: the project has no row of that category
    back, first = joint(coded(scored.policy), *(coded(one, -1) for one in sums))
    kept, shown = [], []
    for policy, *had in np.stack([scored.policy, *sums])[:, first].T.tolist():
        rows = [
            Made(indicator=Made(category=word), points=worth)
            for word, worth in zip(category.words, had, strict=True)
            if worth >= 0
        ]
        whole: Any = Made(code="", name="", policy=scored.policies[policy], rows=rows)
        off = off_portions(whole)
        kept.append(UNSAID if off is None else int(not off))
        shown.append("；".join(off or ()))
    plan = columns["plan"]
    planned = plan.each(lambda text: len(plan_of(text)), np.int64)[starts]
    code = words(columns["project_code"].take(starts))
    lacking, whose = lacks(scored), copies(scored)[1]
    repeats, named = np.zeros(scored.size, dtype=np.int32), [""]
    for mine, others in whose.items():
        repeats[mine] = len(named)
        named.append("、".join(f"“{columns['project'].at(starts[one])}”" for one in others))
    return Kind(
        np.arange(scored.size),
        code,
        True,
        makers={
            "portions_kept": lambda: np.array(kept, dtype=np.int8)[back],
            "plan_periods": lambda: periods(scored, planned),
            **flags({
                "lacks_effects": lacking["lacks_effects"], "lacks_satisfaction": lacking["lacks_satisfaction"],
            }),
        },
        shown={
            "name": words(columns["project"].take(starts)),
            "portions_shown": words(TextColumn(back, shown)),
            "plan_periods": told(str, planned),
            "lacks_shown": lacking["lacks_shown"],
            "repeated_in": words(TextColumn(repeats, named)),
        },
    )  # fmt: skip


def plan_of(text: str) -> list[Fraction]:
    """A spending plan as cumulative shares; what is no per cent is left out."""
    parts = (part.strip().rstrip("%") for part in text.replace("；", ";").replace("、", ";").split(";"))
    return [Fraction(part) / 100 for part in parts if part.replace(".", "", 1).isdigit()]

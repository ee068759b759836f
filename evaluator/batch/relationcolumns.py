"""What is known of rows beside other rows and of tables beside other tables, in columns: the facts of `relations`.

What a text means is asked of `structure` and `samething`, once per distinct combination of texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, partial
from types import SimpleNamespace as Made
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from evaluator.batch.columnar import Kind, Ratio, spread, words
from evaluator.batch.rowchecks import UNKNOWN
from evaluator.batch.scored import ScoredPart
from evaluator.batch.texts import TextColumn, coded, each_of, joint
from evaluator.factsheets.relations import said_before
from evaluator.factsheets.structure import fitting_level, lacking, level_of, serves
from evaluator.factsheets.unittables import ALIKE, OUTPUT
from evaluator.findings.facts import FACTS
from evaluator.quantities.samething import aim_of, core, is_part, whole_of

ROW = ("name", "target", "sign", "description", "dimension")


def row_fields(kind: str, scored: ScoredPart) -> dict[str, Any]:
    """What facts of this kind say first of a row, as `relations.row_fields`."""
    columns = scored.columns
    id, name = words(columns["indicator"]), words(columns["name"])
    fields = {
        "row": lambda: Ratio(scored.places),
        "called": lambda at: pc.binary_join_element_wise(id(at), "“", name(at), "”", ""),
        **{name: columns[name] for name in ("indicator", "name", "target")},
    }
    return {name: column for name, column in fields.items() if name in FACTS[kind]}


def relation_kind(scored: ScoredPart) -> Kind:
    """One fact for each row; whether it fits the purpose of its project the table does not know."""
    fits = _fitting(scored)
    beside = cache(partial(_beside, scored))

    def flag(which: int) -> Any:
        flags = np.zeros(len(scored.project), dtype=np.int8)
        flags[list(beside()[which])] = 1
        return flags

    def names(which: int, at: Any) -> pa.Array:
        return pa.array([beside()[which].get(row, "") for row in at.tolist()], pa.string())

    return Kind(
        "relation",
        scored.project,
        words(scored.columns["indicator"]),
        row_fields("relation", scored)
        | {
            "dimension": scored.columns["dimension"],
            "same_thing": partial(flag, 0),
            "same_as": partial(names, 0),
            "part": partial(flag, 1),
            "whole": partial(names, 1),
            "off_level": fits.given(),
            "fits": fits,
        },
    )


def _fitting(scored: ScoredPart) -> TextColumn:
    """The kind of effects each row belongs to instead; blank where it may stand where it does."""
    asked = ("dimension", "name", "target", "description")
    at = np.flatnonzero(scored.columns["dimension"].each(lambda word: level_of(word) is not None))
    key, fits = each_of([column.take(at) for column in scored.texts(*asked)], fitting_level)
    there = list(dict.fromkeys(["", *fits]))
    codes = np.zeros(len(scored.project), dtype=np.int32)
    codes[at] = np.array([there.index(level) for level in fits], dtype=np.int32)[key]
    return TextColumn(codes, there)


def _beside(scored: ScoredPart) -> tuple[dict[int, str], dict[int, str]]:
    """The rows that say in other words what one above says, and the parts of one above, each with the name of that one.

    Only rows with a target and a name as another of the project has them, and parts, are looked at one by one.
    """
    aim_key, aims = each_of(scored.texts("target", "sign"), lambda target, sign: aim_of(target, sign or None))
    core_key, cores = each_of(scored.texts("name"), lambda name: (core(name), is_part(name)))
    aim, about = _numbers(map(repr, aims))[aim_key], _numbers(words for words, _ in cores)[core_key]
    part = np.array([part for _, part in cores])[core_key]
    alike, _ = joint(coded(scored.project), coded(aim), coded(about))
    looked = (np.bincount(alike) > 1)[alike]
    with_part = np.zeros(scored.size, dtype=bool)
    with_part[scored.project[part]] = True
    looked |= with_part[scored.project]
    same: dict[int, str] = {}
    whole: dict[int, str] = {}
    above: dict[int, list[Any]] = {}
    at = np.flatnonzero(looked)
    texts = zip(*(column.texts(at) for column in scored.texts(*ROW)), strict=True)
    figures = (numbers.tolist() for numbers in (at, scored.project[at], scored.written[at]))
    for row, project, worth, (name, target, sign, description, dimension) in zip(*figures, texts, strict=True):
        before = above.setdefault(project, [])
        mine = Made(
            name=name, target=target, sign=sign or None, description=description, dimension=dimension, points=worth
        )
        if (other := said_before(mine, before)) is not None:
            same[row] = other.name
        elif (total := whole_of(mine, before)) is not None:
            whole[row] = total.name
        before.append(mine)
    return same, whole


def _numbers(texts: Iterable[str]) -> Any:
    """A number for each of these, the same for the same."""
    known: dict[str, int] = {}
    return np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int64)


# ---- tables ------------------------------------------------------------------------------------------------------


def lacks(scored: ScoredPart) -> dict[str, Any]:
    """What each project's table lacks."""
    columns, starts = scored.columns, scored.starts
    key, kinds = each_of(scored.texts("category", "dimension", "name"), serves)
    effects, satisfied = (
        np.logical_or.reduceat(np.array([column[at] for column in kinds])[key], starts) for at in (0, 1)
    )
    written = columns["description"].given() | columns["basis"].given()
    whole = np.logical_or.reduceat(written, starts) | columns["plan"].given()[starts]
    there = [
        np.logical_or.reduceat(columns["category"].codes == code, starts)
        for code in range(len(columns["category"].array))
    ]
    back, first = joint(*(coded(column) for column in (scored.policy, effects, satisfied, whole, *there)))
    facts = []
    for project in first.tolist():
        categories = [word for word, has in zip(columns["category"].words, there, strict=True) if has[project]]
        policy = scored.policies[int(scored.policy[project])]
        facts.append(
            lacking(policy, categories, bool(effects[project]), bool(satisfied[project]), bool(whole[project]))
        )
    return spread("table", facts, back)


def filled(scored: ScoredPart) -> Any:
    """The projects of which anything was filled in of the year."""
    typed = np.logical_or.reduceat((~scored.rows.missing | scored.rows.left) & ~scored.read.computed, scored.starts)
    return typed | (scored.money["adjusted"] != UNKNOWN) | (scored.money["executed"] != UNKNOWN)


def periods(scored: ScoredPart, written: Any) -> Ratio:
    """The periods of each plan; not known where anything is filled in, and where a unit's year has several projects and none
    has a plan."""
    unit, _ = joint(scored.columns["unit_code"].take(scored.starts).key, coded(scored.year[scored.starts]))
    planned = (np.bincount(unit) < 2) | (np.bincount(unit, weights=written > 0) > 0)
    return Ratio(written, 1, planned[unit] & ~filled(scored))


def copies(scored: ScoredPart) -> tuple[Any, dict[int, list[int]]]:
    """The rows that are word for word those of projects before (by code) of the unit's year, and whose they are.

    As `UnitTables.copied`: output rows, at least ALIKE of a project; projects by number.
    """
    columns = scored.columns
    output = columns["category"].each(lambda word: word == OUTPUT)
    rows = np.flatnonzero(output)
    by_code = np.argsort(columns["project_code"].take(scored.starts).ranks(), kind="stable")
    place = np.empty(scored.size, dtype=np.int64)
    place[by_code] = np.arange(scored.size)
    rows = rows[np.argsort(place[scored.project[rows]], kind="stable")]
    mine = place[scored.project[rows]]
    same = [columns[name].take(rows).key for name in ("unit_code", "name", "target")]
    key, head = joint(coded(scored.year[rows]), *same)
    first = mine[head][key]
    copied = first < mine
    copied &= (np.bincount(mine[copied], minlength=scored.size) >= ALIKE)[mine]
    out = np.zeros(len(scored.project), dtype=bool)
    out[rows[copied]] = True
    whose: dict[int, list[int]] = {}
    for pair in np.unique(mine[copied] * scored.size + first[copied]).tolist():
        project, other = divmod(pair, scored.size)
        whose.setdefault(int(by_code[project]), []).append(int(by_code[other]))
    return out, whose

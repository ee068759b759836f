"""What is known of rows beside other rows and of tables beside other tables, in columns: the facts of `relations`.

What a text means is asked of `structure` and `samething`, once per distinct combination of texts.
"""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace as Made
from typing import Any

import numpy as np
import pandas as pd

from evaluator.batch.columnar import ABSENT, Kind, flags, told, words
from evaluator.batch.rowchecks import UNKNOWN
from evaluator.batch.scored import ScoredPart
from evaluator.batch.texts import TextColumn, coded, joint
from evaluator.factsheets.relations import ALIKE, OUTPUT, said_before
from evaluator.factsheets.structure import fitting_level, lacking, serves
from evaluator.quantities.samething import aim_of, core, is_part, whole_of

ROW = ("name", "target", "sign", "description", "dimension")


def relation_kind(scored: ScoredPart, called: Any) -> Kind:
    """One fact for each row; whether it fits the purpose of its project the table does not know."""
    columns, size = scored.columns, len(scored.project)
    fits = _fitting(scored)
    beside: dict[str, dict[int, str]] = {}

    def found(which: str) -> dict[int, str]:
        if not beside:
            beside.update(zip(("same", "whole"), _beside(scored), strict=True))
        return beside[which]

    def flag(which: str) -> Any:
        out = np.zeros(size, dtype=np.int8)
        out[list(found(which))] = 1
        return out

    def named(which: str) -> Any:
        return lambda at: words(_listed([found(which).get(row, "") for row in at.tolist()]))(np.arange(len(at)))

    return Kind(
        scored.project,
        words(columns["indicator"]),
        makers={
            "row": lambda: scored.places * 10**6,
            "dimension": lambda: columns["dimension"],
            "same_thing": partial(flag, "same"),
            "part": partial(flag, "whole"),
            **flags({"off_level": fits.given()}),
        },
        shown={
            "row": told(str, scored.places), "called": called, "same_as": named("same"), "whole": named("whole"),
            "fits": words(fits), **{name: words(columns[name]) for name in ("name", "target", "dimension")},
        },
    )  # fmt: skip


def _listed(texts: list[str]) -> TextColumn:
    return TextColumn(np.arange(len(texts)), texts)


def _asked(scored: ScoredPart, names: tuple[str, ...], tell: Any) -> tuple[Any, list[Any]]:
    """What is told of each distinct combination of these columns, and which one each row has."""
    key, first = joint(*(scored.columns[name].key for name in names))
    return key, [tell(*(scored.columns[name].at(row) for name in names)) for row in first.tolist()]


def _fitting(scored: ScoredPart) -> TextColumn:
    """The kind of effects each row belongs to instead; blank where it may stand where it does."""
    key, fits = _asked(scored, ("dimension", "name", "target", "description"), fitting_level)
    there = list(dict.fromkeys(["", *fits]))
    return TextColumn(np.array([there.index(one) for one in fits], dtype=np.int32)[key], there)


def _beside(scored: ScoredPart) -> tuple[dict[int, str], dict[int, str]]:
    """The rows that say in other words what one above says, and the parts of one above, each with the name of that one.

    Only rows with a target and a name as another of the project has them, and parts, are looked at one by one.
    """
    aim_key, aims = _asked(scored, ("target", "sign"), lambda target, sign: aim_of(target, sign or None))
    core_key, cores = _asked(scored, ("name",), lambda name: (core(name), is_part(name)))
    aim, _ = pd.factorize(np.array([repr(one) for one in aims], dtype=object)[aim_key])
    about, _ = pd.factorize(np.array([one for one, _ in cores], dtype=object)[core_key])
    part = np.array([one for _, one in cores])[core_key]
    alike, _ = joint(coded(scored.project), coded(aim), coded(about))
    looked = (np.bincount(alike) > 1)[alike]
    with_part = np.zeros(scored.size, dtype=bool)
    with_part[scored.project[part]] = True
    looked |= with_part[scored.project]
    same: dict[int, str] = {}
    whole: dict[int, str] = {}
    above: dict[int, list[Any]] = {}
    points = scored.rows.points
    for row in np.flatnonzero(looked).tolist():
        before = above.setdefault(int(scored.project[row]), [])
        texts = {name: scored.columns[name].at(row) for name in ROW}
        one = Made(**texts | {"sign": texts["sign"] or None}, points=int(points[row]))
        if (other := said_before(one, before)) is not None:
            same[row] = other.name
        elif (total := whole_of(one, before)) is not None:
            whole[row] = total.name
        before.append(one)
    return same, whole


# ---- tables ------------------------------------------------------------------------------------------------------


def lacks(scored: ScoredPart) -> dict[str, Any]:
    """What each project's table lacks, as flags, and as it is told."""
    columns, starts = scored.columns, scored.starts
    key, kinds = _asked(scored, ("category", "dimension", "name"), serves)
    effects, satisfied = (np.logical_or.reduceat(np.array([one[at] for one in kinds])[key], starts) for at in (0, 1))
    written = columns["description"].given() | columns["basis"].given()
    whole = np.logical_or.reduceat(written, starts) | columns["plan"].given()[starts]
    there = [np.logical_or.reduceat(columns["category"].codes == code, starts) for code in range(len(columns["category"].array))]  # fmt: skip
    back, first = joint(*(coded(one) for one in (scored.policy, effects, satisfied, whole, *there)))
    made = []
    for project in first.tolist():
        categories = [
            word for word, has in zip(columns["category"].words, (one[project] for one in there), strict=True) if has
        ]
        policy = scored.policies[int(scored.policy[project])]
        made.append(lacking(policy, categories, bool(effects[project]), bool(satisfied[project]), bool(whole[project])))
    return {
        "lacks_effects": np.array(["效益指标" in one for one in made])[back],
        "lacks_satisfaction": np.array([one == ("满意度指标",) for one in made])[back],
        "lacks_shown": words(TextColumn(back, ["、".join(one) for one in made])),
    }


def filled(scored: ScoredPart) -> Any:
    """The projects of which anything was filled in of the year."""
    typed = np.logical_or.reduceat(~scored.rows.missing & ~scored.read.computed, scored.starts)
    return typed | (scored.money["adjusted"] != UNKNOWN) | (scored.money["executed"] != UNKNOWN)


def periods(scored: ScoredPart, written: Any) -> Any:
    """The periods of each plan, in millionths; ABSENT where anything is filled in, and where a unit's year has several
    projects and none has a plan."""
    unit, _ = joint(scored.columns["unit_code"].take(scored.starts).key, coded(scored.year[scored.starts]))
    planned = (np.bincount(unit) < 2) | (np.bincount(unit, weights=written > 0) > 0)
    return np.where(planned[unit] & ~filled(scored), written * 10**6, ABSENT)


def copies(scored: ScoredPart) -> tuple[Any, dict[int, list[int]]]:
    """The rows that are word for word those of projects before (by code) of the unit's year, and whose they are.

    As `relations.copied`: output rows, at least ALIKE of a project; projects by number.
    """
    columns = scored.columns
    output = columns["category"].each(lambda word: word == OUTPUT)
    rows = np.flatnonzero(output)
    codes = np.array(columns["project_code"].words, dtype=object)[columns["project_code"].codes[scored.starts]]
    place = np.empty(scored.size, dtype=np.int64)
    place[np.argsort(codes.astype(str), kind="stable")] = np.arange(scored.size)
    key, _ = joint(coded(scored.year), columns["unit_code"].key, columns["name"].key, columns["target"].key)
    frame = pd.DataFrame({"row": rows, "key": key[rows], "place": place[scored.project[rows]]})
    frame["first"] = frame.groupby("key")["place"].transform("min")
    frame = frame[frame["first"] < frame["place"]]
    frame = frame[frame.groupby("place")["row"].transform("size") >= ALIKE]
    out = np.zeros(len(scored.project), dtype=bool)
    out[frame["row"].to_numpy()] = True
    at = np.argsort(place)
    whose: dict[int, list[int]] = {}
    for mine, first in (
        frame[["place", "first"]].drop_duplicates().sort_values(["place", "first"]).itertuples(index=False)
    ):
        whose.setdefault(int(at[mine]), []).append(int(at[first]))
    return out, whose

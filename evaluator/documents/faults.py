"""Whose an error is: one unit's faulty file closes the scoring of that unit's year, and of no other.

A file is of the unit and year it speaks of, and of those of the folder it lies in (…/年度/单位编码/…). What may be anybody's
closes everything; of what is another's one warning a file is told, and the file is not used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from pathlib import Path
from typing import Any

from evaluator.errors import Problem, UsageProblem

Whose = tuple[int | None, str | None]  # a year and the code of a unit; None: any
Scope = tuple[int | None, str | None]  # what is asked for; None: every one
ANYBODY: Whose = (None, None)
EVERYBODY: Scope = (None, None)
NOTHING = Problem(
    "U204",
    "工作区里还没有项目（绩效目标表）",
    None,
    "rules/projects/年度/单位编码/项目编码.yaml",
    remedy="在工作区里用 ziping import 绩效目标文件 导入（docx、xlsx、pdf、网页、文本）",
)
_YEAR = re.compile(r"[12][0-9]{3}")


def whose_of(folders: Sequence[str], document: Any = None, units: Set[str] | None = None) -> frozenset[Whose]:
    """Whose a file of goals is, by the folders it lies in (from the one of years) and by what it says.

    `units` are the codes that a folder may name, where not every name is one.
    """
    year = int(folders[0]) if folders and _YEAR.fullmatch(folders[0]) else None
    unit = folders[1] if year and len(folders) > 1 and (units is None or folders[1] in units) else None
    says = document if isinstance(document, Mapping) else {}
    of, code = str(says.get("year", "")), says.get("unit")
    code = code.get("code") if isinstance(code, Mapping) else code
    said: Whose = (int(of) if _YEAR.fullmatch(of) else None, str(code) if code else None)
    return frozenset({(year, unit), filled(said, (year, unit))})


def filled(one: Whose, other: Whose) -> Whose:
    """What is known of whose a file is, and where that leaves something open what else is known."""
    return one[0] or other[0], one[1] or other[1]


def said_of(path: Path, year: int | None, unit: str | None) -> frozenset[Whose]:
    """Whose a file …/年度/单位编码.yaml is, by its name and by what it says of itself (None: nothing that can be read)."""
    return whose_of((path.parent.name, path.stem), {"year": year or "", "unit": unit or ""})


def concern(whose: Iterable[Whose], *scopes: Scope) -> bool:
    """Whether a file that is so-and-so's may be of what is asked for; where nothing is asked, whether it is anybody's."""
    return any(
        (year, unit) == ANYBODY
        or any((year is None or of in (None, year)) and (unit is None or code in (None, unit)) for of, code in scopes)
        for year, unit in whose
    )


def sorted_out(
    errors: Iterable[Problem], whose: Mapping[str, frozenset[Whose]], *scopes: Scope
) -> tuple[list[Problem], list[Problem]]:
    """The errors that close what is asked for, and one warning for each faulty file of others; `whose` is by file."""
    own: list[Problem] = []
    others: dict[str, list[Problem]] = {}
    for one in errors:
        path = one.where.path if one.where else ""
        if concern(whose.get(path, frozenset({ANYBODY})), *scopes):
            own.append(one)
        else:
            others.setdefault(path, []).append(one)
    return own, [_left_out(found, whose[path]) for path, found in others.items()]


def _left_out(found: Sequence[Problem], whose: frozenset[Whose]) -> Problem:
    """One faulty file of others, told as what was not used."""
    first = found[0]
    named = [f"{f'{year} 年' if year else ''}{f'单位 {unit}' if unit else ''}" for year, unit in sorted(whose, key=str)]
    more = f"，另有 {len(found) - 1} 处" if len(found) > 1 else ""
    says = f"这是{'、'.join(filter(None, dict.fromkeys(named)))}的文件，有错，本次没有用它：{first.says}{more}"
    return Problem(
        first.code, says, first.where, severity="警告", remedy="ziping check 看全部错误；改好以前不能评那一个"
    )


def choose(there: Iterable[tuple[int, str]], year: int | None, unit: str | None) -> tuple[int, str]:
    """The year and unit asked for of those there are: the latest year and the only unit when not named.

    Raises UsageProblem (U204) naming what there is.
    """
    if not (pairs := set(there)):
        raise UsageProblem([NOTHING])
    chosen = year or max(one for one, _ in pairs)
    units = sorted({code for one, code in pairs if one == chosen})
    if unit is None and len(units) == 1:
        unit = units[0]
    if unit is None or unit not in units:
        years = "、".join(str(one) for one in sorted({one for one, _ in pairs}))
        says = f"{chosen} 年没有单位“{unit}”" if unit else f"{chosen} 年有 {len(units)} 个单位，请用 --unit 指定"
        raise UsageProblem([Problem("U204", says, None, f"年度：{years}；单位：{'、'.join(units)}")])
    return chosen, unit

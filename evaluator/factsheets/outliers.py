"""What stands out when a unit's projects are seen together: everything full, everything 100%, everything just so, copies.

Only what cannot well be chance is counted: values that had to be what they are (computed ones, a 100% that nothing can
pass) and values that a whole unit shares are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from evaluator.comparators import AT_LEAST, AT_MOST
from evaluator.figures import decimal
from evaluator.findings.emptywords import says_nothing
from evaluator.findings.facts import Fact
from evaluator.model import Department, Project
from evaluator.quantities.quantity import Unreadable
from evaluator.results import Row, TableScore

SHARED = 10  # a value that more projects than this have is the unit's own figure, not a copy
WORDY = 6  # characters from which a cause and a remedy say something
SHOWN = 6  # rows named in a sentence


def host_of(tables: Iterable[TableScore]) -> str:
    """The code of the table on which findings about the whole unit stand: the department's own, else the last project's."""
    known = list(tables)
    own = [table.code for table in known if isinstance(table.table, Department)]
    return max(own or [table.code for table in known])


def unit_facts(code: str, tables: Sequence[TableScore]) -> Iterator[Fact]:
    """What is known of a unit's projects together, on the table `code`; nothing of a single one."""
    projects = sorted((t for t in tables if isinstance(t.table, Project)), key=lambda table: table.code)
    if len(projects) < 2:
        return
    satisfied = [(table, row) for table in projects for row in table.rows if _satisfaction(row)]
    free = [row for table in projects for row in free_rows(table)]
    yield Fact(
        "unit", code, projects[0].table.unit.code,
        projects=len(projects),
        all_full=all(table.score == 10_000 for table in projects),
        satisfied_projects=len({table.code for table, _ in satisfied}),
        satisfied_rows=len(satisfied),
        all_satisfied=bool(satisfied) and all(row.actual == 100 for _, row in satisfied),
        free_rows=len(free),
        all_equal=bool(free) and all(row.actual == row.target for row in free),
    )  # fmt: skip
    yield from _copies(code, projects)
    yield from _repeats(code, projects)


def free_rows(table: TableScore) -> list[Row]:
    """The rows of a table whose number could have come out on either side of the target."""
    return [row for row in table.rows if _free(row)]


def _satisfaction(row: Row) -> bool:
    """Whether a row asks for a satisfaction in per cent; one that is not filled in counts as not 100%."""
    asked = "满意" in row.indicator.category + row.indicator.name
    return asked and (row.unit == "%" or (row.missing and "%" in row.indicator.target))


def _free(row: Row) -> bool:
    """Whether a number could have come out on either side of the target, and was not made by a formula.

    A rate that is to reach 100%, and what is not to pass 0, can only just meet their targets.
    """
    if row.indicator.formula is not None or row.inapplicable:
        return False
    if row.missing:
        try:
            target = row.indicator.read
        except Unreadable:
            return False
        return target.kind == "数值" and target.sign in (AT_LEAST, AT_MOST)
    return row.word in (AT_LEAST, AT_MOST) and not (row.unit == "%" and row.target >= 100) and row.target != 0


# ---- copied results ----------------------------------------------------------------------------------------------


def _copies(code: str, projects: Sequence[TableScore]) -> Iterator[Fact]:
    """Pairs of projects with the same uncommon value under the same name, in at least two rows."""
    having: dict[tuple[str, str, Fraction], list[TableScore]] = {}
    for table in projects:
        for key in dict.fromkeys(key for row in table.rows if (key := _uncommon(row))):
            having.setdefault(key, []).append(table)
    pairs: dict[tuple[str, str], list[str]] = {}
    names = {table.code: table.name for table in projects}
    for (name, unit, number), tables in having.items():
        if len(tables) <= SHARED:
            for table, other in combinations(tables, 2):
                pairs.setdefault((table.code, other.code), []).append(f"{name}{decimal(number)}{unit}")
    for (first, second), shown in pairs.items():
        if len(shown) > 1:
            yield Fact(
                "copy", code, f"{first}+{second}",
                first=names[first], second=names[second], rows=len(shown), shown=told_some(shown),
            )  # fmt: skip


def _uncommon(row: Row) -> tuple[str, str, Fraction] | None:
    """A row's name and value where it was entered, is not the target, and no whole or half: 96.47%, not 95% or 98.5%."""
    if row.actual is None or row.computed or (2 * row.actual).denominator == 1 or row.actual == row.target:
        return None
    return re.sub(r"\s", "", row.indicator.name), row.unit, row.actual


# ---- the same words ----------------------------------------------------------------------------------------------


def _repeats(code: str, projects: Sequence[TableScore]) -> Iterator[Fact]:
    """A cause and a remedy that stand word for word behind several rows."""
    said: dict[str, list[tuple[TableScore, Row]]] = {}
    for table in projects:
        for row in table.all_rows:
            cause, remedy = (re.sub(r"[\W_]", "", text) for text in (row.result.cause, row.result.remedy))
            if worded(cause) and worded(remedy):
                said.setdefault(f"{cause}/{remedy}", []).append((table, row))
    several = [rows for rows in said.values() if len(rows) > 1]
    for number, rows in enumerate(several, 1):
        result = rows[0][1].result
        yield Fact(
            "repeat", code, str(number),
            words=f"{result.cause.strip()}；{result.remedy.strip()}",
            rows=len(rows),
            projects=len({table.code for table, _ in rows}),
            shown=told_some([f"{table.name}的{row.indicator.name}" for table, row in rows]),
        )  # fmt: skip


def worded(text: str) -> bool:
    """Whether a cause or a remedy, without punctuation, says enough to be compared."""
    return len(text) >= WORDY and not says_nothing(text)


def told_some(shown: Sequence[str]) -> str:
    """The first few of these, and how many there are when some are left out."""
    more = f"等{len(shown)}项" if len(shown) > SHOWN else ""
    return "、".join(shown[:SHOWN]) + more

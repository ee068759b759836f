"""What a reviewer would say of real projects, and every finding judged by it: read for the tests and the benchmark alike.

`findings_of_all()` is what the product says today, `Material` what a careful person wrote down before, `judged()` puts the
two together and `Figures` counts. A verdict is looked up row by row: one written for the row, else a defect that the finding
names (right), else one written for the project, else one for the rule; that of a finding is the worst of its rows. Nothing is right by default: only noise and wrong may be said of a whole rule, so that a rule which
begins to speak elsewhere is unjudged, or counts against itself, until somebody has read what it says.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Literal

from evaluator.actuals.resultfiles import load_actuals
from evaluator.documents.loading import read_document
from evaluator.evaluation import evaluate
from evaluator.findings.inference import Finding
from evaluator.results import ROW_KINDS, TableScore
from evaluator.rulebook.book import load_rulebook

ROOT = Path(__file__).parents[1]
OFFICES = ROOT / "tests" / "fixtures" / "offices"
WHOLE = "*"  # the whole table
Verdict = Literal["right", "noise", "wrong", "unjudged"]
VERDICTS: tuple[Verdict, ...] = ("right", "noise", "wrong", "unjudged")  # the later, the worse
CHINESE: dict[Verdict, str] = {"right": "对", "noise": "多余", "wrong": "错", "unjudged": "未判"}


@dataclass(frozen=True, slots=True)
class Said:
    """One finding as it is told: of which unit's table, by which rule, naming which rows (none: the table), in what words."""

    group: str  # offices, or sample: this repository's own six projects
    unit: str
    project: str
    rule: str
    title: str
    rows: tuple[str, ...]
    says: str

    @property
    def places(self) -> tuple[str, ...]:
        """The rows it names; the whole table where it names none."""
        return self.rows or (WHOLE,)


@dataclass(frozen=True, slots=True)
class Defect:
    """What a reviewer says of one row of a project, or of the whole table, by its kind (kinds.yaml)."""

    project: str
    kind: str
    row: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of defect: its title, whether targets or results have it, who says it, and whether readers differ on it."""

    title: str
    about: Literal["target", "result"]
    rules: frozenset[str]
    debatable: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict on findings of one rule: on which rows of which projects (None: on all), and why.

    `together` is the verdict where one finding names several rows at once; the same where it is None.
    """

    rule: str
    verdict: Verdict
    together: Verdict | None
    on: dict[str, tuple[str, ...]] | None
    why: str

    def covers(self, project: str, row: str) -> bool:
        """Whether it was written for this row (or this whole table) by name."""
        return self.on is not None and row in self.on.get(project, ())


@dataclass(frozen=True, slots=True)
class Material:
    """What was written down about the real projects."""

    defects: tuple[Defect, ...]
    kinds: dict[str, Kind]
    judgements: tuple[Judgement, ...]

    def named(self, said: Said) -> frozenset[Defect]:
        """The defects a finding names: its project, a kind its rule says, a row it names (or one of the whole table)."""
        kinds = {name for name, kind in self.kinds.items() if said.rule in kind.rules}
        return frozenset(
            one
            for one in self.defects
            if one.project == said.project and one.kind in kinds and one.row in (WHOLE, *said.rows)
        )

    def judgement(self, said: Said, row: str) -> Judgement | None:
        """The judgement that holds for one row of a finding, the nearest first; None where a defect or nothing says it."""
        mine = [one for one in self.judgements if one.rule == said.rule]
        exact = [one for one in mine if row != WHOLE and one.covers(said.project, row)]
        if not exact and any(one.row in (row, WHOLE) for one in self.named(said)):
            return None
        wide = [one for one in mine if one.covers(said.project, WHOLE)]
        return next(iter([*exact, *wide, *(one for one in mine if one.on is None)]), None)

    def verdict(self, said: Said) -> Verdict:
        """The worst verdict of its rows; a row it names of a defect is right unless that very row is judged otherwise."""
        return max((self._of(said, row) for row in said.places), key=VERDICTS.index)

    def why(self, said: Said) -> str:
        """The reasons written for its verdict."""
        found = [self.judgement(said, row) for row in said.places]
        reasons = ["审计人员也说了" if one is None else one.why for one in found]
        return "；".join(dict.fromkeys(reasons)) if self.verdict(said) != "unjudged" else "还没有判断"

    def _of(self, said: Said, row: str) -> Verdict:
        one = self.judgement(said, row)
        if one is None:
            return "right" if any(each.row in (row, WHOLE) for each in self.named(said)) else "unjudged"
        return one.together if one.together and len(said.rows) > 1 else one.verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with its verdict and the defects it names."""

    said: Said
    verdict: Verdict
    names: frozenset[Defect]


@dataclass(frozen=True, slots=True)
class Figures:
    """The counts of some tables: findings by verdict, defects named of all, findings of each table in the order they come."""

    verdicts: Counter[Verdict]
    named: frozenset[Defect]
    defects: tuple[Defect, ...]
    each: tuple[int, ...]

    @property
    def fired(self) -> int:
        """How many findings there are."""
        return self.verdicts.total()

    @property
    def median(self) -> Fraction:
        """The findings of the median table."""
        return Fraction(statistics.median(self.each)) if self.each else Fraction(0)


# ---- what the product says ---------------------------------------------------------------------------------------


@cache
def tables() -> tuple[tuple[str, TableScore], ...]:
    """Every table of the real projects scored, each unit's year on its own, with the group it is in."""
    shared = ROOT / "rules"
    made = []
    for group, root in (("offices", OFFICES), ("sample", ROOT)):
        book = load_rulebook(root / "rules", shared)
        actuals = load_actuals(root / "actuals", book)
        for year, unit in sorted({(table.year, table.unit.code) for table in book.tables}):
            made += [(group, one) for one in evaluate(book, actuals, year=year, unit=unit).tables]
    return tuple(made)


def rows_of(finding: Finding, table: TableScore) -> tuple[str, ...]:
    """The rows of the table that a finding names, in the order of the table."""
    named = {ref.partition(":")[2] for ref in finding.facts if ref.partition(":")[0] in ROW_KINDS}
    single = table.row_of(finding)
    return tuple(row.indicator.id for row in table.rows if row.indicator.id in named | {single})


def findings_of_all() -> Iterator[Said]:
    """Every finding on the real projects, table by table."""
    for group, table in tables():
        for one in table.findings:
            rule = one.rule
            yield Said(group, table.table.unit.code, table.code, rule.id, rule.title, rows_of(one, table), one.says)


# ---- what was written down ---------------------------------------------------------------------------------------


@cache
def material() -> Material:
    """The three files beside the real projects."""
    kinds = {
        str(name): Kind(one["title"], one["about"], frozenset(map(str, one["rules"])), "debatable" in one)
        for name, one in _plain("kinds").items()
    }
    defects = tuple(
        Defect(str(project), str(kind), str(row))
        for project, mine in _plain("defects").items()
        for kind, rows in mine.items()
        for row in rows
    )
    judgements = tuple(
        Judgement(str(rule), one["verdict"], one.get("together"), _places(one.get("on")), str(one["why"]))
        for rule, listed in _plain("judgements").items()
        for one in listed
    )
    return Material(defects, kinds, judgements)


def _plain(name: str) -> Any:
    data, problems = read_document(OFFICES / f"{name}.yaml")
    assert not problems, problems
    return data


def _places(on: Any) -> dict[str, tuple[str, ...]] | None:
    """Project -> rows; `"*"` alone is all that a rule says of the project."""
    if on is None:
        return None
    return {
        str(project): (WHOLE,) if rows == WHOLE else tuple(str(row) for row in rows) for project, rows in on.items()
    }


# ---- the two together --------------------------------------------------------------------------------------------


def judged() -> list[Judged]:
    """Every finding on the real projects with its verdict."""
    known = material()
    return [judge(said, known) for said in findings_of_all()]


def judge(said: Said, known: Material) -> Judged:
    """One finding with its verdict; a sentence that is wrong names no defect, though it stands at the right row."""
    verdict = known.verdict(said)
    return Judged(said, verdict, frozenset() if verdict == "wrong" else known.named(said))


def figures(found: Sequence[Judged], group: str | None = None) -> Figures:
    """The figures of one group of tables, or of all; defects are only written down for the offices."""
    mine = [one for one in found if group in (None, one.said.group)]
    counts = Counter(one.said.project for one in mine)
    each = tuple(counts[table.code] for where, table in tables() if group in (None, where))
    return Figures(
        Counter(one.verdict for one in mine),
        frozenset(defect for one in mine for defect in one.names),
        () if group == "sample" else material().defects,
        each,
    )


def recall(one: Figures, kinds: Iterable[str]) -> tuple[int, int]:
    """How many defects of these kinds were named, and how many there are."""
    wanted = set(kinds)
    return sum(each.kind in wanted for each in one.named), sum(each.kind in wanted for each in one.defects)


def kinds_about(about: str, debatable: bool = False) -> list[str]:
    """The kinds that targets, or results, have; those on which readers differ only when asked for."""
    return [
        name for name, kind in material().kinds.items() if kind.about == about and (debatable or not kind.debatable)
    ]


def left_over(found: Sequence[Judged]) -> list[str]:
    """Judgements that say right of a row (or a table) where their rule says nothing any more: something was lost."""
    said = {(one.said.rule, one.said.project, place) for one in found for place in (*one.said.rows, WHOLE)}
    return [
        f"{one.rule} {project} {row}"
        for one in material().judgements
        if one.verdict == "right"
        for project, rows in (one.on or {}).items()
        for row in rows
        if (one.rule, project, row) not in said
    ]

"""The whole path on one screen: a rulebook and a year's actuals become an Evaluation. Read this first.

    goal tables + actuals -> readings (prepare) -> points (score) -> totals and caps -> facts -> findings and grades

Nothing here reads a file, and nothing after this computes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, replace
from fractions import Fraction
from itertools import groupby
from typing import Any

from evaluator.factsheets.factsheet import clauses_of, facts_of, grade_fact
from evaluator.factsheets.lastyear import Before, earlier_facts, last_year
from evaluator.factsheets.outliers import host_of
from evaluator.factsheets.unittables import UnitTables
from evaluator.files.digests import digest_of, digest_of_texts, text_of
from evaluator.files.snapshot import Snapshot
from evaluator.findings.conditions import use_of
from evaluator.findings.facts import Fact
from evaluator.findings.inference import Executor, Finding, conclude
from evaluator.kept import Memory
from evaluator.model import Actuals, Department, Project
from evaluator.policy import UNGRADED
from evaluator.preparation import Prepared, prepare, tables_of
from evaluator.results import Attached, DepartmentScore, Duty, Evaluation, Row, TableScore, by_grade
from evaluator.rowreading import Reading
from evaluator.rulebook.book import Rulebook, digest_of_rules
from evaluator.scoring import ScoredCase, scored_cases, total_of


def evaluate(
    rulebook: Rulebook,
    actuals: Mapping[tuple[int, str], Actuals],
    *,
    year: int | None = None,
    unit: str | None = None,
    policy: str | None = None,
    executor: Executor = "auto",
    attached: Mapping[tuple[int, str], tuple[Attached, ...]] | None = None,
    duties: Mapping[tuple[int, str], tuple[Duty, ...]] | None = None,
    kept: Memory | None = None,
) -> Evaluation:
    """Score one unit's year.

    `actuals` are keyed by (year, code); a missing one scores 0 and is a finding. `policy` overrides the one in force.
    `attached` are the evidence files of each table, by the same key; `duties` those of rectification, by (year, unit).
    With what was `kept` of the year, only what has changed since is scored and judged; the answer is the same.
    Raises UsageProblem (no such year, unit or policy) and ActualsProblems (results that cannot be read, all at once).
    """
    kept = kept or Memory()
    prepared = prepare(rulebook, tables_of(rulebook, year, unit), actuals, policy, kept)
    scored = kept.each("score", [[table] for table in prepared], lambda at: _scored([prepared[i] for i in at]))
    scored = [replace(t, attached=(attached or {}).get((t.table.year, t.code), ())) for t in scored]
    scored = _with_duties(scored, duties or {}, {rule.id for rule in rulebook.findings if use_of(rule) == "整改"})
    of = scored[0].table
    before = last_year(rulebook.tables, actuals, of.year, of.unit.code)
    beside = (
        [table.table for table in scored],
        any(table.actuals for table in scored),
        before,
        rulebook.findings,
        executor,
    )
    host = host_of(scored)  # what is told across projects stands on it
    rests = [(table, *beside, scored if table.code == host else []) for table in scored]
    drawn = kept.each("conclude", rests, lambda at: _drawn([scored[i] for i in at], scored, before, rulebook, executor))
    graded = [replace(table, **verdict) for table, (verdict, _) in zip(scored, drawn, strict=True)]
    projects = tuple(table for table in graded if isinstance(table.table, Project))
    own = next((table for table in graded if isinstance(table.table, Department)), None)
    given = [table.actuals for table in graded if table.actuals]
    past = [table.actuals for table in before if table.actuals]
    owed = [duty for table in graded for duty in table.duties]
    files = [[t.code, f.indicator, f.file, f.digest, f.state] for t in graded for f in t.attached]
    return Evaluation(
        unit=graded[0].table.unit.name,
        unit_code=graded[0].table.unit.code,
        year=graded[0].table.year,
        projects=projects,
        department=_department(own, projects) if own else None,
        executor=drawn[0][1],
        digests={
            "rules": kept.each(
                "digest of rules", [(rulebook, of)], lambda _: [_digest_of_used(rulebook, of.year, of.unit.code)]
            )[0],
            "actuals": digest_of_texts(map(text_of, given)),
            **({"last_year": digest_of_texts(map(text_of, past))} if past else {}),
            **({"evidence": digest_of(files)} if files else {}),
            **({"rectification": digest_of([asdict(duty) for duty in owed])} if owed else {}),
        },
        illustrative=any(results.illustrative for results in given),
        files=_files(rulebook, actuals, attached, duties),
    )


def _drawn(
    judged: Sequence[TableScore],
    scored: Sequence[TableScore],
    before: Sequence[Before],
    rulebook: Rulebook,
    executor: Executor,
) -> list[tuple[dict[str, Any], str]]:
    """Grade and findings of some of a unit's tables, and the executor that found them."""
    unit = UnitTables(scored)
    facts = [fact for table in judged for fact in (*facts_of(table, unit), *earlier_facts(table, before))]
    by_code = {table.code: table for table in judged}

    def grade_of(code: str, caps: frozenset[str]) -> Fact | None:
        policy, by_score = by_code[code].policy, by_code[code].grade_by_score
        worst = {policy.grades.words[-1]} if "worst" in by_code[code].effects else set()
        return grade_fact(policy, code, policy.grades.limited(by_score, caps | worst))

    drawn = conclude(facts, rulebook.findings, grade_of, executor)
    own: dict[str, list[Finding]] = {code: [] for code in by_code}
    for finding in drawn.findings:
        if finding.project in own:
            own[finding.project].append(finding)
    return [
        (
            {
                "grade": drawn.grades.get(code, UNGRADED),
                "findings": tuple(finding for finding in own[code] if finding.rule.told is None),
                "aside": tuple(finding for finding in own[code] if finding.rule.told),
            },
            drawn.executor,
        )
        for code in (table.code for table in judged)
    ]


def _digest_of_used(rulebook: Rulebook, year: int, unit: str) -> str:
    """What names the rules that a unit's year rests on: policies, finding rules, its goal tables and those of the year before."""

    def used(tables: Mapping[tuple[int, str], Any]) -> dict[tuple[int, str], Any]:
        return {key: table for key, table in tables.items() if key[0] in (year - 1, year) and table.unit.code == unit}

    return digest_of_rules(rulebook.policies, used(rulebook.projects), used(rulebook.departments), rulebook.findings)


def _files(*loaded: Any) -> Snapshot:
    """The files that all this was loaded from, as they were then."""
    seen = Snapshot()
    for source in loaded:
        seen.add(getattr(source, "files", seen))
    return seen


def _scored(prepared: Sequence[Prepared]) -> list[TableScore]:
    """Tables as their rows come out, not yet judged."""
    cases = [reading.case(index, table.policy) for index, table in enumerate(prepared) for reading in table.readings]
    rows = groupby(scored_cases(cases), key=lambda row: row.table)
    return [_table(table, list(mine)) for table, (_, mine) in zip(prepared, rows, strict=True)]


def _table(prepared: Prepared, rows: Sequence[ScoredCase]) -> TableScore:
    execution, *indicators = (
        _row(reading, scored, prepared) for reading, scored in zip(prepared.readings, rows, strict=True)
    )
    earned = sum(row.earned for row in rows)
    total, cap, final = total_of(earned, prepared.money.rate, prepared.policy, prepared.outside, prepared.left_out)
    final = 0 if "zero" in prepared.effects else final
    grade = prepared.policy.grades.of(final)
    limit = cap if cap < 10_000 else None
    return TableScore(
        table=prepared.table,
        policy=prepared.policy,
        actuals=prepared.actuals,
        money=prepared.money,
        execution=execution,
        rows=tuple(indicators),
        total=total,
        cap=limit,
        score=final,
        grade_by_score=grade,
        grade=grade,
        findings=(),
        clauses=clauses_of(prepared.policy, [execution, *indicators], total, limit, final, grade),
        outside=prepared.outside,
        plain=_plain(prepared),
    )


def _plain(prepared: Prepared) -> int | None:
    """The total if rows that do not apply just earned nothing; None where all apply."""
    if not any(reading.inapplicable for reading in prepared.readings):
        return None
    alone = scored_cases([reading.alone.case(0, prepared.policy) for reading in prepared.readings])
    return sum(row.earned for row in alone) + prepared.outside


def _with_duties(
    scored: list[TableScore], duties: Mapping[tuple[int, str], tuple[Duty, ...]], of_grade: Set[str]
) -> list[TableScore]:
    """This year's duties of rectification and last year's, each on its project's table, or the unit's where that is gone;
    `of_grade` are the rules by which a grade calls for them."""
    year, unit = scored[0].table.year, scored[0].table.unit.code
    owed = [duty for owing in (year - 1, year) for duty in duties.get((owing, unit), ())]
    if not owed:
        return scored
    codes, host = {table.code for table in scored}, host_of(scored)
    placed = [(duty.project if duty.project in codes else host, duty) for duty in owed]
    poor = {duty.project for duty in owed if duty.year < year and duty.rule in of_grade}
    return [
        replace(t, duties=tuple(duty for code, duty in placed if code == t.code), poor_before=t.code in poor)
        for t in scored
    ]


def _row(reading: Reading, scored: ScoredCase, prepared: Prepared) -> Row:
    pair = reading.pair
    return Row(
        indicator=reading.indicator,
        result=reading.result,
        comparator=prepared.policy.counted(pair.comparator),
        target=pair.target,
        high=pair.target if pair.high is None else pair.high,
        actual=None if reading.missing else pair.actual,
        unit=pair.unit,
        actual_shown=pair.actual_shown,
        notes=pair.notes,
        computed=reading.computed,
        points=scored.points,
        scale=reading.scale,
        segment=scored.segment,
        attainment=None if reading.missing else Fraction(scored.num, scored.den),
        met=scored.met,
        over=scored.over,
        deducted=scored.deducted,
        rounded=scored.rounded,
        earned=scored.earned,
        own=reading.own,
        inapplicable=reading.inapplicable,
        gained=reading.gained,
    )


def _department(own: TableScore, projects: Sequence[TableScore]) -> DepartmentScore:
    """Projects rolled up: the mean of their scores weighted by adjusted budget (initial where that is not given)."""
    weights = [p.money.initial if p.money.adjusted is None else p.money.adjusted for p in projects]
    weighted = sum(weight * project.score for weight, project in zip(weights, projects, strict=True))
    whole = sum(weights)
    mean = (2 * weighted + whole) // (2 * whole) if whole else 0
    assert isinstance(own.table, Department)
    done = own.actuals.measures if own.actuals else {}
    return DepartmentScore(
        own=own,
        mean=mean,
        mean_grade=own.policy.grades.of(mean),
        grades={grade: len(held) for grade, held in by_grade([own, *projects], projects).items()},
        measures={measure.id: done.get(measure.id) for measure in own.table.measures},
    )

"""A sample of units scored again one by one, by `evaluate` and durable_rules, and held against what the batch wrote."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from zlib import crc32

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from evaluator.batch.columns import INPUT
from evaluator.batch.factcolumns import lines_of
from evaluator.batch.namedcells import items_in, readings_in
from evaluator.batch.part import load, rules_at
from evaluator.batch.sources import BatchPart
from evaluator.batch.targets import plan_of
from evaluator.evaluation import evaluate
from evaluator.files.snapshot import LONGEST, take
from evaluator.findings import rete
from evaluator.model import Actuals, Budget, Indicator, Project, Result, Source, Spending, UnitRef
from evaluator.quantities.quantity import read_money
from evaluator.rulebook.book import Rulebook

Row = Mapping[str, str]
SPREAD = 10  # parts that a sample is taken from, evenly over the input


def recheck(out: Path, rules: Path, units: int) -> dict[str, int]:
    """Score so many units again, chosen by a hash of their codes; counts what differs in scores, grades and findings."""
    plan = json.loads(take(out / "plan.json", LONGEST))
    rulebook, _, _ = rules_at(str(rules))
    done = json.loads(take(out / "batch.json"))
    judged = replace(rulebook, findings=tuple(rule for rule in rulebook.findings if rule.id not in done["unjudged"]))
    counts = {"units": 0, "projects": 0, "differences": 0, "rete": int(rete.available())}
    parts = plan["parts"][:: max(1, len(plan["parts"]) // SPREAD)]
    each = max(1, -(-units // len(parts)))
    for planned in parts:
        number = planned["number"]
        projects = out / "projects" / f"part-{number:05}.parquet"
        if counts["units"] >= units or not projects.exists():
            continue
        kept = {
            (project["year"], project["unit_code"], project["project_code"]): project
            for project in pq.read_table(projects).to_pylist()
        }
        chosen = sorted({key[:2] for key in kept}, key=lambda key: crc32(repr(key).encode()))[
            : min(each, units - counts["units"])
        ]
        table = load(BatchPart.of(planned))
        codes = [code for _, code in chosen]
        table = table.filter(pc.is_in(table.column("unit_code").cast("string"), value_set=pa.array(codes, pa.string())))
        rows = [{name: str(row.get(name) or "").strip() for name in INPUT} for row in table.to_pylist()]
        subjects = _findings(out / "findings" / f"part-{number:05}.parquet", codes)
        for year, code in chosen:
            mine = [
                row
                for row in rows
                if row["unit_code"] == code and row["year"] == str(year) and (year, code, row["project_code"]) in kept
            ]
            book, actuals = as_rulebook(mine, judged)
            evaluation = evaluate(book, actuals, year=year, unit=code, executor="auto")
            counts["rete"] &= evaluation.executor == "rete"
            counts["units"] += 1
            for project in evaluation.projects:
                counts["projects"] += 1
                given = kept[(year, code, project.code)]
                same = (int(given["score"] * 100), given["grade"]) == (project.score, project.grade)
                wanted = sorted((f.rule.id, f.subject) for f in project.findings)
                counts["differences"] += not same or wanted != sorted(subjects.get((year, code, project.code), []))
    return counts


def _findings(path: Path, units: Iterable[str]) -> dict[tuple[int, str, str], list[tuple[str, str]]]:
    """Rule and subject of every finding of these units, by project."""
    table = pq.read_table(path)
    table = table.filter(pc.is_in(table.column("unit_code").cast("string"), value_set=pa.array(units, pa.string())))
    subjects: dict[tuple[int, str, str], list[tuple[str, str]]] = {}
    for finding in table.to_pylist():
        subjects.setdefault((finding["year"], finding["unit_code"], finding["project_code"]), []).append(
            (finding["rule"], finding["subject"])
        )
    return subjects


def as_rulebook(rows: Sequence[Row], known: Rulebook) -> tuple[Rulebook, dict[tuple[int, str], Actuals]]:
    """The rows of a batch as the rule files and results that `score` would have read."""
    projects: dict[tuple[int, str], Project] = {}
    actuals: dict[tuple[int, str], Actuals] = {}
    by_key: dict[tuple[int, str], list[Row]] = {}
    for row in rows:
        by_key.setdefault((int(row["year"]), row["project_code"]), []).append(row)
    for (year, code), mine in by_key.items():
        first = mine[0]
        money = read_money(first["initial"])
        projects[year, code] = Project.model_construct(
            code=code, name=first["project"], year=year, policy=first["policy"] or None, purpose="", goals=["达成"],
            unit=UnitRef.model_construct(code=first["unit_code"], name=first["unit"]),
            source=Source.model_construct(document="", line=None),
            budget=Budget.model_construct(total=money, fiscal=money, other=0),
            plan={str(n): share for n, share in enumerate(plan_of(first["plan"]))},
            indicators=[_indicator(row) for row in mine],
        )  # fmt: skip
        spending = {name: first[name] or None for name in ("adjusted", "executed")}
        reasons = {"cause": first["execution_cause"], "remedy": first["execution_remedy"]}
        actuals[year, code] = Actuals(
            code=code, year=year, achieved=first["achieved"], spending=Spending.model_validate(spending | reasons),
            results={row["indicator"]: _result(row) for row in mine},
        )  # fmt: skip
    return Rulebook(known.policies, projects, {}, known.findings, known.digest), actuals


def _indicator(row: Row) -> Indicator:
    known: dict[str, Any] = {
        name: row[name] for name in ("category", "dimension", "name", "description", "target", "basis")
    }
    units, _ = items_in(row["data"])
    known |= {name: row[name] or None for name in ("sign", "criterion")}
    known |= {
        "reads": readings_in(row["reads"]),
        "data": units,
        "of_data" if units else "formula": row["formula"] or None,
    }
    points = int(Fraction(row["points"]) * 100)
    return Indicator.model_construct(id=row["indicator"], points=points, line=None, **known)


def _result(row: Row) -> Result:
    return Result.model_validate(
        {name: row[name] or None for name in ("actual", "state", "share")}
        | {"data": items_in(row["data"])[1]}
        | {"evidence": lines_of(row["evidence"]), "cause": row["cause"], "remedy": row["remedy"]}
    )

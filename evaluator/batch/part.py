"""One part from rows of texts to written results: the batch on one screen. Read this first.

rows -> checks and readings (rejects) -> points, totals, caps -> facts in columns -> findings, grades -> files
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from evaluator.batch.astext import unbroken
from evaluator.batch.columnar import ample
from evaluator.batch.columnrules import Drawn, draw, named, places, rank, sentences, subjects, unknown
from evaluator.batch.columns import INPUT, LINE, WRONG
from evaluator.batch.factcolumns import kinds_of
from evaluator.batch.kernel import MET
from evaluator.batch.pairs import Reader, Rejected
from evaluator.batch.rollup import units_of
from evaluator.batch.rowchecks import CHECKS, UNKNOWN, check_projects, check_rows, policies_of, withhold
from evaluator.batch.scored import WHOLE, ScoredPart, score_part
from evaluator.batch.sources import BatchPart, keys_of, read_piece
from evaluator.batch.standings import words_of
from evaluator.batch.texts import TextColumn, blank, coded, joint, text_of
from evaluator.batch.writing import decimals, texts, write_json, write_parquet
from evaluator.errors import SEVERITIES
from evaluator.findings.conditions import Ready, make_ready
from evaluator.results import Money
from evaluator.rulebook.book import Rulebook
from evaluator.rulebook.opening import open_rules
from evaluator.workspace.places import open_workspace


@lru_cache(maxsize=4)
def rules_at(rules: str) -> tuple[Rulebook, tuple[Ready, ...], Reader]:
    """The rulebook in a folder, loaded once a process, its finding rules ready, and a reader for its policies."""
    pa.set_memory_pool(pa.system_memory_pool())  # one heap for numpy and arrow: what one frees the other takes
    rulebook = open_rules(Path(rules), open_workspace(Path(rules).parent).shared)
    return rulebook, make_ready(rulebook.findings), Reader(rulebook.policies)


def marker(out: Path, number: int) -> Path:
    """What says that a part is done: what it came to, of which job, and how long each of its files is."""
    return out / "done" / f"part-{number:05}.json"


def do_part(told: Mapping[str, Any], rules: str, out: str, text: bool = True, job: str = "") -> dict[str, Any]:
    """Score one part of a job and write its files; returns its counts. The same call again writes the same files."""
    part, folder = BatchPart.of(dict(told)), Path(out)
    rulebook, ready, reader = rules_at(rules)
    table = load(part)
    scored, rejects = judge(table, rulebook, reader)
    present = set(table.column_names)
    counts: dict[str, Any] = {"part": part.number, "rows": len(table), "rejects": len(rejects), "scored": 0, "projects": 0, "findings": 0}  # fmt: skip
    made: list[Path] = []
    if rejects:
        made.append(write_parquet(folder / "rejects", part.number, _rejects(rejects, table)))
    del table
    if scored is not None:
        kinds = kinds_of(scored, present)
        counts["unknown"] = unknown(kinds, ready)
        drawn = draw(kinds, ready, scored.standings, scored.grade)
        findings = findings_of(scored, kinds, drawn, text)
        made.append(write_parquet(folder / "rows", part.number, rows_of(scored)))
        made.append(write_parquet(folder / "projects", part.number, projects_of(scored, drawn.grade)))
        made.append(write_parquet(folder / "findings", part.number, findings))
        units = units_of(scored, drawn.grade, words_of(rulebook.policies.values()))
        made.append(write_parquet(folder / "units", part.number, units))
        counts |= {"scored": len(scored.project), "projects": scored.size, "findings": len(findings)}
    counts["absent"] = sorted(set(INPUT) - present)
    counts |= {"job": job, "files": {one.relative_to(folder).as_posix(): one.stat().st_size for one in made}}
    write_json(marker(folder, part.number), counts)
    return counts


def load(part: BatchPart) -> pa.Table:
    """The rows of a part in their order, with `file`, `sheet` and `row`, where each stood."""
    made = []
    for piece, keys in [(part.piece, None), *part.fetch]:
        if keys is None and not part.leave:
            keep = None
        else:
            whole = read_piece(piece, ("year", "unit_code"))
            key = keys_of(whole)
            named = {name: i for i, name in enumerate(key.words)}
            chosen = np.zeros(len(named), dtype=bool) if keys is not None else np.ones(len(named), dtype=bool)
            chosen[[named[one] for one in (part.leave if keys is None else keys)]] = keys is not None
            keep = np.flatnonzero(chosen[key.codes])
        table = read_piece(piece)
        rows = np.arange(len(table)) if keep is None else keep
        if keep is not None:
            table = table.take(pa.array(keep))
        if LINE in table.column_names:
            number = table.column(LINE).combine_chunks()
            table = table.drop_columns([LINE])
        else:
            number = pa.array(rows + piece.before + 1)
        for name, told in (("file", piece.shown), ("sheet", piece.sheet)):
            same = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(rows), np.int32)), pa.array([told]))
            table = table.append_column(name, same)
        table = table.append_column("row", number)
        made.append((piece.shown, piece.before, table))
    if len(made) == 1:
        return made[0][2]
    joined = pa.concat_tables(
        [table for _, _, table in sorted(made, key=lambda each: each[:2])], promote_options="default"
    )
    return joined.unify_dictionaries().combine_chunks()


@dataclass(slots=True)
class Body:
    """Rows on their way to a score: texts, the project of each (numbered in order), and which row of the table it was."""

    columns: Mapping[str, TextColumn]
    project: Any
    origin: Any

    @property
    def starts(self) -> Any:
        """The first row of each project."""
        return np.flatnonzero(np.diff(self.project, prepend=-1))

    def left(self, rows: Any) -> Body:
        """Only these rows, whole projects."""
        if len(rows) == len(self.origin):
            return self
        project = np.cumsum(np.diff(self.project[rows], prepend=-1) != 0) - 1
        return Body({name: one.take(rows) for name, one in self.columns.items()}, project, self.origin[rows])


def judge(table: pa.Table, rulebook: Rulebook, reader: Reader) -> tuple[ScoredPart | None, dict[int, Rejected]]:
    """Check, read and score the rows of a table; and what is rejected, by row of the table."""
    rejects: dict[int, Rejected] = {}
    body = _arranged(table)

    def withheld(found: dict[int, Rejected]) -> Any:
        """The rows that are left when projects with a bad one go."""
        left = withhold(body.project, _places(table, body.origin), found)
        rejects.update((int(body.origin[row]), why) for row, why in found.items())
        return np.flatnonzero(left)

    found: dict[int, Rejected] = {}
    check_rows(body.columns, found)
    policy = policies_of(body.columns, rulebook, found)
    rows = withheld(found)
    body, policy = body.left(rows), policy.take(rows)
    if not len(rows):
        return None, rejects
    found = {}
    allotted = np.array([rulebook.policies[one].allocation.execution if one else 0 for one in policy.words])
    points, starts = body.columns["points"].each(_hundredths, np.int32), body.starts
    money = check_projects(body.columns, starts, body.project, points, allotted[policy.codes[starts]], found)
    read = reader.rows(body.columns, _years(body.columns), policy, partial(_money, money, body.project), found)
    rows = withheld(found)
    kept = np.isin(starts, rows)
    money, read, policy = {name: one[kept] for name, one in money.items()}, read.take(rows), policy.take(rows)
    points, body = points[rows], body.left(rows)
    if not len(rows):
        return None, rejects
    ids = sorted({policy.at(row) for row in body.starts})
    place = np.array([ids.index(one) if one in ids else 0 for one in policy.words], dtype=np.int32)
    chosen, starts = [rulebook.policies[one] for one in ids], body.starts
    scored = score_part(
        body.columns,
        _years(body.columns),
        body.project,
        starts,
        money,
        chosen,
        place[policy.codes[starts]],
        read,
        points,
    )
    return scored, rejects


def _arranged(table: pa.Table) -> Body:
    """The rows with each unit's year together, and in it each project."""
    columns = {name: _column(table, name) for name in (*INPUT, WRONG)}
    group, project = _grouped(columns)
    order = np.arange(len(table))
    if (np.diff(group) < 0).any() or (np.diff(project) < 0).any():
        order = np.lexsort((project, group))
        columns = {name: column.take(order) for name, column in columns.items()}
        project, _ = joint(coded(project[order]))
    return Body(columns, project, order)


def _grouped(columns: Mapping[str, TextColumn]) -> tuple[Any, Any]:
    """The unit's year and the project of every row, numbered by first appearance; only the ends of runs are looked at."""
    keys = [columns[name] for name in ("unit_code", "year", "project_code")]
    new = np.logical_or.reduce([np.diff(one.codes, prepend=-1) != 0 for one in keys])
    unit, year, project = (one.take(np.flatnonzero(new)).key for one in keys)
    group, _ = joint(unit, year)
    whole, _ = joint(coded(group), project)
    run = np.cumsum(new) - 1
    return group[run], whole[run]


def _places(table: pa.Table, origin: Any) -> Callable[[int, int], str]:
    """Tells where one row stands, beside another: its file and sheet only where they differ."""
    files, sheets, numbers = _column(table, "file"), _column(table, "sheet"), table.column("row").to_numpy()

    def place(row: int, other: int) -> str:
        one, beside = origin[row], origin[other]
        told = f"第 {numbers[one]} 行"
        same = files.codes[one] == files.codes[beside]
        if not (same and sheets.codes[one] == sheets.codes[beside]) and (sheet := sheets.at(one)):
            told = f"工作表“{sheet}”{told}"
        return told if same else f"“{Path(files.at(one)).name}”{told}"

    return place


def _column(table: pa.Table, name: str) -> TextColumn:
    return text_of(unbroken(table.column(name))) if name in table.column_names else blank(len(table))


def _hundredths(word: str) -> int:
    """Points of a word; 0 for one that only rejected rows have."""
    return int(Fraction(word) * 100) if CHECKS["points"](word) == "" else 0


def _years(columns: Mapping[str, TextColumn]) -> Any:
    return columns["year"].each(lambda word: int(word) if word.isdigit() else 0, np.int64)


def _money(amounts: Mapping[str, Any], project: Any, row: int) -> Money:
    given = {name: int(amounts[name][project[row]]) for name in amounts}
    return Money(given["initial"], *(None if given[n] == UNKNOWN else given[n] for n in ("adjusted", "executed")))


# ---- what is written ---------------------------------------------------------------------------------------------


def _keys(scored: ScoredPart, rows: Any) -> dict[str, Any]:
    columns = scored.columns
    return {
        "year": pa.array(scored.year[rows].astype(np.int16)),
        "unit_code": texts(columns["unit_code"], rows),
        "project_code": texts(columns["project_code"], rows),
    }


def rows_of(scored: ScoredPart) -> dict[str, Any]:
    """The table of rows: points, earned, attainment in per cent rounded half up to two places."""
    rows = scored.rows
    num, den = ample(rows.num, rows.den, 2 * 10_000)
    cents = np.asarray((2 * num * 10_000 + den) // (2 * den))
    cents = np.minimum(cents, 10**15).astype(np.int64)
    return _keys(scored, slice(None)) | {
        "indicator": texts(scored.columns["indicator"]),
        "name": texts(scored.columns["name"]),
        "points": decimals(rows.points, 2),
        "earned": decimals(rows.earned, 2),
        "attainment": decimals(cents, 2, rows.missing, 18),
        "met": pa.array((rows.flags & MET) > 0),
        "missing": pa.array(rows.missing),
    }


def projects_of(scored: ScoredPart, grade: Any) -> dict[str, Any]:
    """The table of projects: money in 万元, totals, caps, scores and grades."""
    money, columns, starts = scored.money, scored.columns, scored.starts
    ids = TextColumn(scored.policy, [one.id for one in scored.policies])
    return (
        {name: texts(columns[name], starts) for name in ("province", "county", "unit")}
        | _keys(scored, starts)
        | {
            "project": texts(columns["project"], starts),
            "policy": texts(ids),
            **{name: decimals(money[name], 6, money[name] == UNKNOWN, 18) for name in money},
            "total": decimals(scored.total, 2),
            "cap": decimals(scored.cap, 2, scored.cap == WHOLE),
            "score": decimals(scored.score, 2),
            "grade": texts(scored.standings.text(grade)),
        }
    )


def findings_of(scored: ScoredPart, kinds: Any, drawn: Drawn, text: bool) -> pa.Table:
    """The table of findings, by project, row, severity, salience and rule; without those only told in one place."""
    fired = sorted((one for one in drawn.fired if not one.ready.rule.told), key=lambda each: rank(each.ready))
    project = np.concatenate([np.zeros(0, np.int64), *(one.project for one in fired)])
    number = np.repeat(np.arange(len(fired), dtype=np.int32), [len(one.project) for one in fired])
    place = np.concatenate([np.zeros(0, np.int64), *(places(one, kinds) for one in fired)])
    order = np.lexsort((number, place, project))

    def gathered(told: list[pa.Array]) -> pa.Array:
        return pa.concat_arrays([pa.array([], pa.string()), *told]).take(pa.array(order))

    rules = [one.ready.rule for one in fired]
    severity = np.array([SEVERITIES.index(rule.severity) for rule in rules], dtype=np.int32)
    return pa.table(
        _keys(scored, scored.starts[project[order]])
        | {
            "rule": texts(TextColumn(number[order], [rule.id for rule in rules])),
            "severity": texts(TextColumn(severity[number[order]], list(SEVERITIES))),
            "subject": gathered([subjects(one, kinds) for one in fired]),
            "rows": gathered([named(one, kinds) for one in fired]),
            **({"says": gathered([sentences(one, kinds, drawn) for one in fired])} if text else {}),
        }
    )


def _rejects(rejects: Mapping[int, Rejected], table: pa.Table) -> pa.Table:
    rows = sorted(rejects)
    wanted = ["file", "sheet", "row", "year", "unit_code", "project_code", "indicator"]
    taken = table.select([name for name in wanted if name in table.column_names]).take(pa.array(rows))
    taken = taken.append_column("code", pa.array([rejects[row][0] for row in rows], pa.string()))
    return taken.append_column("reason", pa.array([rejects[row][1] for row in rows], pa.string()))

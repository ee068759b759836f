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
from evaluator.batch.leftrows import counted_points
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


def do_part(
    plan: Mapping[str, Any], rules: str, out: str, text: bool = True, job: str = "", many: bool = True
) -> dict[str, Any]:
    """Score one part of a job and write its files; returns its counts. The same call again writes the same files.

    `many` says that this process has so many rows to score that compiling pays.
    """
    part, folder = BatchPart.of(plan), Path(out)
    rulebook, ready, reader = rules_at(rules)
    table = load(part)
    scored, rejects = judge(table, rulebook, reader, many)
    present = set(table.column_names)
    counts: dict[str, Any] = {"part": part.number, "rows": len(table), "rejects": len(rejects)}
    counts |= dict.fromkeys(("scored", "projects", "findings"), 0)
    tables: dict[str, Any] = {"rejects": _rejects(rejects, table)} if rejects else {}
    del table
    if scored is not None:
        kinds = kinds_of(scored, present)
        counts["unknown"] = unknown(kinds, ready)
        drawn = draw(kinds, ready, scored.standings, scored.grade)
        tables["findings"] = findings_of(scored, kinds, drawn, text)
        tables["rows"] = rows_of(scored)
        tables["projects"] = projects_of(scored, drawn.grade)
        tables["units"] = units_of(scored, drawn.grade, words_of(rulebook.policies.values()))
        counts |= {"scored": len(scored.project), "projects": scored.size, "findings": len(tables["findings"])}
    files = [write_parquet(folder / name, part.number, content) for name, content in tables.items()]
    counts["absent"] = sorted(set(INPUT) - present)
    counts |= {"job": job, "files": {file.relative_to(folder).as_posix(): file.stat().st_size for file in files}}
    write_json(marker(folder, part.number), counts)
    return counts


def load(part: BatchPart) -> pa.Table:
    """The rows of a part in their order, with `file`, `sheet` and `row`, where each stood."""
    read = []
    for piece, keys in [(part.piece, None), *part.fetch]:
        table = read_piece(piece)
        known = LINE in table.column_names
        rows = table.column(LINE) if known else pa.array(np.arange(len(table)) + piece.before + 1)
        table = table.append_column("row", rows)
        for name, text in (("file", piece.shown), ("sheet", piece.sheet)):
            same = pa.DictionaryArray.from_arrays(pa.array(np.zeros(len(table), np.int32)), pa.array([text]))
            table = table.append_column(name, same)
        if keys is not None or part.leave:
            key = keys_of(table)
            chosen = np.isin(key.words, part.leave if keys is None else keys) == (keys is not None)
            table = table.take(pa.array(np.flatnonzero(chosen[key.codes])))
        read.append((piece.shown, piece.before, table))
    tables = [table for _, _, table in sorted(read, key=lambda each: each[:2])]
    if len(tables) == 1:
        return tables[0]
    return pa.concat_tables(tables, promote_options="default").unify_dictionaries().combine_chunks()


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
        return Body({name: column.take(rows) for name, column in self.columns.items()}, project, self.origin[rows])


def judge(
    table: pa.Table, rulebook: Rulebook, reader: Reader, many: bool
) -> tuple[ScoredPart | None, dict[int, Rejected]]:
    """Check, read and score the rows of a table; and what is rejected, by row of the table."""
    rejects: dict[int, Rejected] = {}
    body = _arranged(table)

    def withheld(wrong: dict[int, Rejected]) -> Any:
        """The rows that are left when projects with a bad one go."""
        left = withhold(body.project, _places(table, body.origin), wrong)
        rejects.update((int(body.origin[row]), why) for row, why in wrong.items())
        return np.flatnonzero(left)

    wrong: dict[int, Rejected] = {}
    check_rows(body.columns, wrong)
    policy = policies_of(body.columns, rulebook, wrong)
    rows = withheld(wrong)
    body, policy = body.left(rows), policy.take(rows)
    if not len(rows):
        return None, rejects
    wrong = {}
    allotted = np.array([rulebook.policies[id].allocation.execution if id else 0 for id in policy.words])
    points, starts = body.columns["points"].each(_hundredths, np.int32), body.starts
    money = check_projects(body.columns, starts, body.project, points, allotted[policy.codes[starts]], wrong)
    read = reader.rows(body.columns, policy, partial(_money, money, body.project), wrong)
    of_word = [rulebook.policies.get(word) for word in policy.words]
    own_policies = [of_word[code] for code in policy.codes[starts].tolist()]
    counted = counted_points(body.columns, starts, body.project, points, read, own_policies, wrong)
    rows = withheld(wrong)
    kept = np.isin(starts, rows)
    money, read, policy = {name: amounts[kept] for name, amounts in money.items()}, read.take(rows), policy.take(rows)
    points, counted, body = points[rows], counted[rows], body.left(rows)
    if not len(rows):
        return None, rejects
    starts = body.starts
    ids = sorted({policy.words[code] for code in np.unique(policy.codes[starts]).tolist()})
    place = np.array([ids.index(id) if id in ids else 0 for id in policy.words], dtype=np.int32)[policy.codes[starts]]
    policies, years = [rulebook.policies[id] for id in ids], _years(body.columns)
    scored = score_part(body.columns, years, body.project, starts, money, policies, place, read, points, counted, many)
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
    new = np.logical_or.reduce([np.diff(column.codes, prepend=-1) != 0 for column in keys])
    unit, year, project = (column.take(np.flatnonzero(new)).key for column in keys)
    group, _ = joint(unit, year)
    whole, _ = joint(coded(group), project)
    run = np.cumsum(new) - 1
    return group[run], whole[run]


def _places(table: pa.Table, origin: Any) -> Callable[[int, int], str]:
    """Tells where one row stands, beside another: its file and sheet only where they differ."""
    files, sheets, numbers = _column(table, "file"), _column(table, "sheet"), table.column("row").to_numpy()

    def place(row: int, other: int) -> str:
        here, there = origin[row], origin[other]
        says = f"第 {numbers[here]} 行"
        same = files.codes[here] == files.codes[there]
        if not (same and sheets.codes[here] == sheets.codes[there]) and (sheet := sheets.at(here)):
            says = f"工作表“{sheet}”{says}"
        return says if same else f"“{Path(files.at(here)).name}”{says}"

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
        "missing": pa.array(rows.missing & ~rows.left),
    }


def projects_of(scored: ScoredPart, grade: Any) -> dict[str, Any]:
    """The table of projects: money in 万元, totals, caps, scores and grades."""
    money, columns, starts = scored.money, scored.columns, scored.starts
    ids = TextColumn(scored.policy, [policy.id for policy in scored.policies])
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
    fired = sorted((match for match in drawn.fired if not match.ready.rule.told), key=lambda each: rank(each.ready))
    project = np.concatenate([np.zeros(0, np.int64), *(match.project for match in fired)])
    number = np.repeat(np.arange(len(fired), dtype=np.int32), [len(match.project) for match in fired])
    place = np.concatenate([np.zeros(0, np.int64), *(places(match, kinds) for match in fired)])
    order = np.lexsort((number, place, project))

    def gathered(texts: list[pa.Array]) -> pa.Array:
        return pa.concat_arrays([pa.array([], pa.string()), *texts]).take(pa.array(order))

    rules = [match.ready.rule for match in fired]
    severity = np.array([SEVERITIES.index(rule.severity) for rule in rules], dtype=np.int32)
    return pa.table(
        _keys(scored, scored.starts[project[order]])
        | {
            "rule": texts(TextColumn(number[order], [rule.id for rule in rules])),
            "severity": texts(TextColumn(severity[number[order]], list(SEVERITIES))),
            "subject": gathered([subjects(match, kinds) for match in fired]),
            "rows": gathered([named(match, kinds) for match in fired]),
            **({"says": gathered([sentences(match, kinds, drawn) for match in fired])} if text else {}),
        }
    )


def _rejects(rejects: Mapping[int, Rejected], table: pa.Table) -> pa.Table:
    rows = sorted(rejects)
    wanted = ["file", "sheet", "row", "year", "unit_code", "project_code", "indicator"]
    taken = table.select([name for name in wanted if name in table.column_names]).take(pa.array(rows))
    taken = taken.append_column("code", pa.array([rejects[row][0] for row in rows], pa.string()))
    return taken.append_column("reason", pa.array([rejects[row][1] for row in rows], pa.string()))

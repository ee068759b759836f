"""Filled self-evaluation tables (自评表) in: from documents by their headings, or from transcriptions in YAML or JSON.

What is printed is kept as text; no figure is read, compared or mended here. That is what the audit does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from evaluator.documents.loading import LARGEST, VALUES, Mapping, read_document
from evaluator.documents.validation import as_model
from evaluator.errors import Problem, Where
from evaluator.files.publish import safe_name
from evaluator.files.snapshot import LARGE, Refused, take
from evaluator.intake.document import DocumentProblems, PlacedText, SourceDocument
from evaluator.intake.filled.formdata import (
    ExecutionRow,
    FilledFile,
    FilledRow,
    FilledSource,
    FilledTable,
    Funding,
    FundingRow,
    Goals,
    visible,
)
from evaluator.intake.filled.formparts import ABOVE, FilledForm, FormRow
from evaluator.intake.filled.formreading import FormPass
from evaluator.intake.headings.lexicon import FILLED, part
from evaluator.intake.headings.scanning import tables_seen
from evaluator.intake.readers import read_with_notes
from evaluator.intake.readers.pasted import PASTE, PASTED, is_pasted

PROSE = {"expected", "achieved", "deviation_note", "note", "conclusion", "problems", "measures"}  # whose lines are kept
_CALLED = {  # the fields of a filled table that have another name than their headings
    "name": "project_name", "authority": "department", "category": "level1", "dimension": "level2", "indicator": "level3",
    "category_points": "level1_points", "dimension_points": "level2_points",
}  # fmt: skip
TRANSCRIBED = {".yaml", ".yml", ".json"}


def load_filled(path: Path, shown_as: str = "") -> list[FilledTable]:
    """The filled tables of a file; raises DocumentProblems when it has none or something in it was not understood."""
    tables, problems = read_filled(path, shown_as)
    errors = [problem for problem in problems if problem.severity == "错误"]
    if errors:
        raise DocumentProblems(errors)
    return tables


def read_filled(path: Path, shown_as: str = "") -> tuple[list[FilledTable], list[Problem]]:
    """The filled tables of a file and all that was noticed; raises DocumentProblems when it cannot be read at all."""
    if path.suffix.lower() in TRANSCRIBED:
        return _transcribed(path, shown_as or path.name)
    document, notes = read_with_notes(path, shown_as)
    tables, problems = recognise_filled(document)
    return tables, [*notes, *problems]


def read_several(paths: Iterable[Path]) -> tuple[list[FilledTable], list[Problem], list[Problem]]:
    """The filled tables of every file that can be read, the errors that keep others, or parts, from being read, and notes.

    The rows of a document in which something was not understood count as incomplete.
    """
    tables: list[FilledTable] = []
    errors: list[Problem] = []
    notes: list[Problem] = []
    for path in paths:
        try:
            found, problems = read_filled(path)
        except DocumentProblems as error:
            errors += error.problems
            continue
        wrong = [problem for problem in problems if problem.severity == "错误"]
        if wrong and path.suffix.lower() not in TRANSCRIBED:
            found = [table.model_copy(update={"rows_complete": False}) for table in found]
        tables, errors = tables + found, errors + wrong
        notes += [problem for problem in problems if problem.severity != "错误"]
    return tables, errors, notes


# ---- documents ---------------------------------------------------------------------------------------------------


def recognise_filled(document: SourceDocument) -> tuple[list[FilledTable], list[Problem]]:
    """The filled tables of a document, in order, and what was not understood (D501 to D508)."""
    reading = FormPass(document)
    reading.run()
    stem = safe_name(Path(document.name).stem)
    several = len(reading.forms) > 1
    made = [
        _table(form, document, f"{stem}-{number}" if several else stem) for number, form in enumerate(reading.forms, 1)
    ]
    problems = reading.problems
    if not made and not any(problem.severity == "错误" for problem in problems):
        problems = [*problems, _saw(document, reading)]
    return made, problems


def _saw(document: SourceDocument, reading: FormPass) -> Problem:
    """The refusal of a document without any filled table: what it has instead."""
    where = Where(document.name)
    allowed = "含三级指标、指标值、实际完成值、得分各栏的自评表"
    if reading.watched:
        return Problem("D501", "没有找到填好的自评表；这是绩效运行监控表", where, "用 ziping import 读成监控数据")
    if reading.goal_tables:
        return Problem("D501", "没有找到填好的自评表；只有绩效目标表（没有实际完成值和得分）", where, allowed)
    if is_pasted(document):
        return Problem("D501", f"没有找到填好的自评表；{PASTED}", where, PASTE)
    told = tables_seen(document, 6, 10) or "文件里没有表格"
    return Problem("D501", visible(f"没有找到填好的自评表；{told}"), where, allowed)


def _table(form: FilledForm, document: SourceDocument, name: str) -> FilledTable:
    total = form.funding.get("total", {})
    money = {key: found for key, found in total.items() if key in ("initial", "full_year", "executed")}
    execution = {key: found for key, found in total.items() if key not in money}
    if form.execution_points:
        execution.setdefault("points", form.execution_points)
    funding = {
        "unit": form.money or None,
        **_told(money),
        **{kind: FundingRow(**_told(row)) for kind, row in form.funding.items() if kind != "total"},
    }
    return FilledTable(
        id=name,
        source=FilledSource(document=visible(document.name), digest=document.digest),
        year=form.year,
        form=_form(form, execution),
        funding=Funding(**funding) if form.funding else None,
        execution=ExecutionRow(**_told(execution)) if execution else None,
        goals=Goals(**_told(form.goals)) if form.goals else None,
        indicators=[_row(row) for row in form.rows],
        **_told(form.fields),
    )


def _told(found: dict[str, PlacedText]) -> dict[str, Any]:
    """The texts of these figures by the fields of a filled table, and the places of those that have one."""
    kept = {name: one for name, one in found.items() if one.flat}
    made: dict[str, Any] = {
        _CALLED.get(name, name): visible(one.text if name in PROSE else one.flat) for name, one in kept.items()
    }
    places = {_CALLED.get(name, name): str(one.place) for name, one in kept.items() if name not in ABOVE}
    return made | {"places": places}


def _row(row: FormRow) -> FilledRow:
    return FilledRow(**_told(row.texts), merged=row.merged)


def _form(form: FilledForm, execution: dict[str, PlacedText]) -> str | None:
    """The name of the layout, by what is particular to it (`forms` in headings.yaml); None for one that is like none of them."""
    points = re.sub(r"(?:\.0+)?分?$", "", execution["points"].flat) if "points" in execution else ""
    has = {
        "columns": form.heads,
        "called": form.called,
        "money": form.money_heads,
        "labels": form.fields,
        "execution": {points},
    }
    for one in part(FILLED, "forms"):
        all_there = all(set(one.get(name, ())) <= set(there) for name, there in has.items())
        if all_there and not form.heads.intersection(one.get("without", ())):
            return str(one["form"])
    return None


# ---- transcriptions ----------------------------------------------------------------------------------------------


def _transcribed(path: Path, shown: str) -> tuple[list[FilledTable], list[Problem]]:
    data, problems = _json(path, shown) if path.suffix.lower() == ".json" else read_document(path, shown)
    if data is None or problems:
        raise DocumentProblems(problems or [Problem("D511", "文件是空的", Where(shown))])
    if isinstance(data, Mapping | dict) and "cases" not in data:
        data = [data]
    if isinstance(data, list):
        cases = Mapping(cases=data)
        cases.where = getattr(data, "where", Where(shown))
        cases.keys_at = {"cases": cases.where}
        data = cases
    made, problems = as_model(FilledFile, data)
    unknown = [problem for problem in problems if problem.code == "R101"]
    if made is None and unknown:
        _drop_unknown(data)
        made, problems = as_model(FilledFile, data)
    placed = [Problem(p.code, visible(p.says), p.where or Where(shown), p.allowed, p.nearest) for p in problems]
    notes = [
        Problem("D509", visible(p.says), p.where or Where(shown), p.allowed, p.nearest, severity="警告")
        for p in unknown
    ]
    notes.sort(key=lambda note: (note.where.line, note.where.column) if note.where else (0, 0))
    if made is not None:
        return made.cases, notes
    if not (sound := _sound(data)):
        raise DocumentProblems(placed)
    return sound, [*placed, *notes]


def _sound(data: Any) -> list[FilledTable]:
    """The tables of a file that can be used although others in it cannot."""
    cases = data.get("cases") if isinstance(data, dict) else None
    made = (
        [as_model(FilledTable, case)[0] for case in cases if isinstance(case, dict)] if isinstance(cases, list) else []
    )
    return [table for table in made if table is not None]


def _drop_unknown(data: Any) -> None:
    """Take away the keys that the model does not know; they have been told."""
    from pydantic import ValidationError

    try:
        FilledFile.model_validate(data)
    except ValidationError as error:
        for item in error.errors():
            if item["type"] == "extra_forbidden":
                parent = data
                for part in item["loc"][:-1]:
                    parent = parent[part]
                parent.pop(item["loc"][-1], None)


def _values(data: Any) -> int:
    """How many keys and values a JSON document has."""
    count, open_ones = 0, [data]
    while open_ones:
        one = open_ones.pop()
        inside = [*one, *one.values()] if isinstance(one, dict) else one if isinstance(one, list) else []
        count += len(inside)
        open_ones += [value for value in inside if isinstance(value, dict | list)]
    return count


def _json(path: Path, shown: str) -> tuple[Any, list[Problem]]:
    """A JSON file with its numbers as they are written."""
    import json

    try:
        text = take(path, LARGEST).decode("utf-8-sig")
        data = json.loads(text, parse_int=str, parse_float=str, parse_constant=str)
        if _values(data) > VALUES:
            return None, [Problem("D510", "内容过多", Where(shown), f"键和值合计至多 {VALUES} 个")]
        return data, []
    except Refused as refused:
        code = "D510" if refused.code == LARGE else "D511"
        return None, [Problem(code, refused.says, Where(shown), refused.allowed)]
    except UnicodeDecodeError:
        return None, [Problem("D511", "文件不是 UTF-8 编码", Where(shown), "UTF-8（可带 BOM）")]
    except json.JSONDecodeError as error:
        return None, [Problem("D511", f"不是有效的 JSON：{error.msg}", Where(shown, error.lineno, error.colno))]
    except RecursionError:
        return None, [Problem("D511", "不是有效的 JSON：嵌套过深", Where(shown))]

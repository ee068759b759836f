"""The clerk's form: a project as the form that is printed, with its values in place; why a row scored; evidence; workbooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

from starlette.responses import Response

from evaluator import acts
from evaluator.web.doors import TABLE, UNIT, Door
from evaluator.web.visits import CellEdit, GivenResponse, Visit, attachment, nowhere, path_of, plain, refused

if TYPE_CHECKING:
    from evaluator.acts.surveying import Survey, TableView, UnitYear

ROWS = 500  # rows of one post: a pasted column


def project(visit: Visit) -> Response:
    """A goal table as the form that is printed, with its panel."""
    from evaluator.web import inplace

    unit, survey, view = _table(visit)
    form = acts.surveying.form_of(visit.at(unit), survey, view.score)
    fill = visit.may("fill")
    return visit.page(
        "project.html",
        title=view.score.name,
        unit=unit,
        survey=survey,
        view=view,
        fill=fill,
        names=acts.entering.names_of(view.score.table),
        form=inplace.form_page(form, view, fill),
        said=visit.said(),
        panel=_panel(visit, unit, survey, view),
        reason=visit.visitor.reasons.get((unit.code, unit.year), ""),
    )


def _table(visit: Visit) -> tuple[UnitYear, Survey, TableView]:
    unit = visit.unit()
    survey = visit.survey(unit)
    return unit, survey, survey.table(visit.request.path_params["code"])


def _panel(visit: Visit, unit: UnitYear, survey: Survey, view: TableView) -> str:
    """Score, grade, what is left and what was found; with what came and went since it was last shown to this person."""
    now = {f"{finding.rule.id} {finding.says}": finding for finding in view.score.findings}
    key = (unit.year, view.score.code)
    before = visit.visitor.findings.get(key, frozenset(now))
    visit.visitor.findings[key] = frozenset(now)
    remarks = [remark for remark in survey.remarks if remark.code in (view.score.code, "")]
    return visit.filled(
        "panel.html",
        unit=unit,
        survey=survey,
        view=view,
        score=view.score,
        came=now.keys() - before,
        gone=sorted(before - now.keys()),
        remarks=remarks,
    )


# ---- a cell, from key to disk ----------------------------------------------------------------------------------------


def cells(visit: Visit) -> Response:
    """Values that were typed are saved; what came of it goes back: the mark, the new texts of the form, and the panel.

    409 where a cell is no longer what the person saw; 428 where a reason is asked for first.
    """
    unit = visit.unit()
    code = visit.request.path_params["code"]
    entries, reason = _posted(visit.data)
    key = (unit.code, unit.year)
    reason = reason or visit.visitor.reasons.get(key, "")
    entered = acts.entering.enter(visit.at(unit), visit.name, code, entries, reason)
    if entered.unsaid:
        return plain({"unsaid": True}, 428)
    if entered.clashes:
        return plain({"clashes": [_clash(visit, unit, code, clash) for clash in entered.clashes]}, 409)
    if reason:
        visit.visitor.reasons[key] = reason
    time = acts.entering.clock()
    for entry in entries:
        for field in entry.values:
            visit.bench.edits[unit.year, code, entry.row, field] = CellEdit(visit.name, time)
    return plain(_after(visit, unit, code, time, len(entered.changes)))


def _posted(data: Any) -> tuple[list[Any], str]:
    """Rows as a page posts them; raises UsageProblem where it is nothing of the kind."""
    rows = data.get("rows") if isinstance(data, Mapping) else None
    if not isinstance(rows, list) or not 0 < len(rows) <= ROWS:
        raise refused("发来的内容不完整，没有存", f"至多 {ROWS} 行")
    entries = []
    for row in rows:
        ident, values, was = (row.get(name) if isinstance(row, Mapping) else None for name in ("row", "values", "was"))
        if not isinstance(ident, str) or not _texts(values) or not _texts(was):
            raise refused("发来的内容不完整，没有存")
        entries.append(acts.entering.RowEntry(ident, values, was))
    return entries, str(data.get("reason") or "")[:1000]


def _texts(given: Any) -> TypeGuard[Mapping[str, str]]:
    """Whether this is texts by field."""
    return isinstance(given, Mapping) and all(isinstance(text, str) for pair in given.items() for text in pair)


def _clash(visit: Visit, unit: UnitYear, code: str, clash: Any) -> dict[str, str]:
    """A clash with who made the other value, as far as this server or the ledger knows."""
    edit = visit.bench.edits.get((unit.year, code, clash.row, clash.field))
    by, time = (edit.by, edit.time) if edit else ("在这个页面以外（文件、命令或别的机器）", "")
    values = {name: getattr(clash, name) for name in ("row", "field", "was", "now", "mine")}
    return values | {"by": by, "time": time}


def _after(visit: Visit, unit: UnitYear, code: str, time: str, changes: int) -> dict[str, Any]:
    """A table as it is now, for a page that shows it as it was."""
    from evaluator.web import inplace

    survey = visit.survey(unit)
    view = survey.table(code)
    form = acts.surveying.form_of(visit.at(unit), survey, view.score)
    page = inplace.form_page(form, view, True)
    read = {row.indicator.id: row.actual_shown for row in view.score.rows if not row.missing}
    drafts = [
        {name: getattr(draft, name) for name in ("row", "field", "text", "says", "allowed")} for draft in view.drafts
    ]
    return {
        "time": time,
        "changes": changes,
        "cells": inplace.outputs(page),
        "values": view.values,
        "read": read,
        "drafts": drafts,
        "panel": _panel(visit, unit, survey, view),
        "left": view.left,
    }


def now(visit: Visit) -> Response:
    """A table as it is now: for a page that was left and came back, or that was without a connection."""
    unit = visit.unit()
    return plain(_after(visit, unit, visit.request.path_params["code"], "", 0))


# ---- why, and what stands behind it -------------------------------------------------------------------------------------


def why(visit: Visit) -> Response:
    """Why a row earned what it did: from the target as written to clause, next step, evidence and what became of the cell."""
    from evaluator.web import inplace

    unit, survey, view = _table(visit)
    row = acts.surveying.row_of(view.score, visit.asked("row"))
    ident = row.indicator.id
    history = [
        (correction, [each for each in changes if (each.code, each.subject) == (view.score.code, ident)])
        for correction, changes in acts.surveying.corrections(visit.at(unit))
    ]
    inputs = inplace.of_row(view, ident) if visit.may("fill") else ()
    template = "why_part.html" if visit.request.headers.get("hx-request") else "why.html"
    return visit.page(
        template,
        title=row.indicator.name,
        unit=unit,
        view=view,
        row=row,
        sentences=acts.surveying.why(row, view.score),
        origin=acts.surveying.origin_of(row, view.score),
        files=[material for material in view.score.attached if material.indicator == ident],
        history=[(correction, changes) for correction, changes in history if changes],
        inputs=inputs,
        attach=visit.may("attach"),
        submitted=survey.submitted,
        here=path_of(unit, view.score.code, ident),
    )


def attach(visit: Visit) -> Response:
    """Files that were dropped on a row are put behind it; each is looked at before anything is written."""
    unit, _, view = _table(visit)
    row = visit.form.get("row", "")
    ident = acts.surveying.row_of(view.score, row).indicator.id
    if not visit.files:
        raise refused("没有选文件", acts.carrying.ALLOWED)
    with acts.carrying.received_evidence([(file.name, file.data) for file in visit.files]) as paths:
        acts.correcting.attach(visit.at(unit), view.score.code, ident, paths, "", visit.name)
    return visit.go(path_of(unit, view.score.code) + f"#r-{ident}", f"已登记佐证材料 {len(visit.files)} 份")


def detach(visit: Visit) -> Response:
    """A file is no longer behind a row; after a submission with a reason."""
    unit, _, view = _table(visit)
    ident = acts.surveying.row_of(view.score, visit.form.get("row", "")).indicator.id
    digest, reason = visit.form.get("digest", ""), visit.form.get("reason", "").strip()[:1000]
    title = acts.correcting.detach(visit.at(unit), view.score.code, ident, digest, visit.name, reason)
    return visit.go(path_of(unit, view.score.code) + f"#r-{ident}", f"已撤下佐证材料“{title}”")


def evidence(visit: Visit) -> Response:
    """A file behind a row: shown where a browser can show it without running it, else to be saved."""
    unit, _, view = _table(visit)
    given = acts.carrying.evidence(visit.at(unit), view.score, visit.request.path_params["digest"])
    return GivenResponse(given, inline=visit.asked("save") == "")


# ---- workbooks ----------------------------------------------------------------------------------------------------------


def workbook(visit: Visit) -> Response:
    """The workbook to be filled in elsewhere."""
    unit = visit.unit()
    given = acts.carrying.empty_workbook(visit.at(unit))
    return attachment(given.name, given.data)


def upload(visit: Visit) -> Response:
    """A filled workbook is read beside what is there; nothing is written before the person has seen it."""
    unit = visit.unit()
    if len(visit.files) != 1:
        raise refused("一次选一份填好的填报表", "xlsx 或 csv")
    (file,) = visit.files
    if not file.name.lower().endswith((".xlsx", ".csv")):
        raise refused("不是填报表", "xlsx 或 csv")
    filled = acts.carrying.read_filled(visit.at(unit), visit.survey(unit), file.name, file.data)
    visit.visitor.basket["upload"] = (unit.code, unit.year, filled)
    return visit.go(path_of(unit, more="workbook/read"))


def read_upload(visit: Visit) -> Response:
    """What an uploaded workbook says otherwise, and what in it cannot be read, cell by cell."""
    from evaluator.web import inplace

    unit = visit.unit()
    filled = _waiting(visit, unit)
    survey = visit.survey(unit)
    names = {view.score.code: view.score.name for view in survey.tables}
    rows = {(v.score.code, r.indicator.id): r.indicator.name for v in survey.tables for r in v.score.all_rows}
    return visit.page(
        "upload.html",
        title="导入填报表",
        unit=unit,
        survey=survey,
        found=filled,
        names=names,
        rows=rows,
        labels=inplace.label,
    )


def take(visit: Visit) -> Response:
    """What was read is taken in."""
    unit = visit.unit()
    filled = _waiting(visit, unit)
    reason = visit.form.get("reason", "").strip()[:1000]
    taken = acts.carrying.take_in(visit.at(unit), visit.name, filled, reason)
    if any(entered.unsaid for entered in taken.values()):
        raise refused("报送以后的改动要写明理由", "写上理由再采用")
    visit.visitor.basket.pop("upload", None)
    changes = sum(len(entered.changes) for entered in taken.values())
    clashes = sum(len(entered.clashes) for entered in taken.values())
    drafts = sum(len(entered.drafts) for entered in taken.values())
    more = f"；{clashes} 处与后来的改动冲突，没有采用" if clashes else ""
    more += f"；{drafts} 处不能读，留作草稿，在表上改" if drafts else ""
    return visit.go(path_of(unit), f"已采用 {changes} 处{more}")


def _waiting(visit: Visit, unit: UnitYear) -> Any:
    code, year, filled = visit.visitor.basket.get("upload", ("", 0, None))
    if filled is None or (code, year) != (unit.code, unit.year):
        raise nowhere("没有等着导入的填报表", remedy="先选文件上传")
    return filled


DOORS = (
    Door("GET", f"{UNIT}/workbook", "export", workbook),
    Door("POST", f"{UNIT}/workbook", "import", upload),
    Door("GET", f"{UNIT}/workbook/read", "import", read_upload),
    Door("POST", f"{UNIT}/workbook/take", "import", take),
    Door("GET", TABLE, "see", project),
    Door("POST", f"{TABLE}/cells", "fill", cells, data=True),
    Door("GET", f"{TABLE}/now", "see", now, data=True),
    Door("GET", f"{TABLE}/why", "see", why),
    Door("POST", f"{TABLE}/evidence", "attach", attach),
    Door("POST", f"{TABLE}/evidence/remove", "attach", detach),
    Door("GET", TABLE + "/evidence/{digest}", "see", evidence),
)

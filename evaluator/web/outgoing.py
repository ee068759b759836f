"""What goes out: the form as it is printed, the set issued, all forms as one PDF, the zip; submission, and answers to remarks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.responses import Response

from evaluator import acts
from evaluator.errors import Problem
from evaluator.web.desk import owner
from evaluator.web.doors import TABLE, UNIT, Door
from evaluator.web.jobs import Job
from evaluator.web.visits import GivenResponse, Visit, nowhere, path_of, refused

FORMATS = {"xlsx": "Excel", "docx": "Word", "pdf": "PDF", "html": "网页"}


def preview(visit: Visit) -> Response:
    """A form as it is printed, or with `part=附件` its attachment; as a page, or with `as=pdf` as PDF."""
    unit = visit.unit()
    survey = visit.survey(unit)
    view = survey.table(visit.request.path_params["code"])
    document = acts.surveying.form_of(visit.at(unit), survey, view.score, attachment=bool(visit.asked("part")))
    suffix = ".pdf" if visit.asked("as") == "pdf" else ".html"
    return GivenResponse(acts.carrying.as_file(document, suffix), inline=True)


def print_all(visit: Visit) -> Response:
    """All forms as they are printed now, in one PDF."""
    unit = visit.unit()
    document = acts.surveying.forms_of(visit.at(unit), visit.survey(unit))
    return GivenResponse(acts.carrying.as_file(document, ".pdf"), inline=True)


def signing(visit: Visit) -> Response:
    """The page of the leader who signs: scores, what was lost and why, what must be answered before."""
    unit = visit.unit()
    survey = visit.survey(unit)
    lost = [(view.score, row) for view in survey.tables for row in view.score.all_rows if row.lost]
    return visit.page("signing.html", title="领导审签", unit=unit, survey=survey, lost=lost)


def issue(visit: Visit) -> Response:
    """The year is scored and its set written and recorded, beside the pages."""
    unit = visit.unit()
    suffixes = [f".{name}" for name in FORMATS if visit.form.get(name)] or [".xlsx", ".html"]
    at = visit.at(unit)

    def work(job: Job) -> dict[str, Any]:
        issued = acts.issuing.issue(_told_to(at, job), suffixes)[1]
        job.tell(issued.notes)
        new = sum(file.new for file in issued.written)
        return {
            "says": f"已出具 {acts.surveying.called(issued.revision)}：文件 {len(issued.written)} 个，新写 {new} 个",
            "lines": issued.beside,
        }

    return _begun(visit, unit, "出具自评表", work)


def bind(visit: Visit) -> Response:
    """All forms as one PDF, or the zip to be handed in (`pack`)."""
    unit = visit.unit()
    packing, attachments = bool(visit.form.get("pack")), bool(visit.form.get("attachments"))
    at = visit.at(unit)

    def work(job: Job) -> dict[str, Any]:
        _, written, notes = acts.handing.bind(_told_to(at, job), attachments, packing)
        job.tell(notes)
        return {"says": "已写好", "given": [acts.carrying.of_written(file) for file in written]}

    return _begun(visit, unit, "打包报送" if packing else "打印全部", work)


def _told_to(at: Any, job: Job) -> Any:
    return replace(at, tell=job.tell, working=job.working, progress=job.progress)


def _begun(visit: Visit, unit: Any, title: str, work: Any) -> Response:
    job = visit.bench.jobs.start(title, owner(unit), work)
    return visit.go(path_of(unit, more=f"work/{job.id}"))


def work_page(visit: Visit) -> Response:
    """The page of a piece of work, which tells how far it has come."""
    unit = visit.unit()
    job = visit.bench.jobs.of(visit.request.path_params["job"])
    if job is None or job.owner != owner(unit):
        raise nowhere("没有这件事，或已经过去很久")
    return visit.page("work.html", title=job.title, unit=unit, job=job)


def made_file(visit: Visit) -> Response:
    """A file that a piece of work made."""
    job = visit.bench.jobs.of(visit.request.path_params["job"])
    given = job.found.get("given", []) if job and job.done and isinstance(job.found, dict) else []
    for file in given:
        if file.name == visit.asked("name"):
            return GivenResponse(file, inline=visit.asked("save") == "")
    raise nowhere("没有这个文件")


def issued_file(visit: Visit) -> Response:
    """An issued file by its name."""
    unit = visit.unit()
    return GivenResponse(
        acts.carrying.issued_file(visit.at(unit), visit.asked("name")), inline=visit.asked("save") == ""
    )


# ---- submission -----------------------------------------------------------------------------------------------------


def submit(visit: Visit) -> Response:
    """The last run is submitted; what stands in the way is told."""
    unit = visit.unit()
    submission = acts.submitting.submit(visit.at(unit), visit.name)
    if submission.entry is None:
        says = [Problem("W409", line.split("；ziping")[0]) for lines in submission.hindering.values() for line in lines]
        return visit.page("problems.html", 422, problems=says)
    return visit.go(
        path_of(unit), f"已报送 {acts.surveying.called(submission.revision)}，文件 {len(submission.files)} 个"
    )


def reply(visit: Visit) -> Response:
    """A remark is answered."""
    unit = visit.unit()
    number = visit.form.get("number", "")
    if not number.isdecimal() or len(number) > 6:
        raise refused("没有这条意见")
    _, left = acts.submitting.reply(visit.at(unit), visit.name, int(number), visit.form.get("answer", "")[:4000])
    return visit.go(path_of(unit), f"已回复意见 {number}" + (f"，还有 {left} 条" if left else "；重新出具以后再报送"))


DOORS = (
    Door("GET", f"{TABLE}/preview", "see", preview),
    Door("GET", f"{UNIT}/print", "see", print_all),
    Door("GET", f"{UNIT}/signing", "see", signing),
    Door("POST", f"{UNIT}/issue", "issue", issue),
    Door("POST", f"{UNIT}/bind", "issue", bind),
    Door("GET", UNIT + "/work/{job}", "see", work_page),
    Door("GET", UNIT + "/work/{job}/file", "see", made_file),
    Door("GET", f"{UNIT}/file", "export", issued_file),
    Door("POST", f"{UNIT}/submit", "submit", submit),
    Door("POST", f"{UNIT}/reply", "reply", reply),
)

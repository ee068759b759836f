"""The first day: goal documents become goal tables, and what they leave open is answered in the page."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from starlette.responses import Response

from evaluator import acts
from evaluator.web.doors import Door
from evaluator.web.jobs import Job
from evaluator.web.visits import Visit, hidden, path_of, refused
from evaluator.workspace.places import Workspace

KINDS = (".docx", ".xlsx", ".pdf", ".html", ".htm", ".txt")


def page(visit: Visit) -> Response:
    """The page that takes goal documents; what was imported last, and how many questions are open."""
    jobs = visit.bench.jobs.mine("import")
    return visit.page("import.html", title="导入绩效目标", jobs=jobs[:5], open=len(_asked(visit)), said=visit.said())


def take(visit: Visit) -> Response:
    """Goal documents are read and drafted into the workspace, beside the pages; files that are there are not changed."""
    if not visit.files:
        raise refused("没有选文件", "、".join(KINDS))
    year = visit.form.get("year", "").strip()
    if year and not (year.isdecimal() and 2000 <= int(year) <= 2100):
        raise refused("年度不可用", "2000—2100")
    unit, authority = (visit.form.get(name, "").strip()[:200] or None for name in ("unit", "authority"))
    begin(visit, int(year) if year else None, unit, authority)
    return visit.go("/import")


def begin(visit: Visit, year: int | None, unit: str | None, authority: str | None) -> None:
    """Read what was sent as goal documents, beside the pages."""
    files = [(file.name, file.data) for file in visit.files]
    space = visit.bench.space

    def work(job: Job) -> dict[str, Any]:
        with acts.carrying.received(files) as paths:
            imported = acts.drafting.import_documents(
                paths, space.root, year=year, unit=unit, authority=authority, progress=job.progress
            )
        job.tell([*imported.problems, *imported.unread])
        asked = sum(len(filed.questions) for filed in imported.files)
        lines = [f"{filed.state}　{filed.path.relative_to(space.root).as_posix()}" for filed in imported.files]
        return {
            "says": f"读出 {len(imported.files)} 个文件，待答复 {asked} 处",
            "lines": lines,
            "next": _next(space, asked),
        }

    visit.bench.jobs.start("导入绩效目标", "import", work)


def _next(space: Workspace, asked: int) -> tuple[str, str] | None:
    """Where one goes on: to the questions, else to the first form; None while there is no form."""
    if asked:
        return "/questions", f"答复 {asked} 处"
    unit = next(iter(acts.surveying.units(space)), None)
    if unit is None:
        return None
    first = acts.surveying.survey(acts.surveying.KnownSitting(space, unit.year, unit.code)).tables[0].score
    return path_of(unit, first.code), f"填第一张表：{first.name}"


def questions(visit: Visit, refused: dict[str, str] | None = None, given: Any = None) -> Response:
    """Every open question, by project: what the document says, where, and what may be answered."""
    asked = [(acts.drafting.key_of(question), question) for question in _asked(visit)]
    groups = [(of, list(listed)) for of, listed in groupby(asked, key=lambda pair: pair[1].of)]
    return visit.page(
        "questions.html",
        422 if refused else 200,
        title="待答复的问题",
        groups=groups,
        count=len(asked),
        refused=refused or {},
        given=given or {},
        said=visit.said(),
    )


def answer(visit: Visit) -> Response:
    """Answers are written where they can be used; why others cannot stands beside them."""
    given = {name.removeprefix("q_"): text for name, text in visit.form.items() if name.startswith("q_")}
    chosen = {name.removeprefix("c_"): text for name, text in visit.form.items() if name.startswith("c_") and text}
    said = chosen | {key: text for key, text in given.items() if text.strip()}
    done, refused = acts.drafting.answer_each(visit.at(), said)
    if refused:
        return questions(visit, refused, said)
    further = None if _asked(visit) else _next(visit.bench.space, 0)
    address = further[0] if further else "/questions" if _asked(visit) else "/"
    return visit.go(address, f"已答复 {len(done)} 处")


def _asked(visit: Visit) -> list[Any]:
    return acts.drafting.questions(visit.at())[1]


def wrong(visit: Visit) -> Response:
    """Every problem of the workspace, as `ziping check` tells them."""
    checked = acts.drafting.check(visit.at())
    problems = [hidden(problem, visit.bench) for problem in checked.problems]
    return visit.page("checked.html", title="检查", problems=problems[:500], more=max(0, len(problems) - 500))


DOORS = (
    Door("GET", "/import", "draft", page),
    Door("POST", "/import", "draft", take),
    Door("GET", "/questions", "draft", questions),
    Door("POST", "/questions", "draft", answer),
    Door("GET", "/check", "see", wrong),
)

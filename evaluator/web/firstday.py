"""The first day: an empty folder becomes a workspace, for an office and its goal document, or as a sample to try things in."""

from __future__ import annotations

from starlette.responses import Response

from evaluator import acts
from evaluator.web import goaldesk
from evaluator.web.doors import Door
from evaluator.web.visits import Visit, refused

ASKED = ("unit", "name", "authority", "year")


def page(visit: Visit) -> Response:
    """The page that asks who the workspace is for; once there is one, it leads on."""
    if visit.bench.founded:
        return visit.go("/")
    return _asking(visit)


def _asking(visit: Visit, status: int = 200, wrong: dict[str, str] | None = None) -> Response:
    root = visit.bench.space.root.resolve()
    return visit.page(
        "first.html", status, title="第一天", given=visit.form, wrong=wrong or {}, kinds=goaldesk.KINDS, root=root.name
    )


def begin(visit: Visit) -> Response:
    """The workspace is made for the office; a goal document that came with it is read beside the page."""
    _new(visit)
    given = {word: visit.form.get(word, "").strip() for word in ASKED}
    office = acts.founding.Founded(**given)
    wrong = {word: problem for word in ASKED if (problem := acts.founding.wrong(word, given[word]))}
    if wrong:
        says = {word: f"{problem.says}；可填：{problem.allowed}" for word, problem in wrong.items()}
        return _asking(visit, 422, says)
    list(acts.founding.initiate(visit.bench.space.root, office, False))
    if not visit.files:
        return visit.go("/import", f"已建 {office.name} {office.year} 年度的工作区；下一步导入绩效目标文件")
    goaldesk.begin(visit, int(office.year), office.unit, office.authority or None)
    return visit.go("/import", f"已建 {office.name} {office.year} 年度的工作区，正在读目标文件")


def sample(visit: Visit) -> Response:
    """A workspace of six projects with illustrative results, to try things in."""
    _new(visit)
    list(acts.founding.copy_sample(visit.bench.space.root))
    return visit.go("/", "已建示例工作区：六个项目，完成情况是示例数据")


def _new(visit: Visit) -> None:
    if visit.bench.founded:
        raise refused("这里已经有工作区了", remedy="回概览，接着填报；另建一个：把一个空目录拖到启动脚本上")
    acts.founding.vacant(visit.bench.space.root)


DOORS = (
    Door("GET", "/first", "found", page),
    Door("POST", "/first", "found", begin),
    Door("POST", "/first/sample", "found", sample),
)

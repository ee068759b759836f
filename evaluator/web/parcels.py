"""Between two machines: what a unit handed in is opened here, what reviewers said of it is written into a file and taken in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from evaluator import acts
from evaluator.web.desk import owner
from evaluator.web.doors import UNIT, Door
from evaluator.web.jobs import Job
from evaluator.web.visits import Visit, path_of, refused

OWNER = "parcels"


def page(visit: Visit) -> Response:
    """The page that takes in packages, with what became of the last."""
    return visit.page("parcels.html", title="收件", jobs=visit.bench.jobs.mine(OWNER)[:3], said=visit.said())


def receive(visit: Visit) -> Response:
    """What a unit handed in is taken in, beside the page: its scores are computed anew first."""
    return _begun(visit, "收报送材料", acts.exchanging.receive, "review", "审核")


def take(visit: Visit) -> Response:
    """What a reviewer said is taken in."""
    return _begun(visit, "收审核意见", acts.exchanging.take_answer, "", "看意见")


def _begun(visit: Visit, title: str, act: Callable[..., Any], then: str, word: str) -> Response:
    if len(visit.files) != 1:
        raise refused("一次选一个包", "“打包报送”或“写意见文件”写出的 zip")
    data, by, at = visit.files[0].data, visit.name, visit.at()

    def work(job: Job) -> dict[str, Any]:
        job.step = "核对摘要、重算得分"
        received = act(at, by, data)
        job.tell(received.notes)
        unit = acts.surveying.UnitYear(received.year, received.unit, "", 0)
        return {
            "says": f"已收下 {received.year} 年度 {received.unit}：台账 {received.entries} 条，文件 {received.files} 个",
            "next": (path_of(unit, more=then), word),
        }

    visit.bench.jobs.start(title, OWNER, work)
    return visit.go("/parcels")


def answer(visit: Visit) -> Response:
    """What reviewers said of a unit's year is written into a file for the unit."""
    unit = visit.unit()
    at = visit.at(unit)

    def work(job: Job) -> dict[str, Any]:
        written = acts.exchanging.answer(at)
        return {
            "says": "意见文件已写好：传给单位，在单位的工作台“收件”里收下",
            "given": [acts.carrying.of_written(written)],
        }

    job = visit.bench.jobs.start("写意见文件", owner(unit), work)
    return visit.go(path_of(unit, more=f"work/{job.id}"))


DOORS = (
    Door("GET", "/parcels", "parcels", page),
    Door("POST", "/parcels/in", "receive", receive),
    Door("POST", "/parcels/answer", "take", take),
    Door("POST", f"{UNIT}/answer", "answer", answer),
)

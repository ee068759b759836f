"""Whoever keeps the workspace: units and years with the policies in force, a new year, who signs, backups and restoring one."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from evaluator import acts
from evaluator.web.doors import UNIT, Door
from evaluator.web.jobs import Job
from evaluator.web.visits import Visit, attachment, path_of, refused


def page(visit: Visit) -> Response:
    """Units and years, which policy each is scored by, and what can be done about them; the backups there are."""
    lines = []
    for unit in acts.surveying.units(visit.bench.space):
        survey = visit.survey(unit)
        policies = {view.score.policy.id: view.score.policy.title for view in survey.tables}
        lines.append((unit, survey.standing.stage, policies))
    years = {(unit.code, unit.year) for unit, _, _ in lines}
    return visit.page(
        "keep.html",
        title="管理",
        lines=lines,
        next_free=lambda unit: (unit.code, unit.year + 1) not in years,
        backups=acts.storing.backups(visit.at()),
        jobs=visit.bench.jobs.mine("keep")[:3],
        said=visit.said(),
    )


def carry(visit: Visit) -> Response:
    """A unit's goal tables are carried over to the next year; the targets wait to be set anew."""
    unit = visit.unit()
    carried = acts.founding.carry_on(visit.at(unit), unit.year)
    says = f"已沿用到 {carried.year} 年度：{len(carried.files)} 张目标表，指标值待重新确定"
    return visit.go(f"/{carried.year}/{path_of(unit).split('/')[2]}/", says)


def office(visit: Visit) -> Response:
    """Who fills in and signs a unit's forms of a year, and by when it is to be handed in."""
    unit = visit.unit()
    fields = acts.founding.signers(visit.at(unit), unit.code, unit.year)
    return visit.page(
        "office.html",
        title=f"单位信息 {unit.name}",
        unit=unit,
        fields=fields,
        titles=acts.founding.SIGNERS,
        said=visit.said(),
    )


def set_office(visit: Visit) -> Response:
    """What was written of them is kept."""
    unit = visit.unit()
    values = {name: visit.form[name][:200] for name in acts.founding.SIGNERS if name in visit.form}
    changed = acts.founding.set_office(visit.at(unit), values)
    return visit.go(path_of(unit, more="office"), f"已改：{'、'.join(changed)}" if changed else "没有改动")


def back_up(visit: Visit) -> Response:
    """The workspace is backed up, beside the pages."""
    at = visit.at()

    def work(job: Job) -> dict[str, Any]:
        job.step = "备份"
        written = acts.storing.back_up(at)
        says = "已备份" if written.new else "与上一次备份相同，没有另写"
        return {"says": f"{says}：{written.path.name}"}

    visit.bench.jobs.start("备份", "keep", work)
    return visit.go("/keep")


def backup(visit: Visit) -> Response:
    """A backup, to be saved elsewhere."""
    given = acts.storing.backup(visit.at(), visit.asked("name"))
    return attachment(given.name, given.data)


def restore(visit: Visit) -> Response:
    """A backup, one of those there are or one that was sent, is restored into a new folder."""
    if visit.files:
        data = visit.files[0].data
    elif visit.form.get("name"):
        data = acts.storing.backup(visit.at(), visit.form["name"]).data
    else:
        raise refused("没有选备份")
    restored = acts.storing.restore(visit.at(), data)
    says = f"已恢复到新的文件夹“{restored.folder.name}”（在现在的工作区旁边）：文件 {restored.files} 个，台账 {restored.entries} 条，摘要都核对过；把它拖到启动脚本上打开"
    return visit.go("/keep", says)


DOORS = (
    Door("GET", "/keep", "keep", page),
    Door("POST", "/keep/backup", "keep", back_up),
    Door("GET", "/keep/backup", "keep", backup),
    Door("POST", "/keep/restore", "keep", restore),
    Door("POST", f"{UNIT}/carry", "keep", carry),
    Door("GET", f"{UNIT}/office", "see", office),
    Door("POST", f"{UNIT}/office", "office", set_office),
)

"""The auditor: rule files to the line, the rule book, tables made elsewhere, the ledger verified. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from starlette.responses import Response

from evaluator import acts
from evaluator.pages import Document, Line
from evaluator.web.desk import owner
from evaluator.web.doors import TABLE, UNIT, Door
from evaluator.web.jobs import Job
from evaluator.web.visits import Visit, hidden, nowhere, path_of, refused
from evaluator.workspace.places import Workspace


def rule(visit: Visit) -> Response:
    """The rule file of a table, with the line of a row to be seen."""
    unit = visit.unit()
    view = visit.survey(unit).table(visit.request.path_params["code"])
    wanted = visit.asked("row")
    ids = {row.indicator.id: row.indicator.where for row in view.score.rows}
    where = ids.get(wanted) or view.score.table.where
    shown, lines = acts.surveying.rule_file(visit.at(unit), view.score)
    return visit.page(
        "rule.html", title=shown, unit=unit, view=view, shown=shown, lines=lines, line=where.line if where else 0
    )


# ---- the rule book ----------------------------------------------------------------------------------------------------


def rules(visit: Visit) -> Response:
    """The contents of the rule book, and what a word is found in."""
    document = _book(visit)
    return visit.page("rules.html", title="规则手册", document=document, found=_found(document, visit.asked("q")))


def chapter(visit: Visit) -> Response:
    """A chapter of the rule book."""
    document = _book(visit)
    wanted = visit.request.path_params["chapter"]
    for section in document.sections:
        if section.anchor == wanted:
            return visit.page(
                "chapter.html", title=section.name, document=document, section=section, chapters=_chapters(document)
            )
    raise nowhere("规则手册没有这一章")


def _book(visit: Visit) -> Document:
    """The rule book, made anew when a rule has changed."""
    return _bound(visit.bench.space, acts.surveying.rules_seen(visit.bench.space))


@lru_cache(maxsize=2)
def _bound(space: Workspace, seen: object) -> Document:
    from evaluator.acts.acting import Sitting

    return acts.rulemaking.book(Sitting(space))


def _chapters(document: Document) -> dict[str, str]:
    """In which chapter each anchor stands."""
    return {
        anchor: section.anchor
        for section in document.sections
        for anchor in (section.anchor, *_anchors(section.topics))
    }


def _anchors(topics: Any) -> Iterator[str]:
    for topic in topics:
        yield topic.anchor
        yield from _anchors(topic.parts)


def _found(document: Document, wanted: str) -> list[tuple[str, str, str]]:
    """Topics of the book by a word of their title or text."""
    wanted = wanted.strip()
    if not wanted:
        return []
    return [
        (section.anchor, topic.anchor, f"{section.name}：{topic.title}")
        for section in document.sections
        for topic in _every(section.topics)
        if wanted.lower() in topic.title.lower() or wanted.lower() in " ".join(map(str, topic.beside)).lower() or _in_blocks(topic, wanted)
    ][:300]  # fmt: skip


def _every(topics: Any) -> Iterator[Any]:
    for topic in topics:
        yield topic
        yield from _every(topic.parts)


def _in_blocks(topic: Any, wanted: str) -> bool:
    lines = (
        one.text if isinstance(one, Line) else [cell.text for row in one.rows for cell in row]
        for one in topic.blocks
        if not hasattr(one, "series")
    )
    return any(wanted in str(text) for text in lines)


# ---- tables made elsewhere, and the ledger -------------------------------------------------------------------------------


def audit(visit: Visit) -> Response:
    """The page that takes tables made elsewhere."""
    return visit.page(
        "audit.html", title="核对别处做的表", audited=None, unread=(), policies=acts.inspecting.policies(visit.at())
    )


def audited(visit: Visit) -> Response:
    """Tables made elsewhere, checked; nothing of them is kept."""
    if not visit.files:
        raise refused("没有选文件", "xlsx、docx、pdf、html、txt")
    for file in visit.files:
        if len(file.data) > acts.carrying.LARGEST:
            raise refused("文件过大", "不超过 20 MB")
    at = visit.at()
    with acts.carrying.received([(file.name, file.data) for file in visit.files]) as paths:
        names = {path.as_posix(): file.name for path, file in zip(paths, visit.files, strict=True)}
        made = acts.inspecting.audit(at, paths, visit.form.get("policy") or None)
    unread = [hidden(one, visit.bench) for one in acts.carrying.under_names(made.unread, names)]
    tables = [(one, acts.inspecting.verdicts(one)) for one in made.found[0]]
    return visit.page(
        "audit.html", title="核对别处做的表", audited=tables, unread=unread, policies=acts.inspecting.policies(at)
    )


def verify(visit: Visit) -> Response:
    """The ledger is verified beside the pages: every entry, every file, every score anew."""
    unit = visit.unit()
    at = visit.at(unit)

    def work(job: Job) -> dict[str, Any]:
        made = acts.vouching.verify(at.ledger, progress=job.progress).found
        job.tell(one.problem for one in made.found)
        holds = "台账完好" if made.holds else "台账有不符之处"
        return {
            "says": f"{holds}：{made.entries} 条，评分 {made.runs} 次，文件 {made.files} 个",
            "lines": [*made.standings, *made.confirmed],
        }

    if not at.ledger.exists():
        raise refused("还没有台账", remedy="先出具自评表")
    job = visit.bench.jobs.start("核对台账", owner(unit), work)
    return visit.go(path_of(unit, more=f"work/{job.id}"))


DOORS = (
    Door("GET", f"{TABLE}/rule", "rules", rule),
    Door("GET", "/rules", "rules", rules),
    Door("GET", "/rules/{chapter}", "rules", chapter),
    Door("GET", "/audit", "audit", audit),
    Door("POST", "/audit", "audit", audited),
    Door("POST", f"{UNIT}/verify", "verify", verify),
)

"""The auditor: rule files to the line, the rule book, tables made elsewhere, the ledger verified. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from starlette.responses import Response

from evaluator import acts
from evaluator.acts.acting import Sitting
from evaluator.files.plain import dumps
from evaluator.pages import Document, Line
from evaluator.web.desk import owner
from evaluator.web.doors import TABLE, UNIT, Door
from evaluator.web.jobs import Job
from evaluator.web.visits import Visit, attachment, hidden, nowhere, path_of, refused
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
    document = book_of(visit)
    return visit.page("rules.html", title="规则手册", document=document, found=in_book(document, visit.asked("q")))


def chapter(visit: Visit) -> Response:
    """A chapter of the rule book."""
    document = book_of(visit)
    wanted = visit.request.path_params["chapter"]
    for section in document.sections:
        if section.anchor == wanted:
            return visit.page(
                "chapter.html", title=section.name, document=document, section=section, chapters=_chapters(document)
            )
    raise nowhere("规则手册没有这一章")


def book_of(visit: Visit) -> Document:
    """The rule book, made anew when a rule has changed."""
    return _bound(visit.bench.space, acts.surveying.rules_seen(visit.bench.space))


@lru_cache(maxsize=2)
def _bound(space: Workspace, seen: object) -> Document:
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


def in_book(document: Document, wanted: str) -> list[tuple[str, str, str]]:
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
        block.text if isinstance(block, Line) else [cell.text for row in block.rows for cell in row]
        for block in topic.blocks
        if not hasattr(block, "series")
    )
    return any(wanted in str(text) for text in lines)


# ---- what the rules are worth ---------------------------------------------------------------------------------------------


def proofs(visit: Visit) -> Response:
    """What is proved of every policy and review scale: each statement, whether it holds, and the data it rests on."""
    proved = _proved(visit.bench.space, acts.surveying.rules_seen(visit.bench.space))
    return visit.page("proofs.html", title="证明", proved=proved)


@lru_cache(maxsize=2)
def _proved(space: Workspace, seen: object) -> Any:
    return acts.rulemaking.prove(Sitting(space)).found


COVERING = "情景覆盖"
TABLES = (".xlsx", ".docx", ".pdf", ".html", ".htm", ".txt", ".yaml", ".yml", ".json")  # what tables may come in


def coverage(visit: Visit) -> Response:
    """What the scenarios reach of the rules, as it was last measured while the server runs."""
    jobs = visit.bench.jobs.mine(COVERING)
    return visit.page("coverage.html", title=COVERING, jobs=jobs[:1])


def measure(visit: Visit) -> Response:
    """The scenarios are run and what they reach is measured, beside the page; it takes a minute."""
    space = visit.bench.space

    def work(job: Job) -> dict[str, Any]:
        job.step = "运行情景"
        view = acts.rulemaking.cover(Sitting(space))
        outcomes, text = view.found
        says = "规则都有情景" if not view.attend else "有规则没有情景，或情景不成立"
        return {"says": f"{says}：情景 {len(outcomes)} 个", "lines": text.splitlines()}

    visit.bench.jobs.start(COVERING, COVERING, work)
    return visit.go("/coverage")


# ---- tables made elsewhere, and the ledger -------------------------------------------------------------------------------


def audit(visit: Visit) -> Response:
    """The page that takes tables made elsewhere."""
    return _audit_page(visit, None, ())


def _audit_page(visit: Visit, audited: Any, unread: Any) -> Response:
    known = acts.inspecting.policies(visit.at())
    return visit.page("audit.html", title="核对别处做的表", audited=audited, unread=unread, policies=known)


def audited(visit: Visit) -> Response:
    """Tables made elsewhere, checked in a process of its own; nothing of them is kept."""
    if not visit.files:
        raise refused("没有选文件", "、".join(TABLES))
    for file in visit.files:
        if not file.name.lower().endswith(TABLES):
            raise refused("不是可以核对的文件", "、".join(TABLES))
        if len(file.data) > acts.carrying.LARGEST:
            raise refused("文件过大", "不超过 20 MB")
    files = [(file.name, file.data) for file in visit.files]
    tables, unread = acts.apart.audit_apart(visit.at(), files, visit.form.get("policy") or None)
    return _audit_page(visit, tables, [hidden(problem, visit.bench) for problem in unread])


def export(visit: Visit) -> Response:
    """A unit's year as plain data (`what=result`), or the whole ledger as lines (`what=ledger`), to be kept elsewhere."""
    unit = visit.unit()
    if visit.asked("what") == "ledger":
        given = acts.vouching.exported(visit.at(unit).ledger)
        return attachment(given.name, given.data)
    data = dumps(acts.surveying.plain(visit.survey(unit))).encode()
    return attachment(f"{unit.name}_{unit.year}_评价结果.json", data)


def verify(visit: Visit) -> Response:
    """The ledger is verified beside the pages: every entry, every file, every score anew."""
    unit = visit.unit()
    at = visit.at(unit)

    def work(job: Job) -> dict[str, Any]:
        report = acts.vouching.verify(at.ledger, progress=job.progress).found
        job.tell(irregularity.problem for irregularity in report.found)
        holds = "台账完好" if report.holds else "台账有不符之处"
        return {
            "says": f"{holds}：{report.entries} 条，评分 {report.runs} 次，文件 {report.files} 个",
            "lines": [*report.standings, *report.confirmed],
        }

    if not at.ledger.exists():
        raise refused("还没有台账", remedy="先出具自评表")
    job = visit.bench.jobs.start("核对台账", owner(unit), work)
    return visit.go(path_of(unit, more=f"work/{job.id}"))


DOORS = (
    Door("GET", f"{TABLE}/rule", "rules", rule),
    Door("GET", "/rules", "rules", rules),
    Door("GET", "/rules/{chapter}", "rules", chapter),
    Door("GET", "/proofs", "rules", proofs),
    Door("GET", "/coverage", "rules", coverage),
    Door("POST", "/coverage", "rules", measure),
    Door("GET", f"{UNIT}/export", "export", export),
    Door("GET", "/audit", "audit", audit),
    Door("POST", "/audit", "audit", audited),
    Door("POST", f"{UNIT}/verify", "verify", verify),
)

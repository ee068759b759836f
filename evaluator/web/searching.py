"""Search over what there is: units, projects, indicators, what was written, remarks, and the rule book."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.responses import Response

from evaluator import acts
from evaluator.web.doors import Door
from evaluator.web.inspect import book_of, in_book
from evaluator.web.visits import Visit, path_of

MOST = 200
Hit = tuple[str, str, str]  # address, words, kind


def search(visit: Visit) -> Response:
    """Everything a word stands in, by kind; the address of each can be kept."""
    wanted = visit.asked("q").strip()
    hits = [*_found(visit, wanted), *_rules(visit, wanted)] if wanted else []
    kinds = {kind: sum(hit[2] == kind for hit in hits) for kind in dict.fromkeys(hit[2] for hit in hits)}
    return visit.page(
        "search.html", title="查找", wanted=wanted, hits=hits[:MOST], more=max(0, len(hits) - MOST), kinds=kinds
    )


def _found(visit: Visit, wanted: str) -> Iterator[Hit]:
    for unit in acts.surveying.units(visit.bench.space):
        survey = visit.survey(unit)
        if wanted in unit.name or unit.code.startswith(wanted):
            yield path_of(unit), f"{unit.name} {unit.year} 年度", "单位"
        for view in survey.tables:
            score = view.score
            about = f"{score.name} {unit.year}"
            if wanted in score.name or wanted in score.code:
                yield path_of(unit, score.code), f"{score.name}（{score.code}，{unit.year}）", "项目"
            names = acts.entering.names_of(score.table)
            for row in score.rows:
                if wanted in row.indicator.name or wanted in row.indicator.target:
                    address = path_of(unit, score.code) + f"#r-{row.indicator.id}"
                    yield address, f"{row.indicator.name} {row.indicator.target}　{about}", "指标"
            for ident, values in view.values.items():
                for text in values.values():
                    if wanted in text:
                        address = path_of(unit, score.code) + (f"#r-{ident}" if ident else "")
                        yield (
                            address,
                            f"{names.get(ident, ident) or '本表'}：{_around(text, wanted)}　{about}",
                            "填写的内容",
                        )
            for file in score.attached:
                if wanted in file.title:
                    yield path_of(unit, score.code, file.indicator), f"{file.title}　{about}", "佐证材料"
        for event in survey.events:
            if wanted in event.says or wanted == event.by:
                says = f"{event.what} {event.by}：{_around(event.says, wanted)}　{unit.name} {unit.year}"
                yield path_of(unit, more="history") + f"#e-{event.seq}", says, "台账"


def _rules(visit: Visit, wanted: str) -> Iterator[Hit]:
    for chapter, anchor, text in in_book(book_of(visit), wanted):
        yield f"/rules/{chapter}#{anchor}", text, "规则"


def _around(text: str, wanted: str) -> str:
    """A text, or of a long one what stands around the word."""
    if len(text) <= 60:
        return text
    at = max(0, text.find(wanted) - 20)
    return f"{'…' if at else ''}{text[at : at + 60]}…"


DOORS = (Door("GET", "/search", "see", search),)

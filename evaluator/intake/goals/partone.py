"""Part one of a goal document, in prose: overall goals, item goals and management measures become department.yaml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from evaluator.errors import Problem
from evaluator.figures import points as shown
from evaluator.figures import split
from evaluator.intake.document import DocumentProblems, PlacedText, SourceDocument, flat, texts
from evaluator.intake.goals.draft import Frame
from evaluator.intake.goals.questions import target_doubts
from evaluator.intake.values import Draft, Question, Tree, Value, line_of, quoted
from evaluator.quantities.numerals import read_or_none
from evaluator.quantities.quantity import read_target

LISTED = 100  # goals or measures of a department; more is no list of goals
HAN = "一二三四五六七八九十"
WHOLE = 10_000
_PART = re.compile(r"部门(?:（单位）|\(单位\))?整体(?:支出)?绩效目标$")
_SECTION = re.compile(
    rf"^(?:[{HAN}]{{1,3}}、|第[{HAN}]{{1,3}}[部章节]分?)?\s*(总体绩效目标|分项绩效目标|工作保障措施|保障措施|实现年度发展规划目标的保障措施)$"
)
_OTHER = re.compile(rf"^(?:[{HAN}]{{1,3}}、|第[{HAN}]{{1,3}}部分)")
_ITEM = re.compile(rf"^\s*[（(]([{HAN}]{{1,3}})[）)]\s*(.+)$", re.S)
_LABELLED = re.compile(r"^(?:年度)?(绩效目标|绩效指标|职责活动|工作活动)\s*\d{0,2}\s*[:：]\s*(.+)$", re.S)
_PURPOSE = re.compile(r"^(.+?)[，,：:]\s*((?:主要|重点)?用于.+)$", re.S)
_TARGET = re.compile(
    r"^(?P<name>.*?[^\s≥≤>＞<＜=＝])\s*(?P<target>(?:[≥≧≤≦>＞<＜=＝]|>=|<=|不(?:低|高|少|多|大|小)于|达到|达)?\s*\d[\d.,]*\s*(?:[%％‰]|[\u4e00-\u9fff]{1,3})?(?:以[上下内])?)[。；;.]?$",
    re.S,
)


_SENTENCES = re.compile(r"[；;。\n]+")
_SEVERAL = re.compile(r"[≥≧≤≦>＞<＜=＝]\s*\d[^，,、]*[，,、]")  # another target before the last one


@dataclass(slots=True)
class DraftedGoal:
    """One item goal as found: its heading, the labelled sentences under it, its indicators, and lines that are neither."""

    heading: PlacedText
    parts: dict[str, PlacedText] = field(default_factory=dict)
    indicators: list[PlacedText] = field(default_factory=list)
    rest: list[PlacedText] = field(default_factory=list)


@dataclass(slots=True)
class PartOne:
    """The prose of part one, cut at its headings."""

    start: PlacedText
    goal: list[PlacedText] = field(default_factory=list)
    overall: list[PlacedText] = field(default_factory=list)
    items: list[DraftedGoal] = field(default_factory=list)
    measures: list[PlacedText] = field(default_factory=list)
    stray: list[PlacedText] = field(default_factory=list)  # lines among the item goals that belong to none


def lines_of(document: SourceDocument, used: set[int]) -> Iterator[PlacedText]:
    """The prose of a document in order: its paragraphs, and rows of one text in tables that are no goal tables."""
    for block in document.blocks:
        if isinstance(block, PlacedText):
            yield block
        elif block.place.table not in used:
            for row in block.rows:
                if len(said := texts(row)) == 1:
                    cell = next(cell for cell in row if cell.text == said[0])
                    yield from (PlacedText(line, cell.place) for line in cell.text.split("\n") if line.strip())


def part_one(document: SourceDocument, used: set[int]) -> PartOne | None:
    """Part one of a document, or None when it has no 总体 or 分项 goals."""
    part: PartOne | None = None
    section = ""
    title: PlacedText | None = None
    for line in lines_of(document, used):
        text = line.flat
        if _PART.search(text) and len(text) < 40:
            title = title or line
        elif heading := _SECTION.match(text):
            section = "总体" if "总体" in heading[1] else "分项" if "分项" in heading[1] else "措施"
            part = part or PartOne(title or line)
        elif section and _OTHER.match(text) and len(text) < 40:
            section = ""
        elif part and section:
            _take(part, section, line)
    if part and max(len(part.overall), len(part.items), len(part.measures)) > LISTED:
        where = document.where(part.start.place)
        raise DocumentProblems([Problem("D207", f"第一部分的目标或措施多于 {LISTED} 项", where, "核对标题编号")])
    return part if part and (part.overall or part.items) else None


def _take(part: PartOne, section: str, line: PlacedText) -> None:
    """Put a line where it belongs in its section."""
    item = _ITEM.match(line.text)
    if section == "总体":
        if item:
            part.overall.append(PlacedText(item[2], line.place))
        elif not part.overall:
            part.goal.append(line)
    elif section == "措施":
        if item:
            part.measures.append(PlacedText(item[2], line.place))
        elif part.measures:
            part.measures[-1] = part.measures[-1].followed(line)
    elif item:
        part.items.append(DraftedGoal(PlacedText(item[2], line.place)))
    elif not part.items:
        part.stray.append(line)
    elif labelled := _LABELLED.match(line.text):
        said = PlacedText(labelled[2], line.place)
        if labelled[1] == "绩效指标":
            part.items[-1].indicators.append(said)
        elif labelled[1] in part.items[-1].parts:
            part.items[-1].rest.append(line)
        else:
            part.items[-1].parts[labelled[1]] = said
    else:
        part.items[-1].rest.append(line)


def department_draft(part: PartOne, frame: Frame) -> Draft:
    """The draft of department.yaml; its item goals are matched to projects afterwards."""
    rest = WHOLE - frame.policy.allocation.execution
    parts = split(rest, [0] * len(part.items)) if part.items else []
    items = [
        row
        for number, (item, worth) in enumerate(zip(part.items, parts, strict=True), 1)
        for row in _items(number, item, worth)
    ]
    source: Tree = {"document": Value(flat(frame.document.name)), **line_of(part.start.place)}
    goal = "".join(line.flat for line in part.goal)
    tree: Tree = {
        "unit": frame.unit,
        "year": Value(str(frame.year), number=True),
        **({"policy": Value(frame.named)} if frame.named else {}),
        "source": source,
        "goal": Value(goal, goal, part.goal[0].place) if part.goal else Value(""),
        "overall": [_overall(number, goal) for number, goal in enumerate(part.overall)],
        "items": items,
        "measures": [_measure(number, measure) for number, measure in enumerate(part.measures)],
    }
    draft = Draft(frame.document, "department", "部门整体绩效目标", tree, part.start.place)
    draft.head.append(
        "部门整体绩效目标：来源文件第一部分。“目标—项目”的对应关系来源文件没有写，请在各目标的 projects 下补上项目编码。"
    )
    draft.head.append(
        f"分值：来源文件没有分值；评分办法 {frame.policy.id} 的预算执行率以外的 {shown(rest)} 分由各分项均分。"
    )
    if part.overall:
        draft.notice("D403", f"{len(part.overall)} 个总体目标由哪些项目支撑，来源文件没有写，projects 留空待补")
    for line in [*part.stray, *(line for item in part.items for line in item.rest)][:LISTED]:
        draft.notice("D416", f"分项绩效目标里的这一行没有取用：{line.flat[:80]}", line.place)
    for question in [question for row in items for question in item_doubts(row)]:
        draft.ask(question)
    return draft


def _han(number: int) -> str:
    return HAN[number] if number < 10 else f"十{HAN[number - 10]}" if number < 20 else str(number + 1)


def _overall(number: int, goal: PlacedText) -> Tree:
    title = flat(goal.text).rstrip("。；;")
    return {
        "id": Value(f"目标{_han(number)}"),
        "title": Value(title, title, goal.place),
        **line_of(goal.place),
        "projects": [],
    }


def told_in(indicators: list[PlacedText]) -> list[tuple[str, str, PlacedText]]:
    """The names and targets that sentences on indicators tell, each with its sentence; '' where one has no target."""
    indicators_told = []
    for said in indicators:
        for sentence in filter(None, (part.strip() for part in _SENTENCES.split(said.text))):
            pieces = re.split("[，,、]", sentence) if _SEVERAL.search(sentence) else [sentence]
            for piece in filter(None, (flat(piece) for piece in pieces)):
                measured = _TARGET.match(piece) if len(piece) < 500 else None
                name = measured["name"].rstrip("，,：: ") if measured else piece
                indicators_told.append((name, measured["target"].strip() if measured else "", said))
    return indicators_told


def _items(number: int, item: DraftedGoal, points: int) -> list[Tree]:
    """The rows of one item goal: one for each of its indicators, 分项1 or 分项1-1, 分项1-2; a row that asks for it where it has none."""
    heading = item.heading.flat
    split_at = _PURPOSE.match(heading)
    name, purpose = (split_at[1], split_at[2]) if split_at else (heading.rstrip("。"), "")
    place = item.heading.place
    goal = item.parts.get("绩效目标")
    indicators: list[tuple[str, str, PlacedText | None]] = [*told_in(item.indicators)] or [("", "", None)]
    rows = []
    for at, ((indicator, target, said), worth) in enumerate(
        zip(indicators, split(points, [0] * len(indicators)), strict=True), 1
    ):
        row: Tree = {
            "id": Value(f"分项{number}" + (f"-{at}" if len(indicators) > 1 else "")),
            "name": Value(name, name, place),
            "purpose": Value(purpose, purpose, place),
            "goal": quoted(goal),
            "indicator": Value(indicator, indicator, said.place) if said else Value("", None, place),
            "target": Value(target, target, said.place) if said else Value("", None, place),
        }
        read = read_or_none(read_target, target)
        if read and read.kind == "数值" and read.sign is None:
            row["sign"] = Value("", None, said.place if said else None)
        row |= {"points": Value(shown(worth), number=True), "project": Value("", None, place)}
        rows.append(row | line_of(place))
    return rows


def item_doubts(row: Tree) -> Iterator[Question]:
    """What an item goal lacks, and what is doubtful of its target."""
    at, name = ("items", row["id"].text), row["name"].text
    if not row["indicator"].text:
        yield Question("D309", (*at, "indicator"), f"“{name}”没有写绩效指标")
    yield from target_doubts(row, row["indicator"].text or name, at)


def _measure(number: int, measure: PlacedText) -> Tree:
    title, _, text = measure.flat.partition("。")
    return {
        "id": Value(f"措施{_han(number)}"),
        "title": Value(title, title, measure.place),
        "text": Value(text or title, text or title, measure.place),
        **line_of(measure.place),
    }

"""What the commands print on a terminal: plain text, columns aligned for Chinese, colour only on a terminal."""

from __future__ import annotations

import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec

from evaluator.commands.grouped import GroupedProblem, grouped, grouped_findings
from evaluator.commands.openable import here, located, printed
from evaluator.errors import SEVERITIES, Problem, one_line
from evaluator.figures import called, points, wan
from evaluator.files.plain import dumps, problem_json

if TYPE_CHECKING:
    from evaluator.acts.issuing import Issued
    from evaluator.auditing.audit import Audited
    from evaluator.auditing.reviewed import TableReview
    from evaluator.checking.catalogue import DiagnosticPage
    from evaluator.checking.check import Checked
    from evaluator.checking.mending import Mended
    from evaluator.comparing.impact import Impact
    from evaluator.files.publish import Published
    from evaluator.intake.importing import Imported
    from evaluator.policies.proofs import Proved
    from evaluator.results import Evaluation, TableScore
    from evaluator.scenarios.scenario import Outcome

COLOURS = {"错误": "31", "警告": "33", "提示": "36", "优": "32", "良": "32", "中": "33", "差": "31"}


P = ParamSpec("P")


def joined(pieces: Callable[P, Iterator[str]]) -> Callable[P, str]:
    """The function of a text that is told piece by piece."""

    @wraps(pieces)
    def text(*args: P.args, **kwargs: P.kwargs) -> str:
        return "".join(pieces(*args, **kwargs))

    return text


def paint(word: str) -> str:
    """Colour a severity or grade on a terminal, and only there."""
    return f"\x1b[{COLOURS[word]}m{word}\x1b[0m" if word in COLOURS and sys.stdout.isatty() else word


def width(text: str) -> int:
    """Columns a text takes on a terminal (a Chinese character takes two)."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def columns(rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Rows with columns aligned; `right` are the columns aligned to the right."""
    table = [[one_line(cell) for cell in row] for row in rows]
    wide = [max(width(row[i]) for row in table) for i in range(len(table[0]))] if table else []
    lines = []
    for row in table:
        cells = []
        for i, cell in enumerate(row):
            gap = " " * (wide[i] - width(cell))
            cells.append(gap + cell if i in right else cell + gap)
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


@joined
def evaluation_text(evaluation: Evaluation) -> Iterator[str]:
    """The year at a glance: a line per table, the department's mean, and the findings to attend to."""
    from evaluator.policy import UNGRADED

    title = f"{evaluation.unit} {evaluation.year} 年度绩效自评"
    yield title + ("（示例数据，不是该单位的实际情况）" if evaluation.illustrative else "") + "\n\n"
    head = ["项目编码", "项目", "预算数", "执行数", "执行率", "得分", "等级", "错误", "警告", "提示"]
    yield columns([head, *(_line(table) for table in evaluation.tables)], right=(2, 3, 4, 5, 7, 8, 9))
    if department := evaluation.department:
        grades = "，".join(f"{grade} {count} 个" for grade, count in department.grades.items() if count)
        listed = "" if [*department.grades] == [UNGRADED] else f"{grades}；"
        yield f"\n项目加权平均 {points(department.mean)}（{department.mean_grade}）；{listed}金额单位：万元\n"
    if not any(table.actuals for table in evaluation.tables):
        yield "\n还没有完成情况，只核对了目标；得分、等级要填了完成情况才算数\n"
    if urgent := [finding for finding in grouped_findings(evaluation) if finding.problem.severity != "提示"]:
        yield "\n需要处理的问题：\n"
        yield from grouped(urgent, lambda problem: f"{paint(problem.severity)} {problem.code} {one_line(problem.says)}")
    yield "\n用 ziping explain 项目编码 [指标] 查看得分的来历\n"


def _line(table: TableScore) -> list[str]:
    from evaluator.reporting.report import rate_of

    money = table.money
    counts = Counter(finding.severity for finding in table.findings)
    return [
        table.code,
        table.name,
        "—" if money.adjusted is None else wan(money.adjusted),
        "—" if money.executed is None else wan(money.executed),
        rate_of(money),
        points(table.score),
        table.grade,
        *(str(counts[severity]) for severity in SEVERITIES),
    ]


def written_text(written: Sequence[Published]) -> str:
    """The files of a run, new ones by name, and what their makers have to say of them."""

    new = [file for file in written if file.new]
    lines = [f"  {file.path}" for file in new]
    same = len(written) - len(new)
    head = f"\n写出 {len(new)} 个文件" + (f"，{same} 个没有变化" if same else "") + "：\n"
    body = (head + "\n".join(lines) + "\n") if new else f"\n{same} 个文件都没有变化，没有写出新的版本\n"
    notes = noted(written)
    return body + ("\n印制时请核对：\n" + "".join(f"  {printed(problem)}\n" for problem in notes) if notes else "")


def drafts_text(tables: Iterable[TableScore]) -> str:
    """Which forms are drafts because something is still to be filled in; empty where none is."""
    names = [table.name for table in tables if table.unfilled]
    return f"还没有填完、印作草稿的 {len(names)} 张：{'、'.join(names)}\n" if names else ""


def issued_text(issue: Issued) -> str:
    """The entry and the revision of a run, and after an acceptance what is accepted beside what is now."""
    revision = called(issue.revision)
    head = f"已记入台账第 {issue.entry.seq} 条" if issue.entry else "与上次评分相同，台账没有新记"
    lines = [f"{head}，版次 {revision}", *issue.beside]
    return "\n".join(lines) + "\n"


def noted(written: Sequence[Published]) -> list[Problem]:
    """What the makers of a run's files have to say of them."""
    return [problem for file in written for problem in file.noted]


def noted_json(written: Sequence[Published]) -> list[dict[str, str]]:
    """The same as plain data."""
    return [problem_json(problem) for problem in noted(written)]


def sentences_text(sentences: Sequence[tuple[str, str]]) -> str:
    """Labelled sentences, the labels aligned; a label that repeats is said once."""
    wide = max((width(label) for label, _ in sentences), default=0)
    lines, last = [], ""
    for label, says in sentences:
        shown = "" if label == last else label
        lines.append(shown + " " * (wide - width(shown) + 2) + one_line(says))
        last = label
    return "\n".join(lines) + "\n"


def check_text(checked: Checked) -> str:
    """Problems by goal table and row as printed, those waived with their reasons, and what was looked at."""
    said = [GroupedProblem(problem, *_about(problem, checked)) for problem in checked.problems]
    body = "".join(grouped(said, printed))
    waived = [(waiver.problem.where, f"免查 {waiver.problem.code} {waiver.reason}") for waiver in checked.waived]
    body += "".join(f"{located(where) if where else ''}: {says}\n" for where, says in waived)
    by = Counter(problem.severity for problem in checked.problems)
    counts = "，".join(f"{severity} {by[severity]} 个" for severity in SEVERITIES if by[severity]) or "没有问题"
    counts += f"，免查 {len(checked.waived)} 个" if checked.waived else ""
    looked = (
        "评分办法 {policies} 个，项目 {projects} 个，指标 {indicators} 个，问题规则 {rules} 条，完成情况 {results} 条"
    )
    return f"{body}{counts}；已检查：{looked.format(**checked.counts)}\n"


def _about(problem: Problem, checked: Checked) -> tuple[str, str, str, tuple[int, int]]:
    """What a problem is told under: its goal table and row, or its file."""
    if about := checked.subjects.get(problem):
        return about.table, about.row, about.name, about.order
    return here(problem.where.path) if problem.where else "其他", "", "", (-1, -1)


def check_json(checked: Checked) -> str:
    """The same as plain data."""
    problems = [problem_json(problem) for problem in checked.problems]
    waived = [problem_json(waiver.problem) | {"reason": waiver.reason} for waiver in checked.waived]
    return dumps({"problems": problems, "waived": waived, **checked.counts})


def mended_text(mended: Sequence[Mended], written: bool) -> str:
    """What was (or would be) mended, file by file, as differences."""
    count = sum(len(file.fixed) for file in mended)
    if not count:
        return "没有能确定怎样改的问题\n"
    return "".join(file.diff for file in mended) + f"{'已改' if written else '可改'} {count} 处，{len(mended)} 个文件\n"


def page_text(page: DiagnosticPage) -> str:
    """One page of the catalogue of diagnostics."""
    from evaluator.policies.bases import cited

    basis = page.basis
    document = [("依据", cited(basis))] if basis else []
    fix = [("自动改正", "ziping check --fix")] if page.fixable else []
    example = [
        (label, line)
        for label, text in (("有毛病", page.example.wrong), ("改好", page.example.right))
        for line in text.splitlines()
    ]
    lines = [
        ("查什么", page.what),
        ("为什么", page.why),
        *example,
        ("处理", page.remedy),
        *document,
        *fix,
        ("免查", f"写明理由：# 免查 {page.code}：理由" if page.severity != "错误" else "错误不能免查"),
    ]
    return f"{page.code} {page.title}（{page.severity}，{page.topic}）\n" + sentences_text(lines)


@joined
def import_text(imported: Imported) -> Iterator[str]:
    """What an import drafted: a line per file, then questions, differences field by field, and what was noticed."""
    from evaluator.intake.reimport import TOLD

    would = "（试运行，没有写文件）" if imported.dry else ""
    if imported.filled:
        yield f"填好的自评表 {sum(len(file.tables) for file in imported.filled)} 张{would}：\n"
        yield columns([["状态", "文件", "名称"], *([t.state, t.path.as_posix(), t.called] for t in imported.filled)])
    if imported.reported:
        yield f"绩效运行监控表，读成监控数据 {len(imported.reported)} 份{would}：\n"
        reports = [[r.state, r.path.as_posix(), "、".join(r.called), str(len(r.problems))] for r in imported.reported]
        yield columns([["状态", "文件", "名称", "问题"], *reports], right=(3,))
        yield from (f"  {printed(problem)}\n" for report in imported.reported for problem in report.problems)
    if not imported.files:
        yield from (f"  {printed(problem)}\n" for problem in imported.problems)
        return
    yield f"草稿 {len(imported.files)} 份{would}：\n"
    head = ["状态", "文件", "名称", "问题", "差异"]
    rows = [
        [f.state, f.path.as_posix(), f.draft.called, str(len(f.questions)), str(len(f.open_differences))]
        for f in imported.files
    ]
    yield columns([head, *rows], right=(3, 4))
    if questions := [q for filed in imported.files for q in filed.questions]:
        yield "\n待答复的问题（草稿中写作“?”，答复后 ziping check 才放行）：\n"
        yield from (f"  {printed(question)}\n" for question in questions)
    for filed in imported.files:
        if filed.differences:
            yield f"\n--- {filed.path.as_posix()}\n+++ {here(filed.draft.document.name)}\n"
        for difference in filed.differences:
            done = "已写入文件" if difference in filed.written else TOLD[difference.kind]
            yield f"@@ {filed.draft.words(difference.path)} {difference.kind}：{done}（{difference.where}）\n"
            yield f"- {difference.file or '（没有）'}\n+ {difference.document or '（没有）'}\n"
    noticed = [*imported.problems, *(p for f in imported.files for p in (*f.problems, *f.draft.noticed))]
    if noticed:
        yield "\n请核对：\n"
        yield from (f"  {printed(problem)}\n" for problem in noticed)
    yield f"\n下一步：{_next_step(imported, bool(questions))}\n"


def _next_step(imported: Imported, asked: bool) -> str:
    """What to do after an import, as a command that can be copied."""
    if imported.dry:
        return "去掉 --dry-run 写出草稿"
    if imported.workspace is None:
        return "草稿不在工作区里：用 --into 工作区 导入，再 ziping answer 工作区 答复“?”，核对分值和公式，ziping check 工作区"
    return f"ziping answer{imported.workspace}" if asked else f"核对分值和公式，然后 ziping check{imported.workspace}"


def reading_text(reading: dict[str, Any], more: Sequence[tuple[str, str]] = ()) -> str:
    """A target and an actual as read, and more said of the row."""
    target, lines = reading["target"], []
    if "kind" in target:
        lines.append(("指标值", f"“{target['text']}”读作：{target['kind']}，{target['reads']}"))
        lines += [("说明", note) for note in target["notes"]]
    if "met" in reading:
        actual = reading["actual"]
        lines.append(("实际完成值", f"“{actual['text']}”读作：{actual['reads']}"))
        lines += [("说明", note) for note in actual["notes"]]
        lines.append(("是否达到", "达到" if reading["met"] else "未达到"))
        lines.append(("完成率", f"{reading['attainment_percent']}（{reading['attainment_exact']}）"))
    lines += more
    if problem := reading.get("problem"):
        lines.append(("不能读", f"{problem['code']} {problem['says']}"))
        lines += [("可填", problem["allowed"])] if problem["allowed"] else []
        lines += [("可能是", "、".join(problem["choices"]))] if problem["choices"] else []
    return sentences_text(lines)


def scenarios(outcomes: Sequence[Outcome], format: str) -> str:
    """Scenario results as text, JSON or JUnit XML."""
    failed = [outcome for outcome in outcomes if outcome.failures]
    if format == "json":
        rows = [
            {"about": o.about, "name": o.name, "where": str(o.where or ""), "failures": list(o.failures)}
            for o in outcomes
        ]
        return dumps({"passed": len(outcomes) - len(failed), "failed": len(failed), "scenarios": rows})
    if format == "junit":
        from xml.etree import ElementTree as Xml

        suite = Xml.Element("testsuite", name="ziping", tests=str(len(outcomes)), failures=str(len(failed)))
        for outcome in outcomes:
            case = Xml.SubElement(suite, "testcase", classname=outcome.about, name=outcome.name)
            for failure in outcome.failures:
                Xml.SubElement(case, "failure", message=failure).text = f"{outcome.where}: {failure}"
        return Xml.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"
    lines = [
        f"{outcome.where}: {outcome.about} / {outcome.name}：{f}\n" for outcome in failed for f in outcome.failures
    ]
    return "".join(lines) + f"情景 {len(outcomes)} 个，通过 {len(outcomes) - len(failed)} 个，未通过 {len(failed)} 个\n"


@joined
def proofs_text(proved: Sequence[Proved]) -> Iterator[str]:
    """A table per policy: each statement with its figures."""
    for policy, statements in proved:
        held = sum(statement.holds for statement in statements)
        yield f"{policy.title}（{policy.id}）：{len(statements)} 条，成立 {held} 条\n"
        rows = [[f"{s.title}（{s.known}）", s.says, "成立" if s.holds else "不成立", s.evidence] for s in statements]
        yield columns([["条款", "所证", "结论", "数据"], *rows]) + "\n"


@joined
def impact_text(moved: Impact) -> Iterator[str]:
    """Every table on both sides, then each that moved with its rows, formula beside formula."""
    yield f"{moved.unit} {moved.year} 年度\n前：{moved.before}\n后：{moved.after}\n\n"
    rows = [
        [t.code, t.name, *(side.score if side else "—" for side in (t.before, t.after)), t.change, t.grades]
        for t in moved.tables
    ]
    yield columns([["项目编码", "项目", "前", "后", "变动", "等级"], *rows], right=(2, 3, 4))
    yield "\n" + "".join(f"{note}\n" for note in (moved.summary, *moved.notes))
    for table in moved.moved:
        yield f"\n{table.name}（{table.code}） {table.change}\n"
        yield from (f"  {note}\n" for note in table.notes)
        for row in table.rows:
            yield f"  {row.change:>6} {row.called}：{'；'.join(row.why)}\n"
            sides = [(label, trace) for label, trace in (("前", row.before), ("后", row.after)) if trace]
            same = len({trace.clauses for _, trace in sides}) == 1
            for label, trace in sides:
                yield f"         {label}  {trace.formula}\n"
                if not same or label == sides[-1][0]:
                    yield f"             {'；'.join(trace.clauses)}\n"


@joined
def audit_text(audited: Sequence[Audited], reviewed: Sequence[TableReview] = ()) -> Iterator[str]:
    """Each filled table: its policy, its rows with verdicts and reasons, its defects, and its review where it has one."""
    from evaluator.auditing.telling import lines, undecided

    for number, table in enumerate(audited):
        how = "最相符的一个" if table.chosen else "指定"
        year = f" {table.table.year} 年度" if table.table.year else ""
        yield f"{table.table.project_name or table.table.id}（{table.table.id}）{year}\n"
        yield f"评分办法：{table.policy.title}（{table.policy.id}，{how}）\n"
        head = ["指标", "指标值", "实际完成值", "分值", "印作", "算得", "结论", "依据"]
        yield columns([head, *lines(table)], right=(3, 4, 5))
        counts = Counter(verdict.verdict for verdict in (*table.verdicts, table.total.verdict))
        yield f"一致 {counts['agree']}，不一致 {counts['differ']}，无法判定 {counts['undecidable']}；毛病 {len(table.defects)} 个\n"
        yield from (f"  {line}\n" for line in undecided(table))
        yield from (f"  {defect.code} {defect.subject}：{defect.says}\n" for defect in table.defects)
        yield (review_text(reviewed[number]) if reviewed else "") + "\n"


def review_text(review: TableReview) -> str:
    """A review: the scale and how it is known, the rows the table shows grounds of, the total, and what a person must state."""
    from evaluator.auditing.reviewed import left_to_person, lines
    from evaluator.policies.bases import cited

    scale = review.scale
    known = "；".join(dict.fromkeys(cited(ground) for ground in scale.grounds))
    rows = columns([["行", "指标", "印作", "复核", "依据", "表上所见"], *lines(review)], right=(0, 2, 3))
    people = "".join(f"  {line}\n" for line in left_to_person(review))
    return f"复核：{scale.title}（{scale.id}）\n依据：{known}\n{rows}只有复核人能写明的：\n{people}"

"""What the scoring standards of a whole table leave open alike: asked once, answered once, kept for every row it concerns."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docx import Document

from evaluator.rulebook.book import Rulebook, read_rulebook
from evaluator.rulebook.goalchecks import check_project
from evaluator.rulebook.ownproofs import prove_standards
from evaluator.rulebook.standards import check_shared, settled
from tests.conftest import ROOT
from tests.test_cli import Ziping, ziping  # noqa: F401
from tests.test_own_points import CODE, GOALS, YEAR, community

ALIKE = [
    ["产出指标", "数量指标", "保障人数", "≥59", "人", "20", "每少2人扣1分", "计划"],
    ["产出指标", "质量指标", "验收合格率", "≥95", "%", "30", "每降低1个百分点扣2分", "计划"],
    ["效益指标", "社会效益指标", "办结率", "≥98", "%", "30", "每低于1个百分点扣3分，扣完为止", "计划"],
    [
        "满意度指标",
        "服务对象满意度指标",
        "群众满意度",
        "≥90",
        "%",
        "10",
        "达到指标值得满分，未达到指标值不得分",
        "调查",
    ],
]


def test_what_several_rows_leave_open_is_asked_once_and_answered_for_all(tmp_path: Path, ziping: Ziping):  # noqa: F811
    document = Document()
    document.add_paragraph("2024年项目绩效目标表（示例数据）")
    table = document.add_table(rows=0, cols=8)
    for texts in [*GOALS[:6], *ALIKE]:
        for cell, text in zip(table.add_row().cells, texts, strict=False):
            cell.text = text
    document.save(str(tmp_path / "goals.docx"))
    space = tmp_path / "示例"
    assert ziping("init", space, "--unit", "S01", "--name", "示例街道办事处", "--year", "2024", "--empty").code == 0
    drafted = ziping("import", tmp_path / "goals.docx", "--into", space, "--year", "2024", "--unit", "S01")
    assert drafted.out.count("D316") == 2  # STEP of three rows, FLOOR of two
    assert "“保障人数”、“验收合格率”、“办结率”的评分标准都没有写明：不足一个计扣单位的怎样算" in drafted.out
    assert "保障人数完成56人得18.50分；验收合格率完成93.5%得27.00分" in drafted.out
    rules = next(space.glob("rules/projects/**/S2024001.yaml"))
    assert len(re.findall(r": ['\"]?\?['\"]?$", rules.read_text("utf-8"), re.M)) == 2
    sets = ("--set", "S2024001.reads.step=不足一个单位的按一个单位计", "--set", "S2024001.reads.floor=扣完为止")
    assert "写入 2 个答复" in ziping("answer", space, *sets).out
    again = ziping("import", tmp_path / "goals.docx", "--into", space, "--year", "2024", "--unit", "S01")
    assert "D316" not in again.out and again.code == 0
    book, problems = read_rulebook(space / "rules", ROOT / "rules")
    assert problems == []
    rows = {row.name: row.reads for row in book.projects[2024, "S2024001"].indicators}
    assert rows["办结率"] == {"step": "不足一个单位的按一个单位计"}  # it says itself 扣完为止
    assert rows["保障人数"] == {"step": "不足一个单位的按一个单位计", "floor": "扣完为止"}
    assert rows["群众满意度"] == {}


def test_what_is_settled_for_a_table_is_checked_and_open_things_are_told_once(book: Rulebook):
    rows = {"数量1": {"criterion": "每少2人扣1分"}, "质量1": {"criterion": "每降低2个百分点扣1分"}}
    project = community(book, rows, {})[0].projects[YEAR, CODE]
    told = [problem for problem in check_project(project) if problem.code == "R162"]
    assert len(told) == 2 and all("都没有写明" in problem.says for problem in told)
    strange = project.model_copy(update={"reads": {"stp": "full", "step": "half", "floor": "0"}})
    assert [problem.code for problem in check_shared(strange)] == ["R161", "R161"]
    taken = settled(strange)
    assert all(row.reads == {"floor": "0"} for row in taken.indicators if row.criterion)
    own = project.model_copy(update={"reads": {"step": "full"}})
    assert settled(own).indicators[0].reads == {"step": "full"}


@pytest.mark.parametrize(
    ("criterion", "reads", "refuted"),
    [
        ("每少1人扣0.5分，扣完为止", {}, []),
        ("每少2人扣1分，扣完为止", {}, ["settled"]),
        ("每少2人扣1分，扣完为止", {"step": "started"}, []),
        ("每发现一处不合规扣1分，扣完为止", {}, []),
        ("每少扣1分", {}, ["read"]),
        ("达到指标值不得分，未达到指标值得满分", {}, ["full", "monotone"]),
        ("200人以上得10分，200人以下不得分", {"pts": "column", "end": "upper"}, []),
    ],
)
def test_what_a_row_promises_is_proved_of_its_own_criterion(
    book: Rulebook, criterion: str, reads: dict[str, str], refuted: list[str]
):
    project = community(book, {"数量1": {"criterion": criterion, "reads": reads}}, {})[0].projects[YEAR, CODE]
    ((about, statements),) = prove_standards([project])
    assert about.id == CODE and about.title.startswith(project.name)
    assert [statement.promise for statement in statements if not statement.holds] == refuted
    assert prove_standards([project.model_copy(update={"indicators": project.indicators[1:]})]) == []

"""One vocabulary of headings: every word stands once, both kinds of table read what is common, and one word more is one line more."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from evaluator.documents.loading import read_document
from evaluator.intake.document import Paragraph, Place, Table
from evaluator.intake.filled.formloading import recognise_filled
from evaluator.intake.goals.goaltable import saw
from evaluator.intake.goals.recognise import recognise
from evaluator.intake.headings import formwords, goalwords
from evaluator.intake.headings.lexicon import COMMON, FILLED, GOALS, fields, part, plain
from tests.test_importkinds import document, grid

ROOT = Path(__file__).parents[1]
WORDS: dict[str, Any] = read_document(ROOT / "evaluator" / "intake" / "headings" / "headings.yaml")[0]
MAIN = "from evaluator.cli import main; main()"
HEADS = ["一级指标", "二级指标", "三级指标"]


def listed(kind: str, name: str) -> list[tuple[str, str]]:
    """The headings of a part, brought to one form, with their fields."""
    told = WORDS[kind].get(name, {})
    return [(plain(word), field) for field, words in told.items() for word in words]


@pytest.mark.parametrize("kind", [COMMON, GOALS, FILLED])
@pytest.mark.parametrize("name", ["labels", "columns", "groups", "monitoring", "horizons", "money", "natures"])
def test_a_heading_stands_once_in_its_part(kind: str, name: str) -> None:
    words = [word for word, _ in listed(kind, name)]
    assert len(words) == len(set(words))
    if kind != COMMON:  # what both kinds mean alike is not said again
        assert not set(listed(kind, name)) & set(listed(COMMON, name))


@pytest.mark.parametrize("name", ["labels", "columns"])
def test_what_both_kinds_say_alike_is_common(name: str) -> None:
    assert not set(listed(GOALS, name)) & set(listed(FILLED, name))


@pytest.mark.parametrize("word, field", listed(COMMON, "columns"))
def test_both_kinds_of_table_read_a_common_column(word: str, field: str) -> None:
    assert goalwords.column(word) == field
    other = fields(FILLED, "columns")[word]
    assert formwords.column(word) == ("unused" if other in part(FILLED, "ignored") else other)
    assert other == field or (word, other) in listed(FILLED, "columns")


@pytest.mark.parametrize("word, field", listed(COMMON, "labels"))
def test_both_kinds_of_table_read_a_common_label(word: str, field: str) -> None:
    assert goalwords.label(word) == formwords.label(word) == field


def test_layouts_are_told_by_fields_that_there_are() -> None:
    columns = {*fields(FILLED, "columns").values()}
    for form in part(FILLED, "forms"):
        assert {*form.get("columns", ()), *form.get("without", ())} <= columns
        assert {*form.get("money", ())} <= {*fields(FILLED, "money").values()}
        assert {*form.get("labels", ())} <= {*fields(FILLED, "labels").values()}


# ---- the recipe of CONTRIBUTING ----


def page(heading: str, filled: bool) -> str:
    """A table of a project as a web page, its targets under this heading."""
    head = [*HEADS, heading, *(["实际完成值"] if filled else []), "分值", *(["得分"] if filled else [])]
    rows = [
        ["产出指标", "数量指标", "培训场次", "≥5场", "50"],
        ["效益指标", "社会效益指标", "学员就业率", "≥90%", "40"],
    ]
    body = [head, *([*row[:4], actual, row[4], row[4]] if filled else row for row, actual in zip(rows, ["6场", "95%"], strict=True))]  # fmt: skip
    upper = [["项目编码", "SL-0001", "项目名称", "示例项目"], ["预算数（万元）", "10", "财政资金", "10"]]
    tables = [upper, body] if not filled else [[["项目名称", "示例项目"]], body]
    drawn = "".join(
        "<table>"
        + "".join("<tr>" + "".join(f"<td>{text}</td>" for text in row) + "</tr>" for row in table)
        + "</table>"
        for table in tables
    )
    return f"<html><meta charset='utf-8'><p>示例数据 2024年度</p>{drawn}</html>"


def run(tree: Path, *args: str) -> dict[str, Any]:
    """What a command of the product in this folder says, as data; {} where it refuses."""
    made = subprocess.run(
        [sys.executable, "-c", MAIN, *args, "--format", "json"],
        cwd=tree, env={"PYTHONPATH": str(tree), "PATH": ""}, capture_output=True, check=False,
    )  # fmt: skip
    assert made.returncode in (0, 1, 3), made.stderr.decode()
    told: dict[str, Any] = json.loads(made.stdout) if made.returncode != 3 else {}
    return told


def test_one_word_more_is_read_by_import_and_audit(tmp_path: Path) -> None:
    """The recipe of CONTRIBUTING, followed to the letter in a copy of the product."""
    told = re.search(r"在 `(\w+)` 的 `(\w+)` 里加 `(\w+)`", (ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert told
    kind, field, word = told.groups()
    tree = tmp_path / "产品"
    for folder in ("evaluator", "rules"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name, filled in (("目标.html", False), ("自评表.html", True)):
        (tree / name).write_text(page(word, filled), "utf-8")

    def results() -> tuple[dict[str, Any], dict[str, Any]]:
        goals = run(tree, "import", "目标.html", "--into", "草稿", "--unit", "1", "--dry-run")
        return goals, run(tree, "audit", "自评表.html")

    goals, filled = results()
    assert not goals.get("drafts") and not filled.get("tables")
    words = tree / "evaluator" / "intake" / "headings" / "headings.yaml"
    text = words.read_text("utf-8")
    at = text.index(f"    {field}: [", text.index(f"\n{kind}:"))
    cut = text.index("]", at)
    words.write_text(f"{text[:cut]}, {word}{text[cut:]}", "utf-8")
    goals, filled = results()
    assert [one["name"] for one in goals["drafts"]] == ["示例项目"]
    assert not [one for one in goals["questions"] if one["code"] == "D303"]
    (table,) = filled["tables"]
    assert [row["verdict"] for row in table["rows"]] == ["agree", "agree"]


# ---- the one pass ----


def goals_of(*tables: Table) -> list[dict[str, str]]:
    (table,) = recognise(document(*tables)).tables
    return [{name: found.flat for name, found in row.items()} for row in table.rows]


def test_points_of_levels_are_not_those_of_an_indicator() -> None:
    head = ["一级指标", "权重", "二级指标", "权重", "三级指标", "指标值", "权重"]
    rows = [["产出指标", "60", "数量指标", "60", "场次", "≥5场", "25"], ["", "", "", "", "人数", "≥9人", "35"]]
    made = goals_of(grid(1, ["项目名称", "示例项目"], head, *rows))
    assert [row["points"] for row in made] == ["25", "35"]
    alone = goals_of(grid(1, ["项目名称", "示例项目"], [*head[:3], *head[4:6]], [*rows[0][:3], *rows[0][4:6]]))
    assert [row["points"] for row in alone] == ["60"]  # all that there is; its sum is asked about


FILLED_HEAD = [*HEADS, "年度指标值", "实际完成值", "分值", "得分"]
FILLED_ROWS = [
    ["产出指标", "数量指标", "场次", "≥5场", "6场", "25", "25"],
    ["产出指标", "数量指标", "人数", "≥9人", "9人", "35", "35"],
]


@pytest.mark.parametrize("cells", [*combinations(range(9), 7)])
def test_a_filled_form_goes_on_in_a_grid_whose_columns_have_moved(cells: tuple[int, ...]) -> None:
    """A table of as many columns as the one before, whose cells begin elsewhere, is not read by where they were."""

    def spread(rows: list[list[str]], starts: tuple[int, ...], number: int) -> Table:
        plain_one = grid(number, *rows)
        made = tuple(
            tuple(row[max((n for n, start in enumerate(starts) if start <= at), default=0)] for at in range(9))
            for row in plain_one.rows
        )
        return Table(plain_one.place, made)

    upper = spread(
        [["项目名称", "示例项目", "", "", "", "", ""], FILLED_HEAD, FILLED_ROWS[0]], (0, 1, 2, 3, 4, 5, 6), 1
    )
    starts = (0, *cells[1:])
    tables, problems = recognise_filled(document(upper, spread([FILLED_ROWS[1]], starts, 2)))
    assert problems == []
    rows = [
        [row.level1, row.level2, row.level3, row.target, row.actual, row.points, row.score]
        for row in tables[0].indicators
    ]
    assert rows == FILLED_ROWS


def test_a_blank_row_at_the_top_of_a_page_hides_nothing() -> None:
    torn = [*FILLED_ROWS[0][:2], "培训", *FILLED_ROWS[0][3:]]
    upper = grid(1, ["项目名称", "示例项目"], FILLED_HEAD, torn)
    blank, rest = [""] * 7, ["", "", "场次", "", "", "", ""]
    told, problems = recognise_filled(document(upper, grid(2, rest, FILLED_ROWS[1])))
    assert [problem.code for problem in problems] == ["D507"]
    again, same = recognise_filled(document(upper, grid(2, blank, rest, FILLED_ROWS[1])))
    assert (
        [row.level3 for row in again[0].indicators]
        == [row.level3 for row in told[0].indicators]
        == ["培训场次", "人数"]
    )
    assert [problem.code for problem in same] == ["D507"]


def test_a_document_without_tables_is_told_so() -> None:
    text = document(Paragraph("示例数据，一段话", Place(paragraph=1)))
    assert saw(text).says == "没有找到绩效目标表，文件里没有表格"
    assert [problem.says for problem in recognise_filled(text)[1]] == ["没有找到填好的自评表；文件里没有表格"]

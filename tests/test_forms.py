"""Layouts are data: any evaluation fills any layout, cells tile it, every figure is there, and mistakes are told by line."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from evaluator.actuals.resultfiles import load_actuals
from evaluator.cli import app
from evaluator.errors import EvaluatorError, Problem, RuleProblems, UsageProblem
from evaluator.evaluation import evaluate
from evaluator.formats import render
from evaluator.model import Result
from evaluator.pages import Cell, Document, Grid, placed
from evaluator.policies.bases import cited
from evaluator.records.delivery import layouts_for
from evaluator.reporting.forms import attachment_document, form_document
from evaluator.reporting.layouts import EACH, PLACEHOLDER, WORDS, Layout, choose_layout, layouts_of, read_layouts
from evaluator.reporting.report import clauses_of, explained, form
from evaluator.results import Evaluation, TableScore
from evaluator.rulebook.book import Rulebook
from evaluator.workspace.initiate import copy_sample

ROOT = Path(__file__).parents[1]
LAYOUTS = {name: one for name, one in layouts_of().items() if one.table != "复核"}  # those of reviews: test_rescoring
CODE = "13028124P00507410001X"
PROJECTS = [name for name, layout in LAYOUTS.items() if layout.table == "项目"]
HOSTILE = (
    "{row.name}",
    "{form.score}",
    "{nothing}",
    "=1+1",
    "<script>alert(1)</script>",
    "{{7*1911}}",
    "a\x00b",
    "#let x",
    "",
)
LEVELS = st.sampled_from(["产出指标", "效益指标", "满意度指标"])
DIMENSIONS = st.sampled_from(["数量指标", "质量指标"])


def laid_out(document: Document) -> Grid:
    """The grid of the form itself."""
    return next(block for block in document.sections[0].blocks if isinstance(block, Grid))


def texts(document: Document) -> list[str]:
    return [
        each
        for section in document.sections
        for block in section.blocks
        for each in ([cell.text for _, _, cell in placed(block)] if isinstance(block, Grid) else [block.text])  # type: ignore[union-attr]
    ]


def covering(grid: Grid) -> dict[tuple[int, int], Cell]:
    """The cell that each place of the grid belongs to."""
    return {
        (row + down, column + across): cell
        for row, column, cell in placed(grid)
        for down in range(cell.down)
        for across in range(cell.across)
    }


Recipe = tuple[int, list[tuple[int, str, str]]]
RECIPES: st.SearchStrategy[Recipe] = st.tuples(
    st.integers(0, 5), st.lists(st.tuples(st.integers(0, 35), LEVELS, DIMENSIONS), min_size=1, max_size=12)
)


def table_of(sample: Evaluation, recipe: Recipe) -> TableScore:
    """A table of the sample with any of its rows under any level-1 and level-2 indicators, each row's name its own."""
    known = [row for each in sample.projects for row in each.rows]
    rows = []
    for number, (which, category, dimension) in enumerate(recipe[1]):
        row = known[which % len(known)]
        changed = {"name": f"指标{number:03}", "category": category, "dimension": dimension}
        rows.append(replace(row, indicator=row.indicator.model_copy(update=changed)))
    return replace(sample.projects[recipe[0] % len(sample.projects)], rows=tuple(rows))


# ---- any evaluation in any layout --------------------------------------------------------------------------------


@given(recipe=RECIPES)
@settings(max_examples=40)
@pytest.mark.parametrize("name", list(LAYOUTS))
def test_any_evaluation_tiles_any_layout(name: str, recipe: Recipe, sample: Evaluation):
    """Cells tile the grid; every row stands once, in order, under its own level-1 and level-2 indicator."""
    layout = LAYOUTS[name]
    made = form(table_of(sample, recipe), sample)
    grid = laid_out(form_document(made, layout))
    places = covering(grid)
    assert len(places) == len(grid.rows) * len(layout.columns)
    first = next(row.cells for row in layout.rows if row.each == "indicators")
    at = {
        kind: next(i for i, cell in enumerate(first, 1) if kind in cell.text)
        for kind in ("row.category}", "row.dimension}", "row.name}")
    }
    expected = [(row["category"], row["dimension"], row["name"]) for row in made.rows["indicators"]]
    found = []
    for row in range(len(grid.rows)):
        name_cell = places[row, at["row.name}"]]
        if re.fullmatch(r"指标\d{3}(（.*分）)?", name_cell.text):
            category, dimension = places[row, at["row.category}"]], places[row, at["row.dimension}"]]
            found.append((category.text.split("(")[0].split("（")[0].strip(), dimension.text, name_cell.text[:5]))
    assert found == expected


@given(recipe=RECIPES)
@settings(max_examples=40)
@pytest.mark.parametrize("name", list(LAYOUTS))
def test_every_figure_of_the_form_is_in_every_layout(name: str, recipe: Recipe, sample: Evaluation):
    made = form(table_of(sample, recipe), sample)
    document = form_document(made, LAYOUTS[name])
    shown = texts(attachment_document(made, LAYOUTS[name]))
    form_itself = "\n".join(texts(document))
    for figure in ("form.score", "form.points", "total.adjusted", "total.executed", "total.earned"):
        assert made.words[figure] in form_itself
    for row in made.rows["indicators"]:
        for text in (row["name"], row["points"], row["earned"]):
            assert text in form_itself
        assert row["actual"] in form_itself or (row["number"] in form_itself and row["unit"] in form_itself)
        assert row["target"] in form_itself or (row["value"] in form_itself and row["sign"] in form_itself)
    for word in ("grade", "lowered", "goals", "achieved"):
        assert made.words[f"form.{word}"] in form_itself
    table = made.table
    told = [text for row in table.all_rows for text in explained(row, table)]
    for text in (*told, *(finding.says for finding in table.findings), *clauses_of([table])):
        assert any(text in each for each in shown), text


@pytest.mark.parametrize("name", list(LAYOUTS))
@pytest.mark.parametrize("text", HOSTILE)
def test_what_people_write_is_never_read_as_a_template(name: str, text: str, sample: Evaluation):
    made = form(sample.projects[0], sample)
    row = made.rows["indicators"][0] | dict.fromkeys(
        ("category", "dimension", "name", "target", "sign", "value", "unit", "actual", "number", "remark", "cause"),
        text,
    )
    said = ("name", "code", "unit", "goals", "achieved", "causes", "remedies", "notes", "remark")
    changed = replace(
        made,
        words={**made.words, **{f"form.{word}": text for word in said}},
        rows={**made.rows, "indicators": [row]},
    )
    shown = [cell.text for _, _, cell in placed(laid_out(form_document(changed, LAYOUTS[name])))]
    assert shown.count(text) >= 4
    document = form_document(changed, LAYOUTS[name])
    page = render(".html", document).decode()
    assert "<script" not in page
    assert "13377" not in page or "7*1911" not in text
    assert render(".html", document) == render(".html", document)
    assert render(".xlsx", document) == render(".xlsx", document)


@pytest.mark.parametrize("suffix", [".xlsx", ".html", ".docx", ".pdf"])
@pytest.mark.parametrize("name", list(LAYOUTS))
def test_every_layout_is_the_same_bytes_in_every_format(name: str, suffix: str, sample: Evaluation):
    def printed() -> bytes:
        return render(suffix, form_document(form(sample.projects[-1], sample), LAYOUTS[name]))

    assert printed() == printed()


@pytest.mark.parametrize("suffix", [".xlsx", ".html", ".docx", ".pdf"])
def test_windows_gives_the_same_bytes(suffix: str, sample: Evaluation, monkeypatch: pytest.MonkeyPatch):
    """Python writes into a zip whether it was made on Windows (a reviewer there reissues what a clerk issued here)."""
    document = form_document(form(sample.projects[-1], sample), LAYOUTS["national"])
    here = render(suffix, document)
    made_here = zipfile.ZipInfo.__init__

    def made_there(entry: zipfile.ZipInfo, *given: Any, **named: Any) -> None:
        made_here(entry, *given, **named)
        entry.create_system = 0

    monkeypatch.setattr(zipfile.ZipInfo, "__init__", made_there)
    assert render(suffix, document) == here


def test_a_format_that_is_not_there_is_refused(sample: Evaluation):
    with pytest.raises(ValueError, match=r"\.odt"):
        render(".odt", form_document(form(sample.projects[0], sample), LAYOUTS["national"]))


# ---- what the layouts say ----------------------------------------------------------------------------------------


def test_yunnan_takes_targets_apart(sample: Evaluation):
    """What is one number is sign, number and unit; words stay whole beside the name of their kind."""
    rows = {
        row["name"]: (row["sign"], row["value"], row["unit"])
        for table in sample.projects
        for row in form(table, sample).rows["indicators"]
    }
    assert ("≥", "20", "万元") in rows.values()
    assert ("≥", "95", "%") in rows.values()
    assert ("定性", "有所提升", "—") in rows.values()
    for table in sample.projects:
        for row in form(table, sample).rows["indicators"]:
            whole, value = "" if row["unit"] == "—" else row["unit"], row["value"]
            assert row["target"] in (f"{row['sign']}{value}{whole}", value, f"{value}{whole}")


def test_hubei_prints_its_rules_only_under_its_own_policy(book: Rulebook, sample: Evaluation):
    actuals = load_actuals(ROOT / "actuals", book)
    own = evaluate(book, actuals, policy="hubei-2020-3")
    said = "80%—50%"
    assert any(said in text for text in texts(form_document(form(own.projects[0], own), LAYOUTS["hubei"])))
    assert not any(said in text for text in texts(form_document(form(sample.projects[0], sample), LAYOUTS["hubei"])))


def test_a_line_with_nothing_to_say_is_left_out(sample: Evaluation):
    """The national policy has no rules of Hubei's form: no empty line stands for them."""
    shown = texts(form_document(form(sample.projects[0], sample), LAYOUTS["hubei"]))
    (said,) = (text for text in shown if text.startswith("备注："))
    assert "" not in said.split("\n")


def test_the_notes_of_the_form_are_in_the_attachment_with_how_each_is_known(book: Rulebook):
    hubei = LAYOUTS["hubei"]
    own = evaluate(book, load_actuals(ROOT / "actuals", book), policy="hubei-2020-3")
    made = form(own.projects[0], own)
    told = texts(attachment_document(made, hubei))
    for note, says in zip(hubei.notes, hubei.notes_under("hubei-2020-3"), strict=True):
        assert any(says in text for text in texts(form_document(made, hubei)))
        assert any(f"{says}（{cited(note)}）" in text for text in told)
    assert not list(hubei.notes_under("cn-2020-10"))
    assert list(hubei.notes_under("an-office's-own", "hubei-2020-3"))


def test_sichuan_names_causes_and_remedies_and_says_so_when_there_are_none(sample: Evaluation):
    lost = next(table for table in sample.projects if any(row.lost for row in table.all_rows))
    document = form_document(form(lost, sample), LAYOUTS["sichuan"])
    row = next(row for row in lost.all_rows if row.lost)
    assert any(f"{row.indicator.name}：{row.result.cause}" in text for text in texts(document))
    full = tuple(replace(row, earned=row.points, result=Result()) for row in lost.rows)
    spent = replace(lost.execution, earned=lost.execution.points, result=Result())
    none = form(replace(lost, rows=full, execution=spent), sample)
    assert texts(form_document(none, LAYOUTS["sichuan"])).count("无") == 2
    silent = form(replace(lost, rows=(replace(full[0], earned=0), *full[1:]), execution=spent), sample)
    assert (silent.words["form.causes"], silent.words["form.remedies"]) == (
        "",
        "",
    )  # a blank to be written in, not a word of ours


# ---- which layout ------------------------------------------------------------------------------------------------


def test_the_policy_chooses_and_a_person_may_choose_another(sample: Evaluation):
    def named(policy: str, wanted: str | None = None) -> str:
        return choose_layout(LAYOUTS, "项目", policy, wanted).id

    assert named("cn-2020-10") == "national"
    assert named("hubei-2020-3") == "hubei"
    assert named("hubei-2020-3", "yunnan") == "yunnan"
    assert choose_layout(LAYOUTS, "部门", "hubei-2020-3", "yunnan").id == "department"
    own = layouts_for(sample.tables, "sichuan")
    assert [layout.id for layout in own] == ["sichuan"] * len(sample.projects) + ["department"]


@pytest.mark.parametrize("wanted", ["yunan", "department", ""])
def test_a_form_that_is_not_there_is_told_with_the_nearest(wanted: str, sample: Evaluation):
    with pytest.raises(UsageProblem) as told:
        layouts_for([sample.tables[-1]], wanted)
    (problem,) = told.value.problems
    assert problem.code == "U331"
    assert problem.allowed == "、".join(PROJECTS)
    assert problem.nearest == ("yunnan" if wanted == "yunan" else problem.nearest)


def test_policies_of_layouts_are_there(book: Rulebook):
    for layout in LAYOUTS.values():
        assert set(layout.policies) <= set(book.policies)
    claimed = [policy for layout in LAYOUTS.values() for policy in layout.policies]
    assert len(claimed) == len(set(claimed))


# ---- mistakes in a layout ----------------------------------------------------------------------------------------


def broken(folder: Path, old: str, new: str) -> list[Problem]:
    """What is said of the national layout with one place changed."""
    text = (ROOT / "reports" / "forms" / "national.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "national.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleProblems) as told:
        read_layouts(folder)
    return list(told.value.problems)


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ("{form.name}", "{form.nam}", "P341", "{form.name}"),
        ("{form.name}", "{row.name}", "P341", "写了 each 的行"),
        ("{form.name}", "{}", "P341", "“{}”"),
        ("{row.target}", "{row.adjusted}", "P341", "{row.target}"),
        ("look: head, down: money", "look: head, down: 3", "P343", "down"),
        ("look: head, down: money", "look: head", "P342", "少 1 栏"),
        ("look: head, down: 2", "look: head, down: 99", "P343", "down"),
        ("look: head, down: 2", "look: head, down: projects", "R103", "money"),
        ("look: head, merge: category", "look: head, merge: 1", "R103", "category"),
        ("across: 8", "across: 9", "P342", "9 栏"),
        ("across: 8", "across: 7", "P342", "少 1 栏"),
        ("look: total", "look: totl", "R103", "total"),
        ("each: indicators", "each: indicator", "R103", "indicators"),
        ("columns:", "columms:", "R101", "columns"),
        ("- each: indicators", "- each: indicators\n    repeat: true", "P345", "repeat"),
        ("- each: money", "- repeat: true\n    each: money", "P345", "repeat"),
        ("table: 项目", "table: 项", "R103", "项目"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, code: str, says: str):
    problems = broken(tmp_path, old, new)
    problem = next(problem for problem in problems if problem.code == code)
    assert says in problem.message
    assert problem.where is not None
    assert problem.where.line > 1


def test_two_layouts_of_one_name_are_told(tmp_path: Path):
    text = (ROOT / "reports" / "forms" / "national.yaml").read_text(encoding="utf-8")
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(RuleProblems, match="P344"):
        read_layouts(tmp_path)


@given(data=st.data())
def test_what_check_passes_can_be_laid_out(data: st.DataObject, sample: Evaluation):
    """A layout with any cell made wider or longer either is a problem or tiles."""
    from evaluator.reporting.layouts import check_layout

    layout = LAYOUTS[data.draw(st.sampled_from(sorted(LAYOUTS)))]
    number = data.draw(st.integers(0, len(layout.rows) - 1))
    row = layout.rows[number]
    at = data.draw(st.integers(0, len(row.cells) - 1))
    change = data.draw(
        st.fixed_dictionaries({"across": st.integers(1, 4), "down": st.sampled_from([1, 2, 3, "money", "indicators"])})
    )
    cells = [cell.model_copy(update=change) if i == at else cell for i, cell in enumerate(row.cells)]
    rows = [row.model_copy(update={"cells": cells}) if i == number else one for i, one in enumerate(layout.rows)]
    changed: Layout = layout.model_copy(update={"rows": rows})
    made = form(sample.projects[0], sample)
    if not check_layout(changed):
        list(placed(laid_out(form_document(made, changed))))
    elif changed.rows == layout.rows:
        raise AssertionError("a layout of the product is called wrong")


def test_every_word_of_the_vocabulary_is_filled(sample: Evaluation):
    every = [f"{{{group}.{name}}}" for group, names in WORDS.items() if group not in EACH for name in names]
    national = LAYOUTS["national"]
    row = national.rows[0]
    cells = [row.cells[0].model_copy(update={"text": " ".join(every)}), *row.cells[1:]]
    changed = national.model_copy(update={"rows": [row.model_copy(update={"cells": cells}), *national.rows[1:]]})
    made = form(sample.projects[0], sample)
    first = laid_out(form_document(made, changed)).rows[0][0].text
    assert not PLACEHOLDER.search(first)


# ---- an office's own layout --------------------------------------------------------------------------------------


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """A workspace whose projects' forms have a layout of its own (示例数据)."""
    root = tmp_path / "甲"
    list(copy_sample(root))
    text = (ROOT / "reports" / "forms" / "national.yaml").read_text(encoding="utf-8")
    assert text.count("id: national\n") == 1
    (root / "reports" / "forms").mkdir(parents=True)
    own = text.replace("id: national\n", "id: own\npolicies: [cn-2020-10]\n").replace("title: ", "title: 本单位的", 1)
    (root / "reports" / "forms" / "own.yaml").write_text(own, encoding="utf-8")
    return root


def ziping(*words: str | Path) -> str:
    ran = CliRunner().invoke(app, [str(word) for word in words])
    assert ran.exception is None or isinstance(ran.exception, SystemExit | EvaluatorError), ran.exception
    return ran.output + (str(ran.exception) if isinstance(ran.exception, EvaluatorError) else "")


def test_an_office_has_a_layout_of_its_own_and_what_was_printed_stays_provable(office: Path):
    ziping("run", office, "--out", office / "out", "--to", "html")
    (first,) = (office / "out").glob(f"*{CODE}*自评表_v01.html")
    assert "本单位的项目支出绩效自评表" in first.read_text(encoding="utf-8")
    assert "全部成立" in ziping("verify", office)
    own = office / "reports" / "forms" / "own.yaml"
    own.write_text(own.read_text(encoding="utf-8").replace("本单位的", "我单位的"), encoding="utf-8")
    assert "全部成立" in ziping("verify", office)  # made again as it was printed
    ziping("run", office, "--out", office / "out", "--to", "html")
    (second,) = (office / "out").glob(f"*{CODE}*自评表_v02.html")
    assert "我单位的项目支出绩效自评表" in second.read_text(encoding="utf-8")
    own.unlink()
    assert "全部成立" in ziping("verify", office)
    assert "没有项目自评表版式“own”" in ziping("report", CODE, "-w", office, "--form", "own", "--out", office / "out")


def test_a_mistake_in_an_offices_layout_is_told_by_a_check(office: Path):
    own = office / "reports" / "forms" / "own.yaml"
    own.write_text(own.read_text(encoding="utf-8").replace("{form.name}", "{form.nam}", 1), encoding="utf-8")
    (told,) = [line for line in ziping("check", office).splitlines() if "P341" in line]
    assert "reports/forms/own.yaml:" in told and "{form.name}" in told

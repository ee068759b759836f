"""The official form stands alone: nothing of ours in it, everything the office wrote, one page where it fits, drafts marked."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from docx import Document as Word
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from typer.testing import CliRunner

from evaluator.actuals.resultfiles import load_actuals
from evaluator.cli import app
from evaluator.errors import EvaluatorError
from evaluator.evaluation import evaluate
from evaluator.formats import render
from evaluator.formats.looks import STYLES
from evaluator.formats.printing import LEAST, SCALES
from evaluator.model import Project
from evaluator.pages import Document, Grid, placed
from evaluator.records.delivery import deliver_forms, layouts_for
from evaluator.reporting.forms import attachment_document, bound_together, form_document
from evaluator.reporting.layouts import layouts_of
from evaluator.reporting.report import form
from evaluator.results import Evaluation, TableScore
from evaluator.rulebook.book import Rulebook
from evaluator.workspace.initiate import copy_sample
from evaluator.workspace.office import Office

ROOT = Path(__file__).parents[1]
LAYOUTS = {name: one for name, one in layouts_of().items() if one.table != "复核"}  # those of reviews: test_rescoring
CODE = "13028124P00507410001X"
# What only this tool says: none of it is printed on a form that goes out with a seal.
OURS = re.compile(
    r"未填写|未核对|没有核对|没有见过原文|原文未见|核对发现|问题清单|得分说明|条款|评分办法|规则|摘要|台账(?!码)|ziping|自评工具|本工具|（cn-|F\d{3}|附件|见“|提示|警告"
)
SUFFIXES = (".xlsx", ".html", ".docx", ".pdf")
words = st.text(st.characters(categories=("Lo", "Nd")), min_size=1, max_size=30).filter(
    lambda text: not OURS.search(text)
)
maybe = st.just("") | words


def texts(document: Document) -> list[str]:
    return [
        text
        for section in document.sections
        for block in section.blocks
        for text in ([cell.text for _, _, cell in placed(block)] if isinstance(block, Grid) else [block.text])  # type: ignore[union-attr]
    ]


def kind_of(name: str, sample: Evaluation) -> list[TableScore]:
    """The tables of the sample that a layout is for."""
    return [t for t in sample.tables if isinstance(t.table, Project) == (LAYOUTS[name].table == "项目")]


def written(table: TableScore, said: list[str], remark: str, achieved: str, process: str) -> TableScore:
    """The table with every text of the office's own replaced: causes and remedies by turns, the remark, what was achieved."""
    rows = []
    for number, row in enumerate(table.all_rows):
        cause, remedy = said[2 * number % len(said)], said[(2 * number + 1) % len(said)]
        rows.append(replace(row, result=row.result.model_copy(update={"cause": cause, "remedy": remedy})))
    assert table.actuals
    given = {"remark": remark, "achieved": achieved, "process": process}
    return replace(table, execution=rows[0], rows=tuple(rows[1:]), actuals=table.actuals.model_copy(update=given))


@pytest.mark.parametrize("name", list(LAYOUTS))
@given(data=st.data())
@settings(max_examples=40)
def test_a_form_says_what_the_office_wrote_and_nothing_of_ours(name: str, data: st.DataObject, sample: Evaluation):
    table = data.draw(st.sampled_from(kind_of(name, sample)))
    said = data.draw(st.lists(maybe, min_size=1, max_size=6))
    remark, achieved, process = (data.draw(maybe) for _ in range(3))
    people = {field: data.draw(st.none() | words) for field in ("filler", "phone", "date", "head", "reviewer")}
    office = Office(unit=table.table.unit.model_copy(update={"authority": "示例局"}), year=2023, **people)
    made = written(table, said, remark, achieved, process)
    document = form_document(form(made, sample, office=office), LAYOUTS[name])
    shown = "\n".join(texts(document))
    assert not (found := OURS.search(shown)), found
    assert not OURS.search(document.foot)
    own = {text for row in made.all_rows for text in (row.result.cause, row.result.remedy)}
    if name == "sichuan":
        assert process in shown
    for text in (*own, remark, achieved, "示例局", *(text for text in people.values() if text)):
        assert text in shown, text


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_every_form_has_room_for_hands_and_the_seal(name: str, sample: Evaluation):
    """Who signs is named on every form, and beside the seal's place there are 25 millimetres or more."""
    document = form_document(form(kind_of(name, sample)[0], sample), LAYOUTS[name])
    shown = "\n".join(texts(document))
    for label in ("填表人：", "联系电话：", "单位负责人：", "审核人："):
        assert label in shown
    assert "填表日期：" in shown or "填报日期：" in shown
    (grid,) = [block for block in document.sections[0].blocks if isinstance(block, Grid)]
    ((row, cell),) = [(row, cell) for row, _, cell in placed(grid) if "盖章" in cell.text]
    assert sum(grid.least_of(each) for each in range(row, row + cell.down)) >= 25


def test_nothing_is_printed_smaller_than_can_be_read():
    assert min(SCALES) * STYLES["text"].size == LEAST >= 7.5


def pages(data: bytes) -> int:
    return len(pypdfium2.PdfDocument(data))


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_the_forms_of_the_sample_are_one_page_each(name: str, sample: Evaluation, book: Rulebook):
    policy = next(iter(LAYOUTS[name].policies), None)
    year = evaluate(book, load_actuals(ROOT / "actuals", book), policy=policy) if policy else sample
    for table in kind_of(name, year):
        document = form_document(form(table, year), LAYOUTS[name])
        longest = (
            name in ("hubei", "sichuan") and table.code == "13028124P00499610001T"
        )  # six causes and remedies in full
        assert pages(render(".pdf", document)) == 1 + longest, table.code
        if name not in ("hubei", "sichuan"):  # of these the longest is two pages in a workbook, whose rows are higher
            sheet = load_workbook(io.BytesIO(render(".xlsx", document)))["自评表"]
            assert sheet.page_setup.fitToHeight in (None, 1), table.code


def many(table: TableScore, count: int, causes: bool) -> TableScore:
    """The table with many rows, each of long words, with or without causes."""
    rows = []
    for number in range(count):
        row = table.rows[number * len(table.rows) // count]
        name = f"{row.indicator.name}（第{number + 1}项，含各社区日常办公、便民活动和志愿服务的经费保障情况）"
        said = {"cause": "部分活动推迟到下一年度开展，付款条件没有达到。" * (number % 4) * causes, "remedy": ""}
        indicator = row.indicator.model_copy(update={"name": name})
        rows.append(replace(row, indicator=indicator, result=row.result.model_copy(update=said)))
    return replace(table, rows=tuple(rows))


@pytest.mark.parametrize("name", [name for name, layout in LAYOUTS.items() if layout.table == "项目"])
def test_a_long_form_has_its_heads_on_every_page_and_no_row_cut(name: str, sample: Evaluation):
    table = many(sample.projects[-1], 30, causes=name not in ("hubei", "sichuan"))  # these name rows again below
    made = form(table, sample)
    printed = pypdfium2.PdfDocument(render(".pdf", form_document(made, LAYOUTS[name])))
    pages_of = [re.sub(r"\s|\u200b", "", page.get_textpage().get_text_range()) for page in printed]
    assert len(pages_of) > 1
    listed = [text for text in pages_of if "（第" in text]
    assert all("三级指标" in text and "二级指标" in text for text in listed)
    for number in range(30):
        whole = re.sub(r"\s", "", table.rows[number].indicator.name)
        assert sum(whole in text for text in pages_of) >= 1, number  # on one page, not half on the next


# ---- drafts ------------------------------------------------------------------------------------------------------


def unfilled(table: TableScore) -> TableScore:
    return replace(table, rows=(replace(table.rows[0], actual=None), *table.rows[1:]))


def test_unfilled_is_a_missing_value_or_amount_and_nothing_else(sample: Evaluation):
    table = sample.projects[-1]
    assert not any(one.unfilled for one in sample.tables)
    assert unfilled(table).unfilled
    for amount in ("adjusted", "executed"):
        assert replace(table, money=replace(table.money, **{amount: None})).unfilled
    row = replace(
        table.rows[0], result=table.rows[0].result.model_copy(update={"cause": "", "remedy": "", "evidence": []})
    )
    assert not replace(table, rows=(row, *table.rows[1:])).unfilled  # a cause missing is a finding
    computed = next(row for one in sample.projects for row in one.rows if row.indicator.formula)
    assert not replace(table, rows=(*table.rows, replace(computed, actual=None))).unfilled  # nothing to fill in there


def marks(suffix: str, data: bytes) -> list[bool]:
    """Of each page, sheet or document whether it says that it is a draft."""
    match suffix:
        case ".pdf":
            return ["草" in page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data)]
        case ".xlsx":
            return ["草" in str(sheet.oddHeader.center.text) for sheet in load_workbook(io.BytesIO(data))]
        case ".docx":
            headers = [one.header for one in Word(io.BytesIO(data)).sections]
            return ["草" in one._element.xml for one in headers]
    return ['class="draft"' in data.decode()]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("name", ["national", "department"])
def test_a_draft_says_so_on_every_page_and_a_form_never_does(suffix: str, name: str, sample: Evaluation):
    table = kind_of(name, sample)[-1]
    for one in (unfilled(table), table):
        made = form(one, sample)
        for document in (form_document(made, LAYOUTS[name]), attachment_document(made, LAYOUTS[name])):
            assert set(marks(suffix, render(suffix, document))) == {one.unfilled}


# ---- two documents of a table ------------------------------------------------------------------------------------


def test_form_and_attachment_are_files_beside_each_other(sample: Evaluation, tmp_path: Path):
    table = sample.projects[-1]
    both = deliver_forms(sample, [table], tmp_path / "a", (".xlsx",), revision=1)
    assert [re.sub(r".*_2023_", "", one.path.name) for one in both] == [
        "绩效自评表_v01.xlsx",
        "绩效自评表附件_v01.xlsx",
    ]
    alone = deliver_forms(sample, [table], tmp_path / "b", (".xlsx",), form_only=True, revision=1)
    assert [one.path.read_bytes() for one in alone] == [both[0].path.read_bytes()]
    assert load_workbook(both[0].path).sheetnames == ["自评表"]
    assert load_workbook(both[1].path).sheetnames == ["得分说明", "问题清单"]


def test_another_policys_form_says_so(sample: Evaluation, book: Rulebook, tmp_path: Path):
    """Head and points come from the policy that scores; a form of another one names it, on paper and on the screen."""
    told = deliver_forms(sample, [sample.projects[0]], tmp_path / "a", (".html",), "hubei")
    assert [problem.code for one in told for problem in one.noted] == ["U333"]
    assert sample.projects[0].policy.title in told[0].path.read_text(encoding="utf-8")
    own = evaluate(book, load_actuals(ROOT / "actuals", book), policy="hubei-2020-3")
    told = deliver_forms(own, [own.projects[0]], tmp_path / "b", (".html",), "hubei")
    assert not [problem for one in told for problem in one.noted]
    assert "计分”" not in told[0].path.read_text(encoding="utf-8")
    assert "（20分）" in told[0].path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kinds", "ticked"),
    [
        ({}, []),
        (
            {"项目类别": "部门预算项目", "项目属性": "持续性项目", "项目类型": "一次性项目"},
            ["部门预算项目", "持续性项目", "一次性项目"],
        ),
        ({"项目类别": "项目", "项目属性": "新增"}, []),  # no part of a choice ticks it
    ],
)
def test_boxes_are_ticked_from_data(kinds: dict[str, str], ticked: list[str], sample: Evaluation):
    table = sample.projects[0]
    changed = replace(table, table=table.table.model_copy(update={"kinds": kinds}))
    shown = "\n".join(texts(form_document(form(changed, sample), LAYOUTS["hubei"])))
    assert re.findall(r"\d\.(\w+) √", shown) == ticked
    assert shown.count("□") == 8 - len(ticked)


def test_a_unit_of_measure_is_not_said_twice(sample: Evaluation):
    rows = [row for table in sample.projects for row in form(table, sample).rows["indicators"]]
    assert {(row["actual"], row["number"]) for row in rows if row["unit"] == "%"} >= {("96.5%", "96.5")}
    for row in rows:
        assert row["number"] in (row["actual"], row["actual"].removesuffix(row["unit"]))
        assert row["number"] == row["actual"] or re.fullmatch(r"-?[\d.]+", row["number"])


def test_a_number_of_the_sichuan_form_is_printed(sample: Evaluation):
    assert any(
        "510000_0013zp" in text for text in texts(form_document(form(sample.projects[0], sample), LAYOUTS["sichuan"]))
    )


# ---- ziping print ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample office whose year is scored, with one file of evidence (示例数据)."""
    root = tmp_path_factory.mktemp("print") / "甲"
    list(copy_sample(root))
    evidence = root.parent / "问卷 原件.pdf"
    evidence.write_bytes(b"%PDF example")
    assert ziping("run", root, "--out", root / "out", "--to", "xlsx")[0] in (0, 1)
    assert ziping("evidence", CODE, "满意度1", evidence, "--by", "张三", "-w", root)[0] == 0
    assert ziping("run", root, "--out", root / "out", "--to", "xlsx")[0] in (0, 1)
    return root


@pytest.fixture
def office(scored: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(scored, tmp_path / "甲"))


def ziping(*arguments: str | Path) -> tuple[int, str]:
    ran = CliRunner().invoke(app, [str(one) for one in arguments])
    if isinstance(ran.exception, EvaluatorError):
        return ran.exception.exit_code, ran.output + str(ran.exception)
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran.exit_code, ran.output


def only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def test_print_binds_every_form_in_order(office: Path, sample: Evaluation):
    code, told = ziping("print", office, "--out", office / "out")
    assert code == 0, told
    bound = pypdfium2.PdfDocument(only(office / "out", "*绩效自评表合订_v*.pdf").read_bytes())
    assert sample.department
    tables = [sample.department.own, *sample.projects]
    lengths = [
        pages(render(".pdf", form_document(form(table, sample), layout)))
        for table, layout in zip(tables, layouts_for(tables, None), strict=True)
    ]
    assert len(bound) == sum(lengths)
    at = 0
    for table, length in zip(tables, lengths, strict=True):
        text = re.sub(r"\s|\u200b", "", bound[at].get_textpage().get_text_range())
        assert table.code in text and f"第{at + 1}页，共{len(bound)}页" in text
        at += length
    assert not OURS.search("".join(page.get_textpage().get_text_range() for page in bound))


def test_print_is_the_same_bytes_and_overwrites_nothing(office: Path, tmp_path: Path):
    command = ("print", office, "--out", office / "out", "--zip")
    assert ziping(*command)[0] == 0
    before = {path: path.read_bytes() for path in office.rglob("*") if path.is_file()}
    assert "没有写出新的版本" in ziping(*command)[1]
    assert {path: path.read_bytes() for path in office.rglob("*") if path.is_file()} == before
    assert ziping("print", office, "--out", tmp_path / "elsewhere", "--zip")[0] == 0
    for path in (tmp_path / "elsewhere").iterdir():
        assert path.read_bytes() == before[office / "out" / path.name]
    ours = only(office / "out", "*合订_v*.pdf")
    ours.write_bytes(b"changed")
    code, told = ziping(*command)
    assert (code, "U103" in told, ours.read_bytes()) == (2, True, b"changed")


def test_the_zip_holds_what_is_handed_in(office: Path):
    code, told = ziping("print", office, "--out", office / "out", "--zip", "--attachments")
    assert code == 0, told
    path = only(office / "out", "*报送材料含附件_v*.zip")
    assert f"{path.name}：" in told
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        files = {name: packed.read(name) for name in packed.namelist()}
    listed = dict(line.split("  ", 1)[::-1] for line in files.pop("摘要清单.txt").decode().splitlines())
    assert listed == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    for name, data in files.items():
        if name.endswith(".xlsx") and name.startswith("1_自评表/"):
            assert (office / "out" / name.split("/")[-1]).read_bytes() == data  # as the run wrote it
    assert sum("绩效自评表_v" in name for name in files) == sum("绩效自评表附件_v" in name for name in files) == 7
    kept = f"2_佐证材料/{CODE}_文化路社区工作经费/群众满意度/问卷 原件.pdf"
    assert files[kept] == b"%PDF example"
    sheet = load_workbook(io.BytesIO(files["2_佐证材料/佐证材料清单.xlsx"])).active
    rows = [[str(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    assert any(kept.removeprefix("2_佐证材料/") in row and "完好" in row for row in rows)
    (receipt,) = [json.loads(data) for name, data in files.items() if name.startswith("3_")]
    assert receipt["ledger"]["seq"] == 3
    names = [Path(name) for name in files]
    assert not any(name.is_absolute() or ".." in name.parts or "\\" in str(name) for name in names)


@pytest.mark.parametrize("change", ["results", "rules", "office", "layout", "never"])
def test_print_refuses_what_is_not_the_last_run(change: str, office: Path):
    paths = {
        "results": (f"actuals/2023/629001/{CODE}.yaml", "actual: 96.5%", "actual: 97.5%"),
        "rules": (f"rules/projects/2023/629001/{CODE}.yaml", "name: 文化路社区工作经费", "name: 文化路社区工作费"),
        "office": ("office/2023/629001.yaml", "filler: 张三（示例）", "filler: 李四（示例）"),
    }
    if change in paths:
        path, old, new = paths[change]
        found = office / path
        if not found.is_file():
            found = next(one for one in (office / path.split("/")[0]).rglob("*.yaml") if old in one.read_text("utf-8"))
        text = found.read_text(encoding="utf-8")
        assert old in text
        found.write_text(text.replace(old, new), encoding="utf-8")
    elif change == "layout":
        (office / "reports" / "forms").mkdir(parents=True)
        own = (ROOT / "reports/forms/national.yaml").read_text(encoding="utf-8")
        own = own.replace("id: national\n", "id: own\npolicies: [cn-2020-10]\n")
        (office / "reports" / "forms" / "own.yaml").write_text(own, encoding="utf-8")
    else:
        (office / "台账.sqlite").unlink()
    before = sorted(office.rglob("*"))
    code, told = ziping("print", office, "--out", office / "out", "--zip")
    assert (code, "U334" in told, "先运行 ziping run" in told) == (2, True, True), told
    assert sorted(office.rglob("*")) == before


def test_evidence_that_is_gone_is_told_and_not_packed(office: Path):
    index = only(office / "evidence/2023/629001", "佐证材料.yaml")
    (kept,) = (office / "evidence/2023/629001" / CODE).iterdir()
    kept.unlink()
    assert index.is_file()
    ziping("run", office, "--out", office / "out", "--to", "xlsx")
    code, told = ziping("print", office, "--out", office / "out", "--zip")
    assert (code, "U335" in told, "缺失" in told) == (1, True, True)
    with zipfile.ZipFile(only(office / "out", "*报送材料_v*.zip")) as packed:
        assert not [name for name in packed.namelist() if name.endswith("问卷 原件.pdf")]


def test_a_draft_in_the_bound_forms_is_marked_and_told(office: Path, sample: Evaluation):
    path = next(
        one
        for one in (office / "actuals").rglob("*.yaml")
        if "actual: 96.5%" in one.read_text("utf-8") and CODE in one.read_text("utf-8")
    )
    path.write_text(path.read_text(encoding="utf-8").replace("actual: 96.5%", 'actual: ""', 1), encoding="utf-8")
    ziping("run", office, "--out", office / "out", "--to", "xlsx")
    result = json.loads(max((office / "out").glob("*_评价结果_v*.json")).read_text(encoding="utf-8"))
    drafts = {one["code"] for one in result["projects"] if one["draft"]}
    assert drafts == {CODE}
    code, told = ziping("print", office, "--out", office / "out")
    assert (code, "文化路社区工作经费" in told.split("草稿的 ")[1]) == (1, True)
    bound = pypdfium2.PdfDocument(only(office / "out", "*合订_v*.pdf").read_bytes())
    for page in bound:
        text = page.get_textpage().get_text_range()
        assert ("草" in text) == (CODE in re.sub(r"\s|\u200b", "", text))


def test_a_run_of_forms_alone_is_verified(tmp_path: Path):
    root = tmp_path / "甲"
    list(copy_sample(root))
    ziping("run", root, "--out", root / "out", "--to", "html", "--form-only")
    assert not list((root / "out").glob("*附件*"))
    assert "全部成立" in ziping("verify", root)[1]
    ziping("run", root, "--out", root / "out", "--to", "html")
    assert len(list((root / "out").glob("*自评表附件_v*.html"))) == 7
    assert "全部成立" in ziping("verify", root)[1]


def test_nothing_bound_is_nothing(sample: Evaluation):
    with pytest.raises(ValueError, match="no documents"):
        bound_together([], "空")

"""The clerk's loop: score, submit, return, correct, reissue, verify — each step through the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from evaluator.cli import app
from evaluator.errors import EvaluatorError

ROOT = Path(__file__).parents[1]
CODE = "13028124P00507410001X"
RESULTS = f"actuals/2023/629001/{CODE}.yaml"


class Office:
    """A workspace of the six projects, and the commands run in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        shutil.copytree(ROOT / "rules/projects", root / "rules/projects")
        shutil.copytree(ROOT / "actuals", root / "actuals")

    def __call__(self, *arguments: str) -> tuple[int, str]:
        """Exit code and all that was printed."""
        ran = CliRunner().invoke(app, list(arguments))
        if isinstance(ran.exception, EvaluatorError):
            return ran.exception.exit_code, ran.output + str(ran.exception)
        assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
        return ran.exit_code, ran.output

    def form(self, version: str) -> Path:
        return next((self.root / "out").glob(f"*_{CODE}_2023_绩效自评表_{version}.xlsx"))

    def attachment(self, version: str) -> Path:
        return next((self.root / "out").glob(f"*_{CODE}_2023_绩效自评表附件_{version}.xlsx"))

    def rewrite(self, old: str, new: str) -> None:
        path = self.root / RESULTS
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def score(self) -> str:
        path = max((self.root / "out").glob("*_评价结果_v*.json"))
        return next(p["score"] for p in json.loads(path.read_text(encoding="utf-8"))["projects"] if p["code"] == CODE)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    made = Office(tmp_path)
    monkeypatch.chdir(tmp_path)
    return made


@pytest.fixture
def submitted(office: Office) -> Office:
    """An office whose year is submitted: v02, after the errors of the sample were mended."""
    office("run", "--to", "xlsx")
    code, told = office(
        "correct", CODE, "时效1", "--cause", "票据不全", "--remedy", "按季度报销", "--by", "张三", "--reason", "补写"
    )
    assert code == 0, told
    office("run", "--to", "xlsx")
    code, told = office("submit", "--by", "张三")
    assert code == 0, told
    return office


def page(path: Path) -> str:
    """Everything on the page of changes."""
    rows = load_workbook(path)["更正说明"].iter_rows(values_only=True)
    return "\n".join(str(cell) for row in rows for cell in row if cell is not None)


def test_a_year_with_errors_cannot_be_submitted(office: Office):
    assert office("submit", "--by", "张三")[0] == 2  # nothing has been scored
    office("run", "--to", "xlsx")
    code, told = office("submit", "--by", "张三")
    assert (code, "F101" in told, "有 2 个错误级问题，更正后才能报送" in told) == (1, True, True)
    assert json.loads(office("history", "--format", "json")[1])[-1]["what"] == "评分"


def test_the_whole_loop_is_told_on_the_reissued_form(submitted: Office):
    before = submitted.form("v02").read_bytes()
    assert submitted("return", "--by", "李审核", "--remark", f"{CODE}=满意度的问卷有误")[0] == 0
    wanted = (
        "--actual",
        "94.8%",
        "--cause",
        "有两份无效问卷",
        "--remedy",
        "增加样本",
        "--by",
        "张三",
        "--reason",
        "复核更正",
    )
    assert submitted("correct", CODE, "满意度1", *wanted)[0] == 0
    assert submitted("reply", "1", "--answer", "问卷已复核", "--by", "张三")[0] == 0
    assert "台账第 8 条，版次 v03" in submitted("run", "--to", "xlsx")[1]
    said = page(submitted.attachment("v03"))
    for words in (
        "满意度的问卷有误",
        "李审核",
        "问卷已复核",
        "与报送的 v02 相比",
        "95.8%",
        "94.8%",
        "复核更正",
        "张三",
        "10",
        "9.98",
        "完成率 100.84% → 99.79%",
    ):
        assert words in said
    assert submitted.form("v02").read_bytes() == before
    events = [event["what"] for event in json.loads(submitted("history", "--format", "json")[1])]
    assert events == ["评分", "更正", "评分", "报送", "退回", "更正", "回复", "评分"]
    told = json.loads(submitted("diff", "v02", "v03", "--format", "json")[1])
    assert ("满意度1", "实际完成值", "95.8%", "94.8%") in {
        (v["subject"], v["field"], v["before"], v["after"]) for v in told["values"]
    }
    assert submitted("verify")[0] == 0


def test_every_file_of_a_set_carries_its_number(submitted: Office):
    """Forms that did not change too, so that v02 is a complete set."""
    first, second = (
        {path.name.replace(version, "") for path in (submitted.root / "out").glob(f"*_{version}*")}
        for version in ("v01", "v02")
    )
    assert {name for name in first if "凭据" not in name} == {name for name in second if "凭据" not in name}
    assert len(first) == 19  # seven forms and attachments, summary, report, result, manifest, receipt


def test_a_first_filling_is_no_correction(submitted: Office):
    """What was filled in before the first submission, however often it was scored, is no page of changes."""
    for version in ("v01", "v02"):
        assert "更正说明" not in load_workbook(submitted.form(version)).sheetnames


def test_running_again_changes_nothing(submitted: Office):
    before = {path: path.read_bytes() for path in submitted.root.rglob("*") if path.is_file()}
    assert "没有新记" in submitted("run", "--to", "xlsx")[1]
    assert {path: path.read_bytes() for path in submitted.root.rglob("*") if path.is_file()} == before


def test_a_value_changed_by_hand_after_submission_needs_a_reason(submitted: Office):
    score = submitted.score
    submitted.rewrite("actual: 95.8%", "actual: 99.8%")
    code, told = submitted("run", "--to", "xlsx")
    assert code == 2
    assert "U355" in told and "95.8% → 99.8%" in told
    assert submitted.score == score and not list((submitted.root / "out").glob("*_v03.*"))
    code, told = submitted("correct", "--reason", "录入错误", "--by", "张三")
    assert code == 0 and "95.8% → 99.8%" in told
    assert submitted("run", "--to", "xlsx")[0] in (0, 1)
    assert "录入错误" in page(submitted.attachment("v03"))
    assert submitted("verify")[0] == 0


def test_a_value_changed_back_and_forth_is_not_covered_by_an_older_reason(submitted: Office):
    submitted("correct", CODE, "满意度1", "--actual", "96%", "--by", "张三", "--reason", "一")
    submitted.rewrite("actual: 96%", "actual: 97%")
    code, told = submitted("run", "--to", "xlsx")
    assert (code, "U355" in told) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((CODE, "满意度1", "--actual", "94%", "--by", "张三"), "U356"),  # no reason
        ((CODE, "满意度1", "--actual", "94%", "--reason", "x"), "U356"),  # no name
        ((CODE, "满意度1", "--by", "张三", "--reason", "x"), "U356"),  # no value
        ((CODE, "满意度1", "--actual", "95.8%", "--by", "张三", "--reason", "x"), "U353"),  # the same value
        ((CODE, "满意度1", "--actual", "约九成", "--by", "张三", "--reason", "x"), "Q"),  # cannot be read
        ((CODE, "满意度1", "--executed", "60", "--by", "张三", "--reason", "x"), "U354"),  # not a field of the row
        ((CODE, "没有", "--actual", "94%", "--by", "张三", "--reason", "x"), "U205"),
        (("--by", "张三", "--reason", "x"), "U357"),  # nothing changed in the files
    ],
)
def test_a_correction_that_is_not_in_order_writes_nothing(submitted: Office, arguments: tuple[str, ...], code: str):
    before = {path: path.read_bytes() for path in submitted.root.rglob("*") if path.is_file()}
    exit_code, told = submitted("correct", *arguments)
    assert exit_code in (2, 3) and code in told
    assert {path: path.read_bytes() for path in submitted.root.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(("step", "more"), [("return", ("--remark", "x")), ("accept", ())])
def test_a_step_out_of_turn_is_refused(office: Office, step: str, more: tuple[str, ...]):
    office("run", "--to", "xlsx")
    code, told = office(step, "--by", "李审核", *more)
    assert (code, "U351" in told) == (2, True)


def test_an_accepted_year_can_be_returned_and_submitted_again(submitted: Office):
    assert submitted("accept", "--by", "李审核")[0] == 0
    assert submitted("submit", "--by", "张三")[0] == 2
    assert submitted("return", "--by", "李审核", "--remark", "审计要求补充")[0] == 0
    code, told = submitted("submit", "--by", "张三")
    assert (code, "审计要求补充" in told) == (1, True)
    assert submitted("reply", "1", "--answer", "已补充", "--by", "张三")[0] == 0
    code, told = submitted("submit", "--by", "张三")
    assert (code, "U358" in told) == (2, True)  # the answer is printed on the forms first
    submitted("run", "--to", "xlsx")
    assert submitted("submit", "--by", "张三")[0] == 0


def test_evidence_is_bound_by_its_digest(submitted: Office):
    file = submitted.root / "问卷汇总.pdf"
    file.write_bytes(b"%PDF-1.4 sample")
    code, told = submitted("evidence", CODE, "满意度1", str(file), "--by", "张三")
    assert code == 0, told
    (kept,) = (submitted.root / "evidence").rglob("*问卷汇总.pdf")
    submitted("run", "--to", "html")
    report = max((submitted.root / "out").glob("*_绩效自评报告_v*.html")).read_text(encoding="utf-8")
    assert "问卷汇总" in report and "完好" in report
    assert "早已登记" in submitted("evidence", CODE, "满意度1", str(file), "--by", "张三")[1]
    kept.write_bytes(b"%PDF-1.4 changed")
    assert "F113" in submitted("score")[1]
    assert submitted("verify")[0] == 1
    kept.unlink()
    assert "F112" in submitted("score")[1]
    code, told = submitted("verify")
    assert code == 1 and "问卷汇总" in told


@pytest.mark.parametrize("path", ["../../../secret.pdf", "/etc/passwd", "a\\..\\b.pdf"])
def test_an_index_that_leads_out_of_its_folder_is_refused(submitted: Office, path: str):
    folder = submitted.root / "evidence/2023/629001"
    folder.mkdir(parents=True)
    index = f"year: 2023\nunit: '629001'\nfiles:\n  - project: {CODE}\n    indicator: 满意度1\n    title: x\n    file: '{path}'\n    sha256: {'0' * 64}\n"
    (folder / "佐证材料.yaml").write_text(index, encoding="utf-8")
    code, told = submitted("score")
    assert (code, "A301" in told) == (3, True)

"""A year goes out and comes back: one number for a set, pages of changes, stages, remarks, who may do what (示例数据)."""

from __future__ import annotations

import json
import os
import re
import shutil
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from evaluator.acts.issuing import record_run
from evaluator.actuals.resultfiles import load_actuals
from evaluator.cli import app
from evaluator.errors import EvaluatorError, UsageProblem
from evaluator.evaluation import evaluate
from evaluator.records.delivery import deliver
from evaluator.records.ledger import Entry, Ledger
from evaluator.records.people import name_of, person
from evaluator.records.recording import described
from evaluator.records.workflow import revisions, standing_of
from evaluator.rulebook.book import load_rulebook
from evaluator.workspace.places import open_workspace
from tests.test_verify import another_program, rechained

ROOT = Path(__file__).parents[1]
CODE = "13028124P00508210001R"
OTHER = "13028124P00499710001G"
RESULTS = f"actuals/2023/629001/{CODE}.yaml"
ROW = "满意度1"


class Office:
    """A workspace of its own and the commands run in it, from the current folder."""

    def __init__(self, root: Path, *codes: str) -> None:
        self.root = root
        for code in codes or (CODE,):
            for name in ("rules/projects", "actuals"):
                path = f"{name}/2023/629001/{code}.yaml"
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / path, root / path)

    def __call__(self, *words: str) -> tuple[int, str]:
        ran = CliRunner().invoke(app, list(words))
        if isinstance(ran.exception, EvaluatorError):
            return ran.exception.exit_code, ran.output + str(ran.exception)
        assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
        return ran.exit_code, ran.output

    def run(self, *words: str) -> int:
        """The revision of a run."""
        code, told = self("run", "--format", "json", *(words or ("--to", "html")))
        assert code in (0, 1), told
        return int(json.loads(told[: told.rindex("}") + 1])["revision"])

    def fill(self, value: str) -> None:
        """Write a result into the file by hand."""
        path = self.root / RESULTS
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(rf"({ROW}:\n    actual: )\S+", rf"\g<1>{value}", text), encoding="utf-8")

    def correct(self, value: str, reason: str = "更正") -> int:
        why = () if float(value[:-1]) >= 95 else ("--cause", "两份问卷无效", "--remedy", "增加样本")
        return self("correct", CODE, ROW, "--actual", value, *why, "--reason", reason, "--by", "张三")[0]

    def entries(self) -> list[Entry]:
        with Ledger(self.root / "台账.sqlite") as ledger:
            return ledger.entries()

    def names(self, folder: str = "out") -> set[str]:
        return {path.name for path in (self.root / folder).glob("*_v*")}

    @property
    def stage(self) -> str:
        return str(json.loads(self("history", "--format", "json")[1])[-1]["stage"])


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.chdir(tmp_path)
    return Office(tmp_path)


def versions(names: set[str]) -> set[str]:
    return {match[1] for name in names if (match := re.search(r"_(v\d\d)[._]", name))}


# ---- one number for a set ----------------------------------------------------------------------------------------


def test_the_same_set_has_the_same_number_wherever_and_in_whatever_formats(office: Office):
    assert office.run("--to", "html") == 1
    first = {path.name: path.read_bytes() for path in (office.root / "out").iterdir()}
    assert office.run("--to", "html", "--out", "另处") == 1
    assert office.run("--to", "xlsx") == 1
    assert office.run("--to", "html", "--to", "xlsx") == 1
    assert versions(office.names()) == versions(office.names("另处")) == {"v01"}
    assert {name: (office.root / "out" / name).read_bytes() for name in first} == first
    assert office.names("另处") - {name for name in office.names("另处") if "凭据" in name} <= office.names()
    kinds = [entry.payload["revision"] for entry in office.entries()]
    assert kinds == [1, 1, 1]  # the fourth wrote nothing that the ledger did not know
    office.fill("95.5%")
    assert office.run("--to", "html", "--out", "另处") == 2  # not 1 + what lies there
    assert versions(office.names("另处")) == {"v01", "v02"}
    office.fill("96.2%")
    assert office.run("--to", "html") == 3
    code, told = office("verify")
    assert code == 0, told


@pytest.mark.parametrize("changes", [("--form", "hubei"), ("--policy", "hubei-2020-3"), ("--executor", "rete")])
def test_what_is_asked_for_otherwise_is_another_set(office: Office, changes: tuple[str, ...]):
    assert office.run("--to", "html", "--executor", "frame") == 1
    assert office.run("--to", "html", "--executor", "frame", *changes) == 2
    assert office.run("--to", "html", "--executor", "frame") == 3
    assert office("verify")[0] == 0


def test_who_signs_is_printed_and_so_counts(office: Office):
    assert office.run() == 1
    place = office.root / "office/2023/629001.yaml"
    place.parent.mkdir(parents=True)
    shutil.copy(ROOT / "office/2023/629001.yaml", place)
    assert office.run() == 2
    place.write_text(place.read_text(encoding="utf-8") + "# 一句注释\n", encoding="utf-8")
    assert office.run() == 2


def test_a_file_that_was_tampered_with_stays_and_the_whole_set_takes_the_next_number(office: Office):
    office.run()
    form = next((office.root / "out").glob("*自评表_v01.html"))
    form.write_bytes(b"edited by hand")
    (office.root / "out" / form.name.replace("_v01", "_v07")).write_bytes(b"from elsewhere")
    code, told = office("run", "--to", "html")
    assert (code, "U377" in told, "版次 v08" in told) == (1, True, True)
    assert form.read_bytes() == b"edited by hand"
    assert {name for name in office.names() if "_v08" in name and "凭据" not in name} == {
        name.replace("_v01", "_v08") for name in office.names() if "_v01" in name and "凭据" not in name
    }
    assert office.run() == 8
    assert office("verify")[0] == 1  # the tampered file is named as ever
    form.unlink()
    assert [entry.payload["revision"] for entry in office.entries()] == [1, 8]


def test_a_new_ledger_does_not_write_over_the_files_of_another(office: Office):
    office.run()
    (office.root / "台账.sqlite").unlink()
    assert office.run() == 1  # the same bytes are there
    (office.root / "台账.sqlite").unlink()
    office.fill("95.5%")
    before = {name: (office.root / "out" / name).read_bytes() for name in office.names()}
    assert office.run() == 2
    assert {name: (office.root / "out" / name).read_bytes() for name in before} == before


def test_single_forms_have_the_number_of_the_set_they_belong_to_or_none(office: Office):
    assert office("report", CODE, "--to", "html", "--form-only", "--out", "单")[0] == 0
    (form,) = (office.root / "单").iterdir()
    assert form.name.endswith("_绩效自评表_未记台账_v01.html") and "未记台账" in form.read_text(encoding="utf-8")
    office.run()
    office("report", CODE, "--to", "html", "--form-only", "--out", "单")
    made = next((office.root / "out").glob("*自评表_v01.html"))
    assert (office.root / "单" / made.name).read_bytes() == made.read_bytes()
    office.fill("95.5%")
    office("report", CODE, "--to", "html", "--form-only", "--out", "单")
    assert {path.name[-12:] for path in (office.root / "单").iterdir()} == {
        "未记台账_v01.html"[-12:],
        "未记台账_v02.html"[-12:],
        made.name[-12:],
    }
    made.write_bytes(b"edited by hand")
    office.fill("96.2%")
    code, told = office("report", CODE, "--to", "html", "--form-only")
    assert (code, "U103" in told) == (2, True)


def test_a_number_taken_meanwhile_is_not_recorded_twice(office: Office):
    """Two runs at once, in two folders: both would be v01."""
    space = open_workspace(office.root)
    rulebook = load_rulebook(space.rules, space.shared)
    written: list[Any] = []
    for value, folder in (("96.2%", "a"), ("95.5%", "b")):
        office.fill(value)
        actuals = load_actuals(space.actuals, rulebook)
        evaluation = evaluate(rulebook, actuals, executor="frame")
        told = described(space, rulebook, actuals, evaluation, {"suffixes": [".html"]})
        written.append((told, deliver(evaluation, office.root / folder, [".html"])))
    office.fill("96.2%")
    assert record_run(space, *written[0])
    with pytest.raises(UsageProblem, match="U416"):
        record_run(space, *written[1])
    assert len(office.entries()) == 1


def test_two_units_of_one_name_in_one_folder_do_not_write_over_each_other(office: Office):
    office.run()
    for name in ("rules/projects", "actuals"):
        shutil.rmtree(office.root / name)
    other = Office(office.root, OTHER)
    path = next((office.root / "rules").rglob(f"{OTHER}.yaml"))
    path.write_text(path.read_text(encoding="utf-8").replace("629001", "629009"), encoding="utf-8")
    for name in ("rules/projects", "actuals"):
        (office.root / name / "2023/629001").rename(office.root / name / "2023/629009")
    before = {name: (office.root / "out" / name).read_bytes() for name in office.names()}
    assert other.run("--unit", "629009", "--to", "html") == 2
    assert {name: (office.root / "out" / name).read_bytes() for name in before} == before


def test_runs_recorded_before_sets_had_numbers_are_counted(office: Office):
    for value in ("96.2%", "95.5%", "97%"):
        office.fill(value)
        office.run()
    for receipt in (office.root / "out").glob("*凭据*"):
        receipt.unlink()
    another_program(office.root)
    rechained(office.root / "台账.sqlite", lambda _, run: {key: run[key] for key in run if key != "revision"})
    assert list(revisions(office.entries()).values()) == [1, 2, 3]
    assert json.loads(office("history", "--format", "json")[1])[-1]["revision"] == "v03"
    assert office("diff", "v01", "v03")[0] == 0
    assert office("verify")[0] == 0
    assert office.run() == 4  # another program
    assert office.run() == 4
    assert office("verify")[0] == 0


# ---- what was submitted ------------------------------------------------------------------------------------------


def test_what_was_submitted_is_listed_with_its_digests(office: Office):
    office.run("--to", "html")
    office.run("--to", "xlsx", "--out", "另处")
    code, told = office("submit", "--by", "张三")
    assert code == 0, told
    entry = office.entries()[-1]
    files = {file["name"]: file["sha256"] for file in entry.payload["files"]}
    assert (entry.payload["run"], entry.payload["revision"], len(files)) == (2, 1, 8)
    assert {name[name.rindex("_v01") :] for name in files} == {"_v01.html", "_v01.xlsx", "_v01.json"}
    assert all(name in told and digest in told for name, digest in files.items())
    assert "文件 8 个，清单摘要" in office("history")[1]


@pytest.mark.parametrize("spoils", [Path.unlink, lambda path: path.write_bytes(b"edited")])
def test_files_that_are_gone_or_were_changed_are_not_submitted(office: Office, spoils: Any):
    office.run()
    form = next((office.root / "out").glob("*自评表_v01.html"))
    spoils(form)
    code, told = office("submit", "--by", "张三")
    assert (code, "U376" in told, form.name in told) == (2, True, True)
    office.run()
    assert office("submit", "--by", "张三")[0] == 0


def test_a_project_that_nobody_filled_in_is_not_submitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    office = Office(tmp_path, CODE, OTHER)
    (tmp_path / f"actuals/2023/629001/{OTHER}.yaml").unlink()
    office.run()
    code, told = office("submit", "--by", "张三")
    assert code == 1
    assert OTHER in told and "1 个没有填的项目" in told
    assert CODE not in told.split("未填")[1].split("\n")[0]


# ---- who may do what ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["张三", "张 三", "　张三 ", "张\u200b三", "张三\u3164", "张\ufe0f三", "ＺＨＡＮＧ", "zhang"]
)
def test_who_submitted_cannot_review(office: Office, name: str):
    office.run()
    office("submit", "--by", "Zhang" if name.isascii() or "Ｚ" in name else "张三")
    for words in (("accept",), ("return", "--remark", "请补")):
        code, told = office(*words, "--by", name)
        assert (code, "U372" in told) == (2, True)
    assert office("accept", "--by", "张三丰")[0] == 0  # the near miss


def test_not_even_who_submitted_an_earlier_version_reviews(office: Office):
    office.run()
    office("submit", "--by", "张三")
    office("return", "--by", "李四", "--remark", "请补")
    office("reply", "1", "--answer", "已补", "--by", "王五")
    office.run()
    assert office("submit", "--by", "王五")[0] == 0
    assert office("accept", "--by", "张三")[0] == 2
    assert office("accept", "--by", "李四")[0] == 0


@pytest.mark.parametrize("name", ["", " ", "　", "\u200b", "\u3164", "⠀", "——"])
def test_a_name_of_blanks_is_no_name(office: Office, name: str):
    office.run()
    for words in (
        ("submit",), ("accept",), ("return", "--remark", "x"), ("reply", "1", "--answer", "x"),
        ("correct", CODE, ROW, "--actual", "95%", "--reason", "x"), ("evidence", CODE, ROW, "x.pdf"),
        ("rectify", "close", "ZG001"), ("sign", "--key", "k", "--role", "单位"),
    ):  # fmt: skip
        code, told = office(*words, "--by", name)
        assert (code, "U371" in told) == (2, True), words
    assert len(office.entries()) == 1


@given(st.text(max_size=6), st.text(max_size=6))
def test_names_are_told_apart_by_what_is_seen(one: str, other: str):
    if person(one):
        assert person(name_of(one)) == person(one) == person(f"\u200b {one}　")
        assert name_of(name_of(one)) == name_of(one)
    else:
        with pytest.raises(UsageProblem, match="U371"):
            name_of(one)
    if one.isalpha() and other.isalpha() and one.isascii() and other.isascii():
        assert (person(one) == person(other)) == (one.lower() == other.lower())


# ---- after acceptance --------------------------------------------------------------------------------------------


@pytest.fixture
def accepted(office: Office) -> Office:
    office.run()
    office("submit", "--by", "张三")
    assert office("accept", "--by", "李四")[0] == 0
    return office


def test_a_change_after_acceptance_is_to_be_reviewed_and_both_are_seen(accepted: Office):
    assert accepted.run("--to", "html", "--out", "另处") == 1
    assert accepted.stage == "已通过"  # written again, nothing changed
    assert accepted.correct("94%") == 0
    assert accepted.stage == "通过后更正待审"
    code, told = accepted("run", "--to", "html")
    assert "已通过 v01 87.50 良 → 现在 v02 87.39 良" in told
    assert "审核通过的 v01 相比" in next((accepted.root / "out").glob("*自评表附件_v02.html")).read_text(
        encoding="utf-8"
    )
    for words in (("history",), ("verify",)):
        code, told = accepted(*words)
        assert (code, "通过后更正待审；报送 v01，已通过 v01，现在 v02" in told) == (0, True)
    assert "已通过 v01 87.50 良 → 现在 v02 87.39 良" in accepted("history")[1]
    code, told = accepted("diff", "通过", "现在")
    assert (code, "前：通过 v01" in told, "后：现在 v02" in told) == (0, True, True)
    code, told = accepted("accept", "--by", "李四")
    assert (code, "U351" in told) == (2, True)
    assert accepted("submit", "--by", "张三")[0] == 0
    assert accepted.stage == "已报送"
    assert "已通过 v01 87.50 良 → 现在 v02 87.39 良" in accepted("history")[1]
    assert accepted("accept", "--by", "李四")[0] == 0
    assert accepted.stage == "已通过"
    assert "→" not in accepted("history")[1].split("\n\n")[0]


def test_rules_that_changed_after_acceptance_open_it_too_and_it_may_be_returned(accepted: Office):
    path = accepted.root / f"rules/projects/2023/629001/{CODE}.yaml"
    text = path.read_text(encoding="utf-8")
    assert text.endswith("points: 10.00\n    basis: 根据年初工作安排\n    line: 413\n") and "≥95%" in text[-120:]
    path.write_text(text[:-120] + text[-120:].replace("≥95%", "≥90%"), encoding="utf-8")
    assert accepted.run() == 2
    assert accepted.stage == "通过后更正待审"
    assert accepted("return", "--by", "李四", "--remark", "规则为何改")[0] == 0
    assert accepted.stage == "已退回"


def test_what_changed_between_submission_and_review_is_submitted_anew_first(office: Office):
    office.run()
    office("submit", "--by", "张三")
    assert office("submit", "--by", "张三")[0] == 2
    office.correct("94%")
    code, told = office("accept", "--by", "李四")
    assert (code, "U351" in told, "报送的是 v01" in told) == (2, True, True)
    office.run()
    assert "报送以后又有改动，须重新报送" in office("history")[1]
    assert office("submit", "--by", "张三")[0] == 0
    assert office("accept", "--by", "李四")[0] == 0


def test_without_an_acceptance_there_is_no_version_of_that_name(office: Office):
    office.run()
    code, told = office("diff", "通过", "v01")
    assert (code, "U359" in told, "v01、现在" in told) == (2, True, True)


# ---- remarks -----------------------------------------------------------------------------------------------------


def test_remarks_have_numbers_of_their_own_and_an_answer_each(office: Office):
    office.run()
    office("submit", "--by", "张三")
    told = office("return", "--by", "李四", "--remark", f"{CODE}=问卷不足", "--remark", "说明太短")[1]
    assert "意见 1" in told and "意见 2" in told
    assert "意见 1 13028124P00508210001R：问卷不足；意见 2 整个单位：说明太短" in office("history")[1]
    assert office("history")[1].count("未回复的意见") == 2
    for number, answer, code in (("3", "x", "U373"), ("0", "x", "U373"), ("1", " ", "U375")):
        assert code in office("reply", number, "--answer", answer, "--by", "张三")[1]
    assert "U371" in office("reply", "1", "--answer", "x")[1]
    assert "还有 1 条" in office("reply", "1", "--answer", "补问卷", "--by", "张三")[1]
    assert "还有 1 条" in office("reply", "1", "--answer", "补了问卷60份", "--by", "张三")[1]
    code, told = office("submit", "--by", "张三")
    assert (code, "未回复 意见 2" in told, "未回复 意见 1" in told) == (1, True, False)
    office("reply", "2", "--answer", "已重写", "--by", "王五")
    assert office.run("--to", "html") == 2
    form = next((office.root / "out").glob("*自评表附件_v02.html")).read_text(encoding="utf-8")
    assert all(words in form for words in ("1. 问卷不足", "补了问卷60份", "2. 说明太短", "已重写", "王五", "没有改动"))
    told = office("submit", "--by", "张三")[1]
    assert "补了问卷60份" in told and "已重写" in told
    assert "U374" in office("reply", "1", "--answer", "又", "--by", "张三")[1]
    office("return", "--by", "李四", "--remark", "再补")
    assert "未回复的意见 3" in office("history")[1]
    assert "补了问卷60份（张三" in office("reply")[1]
    assert office("verify")[0] == 0


@pytest.mark.parametrize("remark", ["", "  ", f"{CODE}=", f"{CODE}= "])
def test_a_remark_that_says_nothing_is_refused(office: Office, remark: str):
    office.run()
    office("submit", "--by", "张三")
    code, told = office("return", "--by", "李四", "--remark", remark)
    assert (code, "U375" in told) == (2, True)
    assert office.stage == "已报送"


# ---- any order ---------------------------------------------------------------------------------------------------

VALUES = ("96.2%", "95.5%", "97%")
STEP = (
    st.tuples(st.sampled_from(["edit", "correct", "correct"]), st.sampled_from(VALUES))
    | st.tuples(st.sampled_from(["run", "run", "run elsewhere", "submit", "submit", "accept", "accept own"]))
    | st.tuples(st.sampled_from(["return", "reply"]), st.integers(1, 3))
)


@dataclass
class Model:
    """What a year should be, told without a ledger: the page of changes of its one form is a tuple, None for none."""

    value: str = VALUES[0]
    revision: int = 0
    printed: tuple[Any, ...] = ()  # what the last run printed
    explained: str = ""  # the value of the last correction since the last run or submission
    correction: int = 0  # the last correction since the last submission
    stage: str = "填报中"
    submitted: tuple[Any, ...] = ()  # what was last submitted
    number: int = 0  # its revision
    accepted: bool = False  # and whether that was accepted
    changed: bool = False
    remarks: dict[int, str] = field(default_factory=dict)  # of this round
    count: int = 0  # remarks of all rounds

    def page(self) -> Any:
        if not self.submitted:
            return None
        value, page = self.submitted
        if self.value == value and not self.remarks:
            return page
        moved = (self.value, self.correction) if self.value != value else ()
        return self.accepted, self.number, moved, tuple(self.remarks.items())

    def now(self) -> tuple[Any, ...]:
        return self.value, self.page()

    def silent(self) -> bool:
        """Whether a run would be refused: changed by hand after a submission."""
        return bool(self.submitted) and self.value != self.printed[0] and self.explained != self.value


def stepped(model: Model, office: Office, words: tuple[Any, ...], turn: int) -> None:
    """One step of both, and both come to the same."""
    match words:
        case ("edit", value):
            office.fill(value)
            model.value = value
        case ("correct", value):
            assert (office.correct(value, f"理由{turn}") == 0) == (value != model.value)
            if value != model.value:
                model.value = model.explained = value
                model.correction, model.changed = turn, bool(model.submitted)
        case ("run" | "run elsewhere",):
            code, told = office("run", "--to", "html", "--out", "另处" if "elsewhere" in words[0] else "out")
            assert (code == 2) == model.silent(), told
            if not model.silent():
                model.revision += model.now() != model.printed
                model.printed, model.explained = model.now(), ""
                model.changed = model.changed or (bool(model.submitted) and model.value != model.submitted[0])
                assert f"版次 v{model.revision:02}\n" in told
        case ("submit",):
            open_ = any(not answer for answer in model.remarks.values())
            ready = bool(model.revision) and not open_ and not model.silent() and model.now() == model.printed
            allowed = model.stage in ("填报中", "已退回", "通过后更正待审") or (
                model.stage == "已报送" and model.changed
            )
            code, told = office("submit", "--by", "张三")
            assert (code == 0) == (ready and allowed), told
            if code == 0:
                model.stage, model.submitted, model.number = "已报送", model.printed, model.revision
                model.accepted = model.changed = False
                model.explained, model.correction, model.remarks = "", 0, {}
        case ("accept",):
            code, told = office("accept", "--by", "李四")
            assert (code == 0) == (model.stage == "已报送" and not model.changed), told
            if code == 0:
                model.stage, model.accepted = "已通过", True
        case ("accept own",):
            assert office("accept", "--by", "张 三")[0] == 2
        case ("return", count):
            code, told = office(
                "return", "--by", "李四", *(w for n in range(count) for w in ("--remark", f"意见{turn}{n}"))
            )
            assert (code == 0) == (model.stage in ("已报送", "已通过", "通过后更正待审")), told
            if code == 0:
                model.stage = "已退回"
                model.remarks = {model.count + n: "" for n in range(1, count + 1)}
                model.count += count
        case ("reply", number):
            code, told = office("reply", str(number), "--answer", f"回复{turn}", "--by", "王五")
            assert (code == 0) == (number in model.remarks), told
            if code == 0:
                model.remarks[number] = f"回复{turn}"
    if model.stage == "已通过" and model.changed:
        model.stage = "通过后更正待审"


@settings(max_examples=int(os.environ.get("ISSUING_EXAMPLES", "12")), deadline=None)
@given(st.lists(STEP, min_size=4, max_size=22))
def test_any_order_of_steps_comes_to_what_a_simple_model_says(steps: list[tuple[Any, ...]]):
    model = Model()
    with TemporaryDirectory() as folder, chdir(folder):
        office = Office(Path(folder))
        office.fill(model.value)
        for turn, words in enumerate(steps, 1):
            stepped(model, office, words, turn)
            if (office.root / "台账.sqlite").is_file() and office.entries():
                assert office.stage == model.stage
            if words[0].startswith("run") and model.revision and not model.silent():
                place = office.root / ("另处" if "elsewhere" in words[0] else "out")
                told = [one.read_text(encoding="utf-8") for one in place.glob(f"*自评表附件_v{model.revision:02}.html")]
                assert any("更正说明" in one for one in told) == (model.printed[1] is not None)
        numbers = list(revisions(office.entries()).values()) if model.revision else []
        assert numbers == sorted(numbers) and {*numbers} == {*range(1, model.revision + 1)}
        assert standing_of(office.entries()).stage == model.stage
        if model.revision:
            code, told = office("verify")
            assert code == 0, told

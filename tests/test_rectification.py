"""Rectification: duties drafted from findings and never over what a person wrote, closed only with evidence, told by a
day that is given; last year's open ones; advice by clause; measures; the ledger runs it again. 示例数据 throughout."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from evaluator.acts.duties import calls_for_action, closed, drafted
from evaluator.actuals.resultfiles import load_actuals
from evaluator.cli import app
from evaluator.documents.loading import parse_document
from evaluator.documents.validation import as_model
from evaluator.errors import ActualsProblems, UsageProblem
from evaluator.evaluation import evaluate
from evaluator.files.journal import commit
from evaluator.following.advice import advise
from evaluator.following.rectification import (
    Register,
    duties_of,
    load_rectification,
    read_rectification,
)
from evaluator.model import Actuals
from evaluator.reporting.selfreport import read_outline, report_document
from evaluator.results import Duty, Evaluation
from evaluator.rulebook.book import Rulebook, load_rulebook
from evaluator.workspace.initiate import copy_sample
from evaluator.workspace.places import Workspace, open_workspace, product

RUN = CliRunner()
KEY = (2023, "629001")
POOR = "13028124P00507410001X"  # scores 中


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    list(copy_sample(tmp_path / "甲"))
    return open_workspace(tmp_path / "甲")


def evaluated(space: Workspace) -> tuple[Rulebook, Evaluation]:
    book = load_rulebook(space.rules, space.shared)
    duties = load_rectification(space, book)
    return book, evaluate(book, load_actuals(space.actuals, book), duties=duties)


def planned(space: Workspace, as_of: date | None = None) -> Path:
    book, evaluation = evaluated(space)
    made = drafted(space, book, evaluation, as_of)
    assert made is not None
    commit(space.root, "列整改事项", [made[0]])
    return made[0].path


def close(space: Workspace, *given: Any) -> None:
    """What `ziping rectify close` writes."""
    commit(space.root, "销号", [closed(space, *given)[1]])


def register(space: Workspace) -> Register:
    found, problems = read_rectification(space.rectification, load_rulebook(space.rules, space.shared))
    assert not problems, problems
    return found[KEY]


def fired(evaluation: Evaluation, *rules: str) -> list[tuple[str, str]]:
    return [(f.rule.id, f.subject) for t in evaluation.tables for f in t.findings if f.rule.id in rules]


# ---- planning ----------------------------------------------------------------------------------------------------


def test_every_finding_that_calls_for_action_becomes_one_duty(space: Workspace) -> None:
    _, evaluation = evaluated(space)
    wanted = {(f.rule.id, t.code, f.subject) for t in evaluation.tables for f in t.findings if calls_for_action(f)}
    planned(space)
    made = [(d.origin.rule, d.origin.project, d.origin.subject) for d in register(space).duties]
    assert len(made) == len(set(made)) and set(made) == wanted
    assert ("F401", POOR, POOR) in made
    assert not [one for one in made if one[0] in ("F404", "F405")]
    assert {(d.owner, d.due, d.state) for d in register(space).duties} == {("", None, "未整改")}


def test_a_second_plan_adds_nothing_and_duties_do_not_breed_duties(space: Workspace) -> None:
    path = planned(space, date(2024, 3, 31))
    before = path.read_bytes()
    book, evaluation = evaluated(space)
    assert fired(evaluation, "F503", "F504")  # warnings, about duties
    assert drafted(space, book, evaluation, date(2024, 3, 31)) is None
    assert drafted(space, book, evaluation, None) is None
    assert path.read_bytes() == before


@settings(max_examples=40)
@given(st.lists(st.sampled_from(["owner", "due", "note", "state"]), min_size=1, unique=True), st.integers(0, 18))
def test_what_a_person_wrote_stays_and_only_new_duties_are_added(
    book: Rulebook, sample: Evaluation, fields: list[str], kept: int
) -> None:
    words = {"owner": "owner: 张三 # 已谈", "due": "due: 2024-05-31", "state": "state: 整改中"}
    with TemporaryDirectory() as folder:
        space = Workspace(Path(folder), sample=False)

        def add() -> Path:
            made = drafted(space, book, sample, None)
            assert made is not None
            commit(space.root, "列整改事项", [made[0]])
            return made[0].path

        def origins() -> set[tuple[str, str, str]]:
            duties = read_rectification(space.rectification, book)[0][KEY].duties
            assert len({duty.id for duty in duties}) == len(duties)
            return {(duty.origin.rule, duty.origin.project, duty.origin.subject) for duty in duties}

        path = add()
        whole = origins()
        head, *blocks = path.read_text(encoding="utf-8").split("  - id: ")
        block = blocks[kept % len(blocks)]
        for name in fields:
            if name == "note":
                block += "    note: 已通知\n"
            else:
                block = re.sub(rf"^    {name}: .*$", f"    {words[name]}", block, flags=re.M)
        mine = f"{head}  - id: {block}"
        path.write_text(mine + "# 末尾的注释\n", encoding="utf-8")
        add()
        after = path.read_text(encoding="utf-8")
        assert after.startswith(mine) and after.endswith("# 末尾的注释\n")
        assert origins() == whole


def test_a_register_without_duties_and_one_in_braces(space: Workspace) -> None:
    path = space.rectification / "2023" / "629001.yaml"
    path.parent.mkdir(parents=True)
    path.write_text('year: 2023\nunit: "629001"\nduties: []\nas_of: 2024-01-31\n', encoding="utf-8")
    planned(space)
    assert register(space).duties and str(register(space).as_of) == "2024-01-31"
    path.write_text('{year: 2023, unit: "629001", duties: []}\n', encoding="utf-8")
    book, evaluation = evaluated(space)
    with pytest.raises(UsageProblem) as refused:
        drafted(space, book, evaluation, date(2024, 1, 31))
    assert refused.value.problems[0].code == "Z111"


# ---- overdue by a day that is given ------------------------------------------------------------------------------


@given(st.dates(date(2024, 1, 1), date(2025, 12, 31)), st.dates(date(2024, 1, 1), date(2025, 12, 31)))
def test_a_duty_is_overdue_only_after_its_day_and_only_while_open(due: date, day: date) -> None:
    for state in ("未整改", "整改中", "已整改"):
        entry = {
            "id": "ZG001",
            "from": {"rule": "F101", "project": "x", "says": "示例"},
            "due": str(due),
            "state": state,
        }
        made = Register.model_validate({"year": 2023, "unit": "1", "duties": [entry]})
        assert duties_of(made, day)[0].overdue == (state != "已整改" and day > due)
        assert duties_of(made, None)[0].overdue is None
        undated = Register.model_validate({"year": 2023, "unit": "1", "duties": [entry | {"due": ""}]})
        assert duties_of(undated, day)[0].overdue is None


def test_a_run_tells_overdue_by_the_day_in_the_register_and_not_by_the_clock(space: Workspace) -> None:
    path = planned(space)
    text = path.read_text(encoding="utf-8").replace('due: ""', "due: 2000-01-01").replace('owner: ""', "owner: 张三")
    path.write_text(text, encoding="utf-8")
    assert fired(evaluated(space)[1], "F501", "F503", "F504") == []
    path.write_text(text.replace('as_of: ""', "as_of: 2024-01-01"), encoding="utf-8")
    assert len(fired(evaluated(space)[1], "F501")) == len(register(space).duties)


def test_last_years_open_duties_stand_in_this_years_evaluation_and_report(book: Rulebook) -> None:
    def duty(year: int, state: Any, project: str = POOR) -> Duty:
        return Duty("ZG001", year, project, "F401", "等级为中", "张三", "2023-06-30", state, ("单",), None)

    actuals = load_actuals(product() / "actuals", book)
    for year, state, wanted in ((2022, "整改中", 1), (2022, "已整改", 0), (2023, "整改中", 0), (2021, "整改中", 0)):
        made = evaluate(book, actuals, duties={(year, "629001"): (duty(year, state),)})
        assert len(fired(made, "F505")) == wanted
    gone = evaluate(book, actuals, duties={(2022, "629001"): (duty(2022, "未整改", "不再有的项目"),)})
    assert [t.code for t in gone.tables if t.duties] == ["629001"]  # on the department's own table
    assert evaluate(book, actuals, duties={(2022, "别的单位"): (duty(2022, "未整改"),)}).digests.keys() == {
        "rules",
        "actuals",
    }
    outline = read_outline(product() / "reports" / "outlines" / "unit.yaml")
    assert "2022 ZG001" in str(report_document(gone, outline))


# ---- closing -----------------------------------------------------------------------------------------------------


def test_a_duty_is_closed_with_evidence_and_only_once(space: Workspace) -> None:
    path = planned(space)
    before = path.read_text(encoding="utf-8")
    book = load_rulebook(space.rules, space.shared)
    refused = {
        "Z112": [("ZG001", [], "甲"), ("ZG001", ["  "], "甲"), ("ZG001", ["单"], " ")],
        "Z114": [("ZG999", ["单"], "甲")],
    }
    for code, tries in refused.items():
        for name, evidence, by in tries:
            with pytest.raises(UsageProblem) as error:
                close(space, book, KEY, name, evidence, by, date(2024, 5, 1))
            assert error.value.problems[0].code == code
            assert path.read_text(encoding="utf-8") == before
    with pytest.raises(UsageProblem) as error:
        close(space, book, (2023, "1"), "ZG001", ["单"], "甲", date(2024, 5, 1))
    assert error.value.problems[0].code == "Z113"
    close(space, book, KEY, "ZG002", ["验收单.pdf", "照片: 三张"], "甲", date(2024, 5, 1))
    closed = {d.id: d for d in register(space).duties}["ZG002"]
    assert (closed.state, closed.evidence, closed.by, str(closed.closed)) == (
        "已整改", ["验收单.pdf", "照片: 三张"], "甲", "2024-05-01",
    )  # fmt: skip
    others = [d for d in register(space).duties if d.id != "ZG002"]
    assert {d.state for d in others} == {"未整改"}
    with pytest.raises(UsageProblem) as error:
        close(space, book, KEY, "ZG002", ["单"], "甲", date(2024, 5, 1))
    assert error.value.problems[0].code == "Z115"
    assert ("F502", "ZG002") not in fired(evaluated(space)[1], "F502")


def test_closed_by_hand_without_evidence_is_an_error_finding_and_can_still_be_closed(space: Workspace) -> None:
    path = planned(space)
    path.write_text(path.read_text(encoding="utf-8").replace("state: 未整改", "state: 已整改", 1), encoding="utf-8")
    book, evaluation = evaluated(space)
    assert fired(evaluation, "F502") == [("F502", "ZG001")]
    close(space, book, KEY, "ZG001", ["单"], "甲", date(2024, 5, 1))
    assert fired(evaluated(space)[1], "F502") == []


ENTRY = "  - {id: A, from: {rule: F101, project: '%s', says: 示例}%s}\n"


@pytest.mark.parametrize(
    ("name", "head", "entries", "code", "line"),
    [
        ("2023/1.yaml", "year: 2023\nunit: '629001'\n", [], "Z101", 1),
        ("2022/629001.yaml", "year: 2023\nunit: '629001'\n", [], "Z101", 1),
        ("2023/629001.yaml", "year: 2023\nunit: '629001'\n", [("629001", ""), ("629001", "")], "Z102", 5),
        ("2023/629001.yaml", "year: 2023\nunit: '629001'\n", [("62900", "")], "Z103", 4),
        ("2023/629001.yaml", "year: 2023\nunit: '629001'\n", [("629001", ", closed: 2024-01-01")], "Z104", 4),
        ("2023/629001.yaml", "year: 2023\nunit: '629001'\n", [("629001", ", due: 月底")], "R103", 4),
        ("2023/629001.yaml", "year: 2023\nunit: '629001'\n", [("629001", ", state: 完成")], "R103", 4),
        ("2023/629001.yaml", "year: 2023\nunit: '629001'\nowner: 甲\n", [], "R101", 3),
    ],
)
def test_what_is_wrong_in_a_register_is_told_with_its_place(
    space: Workspace, name: str, head: str, entries: list[tuple[str, str]], code: str, line: int
) -> None:
    path = space.rectification / name
    path.parent.mkdir(parents=True)
    listed = "".join(ENTRY % one for one in entries)
    path.write_text(head + ("duties:\n" + listed if listed else "duties: []\n"), encoding="utf-8")
    book = load_rulebook(space.rules, space.shared)
    with pytest.raises(ActualsProblems) as error:
        load_rectification(space, book)
    (problem,) = error.value.problems
    assert (problem.code, problem.where and problem.where.line) == (code, line)
    assert problem.where and problem.where.path == f"rectification/{name}"


def test_a_second_register_of_a_year_is_refused_and_a_yml_is_read(space: Workspace) -> None:
    path = planned(space)
    path.rename(path.with_suffix(".yml"))
    book, evaluation = evaluated(space)
    assert drafted(space, book, evaluation, None) is None
    close(space, book, KEY, "ZG001", ["单"], "甲", date(2024, 5, 1))
    assert register(space).duties[0].state == "已整改" and not path.exists()
    path.write_bytes(path.with_suffix(".yml").read_bytes())
    assert [problem.code for problem in read_rectification(space.rectification, book)[1]] == ["Z105"]


# ---- the commands, the ledger ------------------------------------------------------------------------------------


def run(*arguments: str) -> tuple[int, str]:
    made = RUN.invoke(app, list(arguments))
    assert made.exception is None or isinstance(made.exception, SystemExit), made.exception
    return made.exit_code, made.output


def test_the_commands_from_plan_to_close(space: Workspace) -> None:
    root = str(space.root)
    code, told = run("rectify", "plan", root, "--as-of", "2024年3月31日")
    assert code == 0 and "请填写责任人和完成时限" in told
    path = space.rectification / "2023" / "629001.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('due: ""', "due: 2024-06-30", 1), encoding="utf-8")
    for day, late in (("2024-06-30", 0), ("2024-07-01", 1)):
        code, told = run("rectify", "list", root, "--as-of", day, "--format", "json")
        assert code == late
        assert [duty["overdue"] for duty in json.loads(told)["duties"]].count(True) == late
    assert run("rectify", "close", "ZG001", "-w", root, "--evidence", "单", "--by", "甲", "--on", "2024-07-02")[0] == 0
    assert "逾期 0 个" in run("rectify", "list", root, "--as-of", "2024-07-03")[1]


def test_the_ledger_keeps_the_register_and_runs_it_again(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    planned(space, date(2024, 3, 31))
    out = str(space.root / "out")
    assert run("run", str(space.root), "--out", out)[0] == 1
    path = space.rectification / "2023" / "629001.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace('owner: ""', "owner: 张三"), encoding="utf-8")
    monkeypatch.chdir(space.root)
    code, told = run("verify", ".")
    assert code == 0 and "全部成立" in told


# ---- advice and measures -----------------------------------------------------------------------------------------


def test_once_there_is_a_ledger_duties_planned_and_closed_stand_in_it(space: Workspace) -> None:
    root = str(space.root)
    assert "台账" not in run("rectify", "plan", root)[1].splitlines()[-1]  # nothing has been recorded yet
    (space.rectification / "2023" / "629001.yaml").unlink()
    run("run", root, "--out", str(space.root / "out"), "--to", "xlsx")
    assert run("rectify", "plan", root)[1].endswith("；已记入台账第 2 条\n")
    assert "台账" not in run("rectify", "plan", root)[1].splitlines()[-1]  # nothing new
    told = run("rectify", "close", "ZG001", "--evidence", "更正说明", "--by", "张三", "--on", "2024-05-20", "-w", root)[
        1
    ]
    assert told.endswith("；已记入台账第 3 条\n")
    history = run("history", root)[1].splitlines()[-2:]
    assert "整改列入" in history[0] and re.search("ZG001 F3[0-9]{2} 13028124P00499710001G", history[0])
    assert "整改销号" in history[1] and "张三" in history[1] and "ZG001（2024-05-20）：更正说明" in history[1]
    assert run("verify", root)[0] == 0


def test_files_that_close_a_duty_are_kept_with_their_digests_handed_in_and_watched(space: Workspace) -> None:
    root, out = str(space.root), space.root / "out"
    run("rectify", "plan", root)
    paper = space.root / "验收单.pdf"
    paper.write_bytes(b"%PDF-1.4 illustrative")
    assert run("run", root, "--out", str(out), "--to", "xlsx")[0] == 1
    code, told = run(
        "rectify", "close", "ZG001", "--evidence", str(paper), "--evidence", "会议纪要" * 80, "--by", "张三", "-w", root
    )
    assert code == 0 and "ZG001 已销号" in told
    (duty,) = [duty for duty in register(space).duties if duty.id == "ZG001"]
    assert duty.evidence == ["会议纪要" * 80, "验收单.pdf"]
    listed = json.loads(run("rectify", "list", root, "--format", "json")[1])["duties"]
    (file,) = next(duty["files"] for duty in listed if duty["id"] == "ZG001")
    kept = space.evidence / "2023" / "629001" / file["file"]
    assert kept.read_bytes() == paper.read_bytes() and file["state"] == "完好"
    assert run("verify", root)[0] == 0
    assert run("run", root, "--out", str(out), "--to", "xlsx")[0] == 1
    assert run("print", root, "--out", str(out), "--zip")[0] == 0
    names = [name for path in out.glob("*.zip") for name in ZipFile(path).namelist()]
    assert [name for name in names if name.endswith("整改 ZG001/验收单.pdf")]
    kept.write_bytes(b"exchanged")
    assert "佐证材料“验收单”在登记以后被改动" in run("score", root, "--format", "json")[1]
    assert run("verify", root)[0] == 1


def test_advice_follows_grade_history_and_overdue(book: Rulebook) -> None:
    actuals = load_actuals(product() / "actuals", book)

    def advised(duties: tuple[Duty, ...] = (), given: Any = actuals) -> tuple[str, str]:
        made = evaluate(book, given, duties={(2022, "629001"): duties})
        one = next(one for one in advise(made) if one.code == POOR)
        return one.advice, one.known

    def duty(rule: str, overdue: bool | None = None, project: str = POOR) -> Duty:
        return Duty("ZG001", 2022, project, rule, "示例", "张三", "2023-06-30", "整改中", (), overdue)

    assert advised() == ("压减", "转引")  # 中
    assert advised((duty("F401"),)) == ("压减", "转引")
    assert advised((duty("F101", overdue=True),)) == ("压减", "转引")
    had = actuals[2023, POOR]
    poor = {
        name: one.model_copy(update={"actual": "1%"})
        for name, one in had.results.items()
        if one.actual and "%" in one.actual
    }
    worse = actuals | {(2023, POOR): had.model_copy(update={"results": had.results | poor})}
    assert advised(given=worse) == ("压减", "转引")  # 差
    assert advised((duty("F402"),), worse) == ("取消", "转引")
    assert advised((duty("F402", project="13028124P00499410001F"),), worse) == ("压减", "转引")
    assert advised((duty("F101", overdue=True),), worse) == ("暂停", "转引")
    fewer = {name: one for name, one in had.results.items() if name != "数量1"}
    blank = actuals | {(2023, POOR): had.model_copy(update={"results": fewer})}
    assert advised(given=blank)[0] == "不提"


def test_no_advice_for_missing_results_is_the_products_own_practice(book: Rulebook) -> None:
    """A document is cited only for what it says: it says nothing of results that were not filled in."""
    made = evaluate(
        book, {**load_actuals(product() / "actuals", book), **{(2023, POOR): Actuals(code=POOR, year=2023)}}
    )
    one = next(one for one in advise(made) if one.code == POOR)
    assert (one.advice, one.document, one.known) == ("不提", "本工具的做法", "做法")
    assert "不是制度规定" in one.note and "财预" not in one.says + one.note
    others = [other for other in advise(made) if other.code != POOR]
    assert {(other.document, other.known) for other in others} == {("本工具的默认做法，未见文号", "做法")}
    text = str(report_document(made, read_outline(product() / "reports" / "outlines" / "unit.yaml")))
    assert "本工具的做法；做法，不是制度规定。有缺项时不提建议" in text


def test_every_project_gets_advice_with_reasons_and_a_document(sample: Evaluation) -> None:
    made = advise(sample)
    assert [one.code for one in made] == [table.code for table in sample.projects]
    for one in made:
        assert one.reasons and one.document and one.says
    low = next(one for one in made if one.code == POOR)
    assert "预算执行率66.67%" in low.reasons
    assert not any(one.known == "原文" for one in made)


def test_the_report_has_the_measures_and_the_advice(sample: Evaluation) -> None:
    text = str(report_document(sample, read_outline(product() / "reports" / "outlines" / "unit.yaml")))
    assert "工作保障措施落实情况" in text and "部分落实" in text
    assert "下年度预算建议" in text and "据称出自财预〔2020〕10号，原文未见" in text
    assert "（二）整改事项" not in text  # there are none


def test_the_schema_reads_what_plan_writes(space: Workspace) -> None:
    from jsonschema import Draft202012Validator
    from ruamel.yaml import YAML

    path = planned(space, date(2024, 3, 31))
    schema = json.loads((product() / "rules" / "schema" / "rectification.schema.json").read_text(encoding="utf-8"))
    document = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(document)] == []
    assert as_model(Register, parse_document(path.read_text(encoding="utf-8"), path.name)[0])[1] == []

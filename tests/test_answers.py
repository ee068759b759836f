"""Answering what an import asks: in a terminal, by a sheet, on the command; what is allowed, what is kept, what is told.

The documents are those of a made-up office (示例数据).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from evaluator.answering.answers import Answers
from evaluator.answering.answersheet import answersheet_xlsx
from evaluator.answering.returnedsheet import read_answers, take
from evaluator.commands.answerer import END
from evaluator.intake.document import DocumentProblems
from evaluator.intake.importing import import_documents
from evaluator.quantities.signs import read_sign
from evaluator.rulebook.book import read_rulebook
from evaluator.workspace.places import Workspace, open_workspace
from tests.fixtures.make_office import FOLDER

ROOT = Path(__file__).parent.parent
DOCUMENT = FOLDER / "绩效目标.docx"
FIRST = Path("rules/projects/2024/388001/388001P24A01.yaml")


@pytest.fixture
def office(tmp_path: Path) -> Workspace:
    """A workspace with the drafts of the Word document, five questions open."""
    folder = tmp_path / "某办"
    (folder / "rules" / "projects").mkdir(parents=True)
    import_documents([DOCUMENT], folder, policy="cn-2020-10")
    return open_workspace(folder)


def snapshot(space: Workspace) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in (space.rules / "projects").rglob("*.yaml")}


def asked(space: Workspace) -> list[tuple[str, str]]:
    return [(one.asked.code, one.called) for one in Answers(space).questions()]


def ziping(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The command, without a terminal."""
    code = "from evaluator.cli import main; main()"
    made = [sys.executable, "-c", code, *map(str, arguments)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(made, cwd=cwd, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


# ---- what is asked --------------------------------------------------------------------------------------------------


def test_a_question_says_whose_it_is_and_where_the_document_says_it(office: Workspace) -> None:
    one = Answers(office).questions()[0]
    assert (one.code, one.project, one.called) == ("388001P24A01", "社区工作者薪酬", "数量1“保障人数”的比较符")
    assert (one.original, one.place) == ("46人", "绩效目标.docx 表1第9行第9列")
    assert one.asked.says == "“保障人数”的指标值“46人”没有比较符，看不出是不少于、不多于还是等于"
    assert one.choices == ("≥", "≤", "=")


def test_the_original_of_a_doubtful_target_is_what_the_document_says(office: Workspace) -> None:
    (one,) = [one for one in Answers(office).questions() if one.asked.code == "D314"]
    assert (one.original, one.place) == ("每季度末前", "绩效目标.docx 表3第12行第9列")
    assert one.choices == ("每季度末前", "=4次", "=100%")


# ---- what is allowed ------------------------------------------------------------------------------------------------

SIGNS = {
    "不少于": "≥", "不低于": "≥", "大于等于": "≥", ">=": "≥", "≧": "≥", "至少": "≥", "＞＝": "≥", "以上": "≥", "不小于": "≥",
    "不超过": "≤", "不多于": "≤", "<=": "≤", "≦": "≤", "至多": "≤", "小于或等于": "≤", "不高于": "≤", "以内": "≤",
    "等于": "=", "＝": "=", "═": "=", "大于": ">", "＞": ">", "多于": ">", "小于": "<", "少于": "<",
}  # fmt: skip


@pytest.mark.parametrize(("word", "sign"), SIGNS.items())
def test_a_sign_in_words_is_a_sign(word: str, sign: str, office: Workspace) -> None:
    answers = Answers(office)
    one = answers.questions()[0]
    assert answers.refused(one, f" {word} ") == ""
    answers.save()
    assert f"sign: {sign}\n" in snapshot(office)["388001P24A01.yaml"].replace('"', "")


@pytest.mark.parametrize("word", ["大概", "46", "≥46人", "不等于", "?", "", "  ", "正向", "定量"])
def test_what_is_no_sign_is_refused_and_nothing_is_written(word: str, office: Workspace) -> None:
    before = snapshot(office)
    answers = Answers(office)
    assert answers.refused(answers.questions()[0], word)
    assert answers.save() == []
    assert snapshot(office) == before


@pytest.mark.parametrize(
    ("answer", "why"),
    [("每季度末前", ""), ("=4次", ""), ("等于4次", ""), ("12月底前", ""), ("按时拨付", ""), ("4次", "没有比较符"), ("≧ %", "不能用"), ("9月前", "看不出")],
)  # fmt: skip
def test_a_target_is_answered_by_what_would_not_be_asked_again(answer: str, why: str, office: Workspace) -> None:
    answers = Answers(office)
    (one,) = [one for one in answers.questions() if one.asked.code == "D314"]
    told = answers.refused(one, answer)
    assert why in told if why else told == ""


HEAD = """code: "?"
name: 示例
year: 2024
unit: {{code: "388001", name: 示例单位}}
source: {{document: 示例}}
budget:
  total: 10.00
  # 问题 D306：原文没有财政资金一栏；可选：10.00
  fiscal: "?"
  other: 2.00
plan:
  6月底: 50%
  10月底: "?"
  12月底: 100%
goals: []
indicators:
  - id: 数量1
    category: "?"
    dimension: 数量指标
    name: 场次
    target: ≥5场
    points: "?"
  - id: 满意度1
    category: 满意度指标
    dimension: 服务对象满意度指标
    name: 满意度
    target: {target}
    points: 30.00
"""
FORM = {"code": "XM001", "budget.fiscal": "8.00", "plan.10月底": "80%", "indicators.数量1.category": "产出指标", "indicators.数量1.points": "60"}  # fmt: skip
WRONG = [
    ("code", "../x", "不符合格式"), ("code", "P2", "重复"), ("budget.fiscal", "10.00", "之和不等于"), ("budget.fiscal", "八万", "不是金额"),
    ("plan.10月底", "40%", "低于前一期"), ("plan.10月底", "0.8", "百分数"), ("indicators.数量1.category", "满意度指标", "不属于"),
    ("indicators.数量1.points", "55", "不是 100"), ("indicators.数量1.points", "六十", "分值"), ("indicators.数量1.points", "60.005", "分值"),
]  # fmt: skip


def made(tmp_path: Path, target: str = "≥90%") -> Workspace:
    folder = tmp_path / "rules" / "projects" / "2024" / "388001"
    folder.mkdir(parents=True)
    (folder / "编码待定.yaml").write_text(HEAD.format(target=target), "utf-8")
    (folder / "P2.yaml").write_text("code: P2\n", "utf-8")
    return open_workspace(tmp_path)


@pytest.mark.parametrize(("name", "answer", "why"), WRONG)
def test_an_answer_that_a_check_would_refuse_is_refused(name: str, answer: str, why: str, tmp_path: Path) -> None:
    answers = Answers(made(tmp_path))
    for one in answers.questions():
        if one.asked.name != name:
            assert answers.refused(one, FORM[one.asked.name]) == ""
    (one,) = [one for one in answers.questions() if one.asked.name == name]
    assert why in answers.refused(one, answer)
    assert answers.refused(one, FORM[name]) == ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_what_is_answered_is_never_refused_by_a_check(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    texts = ["≥", "等于", "8", "8.00", "10.00", "80%", "100%", "50%", "产出指标", "效益指标", "60", "60.00", "≥90%", "90%", "优", "9月前", "XM001", "P2", "编码", "0"]  # fmt: skip
    space = made(tmp_path_factory.mktemp("some"), data.draw(st.sampled_from(["≥90%", '"?"'])))
    answers = Answers(space)
    for one in data.draw(st.permutations(answers.questions())):
        for answer in data.draw(
            st.lists(st.sampled_from([*texts, *one.choices, FORM.get(one.asked.name, "≥95%")]), max_size=6)
        ):
            if answers.refused(one, answer) == "":
                break
    answers.save()
    (path,) = (space.rules / "projects").rglob("编码*.yaml")
    (path.parent / "P2.yaml").unlink()
    problems = [p for p in read_rulebook(space.rules, ROOT / "rules")[1] if p.severity == "错误"]
    assert {problem.code for problem in problems} <= {"R120"}, [str(problem) for problem in problems]


# ---- what is written ------------------------------------------------------------------------------------------------


def test_only_the_answer_is_written_and_comments_stay(office: Workspace) -> None:
    path = office.root / FIRST
    path.write_text(path.read_text("utf-8").replace('sign: "?"', 'sign: "?" # 问过张三', 1), "utf-8")
    before = path.read_text("utf-8").splitlines()
    answers = Answers(office)
    assert answers.refused(answers.questions()[0], "不少于") == ""
    assert answers.save() == [path]
    after = path.read_text("utf-8").splitlines()
    assert [(one, other) for one, other in zip(before, after, strict=True) if one != other] == [
        ('    sign: "?" # 问过张三', "    sign: ≥ # 问过张三")
    ]


def test_answers_are_kept_by_another_import_in_any_form(office: Workspace) -> None:
    answers = Answers(office)
    for one in answers.questions():
        assert answers.refused(one, "≥" if one.asked.path[-1] == "sign" else "=4次") == ""
    answers.save()
    before = snapshot(office)
    for name in ("绩效目标.docx", "绩效目标.pdf"):
        again = import_documents([FOLDER / name], office.root, policy="cn-2020-10", update=True)
        assert [question for filed in again.files for question in filed.questions] == []
        assert [one.kind for filed in again.files for one in filed.open_differences] == []
    assert [re.sub("(?s)provenance:.*", "", text) for text in snapshot(office).values()] == [
        re.sub("(?s)provenance:.*", "", text) for text in before.values()
    ]


def test_a_file_changed_while_it_was_answered_is_not_written_over(office: Workspace) -> None:
    path = office.root / FIRST
    answers = Answers(office)
    assert answers.refused(answers.questions()[0], "≥") == ""
    path.write_text(path.read_text("utf-8") + "# 别人改的\n", "utf-8")
    with pytest.raises(Exception, match="U121"):
        answers.save()
    assert 'sign: "?"' in path.read_text("utf-8")


# ---- the sheet ------------------------------------------------------------------------------------------------------


def sheet(space: Workspace, path: Path, answers: dict[str, Any]) -> Path:
    """The answer sheet of a workspace with these cells filled, by what the row asks."""
    book = load_workbook(BytesIO(answersheet_xlsx(Answers(space).questions(), "ziping answer")))
    page = book.active
    assert page is not None
    (column,) = [cell.column for cell in page[4] if cell.value == "答复"]
    for row in page.iter_rows(min_row=5):
        if str(row[3].value) in answers:
            cell = page.cell(row[0].row, column, answers.pop(str(row[3].value)))
            cell.data_type = "n" if isinstance(cell.value, int) else "s"  # as a cell of texts keeps =4次
    assert not answers
    book.save(path)
    return path


def test_a_sheet_is_filled_and_read_back(office: Workspace, tmp_path: Path) -> None:
    filled = {
        "数量1“保障人数”的比较符": "不少于",
        "时效1“补助拨付时间”的指标值": "=4次",
        "成本1“补助标准”的比较符": "≤",
    }
    path = sheet(office, tmp_path / "答复.xlsx", filled)
    ran = ziping("answer", office.root, "--from", path, cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "写入 3 个答复，2 个文件" in ran.stdout
    assert [called for _, called in asked(office)] == ["数量2“发放次数”的比较符", "质量1“足额发放率”的比较符"]
    assert 'target: "=4次"' in snapshot(office)["388001P24A03.yaml"]


def test_all_wrong_cells_are_told_with_their_places_and_nothing_is_written(office: Workspace, tmp_path: Path) -> None:
    before = snapshot(office)
    filled = {"数量1“保障人数”的比较符": "大概", "时效1“补助拨付时间”的指标值": 4, "成本1“补助标准”的比较符": "≤"}
    path = sheet(office, tmp_path / "答复.xlsx", filled)
    ran = ziping("answer", office.root, "--from", path.name, cwd=tmp_path)
    assert ran.returncode == 3
    told = [line for line in ran.stderr.splitlines() if "D502" in line]
    assert [line.split(": ")[0] for line in told] == ["答复.xlsx!答复!H5", "答复.xlsx!答复!H8"]
    assert snapshot(office) == before


def test_what_was_answered_or_changed_meanwhile_is_told_and_kept(office: Workspace, tmp_path: Path) -> None:
    filled = {"数量1“保障人数”的比较符": "≤", "数量2“发放次数”的比较符": "=", "质量1“足额发放率”的比较符": "="}
    path = sheet(office, tmp_path / "答复.xlsx", filled)
    text = (
        (office.root / FIRST)
        .read_text("utf-8")
        .replace('sign: "?"', "sign: ≥", 1)
        .replace("target: 12次", "target: 10次")
    )
    (office.root / FIRST).write_text(text, "utf-8")
    answers = Answers(office)
    done, problems = take(answers, read_answers(path)[0])
    assert [one.called for one in done] == ["质量1“足额发放率”的比较符"]
    assert [(p.code, p.severity, str(p.where)[-2:]) for p in problems] == [
        ("D503", "警告", "H5"),
        ("D503", "警告", "H6"),
    ]
    assert "已答复为“≥”" in problems[0].says
    assert "变了" in problems[1].says


def test_a_file_that_is_no_answer_sheet_is_refused(office: Workspace, tmp_path: Path) -> None:
    for name, code in (("绩效目标.xlsx", "D501"), ("绩效目标.docx", "D501"), ("没有.xlsx", "D101")):
        with pytest.raises(DocumentProblems, match=code):
            read_answers(FOLDER / name)
    torn = sheet(office, tmp_path / "答复.xlsx", {})
    book = load_workbook(torn)
    assert book.active is not None
    book.active.delete_cols(1)
    book.save(torn)
    with pytest.raises(DocumentProblems, match="D501"):
        read_answers(torn)


def test_a_row_put_in_or_answered_twice_is_told(office: Workspace, tmp_path: Path) -> None:
    path = sheet(office, tmp_path / "答复.xlsx", {"数量1“保障人数”的比较符": "≥"})
    book = load_workbook(path)
    page = book.active
    assert page is not None
    for column in range(1, 10):
        page.cell(20, column, page.cell(5, column).value)
    page["H20"], page["H21"] = "≤", "另外的话"
    book.save(path)
    given_, problems = read_answers(path)
    assert len(given_) == 1
    assert [(p.code, p.where.cell if p.where else "") for p in problems] == [("D502", "H20"), ("D502", "H21")]


def test_the_same_questions_give_the_same_sheet_and_only_answers_are_open(office: Workspace) -> None:
    questions = Answers(office).questions()
    raw = answersheet_xlsx(questions, "ziping answer")
    assert answersheet_xlsx(questions, "ziping answer") == raw
    page = load_workbook(BytesIO(raw)).active
    assert page is not None
    assert page.protection.sheet
    unlocked = {cell.coordinate for row in page.iter_rows() for cell in row if not cell.protection.locked}
    assert unlocked == {f"H{row}" for row in range(5, 10)}
    assert {page[cell].number_format for cell in unlocked} == {"@"}  # =100% stays a text
    assert {str(one.sqref): one.formula1 for one in page.data_validations.dataValidation if one.type == "list"}[
        "H5"
    ] == '"不少于,不多于,等于"'


# ---- the terminal ---------------------------------------------------------------------------------------------------


def typed(space: Workspace, lines: list[str], *arguments: str) -> tuple[str, int]:
    """What a terminal shows while these lines are typed, one at each prompt, and the exit code."""
    import pty

    child, terminal = pty.fork()
    if child == 0:
        os.environ.update({"PYTHONPATH": str(ROOT), "TERM": "dumb", "LANG": "C.UTF-8"})
        code = "from evaluator.cli import main; main()"
        os.execv(sys.executable, [sys.executable, "-c", code, "answer", str(space.root), *arguments])
    shown = b""
    waiting = list(lines)
    prompt = "完 结束）：".encode()
    asked_before = 0
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
        if waiting and shown.count(prompt) > asked_before:
            asked_before = shown.count(prompt)
            os.write(terminal, f"{waiting.pop(0)}\n".encode())
    _, status = os.waitpid(child, 0)
    return shown.decode("utf-8", "replace"), os.waitstatus_to_exitcode(status)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals there")
def test_questions_are_answered_one_after_another_in_a_terminal(office: Workspace) -> None:
    shown, code = typed(office, ["大概", "不少于", "", "c", "每季度末前", "b"])
    assert code == 1
    assert "第 1 个，共 5 个　社区工作者薪酬（388001P24A01）" in shown
    assert "46人（绩效目标.docx 表1第9行第9列）" in shown
    assert "不能用：“大概”不是比较符" in shown
    assert "还有 1 个问题没有答复" in shown
    assert [called for _, called in asked(office)] == ["数量2“发放次数”的比较符"]
    text = snapshot(office)
    assert (text["388001P24A01.yaml"].count("sign: ≥"), text["388001P24A01.yaml"].count('sign: "="')) == (1, 1)
    assert (text["388001P24A03.yaml"].count("target: 每季度末前"), text["388001P24A03.yaml"].count("sign: ≤")) == (1, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo terminals there")
@pytest.mark.parametrize("word", END[:2])
def test_the_rest_stays_open_when_a_person_ends(word: str, office: Workspace) -> None:
    shown, code = typed(office, ["≥", word], "--project", "薪酬")
    assert (code, len(asked(office))) == (1, 4)
    assert "答复了 1 个" in shown


def test_without_a_terminal_it_refuses_and_names_the_other_ways(office: Workspace, tmp_path: Path) -> None:
    ran = ziping("answer", office.root.name, cwd=tmp_path)
    assert ran.returncode == 2
    assert "ziping answer 某办 --sheet 答复.xlsx" in ran.stderr
    assert "--from 答复.xlsx" in ran.stderr


def test_answers_on_the_command_and_the_way_from_a_document_to_a_clean_check(tmp_path: Path) -> None:
    (tmp_path / "某办" / "rules" / "projects").mkdir(parents=True)
    shutil.copy(DOCUMENT, tmp_path)
    ran = ziping("import", DOCUMENT.name, "--into", "某办", "--policy", "cn-2020-10", cwd=tmp_path)
    assert ran.stdout.endswith("下一步：ziping answer 某办\n")
    wrong = ziping("answer", "某办", "--set", "388001P24A01.数量1.比较符=大概", "--set", "x=y", cwd=tmp_path)
    assert (wrong.returncode, wrong.stderr.count("U124")) == (2, 2)
    first = [
        "388001P24A01.数量1.比较符=不少于",
        "388001P24A01.数量2.sign=等于",
        "388001P24A01.indicators.质量1.sign=＝",
    ]
    rest = ["社区食堂运营补助.时效1.指标值=每季度末前", "388001P24A03.成本1.比较符=不超过"]
    ran = ziping("answer", "某办", *[word for text in (*first, *rest) for word in ("--set", text)], cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.endswith("没有待答复的问题；下一步：ziping check 某办\n")
    told = read_rulebook(tmp_path / "某办" / "rules", ROOT / "rules")[1]
    assert [str(problem) for problem in told if problem.severity == "错误"] == []
    assert ziping("answer", "某办", cwd=tmp_path).returncode == 0


def test_every_sign_that_a_person_may_write_is_one_vocabulary(tmp_path: Path) -> None:
    """The field of a rule file and the command understand what an answer does."""
    for word, sign in SIGNS.items():
        assert read_sign(word) == sign
        path = (
            made(tmp_path / f"{len(list(tmp_path.iterdir()))}").root
            / "rules"
            / "projects"
            / "2024"
            / "388001"
            / "编码待定.yaml"
        )
        text = re.sub(r'"\?"', "产出指标", HEAD.format(target=f"90%\n    sign: '{word}'")).replace(
            "产出指标", "XM001", 1
        )
        text = (
            text.replace("fiscal: 产出指标", "fiscal: 8")
            .replace("10月底: 产出指标", "10月底: 80%")
            .replace("points: 产出指标", "points: 60")
        )
        path.write_text(text, "utf-8")
        (path.parent / "P2.yaml").unlink()
        book, problems = read_rulebook(path.parents[3], ROOT / "rules")
        assert [str(p) for p in problems if p.severity == "错误"] == []
        assert book.projects[2024, "XM001"].indicators[1].sign == sign


def test_a_sheet_read_twice_has_nothing_to_tell(office: Workspace, tmp_path: Path) -> None:
    """The same answer in other words (不少于 beside ≥) is no change."""
    filled = {"数量1“保障人数”的比较符": "不少于", "时效1“补助拨付时间”的指标值": "等于4次"}
    path = sheet(office, tmp_path / "答复.xlsx", filled)
    for number in (2, 0):
        answers = Answers(office)
        done, problems = take(answers, read_answers(path)[0])
        answers.save()
        assert (len(done), problems) == (number, [])

"""Goal documents become drafts: every format and layout, every question and its near miss, and nothing written over."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from evaluator.cli import app
from evaluator.documents.loading import parse_document, read_document
from evaluator.documents.yamlwriting import scalar
from evaluator.errors import EvaluatorError, UsageProblem
from evaluator.intake.document import DocumentProblems, Paragraph, Place, SourceDocument, Table, TableCell, flat
from evaluator.intake.draftyaml import write
from evaluator.intake.filled.formloading import load_filled
from evaluator.intake.goals.draft import Frame, project_draft
from evaluator.intake.goals.partone import part_one
from evaluator.intake.goals.questions import ask_all
from evaluator.intake.goals.recognise import recognise
from evaluator.intake.importing import Imported, import_documents
from evaluator.intake.values import Draft, Value, as_data
from evaluator.rulebook.book import Rulebook, load_rulebook, read_policies, read_rulebook
from tests.work import at_most

ROOT = Path(__file__).parents[1]
RULES = ROOT / "rules" / "projects" / "2023" / "629001"
SEED = RULES / "source" / "goals.txt"
GOALS = ROOT / "scenarios" / "imports" / "documents" / "goals"
LAYOUTS = ROOT / "scenarios" / "imports" / "documents" / "layouts"
CODES = sorted(path.stem for path in RULES.glob("13*.yaml"))


def written(path: Path) -> Any:
    document, problems = read_document(path)
    assert problems == []
    return document


def without_places(tree: Any) -> Any:
    """A rule file apart from provenance: its source and the line numbers."""
    if isinstance(tree, dict):
        return {k: without_places(v) for k, v in tree.items() if k not in ("source", "line", "provenance")}
    return [without_places(item) for item in tree] if isinstance(tree, list) else tree


def imported(tmp_path: Path, *paths: Path, **options: Any) -> Imported:
    return import_documents(list(paths), tmp_path / "rules" / "projects", **options)


# ---- the six projects, from every format ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source", [SEED, *(GOALS / f"goals.{kind}" for kind in ("docx", "xlsx", "pdf", "html"))], ids=lambda p: p.suffix
)
def test_every_format_gives_the_committed_rule_files(source: Path, tmp_path: Path) -> None:
    made = imported(tmp_path, source)
    assert made.problems == []
    assert [
        f.path.relative_to(tmp_path / "rules/projects").as_posix() for f in made.files if f.draft.stem != "department"
    ] == [
        f"2023/629001/{written(path)['code']}.yaml"
        for path in sorted(RULES.glob("13*.yaml"), key=lambda p: int(written(p)["source"]["line"]))
    ]
    asked = [
        (q.code, filed.draft.stem, ".".join(question.path))
        for filed in made.files
        for q, question in zip(filed.questions, filed.draft.questions, strict=True)
    ]
    assert asked == [("D301", "13028124P00499710001G", "indicators.数量1.sign")]
    for filed in made.files:
        mine, theirs = without_places(written(filed.path)), without_places(written(RULES / filed.path.name))
        assert list(mine) == list(theirs)
        if filed.draft.stem == "department":
            for goal in theirs["overall"]:
                goal["projects"] = []  # our own classification: the document does not say
        if filed.draft.stem == "13028124P00499710001G":
            assert mine["indicators"][0].pop("sign") == "?"
            assert theirs["indicators"][0].pop("sign") == "≥"
        assert mine == theirs


def test_the_text_gives_the_same_lines_and_style(tmp_path: Path) -> None:
    for filed in imported(tmp_path, SEED).files:
        mine, theirs = written(filed.path), written(RULES / filed.path.name)
        assert mine["source"]["line"] == theirs["source"]["line"]
        for key in ("indicators", "items", "measures", "overall"):
            assert [item["line"] for item in mine.get(key, [])] == [item["line"] for item in theirs.get(key, [])]
        plain = [
            line.split(" #")[0].rstrip() for line in filed.path.read_text("utf-8").split("provenance:")[0].splitlines()
        ]
        there = [line.split(" #")[0].rstrip() for line in (RULES / filed.path.name).read_text("utf-8").splitlines()]
        skip = ("#", "document:", "- 13028", "projects:", "sign:")

        def kept(lines: list[str], skip: tuple[str, ...] = skip) -> list[str]:
            return [line for line in lines if line and not line.lstrip().startswith(skip)]

        assert kept(plain) == kept(there)


def test_each_field_knows_its_place(tmp_path: Path) -> None:
    filed = next(f for f in imported(tmp_path, GOALS / "goals.xlsx").files if f.draft.stem.endswith("1G"))
    provenance = written(filed.path)["provenance"]
    assert provenance["document"] == "goals.xlsx"
    assert len(provenance["digest"]) == 64
    assert provenance["fields"]["indicators.数量1.target"].endswith("工作表“1.军转家属生活补助及保险”E11")
    text = written(next(f for f in imported(tmp_path / "x", SEED).files if f.draft.stem.endswith("1G")).path)[
        "provenance"
    ]
    assert text["fields"]["indicators.数量1.target"].endswith("（文本第110行）")


def test_provenance_is_no_part_of_the_content(tmp_path: Path, book: Rulebook) -> None:
    shutil.copytree(ROOT / "rules", tmp_path / "rules", ignore=shutil.ignore_patterns("*.txt"))
    imported(tmp_path, SEED, update=True)
    assert "provenance:" in (tmp_path / "rules/projects/2023/629001/department.yaml").read_text("utf-8")
    assert load_rulebook(tmp_path / "rules").digest == book.digest


# ---- part one beside part two --------------------------------------------------------------------------------------


def test_the_differences_between_the_parts_are_told(tmp_path: Path) -> None:
    told = [
        (n.code, str(n.where).split(":")[1], n.says) for f in imported(tmp_path, SEED).files for n in f.draft.noticed
    ]
    assert [(code, line) for code, line, _ in told] == [
        ("D403", "2"), ("D410", "17"), ("D410", "24"), ("D412", "26"), ("D412", "30"), ("D410", "32"), ("D411", "32"),
        ("D412", "34"), ("D412", "37"), ("D414", "560"), ("D415", "21"), ("D415", "36"),
    ]  # fmt: skip
    says = "\n".join(one for _, _, one in told)
    assert "军转家属工资保险" in says
    assert "装修资金项目”，第二部分称“文化路居委会办公用房租赁费" in says
    assert "第一部分≥90%，第二部分各比率指标≥95%、≥98%" in says
    assert "指标 237，正文没有写人数，只写21个居委会" in says
    assert "分项6 的绩效目标和绩效指标与分项4 一字不差" in says


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("主要用于街道办1名军属", "主要用于街道办2名军属", "D414"),  # 1名 in part two
        ("主要用于59名劳务派遣人员", "主要用于58名劳务派遣人员", "D414"),
        ("保障至少285名社区居民", "保障至少286名社区居民", "D414"),
        ("居委会正常运转提升率≥90%", "居委会正常运转提升率≥95%", ""),
    ],
)
def test_counts_and_targets_that_differ_between_the_parts(before: str, after: str, code: str, tmp_path: Path) -> None:
    text = SEED.read_text("utf-8")
    assert text.count(before) == 1
    (tmp_path / "changed.txt").write_text(text.replace(before, after), "utf-8")
    old = {(n.code, n.says) for f in imported(tmp_path / "a", SEED).files for n in f.draft.noticed}
    new = {(n.code, n.says) for f in imported(tmp_path / "b", tmp_path / "changed.txt").files for n in f.draft.noticed}
    assert {one for one, _ in new - old} - {"D411"} == ({code} if code else set())  # D411 quotes the sentence
    assert {one for one, _ in old - new} - {"D411"} == (set() if code else {"D412"})


def test_an_item_goal_like_no_project_is_asked(tmp_path: Path) -> None:
    text = (
        SEED.read_text("utf-8")
        .replace("文化路街道军转家属工资保险项目", "文化路街道综合保障项目")
        .replace("街道办1名军属工资及保险工作", "办公")
    )
    (tmp_path / "changed.txt").write_text(text, "utf-8")
    department = imported(tmp_path, tmp_path / "changed.txt").files[-1]
    assert [(q.code, q.path) for q in department.draft.questions] == [("D312", ("items", "分项1", "project"))]
    assert any(n.code == "D413" and "军转家属" in n.says for n in department.draft.noticed)


# ---- layouts -------------------------------------------------------------------------------------------------------

EXPECTED: dict[str, dict[str, Any]] = {
    "hebei-grades": {
        "code": "SL2019001", "total": "30.00", "plan": ["10%", "50%", "80%", "100%"], "goals": ["完成全年培训任务", "提高业务水平"],
        "targets": ["优≥200人 良≥180人 中≥150人 差<150人", "优100% 良90% 中85% 差80%", "优明显提高 良有所提高 中基本持平 差下降", "优≥95% 良≥90% 中≥80% 差<80%"],
        "points": ["25.00", "25.00", "30.00", "10.00"],
    },
    "national": {
        "code": "SL24-0001", "total": "120.50", "plan": [], "goals": ["保障系统平稳运行；", "故障及时处理。"],
        "targets": ["≥6个", "≥99.9%", "≤2小时", "持续保障", "≥90%"], "points": ["20", "20", "10", "30", "10"],
    },
    "national-two-periods": {
        "code": "SB2022", "total": "300000元", "plan": [], "goals": ["更新设备30台"],
        "targets": ["≥30台", "=100%", "有所提升"], "points": ["25.00", "25.00", "40.00"],
    },
    "yunnan": {
        "code": "YN0001", "total": "387664.62元", "plan": [], "goals": ["改善学生营养状况"],
        "targets": [">=480人", "=100%", "有所提升", "≥95%"], "points": ["25.00", "25.00", "30.00", "10.00"],
    },
    "sichuan": {
        "code": "SC510001", "total": "8.00", "plan": [], "goals": ["开展宣传，提高知晓率"],
        "targets": ["≥12场", "≤8万元", "≥85%", "≥90%"], "points": ["25", "25", "30", "10"],
    },
    "hubei": {
        "code": "HB4200", "total": "60", "plan": [], "goals": ["完成年度检测任务"],
        "targets": ["≥1000批次", "=100%", "≥95%"], "points": ["50.00", "30.00", "10.00"],
    },
    "split": {
        "code": "DL0001", "total": "50", "plan": [], "goals": [],
        "targets": ["≥12公里", "≥95%", "有所提升", "≥90%"], "points": ["25.00", "25.00", "30.00", "10.00"],
    },
    "nested": {
        "code": "QT0001", "total": "5", "plan": [], "goals": ["完成示例任务"],
        "targets": ["≥5次", "有所提升", "≥90%"], "points": ["50.00", "30.00", "10.00"],
    },
}  # fmt: skip


@pytest.mark.parametrize("name", EXPECTED)
def test_every_layout(name: str, tmp_path: Path) -> None:
    policy = "cn-2020-10" if name == "hebei-grades" else None  # no national policy is in force before 2020
    made = imported(tmp_path, LAYOUTS / f"{name}.html", policy=policy)
    assert made.problems == []
    file = written(made.files[0].path)
    rows = file["indicators"]
    assert {
        "code": file["code"], "total": file["budget"]["total"], "plan": list(file["plan"].values()), "goals": list(file["goals"]),
        "targets": [row["target"] for row in rows], "points": [row["points"] for row in rows],
    } == EXPECTED[name]  # fmt: skip
    assert all(row["category"] in ("产出指标", "效益指标", "满意度指标") for row in rows)
    _, problems = read_rulebook(tmp_path / "rules", ROOT / "rules")
    errors = {p.code for p in problems if p.severity == "错误"}
    assert errors <= {"R120"}, "a draft whose questions are answered can be used"


def test_a_list_of_many_projects_is_cut_into_projects(tmp_path: Path) -> None:
    made = imported(tmp_path, LAYOUTS / "yunnan.html")
    assert [(f.draft.stem, len(f.draft.tree["indicators"])) for f in made.files] == [("YN0001", 4), ("YN0002", 3)]
    assert made.files[1].draft.tree["indicators"][1]["target"].text == "改善"


def test_torn_rows_are_joined_over_pages(tmp_path: Path) -> None:
    rows = written(imported(tmp_path, LAYOUTS / "split.html").files[0].path)["indicators"]
    assert (rows[0]["description"], rows[0]["basis"]) == ("全年维护道路的总里程", "年度养护计划")
    assert [row["category"] for row in rows] == ["产出指标", "产出指标", "效益指标", "满意度指标"]


def test_long_term_indicators_are_left_out_and_told(tmp_path: Path) -> None:
    assert [n.code for n in imported(tmp_path, LAYOUTS / "hubei.html").files[0].draft.noticed] == ["D401"]


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [("unknown", "D202", "指标数值→指标值")],
)
def test_a_layout_that_is_not_known_is_refused_with_what_it_has(
    name: str, code: str, says: str, tmp_path: Path
) -> None:
    with pytest.raises(DocumentProblems) as error:
        imported(tmp_path, LAYOUTS / f"{name}.html")
    assert error.value.problems[0].code == code
    assert says in str(error.value)
    assert list(tmp_path.iterdir()) == []


def test_a_document_without_tables_is_refused(tmp_path: Path) -> None:
    (tmp_path / "memo.txt").write_text("关于年度工作的通知\n请各单位按时报送。\n", "utf-8")
    with pytest.raises(DocumentProblems, match="D201 没有找到绩效目标表"):
        imported(tmp_path, tmp_path / "memo.txt")


# ---- questions -----------------------------------------------------------------------------------------------------

HEAD = {
    "项目编码": "SL0001", "项目名称": "示例项目", "预算数": "10.00", "其中：财政 资金": "8.00", "其他资金": "2.00",
    "资金用途": "预算数10万元，其中：财政资金8万元，其他资金2万元，主要用于示例。",
    "3月底": "25%", "12月底": "100%", "绩效目标": "1.完成示例\n2.改进示例",
}  # fmt: skip
COLUMNS = ["一级指标", "二级指标", "三级指标", "绩效指标描述", "指标值", "指标值确定依据"]
ROWS = [
    ["产出指标", "数量指标", "培训人数", "参训", "≥20人", "计划"],
    ["效益指标", "社会效益指标", "示例效果", "效果", "有所提升", "计划"],
    ["满意度指标", "服务对象满意度指标", "群众满意度", "问卷", "≥95%", "计划"],
]


def grid(rows: list[list[str]], number: int) -> Table:
    width = max(map(len, rows))
    return Table(
        Place(table=number),
        tuple(
            tuple(
                TableCell(text, Place(table=number, row=r, column=c))
                for c, text in enumerate([*row, *[""] * (width - len(row))], 1)
            )
            for r, row in enumerate(rows, 1)
        ),
    )


def document(
    head: dict[str, str] | None = None, rows: list[list[str]] | None = None, columns: list[str] = COLUMNS
) -> SourceDocument:
    upper = [[label, text] for label, text in (head or HEAD).items()]
    tables = (
        Paragraph("2023年度", Place(paragraph=1)),
        grid([["629001示例单位", "单位：万元"], *upper], 1),
        grid([columns, *(rows or ROWS)], 2),
    )
    return SourceDocument("示例.txt", "text", "0" * 64, tables)


@cache
def policies() -> Rulebook:
    return read_policies([ROOT / "rules"])


def drafted(made: SourceDocument, book: Rulebook) -> list[Draft]:
    drafts, codes = [], set[str]()
    for number, table in enumerate(recognise(made).tables, 1):
        unit = table.unit or (None, "629001", "示例单位")
        frame = Frame(made, 2023, Value(unit[1]), Value(unit[2]), book.policies["cn-2020-10"])
        drafts.append(project_draft(table, frame, number))
        ask_all(drafts[-1], frame.policy, codes)
    return drafts


def asked(made: SourceDocument, book: Rulebook) -> list[tuple[str, str]]:
    return [(q.code, ".".join(q.path)) for draft in drafted(made, book) for q in draft.questions]


def test_a_sound_table_asks_nothing(book: Rulebook) -> None:
    assert asked(document(), book) == []


TARGETS = [
    ("培训人数", "20人", "D301", "sign"), ("培训人数", "=20人", "", ""), ("培训人数", "20-30人", "", ""),
    ("合格率", "290%", "D302", "target"), ("合格率", "之95%", "D302", "target"), ("合格率", "≥290%", "", ""), ("合格率", "90%", "D301", "sign"),
    ("增长率", "150%", "D302", "target"), ("合格率", "≧ %", "D303", "target"), ("合格率", "", "D303", "target"), ("合格率", "/", "D303", "target"),
    ("合格率", "7,00.0,77", "D303", "target"), ("培训人数", "≥95%", "D304", "target"), ("培训人数", "≥20人次", "", ""),
    ("合格率", "≥20万元", "D304", "target"), ("合格率", "≥95", "D304", "target"), ("合格率", "≥95‰", "", ""), ("合格率", "较高", "", ""),
    ("资助金额", "≥95%", "D304", "target"), ("资助金额", "≥20万元", "", ""), ("完成时限", "≥95%", "", ""), ("完成时限", "12月底前", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("name", "target", "code", "key"), TARGETS)
def test_targets_that_are_asked_about_and_those_that_are_not(
    name: str, target: str, code: str, key: str, book: Rulebook
) -> None:
    rows = [["产出指标", "数量指标", name, "描述", target, "计划"], *ROWS[1:]]
    assert asked(document(rows=rows), book) == ([(code, f"indicators.数量1.{key}")] if code else [])


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"预算数": "7,00.0,77", "资金用途": ""}, [("D311", "budget.total")]),
        ({"预算数": "1,0.00", "资金用途": ""}, [("D311", "budget.total")]),
        ({"预算数": "10", "其他资金": "2"}, []),
        ({"其他资金": "1.00", "资金用途": "主要用于示例"}, [("D306", "budget.total")]),
        ({"其他资金": "", "其中：财政 资金": "10", "资金用途": ""}, []),
        ({"资金用途": "预算数为10.57万元，主要用于示例"}, [("D307", "budget.total")]),
        ({"资金用途": "预算数100000元，其中：财政资金8.0万元"}, []),
        ({"资金用途": "主要用于3万元以下的示例"}, []),
        ({"3月底": "110%"}, [("D308", "plan.3月底"), ("D308", "plan.12月底")]),
        ({"12月底": "20%"}, [("D308", "plan.12月底")]),
        ({"12月底": "95%"}, [("D308", "plan.12月底")]),
        ({"3月底": "100%"}, []),
        ({"3月底": "25", "12月底": "100"}, []),
        ({"3月底": "2.5万", "12月底": "100%"}, [("D308", "plan.3月底")]),
        ({"项目编码": "../../etc/passwd"}, [("D305", "code")]),
        ({"项目编码": "a/b"}, [("D305", "code")]),
        ({"项目编码": ".hidden"}, [("D305", "code")]),
        ({"项目编码": "A-1_b.c"}, []),
        ({"项目名称": ""}, [("D313", "name")]),
    ],
)  # fmt: skip
def test_head_fields_that_are_asked_about(
    change: dict[str, str], expected: list[tuple[str, str]], book: Rulebook
) -> None:
    assert asked(document(HEAD | change), book) == expected


def test_levels_that_are_missing_or_do_not_fit(book: Rulebook) -> None:
    rows = [["", *ROWS[0][1:]], *ROWS[1:]]
    assert asked(document(rows=rows), book) == [
        ("D309", "indicators.数量1.category"),
        ("D310", "indicators.数量1.points"),
    ] + [("D310", f"indicators.{name}.points") for name in ("社会效益1", "满意度1")]
    rows = [ROWS[0], ["产出指标", *ROWS[1][1:]], ROWS[2]]
    assert asked(document(rows=rows), book) == [("D309", "indicators.社会效益1.category")]
    rows = [ROWS[0], ["", "质量指标", "合格率", "", "≥95%", ""], *ROWS[1:]]
    assert asked(document(rows=rows), book) == [], "a blank cell under a level is the level above"


def test_points_of_the_document_that_are_missing_or_do_not_add_up(book: Rulebook) -> None:
    columns = [*COLUMNS, "分值"]

    def notes(*points: str) -> list[str]:
        made = document(rows=[[*row, p] for row, p in zip(ROWS, points, strict=True)], columns=columns)
        return [n.code for d in drafted(made, book) for n in d.noticed] + [code for code, _ in asked(made, book)]

    assert notes("50", "30", "10") == []
    assert notes("50分", "30分", "10分") == []
    assert notes("50", "30", "20") == ["D310"]
    assert notes("50", "", "10") == ["D310"]
    assert notes("50", "三十", "10") == ["D310"]


def test_a_code_that_repeats_is_asked_and_gets_its_own_file(tmp_path: Path) -> None:
    text = SEED.read_text("utf-8").replace("13028124P00499410001F", "13028124P00499710001g")
    (tmp_path / "twice.txt").write_text(text, "utf-8")
    made = imported(tmp_path, tmp_path / "twice.txt")
    assert made.files[1].draft.questions[0].code == "D305"
    assert made.files[1].path.name == "编码待定_2_劳务派遣服务经费.yaml"
    assert all(filed.path.exists() for filed in made.files)


def test_a_draft_is_refused_until_its_questions_are_answered(tmp_path: Path) -> None:
    made = imported(tmp_path, SEED)
    _, problems = read_rulebook(tmp_path / "rules", ROOT / "rules")
    assert [p.code for p in problems] == ["R120"]
    file = made.files[0].path
    line = file.read_text("utf-8").splitlines().index('    sign: "?"') + 1
    assert str(problems[0].where) == f"rules/projects/2023/629001/{file.name}:{line}:11"
    assert "没有比较符" in problems[0].says and "≥ / ≤ / =" in problems[0].says
    with pytest.raises(EvaluatorError, match="R120"):
        load_rulebook(tmp_path / "rules", ROOT / "rules")
    file.write_text(file.read_text("utf-8").replace('sign: "?"', "sign: ≥"), "utf-8")
    assert read_rulebook(tmp_path / "rules", ROOT / "rules")[1] == []


def test_formulas_are_drafted_only_where_the_name_is_known(book: Rulebook) -> None:
    rows = [
        ["产出指标", "成本指标", "公用经费节约率", "节约率=（预算金额-报销金额）/预算金额", "≥5%", ""],
        ["产出指标", "成本指标", "公用经费节约率", "节约情况", "≥5%", ""],
        ["产出指标", "成本指标", "预算执行率", "", "≥95%", ""],
        ["产出指标", "成本指标", "预算执行率", "", "按时完成", ""],
        *ROWS[1:],
    ]
    draft = drafted(document(rows=rows), book)[0]
    formulas = [as_data(row).get("formula") for row in draft.tree["indicators"]]
    assert formulas[:4] == ["(全年预算数 - 全年执行数) / 全年预算数", None, "全年执行数 / 全年预算数", None]
    assert write(draft, "project").count("    # 公式由名称推定，请核对\n    formula: ") == 2


# ---- what is there already -----------------------------------------------------------------------------------------


def folder(tmp_path: Path) -> Path:
    return tmp_path / "rules/projects/2023/629001"


def snapshot(path: Path) -> dict[str, bytes]:
    return {p.relative_to(path).as_posix(): p.read_bytes() for p in sorted(path.rglob("*")) if p.is_file()}


def kinds(made: Imported) -> list[tuple[str, str]]:
    return [(d.name, d.kind) for filed in made.files for d in filed.differences]


@pytest.fixture
def changed(tmp_path: Path) -> Iterator[Path]:
    """A document that says ≥60人 where the one before said ≥59人, and has one more goal."""
    text = (
        SEED.read_text("utf-8")
        .replace("≥59人", "≥60人", 1)
        .replace("2.节约用工成本，提高工作效率\n", "2.节约用工成本，提高工作效率\n3.新的目标\n")
    )
    path = tmp_path / "changed.txt"
    path.write_text(text, "utf-8")
    yield path


def test_importing_onto_the_committed_files_changes_nothing(tmp_path: Path) -> None:
    shutil.copytree(RULES, folder(tmp_path))
    before = snapshot(tmp_path)
    made = imported(tmp_path, SEED)
    assert kinds(made) == [("indicators.数量1.sign", "已答复")]
    assert {filed.state for filed in made.files} == {"没有变化"}
    assert snapshot(tmp_path) == before


def test_importing_twice_changes_nothing(tmp_path: Path) -> None:
    imported(tmp_path, SEED)
    before = snapshot(tmp_path)
    assert kinds(imported(tmp_path, SEED, update=True)) == []
    assert snapshot(tmp_path) == before


def test_edits_and_comments_are_kept_and_told(tmp_path: Path, changed: Path) -> None:
    imported(tmp_path, SEED)
    file = folder(tmp_path) / "13028124P00499410001F.yaml"
    text = (
        file.read_text("utf-8")
        .replace("name: 劳务派遣服务经费", "name: 劳务派遣（手改） # 我的注释")
        .replace("    - 节约用工成本", "    - 节约用工成本")
    )
    file.write_text(text, "utf-8")
    made = imported(tmp_path, changed)
    assert kinds(made) == [("name", "手工改过"), ("goals.3", "来源新增"), ("indicators.数量1.target", "来源已改")]
    assert file.read_text("utf-8") == text, "nothing is written without --update"
    merged = imported(tmp_path, changed, update=True)
    after = file.read_text("utf-8")
    assert "name: 劳务派遣（手改） # 我的注释" in after
    assert "    target: ≥60人\n" in after and "  - 新的目标\n" in after
    expected = text.replace("target: ≥59人", "target: ≥60人").replace(
        "提高工作效率\nind", "提高工作效率\n  - 新的目标\nind"
    )
    assert after.split("provenance:")[0] == expected.split("provenance:")[0]
    assert [d.name for f in merged.files for d in f.open_differences] == ["name"]
    assert kinds(imported(tmp_path, changed)) == [("name", "手工改过")]


def test_what_both_sides_changed_is_a_conflict_until_a_person_decides(tmp_path: Path, changed: Path) -> None:
    imported(tmp_path, SEED)
    file = folder(tmp_path) / "13028124P00499410001F.yaml"
    file.write_text(file.read_text("utf-8").replace("target: ≥59人", "target: ≥58人"), "utf-8")
    for _ in range(2):
        made = imported(tmp_path, changed, update=True)
        assert ("indicators.数量1.target", "冲突") in kinds(made)
        assert "target: ≥58人" in file.read_text("utf-8")


def test_an_answer_is_kept_and_a_new_doubt_is_asked(tmp_path: Path) -> None:
    imported(tmp_path, SEED)
    file = folder(tmp_path) / "13028124P00499710001G.yaml"
    file.write_text(file.read_text("utf-8").replace('sign: "?"', "sign: ≥"), "utf-8")
    assert kinds(imported(tmp_path, SEED)) == [("indicators.数量1.sign", "已答复")]
    path = tmp_path / "doubt.txt"
    path.write_text(SEED.read_text("utf-8").replace("≥95%\n\t遵化市", "295%\n\t遵化市", 1), "utf-8")
    made = imported(tmp_path, path, update=True)
    assert ("indicators.质量1.target", "来源已改") in kinds(made)
    text = file.read_text("utf-8")
    assert "    # 问题 D302：" in text and '    target: "?"\n' in text and "sign: ≥" in text
    assert [p.code for p in read_rulebook(tmp_path / "rules", ROOT / "rules")[1]] == ["R120"]


def test_rows_that_only_one_side_has(tmp_path: Path) -> None:
    imported(tmp_path, SEED)
    row = "\t\n\t质量指标\n\t租赁面积\n\t租赁的面积\n\t≥100平方米\n\t按照年初工作安排\n\n"
    at = "\t效益指标\n\t社会效益指标\n\t公共服务水平提升情况\n\t公共服务水平提升情况\n\t有所提升\n\t按照年初工作安排"
    path = tmp_path / "more.txt"
    path.write_text(SEED.read_text("utf-8").replace(at, row + at, 1), "utf-8")
    imported(tmp_path, path, update=True)
    file = folder(tmp_path) / "13028124P005076100019.yaml"
    rows = written(file)["indicators"]
    assert [r["id"] for r in rows] == ["数量1", "质量1", "时效1", "成本1", "社会效益1", "满意度1", "质量2"]
    assert rows[-1]["target"] == "≥100平方米"
    gone = imported(tmp_path, SEED)
    assert ("indicators.质量2", "来源没有") in kinds(gone)


def test_a_file_that_is_no_yaml_is_left_alone(tmp_path: Path) -> None:
    imported(tmp_path, SEED)
    file = folder(tmp_path) / "department.yaml"
    file.write_text("a: [", "utf-8")
    made = imported(tmp_path, SEED, update=True)
    assert [p.code for p in made.files[-1].problems] == ["Y104"]
    assert file.read_text("utf-8") == "a: ["


# ---- hostile text --------------------------------------------------------------------------------------------------

NASTY = [
    "?", "~", "null", "yes", "1.0", "0x1F", "1e5", "- a", "a: b", "a #b", "# x", "&a", "*a", "!t", "{a: 1}", "[1]", "'", '"', "\\", "|", ">", "@x", "`x",
    "%x", "=", "a:", ":a", "{{ 7*7 }}", "${x}", "<script>", "---", "...", "\x07", "\x00", "\u2028", "\ufeffx", "\ud800", "a\u200bb", "﷽" * 50, "x" * 5000,
    "12:30:45", "2023-01-01", "1_000", "+1", ".5", "０", "a\tb", "é\u0301", "😀",
]  # fmt: skip


SEEN = st.characters(exclude_categories=("Cc", "Cs"))  # what `flat` leaves of a cell


@given(
    st.one_of(
        st.text(SEEN),
        st.text("?:-#&*!|>'\"%@`=~{}[], \u200b\u2028\ufeff0x1eE.+_yYnNoO"),
        st.sampled_from([t for t in NASTY if flat(t) == t]),
    )
)
def test_any_text_is_read_back_from_yaml(text: str) -> None:
    parsed, problems = parse_document(f"a:\n  - k: {scalar(text)} # x\n  - {scalar(text)}\n", "x")
    assert problems == []
    assert parsed["a"] == [{"k": text}, text]


@given(
    head=st.dictionaries(
        st.sampled_from(list(HEAD)), st.one_of(st.text(max_size=60), st.sampled_from(NASTY)), max_size=4
    ),
    row=st.lists(st.one_of(st.text(max_size=60), st.sampled_from(NASTY)), min_size=6, max_size=6),
)
def test_hostile_cells_give_a_draft_that_says_what_they_say(head: dict[str, str], row: list[str]) -> None:
    for draft in drafted(document(HEAD | head, [*ROWS, row]), policies()):
        text = write(draft, "project")
        assert "\n" not in draft.stem and "/" not in draft.stem and ".." not in draft.stem[:2]
        parsed, problems = parse_document(text, "x")
        assert [p for p in problems if p.code != "Y109"] == []
        provenance = parsed.pop("provenance")
        assert parsed == as_data(draft.tree)
        assert len(provenance["digest"]) == 64


@pytest.mark.parametrize(
    "text",
    ["1" * 100_000, "（" * 50_000, "财政资金" * 20_000 + "1", " " * 100_000 + "x", "a" * 200_000, "（一）" * 30_000],
)
def test_very_long_cells_take_little_work(text: str, book: Rulebook) -> None:
    with at_most(30):
        for made in (
            document(dict.fromkeys(HEAD, text)),
            document(HEAD, [[text] * 6] * 5),
            document(HEAD, columns=[text] * 6),
        ):
            for draft in drafted(made, book):
                write(draft, "project")
        paragraphs = tuple(
            Paragraph(f"{lead}{text}", Place(paragraph=1))
            for lead in ("二、分项绩效目标", "（一）", "绩效目标：", "绩效指标：")
        )
        part_one(SourceDocument("a", "text", "0" * 64, (Paragraph("二、分项绩效目标", Place()), *paragraphs)), set())


def test_many_strange_tables_and_rows_take_little_work(book: Rulebook) -> None:
    with at_most(60):
        strange = tuple(grid([[f"栏目{n}{c}" for c in range(30)] for _ in range(4)], n) for n in range(2_000))
        recognise(SourceDocument("a", "text", "0" * 64, strange))
        with pytest.raises(DocumentProblems, match="D207"):
            recognise(document(rows=ROWS * 1_000))
        assert len(drafted(document(rows=[["", "", "名称", "", "1人", ""]] * 999), book)[0].questions) > 999


def test_five_hundred_tables_are_drafted_without_much_work(tmp_path: Path) -> None:
    text = SEED.read_text("utf-8")
    part = text[text.index("第二部分") :]
    many = "".join(re.sub(r"(13028124P\d{5})\d", rf"\g<1>{n:03}", part) for n in range(84))
    (tmp_path / "many.txt").write_text(text[: text.index("第二部分")] + many, "utf-8")
    with at_most(60):
        made = imported(tmp_path, tmp_path / "many.txt", dry=True)
        assert len(made.files) == 505


# ---- the command ---------------------------------------------------------------------------------------------------


def command(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["import", *map(str, arguments)])
    if isinstance(result.exception, EvaluatorError):
        return result.exception.exit_code, result.output + str(result.exception)
    return result.exit_code, result.output


def test_the_command_tells_and_writes(tmp_path: Path) -> None:
    into = tmp_path / "rules" / "projects"
    code, output = command(SEED, "--into", into, "--dry-run")
    assert code == 1 and "试运行" in output and not into.exists()
    code, output = command(SEED, "--into", into, "--format", "json")
    told = json.loads(output)
    assert code == 1 and len(told["drafts"]) == 7 and [q["code"] for q in told["questions"]] == ["D301"]
    assert len(list(folder(tmp_path).glob("*.yaml"))) == 7
    assert command(LAYOUTS / "national.html", "--into", into)[0] == 0


def test_the_command_refuses_what_it_cannot_read_and_writes_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.docx"
    broken.write_bytes(b"PK\x03\x04 not a zip")
    into = tmp_path / "rules" / "projects"
    assert command(broken, "--into", into)[0] == 3
    assert not into.exists()
    for options in (["--unit", "../../x"], ["--unit", "999"]):
        assert command(SEED, *options, "--into", into)[0] == 2
    assert command(LAYOUTS / "hebei-grades.html", "--into", into)[0] == 2, "no policy is in force in 2019"
    nameless = tmp_path / "nameless.html"
    nameless.write_text(
        (LAYOUTS / "nested.html")
        .read_text("utf-8")
        .replace("2023年度 801001示例中心", "")
        .replace("801001示例中心", ""),
        "utf-8",
    )
    assert "U107" in command(nameless, "--into", into)[1]
    assert "U108" in command(nameless, "--into", into, "--year", "2023")[1]
    assert command(nameless, "--into", into, "--year", "2023", "--unit", "801001")[0] == 1, "the unit's name is asked"
    with pytest.raises(UsageProblem):
        imported(tmp_path, nameless, year=2023, unit="a/b")


# ---- filled tables -------------------------------------------------------------------------------------------------


def test_a_filled_table_is_transcribed_and_never_written_over(tmp_path: Path) -> None:
    filled = ROOT / "tests" / "fixtures" / "filled" / "yunnan.docx"
    (first,) = imported(tmp_path, filled).filled
    assert (first.state, first.path.name, len(first.tables)) == ("新建", "yunnan.filled.yaml", 1)
    assert load_filled(first.path)[0].model_dump() == first.tables[0].model_dump()
    (again,) = imported(tmp_path, filled).filled
    assert again.state == "没有变化"
    changed = first.path.read_text(encoding="utf-8").replace("score: 7", "score: 10")
    first.path.write_text(changed, encoding="utf-8")
    made = imported(tmp_path, filled)
    assert (made.filled[0].state, made.clean) == ("有差异", False)
    assert first.path.read_text(encoding="utf-8") == changed


def test_a_document_that_cannot_be_read_does_not_stop_the_others(tmp_path: Path) -> None:
    filled = ROOT / "tests" / "fixtures" / "filled" / "yunnan.docx"
    torn = tmp_path / "坏.docx"
    torn.write_bytes(filled.read_bytes()[:900])
    letter = tmp_path / "信.txt"
    letter.write_text("没有表", encoding="utf-8")
    made = imported(tmp_path, torn, SEED, letter, filled)
    assert {problem.where.path for problem in made.unread if problem.where} == {"坏.docx", "信.txt"}
    alone = [one.path.name for one in imported(tmp_path / "alone", SEED).files]
    assert [one.path.name for one in made.files] == alone
    assert sorted(path.name for path in (tmp_path / "rules" / "projects").rglob("[!y]*.yaml")) == sorted(alone)
    assert {path.name for path in (tmp_path / "rules" / "projects").iterdir()} == {"2023", "yunnan.filled.yaml"}
    code, told = command(torn, filled, "--into", tmp_path / "again")
    assert (code, "坏.docx" in told, "yunnan.filled.yaml" in told) == (3, True, True)
    with pytest.raises(DocumentProblems):
        imported(tmp_path / "none", torn, letter)
    assert not (tmp_path / "none").exists()


def test_a_dry_run_transcribes_nothing(tmp_path: Path) -> None:
    made = import_documents([ROOT / "tests" / "fixtures" / "filled" / "hubei.pdf"], tmp_path, dry=True)
    assert [one.state for one in made.filled] == ["新建"]
    assert list(tmp_path.iterdir()) == []

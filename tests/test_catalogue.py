"""The catalogue of diagnostics: complete, plain, and every example makes its code come and go on the sample workspace."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from evaluator.checking import check as checking
from evaluator.checking.catalogue import DiagnosticPage, page_of, read_catalogue
from evaluator.documents import loading as documents
from evaluator.errors import EvaluatorError, Problem, UsageProblem
from evaluator.rulebook.book import read_rulebook
from evaluator.workspace.places import open_workspace

ROOT = Path(__file__).parents[1]
FINDINGS = read_rulebook(ROOT / "rules")[0].findings
PAGES = read_catalogue(ROOT / "rules", FINDINGS)
EXECUTED = sorted(code for code, page in PAGES.items() if page.example.file)
# Examples that rules and results as text cannot show: unreadable files, tables and workbooks, layouts, two rules at once, goals
# without results, last year.
TOLD = re.compile(
    r"A11[02-689]|A12[0-3]|A13[678]|A[2-4]\d\d|R153|M103|M111|M118|P313|P319|P34\d|P390|R131|Y10[1235]|F321|F351|F37[01]|F35[67]"
)
ASKED = {"M104", "M117"}  # told when a monitoring form is asked for, not by a check
PROGRAMMERS = re.compile(
    r"JSON|YAML|schema|字段|字符串|布尔|数组|列表|(?<!服务)对象|解析|异常|参数|函数|变量|代码|null|None"
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample workspace that stands for the product too, so that policies and findings are its own."""
    folder = tmp_path_factory.mktemp("office")
    for name in ("rules", "actuals", "office", "monitoring"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture(autouse=True)
def own_product(office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluator.workspace.places.product", lambda: office)
    monkeypatch.setattr(documents, "parse_document", parsed)


parsed = cache(documents.parse_document)  # most files of the copy are the same in every example


def told(office: Path) -> Counter[tuple[str, str]]:
    """What a check of the copy tells: how often each code with each severity."""
    problems: tuple[Problem, ...]
    try:
        problems = checking.check_workspace(open_workspace(office)).problems
    except EvaluatorError as error:
        problems = error.problems
    return Counter((problem.code, problem.severity) for problem in problems)


@pytest.mark.parametrize("code", EXECUTED)
def test_an_example_makes_its_code_come_and_go(office: Path, code: str):
    page = PAGES[code]
    path = office / page.example.file
    text = path.read_text(encoding="utf-8")
    found = []
    try:
        for version in both_versions(page):
            path.write_text(version, encoding="utf-8")
            found.append(told(office))
    finally:
        path.write_text(text, encoding="utf-8")
    wrong, right = found
    key = (code, page.severity)
    assert wrong[key] > right[key], [str(one) for one in (wrong - right).items()]


def test_only_what_a_text_file_cannot_show_is_not_executed():
    assert [code for code in PAGES if bool(TOLD.fullmatch(code)) == bool(PAGES[code].example.file)] == []


def written_codes() -> set[str]:
    """Every code of these families that stands as a literal in the evaluator."""
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / "evaluator").rglob("*.py"))
    return {code for text in texts for code in re.findall(r'"([YRPAC]\d{3}|M1\d\d)"', text)} - ASKED


def test_every_code_has_a_page_and_every_page_a_code():
    rules = {rule.id for rule in FINDINGS}
    targets = {rule.id for rule in FINDINGS if rule.about == "target"}
    assert written_codes() | targets <= PAGES.keys()
    assert PAGES.keys() <= written_codes() | rules
    assert len(PAGES) >= 30


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.code)
def test_a_page_is_plain(page: DiagnosticPage):
    assert page.what and page.why and page.remedy and page.title and page.topic
    for text in (page.title, page.what, page.why, page.remedy):
        assert not PROGRAMMERS.search(text), text
    for text in (page.what, page.why):
        assert text.endswith("。"), text
    assert page.example.wrong != page.example.right
    assert page.where is not None and page.where.line > 0


def test_a_page_is_found_whatever_the_case_and_an_unknown_one_names_the_nearest():
    assert page_of(PAGES, "r105").title == "分值合计不是 100"
    with pytest.raises(UsageProblem) as raised:
        page_of(PAGES, "R1055")
    assert raised.value.problems[0].nearest == "R105"


# ---- what a page shows as mended is what its remedy asks ---------------------------------------------------------


def written(document: object, way: str = "") -> dict[str, str]:
    """What stands in a document, by its way to it; rows by their id, others by their place."""
    if isinstance(document, dict):
        return {name: text for key, one in document.items() for name, text in written(one, f"{way}/{key}").items()}
    if isinstance(document, list):
        named = [one.get("id", one.get("code", at)) if isinstance(one, dict) else at for at, one in enumerate(document)]
        return {
            name: text
            for key, one in zip(named, document, strict=True)
            for name, text in written(one, f"{way}/{key}").items()
        }
    return {way: str(document)} if str(document or "").strip() else {}


def both_versions(page: DiagnosticPage) -> tuple[str, str]:
    """The file of an example with the mistake, and mended."""
    example, text = page.example, (ROOT / page.example.file).read_text(encoding="utf-8")
    known = [example.stands] if example.stands else [example.wrong, example.right]
    standing = max((one for one in known if one in text), key=len, default="")
    assert standing, f"nothing of the example stands in {example.file}"
    return text.replace(standing, example.wrong, 1), text.replace(standing, example.right, 1)


OF_GOALS = [code for code in EXECUTED if code[0] == "F" and PAGES[code].example.file.startswith("rules/projects/")]
KEPT = ("id", "points", "basis", "description", "category")  # of a row, whatever is mended of it


@pytest.mark.parametrize("code", OF_GOALS)
def test_what_is_shown_as_mended_of_goals_completes_a_row_and_takes_none_away(code: str):
    wrong, right = (written(documents.parse_document(text, "")[0]) for text in both_versions(PAGES[code]))
    lost = {
        way
        for way in wrong.keys() - right.keys()
        if way.rpartition("/")[2] in KEPT or not way.startswith("/indicators/")
    }
    assert not lost
    rows = {way: (wrong[way], right[way]) for way in wrong.keys() & right.keys() if way.endswith("/category")}
    assert all(one == other for one, other in rows.values()), "a row of another kind stands in its place"


def test_a_waiver_shown_as_mended_is_a_waiver_with_its_reason():
    for code in ("C101", "C102"):
        _, right = both_versions(PAGES[code])
        assert re.search(r"# 免查 [A-Z]\d{3}：.+", right)


def test_a_target_shown_as_mended_stands_as_the_document_has_it():
    wrong, right = (written(documents.parse_document(text, "")[0]) for text in both_versions(PAGES["R108"]))
    assert {way for way in wrong if wrong[way] != right.get(way)} == set()
    assert {way.rpartition("/")[2] for way in right.keys() - wrong.keys()} == {"sign"}


def test_a_basis_shown_as_mended_names_this_year_s():
    """Nothing else gets a basis past F316 but what the rule asks for: a year left out is no other year."""
    _, right = both_versions(PAGES["F316"])
    assert "2023年" in PAGES["F316"].example.right and "2021年" not in right

"""Finding rules in Python: the page that shows them, the file that is named on the command, and what is wrong in one."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from textwrap import dedent

import pytest
import yaml
from typer.testing import CliRunner

import evaluator
from evaluator.cli import app
from evaluator.errors import RuleProblems
from evaluator.findings.engine import rules_in
from evaluator.model import FindingRule
from evaluator.rulebook.book import Rulebook, with_findings

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "rule_in_python.py"


def shown(language: str) -> list[str]:
    """The blocks of a language in the page's section."""
    section = PAGE[PAGE.index("## 用 Python 写问题规则") : PAGE.index("## 怎样得知")]
    return re.findall(rf"```{language}\n(.*?)```", section, re.DOTALL)


def problems(path: Path, text: str) -> list[str]:
    path.write_text(dedent(text), encoding="utf-8")
    with pytest.raises(RuleProblems) as error:
        rules_in(path)
    return [f"{one.code} {one.where} {one.says}" for one in error.value.problems]


def test_the_page_shows_the_file_and_its_yaml_is_the_same_rule() -> None:
    assert shown("python")[0] == EXAMPLE.read_text(encoding="utf-8")
    (entry,) = yaml.safe_load(shown("yml")[0])
    (made,) = rules_in(EXAMPLE)
    assert made.model_dump() == FindingRule.model_validate(entry).model_dump()


def test_the_second_block_prints_what_the_page_says() -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(shown("python")[1], {"__name__": "page"})
    assert f"印出 `{out.getvalue().strip()}`" in PAGE


def test_score_judges_the_rule_too_and_keeps_it_nowhere() -> None:
    plain = CliRunner().invoke(app, ["score", "--sample"])
    tried = CliRunner().invoke(app, ["score", "--sample", "--rule-file", str(EXAMPLE)])
    assert "F901" not in plain.output
    more = [line for line in tried.output.splitlines() if line not in plain.output.splitlines() and "F901" in line]
    assert len(more) == 2 and all("完成率只有" in line for line in more)


def test_a_rulebook_is_named_by_the_rules_it_holds(book: Rulebook) -> None:
    more = with_findings(book, rules_in(EXAMPLE))
    assert more.digest != book.digest
    assert [one.id for one in more.findings][-1] == "F901"


def test_an_id_twice_is_told_with_the_function(tmp_path: Path) -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("F901", "F101")
    (tmp_path / "a.py").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(app, ["score", "--sample", "--rule-file", str(tmp_path / "a.py")])
    assert isinstance(result.exception, RuleProblems)
    (told,) = result.exception.problems
    assert (told.code, told.where and told.where.line) == ("P309", 6)


def test_what_is_wrong_is_told_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    assert problems(path, "x = 1\n") == [f"P313 {path} 规则文件没有一条问题规则"]
    assert problems(path, "x = 1\nif\n")[0].startswith(f"P313 {path}:2 规则文件不是 Python：")
    assert problems(path, "x = 1\ny = z\n")[0].startswith(f"P313 {path}:2 规则文件运行出错：NameError")
    assert problems(path, "raise SystemExit(3)\n")[0].startswith(f"P313 {path}:1 规则文件运行出错：SystemExit")
    wrong = """
        from evaluator import rule

        @rule(id="X1", severity="重大", when={"outcome": {}}, remedy="改")
        def words():
            "说"
    """
    told = problems(path, wrong)
    assert [one.split()[0] for one in told] == ["R103", "R103"]
    assert all(f"{path}:4" in one for one in told)


def test_the_face_has_the_surface() -> None:
    assert {"Engine", "Fact", "rule"} <= set(evaluator.__all__)
    assert evaluator.rule is not None and evaluator.Engine is not None and evaluator.Fact is not None

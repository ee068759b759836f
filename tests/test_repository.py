"""The repository itself: short modules, no float near a score, a quick command line, rule files that name their schema."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import evaluator

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "evaluator").rglob("*.py"))
EXACT = (
    "comparators", "criteria/amounts", "criteria/choosing", "criteria/cutting", "criteria/earning", "criteria/formulas",
    "criteria/fullpoints", "criteria/measuring", "criteria/shortfalls", "criteria/situation", "criteria/soundness",
    "criteria/standard", "criteria/tallying", "evaluation", "explain", "factsheets/moneygoals", "figures", "model",
    "policies/allocation", "quantities/dataitems", "quantities/formula", "reporting/export",
    "policy", "preparation", "quantities/numerals", "quantities/quantity", "quantities/reading", "quantities/units",
    "rescoring/rescored", "rescoring/statements", "results", "reviewing/applying", "reviewing/proving", "reviewing/scale", "scoring",
)  # fmt: skip
SCHEMA = re.compile(r"^# yaml-language-server: \$schema=(\S+)$")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def written_by_people() -> list[Path]:
    """Every rule file, and the results of the demonstration."""
    return sorted(
        [*(ROOT / "rules").rglob("*.yaml"), *(ROOT / "actuals").rglob("*.yaml"), *(ROOT / "office").rglob("*.yaml")]
    )


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_module_is_short_and_says_what_it_is(path: Path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "a module without a sentence"


def test_no_two_modules_have_one_name():
    names = Counter(path.stem if path.stem != "__init__" else path.parent.name for path in MODULES)
    packages = {path.parent for path in MODULES} - {ROOT / "evaluator"}
    own = {path.stem for path in packages for other in (path / f"{path.stem}.py",) if other.exists()}
    assert {name for name, times in names.items() if times > 1} <= own, (
        "a module may have the name of its own package only"
    )


def test_no_two_classes_have_one_name():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in MODULES]
    names = Counter(node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert {name for name, times in names.items() if times > 1} == set()


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_what_is_private_stays_in_its_module(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("evaluator"):
            assert not [one.name for one in node.names if one.name.startswith("_") and one.name != "__version__"]


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_variable_is_called_by_what_it_is(path: Path):
    """No variable or parameter is a mere `one`, `made`, `told` or `found`; a field of a class may be, as others read it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bodies = [node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    fields = {id(line.target) for body in bodies for line in body if isinstance(line, ast.AnnAssign)}
    for node in ast.walk(tree):
        bound: str | None = None
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in fields:
            bound = node.id
        elif isinstance(node, ast.arg):
            bound = node.arg
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
            bound = node.name
        assert bound not in ("one", "made", "told", "found"), f"line {getattr(node, 'lineno', 0)}"


@pytest.mark.parametrize("name", EXACT)
def test_no_float_touches_a_score(name: str):
    """No call of float, no float literal, no true division of what is not a Fraction by habit: only exact numbers."""
    tree = ast.parse((ROOT / "evaluator" / f"{name}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("float", "round"), f"line {node.lineno}"
        if isinstance(node, ast.Constant):
            assert not isinstance(node.value, float), f"line {node.lineno}"
        if isinstance(node, ast.Attribute):
            assert not node.attr.startswith("float"), f"line {node.lineno}"


def test_public_names_can_be_imported():
    assert "evaluate" in evaluator.__all__
    for name in evaluator.__all__:
        assert getattr(evaluator, name) is not None
    with pytest.raises(AttributeError):
        _ = evaluator.no_such_name


def test_the_command_line_starts_without_the_heavy_libraries():
    heavy = ("pandas", "numpy", "pydantic", "rich", "ruamel", "openpyxl", "xlsxwriter", "lark", "jinja2", "durable")
    code = f"import sys; import evaluator.cli; print([name for name in {heavy!r} if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_modules_can_be_imported_alone():
    """No module needs another to have been imported before it."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in MODULES
        if path.name != "__init__.py" and path.parent == ROOT / "evaluator"
    ]
    code = "import importlib, sys\nfor name in sys.argv[1:]:\n    importlib.import_module(name)\n    print(name)\n"
    ran = subprocess.run([sys.executable, "-c", code, *reversed(names)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == names[::-1]


def test_the_map_of_the_code_is_the_tree():
    """Every package and every module of the root stands in CONTRIBUTING, and nothing else."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    told = text[text.index("## 代码的地图") : text.index("文件只从 `evaluator/files")]
    intro, table = told.split("| 包 |")
    packages = {path.parent.name for path in (ROOT / "evaluator").glob("*/__init__.py")}
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == packages
    modules = {path.stem for path in (ROOT / "evaluator").glob("*.py")} - {"__init__"}
    assert set(re.findall(r"`(\w+)`", intro)) == modules


@pytest.mark.parametrize("path", written_by_people(), ids=named)
def test_a_rule_file_names_a_schema_that_is_there(path: Path):
    first = path.read_text(encoding="utf-8").split("\n", 1)[0]
    found = SCHEMA.match(first)
    assert found, first
    schema = (path.parent / found[1]).resolve()
    assert schema.is_relative_to(ROOT / "rules" / "schema")
    assert json.loads(schema.read_text(encoding="utf-8"))["$schema"].startswith("https://json-schema.org/")


def test_rule_files_end_in_yaml_so_that_none_is_passed_over():
    others = [named(path) for path in (ROOT / "rules").rglob("*") if path.suffix in (".yml", ".json5", ".YAML")]
    assert others == []


def test_every_error_code_is_used_for_one_thing():
    """A code names one kind of mistake, so one module tells it; shapes of documents are told where they are found.

    Codes of readings (Q, D) are told by the several modules that read together.
    """
    where: dict[str, set[str]] = {}
    for path in MODULES:
        for code in re.findall(
            r'(?:Problem|Unreadable|NeedsState)\(\s*"([ARUYPFI]\d{3})"', path.read_text(encoding="utf-8")
        ):
            where.setdefault(code, set()).add(path.stem)
    shared = {code: sorted(names) for code, names in where.items() if len(names) > 1}
    allowed = {"R102", "R103", "R104", "A204", "A202"}
    assert set(shared) - allowed == set(), shared


def test_the_version_is_the_packages():
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'version = "{evaluator.__version__}"' in text
    assert importlib.import_module("evaluator").__doc__

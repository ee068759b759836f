"""A new workspace for another office: a goal table that scores as it stands, its results, and how to fill them in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from unicodedata import category

from evaluator.errors import Problem, UsageProblem
from evaluator.files import take, take_text
from evaluator.model import Code
from evaluator.publish import write_new
from evaluator.workspace import product

TEMPLATES = {
    "project.yaml": "rules/projects/{year}/{unit}/XM001.yaml",
    "actuals.yaml": "actuals/{year}/{unit}/XM001.yaml",
    "guide.md": "说明.md",
}


def initiate(folder: Path, unit: str, name: str, year: int) -> Iterator[Path]:
    """Make the files of a new workspace; raises UsageProblem (U105, U106) and writes nothing over anything."""
    from pydantic import TypeAdapter, ValidationError

    try:
        TypeAdapter(Code).validate_python(unit)
    except ValidationError:
        raise UsageProblem(
            [Problem("U106", f"单位编码“{unit}”不可用", None, "字母、数字和 _ . -，至多 40 个")]
        ) from None
    if not 2000 <= year <= 2100:
        raise UsageProblem([Problem("U106", f"年度“{year}”不可用", None, "2000—2100")])
    if not name.strip() or len(name) > 200 or any(category(char) in ("Cc", "Cs") and char != "\n" for char in name):
        raise UsageProblem([Problem("U106", "单位名称不可用", None, "一行文字，至多 200 个字，没有控制字符")])
    _empty(folder)
    quoted = name.replace("\\", "").replace('"', "”").replace("\n", " ")
    for template, target in TEMPLATES.items():
        text = take_text(product() / "reports" / "templates" / "workspace" / template)
        for key, value in {"UNIT": unit, "NAME": quoted, "YEAR": str(year)}.items():
            text = text.replace(f"@{key}@", value)
        path = folder / target.format(year=year, unit=unit)
        write_new(path, text.encode())
        yield path


SAMPLE = (
    "rules/projects",
    "rules/monitoring/2023",
    "actuals",
    "office",
    "monitoring",
)  # what a sample workspace has of its own


def copy_sample(folder: Path) -> Iterator[Path]:
    """A workspace to try things in: the sample's projects with their illustrative results; raises UsageProblem (U105)."""
    _empty(folder)
    for part in SAMPLE:
        for path in sorted((product() / part).rglob("*")):
            if path.is_file():
                copied = folder / path.relative_to(product())
                write_new(copied, take(path))
                yield copied


def _empty(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageProblem([Problem("U105", f"“{folder}”已存在且不是空目录", None, "一个新的目录")])

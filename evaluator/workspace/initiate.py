"""A new workspace for another office: who it is, where its goal tables and results go, an example, and how to go on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unicodedata import category

from evaluator.documents.written import Code
from evaluator.errors import Problem, UsageProblem
from evaluator.files.publish import write_new
from evaluator.files.snapshot import take, take_text
from evaluator.workspace.places import is_vacant, product

TEMPLATES = {"office.yaml": "office/{year}/{unit}.yaml", "guide.md": "说明.md"}
EXAMPLE = {
    "project.yaml": "rules/projects/{year}/{unit}/XM001.yaml",
    "actuals.yaml": "actuals/{year}/{unit}/XM001.yaml",
}
FOLDERS = ("rules/projects/{year}/{unit}", "actuals/{year}/{unit}")  # where goal tables and results go
YEARS = range(2000, 2101)


@dataclass(frozen=True, slots=True)
class Founded:
    """The office a workspace is made for, as it was written: its code, name and authority (主管部门; may be empty), the year."""

    unit: str
    name: str
    authority: str
    year: str

    def problems(self) -> list[Problem]:
        """What of it cannot be used (U106)."""
        return [problem for word in CHECKED if (problem := wrong(word, getattr(self, word)))]


def wrong(word: str, text: str) -> Problem | None:
    """What is wrong with one answer: the `unit`, `name`, `authority` or `year` of a new workspace."""
    return CHECKED[word](text)


def _code(text: str) -> Problem | None:
    from pydantic import TypeAdapter, ValidationError

    try:
        TypeAdapter(Code).validate_python(text)
    except ValidationError:
        return Problem("U106", f"单位编码“{text}”不可用", None, "字母、数字和 _ . -，至多 40 个")
    return None


def _line(what: str, text: str) -> Problem | None:
    if not text.strip() or len(text) > 200 or any(category(char) in ("Cc", "Cs") and char != "\n" for char in text):
        return Problem("U106", f"{what}不可用", None, "一行文字，至多 200 个字，没有控制字符")
    return None


def _year(text: str) -> Problem | None:
    if re.fullmatch(r"[0-9]{4}", text) and int(text) in YEARS:
        return None
    return Problem("U106", f"年度“{text}”不可用", None, f"{YEARS[0]}—{YEARS[-1]}")


CHECKED = {
    "unit": _code,
    "name": lambda text: _line("单位名称", text),
    "authority": lambda text: _line("主管部门", text) if text else None,
    "year": _year,
}


def initiate(folder: Path, office: Founded, example: bool) -> Iterator[Path]:
    """Make a new workspace, with an example project or with none; yields the files.

    Raises UsageProblem (U102, U105, U106) and writes nothing over anything.
    """
    if problems := office.problems():
        raise UsageProblem(problems)
    vacant(folder)
    for template, target in {**TEMPLATES, **(EXAMPLE if example else {})}.items():
        path = folder / target.format(year=office.year, unit=office.unit)
        write_new(path, _filled(template, office, example).encode())
        yield path
    for name in FOLDERS:
        write_new(
            folder / name.format(year=office.year, unit=office.unit) / ".gitkeep", b""
        )  # or no copy keeps the folder


def office_text(office: Founded) -> str:
    """The office file of an office that has none yet."""
    return _filled("office.yaml", office, False)


def _filled(template: str, office: Founded, example: bool) -> str:
    """A template for this office; a line that begins with @EXAMPLE@ or @AUTHORITY@ stands where there is one."""
    kept = {"EXAMPLE": example, "AUTHORITY": bool(office.authority)}
    said = _quoted if template.endswith(".yaml") else str
    values = {"UNIT": office.unit, "NAME": said(office.name), "BUREAU": said(office.authority), "YEAR": office.year}
    lines = []
    for line in take_text(product() / "reports" / "templates" / "workspace" / template).splitlines(keepends=True):
        mark, _, rest = line.removeprefix("@").partition("@") if line.startswith("@") else ("", "", "")
        if kept.get(mark, True):
            lines.append(rest if mark in kept else line)
    return re.sub(r"@([A-Z]+)@", lambda match: values[match[1]], "".join(lines))


def _quoted(text: str) -> str:
    """A text as it stands between double quotes in YAML."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


SAMPLE = (
    "rules/projects",
    "rules/monitoring/2023",
    "actuals",
    "office",
    "monitoring",
)  # what a sample workspace has of its own


def copy_sample(folder: Path) -> Iterator[Path]:
    """A workspace to try things in: the sample's projects with their illustrative results; raises UsageProblem (U105)."""
    vacant(folder)
    for part in SAMPLE:
        for path in sorted((product() / part).rglob("*")):
            if path.is_file():
                copied = folder / path.relative_to(product())
                write_new(copied, take(path))
                yield copied


def vacant(folder: Path) -> None:
    """Refuse a folder that has something in it already: raises UsageProblem (U105)."""
    if not is_vacant(folder):
        raise UsageProblem([Problem("U105", f"“{folder}”已存在且不是空目录", None, "一个新的目录")])

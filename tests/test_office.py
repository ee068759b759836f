"""The office behind a year's forms: read by unit and year, printed on the forms, and never part of the score."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.errors import ActualsProblems
from evaluator.model import UnitRef
from evaluator.pages import Chart, Line
from evaluator.records.delivery import deliver
from evaluator.reporting.export import as_json
from evaluator.reporting.report import form
from evaluator.reporting.selfreport import read_outline, report_document, statement_problems
from evaluator.results import Evaluation
from evaluator.workspace.office import Office, load_offices, read_offices
from evaluator.workspace.places import product

WRITTEN = """\
unit: {code: "629001", name: 示例单位, authority: 示例局}
year: 2023
filler: 王五
phone: "0315-0000000"
"""


def put(folder: Path, name: str, text: str) -> None:
    path = folder / "office" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_an_office_is_read_by_year_and_unit(tmp_path: Path) -> None:
    put(tmp_path, "2023/629001.yaml", WRITTEN)
    (office,) = load_offices(tmp_path / "office").values()
    assert (office.unit.authority, office.filler, office.phone, office.head) == ("示例局", "王五", "0315-0000000", None)


@pytest.mark.parametrize("name", ["2024/629001.yaml", "2023/629002.yaml"])
def test_an_office_in_another_place_is_refused(tmp_path: Path, name: str) -> None:
    put(tmp_path, name, WRITTEN)
    offices, problems = read_offices(tmp_path / "office")
    assert [problem.code for problem in problems] == ["R129"]
    assert not offices
    with pytest.raises(ActualsProblems):
        load_offices(tmp_path / "office")


def test_one_unit_and_year_has_one_file(tmp_path: Path) -> None:
    put(tmp_path, "2023/629001.yaml", WRITTEN)
    put(tmp_path, "2023/629001.yml", WRITTEN)
    assert [problem.code for problem in read_offices(tmp_path / "office")[1]] == ["R129"]


names = st.none() | st.text(st.characters(categories=("Lo", "Nd")), min_size=1, max_size=9)


@given(authority=names, filler=names, phone=names, date=names, head=names, reviewer=names)
def test_who_signs_is_printed_and_never_scored(sample: Evaluation, authority: str | None, **people: str | None) -> None:
    office = Office(unit=UnitRef(code="629001", name="示例单位", authority=authority), year=2023, **people)
    for table in sample.tables:
        plain, signed = form(table, sample), form(table, sample, office=office)
        said = {f"form.{name}": text or "" for name, text in {"authority": authority, **people}.items()}
        assert signed.words == {**plain.words, **said}
        assert signed.rows == plain.rows


def test_the_same_office_gives_the_same_files_and_results(sample: Evaluation, tmp_path: Path) -> None:
    plain = Office(unit=UnitRef(code="629001", name="示例单位", authority="示例局"), year=2023).model_dump(mode="json")
    written = [deliver(sample, tmp_path / name, office=plain) for name in ("a", "b")]
    first, second = ([one.path.read_bytes() for one in files] for files in written)
    assert first == second
    assert "示例局" in next(one.path for one in written[0] if one.path.suffix == ".html").read_text(encoding="utf-8")
    assert "示例局" not in str(as_json(sample))


def test_a_report_says_no_digest_and_nothing_unchecked_before_its_annex(sample: Evaluation) -> None:
    outline = read_outline(product() / "reports" / "outlines" / "unit.yaml")
    (section,) = report_document(sample, outline).sections
    texts = [block.text for block in section.blocks if isinstance(block, Line)]
    body, annex = texts[: texts.index("附件一：佐证材料清单")], texts[texts.index("附件一：佐证材料清单") :]
    marks = (sample.digests["rules"][:12], sample.digests["actuals"][:12], "没有见过原文", "原文未见")
    assert not [text for text in body if any(mark in text for mark in marks)]
    assert all(any(mark in text for text in annex) for mark in marks[:3])
    assert not any(mark in report_document(sample, outline).foot for mark in marks)


def test_what_the_office_wrote_stands_in_its_report_and_an_unknown_heading_is_told(sample: Evaluation) -> None:
    outline = read_outline(product() / "reports" / "outlines" / "unit.yaml")
    unit = UnitRef(code="629001", name="示例单位")
    office = Office(
        unit=unit, year=2023, statements={"二、自评工作开展情况": "{{ 7*7 }} 由财务科牵头。", "二、自评工作": "x"}
    )
    (section,) = report_document(sample, outline, office=office).sections
    texts = [block.text for block in section.blocks if isinstance(block, Line)]
    assert texts[texts.index("二、自评工作开展情况") + 1] == "{{ 7*7 }} 由财务科牵头。"
    assert "（由单位填写：组织方式、参加人员、起止时间、现场核查情况。）" not in texts
    (problem,) = statement_problems(office, outline)
    assert (problem.code, problem.nearest) == ("U336", "二、自评工作开展情况")


def test_charts_of_a_report_say_something(sample: Evaluation) -> None:
    """One project is compared with none, and projects of one grade make no chart of grades."""
    outline = read_outline(product() / "reports" / "outlines" / "unit.yaml")

    def charts(evaluation: Evaluation) -> set[str]:
        (section,) = report_document(evaluation, outline).sections
        return {block.title for block in section.blocks if isinstance(block, Chart)}

    assert charts(sample) == {"预算与执行（万元）", "项目等级分布（个）", "各级指标的分值与得分（各项目合计）"}
    alone = replace(sample, projects=sample.projects[:1])
    assert charts(alone) == {"各级指标的分值与得分（各项目合计）"}

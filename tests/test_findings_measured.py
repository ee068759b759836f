"""The real projects of tests/fixtures/offices: they load, every finding is judged, and the benchmark counts as a plain loop does."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from benchmarks.findings import main, passes, summary
from evaluator.findings.inference import Finding
from evaluator.rulebook.book import Rulebook, load_rulebook
from tests.conftest import ROOT
from tests.measured import (
    OFFICES,
    VERDICTS,
    WHOLE,
    Judgement,
    Material,
    Said,
    Verdict,
    figures,
    findings_of_all,
    judge,
    judged,
    kinds_about,
    left_over,
    material,
    recall,
    rows_of,
    tables,
)

SAID = Said("offices", "U00002", "P002", "F999", "试写的规则", (), "……")


def plain(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


# ---- the fixtures ------------------------------------------------------------------------------------------------


def test_the_offices_load_under_the_rules_of_the_product():
    book = load_rulebook(OFFICES / "rules", ROOT / "rules")
    assert len(book.projects) == len(list((OFFICES / "rules").rglob("*.yaml"))) == 33
    assert sum(len(project.indicators) for project in book.projects.values()) == 248
    assert [table.code for group, table in tables() if group == "offices"] != []
    assert {table.code for group, table in tables() if group == "offices"} == {code for _, code in book.projects}


def test_the_defects_are_of_rows_and_kinds_that_are_there():
    rows = {(table.code, row.indicator.id) for _, table in tables() for row in table.rows}
    codes = {table.code for _, table in tables()}
    for defect in material().defects:
        assert defect.kind in material().kinds
        assert (defect.project, defect.row) in rows or (defect.row == WHOLE and defect.project in codes), defect
    assert len(set(material().defects)) == len(material().defects)


def test_the_kinds_and_the_judgements_are_of_rules_that_are_there(book: Rulebook):
    known = {rule.id for rule in book.findings}
    assert set().union(*(kind.rules for kind in material().kinds.values())) <= known
    assert {one.rule for one in material().judgements} <= known


# ---- the judgements ----------------------------------------------------------------------------------------------


def test_every_finding_is_judged():
    assert [(one.said.rule, one.said.project, one.said.rows) for one in judged() if one.verdict == "unjudged"] == []


def test_every_judgement_is_of_a_row_that_is_there_and_gives_its_reason():
    rows = {table.code: {WHOLE, *(row.indicator.id for row in table.rows)} for _, table in tables()}
    for one in material().judgements:
        assert one.why
        for project, named in (one.on or {}).items():
            assert named
            assert set(named) <= rows[project], (one.rule, project, named)


def test_no_row_is_judged_twice():
    places = [
        (one.rule, project, row)
        for one in material().judgements
        for project, rows in (one.on or {WHOLE: (WHOLE,)}).items()
        for row in rows
    ]
    assert [place for place, times in Counter(places).items() if times > 1] == []


def test_nothing_is_right_of_a_whole_rule():
    """Else a rule that begins to speak elsewhere would count as right though nobody has read what it says."""
    for one in material().judgements:
        assert one.on is not None or (one.verdict in ("noise", "wrong") and one.together in (None, "noise", "wrong"))


def test_what_was_judged_right_is_still_said():
    assert left_over(judged()) == []


# ---- the counts --------------------------------------------------------------------------------------------------


def recounted() -> tuple[dict[str, Counter[str]], set[tuple[str, str, str]]]:
    """The verdicts by rule, and the defects named, counted from the files themselves in plain loops."""
    kinds, defects = plain(OFFICES / "kinds.yaml"), plain(OFFICES / "defects.yaml")
    judgements = plain(OFFICES / "judgements.yaml")
    by_rule: dict[str, Counter[str]] = {}
    named: set[tuple[str, str, str]] = set()
    for _, table in tables():
        for finding in table.findings:
            rule, verdicts, hits = finding.rule.id, [], set()
            for row in rows_of(finding, table) or ("*",):
                mine = set()
                for kind in kinds:
                    if rule not in kinds[kind]["rules"]:
                        continue
                    for place in defects.get(table.code, {}).get(kind, []):
                        if place in ("*", row):
                            mine.add((table.code, kind, place))
                hits |= mine
                given = None
                for entry in judgements.get(rule, []):
                    if "on" not in entry and given is None and not mine:
                        given = entry
                for entry in judgements.get(rule, []):
                    if entry.get("on", {}).get(table.code) == "*" and not mine:
                        given = entry
                for entry in judgements.get(rule, []):
                    listed = entry.get("on", {}).get(table.code, [])
                    if isinstance(listed, list) and row in listed:
                        given = entry
                if given is None:
                    verdicts.append("right" if mine else "unjudged")
                elif len(rows_of(finding, table)) > 1:
                    verdicts.append(given.get("together", given["verdict"]))
                else:
                    verdicts.append(given["verdict"])
            worst = max(verdicts, key=["right", "noise", "wrong", "unjudged"].index)
            by_rule.setdefault(rule, Counter())[worst] += 1
            if worst != "wrong":
                named |= hits
    return by_rule, named


def test_the_benchmark_counts_as_a_plain_loop_does():
    by_rule, named = recounted()
    found = judged()
    made: dict[str, Counter[str]] = {}
    for one in found:
        made.setdefault(one.said.rule, Counter())[one.verdict] += 1
    assert made == by_rule
    every = figures(found)
    assert {(one.project, one.kind, one.row) for one in every.named} == named
    assert every.verdicts == sum(by_rule.values(), Counter())
    assert every.fired == sum(every.each) == len(list(findings_of_all()))
    both = [figures(found, group) for group in ("offices", "sample")]
    assert sum((one.verdicts for one in both), Counter()) == every.verdicts
    parts = [recall(every, kinds_about(about, True)) for about in ("target", "result")]
    assert tuple(map(sum, zip(*parts, strict=True))) == (len(named), len(material().defects))


def test_the_summary_prints_the_figures_and_no_more_than_they_are(capsys: pytest.CaptureFixture[str]):
    main([])
    first = capsys.readouterr().out
    main([])
    assert capsys.readouterr().out == first
    found = judged()
    own = figures(found, "offices")
    assert f"{own.verdicts['right']}/{own.fired}" in first
    for rule in {one.said.rule for one in found}:
        mine = [one.verdict for one in found if one.said.rule == rule]
        (line,) = re.findall(rf"^{rule} .*$", first, re.MULTILINE)
        assert [int(number) for number in line.split()[1:7]][:1] == [len(mine)]
        assert [int(number) for number in line.split()[3:7]] == [mine.count(verdict) for verdict in VERDICTS]
    assert "未判：" not in first


@pytest.mark.parametrize(("asked", "rule"), [(["--rule", "F105"], "F105"), (["--project", "P012"], "F105")])
def test_the_details_give_each_finding_with_its_reason(asked: list[str], rule: str, capsys: pytest.CaptureFixture[str]):
    main(asked)
    lines = capsys.readouterr().out.splitlines()
    assert "对　F105 P012 数量1　" in "\n".join(lines)
    assert all("　F105 " in line or not line.startswith(("对", "多余", "错")) for line in lines) == (
        asked[0] == "--rule"
    )
    assert lines[1].startswith("    ")


def test_a_kind_tells_what_was_not_named(capsys: pytest.CaptureFixture[str]):
    missed = [one for one in material().defects if one.kind == "14" and one not in figures(judged()).named]
    main(["--kind", "14"])
    assert capsys.readouterr().out.count("没有说　14") == len(missed)


# ---- what a new rule meets ---------------------------------------------------------------------------------------


def test_a_rule_that_nobody_judged_is_told_by_name():
    one = judge(replace(SAID, rows=("数量1",)), material())
    assert one.verdict == "unjudged"
    assert "未判：未判　F999 P002 数量1　……" in list(summary([one]))


def test_a_rule_of_one_unit_does_not_pass_and_nine_of_ten_do():
    def one(unit: str, verdict: Verdict):
        return replace(judge(SAID, material()), said=replace(SAID, unit=unit), verdict=verdict)

    assert not passes([one("甲", "right")] * 20)
    assert passes([one("甲", "right")] * 8 + [one("乙", "right"), one("乙", "noise")])
    assert not passes([one("甲", "right")] * 8 + [one("乙", "noise")])


ROWS = tuple(f"数量{number}" for number in range(1, 6))
PLACES = st.dictionaries(st.sampled_from(ROWS), st.sampled_from(VERDICTS[:3]), min_size=1)


@given(
    judgements=PLACES,
    rows=st.lists(st.sampled_from(ROWS), min_size=1, unique=True),
    defects=st.sets(st.sampled_from(ROWS)),
)
def test_a_finding_of_several_rows_is_as_good_as_the_worst_of_them(
    judgements: dict[str, Verdict], rows: list[str], defects: set[str]
):
    kind = replace(next(iter(material().kinds.values())), rules=frozenset({"F999"}))
    known = Material(
        tuple(replace(material().defects[0], project="P002", kind="甲", row=row) for row in sorted(defects)),
        {"甲": kind},
        tuple(Judgement("F999", verdict, None, {"P002": (row,)}, "试") for row, verdict in judgements.items()),
    )
    one = judge(replace(SAID, rows=tuple(rows)), known)
    single = [judge(replace(SAID, rows=(row,)), known) for row in rows]
    assert one.verdict == max((each.verdict for each in single), key=VERDICTS.index)
    assert {each.row for each in one.names} == (set() if one.verdict == "wrong" else defects & set(rows))


def test_a_finding_names_the_rows_of_its_facts():
    table = next(table for _, table in tables() if table.code == "P002")
    first = next(finding for finding in table.findings if table.row_of(finding))
    several: Finding = replace(first, facts=("project:P002", "outcome:数量9", "outcome:数量2"))
    assert rows_of(several, table) == ("数量2", "数量9")
    assert rows_of(replace(first, facts=("project:P002",)), table) == ()

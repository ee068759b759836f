"""Values set in a YAML text: what is set is read back, everything else and every comment stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.documents import parse_document
from evaluator.intake.yamltext import with_values

TEXT = (Path(__file__).parents[1] / "actuals/2023/629001/13028124P00507410001X.yaml").read_text(encoding="utf-8")
WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=30)
FIELDS = st.sampled_from(["actual", "cause", "remedy", "share"])
ROWS = st.sampled_from(["数量1", "时效1", "成本1", "满意度1", "没有的1", "社会效益1"])
PATHS = st.one_of(
    st.tuples(st.just("results"), ROWS, FIELDS),
    st.tuples(st.just("spending"), st.sampled_from(["executed", "adjusted", "cause"])),
    st.just(("achieved",)),
    st.tuples(st.just("measures"), st.sampled_from(["措施一", "措施二"]), st.sampled_from(["state", "note"])),
)


def plain(text: str) -> dict:
    document, problems = parse_document(text, "")
    assert not problems
    return document


def leaves(tree: object, path: tuple = ()) -> dict:
    if isinstance(tree, dict):
        return {k: v for key, sub in tree.items() for k, v in leaves(sub, (*path, key)).items()}
    return {path: tree}


@given(st.dictionaries(PATHS, WORDS, min_size=1, max_size=4))
def test_what_is_set_is_read_back_and_the_rest_stays(values: dict):
    made = with_values(TEXT, values)
    assert made is not None
    assert leaves(plain(made)) == leaves(plain(TEXT)) | values
    comments = [line.strip() for line in TEXT.splitlines() if line.strip().startswith("#")]
    assert [line.strip() for line in made.splitlines() if line.strip() in comments] == comments


@given(ROWS, st.lists(WORDS, min_size=1, max_size=3))
def test_a_list_grows_and_keeps_what_it_had(row: str, more: list[str]):
    had = plain(TEXT)["results"].get(row, {}).get("evidence", [])
    made = with_values(TEXT, {("results", row, "evidence"): [*had, *more]})
    assert made is not None
    assert plain(made)["results"][row]["evidence"] == [*had, *more]


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("spending: {adjusted: 1}\n", ("spending", "executed"), "2"),
        ("results:\n  a:\n    evidence:\n      - 甲\n", ("results", "a", "evidence"), ["乙"]),
        ("results:\n  a:\n    evidence: 甲\n", ("results", "a", "evidence", "x"), "乙"),
        ("achieved:\n  - 甲\n", ("achieved",), "乙"),
    ],
)
def test_what_is_not_certain_is_refused(text: str, path: tuple, value: object):
    assert with_values(text, {path: value}) is None


def test_a_comment_beside_a_value_stays():
    made = with_values("a: 1 # 万元\nb:\n  c: x # 说明\n", {("a",): "2.50", ("b", "c"): "丙"})
    assert made == "a: 2.50 # 万元\nb:\n  c: 丙 # 说明\n"

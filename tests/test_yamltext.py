"""Values set in a YAML text: what is set is read back, everything else and every comment stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.documents.loading import parse_document
from evaluator.documents.yamltext import with_values

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
        ("spending: {adjusted: 1}\n", ("spending", "adjusted", "x"), "2"),
        ("results: [a]\n", ("results", "数量1", "actual"), "2"),
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


BARE = [
    "", "# 只有注释\n", "---\n", "null\n", "{}\n", "results: {}\n", "results:\n", "results: ~ # 还没有填\ncode: X\n",
    "code: X\nresults:\n  数量1:\n  质量1: {actual: 3人}\n", "results: {数量1: {actual: 1, evidence: [甲, '乙,丙']}, 质量1: }\n",
    "results:\n  数量1: {actual: 212人, # 说明\n    evidence: []}\n  质量1: {}\nspending: {executed: 1,}\n",
    "results:\n  数量1:\n    evidence:\n    cause: |\n      几行\n      文字\n",
]  # fmt: skip
NEW = st.one_of(
    st.tuples(st.tuples(st.just("results"), ROWS, FIELDS), WORDS),
    st.tuples(st.tuples(st.just("spending"), st.sampled_from(["executed", "cause"])), WORDS),
    st.tuples(st.tuples(st.just("results"), ROWS, st.just("evidence")), st.lists(WORDS, min_size=1, max_size=2)),
)


@given(st.sampled_from(BARE), st.lists(NEW, min_size=1, max_size=4))
def test_rows_in_braces_and_what_is_empty_can_be_filled(text: str, wanted: list):
    """As `ziping init` writes them, and as a person leaves them: braces, nothing behind a key, nothing at all."""
    tree = parse_document(text, "")[0] or {}
    for path, given_ in wanted:
        row = (tree.get(path[0]) or {}).get(path[1]) if len(path) == 3 else None
        value = [*((row or {}).get("evidence") or []), *given_] if isinstance(given_, list) else given_
        made = with_values(text, {path: value})
        assert made is not None, (text, path, value)
        parent = tree
        for key in path[:-1]:
            parent[key] = parent.get(key) or {}
            parent = parent[key]
        parent[path[-1]] = value
        assert plain(made) == tree
        assert [one for one in made.split() if one.startswith("#")] == [
            one for one in text.split() if one.startswith("#")
        ]
        text = made


@given(st.lists(PATHS, min_size=1, max_size=4, unique=True))
def test_a_value_that_is_taken_away_leaves_its_key_and_all_the_rest(paths: list):
    made = with_values(TEXT, dict.fromkeys(paths))
    assert made is not None
    before, after = leaves(plain(TEXT)), leaves(plain(made))
    assert after == {path: None if path in paths else value for path, value in before.items()}


def test_a_value_in_braces_or_over_several_lines_is_taken_away():
    text = "results: {数量1: {actual: 57人, cause: 无}}\nachieved: |\n  一\n  二\nremark: 三 # 注\n"
    made = with_values(text, {("results", "数量1", "actual"): None, ("achieved",): None, ("remark",): None})
    assert made is not None and "# 注" in made
    assert plain(made) == {"results": {"数量1": {"actual": None, "cause": "无"}}, "achieved": None, "remark": None}

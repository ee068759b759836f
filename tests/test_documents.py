"""Documents are read as the other YAML library reads them: the same texts at the same places; ruamel.yaml is the oracle."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import ScalarNode

from evaluator.documents.loading import DEEPEST, Mapping, Sequence, parse_document

ROOT = Path(__file__).parents[1]
FILES = sorted(path for name in ("rules", "actuals", "office", "monitoring", "scenarios", "reports/forms", "reports/outlines") for path in (ROOT / name).rglob("*.yaml"))  # fmt: skip
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff"), max_size=8)  # fmt: skip
TREES = st.recursive(
    st.none() | WORDS | st.sampled_from(["95%", "≥59人", "no", "2023-06-30", "1e5", "~", "null", "", "a: b", "- x", "#", "'", '"', "是\n否"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


def oracle(node: Any) -> Any:
    """What ruamel.yaml composes, with the places."""
    at = (node.start_mark.line + 1, node.start_mark.column + 1)
    if node.id == "scalar":
        return at if node.style is None and node.value in ("", "~", "null") else (node.value, at)
    if node.id == "sequence":
        return [oracle(one) for one in node.value], at
    return {
        key.value: ((key.start_mark.line + 1, key.start_mark.column + 1), oracle(one)) for key, one in node.value
    }, at


def same(document: Any, wanted: Any) -> bool:
    """Whether a document is what the oracle composed."""
    if document is None:
        return isinstance(wanted[0], int)
    content, at = wanted
    if (document.where.line, document.where.column) != at:
        return False
    if isinstance(document, Sequence):
        return len(document) == len(content) and all(map(same, document, content))
    if isinstance(document, Mapping):
        keys = {key: (place.line, place.column) for key, place in document.keys_at.items()}
        return keys == {key: place for key, (place, _) in content.items()} and all(
            same(document[key], one) for key, (_, one) in content.items()
        )
    return bool(document == content)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_file_of_the_repository_reads_alike(path: Path):
    text = path.read_text(encoding="utf-8")
    document, problems = parse_document(text, "x")
    assert problems == []
    assert same(document, oracle(YAML(typ="safe", pure=True).compose(text)))


@given(tree=TREES, flow=st.sampled_from([None, True, False]), wide=st.booleans())
def test_whatever_is_written_reads_alike(tree: Any, flow: bool | None, wide: bool):
    text = yaml.safe_dump({"a": tree}, allow_unicode=wide, default_flow_style=flow, sort_keys=False)
    document, problems = parse_document(text, "x")
    assert problems == []
    assert same(document, oracle(YAML(typ="safe", pure=True).compose(text)))


@given(st.text(st.sampled_from("ab:- \n'\"[]{},#?|>&*!%~\t中"), max_size=40))
@example(">\n#")
def test_what_one_refuses_the_other_does_not_read_as_something_else(text: str):
    """The two differ in a few odd places (the older YAML is a little narrower), never in what a text says."""
    document, problems = parse_document(text, "x")
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except (YAMLError, ValueError, AssertionError):
        return
    if isinstance(node, ScalarNode):  # a bare text is no file of ours; the two differ in >, alone, before a line with #
        assert document is None or isinstance(document, str) or problems
        return
    assert node is None or problems or same(document, oracle(node)), text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x {b: [1, 2]}\nc: 3\n", "Y107"), ("a: 1\nb: *a\n", "Y107"), ("? [a, {b: c}]\n: {d: e}\nf: 1\n", "Y108"),
        ("a: 1\na: [b, {c: d}]\ne: 2\n", "Y109"), (f"a: {'[' * (DEEPEST + 3)}{']' * (DEEPEST + 3)}\nb: 1\n", "Y106"),
        ("a: 1\n---\nb: 2\n", "Y104"), ("a: [1\n", "Y104"), ("a: \x00\n", "Y104"), ("", "Y105"), ("# 只有注释\n", "Y105"),
    ],
)  # fmt: skip
def test_what_a_document_must_not_have_is_told_once_and_the_rest_is_read(text: str, code: str):
    document, problems = parse_document(text, "x")
    assert [one.code for one in problems] == [code]
    if document is not None:
        assert list(document)[-1] in "bcef" and len(document) <= 2

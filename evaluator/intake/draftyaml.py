"""A draft as YAML that a person reviews: the order and style of the rule files, comments above what is asked.

Whatever text a value has, reading the file gives the same text back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluator.documents.yamlwriting import scalar
from evaluator.intake.document import flat
from evaluator.intake.values import Draft, Value, leaves

BESIDE = {
    "budget": "万元",
    "plan": "累计支出",
    "provenance": "各字段在来源文件中的位置，前面八位是原文的指纹；重新导入时据此看出哪一边改过",
}
SPACED = {"indicators", "items"}  # lists with a blank line between their items
SECTIONS = {"overall", "items", "measures"}  # of a department file, each after a blank line
COMMENT = 300  # characters of a comment line


def write(draft: Draft, schema: str, depth: int = 3) -> str:
    """The text of a draft's file; `depth` is how many folders it lies below rules/."""
    lines = [f"# yaml-language-server: $schema={'../' * depth}schema/{schema}.schema.json"]
    lines += [f"# {comment(line)}" for line in draft.head]
    lines += lines_of(draft.tree, 0)
    lines += provenance_lines(draft)
    return "\n".join(lines) + "\n"


def provenance_lines(draft: Draft) -> list[str]:
    """The block that says where each field stands in the document."""
    lines = [f"provenance: # {BESIDE['provenance']}", f"  document: {scalar(flat(draft.document.name))}"]
    lines += [f"  digest: {scalar(draft.document.digest)}", "  fields:"]
    for path, value in leaves(draft.tree).items():
        if value.said is not None:
            lines.append(f"    {scalar('.'.join(path))}: {scalar(entry(value))}")
    return lines


def entry(value: Value) -> str:
    """A field's entry in the provenance: fingerprint and place."""
    return f"{value.mark} {value.place}" if value.place else value.mark


def comment(text: str) -> str:
    """A text fit for a comment: on one line, without characters that cannot be seen."""
    seen = "".join(char if char.isprintable() else " " for char in text)
    return seen if len(seen) <= COMMENT else seen[: COMMENT - 1] + "…"


def lines_of(tree: dict[str, Any], indent: int = 0, first: str = "") -> Iterator[str]:
    """The lines of a mapping; `first` is what its first key stands behind ("- " for a list item).

    A mapping inside it may have a comment beside its key, under the key "#".
    """
    pad = " " * indent
    for key, value in tree.items():
        if key == "#":
            continue
        lead, first, name = (first or pad), "", scalar(key)
        if key in SECTIONS and indent == 0:
            yield ""
        if isinstance(value, Value):
            yield from (f"{pad}# {comment(line)}" for line in value.above)
            beside = f" # {comment(value.beside)}" if value.beside else ""
            yield f"{lead}{name}: {scalar(value.text, value.number)}{beside}"
            continue
        beside = f" # {BESIDE[key]}" if key in BESIDE and value else ""
        if isinstance(value, dict):
            beside = f" # {comment(value['#'][0])}" if "#" in value else beside
            yield f"{lead}{name}:{beside}" if value.keys() - {"#"} else f"{lead}{name}: {{}}{beside}"
            yield from lines_of(value, indent + 2)
        else:
            yield f"{lead}{name}:{beside}" if value else f"{lead}{name}: []{beside}"
            yield from items(key, value, indent + 2)


def items(key: str, listed: list[Any], indent: int) -> Iterator[str]:
    """The lines of a list."""
    pad = " " * indent
    for number, item in enumerate(listed):
        if number and key in SPACED:
            yield ""
        if isinstance(item, Value):
            yield from (f"{pad}# {comment(line)}" for line in item.above)
            yield f"{pad}- {scalar(item.text, item.number)}"
        else:
            yield from (f"{pad}# {comment(line)}" for line in item.get("#", []))
            yield from lines_of(item, indent + 2, f"{pad}- ")

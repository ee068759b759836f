"""How well `ziping audit` judges tables whose verdicts were written down first: `python -m benchmarks.audit` prints it.

Published tables and made-up ones apart: rows (with execution and total) that are wrong and were found, that are right and
were called wrong, that can be decided and were; the defects that had to be told; and what was judged otherwise, by name.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from evaluator.auditing.audit import Audited, audit
from evaluator.rulebook.book import read_policies
from tests.verdicts import Expected, expected, inline

ROOT = Path(__file__).parents[1]


def compared(right: Expected, made: Audited) -> Iterator[tuple[str, str, str, int]]:
    """Each figure judged: its name, the right verdict, the one given, and how many readings were listed."""
    for row, word, one in zip(right.table.indicators, right.rows, made.rows, strict=True):
        yield row.level3 or row.target or "", word, one.verdict.verdict, len(one.verdict.readings)
    for name, wanted, verdict in (
        ("预算执行", right.execution, made.execution.verdict),
        ("总分", right.total, made.total.verdict),
    ):
        if wanted is not None:
            yield name, wanted, verdict.verdict, len(verdict.readings)


def share(part: int, whole: int) -> str:
    """A count and its share."""
    return f"{part}/{whole}" + (f"（{100 * part / whole:.1f}%）" if whole else "")


def measure(group: str, cases: Iterable[Expected]) -> None:
    """Print the figures of one group of tables."""
    listed = list(cases)
    policies = read_policies([ROOT / "rules"]).policies
    began = time.perf_counter()
    made = audit([one.table for one in listed], policies)
    took = time.perf_counter() - began
    figures = [(one, *told) for one, other in zip(listed, made, strict=True) for told in compared(one, other)]
    wrong = [told for told in figures if told[2] == "differ"]
    right = [told for told in figures if told[2] == "agree"]
    open_ = [told for told in figures if told[2] == "undecidable"]
    decided = [told for told in (*wrong, *right) if told[3] != "undecidable"]
    few = [told for told in figures if told[3] == "undecidable" and told[4] < 2]
    given = [frozenset(defect.code for defect in one.defects) for one in made]
    due = sum(len(one.defects) for one in listed)
    found = sum(len(one.defects & codes) for one, codes in zip(listed, given, strict=True))
    print(f"{group}：{len(listed)} 张表，{len(figures)} 项，{took:.2f} s")
    print(f"  错的找出来       {share(sum(told[3] == 'differ' for told in wrong), len(wrong))}")
    print(f"  错的说成一致     {sum(told[3] == 'agree' for told in wrong)}")
    print(f"  对的说成错       {sum(told[3] == 'differ' for told in right)}")
    print(f"  能判的判了       {share(len(decided), len(wrong) + len(right))}")
    print(f"  不能判的未判     {share(sum(told[3] == 'undecidable' for told in open_), len(open_))}")
    print(f"  不列两种读法的   {len(few)}")
    print(f"  该说的毛病说了   {share(found, due)}")
    for one, name, wanted, got, readings in figures:
        if wanted != got or (got == "undecidable" and readings < 2):
            print(f"    {one.table.id} {name}：应为 {wanted}，判为 {got}（读法 {readings}）")
    for one, codes in zip(listed, given, strict=True):
        for code in sorted(one.defects - codes):
            print(f"    {one.table.id}：没有说 {code}")
        for code in sorted(codes - one.defects if one.whole else ()):
            print(f"    {one.table.id}：多说 {code}")


def main() -> None:
    """Measure both groups."""
    measure("公开的表", expected("published"))
    measure("编写的表", chain(expected("made-up"), inline()))


if __name__ == "__main__":
    main()

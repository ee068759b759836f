"""How well real scoring sentences are read: `python -m benchmarks.criteria` prints how many are read, asked, refused, wrong.

Every sentence of tests/fixtures/criteria.yaml with its worked values; `--kind` and `--wrong` tell them one by one.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.criteria import became, refused, sentences


def share(part: int, whole: int) -> str:
    """A count and its share of the whole."""
    return f"{part}/{whole}" + (f"（{100 * part / whole:.1f}%）" if whole else "")


def main(words: Sequence[str] | None = None) -> int:
    """Print the figures; 1 where a worked value is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", action="store_true", help="by kind of sentence")
    parser.add_argument("--wrong", action="store_true", help="the worked values that are wrong, one by one")
    asked = parser.parse_args(words)
    every = sentences()
    values: Counter[str] = Counter()
    scored: list[dict[str, Any]] = []
    for one in every:
        made = [became(one, worked) for worked in one.get("worked", [])]
        values.update(each.how for each in made)
        if any(each.how == "exact" for each in made):
            scored.append(one)
        if asked.wrong:
            for worked, each in zip(one.get("worked", []), made, strict=True):
                if each.how == "wrong":
                    print(one["id"], worked, each.told)
    unread = [one for one in every if refused(one)]
    readable = [one for one in every if one.get("readable", True)]
    print(f"原句 {len(every)} 条：读出 {len(every) - len(unread)}，不读 {len(unread)}")
    print(f"其中能读的 {len(readable)} 条：读出 {share(sum(not refused(one) for one in readable), len(readable))}")
    print(f"能读的，答复以后得分准确：{share(sum(one in scored for one in readable), len(readable))}")
    print(
        f"演算 {values.total()} 个：准确 {values['exact']}，该问而问 {values['asked']}，该拒而拒 {values['refused']}，错 {values['wrong']}"
    )
    if asked.kind:
        for kind, count in Counter(one["kind"] for one in every).most_common():
            of = [one for one in every if one["kind"] == kind]
            print(
                f"  {kind}：{count} 条，读出 {sum(not refused(one) for one in of)}，得分准确 {sum(one in scored for one in of)}"
            )
    return 1 if values["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())

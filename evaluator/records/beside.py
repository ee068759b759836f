"""Where a unit's year stands, in words, and what is accepted beside what is now: both as the ledger keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from evaluator.figures import called
from evaluator.records.ledger import Entry, Ledger
from evaluator.records.workflow import PROGRAM, UnitStanding


def stands(standing: UnitStanding, numbers: Mapping[int, int]) -> str:
    """The stage and which revisions were submitted and accepted: 已报送；报送 v03，已通过 v02，现在 v04."""
    runs = (("报送", standing.submitted), ("已通过", standing.accepted), ("现在", standing.now))
    told = "，".join(f"{what} {called(numbers[run.seq])}" for what, run in runs if run)
    todo = "须重新报送、审核" if standing.stage == "通过后更正待审" else ""
    if standing.stage == "已报送" and standing.changed:
        todo = f"报送以后{PROGRAM if standing.program else '又有改动'}，须重新报送"
    elif todo and standing.program:
        todo = f"通过以后{PROGRAM}，{todo}"
    again = "更正以后还没有用 ziping run 重新出具" if standing.unissued else ""
    return "；".join(part for part in (standing.stage, told, again, todo) if part)


def beside(ledger: Ledger, standing: UnitStanding, numbers: Mapping[int, int]) -> list[str]:
    """What was accepted and what is now, a line for each table and mean that differ; nothing while they are the same.

    Raises LedgerProblem when the ledger no longer has what a run came to.
    """
    then, now = standing.accepted, standing.now
    if then is None or now is None or not standing.reopened:
        return []
    sides = [dict(_came_to(ledger, run)) for run in (then, now)]
    names = [name for name in dict.fromkeys([*sides[0], *sides[1]]) if sides[0].get(name) != sides[1].get(name)]
    heads = [f"{what} {called(numbers[run.seq])}" for what, run in (("已通过", then), ("现在", now))]
    lines = []
    for name in names:
        was, became = (f"{head} {side.get(name, '没有')}" for head, side in zip(heads, sides, strict=True))
        lines.append(f"{name}：{was} → {became}")
    return lines or [f"{' → '.join(heads)}：得分和等级都没有变动"]


def _came_to(ledger: Ledger, run: Entry) -> Iterator[tuple[str, str]]:
    """The score and grade of every table of a run, and the mean of its projects."""
    content = json.loads(ledger.blob(run.payload["digests"]["result"]))
    department = content["department"]
    for table in (*content["projects"], *([department["own"]] if department else [])):
        yield f"{table['name']}（{table['code']}）", f"{table['score']} {table['grade']}"
    if department:
        yield "项目加权平均", f"{department['mean']} {department['mean_grade']}"

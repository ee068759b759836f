"""What is submitted (报送): the files of the last run's revision as they lie there, and what stands in the way."""

from __future__ import annotations

from pathlib import Path

from evaluator.errors import Problem, UsageProblem
from evaluator.figures import called
from evaluator.files import digest_of_file
from evaluator.records.reissuing import History
from evaluator.records.remarks import current
from evaluator.records.reruns import File
from evaluator.results import Evaluation


def hindrances(history: History, evaluation: Evaluation) -> dict[str, list[str]]:
    """Why a year cannot be submitted yet, by kind: projects nobody filled in, errors, remarks nobody answered."""
    wrong = [
        (table, one) for table in evaluation.tables for one in (*table.findings, *table.aside) if one.severity == "错误"
    ]
    made = {
        "个没有填的项目": [
            f"未填 {table.name}（{table.code}）：没有任何完成情况"
            for table in evaluation.tables
            if all(row.missing for row in table.all_rows)
        ],
        "个错误级问题": [f"{one.severity} {one.rule.id} {table.name}：{one.says}" for table, one in wrong],
        "条没有回复的意见": [
            f"未回复 {one.says}；ziping reply {one.number} --answer 回复 --by 姓名"
            for one in current(history.entries)
            if one.answer is None
        ],
    }
    return {kind: lines for kind, lines in made.items() if lines}


def files_to_submit(history: History, root: Path) -> list[File]:
    """Every file of the last revision, each once, found as it was written; `root` is the folder of the ledger.

    Raises UsageProblem (U376) with those that are gone or were changed.
    """
    files: dict[str, list[File]] = {}
    for file in history.files(history.revision):
        files.setdefault(file.name, []).append(file)
    there = {name: [one for one in places if (root / one.path).is_file()] for name, places in files.items()}
    sound = {
        name: [one for one in places if digest_of_file(root / one.path) == one.sha256] for name, places in there.items()
    }
    if wrong := [name for name in files if not sound[name]]:
        told = [f"“{name}”{'写出以后被改过' if there[name] else '不见了'}" for name in wrong]
        more = f"等 {len(wrong)} 个文件" if len(wrong) > 3 else ""
        says = f"版次 {called(history.revision)} 的{'，'.join(told[:3])}{more}，不能报送"
        raise UsageProblem([Problem("U376", says, remedy="运行 ziping run，用原来的 --to 和 --out 重新写出")])
    return [places[0] for places in sound.values()]

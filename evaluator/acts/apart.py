"""Tables sent from elsewhere are audited in a process of its own, within bounds of memory and time: a hostile file ends only that.

{"root", "sample", "policy", "files": [[name, base64], …]}  -> stdin
{"tables": […], "unread": […], "problems": […]}             <- stdout
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from evaluator.acts.acting import Sitting
from evaluator.errors import EvaluatorError, Problem, UsageProblem, Where
from evaluator.workspace.places import Workspace

MEMORY, PROCESSOR, PATIENCE = 2_000_000_000, 90, 240  # bytes, seconds of processor time, seconds of the day
MODULE = "evaluator.acts.apart"


@dataclass(frozen=True, slots=True)
class AuditedTable:
    """A table made elsewhere with its verdicts: rows as `inspecting.verdicts` has them, and defects (code, subject, words)."""

    name: str
    policy: str
    chosen: bool
    clean: bool
    lines: tuple[tuple[str, ...], ...]
    defects: tuple[tuple[str, str, str], ...]


def audit_apart(
    at: Sitting, files: Sequence[tuple[str, bytes]], policy: str | None = None
) -> tuple[list[AuditedTable], list[Problem]]:
    """Audit files by their names and bytes; the tables, and what could not be read. Raises UsageProblem.

    U401 when it was not done within its bounds, and what `inspecting.audit` raises.
    """
    asked = {
        "root": str(at.space.root.resolve()), "sample": at.space.sample, "policy": policy,
        "files": [[name, base64.b64encode(data).decode()] for name, data in files],
    }  # fmt: skip
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", MODULE], input=json.dumps(asked).encode(), capture_output=True, env=environment,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        answer = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        says = "核对没有做完：文件太大、太复杂，或有意做坏"
        raise UsageProblem(
            [Problem("U401", says, remedy="在 Excel、Word 或 WPS 中另存后再核对，一次少几个文件")]
        ) from None
    if answer["problems"]:
        raise UsageProblem([_problem(problem) for problem in answer["problems"]])
    tables = [
        AuditedTable(
            table["name"], table["policy"], table["chosen"], table["clean"], tuple(map(tuple, table["lines"])),
            tuple((code, subject, says) for code, subject, says in table["defects"]),
        )
        for table in answer["tables"]
    ]  # fmt: skip
    return tables, [_problem(problem) for problem in answer["unread"]]


def _problem(plain: dict[str, Any]) -> Problem:
    return Problem(**{**plain, "where": Where(**plain["where"]) if plain["where"] else None})


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    from evaluator.acts import carrying, inspecting

    at = Sitting(Workspace(Path(asked["root"]), asked["sample"]))
    files = [(name, base64.b64decode(data)) for name, data in asked["files"]]
    with carrying.received(files) as paths:
        names = {path.as_posix(): name for path, (name, _) in zip(paths, files, strict=True)}
        view = inspecting.audit(at, paths, asked["policy"])
    tables = [
        {
            "name": table.table.project_name or table.table.id, "policy": table.policy.title, "chosen": table.chosen,
            "clean": table.clean, "lines": inspecting.verdicts(table),
            "defects": [[defect.code, defect.subject, defect.says] for defect in table.defects],
        }
        for table in view.found[0]
    ]  # fmt: skip
    return {
        "tables": tables,
        "unread": [asdict(problem) for problem in carrying.under_names(view.unread, names)],
        "problems": [],
    }


def _bounded() -> None:
    try:
        import resource
    except ImportError:  # Windows: time alone
        return
    for what, most in ((resource.RLIMIT_DATA, MEMORY), (resource.RLIMIT_CPU, PROCESSOR), (resource.RLIMIT_CORE, 0)):
        allowed = resource.getrlimit(what)[1]
        bound = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(what, (bound, bound))


def main() -> None:
    """Answer what stands on stdin."""
    _bounded()
    try:
        answer = _answer(json.loads(sys.stdin.buffer.read()))
    except EvaluatorError as error:
        answer = {"tables": [], "unread": [], "problems": [asdict(problem) for problem in error.problems]}
    sys.stdout.buffer.write(json.dumps(answer).encode())


if __name__ == "__main__":
    main()

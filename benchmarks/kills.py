"""`python -m benchmarks.kills --times 200`: acts upon one workspace at once, killed at random points; nothing may be lost.

Three children at a time do what a person does (correct, attach evidence, list and close duties, run, submit, return), and some
are killed (SIGKILL): at a random moment, or at the n-th opening, linking, renaming or removing of a file. After each round the
next act finishes or undoes what was left; then what was reported as done is in the ledger, and the ledger and the files agree.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from evaluator.acts.acting import acting
from evaluator.actuals.evidence import load_evidence
from evaluator.actuals.resultfiles import load_actuals
from evaluator.cli import app
from evaluator.comparing.changes import NOTHING, value_changes
from evaluator.errors import EvaluatorError
from evaluator.files.journal import NAME
from evaluator.files.lock import NAME as LOCK
from evaluator.files.snapshot import digest_now
from evaluator.following.rectification import read_rectification
from evaluator.records.ledger import Entry, Ledger, breaks
from evaluator.records.verification import verify
from evaluator.rulebook.book import load_rulebook
from evaluator.workspace.places import open_workspace, product

CODES = ("13028124P00507410001X", "13028124P00508210001R")
ROWS = {CODES[0]: ("时效1", "质量1"), CODES[1]: ("时效1",)}
EVENTS = {"open", "os.link", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod"}


def workspace(root: Path) -> None:
    """Two projects of the sample (示例数据), evaluated once."""
    for code in CODES:
        for path in (f"rules/projects/2023/629001/{code}.yaml", f"actuals/2023/629001/{code}.yaml"):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(product() / path, root / path)


def an_act(draw: random.Random, mark: str) -> list[str]:
    """A command, marked so that its entry can be found again."""
    code = draw.choice(CODES)
    row = draw.choice(ROWS[code])
    kind = draw.choice(["correct"] * 4 + ["evidence"] * 3 + ["plan", "close", "run", "submit", "return"])
    match kind:
        case "correct":
            value = f"{draw.randrange(800, 1000) / 10}%"
            given = ["--actual", value, "--cause", f"原因{mark}", "--remedy", "改进"]
            return ["correct", code, row, *given, "--reason", mark, "--by", "甲"]
        case "evidence":
            Path(f"{mark}.txt").write_text(mark, encoding="utf-8")
            return ["evidence", code, row, f"{mark}.txt", "--title", mark, "--by", "乙"]
        case "plan":
            return ["rectify", "plan", "--as-of", "2024-03-31"]
        case "close":
            return [
                "rectify",
                "close",
                f"ZG{draw.randrange(1, 6):03}",
                "--evidence",
                mark,
                "--by",
                "丙",
                "--on",
                "2024-05-01",
            ]
        case "run":
            return ["run", "--to", "html", "--form-only"]
        case "submit":
            return ["submit", "--by", f"报送{mark}"]
    return ["return", "--by", f"审核{mark}", "--remark", mark]


def child(act: list[str], writing: int, at: int) -> None:
    """Do it and report; die before the `at`-th step of the intent and what is written beside the files, or of the lock too
    where `at` is negative; 0 for never.
    """
    left = at

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        named = str(arguments)
        if event in EVENTS and ".ziping-" in named and (LOCK not in named or left < 0):
            left += 1 if left < 0 else -1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    if at:
        sys.addaudithook(count)
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    code = 3
    try:
        code = int(app(act, standalone_mode=False) or 0)
    except EvaluatorError as error:
        code = error.exit_code
    except SystemExit as error:
        code = int(error.code or 0)
    except BaseException as error:
        os.write(writing, repr(error).encode())
    clean = (
        (0, 1) if act[0] in ("run", "rectify") else (0,)
    )  # a submission with errors left ends with 1 and records nothing
    os.write(writing, b"done" if code in clean else b"refused")
    os._exit(0)


def an_instant(draw: random.Random) -> int:
    """When a child dies, as `child` counts; one in five does not."""
    return draw.choice([0, draw.randrange(-8, 0), *(draw.randrange(1, 30) for _ in range(3))])


def started(act: list[str], at: int) -> tuple[int, int]:
    """A child at work, and where it reports."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        child(act, writing, at)
    os.close(writing)
    return pid, reading


def disagreements(root: Path, first: dict[str, str]) -> list[str]:
    """Where the ledger and the files tell otherwise, entry by entry."""
    space = open_workspace(root)
    book = load_rulebook(space.rules, space.shared)
    with Ledger(space.ledger) as ledger:
        wrong = [says for _, says in breaks(ledger.rows())] + ledger.altered()
        entries = ledger.entries()
    now = state(root)
    values = dict(first)
    for entry in entries:
        for one in entry.payload["changes"] if entry.kind == "correction" else ():
            place = f"{one['code']} {one['subject']} {one['field']}"
            if values.get(place, NOTHING) != one["before"]:
                wrong.append(f"第 {entry.seq} 条从 {one['before']} 改起，那时是 {values.get(place, NOTHING)}")
            values[place] = one["after"]
    wrong += [f"{place}：台账 {values.get(place)}，文件 {now.get(place)}" for place in {*values, *now} if values.get(place, NOTHING) != now.get(place, NOTHING)]  # fmt: skip
    told = {
        (f["project"], f["indicator"], f["sha256"]) for e in entries if e.kind == "evidence" for f in e.payload["files"]
    }
    there = {(code, f.indicator, f.digest) for (_, code), files in load_evidence(space.evidence).items() for f in files}
    wrong += [f"佐证 {one}" for one in told ^ there]
    wrong += [
        f"佐证 {f.file} {f.state}"
        for files in load_evidence(space.evidence).values()
        for f in files
        if f.state != "完好"
    ]
    registers, problems = read_rectification(space.rectification, book)
    duties = {one.id: one.state for register in registers.values() for one in register.duties}
    listed = {one["id"] for e in entries if e.kind == "duties" for one in e.payload["duties"]}
    closed = {e.payload["duty"] for e in entries if e.kind == "closing"}
    wrong += [*map(str, problems), *(f"整改 {one}" for one in listed ^ duties.keys())]
    wrong += [f"销号 {one}" for one in closed ^ {one for one, state in duties.items() if state == "已整改"}]
    files = {root / one["path"]: one["sha256"] for e in entries if e.kind == "run" for one in e.payload["files"]}
    wrong += [f"成果 {path.name}" for path, digest in files.items() if digest_now(path) != digest]
    known = {path.name for path in files} | {path.name for path in (root / "out").glob("*台账凭据*")}
    wrong += [f"成果 {path.name} 不在台账里" for path in (root / "out").glob("*") if path.name not in known]
    receipts = {json.loads(path.read_text("utf-8"))["ledger"]["digest"] for path in (root / "out").glob("*台账凭据*")}
    return wrong + [f"凭据 {one}" for one in receipts ^ {e.digest for e in entries if e.kind == "run"}]


def state(root: Path) -> dict[str, str]:
    """Every value of the results, by what it is."""
    space = open_workspace(root)
    actuals = load_actuals(space.actuals, load_rulebook(space.rules, space.shared))
    return {f"{one.code} {one.subject} {one.field}": one.after for one in value_changes({}, dict(actuals))}


def recorded(entries: list[Entry], act: list[str], mark: str) -> bool:
    """Whether what a command reported as done is in the ledger; a plan or run that changed nothing has no entry."""
    return act[0] in ("rectify", "run") or any(mark in json.dumps(one.payload, ensure_ascii=False) for one in entries)


def main() -> None:
    """Kill so many acts; ends with 1 when anything was lost or does not agree."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--times", type=int, default=200)
    asked.add_argument("--seed", type=int, default=20240131)
    given = asked.parse_args()
    draw = random.Random(given.seed)
    kills = halves = resumed = lost = rounds = agreeing = done = 0
    strange: list[str] = []
    with tempfile.TemporaryDirectory(prefix="ziping-kills-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        workspace(root)
        os.chdir(root)
        pid, reading = started(["run", "--to", "html", "--form-only"], 0)
        os.waitpid(pid, 0)
        first, began = state(root), time.monotonic()
        while kills < given.times:
            rounds += 1
            acts = [(mark := f"M{rounds:04}{letter}", an_act(draw, mark)) for letter in "abc"]
            at_call = draw.random() < 0.7
            children = [started(act, an_instant(draw) if at_call else 0) for _, act in acts]
            if not at_call:
                time.sleep(draw.uniform(0, 3))
                for pid, _ in draw.sample(children, draw.randrange(1, 4)):
                    os.kill(pid, signal.SIGKILL)
            said = []
            for pid, reading in children:
                _, status = os.waitpid(pid, 0)
                kills += os.WIFSIGNALED(status)
                with os.fdopen(reading, "rb") as pipe:
                    said.append(pipe.read().decode())
            halves += (root / NAME).exists() or (root / "台账.sqlite-journal").exists()
            strange += [one for one in said if one.removesuffix("done").removesuffix("refused")]
            with acting(root / "台账.sqlite", "核对") as act:
                resumed += bool(act.notes)
                entries = act.ledger.entries()
            lost += sum(says == "done" and not recorded(entries, act, mark) for says, (mark, act) in zip(said, acts, strict=True))  # fmt: skip
            done += said.count("done")
            wrong = disagreements(root, first)
            left = [path.name for path in root.rglob(".ziping-*") if not path.name.startswith(".ziping-lock-")]
            agreeing += not wrong and not left
            for one in [*wrong, *left]:
                print(f"第 {rounds} 轮：{one}", file=sys.stderr)
        pid, _ = started(
            ["run", "--to", "html", "--form-only"], 0
        )  # evidence that came after the last run is told otherwise
        os.waitpid(pid, 0)
        whole = verify(root / "台账.sqlite", [root / "out"])
        spent = time.monotonic() - began
        print(
            f"杀 {kills} 次（{rounds} 轮，每轮三个同时做），其中 {halves} 轮停在半路，接着做完或撤销 {resumed} 次，{spent:.0f} 秒"
        )
        print(
            f"报告做好的 {done} 件，丢失 {lost} 件；台账 {len(entries)} 条；每轮之后台账和文件一致 {agreeing}/{rounds}；verify {'全部成立' if whole.holds else '不成立'}"
        )
        for one in [*strange, *(str(each.problem) for each in whole.found if each.problem.severity != "提示")]:
            print(one, file=sys.stderr)
        os.chdir("/")
    sys.exit(bool(lost or strange or agreeing != rounds or not whole.holds))


if __name__ == "__main__":
    main()

"""A disk that is full at any write: the change and its entry are both there or neither, and what is said is so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evaluator.files.journal import NAME
from tests.interposed import library

ROOT = Path(__file__).parents[1]
CODE = "13028124P00507410001X"
DOCUMENT = ROOT / "scenarios/imports/documents/goals/goals.docx"

# Every act in a process of its own, forked from one that has loaded everything, with one more write each time.
DRIVER = """
import ctypes, io, json, os, shutil, sys
from pathlib import Path
import evaluator.acts.correcting, evaluator.acts.drafting, evaluator.acts.duties
import evaluator.findings.rete, evaluator.formats.html
from evaluator.cli import app
from evaluator.commands.exits import exit_code_of
from evaluator.records.ledger import Ledger
made, place, step, words = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
disk = ctypes.CDLL(None)

def tree(root):
    with Ledger(root / "台账.sqlite") as ledger:  # which rolls back what was cut off
        rows = [row[5] for row in ledger.rows()]
    files = {p.relative_to(root).as_posix(): p.read_bytes().hex() for p in sorted(root.rglob("*")) if p.is_file()}
    return files | {"台账.sqlite": rows}

def act(at):
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(made, place)
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.chdir(place)
        sys.argv = ["ziping", *words]
        sys.stdout = sys.stderr = io.StringIO()
        if at:
            disk.disk_full_after(ctypes.c_long(at - 1))
        code = exit_code_of(app)
        disk.disk_full_after(ctypes.c_long(-1))
        os.write(writing, json.dumps([code, sys.stdout.getvalue()[-2000:]]).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        code, said = json.loads(pipe.read())
    os.wait()
    return [at, code, said, tree(place)]

before = tree(made)
whole = act(0)
at = 1
while True:
    at, code, said, after = act(at)
    told = "neither" if after == before else "both" if set(after) == set(whole[3]) else sorted(n for n in {*after, *before} if after.get(n) != before.get(n))
    print(json.dumps([at, code, said, told]), flush=True)
    if code == whole[1] and told == "both":
        break
    at += step
"""

ACTS = {
    "correct": (1, ["correct", CODE, "时效1", "--actual", "97%", "--cause", "甲", "--remedy", "乙", "--reason", "录入错误", "--by", "张三"]),
    "evidence": (1, ["evidence", CODE, "时效1", "甲.txt", "乙.txt", "--by", "张三"]),
    "plan": (1, ["rectify", "plan", "--as-of", "2024-03-31"]),
    "run": (9, ["run", "--to", "html", "--form-only"]),
    "import": (3, ["import", str(DOCUMENT), "--into", "新"]),
}  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_a_disk_full_at_any_write_leaves_both_or_neither(tmp_path: Path, act: str):
    made = tmp_path / "made"
    for path in (f"rules/projects/2023/629001/{CODE}.yaml", f"actuals/2023/629001/{CODE}.yaml"):
        (made / path).parent.mkdir(parents=True)
        (made / path).write_bytes((ROOT / path).read_bytes())
    for name in ("甲", "乙"):
        (made / f"{name}.txt").write_text(name, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    main = [sys.executable, "-c", "from evaluator.cli import main; main()"]
    if act != "run":
        subprocess.run([*main, "run", "--to", "html", "--form-only"], cwd=made, env=environment, capture_output=True, check=False)  # fmt: skip
    step, words = ACTS[act]
    full = environment | {"LD_PRELOAD": library()}
    asked = [sys.executable, "-c", DRIVER, str(made), str(tmp_path / "place"), str(step), *words]
    ran = subprocess.run(asked, env=full, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr[-3000:]
    tried = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(tried) > 5, "too few writes to prove anything"
    for at, code, said, told in tried:
        assert told in ("neither", "both"), (at, said, told)
        assert "内部错误" not in said, said
        if told == "neither":
            assert code in (2, 3) and any(word in said for word in ("U102", "U411", "U413", "U109")), (at, code, said)
            assert "已记入台账（" not in said and "已登记" not in said, said
        else:
            assert code in (0, 1), (at, code, said)
    assert not list((tmp_path / "place").rglob(f"{NAME}*"))

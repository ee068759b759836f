"""Every file is read through one door that takes no pipe and no device, and no disk is so full that a command breaks."""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.cli import app
from evaluator.commands.exits import exit_code_of
from evaluator.files.publish import whole, write_new
from evaluator.files.snapshot import LARGE, OPEN, Refused, digest_of_file, opened, take, take_text

ROOT = Path(__file__).parents[1]
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="pipes, devices and limits as on POSIX")
MAIN = "from evaluator.cli import main; main()"
CODE = "13028124P005076100019"

# What opens a file, and the modules that may: they write, or open what was looked at first, or open no path at all.
OPENS = {"open", "read_bytes", "read_text", "fdopen", "load_workbook", "connect", "ParquetFile", "open_csv", "read_table", "read_schema", "read_csv", "read_excel", "fromfile", "memory_map"}  # fmt: skip
MAY = {
    "files/snapshot.py": "the door itself",
    "files/publish.py": "writes through a handle of its own",
    "records/signing.py": "writes a key that must not exist yet",
    "records/ledger.py": "SQLite opens the file, which `regular` looked at",
    "records/archive.py": "a database in memory",
    "records/reissuing.py": "a method of a history called open",
    "acts/correcting.py": "the same",
    "acts/examining.py": "files of this very installation, which nobody gave",
    "comparing/versions.py": "what git printed",
    "intake/guard.py": "parts inside an archive that was taken",
    "batch/sources.py": "Parquet, which `regular` looked at",
    "batch/staging.py": "a stream of CSV, which `regular` looked at",
    "batch/sampling.py": "Parquet of its own",
    "batch/rollup.py": "Parquet of its own",
    "batch/writing.py": "Parquet of its own",
    "web/server.py": "an address of its own, and a browser",
}


def test_no_other_place_opens_files():
    found = set()
    for path in sorted((ROOT / "evaluator").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in OPENS:
                    found.add(path.relative_to(ROOT / "evaluator").as_posix())
    assert found <= MAY.keys()


@given(st.binary(max_size=300), st.integers(0, 400))
def test_a_file_is_taken_whole_or_refused_by_its_size(tmp_path_factory: pytest.TempPathFactory, raw: bytes, most: int):
    path = tmp_path_factory.mktemp("one") / "a"
    path.write_bytes(raw)
    assert digest_of_file(path) == hashlib.sha256(raw).hexdigest()
    if len(raw) <= most:
        assert take(path, most) == raw
    else:
        with pytest.raises(Refused) as refused:
            take(path, most)
        assert refused.value.code == LARGE and str(len(raw)) in str(refused.value)


@given(st.text(st.characters(codec="utf-8")), st.booleans())
def test_a_text_is_what_a_text_file_gives(tmp_path_factory: pytest.TempPathFactory, told: str, marked: bool):
    path = tmp_path_factory.mktemp("one") / "a"
    path.write_bytes((b"\xef\xbb\xbf" if marked else b"") + told.encode())
    assert take_text(path) == path.read_text(encoding="utf-8-sig")


def made(kind: str, path: Path) -> Path:
    """What only looks like a file."""
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "zero":
            path.symlink_to("/dev/zero")
        case "link to a pipe":
            os.mkfifo(path.with_name("pipe"))
            path.symlink_to(path.with_name("pipe"))
        case "socket":
            here = Path.cwd()
            os.chdir(path.parent)  # the name of a socket may not be long
            try:
                socket.socket(socket.AF_UNIX).bind(path.name)
            finally:
                os.chdir(here)
        case "folder":
            path.mkdir()
        case "link to itself":
            path.symlink_to(path)
        case "terminal":
            path.symlink_to("/dev/tty")
        case "memory":
            path.symlink_to("/proc/self/mem")
        case "huge":
            with path.open("wb") as stream:
                stream.truncate(3_000_000_000_000)
        case "long":
            return path.with_name("长" * 300)
    return path


KINDS = ["pipe", "zero", "link to a pipe", "socket", "folder", "link to itself", "terminal", "memory", "huge", "long"]


@POSIX
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file_is_never_read(tmp_path: Path, kind: str):
    path = made(kind, tmp_path / "a.yaml")
    with pytest.raises(Refused) as refused:
        take(path)
    assert refused.value.code == (LARGE if kind == "huge" else OPEN)
    with pytest.raises(Refused) as refused:
        digest_of_file(path) if kind != "huge" else take(path, 10**12)
    assert path.as_posix() in str(refused.value)


@POSIX
def test_what_takes_the_place_of_a_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A pipe that is put where a file was looked at: it is opened without waiting and looked at again."""
    path = tmp_path / "a"
    os.mkfifo(path)
    monkeypatch.setattr("evaluator.files.snapshot.regular", lambda path: None)
    with pytest.raises(Refused, match="管道"), opened(path):
        pass


# ---- every command that takes a path ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample workspace, as an office of its own."""
    folder = tmp_path_factory.mktemp("office")
    for name in ("rules/projects", "actuals", "monitoring"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture
def tells(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """The exit code of a command, and all it printed."""

    def told(*words: str | Path) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["ziping", *map(str, words)])
        code = exit_code_of(app)
        heard = capfd.readouterr()
        return code, heard.out + heard.err

    return told


INSIDE = {
    "rules/projects/2023/629001/a.yaml": (["check"], "Y101"),
    "rules/policies/a.yaml": (["score"], "Y101"),
    "rules/findings/a.yaml": (["check"], "Y101"),
    "actuals/a.yaml": (["score"], "Y101"),
    "actuals/a.csv": (["score"], "A201"),
    "actuals/a.xlsx": (["score"], "A201"),
    "monitoring/2023/629001/2023-06-30.yaml": (["monitor", "--as-of", "2023-07-01"], "Y101"),
    "evidence/2023/629001/佐证材料.yaml": (["score"], "Y101"),
    "rectification/2023/629001.yaml": (["score"], "Y101"),
    "reports/forms/a.yaml": (["run", "--out", "OUT"], "Y101"),
    "台账.sqlite": (["run", "--out", "OUT"], "U413"),
}


@POSIX
@pytest.mark.parametrize("place", INSIDE)
def test_a_pipe_in_a_workspace_is_refused(
    office: Path, tmp_path: Path, place: str, tells: Callable[..., tuple[int, str]]
):
    path, (words, code) = office / place, INSIDE[place]
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = path.read_bytes() if path.exists() else None
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    try:
        asked = [str(tmp_path / "out") if word == "OUT" else word for word in words]
        exit_code, said = tells(asked[0], office, *asked[1:])
    finally:
        path.unlink()
        if kept is not None:
            path.write_bytes(kept)
    assert exit_code in (2, 3), said
    assert code in said
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


NAMED = {
    "audit": ["audit", "IT.docx"],
    "audit yaml": ["audit", "IT.yaml"],
    "audit json": ["audit", "IT.json"],
    "import": ["import", "IT.xlsx", "--into", "OUT"],
    "what-if": ["what-if", "IT.yaml"],
    "scenario": ["scenario", "IT.yaml"],
    "ledger import": ["ledger", "import", "IT", "OUT/new.sqlite"],
    "sign": ["sign", "--key", "IT", "--by", "甲", "-w", "HERE"],
    "public key": ["verify", "HERE", "--public-key", "IT"],
    "verify": ["verify", "IT"],
    "impact": ["impact", "national", "IT.yaml", "-w", "HERE"],
    "impact without a suffix": ["impact", "national", "IT", "-w", "HERE"],
    "evidence": ["evidence", CODE, "数量1", "IT.pdf", "-w", "HERE", "--year", "2023"],
    "batch": ["batch", "IT.parquet", "--out", "OUT"],
    "batch csv": ["batch", "IT.csv", "--out", "OUT"],
    "init": ["init", "OUT", "--from", "IT"],
}


@POSIX
@pytest.mark.parametrize("kind", ["pipe", "zero"])
@pytest.mark.parametrize("command", NAMED)
def test_a_command_refuses_what_is_no_file(
    office: Path, tmp_path: Path, command: str, kind: str, tells: Callable[..., tuple[int, str]]
):
    words = NAMED[command]
    name = next(word for word in words if word.startswith("IT")).replace("IT", "it")
    path = made(kind, tmp_path / name)
    known = {"HERE": str(office), "OUT": str(tmp_path / "out")}
    code, said = tells(*(str(path) if word.startswith("IT") else known.get(word, word.replace("OUT", known["OUT"])) for word in words))  # fmt: skip
    assert code in (2, 3), said
    assert "内部错误" not in said
    assert not (tmp_path / "out").exists() or not [one for one in (tmp_path / "out").rglob("*") if one.is_file()]


# ---- no room ---------------------------------------------------------------------------------------------------------

FULL = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))
{MAIN}
"""
WRITING = {
    "run": ["run", "HERE", "--out", "OUT"],
    "run pdf": ["run", "HERE", "--out", "OUT", "--to", "docx"],
    "report": ["report", "-w", "HERE", "--out", "OUT"],
    "template": ["template", "HERE", "--out", "OUT"],
    "rules": ["rules", "HERE", "--out", "OUT", "--to", "docx"],
    "import": ["import", str(ROOT / "scenarios/imports/documents/goals/goals.docx"), "--into", "OUT"],
    "init": ["init", "OUT", "--unit", "1", "--name", "甲", "--year", "2024"],
    "batch": ["batch", "CSV", "--out", "OUT"],
    "keygen": ["keygen", "OUT/key"],
}


def ran(program: str, *words: str, **more: int) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "ZIPING_PASSPHRASE": "口令"}
    return subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=not more,
        text=True,
        check=False,
        env=environment,
        **more,
    )


@POSIX
@pytest.mark.parametrize("command", WRITING)
def test_a_full_disk_is_told_and_leaves_no_half_file(office: Path, tmp_path: Path, command: str):
    out, table = tmp_path / "out", tmp_path / "in.csv"
    head = "年度,单位编码,单位名称,项目编码,项目名称,指标编号,一级指标,二级指标,三级指标,分值,指标值,实际完成值,年初预算数,全年预算数,全年执行数"
    table.write_text(
        head + "".join(f"\n2023,1,甲,{n},乙,数量1,产出指标,数量指标,丙,90,≥1人,1人,1,1,1" for n in range(900)), "utf-8"
    )
    known = {"HERE": str(office), "OUT": str(out), "CSV": str(table)}
    told = ran(FULL, *(known.get(word, word.replace("OUT", str(out))) for word in WRITING[command]))
    left = [path for path in out.rglob("*") if path.is_file()] if out.exists() else []
    assert told.returncode in (2, 3), told.stdout + told.stderr
    assert "U102" in told.stderr or "U422" in told.stderr or "U411" in told.stderr, told.stderr
    assert not [
        path for path in left if path.name.startswith(".") or path.suffix == ".tmp" or path.stat().st_size >= 50
    ]


@POSIX
def test_a_screen_that_takes_no_more_is_no_fault_of_the_program(office: Path):
    with Path("/dev/full").open("wb") as full:
        assert ran(MAIN, "score", str(office), stdout=full.fileno(), stderr=subprocess.DEVNULL).returncode == 3


@POSIX
def test_a_place_that_cannot_be_is_told(office: Path, tmp_path: Path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    for out in (tmp_path / "file" / "out", tmp_path / ("长" * 300)):
        told = ran(MAIN, "run", str(office), "--out", str(out))
        assert told.returncode in (2, 3) and "内部错误" not in told.stderr, told.stderr


@POSIX
def test_what_is_interrupted_ends_with_its_own_code(tmp_path: Path):
    program = (
        "import os, signal, evaluator.cli as cli\ncli.app = lambda **_: os.kill(os.getpid(), signal.SIGINT)\ncli.main()"
    )
    assert ran(program).returncode == 130
    assert signal.getsignal(signal.SIGINT) is not None


@pytest.mark.parametrize(
    "error", ["MemoryError()", "RecursionError()", "OSError(28, 'No space', '/x')", "OSError(5, 'I/O')"]
)
def test_what_the_machine_lacks_is_a_coded_problem(error: str):
    program = f"import evaluator.cli as cli\ndef app(**_): raise {error}\ncli.app = app\ncli.main()"
    told = ran(program)
    assert told.returncode == 3
    assert "U109" in told.stderr or "U110" in told.stderr


def test_what_fails_half_way_leaves_what_was_there(tmp_path: Path):
    path = tmp_path / "a.csv"
    write_new(path, b"before")
    with pytest.raises(ZeroDivisionError), whole(path) as fresh:
        fresh.write_bytes(b"half")
        raise ZeroDivisionError
    assert [one.name for one in tmp_path.iterdir()] == ["a.csv"]
    assert path.read_bytes() == b"before"

"""What docs/ledger.md tells an auditor to run without this program works, and fails where something was changed."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import pytest

from tests.readme import ROOT, blocks, prints
from tests.test_ledger import foreign, unguarded

TEXT = (ROOT / "docs" / "ledger.md").read_text("utf-8")
CHAIN, CONTENTS, FILES, LOOK, CODES, SIGNATURE = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
NEEDED = pytest.mark.skipif(not all(map(shutil.which, ("bash", "python3", "sqlite3", "jq", "sha256sum", "openssl"))), reason="the system's own commands")  # fmt: skip
pytestmark = NEEDED


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("审计")
    with chdir(folder):
        for block in blocks(TEXT):
            if block.walks:
                prints(block)
    return folder


@pytest.fixture
def folder(walked: Path, tmp_path: Path) -> Iterator[Path]:
    with chdir(shutil.copytree(walked, tmp_path / "审计")):
        yield tmp_path / "审计"


def run(command: str) -> tuple[bool, str]:
    done = subprocess.run(
        ["bash", "-e", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False
    )
    return done.returncode == 0, done.stdout + done.stderr


def test_every_command_of_the_page_holds_for_an_honest_ledger(folder: Path):
    for command, says in (
        (CHAIN, "各条首尾相接，最后一条 4-"),
        (CONTENTS, "内容都与摘要相符"),
        (FILES, "成果文件没有改过"),
        (LOOK, "遵化市文化路街道办事处本级 2023 v1"),
        (CODES, "台账码 0-"),
        (SIGNATURE, "Signature Verified Successfully"),
    ):
        fine, told = run(command)
        assert fine and says in told, (command, told)


def test_the_head_and_the_codes_are_those_that_are_printed(folder: Path):
    head = run(CHAIN)[1].split()[-1]
    (code,) = re.findall(r"台账码 (\S+)", run(CODES)[1])
    (form,) = (folder / "演示" / "out").glob("*13028124P00507410001X_2023_绩效自评表_v01.html")
    assert f"台账码 {code}" in form.read_text("utf-8")
    from tests.test_verify import called

    assert called("ledger", "head", "演示")[1].strip() == head
    assert called("verify", "演示", "--head", head, "--paper", code)[0] == 0


def test_each_finds_what_was_changed(folder: Path):
    ledger = folder / "演示" / "台账.sqlite"
    with foreign(ledger) as db:
        (digest,) = db.execute("SELECT digest FROM blobs LIMIT 1").fetchone()
    with unguarded(ledger) as db:
        db.execute("UPDATE entries SET payload = replace(payload, '629001', '629002') WHERE seq = 1")
        db.execute(
            "UPDATE blobs SET data = (SELECT data FROM blobs WHERE digest <> ? LIMIT 1) WHERE digest = ?",
            (digest, digest),
        )
        db.execute("UPDATE entries SET payload = replace(payload, '张三', '王五') WHERE kind = 'signature'")
        db.execute("""UPDATE entries SET payload = replace(payload, '"paper":"0-', '"paper":"0-0') WHERE seq = 1""")
    page = next((folder / "演示" / "out").glob("*.html"))
    page.write_bytes(page.read_bytes() + b" ")
    assert [run(command)[0] for command in (CHAIN, CONTENTS, FILES, CODES, SIGNATURE)] == [False] * 5


def test_an_entry_left_out_breaks_the_chain(folder: Path):
    with unguarded(folder / "演示" / "台账.sqlite") as db:
        db.execute("DELETE FROM entries WHERE seq = 2")
    assert not run(CHAIN)[0]

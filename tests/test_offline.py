"""What goes into a bundle for a machine without a network, tried on small wheels; the whole bundle is tried by `make offline`."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("cyclonedx")

from supply import offline
from supply.parts import pins

LINUX, WINDOWS, ARM = (offline.platform(name) for name in ("linux-x86_64", "windows-amd64", "linux-aarch64"))
START = offline.START


def wheel(folder: Path, name: str, files: dict[str, str | bytes]) -> Path:
    at = folder / name
    with zipfile.ZipFile(at, "w") as packed:
        for path, content in files.items():
            packed.writestr(path, content)
    return at


def names(target: offline.Platform) -> set[str]:
    return {pin.name for pin in pins(offline.LOCK) if target.wanted(pin)}


def test_windows_and_other_processors_do_without_what_has_to_be_built() -> None:
    assert names(LINUX) - names(ARM) == {"durable-rules"}
    assert "durable-rules" not in names(WINDOWS) and "tzdata" in names(WINDOWS)
    assert {"pandas", "fastapi", "cryptography", "pyarrow"} <= names(LINUX) & names(WINDOWS) & names(ARM)


def test_a_platform_nobody_packs_for_is_refused() -> None:
    for name in ("linux-riscv64", "darwin-arm64", "windows-arm64"):
        with pytest.raises(KeyError):
            offline.platform(name)


def test_what_a_wheel_contains_goes_where_python_finds_it(tmp_path: Path) -> None:
    made = wheel(
        tmp_path,
        "a-1-py3-none-any.whl",
        {"a/__init__.py": "A = 1", "a-1.data/purelib/b.py": "B = 2", "a-1.data/scripts/a": "#!python", "a-1.dist-info/METADATA": "x"},
    )  # fmt: skip
    offline.unpack(made, tmp_path / "site")
    site = tmp_path / "site"
    there = sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    assert there == ["a-1.dist-info/METADATA", "a/__init__.py", "b.py"]


@pytest.mark.parametrize(
    "name", ["../a.py", "/a.py", "a/../../b.py", "a-1.data/purelib/../../a.py", "a\\b.py", "c:a.py", "a|b"]
)
def test_a_wheel_that_leads_away_is_refused(tmp_path: Path, name: str) -> None:
    made = wheel(tmp_path, "a-1-py3-none-any.whl", {name: "x"})
    with pytest.raises(ValueError, match="a-1"):
        offline.unpack(made, tmp_path / "in" / "site")
    assert not list(tmp_path.rglob("*.py"))


def test_the_oldest_c_library_is_that_of_the_most_demanding_wheel(tmp_path: Path) -> None:
    wheel(tmp_path, "a-1-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl", {})
    assert offline.glibc(tmp_path) == "2.17"
    wheel(tmp_path, "b-1-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl", {})
    assert offline.glibc(tmp_path) == "2.24"
    wheel(tmp_path, "c-1-cp311-cp311-linux_x86_64.whl", {"c.so": b"GLIBC_2.2.5\0GLIBC_2.27\0", "c.txt": "GLIBC_2.99"})
    assert offline.glibc(tmp_path) == "2.27"


def test_a_name_longer_than_windows_takes_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "ziping"
    root.mkdir()
    (root / ("a" * (offline.LONGEST - 7))).write_text("")
    assert len(offline.sums(root).splitlines()) == 1
    (root / ("b" * (offline.LONGEST - 6))).write_text("")
    with pytest.raises(ValueError, match="180"):
        offline.sums(root)


def test_the_list_of_digests_is_what_sha256sum_reads(tmp_path: Path) -> None:
    root = tmp_path / "ziping"
    (root / "in").mkdir(parents=True)
    (root / "in" / "表.txt").write_text("一", "utf-8")
    (root / offline.SUMS).write_text(offline.sums(root), "utf-8")
    assert subprocess.run(["sha256sum", "--check", "--quiet", offline.SUMS], cwd=root, check=False).returncode == 0
    (root / "in" / "表.txt").write_text("二", "utf-8")
    assert subprocess.run(["sha256sum", "--check", "--quiet", offline.SUMS], cwd=root, check=False).returncode == 1


def test_equal_contents_give_equal_bytes_and_scripts_can_be_run(tmp_path: Path) -> None:
    digests = []
    for number in range(2):
        root = tmp_path / str(number) / "ziping"
        root.mkdir(parents=True)
        for name in ("start.sh", "表.txt") if number else ("表.txt", "start.sh"):
            (root / name).write_text(name, "utf-8")
        offline.pack(root, at := tmp_path / f"{number}.zip")
        digests.append(hashlib.sha256(at.read_bytes()).hexdigest())
        os.utime(root / "start.sh", (number, number))
    assert digests[0] == digests[1]
    with zipfile.ZipFile(at) as packed:
        modes = {member.filename: member.external_attr >> 16 for member in packed.infolist()}
    assert modes == {"ziping/start.sh": 0o100755, "ziping/表.txt": 0o100644}


def test_scripts_of_each_system_end_their_lines_as_it_does() -> None:
    for path in START.iterdir():
        content = path.read_bytes()
        if path.suffix == ".cmd":
            assert content.count(b"\n") == content.count(b"\r\n") > 5 and content.isascii()
        else:
            assert b"\r" not in content


@pytest.mark.parametrize("target", [LINUX, WINDOWS], ids=lambda target: target.name)
def test_the_guide_is_one_page_and_says_what_is_needed(tmp_path: Path, target: offline.Platform) -> None:
    offline._guide(target, "9.9.9", "二百", at := tmp_path / "README.txt")
    text = at.read_bytes().decode("utf-8-sig" if target.windows else "utf-8")
    assert "9.9.9" in text and "二百" in text and f"Python {target.python}" in text and "{" not in text
    assert len(text.splitlines()) <= 40 and ("\r\n" in text) == target.windows


# ---- the start scripts, beside a program that is only pretended ----------------------------------------------------


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """A bundle whose one wheel is pip's stand-in, made by this very Python."""
    root = tmp_path / "有 空格" / "ziping"
    program = root / "program-9"
    (program / "wheels").mkdir(parents=True)
    content = "import pathlib, sys\npathlib.Path(sys.prefix, 'installed').write_text(' '.join(sys.argv[1:]))\n"
    wheel(program / "wheels", "pip-9-py3-none-any.whl", {"pip/__main__.py": content})
    (program / "python.txt").write_text(f"{sys.version_info.major}.{sys.version_info.minor}\n")
    (program / "requirements.txt").write_text("")
    for name in ("start.sh", "start-help.txt"):
        (root / name).write_bytes((START / name).read_bytes())
    (program / "install.sh").write_bytes((START / "install.sh").read_bytes())
    (root / "program.txt").write_text("program-9\n")
    (root / offline.SUMS).write_text(offline.sums(root), "utf-8")
    return root


def install(root: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.base_prefix) / 'bin'}:{os.environ['PATH']}"
    return subprocess.run(
        ["sh", str(root / "program-9" / "install.sh")], capture_output=True, text=True, env={**os.environ, "PATH": path}, check=False
    )  # fmt: skip


def test_the_environment_is_made_once_from_the_wheels_alone(unpacked: Path) -> None:
    first = install(unpacked)
    assert first.returncode == 0, first.stderr
    told = (unpacked / "program-9" / ".venv" / "installed").read_text()
    assert "--no-index" in told and "--require-hashes" in told and "有 空格" in told
    (unpacked / "program-9" / ".venv" / "installed").unlink()
    assert install(unpacked).returncode == 0 and not (unpacked / "program-9" / ".venv" / "installed").exists()


def test_an_environment_that_was_cut_short_is_made_again(unpacked: Path) -> None:
    (unpacked / "program-9" / ".venv" / "bin").mkdir(parents=True)
    assert install(unpacked).returncode == 0 and (unpacked / "program-9" / ".venv" / "installed").exists()


def test_other_wheels_make_the_environment_anew(unpacked: Path) -> None:
    """A newer bundle unpacked over an older one of the same number."""
    assert install(unpacked).returncode == 0
    (unpacked / "program-9" / ".venv" / "installed").unlink()
    (unpacked / "program-9" / "requirements.txt").write_text("# other wheels\n")
    shutil.rmtree(unpacked / "program-9" / ".venv" / "bin")
    sums = offline.sums(unpacked / "program-9").splitlines()
    (unpacked / offline.SUMS).write_text(
        "".join(f"{line.replace('  ', '  program-9/')}\n" for line in sums if ".venv" not in line)
    )
    assert install(unpacked).returncode == 0 and (unpacked / "program-9" / ".venv" / "installed").exists()


def test_a_damaged_bundle_is_told_and_nothing_is_installed(unpacked: Path) -> None:
    (unpacked / "start-help.txt").write_text("x")
    refused = install(unpacked)
    assert refused.returncode == 1 and "重新解压" in refused.stderr and not (unpacked / "program-9" / ".venv").exists()


def test_another_python_is_refused_with_the_one_that_is_needed(unpacked: Path) -> None:
    (unpacked / "program-9" / "python.txt").write_text("3.99\n")
    (unpacked / offline.SUMS).unlink()
    (unpacked / offline.SUMS).write_text(offline.sums(unpacked), "utf-8")
    refused = install(unpacked)
    assert refused.returncode == 1 and "Python 3.99" in refused.stderr

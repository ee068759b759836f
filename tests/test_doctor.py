"""What ziping doctor says of a machine that is well, and of each thing that is not, with the remedy."""

from __future__ import annotations

import shutil
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from importlib import metadata
from pathlib import Path

import pytest

from evaluator.acts import examining
from evaluator.acts.acting import Sitting
from evaluator.acts.examining import Observation
from evaluator.records.ledger import Ledger
from evaluator.workspace.places import Workspace

Usage = namedtuple("Usage", "total used free")


def seen(space: Path) -> dict[str, list[Observation]]:
    view = examining.doctor(Sitting(Workspace(space, False)), space)
    assert view.attend == any(each.state == "问题" for each in view.found)
    assert all(each.remedy or each.state == "正常" for each in view.found)
    assert all(not each.remedy or each.state != "正常" for each in view.found)
    names: dict[str, list[Observation]] = {}
    for each in view.found:
        names.setdefault(each.name, []).append(each)
    return names


def states(space: Path, name: str) -> list[str]:
    return [each.state for each in seen(space)[name]]


def test_a_machine_that_is_well(tmp_path: Path) -> None:
    observed = seen(tmp_path)
    assert list(observed) == ["Python", "依赖", "执行器", "字体", "程序文件", "权限", "磁盘", "数据库", "时钟"]
    assert all(each.state == "正常" for name, several in observed.items() for each in several if name != "依赖")


@pytest.mark.parametrize(
    ("free", "state"), [(199_999_999, "问题"), (200_000_000, "注意"), (999_999_999, "注意"), (1_000_000_000, "正常")]
)
def test_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, state: str) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(10**12, 0, free))
    assert states(tmp_path, "磁盘") == [state]


def test_an_old_python_and_an_old_sqlite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "OLDEST_PYTHON", (9, 0))
    monkeypatch.setattr(examining, "OLDEST_SQLITE", (9, 0, 0))
    assert states(tmp_path, "Python") == ["问题"] and "问题" in states(tmp_path, "数据库")


@pytest.mark.parametrize(
    ("name", "version", "state"),
    [("pandas", "", "问题"), ("pandas", "2.9", "问题"), ("fastapi", "", "注意"), ("pandas", "3.0", "正常")],
)
def test_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, version: str, state: str) -> None:
    real = examining.version_of
    monkeypatch.setattr(examining, "version_of", lambda asked: version if asked == name else real(asked))
    told = [each for each in seen(tmp_path)["依赖"] if state == "正常" or name in each.says]
    assert [each.state for each in told][:1] == [state]


def test_without_durable_rules_nothing_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining.rete, "available", lambda: False)
    [only] = seen(tmp_path)["执行器"]
    assert only.state == "正常" and "frame" in only.says


def test_a_font_that_is_no_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fonts = tmp_path / "reports" / "fonts"
    fonts.mkdir(parents=True)
    for name in examining.FONTS[1:]:
        (fonts / name).write_bytes(b"OTTO")
    monkeypatch.setattr(examining, "product", lambda: tmp_path)
    [only] = seen(tmp_path)["字体"]
    assert only.state == "问题" and "ZipingSong.otf" in only.says and "ZipingRare.otf" not in only.says


def test_a_file_of_the_program_that_was_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def packed(digest: str) -> list[metadata.PackagePath]:
        path = metadata.PackagePath("evaluator/cli.py")
        path.hash, path.dist = (
            metadata.FileHash(f"sha256={digest}"),
            namedtuple("Dist", "locate_file")(tmp_path.joinpath),
        )  # type: ignore[assignment]
        return [path]

    (tmp_path / "evaluator").mkdir()
    (tmp_path / "evaluator" / "cli.py").write_bytes(b"x")
    monkeypatch.setattr(metadata, "files", lambda name: packed("LXEWQrcmsEQBYnyp-6wy9chTD7GQPMTbAiWHF5IaSIE"))
    assert states(tmp_path, "程序文件") == ["正常"]
    (tmp_path / "evaluator" / "cli.py").write_bytes(b"y")
    [only] = seen(tmp_path)["程序文件"]
    assert only.state == "问题" and "evaluator/cli.py" in only.says


def test_a_bundle_beside_its_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "启动.sh").write_bytes(b"x")
    (tmp_path / "SHA256SUMS").write_text(f"{sha256(b'x').hexdigest()}  启动.sh\n", "utf-8")
    monkeypatch.setattr("sys.prefix", str(tmp_path / "program" / "env"))
    assert states(tmp_path, "离线包") == ["正常"]
    (tmp_path / "启动.sh").write_bytes(b"y")
    assert states(tmp_path, "离线包") == ["问题"]
    (tmp_path / "启动.sh").unlink()
    assert states(tmp_path, "离线包") == ["问题"]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    assert "问题" in states(tmp_path / "没有的", "权限")


def test_a_folder_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "locks_work", lambda folder: False)
    assert states(tmp_path, "权限") == ["正常", "注意"]


def test_a_ledger_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "台账.sqlite").write_bytes(b"no ledger at all" * 100)
    assert states(tmp_path, "数据库") == ["问题"]


@pytest.mark.parametrize(("ahead", "state"), [(timedelta(days=1), "问题"), (-timedelta(seconds=5), "正常")])
def test_a_clock_behind_the_ledger(tmp_path: Path, ahead: timedelta, state: str) -> None:
    with Ledger(tmp_path / "台账.sqlite", lambda: datetime.now(UTC) + ahead) as ledger:
        ledger.append("submit", {"unit": "1", "year": 2024, "by": "甲"})
    assert states(tmp_path, "时钟") == [state] and states(tmp_path, "数据库") == ["正常"]


def test_a_clock_from_before_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "now", lambda: datetime(2001, 1, 1, tzinfo=UTC))
    assert states(tmp_path, "时钟") == ["问题"]

"""Files are written whole or not at all, and never over one another; what has not changed is not written again."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluator.errors import EvaluatorError, UsageProblem
from evaluator.files.publish import (
    FileToWrite,
    Published,
    Render,
    publish,
    safe_name,
    settled_set,
    write_new,
    write_set,
)


def always(data: bytes) -> Render:
    return lambda number: data


def numbered(text: str) -> Render:
    return lambda number: f"{text} v{number:02}".encode()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_first_time_is_v01_and_the_same_again_is_not_written(tmp_path: Path):
    first = publish(tmp_path, "表", {".xlsx": numbered("a"), ".html": always(b"b")})
    assert [(one.path.name, one.version, one.new) for one in first] == [
        ("表_v01.xlsx", 1, True),
        ("表_v01.html", 1, True),
    ]
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    again = publish(tmp_path, "表", {".xlsx": numbered("a"), ".html": always(b"b")})
    assert [(one.path.name, one.version, one.new) for one in again] == [
        ("表_v01.xlsx", 1, False),
        ("表_v01.html", 1, False),
    ]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_what_changed_is_the_next_version_in_every_format_and_the_old_one_stays(tmp_path: Path):
    publish(tmp_path, "表", {".xlsx": numbered("a"), ".html": always(b"old")})
    written = publish(tmp_path, "表", {".xlsx": numbered("a"), ".html": always(b"new")})
    assert [(one.path.name, one.new) for one in written] == [("表_v02.xlsx", True), ("表_v02.html", True)]
    assert names(tmp_path) == ["表_v01.html", "表_v01.xlsx", "表_v02.html", "表_v02.xlsx"]
    assert (tmp_path / "表_v01.html").read_bytes() == b"old"
    assert (tmp_path / "表_v02.xlsx").read_bytes() == b"a v02"


def test_back_to_an_old_content_is_a_new_version_still(tmp_path: Path):
    for data in (b"a", b"b", b"a", b"a"):
        publish(tmp_path, "表", {".json": always(data)})
    assert names(tmp_path) == ["表_v01.json", "表_v02.json", "表_v03.json"]


def test_a_file_that_someone_changed_is_kept_and_a_missing_format_is_added_anew(tmp_path: Path):
    publish(tmp_path, "表", {".xlsx": always(b"x"), ".html": always(b"h")})
    (tmp_path / "表_v01.html").write_bytes(b"edited by hand")
    publish(tmp_path, "表", {".xlsx": always(b"x"), ".html": always(b"h")})
    assert (tmp_path / "表_v01.html").read_bytes() == b"edited by hand"
    assert (tmp_path / "表_v02.html").read_bytes() == b"h"
    (tmp_path / "表_v02.xlsx").unlink()
    publish(tmp_path, "表", {".xlsx": always(b"x"), ".html": always(b"h")})
    assert (tmp_path / "表_v03.xlsx").exists()


def test_versions_count_beyond_99_and_other_stems_do_not_count(tmp_path: Path):
    for name in ("表_v99.json", "表_v100.json", "表二_v200.json", "表_v7.json", "表_v300.txt", "x表_v400.json"):
        (tmp_path / name).write_bytes(b"")
    (one,) = publish(tmp_path, "表", {".json": always(b"new")})
    assert (one.path.name, one.version) == ("表_v101.json", 101)


def test_a_stem_is_taken_literally(tmp_path: Path):
    (tmp_path / "axb_v09.json").write_bytes(b"")
    (one,) = publish(tmp_path, "a.b", {".json": always(b"")})
    assert one.path.name == "a.b_v01.json"
    (one,) = publish(tmp_path, "a[b]*", {".json": always(b"")})
    assert one.version == 1


def as_set(folder: Path, number: int, data: bytes, recorded: dict[str, str] | None = None) -> list[Published]:
    """A set of a table in two formats, one of which says its number, and a list."""

    def made(number: int) -> list[FileToWrite]:
        names = {
            f"表_v{number:02}.html": data,
            f"表_v{number:02}.pdf": data + b"%d" % number,
            f"单_v{number:02}.json": b"",
        }
        return [FileToWrite(folder / name, content) for name, content in names.items()]

    return write_set(*settled_set(made, number, recorded))


def test_a_set_has_one_number_and_is_written_once(tmp_path: Path):
    written = as_set(tmp_path, 3, b"a")
    assert [(one.path.name, one.version, one.new) for one in written] == [
        ("表_v03.html", 3, True),
        ("表_v03.pdf", 3, True),
        ("单_v03.json", 3, True),
    ]
    (tmp_path / "表_v03.pdf").unlink()
    assert [(one.version, one.new) for one in as_set(tmp_path, 3, b"a")] == [(3, False), (3, True), (3, False)]


@pytest.mark.parametrize("taken", ["表_v03.html", "单_v03.json", "表_v03.pdf"])
def test_where_one_file_of_a_set_is_another_the_whole_set_moves_on(tmp_path: Path, taken: str):
    (tmp_path / taken).write_bytes(b"other")
    (tmp_path / "表_v05.docx").write_bytes(b"in a format that is not asked for")
    (tmp_path / "表二_v09.html").write_bytes(b"no file of the set")
    assert {one.version for one in as_set(tmp_path, 3, b"a")} == {6}
    assert (tmp_path / taken).read_bytes() == b"other"
    assert {one.version for one in as_set(tmp_path, 6, b"a")} == {6}


def test_what_was_recorded_elsewhere_counts_as_if_it_lay_there(tmp_path: Path):
    digest = hashlib.sha256(b"a").hexdigest()
    assert {one.version for one in as_set(tmp_path, 3, b"a", {"表_v03.html": digest, "单_v08.json": digest})} == {3}
    assert {one.version for one in as_set(tmp_path, 4, b"b", {"表_v04.html": digest, "单_v08.json": digest})} == {9}


def test_files_under_given_names_are_never_written_over(tmp_path: Path):
    (tmp_path / "a.json").write_bytes(b"mine")
    with pytest.raises(UsageProblem, match="U103"):
        write_set([FileToWrite(tmp_path / "a.json", b"yours")], 1)
    assert (tmp_path / "a.json").read_bytes() == b"mine"


@pytest.mark.parametrize("call", ["link", "fsync"])
def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str):
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, fails)
    with pytest.raises(UsageProblem) as raised:
        write_new(tmp_path / "表.xlsx", b"data")
    assert [problem.code for problem in raised.value.problems] == ["U102"]
    assert "No space left" in raised.value.problems[0].says
    assert names(tmp_path) == []


def test_an_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_new(tmp_path / "表.xlsx", b"data")
    assert names(tmp_path) == []


def test_a_format_that_cannot_be_made_leaves_none_of_them(tmp_path: Path):
    """Else the next run would find half a version and count on from it."""

    def broken(number: int) -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        publish(tmp_path, "表", {".xlsx": always(b"x"), ".html": broken})
    assert names(tmp_path) == []


def test_nothing_is_ever_written_over(tmp_path: Path):
    path = tmp_path / "表.xlsx"
    path.write_bytes(b"mine")
    with pytest.raises(UsageProblem) as raised:
        write_new(path, b"yours")
    assert [problem.code for problem in raised.value.problems] == ["U103"]
    assert (path.read_bytes(), names(tmp_path)) == (b"mine", ["表.xlsx"])


def test_not_even_through_a_link(tmp_path: Path):
    (tmp_path / "elsewhere.txt").write_bytes(b"mine")
    (tmp_path / "表_v01.json").symlink_to(tmp_path / "elsewhere.txt")
    publish(tmp_path, "表", {".json": always(b"yours")})
    assert (tmp_path / "elsewhere.txt").read_bytes() == b"mine"
    dangling = tmp_path / "悬空.json"
    dangling.symlink_to(tmp_path / "nowhere.txt")
    with pytest.raises(UsageProblem):
        write_new(dangling, b"yours")
    assert not (tmp_path / "nowhere.txt").exists()


def test_of_many_writers_of_one_file_one_succeeds(tmp_path: Path):
    outcomes: list[str] = []

    def writer(number: int) -> None:
        try:
            write_new(tmp_path / "表.json", str(number).encode() * 1000)
            outcomes.append("written")
        except EvaluatorError as error:
            outcomes.append(error.problems[0].code)

    threads = [threading.Thread(target=writer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["U103"] * 7 + ["written"]
    assert len(set((tmp_path / "表.json").read_bytes())) == 1
    assert names(tmp_path) == ["表.json"]


def test_a_folder_that_is_a_file_is_a_users_mistake(tmp_path: Path):
    (tmp_path / "out").write_bytes(b"")
    with pytest.raises(UsageProblem) as raised:
        publish(tmp_path / "out", "表", {".json": always(b"")})
    assert [problem.code for problem in raised.value.problems] == ["U102"]


def test_folders_are_made_and_files_can_be_read_by_others(tmp_path: Path):
    (one,) = publish(tmp_path / "a" / "b", "表", {".json": always(b"x")})
    assert one.path == tmp_path / "a" / "b" / "表_v01.json"
    assert one.path.stat().st_mode & 0o777 == 0o644


# ---- names -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("文化路街道办事处", "文化路街道办事处"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "未命名"),
        ("", "未命名"),
        ("   ", "未命名"),
        ("/", "未命名"),
        ('a/b\\c:d*e?f"g<h>i|j', "a-b-c-d-e-f-g-h-i-j"),
        (".hidden", "hidden"),
        ("a\nb\x00c\x7f", "a-b-c"),
        ("名" * 100, "名" * 60),
    ],
)
def test_a_name_is_safe(text: str, name: str):
    assert safe_name(text) == name


@given(st.text(max_size=120))
def test_any_text_becomes_one_part_of_a_path_that_can_be_written(text: str):
    name = safe_name(text)
    assert name
    assert len(name) <= 60
    assert not re.search(r'[\\/:*?"<>|\x00-\x1f\x7f]', name)
    assert not name.startswith((".", " "))
    assert Path("out", name).parent == Path("out")
    assert len(os.fsencode(f"{name}_13028124P00499410001F_2023_绩效自评表_v01.xlsx")) <= 255


@pytest.mark.parametrize("text", ["𠮷" * 100, "单位\u202exslx.exe", "a\u200bb", "\ud800"])
def test_hostile_names_are_written_or_refused_never_more(tmp_path: Path, text: str):
    name = safe_name(text)
    assert "\u202e" not in name
    publish(tmp_path, f"{name}_{name}_2023_绩效自评表"[:120] if len(name) < 20 else name, {".json": always(b"x")})
    assert len(names(tmp_path)) == 1

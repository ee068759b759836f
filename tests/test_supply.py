"""What is installed: the lock files satisfy pyproject.toml everywhere, every file has a hash, and the list of parts is complete."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from email.message import Message
from functools import cache
from importlib.metadata import distributions
from itertools import product
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cyclonedx")

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from supply.parts import licence, parts, pins
from tests.oracle import ROOT

LOCKS = {name: ROOT / "requirements" / f"{name}.txt" for name in ("build", "runtime", "dev", "all", "offline")}
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
SYSTEMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
TOLD = {"build": PYPROJECT["build-system"]["requires"], "runtime": [], "dev": EXTRAS["dev"], "offline": [one for extra in ("web", "sign", "batch") for one in EXTRAS[extra]], "all": [one for extra in EXTRAS.values() for one in extra]}  # fmt: skip


def environments() -> Iterator[dict[str, str]]:
    for system, python in product(SYSTEMS, PYTHONS):
        yield {
            "sys_platform": system, "platform_system": SYSTEMS[system], "os_name": "nt" if system == "win32" else "posix",
            "python_version": python, "python_full_version": f"{python}.4", "implementation_name": "cpython",
            "platform_python_implementation": "CPython", "platform_machine": "x86_64", "extra": "",
        }  # fmt: skip


def unmet(requirement: str, name: str, environment: dict[str, str]) -> str:
    """Why a lock file does not satisfy a requirement in an environment; empty where it does."""
    required = Requirement(requirement)
    if required.marker and not required.marker.evaluate(environment):
        return ""
    found = [
        pin for pin in pins(LOCKS[name]) if pin.name == canonicalize_name(required.name) and pin.wanted(environment)
    ]
    if [required.specifier.contains(pin.version, prereleases=True) for pin in found] == [True]:
        return ""
    where = f"{environment['sys_platform']} {environment['python_version']}"
    return f"requirements/{name}.txt: {requirement} on {where} is {[pin.version for pin in found]}; run make lock"


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_satisfies_pyproject_on_every_system_and_python(name: str):
    wanted = TOLD[name] if name == "build" else [*PYPROJECT["project"]["dependencies"], *TOLD[name]]
    told = [why for one in environments() for requirement in wanted if (why := unmet(requirement, name, one))]
    assert told == []


def test_a_bound_above_the_lock_is_told():
    """The near miss of the test above."""
    (one,) = (pin for pin in pins(LOCKS["runtime"]) if pin.name == "lark")
    environment = next(environments())
    assert unmet(f"lark>={one.version}", "runtime", environment) == ""
    assert "make lock" in unmet(f"lark>{one.version}", "runtime", environment)
    assert "make lock" in unmet("no-such-package", "runtime", environment)


@pytest.mark.parametrize("name", LOCKS)
def test_every_file_of_a_lock_has_a_hash_and_comes_from_the_index(name: str):
    assert [pin.name for pin in pins(LOCKS[name]) if not pin.hashes] == []
    text = LOCKS[name].read_text(encoding="utf-8")
    assert not re.search(r"^(-|git\+|https?:|file:)| @ |--index|--find", text, re.MULTILINE)


def test_a_package_has_one_version_in_all_lock_files():
    whole = {(pin.name, pin.version): pin.hashes for pin in pins(LOCKS["all"])}
    for name in ("runtime", "dev"):
        for pin in pins(LOCKS[name]):
            assert whole[pin.name, pin.version] == pin.hashes, (name, pin.name)


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_a_lock_file_names_whatever_its_packages_need(name: str):
    """As far as this environment can tell: what an installed package requires is pinned, at a version that it takes."""
    listed = {pin.name: pin.version for pin in pins(LOCKS[name]) if pin.wanted()}
    told = []
    for one in distributions():
        if listed.get(str(canonicalize_name(one.name))) == one.version:
            for text in one.requires or ():
                required = Requirement(text)
                if required.marker is None or required.marker.evaluate({"extra": ""}):
                    version = listed.get(str(canonicalize_name(required.name)))
                    if version is None or not required.specifier.contains(version, prereleases=True):
                        told.append(f"{one.name} needs {text}, pinned is {version}")
    assert told == []


def test_the_makefile_installs_nothing_that_has_no_hash():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    installing = [
        line for line in text.splitlines() if line.startswith("\t") and re.search(r"\$\((PIP|LOCKED)\)| install ", line)
    ]
    assert len(installing) == 5
    assert [line.strip() for line in installing if "$(LOCKED) --requirement requirements/" not in line] == [
        "$(PIP) --no-build-isolation --no-deps --editable ."
    ]


# ---- the list of parts -------------------------------------------------------------------------------------------


@cache
def listed() -> Any:
    there = {(str(canonicalize_name(one.name)), one.version) for one in distributions()}
    if not {(pin.name, pin.version) for pin in pins(LOCKS["runtime"]) if pin.wanted()} <= there:
        pytest.skip("this environment was not installed from the lock file")
    return parts(LOCKS["runtime"])


def test_the_list_of_parts_is_cyclonedx_and_the_same_every_time():
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(listed().decode()) is None
    assert parts(LOCKS["runtime"]) == listed()
    assert b"timestamp" not in listed()


def test_the_list_of_parts_has_everything_with_its_licence_and_what_it_needs():
    content = json.loads(listed())
    names = {one["name"] for one in content["components"]}
    assert names == {pin.name for pin in pins(LOCKS["runtime"]) if pin.wanted()} | {path.name for path in (ROOT / "reports/fonts").glob("*.otf")}  # fmt: skip
    assert [one["name"] for one in content["components"] if not one.get("licenses")] == []
    assert "GPL" not in json.dumps([one["licenses"] for one in content["components"]])
    needs = {one["ref"].partition("@")[0]: one.get("dependsOn", []) for one in content["dependencies"]}
    assert {one.partition("@")[0] for one in needs["pandas"]} >= {"numpy", "python-dateutil"}
    assert {one.partition("@")[0] for one in needs["ziping"]} >= {"lark", "pydantic", "fonts/ZipingSong.otf"}


def test_a_part_whose_metadata_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(LookupError, match=r"lark"):
        parts(LOCKS["runtime"], tmp_path)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ([("License-Expression", "MIT OR Apache-2.0"), ("License", "MIT")], "MIT OR Apache-2.0"),
        ([("License", "BSD-3-Clause"), ("Classifier", "License :: OSI Approved :: BSD License")], "BSD-3-Clause"),
        ([("License", "MIT License\n\nPermission is hereby granted"), ("Classifier", "License :: OSI Approved :: MIT License")], "MIT"),
        ([("Classifier", "License :: OSI Approved :: BSD License")], "BSD License"),
        ([("License", "Dual License"), ("Classifier", "License :: OSI Approved :: BSD License"), ("Classifier", "License :: OSI Approved :: Apache Software License")], "Dual License; Apache Software License; BSD License"),
        ([("Classifier", "Programming Language :: Python")], ""),
    ],
)  # fmt: skip
def test_a_licence_is_what_the_package_says(fields: list[tuple[str, str]], said: str):
    class About:
        metadata = Message()

    About.metadata = Message()
    for name, value in fields:
        About.metadata[name] = value
    assert licence(About()) == said  # type: ignore[arg-type]

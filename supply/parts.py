"""The list of parts with their licences, as CycloneDX 1.6: every package of a lock file, its version, hashes and origin.

    python -m supply.parts requirements/runtime.txt dist/ziping.cdx.json [folder of wheels]

Licences and dependencies are what each package's own metadata says, read from where it is installed or from a folder of
wheels; versions and hashes are those of the lock file. Equal inputs give equal bytes: no time, no random number.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.spdx import is_supported_id
from packageurl import PackageURL
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FONTS = ROOT / "reports" / "fonts"
SHORT = 60  # characters of a licence's name; what is longer is its text
CLASSIFIED = {  # classifiers that say which licence exactly; others ("BSD License") stand as they are
    "MIT License": "MIT",
    "Python Software Foundation License": "PSF-2.0",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}


Environment = dict[str, str] | None  # markers of PEP 508 and what they are there; None: here


@dataclass(frozen=True, slots=True)
class Pin:
    """One package of a lock file: its name, version, where it is wanted, and the SHA-256 of each file it may come as."""

    name: str
    version: str
    marker: Marker | None
    hashes: tuple[str, ...]

    def wanted(self, environment: Environment = None) -> bool:
        """Whether it is installed in this environment (the running one unless another is given)."""
        return self.marker is None or self.marker.evaluate(environment)


def pins(lock: Path) -> list[Pin]:
    """What a lock file pins (pip's form, as `make lock` writes it)."""
    text = re.sub(r"\\\n", " ", lock.read_text(encoding="utf-8"))
    found = []
    for line in text.splitlines():
        if (told := line.partition("#")[0].strip()) and not told.startswith("-"):
            required = Requirement(told.partition("--hash")[0].strip())
            (pinned,) = required.specifier
            assert pinned.operator == "==", line
            hashes = tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", told))
            found.append(Pin(str(canonicalize_name(required.name)), pinned.version, required.marker, hashes))
    return found


def metadata(wheels: Path | None = None) -> dict[tuple[str, str], Distribution]:
    """The packages that are installed here, or lie in a folder as wheels, by name and version."""
    places = {} if wheels is None else {"path": [str(one) for one in sorted(wheels.glob("*.whl"))]}
    return {(str(canonicalize_name(one.name)), one.version): one for one in distributions(**places)}


def licence(about: Distribution) -> str:
    """A package's licence as its metadata says it: in SPDX's words where it uses or plainly means them, else all it says."""
    if expression := about.metadata.get("License-Expression"):
        return str(expression)
    field = str(about.metadata.get("License") or "").strip()
    said = [] if not field or len(field) >= SHORT or "\n" in field else [field]
    classifiers = (text.split(" :: ") for text in about.metadata.get_all("Classifier") or ())
    told = sorted(
        {CLASSIFIED.get(one[-1], one[-1]) for one in classifiers if one[0] == "License" and len(one) > 1}
        - {"OSI Approved"}
    )
    exact = [one for one in (*said, *(told if len(told) == 1 else ())) if is_supported_id(one)]
    return exact[0] if exact else "; ".join([*said, *told])


def parts(lock: Path, wheels: Path | None = None, environment: Environment = None) -> bytes:
    """The list of parts of what a lock file installs, and of the fonts in this repository.

    What is installed is asked of this environment, or of a folder of wheels for the `environment` of another machine (the
    markers of PEP 508: python_full_version, sys_platform …).

    Raises LookupError with the names of packages whose metadata is not there.
    """
    chosen, there = [pin for pin in pins(lock) if pin.wanted(environment)], metadata(wheels)
    if missing := [f"{pin.name} {pin.version}" for pin in chosen if (pin.name, pin.version) not in there]:
        raise LookupError(f"no metadata of {', '.join(missing)}; install the lock file first")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    root = Component(
        name=project["name"], version=project["version"], type=ComponentType.APPLICATION, bom_ref=project["name"]
    )
    made = {pin.name: _component(pin, there[pin.name, pin.version]) for pin in chosen}
    fonts = [_font(path) for path in sorted(FONTS.glob("*.otf"))]
    bom = Bom(components=[*made.values(), *fonts], serial_number=uuid5(NAMESPACE_URL, digest(lock)))
    bom.metadata.component, bom.metadata.timestamp = root, None
    bom.register_dependency(
        root, [*(made[name] for name in _names(project["dependencies"], environment) if name in made), *fonts]
    )
    for pin in chosen:
        needs = {name for name in _names(there[pin.name, pin.version].requires or (), environment) if name in made}
        bom.register_dependency(made[pin.name], [made[name] for name in sorted(needs)])
    content = json.loads(JsonV1Dot6(bom).output_as_string())
    return (json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


def _component(pin: Pin, about: Distribution) -> Component:
    said = licence(about)
    return Component(
        name=pin.name, version=pin.version, type=ComponentType.LIBRARY, bom_ref=f"{pin.name}@{pin.version}",
        purl=PackageURL("pypi", None, pin.name, pin.version), description=about.metadata.get("Summary"),
        licenses=[LicenseFactory().make_from_string(said)] if said else [],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in pin.hashes],
    )  # fmt: skip


def _font(path: Path) -> Component:
    return Component(
        name=path.name, type=ComponentType.FILE, bom_ref=f"fonts/{path.name}", licenses=[LicenseFactory().make_with_id("OFL-1.1")],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest(path))],
    )  # fmt: skip


def _names(requirements: Iterable[str], environment: Environment) -> Iterator[str]:
    """The names that are required there, without any extra."""
    for text in requirements:
        required = Requirement(text)
        if required.marker is None or required.marker.evaluate({**(environment or {}), "extra": ""}):
            yield str(canonicalize_name(required.name))


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main(lock: str, out: str, wheels: str | None = None) -> None:
    """Write the list of parts and tell how many there are."""
    made = parts(Path(lock), Path(wheels) if wheels else None)
    Path(out).write_bytes(made)
    print(f"{out}：{len(json.loads(made)['components'])} 件")


if __name__ == "__main__":
    main(*sys.argv[1:])

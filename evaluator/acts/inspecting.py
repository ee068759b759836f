"""What an auditor does: tables filled in elsewhere audited, and two policies, rule books or sets of results compared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluator.acts.acting import Sitting, View
from evaluator.auditing.audit import Audited
from evaluator.auditing.audit import audit as check
from evaluator.auditing.reviewed import TableReview, review_table
from evaluator.auditing.reviewed import as_json as review_json
from evaluator.auditing.telling import as_json as audit_json
from evaluator.auditing.telling import lines
from evaluator.comparing.impact import Impact, impact
from evaluator.comparing.impact import as_json as impact_json
from evaluator.comparing.movement import impact_document
from evaluator.comparing.versions import two_sides
from evaluator.files.plain import notes_json
from evaluator.formats import render
from evaluator.intake.filled.formloading import read_several
from evaluator.reviewing.scale import load_review_scale
from evaluator.rulebook.book import read_policies
from evaluator.workspace.places import Workspace, find_workspace, is_workspace, open_workspace, sample_workspace


def audit(
    at: Sitting, files: Sequence[Path], policy: str | None = None, review: str | None = None
) -> View[tuple[list[Audited], list[TableReview]]]:
    """Audit tables filled in elsewhere, under the policy named or those that fit best, each with its review if asked for.

    To attend to where a table differs, has a defect, or loses points in review; a file that is unreadable stops none.
    """
    scale = load_review_scale(at.space.rule_folders, review) if review else None
    known = read_policies([at.space.shared, at.space.rules]).policies
    tables, unread, notes = read_several(at.progress(list(files), "读取"))
    with at.working("核对"):
        audited = check(tables, known, policy)
        reviewed = [review_table(table.table, scale, table.policy.rounding.step) for table in audited] if scale else []
    at.tell(notes)

    def as_json() -> dict[str, Any]:
        plain = audit_json(audited) | notes_json(notes)
        for table, outcome in zip(plain["tables"], reviewed, strict=False):
            table["review"] = review_json(outcome)
        return plain

    attend = not all(table.clean for table in audited) or any(outcome.lowered for outcome in reviewed)
    return View((audited, reviewed), as_json, attend, unread)


def verdicts(audited: Audited) -> list[list[str]]:
    """The verdicts on a table beside what it prints: name, target, actual, points, printed, computed, verdict, reason."""
    return lines(audited)


def policies(at: Sitting) -> dict[str, str]:
    """The policies a table can be audited under, by id: their titles."""
    return {name: policy.title for name, policy in read_policies([at.space.shared, at.space.rules]).policies.items()}


def compare(at: Sitting, before: str, after: str) -> View[Impact]:
    """Score the same year under two policies, rules or sets of results (`two_sides`), and tell what moves."""
    with at.working("评分"):
        sides = two_sides(at.space, before, after, year=at.year, unit=at.unit, policy=at.policy)
    notes = list(dict.fromkeys(note for side in sides for note in side.notes))
    at.tell(notes)
    moved = impact(*sides)
    return View(moved, lambda: impact_json(moved) | notes_json(notes))


def as_file(moved: Impact, suffix: str) -> bytes:
    """A comparison as a page or a workbook."""
    return render(suffix, impact_document(moved))


def to_compare_in(workspace: Path | None, named: tuple[str, str]) -> tuple[Workspace, bool]:
    """The workspace a comparison is made in, and whether it is the sample because only policies are named.

    Where there is none, two whole workspaces need none, and two policies the sample; raises UsageProblem (U101) else.
    """
    if space := find_workspace(workspace):
        return space, False
    sample = sample_workspace()
    if set(named) <= read_policies([sample.rules]).policies.keys():
        return sample, True
    if all(is_workspace(Path(name)) and (Path(name) / "actuals").is_dir() for name in named):
        return sample, False
    return open_workspace(None, "ziping impact … -w {}"), False

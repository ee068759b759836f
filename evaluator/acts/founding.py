"""A new workspace: made for a unit, copied from the sample, or carried over (沿用); a new year, and who signs, in one that is there."""

from __future__ import annotations

from collections.abc import Mapping

from evaluator.acts.acting import Sitting
from evaluator.documents.loading import parse_document
from evaluator.documents.validation import as_model
from evaluator.documents.yamltext import with_values, without
from evaluator.errors import ActualsProblems, Problem, UsageProblem
from evaluator.files.journal import change
from evaluator.files.snapshot import take
from evaluator.following.carryover import Carried, carry, next_year
from evaluator.preparation import tables_of
from evaluator.workspace.initiate import Founded, copy_sample, initiate, office_text, vacant, wrong
from evaluator.workspace.office import Office, office_of

__all__ = [
    "SIGNERS", "Founded", "carry", "carry_on", "copy_sample", "initiate", "set_office", "signers", "vacant", "wrong",
]  # fmt: skip
SIGNERS = {
    name: str(Office.model_fields[name].title) for name in ("filler", "phone", "date", "head", "reviewer", "due")
}


def carry_on(at: Sitting, before: int, year: int | None = None) -> Carried:
    """Carry a unit's goal tables and office file over to a new year of the same workspace; nothing there is changed.

    Raises UsageProblem (Z201, Z202, Z204; U443 where such a file is there already).
    """
    with at.acting("沿用") as act:
        files, carried = next_year(at.space, before, year, at.unit)
        act.commit([change(at.space.root / name, text.encode()) for name, text in files.items()])
    return carried


def signers(at: Sitting, unit: str, year: int) -> dict[str, str]:
    """What the office file of a unit's year says by the names of SIGNERS; '' where it says nothing."""
    office = office_of(at.space.office, year, unit)
    return {name: str(getattr(office, name) or "") if office else "" for name in SIGNERS}


def set_office(at: Sitting, values: Mapping[str, str]) -> list[str]:
    """Set what the office file says of who fills in and signs, and by when ('' for nothing); returns the titles that changed.

    Raises UsageProblem (U392) for a file that cannot be changed so, ActualsProblems for a value that cannot be.
    """
    with at.acting("单位信息") as act:
        rulebook = at.rulebook()
        unit, year = at.key(rulebook)
        now = signers(at, unit, year)
        wanted = {name: text.strip() for name, text in values.items() if name in SIGNERS and text.strip() != now[name]}
        if not wanted:
            return []
        path = at.space.office / str(year) / f"{unit}.yaml"
        seen = take(path) if path.exists() else None
        own = tables_of(rulebook, year, unit)[0].unit
        text: str | None = seen.decode("utf-8-sig") if seen is not None else None
        text = text or office_text(Founded(unit, own.name, own.authority or "", str(year)))
        for name, said in wanted.items():
            text = with_values(text, {(name,): said}) if said else without(text, (name,))
            if text is None:
                says = f"“{path.name}”的写法不能在页面上改"
                raise UsageProblem([Problem("U392", says, remedy="每项各占一行，不用花括号；或在文件中自己修改")])
        document, problems = parse_document(text, path.relative_to(at.space.root).as_posix())
        if faults := problems or as_model(Office, document)[1]:
            raise ActualsProblems(faults)
        act.commit([change(path, text.encode(), seen)])
    return [SIGNERS[name] for name in wanted]

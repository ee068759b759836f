"""What else is wrong in a filled table: one defect."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect: its code, what it is about (an indicator, or a part of the table) and what is wrong."""

    code: str
    subject: str
    says: str

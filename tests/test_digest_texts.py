"""The digest of rules is put together from texts that are told once: it is the digest of the whole, and no copy keeps a text."""

from __future__ import annotations

import subprocess
import sys

from evaluator.files.digests import canonical, digest_of, text_of
from evaluator.findings.fields import OF_REVIEW
from evaluator.rulebook.book import Rulebook, digest_of_rules


def test_the_digest_of_rules_is_that_of_the_whole(book: Rulebook) -> None:
    scoring = sorted((rule for rule in book.findings if not OF_REVIEW & rule.when.keys()), key=lambda rule: rule.id)
    parts = {"policies": book.policies, "projects": book.projects, "departments": book.departments}
    assert book.digest == digest_of({**parts, "findings": scoring})
    assert digest_of_rules({}, {}, {}, ()) == digest_of({**{name: {} for name in parts}, "findings": []})


def test_a_changed_copy_has_a_text_and_a_digest_of_its_own(book: Rulebook) -> None:
    rule = book.findings[0]
    before = text_of(rule)
    for number in range(300):  # copies die, and others take their places in memory
        copy = rule.model_copy(update={"say": f"说法{number}"})
        assert text_of(copy) == canonical(copy) != before
    assert text_of(rule) is before
    changed = (rule.model_copy(update={"say": "另一句"}), *book.findings[1:])
    assert digest_of_rules(book.policies, book.projects, book.departments, changed) != book.digest


def test_a_single_unit_is_scored_without_pandas() -> None:
    code = (
        "import sys; from evaluator import acts; from evaluator.acts.acting import Sitting\n"
        "from evaluator.workspace.places import sample_workspace\n"
        "assert acts.issuing.score(Sitting(sample_workspace())).evaluation.projects\n"
        "print([name for name in ('pandas', 'pyarrow') if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"

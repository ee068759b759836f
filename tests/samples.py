"""The golden samples in reports/samples: what the demonstration year prints. `python -m tests.samples` writes them anew."""

from __future__ import annotations

from pathlib import Path

from evaluator.actuals.resultfiles import load_actuals
from evaluator.evaluation import evaluate
from evaluator.files.plain import dumps
from evaluator.find import find_table
from evaluator.formats import render
from evaluator.pages import Document
from evaluator.reporting.export import as_json
from evaluator.reporting.forms import attachment_document, form_document
from evaluator.reporting.layouts import layouts_of
from evaluator.reporting.overview import summary_document
from evaluator.reporting.report import form
from evaluator.rulebook.book import load_rulebook
from evaluator.workspace.office import load_offices

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "reports" / "samples"
DEFEATED, FAULTY, UNIT = (
    "13028124P00508210001R",
    "13028124P00507410001X",
    "629001",
)  # a self-defeating target, open errors
SHOWN = (  # table, layout, policy (None: the one in force)
    (DEFEATED, "national", None),
    (FAULTY, "national", None),
    (UNIT, "department", None),
    (DEFEATED, "hubei", "hubei-2020-3"),
    (DEFEATED, "yunnan", None),
    (DEFEATED, "sichuan", "sichuan-0013zp"),
)
SUFFIXES = (".xlsx", ".html")


def samples() -> dict[str, bytes]:
    """Each sample's bytes by file name, from the product's own rules and illustrative results."""
    rulebook = load_rulebook(ROOT / "rules")
    actuals = load_actuals(ROOT / "actuals", rulebook)
    years = {policy: evaluate(rulebook, actuals, policy=policy) for policy in dict.fromkeys(p for _, _, p in SHOWN)}
    layouts, office = layouts_of(), load_offices(ROOT / "office")[2023, UNIT]
    documents: dict[str, Document] = {"部门汇总": summary_document(years[None])}
    for code, layout, policy in SHOWN:
        name = f"{code}_绩效自评表" + ("" if layout in ("national", "department") else f"_{layout}")
        made = form(find_table(years[policy], code), years[policy], office=office)
        documents[name] = form_document(made, layouts[layout])
        if layout in ("national", "department"):
            documents[name.replace("自评表", "自评表附件")] = attachment_document(made, layouts[layout])
    files = {f"{name}{suffix}": render(suffix, one) for name, one in documents.items() for suffix in SUFFIXES}
    return files | {"评价结果.json": dumps(as_json(years[None])).encode()}


def main() -> None:
    """Write the samples."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, data in samples().items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()

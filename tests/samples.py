"""The golden samples in reports/samples: what the demonstration year prints. `python -m tests.samples` writes them anew."""

from __future__ import annotations

from pathlib import Path

from evaluator.evaluation import evaluate
from evaluator.export import as_json
from evaluator.find import find_table
from evaluator.formats.html import form_html, summary_html
from evaluator.formats.xlsx import form_xlsx, summary_xlsx
from evaluator.intake.actuals import load_actuals
from evaluator.plain import dumps
from evaluator.report import form, summary
from evaluator.rulebook import load_rulebook

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "reports" / "samples"
SHOWN = ("13028124P00508210001R", "13028124P00507410001X", "629001")  # a self-defeating target, open errors, the unit


def samples() -> dict[str, bytes]:
    """Each sample's bytes by file name, from the product's own rules and illustrative results."""
    rulebook = load_rulebook(ROOT / "rules")
    evaluation = evaluate(rulebook, load_actuals(ROOT / "actuals", rulebook))
    made = {"评价结果.json": dumps(as_json(evaluation)).encode()}
    for code in SHOWN:
        sheet = form(find_table(evaluation, code), evaluation)
        made |= {f"{code}_绩效自评表.xlsx": form_xlsx(sheet), f"{code}_绩效自评表.html": form_html(sheet)}
    whole = summary(evaluation)
    return made | {"部门汇总.xlsx": summary_xlsx(whole), "部门汇总.html": summary_html(whole)}


def main() -> None:
    """Write the samples."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, data in samples().items():
        (FOLDER / name).write_bytes(data)


if __name__ == "__main__":
    main()

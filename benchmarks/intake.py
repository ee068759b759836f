"""How long goal documents take to read and to import, and how much memory: `python -m benchmarks.intake` prints it.

The fixtures, and a document of 504 project tables (the six of the fixtures 84 times over) in each format, each read in a
process of its own. The large PDF repeats the pages of the small one.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
COPIES = 84
READ = """
import resource, sys, tempfile, time
from pathlib import Path
from evaluator.intake.importing import import_documents
from evaluator.intake.readers import read
path = Path(sys.argv[1])
began = time.perf_counter()
document = read(path)
took = time.perf_counter() - began
with tempfile.TemporaryDirectory() as folder:
    began = time.perf_counter()
    files = len(import_documents([path], Path(folder), year=2023).files)
    whole = time.perf_counter() - began
peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024
print(f"{path.name:18}{len(list(document.tables())):6} {files:6} {took:8.2f} s {whole:8.2f} s {peak:6} MB")
"""


def large(folder: Path) -> None:
    """Write the large documents."""
    import pypdfium2

    from tests.fixtures.make_goals import FOLDER, SOURCE, blocks, excel, web, word

    many = blocks(COPIES)
    (folder / "large.docx").write_bytes(word(many))
    (folder / "large.xlsx").write_bytes(excel(many))
    (folder / "large.html").write_bytes(web(many))
    text = SOURCE.read_text(encoding="utf-8")
    at = text.index("1.军转家属")
    (folder / "large.txt").write_text(text[:at] + text[at:] * COPIES, encoding="utf-8")
    small, whole = pypdfium2.PdfDocument(FOLDER / "goals.pdf"), pypdfium2.PdfDocument.new()
    for _ in range(COPIES):
        whole.import_pages(small, range(2, len(small)))
    made = io.BytesIO()
    whole.save(made)
    (folder / "large.pdf").write_bytes(made.getvalue())


def main() -> None:
    """Print time and memory for each document; this process stays small, since a child's peak counts from its parent's."""
    if len(sys.argv) > 1:
        large(Path(sys.argv[1]))
        return
    print(f"{'file':18}{'tables':>6} {'drafts':>6} {'read':>10} {'import':>10} {'memory':>9}")
    with tempfile.TemporaryDirectory() as name:
        subprocess.run([sys.executable, "-m", "benchmarks.intake", name], check=True, cwd=ROOT)
        fixtures = ROOT / "scenarios" / "imports" / "documents" / "goals"
        for path in [*sorted(fixtures.iterdir()), *sorted(Path(name).iterdir())]:
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            subprocess.run([sys.executable, "-c", READ, str(path)], check=True, env=environment)


if __name__ == "__main__":
    main()

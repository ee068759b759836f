"""Mutants: small wrong changes to the modules on which every score and every proof rests, and whether a test notices.

Cosmic Ray makes the mutants (its operators, its parser); its own runner would run every test for every one of them, and mutmut
passes over decorated functions and cannot change what numba compiles. So the running is here: one traced run tells which test
covers which line, and a mutant gets the tests of its own lines, the quickest first, in a process forked from one that has the
libraries loaded. The sample is drawn from a seed, a place at a time, and what is done is kept in .mutants/: a run that was cut
short goes on, and one after a change does again only what changed. Judgements of survivors are in benchmarks/mutants.yaml.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".mutants"
MODULES = ("scoring", "comparators", "quantities/curves", "policy", "batch/kernel", "batch/clauses", "records/ledger", "records/verification")  # fmt: skip
TESTS = (  # those that ask these modules most directly; a mutant that lives through them may still fall to another
    "properties/test_explanations.py", "properties/test_policies.py", "properties/test_scoring.py", "test_attainability.py",
    "test_batch.py", "test_cli.py", "test_curves.py", "test_forged.py", "test_grades.py", "test_issuing.py", "test_kernel.py", "test_ledger.py",
    "test_policychecks.py", "test_preparation.py", "test_proofs.py",
    "test_verify.py", "test_wenhualu_2023.py", "test_witnesses.py",
)  # fmt: skip
EACH = 30  # mutants of a module at least; the rest of the sample follows the number of places
MOST, LATER = 20.0, 200.0  # seconds of tests for a mutant, as they took when traced: at first, and where it lives
COMPILED = ("compiled_loop", "chosen", "_loop")  # run once a process or never, whichever test comes first
WAITING = 4  # a machine with other work is slower by the clock, not in seconds of CPU
MEMORY = 4_000_000_000  # bytes of data a mutant may hold
LOADED = ("numpy", "pandas", "pyarrow.parquet", "pyarrow.csv", "hypothesis", "pytest", "pydantic", "openpyxl", "ruamel.yaml", "lark", "cryptography.x509")  # fmt: skip
KILLED, TIMED, SURVIVED, UNTESTED = "killed", "timed out", "survived", "no test"


@dataclass(frozen=True)
class Mutant:
    """One change: the module, Cosmic Ray's operator and occurrence, and the lines it changes as they were and became."""

    module: str
    operator: str
    occurrence: int
    line: int
    function: str
    before: str
    after: str

    @property
    def key(self) -> str:
        """What a judgement names: it holds while the line stands as it is, wherever it stands."""
        return f"{self.module} {self.function}: {self.before} -> {self.after}"


def path_of(module: str) -> Path:
    return ROOT / "evaluator" / f"{module}.py"


def mutated(mutant: Mutant) -> str:
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator

    made = mutate_code(path_of(mutant.module).read_text("utf-8"), get_operator(mutant.operator)(), mutant.occurrence)
    assert made is not None
    return str(made)


class _Bare(ast.NodeTransformer):
    """Without annotations, which nothing computes with."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Constant(None)
        return self.generic_visit(node)


def bare(text: str) -> str | None:
    try:
        return ast.dump(_Bare().visit(ast.parse(text)))
    except SyntaxError:
        return None


def places(module: str) -> dict[tuple[Any, Any], list[Mutant]]:
    """Every mutant of a module, by the place it changes."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.plugins import get_operator, operator_names

    text = path_of(module).read_text("utf-8")
    lines, tree, found = text.splitlines(), get_ast(text), {}
    for name in sorted(operator_names()):
        operator = get_operator(name)
        if operator.arguments():
            continue
        spots = [spot for node in ast_nodes(tree) for spot in operator().mutation_positions(node)]
        for number, spot in enumerate(spots):
            line = spot[0][0]
            made = Mutant(module, name, number, line, _function(text, line), lines[line - 1].strip(), "")
            found.setdefault(spot, []).append(made)
    return found


def _function(text: str, line: int) -> str:
    """The innermost function or class around a line."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    around = [
        one
        for one in ast.walk(ast.parse(text))
        if isinstance(one, kinds) and one.lineno <= line <= (one.end_lineno or 0)
    ]
    return max(around, key=lambda one: one.lineno).name if around else ""


def complete(mutant: Mutant) -> Mutant | None:
    """The mutant with what its lines became; None where it changes only annotations or is no Python."""
    old = path_of(mutant.module).read_text("utf-8")
    try:
        new = mutated(mutant)
    except AttributeError:  # Cosmic Ray replaces no exception with a dotted name (sqlite3.Error)
        return None
    made = bare(new)
    if made is None or made == bare(old):
        return None
    changed = [(a, b) for a, b in zip(old.splitlines(), new.splitlines(), strict=False) if a != b]
    before, after = changed[0] if len(old.splitlines()) == len(new.splitlines()) else (mutant.before, "(gone)")
    told = asdict(mutant) | {"before": before.strip(), "after": after.strip()}
    return Mutant(**told)


def sample(seed: int, count: int) -> list[Mutant]:
    """`count` mutants, one of a place at most, spread over the modules."""
    random = Random(seed)
    by_module = {module: places(module) for module in MODULES}
    total = sum(len(found) for found in by_module.values())
    left = count - EACH * len(MODULES)
    drawn: list[Mutant] = []
    for found in by_module.values():
        wanted = EACH + round(left * len(found) / total)
        spots = sorted(found)
        random.shuffle(spots)
        made = (complete(random.choice(found[spot])) for spot in spots)
        drawn += [one for one, _ in zip((each for each in made if each), range(wanted), strict=False)]
    return drawn


# ---- which test covers which line --------------------------------------------------------------------------------


def copied(folder: Path) -> Path:
    """The tracked and new files of the repository, somewhere else."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in listed.stdout.decode().split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def test_files() -> list[str]:
    return [f"tests/{name}" for name in TESTS if (ROOT / "tests" / name).exists()]


def digest(*paths: Path) -> str:
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()


class Tracing:
    """A plugin of pytest: a context of coverage for each test, and how long it took."""

    def __init__(self, coverage: Any) -> None:
        self.coverage, self.seconds, self.failed = coverage, Counter[str](), set[str]()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.coverage.switch_context(nodeid)

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seconds[report.nodeid] += report.duration
        if report.failed:
            self.failed.add(report.nodeid)


def trace(folder: Path, file: str, out: Path) -> None:
    """Run the tests of one file and write which covers which line."""
    import pytest
    from coverage import Coverage

    files = {module: str(folder / "evaluator" / f"{module}.py") for module in MODULES}
    coverage = Coverage(data_file=None, include=list(files.values()), config_file=False)
    coverage.start()
    tracing = Tracing(coverage)
    pytest.main(["-q", "-p", "no:cacheprovider", file], plugins=[tracing])
    coverage.stop()
    data = coverage.get_data()
    lines = {
        module: {
            str(line): sorted(set(tests) - {""} - tracing.failed)
            for line, tests in data.contexts_by_lineno(file).items()
        }
        for module, file in files.items()
    }
    out.write_text(json.dumps({"lines": lines, "seconds": tracing.seconds, "failed": sorted(tracing.failed)}), "utf-8")


def traced() -> dict[str, Any]:
    """Which test covers which line, as modules and tests stand; a file of tests is run again where one of them changed."""
    whole: dict[str, Any] = {"lines": {module: {} for module in MODULES}, "seconds": {}, "failed": []}
    (KEPT / "traces").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = copied(Path(name))
        for file in test_files():
            now = digest(*map(path_of, MODULES), ROOT / "tests" / "oracle.py", ROOT / file)
            at = KEPT / "traces" / f"{Path(file).stem}-{now[:16]}.json"
            if not at.exists():
                began = time.monotonic()
                _forked(lambda file=file, at=at: trace(folder, file, at.with_suffix(".new")), folder, 3_600)
                at.with_suffix(".new").rename(at)
                print(f"{file}：{time.monotonic() - began:.0f} s", flush=True)
            found = json.loads(at.read_text("utf-8"))
            whole["seconds"] |= found["seconds"]
            whole["failed"] += found["failed"]
            for module, lines in found["lines"].items():
                for line, tests in lines.items():
                    whole["lines"][module].setdefault(line, []).extend(tests)
    if whole["failed"]:
        print(f"没有改动也不通过的测试（不用）：{'、'.join(whole['failed'])}")
    return whole


def tests_of(mutant: Mutant, trace: dict[str, Any]) -> list[str]:
    """The tests that run its statement, else its function, else its module; quickest first.

    What runs when a module is loaded, and what numba compiles, is traced once a process: there the module's tests are asked.
    """
    lines = {int(line): tests for line, tests in trace["lines"][mutant.module].items()}
    tree = ast.parse(path_of(mutant.module).read_text("utf-8"))
    around = [
        one
        for one in ast.walk(tree)
        if isinstance(one, ast.stmt) and one.lineno <= mutant.line <= (one.end_lineno or 0)
    ]
    covering: set[str] = set()
    inside = mutant.function not in COMPILED and any(isinstance(one, ast.FunctionDef) for one in around)
    for one in () if not inside else sorted(around, key=lambda one: -one.lineno):
        body = getattr(one, "body", None)
        compound = body and not isinstance(one, ast.FunctionDef | ast.ClassDef) and mutant.line < body[0].lineno
        last = body[0].lineno - 1 if compound else one.end_lineno or one.lineno
        covering = {test for line in range(one.lineno, last + 1) for test in lines.get(line, ())}
        if covering:
            break
    else:
        covering = {test for tests in lines.values() for test in tests}
    return sorted(covering, key=lambda test: (trace["seconds"][test], test))


def within(tests: Sequence[str], trace: dict[str, Any], most: float) -> list[str]:
    """As many of them, from the first, as took so many seconds together; one at least."""
    passed = list(accumulate(trace["seconds"][test] for test in tests))
    return [test for place, test in enumerate(tests) if not place or passed[place] <= most]


# ---- running -----------------------------------------------------------------------------------------------------


class Chosen:
    """A plugin of pytest: only these tests, in this order; the one that failed is written down."""

    def __init__(self, tests: Sequence[str], failed: Path) -> None:
        self.order = {test: place for place, test in enumerate(tests)}
        self.failed = failed

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = sorted(
            (item for item in items if item.nodeid in self.order), key=lambda item: self.order[item.nodeid]
        )

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.failed.write_text(report.nodeid, "utf-8")


def _forked(work: Any, folder: Path, limit: float, **environment: str) -> int | None:
    """What a forked process in `folder` returns for `work`; None where it took `limit` seconds of CPU, or far longer waiting."""
    child = os.fork()
    if child == 0:
        os.setsid()
        os.chdir(folder)
        sys.path[:] = [str(folder), *(one for one in sys.path if one not in ("", str(ROOT)))]
        os.environ |= {"PYTHONPATH": str(folder), "CI": "true", **environment}
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 5))
        code = 1
        try:
            code = work() or 0
        finally:
            os._exit(int(code))
    ends = time.monotonic() + WAITING * limit
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
            return None if code in (-signal.SIGXCPU, -signal.SIGKILL) else code
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


def _quiet(tests: Sequence[str], log: Path) -> int:
    import pytest

    with log.open("w") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    files = sorted({test.partition("::")[0] for test in tests})
    chosen = Chosen(tests, log.with_name("failed"))
    return int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", "--tb=line", *files], plugins=[chosen]))


class Bench:
    """A copy of the repository in which one mutant after another is tried."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.stamp = copied(folder), int(time.time())
        self.sound: dict[str, bool] = {}
        for name in LOADED:
            __import__(name)

    def write(self, module: str, text: str | None) -> None:
        """A text no compiled file can be taken for: each has a time of its own; None puts the module back as it was."""
        path, kept = self.folder / "evaluator" / f"{module}.py", path_of(module)
        self.stamp += 10
        path.write_text(kept.read_text("utf-8") if text is None else text, "utf-8")
        stamp = int(kept.stat().st_mtime) if text is None else self.stamp
        os.utime(path, (stamp, stamp))

    def judge(self, mutant: Mutant, text: str, trace: dict[str, Any]) -> dict[str, Any]:
        """Whether a test notices that passes alone without the mutant: the quickest first, then the others up to a bound."""
        began, tests = time.monotonic(), within(tests_of(mutant, trace), trace, LATER)
        left, fate, by = tests, UNTESTED, ""
        while left and fate in (UNTESTED, SURVIVED):
            some = within(left, trace, MOST) if left is tests else left
            self.write(mutant.module, text)
            fate, by, noticed = self._try(mutant, some, trace)
            self.write(mutant.module, None)
            left = left[len(some) :]
            if noticed and not self._passes(mutant, noticed, trace):
                fate, left = SURVIVED, [test for test in (*some, *left) if self.sound.get(test, True)]
        return asdict(mutant) | {
            "fate": fate,
            "by": by,
            "tests": len(tests),
            "seconds": round(time.monotonic() - began, 1),
        }

    def _try(self, mutant: Mutant, tests: Sequence[str], trace: dict[str, Any]) -> tuple[str, str, str]:
        """What became of it, what pytest said, and the test that failed ('' where none was reached)."""
        log, failed = self.folder / "told.log", self.folder / "failed"
        compiled = self.folder / ("numba-again" if mutant.module == "batch/kernel" else "numba")
        shutil.rmtree(self.folder / "numba-again", ignore_errors=True)
        failed.unlink(missing_ok=True)
        limit = 90 + 3 * sum(trace["seconds"][test] for test in tests)
        code = _forked(lambda: _quiet(tests, log), self.folder, limit, NUMBA_CACHE_DIR=str(compiled))
        fate = {None: TIMED, 0: SURVIVED, 5: UNTESTED}.get(code, KILLED)
        if fate != KILLED:
            return fate, "", ""
        lines = log.read_text("utf-8", "replace").splitlines()
        by = next((line for line in lines if line.startswith(("FAILED", "ERROR"))), "")
        return fate, by[:200], failed.read_text("utf-8") if failed.exists() else ""

    def _passes(self, mutant: Mutant, test: str, trace: dict[str, Any]) -> bool:
        """Whether a test passes alone on the module as it is: one that needs another before it proves nothing."""
        if test not in self.sound:
            self.sound[test] = self._try(mutant, [test], trace)[0] == SURVIVED
        return self.sound[test]


def _work(mine: list[tuple[Mutant, str]], trace: dict[str, Any], out: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name))
        for mutant, text in mine:
            told = bench.judge(mutant, text, trace)
            with out.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(told, ensure_ascii=False) + "\n")
            print(f"{told['fate']:9} {told['seconds']:6.1f} s {told['tests']:4} tests  {mutant.key}", flush=True)


def results() -> Iterator[dict[str, Any]]:
    """What became of mutants, oldest first: of one that was tried again the last holds."""
    path = KEPT / "done.jsonl"
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        yield json.loads(line)


def judgements() -> dict[str, dict[str, str]]:
    """What benchmarks/mutants.yaml says of survivors, by `Mutant.key`."""
    listed = yaml.safe_load((ROOT / "benchmarks" / "mutants.yaml").read_text("utf-8")) or ()
    return {judged["key"]: judged for judged in listed}


def run(drawn: list[Mutant], workers: int) -> None:
    """Try those that no earlier run killed with the module as it stands; a survivor that is not judged equivalent is tried
    again."""
    trace, judged = traced(), judgements()
    past = {(told["module"], told["operator"], told["occurrence"], told["before"]): told for told in results()}
    todo = []
    for one in drawn:
        told = past.get((one.module, one.operator, one.occurrence, one.before))
        if not told or (told["fate"] in (SURVIVED, UNTESTED) and "equivalent" not in judged.get(one.key, {})):
            todo.append((one, mutated(one)))
    Random(0).shuffle(todo)  # so that a run cut short has tried some of every module
    context = get_context("fork")
    processes = [
        context.Process(target=_work, args=(todo[number::workers], trace, KEPT / "done.jsonl"))
        for number in range(workers)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def report(drawn: list[Mutant]) -> int:
    """The table of benchmarks/README.md; 1 while a survivor has no judgement."""
    judged = judgements()
    past = {(told["module"], told["operator"], told["occurrence"], told["before"]): told for told in results()}
    fates = [(one, past.get((one.module, one.operator, one.occurrence, one.before))) for one in drawn]
    rows, alive = [], []
    for module in MODULES:
        mine = [told for one, told in fates if one.module == module and told]
        lived = [one for one, told in fates if one.module == module and told and told["fate"] in (SURVIVED, UNTESTED)]
        same = [one for one in lived if judged.get(one.key, {}).get("equivalent")]
        alive += lived
        rows.append((module, len(mine), len(mine) - len(lived), len(same), len(lived) - len(same)))
    rows.append(("合计", *(sum(row[at] for row in rows) for at in range(1, 5))))
    print("| 模块 | 变异 | 杀死 | 等价 | 存活 | 杀死的占不等价的 |\n|---|---:|---:|---:|---:|---:|")
    for name, tried, killed, same, lived in rows:
        share = f"{100 * killed / (tried - same):.1f}%" if tried > same else "—"
        print(f"| {name} | {tried} | {killed} | {same} | {lived} | {share} |")
    missing = [one for one, told in fates if not told]
    if missing:
        print(f"\n还有 {len(missing)} 个没有做；再运行一次接着做")
    print()
    for one in alive:
        found = judged.get(one.key, {})
        kind = "等价" if found.get("equivalent") else "存活"
        why = found.get("equivalent") or found.get("alive") or "没有判断"
        print(f"- {kind} {one.module}.py `{one.function}`：`{one.before}` → `{one.after}`。{why}")
    return int(bool(missing) or any(one.key not in judged for one in alive))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--count", type=int, default=320)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--report", action="store_true", help="只印出已有的结果")
    given = parser.parse_args()
    KEPT.mkdir(exist_ok=True)
    drawn = sample(given.seed, given.count)
    if not given.report:
        run(drawn, given.workers)
    raise SystemExit(report(drawn))


if __name__ == "__main__":
    main()

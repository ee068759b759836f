"""A recorded review (复核评分) is made again beside the run it reviews, from what the ledger kept; and whether that run still stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import BaseModel, ConfigDict, StrictInt, StrictStr, ValidationError

from evaluator.errors import EvaluatorError, Problem
from evaluator.evaluation import evaluate
from evaluator.figures import points
from evaluator.files.snapshot import digest_if_there
from evaluator.records.ledger import Entry
from evaluator.records.recording import engine
from evaluator.records.reruns import ANOTHER, VERSION, Content, File, Run, put_back, reopened, scores_of
from evaluator.records.signatures import Fault
from evaluator.rescoring.rescored import rescore
from evaluator.rescoring.statements import load_statements
from evaluator.rulebook.book import Rulebook
from evaluator.workspace.places import Workspace

AGAIN = "看过以后，用 ziping review write 重新复核评分"


class Review(BaseModel):
    """What the ledger says of a review that was scored; see acts.rechecking."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    unit_code: StrictStr
    year: StrictInt
    run: StrictInt
    policy: StrictStr | None = None
    engine: dict[StrictStr, StrictStr]
    digests: dict[StrictStr, StrictStr]
    scores: list[dict[StrictStr, StrictStr]]
    snapshot: dict[StrictStr, StrictStr]
    files: list[File] = []

    @property
    def codes(self) -> tuple[str, ...]:
        """The tables that were reviewed."""
        return tuple(score["code"] for score in self.scores)


def reviews_in(entries: Iterable[Entry]) -> dict[int, Review | None]:
    """The reviews that were scored, by entry; None for one that does not say all that a review says."""
    reviews: dict[int, Review | None] = {}
    for entry in entries:
        if entry.kind == "rescore":
            try:
                reviews[entry.seq] = Review.model_validate(entry.payload)
            except ValidationError:
                reviews[entry.seq] = None
    return reviews


def check_reviews(
    recorded: Mapping[int, Review | None],
    runs: Mapping[int, Run],
    content: Content,
    books: dict[str, Rulebook],
    root: Path,
) -> Iterator[Fault]:
    """Score every review again (L204 where it does not say all, L307, L308); of the last of each unit's year tell whether the self-evaluation moved since
    (L309), and whether what the reviewers state is another thing now (L310)."""
    reviews = {seq: review for seq, review in recorded.items() if review is not None}
    yield from ((seq, Problem("L204", f"第 {seq} 条没有写全一次复核评分")) for seq in recorded if seq not in reviews)
    last = {(review.unit_code, review.year): seq for seq, review in reviews.items()}
    for seq, review in reviews.items():
        base = _reviewed(seq, review, runs)
        problems = [_without_run()] if base is None else list(_check(review, runs[base], content, books))
        if seq == last[review.unit_code, review.year]:
            problems += [*_moved(base, review, runs, content), *_restated(review, root)]
        for problem in problems:
            yield (
                seq,
                Problem(problem.code, f"第 {seq} 条：{problem.says}", severity=problem.severity, remedy=problem.remedy),
            )


def _reviewed(seq: int, review: Review, runs: Mapping[int, Run]) -> int | None:
    """The run that a review looked at: the one it names, else the last before it that came from the same."""
    if review.run in runs:
        return review.run
    mine = [at for at, run in runs.items() if at < seq and (run.unit_code, run.year) == (review.unit_code, review.year)]
    same = [at for at in mine if review.digests.items() <= runs[at].digests.items()]
    return same[-1] if same else None


def _without_run() -> Problem:
    says = "复核的那一次评分没有记入台账，没有可以一起重算的"
    return Problem("L308", says, severity="提示", remedy="先用 ziping run 评分，再复核评分")


def _check(review: Review, run: Run, content: Content, books: dict[str, Rulebook]) -> Iterator[Problem]:
    same = review.engine == engine()
    with TemporaryDirectory(prefix="ziping-") as place:
        folder = Path(place)
        try:
            again = _again(review, run, content, folder, books)
        except EvaluatorError as error:
            why = "；".join(str(problem) for problem in error.problems[:3])
            if same:
                yield Problem("L308", f"记录的复核内容不能重算：{why}")
            else:
                says = f"{VERSION}：现在的程序读不了当时的规则、完成情况或复核内容，没有重算：{why}"
                yield Problem("L308", says, severity="警告", remedy=ANOTHER)
            return
    if again != review.scores:
        recorded, now = ({score["code"]: _shown(score) for score in side} for side in (review.scores, again))
        differ = [code for code in sorted({*recorded, *now}) if recorded.get(code) != now.get(code)]
        differences = "；".join(
            f"{code} 记录{recorded.get(code, '没有')}，重算{now.get(code, '没有')}" for code in differ[:3]
        )
        if same:
            yield Problem("L307", f"重算的复核得分与记录的不同：{differences}")
        else:
            says = f"{VERSION}：现在的程序重算的复核得分与记录的不同：{differences}"
            yield Problem("L307", says, severity="警告", remedy=ANOTHER)


def _shown(score: Mapping[str, str]) -> str:
    return f"自评 {score.get('own', '')}、复核 {score.get('review', '')}（{score.get('grade', '')}）"


def _again(
    review: Review, run: Run, content: Content, folder: Path, books: dict[str, Rulebook]
) -> list[dict[str, Any]]:
    """The scores of a review, from what the run and the review were recorded with."""
    put_back(review.snapshot, content, folder)
    rulebook, actuals, beside = reopened(run, content, folder, books)
    own = evaluate(
        rulebook, actuals, year=run.year, unit=run.unit_code, policy=review.policy, executor="frame", **beside
    )
    statements = load_statements(Workspace(folder, sample=False), rulebook)
    mine = {
        key: statement for key, statement in statements.items() if key in {(t.table.year, t.code) for t in own.tables}
    }
    return scores_made(rescore(rulebook, actuals, own, mine, review.policy, **beside))


def scores_made(rescored: Any) -> list[dict[str, Any]]:
    """The scores of a reviewed year as the ledger keeps them."""
    return [
        {
            "code": code, "own": points(table.own.score), "review": points(table.score), "grade": table.grade,
            "scale": table.statement.scale or "",
        }
        for code, table in rescored.tables.items()
    ]  # fmt: skip


def _moved(base: int | None, review: Review, runs: Mapping[int, Run], content: Content) -> Iterator[Problem]:
    """That the tables reviewed have other scores in a later run."""
    if base is None:
        return
    later = [
        at for at, run in runs.items() if at > base and (run.unit_code, run.year) == (review.unit_code, review.year)
    ]
    if not later or runs[later[-1]].digests["result"] == runs[base].digests["result"]:
        return
    before, now = (scores_of(content(runs[at].digests["result"])) for at in (base, later[-1]))
    moved = [code for code in review.codes if before.get(code) != now.get(code)]
    if moved:
        moves = "；".join(f"{code} {_total(before, code)} → {_total(now, code)}" for code in moved[:3])
        says = f"复核的是第 {base} 条的评分，后来第 {later[-1]} 条又评过，自评得分变了：{moves}；复核还是照原来的"
        yield Problem("L309", says, severity="警告", remedy=AGAIN)


def _total(scores: Mapping[str, str], code: str) -> str:
    """The total of a table among its scores; where only its rows moved they are not listed."""
    return scores.get(code, "没有").partition("（")[0]


def _restated(review: Review, root: Path) -> Iterator[Problem]:
    """That a file of what reviewers state is not as it was scored."""
    for path, digest in review.snapshot.items():
        now = digest_if_there(root / path)
        if now != digest:
            says = f"“{path}”在复核评分以后{'删去了' if now is None else '改过'}，写出的复核表不是现在的"
            yield Problem("L310", says, severity="提示", remedy=AGAIN)

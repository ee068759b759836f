"""From a scoring sentence to its tree: pieces gathered until something is got or taken, and what was gathered says when.

Nothing is guessed: a word that may change direction, number or extent and is not understood refuses the sentence, with its
place. What the sentence leaves open stays open in the tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache

from evaluator.criteria.conditions import conditions, facts_of, measured
from evaluator.criteria.cutting import Piece, cut, normal, pattern, vocabulary
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.counting import Before, per_of
from evaluator.criteria.tree import (
    Award,
    Band,
    Change,
    Condition,
    Count,
    Criterion,
    End,
    Expression,
    Fact,
    Fixed,
    Formula,
    Full,
    Gets,
    InProportion,
    Judged,
    NotApplicable,
    Outside,
    PerUnit,
    Rule,
    Share,
    Veto,
)
from evaluator.quantities.units import Quantity

_RESULT = re.compile("得分|分值|分数|评分|^分$")


@lru_cache(maxsize=4096)
def read(text: str) -> Criterion:
    """The tree of a sentence; raises Refusal, its place counted in the characters of the text as given."""
    plain, places = normal(text)
    try:
        return _read(plain)
    except Refusal as error:
        at = places[error.at] if error.at < len(places) else len(text)
        raise Refusal(error.code, error.says, at, error.allowed, error.nearest) from None


def _read(plain: str) -> Criterion:
    mended, typos = plain, list[str]()
    for wrong, right in vocabulary()["typos"].items():
        if wrong in mended:
            mended = mended.replace(wrong, right)
            typos.append(f"{wrong}→{right}")
    groups: list[list[Piece]] = [[]]
    for piece in cut(mended):
        if piece.kind == "mark":
            groups.append([])
        else:
            groups[-1].append(piece)
    found = [_Fold(mended).of(group) for group in groups if any(p.kind != "stop" for p in group)]
    made = _together(found)
    if not made.rules and not made.parts:
        raise Refusal("Q401", "没有读出怎样得分", 0, "写明什么情形得几分、扣几分，如 每少1人扣0.5分，扣完为止")
    if typos:
        made = replace(made, terms=_sorted({**dict(made.terms), "typo": "?" + "，".join(typos)}))
    return made


def _sorted(terms: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(terms.items()))


def _together(found: list[_Fold]) -> Criterion:
    """Marked groups that each give points are parts; any others are one run of rules."""
    giving = [one for one in found if one.gives]
    if len(giving) > 1:
        rest = [one for one in found if not one.gives]
        outer = _merged(rest)
        return replace(outer, parts=tuple(one.criterion() for one in giving))
    return _merged(found)


def _merged(found: list[_Fold]) -> Criterion:
    made = Criterion()
    for one in found:
        other = one.criterion()
        made = Criterion(
            made.rules + other.rules,
            (),
            other.points if made.points is None else made.points,
            other.most if made.most is None else made.most,
            made.most_gained or other.most_gained,
            made.most_lost or other.most_lost,
            _sorted({**dict(made.terms), **dict(other.terms)}),
        )
    return made


@dataclass
class _Fold:
    """The rules of one run of pieces, as they come."""

    text: str
    rules: list[Rule] = field(default_factory=list)
    pre: list[Piece] = field(default_factory=list)
    where: list[tuple[str, Expression]] = field(default_factory=list)
    points: Fraction | None = None
    most: Fraction | None = None
    most_gained: Full | Fixed | None = None
    most_lost: Full | Fixed | None = None
    terms: dict[str, str] = field(default_factory=dict)

    @property
    def gives(self) -> bool:
        """Whether points are given here, not only taken."""
        zero = Fixed(Fraction(0))
        return any(isinstance(rule, Award) and rule.gets != zero for rule in self.rules)

    def criterion(self) -> Criterion:
        """What was gathered."""
        bounds = (self.points, self.most, self.most_gained, self.most_lost)
        return Criterion(tuple(self.rules), (), *bounds, _sorted(self.terms))

    def of(self, pieces: list[Piece]) -> _Fold:
        """Take the pieces in order; raises Refusal for words left without anything got or taken."""
        for piece in pieces:
            self._take(piece)
        self._end()
        return self

    def _take(self, piece: Piece) -> None:
        zero = Fraction(0)
        match piece.kind:
            case "got":
                self._got(piece)
            case "full":
                self._award(Full(), piece)
            case "nothing":
                self._award(Fixed(zero), piece)
            case "share":
                self._award(Share(piece.value), piece)
            case "proportion":
                self._award(InProportion(), piece)
            case "taken":
                self._award(InProportion(True), piece)
            case "judged":
                self._award(Judged(*piece.value), piece)
            case "judged_lost":
                self._judged_lost(piece)
            case "lost" | "gained":
                self._change(piece)
            case "outside":
                self.rules.append(Outside(-piece.value[0][0], self._when(piece) or self._same_as_last()))
            case "formula":
                self._formula(piece)
            case "most" | "most_lost" | "most_gained" | "most_changed":
                self._most(piece)
            case "floor":
                self.terms["floor"] = "0"
            case "cap":
                self.terms["cap"] = "points"
            case "term":
                key, reading = piece.value
                self.terms[key] = reading
            case "vague":
                raise Refusal("Q402", f"“{piece.text}”没有写明几分", piece.at, "写明几分，如 扣2分")
            case "veto":
                self._veto(piece)
            case _:
                self.pre.append(piece)

    # ---- what is got ---------------------------------------------------------------------------------------------

    def _got(self, piece: Piece) -> None:
        scores, _, verb = piece.value
        alone = all(one.kind == "stop" for one in self.pre)
        if alone and not verb and self.rules and len(scores) == 1:  # 否则不得分(10分)
            self.points, self.pre = scores[0], []
            return
        if len(scores) > 1:
            return self._in_turn(piece)
        if found := per_of(self.text, self.pre, "got"):
            per, before = found
            self.rules.append(Change(scores[0], per, self._before(per, before)))
            self.pre = []
            return None
        self._award(Fixed(scores[0]), piece)
        return None

    def _award(self, gets: Gets, piece: Piece) -> None:
        found = self._when(piece)
        words = [one.words for one in found if isinstance(one, Fact)]
        if words and re.search(pattern("na_words"), words[0]) and isinstance(gets, Full):
            self.rules.append(NotApplicable(words[0], gets))
            return
        if not found and piece.kind == "full" and not self._said():
            raise Refusal("Q402", f"“{piece.text}”前面没有说什么情形", piece.at, "写明什么情形，如 完成得满分")
        self.rules.append(Award(found, gets))

    def _in_turn(self, piece: Piece) -> None:
        """分别得6分、4分和2分: as many bands as points, one for each."""
        scores = piece.value[0]
        bands, others = measured(self.text, self.pre, piece.at)
        if len(bands) == 1 and isinstance(bands[0], Band) and len(scores) > 1:
            bands = _each_whole(bands[0]) or bands
        if len(bands) != len(scores):
            says = f"“{piece.text}”有{len(scores)}个分数，前面读出{len(bands)}档，对不上"
            raise Refusal("Q404", says, piece.at, "逐档写明，如 90%以上得10分，80%以上得8分")
        for band, score in zip(bands, scores, strict=True):
            self.rules.append(Award((band, *others), Fixed(score)))
        self.pre = []

    def _formula(self, piece: Piece) -> None:
        name, expression = piece.value
        if _RESULT.search(name):
            self.rules.append(Award((), Formula(expression, tuple(self.where))))
            self.pre = []
        else:
            self.where.append((name, expression))

    # ---- what is taken or added ----------------------------------------------------------------------------------

    def _change(self, piece: Piece) -> None:
        scores, slashed, _ = piece.value
        sign = -1 if piece.kind == "lost" else 1
        if len(scores) > 1:
            raise Refusal("Q404", f"“{piece.text}”有{len(scores)}个分数，看不出各对应什么", piece.at, "逐项写明扣几分")
        if slashed:
            about = facts_of(self.text, self.pre, piece.at)
            self.rules.append(Change(sign * scores[0], Count(slashed, about=about)))
            self.pre = []
            return
        if found := per_of(self.text, self.pre, piece.kind):
            per, before = found
            when = self._before(per, before)
            self.rules.append(Change(sign * scores[0], per, when))
            self.pre = []
            return
        when = self._when(piece)
        if not when:
            raise Refusal("Q402", f"“{piece.text}”前面没有说什么情形", piece.at, "写明什么情形扣几分")
        self.rules.append(Change(sign * scores[0], None, when))

    def _judged_lost(self, piece: Piece) -> None:
        low, high = piece.value
        found = per_of(self.text, self.pre, "lost")
        per = found[0] if found else None
        when = () if found else self._when(piece)
        self.pre = []
        self.rules.append(Change(Fraction(0), per, when, Judged(low, high)))

    def _before(self, per: PerUnit | Count, before: Before) -> tuple[Condition, ...]:
        """What stands before 每: a standard (标准≥95%) is an award of its own, the rest says when."""
        kept: list[Condition] = []
        for one in before.conditions:
            standard = (
                isinstance(one, Band)
                and isinstance(per, PerUnit)
                and one.of == "value"
                and ((per.way == "short" and one.high is None) or (per.way == "over" and one.low is None))
            )
            point = isinstance(one, Band) and isinstance(per, PerUnit) and one.low == one.high
            if (standard or point) and isinstance(one, Band):
                self.rules.append(Award((one,), Full()))
            else:
                kept.append(one)
        return tuple(kept)

    # ---- bounds, and what acts elsewhere -------------------------------------------------------------------------

    def _most(self, piece: Piece) -> None:
        number: Fraction = piece.value
        if piece.kind == "most" and not self.rules:
            self._award(Judged(Fraction(0), number), piece)
            return
        if self._said():
            raise Refusal("Q405", f"“{self._shown()}”没有说得几分、扣几分", self.pre[0].at, "写明几分，或删去")
        gained = any(isinstance(rule, Change) and rule.by > 0 for rule in self.rules)
        best = max((r.gets.points for r in self.rules if isinstance(r, Award) and isinstance(r.gets, Fixed)), default=None)
        bound = Full() if piece.value is None else Fixed(number)
        match piece.kind:
            case "most" if best is not None and number < best and gained:
                lost = any(isinstance(rule, Change) and rule.by < 0 for rule in self.rules)
                self.most_gained = bound
                self.most_lost = bound if lost else None
            case "most":
                self.most = number
            case "most_lost":
                self.most_lost = bound
            case "most_gained":
                self.most_gained = bound
            case _:
                self.most_gained = self.most_lost = bound
        self.pre = []

    def _veto(self, piece: Piece) -> None:
        words = self.text[self.pre[0].at if self.pre else piece.at : piece.at + len(piece.text)].strip(",;。: ")
        self.pre = []
        if self.rules and isinstance(last := self.rules[-1], Veto):
            self.rules[-1] = Veto(f"{last.words},{words}")
        else:
            self.rules.append(Veto(words))

    # ---- what was gathered ---------------------------------------------------------------------------------------

    def _when(self, piece: Piece) -> tuple[Condition, ...]:
        found = conditions(self.text, self.pre, piece.at)
        self.pre = []
        return found

    def _same_as_last(self) -> tuple[Condition, ...]:
        """不得分，并追加扣除10分: under the condition just named."""
        last = self.rules[-1] if self.rules else None
        return last.when if isinstance(last, Award | Change) else ()

    def _said(self) -> bool:
        return bool(conditions(self.text, self.pre, len(self.text)))

    def _shown(self) -> str:
        return self.text[self.pre[0].at :][:20]

    def _end(self) -> None:
        if lost := next((one for one in self.pre if one.kind == "lost_so_many"), None):
            raise Refusal("Q405", f"“{lost.text}”之后没有说怎样", lost.at)
        left = [one for one in self.pre if one.kind != "stop"]
        if left and self.rules and self._said():
            raise Refusal("Q405", f"“{self._shown()}”没有说得几分、扣几分", left[0].at, "写明几分，或删去")


def _each_whole(band: Band) -> list[Band]:
    """1-5名 as five bands of one number each."""
    if band.low is None or band.high is None or band.low == band.high:
        return []
    low, high = band.low.number, band.high.number
    if low.number.denominator != 1 or high.number.denominator != 1 or not 0 < high.number - low.number < 50:
        return []
    ends = [End(Quantity(Fraction(n), high.unit), True) for n in range(int(low.number), int(high.number) + 1)]
    return [replace(band, low=end, high=end) for end in ends]


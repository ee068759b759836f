"""From a scoring sentence to its tree: pieces gathered until something is got or taken, and what was gathered says when.

Nothing is guessed: a word that may change direction, number or extent and is not understood refuses the sentence, with its
place. What the sentence leaves open stays open in the tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache

from evaluator.criteria.conditions import alternatives, bare, conditions, facts_of, known, measured
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
    Met,
    NotApplicable,
    Of,
    Otherwise,
    Outside,
    PerUnit,
    Rule,
    Share,
    Veto,
)
from evaluator.quantities.units import WORDS as UNITS
from evaluator.quantities.units import Quantity

_SILENT = ("words", "stop", "amount", "band", "each", "in_turn", "otherwise", "na", "lost_so_many")
_RESULT = re.compile("得分|分值|分数|评分|^分$")
_HEADING = re.compile("(?:共|共计|合计|总计|满分|计)?")
_LARGEST = 1_000  # points of a row


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
    for written, same in vocabulary()["same"].items():
        mended = mended.replace(written, same)
    for wrong, right in vocabulary()["typos"].items():
        if wrong in mended and "疑有错字" not in plain:
            mended = mended.replace(wrong, right)
            typos.append(f"{wrong}→{right}")
    groups: list[list[Piece]] = [[]]
    for piece in cut(mended):
        if piece.kind == "mark":
            groups.append([])
        else:
            groups[-1].append(piece)
    told = _told(groups)
    found = [_Fold(mended, place > 0, len(groups) > 2).of(group) for place, group in enumerate(told)]
    made = _settled(_together(found))
    if not made.rules and not made.parts:
        raise Refusal("Q401", "没有读出怎样得分", 0, "写明什么情形得几分、扣几分，如 每少1人扣0.5分，扣完为止")
    if typos:
        made = replace(made, terms=_sorted({**dict(made.terms), "typo": "?" + "，".join(typos)}))
    return made


def _told(groups: list[list[Piece]]) -> list[list[Piece]]:
    """The groups that say what is got or taken, each with the groups before it that do not."""
    told: list[list[Piece]] = []
    before: list[Piece] = []
    for group in groups:
        before = [*before, *group]
        if any(piece.kind not in _SILENT for piece in group):
            told.append(before)
            before = []
    if any(piece.kind != "stop" for piece in before):
        told.append(before)
    return told


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


def _settled(made: Criterion) -> Criterion:
    """The criterion with 未达到 as the opposite of the one fact that gives points; refused where an award stands for all cases
    beside others."""
    awards = [rule for rule in made.rules if isinstance(rule, Award)]
    others = [rule for rule in awards if rule.when and rule.gets not in (Full(), Fixed(Fraction(0)))]
    if others and any(not rule.when for rule in awards):
        raise Refusal("Q406", "有一种算法适用于所有情形，又另写了别的情形", 0, "只写一种算法，或写明各用于什么情形")
    said = {type(one) for rule in awards for one in rule.when if not (isinstance(one, Met) and not one.yes)}
    if Fact in said and not said & {Met, Band}:
        opposite = (Otherwise(),)
        rules = tuple(
            Award(opposite, r.gets) if isinstance(r, Award) and r.when == (Met(False),) else r for r in made.rules
        )
        made = replace(made, rules=rules)
    made = replace(made, rules=tuple(_carried(made.rules)))
    return replace(made, parts=tuple(_settled(part) for part in made.parts))


def _carried(rules: Iterable[Rule]) -> Iterator[Rule]:
    """超过目标值30%以上的扣1分，50%以上的扣2分: what a per cent is of holds for the bands after it that say nothing else."""
    of: Of = "value"
    for rule in rules:
        if not isinstance(rule, Award | Change):
            yield rule
            continue
        when: list[Condition] = []
        for one in rule.when:
            if isinstance(one, Band):
                end = one.low or one.high
                carries = one.of == "value" and not one.name and end is not None and end.number.unit.kind == "比率"
                of = of if carries else one.of
                one = replace(one, of=of) if carries else one  # noqa: PLW2901
            when.append(one)
        yield replace(rule, when=tuple(when))


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
    later: bool = False  # another run stands before it
    marked: bool = False
    rules: list[Rule] = field(default_factory=list)
    pre: list[Piece] = field(default_factory=list)
    where: list[tuple[str, Expression]] = field(default_factory=list)
    points: Fraction | None = None
    most: Fraction | None = None
    most_gained: Full | Fixed | None = None
    most_lost: Full | Fixed | None = None
    vetoed: int | None = None
    each_own: bool = False  # 每项各1.5分: what follows is said of each
    terms: dict[str, str] = field(default_factory=dict)

    @property
    def gives(self) -> bool:
        """Whether points are given here, not only taken."""
        zero = Fixed(Fraction(0))
        if self.marked and self.points is not None and self.rules:
            return True
        return any(isinstance(rule, Award) and rule.gets != zero for rule in self.rules)

    def criterion(self) -> Criterion:
        """What was gathered."""
        bounds = (self.points, self.most, self.most_gained, self.most_lost)
        return Criterion(tuple(self.rules), (), *bounds, _sorted(self.terms))

    def of(self, pieces: list[Piece]) -> _Fold:
        """Take the pieces in order; raises Refusal for words left without anything got or taken."""
        pieces = _without_asides(pieces)
        for place, piece in enumerate(pieces):
            rest = "".join(one.text for one in pieces[place + 1 : place + 3])
            if piece.kind == "got" and not piece.value[2] and not self.rules and re.match(r"\)?:", rest):
                self.points, self.pre = piece.value[0][0], []  # 优良天数比率(1分):
                continue
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
            case "typo":
                self.terms["typo"] = "?" + piece.value
            case "series":
                self._series(piece)
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
                if piece.text.lstrip(",;。.:").startswith("其中") and self.rules == [Award((), InProportion())]:
                    self.rules = []  # 按实现程度计分。其中：…: what follows says how
                self.pre.append(piece)

    # ---- what is got ---------------------------------------------------------------------------------------------

    def _got(self, piece: Piece) -> None:
        scores, _, verb = piece.value
        if not verb and len(scores) == 1 and _HEADING.fullmatch("".join(one.text for one in self.pre).strip(",;。:( ")):
            if self.rules:  # 否则不得分(10分), 共1分
                self.points, self.pre = scores[0], []
                return
        if scores[0] > _LARGEST:
            raise Refusal("Q402", f"“{piece.text}”的分数过大，疑有错字", piece.at, f"不超过{_LARGEST}的分数")
        if len(scores) > 1:
            return self._in_turn(piece)
        if found := per_of(self.text, self.pre, "got"):
            per, before = found
            last = self.rules[-1] if self.rules else None
            if not verb and isinstance(last, Change) and last.by < 0:
                says = f"“{piece.text}”没有说是得是扣"
                raise Refusal("Q402", says, piece.at, f"写明，如 扣{piece.text}")
            self.rules.append(Change(scores[0], per, self._before(per, before)))
            self.pre = []
            self.each_own = self.each_own or verb == "各"
            return None
        self._award(Fixed(scores[0]), piece)
        return None

    def _award(self, gets: Gets, piece: Piece) -> None:
        if na := next((place for place, one in enumerate(self.pre) if one.kind == "na"), None):
            self.rules.append(NotApplicable(facts_of(self.text, self.pre[:na], self.pre[na].at), gets))
            self.pre = []
            return
        every = alternatives(self.text, self.pre, piece.at)
        self.pre = []
        for found in every:
            if not found and not (isinstance(gets, InProportion) and not self.rules):
                raise Refusal("Q402", f"“{piece.text}”前面没有说什么情形", piece.at, "写明什么情形，如 完成得满分")
            self._one_award(found, gets)

    def _one_award(self, found: tuple[Condition, ...], gets: Gets) -> None:
        first = found[0] if found else None
        if isinstance(first, Fact) and (self.rules or self.later) and re.search(pattern("na_words"), first.words):
            self.rules.append(NotApplicable(first.words, gets))
        elif self.each_own and isinstance(first, Met):
            return  # 每项各1.5分，完成计满分，没有完成计0分: of each, and counted already
        elif len(found) > 1 and found[-1] == Otherwise():  # A、B，否则不得分: A and B get all
            self.rules += [Award(found[:-1], Full()), Award((Otherwise(),), gets)]
        else:
            self.rules.append(Award(found, gets))

    def _in_turn(self, piece: Piece) -> None:
        """分别得6分、4分和2分: as many bands as points, one for each."""
        scores = piece.value[0]
        bands, others = measured(self.text, self.pre, piece.at)
        if len(bands) == 1 and isinstance(bands[0], Band):
            bands = list(_each_whole(bands[0])) or bands
        if len(bands) != len(scores) and (items := _listed(self.text, self.pre, len(scores), piece.at)):
            self.rules += [Change(score, one) for score, one in zip(scores, items, strict=True)]
            self.pre = []
            return
        if len(bands) != len(scores):
            says = f"“{piece.text}”有{len(scores)}个分数，前面读出{len(bands)}档，对不上"
            raise Refusal("Q404", says, piece.at, "逐档写明，如 90%以上得10分，80%以上得8分")
        for band, score in zip(bands, scores, strict=True):
            self.rules.append(Award((band, *others), Fixed(score)))
        self.pre = []

    def _formula(self, piece: Piece) -> None:
        name, expression = piece.value
        if _RESULT.search(name):
            last = self.rules[-1] if self.rules else None
            when = conditions(self.text, self.pre, piece.at)
            if not when and isinstance(last, Award) and isinstance(last.gets, InProportion):
                when = last.when  # 未完成的按比例得分。得分=…: how the proportion is computed
                self.rules.pop()
            elif self.rules and not when:
                raise Refusal("Q406", f"“{piece.text}”与前面的计分并列，看不出用哪一个", piece.at, "只写一种算法")
            self.rules.append(Award(when, Formula(expression, tuple(self.where))))
            self.pre = []
        else:
            self.where.append((name, expression))

    # ---- what is taken or added ----------------------------------------------------------------------------------

    def _change(self, piece: Piece) -> None:
        scores, slashed, _ = piece.value
        sign = -1 if piece.kind == "lost" else 1
        if len(scores) > 1:
            if items := _listed(self.text, self.pre, len(scores), piece.at):
                self.rules += [Change(sign * score, one) for score, one in zip(scores, items, strict=True)]
                self.pre = []
                return
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
        if any(one.kind == "each" for one in self.pre) and not any(one.kind == "words" and one.text[0] in "月年季天周日" for one in self.pre):
            raise Refusal("Q403", f"“{piece.text}”前面的“每”看不出是每多少", piece.at, "写明数和单位，如 每少1人扣0.5分")
        every = alternatives(self.text, self.pre, piece.at)
        self.pre = []
        for when in every:
            if not when:
                raise Refusal("Q402", f"“{piece.text}”前面没有说什么情形", piece.at, "写明什么情形扣几分")
            if len(when) > 1 and when[-1] == Otherwise():
                self.rules.append(Award(when[:-1], Full()))
                when = when[-1:]
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

    def _series(self, piece: Piece) -> None:
        """完成目标得10分，完成90%得9分，完成80%得8分，依次类推: one point less for each 10 per cent short of the target."""
        steps = [_step(rule) for rule in self.rules]
        known = [one for one in steps if one]
        if len(steps) == len(known) and len(known) > 2:
            (most, best), (second, less), (third, least), *_ = known
            size, fall = most - second, best - less
            if size > 0 < fall and second - third == size and less - least == fall:
                first = self.rules[0]
                self.rules = [first, Change(-fall, PerUnit("short", Quantity(size, UNITS["%"])))]
                self.terms["pct"] = "target"
                return
        raise Refusal("Q404", f"“{piece.text}”之前的各档不成等差，看不出怎样类推", piece.at, "逐档写明")

    def _veto(self, piece: Piece) -> None:
        start = self.pre[0].at if self.pre else piece.at
        if self.rules and isinstance(self.rules[-1], Veto) and self.vetoed is not None:
            start = self.vetoed
            self.rules.pop()
        self.vetoed, self.pre = start, []
        self.rules.append(Veto(bare(self.text[start : piece.at + len(piece.text)])))

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


def _without_asides(pieces: list[Piece]) -> list[Piece]:
    """The pieces without what stands in brackets right after something got or taken and says no points itself."""
    kept: list[Piece] = []
    skipping = False
    for place, piece in enumerate(pieces):
        if not skipping and piece.kind == "words" and piece.text[0] in "(（" and kept and kept[-1].kind in _EFFECTS:
            inside = _inside(pieces[place:])
            skipping = bool(inside) and not any(one.kind in _EFFECTS for one in inside)
        if not skipping:
            kept.append(piece)
        elif ")" in piece.text:
            skipping = False
            rest = piece.text[piece.text.index(")") + 1 :]
            if rest:
                kept.append(Piece("words", rest, piece.at + piece.text.index(")") + 1))
    return kept


def _inside(pieces: list[Piece]) -> list[Piece]:
    """The pieces up to the one with the closing bracket; none where there is none."""
    end = next((place for place, one in enumerate(pieces) if ")" in one.text), None)
    return [] if end is None else pieces[: end + 1]


_EFFECTS = ("got", "full", "nothing", "share", "lost", "gained", "outside", "judged", "judged_lost", "proportion", "taken")


def _each_whole(band: Band) -> list[Band]:
    """1-5名 as five bands of one number each."""
    if band.low is None or band.high is None or band.low == band.high:
        return []
    low, high = band.low.number, band.high.number
    if low.number.denominator != 1 or high.number.denominator != 1 or not 0 < high.number - low.number < 50:
        return []
    ends = [End(Quantity(Fraction(n), high.unit), True) for n in range(int(low.number), int(high.number) + 1)]
    return [replace(band, low=end, high=end) for end in ends]



def _step(rule: Rule) -> tuple[Fraction, Fraction] | None:
    """The share of the target (per cent) and the points of one step of a series."""
    if not isinstance(rule, Award) or not isinstance(rule.gets, Fixed) or len(rule.when) != 1:
        return None
    match rule.when[0]:
        case Met(yes=True):
            return Fraction(100), rule.gets.points
        case Band(low=End(number=number)) if number.unit.kind == "比率":
            return number.number, rule.gets.points
    return None


def _listed(text: str, pre: list[Piece], count: int, end: int) -> list[Count]:
    """国家、省级、市级媒体报道1次分别得3分、2分、1分: as many things counted as points; none where they are not listed so."""
    each = max((place for place, one in enumerate(pre) if one.kind == "each"), default=-1)
    run = [one for one in pre[each + 1 :] if one.kind not in ("in_turn", "stop")]
    numbers = [one for one in run if one.kind == "amount"]
    if len(numbers) != 1 or not numbers[0].value.unit or any(one.kind == "band" for one in run):
        return []
    piece = numbers[0]
    words = bare(text[run[0].at : piece.at]).split("、")
    if len(words) != count:
        return []
    after = bare(text[piece.at + len(piece.text) : run[-1].at + len(run[-1].text)]) if run[-1] is not piece else ""
    return [Count(piece.value.unit, known(word, piece.at), piece.value.number, "", known(after, piece.at)) for word in words]

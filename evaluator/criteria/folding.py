"""Pieces gathered until something is got or taken: what was gathered says when, and becomes a rule."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from evaluator.criteria.bounding import bounds_said, each_judged, takes
from evaluator.criteria.counting import Preface, per_of, until
from evaluator.criteria.cutting import Piece, pattern
from evaluator.criteria.faulty import Refusal
from evaluator.criteria.listing import (
    cases_of,
    each_whole,
    listed,
    raised_in,
    ranks_to,
    series,
    tiers_of,
    without_asides,
)
from evaluator.criteria.occasions import alternatives, bare, conditions, facts_of, measured
from evaluator.criteria.tree import (
    Assessed,
    Award,
    Change,
    Claim,
    Condition,
    Count,
    Criterion,
    Expression,
    Extra,
    Fixed,
    Formula,
    Full,
    Gets,
    InProportion,
    Interval,
    Met,
    NotApplicable,
    Otherwise,
    Percentage,
    PerUnit,
    Rule,
    Veto,
    terms_of,
)

_RESULT = re.compile("得分|分值|分数|评分|^分$")
_HEADING = re.compile("(?:共|共计|合计|总计|满分|计)?")
_BASIS = ("基础分", "基本分", "起评分", "基准分", "底分")  # what is added to
_LARGEST = 1_000  # points of a row


@dataclass
class Gatherer:
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
    end: int = 0
    tiers: frozenset[str] = frozenset()  # units of which a tier is named for each number (一次…，两次…)
    capped: bool = False  # 最高5分 follows: 发表1篇得2分 is for each
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
        return Criterion(tuple(self.rules), (), *bounds, terms_of(self.terms))

    def of(self, pieces: list[Piece]) -> Gatherer:
        """Take the pieces in order; raises Refusal for words left without anything got or taken."""
        pieces = without_asides(pieces)
        self.tiers = tiers_of(pieces) | raised_in(pieces)
        self.capped = any(segment.kind == "most" for segment in pieces)
        self.end = pieces[-1].at + len(pieces[-1].text) if pieces else 0
        for place, piece in enumerate(pieces):
            rest = "".join(segment.text for segment in pieces[place + 1 : place + 3])
            if (
                piece.kind == "got"
                and not piece.value[2]
                and not self.rules
                and (re.match(r"\)?:", rest) or "".join(segment.text for segment in self.pre).endswith("指标("))
            ):
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
                self._award(Percentage(piece.value), piece)
            case "proportion":
                self._award(InProportion(), piece)
            case "taken":
                self._award(InProportion(True), piece)
            case "share_ranges":
                self._share_ranges(piece)
            case "judged" if "平均" in piece.text and (judged := each_judged(self.rules)):
                self.rules, self.pre = judged, []
            case "judged":
                self._award(Assessed(*piece.value), piece)
            case "judged_lost":
                self._judged_lost(piece)
            case "lost" | "gained" | "lost_share":
                self._change(piece)
            case "outside":
                self._outside(piece)
            case "typo":
                self.terms["typo"] = "?" + piece.value
            case "series":
                self.rules, settled = series(self.rules, piece)
                self.terms |= settled
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
        heading = "".join(segment.text for segment in self.pre).strip(",;。:( ")
        if not verb and len(scores) == 1 and self.rules and _HEADING.fullmatch(heading):  # 否则不得分(10分), 共1分
            self.points, self.pre = scores[0], []
            return None
        if heading in _BASIS and len(scores) == 1 and not any(isinstance(rule, Award) for rule in self.rules):
            self.rules.append(Award((), Fixed(scores[0])))
            self.pre = []
            return None
        if scores[0] > _LARGEST:
            raise Refusal("Q402", f"“{piece.text}”的分数过大，疑有错字", piece.at, f"不超过{_LARGEST}的分数")
        if len(scores) > 1:
            return self._in_turn(piece)
        counted = per_of(self.text, self.pre, "got") if self.capped or self._each() else None
        if counted and not self._a_tier(counted[0]):
            per, before = counted
            unsaid = not verb and bool(self.rules) and takes(self.rules[-1])
            if unsaid:  # 水质不达标的每月扣5分，出现劣V类的每月10分
                self.terms["typo"] = f"?{piece.text}→扣{piece.text}"
            self.rules.append(Change(-scores[0] if unsaid else scores[0], per, self._before(per, before)))
            self.pre = []
            self.each_own = self.each_own or verb == "各"
            return None
        if not verb and self._each() and self.rules and takes(self.rules[-1]):
            raise Refusal("Q402", f"“{piece.text}”没有说是得是扣", piece.at, f"写明，如 扣{piece.text}")
        self._award(Fixed(scores[0]), piece)
        return None

    def _award(self, gets: Gets, piece: Piece) -> None:
        if na := next((place for place, segment in enumerate(self.pre) if segment.kind == "na"), None):
            self.rules.append(NotApplicable(facts_of(self.text, self.pre[:na], self.pre[na].at), gets))
            self.pre = []
            return
        every = alternatives(self.text, self.pre, piece.at, self.tiers)
        self.pre = []
        for when in every:
            last = self.rules[-1] if self.rules else None
            if not when and isinstance(last, Veto):  # 实行一票否决，本项不得分
                self.rules.append(Award((Claim(bare(last.words.split(",")[0])),), gets))
                continue
            if not when and (self.rules or not isinstance(gets, InProportion | Assessed)):
                raise Refusal("Q402", f"“{piece.text}”前面没有说什么情形", piece.at, "写明什么情形，如 完成得满分")
            self._one_award(when, gets)

    def _one_award(self, when: tuple[Condition, ...], gets: Gets) -> None:
        first = when[0] if when else None
        if isinstance(first, Claim) and (self.rules or self.later) and re.search(pattern("na_words"), first.words):
            self.rules.append(NotApplicable(first.words, gets))
        elif self.each_own and isinstance(first, Met):
            return  # 每项各1.5分，完成计满分，没有完成计0分: of each, and counted already
        elif len(when) > 1 and when[-1] == Otherwise():  # A、B，否则不得分: A and B get all
            self.rules += [Award(when[:-1], Full()), Award((Otherwise(),), gets)]
        else:
            self.rules.append(Award(when, gets))

    def _share_ranges(self, piece: Piece) -> None:
        """得80%-60%; of several in turn, one for each of the cases listed before (…三档，分别按100%-80%、80%-60%、60%-0%)."""
        ranges = piece.value
        if len(ranges) == 1:
            self._award(Assessed(ranges[0][0], ranges[0][1], True), piece)
            return
        cases = cases_of(self.text, self.pre, len(ranges), piece.at)
        self.rules += [
            Award((case,), Assessed(low, high, True)) for case, (low, high) in zip(cases, ranges, strict=True)
        ]
        self.pre = []

    def _in_turn(self, piece: Piece) -> None:
        """分别得6分、4分和2分: as many bands as points, one for each."""
        scores = piece.value[0]
        bands, others = measured(self.text, self.pre, piece.at)
        start = self.pre[0].at if self.pre else piece.at
        if ranked := re.search(
            "按?(?:从高到低|由高到低|从低到高|由低到高)", self.text[start : piece.at + len(piece.text)]
        ):
            at = start + ranked.start()
            others = list(conditions(self.text, until(self.pre, at), min(at, piece.at)))
            bands = ranks_to(len(scores), ranked[0].removeprefix("按"))
        if len(bands) == 1 and isinstance(bands[0], Interval):
            bands = list(each_whole(bands[0])) or bands
        if len(bands) != len(scores) and (items := listed(self.text, self.pre, len(scores), piece.at)):
            self.rules += [Change(score, item) for score, item in zip(scores, items, strict=True)]
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
        share = piece.kind == "lost_share"
        scores, slashed, _ = ((piece.value,), "", "") if share else piece.value
        sign = 1 if piece.kind == "gained" else -1
        if len(scores) > 1:
            if items := listed(self.text, self.pre, len(scores), piece.at):
                self.rules += [Change(sign * score, item) for score, item in zip(scores, items, strict=True)]
                self.pre = []
                return
            raise Refusal("Q404", f"“{piece.text}”有{len(scores)}个分数，看不出各对应什么", piece.at, "逐项写明扣几分")
        if slashed:
            about = facts_of(self.text, self.pre, piece.at)
            self.rules.append(Change(sign * scores[0], Count(slashed, about=about)))
            self.pre = []
            return
        counted = per_of(self.text, self.pre, "lost" if share else piece.kind)
        if counted and not self._a_tier(counted[0]):
            per, before = counted
            when = self._before(per, before)
            self.rules.append(Change(sign * scores[0], per, when, share=share))
            self.pre = []
            return
        if any(segment.kind == "each" for segment in self.pre) and not any(
            segment.kind == "words" and segment.text[0] in "月年季天周日" for segment in self.pre
        ):
            raise Refusal(
                "Q403", f"“{piece.text}”前面的“每”看不出是每多少", piece.at, "写明数和单位，如 每少1人扣0.5分"
            )
        every = alternatives(self.text, self.pre, piece.at, self.tiers)
        self.pre = []
        for when in every:
            if not when:
                raise Refusal("Q402", f"“{piece.text}”前面没有说什么情形", piece.at, "写明什么情形扣几分")
            unless = len(when) > 1 and when[-1] == Otherwise()
            if unless:
                self.rules.append(Award(when[:-1], Full()))
            self.rules.append(Change(sign * scores[0], None, when[-1:] if unless else when, share=share))

    def _outside(self, piece: Piece) -> None:
        """追加扣除10分, 每发生一起从总分中扣5分."""
        per, before = per_of(self.text, self.pre, "lost") or (None, None)
        if before is not None:
            self.pre = []
        when = before.conditions if before else self._when(piece) or self._same_as_last()
        self.rules.append(Extra(-piece.value[0][0], when, per))

    def _each(self) -> bool:
        return any(piece.kind == "each" for piece in self.pre)

    def _a_tier(self, per: PerUnit | Count) -> bool:
        """Whether 一次 is one tier of several (一次扣1分，两次扣3分), and not each time."""
        unit = per.size.unit.name if isinstance(per, PerUnit) else per.unit
        return unit in self.tiers and not self._each()

    def _judged_lost(self, piece: Piece) -> None:
        low, high = piece.value
        counted = per_of(self.text, self.pre, "lost")
        per = counted[0] if counted else None
        when = () if counted else self._when(piece)
        self.pre = []
        self.rules.append(Change(Fraction(0), per, when, Assessed(low, high)))

    def _before(self, per: PerUnit | Count, before: Preface) -> tuple[Condition, ...]:
        """What stands before 每: a standard (标准≥95%) is an award of its own, the rest says when."""
        kept: list[Condition] = []
        for condition in before.conditions:
            standard = (
                isinstance(condition, Interval)
                and isinstance(per, PerUnit)
                and condition.of == "value"
                and ((per.way == "short" and condition.high is None) or (per.way == "over" and condition.low is None))
            )
            point = isinstance(condition, Interval) and isinstance(per, PerUnit) and condition.low == condition.high
            if (standard or point) and isinstance(condition, Interval):
                self.rules.append(Award((condition,), Full()))
            else:
                kept.append(condition)
        return tuple(kept)

    # ---- bounds, and what acts elsewhere -------------------------------------------------------------------------

    def _most(self, piece: Piece) -> None:
        if piece.kind == "most" and not self.rules:
            self._award(Assessed(Fraction(0), piece.value), piece)
            return
        if self._said(piece.at):
            raise Refusal("Q405", f"“{self._shown()}”没有说得几分、扣几分", self.pre[0].at, "写明几分，或删去")
        for name, bound in bounds_said(piece.kind, piece.value, self.rules).items():
            setattr(self, name, bound)
        self.pre = []

    def _veto(self, piece: Piece) -> None:
        start = self.pre[0].at if self.pre else piece.at
        if self.rules and isinstance(self.rules[-1], Veto) and self.vetoed is not None:
            start = self.vetoed
            self.rules.pop()
        self.vetoed, self.pre = start, []
        self.rules.append(Veto(bare(self.text[start : piece.at + len(piece.text)])))

    # ---- what was gathered ---------------------------------------------------------------------------------------

    def _when(self, piece: Piece) -> tuple[Condition, ...]:
        when = conditions(self.text, self.pre, piece.at)
        self.pre = []
        return when

    def _same_as_last(self) -> tuple[Condition, ...]:
        """不得分，并追加扣除10分: under the condition just named."""
        last = self.rules[-1] if self.rules else None
        return last.when if isinstance(last, Award | Change) else ()

    def _said(self, at: int) -> bool:
        return bool(conditions(self.text, self.pre, at))

    def _shown(self) -> str:
        return self.text[self.pre[0].at : self.end][:20]

    def _end(self) -> None:
        if lost := next((piece for piece in self.pre if piece.kind == "lost_so_many"), None):
            raise Refusal("Q405", f"“{lost.text}”之后没有说怎样", lost.at)
        left = [piece for piece in self.pre if piece.kind != "stop"]
        if left and (self.rules or self.terms) and self._said(self.end):
            raise Refusal("Q405", f"“{self._shown()}”没有说得几分、扣几分", left[0].at, "写明几分，或删去")

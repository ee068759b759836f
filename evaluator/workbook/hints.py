"""What the clerk's workbook says beside a row before anything is sent in: the findings of figures and of empty words.

The sentences are those of the finding rules and of the facts behind them; a spreadsheet only puts its cells into them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from string import Formatter

from evaluator.comparators import DOWNWARD
from evaluator.factsheets.magnitudes import (
    ABOVE,
    BELOW,
    EITHER,
    FAR,
    LARGE,
    LESS,
    MEANT,
    MORE,
    NEAR,
    PART,
    SMALL,
    YUAN,
    other_units,
)
from evaluator.figures import FEN_PER_WAN, decimal, wan
from evaluator.findings.emptywords import SHOWN, UNSAID, empty_words
from evaluator.findings.facts import PLACEHOLDER
from evaluator.inapplicable import WORD
from evaluator.model import FindingRule, Indicator
from evaluator.quantities.reading import Amount
from evaluator.workbook.inputs import META, TypedNumber

MARK = "·"  # before every empty word, so that nothing at all is one of them
IGNORED = " 　。．.，,、；;：:！!？?/／\\-—－–…·（）()“”《》【】*×~1234567890"  # what is not looked at in words
WANTED = f"写了{WORD}，要在偏差原因中写明为什么"
LITERAL = 120  # characters of a text in a formula; a spreadsheet takes 255
WAN = '"0.00####"'  # money as it is printed

COLUMNS = ("said", "done", "odd")  # hidden: what a cause and a remedy say (`spoken`), and what is doubtful of a figure
Says = Mapping[str, FindingRule]  # the finding rules by id


def kept_words() -> list[str]:
    """The empty words as the hidden sheet keeps them, one a row."""
    return [MARK, *(MARK + word for word in empty_words())]


def words_from(row: int) -> str:
    """Where the words stand when the first is in this row of the hidden sheet (from 0), in its second column."""
    return f"'{META}'!$B${row + 1}:$B${row + len(kept_words())}"


def spoken(cell: str, words: str) -> str:
    """A formula: 0 for a blank cell, 1 for one that says nothing, 2 for one that says something."""
    bare = f"SUBSTITUTE({cell},CHAR(10),{_quoted('')})"
    for char in IGNORED:
        bare = f"SUBSTITUTE({bare},{_quoted(char)},{_quoted('')})"
    return f'IF(TRIM({cell})="",0,IF(SUMPRODUCT(--({words}="{MARK}"&LOWER({bare})))>0,1,2))'


def unsaid(called: str, cell: str, kind: str) -> str:
    """A formula: what to say of a cell that says nothing (原因写作“同上”，不是原因); `kind` is its `spoken`."""
    return f'IF({kind}=1,{_filled(UNSAID, called=_quoted(called), written=f"LEFT({cell},{SHOWN})")},"")'


def inapplicable(cell: str, kind: str, hint: str) -> str:
    """A formula: that a row said not to apply wants its reason among the causes, else `hint`; `kind` is the `spoken` of the cause."""
    return f'IF(AND(TRIM({cell})="{WORD}",{kind}<2),"{WANTED}",{hint or _quoted("")})'


def joined(*hints: str) -> str:
    """Several hints in one cell, a sentence each."""
    return "&".join(f'IF({hint}="","",{hint}&"。")' for hint in hints)


def achieved(says: Says, cell: str, kind: str, given: Sequence[str]) -> str:
    """A formula: the finding of a goal whose achievement is not told, once an amount is given."""
    some = ",".join(f'{amount}<>""' for amount in given)
    hint = unsaid("完成情况", cell, kind)
    aside = f'IF({hint}="","","（"&{hint}&"）")'
    return f'IF(AND({kind}<2,OR({some})),{_say(says, "F118", achieved_unsaid=aside)},"")'


def money(says: Says, initial: int, adjusted: str, executed: str, kind: str) -> str:
    """A formula: amounts a thousandfold apart from the initial budget (分), with both readings, or a budget that moved far.

    `kind` is the `spoken` of the cause.
    """
    if initial <= 0:
        return _quoted("")
    first, far, thousandth = (decimal(Fraction(initial, FEN_PER_WAN) * n) for n in (1, FAR, Fraction(1, FAR)))
    shown = _quoted(wan(initial))
    named = (("全年预算数", adjusted), ("全年执行数", executed))

    def amount(cell: str) -> str:
        return f"TEXT({cell},{WAN})"

    large = [
        (
            f"AND(ISNUMBER({cell}),N({cell})>={far})",
            _filled(
                LARGE,
                name=_quoted(name),
                amount=amount(cell),
                initial=shown,
                times=f"ROUND({cell}/{first},2)",
                yuan=amount(f"{cell}/{YUAN}"),
            ),
        )
        for name, cell in named
    ]
    tiny = f"AND(N({adjusted})>0,{adjusted}<={thousandth},N({executed})<={thousandth})"
    small = "&".join(
        f'IF(N({cell})>0,{_filled(SMALL, name=_quoted(name), amount=amount(cell), initial=shown, times=f"ROUND({first}/{cell},2)")}&"；","")'
        for name, cell in named
    )
    either = _filled(
        EITHER,
        yuan=amount(decimal(Fraction(initial, FEN_PER_WAN * YUAN), 10)),
        hundred_million=amount(f"{adjusted}*{YUAN}"),
    )
    two, half = (decimal(Fraction(initial, FEN_PER_WAN) * n, 7) for n in (2, Fraction(1, 2)))
    up = f"ROUND({adjusted}/{first},2)"
    times = f"IF({adjusted}>={first},{_filled(MORE, times=up)},IF({adjusted}*100>={first},{_filled(PART, percent=_percent(adjusted, first))},{_filled(LESS, times=f'ROUND({first}/{adjusted},2)')}))"
    cut = f"AND({adjusted}<{first},{executed}={adjusted})"
    moved = f"AND(N({adjusted})>0,OR({adjusted}>={two},{adjusted}<={half}),NOT({cut}),{kind}<2)"
    moved_far = _say(
        says,
        "F211",
        adjusted_shown=amount(adjusted),
        initial_shown=shown,
        adjusted_told=times,
        cause_unsaid=_quoted(""),
    )
    (first_large, said), (other, added) = large
    both = f'IF({first_large},{said}&IF({other},"；",""),"")&IF({other},{added},"")'
    return f'IF(OR({first_large},{other}),{both},IF({tiny},{small}&{either},IF({moved},{moved_far},"")))'


def number(says: Says, row: Indicator, entry: TypedNumber, cell: str, kind: str) -> str:
    """A formula: a number a thousandfold apart from its target, with both readings where another unit explains it."""
    content = row.read.content
    if entry.percent or entry.low <= 0 or not isinstance(content, Amount) or content.low.unit.bare:
        return _quoted("")
    aim, nothing = content.low.unit, _quoted("")
    low, high = decimal(entry.low, 9), decimal(entry.high, 9)

    def sentence(rule: str, magnitude: str) -> str:
        if rule not in says:
            return nothing
        said = f'"实际完成值："&{magnitude}'
        return said if rule == "F116" else f"IF({kind}<2,{said},{nothing})"

    up = sentence("F117", above := _filled(ABOVE, times=f"ROUND({cell}/{high},2)"))
    down = sentence("F117", below := _filled(BELOW, times=f"ROUND({low}/{cell},2)"))
    for unit in other_units(aim):
        near, value = f"AND({{}}<{NEAR},{{}}*{NEAR}>{{}})", f"{cell}*{decimal(unit.size / aim.size, 9)}"
        if unit.size < aim.size:
            value = f"{cell}/{decimal(aim.size / unit.size)}"
            read = _filled(MEANT, unit=_quoted(unit.name), value=f"{value}&{_quoted(aim.name)}")
            up = f"IF({near.format(f'{value}/{high}', value, high)},{sentence('F116', f'{above}&{read}')},{up})"
        elif unit.size > aim.size:
            read = _filled(MEANT, unit=_quoted(unit.name), value=f"{cell}&{_quoted(unit.name)}")
            down = f"IF({near.format(f'{value}/{low}', value, low)},{sentence('F117', f'{below}&{read}')},{down})"
    if entry.word in DOWNWARD and not aim.kind.startswith("金额"):
        down = nothing
    return f'IF(NOT(ISNUMBER({cell})),"",IF({cell}/{FAR}>={high},{up},IF(AND({cell}>0,{cell}*{FAR}<={low}),{down},"")))'


# ---- sentences as formulas ---------------------------------------------------------------------------------------


def _quoted(text: str) -> str:
    parts = [text[start : start + LITERAL] for start in range(0, len(text), LITERAL)] or [""]
    return "&".join('"' + part.replace('"', '""') + '"' for part in parts)


def _filled(template: str, **cells: str) -> str:
    """A template with formulas in its places, as one formula."""
    parts = []
    for literal, name, _, _ in Formatter().parse(template):
        parts += [_quoted(literal)] if literal else []
        parts += [cells[name]] if name else []
    return "&".join(parts)


def _say(says: Says, rule: str, **cells: str) -> str:
    """What a finding rule says, its fields being formulas; nothing where the rule is not in force."""
    if rule not in says:
        return _quoted("")
    return _filled(PLACEHOLDER.sub(r"{\2}", says[rule].say), **cells)


def _percent(part: str, whole: str) -> str:
    return f'ROUND({part}/{whole}*100,2)&"%"'

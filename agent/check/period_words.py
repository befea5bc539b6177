"""Periods of six languages told in English: "im vierten Quartal 2025" → "in Q4 2025"."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from warehouse.periods import MONTHS

Change = tuple[int, int, str]
"""Beginning, end, the English words for what stands there."""
_YEAR = r"(?P<year>(?:19|20)\d\d)"


@dataclass(frozen=True)
class Calendar:
    """What a language calls periods; the forms are regular expressions."""

    months: str
    ordinals: tuple[str, str, str, str]
    quarter: str
    half: str
    lead: str
    """What stands before an ordinal that stands alone: "im zweiten"."""
    link: str
    """What stands before the year."""
    day: str
    """What stands between a day and its month."""


CALENDARS = {
    "german": Calendar(
        "januar|jänner februar märz april mai juni juli august september oktober november dezember",
        ("erste[nrsm]?", "zweite[nrsm]?", "dritte[nrsm]?", "vierte[nrsm]?"),
        "quartals?|vierteljahr(?:e?s)?|jahresviertel",
        "halbjahr(?:e?s)?|jahreshälfte",
        r"im|vom|zum|das|des|dem",
        r"(?: des jahres| in| im jahr|,)?",
        r"\.? ",
    ),
    "spanish": Calendar(
        "enero febrero marzo abril mayo junio julio agosto septiembre|setiembre octubre noviembre diciembre",
        ("primer[oa]?", "segund[oa]", "tercer[oa]?", "cuart[oa]"),
        "trimestre",
        "semestre|mitad",
        r"en el|en la|del|al|el|de la|la",
        r"(?: del año| del| de)?",
        r" de ",
    ),
    "french": Calendar(
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        ("premi(?:er|ère)|1er|1ère", "deuxième|seconde?|2e|2ème", "troisième|3e|3ème", "quatrième|4e|4ème"),
        "trimestre",
        "semestre|moitié",
        r"au|le|du|à la|la|de la",
        r"(?: de l'année| de| d')?",
        r"(?:er)? ",
    ),
    "italian": Calendar(
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        ("prim[oa]", "second[oa]", "terz[oa]", "quart[oa]"),
        "trimestre",
        "semestre|metà",
        r"nel|nella|del|al|il|della|la",
        r"(?: del| dell'anno)?",
        r" ",
    ),
    "portuguese": Calendar(
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        ("primeir[oa]", "segund[oa]", "terceir[oa]", "quart[oa]"),
        "trimestre",
        "semestre|metade",
        r"no|na|do|ao|o|da|a",
        r"(?: do ano| de)?",
        r" de ",
    ),
    "dutch": Calendar(
        "januari februari maart april mei juni juli augustus september oktober november december",
        ("eerste", "tweede", "derde", "vierde"),
        "kwartaal",
        "halfjaar|helft",
        r"in het|van het|het|de",
        r"(?: van)?",
        r" ",
    ),
}
_ALONE = (
    r"(?= *[,.;:()\[\]–]| *$|\n| [-+]?\d| (?:waren|war|lag|liegt|sind|stand|ist|betrug|beträgt|nur|noch|"
    r"bei|auf|es|fue|era|"
    r"estaba|está|de|a|à|con|solo|est|était|avec|è|era|foi|was|is)(?: (?!\d)\w+){0,4} [-+]?\d)"
)
"""What follows an ordinal that stands for a period: "im zweiten lag der NPS bei +20.0"."""


@functools.cache
def _parts(language: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    held = CALENDARS[language]
    ordinal = "|".join(f"(?P<o{at + 1}>{form})" for at, form in enumerate(held.ordinals))
    unit = rf"(?:(?P<quarter>{held.quarter})|(?P<half>{held.half}))"
    year = rf"(?:{held.link} {_YEAR})?"
    month = "|".join(f"(?P<m{at + 1}>{form})" for at, form in enumerate(held.months.split()))
    flags = re.IGNORECASE
    return (
        re.compile(rf"(?<!\w)(?:(?:{ordinal})|(?P<digit>[1-4])[.ºª°]?[ºª°er]{{0,2}}) {unit}{year}(?!\w)", flags),
        re.compile(rf"(?<!\w)(?P<lead>{held.lead}) (?:{ordinal}){_ALONE}", flags),
        re.compile(rf"(?<!\w)(?:(?P<day>\d{{1,2}}){held.day})?(?:{month})(?:{held.link} {_YEAR})?(?!\w)", flags),
        re.compile(rf"(?<!\w)(?P<short>[TQSH])(?P<digit>[1-4])(?:{held.link} {_YEAR})(?!\w)", flags),
    )


def english_periods(text: str, language: str) -> Iterator[Change]:
    """The periods of a text in English."""
    if language not in CALENDARS:
        return
    whole, alone, month, short = _parts(language)
    found = [("whole", match) for match in whole.finditer(text)]
    found += [("alone", match) for match in alone.finditer(text)]
    found += [("month", match) for match in month.finditer(text)]
    found += [("short", match) for match in short.finditer(text)]
    found += _first_of_two(found, text, language)
    unit, year, last = "", "", 0
    for kind, match in sorted(found, key=lambda item: (item[1].start(), -item[1].end())):
        if match.start() < last:
            continue
        if kind == "first":
            following = next(other for one, other in found if one == "whole" and other.start() >= match.end())
            unit, year = "Q" if following["quarter"] else "H", following["year"] or year
        made = _told("alone" if kind == "first" else kind, match, unit, year)
        if made is None:
            continue
        if kind == "whole":
            unit = "Q" if match["quarter"] else "H"
        if kind not in ("alone", "first"):
            year = match["year"] or year
        last = match.end()
        lead = len(match["lead"]) + 1 if kind in ("alone", "first") else 0
        yield match.start() + lead, match.start("link") if kind == "first" else match.end(), made
    for match in re.finditer(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)(?!\d)", text):
        if 1 <= int(match[2]) <= 12 and 1 <= int(match[1]) <= 31:
            yield match.start(), match.end(), f"{int(match[1])} {MONTHS[int(match[2]) - 1]} {match[3]}"


def _first_of_two(found: list[tuple[str, re.Match[str]]], text: str, language: str) -> list[tuple[str, re.Match[str]]]:
    """ "vom ersten zum zweiten Quartal 2025"."""
    held = CALENDARS[language]
    ordinal = "|".join(f"(?P<o{at + 1}>{form})" for at, form in enumerate(held.ordinals))
    lead = rf"(?<!\w)(?P<lead>{held.lead}|dem|den|le|el)"
    pattern = re.compile(rf"{lead} (?:{ordinal})(?P<link>(?: [^\W\d_]+){{1,3}} )", re.IGNORECASE)
    made = []
    for start in {match.start() for kind, match in found if kind == "whole"}:
        made += [("first", m) for m in pattern.finditer(text, max(0, start - 60), start) if m.end() == start]
    return made


def _told(kind: str, match: re.Match[str], unit: str, year: str) -> str | None:
    groups = match.groupdict()
    which = next((name[1:] for name, held in groups.items() if held and re.fullmatch(r"[om]\d+", name)), "")
    if kind == "month":
        of = groups["year"] or ""
        return f"{groups['day'] + ' ' if groups['day'] else ''}{MONTHS[int(which) - 1]} {of}".strip()
    if kind == "alone" and not unit:
        return None
    number = which or groups.get("digit") or ""
    sign = unit if kind == "alone" else "Q" if kind == "short" and groups["short"] in "TQtq" else "H"
    if kind == "whole":
        sign = "Q" if groups["quarter"] else "H"
    if sign == "H" and number not in ("1", "2"):
        return None
    return f"{sign}{number} {groups.get('year') or year}".strip()

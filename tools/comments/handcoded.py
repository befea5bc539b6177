"""The machine's themes held against codes that people gave."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from pydantic import Field

from tools.comments.coded import THEME, BoolArray, Coded, read_coded
from tools.comments.stems import fold
from tools.result import FactSheet, Model
from tools.scope import Scope
from tools.stats.agreement import cohen_kappa, precision_recall
from tools.stats.proportions import ProportionInterval
from warehouse.errors import NpsError, UnknownNameError
from warehouse.workspace import Warehouse

_NO_THEME = frozenset(
    {"none", "no theme", "other", "n/a", "-", "keine", "keines", "sonstiges", "ninguno", "otro", "aucun"}
)


class ThemeAgreement(Model):
    """How well a theme is found."""

    theme: str
    kappa: str = Field(description="Id of Cohen's kappa: 1 agreement, 0 what chance gives.")
    precision: str = Field(description="Id: share of the machine's mentions that the person confirms.")
    recall: str = Field(description="Id: share of the person's mentions that the machine found.")
    f1: str = Field(description="Id of their harmonic mean.")


@dataclass
class Checked:
    """Agreement, theme by theme, and what it rests on."""

    themes: list[ThemeAgreement]
    caveats: list[str] = field(default_factory=list)
    sql: list[str] = field(default_factory=list)


def against_hand_codes(
    warehouse: Warehouse, sheet: FactSheet, rows: Scope, column: str | None, codes: str, statements: int
) -> Checked:
    """Kappa, precision and recall of each theme over the answers that hold codes, separated by ;."""
    columns = warehouse.catalog.tables["responses"].columns
    readable = [name for name, known in columns.items() if not known.personal and known.type == "text"]
    if codes not in readable:
        raise UnknownNameError("column of hand codes", codes, readable)
    coded = read_coded(warehouse, rows, column=column, codes=codes)
    given = [_split(key[0]) for key in coded.segment]
    hand, unknown = _matrix(given, coded.codebook.names)
    base = warehouse.catalog.minimum_base.cell
    if not hand.any():
        raise NpsError(
            f"No code in {codes!r} is the name of a theme ({', '.join(coded.codebook.names[:6])} …); write the names "
            "as they stand in codebook.yaml, separated by ;."
        )
    sheet.statement = statements + 2
    found, small = [], []
    for at, theme in enumerate(coded.codebook.names):
        one, other = coded.mentions[:, at], hand[:, at]
        if not one.any() and not other.any():
            continue
        if max(one.sum(), other.sum()) < base:
            small.append(theme)
            continue
        found.append(_agreement(sheet, rows, theme, one, other))
    return Checked(found, _caveats(coded, codes, unknown, small, base), coded.sql)


def _split(text: str) -> list[str]:
    return [" ".join(code.split()) for code in text.split(";") if code.strip()]


def _matrix(given: list[list[str]], names: list[str]) -> tuple[BoolArray, Counter[str]]:
    place = {fold(name): at for at, name in enumerate(names)}
    hand = np.zeros((len(given), len(names)), dtype=bool)
    unknown: Counter[str] = Counter()
    for row, codes in enumerate(given):
        for code in codes:
            if fold(code) in place:
                hand[row, place[fold(code)]] = True
            elif fold(code) not in _NO_THEME:
                unknown[code] += 1
    return hand, unknown


def _agreement(sheet: FactSheet, rows: Scope, theme: str, machine: BoolArray, hand: BoolArray) -> ThemeAgreement:
    where, n = {**rows.where, THEME: theme}, len(hand)
    both, alone, missed = int((machine & hand).sum()), int((machine & ~hand).sum()), int((~machine & hand).sum())
    found = precision_recall(both, alone, missed)
    return ThemeAgreement(
        theme=theme,
        kappa=_kappa(sheet, where, [[both, alone], [missed, n - both - alone - missed]]),
        precision=_share(
            sheet, "coding_precision", found.precision, where, "no comment was given the theme by the words"
        ),
        recall=_share(sheet, "coding_recall", found.recall, where, "no comment was given the theme by hand"),
        f1=_share(sheet, "coding_f1", found.f1, where, ""),
    )


def _kappa(sheet: FactSheet, where: dict[str, str], table: list[list[int]]) -> str:
    n = sum(map(sum, table))
    try:
        kappa = cohen_kappa(table)
    except ValueError:
        reason = "both gave the theme to all of these comments, so that chance agreement is certain"
        return sheet.add("coding_kappa", None, "number", n=n, where=where, reason=reason).id
    wide = kappa.standard_error > 0  # perfect agreement has no standard error, which is not certainty
    low, high = (kappa.low, kappa.high) if wide else (None, None)
    return sheet.add("coding_kappa", kappa.estimate, "number", n=n, low=low, high=high, where=where).id


def _share(sheet: FactSheet, name: str, share: ProportionInterval | None, where: dict[str, str], reason: str) -> str:
    if share is None:
        return sheet.add(name, None, "share", where=where, reason=reason).id
    return sheet.add(name, share.estimate, "share", n=int(share.n), low=share.low, high=share.high, where=where).id


def _caveats(coded: Coded, codes: str, unknown: Counter[str], small: list[str], base: int) -> list[str]:
    caveats = [
        f"{coded.n:,} comments carry codes by hand in {codes}; how well the words find a theme holds for comments like "
        "these."
    ]
    told = [code for code, count in unknown.most_common(5) if count >= base]
    if unknown:
        named = f" ({', '.join(told)})" if told else ""
        caveats.append(
            f"{sum(unknown.values()):,} codes in {codes} are no theme of the codebook and do not count{named}."
        )
    if small:
        caveats.append(f"Not judged, because fewer than {base} comments hold them: {', '.join(small[:6])}.")
    return caveats

"""Directions and causes in languages that the check of claims does not read word by word: Italian, Portuguese, Dutch.

They stand only beside a reference to a difference that was tested and is clear; of verbs that say which way something
went, the difference goes that way. It is coarser than what is asked of English, and refuses rather than trusts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from agent.check.evidence import Known
from agent.check.gloss import language_in
from agent.check.languages import GLOSSED
from tools.registry import TOOLS

_UP = r"""
    gestiegen|stieg|stiegen|steigt|zugenommen|gewachsen|verbessert\w*|subió|subieron|aumentó
    |aumentaron|mejoró|mejoraron|creció|augmenté\w*|progressé\w*|amélioré\w*|aumentat[oaie]
    |salit[oaie]|migliorat[oaie]|cresciut[oaie]|aumentou|subiu|melhorou|cresceu|gestegen|steeg
    |stegen|toegenomen|verbeterd
"""
_DOWN = r"""
    gefallen|fiel|fielen|sinkt|gesunken|sank|zurückgegangen|abgenommen|verschlechtert\w*|bajó
    |bajaron|cayó|cayeron|disminuyó|empeoró|descendió|baissé\w*|diminué\w*|chuté\w*|reculé\w*
    |dégradé\w*|diminuit[oaie]|sces[oaie]|calat[oaie]|peggiorat[oaie]|caiu|diminuiu|piorou|desceu
    |gedaald|daalde\w*|afgenomen|verslechterd
"""
_APART = r"""
    höher\w*|niedriger\w*|besser\w*|schlechter\w*|schwächer\w*|más\salt[oa]s?|más\sbaj[oa]s?
    |mejor\sque|peor\sque|mayor\sque|menor\sque|plus\sélevée?s?|plus\sbas(?:se)?s?|plus\sfaibles?
    |supérieure?s?|inférieure?s?|meilleure?s?|pires?|più\salt[oaie]|più\sbass[oaie]|superiore|migliore
    |peggiore|inferiore|mais\salt[oa]s?|mais\sbaix[oa]s?|melhor\sque|pior\sque|hoger\w*|lager\sdan|beter
    |slechter
"""
_CAUSE = r"""
    wegen|aufgrund|weil|dank\s(?:de[rsm]|unser\w*)|verursacht\w*|führte\w*\szu|ursache|debido\sa\w*|a\scausa\sde\w*
    |por\sculpa\w*|porque|gracias\sa\w*|provocó|causó|à\scause\sd\w+|en\sraison\sd\w+
    |grâce\s(?:à|au\w*)|parce\squ\w+|provoqué\w*|causé\w*|perché|grazie\sa\w*|causat[oaie]
    |provocat[oaie]|dovut[oaie]\sa\w*|por\scausa\sd\w+|devido\sa\w*|graças\sa\w*|causou|provocou
    |vanwege|doordat|omdat|dankzij|veroorzaakt\w*|leidde\stot
"""
_NOT = re.compile(
    r"(?<!\w)(?:nicht|kein\w*|unklar|no|ne|n['’]\w*|pas|aucune?|non|nessun\w*|não|niet|geen)(?!\w)", re.IGNORECASE
)
_NOT_ONLY = re.compile(r"nicht nur|no solo|no sólo|pas seulement|non solo|não só|niet alleen", re.I)
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
_REFERENCE = re.compile(r"\{\{\s*(F\d+)")


def _any(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE | re.VERBOSE)


_PATTERNS = {"up": _any(_UP), "down": _any(_DOWN), "apart": _any(_APART), "cause": _any(_CAUSE)}


def holds_foreign_claims(draft: str) -> bool:
    """Whether there is anything to look at; German, Spanish and French are left to the check of claims."""
    if language_in(_TEMPLATE.sub(" ", draft)) in GLOSSED:
        return False
    return any(pattern.search(draft) for pattern in _PATTERNS.values())


def foreign_faults(draft: str, known: Iterable[Known]) -> Iterator[str]:
    """Claims without a fact that bears them out."""
    by_id = {item.fact.id: item for item in known}
    for sentence in re.split(r"(?<=[.!?;])\s+|\n+", draft):
        if sentence.rstrip().endswith("?") or (_NOT.search(sentence) and not _NOT_ONLY.search(sentence)):
            continue
        told = [by_id[name] for name in _REFERENCE.findall(sentence) if name in by_id]
        for kind, pattern in _PATTERNS.items():
            spot = pattern.search(sentence)
            if spot and not any(_bears(item, kind) for item in told):
                yield f"{spot.group()!r} needs a reference to a tested, clear difference beside it; else leave it out."


def _bears(item: Known, kind: str) -> bool:
    if kind == "cause":
        return item.tool in TOOLS and TOOLS[item.tool].group == "cause" and item.tested in ("up", "down")
    return item.tested == kind if kind in ("up", "down") else item.tested in ("up", "down")

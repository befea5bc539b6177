"""Number words of other languages than English, whose figures nobody could hold against the facts."""

from __future__ import annotations

import re

FOREIGN_NUMBERS = re.compile(
    r"""(?<!\w)(?:
    vingt|trente|quarante|cinquante|soixante|soixante-dix|quatre-vingts?|septante|huitante|nonante
    |veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa|veinti\w+|ciento\w*
    |doscientos|trescientos|venti(?:uno|due|tr[eé]|quattro|cinque|sei|sette|otto|nove)?|trenta\w*|quaranta\w*|cinquanta\w*|sessanta\w*|settanta\w*
    |ottanta\w*|novanta\w*|vinte|trinta|cinquenta|sessenta|setenta|oitenta
    |\w*(?:zwanzig|dreißig|dreissig|vierzig|fünfzig|fuenfzig|sechzig|siebzig|achtzig|neunzig)\w*|\w*hundert
    |\w*tausend|\w*(?:twintig|dertig|veertig|vijftig|zestig|zeventig|tachtig|negentig)|\w*honderd|tjugo\w*
    |trettio\w*|fyrtio\w*|femtio\w*|sextio\w*|sjuttio\w*|åttio\w*|nittio\w*|tredive|fyrre|halvtreds
    |halvfjerds|halvfems|tjue|tretti|førti|femti|seksti|sytti|åtti|nitti|dwadzieścia
    |trzydzieści|czterdzieści|\w+dziesiąt|двадцать|тридцать|сорок|\w+десят\w*|девяносто|yirmi|otuz
    |kırk|altmış|yetmiş|seksen|doksan|kaksikymmentä|kolmekymmentä|\w+kymmentä|dvacet|třicet
    |čtyřicet|padesát|šedesát|sedmdesát|osmdesát|devadesát
    )(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)
"""Tens and more; smaller ones are words of other meanings too often."""

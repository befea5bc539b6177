"""Addresses in comments: streets with a number, postcodes, flats and post boxes (English, German, Spanish, French)."""

from __future__ import annotations

import re

from tools.comments.marks import MARKS

_A = MARKS["address"]
_CAP = r"[A-ZÀ-ÖØ-Þ][\w'’.-]*+"
_TAIL = r"(?:[\s./,_()\-‐-―−]{1,3}\d{1,12}){0,6}"
"""Digits that follow: rather an address too long than the rest of a phone number."""
_NO = r"(?<!\d[\s.-])\d{1,5}\s?[A-Za-z]?(?:\s?[-/]\s?\d{1,4}[A-Za-z]?)?"
_NOT_STREET = (
    r"(?!(?:the|a|an|my|our|your|his|her|this|that|on|in|at|of|for|to|by|per|from|and|or|is|was|down|years?|months?|weeks?|days?"
    r"|hours?|hrs?|minutes?|mins?|times?|miles?|km|people|cars?|out|different|more)\b)"
)
_STRONG = r"(?:street|road|avenue|lane|crescent|terrace|boulevard|gardens|mews|grove|rd|ave|blvd|cres)"
_WEAK = (
    r"(?:Street|St|Str|Drive|Dr|Close|Court|Ct|Place|Pl|Way|Square|Sq|Hill|Park|Row|Walk|Parade|Highway|Hwy|Rise|View|Green"
    r"|Parkway|Pkwy|Circle|Trail|Yard|Wharf|Quay|Ln|DRIVE|CLOSE|COURT|PLACE|WAY|SQUARE|HILL|PARK)"
)
_ENGLISH = (
    re.compile(
        rf"(?<!\w){_NO},?\s(?:{_NOT_STREET}[^\W\d_][\w'’.-]*+\s){{1,3}}?{_STRONG}\b\.?(?:\s(?:North|South|East|West|[NSEW])\b)?",
        re.IGNORECASE,
    ),
    re.compile(rf"(?<!\w){_NO},?\s(?:{_CAP}\s){{1,3}}?{_WEAK}\b\.?"),
    re.compile(
        rf"(?<![\w'’.-])(?:{_CAP}\s){{1,2}}(?:Street|Road|Avenue|Lane|Crescent|Terrace|Boulevard|Gardens|Mews|Grove)\b"
    ),
)
_GERMAN = (
    re.compile(
        r"(?<![\w-])(?:(?-i:[A-ZÄÖÜ])[\wäöüß-]*+\s)?(?:[\wäöüß-]{0,40}(?:straße|strasse)|[\wäöüß-]{1,40}str\.|str\.)\s?\d{1,4}"
        rf"(?:\s?[-/]\s?\d{{1,4}})?(?:\s?[a-z]\b)?{_TAIL}",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<![\w-])[A-ZÄÖÜ][\wäöüß-]{2,40}?(?:weg|platz|allee|gasse|ring|damm|ufer|chaussee|steig|stieg|pfad|hof|markt)\s"
        rf"\d{{1,4}}(?:\s?[a-z]\b)?(?![\w%]){_TAIL}"
    ),
    re.compile(
        r"(?<![\w-])[A-ZÄÖÜ][\wäöüß-]{1,40}?(?:er)\s(?:Straße|Strasse|Str\.|Weg|Platz|Allee|Ring|Damm|Ufer|Chaussee)\s?\d{1,4}"
        rf"(?:\s?[a-z]\b)?{_TAIL}"
    ),
)
_SPANISH = re.compile(
    r"(?<!\w)(?:calle|c/|avenida|avda?\.?|av\.|plaza|paseo|camino|carretera|ronda|travesía|pasaje|glorieta)\s?"
    r"(?:(?:de|la|del|los|las|el|san|santa)\s){0,3}(?:[^\W\d_][\w'’.-]*+,?\s){1,4}?(?:n(?:[úu]m(?:ero|\.)?|[º°o]\.?|\.)\s?)?\d{1,4}"
    rf"{_TAIL}",
    re.IGNORECASE,
)
_FRENCH = (
    re.compile(
        r"(?<!\w)(?<!\d[\s.-])\d{1,4}(?:\s?(?:bis|ter|quater))?,?\s(?:rue|boulevard|bd|chemin|allée|impasse|avenue|faubourg)\s"
        r"(?:(?:de\s|du\s|des\s|la\s|le\s|les\s|d['’]|l['’]){0,3})[^\W\d_][\w'’-]*+(?:\s(?-i:[A-ZÀ-Ý])[\w'’-]*+){0,3}",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<!\w)(?<!\d[\s.-])\d{1,4}(?:\s?(?:bis|ter))?,?\s(?:av\.|place|route|cours|square|quai)\s"
        r"(?:(?:de\s|du\s|des\s|la\s|le\s|les\s|d['’]|l['’]){0,3})[A-ZÀ-Ý][\w'’-]*+(?:\s[A-ZÀ-Ý][\w'’-]*+){0,3}"
    ),
)
_DWELLING = re.compile(
    r"(?<!\w)(?:flat|apt\.?|apartment|suite|wohnung|whg\.?|appartement|appt\.?|piso|house number|house no\.?|hausnummer"
    r"|room)"
    r"\s?(?:no\.?\s?|number\s|nr\.?\s?|#\s?)?\d{1,5}[a-z]?\b(?!\s?%)"
    rf"{_TAIL}"
    r"|(?<!\w)(?:p\.?\s?o\.?\s?box|postfach|apartado(?: de correos)?|boîte postale|b\.p\.)\s?(?:no\.?\s?)?\d{1,6}"
    rf"{_TAIL}",
    re.IGNORECASE,
)
_TOWN = r"(?:\s[A-ZÄÖÜÀ-Ý][\w'’äöüß-]{2,}+)"
_POSTCODES = (
    re.compile(
        r"(?<![A-Za-z0-9])[A-Z]{1,2}\d[A-Z\d]?\s?\d(?!GB|TB)[ABD-HJLNP-UW-Z]{2}(?![A-Za-z0-9])", re.IGNORECASE
    ),  # United Kingdom
    re.compile(r"(?<![A-Za-z0-9])[ABCEGHJ-NPR-TVXY]\d[A-Z][\s-]?\d[A-Z]\d(?![A-Za-z0-9])", re.IGNORECASE),  # Canada
    re.compile(
        r"(?<![A-Za-z0-9])(?:[A-Z]{2}\.?,?\s|zip(?:\s?code)?:?\s)\d{5}(?:-\d{4})?(?!\d)" + _TAIL
    ),  # United States
    re.compile(r"(?<![A-Za-z0-9])(?<!\d[\s.-])\d{5}-\d{4}(?!\d)" + _TAIL),
    re.compile(r"(?<![A-Za-z0-9])zip(?:\s?code)?:?\s\d{5}(?!\d)" + _TAIL, re.IGNORECASE),
    re.compile(rf"(?<![\w£$€.,+-])(?<!\d\s)(?:[DFEA]-)?\d{{5}}{_TOWN}{{1,2}}"),  # Germany, France, Spain, Italy
    re.compile(
        r"(?<![A-Za-z0-9])(?<!\d[\s.-])\d{4}\s?(?!AM|PM|GB|TB|MB|UK|US|EU)[A-Z]{2}(?![A-Za-z0-9])"
    ),  # Netherlands
    re.compile(
        r"\b(?:plz|postleitzahl|postcode|post code|code postal|c\.p\.|código postal)(?:\s(?:is|ist|est|es))?[:\s]\s?"
        r"(?=\S{0,9}\d)\S{3,10}(?:\s\d[A-Za-z]{2}\b)?",
        re.IGNORECASE,
    ),
)
_PIECES = re.compile(rf"{_A}(?:,?\s(?:in\s)?[A-ZÄÖÜÀ-Ý][\w'’-]*+){{0,3}},?\s?{_A}")

_DIGIT = re.compile(r"\d")


def hide_places(text: str) -> str:
    """Streets, dwellings, postcodes; what stands between a street and its postcode goes with them."""
    if not _DIGIT.search(text):
        return _ENGLISH[2].sub(_A, text)
    for pattern in (*_GERMAN, *_FRENCH, _SPANISH, *_ENGLISH, _DWELLING, *_POSTCODES):
        text = pattern.sub(_A, text)
    for _ in range(3):
        text = _PIECES.sub(_A, text)
    return text

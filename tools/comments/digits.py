"""Numbers in comments that tell who somebody is; scores, prices, dates, years and durations stay.

A run of seven or more digits with anything small between them is hidden whole, whatever it is: a phone number that
was written in an odd way does more harm than a lost figure. Only what is surely a figure is kept beforehand.
"""

from __future__ import annotations

import re

from tools.comments.marks import ANY_MARK, MARKS, Kept, Kind

_MONTH = (
    r"(?:jan|feb|mar|mär|apr|avr|abr|may|mai|jun|juin|jul|juil|aug|aoû|ago|sep|set|oct|okt|nov|dec|dez|déc|dic|ene|fév"
    r"|fev|enero|février)[^\W\d_]{0,9}\.?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_YEAR = r"(?:19|20)\d\d"
_DATE = (
    rf"(?:{_YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}\s?[./-]\s?\d{{1,2}}\s?[./-]\s?(?:{_YEAR}|'?\d\d)"
    rf"|{_DAY}(?:st|nd|rd|th|er|º)?\.?[\s-](?:of\s|de\s)?{_MONTH},?[\s-](?:de\s|del\s)?(?:{_YEAR}|'?\d\d)"
    rf"|{_MONTH}\s{_DAY}(?:st|nd|rd|th)?,?\s{_YEAR})"
)
_APART = r"[\s.\-‐-―−_/()*~|·•,]"
_ALONE = rf"(?<![\d+(])(?<!\d{_APART})(?<!\d{_APART}{{2}})(?<!\d{_APART}{{3}})"
_CLEAR = rf"(?!{_APART}{{0,3}}\d)"
"""A figure that stands for itself: no other digits before it, or after it."""
_BORN = re.compile(
    r"((?:\bborn|date of birth|birth ?dates?|birthdays?|\bd\.?o\.?b\b\.?|\bgeb(?:oren|\.)|geburts(?:datum|tag)|\bnée?\b"
    r"|date de naissance|naissance|anniversaire|\bnacid[oa]|\bnac[ií]|nacimiento|cumpleaños)"
    rf"[^\d\n]{{0,24}}?)(?:{_DATE}{_CLEAR}|\d{{6,8}}{_CLEAR}|{_DAY}(?:st|nd|rd|th|\.)?\s(?:of\s|de\s)?{_MONTH}"
    rf"|{_MONTH}\s{_DAY}(?!\d)|{_YEAR}{_CLEAR})",
    re.IGNORECASE,
)
_DATED = re.compile(rf"{_ALONE}{_DATE}{_CLEAR}", re.IGNORECASE)
_OLD = re.compile(r"(?:19\d\d|200\d)\D|(?:19\d\d|200\d|\D[2-9]\d|')$")
"""A day before 2010 is sooner somebody's birthday than anything about a service."""
_CURRENCY = r"(?:[£$€¥₹]|\b(?:EUR|GBP|USD|CHF|Rs)\b)"
_MONEY = r"(?:€|£|\$|eur(?:os?)?\b|gbp\b|usd\b|chf\b|pounds?\b|quid\b|dollars?\b|bucks?\b|pence\b|cents?\b)"
_AMOUNT = r"(?:\d{1,3}[,.]\d{3}|\d{1,6})(?:[,.]\d{1,2})?"
_FIGURES = re.compile(
    rf"(?<=[£$€¥₹]){_AMOUNT}{_CLEAR}|(?<=[£$€¥₹]\s){_AMOUNT}{_CLEAR}|{_ALONE}{_AMOUNT}\s?{_MONEY}"
    rf"|{_ALONE}(?:10|\d)(?:[.,]\d)?\s?/\s?(?:10|5|7)(?!\d){_CLEAR}"
    rf"|{_ALONE}{_YEAR}\s?(?:[-–/]|to|bis)\s?{_YEAR}{_CLEAR}"
    rf"|{_ALONE}\d{{5,6}}(?=\s(?:users?|customers?|people|employees|staff|times|km|miles|hours|minutes|calls|steps"
    r"|Kunden|Mitarbeiter|Nutzer|Stunden|clientes|empleados|veces|horas|clients|heures|fois)\b)"
    rf"|{_ALONE}\d{{1,3}}[.,]?000{_CLEAR}(?!\w)",
    re.IGNORECASE,
)
_PLAIN_DATES = re.compile(
    rf"{_ALONE}(?:{_YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}|\d{{1,2}}[./-]\d{{1,2}}[./-]{_YEAR}|{_DAY}[./]{_DAY}[./]\d\d)"
    rf"(?:[T\s]\d{{1,2}}:\d\d(?::\d\d)?)?(?![\d:]){_CLEAR}"
)
_IBAN = re.compile(r"(?=([A-Z]{2})\d{2}[\s-]?[A-Z0-9])", re.IGNORECASE)
_IBAN_LENGTHS = {
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "NL", "FO", "GL"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "LT", "LU", "KZ", "XK"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "DE", "GB", "GE", "IE", "ME", "RS", "BH"), 22),
    **dict.fromkeys(("GI", "IL", "AE"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "RO", "SA", "SE", "SK", "PK", "TN", "VG"), 24),
    **dict.fromkeys(("PT",), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "CY", "DO", "GT", "HU", "LB", "PL"), 28),
    **dict.fromkeys(("BR", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU"), 30),
    **dict.fromkeys(("MT",), 31),
    "NO": 15,
}
_INSURANCE = re.compile(r"(?<![A-Za-z])[A-Z]{2}\s?\d{2}\s?\d{2}\s?\d{2}\s?[A-D](?![A-Za-z])", re.IGNORECASE)
_BETWEEN = rf"{_APART}{{0,3}}"
_LEFT, _RIGHT = re.compile(rf"{ANY_MARK}{_APART}{{0,3}}$"), re.compile(rf"{_APART}{{0,3}}{ANY_MARK}")
_RUN = re.compile(rf"\+?(?:\(\s?\+?)?\d(?:{_BETWEEN}\d)*+")
_PHONE_CUE = (
    r"(?:phone|mobile|cell|tel|telephone|fax|whats ?app|sms|text|ring|call(?: me)?|reach me|(?:my|our) (?:number|no\.?)"
    r"|handy|telefon|mobil|rufnummer|anruf\w*|m[oó]vil|tel[eé]fono|llama\w*|t[eé]l(?:[eé]phone)?|portable|appel\w*)"
)
_CALLED = re.compile(
    rf"\b({_PHONE_CUE}(?:nummer| number| no)?[.:]?(?:\s(?:is|on|at|ist|unter|es|al|est|au|me|under|to))*[.:]?\s?)"
    rf"(\+?\d(?:{_BETWEEN}\d){{3,}}+)",
    re.IGNORECASE,
)
_ID_CUE = (
    r"(?:order|account|acct|invoice|ticket|case|ref(?:erence)?|customer|client|contract|policy|booking|reservation|member"
    r"(?:ship)?|tracking|parcel|passport|licen[cs]e|card|sort ?code|id|user|serial|imei|meter|bestell(?:ung)?|auftrag"
    r"|rechnung|konto|kunde|vertrag|vorgang|ausweis|pedido|cuenta|factura|contrato|cliente|reserva|dni|nie|nif"
    r"|commande|compte|facture|contrat|dossier|r[eé]servation|nss)"
)
_NAMED_ID = re.compile(
    rf"\b({_ID_CUE}s?[\s.-]?(?:snummer|nummer|ennummer|number|num|no|nr|n[ºo°]|id|code|numéro|número)?[.:#]*"
    r"(?:\s(?:is|was|ist|war|es|est|de)\b)?[\s:#=]{0,3})"
    r"(?=[A-Za-z/-]{0,5}\d[\w/-]{2}|\d{3})[\w/-]+",
    re.IGNORECASE,
)
_HASHED = re.compile(r"#\s?(?=[A-Za-z-]{0,5}\d{3,})[\w-]+")
_SECRET = re.compile(
    r"\b((?:pass(?:word|code|wort)|kennwort|contraseña|mot de passe|log ?in|user ?name|benutzername|pin|tan|puk"
    r"|cv[vc]2?|otp|api.?key|token|secret)(?:\s(?:is|was|ist|es|est|lautet|code)\b|\s?[:=])\s?)(?=\S{0,64}\d)\S++"
    r"|\b((?:pin|puk|cv[vc]2?|otp)\s(?:code\s)?)\d{3,8}(?![\w%])"
    r"|\b((?:pass(?:word|code|wort)|pwd|kennwort|contraseña|mot de passe|user ?(?:name|id)|benutzername|log ?in)"
    r"\s?[:=]\s?|(?:user ?(?:name|id)|log ?in|skype|snap(?:chat)?|discord|insta(?:gram)?|telegram|tiktok)"
    r"(?:\s(?:is|id))?\s(?=[a-z._-]{2,32}\d))[^\s,;]{2,64}",
    re.IGNORECASE,
)
_PLATE = re.compile(
    r"(?<![\w-])(?:[A-Z]{2}\d{2}\s?[A-Z]{3}|[A-ZÄÖÜ]{1,3}-[A-Z]{2}[ -]\d{1,4}[EH]?|[A-Z]{2}-\d{3}-[A-Z]{2})(?![\w-])"
    r"|(?<![^\W_])((?i:(?:number|licen[cs]e|registration) plate|kennzeichen|matr[ií]cula|immatriculation)"
    r"(?i:\s(?:is|was|ist|war|es|est))?[\s:]{1,2})"
    r"(?=[A-ZÄÖÜ0-9 -]{0,9}\d)[A-ZÄÖÜ0-9]{1,4}(?:[ -][A-ZÄÖÜ0-9]{1,4}){0,2}(?!\w)"
)
_FIGURE = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple|hundred|null|eins|zwei|zwo|drei|vier|fünf|fuenf"
    r"|sechs|sieben|acht|neun|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|zéro|deux|trois|quatre|cinq|sept|huit"
    r"|neuf)"
)
_SPOKEN = re.compile(rf"(?<![\w-]){_FIGURE}(?:[\s,.-]{{1,2}}{_FIGURE}){{5,40}}(?!\w)", re.IGNORECASE)
"""Six figures and more in words: a number that is read out."""
_CODE = re.compile(r"(?<![\w-])(?=[\w-]*\d)[\w-]{6,}+")

_DIGIT = re.compile(r"\d")


def hide_numbers(text: str, kept: Kept) -> str:
    """Birthdays, bank details, phone numbers, account numbers and codes; prices and dates are put into `kept`."""
    text = _SPOKEN.sub(MARKS["phone"], text)
    number = MARKS["number"]
    if not _DIGIT.search(text):
        return _SECRET.sub(_told, text)
    text = _BORN.sub(rf"\1{MARKS['date of birth']}", text)
    text = _DATED.sub(lambda match: MARKS["date of birth"] if _OLD.search(match.group()) else match.group(), text)
    text = _SECRET.sub(_told, text)
    text = _PLATE.sub(lambda match: (match[1] or "") + number, text)
    text = _INSURANCE.sub(number, text)
    text = _PLAIN_DATES.sub(kept.keep, text)
    text = _CALLED.sub(rf"\1{MARKS['phone']}", text)
    text = _FIGURES.sub(kept.keep, text)
    text = _RUN.sub(_long_run, text)  # before the codes, which would take the first piece of "x07700 900 123" only
    text = _CODE.sub(_code, text)
    text = _NAMED_ID.sub(rf"\1{number}", text)
    text = _HASHED.sub(number, text)
    return _RUN.sub(_short_run, text)


def passes_luhn(digits: str) -> bool:
    """True for the check digit of a payment card (Luhn 1960)."""
    doubled = (int(d) if at % 2 == 0 else sum(divmod(2 * int(d), 10)) for at, d in enumerate(reversed(digits)))
    return sum(doubled) % 10 == 0


def passes_iban(account: str) -> bool:
    """True for the check digits of an international bank account number (ISO 13616, modulus 97)."""
    return int("".join(str(int(c, 36)) for c in account[4:] + account[:4])) % 97 == 1


def hide_accounts(text: str) -> str:
    """International account numbers; one in capitals also with a slip of the pen in it."""
    parts, done = [], 0
    for found in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(found[1].upper())
        if length is None or found.start() < done:
            continue
        written = _characters(text, found.start(), length)
        account = re.sub(r"[\s-]", "", written)
        wrong = len(account) < length or sum(c.isdigit() for c in account) < 8
        if not wrong and (passes_iban(account) or account.isupper()):
            parts += [text[done : found.start()], MARKS["number"]]
            done = found.start() + len(written)
    return "".join([*parts, text[done:]])


def _characters(text: str, start: int, wanted: int) -> str:
    """The next so many letters and digits, with single spaces and hyphens between them."""
    end, taken = start, 0
    while end < len(text) and taken < wanted:
        character = text[end]
        if character.isascii() and character.isalnum():
            taken += 1
        elif character not in " -\n" or not text[end - 1].isalnum():
            break
        end += 1
    return text[start:end]


def _told(match: re.Match[str]) -> str:
    """What told the secret stays."""
    return "".join(group or "" for group in match.groups()) + MARKS["number"]


def _code(match: re.Match[str]) -> str:
    """A word of letters and digits such as an API key or a number plate; "iPhone-15" and "2-year" stay."""
    found = match.group()
    digits = sum(c.isdigit() for c in found)
    letters = sum(c.isalpha() for c in found)
    mixed = letters and (digits >= 5 or (digits >= 2 and len(found) >= 16))
    return MARKS["number"] if mixed else found


def _long_run(match: re.Match[str]) -> str:
    """Seven digits or more."""
    found = match.group()
    digits = re.sub(r"\D", "", found)
    if len(digits) < 7:
        return found
    kind: Kind = "number"
    if 13 <= len(digits) <= 19 and passes_luhn(digits):
        kind = "card"
    elif len(digits) <= 15 and (found[0] in "+(0" or len(digits) < len(found)):
        kind = "phone"
    return MARKS[kind]


def _short_run(match: re.Match[str]) -> str:
    """Five digits in one piece, a number with its prefix, a sort code, what is left of a number hidden in part."""
    found = match.group()
    digits = re.sub(r"\D", "", found)
    left = _LEFT.search(match.string, max(0, match.start() - 4), match.start())
    right = _RIGHT.match(match.string, match.end())
    if (left or right) and (len(digits) >= 5 or (len(digits) >= 2 and found[0] in "+(0")):
        return MARKS["number"]
    if left and right and len(digits) >= 3:
        return MARKS["number"]
    if len(digits) >= 5 and (found[0] in "+(" or digits.startswith("00")):
        return MARKS["phone"]
    told = re.search(r"\d{5}", found) or re.fullmatch(r"\d\d-\d\d-\d\d", found)
    return MARKS["number"] if told else found

"""Which column is what: a guess with its reason, an error where a guess would be a coin toss."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from warehouse.catalog import Role, Scale
from warehouse.errors import AmbiguousRoleError, MissingDataError, NotNpsScaleError, UnknownNameError
from warehouse.profile import Profile

NAMED = "named by the user"
SET_ASIDE = "set aside by the user"
NO_SCORE = "(no score)"
"""The blank column that stands for the score of a file without one."""
EDITED = "as npsight.yaml says"
MAX_DIMENSION_VALUES = 250


@dataclass(frozen=True)
class Guess:
    """A column's role and why."""

    role: Role
    why: str


def words_of(name: str) -> str:
    """A column name as lower-case words: "LikelyToRecommend" is "likely to recommend"."""
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return " ".join(re.sub(r"[^0-9a-zA-ZÀ-ÿ#]+", " ", split).lower().split())


_STRONG_SCORE = re.compile(
    r"\bnps\b|net promoter|likel(?:y|ihood|ihood to)\b.*recommend|recommend.*(?:friend|colleague|score|rating|0)"
    r"|\bltr\b|recommendation|would you recommend|wahrscheinlich.*(?:empfehl|weiterempf)|weiterempfehl"
    r"|empfehlung|\brecomend|\brecommand|\braccomand|\baanbevel|probab.*recom"
)
_MEDIUM_SCORE = re.compile(r"\b(?:score|rating|recommend|promoter|bewertung|note|rate|points)\b")
_CUSTOMER_WORDS = (  # whose answers are clustered: the customer, else the person, else the account, else what is left
    r"customer|cust|client|clienta|cliente|kunde|kunden",
    r"user|member|person|people|subscriber|guest|patient|student|learner|buyer|shopper|passenger|household|traveller"
    r"|traveler|policyholder|visitor|patron|donor|player|nutzer|benutzer|mitglied|usuario|socio|utilisateur|membre",
    r"account|acct|company|organi[sz]ation|org|merchant|host|seller|konto|cuenta|compte",
    r"contact|employee|unique|profile|crm",
)
_CUSTOMER = "|".join(_CUSTOMER_WORDS)
_ID = r"(?:id|uid|no|nr|num|number|nummer|key|ref|reference|code|uuid|guid|hash|#)"
_ID_OF = r"\b(?:id|nr|code|numero|número|numéro|código|codigo|clave) (?:de |du |del |des )?"
_CUSTOMER_ID = re.compile(rf"\b(?:{_CUSTOMER})s? ?(?:{_ID})\b|\b(?:{_CUSTOMER})id\b|{_ID_OF}(?:{_CUSTOMER})\b")
_RESPONSE_ID = re.compile(
    r"\b(?:response|resp|respondent|submission|answer|survey response|survey|feedback|record|interview|entry|case"
    r"|ticket)"
    rf"s? ?(?:{_ID})\b|^#$|\bresponseid\b|\btoken\b|\bantwort ?(?:{_ID})\b|{_ID_OF}(?:respuesta|réponse|reponse)\b"
)
_PLAIN_ID = re.compile(rf"^(?:{_ID}|row id|index)$")
_RESPONDED = (
    re.compile(r"\brespon(?:se|ded)\b.*|\banswered\b.*|\breplied\b"),
    re.compile(r"\bsubmi(?:t|tted|ssion)\b|\bcomplet(?:ed|ion)\b|\brecorded\b|\bfinished\b|\bend ?(?:date|time)\b"),
    re.compile(r"\bsurvey(?:ed)?\b|\bfeedback\b|\bscored\b|\brated\b|\breview(?:ed)?\b"),
    re.compile(r"^(?:date|timestamp|time|datum|day|datetime|date time)$"),
    re.compile(r"\bdate\b|\btime(?:stamp)?\b|\bdatum\b|\bday\b|\bwhen\b"),
    re.compile(r"\bcreated\b"),
    re.compile(r"\bstart(?:ed)?\b|\bsent\b"),
    re.compile(r"\bupdated\b|\bmodified\b"),
)
_NEVER_RESPONDED = re.compile(
    r"\bjoin|sign ?up|signed up|regist|birth|\bdob\b|churn|cancel|renew|expir|enrol|trial|member since|install|activat"
    r"|onboard|contract|first (?:seen|order)|last (?:seen|login|order)|subscri|since|\bhired?\b|due"
)
_EXPERIENCE = re.compile(
    r"order|purchas|check ?in|check ?out|departure|arrival|delivery|visit|admission|booking|stay|travel|flight"
)
_NAMED_COMMENT = re.compile(
    r"\bcomments?\b|verbatim|free ?text|open ?(?:end|text|answer)|kommentar|\bremarks?\b|\breview\b"
)
_COMMENT = re.compile(
    r"\bcomments?\b|verbatim|feedback|\btext\b|reason|\bwhy\b|open ?(?:end|text|answer)|\breview\b|kommentar|remarks?"
    r"|\bopinion|in your own words|\bnotes?\b|what (?:could|can|do|is)|improve|message|\banything (?:else|to|you|we)\b"
    r"|like to (?:add|say|tell|share)|bemerkung|anmerkung|observacion"
)
_PERSONAL = re.compile(
    r"e ?mail|phone|mobile|\btel\b|first ?name|last ?name|sur ?name|full ?name|\bname$|^name\b|street|address|\bip\b"
    r"|latitude|longitude|\blat\b|\blon\b|^long$|contact|telefon|teléfono|handy|strasse|straße|adresse|dirección"
    r"|correo|courriel|\bnombre\b|\bnom\b"
)
_NAME_OF_PERSON = re.compile(
    r"\b(?:first|last|full|sur|family|given) ?name\b|\b(?:vor|nach|familien)name\b|\bapellidos?\b|\bprénom\b"
    r"|\bbirth|\bdob\b|\bgeburts|\bssn\b|passport|\biban\b"
)
"""Personal however few values there are."""
_NOT_PERSONAL = re.compile(
    r"(?:phone|mobile|contact|mail|address) (?:model|type|brand|os|device|service|plan|provider|reason|channel|topic"
    r"|team|status|method|opt|verified|count)|"
    r"(?:plan|product|company|campaign|store|site|country|region|event|file|survey|brand|hotel|property|branch|course"
    r"|team|segment|channel|city|host|workshop|list|page|form|project|agent|department|category|tag) name"
)


def asked(profile: Profile) -> str:
    """The words that say what the column holds: its name, then the question it was the answer to."""
    return f"{words_of(profile.name)} {words_of(profile.label)}".strip()


def find_score(profiles: Sequence[Profile], scale: Scale, *, chosen: str | None, insist: bool) -> tuple[str, str]:
    """The score column and the reason. `insist` accepts a column whose values look like another scale."""
    if chosen is not None:
        profile = one_of(profiles, chosen)
        if not insist and chosen != NO_SCORE:
            _check_scale(profile, scale)
        return profile.name, NAMED
    usable = [p for p in profiles if not p.is_class and not p.is_date and p.told and p.score_share >= 0.6]
    strong = [p for p in usable if _STRONG_SCORE.search(asked(p)) and not _is_flag(p)]
    medium = [p for p in usable if _MEDIUM_SCORE.search(words_of(p.name)) and not _is_flag(p)]
    for tier, reason in (
        (strong, "its name asks about recommending"),
        (medium, "its name says score or rating"),
    ):
        fitting = [p for p in tier if insist or _on_scale(p, scale)]
        if len(fitting) == 1:
            return fitting[0].name, f"{reason} and its values lie from {scale.low} to {scale.high}"
        if fitting:
            return _best_named(fitting)
        if tier:
            _check_scale(tier[0], scale)
    return _unnamed_score(usable, scale, profiles)


def _best_named(fitting: Sequence[Profile]) -> tuple[str, str]:
    """Of several columns, the one whose name says nps outright; else the user must choose."""
    outright = [p for p in fitting if re.search(r"\bnps\b|net promoter", asked(p))]
    exact = [p for p in outright if re.fullmatch(r"(?:nps|net promoter)(?: score| rating)?", words_of(p.name))]
    for pick in (exact, outright):
        if len(pick) == 1:
            return pick[0].name, "of the columns that could be the score, its name says NPS"
    raise AmbiguousRoleError(_ambiguous("score", [p.name for p in fitting], "--score"))


def _unnamed_score(usable: Sequence[Profile], scale: Scale, profiles: Sequence[Profile]) -> tuple[str, str]:
    spread = [p for p in usable if _on_scale(p, scale) and len(set(p.numbers)) >= 6 and max(p.numbers) == scale.high]
    named_else = re.compile(r"age|year|month|count|number|quantity|tenure|visits|amount|session|usage|nights|hour")
    plain = [p for p in spread if not named_else.search(words_of(p.name)) and not _PLAIN_ID.match(words_of(p.name))]
    if len(plain) == 1:
        return plain[0].name, f"the only column of whole numbers from {scale.low} to {scale.high}"
    if plain:
        raise AmbiguousRoleError(_ambiguous("score", [p.name for p in plain], "--score"))
    shown = ", ".join(p.name for p in profiles[:8]) + (", …" if len(profiles) > 8 else "")
    raise MissingDataError(
        f"No column holds scores from {scale.low} to {scale.high}; name it with --score COLUMN (columns: {shown})."
    )


def _is_flag(profile: Profile) -> bool:
    """True for yes and no as 1 and 0; a column called score that holds only zeros is one of scores."""
    seen = set(profile.numbers)
    if len(seen) < 2 and re.search(r"\b(?:nps|score|rating)\b|net promoter", words_of(profile.name)):
        return False
    return seen <= {0, 1} and len(profile.told) <= 2 and profile.rows > 10


def _on_scale(profile: Profile, scale: Scale) -> bool:
    """Most values on the scale, and not all of them on a shorter one."""
    try:
        _check_scale(profile, scale)
    except NotNpsScaleError:
        return False
    return True


def _check_scale(profile: Profile, scale: Scale) -> None:
    seen = set(profile.numbers)
    inside = {value for value in seen if scale.low <= value <= scale.high}
    if not inside:
        raise NotNpsScaleError(
            f"Column {profile.name!r} holds no whole numbers from {scale.low} to {scale.high}; "
            "name the column of scores with --score COLUMN."
        )
    top = max(inside)
    short = scale.high == 10 and top <= 7 and 0 not in seen and profile.filled >= 20 and len(inside) >= 3
    many_outside = len(seen - inside) > max(3, len(inside))
    if short or many_outside:
        low, high = min(seen), max(seen)
        raise NotNpsScaleError(
            f"Column {profile.name!r} runs from {low} to {high}, not from {scale.low} to {scale.high}: NPS needs the "
            f"0-10 question. If these are 0-10 answers all the same, say so with --scale 0-10; for another scale give "
            f"its class limits, e.g. --scale 1-5:3:5 (detractors to 3, promoters from 5)."
        )


def find_date(profiles: Sequence[Profile], chosen: str | None) -> tuple[str, str] | None:
    """The column that says when the answer was given, None when the table has no dates."""
    if chosen is not None:
        return one_of(profiles, chosen).name, NAMED
    dates = [p for p in profiles if p.is_date]
    for rank, pattern in enumerate(_RESPONDED):
        tier = [p for p in dates if pattern.search(words_of(p.name)) and not _elsewhere(words_of(p.name))]
        if len(tier) > 1:
            tier = [p for p in tier if p.filled == max(q.filled for q in tier)]
        if len(tier) == 1:
            return tier[0].name, "a date" + (" whose name says when the answer was given" if rank < 3 else "")
        if tier:
            raise AmbiguousRoleError(_ambiguous("date of the answer", [p.name for p in tier], "--date"))
    left = [p for p in dates if not _NEVER_RESPONDED.search(words_of(p.name))]
    if len(left) == 1:
        return left[0].name, "the only date that can be the answer's"
    if left:
        raise AmbiguousRoleError(_ambiguous("date of the answer", [p.name for p in left], "--date"))
    return None


def _elsewhere(name: str) -> bool:
    """A date of the customer's history or of the experience that was asked about."""
    return bool(_NEVER_RESPONDED.search(name) or _EXPERIENCE.search(name))


def find_ids(profiles: Sequence[Profile], chosen: Mapping[Role, str]) -> dict[Role, tuple[str, str]]:
    """The response id and the customer id, as far as the table has them."""
    found: dict[Role, tuple[str, str]] = {
        role: (one_of(profiles, chosen[role]).name, NAMED) for role in ("response_id", "customer_id") if role in chosen
    }
    taken = {name for name, _why in found.values()}
    for role, pattern in (("customer_id", _CUSTOMER_ID), ("response_id", _RESPONSE_ID)):
        named = [p for p in profiles if pattern.search(words_of(p.name)) and p.name not in taken and _id_like(p)]
        if role not in found and named:
            best = _customer(named) if role == "customer_id" else max(named, key=lambda p: (p.filled, p.distinct))
            found[role] = (best.name, "its name says so")  # type: ignore[index]
            taken.add(best.name)
    for profile in profiles:
        if profile.name in taken or not _PLAIN_ID.match(words_of(profile.name)) or not _id_like(profile):
            continue
        unique = profile.distinct == profile.filled
        role_of_plain: Role = "response_id" if unique else "customer_id"
        if role_of_plain not in found:
            found[role_of_plain] = (profile.name, "an id that " + ("never repeats" if unique else "repeats"))
    if "customer_id" not in found:
        mail = [p for p in profiles if p.contact_share > 0.8 and "@" in "".join(p.told[:5]) and p.name not in taken]
        if len(mail) == 1:
            found["customer_id"] = (mail[0].name, "an e-mail address tells customers apart")
    return found


def _customer(named: Sequence[Profile]) -> Profile:
    """The column that tells customers apart; two that could equally well are for the user to choose from."""
    for pattern in (r"^customer ?id$", *(rf"\b(?:{words})" for words in _CUSTOMER_WORDS)):
        tier = [p for p in named if re.search(pattern, words_of(p.name))]
        filled = [p for p in tier if p.filled > max(q.filled for q in tier) / 2]
        if len(filled) == 1:
            return filled[0]
        if filled:
            raise AmbiguousRoleError(_ambiguous("customer", [p.name for p in filled], "--customer"))
    return named[0]


def is_customer(profile: Profile) -> bool:
    """True when the name says that the column holds customers: user_id, Account No., buyer."""
    name = words_of(profile.name)
    return bool(_CUSTOMER_ID.search(name) or re.fullmatch(rf"(?:{_CUSTOMER})", name))


def _id_like(profile: Profile) -> bool:
    return bool(profile.told) and not profile.is_date and profile.words < 2.5 and profile.distinct > 1


def find_comment(profiles: Sequence[Profile], chosen: str | None) -> tuple[str, str] | None:
    """The open comment, None when there is none."""
    if chosen is not None:
        return one_of(profiles, chosen).name, NAMED
    texts = [p for p in profiles if p.told and not p.is_date and p.number_share < 0.5 and p.contact_share < 0.5]
    named = [p for p in texts if _NAMED_COMMENT.search(words_of(p.name)) and p.distinct > 3]
    named = named or [p for p in texts if _COMMENT.search(asked(p)) and p.distinct > min(20, 0.3 * p.filled)]
    long = [p for p in texts if p.words > 4 and p.unique_share > 0.5 and p.filled >= 3]
    pick = named or long
    if not pick:
        return None
    best = max(pick, key=lambda p: (p.mean_length * p.filled, p.name))
    return best.name, "open text" + (" and its name says so" if named else "")


def other_role(profile: Profile) -> Guess:
    """The role of a column that none of the single roles took."""
    name = words_of(profile.name)
    if not profile.told:
        return Guess("attribute", "empty")
    if profile.contact_share > 0.5:
        return Guess("personal", "holds e-mail addresses or phone numbers")
    named = _PERSONAL.search(name) and not _NOT_PERSONAL.search(name) and profile.distinct > 5
    personal = named or _NAME_OF_PERSON.search(name)
    if personal and not (profile.is_date and not _NAME_OF_PERSON.search(name)):
        return Guess("personal", "its name says that it tells who somebody is")
    if profile.is_class:
        return Guess("attribute", "a class label: classes are computed from the score, never trusted")
    if profile.is_date:
        return Guess("time", "a date")
    if profile.distinct < 2:
        return Guess("attribute", "only one value")
    return _split_or_measure(profile, name)


def _split_or_measure(profile: Profile, name: str) -> Guess:
    numeric = profile.number_share >= 0.95 or profile.native.split("(")[0] in _NUMERIC_TYPES
    few = profile.distinct <= 12
    repeats = profile.distinct <= max(12, min(MAX_DIMENSION_VALUES, profile.filled / 4))
    if numeric and profile.whole_share > 0.9 and profile.mean_length > 15:
        return Guess("attribute", "numbers too long to be anything but ids; kept digit by digit")
    if numeric and not few:
        if re.search(rf"\b{_ID}$|zip|postal|post ?code|plz", name) and profile.whole_share > 0.9:
            return Guess("attribute", "numbers that are names of something, too many to split by")
        return Guess("measure", "numbers")
    if profile.mean_length > 80 or (profile.words > 12 and not few):
        return Guess("attribute", "long text")
    if not repeats or profile.unique_share > 0.9:
        return Guess("attribute", f"{profile.distinct:,} different texts are too many to split by")
    return Guess("dimension", f"{profile.distinct} values")


_NUMERIC_TYPES = frozenset(
    [
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "FLOAT",
        "DOUBLE",
        "DECIMAL",
    ]
)


def one_of(profiles: Sequence[Profile], name: str) -> Profile:
    """The profile of the column `name` (case does not matter)."""
    for profile in profiles:
        if profile.name == name:
            return profile
    for profile in profiles:
        if profile.name.lower() == name.lower():
            return profile
    raise UnknownNameError("column", name, [p.name for p in profiles])


def _ambiguous(what: str, names: Sequence[str], option: str) -> str:
    return f"More than one column could be the {what} ({', '.join(names)}); choose one with {option} COLUMN."

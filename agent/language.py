"""Whether an answer is in the language of its question: told by script and small words, and only when it is clear."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

_MIN_LETTERS = 20
"""Of another script, before a text counts as written in it."""
_MIN_WORDS = 4
"""Small words of another language, before a text counts as written in it."""
_SHARE = 0.15
_QUOTED = re.compile(r"“[^”]*”|„[^“”]*[“”]|«[^»]*»|\"[^\"\n]*\"|`[^`]*`|\*\*[^*]*\*\*|^>.*$|^\|.*$", re.M)
_NPS = re.compile(r"NPS", re.I)
_WORD = re.compile(r"[^\W\d_]+")
_EAST_ASIAN = frozenset(["CJK", "HIRAGANA", "KATAKANA", "HANGUL"])
"""Mixed with each other in Japanese and Korean."""
_SMALL_WORDS = {
    "en": "the of and to is are was were what which how why who our your their by for with from that this it than not "
    "do does did has have had we on in at as be but they there where when can about more less all over between",
    "de": "der die das und ist sind war waren was welche welcher wie warum wer unser unsere ihr ihre nach für mit von "
    "dass dies es als nicht hat haben wir auf im an zu aber sie dort wo wann kann über mehr weniger alle zwischen den "
    "dem des ein eine einen einem einer bei aus zum zur auch sich um durch wird liegt",
    "es": "el la los las y es son era eran qué que cuál cual cómo como por quién nuestro nuestra su sus para con de "
    "desde esto este esta no ha han tiene hemos en a pero ellos donde dónde cuando cuándo puede más menos todos entre "
    "un una del al se lo fue muy sobre",
    "fr": "le la les et est sont était étaient quel quelle quels quelles comment pourquoi qui notre nos votre leur par "
    "pour avec de depuis que cela ce cette pas ne a ont avons dans sur mais ils où quand peut plus moins tous entre un "
    "une du des au aux se il elle nous vous en",
    "it": "il lo la gli le e è sono era erano cosa quale quali come perché chi nostro nostra per con di da che questo "
    "questa non ha hanno abbiamo in a ma loro dove quando può più meno tutti tra un una del della dei delle al nel si",
    "pt": "o a os as e é são era eram que qual quais como por porquê quem nosso nossa para com de desde isto este esta "
    "não há tem temos em mas eles onde quando pode mais menos todos entre um uma do da dos das ao na no se foi muito",
    "nl": "de het een en is zijn was waren wat welke hoe waarom wie onze ons jullie hun voor met van dat dit niet "
    "heeft hebben wij we op in aan te maar zij daar waar wanneer kan over meer minder "
    "alle tussen bij uit ook door naar om",
    "sv": "och är var vad vilken vilka hur varför vem vår våra för med av från att det den inte har hade vi på i till "
    "men de där när kan om mer mindre alla mellan en ett som också genom",
    "da": "og er var hvad hvilken hvilke hvordan hvorfor hvem vores for med af fra at det den ikke har havde vi på i "
    "til men de der hvor når kan om mere mindre alle mellem en et som også gennem",
    "pl": "i jest są był była było co który która które jak dlaczego kto nasz nasza dla z od że to ten ta nie ma mają "
    "my na w do ale oni gdzie kiedy może o więcej mniej wszystkie między oraz się po przez",
    "tr": "ve bir bu ne hangi nasıl neden kim bizim için ile olan olarak değil var biz daha en çok az tüm arasında "
    "göre ama gibi de da mi olduğu",
    "id": "dan yang di ke dari ini itu adalah apa bagaimana mengapa siapa kami untuk dengan tidak pada dalam lebih "
    "kurang semua antara oleh sebagai atau telah akan",
}
_WORDS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}


def same_language(question: str, text: str) -> bool:
    """False when the text is clearly in another language than the question, and not in English either.

    Names, quotations and tables are left out, and whatever is too short to tell passes: a right answer that is refused
    is a fault too. A question without any telling word is taken as English.
    """
    said = _QUOTED.sub(" ", text)
    if not _same_script(question, said):
        return False
    hits, words = _hits(said), len(_WORD.findall(said))
    told, most = max(hits.items(), key=lambda item: item[1], default=("en", 0))
    asked = _asked(question)
    if most < max(_MIN_WORDS, _SHARE * words) or told in asked or not asked:
        return True
    # Some words are at home in several languages: it must be far more of the other's than of the question's.
    return most < 2.5 * max(hits[language] for language in (*asked, "en"))


def is_foreign(question: str) -> bool:
    """Whether a question is clearly not in English: two small words more of another language, or another script."""
    scripts = _scripts(_NPS.sub(" ", question))
    if scripts.total() > 2 * scripts["latin"]:
        return True
    hits = _hits(question)
    return max(hits.values(), default=0) >= hits["en"] + 2


def _same_script(question: str, text: str) -> bool:
    told = _scripts(text)
    asked = _scripts(_NPS.sub(" ", question))
    if not told or not asked:
        return True
    script, letters = told.most_common(1)[0]
    enough = letters >= _MIN_LETTERS and letters >= 0.6 * told.total()
    return not enough or script == "latin" or script in asked


def _scripts(text: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for sign in text:
        if sign.isascii():
            found["latin"] += sign.isalpha()
        elif sign.isalpha():
            first = unicodedata.name(sign, "").partition(" ")[0].partition("-")[0]
            found["east asian" if first in _EAST_ASIAN else first.lower()] += 1
    return +found


def _asked(question: str) -> set[str]:
    """The languages that the question may be in; none when there is no telling."""
    scripts = _scripts(_NPS.sub(" ", question))
    if scripts.total() > 2 * scripts["latin"]:
        return {"other"}
    hits = _hits(question)
    if not hits:
        return {"en"} if question.isascii() else set()
    return {language for language, count in hits.items() if count == max(hits.values())}


def _hits(text: str) -> Counter[str]:
    words = _WORD.findall(text.lower())
    return +Counter({language: sum(word in known for word in words) for language, known in _WORDS.items()})

"""A first codebook from the comments themselves: the starter themes that are spoken of, and what they leave over.

Comments are redacted first. What no starter theme covers is grouped language by language: TF-IDF of single words and
pairs, non-negative matrix factorisation (Lee & Seung 1999) with 2 to 12 parts: the most whose themes are, within one
standard error, as coherent as the best (normalised pointwise mutual information of their leading words, Bouma 2009).
Nothing is drawn at random.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from tools.comments.codebook import Codebook, Theme, code_texts, starter_codebook
from tools.comments.language import UNTOLD, detect_languages, language_shares
from tools.comments.redaction import redact
from tools.comments.stems import LANGUAGES, fold, stem, words
from tools.extras import need
from warehouse.errors import NpsError

FEWEST = 30
"""Comments that themes can be found in."""
MENTIONS = 8
"""Comments that must use a word, or hold a theme, before it may be told."""
MOST = 12
STARTER_SHARE, MINED_SHARE = 0.005, 0.02
"""Share of the comments that a theme must reach, of the starter codebook and a mined one."""
READ = 5_000
"""Comments that are redacted and factorised; of more, every second or third."""
_SPOKEN = 0.05
"""Share of the comments that a language must have to count."""
_LANGUAGE_SAMPLE, _RANKED, _SHORTEST, _WORDS_A_THEME, _WORDS_A_NAME, _FEWEST_WORDS = 2_000, 8, 3, 8, 2, 2
_SAYS_SOMETHING = 60
_PLACEHOLDER = re.compile(r"\[[a-z][a-z -]{1,20}\]")
_INSIDE = re.compile(r"(?<=[^\W\d_A-Z]\s)[^\W\d_]{2,}")
_LETTERS = re.compile(r"[^\W\d_]+")
_STOPWORDS = Path(__file__).with_name("stopwords.yaml")
_NON_ANSWERS = frozenset(
    words(
        "na nan no none nil null nothing nope n a x test i have anything else more to add at all dont know much "
        "idea say not applicable comment comments nada ninguno ninguna sin comentario comentarios nichts nix kein "
        "keine keiner kommentar rien aucun neant ras pas de commentaire"
    )
)
FloatArray = NDArray[np.float64]


def is_near_empty(text: str) -> bool:
    """True for a comment that says nothing: no word, or only "n/a", "none", "no comment", "nichts".

    >>> [is_near_empty(text) for text in ("n/a", "-", "No comment", "nothing to add", "10", "No internet", "Bad")]
    [True, True, True, True, True, False, False]
    """
    if len(text) > _SAYS_SOMETHING:
        return False
    return all(word in _NON_ANSWERS for word in words(text) if _LETTERS.fullmatch(word))


def mine_codebook(
    texts: Sequence[str], *, starter: bool = True, most: int = MOST, names: Sequence[Sequence[str]] | None = None
) -> Codebook:
    """The starter themes that enough of these comments speak of, and those mined from the rest, at most `most`.

    `names` are what is known of who wrote each text, which no theme then holds. With `starter=False` all are mined.
    NpsError below 30 comments that say something, or where nothing recurs.
    """
    told = [at for at, text in enumerate(texts) if text and not is_near_empty(text)]
    said = [texts[at] for at in told]
    if len(said) < FEWEST:
        raise NpsError(
            f"Finding themes needs at least {FEWEST} comments that say something and there are {len(said)}; "
            "write a codebook.yaml by hand, or ask about a longer period."
        )
    spoken = _spoken(said)
    floor = max(MENTIONS, int(STARTER_SHARE * len(said)))
    themes, covered = _starters(said, spoken, floor) if starter else ([], np.zeros(len(said), dtype=bool))
    known = [text for text, done in zip(said, covered, strict=True) if done]
    left = [(said[i], names[told[i]] if names else ()) for i in np.flatnonzero(~covered).tolist()]
    left = left[:: -(-len(left) // READ) or 1]
    mined: list[Theme] = []
    if len(left) >= FEWEST:  # of fewer nothing is mined, and hiding the names in thousands of comments takes seconds
        # Those with a theme tell names as well.
        redacted, personal = _without_names([*left, *((text, ()) for text in known[:: -(-len(known) // READ) or 1])])
        groups = _by_language(redacted[: len(left)], spoken).items()
        mined = [theme for lang, group in groups for theme in _mine(group, known, lang, most, personal)]
    themes += _common(mined, said, max(MENTIONS, int(MINED_SHARE * len(said))))
    if not themes:
        raise NpsError("No word recurs often enough in these comments to make a theme; write a codebook.yaml by hand.")
    return Codebook(themes=_named_apart(themes))


def _spoken(texts: Sequence[str]) -> dict[str, float]:
    """Languages with their shares, those that matter; English where none can be told."""
    every = max(1, len(texts) // _LANGUAGE_SAMPLE)
    shares = language_shares(detect_languages(texts[::every][:_LANGUAGE_SAMPLE]))
    told = sum(share for code, share in shares.items() if code != UNTOLD)
    found = {code: share / told for code, share in shares.items() if code != UNTOLD and share / told >= _SPOKEN}
    return found or {"en": 1.0}


def _without_names(texts: Sequence[tuple[str, Sequence[str]]]) -> tuple[list[str], frozenset[str]]:
    """The comments redacted, and words that must not be told: those hidden in one in ten of the places they stand in.

    A rare name is known after "spoke to", not at the head of a sentence; what is a name there is one here.
    """
    hidden: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    redacted = []
    for text, names in texts:
        redacted.append(_PLACEHOLDER.sub(" ", redact(text, names=names).text))
        left = Counter(words(redacted[-1]))
        hidden.update(Counter(words(text)) - left)
        shown.update(left)
    return redacted, frozenset(word for word, count in hidden.items() if 10 * count >= shown[word])


def _starters(said: list[str], spoken: dict[str, float], floor: int) -> tuple[list[Theme], NDArray[np.bool_]]:
    """Starter themes that at least `floor` comments speak of, and which comments are about one of them."""
    languages = frozenset(spoken) & frozenset(LANGUAGES)
    if not languages:
        return [], np.zeros(len(said), dtype=bool)
    book = starter_codebook(languages)
    coded = code_texts(said, book)
    kept = np.flatnonzero(coded.sum(axis=0) >= floor)
    return [book.themes[at] for at in kept], coded[:, kept].any(axis=1)


def _by_language(texts: list[str], spoken: dict[str, float]) -> dict[str, list[str]]:
    """The comments of each language that matters; those that cannot be told go with the commonest."""
    first = max(spoken, key=lambda code: (spoken[code], code))
    if len(spoken) == 1:
        return {first: texts}
    found: dict[str, list[str]] = {code: [] for code in spoken}
    for text, language in zip(texts, detect_languages(texts), strict=True):
        code = language.code if language is not None else first
        if code in found:
            found[code].append(text)
    return found


@dataclass(frozen=True)
class _Terms:
    """TF-IDF of the stems of a language, and how each is written most often."""

    weights: Any
    names: list[str]
    present: Any
    """Comments × terms, 0 or 1."""


def _mine(texts: list[str], known: list[str], language: str, most: int, personal: frozenset[str]) -> list[Theme]:
    """Themes of `texts`; a word that the comments of `known` themes use as often tells nothing new."""
    floor = max(MENTIONS, int(STARTER_SHARE * len(texts)))
    if len(texts) < max(FEWEST, 2 * floor):
        return []
    need("sklearn.decomposition", "comments", "Mining themes")
    terms = _terms(texts, known, language, floor, personal)
    if terms is None:
        return []
    themes = [_theme(load, terms, language) for load in _own(_best_parts(terms, most))]
    return _merged([theme for theme in themes if theme is not None], texts)


def _merged(themes: list[Theme], texts: list[str]) -> list[Theme]:
    """Parts of one theme put together: those of which one is mostly mentioned together with the other."""
    if not themes:
        return []
    found: list[tuple[Theme, NDArray[np.bool_]]] = []
    for theme, hit in zip(themes, code_texts(texts, Codebook(themes=_named_apart(themes))).T, strict=True):
        for at, (other, theirs) in enumerate(found):
            if (hit & theirs).sum() >= 0.7 * max(min(hit.sum(), theirs.sum()), 1):
                found[at] = _joined(other, theme), hit | theirs
                break
        else:
            found.append((theme, hit))
    return [theme for theme, _hit in found]


def _joined(one: Theme, other: Theme) -> Theme:
    added = {language: list(dict.fromkeys([*found, *other.words[language]])) for language, found in one.words.items()}
    return one.model_copy(update={"words": added})


def _common(themes: list[Theme], texts: list[str], floor: int) -> list[Theme]:
    """The themes that enough of all comments mention."""
    if not themes:
        return []
    held = code_texts(texts, Codebook(themes=_named_apart(themes))).sum(axis=0)
    return [theme for theme, count in zip(themes, held, strict=True) if count >= floor]


def _terms(texts: list[str], known: list[str], language: str, floor: int, personal: frozenset[str]) -> _Terms | None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    function_words = _stopwords(language)
    spelled: dict[str, Counter[str]] = defaultdict(Counter)
    documents = [_content(text, language, function_words, spelled) for text in texts]
    barred = _names_in(texts, language) | _no_news(documents, known, language)
    barred |= {stem(word, language) for word in personal}
    vectorizer = TfidfVectorizer(
        analyzer=functools.partial(_grams, barred=barred),
        min_df=floor,
        max_df=1.0 if known else 0.5,
        sublinear_tf=True,
        max_features=3_000,
    )
    try:
        weights = vectorizer.fit_transform(documents)
    except ValueError:  # no term is left
        return None
    grams = vectorizer.get_feature_names_out().tolist()
    names = [" ".join(max(spelled[s], key=lambda form: (spelled[s][form], form)) for s in g.split()) for g in grams]
    present = (weights > 0).astype(float)
    used = np.asarray(present.sum(axis=1)).ravel() > 0
    if used.sum() < FEWEST or len(names) < 2:
        return None
    return _Terms(weights[used], names, present[used])


def _no_news(documents: list[list[str]], known: list[str], language: str) -> frozenset[str]:
    """Stems that are no rarer among the words of comments with known themes."""
    if not known:
        return frozenset()
    here = Counter(base for document in documents for base in document)
    there = Counter(stem(word, language) for text in known for word in words(text))
    return frozenset(base for base, n in here.items() if n * there.total() <= there[base] * here.total())


def _content(text: str, language: str, barred: frozenset[str], spelled: dict[str, Counter[str]]) -> list[str]:
    """Stems of the words that say something; an empty one where others stood, so that pairs are of neighbours."""
    found = []
    for word in words(text):
        if len(word) < _SHORTEST or word in barred or not _LETTERS.fullmatch(word):
            found.append("")
            continue
        base = stem(word, language)
        spelled[base][word] += 1
        found.append(base)
    return found


def _grams(stems: list[str], barred: frozenset[str]) -> list[str]:
    kept = ["" if s in barred else s for s in stems]
    pairs = [f"{a} {b}" for a, b in itertools.pairwise(kept) if a and b and a != b]
    return [s for s in kept if s] + pairs


def _names_in(texts: Sequence[str], language: str) -> frozenset[str]:
    """Stems that mostly stand with a capital inside of sentences, or that never stand without one where others do.

    These are people, places, companies (in German: all nouns, so that nothing is known of them).
    """
    if language == "de":
        return frozenset()
    capital: Counter[str] = Counter()
    small: Counter[str] = Counter()
    never: set[str] = set()
    written: set[str] = set()
    for text in texts:
        for match in _LETTERS.finditer(text):
            (never if match[0][0].isupper() else written).add(stem(fold(match[0]), language))
        if not text.isupper():
            for match in _INSIDE.finditer(text):
                (capital if match[0][0].isupper() else small)[stem(fold(match[0]), language)] += 1
    if 2 * sum(text.isupper() for text in texts) > len(texts):
        never = set()
    return frozenset({base for base, count in capital.items() if count > small[base]} | (never - written))


def _best_parts(terms: _Terms, most: int) -> FloatArray:
    """Parts × terms of the largest factorisation that is within one standard error of the most coherent one."""
    from sklearn.decomposition import NMF

    tried: list[tuple[float, float, FloatArray]] = []
    largest = min(most, len(terms.names) // 3, terms.weights.shape[0] // MENTIONS)
    for parts in range(2, max(largest, 2) + 1):
        model = NMF(parts, init="nndsvda", solver="cd", max_iter=300, tol=1e-3, random_state=0)
        with np.errstate(invalid="ignore"):  # the error of a perfect fit comes out as the root of -1e-16
            model.fit(terms.weights)
        loads: FloatArray = np.asarray(model.components_, float)
        values = [_coherence(load, terms.present) for load in loads]
        tried.append((float(np.mean(values)), float(np.std(values, ddof=1)) / parts**0.5, loads))
    mean, error, _loads = max(tried, key=lambda item: item[0])
    return [loads for value, _error, loads in tried if value >= mean - error - 1e-9][-1]


def _coherence(load: FloatArray, present: Any) -> float:
    """Mean NPMI of the leading terms' pairs: 1 always together, 0 as by chance, -1 never."""
    leading = np.argsort(-load, kind="stable")[:_RANKED]
    columns = present[:, leading]
    n = columns.shape[0]
    both = np.asarray((columns.T @ columns).todense()) / n
    alone = both.diagonal()
    values = []
    for i in range(len(leading)):
        for j in range(i):
            joint = both[i, j]
            values.append(np.log(joint / (alone[i] * alone[j])) / -np.log(joint) if 0 < joint < 1 else -1.0)
    return float(np.mean(values))


def _own(loads: FloatArray) -> FloatArray:
    """Each part's load on terms that are mostly its own, 0 elsewhere."""
    total = loads.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, loads / total, 0.0)
    kept: FloatArray = np.where(share >= 0.5, loads, 0.0)
    return kept


def _theme(load: FloatArray, terms: _Terms, language: str) -> Theme | None:
    """The theme of a part, told by its leading words and named by those that most comments use."""
    order = [at for at in np.argsort(-load, kind="stable") if load[at] >= 0.1 * load.max() and load[at] > 0]
    leading = [terms.names[at] for at in order]
    single = [name for name in leading if " " not in name][:_WORDS_A_THEME]
    pairs = [name for name in leading if " " in name and not set(name.split()) & set(single)]
    chosen = [name for name in leading if name in [*single, *pairs[:_WORDS_A_THEME]]]
    if len(chosen) < _FEWEST_WORDS:
        return None
    used = dict(zip(terms.names, np.asarray(terms.present.sum(axis=0)).ravel().tolist(), strict=True))
    common = sorted((name for name in chosen if " " not in name), key=lambda name: -used[name]) or chosen
    return Theme(
        name=" / ".join(common[:_WORDS_A_NAME])[:60],
        description="Comments that speak of " + ", ".join(chosen[:5]) + ".",
        provenance="mined",
        words={language if language in LANGUAGES else "any": chosen},
    )


def _named_apart(themes: list[Theme]) -> list[Theme]:
    """Themes whose names differ: a second one of a name is told by its number of words."""
    seen: dict[str, int] = {}
    named = []
    for theme in themes:
        key = fold(theme.name)
        seen[key] = seen.get(key, 0) + 1
        named.append(theme if seen[key] == 1 else theme.model_copy(update={"name": f"{theme.name} ({seen[key]})"}))
    return named


@functools.cache
def _stopwords(language: str) -> frozenset[str]:
    """Those of the language; of all languages where it has none here."""
    lists: dict[str, str] = yaml.safe_load(_STOPWORDS.read_text(encoding="utf-8"))
    chosen = [lists[language]] if language in lists else list(lists.values())
    return frozenset(word for text in chosen for word in text.split())

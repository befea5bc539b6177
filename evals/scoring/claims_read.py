"""What a text claims: each claim with its direction, of whom it is, and whether it is asserted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from evals.scoring.claims_subjects import Name, Place, Subject, held_against, mentions, nearby, spoken_of, subject_at
from evals.scoring.claims_text import Clause, clauses, is_question, sentences
from evals.scoring.claims_words import Words, words_of

Direction = Literal["up", "down"]
_MOVES: list[tuple[str, str, Direction | None]] = [
    ("pushed_down", "change", "down"),
    ("pushed_up", "change", "up"),
    ("lowest", "difference", "down"),
    ("highest", "difference", "up"),
    ("down", "change", "down"),
    ("up", "change", "up"),
    ("lower", "difference", "down"),
    ("higher", "difference", "up"),
    ("moved", "change", None),
    ("differ", "difference", None),
]
_OPPOSITE: dict[Direction, Direction] = {"up": "down", "down": "up"}
_SMALL = 0.25
"""A part of a change below this share of both parts is no claim that the change comes from it."""
_CLEAR_P = 0.05
_SMALL_WORDS = re.compile(
    r"\W*(?:(?:by|of|to|the|our|its|der|die|den|das|de|el|la|los|plan|segment|customers|in)\W+)*", re.IGNORECASE
)


@dataclass(frozen=True)
class Said:
    """One claim, as it was read."""

    kind: str
    direction: Direction | None
    subject: Subject
    sentence: str
    scope: str
    """The text in which the words of a claim are looked for."""
    at: tuple[int, int]
    """Number of the sentence and of the clause."""
    asserted: bool = True
    sure: bool = False
    converse: bool = False
    """True for what is said of the one that something is held against."""
    linked: bool = True
    """False for a mix that is only described, not said to be what a change comes from."""


@dataclass
class Reader:
    """Reads the sentences of a text one after the other."""

    names: frozenset[Name]
    usual: Subject
    words: Words
    said: list[Said] = field(default_factory=list)
    last: Subject | None = None
    previous: str = ""

    def read(self, number: int, sentence: str) -> None:
        """Read one sentence; a question claims nothing."""
        if is_question(sentence):
            self.last = None
            return
        quiet = _blanked(self.words, "sure_phrases", _blanked(self.words, "opener", sentence))
        found: list[Said] = []
        within: Subject | None = self._points_back(sentence)
        for at, clause in enumerate(clauses(quiet, self.words)):
            here = list(self._directions(clause, sentence, (number, at), within))
            within = next((said.subject for said in reversed(here) if not said.converse), within)
            doubts = list(self._doubts(clause, sentence, (number, at), within))
            found += [*here, *doubts, *self._reasons(clause, sentence, (number, at))]
            within = doubts[-1].subject if doubts and within is None else within
        found += self._whole_sentence(sentence, number)
        self._take_back(found, number, sentence)
        self.said += found
        self.last = within or self._named(sentence) or self.last
        self.previous = sentence

    def _points_back(self, sentence: str) -> Subject | None:
        match = self.words.find("points_back", sentence)
        return self.last if match else None

    def _named(self, sentence: str) -> Subject | None:
        named = frozenset(mention.name for mention in mentions(sentence, self.names))
        return Subject(named) if len(named) == 1 else None

    def _directions(self, clause: Clause, sentence: str, at: tuple[int, int], before: Subject | None) -> Iterator[Said]:
        spans = [match.span() for kind in ("unclear", "steady") for match in self.words.all(kind, clause.text)]
        hits = [hit for hit in _hits(clause.text, self.words) if not _inside(hit[0], spans)]
        edge = 0
        negated_before = False
        yes = bool(self.words.find("affirmed", sentence))
        for index, (match, kind, direction) in enumerate(hits):
            until = hits[index + 1][0].start() if index + 1 < len(hits) else len(clause.text)
            place = Place(clause.text, match.start(), match.end(), edge, until)
            ahead = clause.text[edge : match.start()]
            if self._of_something_else(ahead, clause.text[match.end() : until]):
                edge = match.end()
                continue
            beside = held_against(clause.text[match.start() : until], self.names, self.words)
            subject = subject_at(place, self.names - beside, self.words, before, self.usual)
            joined = bool(re.fullmatch(r"\W*(?:(?:or|nor|oder|noch|o|ni)\W+)(?:\w+\W+)?", ahead))
            asserted = self._asserted(clause.text, edge, match.start(), until) and not (joined and negated_before)
            negated_before = not asserted
            sure = index == 0 and yes and clause.at == 0
            sure = sure or bool(self.words.find("clearly", f"{ahead[-25:]}{match[0]}"))
            base = Said(kind, direction, subject, sentence, sentence, at, asserted=asserted, sure=sure)
            yield from self._with_others(base, beside, clause.text[: match.start()], clause.text[match.end() : until])
            before = subject
            edge = self._consumed(match.end(), until, clause.text)

    def _consumed(self, end: int, until: int, text: str) -> int:
        """Segments named right after a wording belong to it and not to the next one."""
        near = nearby(text[end:until])
        last = max((mention.end for mention in mentions(near, self.names)), default=0)
        return end + last

    def _of_something_else(self, ahead: str, behind: str) -> bool:
        """True for shares, prices and the like: it is not the NPS that moved."""
        if _PERCENT.match(behind):
            return True
        match = max(self.words.all("other_measure", ahead), key=lambda one: one.start(), default=None)
        if match is not None and not self.words.find("target", ahead, match.end()):
            return not mentions(ahead[match.end() :].partition(",")[2], self.names)
        return bool(re.match(r"\s*(?:in|of|der|des|en|de)\s+(?:the |our )?(?:\w+ )?", behind)) and bool(
            (other := self.words.find("other_measure", behind)) and other.start() < 14
        )

    def _with_others(self, base: Said, beside: frozenset[Name], ahead: str, behind: str) -> Iterator[Said]:
        """The claim, and what it says besides: of the one that it is held against, and of those who moved most."""
        timed = self.words.find("time", behind) or self.words.find("time_ahead", ahead)
        yield base
        if base.kind == "difference" and base.direction:
            if timed or (base.sure and not beside and not self.words.find("than", behind)):
                yield replace(base, kind="change")
            if beside:
                yield replace(base, direction=_OPPOSITE[base.direction], subject=Subject(beside), converse=True)
        most = self.words.find("especially", behind)
        named = frozenset(m.name for m in mentions(behind[most.end() :], self.names)) if most else frozenset()
        if base.kind == "change" and named and base.subject.names != named:
            yield replace(base, subject=Subject(named))

    def _asserted(self, text: str, edge: int, start: int, until: int) -> bool:
        ahead = _without(text[edge:start], self.names)
        behind = text[start:until]
        if any(self.words.find(kind, ahead) for kind in ("negated", "hedged", "on_paper", "whether")):
            return False
        if edge > 0 and self.words.find("whether", text[:edge]) and "," not in text[:start]:
            return False
        return not self.words.find("open_after", behind) and not self.words.find("on_paper", behind)

    def _doubts(self, clause: Clause, sentence: str, at: tuple[int, int], before: Subject | None) -> Iterator[Said]:
        reasons = [match.span() for match in self.words.all("no_cause", clause.text)]
        reasons += [match.span() for kind in ("mix", "within") for match in _bracketed(self.words, kind, clause.text)]
        doubts = [(m, "unclear") for m in self.words.all("unclear", clause.text) if not _inside(m, reasons)]
        doubts += [(m, "unclear") for m in self.words.all("p_value", clause.text) if _p_value(m) > _CLEAR_P]
        spans = [match.span() for match, _ in doubts]
        still = [(m, "steady") for m in self.words.all("steady", clause.text) if not _inside(m, spans)]
        for match, kind in sorted([*doubts, *still], key=lambda hit: hit[0].start()):
            ends = [
                self._consumed(m.end(), len(clause.text), clause.text) for m, _, _ in _hits(clause.text, self.words)
            ]
            ends += [m.end() for m, _ in (*doubts, *still)]
            edge = max((end for end in ends if end <= match.start()), default=0)
            place = Place(clause.text, match.start(), match.end(), edge, len(clause.text))
            by_number = match.re is self.words.patterns.get("p_value")
            subject = before if by_number and before else subject_at(place, self.names, self.words, before, self.usual)
            subject, of_part = self._whose(
                subject, clause.text[edge : match.end()], clause.text[: match.start()], sentence
            )
            before = subject if subject.own else before
            asserted = kind == "unclear" or self._asserted(clause.text, edge, match.start(), len(clause.text))
            asserted = asserted and (kind == "unclear" or not self.words.find("hedged", clause.text, 0, match.start()))
            yield Said(
                kind, None, subject, sentence, sentence, at, asserted=asserted, linked=not by_number and not of_part
            )

    def _whose(self, subject: Subject, text: str, ahead: str, sentence: str) -> tuple[Subject, bool]:
        """Of whom a doubt is: of all that were named ("the intervals overlap"), or of a part of a change only."""
        if not subject.own and self.words.find("both_of", text):
            named = frozenset(mention.name for mention in mentions(f"{self.previous} {sentence}", self.names))
            return Subject(named or subject.names, own=False), False
        hits = [hit[0].end() for hit in _hits(ahead, self.words)]
        parts = [match.end() for kind in ("mix", "within") for match in self.words.all(kind, ahead)]
        of_part = bool(parts) and max(parts) > max(hits, default=0) and not subject.names
        return (Subject(own=False), True) if of_part else (subject, False)

    def _reasons(self, clause: Clause, sentence: str, at: tuple[int, int]) -> Iterator[Said]:
        text = clause.text
        open_reasons = [match.span() for kind in ("no_cause", "unclear") for match in self.words.all(kind, text)]
        named = Subject(spoken_of(sentence, self.names, self.words))
        ways = {way for _, _, way in _hits(sentence, self.words) if way}
        way = ways.pop() if len(ways) == 1 else None
        parts = {kind: list(self.words.all(kind, text)) for kind in ("mix", "within")}
        for kind, matches in parts.items():
            other = parts["within" if kind == "mix" else "mix"]
            for match in matches:
                asserted = self._asserted(text, _comma(text, match.start()), match.start(), match.end() + 40)
                other_than = self.words.find("rather", text, match.end())
                rest = nearby(text[match.end() : other_than.start() if other_than else len(text)])
                denied = any(self.words.find(kind, rest) for kind in ("negated", "unclear", "steady"))
                asserted = (
                    asserted
                    and not denied
                    and not _called_unclear(text, match.end())
                    and not _is_small(text, match, other)
                )
                linked = kind == "within" or bool(
                    self.words.find("link", sentence) or self.words.find("link", self.previous)
                )
                yield Said(kind, None, named, sentence, sentence, at, asserted=asserted, linked=linked)
        for match in self.words.all("cause", text):
            if not _inside(match, open_reasons) and self._is_cause(text, match, parts):
                scope = f"{self.previous} {sentence}" if self.words.find("anew", text[: match.start()]) else sentence
                asserted = self._asserted(text, 0, match.start(), len(text)) and not self.words.find(
                    "only_if", text, match.start()
                )
                yield Said("cause", way, named, sentence, scope, at, asserted=asserted)
        if (match := self.words.find("counterfactual", text)) and not _inside(match, open_reasons):
            yield Said("cause", way, named, sentence, sentence, at)
        pushed: dict[str, Direction] = {"pushed_down": "down", "pushed_up": "up"}
        for kind, push in pushed.items():
            for match in self.words.all(kind, text):
                if (
                    _pushes(self.words, text, match)
                    and self._has_agent(text, match)
                    and not _inside(match, open_reasons)
                ):
                    scope = (
                        f"{self.previous} {sentence}" if self.words.find("anew", text[: match.start()]) else sentence
                    )
                    yield Said(
                        "cause",
                        push,
                        named,
                        sentence,
                        scope,
                        at,
                        asserted=self._asserted(text, 0, match.start(), len(text)),
                    )

    def _has_agent(self, text: str, match: re.Match[str]) -> bool:
        return bool(re.search(r"\w{2,}", text[: match.start()]))

    def _is_cause(self, text: str, match: re.Match[str], parts: dict[str, list[re.Match[str]]]) -> bool:
        """True where something about the NPS is said to come from something that is no mix and no segment."""
        ahead, behind = text[: match.start()], text[match.end() :]
        near = behind[:60].split(",")[0]
        plain = self.words.find("plain_cause", match[0])
        if self.words.find("not_effect", ahead) or not (plain or self.words.find("effect", text)):
            return False
        if any(match.end() <= m.start() <= match.end() + 45 for those in parts.values() for m in those):
            return False
        leads = [m for m in mentions(near, self.names) if _SMALL_WORDS.fullmatch(near[: m.start])]
        if self.words.find("of_segment", match[0]) and any(
            len(ahead) - m.end <= 2 for m in mentions(ahead, self.names)
        ):
            return False
        return not leads

    def _whole_sentence(self, sentence: str, number: int) -> list[Said]:
        found: list[Said] = []
        named = Subject(frozenset(mention.name for mention in mentions(sentence, self.names)))
        if self.words.find("no_cause", sentence):
            found.append(Said("no_cause", None, named, sentence, sentence, (number, 0)))
        if not _off(self.words, sentence):
            narrow = bool(self.words.find("warning", sentence))
            if narrow or self.words.find("warning_wide", sentence):
                found.append(Said("warning", None, named, sentence, sentence, (number, 0), sure=narrow))
        return found

    def _take_back(self, found: list[Said], number: int, sentence: str) -> None:
        """What is called unclear is no longer claimed: in the same sentence, or in the one that is pointed back to."""
        doubts = [said for said in found if said.kind == "unclear" and said.linked]
        back = bool(self.words.find("points_back", sentence))
        for doubt in doubts:
            for pool, near in ((found, True), (self.said, back)):
                for index, said in enumerate(pool):
                    close = said.at[0] == number or said.at[0] == number - 1
                    first = pool is found or doubt.at[1] == 0
                    open_to_doubt = said.kind in ("change", "difference") and not said.sure
                    if near and close and first and open_to_doubt and _about_the_same(doubt, said):
                        pool[index] = replace(said, asserted=False)


_AIM = re.compile(
    r"(?<!seems )(?<!appears )(?<!began )(?<!starts )(?<!started )(?<!continues )(?<!continued )\bto $", re.IGNORECASE
)
"""To improve something is an aim; that it began to improve is a claim."""
_PERCENT = re.compile(
    r"\s*(?:by |from |to |um |von |auf |un |del? )?(?:about |etwa )?[\d.,]+ ?(?:%|per ?cent|Prozent|por ciento)",
    re.IGNORECASE,
)


def read_claims(text: str, names: frozenset[Name], usual: Subject) -> list[Said]:
    """All claims of a text, in order."""
    reader = Reader(names, usual, words_of(text))
    for number, sentence in enumerate(sentences(text)):
        reader.read(number, sentence)
    return reader.said


def _hits(text: str, words: Words) -> list[tuple[re.Match[str], str, Direction | None]]:
    """Wordings of a direction, in order; where two overlap the first in the list of kinds counts."""
    found: list[tuple[re.Match[str], str, Direction | None]] = []
    for name, kind, direction in _MOVES:
        for match in words.all(name, text):
            if (name.startswith("pushed") and not _pushes(words, text, match)) or _AIM.search(text, 0, match.start()):
                continue
            if not _inside(match, [hit[0].span() for hit in found]):
                found.append((match, kind, direction))
    return sorted(found, key=lambda hit: hit[0].start())


def _pushes(words: Words, text: str, match: re.Match[str]) -> bool:
    """True where what is pushed is the NPS: "raised NPS", not "raised prices"."""
    target = words.find("target", text, match.end())
    return target is not None and target.start() - match.end() <= 30


def _inside(match: re.Match[str], spans: list[tuple[int, int]]) -> bool:
    return any(match.start() < end and start < match.end() for start, end in spans)


def _blanked(words: Words, kind: str, text: str) -> str:
    for match in words.all(kind, text):
        text = text[: match.start()] + "x" * len(match[0]) + text[match.end() :]
    return text


def _without(text: str, names: frozenset[Name]) -> str:
    """The text without the names of segments: "without a coach" denies nothing."""
    for mention in mentions(text, names):
        text = text[: mention.start] + "·" * (mention.end - mention.start) + text[mention.end :]
    return text


def _p_value(match: re.Match[str]) -> float:
    return float(match[1].replace(",", "."))


def _comma(text: str, start: int) -> int:
    """Where the part between commas begins."""
    return max(text.rfind(",", 0, start), text.rfind(":", 0, start), 0)


def _called_unclear(text: str, end: int) -> bool:
    """True where the brackets after it say "not clear"."""
    after = re.match(r"[^,()]*\(([^)]*)\)", text[end:])
    return bool(
        after
        and re.search(
            r"not (?:clear|significant)|unclear|nicht (?:klar|deutlich)|no (?:es )?clar", after[1], re.IGNORECASE
        )
    )


def _bracketed(words: Words, kind: str, text: str) -> Iterator[re.Match[str]]:
    """The brackets that follow a part of a change: what is "not clear" there is that part."""
    for match in words.all(kind, text):
        after = re.compile(r"[^,()]*\([^)]*\)").match(text, match.end())
        if after:
            yield after


def _amount(text: str, match: re.Match[str]) -> float | None:
    numbers = re.findall(r"(?<![\w.])[-−–+]?(\d+(?:[.,]\d+)?)(?! ?%)", text[max(0, match.start() - 45) : match.start()])
    return float(numbers[-1].replace(",", ".")) if numbers else None


def _is_small(text: str, match: re.Match[str], others: list[re.Match[str]]) -> bool:
    """True where the text gives both parts and this one is by far the smaller."""
    mine = _amount(text, match)
    theirs = [amount for other in others if (amount := _amount(text, other)) is not None]
    return mine is not None and bool(theirs) and mine < _SMALL * (mine + max(theirs))


def _off(words: Words, sentence: str) -> bool:
    """True for what says that all is well."""
    for match in words.all("warning_off", sentence):
        lead = sentence[max(0, match.start() - 12) : match.start()]
        inner = match[0].split(" ", 1)
        negated = words.find("negated", lead) or (len(inner) > 1 and words.find("negated", inner[1]))
        if not negated:
            return True
    return False


def _about_the_same(doubt: Said, said: Said) -> bool:
    if doubt.subject.every or said.subject.every:
        return doubt.subject.every and said.subject.every
    if doubt.subject.names and said.subject.names:
        return bool(doubt.subject.names & said.subject.names)
    if doubt.subject.names:
        return False
    if said.subject.names:
        return not doubt.subject.whole and doubt.at == said.at
    return True

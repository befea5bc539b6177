"""What a text claims: each claim with its direction, of whom it is, and whether it is asserted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from evals.scoring.claims.doubts import doubts
from evals.scoring.claims.moves import moves
from evals.scoring.claims.reasons import of_sentence, reasons
from evals.scoring.claims.said import Reading, Said, blanked
from evals.scoring.claims.subjects import Name, Subject, mentions
from evals.scoring.claims.text import clauses, is_question, sentences
from evals.scoring.claims.words import Words, words_of


def read_claims(text: str, names: frozenset[Name], usual: Subject) -> list[Said]:
    """All claims of a text, in order. `usual` is what a sentence speaks of that names nothing."""
    reader = _Reader(names, usual, words_of(text))
    for number, sentence in enumerate(sentences(text)):
        reader.read(number, sentence)
    return reader.said


@dataclass
class _Reader:
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
        quiet = blanked(self.words, "sure_phrases", blanked(self.words, "opener", sentence))
        back = bool(self.words.find("points_back", sentence))
        found: list[Said] = []
        subject = self.last if back else None
        for at, clause in enumerate(clauses(quiet, self.words)):
            reading = self._reading(clause, sentence, (number, at))
            moved = list(moves(reading, subject))
            subject = next((said.subject for said in reversed(moved) if not said.converse), subject)
            doubted = list(doubts(reading, subject))
            subject = doubted[-1].subject if doubted and subject is None else subject
            found += [*moved, *doubted, *reasons(reading)]
        found += of_sentence(self._reading(sentence, sentence, (number, 0)))
        self._take_back(found, number, back)
        found = _without_bare_numbers(found)
        self.said += found
        self.last = subject or self._named(sentence) or self.last
        self.previous = sentence

    def _reading(self, text: str, sentence: str, at: tuple[int, int]) -> Reading:
        return Reading(text, at, sentence, self.previous, self.names, self.usual, self.words)

    def _named(self, sentence: str) -> Subject | None:
        named = frozenset(mention.name for mention in mentions(sentence, self.names))
        return Subject(named) if len(named) == 1 else None

    def _take_back(self, found: list[Said], number: int, back: bool) -> None:
        """What is called unclear is no longer claimed: in the same sentence, or in the one that is pointed back to."""
        for doubt in [said for said in found if said.kind == "unclear" and said.linked and not said.by_number]:
            for index, said in enumerate(found):
                found[index] = _doubted(said, doubt)
            for index, said in enumerate(self.said):
                if back and doubt.at[1] == 0 and said.at[0] == number - 1:
                    self.said[index] = _doubted(said, doubt)


def _without_bare_numbers(found: list[Said]) -> list[Said]:
    """ "NPS fell by 2 points (p = 0.4)" says that it fell; the number in brackets makes no doubt of it."""
    if any(said.asserted and said.kind in ("change", "difference") for said in found):
        return [replace(said, asserted=said.asserted and not said.by_number) for said in found]
    return found


def _doubted(said: Said, doubt: Said) -> Said:
    open_to_doubt = said.kind in ("change", "difference") and not said.sure
    return replace(said, asserted=False) if open_to_doubt and _about_the_same(doubt, said) else said


def _about_the_same(doubt: Said, said: Said) -> bool:
    if doubt.subject.every or said.subject.every:
        return doubt.subject.every and said.subject.every
    if doubt.subject.names and said.subject.names:
        return bool(doubt.subject.names & said.subject.names)
    if doubt.subject.names:
        return False
    return not said.subject.names or (not doubt.subject.whole and doubt.at == said.at)

"""The codebook: the themes that comments are coded by, as YAML that a user can edit (`codebook.yaml` in the workspace).

    version: 1
    themes:
    - name: price
      description: What it costs, and whether it is worth that.
      words:
        en: [price, expensive, "cancel*", value for money]
        de: [preis, teuer]
      not:
        en: [at all costs]

A word counts in all its inflected forms; `*` stands for any letters; several words are a phrase. What stands in a
phrase under `not` does not count for the theme. A plain list under `words` is for texts of any language.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from tools.comments.matching import Term, code
from tools.comments.redaction import fold as visible
from tools.comments.stems import ANY, fold, stem, words
from warehouse.catalog_file import line_of, parse_yaml, refuse_nesting
from warehouse.errors import CatalogError, NpsError, nearest
from warehouse.workspace import Warehouse

FILE_NAME = "codebook.yaml"
HEADER = (
    "# The codebook of this workspace: the themes that comments are coded by.\n"
    "# Edit it freely: a word counts in all its forms, * stands for any letters, several words are a phrase;\n"
    "# what stands in a phrase under `not` does not count. Without this file themes are found anew each time.\n"
)
MAX_THEMES = 60
_LARGEST = 1_000_000
_DEEPEST = 8
_STARTER = Path(__file__).with_name("starter.yaml")

Provenance = Literal["starter", "mined", "user"]
Entry = Annotated[str, Field(min_length=1, max_length=80)]
Entries = Annotated[list[Entry], Field(max_length=400)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, populate_by_name=True)


class Theme(_Model):
    """One thing that comments may be about; a comment may be about several."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    description: Annotated[str, Field(max_length=300)] = ""
    provenance: Provenance = "user"
    """starter: shipped with npsight; mined: found in the comments; user: written by hand."""
    words: dict[str, Entries]
    """By language (en, de, …; any for all): words and phrases that tell the theme."""
    excluded: dict[str, Entries] = Field(default_factory=dict, alias="not")
    """Phrases whose words do not count."""

    @property
    def stems(self) -> set[str]:
        """The single words that tell the theme, by their stems."""
        return {stem(entry) for entries in self.words.values() for entry in entries if " " not in entry}

    @field_validator("name")
    @classmethod
    def _one_line(cls, name: str) -> str:
        plain = " ".join(visible(name).split())
        if not plain:
            raise ValueError("a theme needs a name")
        return plain

    @field_validator("words", "excluded", mode="before")
    @classmethod
    def _by_language(cls, given: Any) -> Any:
        return {ANY: given} if isinstance(given, list) else given

    @field_validator("words", "excluded")
    @classmethod
    def _usable(cls, given: dict[str, list[str]]) -> dict[str, list[str]]:
        for language, entries in given.items():
            if not re.fullmatch(rf"{ANY}|[a-z]{{2}}", language):
                raise ValueError(f"{language!r} is no language; write en, de, es, fr … or {ANY}")
            for entry in entries:
                Term.parse(entry, language)
        return given

    @model_validator(mode="after")
    def _told_by_something(self) -> Theme:
        if not any(self.words.values()):
            raise ValueError(f"the theme {self.name!r} has no words")
        return self


class Codebook(_Model):
    """The whole of `codebook.yaml`."""

    version: Literal[1] = 1
    themes: Annotated[list[Theme], Field(min_length=1, max_length=MAX_THEMES)]

    @model_validator(mode="after")
    def _names_differ(self) -> Codebook:
        seen: set[str] = set()
        for theme in self.themes:
            if fold(theme.name) in seen:
                raise ValueError(f"two themes are called {theme.name!r}; give one another name")
            seen.add(fold(theme.name))
        return self

    @property
    def names(self) -> list[str]:
        """The themes' names, in their order."""
        return [theme.name for theme in self.themes]

    def find(self, name: str, *, by_words: bool = True) -> int:
        """The position of a theme by its name, by words that only its name holds, or by a word that only it is told by.

        NpsError names the nearest.
        """
        folded = [fold(known) for known in self.names]
        if fold(" ".join(name.split())) in folded:
            return folded.index(fold(" ".join(name.split())))
        wanted = {stem(word) for word in words(name)}
        parts = [at for at, known in enumerate(self.names) if wanted and wanted <= {stem(w) for w in words(known)}]
        if len(parts) == 1:
            return parts[0]
        told = [at for at, theme in enumerate(self.themes) if wanted & theme.stems]
        if by_words and len(told) == 1:
            return told[0]
        near = nearest(name, self.names) or self.names[:8]
        raise NpsError(f"There is no theme {name!r} in the codebook; there are: {', '.join(near)}.")

    def origin(self) -> str:
        """How many themes come from where, in words."""
        kinds: dict[Provenance, str] = {
            "starter": "from the starter codebook",
            "mined": "mined from these comments",
            "user": "written by hand",
        }
        counts = {text: sum(theme.provenance == kind for theme in self.themes) for kind, text in kinds.items()}
        return ", ".join(f"{count} {text}" for text, count in counts.items() if count)


def starter_codebook(languages: frozenset[str] | None = None) -> Codebook:
    """The themes shipped with npsight, with the words of some languages only where they are given."""
    book = _starter()
    if languages is None:
        return book
    themes = []
    for theme in book.themes:
        kept = {language: entries for language, entries in theme.words.items() if language in {*languages, ANY}}
        excluded = {language: entries for language, entries in theme.excluded.items() if language in kept}
        if kept:
            themes.append(theme.model_copy(update={"words": kept, "excluded": excluded}))
    return Codebook(themes=themes)


@functools.cache
def _starter() -> Codebook:
    return read_codebook(_STARTER)


def load_codebook(warehouse: Warehouse) -> Codebook | None:
    """The codebook of the workspace, None where there is no file; a mistake in it is refused with its line."""
    path = warehouse.folder / FILE_NAME
    return read_codebook(path) if path.exists() else None


def read_codebook(path: Path) -> Codebook:
    """The codebook in `path`; CatalogError says the line, the value and what is allowed."""
    try:
        if path.stat().st_size > _LARGEST:
            raise CatalogError(f"{path.name} has more than {_LARGEST:,} bytes; a codebook is a short list of words.")
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise CatalogError(f"{path.name}, line {line}: this is not UTF-8 text; save the file as UTF-8.") from None
    refuse_nesting(text, path, _DEEPEST)
    try:
        data = parse_yaml(text, path)
    except ValueError as error:  # a day that does not exist, a number of thousands of digits
        raise CatalogError(f"{path.name} holds a value that is none ({error}); put it in quotation marks.") from None
    try:
        return Codebook.model_validate(data)
    except ValidationError as error:
        raise CatalogError(_explain(error, text, path)) from None


def write_codebook(folder: Path, codebook: Codebook) -> Path:
    """Write `codebook.yaml` into a workspace, whole or not at all; what stands there is replaced."""
    path = folder / FILE_NAME
    data = codebook.model_dump(mode="json", by_alias=True, exclude_defaults=True) | {"version": codebook.version}
    for theme, dumped in zip(codebook.themes, data["themes"], strict=True):
        dumped["provenance"] = theme.provenance
    ordered = {"version": data["version"], "themes": data["themes"]}
    body = yaml.dump(ordered, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    partial = path.with_suffix(".yaml.part")
    partial.write_text(HEADER + body, encoding="utf-8")
    partial.replace(path)
    return path


class _Dumper(yaml.SafeDumper):
    """Lists of words on one line, as a person writes them."""


_Dumper.add_representer(
    list,
    lambda dumper, data: dumper.represent_sequence(
        "tag:yaml.org,2002:seq", data, flow_style=all(isinstance(item, str) for item in data)
    ),
)


def code_texts(texts: list[str], codebook: Codebook) -> Any:
    """Which text is about which theme: a numpy array of bool, texts × themes; a text may have several or none."""
    return code(texts, [(_terms(theme.words), _terms(theme.excluded)) for theme in codebook.themes])


def _terms(entries: dict[str, list[str]]) -> list[Term]:
    return [Term.parse(entry, language) for language, found in entries.items() for entry in found]


def _explain(error: ValidationError, text: str, path: Path) -> str:
    mistakes = error.errors()
    first = next((mistake for mistake in mistakes if mistake["type"] == "extra_forbidden"), mistakes[0])
    spot = [str(part) for part in first["loc"] if part != "[key]"]
    what = first["msg"].removeprefix("Value error, ")
    what = what[0].lower() + what[1:]
    if first["type"] == "extra_forbidden":
        allowed = ["name", "description", "provenance", "words", "not"] if "themes" in spot else ["version", "themes"]
        what = f"{spot[-1]!r} is not a key here (allowed: {', '.join(allowed)})"
    elif not isinstance(first.get("input"), dict | list) and first["type"] != "value_error":
        what += f", not {first.get('input')!r}"
    line = line_of(text, spot) if spot else 1
    return f"{path.name}, line {line}, {'.'.join(spot) or 'top level'}: {what}."

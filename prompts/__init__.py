"""Prompt and answer templates: files that open with the list of their variables, rendered strictly."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prompts.numbers import format_value, interval, magnitude, signed

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

FOLDER = Path(__file__).parent


_MARKUP = re.compile(r"<(?=[/!?A-Za-z])|(?<=\])(?=[(\[])|(?<=!)(?=\[)|(?<=\w:)(?=//)")
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e0fff]")


def plain(text: object) -> str:
    """Data as it may stand in a draft: on one line, never a template, a tag, a link or a picture of its own."""
    line = " ".join(_UNSEEN.sub("", str(text)).replace("{", "(").replace("}", ")").split())
    return _MARKUP.sub(lambda match: "‹" if match.group() else " ", line)


def _plural(word: str) -> str:
    return word + "s"


@functools.cache
def environment() -> ImmutableSandboxedEnvironment:
    """Sandboxed and strict: an unknown variable is an error, and data is never a template."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    made = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        autoescape=False,
    )
    made.filters |= {
        "figure": format_value,
        "magnitude": magnitude,
        "signed": signed,
        "plain_name": plain,
        "plural": _plural,
    }
    made.globals["interval"] = interval
    return made


def render(name: str, variables: Mapping[str, Any]) -> str:
    """The template `name` (such as "answers/level.md.j2") with its variables filled in."""
    return environment().get_template(name).render(**variables).strip()

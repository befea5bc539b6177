"""One question with everything it is worked on with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.builtin.model import BuiltinModel
from agent.events import Watch, nobody
from agent.history import facts_of

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

    from agent.answer import Audience
    from agent.examples import Example
    from agent.limits import Meter
    from agent.recording import Journal
    from agent.toolbox import Perform
    from tools.result import Fact
    from warehouse.catalog import Catalog


@dataclass(frozen=True)
class Job:
    """A question, the data, who answers, and what was said before."""

    question: str
    catalog: Catalog
    chat: BaseChatModel
    model: str
    """The model's name as the answer tells it."""
    perform: Perform
    meter: Meter
    journal: Journal
    audience: Audience | None = None
    seed: int = 7
    history: Sequence[BaseMessage] = ()
    """Earlier turns of the conversation."""
    examples: Sequence[Example] = ()
    watch: Watch = nobody
    stream: bool = False
    """Whether the model is asked to send its reply piece by piece, so that its progress can be told."""
    earlier: list[Fact] = field(init=False)
    """The facts of earlier turns."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "earlier", facts_of(self.history))

    @property
    def local(self) -> bool:
        """True for the built-in planner: nothing leaves this machine."""
        return isinstance(self.chat, BuiltinModel)

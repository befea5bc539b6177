"""Which chat model answers: the built-in planner, an OpenAI-compatible one, or any LangChain provider."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from agent.builtin.model import BuiltinModel
from warehouse.errors import NpsError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from warehouse.catalog import Catalog

BUILTIN = "builtin"


def make_model(name: str, catalog: Catalog, seed: int) -> BaseChatModel:
    """The model called `name`: builtin, openai:NAME or PROVIDER:NAME.

    Raises NpsError when the name, the key or the provider's package is missing.
    """
    if name == BUILTIN:
        return BuiltinModel(catalog=catalog)
    provider, _, model = name.partition(":")
    if not model:
        raise NpsError(f"--model {name!r} is not a model; give builtin, openai:NAME or PROVIDER:NAME.")
    if provider == "openai":
        return _openai(model, seed)
    return _provider(provider, model)


def model_errors() -> tuple[type[Exception], ...]:
    """What a vendor's client raises when its server cannot be reached or does not answer."""
    if "openai" not in sys.modules:
        return ()
    from openai import OpenAIError

    return (OpenAIError,)


def _openai(model: str, seed: int) -> BaseChatModel:
    base = os.environ.get("OPENAI_BASE_URL")
    key = os.environ.get("OPENAI_API_KEY")
    if not key and not base:
        raise NpsError(
            "The model needs OPENAI_API_KEY (or OPENAI_BASE_URL for a compatible server); set it, or use builtin."
        )
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    # A local server speaks chat completions; the vendor's own API is left to the library's choice.
    return ChatOpenAI(
        model=model,
        api_key=SecretStr(key or "none"),
        base_url=base,
        temperature=0,
        seed=seed,
        timeout=60,
        use_responses_api=False if base else None,
    )


def _provider(provider: str, model: str) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    try:
        made: BaseChatModel = init_chat_model(model, model_provider=provider, temperature=0)
    except ImportError as error:
        raise NpsError(f"The provider {provider!r} needs a package that is not installed: {error}.") from None
    except ValueError as error:
        raise NpsError(
            f"The model {provider}:{model} cannot be used: {str(error).splitlines()[0].rstrip('.')}."
        ) from None
    return made

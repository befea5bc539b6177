"""Which chat model answers: the built-in planner, an OpenAI-compatible one, or any LangChain provider.

Nobody's data goes anywhere because a key lies in the environment: a model is named by --model or NPSIGHT_MODEL.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.builtin.model import BuiltinModel
from warehouse.errors import NpsError

if TYPE_CHECKING:
    import ssl

    import httpx2
    from langchain_core.language_models import BaseChatModel

    from warehouse.catalog import Catalog

BUILTIN = "builtin"
_CONNECT_SECONDS = 10.0
_WITHOUT: dict[str, dict[str, Any]] = {
    "temperature": {"temperature": None},
    "seed": {"seed": None},
    "stream_options": {"stream_usage": False},
}


def default_model(environment: Mapping[str, str] = os.environ) -> str:
    """The model that is asked when none is named: NPSIGHT_MODEL, else the built-in planner."""
    return environment.get("NPSIGHT_MODEL", "").strip() or BUILTIN


def make_model(
    name: str,
    catalog: Catalog,
    seed: int,
    *,
    stream: bool = False,
    seconds: float = 120.0,
    wire: Callable[[bytes], None] | None = None,
) -> BaseChatModel:
    """The model called `name`: builtin, openai:NAME or PROVIDER:NAME.

    `seconds` are those of the whole answer; one try may take half of them. The clients' own retries are off: see
    agent.calling. `wire` is given the bytes of each request as they leave, where the client lets us see them (openai).
    Raises NpsError when the name, the key or the provider's package is missing.
    """
    if name == BUILTIN:
        return BuiltinModel(catalog=catalog)
    provider, _, model = name.partition(":")
    if not provider or not model:
        raise NpsError(f"{name!r} is no model; give builtin, openai:NAME or PROVIDER:NAME (--model or NPSIGHT_MODEL).")
    if provider == "openai":
        return _openai(model, seed, stream, seconds / 2, wire)
    return _provider(provider, model, seconds / 2)


def model_errors() -> tuple[type[Exception], ...]:
    """What a vendor's client raises when its server cannot be reached or does not answer."""
    if "openai" not in sys.modules:
        return ()
    from openai import OpenAIError

    return (OpenAIError,)


def _refusals() -> tuple[type[Exception], ...]:
    return (ValueError, *model_errors())


def without(model: BaseChatModel, parameter: str) -> BaseChatModel:
    """The same model, asked without a parameter that its server refuses."""
    fields = type(model).model_fields
    gone = {name: value for name, value in _WITHOUT.get(parameter, {}).items() if name in fields}
    return model.model_copy(update=gone) if gone else model


def _openai(model: str, seed: int, stream: bool, seconds: float, wire: Callable[[bytes], None] | None) -> BaseChatModel:
    base = os.environ.get("OPENAI_BASE_URL", "").strip() or None
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not key and not base:
        raise NpsError(
            "The model needs OPENAI_API_KEY (or OPENAI_BASE_URL for a compatible server); set it, or use builtin."
        )
    if base:
        _check_address(base)
    import warnings

    import openai
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    # The client warns of odd replies on stderr, with what the server wrote; agent.replies deals with them.
    warnings.filterwarnings("ignore", message="Pydantic serializer warnings")
    # A local server speaks chat completions; the vendor's own API is left to the library's choice.
    return ChatOpenAI(
        model=model,
        api_key=SecretStr(key or "none"),
        base_url=base,
        temperature=0,
        seed=seed,
        timeout=openai.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)),
        max_retries=0,
        http_client=_tapped(wire),
        http_async_client=openai.DefaultAsyncHttpxClient(verify=_trusted()),
        stream_usage=stream,
        use_responses_api=False if base else None,
    )


def _tapped(wire: Callable[[bytes], None] | None) -> httpx2.Client:
    """A client that shows what it sends."""
    import openai

    hooks = [lambda request: wire(request.content)] if wire is not None else []
    return openai.DefaultHttpxClient(event_hooks={"request": hooks}, verify=_trusted())


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates to trust (SSL_CERT_FILE counts), read once: it takes longer than all the rest of a client."""
    import httpx2

    return httpx2.create_ssl_context()


def _check_address(base: str) -> None:
    """An address with a scheme and a host; the message leaves it out, for it may hold a password."""
    try:
        parts = urlsplit(base)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise NpsError("OPENAI_BASE_URL is no address; give one like http://localhost:11434/v1.")


def _provider(provider: str, model: str, seconds: float) -> BaseChatModel:
    try:
        try:
            return _made(provider, model, temperature=0, timeout=seconds, max_retries=0)
        except TypeError:  # not every provider's class takes a timeout; agent.calling keeps the time anyway
            return _made(provider, model, temperature=0)
    except ImportError as error:
        named = re.search(r"pip install (?:-U )?([\w-]+)", str(error))
        package = named.group(1) if named else f"langchain-{provider.replace('_', '-')}"
        raise NpsError(f"The provider {provider!r} needs a package that is not installed; install {package}.") from None
    except _refusals() as error:
        raise NpsError(f"The model {provider}:{model} cannot be used: {_first_reason(error)}.") from None


def _made(provider: str, model: str, **settings: Any) -> BaseChatModel:
    from langchain.chat_models import init_chat_model

    made: BaseChatModel = init_chat_model(model, model_provider=provider, **settings)
    return made


def _first_reason(error: Exception) -> str:
    """What a provider's class found missing, without the values it was given: a key may be among them."""
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        return f"{'.'.join(map(str, first['loc'])) or 'settings'}: {first['msg']}".rstrip(".")
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")

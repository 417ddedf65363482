"""Any server that speaks the OpenAI protocol, as a policy."""

from __future__ import annotations

from verisearch.errors import MissingExtraError

try:
    import httpx  # noqa: F401
except ModuleNotFoundError as error:
    raise MissingExtraError("policy 'openai' needs httpx: pip install 'verisearch[openai]'") from error

from verisearch.policies.openai.policy import OpenAIPolicy
from verisearch.policies.openai.settings import Abilities, ServerSettings

__all__ = ["Abilities", "OpenAIPolicy", "ServerSettings"]

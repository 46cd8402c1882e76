"""A schema registry (Confluent's interface), where one is configured: look a schema up by its id, register ours.

The client is confluent-kafka's, an extra of its own (``pip install 'raised-risk[registry]'``), imported when needed.
Subjects are record names (``raised_risk.Escalation``): what a message is does not depend on its topic's name.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from schemas.check import Refused

NOT_FOUND = 404


class RegistryUnavailable(Refused):
    """The registry cannot be asked. The record is not at fault: hold it and ask again, do not quarantine it."""


class Registered(NamedTuple):
    """A schema as the registry holds it."""

    kind: str  # AVRO, JSON, PROTOBUF
    text: str
    refers: bool  # it stands on other schemas of the registry


class Registry:
    """The registry at ``url``. Blocks while it asks; what it found is remembered by the client."""

    def __init__(self, url: str) -> None:
        try:
            from confluent_kafka.schema_registry import SchemaRegistryClient
        except ImportError as missing:
            reason = f"registry.url is set, and {missing.name or 'the registry client'} is not installed"
            raise RegistryUnavailable(reason, "pip install 'raised-risk[registry]', or empty registry.url") from None
        # Asked in a worker's event loop, where it must not stand in the way for long: who asks tries again anyway.
        self._client = SchemaRegistryClient.new_client({"url": url, "timeout": 2, "max.retries": 0})

    def look_up(self, schema_id: int) -> Registered | None:
        """The schema of that id; None: the registry has none. Raises RegistryUnavailable."""
        found = self._ask(self._client.get_schema, schema_id)
        return found and Registered(found.schema_type or "AVRO", found.schema_str or "", bool(found.references))

    def register(self, subject: str, text: str) -> int:
        """Register an Avro schema and return its id, the same for the same schema. Raises RegistryUnavailable."""
        from confluent_kafka.schema_registry import Schema

        number = self._ask(self._client.register_schema, subject, Schema(text, "AVRO"))
        if number is None:
            raise RegistryUnavailable(f"the registry has no place for {subject}", "see that registry.url is its root")
        return int(number)

    def _ask(self, question: Any, *about: Any) -> Any:
        try:
            return question(*about)
        except Exception as error:
            # httpx's errors (no connection, time-outs) and the client's own share no parent but Exception.
            if getattr(error, "http_status_code", None) == NOT_FOUND:
                return None
            reason = f"the schema registry does not answer as it should ({type(error).__name__})"
            said = getattr(error, "http_status_code", None)
            reason += f": HTTP {said}" if said else ""
            raise RegistryUnavailable(reason, "look at registry.url and whether it is up; nothing is lost") from error

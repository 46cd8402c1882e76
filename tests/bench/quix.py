"""The cases step in Quix Streams, exactly once: a state for each case, outputs and offsets in its transactions.

It runs in an environment of its own (``make bench PEERS=1``), for Quix Streams brings another library by the name of
``avro`` than ours. So ``agents.wire`` and our codec are not used: the same decoders stand here, and fastavro writes the
escalation with the same schema. Everything else is as Quix Streams comes; the state is bytes, as ours is.
"""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import msgspec
from fastavro import schemaless_writer
from fastavro.schema import load_schema
from judging import judging
from meter import Meter
from quixstreams import Application
from trees import CHECKOUT

from agents import parent
from agents.bank_holidays import england_and_wales
from agents.topics import CASE_EVENTS, ESCALATIONS
from streams.case import CaseFile
from streams.events import CaseEvent
from streams.step import step

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVERY = 500  # a line for each event would cost more than the lines are worth

case_event = msgspec.msgpack.Decoder(CaseEvent).decode
case_file = msgspec.msgpack.Decoder(CaseFile).decode
encode = msgspec.msgpack.Encoder().encode


def main() -> None:
    """Work until the process is ended."""
    namespace = os.environ["RAISED_RISK_KAFKA_NAMESPACE"]
    policies = judging(england_and_wales())
    schema, meter = load_schema(str(CHECKOUT / "schemas" / "escalation.avsc")), Meter()
    count = 0

    def handled(*_: object) -> None:
        nonlocal count
        count += 1
        if count % EVERY == 0 or count == 1:
            meter.mark(count)

    def fold(value: bytes, _key: bytes, timestamp: int, _headers: object, state: Any) -> list[bytes]:
        stored = state.get_bytes("file")
        file = case_file(stored) if stored else None
        done = step(file, case_event(value), policies, EPOCH + timedelta(milliseconds=timestamp))
        if done.file is not file:
            state.set_bytes("file", encode(done.file))
        return [avro(schema, escalation.record()) for escalation in done.escalations]

    app = Application(
        os.environ["RAISED_RISK_KAFKA_BOOTSTRAP"], consumer_group=f"{namespace}quix", auto_offset_reset="earliest",
        processing_guarantee="exactly-once", state_dir=os.environ["BENCH_STATE"], on_message_processed=handled,
        loglevel="WARNING",
    )  # fmt: skip
    raw: Any = {"key_deserializer": "bytes", "value_deserializer": "bytes", "value_serializer": "bytes"}
    events = app.dataframe(app.topic(namespace + CASE_EVENTS, **raw))
    told = events.apply(fold, stateful=True, metadata=True, expand=True)
    told.to_topic(app.topic(namespace + ESCALATIONS, **raw))
    app.run()


def avro(schema: Any, record: dict[str, object]) -> bytes:
    """A record as Avro, without a header."""
    out = BytesIO()
    schemaless_writer(out, schema, record)
    return out.getvalue()


if __name__ == "__main__":
    threading.Thread(target=parent.end_with_it, daemon=True).start()
    main()

"""The wire: Avro schemas and their codec. Knows neither the domain nor Faust.

    schemas.encode("escalation", record) -> bytes         NotWritable
    schemas.decode("escalation", value)  -> record        NotReadable
    schemas.explain("escalation", record) -> why it does not fit, field by field

These use no registry; ``Codec(registry)`` is the same with one. Floors: check, strict < catalogue < registry < codec;
gate stands alone and runs in another environment.
"""

from schemas.check import BrokenSchema
from schemas.codec import Codec, NotReadable, NotWritable, decode, encode, explain
from schemas.registry import RegistryUnavailable

__all__ = ["BrokenSchema", "Codec", "NotReadable", "NotWritable", "RegistryUnavailable", "decode", "encode", "explain"]

"""The Common Platform's hearings, in the JSON that the sender writes, bare or in its SNS envelope.

One message speaks of many people, and names none of our cases. Each person becomes a Sighting of their own, named by
the JSON pointer of their place; a person who cannot be read is a BadPart, and does not keep the others. Only the court,
the kind of hearing, times, offences and ids are kept: no name, address or date of birth leaves this package.

The format as read in its publisher's source (ministryofjustice/court-hearing-event-receiver: MessageNotifier.kt and
HearingEvent.kt). The attribute ``messageType`` is COMMON_PLATFORM_HEARING, or COMMON_PLATFORM_HEARING_DELETED, whose
body is ``{"hearingId": …}`` and nothing else; ``hearingEventType`` is ConfirmedOrUpdated, Resulted or Deleted; a body
too large for SNS is left elsewhere and a pointer sent. What becomes of each real sample: docs/hearings.md.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple, assert_never

from streams.events import AppearanceDeleted, CourtAppearance, Origin, Times
from streams.faults import Unreadable, Untranslatable
from streams.feeds.court_people import Bad, Organisation, Person, people
from streams.feeds.json_fields import WrongTypeError, as_object, entries, fields, flag, text, time, words
from streams.feeds.json_text import read
from streams.identity import Identifier, IdentifierKind, joined, opaque
from streams.sightings import BadPart, Outcome, OutcomeKind, Sighting, only_at

_TYPES = {"COMMON_PLATFORM_HEARING": False, "COMMON_PLATFORM_HEARING_DELETED": True, None: None}
"""For each messageType whether the hearing was deleted."""
_EVENTS = {
    "ConfirmedOrUpdated": (False, False),
    "Resulted": (False, True),
    "Deleted": (True, None),
    "Unknown": (None, None),
    None: (None, None),
}
"""For each hearingEventType whether the hearing was deleted, and whether it is resulted."""
_EVENT_TYPE_DELETED = "commonplatform.case.deleted"
_OTHER_SENDERS = {"caseNo", "caseId", "cId", "defendantName"}  # keys of a Libra case
_POINTER_CLASS = "PayloadS3Pointer"
_COURT_CODE = 5  # characters of an OU code that name the court; what follows is its room

_IDS_AT_MOST = 50
"""Ids of one person in one message; the most charged of people have a dozen. Each is a look-up to be answered."""

_ASK_SENDER = "ask the sender what changed in its format; replay this when a release reads it"


Found = Sighting | Outcome | BadPart


class _Message(NamedTuple):
    """A message out of its envelope."""

    body: dict[str, Any]
    deleted: bool | None  # None: the envelope, if any, does not say
    resulted: bool | None
    recorded: datetime | None


def translate(value: bytes | None, origin: Origin, received: datetime) -> tuple[Found, ...]:
    """Each person, organisation and bad part of the message; of a replayed part (``origin.path``) only what is there.

    Raises Unreadable when the bytes are not an object in strict JSON, Untranslatable when nothing can be told of
    anybody: another sender's format, a pointer to a body kept elsewhere, no hearing id, a field of the hearing itself
    of a wrong type. Pure; linear in the size of the message.
    """
    try:
        parts = _translated(value or b"", origin, received)
    except WrongTypeError as error:
        raise Untranslatable(str(error), _ASK_SENDER) from None
    return only_at(origin.path, parts) if origin.path else parts


def _translated(value: bytes, origin: Origin, received: datetime) -> tuple[Found, ...]:
    message = _opened(_body(read(value)))
    body = message.body
    deleted = body.keys() == {"hearingId"} if message.deleted is None else message.deleted
    if deleted:
        return (_deletion(message, _at(origin, ""), received),)
    hearing = fields(body, "hearing", "")
    if hearing is None:
        if not _OTHER_SENDERS.isdisjoint(body):
            raise Untranslatable("another sender's format (a Libra case)", "it is refused for now; leave it here")
        raise Untranslatable("a message without a hearing", _ASK_SENDER)
    heard = _heard(hearing, message)
    parts = _appearances(heard, Times(_first_day(hearing), message.recorded, received), hearing, origin)
    return parts or (Outcome(_at(origin, ""), OutcomeKind.EMPTY, "nobody in it"),)


def _at(origin: Origin, path: str) -> Origin:
    return Origin(origin.topic, origin.partition, origin.offset, path)


# ── the envelope ─────────────────────────────────────────────────────────────────────────────────────────────


def _body(value: Any) -> dict[str, Any]:
    """The object that a message is. A large one is replaced by a pointer: a list of a class name and its fields."""
    if isinstance(value, list) and value and isinstance(value[0], str) and value[0].endswith(_POINTER_CLASS):
        raise Untranslatable(
            "the body is kept elsewhere, and this is a pointer to it",
            "fetch the body that it points to and publish that",
        )
    if not isinstance(value, dict):
        raise Unreadable("the message is not a JSON object", _ASK_SENDER)
    return value


def _opened(outer: dict[str, Any]) -> _Message:
    if "hearing" in outer or not outer.keys() & {"Message", "MessageAttributes"}:
        return _Message(outer, None, None, None)
    if text(outer, "Type", "") not in (None, "Notification"):
        raise Untranslatable("an SNS message that is no notification", "nothing is in it for us; leave it here")
    attributes = fields(outer, "MessageAttributes", "") or {}
    message_type = _attribute(attributes, "messageType")
    event = _attribute(attributes, "hearingEventType")
    if message_type not in _TYPES:
        raise Untranslatable("another sender's format, by its messageType", "it is refused for now; leave it here")
    if event not in _EVENTS:
        raise Untranslatable("a hearingEventType that we do not know", _ASK_SENDER)
    deleted, resulted = _EVENTS[event]
    taken_back = True if _attribute(attributes, "eventType") == _EVENT_TYPE_DELETED else None
    votes = {_TYPES[message_type], deleted, taken_back} - {None}
    if len(votes) > 1:
        raise Untranslatable("the attributes disagree whether the hearing was deleted", "ask the sender which holds")
    inner = text(outer, "Message", "")
    if inner is None:
        raise Untranslatable("an envelope with nothing in it", _ASK_SENDER)
    recorded = time(outer, "Timestamp", "")
    return _Message(_body(read(inner, "/Message")), votes.pop() if votes else None, resulted, recorded)


def _attribute(attributes: dict[str, Any], name: str) -> str | None:
    """The attribute's value: ``Value`` as subscribers get it, ``StringValue`` as publishers and queues name it."""
    place = f"/MessageAttributes/{name}"
    attribute = fields(attributes, name, "/MessageAttributes") or {}
    return text(attribute, "Value", place) or text(attribute, "StringValue", place)


# ── a deletion ───────────────────────────────────────────────────────────────────────────────────────────────


def _deletion(message: _Message, origin: Origin, received: datetime) -> Sighting:
    """The hearing taken back, for everybody in it.

    It happened when its sender says: so a second deletion, of a hearing that was put back, is news, and the same one
    sent again is not.
    """
    body = message.body
    inside = fields(body, "hearing", "") or {}
    named = {opaque(text(body, "hearingId", "")), opaque(text(inside, "id", "/hearing"))} - {None}
    if len(named) != 1:
        raise Untranslatable("a deletion that does not name one hearing", _ASK_SENDER)
    hearing = str(named.pop())
    return Sighting(
        origin,
        identifiers=(Identifier(IdentifierKind.HEARING, hearing),),
        doubtful=(),
        sender_id=joined(hearing, "deleted"),
        times=Times(message.recorded, message.recorded, received),
        fact=AppearanceDeleted(hearing),
    )


# ── a hearing ────────────────────────────────────────────────────────────────────────────────────────────────


def _heard(hearing: dict[str, Any], message: _Message) -> CourtAppearance:
    """What a hearing says of everybody in it: an appearance of nobody yet."""
    hearing_id = opaque(text(hearing, "id", "/hearing"))
    if hearing_id is None:
        raise Untranslatable(
            "the hearing has no usable id",
            "ask the sender for it: without, nobody's appearance could be told from another",
        )
    centre = fields(hearing, "courtCentre", "/hearing") or {}
    code = text(centre, "code", "/hearing/courtCentre")
    kind = words(fields(hearing, "type", "/hearing") or {}, "description", "/hearing/type")
    shared = flag(hearing, "hasSharedResults", "/hearing")
    resulted = shared or (message.resulted if message.resulted is not None else shared)
    return CourtAppearance(hearing_id, "", code and code[:_COURT_CODE], kind, resulted=resulted)


def _first_day(hearing: dict[str, Any]) -> datetime | None:
    """The earliest sitting day that stands: days without a time and cancelled days are passed over."""
    days = []
    for path, value in entries(hearing, "hearingDays", "/hearing"):
        day = as_object(value, path)
        sitting = time(day, "sittingDay", path)
        if sitting is not None and not flag(day, "isCancelled", path):
            days.append(sitting)
    return min(days, default=None)


def _appearances(heard: CourtAppearance, times: Times, hearing: dict[str, Any], origin: Origin) -> tuple[Found, ...]:
    found, doubtful = people(hearing)
    seen: defaultdict[str, int] = defaultdict(int)
    parts: list[Found] = []
    for each in found:
        match each:
            case Bad(path=path, reason=reason):
                remedy = "have the sender correct this part, or leave it; the others went on"
                parts.append(BadPart(path, reason, remedy))
            case Organisation(path=path):
                parts.append(Outcome(_at(origin, path), OutcomeKind.ORGANISATION, "not a person"))
            case Person(path=path, same_as=None, identifiers=ids) if len(ids) > _IDS_AT_MOST:
                parts.append(BadPart(path, f"more than {_IDS_AT_MOST} ids for one person", _ASK_SENDER))
            case Person(path=path, same_as=str(first)):
                parts.append(Outcome(_at(origin, path), OutcomeKind.DUPLICATE, f"the same person as at {first}"))
            case Person(path=path):
                firm = tuple([one for one in each.identifiers if one not in doubtful])
                unsure = tuple([one for one in each.identifiers if one in doubtful])
                fact = _appearance(each, heard, (firm or unsure)[0].value)
                sender_id = joined(fact.hearing, each.container_id, fact.person)
                seen[sender_id] += 1
                if seen[sender_id] > 1:
                    sender_id = joined(fact.hearing, each.container_id, fact.person, str(seen[sender_id]))
                parts.append(Sighting(_at(origin, path), firm, unsure, sender_id, times, fact))
            case _:
                assert_never(each)
    return tuple(parts)


def _appearance(person: Person, heard: CourtAppearance, known_as: str) -> CourtAppearance:
    return CourtAppearance(
        heard.hearing,
        known_as,
        heard.court,
        heard.kind,
        person.offences,
        person.application,
        person.remanded,
        person.resulted or heard.resulted,
        person.is_youth,
    )

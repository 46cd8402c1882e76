"""Common Platform hearings as the sender writes them: JSON, bare or in an SNS envelope (feeds.md 3.1, the samples).

They name no case. Who is meant is said by defendant id, master defendant id and PNC, each in the ways and with the
gaps that real messages have. A deletion is the receiver's ``HearingDeletedEvent``: ``{"hearingId": …}`` in an
envelope whose messageType says so (court-hearing-event-receiver, model/HearingEvent.kt).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from agents import topics
from agents.sandbox.feeds import numbers, offences, rates
from agents.sandbox.feeds.appearances import APPLICATIONS, COURTS, KINDS
from agents.sandbox.feeds.chance import Chance
from agents.sandbox.feeds.population import Draft, Person, Record

_as_text = msgspec.json.Encoder().encode


def prosecution(chance: Chance, people: Sequence[Person], at: datetime, hearing: str = "") -> Draft:
    """A hearing of one prosecution case against these people, organisations now and then among them.

    ``hearing`` names an earlier one: then this is its next version.
    """
    defendants = [_defendant(chance, person, at) for person in people]
    if rates.ORGANISATION.happens(chance):
        defendants.append(_organisation(chance))
    case = {
        "id": numbers.uuid(chance),
        "initiationCode": chance.among("JQSCRO"),
        "caseStatus": "ACTIVE",
        "prosecutionCaseIdentifier": {"prosecutionAuthorityCode": "NSHPF", "caseURN": _urn(chance)},
        "defendants": defendants,
    }
    return _message(chance, at, {"prosecutionCases": [case]}, hearing)


def application(chance: Chance, person: Person, at: datetime) -> Draft:
    """A hearing with no prosecution case: the person is the subject of an application, a breach or a review."""
    master = {
        "masterDefendantId": person.master,
        "defendantCase": [
            {"caseId": numbers.uuid(chance), "caseReference": _urn(chance), "defendantId": person.defendant}
        ],
        "personDefendant": {"personDetails": _details(person)},
    }
    asked = {
        "id": numbers.uuid(chance),
        "type": {
            "id": numbers.uuid(chance),
            "code": "SE20510",
            "type": chance.among(APPLICATIONS),
            "linkType": "LINKED",
        },
        "applicationReceivedDate": (at - timedelta(days=chance.between(5, 60))).date(),
        "applicationStatus": "UN_ALLOCATED",
        "applicant": {"id": numbers.uuid(chance), "organisation": {"name": "Northshire Probation Delivery Unit"}},
        "subject": {"id": numbers.uuid(chance), "masterDefendant": master},
        "respondents": [{"id": numbers.uuid(chance), "masterDefendant": master}],
    }
    return _message(chance, at, {"courtApplications": [asked]})


def empty(chance: Chance, at: datetime) -> Draft:
    """A hearing with nobody in it."""
    return _message(chance, at, {"prosecutionCases": []})


def deleted(chance: Chance, hearing: str, at: datetime) -> Draft:
    """The court takes the hearing back, for everybody in it."""
    document = _enveloped(chance, {"hearingId": hearing}, at, "COMMON_PLATFORM_HEARING_DELETED", "Deleted")
    return Draft(topics.COURT_HEARINGS, hearing.encode(), document, at)


def hearing_of(document: Record) -> Record:
    """The hearing inside a document of ours, bare or enveloped. Empty for a deletion."""
    if "Message" in document:
        document = msgspec.json.decode(document["Message"])
    found: Record = document.get("hearing", {})
    return found


def _message(chance: Chance, at: datetime, what: Record, hearing: str = "") -> Draft:
    code, name = chance.among(COURTS)
    sitting = (at - timedelta(hours=chance.between(1, 9))).replace(second=0, microsecond=0)
    hearing = hearing or numbers.uuid(chance)
    document: Record = {
        "hearing": {
            "id": hearing,
            "jurisdictionType": "CROWN" if code[0] == "C" else "MAGISTRATES",
            "type": {"id": numbers.uuid(chance), "description": chance.among(KINDS)},
            "courtCentre": {"id": numbers.uuid(chance), "code": code, "name": name, "roomName": "Courtroom 05"},
            "hearingDays": [
                {"sittingDay": f"{sitting:%Y-%m-%dT%H:%M:%S}.000Z", "listedDurationMinutes": 30, "listingSequence": 0}
            ],
            **what,
        }
    }
    if rates.ENVELOPE.happens(chance):
        event = "Resulted" if chance.random() < 0.4 else "ConfirmedOrUpdated"
        document = _enveloped(chance, document, at, "COMMON_PLATFORM_HEARING", event)
    return Draft(topics.COURT_HEARINGS, hearing.encode(), document, at)


def _enveloped(chance: Chance, document: Record, at: datetime, kind: str, event: str) -> Record:
    return {
        "Type": "Notification",
        "MessageId": numbers.uuid(chance),
        "TopicArn": "arn:aws:sns:eu-west-2:000000000000:example",
        "Message": _as_text(document).decode(),
        "Timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
        "SignatureVersion": "1",
        "MessageAttributes": {
            "messageType": {"Type": "String", "Value": kind},
            "hearingEventType": {"Type": "String", "Value": event},
        },
    }


def _defendant(chance: Chance, person: Person, at: datetime) -> Record:
    new = rates.NEW_COURT_CASE.happens(chance)
    defendant: Record = {
        "id": numbers.uuid(chance) if new else person.defendant,
        "masterDefendantId": person.master,
        "personDefendant": {
            "personDetails": _details(person),
            "bailStatus": {"code": "U", "description": "Unconditional bail"},
        },
        "offences": [_offence(chance, at)],
    }
    pnc = numbers.written(person.pnc, rates.PNC_WRITTEN.pick(chance))
    if pnc is not None:
        defendant["pncId"] = pnc
    youth: bool | str = person.youth
    if rates.IS_YOUTH_TEXT.happens(chance):
        youth = str(youth).lower()
    defendant["isYouth"] = youth
    return defendant


def _offence(chance: Chance, at: datetime) -> Record:
    code, title = offences.one(chance)
    offence: Record = {
        "id": numbers.uuid(chance),
        "offenceDefinitionId": numbers.uuid(chance),
        "offenceCode": code,
        "offenceTitle": title,
        "wording": "Particulars of the offence.",
        "startDate": (at - timedelta(days=chance.between(1, 300))).date(),
    }
    if rates.REMANDED.happens(chance):
        offence["judicialResults"] = [
            {
                "label": "Remanded in custody",
                "isConvictedResult": False,
                "judicialResultTypeId": numbers.uuid(chance),
                "orderedDate": at.date(),
            }
        ]
    return offence


def _details(person: Person) -> Record:
    return {
        "title": "Mx",
        "firstName": person.first,
        "lastName": person.last,
        "dateOfBirth": person.born,
        "gender": "NOT_SPECIFIED",
        "address": {"address1": "1 Example Lane", "address2": "Northshire", "postcode": "ZZ99 9ZZ"},
    }


def _organisation(chance: Chance) -> Record:
    return {
        "id": numbers.uuid(chance),
        "masterDefendantId": numbers.uuid(chance),
        "legalEntityDefendant": {"organisation": {"name": "Example Haulage Limited"}},
        "offences": [],
    }


def _urn(chance: Chance) -> str:
    return f"25GD{chance.below(10**7):07}"

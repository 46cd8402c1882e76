"""The principles P1 to P21 in short, what the core carries of each, and what another part does."""

from __future__ import annotations

from typing import NamedTuple


class Principle(NamedTuple):
    """What the paper says, and what is not for the core to show."""

    says: str
    elsewhere: str = ""


PRINCIPLES: dict[str, Principle] = {
    "P1": Principle("oversight of cases at medium or higher (youth), high or very high (adults); unknown is never low"),
    "P2": Principle("active monitoring below that level, of what has the potential to increase"),
    "P3": Principle("information from the police: arrests, charges, call-outs"),
    "P4": Principle("further appearances in court for serious offences"),
    "P5": Principle("indicators of raised risk in the initial screening"),
    "P6": Principle("classifications that by guidance need formal management involvement"),
    "P7": Principle("lack of referral does not excuse what the systems could have shown"),
    "P8": Principle(
        "managers are accountable where they were, or should have been, aware",
        "the timeline of delivery and of who saw what is read from the log",
    ),
    "P9": Principle("a manager's oversight is more than countersigning"),
    "P10": Principle("asking for an action is not enough: confirm that it was done"),
    "P11": Principle("practice is timely and responsive to changing circumstances"),
    "P12": Principle("escalation as appropriate, so that required services are delivered"),
    "P13": Principle("cases are allocated to staff with the skills and the experience"),
    "P14": Principle("a fresh look, healthy scepticism and challenge"),
    "P15": Principle("forums are no substitute for the manager's oversight"),
    "P16": Principle("case managers refer, and respond to outcomes in time"),
    "P17": Principle(
        "outcomes are recorded in the case record",
        "the core gives each record its number and hash; who may read it, and its export, are other parts'",
    ),
    "P18": Principle("actions are defensible: reasons, and reasons for any variance"),
    "P19": Principle("evidence of oversight, by its kinds"),
    "P20": Principle(
        "victims, the person themselves, and other young people known to them",
        "that one case tells another is shown in test_others",
    ),
    "P21": Principle(
        "all was done that could reasonably have been done",
        "the measures of a whole service are read from the records; the core gives each step its time",
    ),
}

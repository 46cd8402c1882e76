"""What the principles P1 to P21 say, each in a sentence of our own: what a reader of "P13" must know. Pure values.

After "Some key principles for the effective management oversight of risk of harm to others and safeguarding/child
protection and vulnerability" of HM Inspectorate of Probation, whose own words are longer.
"""

from __future__ import annotations

from collections.abc import Mapping

PRINCIPLES: Mapping[str, str] = {
    "P1": "Managers oversee cases of medium or higher risk in youth work, and of high or very high risk for adults.",
    "P2": "Managers also watch cases below that level which may rise.",
    "P3": "Arrests, charges and call-outs of the police are news of risk.",
    "P4": "So are further appearances in court for serious offences.",
    "P5": "Indicators found by the first screening count, whether or not a full assessment has followed.",
    "P6": "Some classifications need a manager's formal involvement, whatever the level.",
    "P7": "Where systems could have shown the need, it is no excuse that nobody referred the case.",
    "P8": "Managers answer for what they knew, and for what they should reasonably have known.",
    "P9": "Oversight is more than a countersignature: it says what was found and what must be done.",
    "P10": "Asking for an action is not enough: somebody confirms that it was done.",
    "P11": "Practice is timely and answers to changed circumstances; what comes too late was not effective.",
    "P12": "What is not delivered goes up the line until it is.",
    "P13": "Cases are held and overseen by people with the skill and experience that they need.",
    "P14": "A fresh look, healthy scepticism and challenge: a lower level is earned, not assumed.",
    "P15": "A forum takes nobody's place: the case manager owns the case, and the manager oversees it.",
    "P16": "Case managers know when to refer a case, and act on the outcome in time.",
    "P17": "Outcomes stand in the case record, for all who may be involved.",
    "P18": "Actions can be defended: why this was done, why not that, and where procedure was departed from.",
    "P19": "Oversight leaves evidence: assessments improved, discussions, observation, contact with agencies.",
    "P20": "Victims, the person themselves and other young people known to them are protected.",
    "P21": "All was done that could reasonably have been done, and it can be shown.",
}

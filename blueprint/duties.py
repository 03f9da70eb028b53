"""What code cannot do: the human duty behind each section of 45 CFR that a control maps to.

The titles are those of the standards and implementation specifications in 45 CFR 164.308 to 164.316:
https://www.ecfr.gov/current/title-45/subtitle-A/subchapter-C/part-164/subpart-C
"""

from __future__ import annotations

from typing import Final

HUMAN_DUTIES: Final[dict[str, tuple[str, str]]] = {
    # section: title, what stays a human duty
    "164.308(a)(1)(ii)(A)": ("Risk analysis", "Assess the risks to patient data and write the assessment down; a tag only says what a store holds."),
    "164.308(a)(1)(ii)(B)": ("Risk management", "Decide which risks are accepted, by whom and until when; every waiver is such a decision."),
    "164.308(a)(1)(ii)(D)": ("Information system activity review", "Read the logs and the findings regularly, and record that somebody did."),
    "164.308(a)(3)(i)": ("Workforce security", "Decide who on the workforce needs access at all."),
    "164.308(a)(3)(ii)(A)": ("Authorization and supervision", "Authorize and supervise the people who work with patient data."),
    "164.308(a)(3)(ii)(B)": ("Workforce clearance", "Check that each person's access is appropriate."),
    "164.308(a)(4)(i)": ("Information access management", "Write down how access is granted."),
    "164.308(a)(4)(ii)(A)": ("Isolating clearinghouse functions", "Know which partners and functions must be kept apart, and keep the list current."),
    "164.308(a)(4)(ii)(B)": ("Access authorization", "Grant each right to a named role for a stated reason, secrets and keys included."),
    "164.308(a)(4)(ii)(C)": ("Access establishment and modification", "Review rights regularly and take them away when somebody leaves."),
    "164.308(a)(5)(ii)(A)": ("Security reminders", "Tell people what changed; plan and watch the updates that are applied automatically."),
    "164.308(a)(5)(ii)(B)": ("Protection from malicious software", "Act on scan results; rebuild and deploy images that have findings."),
    "164.308(a)(5)(ii)(C)": ("Log-in monitoring", "Look into failed and unusual log-ins that the alarms report."),
    "164.308(a)(5)(ii)(D)": ("Password management", "Set up single sign-on with multi-factor authentication for people."),
    "164.308(a)(6)(ii)": ("Response and reporting", "Answer alarms, mitigate, document incidents, and notify within 60 days where 164.404 asks for it."),
    "164.308(a)(7)(i)": ("Contingency plan", "Write the plan for an outage and rehearse it."),
    "164.308(a)(7)(ii)(A)": ("Data backup plan", "Decide what must be backed up and how often, and restore a copy regularly to see that it works."),
    "164.308(a)(7)(ii)(B)": ("Disaster recovery plan", "Rehearse the recovery in another account or region, and measure how long it takes."),
    "164.308(a)(7)(ii)(C)": ("Emergency mode operation plan", "Decide what must run during an emergency, and who decides it."),
    "164.308(a)(8)": ("Evaluation", "Have the whole evaluated periodically, by people, against the rule itself."),
    "164.308(b)(1)": ("Business associate contracts", "Sign AWS's Business Associate Addendum and one with every other vendor that handles patient data."),
    "164.310(a)(1)": ("Facility access controls", "AWS answers for its buildings under the shared responsibility model; yours remain yours."),
    "164.310(d)(1)": ("Device and media controls", "Keep track of copies that leave the cloud."),
    "164.310(d)(2)(i)": (
        "Disposal",
        "Decide when data may be destroyed, and keep the record that it was; AWS answers for the media.",
    ),
    "164.310(d)(2)(ii)": (
        "Media re-use",
        "Remove data before storage is used for something else; AWS answers for the media.",
    ),
    "164.310(d)(2)(iii)": (
        "Accountability",
        "Keep a record of where data was moved and who is responsible for it.",
    ),
    "164.310(d)(2)(iv)": ("Data backup and storage", "Make a copy before equipment or data is moved or destroyed."),
    "164.312(a)(1)": ("Access control", "Decide who may do what; the controls only see that nothing is open to everyone."),
    "164.312(a)(2)(i)": ("Unique user identification", "Give every person an identity of their own; share none."),
    "164.312(a)(2)(ii)": (
        "Emergency access procedure",
        "Write down how patient data is reached in an emergency, and try it.",
    ),
    "164.312(a)(2)(iii)": (
        "Automatic logoff",
        "End idle sessions in the application and in single sign-on.",
    ),
    "164.312(a)(2)(iv)": ("Encryption and decryption", "Decide who may use each key; encryption inside the application stays the application's."),
    "164.312(b)": ("Audit controls", "Read what is recorded; log what the application does with patient records, which no infrastructure sees."),
    "164.312(c)(1)": ("Integrity", "Check that records were not altered or destroyed improperly; the application has to."),
    "164.312(c)(2)": ("Mechanism to authenticate ePHI", "Validate log digests and compare copies, as the runbooks describe."),
    "164.312(d)": ("Person or entity authentication", "Verify who people are before they get an identity; enforce multi-factor authentication where they log in."),
    "164.312(e)(1)": ("Transmission security", "Find out which connections leave these networks, and agree with partners how they are protected."),
    "164.312(e)(2)(i)": ("Integrity controls", "Let clients verify certificates; the server side cannot make them."),
    "164.312(e)(2)(ii)": ("Encryption", "Encrypt what leaves by other ways, such as e-mail."),
    "164.314(a)(1)": ("Business associate contracts: content", "Check that each contract says what the section asks for."),
    "164.314(b)(2)(i)": ("Group health plans", "Amend plan documents, where you run a group health plan."),
    "164.316(b)(2)(i)": ("Time limit", "Decide what belongs to the documentation that must be kept six years; applying that to logs is this project's policy."),
}  # fmt: skip

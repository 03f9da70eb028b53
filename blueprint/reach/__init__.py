"""Who reaches whom, on what ports and through what: answered from a record, without a cloud and without a packet.

`extract` reads a record into a `model`, `walk` follows packets through it, `questions` asks about named places, and
`claims` states what must hold, according to the intent. What the model does not follow is reported as a gap.
"""

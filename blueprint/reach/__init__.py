"""Who reaches whom, on what ports and through what: answered from a record, with no cloud and no packet.

`extract` reads a record into a `model`, `walk` follows a packet through it, `questions` asks about named places,
`claims` states what every stack must hold to. What the model does not understand it reports as a gap.
"""

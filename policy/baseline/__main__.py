"""The baseline pack, as `pulumi preview --policy-pack policy/baseline` starts it."""

from hipaa_policies.pack import serve

serve("baseline")

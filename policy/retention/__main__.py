"""The retention pack, as `pulumi preview --policy-pack policy/retention` starts it."""

from hipaa_policies.pack import serve

serve("retention")

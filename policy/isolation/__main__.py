"""The isolation pack, as `pulumi preview --policy-pack policy/isolation` starts it."""

from hipaa_policies.pack import serve

serve("isolation")

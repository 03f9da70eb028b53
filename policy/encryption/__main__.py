"""The encryption pack, as `pulumi preview --policy-pack policy/encryption` starts it."""

from hipaa_policies.pack import serve

serve("encryption")

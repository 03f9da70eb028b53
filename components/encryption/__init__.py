"""Customer managed KMS keys."""

from components.encryption.keys import Keys, KeysArgs

__all__ = ["Keys", "KeysArgs"]

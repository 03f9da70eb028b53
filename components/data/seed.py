"""The first version of a secret that rotates.

Secrets Manager makes the first version of a secret the current one. A refresh of Pulumi must find this version also when later
versions are current, or Pulumi would create it again. A version with a staging label is never removed, so it has one of its own.
The argument lacks AWSCURRENT, so a version that is created again does not become current
(https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html). Not tried on AWS.
"""

from __future__ import annotations

from typing import Final

SEED: Final = "SEED"
"""Staging label of the first version of a secret."""

SEED_IGNORES: Final = ["secretString", "versionStages"]
"""Arguments of `SecretVersion` that the rotation changes."""

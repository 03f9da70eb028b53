"""The architecture of one stack: settings → components → outputs.

Everything that differs between environments stands in `Pulumi.<stack>.yaml`; there are no branches here. Each
component takes what the ones above it made.
"""

import pulumi

import settings
from components import addressing
from components.audit import LogArchive, LogArchiveArgs
from components.encryption import Keys, KeysArgs
from components.iam import Account
from components.network import Network, NetworkArgs

chosen = settings.load()
account = Account(id=chosen.account_id, region=chosen.region, partition=chosen.partition)

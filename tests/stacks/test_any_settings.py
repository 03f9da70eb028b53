"""For any valid settings, the program passes every control and its network allows only the intended access."""

from __future__ import annotations

from hipaa_policies.judge import judge
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from blueprint.reach.claims import claims
from blueprint.reach.network import RecordedNetwork
from blueprint.sinks import proof
from blueprint.verdict import judged_resource
from components.shared.names import BACKUP_TAG
from tests.harness import ROTATION_IS_WAIVED, WEAKEST
from tests.repository import intent_of, program
from tests.settings.strategies import valid_documents

LOCK = "s3-log-bucket-is-locked-six-years"
PROTECTION = "stateful-resource-is-protected"
VPN_IS_WAIVED = (
    "instance-has-no-public-address",
    "hipaa:connectivity:VpnServer$aws:ec2/launchTemplate:LaunchTemplate::vpn",
)
# The private entry of a partner stores no data and must be removable with the partner.
ENTRY_IS_WAIVED = (PROTECTION, "hipaa:connectivity:PrivateEntries$aws:lb/loadBalancer:LoadBalancer::entry-")
# policy/waivers.yaml has the reasons.
INTAKE_IS_WAIVED = {"s3-bucket-encrypted-with-own-key", "s3-bucket-logs-its-access", LOCK}


# Shrinking a whole program takes minutes and rarely gives a better example than the first one.
@settings(max_examples=25, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(document=valid_documents(), known=st.booleans())
def test_any_valid_settings_pass_every_control(document: dict[str, object], known: bool):
    record = program(document, stack="any", known=known)
    protect = document.get("hipaa:protect", True)
    lock = document["hipaa:audit"].get("object_lock", "governance")  # type: ignore[attr-defined]
    report = judge(
        map(judged_resource, record.resources),
        config={**WEAKEST, LOCK: {"object_lock": lock}, PROTECTION: {"protect": protect}},
    )
    unexpected = [
        f"{item.policy} {item.urn}: {item.message}"
        for item in report.violations
        if not (item.policy in INTAKE_IS_WAIVED and item.urn.endswith("::logs-intake"))
        and not (item.policy == ENTRY_IS_WAIVED[0] and ENTRY_IS_WAIVED[1] in item.urn)
        and not (item.policy in ROTATION_IS_WAIVED and item.urn.endswith("Function::cache-rotation"))
        and not (item.policy == VPN_IS_WAIVED[0] and item.urn.endswith(VPN_IS_WAIVED[1]))
    ]
    assert unexpected == []
    intake = frozenset(item.urn for item in record.resources if item.urn.endswith("::logs-intake"))
    intent = intent_of(document)
    assert [(sink.log, sink.fault) for sink in proof(record, intake, intent.logs) if sink.fault] == []
    for store in record.of_type("aws:rds/cluster:Cluster", "aws:rds/instance:Instance"):
        assert store.inputs["tags"].items() >= BACKUP_TAG.items()  # type: ignore[attr-defined]
        assert store.inputs["storageEncrypted"] is True
        assert (store.protect, store.inputs["deletionProtection"]) == (protect, protect)
    shown = repr([(item.inputs, item.outputs) for item in record.resources] + [record.outputs])
    # In a first preview no password exists yet.
    for password in record.of_type("random:index/randomPassword:RandomPassword") if known else ():
        assert str(password.outputs["result"].value) not in shown  # type: ignore[attr-defined]
    if known:  # Network access cannot be computed from unknown ids.
        assert [fault for item in claims(RecordedNetwork(record, intent)) for fault in item.faults] == []

"""For any valid settings under any stack name, the program passes every control and its network allows only the intended access."""

from __future__ import annotations

from hipaa_policies.judge import judge
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from blueprint.reach.claims import claims
from blueprint.reach.network import RecordedNetwork
from blueprint.sinks import proof
from blueprint.verdict import judged_resource
from components.shared.names import BACKUP_TAG
from settings import parse
from tests.repository import controls_for, intent_of, program
from tests.settings.strategies import valid_documents
from tests.stacks.isolation import leading_elsewhere, shared


# Shrinking a whole program takes minutes and rarely gives a better example than the first one.
@settings(max_examples=25, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(
    document=valid_documents(),
    stack=st.from_regex(r"[a-zA-Z0-9_-][a-zA-Z0-9_.-]{0,30}", fullmatch=True),
    known=st.booleans(),
)
def test_any_valid_settings_pass_every_control(document: dict[str, object], stack: str, known: bool):
    record = program(document, stack=stack, known=known)
    protect = document.get("hipaa:protect", True)
    report = judge(map(judged_resource, record.resources), config=controls_for(document))
    assert [f"{item.policy} {item.urn}: {item.message}" for item in report.violations] == []
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
    if known:  # Network access cannot be computed from unknown ids, and policies contain unknown ARNs.
        assert shared(record, parse(document, file="Pulumi.test.yaml")) == []
        assert leading_elsewhere(record, parse(document, file="Pulumi.test.yaml")) == []
        assert [fault for item in claims(RecordedNetwork(record, intent)) for fault in item.faults] == []

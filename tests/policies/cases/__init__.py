"""How each rule is broken: one change of the real platform for each. The platform as it is, is the passing case."""

from tests.policies.cases import (
    cluster,
    cost,
    edge,
    iam,
    kms,
    namespace,
    network,
    node_pool,
    observability,
    pod,
    privacy,
    recovery,
    reliability,
    secret,
    sql,
    stores,
)
from tests.policies.cases.case import Case

CASES: tuple[Case, ...] = (
    *cluster.CASES,
    *cost.CASES,
    *edge.CASES,
    *iam.CASES,
    *kms.CASES,
    *namespace.CASES,
    *network.CASES,
    *node_pool.CASES,
    *observability.CASES,
    *pod.CASES,
    *privacy.CASES,
    *recovery.CASES,
    *reliability.CASES,
    *secret.CASES,
    *sql.CASES,
    *stores.CASES,
)

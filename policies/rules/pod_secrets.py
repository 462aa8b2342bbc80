"""Rules of how pods get their secrets."""

import re

from policies.controls import ckv, gke, nsa, pci, soc2
from policies.rule import Broken, rule
from policies.views.pod import Container, Workload

# Names that say their value is a secret; a name that ends in _FILE says where a secret is to be read.
SECRET_NAME = re.compile(r"(PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|API_?KEY|PRIVATE_?KEY|AUTH)(_|$)")
PLACES = ("_FILE", "_PATH", "_DIR", "_URL", "_TTL", "_SECONDS", "_HEADER", "_ISSUER", "_AUDIENCE")


@rule(
    "pod-secret-references",
    Workload,
    nsa("secrets"),
    ckv("CKV_K8S_35"),
    gke("4.4.1"),
    soc2("CC6.1"),
    pci("8.6.2"),
    why="Variables are inherited by every child process, and stand in crash dumps and debuggers.",
    fix="Mount the secret as a file from Secret Manager, and name the file in a variable that ends in _FILE.",
)
def secret_references(workload: Workload) -> Broken:
    """No variable is filled from a Kubernetes secret."""
    for container in workload.all_containers:
        for variable in container.variables:
            if variable.reference == "secretKeyRef":
                yield f"{container.name}: {variable.name} is filled from a Kubernetes secret."
        if "secretRef" in container.sources:
            yield f"{container.name}: all members of a Kubernetes secret become variables."


@rule(
    "pod-secret-values",
    Workload,
    nsa("secrets"),
    ckv("CKV_K8S_35"),
    soc2("CC6.1"),
    pci("8.6.2"),
    why="A value in a specification is read by everyone who may list pods, and stands in Git.",
    fix="Mount the secret as a file from Secret Manager, and name the file in a variable that ends in _FILE.",
)
def secret_values(workload: Workload) -> Broken:
    """No variable holds a secret's value."""
    for container in workload.all_containers:
        for name in _secret_variables(container):
            yield f"{container.name}: {name} looks like a secret in the clear."


def _secret_variables(container: Container) -> list[str]:
    return [
        variable.name
        for variable in container.variables
        if not variable.reference and SECRET_NAME.search(variable.name) and not variable.name.endswith(PLACES)
    ]


@rule(
    "pod-secret-volumes",
    Workload,
    nsa("secrets"),
    gke("4.4.2"),
    soc2("CC6.1"),
    pci("8.6.2"),
    why="A Kubernetes secret is a second copy, which no rotation in Secret Manager reaches.",
    fix="Mount a SecretProviderClass of Secret Manager.",
)
def secret_volumes(workload: Workload) -> Broken:
    """No volume is filled from a Kubernetes secret."""
    if workload.secret_volumes:
        yield f"Filled from Kubernetes secrets: {', '.join(workload.secret_volumes)}."

"""The frameworks that rules answer to, and their controls."""

from dataclasses import dataclass
from enum import StrEnum


class Framework(StrEnum):
    """Value: how reports name it."""

    CIS_GKE = "CIS GKE"
    CIS_GCP = "CIS GCP"
    POD_SECURITY = "Pod Security Standards"
    NSA = "NSA Kubernetes hardening"
    CHECKOV = "Checkov"
    SOC2 = "SOC 2"
    GDPR = "GDPR"
    PCI = "PCI DSS"
    COST = "Cost"
    RELIABILITY = "Reliability"


EDITIONS = {
    Framework.CIS_GKE: "CIS Google Kubernetes Engine Benchmark, as kube-bench's gke-1.8.0 numbers it",
    Framework.CIS_GCP: "CIS Google Cloud Platform Foundation Benchmark 4.0.0",
    Framework.POD_SECURITY: "Kubernetes Pod Security Standards, level restricted",
    Framework.NSA: "NSA and CISA Kubernetes Hardening Guide 1.2",
    Framework.CHECKOV: "Checkov 3.3.30",
    Framework.SOC2: "AICPA Trust Services Criteria 2017, points of focus of 2022",
    Framework.GDPR: "Regulation (EU) 2016/679",
    Framework.PCI: "PCI DSS 4.0.1",
    Framework.COST: "This platform's own practice",
    Framework.RELIABILITY: "This platform's own practice",
}


@dataclass(frozen=True, order=True)
class Control:
    """One control of a framework. number: as the framework writes it, without its name."""

    framework: Framework
    number: str

    def __str__(self) -> str:
        return self.number if self.framework is Framework.CHECKOV else f"{self.framework.value} {self.number}"


def gke(*numbers: str) -> tuple[Control, ...]:
    return tuple(Control(Framework.CIS_GKE, number) for number in numbers)


def gcp(*numbers: str) -> tuple[Control, ...]:
    return tuple(Control(Framework.CIS_GCP, number) for number in numbers)


def pss(*numbers: str) -> tuple[Control, ...]:
    return tuple(Control(Framework.POD_SECURITY, number) for number in numbers)


def nsa(*numbers: str) -> tuple[Control, ...]:
    return tuple(Control(Framework.NSA, number) for number in numbers)


def ckv(*numbers: str) -> tuple[Control, ...]:
    """Checkov's checks: their whole ids, `CKV_GCP_1`."""
    return tuple(Control(Framework.CHECKOV, number) for number in numbers)


def soc2(*numbers: str) -> tuple[Control, ...]:
    return tuple(Control(Framework.SOC2, number) for number in numbers)


def gdpr(*numbers: str) -> tuple[Control, ...]:
    return tuple(Control(Framework.GDPR, number) for number in numbers)


def pci(*numbers: str) -> tuple[Control, ...]:
    return tuple(Control(Framework.PCI, number) for number in numbers)


def cost(*numbers: str) -> tuple[Control, ...]:
    return tuple(Control(Framework.COST, number) for number in numbers)


def reliability(*numbers: str) -> tuple[Control, ...]:
    return tuple(Control(Framework.RELIABILITY, number) for number in numbers)

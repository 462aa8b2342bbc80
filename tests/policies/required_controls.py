"""The controls that the platform is held to: Checkov 3.3.30, the CIS benchmarks, Pod Security, NSA. A list, from which
`test_controls` finds what no rule answers to."""

CHECKOV = (
    *(f"CKV_GCP_{n}" for n in (1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 18, 20, 21, 22, 23, 25, 26, 29)),
    *(f"CKV_GCP_{n}" for n in (41, 42, 43, 46, 49, 51, 52, 53, 54, 55, 56, 57, 60, 61, 62, 64, 65, 66, 68, 69, 70)),
    *(f"CKV_GCP_{n}" for n in (71, 72, 73, 74, 78, 79, 82, 84, 95, 97, 101, 106, 108, 109, 110, 111, 112, 114, 117)),
    "CKV_GCP_123",
    *(f"CKV2_GCP_{n}" for n in (3, 5, 6, 12, 13, 14, 15, 16, 17, 19, 38)),
    *(f"CKV_K8S_{n}" for n in (10, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 26, 31, 35, 37, 38, 43)),
)
CIS_GKE = (
    *("4.3.1", "5.1.4", "5.2.1", "5.2.2", "5.3.1", "5.4.1", "5.5.1", "5.5.2", "5.5.3", "5.5.4", "5.5.5", "5.5.6"),
    *("5.5.7", "5.6.1", "5.6.2", "5.6.3", "5.6.4", "5.6.5", "5.7.1", "5.8.1", "5.8.2", "5.8.3", "5.9.2", "5.10.1"),
    *("5.10.2", "5.10.5"),
)
CIS_GCP = (
    *("1.4", "1.5", "1.6", "1.9", "1.10", "1.11", "2.1", "2.16", "3.3", "3.4", "3.5", "3.6", "3.7", "3.8", "3.9"),
    *("6.2.1", "6.2.2", "6.2.3", "6.2.4", "6.2.5", "6.2.6", "6.2.7", "6.2.8", "6.4", "6.5", "6.6", "6.7"),
)
POD_SECURITY = (
    *("runAsNonRoot", "allowPrivilegeEscalation", "capabilities", "seccompProfile", "privileged"),
    *("hostNamespaces", "hostPorts", "hostPath"),
)
NSA = ("immutable-containers", "service-account-token", "secrets", "resource-policies", "images", "network-separation")

_CIS_GKE_SECTIONS = {
    "3.1": 4,
    "4.1": 10,
    "4.2": 1,
    "4.3": 2,
    "4.4": 2,
    "4.5": 1,
    "4.6": 4,
    "5.1": 4,
    "5.2": 2,
    "5.3": 1,
    "5.4": 1,
    "5.5": 7,
    "5.6": 7,
    "5.7": 2,
    "5.8": 3,
    "5.9": 2,
    "5.10": 5,
}
CIS_GKE_EXISTING = frozenset(
    f"{section}.{n}" for section, most in _CIS_GKE_SECTIONS.items() for n in range(1, most + 1)
)
"""Every recommendation that the benchmark has for workers, policies and managed services."""

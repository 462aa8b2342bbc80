"""Rules of who may grant: a right to set a policy is every right, unless a condition says which."""

import re
from collections.abc import Iterable

from policies.controls import pci, soc2
from policies.resource import Stack
from policies.rule import Broken, relation
from policies.rules.iam import BASIC, IMPERSONATION, INDIRECT_IMPERSONATION
from policies.views.iam import CustomRole, ProjectGrant, administers

SETS_POLICY = "resourcemanager.projects.setIamPolicy"
# Predefined roles that hold it (https://cloud.google.com/iam/docs/roles-permissions).
GRANTING = frozenset(
    {
        "roles/admin",
        "roles/owner",
        "roles/iam.securityAdmin",
        "roles/resourcemanager.folderAdmin",
        "roles/resourcemanager.folderIamAdmin",
        "roles/resourcemanager.organizationAdmin",
        "roles/resourcemanager.projectIamAdmin",
    }
)
# The one form that limits what may be granted (https://cloud.google.com/iam/docs/setting-limits-on-granting-roles).
_LIMIT = re.compile(
    r"api\.getAttribute\('iam\.googleapis\.com/modifiedGrantsByRole', \[\]\)\.hasOnly\(\[(?P<roles>[^\[\]()]*)\]\)"
)


@relation(
    "iam-grants-limited",
    ProjectGrant,
    soc2("CC6.3"),
    pci("7.2.1", "7.2.2"),
    why="Who may set the project's policy makes themselves its owner with the next call.",
    fix="Add the condition api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([...]) with roles "
    "that lead no further, or let a person grant.",
)
def grants_limited(grant: ProjectGrant, stack: Stack) -> Broken:
    """Who may grant roles on the project may grant listed ones only, none of which leads further."""
    if grant.role.startswith("roles/"):
        grants = grant.role in GRANTING
    else:
        own = [role for role in stack.of(CustomRole) if role.id == grant.role.rpartition("/")[2]]
        if not own:
            yield f"{grant.role} is no role of this stack: nobody can read what it holds."
        grants = any(SETS_POLICY in role.permissions for role in own)
    if not grants:
        return
    grantable = _grantable(grant.condition)
    if grantable is None:
        yield f"{grant.role} sets the project's policy, and no condition says which roles."
    elif found := sorted(_further(grantable)):
        yield f"{grant.role} may grant {', '.join(found)}."


def _grantable(condition: str) -> frozenset[str] | None:
    """The roles that a condition lets its holder grant; None where it lets them grant all."""
    if "||" in condition or "!" in condition or "?" in condition:
        return None
    for term in condition.split("&&"):
        if limit := _LIMIT.fullmatch(term.strip()):
            return frozenset(role.strip().strip("'\"") for role in limit["roles"].split(","))
    return None


def _further(roles: Iterable[str]) -> frozenset[str]:
    leading = BASIC | IMPERSONATION | INDIRECT_IMPERSONATION | GRANTING
    return frozenset(role for role in roles if role in leading or administers(role))

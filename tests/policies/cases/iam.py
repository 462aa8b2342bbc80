"""How the rules of identities are broken."""

from tests.policies.cases.case import Case, broken, removed

G = "delivery-deploy-pool"
EXISTENCE = "whether a resource is declared is known in every preview, whatever its properties"

CASES = (
    broken("iam-impersonation", G, "role", "roles/iam.serviceAccountTokenCreator"),
    broken(
        "iam-indirect-impersonation", G, "role", "roles/iam.serviceAccountKeyAdmin", also=("iam-account-administrator",)
    ),
    broken("iam-account-administrator", G, "role", "roles/compute.admin"),
    broken("iam-default-account", G, "member", "serviceAccount:1-compute@developer.gserviceaccount.com"),
    broken("iam-basic-roles", G, "role", "roles/viewer"),
    broken("iam-public", "backup-foundationdb-writer", "member", "allAuthenticatedUsers"),
    broken("registry-public", "registry-reader-nodes", "member", "allUsers", also=("iam-public",)),
    broken("iam-group-or-account", "backup-foundationdb-writer", "member", "user:alice@coditect.com"),
    broken("iam-custom-role", "delivery-role-deployer", "permissions", ["iam.serviceAccountKeys.create"]),
    broken("iam-audit-exemptions", "project-audit", "auditLogConfigs[0].exemptedMembers", ["user:alice@coditect.com"]),
    removed("iam-audit-everything", "project-audit", hidden=("project-audit", "service"), also=("bucket-access-log",)),
    Case(
        rule="iam-account-keys",
        added=("gcp:serviceaccount/key:Key", {"serviceAccountId": "prod-deploy"}),
        always_known=EXISTENCE,
    ),
    broken("iam-delivery-condition", "delivery-github", "attributeCondition", 'assertion.repository_id == "1"'),
    Case(
        rule="iam-grants-limited",
        added=(
            "gcp:projects/iAMMember:IAMMember",
            {"role": "roles/resourcemanager.projectIamAdmin", "member": "group:platform@coditect.com"},
        ),
        hidden=(G, "role"),
    ),
    broken("sign-in-second-factor", "sign-in-config", "mfa.state", "DISABLED"),
    broken("sign-in-known-persons", "sign-in-config", "signIn.anonymous.enabled", to=True),
    broken("sign-in-log", "sign-in-config", "monitoring.requestLogging.enabled", to=False),
)

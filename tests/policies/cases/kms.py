"""How the rules of keys are broken."""

from tests.policies.cases.case import broken, unprotected

SIGNER = "serviceAccount:prod-license-backend@coditect-cloud-infra.iam.gserviceaccount.com"
ADMINISTRATOR = "signing-administrator-platform-security@coditect.com"

CASES = (
    broken("kms-rotation", "encryption-database", "rotationPeriod", "31536000s"),
    unprotected("kms-protected", "encryption-database"),
    broken("kms-grace", "encryption-database", "destroyScheduledDuration", "86400s"),
    broken("kms-signing-hardware", "signing-key", "versionTemplate.protectionLevel", "SOFTWARE"),
    broken("kms-signing-algorithm", "signing-key", "versionTemplate.algorithm", "RSA_SIGN_PKCS1_2048_SHA256"),
    broken("kms-public", "encryption-database-cloud-sql", "member", "allUsers", also=("iam-public",)),
    broken("kms-separation", ADMINISTRATOR, "member", SIGNER),
)

"""Rules of identities and grants."""

from policies.controls import ckv, gcp, gdpr, gke, pci, soc2
from policies.resource import Stack, Whole
from policies.rule import Broken, relation, rule
from policies.views.iam import (
    AccountKey,
    AuditConfig,
    CustomRole,
    Grant,
    IdentityProvider,
    ProjectGrant,
    RegistryGrant,
    SignIn,
)

IMPERSONATION = frozenset(
    {
        "roles/iam.serviceAccountUser",
        "roles/iam.serviceAccountTokenCreator",
        "roles/iam.serviceAccountOpenIdTokenCreator",
        "roles/iam.workloadIdentityUser",
    }
)
# What else lets its holder become another account (Checkov's CKV_GCP_49 names them).
INDIRECT_IMPERSONATION = frozenset(
    {
        "roles/dataproc.editor",
        "roles/dataproc.hubAgent",
        "roles/dataproc.serviceAgent",
        "roles/dataflow.developer",
        "roles/iam.serviceAccountAdmin",
        "roles/iam.serviceAccountKeyAdmin",
        "roles/deploymentmanager.editor",
        "roles/cloudbuild.builds.editor",
    }
)
BASIC = frozenset({"roles/owner", "roles/editor", "roles/viewer"})
DEFAULT_ACCOUNTS = ("-compute@developer.gserviceaccount.com", "@appspot.gserviceaccount.com")
AUDITED = frozenset({"ADMIN_READ", "DATA_READ", "DATA_WRITE"})
DANGEROUS_PERMISSIONS = frozenset(
    {
        "iam.serviceAccountKeys.create",
        "iam.serviceAccounts.actAs",
        "iam.serviceAccounts.getAccessToken",
        "iam.serviceAccounts.getOpenIdToken",
        "iam.serviceAccounts.implicitDelegation",
        "iam.serviceAccounts.signBlob",
        "iam.serviceAccounts.signJwt",
        "cloudkms.cryptoKeyVersions.useToSign",
        "cloudkms.cryptoKeyVersions.useToDecrypt",
        "secretmanager.versions.access",
        "logging.logs.delete",
    }
)


@rule(
    "iam-impersonation",
    ProjectGrant,
    gcp("1.6"),
    ckv("CKV_GCP_41"),
    soc2("CC6.3"),
    pci("7.2.1"),
    why="Granted on the project, it lets its holder act as every account there is, also those that come later.",
    fix="Grant the role on the one service account that it is needed for.",
)
def impersonation(grant: ProjectGrant) -> Broken:
    """Nobody may act as every service account of the project."""
    if grant.role in IMPERSONATION:
        yield f"{grant.role} is granted on the whole project."


@rule(
    "iam-indirect-impersonation",
    ProjectGrant,
    ckv("CKV_GCP_49"),
    soc2("CC6.3"),
    pci("7.2.1"),
    why="Whoever may run a job or make a key as an account is that account.",
    fix="Grant a role that names the permissions it needs.",
)
def indirect_impersonation(grant: ProjectGrant) -> Broken:
    """No role of the whole project leads to another account."""
    if grant.role in INDIRECT_IMPERSONATION:
        yield f"{grant.role} is granted on the whole project."


@rule(
    "iam-account-administrator",
    ProjectGrant,
    gcp("1.5"),
    ckv("CKV_GCP_42"),
    soc2("CC6.3"),
    pci("7.2.5"),
    why="A stolen token of such an account owns the project.",
    fix="Grant the account a predefined role for what it does, or a role of our own.",
)
def account_administrator(grant: ProjectGrant) -> Broken:
    """No service account administers."""
    if grant.administers and any(member.startswith("serviceAccount:") for member in grant.members):
        yield f"A service account has {grant.role} on the project."


@rule(
    "iam-default-account",
    Grant,
    ckv("CKV_GCP_46"),
    soc2("CC6.3"),
    pci("2.2.2"),
    why="Default accounts are shared by whatever is created without one.",
    fix="Make an account for the workload, and grant it the role.",
)
def default_account(grant: Grant) -> Broken:
    """No role is granted to a default service account."""
    if found := [member for member in grant.members if member.endswith(DEFAULT_ACCOUNTS)]:
        yield f"{grant.role} is granted to {', '.join(found)}."


@rule(
    "iam-basic-roles",
    ProjectGrant,
    ckv("CKV_GCP_117"),
    soc2("CC6.3"),
    pci("7.2.2"),
    why="Owner, editor and viewer hold thousands of permissions; nobody needs them all.",
    fix="Grant predefined roles, or a role of our own.",
)
def basic_roles(grant: ProjectGrant) -> Broken:
    """No basic role is granted."""
    if grant.role in BASIC:
        yield f"{grant.role} is granted."


@rule(
    "iam-public",
    Grant,
    soc2("CC6.1", "CC6.6"),
    gdpr("32(1)(b)"),
    pci("7.2.1"),
    why="allUsers is everybody on the internet, and allAuthenticatedUsers everybody with any Google account.",
    fix="Name the members.",
)
def public(grant: Grant) -> Broken:
    """Nothing is granted to everyone."""
    if grant.is_public:
        yield f"{grant.role} is granted to everyone."


@rule(
    "registry-public",
    RegistryGrant,
    gke("5.1.2"),
    ckv("CKV_GCP_101"),
    soc2("CC6.6"),
    pci("1.4.4"),
    why="Images hold the platform's code and its list of dependencies.",
    fix="Grant readers by name.",
)
def registry_public(grant: RegistryGrant) -> Broken:
    """Images are not public."""
    if grant.is_public:
        yield "The repository is public."


@rule(
    "iam-group-or-account",
    Grant,
    soc2("CC6.2", "CC6.3"),
    pci("8.2.5"),
    why="A person's own grant is forgotten when they leave; a group's ends with their account.",
    fix="Grant the role to a group.",
)
def group_or_account(grant: Grant) -> Broken:
    """Nothing is granted to a single person."""
    if found := [member for member in grant.members if member.startswith("user:")]:
        yield f"{grant.role} is granted to {', '.join(found)}."


@rule(
    "iam-custom-role",
    CustomRole,
    soc2("CC6.3"),
    pci("7.2.2"),
    why="Who deploys needs neither to read secrets, nor to sign, nor to become others, nor to delete logs.",
    fix="Leave the permission out; grant it on the one resource that needs it.",
)
def custom_role(role: CustomRole) -> Broken:
    """No role of our own reads secrets, signs, decrypts, becomes an account or deletes logs by itself."""
    permissions = role.permissions
    if found := sorted(DANGEROUS_PERMISSIONS.intersection(permissions)):
        yield f"The role holds {', '.join(found)}."
    if any("*" in permission for permission in permissions):
        yield "The role holds a wildcard."


@rule(
    "iam-audit-exemptions",
    AuditConfig,
    ckv("CKV2_GCP_5"),
    soc2("CC7.2"),
    pci("10.2.1"),
    why="An exempted member's reads leave no trace.",
    fix="Name no exemptedMembers.",
)
def audit_exemptions(config: AuditConfig) -> Broken:
    """Nobody is exempt from the audit log."""
    if found := config.exempted:
        yield f"Exempt are {', '.join(found)}."


@relation(
    "iam-audit-everything",
    Whole,
    gcp("2.1"),
    ckv("CKV2_GCP_5"),
    soc2("CC7.2"),
    gdpr("5(2)", "33"),
    pci("10.2.1", "10.2.1.1"),
    why="Who read customers' data stands in the data access logs, which are off by default.",
    fix="Declare an IAMAuditConfig for allServices with ADMIN_READ, DATA_READ and DATA_WRITE.",
)
def audit_everything(_: Whole, stack: Stack) -> Broken:
    """Audit logs are switched on for all services: for administration, reads and writes."""
    for config in stack.of(AuditConfig):
        if config.service == "allServices" and config.logged >= AUDITED:
            return
    yield "No audit config logs ADMIN_READ, DATA_READ and DATA_WRITE of allServices."


@relation(
    "iam-account-keys",
    Whole,
    gcp("1.4", "1.7"),
    ckv("CKV2_GCP_3"),
    soc2("CC6.1"),
    pci("8.6.2"),
    why="A downloaded key is a password that lives for ever, and the engine would keep it in its state.",
    fix="Use Workload Identity, inside the cluster and for deliveries from GitHub.",
)
def account_keys(_: Whole, stack: Stack) -> Broken:
    """No service account has a downloadable key."""
    for key in stack.of(AccountKey):
        yield f"{key.resource.name} is a downloadable key."


@rule(
    "iam-delivery-condition",
    IdentityProvider,
    soc2("CC6.1", "CC8.1"),
    pci("8.6.1"),
    why="GitHub signs tokens for every repository of the world: without a condition each of them could deploy.",
    fix="Set attributeCondition to this repository's number (a name can be taken over) and the stack's environment.",
)
def delivery_condition(provider: IdentityProvider) -> Broken:
    """Only this repository's protected environment may deploy."""
    condition = provider.condition
    for attribute in ("assertion.repository_id ==", "assertion.environment =="):
        if attribute not in condition:
            yield f"The condition does not say `{attribute} ...`."


@rule(
    "sign-in-second-factor",
    SignIn,
    soc2("CC6.1"),
    gdpr("32(1)(b)"),
    why="Customers can protect their account against a stolen password only where a second factor is offered.",
    fix="Set mfa.state to ENABLED or MANDATORY.",
)
def second_factor(sign_in: SignIn) -> Broken:
    """Customers can use a second factor."""
    if sign_in.second_factor not in {"ENABLED", "MANDATORY"}:
        yield f"The second factor is {sign_in.second_factor or 'not set'}."


@rule(
    "sign-in-known-persons",
    SignIn,
    soc2("CC6.2"),
    pci("8.2.1"),
    why="An anonymous account, or two with one address, cannot be told to belong to anyone.",
    fix="Set signIn.anonymous.enabled and signIn.allowDuplicateEmails to false.",
)
def known_persons(sign_in: SignIn) -> Broken:
    """Every account belongs to one known person."""
    if sign_in.admits_anonymous:
        yield "Anonymous accounts are allowed."
    if sign_in.admits_duplicate_addresses:
        yield "Several accounts may share an address."


@rule(
    "sign-in-log",
    SignIn,
    soc2("CC7.2"),
    pci("10.2.1.4"),
    why="Failed sign-ins are how guessing shows.",
    fix="Set monitoring.requestLogging.enabled.",
)
def sign_in_log(sign_in: SignIn) -> Broken:
    """Sign-ins are logged, also those that fail."""
    if not sign_in.logs_requests:
        yield "Sign-ins are not logged."

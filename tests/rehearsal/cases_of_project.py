"""Cases of the rules on services, grants, secrets, names, existence and quotas."""

from coditect.rehearsal.rule import Operation
from coditect.rehearsal.shelf import Thing
from coditect.rehearsal.types import (
    ACCOUNT,
    AGENT,
    API,
    BUCKET,
    CLUSTER,
    CUSTOM_ROLE,
    IDENTITY_POOL,
    INSTANCE,
    KEY_RING,
    NAMESPACE,
    NETWORK,
    PROJECT_GRANT,
    ROUTER,
    SECRET_CLASS,
    SECRET_VERSION,
    SECURITY_POLICY,
    TOPIC,
)
from tests.rehearsal.cases import PROJECT, Case, thing

ACCESS = "gcp:secretmanager/getSecretVersionAccess:getSecretVersionAccess"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SECRET_ID = f"projects/{PROJECT}/secrets/password"


def api(service: str) -> Thing:
    return thing(API, f"api-{service}", service=f"{service}.googleapis.com")


def grant(member: str, role: str = "roles/viewer") -> Thing:
    return thing(PROJECT_GRANT, "grant", member=member, role=role)


def armor(rules: int) -> Thing:
    expression = {"match": {"expr": {"expression": "request.path == '/'"}}}
    return thing(SECURITY_POLICY, f"projects/{PROJECT}/global/securityPolicies/shop", rules=[expression] * rules)


NETWORK_MAIN = thing(NETWORK, f"projects/{PROJECT}/global/networks/main", name="main")
VERSION = thing(SECRET_VERSION, f"{SECRET_ID}/versions/1", secret=SECRET_ID)
MOUNT = thing(
    SECRET_CLASS,
    "shop/shop-secrets",
    metadata={"name": "shop-secrets", "namespace": "shop"},
    spec={"parameters": {"secrets": f'[{{"path": "password", "resourceName": "{SECRET_ID}/versions/latest"}}]'}},
)
PODS = thing(
    DEPLOYMENT,
    "shop/web",
    metadata={"name": "web", "namespace": "shop"},
    spec={
        "template": {
            "spec": {
                "volumes": [{"csi": {"volumeAttributes": {"secretProviderClass": "shop-secrets"}}}],
                "containers": [],
            }
        }
    },
)
POOL = "shop-github"

CASES = (
    Case(rule="api-enabled", asked=NETWORK_MAIN, accepted=(api("compute"),)),
    Case(
        rule="api-management-first",
        asked=api("compute"),
        refused=(api("serviceusage"),),
        accepted=(api("serviceusage"), api("cloudresourcemanager")),
    ),
    Case(
        rule="agent-of-enabled-api",
        asked=thing(AGENT, "agent", service="redis.googleapis.com"),
        accepted=(api("redis"),),
    ),
    Case(
        rule="principal-exists",
        asked=grant("group:nobody@shop.example"),
        instead=grant("group:security@shop.example"),
    ),
    Case(
        rule="service-account-exists",
        asked=grant(f"serviceAccount:web@{PROJECT}.iam.gserviceaccount.com"),
        accepted=(
            thing(
                ACCOUNT, f"projects/{PROJECT}/serviceAccounts/web@{PROJECT}.iam.gserviceaccount.com", accountId="web"
            ),
        ),
    ),
    Case(
        rule="domain-restricted-sharing",
        asked=grant("group:storage-analytics@google.com"),
        instead=grant("group:security@shop.example"),
    ),
    Case(
        rule="identity-pool-exists",
        asked=grant(f"serviceAccount:{PROJECT}.svc.id.goog[shop/web]"),
        accepted=(thing(CLUSTER, "shop", workloadIdentityConfig={"workloadPool": f"{PROJECT}.svc.id.goog"}),),
    ),
    Case(
        rule="identity-pool-exists",
        asked=grant(f"principalSet://iam.googleapis.com/projects/7/locations/global/workloadIdentityPools/{POOL}/*"),
        accepted=(
            thing(
                IDENTITY_POOL,
                f"projects/{PROJECT}/locations/global/workloadIdentityPools/{POOL}",
                workloadIdentityPoolId=POOL,
            ),
        ),
    ),
    Case(
        rule="custom-role-exists",
        asked=grant("group:security@shop.example", f"projects/{PROJECT}/roles/deployer"),
        accepted=(thing(CUSTOM_ROLE, f"projects/{PROJECT}/roles/deployer", roleId="deployer"),),
    ),
    Case(
        rule="secret-version-read",
        operation=Operation.ASK,
        asked=thing(ACCESS, ACCESS, secret=SECRET_ID),
        accepted=(VERSION,),
    ),
    Case(rule="secret-version-mounted", asked=PODS, refused=(MOUNT,), accepted=(MOUNT, VERSION)),
    Case(rule="name-taken", asked=NETWORK_MAIN, refused=(NETWORK_MAIN,)),
    Case(
        rule="owner-exists",
        asked=thing(ROUTER, f"projects/{PROJECT}/regions/r/routers/main", network=NETWORK_MAIN.id),
        accepted=(NETWORK_MAIN,),
    ),
    Case(
        rule="namespace-exists",
        asked=PODS,
        accepted=(thing(NAMESPACE, "shop", metadata={"name": "shop"}),),
    ),
    Case(
        rule="deletion-protection",
        operation=Operation.DELETE,
        asked=thing(INSTANCE, "shop", name="shop"),
        instead=thing(INSTANCE, "shop", name="shop", deletionProtection=False),
    ),
    Case(
        rule="still-used",
        operation=Operation.DELETE,
        asked=NETWORK_MAIN,
        refused=(thing(ROUTER, f"projects/{PROJECT}/regions/r/routers/main", network="main"),),
    ),
    Case(
        rule="kms-name-for-ever",
        asked=thing(KEY_RING, f"projects/{PROJECT}/locations/us/keyRings/shop", name="shop"),
        deleted=thing(KEY_RING, f"projects/{PROJECT}/locations/us/keyRings/shop", name="shop"),
        instead=thing(KEY_RING, f"projects/{PROJECT}/locations/us/keyRings/shop-2", name="shop-2"),
        later=10_000,
    ),
    Case(
        rule="name-free-again",
        asked=thing(INSTANCE, "shop", name="shop"),
        deleted=thing(INSTANCE, "shop", name="shop"),
        later=7,
    ),
    Case(
        rule="name-form",
        asked=thing(BUCKET, "google-shop", name="google-shop"),
        instead=thing(BUCKET, "shop-backups", name="shop-backups"),
    ),
    Case(
        rule="name-form",
        asked=thing(ACCOUNT, "projects/p/serviceAccounts/web", accountId="web"),
        instead=thing(ACCOUNT, "projects/p/serviceAccounts/shop-web", accountId="shop-web"),
    ),
    Case(
        rule="name-form",
        asked=thing(TOPIC, "projects/p/topics/s", name="s"),
        instead=thing(TOPIC, "projects/p/topics/secret-rotation", name="secret-rotation"),
    ),
    Case(
        rule="sql-name-length",
        asked=thing(INSTANCE, "a" * 90, name="a" * 90),
        instead=thing(INSTANCE, "a" * 88, name="a" * 88),
    ),
    Case(rule="quota", asked=armor(21), instead=armor(20)),
)

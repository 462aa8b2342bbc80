"""Everything that must stand before a stack is deployed for the first time, in the order in which it is needed."""

import shutil
from collections.abc import Callable, Iterable, Iterator

from coditect.graph.model import Graph
from coditect.graph.values import members, text
from coditect.preflight import google
from coditect.preflight.model import Kind, Prerequisite, Stage, State
from coditect.preflight.placeholders import in_releases, in_settings
from coditect.preflight.quotas import Need
from infra.catalog.names import Zone
from infra.catalog.secrets import Filler
from infra.releases import Releases
from infra.settings import Settings
from infra.settings.state import state_bucket, state_key

Has = Callable[[str], bool]
"""Whether a program is on PATH."""

_PROGRAMS = {
    "pulumi": "Deploys. Install the version that tools/go.mod pins.",
    "gcloud": "Asks Google, and gives the credentials: https://cloud.google.com/sdk/docs/install",
    "gke-gcloud-auth-plugin": "Lets Pulumi and kubectl sign in to the cluster; without it nothing in it can be made.",
    "kubectl": "Looks into the cluster, as the runbooks do.",
    "jq": "Reads what gcloud prints, here and in the runbooks.",
    "openssl": "Makes the generated secrets.",
    "dig": "Shows whether the domains are delegated.",
    "gh": "Runs the `images` workflow, and asks GitHub.",
}
_SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105 - a resource type
_FILLERS = {
    Filler.GENERATED.value: "random bytes",
    Filler.OPERATOR.value: "a person, from the third party's console",
}
_MEND_PROGRAM = {
    "gke-gcloud-auth-plugin": "gcloud components install gke-gcloud-auth-plugin",
    "kubectl": "gcloud components install kubectl",
}


def on_path(program: str) -> bool:
    return shutil.which(program) is not None


def prerequisites(
    settings: Settings, *, graph: Graph, releases: Releases, needs: Iterable[Need], has: Has = on_path
) -> tuple[Prerequisite, ...]:
    """All prerequisites of a stack with what this machine can say of them.

    graph: the stack's. needs: what all stacks of the project need of each quota. has: whether a program is on PATH.
    """
    return (
        *_settings(settings),
        *_programs(has),
        *_organisation(settings),
        *_project(settings),
        *_state(settings),
        *_quotas(settings, needs),
        *_images(settings, releases),
        *_secrets(settings, graph),
        *_delegation(settings),
    )


def _settings(settings: Settings) -> Iterator[Prerequisite]:
    found = tuple(in_settings(settings))
    for placeholder in found:
        yield Prerequisite(
            name=placeholder.where,
            kind=Kind.SETTING,
            stage=Stage.FIRST_PASS,
            says=f"still {placeholder.value}. Write {placeholder.says}.",
            state=State.MISSING,
        )
    if not found:
        yield Prerequisite(
            name="placeholders",
            kind=Kind.SETTING,
            stage=Stage.FIRST_PASS,
            says="no setting has the form of a placeholder",
            state=State.OK,
        )


def _programs(has: Has) -> Iterator[Prerequisite]:
    for program, says in _PROGRAMS.items():
        yield Prerequisite(
            name=program,
            kind=Kind.TOOL,
            stage=Stage.FIRST_PASS,
            says=says,
            state=State.OK if has(program) else State.MISSING,
            mend=_MEND_PROGRAM.get(program, ""),
        )
    yield _asked(
        "application-default",
        Kind.CREDENTIAL,
        "Pulumi, its state and its key take Google's application default credentials.",
        google.answers("gcloud auth application-default print-access-token"),
        mend="gcloud auth application-default login",
    )


def _asked(
    name: str, kind: Kind, says: str, command: str | None, *, mend: str = "", stage: Stage = Stage.FIRST_PASS
) -> Prerequisite:
    return Prerequisite(name=name, kind=kind, stage=stage, says=says, state=State.ASK, command=command, mend=mend)


def _organisation(settings: Settings) -> Iterator[Prerequisite]:
    domain = settings.google.organization_domain
    for principal in sorted(google.principals(settings)):
        email = principal.removeprefix("group:")
        yield _asked(
            principal,
            Kind.PRINCIPAL,
            "IAM and GKE refuse a group that does not exist. Its members must be visible to its members.",
            google.group_exists(email),
            mend=f"gcloud identity groups create {email} --organization={domain} "
            "--with-initial-owner=WITH_INITIAL_OWNER",
        )
    rbac = f"{google.SECURITY_GROUP}@{domain}"
    yield _asked(
        f"groups in {google.SECURITY_GROUP}",
        Kind.PRINCIPAL,
        "Kubernetes knows only the groups that are members of it; people are never direct members.",
        google.group_has_groups(rbac),
        mend=f"gcloud identity groups memberships add --group-email={rbac} "
        f"--member-email={google.ADMINISTRATORS}@{domain}",
    )
    yield _asked(
        "iam.allowedPolicyMemberDomains",
        Kind.POLICY,
        "Domain-restricted sharing must let the organisation's own groups hold roles.",
        google.domain_may_hold_roles(settings),
    )
    for constraint, wanted, says in _constraints(settings):
        yield _asked(constraint, Kind.POLICY, says, google.policy_allows(settings, constraint, wanted))


def _constraints(settings: Settings) -> Iterator[tuple[str, tuple[tuple[str, ...], ...], str]]:
    """Organisation policies that stand in the way where they are set: name, wanted values, and why."""
    places = {settings.google.region.value, settings.durable_location, "us"}
    if settings.database.replica_region is not None:
        places.add(settings.database.replica_region.value)
    yield (
        "gcp.resourceLocations",
        # A group of locations names all in it: in:us-locations holds the multi-region and every region.
        tuple((place, f"in:{place}-locations", "in:us-locations") for place in sorted(places)),
        f"Resources stand in {', '.join(sorted(places))}: where locations are restricted, these must be allowed.",
    )
    yield (
        "compute.restrictVpcPeering",
        ((google.SERVICE_PRODUCERS,),),
        "The database and the cache stand in a network of Google's own, which the VPC peers with.",
    )
    yield (
        "compute.restrictLoadBalancerCreationForTypes",
        (("GLOBAL_EXTERNAL_MANAGED_HTTP_HTTPS", "in:EXTERNAL"),),
        "The load balancer is the global external application load balancer.",
    )
    yield (
        "iam.workloadIdentityPoolProviders",
        (("https://token.actions.githubusercontent.com",),),
        "GitHub's workflows sign in without a key.",
    )


def _project(settings: Settings) -> Iterator[Prerequisite]:
    project = settings.google.project
    yield _asked(
        "project number",
        Kind.PROJECT,
        f"{project} exists and has the number {settings.google.project_number}, by which Google names its agents.",
        google.number_is(settings),
    )
    yield _asked(
        "billing",
        Kind.PROJECT,
        "No API can be turned on without it. An account on free trial has no Cloud Armor, and may ask for no quota.",
        google.billing_is_on(settings),
        mend=f"gcloud billing projects link {project} --billing-account=BILLING_ACCOUNT",
    )
    for api in google.FIRST_APIS:
        yield _asked(
            api,
            Kind.PROJECT,
            "Must be on before the program can turn on any other.",
            google.api_is_on(settings, api),
            mend=f"gcloud services enable {api} --project={project}",
        )


def _state(settings: Settings) -> Iterator[Prerequisite]:
    yield _asked(
        f"gs://{state_bucket(settings.google.project)}",
        Kind.STATE_STORE,
        "Keeps the state: in the multi-region US, versioned, with uniform access. One for all stacks of the project.",
        google.bucket_is_safe(settings),
        mend="docs/runbooks/first-deployment.md",
    )
    yield _asked(
        state_key(settings.google.project),
        Kind.STATE_STORE,
        "Encrypts what is secret in the state. Losing us-central1 must not lose it.",
        google.key_exists(settings),
        mend="docs/runbooks/first-deployment.md",
    )


def _quotas(settings: Settings, needs: Iterable[Need]) -> Iterator[Prerequisite]:
    needs = tuple(needs)
    fitting = sum(need.fits for need in needs)
    for need in needs:
        if not need.fits:
            where = f" in {need.region}" if need.region else ""
            later = "" if need.most == need.first else f", and {need.most:,} with every node that the settings allow"
            yield _asked(
                f"{need.quota.metric}{where}",
                Kind.QUOTA,
                f"{need.quota.title}: a new project may have {need.quota.default:,} {need.quota.unit}, the project's "
                f"stacks need {need.first:,}{later}. Ask for {need.ask_for:,}.",
                google.quota_is_enough(settings, need),
                mend=google.ask_for_quota(settings, need),
            )
    yield Prerequisite(
        name="other quotas",
        kind=Kind.QUOTA,
        stage=Stage.FIRST_PASS,
        says=f"{fitting} of {len(needs)} fit into what a new project has",
        state=State.OK,
    )


def _images(settings: Settings, releases: Releases) -> Iterator[Prerequisite]:
    delivery = settings.delivery
    yield _asked(
        "environment",
        Kind.REPOSITORY,
        f"{delivery.github_repository} has the environment {delivery.github_environment}: only its jobs may push.",
        google.environment_exists(settings),
        stage=Stage.SECOND_PASS,
    )
    found = tuple(in_releases(releases))
    for placeholder in found:
        yield Prerequisite(
            name=placeholder.where,
            kind=Kind.RELEASE,
            stage=Stage.SECOND_PASS,
            says="no image was released: the registry would refuse the pull.",
            state=State.MISSING,
            mend=f"coditect release {settings.stack} {placeholder.where} sha256:… --activate",
        )
    if not found:
        yield Prerequisite(
            name="digests",
            kind=Kind.RELEASE,
            stage=Stage.SECOND_PASS,
            says="every image has a digest that was released",
            state=State.OK,
        )


def _secrets(settings: Settings, graph: Graph) -> Iterator[Prerequisite]:
    purposes = {
        text(secret.inputs, "secretId"): text(secret.inputs, "annotations", "purpose")
        for secret in graph.of_type(_SECRET)
    }
    for secret, filler in sorted(members(graph.root.outputs, "secrets_by_hand").items()):
        name = secret.rpartition("/")[2]
        yield _asked(
            name,
            Kind.SECRET,
            f"{purposes[name]}. Filled by: {_FILLERS[str(filler)]}.",
            google.is_filled(settings, name),
            mend="docs/runbooks/secrets.md",
            stage=Stage.SECOND_PASS,
        )


def _delegation(settings: Settings) -> Iterator[Prerequisite]:
    if not settings.dns.manage:
        return
    for zone, domain in ((Zone.SITE, settings.domains.site), (Zone.APPS, settings.domains.apps)):
        managed = f"{settings.prefix}-{zone}"
        yield _asked(
            f"NS of {domain}",
            Kind.DELEGATION,
            "The zone above names the name servers that the second pass prints; no certificate becomes active before.",
            google.delegates(settings, domain, managed),
            stage=Stage.VISITORS,
        )
        yield _asked(
            f"DS of {domain}",
            Kind.DELEGATION,
            "The zone above holds the digest of the zone's key; without it no resolver checks the signatures.",
            google.is_signed(domain),
            mend=f"gcloud dns dns-keys list --zone={managed} --project={settings.google.project} "
            "--filter=type=keySigning --format='value(ds_record())'",
            stage=Stage.VISITORS,
        )

"""Commands that ask Google or GitHub, and print `yes` or `no`; and the names of what they ask about."""

import json
import shlex
from collections.abc import Iterable

from coditect.preflight.quotas import Need
from infra.settings import PROJECT, Settings
from infra.settings.state import state_bucket, state_key

SECURITY_GROUP = "gke-security-groups"
"""The name is Google's own: https://cloud.google.com/kubernetes-engine/docs/how-to/google-groups-rbac."""
ADMINISTRATORS = "platform-security"
FIRST_APIS = ("serviceusage.googleapis.com", "cloudresourcemanager.googleapis.com")
"""Must be on before the program may turn on any other: it reads services with the one, and projects with the other."""
SERVICE_PRODUCERS = "under:organizations/433637338589"
"""Google's own organisation, whose networks Cloud SQL and Memorystore stand in, as an organisation policy names it
(github.com/GoogleCloudPlatform/rad-lab: restrict_vpc_peering_policy of its modules)."""


def principals(settings: Settings) -> frozenset[str]:
    """Members of IAM that must stand in the organisation before the program grants them anything, as IAM names them."""
    domain = settings.google.organization_domain
    return frozenset({f"group:{ADMINISTRATORS}@{domain}", f"group:{SECURITY_GROUP}@{domain}"})


def answers(command: str) -> str:
    """Prints yes where the command ends well."""
    return f"{command} >/dev/null 2>&1 && echo yes || echo no"


def prints(command: str, wanted: str) -> str:
    """Prints yes where the command prints exactly one text."""
    return f'[ "$({command} 2>/dev/null)" = {shlex.quote(wanted)} ] && echo yes || echo no'


def prints_something(command: str) -> str:
    """Prints yes where the command prints anything."""
    return f'[ -n "$({command} 2>/dev/null)" ] && echo yes || echo no'


def _judged(command: str, filter_: str, *arguments: str) -> str:
    """Prints yes where a jq filter is true of the command's JSON; no where the command fails."""
    told = " ".join((f"{command} --format=json 2>/dev/null | jq -r", *arguments, shlex.quote(filter_), "2>/dev/null"))
    return f'[ "$({told})" = true ] && echo yes || echo no'


def group_exists(email: str) -> str:
    return answers(f"gcloud identity groups describe {email}")


def group_has_groups(email: str) -> str:
    return prints_something(f"gcloud identity groups memberships list --group-email={email} --format='value(name)'")


def number_is(settings: Settings) -> str:
    google = settings.google
    return prints(
        f"gcloud projects describe {google.project} --format='value(projectNumber)'", str(google.project_number)
    )


def billing_is_on(settings: Settings) -> str:
    return prints(
        f"gcloud billing projects describe {settings.google.project} --format='value(billingEnabled)'", "True"
    )


def api_is_on(settings: Settings, api: str) -> str:
    return prints(
        f"gcloud services list --enabled --project={settings.google.project} "
        f"--filter=config.name={api} --format='value(config.name)'",
        api,
    )


def domain_may_hold_roles(settings: Settings) -> str:
    """Domain-restricted sharing lists customers, not domains."""
    domain = settings.google.organization_domain
    customer = f"gcloud organizations list --filter=displayName={domain} --format='value(owner.directoryCustomerId)'"
    return _judged(
        f"gcloud org-policies describe iam.allowedPolicyMemberDomains --project={settings.google.project} --effective",
        '[.spec.rules[]? | .allowAll == true or ((.values.allowedValues // []) | map(sub("^is:"; "")) | '
        "index($own) != null)] | all",
        f'--arg own "$({customer})"',
    )


def policy_allows(settings: Settings, constraint: str, wanted: Iterable[Iterable[str]]) -> str:
    """Whether a list constraint lets everything through that is wanted: it is not set, allows all, or names it.

    wanted: for each thing the values that name it, of which one is enough: itself, and the groups it belongs to.
    """
    return _judged(
        f"gcloud org-policies describe {constraint} --project={settings.google.project} --effective",
        "[.spec.rules[]? | .allowAll == true or (.denyAll != true and (.values.allowedValues as $yes | "
        ".values.deniedValues as $no | all($wanted[]; ($yes == null or (. - (. - $yes)) != []) and "
        "($no == null or (. - $no) == .))))] | all",
        f"--argjson wanted {shlex.quote(json.dumps([list(names) for names in wanted], separators=(',', ':')))}",
    )


def bucket_is_safe(settings: Settings) -> str:
    return _judged(
        f"gcloud storage buckets describe gs://{state_bucket(settings.google.project)}",
        '.location == "US" and .versioning_enabled == true and .uniform_bucket_level_access == true',
    )


def key_exists(settings: Settings) -> str:
    project = settings.google.project
    return prints(f"gcloud kms keys describe {state_key(project)} --format='value(purpose)'", "ENCRYPT_DECRYPT")


def is_filled(settings: Settings, secret: str) -> str:
    return prints(
        f"gcloud secrets versions describe latest --secret={secret} --project={settings.google.project} "
        "--format='value(state)'",
        "ENABLED",
    )


def quota_is_enough(settings: Settings, need: Need) -> str | None:
    """None for a service whose quotas gcloud does not list: the console shows them."""
    if not need.quota.is_compute:
        return None
    place = f"regions describe {need.region}" if need.region else "project-info describe"
    return _judged(
        f"gcloud compute {place} --project={settings.google.project}",
        f'[.quotas[] | select(.metric == "{need.quota.listed_as}") | .limit >= {need.ask_for}] | any',
    )


def ask_for_quota(settings: Settings, need: Need) -> str:
    """How to ask for as much as is needed."""
    if not need.quota.is_compute:
        return "Google's console, IAM & Admin, Quotas"
    place = f" --dimensions=region={need.region}" if need.region else ""
    return (
        f"gcloud quotas preferences create --service={need.quota.service} --project={settings.google.project} "
        f"--quota-id={need.quota.id}{place} --preferred-value={need.ask_for} "
        f"--email={settings.observability.alert_email} --justification='first deployment of {PROJECT}'"
    )


def delegates(settings: Settings, domain: str, zone: str) -> str:
    """Whether the world asks the zone's own name servers."""
    return (
        f'(own="$(gcloud dns managed-zones describe {zone} --project={settings.google.project} '
        "--format='value(nameServers)' 2>/dev/null | tr ';' '\\n' | sort)\"; "
        f'[ -n "$own" ] && [ "$(dig +short NS {domain} | sort)" = "$own" ]) && echo yes || echo no'
    )


def is_signed(domain: str) -> str:
    return prints_something(f"dig +short DS {domain}")


def environment_exists(settings: Settings) -> str:
    delivery = settings.delivery
    return answers(f"gh api repos/{delivery.github_repository}/environments/{delivery.github_environment}")

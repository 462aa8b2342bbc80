"""The vocabulary of the catalogue: what may be named, and nothing else."""

from enum import StrEnum


class Application(StrEnum):
    """The six applications of the specification."""

    GATEWAY = "gateway"
    DASHBOARD = "license-dashboard"
    ADMIN = "staff-admin"
    LICENSE_API = "license-api"
    IDE = "ide"
    AGENTFLOW = "agentflow"


class Namespace(StrEnum):
    """Kubernetes namespaces that carry our workloads, and the one of the add-ons."""

    GATEWAY = "gateway"
    LICENSE = "license-platform"
    IDE = "ide"
    AGENTFLOW = "agentflow"
    ADDONS = "platform-addons"


class Zone(StrEnum):
    """The two DNS zones. A stack's settings say which domain each one is there."""

    SITE = "site"  # coditect.com in production
    APPS = "apps"  # coditect.ai in production


class Need(StrEnum):
    """A back end that a workload may use. Access, network policy and environment follow from it."""

    DATABASE = "database"
    CACHE = "cache"
    SIGNING_KEY = "signing-key"
    SIGN_IN = "sign-in"
    STRIPE = "stripe"
    SENDGRID = "sendgrid"
    ZENDESK = "zendesk"
    BACKUP_BUCKET = "backup-bucket"


class Origin(StrEnum):
    """Who writes a workload's manifests: this repository's typed components, or a chart of an existing product."""

    OURS = "ours"
    CHART = "chart"

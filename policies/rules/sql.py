"""Rules of Cloud SQL: access, encryption, versions."""

from policies.addresses import cover_the_internet
from policies.controls import ckv, gcp, gdpr, pci, soc2
from policies.rule import ADVISORY, Broken, rule
from policies.views.sql import SqlInstance, SqlUser

NEWEST_MAJOR = 18
# PostgreSQL 15 ends on 2027-11-11, 16 on 2028-11-09 (postgresql.org/support/versioning).
OLDEST_MAJOR = 16


@rule(
    "sql-tls",
    SqlInstance,
    gcp("6.4"),
    ckv("CKV_GCP_6"),
    soc2("CC6.7"),
    gdpr("32(1)(a)"),
    pci("4.2.1"),
    why="A customer's row must not cross the network in the clear, nor go to a server that only claims its name.",
    fix="Set settings.ipConfiguration.sslMode to TRUSTED_CLIENT_CERTIFICATE_REQUIRED.",
)
def tls(instance: SqlInstance) -> Broken:
    """Every connection is encrypted and both sides show a certificate."""
    if instance.tls_mode != "TRUSTED_CLIENT_CERTIFICATE_REQUIRED":
        yield f"sslMode is {instance.tls_mode or 'not set'}."


@rule(
    "sql-connector",
    SqlInstance,
    soc2("CC6.1"),
    pci("8.3.2"),
    why="The connector brings a certificate that lives an hour; a direct connection brings a password.",
    fix="Set settings.connectorEnforcement to REQUIRED.",
)
def connector(instance: SqlInstance) -> Broken:
    """Only Cloud SQL's connector may connect."""
    if not instance.is_replica and not instance.requires_connector:
        yield "Clients may connect without the connector."


@rule(
    "sql-networks",
    SqlInstance,
    gcp("6.5"),
    ckv("CKV_GCP_11"),
    soc2("CC6.6"),
    pci("1.4.4"),
    why="A database that any address may reach is attacked within minutes.",
    fix="Name no authorizedNetworks: the private address needs none.",
)
def networks(instance: SqlInstance) -> Broken:
    """The database is not open to the world."""
    if cover_the_internet(instance.admitted_networks):
        yield f"The database is open to {', '.join(instance.admitted_networks)}."


@rule(
    "sql-private",
    SqlInstance,
    gcp("6.6"),
    ckv("CKV_GCP_60"),
    soc2("CC6.6"),
    gdpr("32(1)(b)"),
    pci("1.4.4"),
    why="Customers' data must not stand on an address of the internet.",
    fix="Set settings.ipConfiguration.ipv4Enabled to false.",
)
def private(instance: SqlInstance) -> Broken:
    """The database has no public address."""
    if instance.has_public_address:
        yield "The database has a public address."


@rule(
    "sql-version",
    SqlInstance,
    ckv("CKV_GCP_79"),
    soc2("CC7.1"),
    pci("6.3.3"),
    why="Old major versions lose their patches; an upgrade that was put off gets harder each year.",
    fix=f"Set databaseVersion to POSTGRES_{NEWEST_MAJOR}, after a rehearsed major upgrade.",
)
def version(instance: SqlInstance) -> Broken:
    """The database runs the newest major version."""
    if instance.version != f"POSTGRES_{NEWEST_MAJOR}":
        yield f"The version is {instance.version or 'not set'}; the newest is POSTGRES_{NEWEST_MAJOR}."


@rule(
    "sql-supported-version",
    SqlInstance,
    soc2("CC7.1"),
    pci("6.3.3", "12.3.4"),
    why="A version without patches may be attacked with what everybody can read.",
    fix=f"Upgrade to POSTGRES_{OLDEST_MAJOR} or later.",
)
def supported_version(instance: SqlInstance) -> Broken:
    """The database's version still gets patches for a year and more."""
    major = instance.major_version
    if major is None or major < OLDEST_MAJOR:
        yield f"The version is {instance.version or 'not set'}."


@rule(
    "sql-key",
    SqlInstance,
    soc2("CC6.1"),
    gdpr("32(1)(a)"),
    why="Only a key of ours can be taken away from data that must not be read any more.",
    fix="Set encryptionKeyName to the database key of the same region's ring.",
)
def key(instance: SqlInstance) -> Broken:
    """The database is encrypted with a key of ours."""
    if not instance.key:
        yield "The database has no key of ours."


@rule(
    "sql-iam-users",
    SqlUser,
    soc2("CC6.1", "CC6.2"),
    pci("8.6.2", "8.6.3"),
    why="A password is copied and forgotten; an IAM identity ends with its account.",
    fix="Set type to CLOUD_IAM_SERVICE_ACCOUNT, or to CLOUD_IAM_GROUP for people.",
)
def iam_users(user: SqlUser) -> Broken:
    """Database users sign in by IAM."""
    if not user.signs_in_by_iam:
        yield "The user signs in with a password."


@rule(
    "sql-iam-authentication",
    SqlInstance,
    soc2("CC6.1"),
    pci("8.3.1"),
    why="Without the flag no IAM identity can sign in, and passwords come back.",
    fix="Set the flag cloudsql.iam_authentication to on.",
)
def iam_authentication(instance: SqlInstance) -> Broken:
    """IAM identities can sign in."""
    if instance.flag("cloudsql.iam_authentication") != "on":
        yield "The flag cloudsql.iam_authentication is not on."


@rule(
    "sql-password-policy",
    SqlInstance,
    soc2("CC6.1"),
    pci("8.3.6", "8.3.7"),
    why="The built-in administrator can still be given a password: it must not be a weak one.",
    fix="Set settings.passwordValidationPolicy.enablePasswordPolicy with minLength 16.",
    severity=ADVISORY,
)
def password_policy(instance: SqlInstance) -> Broken:
    """A password of the server cannot be weak."""
    if not instance.is_replica and not instance.has_password_policy:
        yield "There is no password policy."


@rule(
    "sql-client-addresses",
    SqlInstance,
    gdpr("5(1)(c)", "25(1)"),
    why="Query Insights works without client addresses: what is not kept cannot be asked for or lost.",
    fix="Set settings.insightsConfig.recordClientAddress to false.",
)
def client_addresses(instance: SqlInstance) -> Broken:
    """Query statistics keep no client address."""
    if instance.records_client_addresses:
        yield "Query Insights records client addresses."

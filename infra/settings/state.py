"""Where Pulumi keeps what it knows of a project's stacks. People make both before the first deployment.

Both are multi-regional: with us-central1 they would be lost exactly when the standby must be deployed.
"""


def state_bucket(project: str) -> str:
    """Name of the bucket of the state: `pulumi login gs://<bucket>`. prod and dr, of one project, share it."""
    return f"{project}-pulumi-state"


def state_key(project: str) -> str:
    """Full name of the key of the secrets in the state: `--secrets-provider gcpkms://<key>`."""
    return f"projects/{project}/locations/us/keyRings/pulumi-state/cryptoKeys/secrets"

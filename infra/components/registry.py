"""Artifact Registry: where images come from. Tags cannot be moved, and only nodes may pull."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component
from infra.settings import SettingsError

# Start of the tag that the images workflow gives to all it pushes. What carries it is kept, and so is what belongs to
# it: the images of an index have no tag, and a clean-up leaves them while their index is there
# (https://docs.cloud.google.com/artifact-registry/docs/repositories/cleanup-policy-overview).
_RELEASED = "release-"
# Enough to go back through a quarter of releases, two a week, for both colours.
_RELEASES_KEPT = 50
_UNTAGGED_SECONDS = 30 * 24 * 3600


@dataclass(frozen=True, kw_only=True)
class RegistryArgs:
    """What the registry needs to know.

    location: region or multi-region of the images; key_id: a key of the same location.
    readers: address by name of those who may pull.
    built: images that our workflow pushes, with a tag; the clean-up looks at no other.
    existing: name of another stack's repository to use in place of an own one (standby).
    protect: whether deleting it is refused. Nothing could be rolled back without it.
    """

    prefix: str
    project_id: str
    location: str
    key_id: pulumi.Input[str]
    readers: Mapping[str, pulumi.Input[str]]
    built: tuple[str, ...]
    existing: str | None = None
    protect: bool

    def __post_init__(self) -> None:
        if not self.readers:
            raise SettingsError("registry.readers is empty: no node could pull an image. Name the nodes' account.")
        if not self.built:
            raise SettingsError(
                "registry.built is empty: the clean-up would look at every image, also at those that are named by "
                "their digest alone. Name the images that the workflow pushes."
            )


class Registry(Component):
    """One Docker repository.

    repository_url: what image names start with, `<location>-docker.pkg.dev/<project>/<repository>`, known at preview.
    repository_id: projects/…/locations/…/repositories/….
    """

    repository_url: pulumi.Output[str]
    repository_id: pulumi.Output[str]

    def __init__(self, name: str, args: RegistryArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        repository = args.existing or f"{args.prefix}-images"
        self.repository_url = pulumi.Output.from_input(f"{args.location}-docker.pkg.dev/{args.project_id}/{repository}")
        self.repository_id = (
            self._create(repository)
            if args.existing is None
            else pulumi.Output.from_input(
                f"projects/{args.project_id}/locations/{args.location}/repositories/{repository}"
            )
        )
        for reader, email in args.readers.items():
            gcp.artifactregistry.RepositoryIamMember(
                self.child(f"reader-{reader}"),
                repository=self.repository_id,
                location=args.location,
                project=args.project_id,
                role="roles/artifactregistry.reader",
                member=pulumi.Output.concat("serviceAccount:", email),
                opts=self.under(),
            )
        self.finish()

    def _create(self, repository: str) -> pulumi.Output[str]:
        args = self._args
        return gcp.artifactregistry.Repository(
            self.child("repository"),
            repository_id=repository,
            project=args.project_id,
            location=args.location,
            format="DOCKER",
            description="Images of the platform's services",
            kms_key_name=args.key_id,
            # A tag names one image for ever; deployments name digests all the same.
            docker_config=gcp.artifactregistry.RepositoryDockerConfigArgs(immutable_tags=True),
            vulnerability_scanning_config=gcp.artifactregistry.RepositoryVulnerabilityScanningConfigArgs(
                enablement_config="INHERITED"
            ),
            cleanup_policy_dry_run=False,
            cleanup_policies=[
                # What a stack or its standby names must be there whenever a node asks for it, however old it is.
                gcp.artifactregistry.RepositoryCleanupPolicyArgs(
                    id="keep-released",
                    action="KEEP",
                    condition=gcp.artifactregistry.RepositoryCleanupPolicyConditionArgs(
                        tag_state="TAGGED", tag_prefixes=[_RELEASED]
                    ),
                ),
                gcp.artifactregistry.RepositoryCleanupPolicyArgs(
                    id="keep-newest",
                    action="KEEP",
                    most_recent_versions=gcp.artifactregistry.RepositoryCleanupPolicyMostRecentVersionsArgs(
                        keep_count=_RELEASES_KEPT
                    ),
                ),
                gcp.artifactregistry.RepositoryCleanupPolicyArgs(
                    id="delete-untagged",
                    action="DELETE",
                    condition=gcp.artifactregistry.RepositoryCleanupPolicyConditionArgs(
                        tag_state="UNTAGGED",
                        older_than=f"{_UNTAGGED_SECONDS}s",
                        # Images that others bring may be named by their digest alone.
                        package_name_prefixes=list(args.built),
                    ),
                ),
            ],
            labels=self.labels(),
            opts=self.under(pulumi.ResourceOptions(protect=args.protect, retain_on_delete=args.protect)),
        ).id

"""Settings of what everything stands on: project, domains, network, cluster."""

import ipaddress
from typing import Literal, Self

from pydantic import model_validator

from infra.settings.vocabulary import Cidr, DomainName, OperatorCidr, Region, Section, setting


class Google(Section):
    """Where the stack lives."""

    project: str = setting(
        "Google Cloud project id.",
        "Every resource would be created in a project that does not exist.",
        pattern=r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$",
    )
    project_number: int = setting(
        "The project's number (gcloud projects describe), part of the names of Google's own service accounts.",
        "Google's service agents could not use the encryption keys, and creating the database would fail.",
        gt=0,
    )
    region: Region = setting(
        "Region of everything regional.", "Prices, quotas and recovery targets are known for these two."
    )
    zones: tuple[str, ...] = setting(
        "The three zones of the region that carry nodes.",
        "With fewer than three, losing one takes half of the platform; nodes are counted per zone.",
        min_length=3,
        max_length=3,
    )
    organization_domain: DomainName = setting(
        "Domain of the Google Workspace whose groups hold roles.",
        "Kubernetes role bindings to groups would match no one.",
    )

    @model_validator(mode="after")
    def _zones_of_the_region(self) -> Self:
        if wrong := [z for z in self.zones if not z.startswith(f"{self.region}-")]:
            raise ValueError(
                f"zones: {', '.join(wrong)} is not in region {self.region}: the cluster could not be created. "
                f"Write three of {self.region}-a ... -f."
            )
        if len(set(self.zones)) != len(self.zones):
            raise ValueError(
                "zones: the same zone twice; losing it would take two thirds of the nodes. Write three different ones."
            )
        return self


class Domains(Section):
    """What the two zones of the catalogue are called in this stack."""

    site: DomainName = setting(
        "Domain of the site (coditect.com in production).", "Certificates could not be authorised."
    )
    apps: DomainName = setting(
        "Domain of the applications (coditect.ai in production).", "Certificates could not be authorised."
    )

    @model_validator(mode="after")
    def _different(self) -> Self:
        if self.site == self.apps:
            raise ValueError("site and apps are the same domain: their routes would overlap. Write two different ones.")
        return self


class Network(Section):
    """Address plan. Ranges may not overlap, inside the stack or with what it peers with."""

    shared_vpc: str | None = setting(
        "Name of an existing VPC to add subnets to; null creates one. The standby region uses production's.",
        "The standby's pods could not reach the promoted database.",
        None,
        pattern=r"^[a-z]([-a-z0-9]*[a-z0-9])?$",
    )
    nodes_cidr: Cidr = setting("Addresses of nodes, /16 to /24; a /20 holds 4,092.", "Nodes would get no address.")
    pods_cidr: Cidr = setting(
        "Addresses of pods, /11 to /19: a /24 for each node, so a /16 holds 256 nodes.", "Pods would get no address."
    )
    services_cidr: Cidr = setting("Addresses of Kubernetes Services, /16 to /24.", "Services would get no address.")
    google_services_cidr: Cidr = setting(
        "Range lent to Google for Cloud SQL and Memorystore (private services access), /16 to /24; "
        "with shared_vpc, the range that its owner lends.",
        "The database and the cache would get no private address, and no policy would let pods reach them.",
    )
    flow_log_sampling: float = setting(
        "Share of network flows that are logged, 0.1 to 1.",
        "Too few flows to reconstruct an incident from.",
        0.5,
        ge=0.1,
        le=1,
    )

    @model_validator(mode="after")
    def _ranges(self) -> Self:
        # Widest and narrowest prefix that Google takes and that leaves room for the nodes of a stack.
        limits = {
            "nodes_cidr": (self.nodes_cidr, 16, 24),
            "pods_cidr": (self.pods_cidr, 11, 19),
            "services_cidr": (self.services_cidr, 16, 24),
            "google_services_cidr": (self.google_services_cidr, 16, 24),
        }
        ranges: list[tuple[str, ipaddress.IPv4Network]] = []
        for name, (cidr, widest, narrowest) in limits.items():
            network = ipaddress.IPv4Network(cidr)
            if not widest <= network.prefixlen <= narrowest:
                raise ValueError(
                    f"{name} is {cidr}: Google or the stack's own growth would soon refuse it. "
                    f"Write a range of /{widest} to /{narrowest}."
                )
            for other_name, other in ranges:
                if network.overlaps(other):
                    raise ValueError(
                        f"{name} {network} overlaps {other_name} {other}: packets would go to the wrong one. "
                        "Write disjoint ranges."
                    )
            ranges.append((name, network))
        return self


class NodePool(Section):
    """A group of equal nodes. Counts are for each zone: Google counts a regional pool so."""

    name: str = setting("Name of the pool.", "Google refuses the pool.", pattern=r"^[a-z]([-a-z0-9]{0,37}[a-z0-9])?$")
    machine_type: str = setting(
        "Compute Engine machine type with known size: n1-standard-1 to -16, e2-standard-2 to -16.",
        "The plan could not say whether the pods fit.",
        pattern=r"^(n1-standard-(1|2|4|8|16)|e2-standard-(2|4|8|16))$",
    )
    nodes_per_zone: int = setting(
        "Fewest nodes in each zone, 1 to 50.", "A zone without a node takes no load.", ge=1, le=50
    )
    max_nodes_per_zone: int = setting(
        "Most nodes in each zone, up to 100.", "Load or the loss of a zone could not be absorbed.", ge=1, le=100
    )
    spot: bool = setting(
        "Spot nodes: cheap, taken away at any time. Never in prod.", "Production would lose nodes at will.", False
    )
    disk_gib: int = setting(
        "Boot disk of a node in GiB, 50 to 500.", "Images would fill the disk and pods be evicted.", 50, ge=50, le=500
    )

    @model_validator(mode="after")
    def _grows(self) -> Self:
        if self.max_nodes_per_zone < self.nodes_per_zone:
            raise ValueError(
                f"max_nodes_per_zone {self.max_nodes_per_zone} is below nodes_per_zone {self.nodes_per_zone}: "
                "the autoscaler would have no room. Write at least the same."
            )
        return self


class AuthorizedNetwork(Section):
    name: str = setting("What the range is.", "No one would know why it is there.", min_length=1, max_length=50)
    cidr: OperatorCidr = setting(
        "Range that may reach the control plane's private endpoint.", "The control plane would be open to the world."
    )


class Cluster(Section):
    """The GKE cluster."""

    release_channel: Literal["REGULAR", "STABLE"] = setting(
        "How early new Kubernetes versions come.", "RAPID brings versions without Google's SLA.", "REGULAR"
    )
    pools: tuple[NodePool, ...] = setting(
        "Node pools, one at least.", "There would be nothing to run on.", min_length=1
    )
    authorized_networks: tuple[AuthorizedNetwork, ...] = setting(
        "Networks that may reach the private endpoint; pipelines use the DNS-based endpoint and IAM instead.",
        "Nobody inside the VPC could reach the control plane.",
        (),
    )
    maintenance_start: str = setting(
        "Start of the weekly maintenance window, UTC, HH:MM.",
        "Upgrades would come at any hour.",
        "06:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
    )
    maintenance_days: tuple[Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"], ...] = setting(
        "Days of the maintenance window of 6 hours.",
        "Google asks for 48 hours of window in 32 days: one day a week gives 24, and the cluster is refused.",
        ("SA", "SU"),
        min_length=2,
    )

    @model_validator(mode="after")
    def _unique_pools(self) -> Self:
        names = [p.name for p in self.pools]
        if len(set(names)) != len(names):
            raise ValueError(f"pools: {', '.join(names)}: two pools of one name. Google refuses the second; rename it.")
        return self

"""The edge: both addresses, TLS, the URL map, and everything a request meets before it reaches a pod."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.catalog import Catalog
from infra.catalog.names import Zone
from infra.components.armor import Armor, ArmorArgs
from infra.components.base import Component
from infra.components.edge_backends import Backends, BackendsArgs
from infra.components.edge_buckets import Buckets, BucketsArgs
from infra.components.edge_certificates import AuthorizationRecord, Certificates, CertificatesArgs
from infra.components.edge_plan import EdgePlan, plan
from infra.components.hosts import host_name
from infra.settings.foundation import Domains
from infra.settings.traffic import Edge as EdgeSettings


@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """What the edge needs to know.

    zones: those that carry nodes; each has an endpoint group of each service.
    storage_key: encrypts what hosts serve from a bucket, in the same region.
    existing_certificate_map: name of another stack's certificate map (standby); null for an own one.
    protect: whether deleting the addresses is refused: everyone's DNS points there.
    """

    prefix: str
    project_id: str
    project_number: int
    region: str
    storage_key: pulumi.Input[str]
    zones: tuple[str, ...]
    catalog: Catalog
    domains: Domains
    settings: EdgeSettings
    existing_certificate_map: str | None = None
    protect: bool = True


@dataclass(frozen=True, kw_only=True)
class Files:
    """A host that a bucket answers, as the URL map has it."""

    name: str
    matcher: str
    purpose: str
    backend_id: pulumi.Output[str]


class Edge(Component):
    """The global external application load balancer.

    site_address, apps_address: IPv4. authorizations: DNS record by domain, for certificates.
    """

    site_address: pulumi.Output[str]
    apps_address: pulumi.Output[str]
    authorizations: Mapping[str, AuthorizationRecord]
    url_map_id: pulumi.Output[str]
    certificate_map_id: pulumi.Output[str]

    def __init__(self, name: str, args: EdgeArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        addresses = {zone: self._address(zone) for zone in Zone}
        self.site_address, self.apps_address = addresses[Zone.SITE].address, addresses[Zone.APPS].address
        certificates = Certificates(
            self.child("certificates"),
            CertificatesArgs(
                prefix=args.prefix,
                project_id=args.project_id,
                catalog=args.catalog,
                domains=args.domains,
                existing_map=args.existing_certificate_map,
            ),
            self.under(),
        )
        self.authorizations, self.certificate_map_id = certificates.authorizations, certificates.map_id
        self.url_map_id = self._url_map(plan(args.catalog, args.domains, cdn=args.settings.cdn))
        self._listen("https", "443", self._https_proxy(), addresses)
        self._listen("http", "80", self._http_proxy(), addresses)
        self.finish()

    def _address(self, zone: Zone) -> gcp.compute.GlobalAddress:
        return gcp.compute.GlobalAddress(
            self.child(f"address-{zone}"),
            name=f"{self._args.prefix}-{zone}",
            project=self._args.project_id,
            address_type="EXTERNAL",
            ip_version="IPV4",
            description=f"Hosts of the {zone} zone",
            labels=self.labels(),
            opts=self.under(pulumi.ResourceOptions(protect=self._args.protect)),
        )

    def _backend_ids(self, routing: EdgePlan) -> Mapping[str, pulumi.Output[str]]:
        args = self._args
        armor = Armor(
            self.child("armor"),
            ArmorArgs(
                prefix=args.prefix,
                project_id=args.project_id,
                catalog=args.catalog,
                admin_allowed=args.settings.admin_allowed,
            ),
            self.under(),
        )
        return Backends(
            self.child("backends"),
            BackendsArgs(
                prefix=args.prefix,
                project_id=args.project_id,
                zones=args.zones,
                catalog=args.catalog,
                domains=args.domains,
                settings=args.settings,
                backends=routing.backends,
                policy_ids=armor.policy_ids,
            ),
            self.under(),
        ).backend_ids

    def _files(self) -> tuple[Files, ...]:
        args = self._args
        hosts = args.catalog.bucket_hosts
        backend_ids = Buckets(
            self.child("buckets"),
            BucketsArgs(
                prefix=args.prefix,
                project_id=args.project_id,
                project_number=args.project_number,
                region=args.region,
                storage_key=args.storage_key,
                hosts=hosts,
                protect=args.protect,
            ),
            self.under(),
        ).backend_ids
        return tuple(
            Files(
                name=host_name(host.zone, host.label, args.domains),
                matcher=f"{host.zone}-{host.label}",
                purpose=host.purpose,
                backend_id=backend_ids[host.label],
            )
            for host in hosts
        )

    def _url_map(self, routing: EdgePlan) -> pulumi.Output[str]:
        compute, backends, files = gcp.compute, self._backend_ids(routing), self._files()
        return compute.URLMap(
            self.child("routes"),
            name=f"{self._args.prefix}-routes",
            project=self._args.project_id,
            description="The routing rows of the catalogue",
            # A host that is none of ours is answered 404 by Google's front end; no pod sees the request. The service is
            # named because a URL map must name one.
            default_service=backends[routing.hosts[0].default.name],
            default_route_action=compute.URLMapDefaultRouteActionArgs(
                fault_injection_policy=compute.URLMapDefaultRouteActionFaultInjectionPolicyArgs(
                    abort=compute.URLMapDefaultRouteActionFaultInjectionPolicyAbortArgs(http_status=404, percentage=100)
                )
            ),
            host_rules=[
                *(
                    compute.URLMapHostRuleArgs(hosts=list(rule.hosts), path_matcher=rule.matcher)
                    for rule in routing.hosts
                ),
                *(compute.URLMapHostRuleArgs(hosts=[each.name], path_matcher=each.matcher) for each in files),
            ],
            path_matchers=[
                *(
                    compute.URLMapPathMatcherArgs(
                        name=rule.matcher,
                        default_service=backends[rule.default.name],
                        path_rules=[
                            compute.URLMapPathMatcherPathRuleArgs(
                                paths=list(path.paths), service=backends[path.backend.name]
                            )
                            for path in rule.rules
                        ],
                    )
                    for rule in routing.hosts
                ),
                *(compute.URLMapPathMatcherArgs(name=each.matcher, default_service=each.backend_id) for each in files),
            ],
            tests=[
                *(
                    compute.URLMapTestArgs(
                        host=test.host,
                        path=test.path,
                        service=backends[test.backend.name],
                        description=test.description,
                    )
                    for test in routing.tests
                ),
                *(
                    compute.URLMapTestArgs(
                        host=each.name, path="/any/file", service=each.backend_id, description=each.purpose
                    )
                    for each in files
                ),
            ],
            opts=self.under(),
        ).id

    def _https_proxy(self) -> pulumi.Output[str]:
        args = self._args
        ssl_policy = gcp.compute.SSLPolicy(
            self.child("tls"),
            name=f"{args.prefix}-tls",
            project=args.project_id,
            min_tls_version="TLS_1_3",
            # Google takes TLS 1.3 as a minimum with this profile alone.
            profile="RESTRICTED",
            opts=self.under(),
        )
        return gcp.compute.TargetHttpsProxy(
            self.child("https"),
            name=f"{args.prefix}-https",
            project=args.project_id,
            url_map=self.url_map_id,
            certificate_map=pulumi.Output.concat("//certificatemanager.googleapis.com/", self.certificate_map_id),
            ssl_policy=ssl_policy.id,
            quic_override="ENABLE",
            # Early data can be replayed by whoever recorded it; taking a seat must not happen twice.
            tls_early_data="DISABLED",
            opts=self.under(),
        ).id

    def _http_proxy(self) -> pulumi.Output[str]:
        args = self._args
        redirect = gcp.compute.URLMap(
            self.child("redirect"),
            name=f"{args.prefix}-redirect",
            project=args.project_id,
            description="Sends everyone to https",
            default_url_redirect=gcp.compute.URLMapDefaultUrlRedirectArgs(
                https_redirect=True, redirect_response_code="MOVED_PERMANENTLY_DEFAULT", strip_query=False
            ),
            opts=self.under(),
        )
        return gcp.compute.TargetHttpProxy(
            self.child("http"),
            name=f"{args.prefix}-http",
            project=args.project_id,
            url_map=redirect.id,
            opts=self.under(),
        ).id

    def _listen(
        self, scheme: str, port: str, proxy: pulumi.Output[str], addresses: Mapping[Zone, gcp.compute.GlobalAddress]
    ) -> None:
        for zone, address in addresses.items():
            gcp.compute.GlobalForwardingRule(
                self.child(f"{scheme}-{zone}"),
                name=f"{self._args.prefix}-{zone}-{scheme}",
                project=self._args.project_id,
                ip_address=address.id,
                ip_protocol="TCP",
                port_range=port,
                target=proxy,
                load_balancing_scheme="EXTERNAL_MANAGED",
                network_tier="PREMIUM",
                labels=self.labels(),
                opts=self.under(),
            )

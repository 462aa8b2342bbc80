"""Cases of the rules on networks, nodes, endpoint groups and certificates."""

from coditect.rehearsal.rule import Operation
from coditect.rehearsal.shelf import Thing
from coditect.rehearsal.types import (
    BACKEND_SERVICE,
    CERTIFICATE,
    CLUSTER,
    CONNECTION,
    DNS_AUTHORIZATION,
    FIREWALL,
    GLOBAL_ADDRESS,
    INSTANCE,
    NAT,
    NODE_POOL,
    PROJECT_GRANT,
    RECORD,
    ROUTER,
    SERVICE,
    SUBNET,
    ZONE,
)
from tests.rehearsal.cases import PROJECT, Case, thing

VPC = f"projects/{PROJECT}/global/networks/main"
REGION = "us-central1"
NODES = f"nodes@{PROJECT}.iam.gserviceaccount.com"


def subnet(*, nodes: str = "10.0.0.0/20", private: bool = True) -> Thing:
    return thing(
        SUBNET,
        f"projects/{PROJECT}/regions/{REGION}/subnetworks/nodes",
        network=VPC,
        ipCidrRange=nodes,
        secondaryIpRanges=[{"rangeName": "pods", "ipCidrRange": "10.1.0.0/16"}],
        privateIpGoogleAccess=private,
    )


def cluster(**config: object) -> Thing:
    return thing(
        CLUSTER,
        f"projects/{PROJECT}/locations/{REGION}/clusters/shop",
        location=REGION,
        network=VPC,
        subnetwork=subnet().id,
        privateClusterConfig={"enablePrivateNodes": True},
        nodeConfig={"serviceAccount": NODES, **config},
    )


def egress(name: str, *ranges: str, tag: str = "node") -> Thing:
    return thing(
        FIREWALL,
        f"projects/{PROJECT}/global/firewalls/{name}",
        network=VPC,
        direction="EGRESS",
        allows=[{"protocol": "all"}],
        destinationRanges=list(ranges),
        targetTags=[tag],
    )


WAYS = (egress("cluster", "10.0.0.0/20"), egress("google", "199.36.153.8/30"))
ROUTER_MAIN = thing(ROUTER, f"projects/{PROJECT}/regions/{REGION}/routers/main", network=VPC, region=REGION)
NAT_MAIN = thing(NAT, "nat", router="main", region=REGION)


def service(**annotations: str) -> Thing:
    neg = '{"exposed_ports": {"80": {"name": "shop-web"}}}'
    return thing(SERVICE, "shop/web", metadata={"annotations": {"cloud.google.com/neg": neg, **annotations}})


GROUP = f"https://www.googleapis.com/compute/v1/projects/{PROJECT}/zones/{REGION}-a/networkEndpointGroups/shop-web"
BACKEND = thing(BACKEND_SERVICE, f"projects/{PROJECT}/global/backendServices/web", backends=[{"group": GROUP}])
CHECKED = thing(
    BACKEND_SERVICE,
    f"projects/{PROJECT}/global/backendServices/web",
    healthChecks=f"projects/{PROJECT}/global/healthChecks/web",
)

CERTIFICATE_MAIN = thing(CERTIFICATE, "certificate", managed={"dnsAuthorizations": ["authorization"]})
PROOF = (
    thing(DNS_AUTHORIZATION, "authorization", domain="shop.example"),
    thing(RECORD, "record", name="_acme-challenge.shop.example.", type="CNAME", managedZone="shop"),
)
ZONE_MAIN = thing(ZONE, "shop", dnsName="shop.example.", visibility="public")
BELOW = (
    thing(DNS_AUTHORIZATION, "authorization", domain="dev.shop.example"),
    thing(RECORD, "record", name="_acme-challenge.dev.shop.example.", type="CNAME", managedZone="dev"),
    thing(ZONE, "dev", dnsName="dev.shop.example.", visibility="public"),
    ZONE_MAIN,
)
LENT = thing(
    GLOBAL_ADDRESS,
    f"projects/{PROJECT}/global/addresses/lent",
    purpose="VPC_PEERING",
    network=VPC,
    address="10.0.8.0",
    prefixLength=21,
)
POOL = thing(
    NODE_POOL,
    "pool",
    cluster=cluster().id,
    location=REGION,
    nodeConfig={"tags": ["node"], "serviceAccount": NODES},
)

CASES = (
    Case(
        rule="node-egress",
        asked=cluster(),
        refused=(subnet(), *WAYS),
        accepted=(subnet(), *WAYS),
        instead=cluster(tags=["node"]),
    ),
    Case(
        rule="node-egress",
        asked=POOL,
        refused=(subnet(), cluster(), WAYS[0], egress("google", "199.36.153.8/30", tag="another")),
        accepted=(subnet(), cluster(), *WAYS),
    ),
    Case(
        rule="node-way-out",
        asked=cluster(),
        refused=(subnet(), ROUTER_MAIN),
        accepted=(subnet(), ROUTER_MAIN, NAT_MAIN),
    ),
    Case(
        rule="node-way-out",
        asked=cluster(),
        refused=(subnet(private=False), ROUTER_MAIN, NAT_MAIN),
        accepted=(subnet(), ROUTER_MAIN, NAT_MAIN),
    ),
    Case(
        rule="node-account-role",
        asked=cluster(),
        accepted=(
            thing(
                PROJECT_GRANT,
                "grant",
                member=f"serviceAccount:{NODES}",
                role="roles/container.defaultNodeServiceAccount",
            ),
        ),
    ),
    Case(
        rule="cluster-ranges",
        asked=thing(
            CLUSTER,
            "shop",
            subnetwork=subnet().id,
            ipAllocationPolicy={"clusterSecondaryRangeName": "elsewhere"},
        ),
        refused=(subnet(),),
        accepted=(subnet(),),
        instead=thing(
            CLUSTER, "shop", subnetwork=subnet().id, ipAllocationPolicy={"clusterSecondaryRangeName": "pods"}
        ),
    ),
    Case(rule="ranges-disjoint", asked=LENT, refused=(subnet(),), accepted=(subnet(nodes="10.0.0.0/21"),)),
    Case(rule="ranges-disjoint", asked=subnet(), refused=(LENT,), accepted=()),
    Case(
        rule="private-services-access",
        asked=thing(INSTANCE, "shop", settings={"ipConfiguration": {"privateNetwork": VPC}}),
        accepted=(thing(CONNECTION, "peering", network=VPC),),
    ),
    Case(
        rule="endpoint-group-exists",
        asked=BACKEND,
        refused=(service(),),
        accepted=(
            service(**{"pulumi.com/waitFor": "jsonpath={.metadata.annotations.cloud\\.google\\.com/neg-status}"}),
        ),
    ),
    Case(
        rule="reference-exists",
        asked=CHECKED,
        accepted=(thing("gcp:compute/healthCheck:HealthCheck", f"projects/{PROJECT}/global/healthChecks/web"),),
    ),
    Case(
        rule="certificate-active",
        operation=Operation.SETTLE,
        asked=CERTIFICATE_MAIN,
        refused=(PROOF[0], ZONE_MAIN),
        accepted=(*PROOF, ZONE_MAIN),
    ),
    Case(
        rule="certificate-active",
        operation=Operation.SETTLE,
        asked=CERTIFICATE_MAIN,
        refused=BELOW,
        accepted=(*BELOW, thing(RECORD, "delegation", name="dev.shop.example.", type="NS", managedZone="shop")),
    ),
)

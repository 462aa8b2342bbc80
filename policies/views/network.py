"""Networks, subnets, firewall rules, the way out, DNS zones."""

from dataclasses import dataclass

from policies.addresses import cover_everything, cover_the_internet
from policies.resource import View


class Network(View):
    """A VPC network."""

    TYPES = ("gcp:compute/network:Network",)

    @property
    def makes_subnets(self) -> bool:
        return self._of.flag("autoCreateSubnetworks", default=True)


@dataclass(frozen=True)
class Opening:
    """What a firewall rule lets through. ports: as written; empty for all."""

    protocol: str
    ports: tuple[str, ...]

    def includes(self, port: int) -> bool:
        """Whether TCP connections to that port pass."""
        if self.protocol not in {"tcp", "all", "6"}:
            return False
        return not self.ports or any(_within(port, written) for written in self.ports)

    @property
    def is_everything(self) -> bool:
        return self.protocol == "all" or not self.ports or "0-65535" in self.ports or "1-65535" in self.ports


def _within(port: int, written: str) -> bool:
    low, _, high = written.partition("-")
    return int(low) <= port <= int(high or low)


class Firewall(View):
    """A firewall rule of a network."""

    TYPES = ("gcp:compute/firewall:Firewall",)

    @property
    def is_ingress(self) -> bool:
        return self._of.text("direction", default="INGRESS") == "INGRESS"

    @property
    def sources(self) -> tuple[str, ...]:
        return self._of.texts("sourceRanges")

    @property
    def is_open_to_the_world(self) -> bool:
        """Without any source a rule takes the whole world."""
        limited = self._of.exists("sourceTags") or self._of.exists("sourceServiceAccounts")
        return self.is_ingress and (cover_the_internet(self.sources) or not (self.sources or limited))

    @property
    def openings(self) -> tuple[Opening, ...]:
        return tuple(Opening(a.text("protocol").lower(), a.texts("ports")) for a in self._of.each("allows"))

    @property
    def denies_everything(self) -> bool:
        """Whether it denies all protocols, to or from all addresses."""
        other_side = self.sources if self.is_ingress else self._of.texts("destinationRanges")
        all_protocols = any(deny.text("protocol").lower() == "all" for deny in self._of.each("denies"))
        return all_protocols and cover_everything(other_side)

    @property
    def is_logged(self) -> bool:
        return self._of.exists("logConfig")

    @property
    def is_on(self) -> bool:
        return not self._of.flag("disabled")


class Subnet(View):
    """A subnet."""

    TYPES = ("gcp:compute/subnetwork:Subnetwork",)

    @property
    def is_for_proxies(self) -> bool:
        return self._of.text("purpose") in {"REGIONAL_MANAGED_PROXY", "GLOBAL_MANAGED_PROXY"}

    @property
    def logs_flows(self) -> bool:
        return self._of.exists("logConfig")

    @property
    def flow_sampling(self) -> float:
        """The share of flows that are logged; half of them where nothing is said."""
        share = self._of.number("logConfig", "flowSampling")
        return 0.5 if share is None else share

    @property
    def reaches_google_privately(self) -> bool:
        return self._of.flag("privateIpGoogleAccess")


class Nat(View):
    """The way out of a network."""

    TYPES = ("gcp:compute/routerNat:RouterNat",)

    @property
    def is_logged(self) -> bool:
        return self._of.flag("logConfig", "enable")

    @property
    def has_fixed_addresses(self) -> bool:
        return self._of.text("natIpAllocateOption") == "MANUAL_ONLY"


class Zone(View):
    """A DNS zone."""

    TYPES = ("gcp:dns/managedZone:ManagedZone",)

    @property
    def is_public(self) -> bool:
        return self._of.text("visibility", default="public") == "public"

    @property
    def signing(self) -> str:
        return self._of.text("dnssecConfig", "state")

    @property
    def algorithms(self) -> tuple[str, ...]:
        return tuple(spec.text("algorithm") for spec in self._of.each("dnssecConfig", "defaultKeySpecs"))

    @property
    def dns_name(self) -> str:
        return self._of.text("dnsName")

    @property
    def is_logged(self) -> bool:
        return self._of.flag("cloudLoggingConfig", "enableLogging")


class Record(View):
    """DNS records of one name and type."""

    TYPES = ("gcp:dns/recordSet:RecordSet",)

    @property
    def type(self) -> str:
        return self._of.text("type")

    @property
    def dns_name(self) -> str:
        return self._of.text("name")

    @property
    def values(self) -> tuple[str, ...]:
        return self._of.texts("rrdatas")


class DnsPolicy(View):
    """How machines of a network resolve names."""

    TYPES = ("gcp:dns/policy:Policy",)

    @property
    def is_logged(self) -> bool:
        return self._of.flag("enableLogging")

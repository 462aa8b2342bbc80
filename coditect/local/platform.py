"""A stack's processes on this machine, in the order in which they need each other."""

import json
import threading
import time
from collections.abc import Callable, Iterable

from coditect.graph.values import JsonObject
from coditect.local.console.one_time import OneTimeTokens
from coditect.local.console.server import console_server
from coditect.local.debugging import FIRST_PORT, is_named, under_debugger
from coditect.local.declared import Deployed, Kind, NotDeclared, Pod
from coditect.local.demonstration import demonstrate
from coditect.local.edge.authority import Authority
from coditect.local.edge.declared import Edge
from coditect.local.edge.endpoints import End
from coditect.local.edge.proxy import EdgeProxy
from coditect.local.edge.routes import CONSOLE
from coditect.local.jobs import Jobs
from coditect.local.lasting import Lasting
from coditect.local.launch import Launch, World, launch
from coditect.local.layout import Layout, read_names, write_private
from coditect.local.pages import Pages
from coditect.local.plain_server import PlainServer
from coditect.local.pod_server import PodServer
from coditect.local.ports import Ports
from coditect.local.process import LOOPBACK, StartError
from coditect.local.secret_values import SecretStore
from coditect.local.stores import KMS, POSTGRES, REDIS, REDIS_TLS, prepare_databases, stores
from coditect.local.third_party_servers import third_party_servers
from coditect.local.unit import Server, State, Unit
from explained import ExplainedError

EDGE = "edge"
DEMONSTRATION = "demonstration"
NEXT = ".next"
"""End of the name of a replica's second place, where its successor starts beside it."""
_WEB = "web"
_MIGRATE = "migrate"
# How long a start waits for the last ones; then it says which they are, and they go on starting.
_STRAGGLERS_S = 30.0
_TAKEN_S = 20.0


class Platform:
    """Everything that runs. said: told one line for each thing a person should know. changed: after every change.

    replicas: of each pod; None for as many as are declared. only: services to start; all if empty.
    debugged: services or pods of ours that run under a debugger.
    """

    def __init__(
        self,
        deployed: Deployed,
        edge: Edge,
        *,
        layout: Layout,
        said: Callable[[str], None],
        changed: Callable[[], None],
        replicas: int | None = 1,
        only: frozenset[str] = frozenset(),
        debugged: frozenset[str] = frozenset(),
    ) -> None:
        _refuse_unknown(only, {pod.service for pod in deployed.pods}, deployed.stack)
        ours = [pod for pod in deployed.pods if pod.is_built_here and pod.kind is Kind.SERVICE]
        _refuse_unknown(
            debugged, {name for pod in ours for name in (pod.service, pod.name)}, f"What {deployed.stack} runs of ours"
        )
        self._only = only
        self._debugged = debugged
        self.deployed = deployed
        self.layout = layout
        self.units: dict[str, Unit] = {}
        self._said = said
        self._changed = changed
        self._replicas = replicas
        self._is_ending = False
        self.people: list[JsonObject] = []
        self.unfinished: dict[str, str] = {}
        """What is no process and failed: a job, the demonstration, the edge's check of a service. With the reason."""
        self.moving = threading.Lock()
        ports = Ports(layout.ports, said=said)
        self._ports = ports
        self._pod_ports: dict[str, dict[str, int]] = {}
        self.places: dict[str, str] = {}
        """Where a replica runs that has changed places: whose directory and ports it has, by its name."""
        self.explaining: dict[str, int] = {}
        """Ports of pages that answer in the place of a replica whose code does not start, by its name."""
        self.store = SecretStore(layout.secrets)
        self.authority = Authority(layout.authority)
        self.stores = stores(
            deployed,
            layout=layout,
            ports=ports,
            store=self.store,
            authority=self.authority,
            min_tls=edge.min_tls,
        )
        self.console_port = ports.of(CONSOLE)
        self.proxy = EdgeProxy(
            edge,
            layout=layout,
            authority=self.authority,
            https_port=ports.of("https", preferred=edge.https_port),
            http_port=ports.of("http", preferred=edge.http_port),
            console_port=self.console_port,
        )
        self.faults = Lasting()
        self.console_tokens = OneTimeTokens()
        self.world = World(
            database_port=self.stores.postgres.port,
            cache_port=self.stores.cache_port,
            kms_port=self.stores.kms_port,
            https_port=self.proxy.https_port,
            console_port=self.console_port,
            hosts=edge.hosts,
        )
        self.jobs = Jobs(layout=layout, store=self.store)
        self.colours = read_names(layout.colours)
        self.looked = Pages()

    def start(self) -> None:
        """Start everything, and return when it serves or has failed; what failed is tried again.

        Raises StartError when something fails that nothing could run without: a store, the edge, a migration.
        """
        self.proxy.write()
        for name, server in self.stores.servers.items():
            self._begin(name, server)
        self._begin(EDGE, self.proxy.server)
        foreign = [self.begin_pod(pod) for pod in self.standing() if not pod.is_built_here]
        others = [self._begin(name, server) for name, server in self._third_parties().items()]
        others.append(self._begin(CONSOLE, self._console()))
        self.units[POSTGRES].wait_ready()
        prepare_databases(self.stores, self.deployed, self.store)
        for name in (REDIS, REDIS_TLS):
            if name in self.units:
                self.units[name].wait_ready()
        self._settle([self.units[KMS]])  # whose answer the license service asks for first
        self.migrate()
        demonstrating = threading.Thread(target=self._demonstrate, name="demonstration", daemon=True)
        demonstrating.start()
        web = [self.begin_pod(pod) for pod in self.standing() if pod.is_built_here and pod.role == _WEB]
        self.units[EDGE].wait_ready()
        self._settle(unit for units in web for unit in units)
        # What nobody waits for comes after what people open.
        rest = [self.begin_pod(pod) for pod in self.standing() if pod.is_built_here and pod.role != _WEB]
        self._settle([*others, *(unit for units in foreign for unit in units)])
        self.send_requests()
        self._settle(unit for units in rest for unit in units)
        demonstrating.join()

    def _settle(self, units: Iterable[Unit]) -> None:
        """Wait until each serves or has failed, but for none longer than for stragglers."""
        deadline = time.monotonic() + _STRAGGLERS_S
        for unit in units:
            unit.is_settled(max(0, deadline - time.monotonic()))

    def send_requests(self) -> None:
        """Tell the edge where every service's pods are, and return when it has found those well that are ready."""
        started = {pod.service for pod in self.standing()}
        services = [name for name in dict.fromkeys(b.service for b in self.proxy.edge.backends) if name in started]
        for service in services:
            self.proxy.send(service, [End(port=port) for port in self.web_ports(service)])
        for service in services:
            if not self._is_ready(service):
                continue
            try:
                for port in self.web_ports(service):
                    self.proxy.wait_taken(service, port, timeout_s=_TAKEN_S)
            except StartError as error:
                self.unfinished[service] = str(error)
                self._said(str(error))

    def forget_what_came_later(self) -> None:
        """Of services that the edge's check refused, forget those that it takes by now."""
        backends = {backend.service for backend in self.proxy.edge.backends}
        for service in [name for name in list(self.unfinished) if name in backends]:
            if all(self.proxy.is_taken(service, port) for port in self.web_ports(service)):
                self.unfinished.pop(service, None)

    def _is_ready(self, service: str) -> bool:
        pod = self.web_pod(service, self.active_colour(service))
        units = [self.units.get(name) for name in self.replicas_of(pod)]
        return all(unit is not None and unit.state is State.READY for unit in units)

    def end(self) -> None:
        """End everything: the edge first, so that nobody is cut; then pods; then what keeps data. Idempotent."""
        self._is_ending = True
        data = [name for name in (KMS, REDIS_TLS, REDIS, POSTGRES) if name in self.units]
        pods = [name for name in self.units if name not in data and name != EDGE]
        for group in ([EDGE] if EDGE in self.units else [], pods, data):
            threads = [threading.Thread(target=self.units[name].end, daemon=True) for name in group]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(30)

    def active_colour(self, service: str) -> str | None:
        """The colour whose pods take a service's requests."""
        declared = {pod.colour for pod in self._web(service) if pod.replicas > 0}
        return self.colours.get(service) or next(iter(declared), None)

    def web_pod(self, service: str, colour: str | None) -> Pod:
        """The pod of that colour. Raises NotDeclared."""
        for pod in self._web(service):
            if pod.colour == colour:
                return pod
        raise NotDeclared(f"{service} has no {colour or 'web'} pods. Name a service that `coditect status` shows.")

    def web_ports(self, service: str) -> list[int]:
        """Local ports of the pods that take a service's requests."""
        return self.ports_of(self.web_pod(service, self.active_colour(service)))

    def ports_of(self, pod: Pod) -> list[int]:
        """Local ports of a pod's replicas."""
        found = (self.explaining.get(name) or self.launched(pod, name).http_port for name in self.replicas_of(pod))
        return [port for port in found if port is not None]

    def replicas_of(self, pod: Pod) -> list[str]:
        """Names of a pod's replicas: the pod's own for the first."""
        count = max(pod.replicas, 1) if self._replicas is None else self._replicas
        if pod.role == "beat":
            count = 1
        return [pod.name if index == 0 else f"{pod.name}-{index}" for index in range(count)]

    def launched(self, pod: Pod, name: str) -> Launch:
        """How to start one replica where it runs now."""
        return self._launched_in(pod, self.places.get(name, name))

    def _launched_in(self, pod: Pod, place: str) -> Launch:
        # Asked for once: a port that its own process holds by now would count as taken.
        known = self._pod_ports.setdefault(place, {})
        for key in pod.ports.keys() - known.keys():
            known[key] = self._ports.of(f"{place}/{key}")
        ports = {key: known[key] for key in pod.ports}
        started = launch(pod, name=place, ports=ports, deployed=self.deployed, world=self.world, layout=self.layout)
        is_replica = place.removesuffix(NEXT) in self.replicas_of(pod)  # and not what runs once beside one
        if is_replica and is_named(pod, self._debugged):
            return under_debugger(started, port=self._debug_port(place))
        return started

    def _debug_port(self, place: str) -> int:
        known = self._pod_ports.setdefault(place, {})
        if "debug" not in known:
            known["debug"] = self._ports.of(f"{place}/debug", first=FIRST_PORT)
        return known["debug"]

    def debuggers(self) -> dict[str, int]:
        """Ports where a debugger attaches, by the replica that it would stop."""
        return {
            name: self._debug_port(self.places.get(name, name))
            for pod in self.standing()
            if is_named(pod, self._debugged)
            for name in self.replicas_of(pod)
        }

    def server(self, pod: Pod, name: str, *, place: str | None = None) -> PodServer:
        """The process of one replica, not started. place: where, if not where it runs now."""
        place = place or self.places.get(name, name)
        if is_named(pod, self._debugged):
            self._said(f"{name}: attach a debugger to {LOOPBACK}:{self._debug_port(place)}")
        return PodServer(name, self._launched_in(pod, place), layout=self.layout, store=self.store, place=place)

    def launches(self) -> dict[str, Launch]:
        """How every replica that always runs is started, by its name."""
        return {name: self.launched(pod, name) for pod in self.standing() for name in self.replicas_of(pod)}

    def port_of(self, name: str) -> int:
        """The port that a listener was given."""
        return self._ports.known(name)

    def forget(self, pod: Pod) -> None:
        """End a pod's replicas and know them no more."""
        for name in self.replicas_of(pod):
            unit = self.units.pop(name, None)
            if unit:
                unit.end()
        self._changed()

    def begin_pod(self, pod: Pod) -> list[Unit]:
        """Start a pod's replicas in the background."""
        units = []
        for name in self.replicas_of(pod):
            self.explaining.pop(name, None)
            server = self.server(pod, name)
            # Whoever stands at a breakpoint answers no probe, and must not be killed for it.
            probe = None if is_named(pod, self._debugged) else pod.liveness
            units.append(
                self._begin(
                    name,
                    server,
                    is_alive=server.is_alive if probe else None,
                    period_s=probe.period_s if probe else 3600,
                    failures=probe.failure_threshold if probe else 1,
                )
            )
        return units

    def _begin(
        self,
        name: str,
        server: Server,
        *,
        is_alive: Callable[[], bool] | None = None,
        period_s: float = 10,
        failures: int = 3,
    ) -> Unit:
        unit = Unit(
            name,
            server,
            said=self._said,
            changed=self._changed,
            is_alive=is_alive,
            period_s=period_s,
            failures=failures,
        )
        if self._is_ending:
            raise StartError(f"{name} was not started: everything is ending.")
        self.units[name] = unit
        unit.begin()
        return unit

    def migrate(self) -> None:
        """Run the declared jobs of ours that have not been run as they are declared now.

        Raises StartError when a migration fails; another job that fails is told of, and the rest runs.
        """
        for pod in self.deployed.pods:
            if pod.kind is not Kind.JOB or not pod.is_built_here:
                continue
            try:
                if self.jobs.run_once(self.launched(pod, pod.name)):
                    self._said(f"{pod.name} is complete")
                self.unfinished.pop(pod.name, None)
            except StartError as error:
                if pod.role == _MIGRATE:
                    raise
                self.unfinished[pod.name] = str(error)
                self._said(str(error))

    def _third_parties(self) -> dict[str, PlainServer]:
        return third_party_servers(
            self.deployed,
            layout=self.layout,
            ports=self._ports,
            store=self.store,
            authority=self.authority.certificate,
            launched=lambda name: self.launched(self.deployed.named(name), name),
        )

    def _console(self) -> PlainServer:
        return console_server(
            layout=self.layout,
            port=self.console_port,
            https_port=self.proxy.https_port,
            stack=self.deployed.stack,
        )

    def _demonstrate(self) -> None:
        try:
            file = self.layout.root / "people.json"
            if file.exists():
                self.people = json.loads(file.read_text())
                return
            pod = next(pod for pod in self.deployed.pods if pod.kind is Kind.SERVICE and pod.is_built_here)
            self.people = demonstrate(
                self.launched(pod, DEMONSTRATION), name=DEMONSTRATION, layout=self.layout, store=self.store
            )
            write_private(file, json.dumps(self.people))
        except (ExplainedError, OSError) as error:
            self.unfinished[DEMONSTRATION] = str(error)
            self._said(str(error))

    def standing(self) -> list[Pod]:
        """Pods that always run: of two colours the one that takes requests."""
        return [
            pod
            for pod in self.deployed.pods
            if pod.kind is Kind.SERVICE
            and (not self._only or pod.service in self._only)
            and (pod.colour is None or pod.colour == self.active_colour(pod.service))
        ]

    def _web(self, service: str) -> list[Pod]:
        return [
            pod
            for pod in self.deployed.pods
            if pod.kind is Kind.SERVICE and pod.service == service and pod.role == _WEB
        ]


def _refuse_unknown(asked: frozenset[str], known: set[str], whose: str) -> None:
    unknown = asked - known
    if unknown:
        raise NotDeclared(
            f"{whose} has no {', '.join(sorted(unknown))}. There are: {', '.join(sorted(known))}."
        ).of_usage()

"""The services: what runs, where, how large, and what it needs.

Requests and limits of the gateway are the specification's (kubernetes/gateway/deployment.yaml). The others are sized
beside them; `coditect plan` prints the sum against what the nodes of a stack can hold, with and without one zone.
"""

from dataclasses import dataclass, field, replace

from infra.catalog.names import Application, Namespace, Need, Origin

DJANGO_METRICS_PORT = 9464


@dataclass(frozen=True, kw_only=True)
class Resources:
    """What one container asks for and may use at most. CPU in thousandths of a core, memory in MiB."""

    cpu_request_m: int
    cpu_limit_m: int
    memory_request_mib: int
    memory_limit_mib: int

    def __post_init__(self) -> None:
        if not 0 < self.cpu_request_m <= self.cpu_limit_m:
            raise ValueError(
                f"CPU request {self.cpu_request_m}m must be above 0 and at most the limit {self.cpu_limit_m}m."
            )
        if not 0 < self.memory_request_mib <= self.memory_limit_mib:
            raise ValueError(
                f"Memory request {self.memory_request_mib} MiB must be above 0 and at most the limit, "
                f"{self.memory_limit_mib} MiB."
            )


@dataclass(frozen=True, kw_only=True)
class Probe:
    """An HTTP check of a container. Times in seconds."""

    path: str
    initial_delay_s: int = 10
    period_s: int = 10
    timeout_s: int = 5
    healthy_threshold: int = 2
    unhealthy_threshold: int = 3


@dataclass(frozen=True, kw_only=True)
class Variable:
    """An environment variable with a constant value. What differs between stacks comes from settings, not from here."""

    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Process:
    """A further process of a service's image: a Celery worker, its beat, or the migration before a roll-out.

    command: the container's whole command; `$(NAME)` stands for an environment variable, as Kubernetes expands it.
    replicas: 0 for a process that runs once (a migration) rather than always.
    environment: in place of the service's own variables of the same names.
    """

    name: str
    command: tuple[str, ...]
    replicas: int
    resources: Resources
    environment: tuple[Variable, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CronTask:
    """A process of a service's image that runs on a schedule (UTC, cron syntax)."""

    name: str
    command: tuple[str, ...]
    schedule: str
    resources: Resources


@dataclass(frozen=True, kw_only=True)
class Service:
    """A service that the load balancer may send requests to.

    port: what the container and its Service both listen on. A pod sysctl opens ports under 1024.
    secrets: names of catalogue secrets that this service reads as files, at /var/run/secrets/coditect/<name>.
    database: name of its PostgreSQL database; services of one application share one.
    replicas / max_replicas: the floor and ceiling of its horizontal pod autoscaler.
    calls: services it opens connections to inside the cluster.
    static_paths: path patterns whose replies Cloud CDN may keep.
    timeout_s: how long the load balancer waits for a reply, and keeps a websocket open.
    """

    name: str
    application: Application
    namespace: Namespace
    origin: Origin
    image: str
    port: int
    readiness: Probe
    liveness: Probe
    replicas: int
    max_replicas: int
    resources: Resources
    command: tuple[str, ...] = ()
    environment: tuple[Variable, ...] = ()
    secrets: tuple[str, ...] = ()
    needs: frozenset[Need] = frozenset()
    database: str | None = None
    calls: tuple[str, ...] = ()
    processes: tuple[Process, ...] = ()
    migration: Process | None = None
    cron_tasks: tuple[CronTask, ...] = ()
    metrics_port: int | None = None
    static_paths: tuple[str, ...] = ()
    timeout_s: int = 30
    stateful: bool = False
    description: str = field(default="")

    @property
    def balancer_check(self) -> Probe:
        """What the load balancer asks a pod, as often as Kubernetes asks whether it is ready: does it answer at all?

        The specification's health checks ask `/health` (`/api/health` of the site's pages), never `/ready`: that one
        asks database and Redis, which all pods share. One fail-over of Redis would take every pod of every service out
        at once, and a page that needs no Redis would be gone as well.
        """
        return replace(self.readiness, path=self.liveness.path)


def _granian(module: str, *, workers: int = 1, threads: int = 8) -> tuple[str, ...]:
    # Why this server, and what is measured of it: docs/adr/0010-license-hot-path.md. One worker uses up the one CPU
    # that a pod has at most; a second costs its memory again, and goes on serving while the first one computes.
    return (
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "0.0.0.0",  # noqa: S104 - a container listens on its pod's address; network policy decides who reaches it
        "--port",
        "$(PORT)",
        "--workers",
        str(workers),
        "--blocking-threads",
        str(threads),
        "--no-ws",
        f"{module}:application",
    )


_SMALL = Resources(cpu_request_m=50, cpu_limit_m=250, memory_request_mib=128, memory_limit_mib=256)
_WORKER = Resources(cpu_request_m=100, cpu_limit_m=500, memory_request_mib=256, memory_limit_mib=512)
_STATIC_SITE = Resources(cpu_request_m=50, cpu_limit_m=500, memory_request_mib=64, memory_limit_mib=256)
_DJANGO_FRONTEND = Resources(cpu_request_m=200, cpu_limit_m=1000, memory_request_mib=512, memory_limit_mib=2048)
_DJANGO_BACKEND = Resources(cpu_request_m=250, cpu_limit_m=1000, memory_request_mib=512, memory_limit_mib=2048)


def _celery(project: str) -> tuple[Process, ...]:
    return (
        Process(
            name="worker",
            command=("celery", "--app", f"apps.{project}.celery", "worker", "--loglevel", "info", "--concurrency", "2"),
            replicas=2,
            resources=_WORKER,
        ),
        # Two schedulers would run each task twice: beat is always one pod.
        Process(
            name="beat",
            command=("celery", "--app", f"apps.{project}.celery", "beat", "--loglevel", "info"),
            replicas=1,
            resources=_SMALL,
        ),
    )


def _migration(project: str) -> Process:
    return Process(
        name="migrate",
        command=("python", "-m", f"apps.{project}", "migrate", "--no-input"),
        # Settings of its own, which ask for the database and for no other secret.
        environment=(Variable(name="DJANGO_SETTINGS_MODULE", value=f"apps.{project}.settings.migration"),),
        replicas=0,
        resources=_WORKER,
    )


SERVICES: tuple[Service, ...] = (
    Service(
        name="gateway-frontend",
        application=Application.GATEWAY,
        namespace=Namespace.GATEWAY,
        origin=Origin.OURS,
        image="gateway-frontend",
        port=3000,
        readiness=Probe(path="/api/health"),
        liveness=Probe(path="/api/health"),
        replicas=3,
        max_replicas=10,
        resources=_DJANGO_FRONTEND,
        command=_granian("apps.gateway.wsgi"),
        environment=(Variable(name="DJANGO_SETTINGS_MODULE", value="apps.gateway.settings.frontend"),),
        secrets=("django-secret-key", "redis-auth", "redis-ca", "jwt-keys"),
        needs=frozenset({Need.DATABASE, Need.CACHE, Need.SIGN_IN}),
        database="coditect",
        metrics_port=DJANGO_METRICS_PORT,
        static_paths=("/static/*",),
        description="The site coditect.com: pages rendered on the server",
    ),
    Service(
        name="gateway-backend",
        application=Application.GATEWAY,
        namespace=Namespace.GATEWAY,
        origin=Origin.OURS,
        image="gateway-backend",
        port=8000,
        readiness=Probe(path="/ready"),
        liveness=Probe(path="/health"),
        replicas=3,
        max_replicas=10,
        resources=_DJANGO_BACKEND,
        command=_granian("apps.gateway.wsgi", workers=2),
        environment=(Variable(name="DJANGO_SETTINGS_MODULE", value="apps.gateway.settings.backend"),),
        secrets=(
            "django-secret-key",
            "redis-auth",
            "redis-ca",
            "jwt-keys",
            "stripe-secret-key",
            "stripe-webhook-secret",
            "sendgrid-api-key",
            "zendesk-api-token",
        ),
        needs=frozenset({Need.DATABASE, Need.CACHE, Need.SIGN_IN, Need.STRIPE, Need.SENDGRID, Need.ZENDESK}),
        database="coditect",
        processes=_celery("gateway"),
        migration=_migration("gateway"),
        metrics_port=DJANGO_METRICS_PORT,
        description="Accounts, sign-in, payments, support and downloads of coditect.com",
    ),
    Service(
        name="license-frontend",
        application=Application.DASHBOARD,
        namespace=Namespace.LICENSE,
        origin=Origin.OURS,
        image="license-frontend",
        port=80,
        readiness=Probe(path="/health"),
        liveness=Probe(path="/health"),
        replicas=3,
        max_replicas=10,
        resources=_DJANGO_FRONTEND,
        command=_granian("apps.license_api.wsgi"),
        environment=(Variable(name="DJANGO_SETTINGS_MODULE", value="apps.license_api.settings.frontend"),),
        secrets=("django-secret-key", "redis-auth", "redis-ca", "jwt-keys"),
        needs=frozenset({Need.DATABASE, Need.CACHE, Need.SIGN_IN}),
        database="coditect",
        metrics_port=DJANGO_METRICS_PORT,
        static_paths=("/static/*",),
        description="The customers' license dashboard: pages rendered on the server",
    ),
    Service(
        name="license-backend",
        application=Application.LICENSE_API,
        namespace=Namespace.LICENSE,
        origin=Origin.OURS,
        image="license-backend",
        port=8000,
        readiness=Probe(path="/ready"),
        liveness=Probe(path="/health"),
        replicas=3,
        max_replicas=12,
        resources=_DJANGO_BACKEND,
        command=_granian("apps.license_api.wsgi", workers=2, threads=32),
        environment=(Variable(name="DJANGO_SETTINGS_MODULE", value="apps.license_api.settings.backend"),),
        secrets=("django-secret-key", "redis-auth", "redis-ca", "jwt-keys"),
        needs=frozenset({Need.DATABASE, Need.CACHE, Need.SIGNING_KEY}),
        database="coditect",
        processes=_celery("license_api"),
        migration=_migration("license_api"),
        metrics_port=DJANGO_METRICS_PORT,
        description="Seats, leases and the staff admin",
    ),
    Service(
        name="ide-frontend",
        application=Application.IDE,
        namespace=Namespace.IDE,
        origin=Origin.CHART,
        image="ide-frontend",
        port=80,
        readiness=Probe(path="/"),
        liveness=Probe(path="/"),
        replicas=3,
        max_replicas=6,
        resources=_STATIC_SITE,
        static_paths=("/assets/*", "/static/*"),
        description="Shell of the Cloud IDE (existing image)",
    ),
    Service(
        name="ide-theia",
        application=Application.IDE,
        namespace=Namespace.IDE,
        origin=Origin.CHART,
        image="ide-theia",
        port=3000,
        readiness=Probe(path="/", initial_delay_s=20),
        liveness=Probe(path="/", initial_delay_s=60, period_s=20),
        replicas=3,
        max_replicas=3,
        resources=Resources(cpu_request_m=250, cpu_limit_m=1500, memory_request_mib=1024, memory_limit_mib=2048),
        calls=("ide-backend",),
        timeout_s=3600,
        stateful=True,
        description="Eclipse Theia; keeps websockets open for a working session (existing image)",
    ),
    Service(
        name="ide-backend",
        application=Application.IDE,
        namespace=Namespace.IDE,
        origin=Origin.CHART,
        image="ide-backend",
        port=8001,
        readiness=Probe(path="/health"),
        liveness=Probe(path="/health"),
        replicas=3,
        max_replicas=9,
        resources=Resources(cpu_request_m=100, cpu_limit_m=1000, memory_request_mib=256, memory_limit_mib=1024),
        calls=("license-backend",),
        secrets=("ide-jwt-keys",),
        timeout_s=3600,
        description="Rust back end of the Cloud IDE, on FoundationDB (existing image)",
    ),
    Service(
        name="agentflow-frontend",
        application=Application.AGENTFLOW,
        namespace=Namespace.AGENTFLOW,
        origin=Origin.CHART,
        image="agentflow-frontend",
        port=80,
        readiness=Probe(path="/"),
        liveness=Probe(path="/"),
        replicas=2,
        max_replicas=4,
        resources=_STATIC_SITE,
        static_paths=("/assets/*", "/static/*"),
        description="Pages of AgentFlow (existing image)",
    ),
    Service(
        name="agentflow-backend",
        application=Application.AGENTFLOW,
        namespace=Namespace.AGENTFLOW,
        origin=Origin.CHART,
        image="agentflow-backend",
        port=8000,
        readiness=Probe(path="/health"),
        liveness=Probe(path="/health"),
        replicas=2,
        max_replicas=6,
        resources=Resources(cpu_request_m=200, cpu_limit_m=1000, memory_request_mib=512, memory_limit_mib=1024),
        calls=("license-backend",),
        secrets=("agentflow-jwt-keys", "redis-auth", "redis-ca"),
        needs=frozenset({Need.DATABASE, Need.CACHE}),
        database="agentflow",
        timeout_s=300,
        description="FastAPI back end of AgentFlow (existing image)",
    ),
)

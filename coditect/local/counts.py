"""Numbers that an operator looks at first: seats that are held, and tasks that wait."""

import psycopg
from redis.exceptions import RedisError

from coditect.graph.values import JsonObject
from coditect.local.platform import Platform
from coditect.local.redis import RedisServer
from coditect.local.stores import REDIS

# Whoever stands still must not make `status` stand still.
_TIMEOUT_S = 2.0
_SEATS = "SELECT count(*) FROM active_sessions WHERE released_at IS NULL"


def counts(platform: Platform) -> JsonObject:
    """Names and numbers; what cannot be asked now is left out."""
    found: JsonObject = {}
    database = applications_database(platform)
    if database:
        try:
            with psycopg.connect(platform.stores.postgres.connection_string(database), autocommit=True) as connection:
                row = connection.execute(_SEATS).fetchone()
                found["seats held"] = int(row[0]) if row else 0
        except (psycopg.Error, OSError):  # OSError: its password is not written yet
            pass
    redis = platform.stores.servers.get(REDIS)
    if isinstance(redis, RedisServer):
        try:
            client = redis.client(timeout_s=_TIMEOUT_S)
            for queue in _queues(platform):
                found[f"tasks waiting, {queue}"] = _length(client.llen(f"celery:{queue}:{queue}"))
            client.close()
        except RedisError:
            pass
    return found


def applications_database(platform: Platform) -> str | None:
    """The database that the applications of this repository share."""
    named = (pod.environment.get("DATABASE_NAME") for pod in platform.deployed.pods)
    return next((name for name in named if name), None)


def _queues(platform: Platform) -> list[str]:
    """Each Celery application's queue, named as its project: `apps.NAME.celery` in the declared command."""
    names = [
        part.split(".")[1]
        for pod in platform.deployed.pods
        if pod.role == "worker"
        for part in pod.command
        if part.startswith("apps.")
    ]
    return list(dict.fromkeys(names))


def _length(answer: object) -> int:
    return answer if isinstance(answer, int) else 0

"""The sweeper without a pause, until SIGTERM: `python -m tests.faults.sweeper`."""

import logging

import django


def main() -> None:
    django.setup()
    from apps.domain.licensing.sweeping import sweep
    from apps.domain.operations.database import DatabaseUnavailableError
    from apps.domain.operations.redis import CacheUnavailableError, redis_link

    while True:
        try:
            sweep(redis_link())
        except (CacheUnavailableError, DatabaseUnavailableError):
            # Celery would tell it and sweep again a minute later.
            logging.getLogger(__name__).warning("A round was given up", exc_info=True)


if __name__ == "__main__":
    main()

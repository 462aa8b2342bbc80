"""The sweeper without a pause, until SIGTERM: `python -m tests.faults.sweeper`."""

import django


def main() -> None:
    django.setup()
    from apps.domain.licensing.sweeping import sweep
    from apps.domain.operations.redis import redis_link

    while True:
        sweep(redis_link())


if __name__ == "__main__":
    main()

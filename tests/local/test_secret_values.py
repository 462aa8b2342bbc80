"""Values of secrets are made once, whoever asks first."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from coditect.local.secret_values import SecretStore


def test_all_who_ask_for_a_secret_at_the_same_moment_get_the_same_value(tmp_path: Path) -> None:
    store, at_once = SecretStore(tmp_path), 8
    barrier = Barrier(at_once)

    def ask(secret: str) -> str:
        barrier.wait()
        return store.value(secret)

    with ThreadPoolExecutor(at_once) as threads:
        for number in range(50):
            values = set(threads.map(ask, [f"secret-{number}"] * at_once))
            assert values == {(tmp_path / f"secret-{number}").read_text()}

"""The commands that look into a running platform, as a stranger uses them."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from coditect.graph.values import items, text
from coditect.local.through_edge import get
from explained.exits import Exit
from tests.local.platform import RunningPlatform
from tests.missing import missing
from tools.browser import installed


def test_every_advertised_address_answers(platform: RunningPlatform) -> None:
    told = platform.status()
    addresses = [text(row, "address") for row in items(told, "addresses")]
    assert len(addresses) > 8
    statuses = {address: get(address, authority=platform.authority, timeout_s=10).status for address in addresses}
    assert {address: status for address, status in statuses.items() if not 200 <= status < 400} == {}
    prefixes = [text(row, "address") for row in items(told, "prefixes")]
    assert all(get(address, authority=platform.authority, timeout_s=10).status == 404 for address in prefixes)


def test_the_table_after_the_start_shows_pages_and_ends_with_what_to_do(platform: RunningPlatform) -> None:
    printed = platform.log.read_text()
    assert "  https://api.coditect.ai.localhost" in printed
    table = printed[printed.index("\ngateway\n") :]
    assert "/health" not in table
    assert "Cloud Armor" not in table
    # What the platform says later, of other tests' faults, comes below its last line.
    after = table[table.index("Sign in") : table.index("Ready after")].splitlines()
    assert [line.partition(" ")[0] for line in after[:2]] == ["Sign", "Password"]
    assert len(after) <= 5


def test_status_says_only_to_those_who_ask_what_is_not_done_here(platform: RunningPlatform) -> None:
    short, whole = platform.run("status"), platform.run("status", "--all")
    assert (short.returncode, whole.returncode) == (0, 0)
    assert "Cloud Armor" not in short.stdout
    assert "coditect status --all" in short.stdout
    assert "Cloud Armor" in whole.stdout
    assert json.loads(platform.run("status", "--json").stdout)["not_done_here"]


def test_logs_of_all_processes_are_one_in_order_of_time(platform: RunningPlatform) -> None:
    printed = platform.run("logs", "--json", "--since", "1d")
    entries = [json.loads(line) for line in printed.stdout.splitlines()]
    assert printed.returncode == 0, printed.stderr
    times = [entry["time"] for entry in entries if entry["time"]]
    assert times == sorted(times)
    assert {"postgres", "edge", "license-backend-worker"} <= {entry["process"] for entry in entries}
    assert all({"process", "time", "level", "message"} <= entry.keys() for entry in entries)
    assert "debug" not in {entry["level"] for entry in entries}
    everything = platform.run("logs", "--json", "--all").stdout.splitlines()
    assert "debug" in {json.loads(line)["level"] for line in everything}


def test_an_unknown_log_is_answered_with_the_names_that_status_has(platform: RunningPlatform) -> None:
    refused = platform.run("logs", "license-backnd")
    assert refused.returncode == Exit.USAGE
    assert "Did you mean license-backend" in refused.stderr
    assert all(name in refused.stderr for name in platform.processes())


@pytest.mark.parametrize(
    ("arguments", "answer"),
    [
        (("psql", "--", "-Atc", "select current_database(), current_user"), "coditect|postgres"),
        (("psql", "agentflow", "--", "-Atc", "select current_database()"), "agentflow"),
        (("redis-cli", "--", "PING"), "PONG"),
    ],
)
def test_a_store_answers_in_its_own_client(platform: RunningPlatform, arguments: tuple[str, ...], answer: str) -> None:
    done = platform.run(*arguments)
    assert (done.returncode, done.stdout.strip()) == (0, answer), done.stderr


def test_no_client_has_the_password_on_its_command_line(platform: RunningPlatform) -> None:
    if not Path("/proc/self/cmdline").exists():
        missing("Only Linux shows a process its command line as a file.", remedy="Run this test there.")
    password = (platform.state / "postgres" / "superuser-password").read_text()
    done = platform.run("psql", "--", "-Atc", "\\! cat /proc/$PPID/cmdline | tr '\\0' ' '")
    assert "psql" in done.stdout
    assert password not in done.stdout


def test_an_unknown_database_is_answered_with_those_there_are(platform: RunningPlatform) -> None:
    refused = platform.run("psql", "agentflw")
    assert refused.returncode == Exit.USAGE
    assert "Did you mean agentflow?" in refused.stderr
    assert "coditect" in refused.stderr


def test_metrics_are_what_a_collector_reads_and_only_those_that_have_them_are_asked(platform: RunningPlatform) -> None:
    printed = platform.run("metrics")
    families = {family.name: family for family in text_string_to_metric_families(printed.stdout)}
    assert families["http_requests"].type == "counter"
    assert families["http_requests"].documentation
    processes = {sample.labels["process"] for sample in families["http_requests"].samples}
    assert {"gateway-frontend", "gateway-backend", "license-backend"} <= {name.rpartition("-")[0] for name in processes}
    refused = platform.run("metrics", "redis")
    assert refused.returncode == Exit.USAGE
    assert "license-backend" in refused.stderr


def test_top_names_services_as_everything_else_does(platform: RunningPlatform) -> None:
    platform.ask("coditect.com.localhost", "/")
    seen = json.loads(platform.run("top", "--json", "--once").stdout)
    served = {text(row, "service") for row in items(platform.status(), "addresses")}
    assert served <= {row["service"] for row in seen["services"]}
    assert not any(row["service"].startswith("coditect-") for row in seen["services"])
    assert {row["state"] for row in seen["services"] if row["service"] in served} == {"ready"}
    assert "seats held" in seen["counts"]


def test_a_killed_process_is_watched_until_it_is_ready_again(platform: RunningPlatform) -> None:
    before = platform.processes()
    done = platform.run("chaos", "kill", "license-frontend", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["is_as_before"] is True
    assert found["restarts"] >= 1
    assert before[found["process"]] != platform.processes()[found["process"]]
    assert platform.states() == {"ready"}


def test_a_fault_tells_what_failed_meanwhile_and_when_it_was_over(platform: RunningPlatform) -> None:
    done = platform.run("chaos", "partition", "ide-frontend", "--seconds", "3")
    assert done.returncode == 0, done.stderr
    assert "ide-frontend: could not be reached for 3 s; as before after" in done.stdout
    assert "requests failed" in done.stdout
    assert " 0 of" not in done.stdout


def test_a_job_tells_its_log_and_how_long_it_took(platform: RunningPlatform) -> None:
    done = platform.run("run-job", "license-backend-migrate", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "No migrations to apply" in found["log"]
    assert found["seconds"] > 0


def test_a_job_that_is_not_there_or_is_one_of_several_is_answered_with_what_may_be_meant(
    platform: RunningPlatform,
) -> None:
    done = platform.run("run-job", "foundationdb-bakup")
    assert done.returncode == Exit.USAGE
    assert "There is no job 'foundationdb-bakup'. Did you mean foundationdb-backup? There are: " in done.stderr
    done = platform.run("run-job", "foundationdb-")
    assert done.returncode == Exit.USAGE
    assert "'foundationdb-' may be foundationdb-" in done.stderr
    assert "Write more of the name." in done.stderr


def _opened(platform: RunningPlatform, home: Path, *, path: str) -> subprocess.CompletedProcess[str]:
    """`coditect open` where programs are found on that path."""
    return subprocess.run(
        [sys.executable, "-m", "coditect", "open", "--state", str(platform.state)],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": path, "HOME": str(home)},
    )


def test_where_no_window_comes_the_addresses_are_told(platform: RunningPlatform, tmp_path: Path) -> None:
    chromium = tmp_path / "chromium"
    chromium.write_text("#!/bin/sh\necho '[1:1:ERROR:x.cc(1)] Missing X server or $DISPLAY' >&2\nexit 1\n")
    chromium.chmod(0o755)
    done = _opened(platform, tmp_path, path=str(tmp_path))
    assert done.returncode == Exit.COULD_NOT_RUN
    assert "Missing X server or $DISPLAY" in done.stderr
    assert str(platform.authority) in done.stderr
    assert done.stdout.startswith("https://")


def test_a_browser_gets_in_without_a_token_that_every_user_of_the_machine_could_read(
    platform: RunningPlatform, tmp_path: Path
) -> None:
    """A real Chromium, told by `open` as every browser is; only that it shows no window is added."""
    real = installed()
    told, page = tmp_path / "told", tmp_path / "page.html"
    chromium = tmp_path / "chromium"
    shown = (
        "--headless --no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
        "--virtual-time-budget=8000 --dump-dom"
    )
    chromium.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {told}\nexec {real} {shown} "$@" > {page}\n')
    chromium.chmod(0o755)
    opened = _opened(platform, tmp_path, path=f"{tmp_path}:{os.environ['PATH']}")
    assert opened.returncode == 0, opened.stderr
    assert "token" not in told.read_text()
    entrance = platform.state / "browser" / "enter.html"
    assert "token" in entrance.read_text()
    assert entrance.stat().st_mode & 0o077 == 0
    deadline = time.monotonic() + 30
    while "Sign out" not in page.read_text():
        assert time.monotonic() < deadline, page.read_text()[:2000]
        time.sleep(0.2)

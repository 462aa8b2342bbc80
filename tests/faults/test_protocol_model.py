"""The protocol of seats against a model of it: see protocol_model.py."""

import os
import re
import subprocess
import sys

from tests.faults.cast import customer
from tests.faults.protocol_plan import ModelPlan
from tests.faults.service import ROOT, Ground

STEPS = 10_000


def test_no_order_of_steps_deaths_and_losses_breaks_the_protocol(ground: Ground) -> None:
    acme = customer(seats=1, users=3)
    ground.seed([acme])
    plan = ModelPlan(
        superuser=ground.superuser_connection(),
        steps=STEPS,
        users=tuple(member.id for member in acme.users),
        is_shrunk="FAULTS_DO_NOT_SHRINK" not in os.environ,
    )
    path = ground.state_dir / "model.json"
    path.touch(mode=0o600)
    path.write_text(plan.model_dump_json())
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.protocol_model", str(path)],
        cwd=ROOT,
        env={**ground.environment(), "FAULTS_SEAT_TTL_S": "3600"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-6000:]}"
    tried = {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", done.stdout)}
    assert tried["steps"] >= STEPS
    # A model that never gets anywhere would prove nothing.
    assert min(tried.values()) > 20, tried

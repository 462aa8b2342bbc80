"""People to sign in as: made by the applications themselves, with one random password for this machine."""

import json
import subprocess
import sys
from pathlib import Path

from coditect.graph.values import JsonObject, text
from coditect.local.causes import ending, likely_cause
from coditect.local.launch import Launch, place_files
from coditect.local.layout import Layout
from coditect.local.process import StartError
from coditect.local.secret_values import SecretStore

_PASSWORD = "demonstration-password"  # noqa: S105 - the name of the file that holds it
_LIMIT_S = 60.0


def demonstrate(launched: Launch, *, name: str, layout: Layout, store: SecretStore) -> list[JsonObject]:
    """Create the demonstration's customers if they are not there. Returns `email` and `is` of each person.

    launched: a pod of the applications, beside which it runs. Raises StartError.
    """
    place_files(launched.pod, name=name, layout=layout, store=store)
    store.value(_PASSWORD)
    module = launched.environment["DJANGO_SETTINGS_MODULE"].partition(".settings")[0]
    command = [sys.executable, "-m", module, "demonstration"]
    command += ["--password-file", str(password_file(layout))]
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command
            command,
            env=dict(launched.environment),
            cwd=launched.directory,
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StartError(f"The demonstration's people were not made within {_LIMIT_S:.0f} s.") from None
    if done.returncode != 0:
        cause = likely_cause(done.stderr) or ending(done.returncode)
        raise StartError(f"The demonstration's people could not be made: {cause}.\n{done.stderr[-2000:]}")
    people = json.loads(done.stdout.splitlines()[-1])
    return [{"email": text(person, "email"), "is": text(person, "is")} for person in people]


def password_file(layout: Layout) -> Path:
    """Where everyone's password stands."""
    return layout.secrets / _PASSWORD

"""`coditect rehearse`."""

import gc
import tempfile
from pathlib import Path

from coditect.console import out, working
from coditect.graph import sdk

_FINDINGS = 1


def run(stack: str, *, seed: int, as_json: bool) -> int:
    """Plays the acts of a stack and prints them. Returns the exit code: 1 where Google would refuse something."""
    # The process ends soon: looking for garbage among the graph's objects would only cost time.
    gc.disable()
    sdk.load_lazily()
    from coditect.rehearsal.acts import rehearse
    from coditect.rehearsal.stage import Act
    from coditect.rehearsal.text import conclude, show

    acts: list[Act] = []
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as directory, working(f"Rehearsing {stack}") as progress:
        for act in rehearse(stack, seed, Path(directory), progress):
            acts.append(act)
            if not as_json:
                show(act, out)
    if as_json:
        from coditect.rehearsal.document import document

        out.print(document(stack, seed, acts).model_dump_json(indent=2), soft_wrap=True, markup=False)
    else:
        conclude(stack, seed, acts, out)
    return _FINDINGS if any(act.refusals for act in acts) else 0

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
    from coditect.rehearsal.text import show

    acts: list[Act] = []
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as directory:
        with working(f"Rehearsing {stack}") as progress:
            for act in rehearse(stack, seed, Path(directory), progress):
                acts.append(act)
                if not as_json:
                    show(act, out)
    if as_json:
        from coditect.rehearsal.document import document

        out.print(document(stack, seed, acts).model_dump_json(indent=2), soft_wrap=True, markup=False)
    else:
        _conclude(stack, seed, acts)
    return _FINDINGS if any(act.refusals for act in acts) else 0


def _conclude(stack: str, seed: int, acts: list) -> None:  # type: ignore[type-arg]
    from coditect.rehearsal.rules import ALL

    refused = sum(len(act.refusals) for act in acts)
    out.print(
        f"\n{stack}, order {seed}: {refused} refusals in {len(acts)} acts, by {len(ALL)} rules of Google's.",
        style="bold red" if refused else "bold green",
    )

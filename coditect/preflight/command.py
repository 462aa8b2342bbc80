"""`coditect preflight`."""

import gc

from coditect.console import out, working
from coditect.graph import configuration, sdk
from coditect.preflight.errors import PreflightError
from coditect.preflight.model import Stage, State
from infra import releases, settings
from infra.settings import Settings, StackName

_FINDINGS = 1


def run(stack: str, *, as_json: bool, stage: Stage | None) -> int:
    """Prints what must stand before a stack is deployed. Returns the exit code: 1 where something is missing here.

    stage: only what must stand before it; everything where None. Raises PreflightError for `local`.
    """
    own = _settings_of(stack)
    if own.stack is StackName.LOCAL:
        raise PreflightError("local is never deployed: `coditect up` runs it. Name dev, staging, prod or dr.")
    gc.disable()
    sdk.load_lazily()
    from coditect.graph.capture import capture
    from coditect.preflight.prerequisites import prerequisites
    from coditect.preflight.quotas import needs

    with working(f"Running the programs of {own.google.project}") as progress:
        graphs = {name: capture(name, progress=progress, previews=False) for name in sharing(own)}
        found = prerequisites(own, graph=graphs[stack], releases=releases.load(stack), needs=needs(graphs.values()))
    found = tuple(one for one in found if stage is None or one.stage is stage)
    if as_json:
        from coditect.preflight.document import document

        out.print(document(stack, found).model_dump_json(indent=2), soft_wrap=True, markup=False)
    else:
        from coditect.preflight.text import show

        show(stack, found, out)
    return _FINDINGS if any(one.state is State.MISSING for one in found) else 0


def sharing(own: Settings) -> tuple[str, ...]:
    """Names of all stacks in the same project: they share its quotas."""
    return tuple(
        name for name in configuration.stack_names() if _settings_of(name).google.project == own.google.project
    )


def _settings_of(stack: str) -> Settings:
    return settings.load(stack, configuration.read(stack, project=configuration.project_name()).values)

"""`coditect new service`."""

from pathlib import Path

from coditect.console import out
from coditect.graph.configuration import ROOT
from coditect.scaffold.rendering import files_of
from coditect.scaffold.service import NewService, require_free
from coditect.scaffold.writing import write_all


def new_service(name: str, *, host: str | None, description: str | None, root: Path = ROOT) -> int:
    """Writes a service and says what it wrote. Returns the exit code. Raises ScaffoldError, and then wrote nothing."""
    service = NewService(
        name=name,
        label=host or name,
        description=description or name.replace("-", " ").capitalize(),
    )
    require_free(service, root)
    files = files_of(service, root)
    write_all(files)
    _say(service, [path.relative_to(root) for path in files])
    return 0


def _say(service: NewService, written: list[Path]) -> None:
    stacks = ",".join(path.stem for path in written if path.parent == Path("stacks/releases"))
    rows = (
        ("infra/catalog/services.py", "its entry: image, port, size, probes, secrets"),
        ("infra/catalog/routes.py", f"the host {service.label}, and the row that leads there"),
        (f"stacks/releases/{{{stacks}}}.yaml", "a placeholder digest, which no registry has"),
        (f"apps/{service.module}/", "a Django project: a page, health, readiness, and their test"),
    )
    next_steps = (
        ("coditect plan dev", "what comes with it"),
        ("make up", f"run it: the host {service.label} is in the table of addresses"),
        ("make accept", "accept inventories and pages that are made from code; commit them"),
        (f"coditect release dev {service.name} sha256:...", "once its image is published"),
    )
    out.print(f"Wrote the service {service.name}.", markup=False)
    for title, lines in (("", rows), ("Next", next_steps)):
        if title:
            out.print(title, style="bold")
        widest = max(len(first) for first, _ in lines)
        for first, second in lines:
            out.print(f"  {first.ljust(widest)}  {second}", markup=False, soft_wrap=True)

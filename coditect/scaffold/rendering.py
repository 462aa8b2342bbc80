"""Everything a new service consists of, as files: catalogue, releases, and its Django project."""

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from coditect.release import unreleased, with_digest
from coditect.scaffold.service import NewService
from coditect.scaffold.source import appended

_SERVICES = "infra/catalog/services.py"
_ROUTES = "infra/catalog/routes.py"
_ENVIRONMENT = Environment(
    loader=PackageLoader("coditect.scaffold"),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    # The pages are Django's own templates: its brackets must come through.
    variable_start_string="[[",
    variable_end_string="]]",
    autoescape=False,  # noqa: S701 - writes Python; a new service's words hold nothing that HTML would read
)


def files_of(service: NewService, root: Path) -> Mapping[Path, str]:
    """Content of every file that is new or changes, by its path. Raises ScaffoldError, ReleaseError."""
    services, routes = (root / _SERVICES).read_text(), (root / _ROUTES).read_text()
    files = {
        root / _SERVICES: appended(services, "SERVICES", _rendered("entry.py.j2", service), path=_SERVICES),
        root / _ROUTES: appended(
            appended(routes, "HOSTS", _rendered("host.py.j2", service), path=_ROUTES),
            "ROUTES",
            _rendered("route.py.j2", service),
            path=_ROUTES,
        ),
    }
    for path in sorted((root / "stacks" / "releases").glob("*.yaml")):
        content, _ = with_digest(
            path.read_text(), stack=path.stem, name=service.name, digest=unreleased(service.name), activate=True
        )
        files[path] = content
    for template in _ENVIRONMENT.list_templates(filter_func=lambda name: name.startswith("application/")):
        relative = template.removeprefix("application/").removesuffix(".j2").replace("MODULE", service.module)
        files[root / "apps" / service.module / relative] = _rendered(template, service)
    return files


def _rendered(template: str, service: NewService) -> str:
    return _ENVIRONMENT.get_template(template).render(service=service)

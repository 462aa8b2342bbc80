"""What every page of the console has at hand, and how a page becomes an answer."""

import json
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from coditect.local.console import formatting
from coditect.local.console.acting import Actions
from coditect.local.console.edge_log import EdgeLog
from coditect.local.console.live_picture import LivePicture
from coditect.local.console.masking import Masking, Typed
from coditect.local.console.signing_in import COOKIE, Signatures
from coditect.local.console.supervised import Supervised
from coditect.local.console.traces import TraceStore
from coditect.local.layout import Layout

_HERE = Path(__file__).parent

SECTIONS = (
    ("/", "Overview"),
    ("/processes", "Processes"),
    ("/requests", "Requests"),
    ("/api", "API"),
    ("/seats", "Seats"),
    ("/mails", "Mails"),
    ("/webhooks", "Webhooks"),
    ("/jobs", "Jobs"),
    ("/actions", "Actions"),
)


@dataclass(frozen=True, kw_only=True)
class Site:
    """host: the only one that pages answer to, with its port."""

    host: str
    layout: Layout
    supervised: Supervised
    signatures: Signatures
    masking: Masking
    edge_log: EdgeLog
    traces: TraceStore
    picture: LivePicture
    actions: Actions
    templates: Environment

    def page(self, request: web.Request, template: str, *, status: int = 200, **shown: object) -> web.Response:
        """Render a page. `section` of what is shown is the part of the navigation it belongs to."""
        self.masking.refresh()
        content = self.templates.get_template(template).render(
            sections=SECTIONS,
            section=shown.pop("section", ""),
            form_token=self.signatures.form_token(request.cookies.get(COOKIE, "")),
            here=request.path_qs,
            authority=str(self.layout.authority / "ca.pem"),
            **shown,
        )
        return web.Response(text=content, content_type="text/html", status=status)


def templates(masking: Masking) -> Environment:
    """The templates: everything put into them is masked and escaped, and a name they lack is an error."""
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        finalize=masking.shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "duration": formatting.duration,
        "rate": formatting.rate,
        "size": formatting.size,
        "instant": formatting.instant,
        "typed": Typed,
        "prose": formatting.prose,
        "pretty": lambda value: json.dumps(value, indent=2, ensure_ascii=False),
    }
    return environment

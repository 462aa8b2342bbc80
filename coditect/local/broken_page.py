"""What stands in a service's place while its newest code does not start: the reason, for whoever wrote the code."""

from html import escape

from coditect.local.standins.page import page
from coditect.local.standins.serving import Request, Response, Route, StandIn, as_html

_ENVOY_CHECK = "Envoy/HC"


class BrokenPage:
    """Answers every request with 500 and the reason, on a port of its own. It serves from the first moment."""

    def __init__(self, service: str, problem: str) -> None:
        self.problem = problem
        self._service = service
        self._server = StandIn(service, [Route(method="*", path="/.*", answer=self._answer)])
        self._server.start()

    @property
    def port(self) -> int:
        return self._server.port

    def end(self) -> None:
        self._server.stop()

    def _answer(self, request: Request) -> Response:
        if request.headers.get("user-agent", "").startswith(_ENVOY_CHECK):
            return Response()  # so that requests come here
        if "text/html" not in request.headers.get("accept", ""):
            return Response(status=500, body=f"{self._service} does not start.\n\n{self.problem}\n".encode())
        markup = page(
            f"{self._service} does not start",
            f'<div class="box"><pre>{escape(self.problem)}</pre></div>'
            '<p class="soft">Save mended code: it takes this page\'s place once it is ready.</p>',
            stand_in=self._service,
            note="Its newest code does not start, and this platform runs with --reload.",
            width="wide",
        )
        return as_html(markup, status=500)

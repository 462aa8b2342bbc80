"""Stand-in for a container image that is not built here: a labelled page that says what would run.

    python -m coditect.local.standins.image --name ide-frontend --port 0 \\
        --image REGISTRY/ide-frontend@sha256:... --namespace coditect-ide --container-command "nginx -g 'daemon off;'"

Every path answers 200 with that page, or with the same as JSON where `Accept` asks for JSON or the path is an API's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from coditect.graph.values import Json
from coditect.local.standins.page import definitions, page
from coditect.local.standins.serving import Request, Response, Route, StandIn, arguments, as_html, as_json, log_as_json


@dataclass(frozen=True, kw_only=True)
class Container:
    """What the platform would run. image: with or without `@sha256:...`. command: empty for the image's own."""

    name: str
    image: str
    namespace: str
    command: str

    @property
    def repository(self) -> str:
        return self.image.partition("@")[0]

    @property
    def digest(self) -> str:
        return self.image.partition("@")[2]


def stand_in(container: Container, *, port: int = 0) -> StandIn:
    """The server. It answers every method of every path."""

    def told(request: Request) -> dict[str, Json]:
        return {
            "stand_in": container.name,
            "image": container.repository,
            "digest": container.digest or None,
            "namespace": container.namespace or None,
            "command": container.command or None,
            "path": request.path,
        }

    def healthy(request: Request) -> Response:
        return as_json({"status": "ok", "stand_in": container.name})

    def shown(request: Request) -> Response:
        if "/api/" in request.path or "application/json" in request.headers.get("accept", ""):
            return as_json(told(request))
        rows = [
            ("Image", container.repository),
            ("Digest", container.digest),
            ("Namespace", container.namespace),
            ("Command", container.command or "the image's own"),
            ("Requested", f"{request.method} {request.path}"),
        ]
        explanation = (
            '<p class="soft">The request came through the platform\'s own route to this place. '
            "In a cluster, this container would answer it.</p>"
        )
        return as_html(
            page(
                container.name,
                explanation + definitions(rows),
                stand_in=container.name,
                note="Its image is not built in this repository, so nothing of the product itself runs here.",
            )
        )

    routes = [
        Route(method="*", path="/health", answer=healthy),
        Route(method="*", path="/ready", answer=healthy),
        Route(method="*", path="/.*", answer=shown),
    ]
    return StandIn(container.name, routes, port=port)


def main(given: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = arguments("image", "Stand-in for a container image that is not built here")
    parser.add_argument("--name", required=True, help="the service, such as ide-frontend")
    parser.add_argument("--image", required=True, help="the image that would run, with its digest")
    parser.add_argument("--namespace", default="", help="the namespace it would run in")
    parser.add_argument("--container-command", default="", help="the command it would run; the image's own when absent")
    told = parser.parse_args(given)
    log_as_json(told.name)
    container = Container(name=told.name, image=told.image, namespace=told.namespace, command=told.container_command)
    stand_in(container, port=told.port).serve_until_told()


if __name__ == "__main__":
    main()

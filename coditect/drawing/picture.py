"""Lays the scene out, left to right as a request travels, and writes it as SVG."""

from coditect.drawing.scene import Entrance, Room, Running, Scene, Store, in_pods, scene
from coditect.drawing.style import STYLE
from coditect.drawing.svg import Box, Point, curve, document, fitted, group, label, rectangle, slot
from coditect.graph.model import Graph
from coditect.plan.model import RouteRow
from infra.settings import Settings

_WIDTH = 1480.0
_MARGIN = 40.0
_TOP = 132.0
_HOSTS = (_MARGIN, 230.0)
_ROUTES = (340.0, 270.0)
_ROOMS = (720.0, 280.0)
_STORES = (1140.0, 300.0)
_ROUTE_HEIGHT, _HOST_GAP, _ENTRANCE_GAP, _ENTRANCE_HEAD = 34.0, 10.0, 22.0, 30.0
_SERVICE_HEIGHT, _SERVICE_GAP, _ROOM_HEAD, _ROOM_GAP = 46.0, 10.0, 34.0, 18.0
_STORE_HEIGHT, _STORE_GAP, _OUTSIDE_HEIGHT = 62.0, 16.0, 40.0
_TILES_IN_ROW, _TILE_HEIGHT, _TILE_GAP = 6, 52.0, 12.0


def picture(graph: Graph, settings: Settings, *, has_slots: bool = False) -> str:
    """The SVG of a captured stack. Raises BrokenPath where a request would end nowhere.

    has_slots: with an empty text at each route's line (`route HOST PATH`) and in each service (`service NAME`).
    """
    return _Picture(scene(graph, settings), has_slots=has_slots).draw()


class _Picture:
    """One drawing, in three layers: panels, lines, and boxes that cover the ends of lines."""

    def __init__(self, drawn: Scene, *, has_slots: bool) -> None:
        self._scene = drawn
        self._has_slots = has_slots
        self._panels: list[str] = []
        self._lines: list[str] = []
        self._boxes: list[str] = []
        self._tones = {room.namespace: f"tone{i % 4}" for i, room in enumerate(drawn.rooms)}
        self._services: dict[str, Box] = {}
        self._stores: dict[str, Box] = {}

    def draw(self) -> str:
        height = max(self._entrances_height(), self._rooms_height(), self._stores_height())
        self._place_rooms(_TOP + (height - self._rooms_height()) / 2)
        self._place_stores(_TOP + (height - self._stores_height()) / 2)
        self._place_entrances(_TOP + (height - self._entrances_height()) / 2)
        bottom = self._place_tiles(_TOP + height + 64)
        self._head(height)
        return document(
            _WIDTH,
            bottom + _MARGIN,
            title=f"CODITECT, stack {self._scene.stack}: the path of a request",
            description=self._description(),
            style=STYLE,
            parts=[
                f'<rect width="{_WIDTH:g}" height="{bottom + _MARGIN:g}" class="ground"/>',
                *self._panels,
                *self._lines,
                *self._boxes,
            ],
        )

    def _description(self) -> str:
        routes = "; ".join(
            f"{row.host}{row.path} to {row.service} in {row.namespace}, {in_pods(row.pods)}"
            for entrance in self._scene.entrances
            for row in entrance.routes
        )
        stores = "; ".join(f"{store.name}: {store.detail}" for store in self._scene.stores)
        return f"A global load balancer routes by host and path: {routes}. Services stand on: {stores}."

    def _head(self, height: float) -> None:
        shown = self._scene
        self._boxes += [
            label(Point(_MARGIN, 52), f"CODITECT · {shown.stack}", "title"),
            label(
                Point(_MARGIN, 80),
                f"{shown.resources} resources in {shown.project}, {shown.region}. Nodes: {shown.nodes}.",
                "subtitle",
            ),
        ]
        for (x, _), words in (
            (_HOSTS, "Host"),
            (_ROUTES, "Global load balancer"),
            (_ROOMS, "Kubernetes, by namespace"),
            (_STORES, "What they stand on"),
        ):
            self._boxes.append(label(Point(x, _TOP - 16), words, "column"))
        for line, words in enumerate(shown.guards):
            at = Point(_ROUTES[0], self._guards_at + 18 + 17 * line)
            self._boxes.append(label(at, fitted(words, _ROUTES[1], 12), "small"))

    @property
    def _guards_height(self) -> float:
        return 17.0 * len(self._scene.guards) + 24

    def _entrances_height(self) -> float:
        rows = sum(len(entrance.routes) for entrance in self._scene.entrances)
        hosts = sum(len({row.host for row in entrance.routes}) for entrance in self._scene.entrances)
        count = len(self._scene.entrances)
        guards = 17.0 * len(self._scene.guards) + 24
        return (
            guards
            + rows * _ROUTE_HEIGHT
            + hosts * _HOST_GAP
            + count * _ENTRANCE_HEAD
            + (count - 1) * _ENTRANCE_GAP
            + 12
        )

    def _place_entrances(self, top: float) -> None:
        x, width = _ROUTES
        panel = Box(x - 14, top, width + 28, self._entrances_height())
        self._panels.append(rectangle(panel, "panel", 12))
        self._guards_at = top + 8
        y = top + self._guards_height
        for entrance in self._scene.entrances:
            y = self._place_entrance(entrance, y) + _ENTRANCE_GAP

    def _place_entrance(self, entrance: Entrance, top: float) -> float:
        self._boxes.append(label(Point(_ROUTES[0], top + 18), f"{entrance.name}, port 443", "address"))
        y = top + _ENTRANCE_HEAD
        by_host: dict[str, list[RouteRow]] = {}
        for row in entrance.routes:
            by_host.setdefault(row.host, []).append(row)
        for host, rows in by_host.items():
            box = Box(_HOSTS[0], y + (len(rows) * _ROUTE_HEIGHT - 30) / 2 - 2, _HOSTS[1], 30)
            room = box.width - 24
            size, style = (14, "name") if fitted(host, room, 14) == host else (12, "name long")
            words = label(Point(box.x + 14, box.y + 20), fitted(host, room, size), style)
            self._boxes.append(group([rectangle(box, "box", 15), words], f"https://{host}"))
            for row in rows:
                self._place_route(row, box, y)
                y += _ROUTE_HEIGHT
            y += _HOST_GAP
        return y

    def _place_route(self, row: RouteRow, host: Box, top: float) -> None:
        box = Box(_ROUTES[0], top, _ROUTES[1], _ROUTE_HEIGHT - 6)
        tone = self._tones[row.namespace]
        self._lines.append(curve(host.right, box.left, "line plain"))
        if row.service in self._services:
            self._lines.append(curve(box.right, self._services[row.service].left, f"line {tone}"))
        self._boxes.append(
            group(
                [
                    rectangle(box, f"route {tone}", 6),
                    label(Point(box.x + 12, box.y + 19), row.path, "path"),
                    label(Point(box.right.x - 10, box.y + 19), fitted(row.purpose, 150, 12), "small", "end"),
                ],
                f"{row.host}{row.path} goes to {row.service}:{row.port}",
            )
        )
        if self._has_slots:
            at = Point(box.right.x + 6, box.y + 9)
            self._boxes.append(slot(at, f"route {row.host} {row.path}", "slot"))

    def _rooms_height(self) -> float:
        rooms = self._scene.rooms
        return sum(self._room_height(room) for room in rooms) + (len(rooms) - 1) * _ROOM_GAP

    @staticmethod
    def _room_height(room: Room) -> float:
        return _ROOM_HEAD + len(room.services) * (_SERVICE_HEIGHT + _SERVICE_GAP) + 4

    def _place_rooms(self, top: float) -> None:
        for room in self._scene.rooms:
            box = Box(_ROOMS[0] - 14, top, _ROOMS[1] + 28, self._room_height(room))
            tone = self._tones[room.namespace]
            self._panels.append(rectangle(box, f"room {tone}", 12))
            self._boxes.append(label(Point(_ROOMS[0], top + 22), room.namespace, f"room-name {tone}"))
            y = top + _ROOM_HEAD
            for service in room.services:
                self._place_service(service, Box(_ROOMS[0], y, _ROOMS[1], _SERVICE_HEIGHT), tone)
                y += _SERVICE_HEIGHT + _SERVICE_GAP
            top += box.height + _ROOM_GAP

    def _place_service(self, service: Running, box: Box, tone: str) -> None:
        self._services[service.name] = box
        pods = in_pods(service.pods)
        self._boxes.append(
            group(
                [
                    rectangle(box, "box"),
                    rectangle(Box(box.x, box.y + 8, 4, box.height - 16), f"mark {tone}", 2),
                    label(Point(box.x + 16, box.y + 20), service.name, "name"),
                    label(Point(box.x + 16, box.y + 37), f"port {service.port}", "small"),
                    label(Point(box.right.x - 12, box.y + 20), pods, "count", "end"),
                    label(Point(box.right.x - 12, box.y + 37), service.others, "small", "end"),
                ],
                f"{service.name}: {pods} on port {service.port}. Uses: {', '.join(service.stores) or 'nothing'}.",
            )
        )
        if self._has_slots:
            self._boxes.append(slot(Point(box.x + 80, box.y + 37), f"service {service.name}", "slot"))

    def _store_height(self, store: Store) -> float:
        return _OUTSIDE_HEIGHT if store.is_outside else _STORE_HEIGHT

    def _stores_height(self) -> float:
        stores = self._scene.stores
        return sum(self._store_height(store) for store in stores) + (len(stores) - 1) * _STORE_GAP

    def _place_stores(self, top: float) -> None:
        for store in self._scene.stores:
            box = Box(_STORES[0], top, _STORES[1], self._store_height(store))
            self._stores[store.key] = box
            self._boxes.append(
                group(
                    [rectangle(box, "outside" if store.is_outside else "box"), *self._store_words(store, box)],
                    f"{store.name}: {store.detail}",
                )
            )
            top += box.height + _STORE_GAP
        self._link_stores()

    @staticmethod
    def _store_words(store: Store, box: Box) -> list[str]:
        x = box.x + 16
        if store.is_outside:
            return [
                label(Point(x, box.y + 25), store.name, "name"),
                label(Point(box.right.x - 14, box.y + 25), store.detail, "small", "end"),
            ]
        parts = store.detail.split(", ")
        lines = [line for line in (", ".join(parts[:2]), ", ".join(parts[2:])) if line]
        first = box.y + (22 if len(lines) > 1 else 28)
        words = [label(Point(x, first), store.name, "name")]
        return words + [
            label(Point(x, first + 17 + 15 * i), fitted(line, box.width - 20, 12), "small")
            for i, line in enumerate(lines)
        ]

    def _link_stores(self) -> None:
        """One line from each service to each of its stores, arriving beside each other."""
        users = {
            key: [(s.name, room.namespace) for room in self._scene.rooms for s in room.services if key in s.stores]
            for key in self._stores
        }
        for key, names in users.items():
            box = self._stores[key]
            for index, (name, namespace) in enumerate(names):
                arrival = Point(box.x, box.y + box.height * (index + 1) / (len(names) + 1))
                self._lines.append(curve(self._services[name].right, arrival, f"line {self._tones[namespace]}"))

    def _place_tiles(self, top: float) -> float:
        self._boxes.append(label(Point(_MARGIN, top - 14), "And under all of it", "column"))
        width = (_WIDTH - 2 * _MARGIN - (_TILES_IN_ROW - 1) * _TILE_GAP) / _TILES_IN_ROW
        bottom = top
        for index, tile in enumerate(self._scene.tiles):
            row, column = divmod(index, _TILES_IN_ROW)
            box = Box(
                _MARGIN + column * (width + _TILE_GAP), top + row * (_TILE_HEIGHT + _TILE_GAP), width, _TILE_HEIGHT
            )
            bottom = box.bottom
            resources = f"{tile.resources} resource{'' if tile.resources == 1 else 's'}"
            self._boxes.append(
                group(
                    [
                        rectangle(box, "box"),
                        label(Point(box.x + 14, box.y + 23), fitted(tile.name, width - 24, 14), "name"),
                        label(Point(box.x + 14, box.y + 40), resources, "small"),
                    ]
                )
            )
        return bottom

"""Stands in for Google and Kubernetes while a program is captured: ids and computed outputs, from a table of forms."""

import hashlib
import re
from dataclasses import dataclass

from coditect.graph.configuration import STAND_IN_SECRET
from coditect.graph.forms import FORMS, INVOKES, Form
from coditect.graph.monitor import CaptureError, Computed, Declared
from coditect.graph.values import Json, JsonObject, text


class FirstPreview:
    """Knows nothing yet, as the engine in a first preview: no id, no computed output, no data source."""

    def create(self, declared: Declared) -> Computed:
        return Computed()

    def invoke(self, token: str, arguments: JsonObject) -> Computed:
        raise CaptureError(
            f"A first preview would already ask {token} with {arguments}: it needs credentials, and fails "
            "where the thing does not exist yet. Ask with a resource's id, which is unknown until then, or build it."
        )


class Plausible:
    """Answers as if everything had just been created. The same resource always gets the same values."""

    def create(self, declared: Declared) -> Computed:
        if declared.type.startswith("kubernetes:"):
            return Computed(id=_kubernetes_id(declared))
        if declared.type.startswith("pulumi:providers:"):
            return Computed(id=declared.name)
        form = FORMS.get(declared.type, Form(id="{name}"))
        words = _words(declared)
        identity = form.id.format_map(words)
        outputs = {key: _fill(value, {**words, "id": identity}) for key, value in form.outputs.items()}
        return Computed(id=identity, outputs=outputs, secret=form.secret)

    def invoke(self, token: str, arguments: JsonObject) -> Computed:
        form = INVOKES.get(token)
        if form is None:
            raise CaptureError(f"{token} is asked, but nobody answers: add its form to coditect/graph/forms.py.")
        words = _Words({key: value for key, value in arguments.items() if isinstance(value, str)})
        words["stand_in"] = STAND_IN_SECRET
        return Computed(outputs={k: _fill(v, words) for k, v in form.outputs.items()}, secret=form.secret)


@dataclass(frozen=True)
class _Stable:
    """Numbers that belong to a name: the same in every run, different from one name to the next."""

    digest: bytes

    @property
    def number(self) -> str:
        return str(10**20 + int.from_bytes(self.digest[:8]))

    @property
    def public_address(self) -> str:
        # Reserved for benchmarks (RFC 2544): no address of anybody, and wide enough that two do not fall together.
        return f"198.{18 + self.digest[2] % 2}.{self.digest[1]}.{1 + self.digest[0] % 254}"

    @property
    def private_address(self) -> str:
        return f"10.255.{self.digest[1]}.{1 + self.digest[0] % 254}"


class _Words(dict[str, str]):
    """What a form may mention. A word that a resource leaves out shows as itself, so that the gap can be seen."""

    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def _stable(urn: str) -> _Stable:
    return _Stable(hashlib.sha256(urn.encode()).digest())


def made_up(urn: str) -> dict[str, str]:
    """The values that stand in for what Google would compute of a resource, each with what it is."""
    stable = _stable(urn)
    return {stable.number: "number", stable.public_address: "address", stable.private_address: "address"}


MADE_UP = re.compile(r"(?<![\d.])(?:198\.1[89]\.\d{1,3}\.\d{1,3}|10\.255\.\d{1,3}\.\d{1,3}|1\d{20})(?![\d.]*\d)")
"""What such a value looks like in a text. A real one may look so too; `made_up` tells."""


def _words(declared: Declared) -> _Words:
    stable = _stable(declared.urn)
    words = _Words({key: value for key, value in declared.inputs.items() if isinstance(value, str)})
    trailing = declared.name.rpartition("-")[2].removeprefix("v")
    return _Words(
        words
        | {
            "name": text(declared.inputs, "name") or declared.name,
            "project": declared.project,
            "region": declared.region,
            "location": declared.region,
            "number": stable.number,
            "address": text(declared.inputs, "address") or stable.public_address,
            "private_address": text(declared.inputs, "address") or stable.private_address,
            "version": trailing if trailing.isdigit() else "1",
            "stand_in": STAND_IN_SECRET,
        }
    )


def _fill(value: Json, words: _Words | dict[str, str]) -> Json:
    if isinstance(value, str):
        return value.format_map(words)
    if isinstance(value, list):
        return [_fill(member, words) for member in value]
    if isinstance(value, dict):
        return {key: _fill(member, words) for key, member in value.items()}
    return value


def _kubernetes_id(declared: Declared) -> str:
    metadata = declared.inputs.get("metadata")
    name, namespace = text(metadata, "name") or declared.name, text(metadata, "namespace")
    return f"{namespace}/{name}" if namespace else name

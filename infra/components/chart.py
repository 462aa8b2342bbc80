"""A chart of this repository, rendered by Helm's own SDK while the program runs; its objects are nodes like others."""

import io
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import helm_python
import pulumi
import yaml
from pulumi_kubernetes import apiextensions

from infra.components.base import Component
from infra.components.chart_values import Values
from infra.settings import SettingsError

CHARTS = Path(__file__).parent.parent.parent / "charts"

# Pods cannot start without these. Kubernetes would get there by trying again, and Pulumi would report each try.
_FIRST = frozenset({"ServiceAccount", "ConfigMap", "SecretProviderClass"})
# What else of its chart an object comes after, as `Kind/name`: the program's business, so Kubernetes never sees it.
_AFTER = "coditect.com/after"
_WORKLOADS = frozenset({"Deployment", "StatefulSet"})
_KEEPS_DATA = frozenset({"StatefulSet"})

# The C parser where there is one: ten times as fast, and rendering stands in the way of every plan.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, kw_only=True)
class LocalChartArgs:
    """What to render.

    path: directory of the chart.
    release_name, release_namespace: what its templates see as `.Release`.
    namespace: where the objects go; known only once the namespace exists.
    values: of the chart's own model.
    after: what must exist before any pod of it can start.
    protect: whether what keeps data refuses to be deleted.
    """

    path: Path
    release_name: str
    release_namespace: str
    namespace: pulumi.Input[str]
    values: Values
    after: Sequence[pulumi.Resource] = ()
    protect: bool = True


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """One rendered object. after: keys of objects that must exist before. body: all but apiVersion, kind, metadata."""

    api_version: str
    kind: str
    name: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    after: tuple[str, ...]
    body: Mapping[str, object]

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.name}"


class LocalChart(Component):
    """The objects of a local chart, named `<component>-<kind>-<name>`.

    workloads: names of its Deployments and StatefulSets, known once those exist.
    """

    workloads: pulumi.Output[Sequence[str]]

    def __init__(self, name: str, args: LocalChartArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        manifests = in_order(render(args))
        first = [self._object(m, args.after) for m in manifests if m.kind in _FIRST]
        made: dict[str, pulumi.Resource] = {}
        for manifest in manifests:
            if manifest.kind not in _FIRST:
                earlier = [made[key] for key in manifest.after]
                made[manifest.key] = self._object(manifest, [*args.after, *first, *earlier])
        workloads = {m.name: made[m.key].urn for m in manifests if m.kind in _WORKLOADS}
        self.workloads = pulumi.Output.all(*workloads.values()).apply(lambda _: list(workloads))
        self.finish()

    def _object(self, manifest: Manifest, after: Sequence[pulumi.Resource]) -> pulumi.Resource:
        name = self.child(f"{manifest.kind.lower()}-{manifest.name}")
        metadata = {
            "name": manifest.name,
            "namespace": self._args.namespace,
            "labels": {**self.labels(), **manifest.labels},
            **({"annotations": dict(manifest.annotations)} if manifest.annotations else {}),
        }
        options = self.under(
            pulumi.ResourceOptions(
                depends_on=list(after), protect=True if self._args.protect and manifest.kind in _KEEPS_DATA else None
            )
        )
        if _is_custom(manifest.api_version):
            return apiextensions.CustomResource(
                name,
                api_version=manifest.api_version,
                kind=manifest.kind,
                metadata=metadata,
                spec=manifest.body["spec"],
                opts=options,
            )
        version = manifest.api_version if "/" in manifest.api_version else f"core/{manifest.api_version}"
        return pulumi.CustomResource(
            f"kubernetes:{version}:{manifest.kind}",
            name,
            {"apiVersion": manifest.api_version, "kind": manifest.kind, "metadata": metadata, **manifest.body},
            options,
        )


def render(args: LocalChartArgs) -> tuple[Manifest, ...]:
    """The chart's objects, sorted by template. Raises SettingsError when a value is refused or a template fails."""
    values = args.values.model_dump(mode="json", by_alias=True)
    try:
        with helm_python.Chart.load_archive(archive(args.path)) as chart:
            chart.validate_schema(values)
            rendered = chart.render(values, name=args.release_name, namespace=args.release_namespace)
    except helm_python.HelmError as error:
        raise SettingsError(
            f"Chart {args.path.name} cannot be rendered, so nothing of it would be deployed: {error}. "
            "Its values come from the settings and the catalogue; "
            f"charts/{args.path.name}/values.schema.json says what it takes."
        ) from error
    return tuple(
        _manifest(document)
        for _, text in sorted(rendered.items())
        for document in yaml.load_all(text, _LOADER)
        if document is not None
    )


def in_order(manifests: Sequence[Manifest]) -> tuple[Manifest, ...]:
    """Each object behind those that it comes after.

    Raises SettingsError where one of those is not there, or two wait for each other.
    """
    ordered: dict[str, Manifest] = {}
    waiting = list(manifests)
    while waiting:
        free = [m for m in waiting if all(key in ordered for key in m.after)]
        if not free:
            stuck = "; ".join(f"{m.key} comes after {', '.join(m.after)}" for m in waiting)
            raise SettingsError(
                f"Objects of a chart wait for what never comes, so they could not be deployed: {stuck}. "
                f"Correct the annotation {_AFTER} in its templates: it names `Kind/name` of the same chart."
            )
        ordered |= {m.key: m for m in free}
        waiting = [m for m in waiting if m.key not in ordered]
    return tuple(ordered.values())


def archive(path: Path) -> bytes:
    """The chart as Helm packages one, with what its links lead to. Helm reports each link of a directory on stderr."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1, dereference=True) as file:
        file.add(path, arcname=path.name)
    return packed.getvalue()


def _manifest(document: Mapping[str, object]) -> Manifest:
    metadata = document["metadata"]
    assert isinstance(metadata, dict)
    annotations = dict(metadata.get("annotations", {}))
    after = str(annotations.pop(_AFTER, ""))
    return Manifest(
        api_version=str(document["apiVersion"]),
        kind=str(document["kind"]),
        name=str(metadata["name"]),
        labels=metadata.get("labels", {}),
        annotations=annotations,
        after=tuple(key.strip() for key in after.split(",") if key.strip()),
        body={key: value for key, value in document.items() if key not in {"apiVersion", "kind", "metadata"}},
    )


def _is_custom(api_version: str) -> bool:
    """Whether the type is one that somebody added to Kubernetes: its group is neither short nor Kubernetes' own."""
    group, _, version = api_version.rpartition("/")
    return "." in group and not group.endswith(".k8s.io") and bool(version)

"""The program of every stack, changed the way an operator or a mistake would change it."""

import functools
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pulumi

from coditect.graph.capture import run_entry
from coditect.graph.values import Json
from coditect.release import release
from infra import releases
from tests.engine.harness import Program

Change = Callable[[pulumi.ResourceTransformationArgs], pulumi.ResourceTransformationResult | None]


def changed(change: Change) -> Program:
    """The program with every resource as `change` returns it. Properties have their Python names there."""

    def program() -> None:
        pulumi.runtime.register_stack_transformation(change)
        run_entry()

    return program


def with_property(type_: str, key: str, value: Json) -> Program:
    """The program with another value for one property of every resource of a type."""

    def change(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != type_:
            return None
        return pulumi.ResourceTransformationResult(props={**args.props, key: value}, opts=args.opts)

    return changed(change)


def unprotected() -> Program:
    """The program after someone has lifted every protection, on purpose: Pulumi's, Google's, and retention."""

    def change(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult:
        properties = dict(args.props)
        if "deletion_protection" in properties:
            properties["deletion_protection"] = False
        lifted = pulumi.ResourceOptions(protect=False, retain_on_delete=False)
        return pulumi.ResourceTransformationResult(
            props=properties, opts=pulumi.ResourceOptions.merge(args.opts, lifted)
        )

    return changed(change)


def released(stack: str, service: str, digest: str, directory: Path) -> Program:
    """The program after delivery has released a digest of a service and made it the active one."""
    shutil.copy(releases.RELEASES / f"{stack}.yaml", directory)
    release(stack=stack, name=service, digest=digest, activate=True, directory=directory)

    def program() -> None:
        with mock.patch.object(releases, "load", functools.partial(releases.load, directory=directory)):
            run_entry()

    return program

"""What every component has in common: its type token, its children's options, and outputs that are all registered."""

import inspect

import pulumi

from infra.settings import PROJECT


class Component(pulumi.ComponentResource):
    """A named part of the platform.

    Outputs are the annotated attributes of the subclass; `finish()` registers exactly those, and refuses to end while
    one of them is missing. Children are created with `self.under()` and named `<component>-<child>`.
    """

    def __init__(self, name: str, options: pulumi.ResourceOptions | None = None) -> None:
        self._component_name = name
        super().__init__(f"{PROJECT}:platform:{type(self).__name__}", name, None, options)

    def child(self, suffix: str) -> str:
        """The logical name of a child. It is part of the released inventory: changing it needs an alias."""
        return f"{self._component_name}-{suffix}"

    def under(self, options: pulumi.ResourceOptions | None = None) -> pulumi.ResourceOptions:
        """Options of a child: this component as its parent, and whatever else is asked for."""
        return pulumi.ResourceOptions.merge(pulumi.ResourceOptions(parent=self), options)

    def labels(self) -> dict[str, str]:
        """Labels of a child, for those who read the bill or an inventory: its stack and its component."""
        return {"stack": pulumi.get_stack(), "component": self._component_name}

    def finish(self) -> None:
        """Registers the annotated outputs. Raises AttributeError naming an output that was declared and never set."""
        declared = [name for name in inspect.get_annotations(type(self)) if not name.startswith("_")]
        if missing := [name for name in declared if not hasattr(self, name)]:
            raise AttributeError(
                f"{type(self).__name__} declares {', '.join(missing)} but never sets it: nothing could depend on it."
            )
        self.register_outputs({name: getattr(self, name) for name in declared})


def known_after(value: pulumi.Input[str], *conditions: pulumi.Output[str]) -> pulumi.Output[str]:
    """The value, known no sooner than the conditions: whoever takes it is created after what they belong to."""
    return pulumi.Output.all(value, *conditions).apply(lambda values: str(values[0]))

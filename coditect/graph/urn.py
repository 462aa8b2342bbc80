"""URNs, made and read as the Pulumi engine does: `urn:pulumi:<stack>::<project>::<parent types$type>::<name>`."""

STACK_TYPE = "pulumi:pulumi:Stack"


def qualified_type(urn: str) -> str:
    """The chain of types in a URN, outermost first, joined by `$`."""
    return urn.split("::", 3)[2]


def name_of(urn: str) -> str:
    return urn.split("::", 3)[3]


def key_of(urn: str) -> str:
    """What identifies a resource inside its stack: the chain of types and the name."""
    return urn.split("::", 2)[2]


def make(stack: str, project: str, parent: str, type_: str, name: str) -> str:
    """parent: URN, or empty. The stack itself never shows in the chain of its children."""
    chain = qualified_type(parent) if parent else ""
    if chain and chain != STACK_TYPE:
        type_ = f"{chain}${type_}"
    return f"urn:pulumi:{stack}::{project}::{type_}::{name}"


def inherited(child_name: str, child_type: str, parent_name: str, parent_alias: str) -> str:
    """The URN a child had while its parent was known by `parent_alias`; a name that starts with its name follows."""
    stack, project = parent_alias.removeprefix("urn:pulumi:").split("::", 2)[:2]
    if child_name.startswith(parent_name):
        child_name = name_of(parent_alias) + child_name.removeprefix(parent_name)
    return make(stack, project, parent_alias, child_type, child_name)

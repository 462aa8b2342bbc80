"""Every value of the settings that changes a price: which ones have a price, and that docs/cost.md says the others."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import product

import pytest

from coditect.cost import book, usage
from coditect.cost.bill import bill
from coditect.cost.estimate import Estimate, Unpriced
from coditect.cost.estimators.keys import KEY, VERSION
from coditect.cost.estimators.stores import REDIS, SQL
from coditect.cost.levers import Lever
from coditect.graph.configuration import ROOT
from coditect.graph.model import Graph, Node
from coditect.graph.values import JsonObject, members
from coditect.plan.capacity import NODE_POOL
from infra.settings.foundation import NodePool
from infra.settings.stores import Cache, Database
from infra.settings.vocabulary import Availability, CacheTier, Protection, Region
from tests.cost.declared import node, priced, used

Graphs = Callable[[str], Graph]

FAMILIES = ("n1-standard", "e2-standard")
SIZES = range(1, 257)
COSTS = (ROOT / "docs" / "cost.md").read_text()


def bounds(section: type[Database] | type[Cache], name: str) -> range:
    """The whole numbers that a setting allows."""
    limits = {key: int(value) for key, value in schema_of(section, name).items() if key in {"minimum", "maximum"}}
    return range(limits["minimum"], limits["maximum"] + 1)


def schema_of(section: type[Database] | type[Cache], name: str) -> dict[str, int]:
    found = section.model_json_schema()["properties"][name]
    assert isinstance(found, dict)
    return found


def machine_types() -> list[str]:
    """All that the settings allow."""
    pattern = NodePool.model_json_schema()["properties"]["machine_type"]["pattern"]
    assert set(re.findall(r"[a-z]\w*-[a-z]+", pattern)) == set(FAMILIES), "A new family: add it to FAMILIES"
    return [name for family, size in product(FAMILIES, SIZES) if re.match(pattern, name := f"{family}-{size}")]


def pool(shape: Node, machine_type: str, region: Region, *, spot: bool) -> Node:
    config: JsonObject = {"machineType": machine_type, "spot": spot}
    inputs: JsonObject = {"location": region.value, "nodeConfig": members(shape.inputs, "nodeConfig") | config}
    return node(NODE_POOL, "pool", shape.inputs | inputs)


def instance(shape: Node, cpus: int, memory: int, availability: Availability, region: Region) -> Node:
    size: JsonObject = {"tier": f"db-custom-{cpus}-{memory}", "availabilityType": availability.value}
    settings: JsonObject = {"settings": members(shape.inputs, "settings") | size}
    return node(SQL, "database", shape.inputs | settings | {"region": region.value})


def memory_of(cpus: int) -> tuple[int, int]:
    """Least and most MiB for so many vCPUs, as the settings refuse the rest."""
    return max(3840, int(cpus * 0.9 * 1024)), int(cpus * 6.5 * 1024)


def chosen(prod: Graph) -> Iterator[tuple[str, Estimate]]:
    """What each choice of the settings would cost, with the choice in words: shapes are those of production."""
    nodes = prod.of_type(NODE_POOL)[0]
    for machine_type, region, spot in product(machine_types(), Region, (False, True)):
        words = f"{'spot ' if spot else ''}{machine_type} in {region}"
        yield words, priced(pool(nodes, machine_type, region, spot=spot))[0]
    primary = next(n for n in prod.of_type(SQL) if not n.input("masterInstanceName"))
    for cpus, availability, region in product(bounds(Database, "cpus"), Availability, Region):
        if cpus == 1 or cpus % 2 == 0:
            for memory in memory_of(cpus):
                found = priced(instance(primary, cpus, memory, availability, region))[0]
                yield f"Cloud SQL in {region}", found
    cache = prod.of_type(REDIS)[0]
    for tier, memory, region in product(CacheTier, bounds(Cache, "memory_gib"), Region):
        inputs: JsonObject = {"tier": tier.value, "memorySizeGb": memory, "region": region.value}
        yield f"Memorystore in {region}", priced(node(REDIS, "cache", cache.inputs | inputs))[0]
    key = next(n for n in prod.of_type(KEY) if n.input("purpose") == "ASYMMETRIC_SIGN")
    version = prod.of_type(VERSION)[0]
    for protection in Protection:
        template: JsonObject = members(key.inputs, "versionTemplate") | {"protectionLevel": protection.value}
        signing = node(KEY, "key", key.inputs | {"versionTemplate": template})
        for estimate in priced(signing, node(VERSION, "version", version.inputs), month=used(signatures="1000")):
            yield f"{protection} signing key", estimate


def test_every_value_that_settings_allow_has_a_price_or_is_said_to_have_none(captured: Graphs) -> None:
    found = list(chosen(captured("prod")))
    unpriced = {words for words, estimate in found if estimate.gaps}

    assert len(found) > 1500
    assert unpriced == {"Cloud SQL in us-east1", "Memorystore in us-east1"}
    for words in unpriced:
        assert f"| {words} |" in COSTS, f"docs/cost.md does not say that {words} has no price"


def test_no_value_that_settings_allow_leaves_a_budget_open(captured: Graphs) -> None:
    holes = {words for words, estimate in chosen(captured("prod")) if any(gap.is_hole for gap in estimate.gaps)}

    assert holes == set()


def test_a_larger_machine_of_a_family_never_costs_less(captured: Graphs) -> None:
    nodes = captured("prod").of_type(NODE_POOL)[0]

    for family, region, spot in product(FAMILIES, Region, (False, True)):
        costs = [
            priced(pool(nodes, name, region, spot=spot))[0].amount
            for name in machine_types()
            if name.startswith(family)
        ]
        assert costs == sorted(set(costs)), (family, region, spot)


@pytest.mark.parametrize("kind", list(Unpriced))
def test_the_documentation_names_each_kind_that_no_rate_was_found_for(kind: Unpriced) -> None:
    assert f"| {kind.value} |" in COSTS


@pytest.mark.parametrize("stack", ["dev", "staging", "prod", "dr"])
def test_what_a_deployed_stack_has_without_a_price_is_accepted_or_indicated(stack: str, captured: Graphs) -> None:
    made = bill(captured(stack), usage.load(stack), book.load())

    assert made.holes == ()
    for _, gap in made.gaps:
        assert gap.is_accepted != (gap.indication is not None), gap
        assert gap.indication is None or gap.indication > Decimal(0)


def test_every_commitment_and_spot_has_a_price_for_every_family_in_every_region() -> None:
    prices = book.load()
    for family, region, form in product(
        FAMILIES, Region, ("on-demand", "sustained", *(lever for lever in Lever if lever is not Lever.RIGHT_SIZE))
    ):
        assert not prices.known(f"compute.{family}.{form}", region.value).is_borrowed

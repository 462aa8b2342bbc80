"""Downloads: a host whose files come from a bucket that nobody but the load balancer may read."""

from coditect.graph.model import Graph, Node
from coditect.graph.request_path import BACKEND_BUCKET, bucket_hosts, listeners, path_rules, resolve
from coditect.graph.values import items, text
from infra.catalog import CATALOG
from infra.components.hosts import host_name
from infra.settings import StackName
from tests.infra.test_invariants import settings_of

BUCKET = "gcp:storage/bucket:Bucket"
GRANTS = ("gcp:storage/bucketIAMMember:BucketIAMMember", "gcp:storage/bucketIAMBinding:BucketIAMBinding")


def url_map(graph: Graph) -> Node:
    return next(each.url_map for each in listeners(graph) if each.is_tls)


def backend_of_downloads(graph: Graph) -> tuple[str, Node]:
    ((host, backend),) = bucket_hosts(graph, url_map(graph)).items()
    return host, backend


def bucket_of_downloads(graph: Graph) -> Node:
    wanted = backend_of_downloads(graph)[1].input("bucketName")
    (bucket,) = [node for node in graph.of_type(BUCKET) if node.input("name") == wanted]
    return bucket


def grants(graph: Graph) -> list[Node]:
    wanted = bucket_of_downloads(graph).input("name")
    return [node for node in graph.of_type(*GRANTS) if node.input("bucket") == wanted]


def test_every_path_of_the_host_is_a_file_of_the_bucket(graph: Graph) -> None:
    domains = settings_of(StackName(graph.stack)).domains
    host, backend = backend_of_downloads(graph)
    (declared,) = CATALOG.bucket_hosts
    assert host == host_name(declared.zone, declared.label, domains)
    assert host.startswith("downloads.")
    assert backend.type == BACKEND_BUCKET
    assert backend.input("enableCdn") is True
    assert resolve(path_rules(graph, url_map(graph)), host, "/cli/any.dmg") is None, "no service answers there"
    tests = {text(test, "host"): text(test, "service") for test in items(url_map(graph).inputs, "tests")}
    assert tests[host] == backend.id


def test_nobody_but_the_load_balancer_reads_the_bucket_and_it_can_never_be_public(graph: Graph) -> None:
    bucket = bucket_of_downloads(graph)
    assert bucket.input("publicAccessPrevention") == "enforced"
    assert bucket.input("uniformBucketLevelAccess") is True
    number = settings_of(StackName(graph.stack)).google.project_number
    (grant,) = grants(graph)
    assert grant.input("member") == f"serviceAccount:service-{number}@https-lb.iam.gserviceaccount.com"
    assert grant.input("role") == "roles/storage.legacyObjectReader", "whoever may list tells strangers every file"


def test_the_grant_comes_after_the_backend_bucket_with_which_google_makes_the_agent(graph: Graph) -> None:
    (grant,) = grants(graph)
    assert backend_of_downloads(graph)[1].urn in grant.dependencies

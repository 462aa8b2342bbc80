"""A stack that stands, and somebody who takes it for a new one."""

import pytest
import yaml

from coditect.graph.capture import run_entry
from tests.engine.harness import Deployment, EngineError

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("deployed", ["staging"], indirect=True)
def test_a_first_pass_over_a_protected_stack_that_stands_is_refused_by_the_preview(going_on: Deployment) -> None:
    # `pulumi up` previews first, and goes no further where that fails. Without a preview it would delete what is not
    # protected before it comes to what is.
    path = going_on.directory / "work" / "Pulumi.staging.yaml"
    settings = yaml.safe_load(path.read_text())
    settings["config"]["coditect:secrets"]["filled"] = False
    path.write_text(yaml.safe_dump(settings))

    with pytest.raises(EngineError, match="cannot be deleted"):
        going_on.preview(run_entry)

"""The evidence as one page: read alone, printed, without scripts and without anything loaded from elsewhere."""

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from coditect.evidence.model import Evidence


def page(evidence: Evidence) -> str:
    """Names and messages come from the repository, so all of them are escaped."""
    environment = Environment(
        # The look of pages is the report's.
        loader=ChoiceLoader((PackageLoader("coditect.evidence"), PackageLoader("coditect.report"))),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rules = {rule.id: rule for rule in evidence.rules}
    return environment.get_template("evidence.html.j2").render(evidence=evidence, rules=rules)

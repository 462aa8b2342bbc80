"""The report as one page: no scripts, nothing loaded from elsewhere."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from coditect.report import words
from coditect.report.model import Report


def html(report: Report) -> str:
    """Names and values come from the repository, so all of them are escaped."""
    environment = Environment(
        loader=PackageLoader("coditect.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(report=report, words=words)

"""The six applications, as the specification's matrix has them."""

from dataclasses import dataclass

from infra.catalog.names import Application


@dataclass(frozen=True, kw_only=True)
class ApplicationEntry:
    """One row of the application matrix."""

    name: Application
    title: str
    purpose: str
    technology: str


APPLICATIONS: tuple[ApplicationEntry, ...] = (
    ApplicationEntry(
        name=Application.GATEWAY,
        title="Gateway Website",
        purpose="Marketing, sign-in, payments, downloads",
        technology="Django",
    ),
    ApplicationEntry(
        name=Application.DASHBOARD,
        title="License Dashboard",
        purpose="Customer self-service",
        technology="Django",
    ),
    ApplicationEntry(
        name=Application.ADMIN, title="Staff Admin", purpose="Internal operations", technology="Django Admin"
    ),
    ApplicationEntry(
        name=Application.LICENSE_API, title="License API", purpose="License validation", technology="Django REST"
    ),
    ApplicationEntry(
        name=Application.IDE,
        title="Cloud IDE",
        purpose="AI-powered IDE",
        technology="React, Theia, Rust, FoundationDB 7.1 (existing images)",
    ),
    ApplicationEntry(
        name=Application.AGENTFLOW,
        title="AgentFlow",
        purpose="Workflow analysis",
        technology="React, FastAPI (existing images)",
    ),
)

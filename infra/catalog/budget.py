"""The specification's monthly cost table, in US dollars: what the platform is expected to cost."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class BudgetRow:
    """One row of the table. production_usd: None where the specification says `variable`."""

    component: str
    development_usd: int
    production_usd: int | None
    notes: str


BUDGET: tuple[BudgetRow, ...] = (
    BudgetRow(component="gateway", development_usd=120, production_usd=470, notes="Processes, CDN, SendGrid, Zendesk"),
    BudgetRow(component="license", development_usd=290, production_usd=1200, notes="Dashboard, API, admin"),
    BudgetRow(component="ide", development_usd=188, production_usd=500, notes="React, Rust, Theia, FoundationDB"),
    BudgetRow(component="agentflow", development_usd=228, production_usd=600, notes="React, FastAPI"),
    BudgetRow(component="database", development_usd=150, production_usd=400, notes="PostgreSQL 16, regional HA"),
    BudgetRow(component="cache", development_usd=30, production_usd=150, notes="Memorystore, 6 GB to 16 GB"),
    BudgetRow(component="identity", development_usd=0, production_usd=50, notes="First 50,000 users free"),
    BudgetRow(component="signing", development_usd=10, production_usd=10, notes="License signing keys"),
    BudgetRow(component="secrets", development_usd=5, production_usd=10, notes="API keys, passwords"),
    BudgetRow(component="edge", development_usd=20, production_usd=50, notes="Certificates, routing"),
    BudgetRow(component="network", development_usd=20, production_usd=100, notes="Egress"),
    BudgetRow(component="observability", development_usd=0, production_usd=40, notes="Prometheus, Grafana"),
    BudgetRow(component="stripe", development_usd=0, production_usd=None, notes="2.9 % + $0.30 a transaction"),
)

"""What CODITECT is, as frozen typed data. No Pulumi, no settings, nothing of ours imported."""

from infra.catalog.catalog import CATALOG, Catalog
from infra.catalog.errors import CatalogError

__all__ = ["CATALOG", "Catalog", "CatalogError"]

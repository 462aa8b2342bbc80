"""What the model of the protocol is told: it runs in a process of its own."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict


class ModelPlan(BaseModel):
    """superuser: connection string. users: of any tenant, at least three; the first owns the model's tenants.
    is_shrunk: whether a story that went wrong is told again until it is short, which takes minutes.
    """

    model_config = ConfigDict(frozen=True)

    superuser: str
    steps: int
    users: tuple[UUID, ...]
    is_shrunk: bool

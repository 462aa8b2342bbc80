"""Words and value types of a stack's settings."""

import ipaddress
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from explained import ExplainedError

PROJECT = "coditect"


class SettingsError(ExplainedError, ValueError):
    """A setting or a component's argument is outside what is allowed. The message names the key and the cure."""


class StackName(StrEnum):
    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"
    DR = "dr"
    LOCAL = "local"


class Region(StrEnum):
    """Regions that the specification uses."""

    US_CENTRAL1 = "us-central1"
    US_EAST1 = "us-east1"


class Availability(StrEnum):
    ZONAL = "ZONAL"
    REGIONAL = "REGIONAL"


class CacheTier(StrEnum):
    BASIC = "BASIC"
    STANDARD_HA = "STANDARD_HA"


class Protection(StrEnum):
    SOFTWARE = "SOFTWARE"
    HSM = "HSM"


class DatabaseAuthentication(StrEnum):
    """IAM: through the Cloud SQL proxy, no password anywhere. PASSWORD: a password file, only where there is no IAM."""

    IAM = "iam"
    PASSWORD = "password"  # noqa: S105 - the name of a method


def _cidr(value: str) -> str:
    try:
        network = ipaddress.IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"not an IPv4 range: {error}. Write one like 10.0.0.0/20.") from error
    return str(network)


def _private_cidr(value: str) -> str:
    if not ipaddress.IPv4Network(_cidr(value)).is_private:
        raise ValueError("not a private range (RFC 1918). Write one below 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16.")
    return value


def _narrow_cidr(value: str) -> str:
    if ipaddress.IPv4Network(_cidr(value)).prefixlen < 8:
        raise ValueError(
            "a range this wide is the whole internet. Write the office's or the VPN's own range, /8 or narrower."
        )
    return value


Cidr = Annotated[str, AfterValidator(_private_cidr)]
OperatorCidr = Annotated[str, AfterValidator(_narrow_cidr)]
DomainName = Annotated[str, Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}$", max_length=253)]
EmailAddress = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$")]
Days = Annotated[int, Field(ge=1)]


def setting(description: str, otherwise: str, default: Any = ..., **constraints: Any) -> Any:  # noqa: ANN401 - what pydantic.Field itself takes and gives
    """A documented field. otherwise: what a value outside the constraints would cause, said in the error."""
    return Field(default, description=description, json_schema_extra={"x-otherwise": otherwise}, **constraints)


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=False, validate_default=True)

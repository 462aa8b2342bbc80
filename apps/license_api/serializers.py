"""JSON of the license API, as the specification shows it."""

from rest_framework import serializers

from apps.domain.operations.described import ProblemSerializer


class LicenseSerializer(serializers.Serializer[object]):
    id = serializers.UUIDField()
    tenant_id = serializers.UUIDField()
    seats_total = serializers.IntegerField()
    seats_used = serializers.IntegerField()
    status = serializers.ChoiceField(["active", "suspended", "cancelled", "expired"])
    expires_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class LicensesSerializer(serializers.Serializer[object]):
    licenses = LicenseSerializer(many=True)


class SessionUserSerializer(serializers.Serializer[object]):
    id = serializers.UUIDField(source="user_id")
    email = serializers.EmailField(source="user_email")
    name = serializers.CharField(source="user_name")


class SessionSerializer(serializers.Serializer[object]):
    id = serializers.UUIDField()
    license_id = serializers.UUIDField()
    user = SessionUserSerializer(source="*")
    hardware_id = serializers.CharField()
    hostname = serializers.CharField()
    os = serializers.CharField()
    version = serializers.CharField()
    acquired_at = serializers.DateTimeField()
    last_heartbeat_at = serializers.DateTimeField()


class SessionsSerializer(serializers.Serializer[object]):
    sessions = SessionSerializer(many=True)


class KeySerializer(serializers.Serializer[object]):
    key_id = serializers.CharField()
    algorithm = serializers.CharField()
    pem = serializers.CharField()
    not_after = serializers.DateTimeField(allow_null=True)


class KeysSerializer(serializers.Serializer[object]):
    keys = KeySerializer(many=True)


class StatusSerializer(serializers.Serializer[object]):
    status = serializers.CharField()


class NoSeatsSerializer(ProblemSerializer):
    """Also the answer of a client over its rate, which has no seat counts."""

    seats_used = serializers.IntegerField(required=False)
    seats_total = serializers.IntegerField(required=False)


class AcquireSerializer(serializers.Serializer[object]):
    hardware_id = serializers.RegexField(r"^[^\x00-\x1f\x7f]+$", max_length=255, help_text="Stable id of the machine.")
    hostname = serializers.RegexField(r"^[^\x00-\x1f\x7f]*$", max_length=255, required=False)
    os = serializers.RegexField(r"^[^\x00-\x1f\x7f]*$", max_length=50, required=False)
    version = serializers.RegexField(r"^[^\x00-\x1f\x7f]*$", max_length=20, required=False)
    license_id = serializers.UUIDField(
        required=False, allow_null=True, help_text="One of the tenant's licenses; absent: the first with a free seat."
    )


class ProofSerializer(serializers.Serializer[object]):
    index = serializers.IntegerField()
    size = serializers.IntegerField()
    path = serializers.ListField(child=serializers.CharField())


class LeaseSerializer(serializers.Serializer[object]):
    """A signed lease; how to verify it is written in docs/lease-format.md."""

    license_id = serializers.UUIDField()
    session_id = serializers.UUIDField(help_text="Name it in heartbeat and release.")
    seats_used = serializers.IntegerField(help_text="Of this license, with this seat.")
    seats_total = serializers.IntegerField()
    expires_at = serializers.DateTimeField(help_text="When the seat is given up unless a heartbeat comes.")
    heartbeat_interval = serializers.IntegerField(help_text="Seconds between two heartbeats.")
    tenant_id = serializers.UUIDField()
    user_id = serializers.UUIDField()
    hardware_id = serializers.CharField()
    fence = serializers.IntegerField(
        help_text="Rises with every new seat of the license. What a seat protects refuses a lower one than it has seen."
    )
    tier = serializers.ChoiceField(["free", "pro", "enterprise"])
    issued_at = serializers.DateTimeField()
    license_expires_at = serializers.DateTimeField(allow_null=True)
    key_id = serializers.CharField(help_text="Which of `GET /api/v1/keys` verifies the signature.")
    signature_version = serializers.IntegerField()
    signature = serializers.CharField(help_text="RSASSA-PSS with SHA-256, lower-case hex.")
    proof = ProofSerializer(allow_null=True, help_text="Null when the signature is of this lease alone.")


class SessionIdSerializer(serializers.Serializer[object]):
    session_id = serializers.CharField(max_length=255, help_text="As acquire gave it.")


class BeatenSerializer(serializers.Serializer[object]):
    status = serializers.CharField()
    expires_in = serializers.IntegerField(help_text="Seconds until the seat would be given up.")

"""Acquire and heartbeat as the specification's API chapter has them."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from typing import cast

import redis
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.db import transaction
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.license.specification.authentication import TokenUser
from bench.license.specification.models import ActiveSession, License, LicenseAuditLog
from bench.license.specification.seats import TTL_S, acquire_seat, extend_session
from bench.license.specification.settings import PARTS

_KEY = cast("rsa.RSAPrivateKey", serialization.load_pem_private_key(PARTS.signing_key_pem.encode(), password=None))
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


class AcquireRequest(serializers.Serializer[None]):
    hardware_id = serializers.CharField(max_length=255)
    hostname = serializers.CharField(max_length=255)
    os = serializers.CharField(max_length=50)
    version = serializers.CharField(max_length=20)


class HeartbeatRequest(serializers.Serializer[None]):
    session_id = serializers.CharField(max_length=255)


class AcquireView(APIView):
    def post(self, request: Request) -> Response:
        body = AcquireRequest(data=request.data)
        body.is_valid(raise_exception=True)
        user = cast("TokenUser", request.user)
        bought = License.objects.get(tenant_id=user.tenant_id, status="active")
        session_id = str(uuid.uuid4())
        now = datetime.now(UTC)
        hardware_id = body.validated_data["hardware_id"]
        session = {"user_id": user.id, "hardware_id": hardware_id, "acquired_at": now.isoformat()}
        try:
            used, total = acquire_seat(
                keys=[f"seats:{user.tenant_id}", f"session:{session_id}"],
                args=[bought.seats_total, json.dumps(session), TTL_S],
            )
        except redis.ResponseError:
            refusal = {"error": "no_seats_available", "seats_total": bought.seats_total, "retry_after": TTL_S}
            return Response(refusal, status=429)
        with transaction.atomic():
            ActiveSession.objects.create(license=bought, user_id=user.id, session_id=session_id, **body.validated_data)
            LicenseAuditLog.objects.create(
                tenant_id=user.tenant_id,
                license=bought,
                user_id=user.id,
                action="acquire",
                hardware_id=hardware_id,
                ip_address=request.META["REMOTE_ADDR"],
                user_agent=request.headers.get("User-Agent", ""),
                metadata={"session_id": session_id},
            )
        lease = {
            "license_id": str(bought.id),
            "session_id": session_id,
            "expires_at": (now + timedelta(seconds=TTL_S)).isoformat(),
        }
        signature = _KEY.sign(json.dumps(lease, sort_keys=True).encode(), _PSS, hashes.SHA256())
        return Response(
            {
                **lease,
                "seats_used": used,
                "seats_total": total,
                "signature": signature.hex(),
                "heartbeat_interval": 300,
            }
        )


class HeartbeatView(APIView):
    def post(self, request: Request) -> Response:
        body = HeartbeatRequest(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            extend_session(keys=[f"session:{body.validated_data['session_id']}"], args=[TTL_S])
        except redis.ResponseError:
            return Response({"error": "session_not_found"}, status=404)
        return Response({"status": "ok", "expires_in": TTL_S})

-- The journal of seats: what is true of a grant once PostgreSQL has committed it. Each function is one transaction of
-- the application, called in one round trip. They run with the caller's rights, below row-level security.

CREATE SEQUENCE lease_fence;

CREATE FUNCTION seats_enter_tenant(p_tenant uuid) RETURNS void
LANGUAGE sql AS $$ SELECT set_config('coditect.tenant', p_tenant::text, true) $$;

-- Held shared by every grant, and exclusively by a rebuild, which so sees every grant of the epoch before.
CREATE FUNCTION seats_lock_key(p_license uuid) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT hashtextextended(p_license::text, 360) $$;

CREATE FUNCTION seats_terms(p_tenant uuid)
RETURNS TABLE (id uuid, seats_total int, status varchar, expires_at timestamptz)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM seats_enter_tenant(p_tenant);
    RETURN QUERY
        SELECT l.id, l.seats_total, l.status, l.expires_at FROM licenses l
        WHERE l.tenant_id = p_tenant ORDER BY l.created_at, l.id;
END $$;

-- Ends the open ones among `p_sessions` at the instants in `p_at`, and says which they were.
CREATE FUNCTION seats_expire(
    p_tenant uuid, p_license uuid, p_ttl interval, p_sessions uuid[], p_at timestamptz[])
RETURNS TABLE (session_id uuid, user_id uuid, hardware_id varchar)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM seats_enter_tenant(p_tenant);
    RETURN QUERY
        WITH ended AS (
            UPDATE active_sessions s
            SET released_at = dead.at,
                last_heartbeat_at = greatest(s.last_heartbeat_at, dead.at - p_ttl),
                end_reason = 'expired'
            FROM unnest(p_sessions, p_at) AS dead(id, at)
            WHERE s.session_id = dead.id AND s.license_id = p_license AND s.released_at IS NULL
            RETURNING s.session_id, s.user_id, s.hardware_id, s.fence, s.released_at
        ), logged AS (
            INSERT INTO license_audit_log (tenant_id, license_id, user_id, action, hardware_id, metadata)
            SELECT p_tenant, p_license, e.user_id, 'expire', e.hardware_id,
                   jsonb_build_object('session_id', e.session_id, 'fence', e.fence, 'expired_at', e.released_at)
            FROM ended e
        )
        SELECT e.session_id, e.user_id, e.hardware_id FROM ended e;
END $$;

-- The sweeper's: as seats_expire, unless the seats were rebuilt since they were seen dead, which made them living again.
CREATE FUNCTION seats_sweep(
    p_tenant uuid, p_license uuid, p_epoch bigint, p_ttl interval, p_sessions uuid[], p_at timestamptz[])
RETURNS TABLE (session_id uuid, user_id uuid, hardware_id varchar)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM seats_enter_tenant(p_tenant);
    IF pg_try_advisory_xact_lock_shared(seats_lock_key(p_license))
       AND EXISTS (SELECT FROM seat_epochs e WHERE e.license_id = p_license AND e.epoch = p_epoch) THEN
        RETURN QUERY SELECT d.session_id, d.user_id, d.hardware_id
                     FROM seats_expire(p_tenant, p_license, p_ttl, p_sessions, p_at) d;
    END IF;
END $$;

-- Opens a session where a row stands in its way: its own, as a repeated acquire finds it, or one of its machine. Gives
-- the row's fence, p_fence for a new row; null when the session was closed.
CREATE FUNCTION seats_grant_again(
    p_tenant uuid, p_license uuid, p_session uuid, p_user uuid, p_hardware varchar, p_hostname varchar, p_os varchar,
    p_version varchar, p_granted_at timestamptz, p_ttl interval, p_fence bigint)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_fence bigint;
BEGIN
    -- An open row of this machine that Redis does not hold is not alive: Redis holds a superset of the living.
    PERFORM seats_expire(p_tenant, p_license, p_ttl, array_agg(s.session_id), array_agg(p_granted_at))
    FROM active_sessions s
    WHERE s.license_id = p_license AND s.hardware_id = p_hardware AND s.released_at IS NULL
      AND s.session_id <> p_session
    HAVING count(*) > 0;
    INSERT INTO active_sessions AS s
        (id, tenant_id, license_id, user_id, session_id, hardware_id, hostname, os, version,
         fence, leases, acquired_at, last_heartbeat_at, end_reason)
    VALUES (gen_random_uuid(), p_tenant, p_license, p_user, p_session, p_hardware, p_hostname, p_os, p_version,
            p_fence, 1, p_granted_at, p_granted_at, '')
    ON CONFLICT (session_id) DO UPDATE
        SET last_heartbeat_at = EXCLUDED.last_heartbeat_at, leases = s.leases + 1
        WHERE s.released_at IS NULL AND s.user_id = p_user AND s.license_id = p_license
    RETURNING s.fence INTO v_fence;
    RETURN v_fence;
END $$;

-- Commits a grant that Redis decided. outcome:
--   granted; or why not: rebuilding, epoch, late, unknown, terms, over, suspended, cancelled, expired, closed.
-- Sessions in p_dead made room for this one by expiring: they end in the same transaction, so that the open rows of a
-- license never exceed its seats.
-- This is the costliest step of an acquire, so it asks for everything at once, and looks for what is rarely there only
-- when the insertion meets it: each statement costs some 15 us (docs/adr/0010-license-hot-path.md).
CREATE FUNCTION seats_grant(
    p_tenant uuid, p_license uuid, p_epoch bigint, p_seats_total int, p_seats_used int,
    p_session uuid, p_user uuid, p_hardware varchar, p_hostname varchar, p_os varchar, p_version varchar,
    p_granted_at timestamptz, p_ttl interval, p_dead uuid[], p_dead_at timestamptz[],
    p_ip inet, p_agent text, p_request text,
    OUT outcome text, OUT fence bigint, OUT tier varchar, OUT license_expires_at timestamptz, OUT ended jsonb)
LANGUAGE plpgsql AS $$
#variable_conflict use_variable
DECLARE
    v_scope text := set_config('coditect.tenant', p_tenant::text, true);
    -- 30 s of a TTL of 360 s leave 330 s for clocks that differ; of a short TTL, as tests have, the larger part is left.
    v_soon interval := least(interval '30 seconds', p_ttl / 3);
    v_epoch bigint;
    v_status varchar;
    v_seats int;
BEGIN
    IF NOT pg_try_advisory_xact_lock_shared(seats_lock_key(p_license)) THEN
        outcome := 'rebuilding'; RETURN;
    END IF;
    -- Read after the lock is held: a rebuild that has just ended has raised the epoch.
    SELECT l.status, l.seats_total, l.expires_at, t.tier, e.epoch
    INTO v_status, v_seats, license_expires_at, tier, v_epoch
    FROM licenses l JOIN tenants t ON t.id = l.tenant_id LEFT JOIN seat_epochs e ON e.license_id = l.id
    WHERE l.id = p_license AND l.tenant_id = p_tenant;
    IF NOT FOUND THEN
        outcome := 'unknown'; RETURN;
    END IF;
    IF v_epoch IS DISTINCT FROM p_epoch THEN
        outcome := 'epoch'; RETURN;
    END IF;
    -- A process that slept since Redis decided must not grant a seat that others may have taken over meanwhile.
    IF clock_timestamp() NOT BETWEEN p_granted_at - v_soon AND p_granted_at + v_soon THEN
        outcome := 'late'; RETURN;
    END IF;
    IF v_status = 'active' AND license_expires_at <= p_granted_at THEN
        v_status := 'expired';
    END IF;
    IF v_status <> 'active' THEN
        outcome := v_status; RETURN;
    END IF;
    IF v_seats <> p_seats_total THEN
        outcome := 'terms'; RETURN;
    END IF;
    -- More living than seats: they were lowered. Who holds a seat keeps it, but a session that was only added to Redis,
    -- by a request that has not committed it, was counted against the seats of before.
    IF p_seats_used > v_seats THEN
        IF NOT EXISTS (SELECT FROM active_sessions s WHERE s.session_id = p_session AND s.released_at IS NULL) THEN
            outcome := 'over'; RETURN;
        END IF;
    END IF;

    IF cardinality(p_dead) > 0 THEN
        SELECT jsonb_agg(to_jsonb(d)) INTO ended FROM seats_expire(p_tenant, p_license, p_ttl, p_dead, p_dead_at) d;
    END IF;
    fence := nextval('lease_fence');
    INSERT INTO active_sessions
        (id, tenant_id, license_id, user_id, session_id, hardware_id, hostname, os, version,
         fence, leases, acquired_at, last_heartbeat_at, end_reason)
    VALUES (gen_random_uuid(), p_tenant, p_license, p_user, p_session, p_hardware, p_hostname, p_os, p_version,
            fence, 1, p_granted_at, p_granted_at, '')
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        fence := seats_grant_again(p_tenant, p_license, p_session, p_user, p_hardware, p_hostname, p_os, p_version,
                                   p_granted_at, p_ttl, fence);
        IF fence IS NULL THEN
            outcome := 'closed'; RETURN;
        END IF;
    END IF;
    INSERT INTO license_audit_log (tenant_id, license_id, user_id, action, hardware_id, ip_address, user_agent, metadata)
    VALUES (p_tenant, p_license, p_user, 'acquire', p_hardware, p_ip, p_agent,
            jsonb_build_object('session_id', p_session, 'fence', fence, 'seats_used', p_seats_used,
                               'seats_total', v_seats, 'request_id', p_request));
    outcome := 'granted';
END $$;

-- Makes sure that a session which was refused is never granted, so that its member may leave Redis: another request of
-- the same machine may be about to commit it. True when it is void; false when it was committed, and is left alone.
CREATE FUNCTION seats_void(p_tenant uuid, p_license uuid, p_session uuid, p_user uuid, p_hardware varchar)
RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM seats_enter_tenant(p_tenant);
    INSERT INTO active_sessions (id, tenant_id, license_id, user_id, session_id, hardware_id, hostname, os, version,
                                 fence, leases, acquired_at, last_heartbeat_at, released_at, end_reason)
    VALUES (gen_random_uuid(), p_tenant, p_license, p_user, p_session, p_hardware, '', '', '',
            0, 0, clock_timestamp(), clock_timestamp(), clock_timestamp(), 'void')
    ON CONFLICT (session_id) DO NOTHING;
    RETURN FOUND;
END $$;

-- Takes one lease that could not be signed back, and ends the grant when it was the only one.
CREATE FUNCTION seats_unsign(p_tenant uuid, p_session uuid, p_request text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_left int;
BEGIN
    PERFORM seats_enter_tenant(p_tenant);
    UPDATE active_sessions s SET leases = s.leases - 1
    WHERE s.session_id = p_session AND s.released_at IS NULL RETURNING s.leases INTO v_left;
    IF v_left IS NULL OR v_left > 0 THEN
        RETURN false;
    END IF;
    PERFORM seats_end(p_tenant, p_session, NULL, 'unsigned', NULL, NULL, '', p_request);
    RETURN true;
END $$;

-- Ends a session. p_owner: whose it must be, or null for staff and owners of the tenant. outcome: ended, already, absent.
CREATE FUNCTION seats_end(
    p_tenant uuid, p_session uuid, p_owner uuid, p_reason varchar, p_by uuid, p_ip inet, p_agent text, p_request text)
RETURNS TABLE (outcome text, license_id uuid, user_id uuid, hardware_id varchar, end_reason varchar)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_session active_sessions%ROWTYPE;
BEGIN
    PERFORM seats_enter_tenant(p_tenant);
    SELECT * INTO v_session FROM active_sessions s
    WHERE s.session_id = p_session AND s.tenant_id = p_tenant AND (p_owner IS NULL OR s.user_id = p_owner) FOR UPDATE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 'absent', NULL::uuid, NULL::uuid, NULL::varchar, NULL::varchar; RETURN;
    END IF;
    IF v_session.released_at IS NOT NULL THEN
        RETURN QUERY SELECT 'already', v_session.license_id, v_session.user_id, v_session.hardware_id,
                            v_session.end_reason;
        RETURN;
    END IF;
    UPDATE active_sessions s
    SET released_at = greatest(clock_timestamp(), s.acquired_at), end_reason = p_reason WHERE s.id = v_session.id;
    INSERT INTO license_audit_log (tenant_id, license_id, user_id, action, hardware_id, ip_address, user_agent, metadata)
    VALUES (p_tenant, v_session.license_id, coalesce(p_by, v_session.user_id),
            CASE WHEN p_reason IN ('released', 'unsigned') THEN 'release' ELSE 'revoke' END,
            v_session.hardware_id, p_ip, p_agent,
            jsonb_build_object('session_id', p_session, 'fence', v_session.fence, 'reason', p_reason,
                               'holder_id', v_session.user_id, 'request_id', p_request));
    RETURN QUERY SELECT 'ended', v_session.license_id, v_session.user_id, v_session.hardware_id, p_reason;
END $$;

-- What became of a session that Redis does not hold.
CREATE FUNCTION seats_fate(p_tenant uuid, p_session uuid, p_user uuid)
RETURNS TABLE (license_id uuid, end_reason varchar)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM seats_enter_tenant(p_tenant);
    RETURN QUERY SELECT s.license_id, s.end_reason FROM active_sessions s
    WHERE s.session_id = p_session AND s.tenant_id = p_tenant AND s.user_id = p_user;
END $$;

-- First half of a rebuild: waits for grants in flight, raises the epoch and returns the open sessions.
CREATE FUNCTION seats_begin_rebuild(p_tenant uuid, p_license uuid)
RETURNS TABLE (epoch bigint, license_expires_at timestamptz, session_id uuid, user_id uuid, hardware_id varchar)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    v_epoch bigint;
BEGIN
    PERFORM seats_enter_tenant(p_tenant);
    PERFORM pg_advisory_xact_lock(seats_lock_key(p_license));
    INSERT INTO seat_epochs AS e (license_id, tenant_id, epoch) VALUES (p_license, p_tenant, 1)
    ON CONFLICT (license_id) DO UPDATE SET epoch = e.epoch + 1
    RETURNING e.epoch INTO v_epoch;
    RETURN QUERY
        SELECT v_epoch, l.expires_at, s.session_id, s.user_id, s.hardware_id
        FROM licenses l LEFT JOIN active_sessions s ON s.license_id = l.id AND s.released_at IS NULL
        WHERE l.id = p_license;
END $$;

-- Second half: which of the sessions just put into Redis have ended since they were read.
CREATE FUNCTION seats_ended_among(p_tenant uuid, p_license uuid, p_sessions uuid[])
RETURNS TABLE (session_id uuid, user_id uuid, hardware_id varchar)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    PERFORM seats_enter_tenant(p_tenant);
    RETURN QUERY SELECT s.session_id, s.user_id, s.hardware_id FROM active_sessions s
    WHERE s.license_id = p_license AND s.session_id = ANY (p_sessions) AND s.released_at IS NOT NULL;
END $$;

-- Session history is kept for 90 days (data retention policy); the caller cannot ask for less.
CREATE FUNCTION sessions_forget_old() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_scope text := coalesce(current_setting('coditect.tenant', true), '');
    v_gone bigint;
BEGIN
    PERFORM set_config('coditect.tenant', '*', true);
    DELETE FROM active_sessions WHERE released_at < now() - interval '90 days';
    GET DIAGNOSTICS v_gone = ROW_COUNT;
    PERFORM set_config('coditect.tenant', v_scope, true);
    RETURN v_gone;
END $$;
REVOKE ALL ON FUNCTION sessions_forget_old() FROM PUBLIC;

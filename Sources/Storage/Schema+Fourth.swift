extension Schema {
    /// What became of the tenants' files, which of their keys are in use, how many payments they made in a day, and which
    /// notifications were replayed. An endpoint can be held because its secrets have lapsed.
    static let fourth = """
        ALTER TABLE endpoint_states RENAME TO endpoint_states_before;
        CREATE TABLE endpoint_states (
            tenant TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            hold_reason TEXT CHECK (hold_reason IN ('circuit_open', 'disabled', 'missing', 'secrets_lapsed')),
            hold_since_ms INTEGER,
            hold_until_ms INTEGER,
            hold_detail TEXT,
            failing_since_ms INTEGER,
            failure_count INTEGER NOT NULL CHECK (failure_count >= 0),
            failed_events TEXT NOT NULL,
            open_count INTEGER NOT NULL CHECK (open_count >= 0),
            url_digest TEXT NOT NULL,
            revision INTEGER NOT NULL,
            PRIMARY KEY (tenant, endpoint),
            CHECK ((hold_reason IS NULL) = (hold_since_ms IS NULL)),
            CHECK ((hold_reason IS NULL) = (hold_detail IS NULL))
        ) STRICT, WITHOUT ROWID;
        INSERT INTO endpoint_states SELECT * FROM endpoint_states_before;
        DROP TABLE endpoint_states_before;

        -- What was applied, in the order of the commits. `fields` are dotted paths as a JSON array, and never values; none
        -- where the file changed while no process looked.
        CREATE TABLE tenant_changes (
            seq INTEGER PRIMARY KEY,
            tenant TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('added', 'changed', 'removed', 'restored', 'dropped')),
            -- SHA-256 of the file's bytes in hex; empty where there is no file any more.
            file_digest TEXT NOT NULL,
            fields TEXT NOT NULL,
            at_ms INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX tenant_changes_listed ON tenant_changes (tenant);

        -- Every key that was ever used, by its fingerprint.
        CREATE TABLE key_uses (
            tenant TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('alipay_key', 'api_key', 'webhook_secret')),
            fingerprint TEXT NOT NULL,
            count INTEGER NOT NULL CHECK (count >= 0),
            last_used_at_ms INTEGER NOT NULL,
            PRIMARY KEY (tenant, kind, fingerprint)
        ) STRICT, WITHOUT ROWID;

        -- Payments that a tenant made on a day, which is days since 1970-01-01 in Beijing; counted from `payments` where
        -- there is no row yet.
        CREATE TABLE payment_days (
            tenant TEXT NOT NULL,
            day INTEGER NOT NULL,
            count INTEGER NOT NULL CHECK (count >= 0),
            PRIMARY KEY (day, tenant)
        ) STRICT, WITHOUT ROWID;

        -- The row that a replay was of; it may be forgotten before this one.
        ALTER TABLE notifications ADD COLUMN replay_of TEXT;
        -- For an admin, who asks what was posted about a payment.
        CREATE INDEX notifications_by_payment ON notifications (payment, received_at_ms) WHERE payment IS NOT NULL;
        """
}

extension Schema {
    /// Lanes, order and rounds of deliveries, what is remembered of endpoints, replays, totals, and whose the file is.
    ///
    /// Held is an endpoint's from here on and no row's: a row that was held is pending, due since it was made, and the
    /// worker finds out what holds its endpoint. A row whose payment has an open earlier one waits behind it, as it would
    /// had this schema's program made it. Totals begin with what there is.
    static let third = """
        -- BETWEEN: SQLite makes a table of a longer IN, for each row that it checks.
        ALTER TABLE deliveries ADD COLUMN lane INTEGER NOT NULL DEFAULT 0 CHECK (lane BETWEEN 0 AND 2);
        ALTER TABLE deliveries ADD COLUMN round_base INTEGER NOT NULL DEFAULT 0 CHECK (round_base >= 0);
        ALTER TABLE deliveries ADD COLUMN behind_due_ms INTEGER;
        ALTER TABLE deliveries ADD COLUMN ordered_payment TEXT;
        ALTER TABLE deliveries ADD COLUMN sequence INTEGER NOT NULL DEFAULT 0;
        UPDATE deliveries SET status = 'pending', next_attempt_at_ms = created_at_ms WHERE status = 'held';
        UPDATE deliveries SET lane = 1 WHERE status = 'pending' AND attempt_count > 0;
        UPDATE deliveries SET (ordered_payment, sequence) =
                (SELECT e.payment, e.sequence FROM events e WHERE e.seq = deliveries.event)
            WHERE status <> 'delivered';

        DROP INDEX deliveries_due;
        DROP INDEX deliveries_open;
        DROP INDEX deliveries_listed;
        DROP INDEX deliveries_by_status;
        -- An endpoint's pending deliveries by lane, the longest due first: from one line to the next is one step. The
        -- constant status is what lets lines be told from the index alone.
        CREATE INDEX deliveries_in_line ON deliveries (status, tenant, endpoint, lane, next_attempt_at_ms)
            WHERE status = 'pending';
        CREATE INDEX deliveries_in_order ON deliveries (ordered_payment, endpoint, sequence)
            WHERE status = 'pending' AND ordered_payment IS NOT NULL;
        -- For lists, counts and replays. Endpoints are few: a list of all of them is put together from each one's.
        CREATE INDEX deliveries_listed ON deliveries (tenant, endpoint, status, created_at_ms);
        UPDATE deliveries SET behind_due_ms = next_attempt_at_ms,
                next_attempt_at_ms = max(next_attempt_at_ms, created_at_ms + 900000)
            WHERE status = 'pending' AND ordered_payment IS NOT NULL AND attempt_count = 0 AND EXISTS (
                SELECT 1 FROM deliveries earlier WHERE earlier.status = 'pending'
                    AND earlier.ordered_payment = deliveries.ordered_payment
                    AND earlier.endpoint = deliveries.endpoint AND earlier.sequence < deliveries.sequence);

        -- There is no row for an endpoint that never failed and was never held.
        CREATE TABLE endpoint_states (
            tenant TEXT NOT NULL,
            endpoint TEXT NOT NULL,
            hold_reason TEXT CHECK (hold_reason IN ('circuit_open', 'disabled', 'missing')),
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

        -- Those that have not ended. A replay takes deliveries up to `last_delivery`, the last one when it was asked for,
        -- in the order of (created_at_ms, seq); the cursor is the last one that it looked at.
        CREATE TABLE replays (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            endpoint TEXT,
            since_ms INTEGER NOT NULL,
            until_ms INTEGER NOT NULL,
            statuses TEXT NOT NULL,
            types TEXT,
            -- Endpoints whose deliveries were held when it was asked for.
            held_endpoints TEXT NOT NULL,
            matched INTEGER NOT NULL CHECK (matched >= 0),
            done INTEGER NOT NULL CHECK (done >= 0),
            created_at_ms INTEGER NOT NULL,
            cursor_at_ms INTEGER NOT NULL,
            cursor_delivery INTEGER NOT NULL,
            last_delivery INTEGER NOT NULL
        ) STRICT;

        -- One row.
        CREATE TABLE delivery_totals (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            accepted INTEGER NOT NULL,
            delivered INTEGER NOT NULL,
            exhausted INTEGER NOT NULL
        ) STRICT;
        INSERT INTO delivery_totals (one, accepted, delivered, exhausted)
            SELECT 1, count(*), coalesce(sum(status = 'delivered'), 0), coalesce(sum(status = 'exhausted'), 0)
            FROM deliveries;

        -- One row. Whoever opens the file to write raises the epoch; whoever finds another one writes no more.
        CREATE TABLE owner (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            epoch INTEGER NOT NULL
        ) STRICT;
        INSERT INTO owner (one, epoch) VALUES (1, 0);
        """
}

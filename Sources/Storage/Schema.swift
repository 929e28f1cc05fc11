/// The texts of the migrations.
///
/// Times are unix milliseconds, amounts fen. Every `seq` is given by the one writer, in the order of commits.
/// An index that a list walks ends, as all of SQLite's do, with the row's `seq`.
enum Schema {
    static let first = """
        CREATE TABLE payments (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            merchant_reference TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN
                ('requires_action', 'processing', 'held', 'shipped', 'succeeded', 'canceled', 'expired')),
            sequence INTEGER NOT NULL CHECK (sequence >= 0),
            amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
            amount_paid_minor INTEGER CHECK (amount_paid_minor >= 0),
            amount_refunded_minor INTEGER NOT NULL CHECK (amount_refunded_minor >= 0),
            refundable INTEGER NOT NULL CHECK (refundable IN (0, 1)),
            late INTEGER NOT NULL CHECK (late IN (0, 1)),
            channel TEXT NOT NULL,
            settlement TEXT NOT NULL,
            created_at_ms INTEGER NOT NULL,
            updated_at_ms INTEGER NOT NULL,
            expires_at_ms INTEGER NOT NULL,
            succeeded_at_ms INTEGER,
            cancel_requested_at_ms INTEGER,
            provider_trade_no TEXT,
            provider_status TEXT,
            provider_buyer TEXT,
            provider_dispute TEXT,
            last_error TEXT,
            subject TEXT NOT NULL,
            description TEXT,
            shipping TEXT,
            return_url TEXT,
            show_url TEXT,
            buyer_ip TEXT,
            metadata TEXT,
            UNIQUE (tenant, merchant_reference)
        ) STRICT;
        CREATE INDEX payments_listed ON payments (tenant, created_at_ms);
        CREATE INDEX payments_by_status ON payments (tenant, status, created_at_ms);

        CREATE TABLE refunds (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            payment TEXT NOT NULL REFERENCES payments (id),
            amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
            reason TEXT,
            merchant_reference TEXT,
            origin TEXT NOT NULL CHECK (origin IN ('api', 'provider')),
            status TEXT NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed', 'unknown')),
            created_at_ms INTEGER NOT NULL,
            updated_at_ms INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX refunds_by_reference ON refunds (tenant, merchant_reference)
            WHERE merchant_reference IS NOT NULL;
        CREATE INDEX refunds_by_payment ON refunds (payment);

        CREATE TABLE duplicate_trades (
            payment TEXT NOT NULL REFERENCES payments (id),
            trade_no TEXT NOT NULL,
            amount_minor INTEGER NOT NULL CHECK (amount_minor >= 0),
            paid_at_ms INTEGER,
            PRIMARY KEY (payment, trade_no)
        ) STRICT, WITHOUT ROWID;

        -- A row that was refused never stands in the way of the genuine one: only verdicts that settle are unique.
        CREATE TABLE notifications (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            payment TEXT REFERENCES payments (id),
            notify_id TEXT NOT NULL,
            notify_type TEXT NOT NULL,
            provider_status TEXT,
            verdict TEXT NOT NULL,
            explanation TEXT NOT NULL,
            received_at_ms INTEGER NOT NULL,
            body BLOB NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX notifications_settled ON notifications (tenant, notify_id)
            WHERE verdict IN ('applied', 'unchanged', 'stale', 'unsupported') AND notify_id <> '';
        CREATE INDEX notifications_listed ON notifications (tenant, received_at_ms);
        CREATE INDEX notifications_by_verdict ON notifications (tenant, verdict, received_at_ms);

        CREATE TABLE events (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            type TEXT NOT NULL,
            payment TEXT REFERENCES payments (id),
            sequence INTEGER NOT NULL,
            timestamp_ms INTEGER NOT NULL,
            body BLOB NOT NULL,
            UNIQUE (payment, sequence)
        ) STRICT;
        CREATE INDEX events_listed ON events (tenant);
        CREATE INDEX events_by_type ON events (tenant, type);

        CREATE TABLE deliveries (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            event INTEGER NOT NULL REFERENCES events (seq),
            endpoint TEXT NOT NULL,
            status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'held', 'exhausted')),
            attempt_count INTEGER NOT NULL CHECK (attempt_count >= 0),
            next_attempt_at_ms INTEGER,
            created_at_ms INTEGER NOT NULL,
            CHECK ((status = 'pending') = (next_attempt_at_ms IS NOT NULL))
        ) STRICT;
        -- The constant status is what lets a count be had from the index alone.
        CREATE INDEX deliveries_due ON deliveries (status, next_attempt_at_ms, created_at_ms) WHERE status = 'pending';
        CREATE INDEX deliveries_open ON deliveries (status, tenant, endpoint) WHERE status = 'pending' OR status = 'held';
        CREATE INDEX deliveries_listed ON deliveries (tenant);
        CREATE INDEX deliveries_by_status ON deliveries (tenant, status);
        CREATE INDEX deliveries_by_event ON deliveries (event);

        CREATE TABLE attempts (
            delivery INTEGER NOT NULL REFERENCES deliveries (seq),
            number INTEGER NOT NULL CHECK (number >= 1),
            started_at_ms INTEGER NOT NULL,
            duration_ms INTEGER NOT NULL,
            outcome TEXT NOT NULL,
            status_code INTEGER,
            error TEXT,
            address TEXT,
            response_excerpt BLOB NOT NULL,
            PRIMARY KEY (delivery, number)
        ) STRICT, WITHOUT ROWID;

        -- `owner` while the first request runs; the answer's columns afterwards.
        CREATE TABLE idempotency_keys (
            seq INTEGER PRIMARY KEY,
            tenant TEXT NOT NULL,
            method TEXT NOT NULL,
            path TEXT NOT NULL,
            key TEXT NOT NULL,
            fingerprint BLOB NOT NULL,
            owner TEXT,
            answer_status INTEGER,
            answer_location TEXT,
            answer_body BLOB,
            created_at_ms INTEGER NOT NULL,
            UNIQUE (tenant, method, path, key),
            CHECK ((owner IS NULL) = (answer_status IS NOT NULL)),
            CHECK ((owner IS NULL) = (answer_body IS NOT NULL))
        ) STRICT;
        CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at_ms);
        """

    /// What a payment is next asked about, refunds that are asked for and shipments.
    ///
    /// A refund of the first schema was seen at Alipay, of the payment's own trade. A payment that was open then was asked
    /// about by nobody: it is looked at once it has expired, and from there on as any other.
    static let second = """
        ALTER TABLE payments ADD COLUMN provider_options TEXT;
        ALTER TABLE payments ADD COLUMN charset TEXT NOT NULL DEFAULT 'utf-8' CHECK (charset IN ('utf-8', 'gbk'));
        ALTER TABLE payments ADD COLUMN held_at_ms INTEGER;
        ALTER TABLE payments ADD COLUMN qr_code TEXT;
        ALTER TABLE payments ADD COLUMN check_at_ms INTEGER;
        UPDATE payments SET check_at_ms = expires_at_ms
            WHERE status IN ('requires_action', 'processing', 'held', 'shipped');
        -- The tenant comes first: from one to the next is one step, however much waits in between.
        CREATE INDEX payments_to_check ON payments (tenant, check_at_ms, id) WHERE check_at_ms IS NOT NULL;
        -- All that is summed up stands in it; the constant status is what lets it be searched.
        CREATE INDEX payments_held ON payments (status, tenant, held_at_ms, created_at_ms, amount_minor,
            amount_paid_minor, amount_refunded_minor) WHERE status = 'held';

        ALTER TABLE refunds ADD COLUMN method TEXT NOT NULL DEFAULT 'elsewhere'
            CHECK (method IN ('no_password', 'password', 'acquire', 'elsewhere'));
        ALTER TABLE refunds ADD COLUMN trade_no TEXT NOT NULL DEFAULT '';
        ALTER TABLE refunds ADD COLUMN is_of_other_trade INTEGER NOT NULL DEFAULT 0 CHECK (is_of_other_trade IN (0, 1));
        ALTER TABLE refunds ADD COLUMN batch_no TEXT;
        ALTER TABLE refunds ADD COLUMN refunded_before_minor INTEGER NOT NULL DEFAULT 0
            CHECK (refunded_before_minor >= 0);
        ALTER TABLE refunds ADD COLUMN provider_code TEXT;
        ALTER TABLE refunds ADD COLUMN last_error TEXT;
        ALTER TABLE refunds ADD COLUMN send_count INTEGER NOT NULL DEFAULT 0 CHECK (send_count >= 0);
        ALTER TABLE refunds ADD COLUMN not_found_count INTEGER NOT NULL DEFAULT 0 CHECK (not_found_count >= 0);
        ALTER TABLE refunds ADD COLUMN first_not_found_at_ms INTEGER;
        ALTER TABLE refunds ADD COLUMN check_count INTEGER NOT NULL DEFAULT 0 CHECK (check_count >= 0);
        ALTER TABLE refunds ADD COLUMN check_at_ms INTEGER;
        UPDATE refunds SET trade_no =
            coalesce((SELECT provider_trade_no FROM payments WHERE payments.id = refunds.payment), '');
        CREATE UNIQUE INDEX refunds_by_batch ON refunds (tenant, batch_no) WHERE batch_no IS NOT NULL;
        CREATE INDEX refunds_listed ON refunds (tenant);
        CREATE INDEX refunds_to_check ON refunds (tenant, check_at_ms, id) WHERE check_at_ms IS NOT NULL;

        ALTER TABLE duplicate_trades ADD COLUMN kind TEXT NOT NULL DEFAULT 'duplicate'
            CHECK (kind IN ('duplicate', 'mismatch'));

        CREATE TABLE shipments (
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            tenant TEXT NOT NULL,
            payment TEXT NOT NULL UNIQUE REFERENCES payments (id),
            carrier TEXT NOT NULL,
            tracking_number TEXT,
            transport TEXT NOT NULL CHECK (transport IN ('post', 'ems', 'express', 'direct')),
            state TEXT NOT NULL CHECK (state IN ('requested', 'confirmed')),
            created_at_ms INTEGER NOT NULL
        ) STRICT;

        ALTER TABLE notifications ADD COLUMN failure_cell TEXT;
        -- For an admin, who sees all tenants' at once.
        CREATE INDEX notifications_of_all ON notifications (received_at_ms);
        CREATE INDEX notifications_of_all_by_verdict ON notifications (verdict, received_at_ms);
        """
}

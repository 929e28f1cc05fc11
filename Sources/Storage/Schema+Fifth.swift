extension Schema {
    /// The same checks in another spelling.
    ///
    /// SQLite makes a table of an IN with more than two words whenever it checks a row against it, and fills and drops it: a
    /// quarter of what writing a notification cost. What is stored does not change, so the texts are replaced where they stand
    /// (sqlite.org/lang_altertable.html, "changes that do not affect the on-disk content"); the index is made anew, with which
    /// every connection reads the schema again.
    static let fifth = """
        PRAGMA writable_schema = ON;
        UPDATE sqlite_schema SET sql = replace(sql, \(literal(paymentStatusBefore)), \(literal(anyOf("status", paymentStatuses))))
            WHERE type = 'table' AND name = 'payments';
        UPDATE sqlite_schema SET sql = replace(sql, \(literal(deliveryStatusBefore)), \(literal(anyOf("status", deliveryStatuses))))
            WHERE type = 'table' AND name = 'deliveries';
        PRAGMA writable_schema = RESET;

        DROP INDEX notifications_settled;
        CREATE UNIQUE INDEX notifications_settled ON notifications (tenant, notify_id)
            WHERE (\(settles)) AND notify_id <> '';
        """

    /// Whether a notification settles its `notify_id`; a query says it in these very words, or the index is of no use to it.
    static let settles = anyOf("verdict", ["applied", "unchanged", "stale", "unsupported"])

    private static let paymentStatuses = [
        "requires_action", "processing", "held", "shipped", "succeeded", "canceled", "expired",
    ]
    private static let deliveryStatuses = ["pending", "delivered", "held", "exhausted"]

    /// As the first step has it, in two lines.
    private static let paymentStatusBefore = "status IN\n        (\(words(paymentStatuses)))"
    private static let deliveryStatusBefore = "status IN (\(words(deliveryStatuses)))"

    private static func words(_ words: [String]) -> String { words.map { "'\($0)'" }.joined(separator: ", ") }

    private static func anyOf(_ column: String, _ words: [String]) -> String {
        words.map { "\(column) = '\($0)'" }.joined(separator: " OR ")
    }

    private static func literal(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }
}

import Text

/// `batch_refund_notify`: what became of the items of one batch of refunds (O-refund). A partial failure is an item whose
/// result is not `SUCCESS`.
package struct BatchRefundSync: Sendable, Hashable {
    package let batchNo: String
    package let items: [ResultDetails.Item]

    init(_ fields: FormFields) throws(Unreadable) {
        guard let batchNo = try Field.text("batch_no", fields) else { throw Unreadable(field: "batch_no") }
        guard let details = fields["result_details"] else { throw Unreadable(field: "result_details") }
        self.batchNo = batchNo
        do { items = try ResultDetails(notification: details).items } catch {
            throw Unreadable(field: "result_details")
        }
    }
}

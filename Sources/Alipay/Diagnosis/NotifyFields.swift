/// The names that Alipay's documents give for the fields of its notifications and returns. For diagnoses only: what is
/// signed is whatever came, and new names appear.
enum NotifyFields {
    static func isKnown(_ name: [UInt8]) -> Bool { names.contains(String(decoding: name, as: UTF8.self)) }

    private static let names: Set<String> = [
        // Every message.
        "notify_time", "notify_type", "notify_id", "sign_type", "sign",
        // trade_status_sync.
        "out_trade_no", "trade_no", "trade_status", "subject", "body", "payment_type", "gmt_create", "gmt_payment",
        "gmt_close", "refund_status", "gmt_refund", "seller_email", "seller_id", "buyer_email", "buyer_id", "price",
        "quantity", "total_fee", "discount", "is_total_fee_adjust", "use_coupon", "extra_common_param",
        "out_channel_type", "out_channel_amount", "out_channel_inst", "business_scene",
        // Escrow and dual-function trades.
        "logistics_type", "logistics_fee", "logistics_payment", "receive_name", "receive_address", "receive_zip",
        "receive_phone", "receive_mobile", "gmt_send_goods", "gmt_logistics_modify", "logistics_status",
        "coupon_discount", "buyer_actions", "seller_actions",
        // Payments in person.
        "notify_action_type", "refund_fee", "out_biz_no",
        // Batches of refunds and of transfers.
        "batch_no", "success_num", "result_details", "unfreezed_details", "pay_user_id", "pay_user_name",
        "pay_account_no", "success_details", "fail_details",
        // Returns.
        "is_success", "exterface", "agent_user_id",
    ]
}

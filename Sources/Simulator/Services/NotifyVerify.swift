import Diagnostics
import HTTP

/// `notify_verify`: plain text, and nothing is signed.
struct NotifyVerify: Sendable {
    let accounts: Accounts
    let ids: NotifyIDs
    let clock: any Clock

    /// - `true`: the id was given to this partner, delivered within the last minute and not answered `success`;
    /// - `false`: it was not;
    /// - `invalid`: the command is wrong, its partner or its id.
    func answer(_ fields: Fields, _ suffered: Suffered) -> Response {
        if suffered.contains(.answerInvalid) { return .plain("invalid") }
        if suffered.contains(.answerFalse) { return .plain("false") }
        guard let partner = fields.filled("partner"), accounts[partner: partner] != nil,
            let id = fields.filled("notify_id")
        else { return .plain("invalid") }
        return .plain(ids.isValid(id, partner: partner, nowMs: clock.nowMs) ? "true" : "false")
    }
}

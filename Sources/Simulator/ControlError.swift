import HTTP
import JSON

/// What the control API refuses, as `{"error", "detail"}`.
struct ControlError: Error {
    let status: Int
    let code: String
    let detail: String

    init(_ status: Int, _ code: String, _ detail: String) {
        self.status = status
        self.code = code
        self.detail = detail
    }

    var response: Response {
        var out = JSONWriter()
        out.beginObject()
        out.field("error", code)
        out.field("detail", detail)
        out.endObject()
        return .json(out.bytes, status: status)
    }
}

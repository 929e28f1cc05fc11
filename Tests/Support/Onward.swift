package import HTTP

package enum Onward {
    /// Where a browser goes from an answer by itself: its `Location`, or what the page refreshes itself to.
    package static func url(_ headers: Headers, _ body: [UInt8]) -> String? {
        if let location = headers["Location"] { return location }
        let page = String(decoding: body, as: UTF8.self)
        let refresh = page.split(separator: #"<meta http-equiv="refresh" content="0;url="#, maxSplits: 1)
        guard refresh.count == 2 else { return nil }
        return String(refresh[1].prefix { $0 != "\"" }).replacing("&amp;", with: "&")
    }
}

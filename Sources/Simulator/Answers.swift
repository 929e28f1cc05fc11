import HTTP

/// Escaping for HTML and XML text and attribute values.
package enum Markup {
    /// The five characters that mean something, as references; a carriage return too, because XML readers turn a bare one
    /// into a newline. What XML cannot carry at all becomes U+FFFD.
    package static func escape(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out.append(contentsOf: "&amp;".unicodeScalars)
            case "<": out.append(contentsOf: "&lt;".unicodeScalars)
            case ">": out.append(contentsOf: "&gt;".unicodeScalars)
            case "\"": out.append(contentsOf: "&quot;".unicodeScalars)
            case "'": out.append(contentsOf: "&#39;".unicodeScalars)
            case "\r": out.append(contentsOf: "&#13;".unicodeScalars)
            case "\t", "\n": out.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                out.append("\u{FFFD}")
            default: out.append(scalar)
            }
        }
        return String(out)
    }
}

extension Response {
    static func html(_ page: String, status: Int = 200) -> Response {
        var response = Response(status: status, contentType: "text/html; charset=utf-8", body: Array(page.utf8))
        // Whatever a merchant writes into a subject, no script runs and nothing is loaded from elsewhere.
        response.headers.add("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'")
        response.headers.add("X-Content-Type-Options", "nosniff")
        response.headers.add("Cache-Control", "no-store")
        return response
    }

    static func xml(_ document: String, _ charset: Dialect.Charset = .utf8) -> Response {
        Response(
            status: 200, contentType: "text/xml; charset=\(charset.rawValue)", body: charset.encode(document))
    }

    static func plain(_ text: String, status: Int = 200) -> Response {
        Response(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    static func json(_ body: [UInt8], status: Int = 200) -> Response {
        Response(status: status, contentType: "application/json", body: body)
    }

    static func redirect(to url: String) -> Response {
        Response(status: 302, headers: Headers([("Location", url), ("Cache-Control", "no-store")]))
    }

    static let notFound = Response.plain("there is no such page\n", status: 404)

    static func methodNotAllowed(_ allowed: String) -> Response {
        var response = Response.plain("only \(allowed)\n", status: 405)
        response.headers.add("Allow", allowed)
        return response
    }
}

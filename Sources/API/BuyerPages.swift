import Crypto
import HTTP
import Payments

/// The small pages that a buyer can meet: Chinese or English, no JavaScript, nothing loaded from anywhere.
struct BuyerPages: Sendable {
    enum Language: Sendable {
        case chinese
        case english

        /// Chinese unless the browser asks for English first.
        init(acceptLanguage: String?) {
            let first = acceptLanguage?.prefix { $0 != "," && $0 != ";" }.lowercased() ?? ""
            self = first.hasPrefix("en") ? .english : .chinese
        }
    }

    private let policy: String

    init() {
        let digest = Base64.encode(SHA256.digest(Array(BuyerPages.style.utf8)))
        policy =
            "default-src 'none'; style-src 'sha256-\(digest)'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }

    /// What is stored, in words.
    func status(_ payment: Payment, _ language: Language) -> Response {
        let words: (title: String, text: String)
        switch (payment.status, language) {
        case (.requiresAction, .chinese): words = ("正在确认", "我们正在向支付宝确认这笔付款。")
        case (.requiresAction, .english): words = ("Checking", "We are checking this payment with Alipay.")
        case (.processing, .chinese): words = ("处理中", "支付宝正在处理这笔付款。")
        case (.processing, .english): words = ("Processing", "Alipay is processing this payment.")
        case (.held, .chinese), (.shipped, .chinese): words = ("已付款", "款项由支付宝保管,确认收货后付给卖家。")
        case (.held, .english), (.shipped, .english):
            words = ("Paid", "Alipay holds the money until you confirm that the goods have come.")
        case (.succeeded, .chinese): words = ("付款成功", "商家已收到这笔付款。")
        case (.succeeded, .english): words = ("Paid", "The merchant has received this payment.")
        case (.canceled, .chinese): words = ("已取消", "这笔付款已取消,无需支付。")
        case (.canceled, .english): words = ("Canceled", "This payment was canceled. There is nothing to pay.")
        case (.expired, .chinese): return expired(payment, .chinese)
        case (.expired, .english): return expired(payment, .english)
        }
        return page(200, words.title, words.text, payment, language)
    }

    func expired(_ payment: Payment, _ language: Language) -> Response {
        switch language {
        case .chinese: page(200, "已过期", "付款时间已过。请回到商家重新下单。", payment, language)
        case .english:
            page(
                200, "Expired", "The time to pay is over. Please go back to the merchant and order again.", payment,
                language)
        }
    }

    /// A return that proves nothing.
    func checking(_ language: Language) -> Response {
        switch language {
        case .chinese: page(200, "正在确认", "我们正在向支付宝确认。结果以商家的订单页为准。", nil, language)
        case .english:
            page(
                200, "Checking", "We are checking with Alipay. The merchant's order page has the result.", nil, language
            )
        }
    }

    func notFound(_ language: Language) -> Response {
        switch language {
        case .chinese: page(404, "找不到", "没有这笔付款。", nil, language)
        case .english: page(404, "Not found", "There is no such payment.", nil, language)
        }
    }

    func tryAgain(_ language: Language) -> Response {
        switch language {
        case .chinese: page(503, "请稍后再试", "暂时无法处理,请刷新本页。", nil, language)
        case .english:
            page(503, "Please try again", "This cannot be done right now. Please reload the page.", nil, language)
        }
    }

    /// Where `url` is longer than what a proxy takes of an answer's head, 4 or 8 KB: the browser goes on by itself.
    ///
    /// - Parameter url: characters that are allowed in a URL, and no others.
    func onward(to url: String, _ language: Language) -> Response {
        let escaped = BuyerPages.escape(url)
        let refresh = "<meta http-equiv=\"refresh\" content=\"0;url=\(escaped)\">"
        let words = language == .chinese ? ("正在前往支付宝", "继续") : ("On to Alipay", "Continue")
        return page(
            200, words.0, "<a href=\"\(escaped)\">\(words.1)</a>", nil, language, head: refresh)
    }

    private func page(
        _ status: Int, _ title: String, _ text: String, _ payment: Payment?, _ language: Language, head: String = ""
    ) -> Response {
        let code = language == .chinese ? "zh-CN" : "en"
        var order = ""
        if let payment {
            let amount =
                "\(payment.amountMinor / 100).\(payment.amountMinor % 100 < 10 ? "0" : "")\(payment.amountMinor % 100)"
            order = "<p class=\"order\">\(BuyerPages.escape(payment.subject))<br>¥ \(amount)</p>"
        }
        let html = """
            <!doctype html>
            <html lang="\(code)"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <meta name="robots" content="noindex">\(head)<title>\(title)</title><style>\(BuyerPages.style)</style></head>
            <body><main><h1>\(title)</h1><p>\(text)</p>\(order)</main></body></html>
            """
        var response = Response(status: status, contentType: "text/html; charset=utf-8", body: Array(html.utf8))
        response.headers.add("Content-Security-Policy", policy)
        response.headers.add("X-Content-Type-Options", "nosniff")
        response.headers.add("Referrer-Policy", "no-referrer")
        response.headers.add("Cache-Control", "no-store")
        return response
    }

    private static let style =
        "body{font:17px/1.6 system-ui,sans-serif;background:#f4f6f8;color:#1d2733;margin:0}"
        + "main{max-width:26em;margin:12vh auto;padding:2em;background:#fff;border-radius:12px}"
        + "h1{font-size:1.5em;margin:0 0 .4em}.order{color:#5b6773;border-top:1px solid #e3e8ed;padding-top:1em}"

    private static func escape(_ text: String) -> String {
        var out = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "'": out += "&#39;"
            default: out.unicodeScalars.append(character)
            }
        }
        return out
    }
}

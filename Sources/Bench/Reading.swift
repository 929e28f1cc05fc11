import Alipay
import Diagnostics
import FoundationEssentials
import JSON
import Platform

/// `payrelay-bench read`: a notification from its bytes to its verdict about the signature, over and over.
enum Reading {
    static func run(_ options: Options) throws {
        let body = Array(try Data(contentsOf: URL(filePath: try options.required("body"))))
        let keys = SigningKeys(md5: [Secret(try options.required("key"))])
        let count = try options.number("count", in: 1...100_000_000)
        let began = try ProcessUsage.read()
        for _ in 0..<count {
            guard try InboundNotification(body).isSigned(by: keys) else {
                throw Failure(description: "the notification is not signed with this key")
            }
        }
        let ns = (try ProcessUsage.read().cpuMs - began.cpuMs) * 1_000_000 / count
        var out = JSONWriter()
        out.beginObject()
        out.field("ns", ns)
        out.endObject()
        StandardStream.out.write(out.bytes + [0x0A])
    }
}

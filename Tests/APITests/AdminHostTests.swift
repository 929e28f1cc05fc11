import HTTP
import Support
import Testing

/// A name that somebody points at this machine is not this machine: a page in the admin's browser could use it.
struct AdminHostTests {
    @Test(arguments: [
        ("127.0.0.1", 200), ("127.0.0.1:8081", 200), ("localhost", 200), ("localhost:8081", 200), ("[::1]", 200),
        ("[::1]:8081", 200), ("evil.example", 403), ("evil.example:8081", 403), ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example", 403), ("evil.example:127.0.0.1", 403), ("", 403), ("[::1", 403),
        ("127.0.0.1:80.evil.example", 403), ("10.0.0.1", 403),
        ("0.0.0.0", 403), ("127.0.0.2", 200), ("[::1].evil.example", 403), ("localhost@evil.example", 403),
    ])
    func `without a token the admin API answers to this machine's own names only`(host: String, status: Int) async {
        let answer = await Desk().ask(admin: "/api/notifications", headers: [("Host", host)])
        #expect(answer.status == status)
    }

    @Test func `with a token any name will do, and a web page still will not`() async {
        let desk = Desk(adminToken: Desk.adminToken)
        let token = ("Authorization", "Bearer \(Desk.adminToken)")
        let named = [token, ("Host", "admin.example")]
        #expect(await desk.ask(admin: "/api/notifications", headers: named).status == 200)
        for header in [("Origin", "https://admin.example"), ("Sec-Fetch-Site", "same-origin")] {
            #expect(await desk.ask(admin: "/api/notifications", headers: named + [header]).status == 403)
        }
        #expect(await desk.ask(admin: "/api/notifications", headers: [("Host", "127.0.0.1")]).status == 401)
    }

    @Test(arguments: ["/api/notifications", "/api/notifications/ntf_00000000000000000000000000/replay"])
    func `what is posted has to say that it is JSON, which no form can`(path: String) async {
        let types: [String?] = [nil, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
        for type in types {
            let headers = [("Host", "127.0.0.1")] + (type.map { [("Content-Type", $0)] } ?? [])
            #expect(await Desk().ask(admin: path, method: .post, headers: headers).status == 415)
        }
        let json = [("Host", "127.0.0.1"), ("Content-Type", "application/json")]
        #expect(await Desk().ask(admin: path, method: .post, headers: json).status == 404)
    }
}

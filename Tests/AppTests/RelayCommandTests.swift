import App
import Diagnostics
import HTTP
import HTTPServer
import JSON
import Settings
import Support
import Synchronization
import Testing

/// `payrelay deliveries …`, `events …` and `endpoints …`: what they ask of the admin API, and how they show its answers.
struct RelayCommandTests {
    static let delivery = """
        {"tenant":"shop","delivery":{"id":"dlv_1","object":"delivery","event":"evt_1","event_type":"payment.succeeded",\
        "endpoint":"default","status":"pending","next_attempt_at":"2026-01-02T03:05:00.000Z","waiting_for":null,\
        "created_at":"2026-01-02T03:04:05.000Z","attempts":[{"number":1,"started_at":"2026-01-02T03:04:06.000Z",\
        "duration_ms":12,"outcome":"status","status_code":500,"error":"the endpoint answered 500",\
        "address":"203.0.113.9","response_excerpt":"<b>\\u001b[31mno\\n</b>"}]}}
        """
    static let held = """
        {"tenant":"shop","delivery":{"id":"dlv_2","object":"delivery","event":"evt_2","event_type":"payment.updated",\
        "endpoint":"erp","status":"held","next_attempt_at":null,"waiting_for":{"reason":"circuit_breaker",\
        "since":"2026-01-02T03:04:00.000Z","until":"2026-01-02T03:04:30.000Z","detail":"5 failures in a row"},\
        "created_at":"2026-01-02T03:04:07.000Z","attempts":[]}}
        """

    @Test func `deliveries are listed a line each, with why they are not done`() throws {
        let listener = try AdminListener([#"{"object":"list","data":[\#(Self.delivery),\#(Self.held)]}"#])
        defer { listener.stop() }
        let outcome = listener.run(
            "deliveries list --tenant shop --status held --endpoint erp --event evt_2 --limit 5")
        #expect(outcome.status == 0 && outcome.error == "")
        #expect(
            outcome.out == """
                2026-01-02T03:04:05.000Z  pending  dlv_1  payment.succeeded  default  evt_1  1 try  \
                the endpoint answered 500; next at 2026-01-02T03:05:00.000Z
                2026-01-02T03:04:07.000Z  held  dlv_2  payment.updated  erp  evt_2  0 tries  \
                circuit_breaker since 2026-01-02T03:04:00.000Z until 2026-01-02T03:04:30.000Z: 5 failures in a row

                """)
        #expect(listener.asked == ["GET /api/deliveries?tenant=shop&limit=5&status=held&endpoint=erp&event=evt_2 "])
    }

    @Test func `a page that is not the last one tells how to get the next`() throws {
        let listener = try AdminListener([
            #"{"object":"list","data":[\#(Self.delivery),\#(Self.held)],"has_more":true}"#,
            #"{"object":"list","data":[\#(Self.held)],"has_more":false}"#,
        ])
        defer { listener.stop() }
        let first = listener.run("deliveries list --tenant shop --limit 2")
        #expect(first.status == 0 && first.out.split(separator: "\n").count == 2)
        #expect(first.error == "there are more: --after dlv_2\n")
        let last = listener.run("deliveries list --tenant shop --limit 2 --after dlv_2")
        #expect(last.status == 0 && last.out.split(separator: "\n").count == 1 && last.error == "")
        #expect(
            listener.asked == [
                "GET /api/deliveries?tenant=shop&limit=2 ",
                "GET /api/deliveries?tenant=shop&limit=2&starting_after=dlv_2 ",
            ])
    }

    @Test func `changes of tenants' files are listed page by page as well`() throws {
        func row(_ number: Int, _ kind: String, _ fields: String) -> String {
            #"{"number":\#(number),"tenant":"shop","kind":"\#(kind)","file_sha256":"0123456789abcdef","#
                + #""fields":[\#(fields)],"at":"2026-01-02T03:04:05.000Z"}"#
        }
        let changed = row(9, "changed", "\"name\",\"products[0]\"")
        let added = row(4, "added", "\"name\"")
        let listener = try AdminListener([
            #"{"object":"list","data":[\#(changed)],"has_more":true}"#,
            #"{"object":"list","data":[\#(added)],"has_more":false}"#,
        ])
        defer { listener.stop() }
        let first = listener.run("tenant changes shop --limit 1")
        #expect(first.status == 0)
        #expect(first.out == "2026-01-02T03:04:05.000Z  shop  changed  0123456789ab  name products[0]\n")
        #expect(first.error == "there are more: --after 9\n")
        let last = listener.run("tenant changes shop --limit 1 --after 9")
        #expect(last.status == 0 && last.error == "")
        #expect(last.out == "2026-01-02T03:04:05.000Z  shop  added  0123456789ab\n")
        #expect(
            listener.asked == [
                "GET /api/changes?limit=1&tenant=shop ", "GET /api/changes?limit=1&tenant=shop&starting_after=9 ",
            ])
    }

    @Test func `an empty list is said to be so`() throws {
        let listener = try AdminListener([#"{"object":"list","data":[],"has_more":false}"#])
        defer { listener.stop() }
        let outcome = listener.run("deliveries list --tenant shop")
        #expect(outcome.status == 0 && outcome.out == "" && outcome.error == "none\n")
        #expect(listener.asked == ["GET /api/deliveries?tenant=shop&limit=20 "])
    }

    @Test func `a delivery is shown with every attempt, and the endpoint's words move no cursor`() throws {
        let listener = try AdminListener([Self.delivery, Self.held])
        defer { listener.stop() }
        let outcome = listener.run("deliveries show dlv_1 --tenant shop")
        #expect(outcome.status == 0 && outcome.error == "")
        #expect(
            outcome.out == """
                tenant: shop
                id: dlv_1
                event: evt_1
                event_type: payment.succeeded
                endpoint: default
                status: pending
                next_attempt_at: 2026-01-02T03:05:00.000Z
                created_at: 2026-01-02T03:04:05.000Z
                attempts: 1
                  1  2026-01-02T03:04:06.000Z  status 500  12 ms  203.0.113.9  the endpoint answered 500
                     it said: <b>\\u{1b}[31mno\\u{a}</b>

                """)
        let held = listener.run("deliveries show --tenant=shop dlv_2")
        #expect(
            held.out.hasSuffix(
                """
                status: held
                waiting_for: circuit_breaker since 2026-01-02T03:04:00.000Z until 2026-01-02T03:04:30.000Z: \
                5 failures in a row
                created_at: 2026-01-02T03:04:07.000Z
                attempts: none

                """))
        #expect(
            listener.asked == ["GET /api/deliveries/dlv_1?tenant=shop ", "GET /api/deliveries/dlv_2?tenant=shop "])
    }

    /// Only the newest attempts are told.
    @Test func `tries are counted by their numbers`() throws {
        let late = Self.delivery.replacing(#""number":1"#, with: #""number":1204"#)
        let listener = try AdminListener([late, #"{"object":"list","data":[\#(late)]}"#])
        defer { listener.stop() }
        let shown = listener.run("deliveries show dlv_1 --tenant shop")
        #expect(shown.out.contains("attempts: 1204, the last 1 of them\n  1204  "))
        #expect(listener.run("deliveries list --tenant shop").out.contains("  1204 tries  "))
    }

    @Test func `a replay is asked for in the service's terms`() throws {
        let listener = try AdminListener([
            #"{"object":"replay","id":"rpl_1","count":12}"#, #"{"object":"replay","id":"rpl_2","count":1}"#,
            #"{"object":"replay","id":null,"count":0}"#,
        ])
        defer { listener.stop() }
        let twelve = listener.run(
            """
            deliveries replay --tenant shop --since 2026-01-02T11:04:05+08:00 --until 2026-01-03T00:00:00Z \
            --status exhausted,held --type payment.succeeded --type refund.failed,refund.succeeded --endpoint erp
            """)
        #expect(twelve.status == 0 && twelve.out == "rpl_1  12 deliveries are sent again\n" && twelve.error == "")
        let one = listener.run("deliveries replay --tenant shop --since 2026-01-02T03:04:05Z")
        #expect(one.status == 0 && one.out == "rpl_2  1 delivery is sent again\n")
        let none = listener.run("deliveries replay --tenant shop --since 2026-01-02T03:04:05Z")
        #expect(none.status == 0 && none.out == "" && none.error == "nothing matches; nothing was done\n")
        let path = "POST /api/deliveries/replay "
        #expect(
            listener.asked == [
                path + """
                    {"tenant":"shop","since":"2026-01-02T03:04:05.000Z","until":"2026-01-03T00:00:00.000Z",\
                    "status":["exhausted","held"],"types":["payment.succeeded","refund.failed","refund.succeeded"],\
                    "endpoint":"erp"}
                    """,
                path + #"{"tenant":"shop","since":"2026-01-02T03:04:05.000Z"}"#,
                path + #"{"tenant":"shop","since":"2026-01-02T03:04:05.000Z"}"#,
            ])
    }

    @Test(arguments: [("90s", 90_000), ("30m", 1_800_000), ("2h", 7_200_000), ("7d", 604_800_000)])
    func `how long ago is counted from now`(ago: String, ms: Int64) throws {
        let listener = try AdminListener([#"{"object":"replay","id":null,"count":0}"#])
        defer { listener.stop() }
        let before = SystemClock().nowMs
        #expect(listener.run("deliveries replay --tenant shop --since \(ago)").status == 0)
        let after = SystemClock().nowMs
        let asked = try #require(listener.asked.first).dropFirst("POST /api/deliveries/replay ".count)
        let since = try RFC3339.unixMs(#require(JSONReader.read(Array(asked.utf8))["since"]?.text))
        #expect(try (before - ms...after - ms).contains(#require(since)))
    }

    @Test func `an event is sent again, and its deliveries are shown`() throws {
        let listener = try AdminListener(
            [#"{"object":"list","data":[\#(Self.held)],"has_more":false}"#, #"{"object":"list","data":[]}"#],
            status: 202)
        defer { listener.stop() }
        let outcome = listener.run("events redeliver evt_2 --tenant shop --endpoint erp")
        #expect(outcome.status == 0 && outcome.out.contains("  held  dlv_2  payment.updated  erp  evt_2  0 tries  "))
        _ = listener.run("events redeliver --tenant shop evt_3")
        #expect(
            listener.asked == [
                #"POST /api/events/evt_2/redeliver {"tenant":"shop","endpoint":"erp"}"#,
                #"POST /api/events/evt_3/redeliver {"tenant":"shop"}"#,
            ])
    }

    @Test func `a refusal is told, and is a failure`() throws {
        let listener = try AdminListener(
            [#"{"code":"not_found","detail":"this tenant has no such event\u001b[2J"}"#], status: 404)
        defer { listener.stop() }
        let outcome = listener.run("events redeliver evt_2 --tenant shop")
        #expect(outcome.status == 1 && outcome.out == "")
        #expect(
            outcome.error
                == "payrelay events redeliver: this tenant has no such event\\u{1b}[2J (HTTP status 404)\n")
    }

    @Test func `endpoints are listed page by page, with how they do`() throws {
        func row(_ endpoint: String, _ more: String) -> String {
            #"{"tenant":"shop","endpoint":"\#(endpoint)",\#(more)}"#
        }
        let fine =
            #""url":"https://shop.example","hold":null,"failing_since":null,"failure_count":0,"#
            + #""backlog":{"count":0,"oldest":null}"#
        let failing =
            #""url":"https://erp.example","hold":null,"failing_since":"2026-01-02T03:04:05.000Z","#
            + #""failure_count":3,"backlog":{"count":4,"oldest":"2026-01-02T03:04:05.000Z"}"#
        let gone =
            #""url":null,"hold":{"reason":"endpoint_missing","since":"2026-01-02T03:04:05.000Z","until":null,"#
            + #""detail":"no file has it"},"failing_since":null,"failure_count":0,"#
            + #""backlog":{"count":1,"oldest":"2026-01-02T03:04:05.000Z"}"#
        let listener = try AdminListener([
            #"{"object":"list","data":[\#(row("default", fine)),\#(row("erp", failing))],"has_more":true}"#,
            #"{"object":"list","data":[\#(row("gone", gone))],"has_more":false}"#,
            #"{"object":"list","data":[],"has_more":false}"#,
        ])
        defer { listener.stop() }
        let outcome = listener.run("endpoints list shop")
        #expect(outcome.status == 0 && outcome.error == "")
        #expect(
            outcome.out == """
                shop  default  https://shop.example  0 waiting  fine
                shop  erp  https://erp.example  4 waiting, the oldest since 2026-01-02T03:04:05.000Z  \
                failing since 2026-01-02T03:04:05.000Z, 3 times
                shop  gone  in no file  1 waiting, the oldest since 2026-01-02T03:04:05.000Z  \
                endpoint_missing since 2026-01-02T03:04:05.000Z: no file has it

                """)
        #expect(listener.run("endpoints list").error == "none\n")
        #expect(
            listener.asked == [
                "GET /api/endpoints?tenant=shop ", "GET /api/endpoints?tenant=shop&starting_after=shop/erp ",
                "GET /api/endpoints ",
            ])
    }

    @Test func `an endpoint is disabled and enabled`() throws {
        let listener = try AdminListener([#"{"changed":true}"#, #"{"changed":true}"#, #"{"changed":false}"#])
        defer { listener.stop() }
        #expect(listener.run("endpoints disable shop erp").out == "shop erp is disabled\n")
        #expect(listener.run("endpoints enable shop").out == "shop default is enabled\n")
        #expect(listener.run("endpoints enable shop").out == "shop default is enabled already\n")
        #expect(
            listener.asked == [
                "POST /api/endpoints/shop/erp/disable {}", "POST /api/endpoints/shop/default/enable {}",
                "POST /api/endpoints/shop/default/enable {}",
            ])
    }
}

/// An admin listener that gives the answers of the test, one after the other, and keeps what it was asked.
final class AdminListener: HTTPHandler {
    private struct State {
        var answers: [String]
        var asked: [String] = []
    }

    private let state: Mutex<State>
    private let status: Int
    private let server = Mutex<HTTPServer?>(nil)

    init(_ answers: [String], status: Int = 200) throws {
        state = Mutex(State(answers: answers))
        self.status = status
        let made = try HTTPServer(
            ListenerSettings(address: ListenAddress("127.0.0.1:0")), handler: self, clock: SystemClock(),
            metrics: Metrics(), logger: .none, makeRequestID: { "req_1" })
        made.start()
        server.withLock { $0 = made }
    }

    /// Method, path, query and body of each request.
    var asked: [String] { state.withLock { $0.asked } }

    func handle(_ request: Request, _ reply: any Reply) {
        let query = request.query.isEmpty ? "" : "?" + String(decoding: request.query, as: UTF8.self)
        let body = String(decoding: request.body, as: UTF8.self)
        let answer = state.withLock { state in
            state.asked.append("\(request.method.rawValue) \(request.path)\(query) \(body)")
            return state.answers.isEmpty ? "" : state.answers.removeFirst()
        }
        reply.send(Response(status: status, contentType: "application/json", body: Array(answer.utf8)))
    }

    func run(_ line: String) -> Outcome {
        let port = server.withLock { $0?.port } ?? 0
        return Shop.run(
            line.split(separator: " ").map(String.init)
                + ["--config", "/nowhere/payrelay.yaml", "--admin", "http://127.0.0.1:\(port)"])
    }

    func stop() { server.withLock { $0 }?.stop(graceMs: 0) }
}

import Diagnostics
import Testing

struct MetricsTests {
    @Test func `the whole text, families and series in order`() {
        let metrics = Metrics()
        let requests = metrics.counter("payrelay_http_requests_total", help: "Requests answered.")
        requests.with([("listener", "public"), ("status", "200")]).increment(by: 3)
        requests.with([("listener", "admin"), ("status", "404")]).increment()
        metrics.gauge("payrelay_backlog", help: "Deliveries that wait.").set(17)
        metrics.observe("payrelay_age_seconds", help: "Age of the oldest.", labels: [("tenant", "bookshop")]) { 1.5 }
        let histogram = metrics.histogram(
            "payrelay_commit_seconds", help: "Time of a commit.", buckets: [0.001, 0.01, 1, 2.5])
        for value in [0.001, 0.0011, 0.01, 1, 2.25, 99] { histogram.record(value) }
        _ = metrics.counter("payrelay_unused_total", help: "Nothing yet.")
        #expect(
            metrics.prometheusText() == """
                # HELP payrelay_age_seconds Age of the oldest.
                # TYPE payrelay_age_seconds gauge
                payrelay_age_seconds{tenant="bookshop"} 1.5
                # HELP payrelay_backlog Deliveries that wait.
                # TYPE payrelay_backlog gauge
                payrelay_backlog 17
                # HELP payrelay_commit_seconds Time of a commit.
                # TYPE payrelay_commit_seconds histogram
                payrelay_commit_seconds_bucket{le="0.001"} 1
                payrelay_commit_seconds_bucket{le="0.01"} 3
                payrelay_commit_seconds_bucket{le="1"} 4
                payrelay_commit_seconds_bucket{le="2.5"} 5
                payrelay_commit_seconds_bucket{le="+Inf"} 6
                payrelay_commit_seconds_sum 102.2621
                payrelay_commit_seconds_count 6
                # HELP payrelay_http_requests_total Requests answered.
                # TYPE payrelay_http_requests_total counter
                payrelay_http_requests_total{listener="admin",status="404"} 1
                payrelay_http_requests_total{listener="public",status="200"} 3
                # HELP payrelay_unused_total Nothing yet.
                # TYPE payrelay_unused_total counter

                """)
    }

    @Test func `a histogram's labels stand before the bound`() {
        let metrics = Metrics()
        metrics.histogram("h_seconds", help: "H.", buckets: [1]).with([("tenant", "a")]).record(2)
        #expect(
            metrics.prometheusText() == """
                # HELP h_seconds H.
                # TYPE h_seconds histogram
                h_seconds_bucket{tenant="a",le="1"} 0
                h_seconds_bucket{tenant="a",le="+Inf"} 1
                h_seconds_sum{tenant="a"} 2
                h_seconds_count{tenant="a"} 1

                """)
    }

    @Test(arguments: [
        ("plain", "plain"), (#"a"b"#, #"a\"b"#), (#"a\b"#, #"a\\b"#), ("a\nb", #"a\nb"#), ("a\\\n\"", #"a\\\n\""#),
        ("a,b={}", "a,b={}"), ("三体", "三体"), ("", ""),
    ])
    func `a label's value is escaped, so that it forges no series`(value: String, escaped: String) {
        let metrics = Metrics()
        metrics.counter("c_total", help: "C.").with([("k", value)]).increment()
        #expect(metrics.prometheusText() == "# HELP c_total C.\n# TYPE c_total counter\nc_total{k=\"\(escaped)\"} 1\n")
    }

    @Test(
        arguments: [
            (0, "0"), (-3, "-3"), (0.25, "0.25"), (1e14, "100000000000000"), (1e15, "1000000000000000.0"),
            (1.5e300, "1.5e+300"),
            (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
        ] as [(Double, String)])
    func `a number is written as Prometheus reads it`(value: Double, text: String) {
        let metrics = Metrics()
        metrics.observe("g", help: "G.") { value }
        #expect(metrics.prometheusText() == "# HELP g G.\n# TYPE g gauge\ng \(text)\n")
    }

    @Test func `the same labels are the same series, and a family's first words stay`() {
        let metrics = Metrics()
        let family = metrics.counter("c_total", help: "First.")
        #expect(family.with([("k", "v")]) === family.with([("k", "v")]))
        #expect(family.with([("k", "v")]) !== family.with([("k", "w")]))
        _ = metrics.counter("c_total", help: "Second.")
        #expect(metrics.prometheusText().hasPrefix("# HELP c_total First.\n"))
    }

    @Test func `a later observation takes the place of an earlier one of the same labels`() {
        let metrics = Metrics()
        metrics.observe("g", help: "G.") { 1 }
        metrics.observe("g", help: "G.") { 2 }
        #expect(metrics.prometheusText() == "# HELP g G.\n# TYPE g gauge\ng 2\n")
    }

    @Test func `gauges go up, down and to a value`() {
        let gauge = Metrics().gauge("g", help: "G.").with([("k", "v")])
        gauge.set(5)
        gauge.add(3)
        gauge.add(-10)
        #expect(gauge.value == -2)
    }

    @Test func `nothing is lost when many threads count, and the text is whole at any moment`() async {
        let metrics = Metrics()
        let counters = metrics.counter("c_total", help: "C.")
        let gauge = metrics.gauge("g", help: "G.").with([])
        let histogram = metrics.histogram("h", help: "H.", buckets: [0.5])
        await withTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for turn in 0..<2_000 {
                        counters.with([("parity", turn.isMultiple(of: 2) ? "even" : "odd")]).increment()
                        gauge.add(worker.isMultiple(of: 2) ? 1 : -1)
                        histogram.record(Double(turn % 2))
                        if turn % 500 == 0 { #expect(metrics.prometheusText().hasSuffix("\n")) }
                    }
                }
            }
        }
        #expect(
            metrics.prometheusText() == """
                # HELP c_total C.
                # TYPE c_total counter
                c_total{parity="even"} 8000
                c_total{parity="odd"} 8000
                # HELP g G.
                # TYPE g gauge
                g 0
                # HELP h H.
                # TYPE h histogram
                h_bucket{le="0.5"} 8000
                h_bucket{le="+Inf"} 16000
                h_sum 8000
                h_count 16000

                """)
    }
}

import Payments
import Testing
import Webhooks

/// Endpoints whose secrets lapse.
struct SchedulerSecretTests {
    /// A desk whose one endpoint is surveyed and says what `table` says.
    private func desk(_ table: ModelDirectory) -> SchedulerDesk {
        var desk = SchedulerDesk()
        desk.scheduler = DeliveryScheduler(limits: WorkerLimits()) { [table] in table.facts($0) }
        _ = desk.scheduler.start(nowMs: desk.nowMs)
        _ = desk.scheduler.surveyed([], states: [], nowMs: desk.nowMs)
        return desk
    }

    private static let lapsed = EndpointFacts(inFlightMax: 1, urlDigest: "a", canSign: false)
    private static let signing = EndpointFacts(inFlightMax: 1, urlDigest: "a")

    @Test func `an endpoint without a secret in force is held until it has one`() {
        let table = ModelDirectory([SchedulerDesk.key])
        var desk = desk(table)
        table.set(SchedulerDesk.key, Self.signing)
        _ = desk.scheduler.endpointsChanged(nowMs: desk.nowMs)
        #expect(sent(desk.hear([desk.due("1")])) == ["1"])
        table.set(SchedulerDesk.key, Self.lapsed)
        #expect(kept(desk.ended("1", .unsendable)).map(\.hold?.reason) == [.secretsLapsed])
        #expect(desk.state?.hold?.detail == "all its secrets have lapsed")
        #expect(desk.hear([desk.due("2")]) == [])
        #expect(desk.scheduler.endpointsChanged(nowMs: desk.nowMs) == [])
        table.set(SchedulerDesk.key, Self.signing)
        let actions = desk.scheduler.endpointsChanged(nowMs: desk.nowMs)
        #expect(kept(actions).map(\.hold) == [nil])
        #expect(reads(actions).count == 1)
    }

    @Test func `a lapse is seen before the next message goes out, within a second`() {
        let table = ModelDirectory([SchedulerDesk.key])
        var desk = desk(table)
        _ = desk.hear([desk.due("1")])
        table.set(SchedulerDesk.key, Self.lapsed)
        desk.nowMs += 1_001
        let actions = desk.hear([desk.due("2")])
        #expect(sent(actions) == [])
        #expect(kept(actions).map(\.hold?.reason) == [.secretsLapsed])
    }

    @Test func `a disabled endpoint whose secrets lapse is disabled, and enabled it is held for its secrets`() {
        let table = ModelDirectory([SchedulerDesk.key])
        var desk = desk(table)
        _ = desk.scheduler.setDisabled(true, SchedulerDesk.key, detail: "", nowMs: desk.nowMs)
        table.set(SchedulerDesk.key, Self.lapsed)
        _ = desk.scheduler.endpointsChanged(nowMs: desk.nowMs)
        #expect(desk.state?.hold?.reason == .disabled)
        let said = desk.scheduler.setDisabled(false, SchedulerDesk.key, detail: "", nowMs: desk.nowMs)
        #expect(said.changed)
        #expect(desk.state?.hold?.reason == .secretsLapsed)
        // What no secret signs cannot be enabled.
        #expect(!desk.scheduler.setDisabled(false, SchedulerDesk.key, detail: "", nowMs: desk.nowMs).changed)
    }

    @Test func `an endpoint that goes from lapsed to gone to there again says each`() {
        let table = ModelDirectory([SchedulerDesk.key])
        var desk = desk(table)
        _ = desk.hear([desk.due("1", inMs: 60_000)])
        var reasons: [EndpointHold.Reason?] = []
        for facts in [Self.lapsed, nil, Self.lapsed, Self.signing] {
            table.set(SchedulerDesk.key, facts)
            reasons += kept(desk.scheduler.endpointsChanged(nowMs: desk.nowMs)).map(\.hold?.reason)
        }
        #expect(reasons == [.secretsLapsed, .missing, .secretsLapsed, nil])
    }
}

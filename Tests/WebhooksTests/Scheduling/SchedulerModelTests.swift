import Testing

/// Random interleavings of everything that may happen, each run the same every time.
struct SchedulerModelTests {
    @Test(arguments: 1...16)
    func `whatever happens in whatever order, everything is sent in the end, never twice at once`(
        seed: Int
    ) throws {
        var model = SchedulerModel(seed: UInt64(seed))
        try model.run()
        #expect(model.sends >= 250)
    }

    @Test(arguments: 1...8) func `nothing needs a survey to be found, but what an endpoint was missing for`(
        seed: Int
    ) throws {
        var settings = SchedulerModel.Settings()
        settings.surveys = false
        var model = SchedulerModel(seed: UInt64(1_000 + seed), settings)
        try model.run()
    }

    @Test(arguments: 1...8) func `what was kept is not sent again`(seed: Int) throws {
        var settings = SchedulerModel.Settings()
        settings.trouble = false
        settings.surveys = false
        var model = SchedulerModel(seed: UInt64(2_000 + seed), settings)
        try model.run()
        #expect(model.resends == 0)
    }
}

package import HTTPServer

extension AlipaySimulator {
    /// What its listener must accept beyond the usual: a whole order travels in the URL, up to 1,000 Chinese characters of
    /// description among it, at 9 bytes each.
    package static var listenerLimits: Limits {
        var limits = Limits()
        limits.uriBytesMax = 32_768
        limits.headBytesMax = 40_960
        limits.headMemoryBytesMax = 49_152
        limits.answerHeadBytesMax = 16_384
        return limits
    }
}

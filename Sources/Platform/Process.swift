import CLinux
import Glibc

/// A variable of this process's environment, nil when it is not set; bytes that are not UTF-8 are repaired.
///
/// Nothing in the product changes the environment, so reading it is safe on every thread.
package func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// Raises this process's limit of open file descriptors as far as it may by itself (RLIMIT_NOFILE, soft to hard).
///
/// - Returns: the limit in force afterwards, in descriptors.
package func raiseFileLimit() -> Int {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    precondition(unsafe getrlimit(resource, &limit) == 0, "getrlimit(RLIMIT_NOFILE) failed with errno \(errno)")
    let before = limit.rlim_cur
    limit.rlim_cur = limit.rlim_max
    // Refused where a sandbox forbids it; then the old limit holds.
    let raised = unsafe setrlimit(resource, &limit) == 0
    return Int(clamping: raised ? limit.rlim_cur : before)
}

/// Makes a write to a peer that has gone an error (EPIPE) instead of the end of the process.
package func ignoreSIGPIPE() {
    let before = signal(SIGPIPE, SIG_IGN)
    // SIG_ERR is -1; signal(2) fails only for a signal that does not exist.
    precondition(unsafe unsafeBitCast(before, to: Int.self) != -1, "signal(SIGPIPE) failed with errno \(errno)")
}

/// The system's words for an errno value, in English whatever the locale.
package func systemErrorText(_ code: Int32) -> String {
    guard let text = unsafe strerrordesc_np(code) else { return "errno \(code)" }
    return unsafe String(cString: text)
}

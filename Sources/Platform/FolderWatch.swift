import CLinux
import Glibc
import Synchronization

/// Tells of changes in folders as they happen (inotify(7)), on a thread of its own.
///
/// It is a hint and no record: network file systems tell nothing, and a full queue loses events, which is said as
/// ``Event/Kind/lost``. Whoever must not miss a change looks again from time to time.
package final class FolderWatch: Sendable {
    /// A folder, and what in it is of interest.
    package struct Folder: Hashable, Sendable {
        /// Events carry it as it is given here.
        package let path: String
        /// Nil for everything. Names that begin with two dots always pass: such a link is swapped to change all files of a
        /// mounted volume at once.
        package let names: Set<String>?
        /// Whether it is told when somebody writes to a file (``Event/Kind/written``). Of a folder in which nothing but names counts
        /// nobody wants to hear it: a log or a database may lie there, and each line in it would wake the thread.
        package let tellsWrites: Bool

        package init(path: String, names: Set<String>? = nil, tellsWrites: Bool = true) {
            self.path = path
            self.names = names
            self.tellsWrites = tellsWrites
        }
    }

    package struct Event: Hashable, Sendable {
        package enum Kind: Sendable {
            /// It is new: its first bytes may be to come.
            case made
            /// Written to by somebody who has it open.
            case written
            /// Whoever wrote it has closed it.
            case closed
            /// Moved here, moved away, deleted, or of another mode: nobody is known to be writing it.
            case changed
            /// Events were lost, or the folder itself is another: look at everything.
            case lost
        }

        package let kind: Kind
        /// The folder's path, a slash, and the name in it; the folder's path for ``Kind/lost``.
        package let path: String

        package init(kind: Kind, path: String) {
            self.kind = kind
            self.path = path
        }
    }

    private struct State {
        /// Folders by watch descriptor; two paths to one folder have one descriptor.
        var folders: [Int32: [Folder]] = [:]
        var thread: OwnThread?
    }

    private let notify: Int32
    private let wake: Int32
    private let state = Mutex(State())
    /// Held while events are read and told, so that they are told in their order.
    private let buffer = Mutex([UInt8](repeating: 0, count: 65_536))
    private let isStopped = Atomic<Bool>(false)
    private let heard: @Sendable ([Event]) -> Void

    /// - Parameter heard: called with what happened since the last call, on the watch's thread or on that of ``catchUp()``;
    ///   it must not block.
    /// - Throws: when the system has no inotify instance left (fs.inotify.max_user_instances).
    package init(_ heard: @escaping @Sendable ([Event]) -> Void) throws(FolderWatchError) {
        notify = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        guard notify >= 0 else { throw FolderWatchError(call: "inotify_init1", errno: errno) }
        wake = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard wake >= 0 else {
            let cause = errno
            close(notify)
            throw FolderWatchError(call: "eventfd", errno: cause)
        }
        self.heard = heard
    }

    package func start() {
        let thread = OwnThread.start(name: "folder-watch") { [self] in run() }
        state.withLock { $0.thread = thread }
    }

    /// Ends the thread, waits for it, and gives the system its instance back; must not be called by the thread, and nothing may
    /// be asked of the watch any more.
    package func stop() {
        guard !isStopped.exchange(true, ordering: .relaxed) else { return }
        var one: UInt64 = 1
        // A counter that is full has woken the thread already.
        _ = unsafe write(wake, &one, MemoryLayout<UInt64>.size)
        state.withLock { $0.thread }?.join()
        close(notify)
        close(wake)
    }

    deinit {
        guard !isStopped.load(ordering: .relaxed) else { return }
        close(notify)
        close(wake)
    }

    /// Watches these folders and no others.
    ///
    /// - Returns: those that cannot be watched: they are not there, or the system has no watch left.
    package func watch(_ folders: [Folder]) -> [Folder] {
        state.withLock { state in
            var wanted: [Int32: [Folder]] = [:]
            var unwatched: [Folder] = []
            // Of two paths to one folder the last one's mask is in force, which is the larger one.
            for folder in folders.filter({ !$0.tellsWrites }) + folders.filter(\.tellsWrites) {
                let mask = folder.tellsWrites ? FolderWatch.mask | UInt32(IN_MODIFY) : FolderWatch.mask
                // One that is watched already keeps its descriptor.
                let descriptor = unsafe inotify_add_watch(notify, folder.path, mask)
                if descriptor >= 0 { wanted[descriptor, default: []].append(folder) } else { unwatched.append(folder) }
            }
            for descriptor in state.folders.keys where wanted[descriptor] == nil {
                // Its folder may be gone, and the watch with it.
                _ = inotify_rm_watch(notify, descriptor)
            }
            state.folders = wanted
            return unwatched
        }
    }

    private static let mask = UInt32(
        IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF
            | IN_MOVE_SELF | IN_ONLYDIR)

    // MARK: - The thread

    private func run() {
        while !isStopped.load(ordering: .relaxed) {
            var descriptors = [
                pollfd(fd: notify, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
            ]
            _ = unsafe poll(&descriptors, 2, -1)
            catchUp()
        }
    }

    /// Tells of everything that has happened until now, on this thread; what was done to a file before this call has been told
    /// when it returns. Not to be called by what hears of it.
    package func catchUp() {
        buffer.withLock { buffer in
            while true {
                let count = unsafe read(notify, &buffer, buffer.count)
                guard count > 0 else { return }
                let events = take(buffer, count)
                if !events.isEmpty { heard(events) }
            }
        }
    }

    private func take(_ buffer: [UInt8], _ count: Int) -> [Event] {
        let folders = state.withLock { $0.folders }
        var events: [Event] = []
        var offset = 0
        while offset + RawEvent.headBytes <= count {
            let event = RawEvent(buffer, at: offset)
            offset += event.bytes
            if event.has(IN_Q_OVERFLOW) { events.append(Event(kind: .lost, path: "")) }
            for folder in folders[event.descriptor] ?? [] {
                guard let told = FolderWatch.told(event, in: folder), events.last != told else { continue }
                events.append(told)
            }
        }
        return events
    }

    private static func told(_ event: RawEvent, in folder: Folder) -> Event? {
        if event.has(IN_IGNORED) || event.has(IN_DELETE_SELF) || event.has(IN_MOVE_SELF) || event.has(IN_UNMOUNT) {
            return Event(kind: .lost, path: folder.path)
        }
        let isWanted = folder.names.map { $0.contains(event.name) || event.name.hasPrefix("..") } ?? true
        guard !event.name.isEmpty, isWanted else { return nil }
        let path = "\(folder.path)/\(event.name)"
        if event.has(IN_ISDIR) { return Event(kind: .changed, path: path) }
        if event.has(IN_CLOSE_WRITE) { return Event(kind: .closed, path: path) }
        if event.has(IN_MODIFY) { return folder.tellsWrites ? Event(kind: .written, path: path) : nil }
        return Event(kind: event.has(IN_CREATE) ? .made : .changed, path: path)
    }
}

/// One event as the kernel writes it: descriptor, mask, cookie and length of the name, each of 32 bits, then the name and
/// zeros (inotify(7)).
private struct RawEvent {
    static let headBytes = 16

    let descriptor: Int32
    let mask: UInt32
    let name: String
    /// Of all of it.
    let bytes: Int

    init(_ buffer: [UInt8], at offset: Int) {
        descriptor = Int32(bitPattern: RawEvent.word(buffer, offset))
        mask = RawEvent.word(buffer, offset + 4)
        let length = Int(RawEvent.word(buffer, offset + 12))
        bytes = RawEvent.headBytes + length
        let end = min(offset + bytes, buffer.count)
        name = String(decoding: buffer[(offset + RawEvent.headBytes)..<end].prefix { $0 != 0 }, as: UTF8.self)
    }

    func has(_ flag: UInt32) -> Bool { mask & flag != 0 }
    func has(_ flag: Int32) -> Bool { has(UInt32(flag)) }

    private static func word(_ buffer: [UInt8], _ offset: Int) -> UInt32 {
        unsafe buffer.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }
}

/// Why nothing can be watched.
package struct FolderWatchError: Error, CustomStringConvertible {
    package let call: String
    /// The system's number for the cause, errno(3).
    package let errno: Int32

    package var description: String { "\(call): \(systemErrorText(errno))" }
}

// Loaded into the tests by `ops/test --sanitize=thread`.
//
// Swift's Mutex takes its lock and gives it back in code that is inlined, where the thread sanitizer sees it; only when threads
// wait for each other does libswiftSynchronization do it, which is not instrumented. The sanitizer then misses the order that the
// lock made, and reports races that are none. These two stand before that library's and tell the sanitizer.
#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

// Absent in the other processes of a test run.
extern void __tsan_acquire(void *address) __attribute__((weak));
extern void __tsan_release(void *address) __attribute__((weak));

SWIFT void lock_slow(uint32_t thread, SELF void *mutex) __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
SWIFT void unlock_slow(SELF void *mutex) __asm__("$s15Synchronization12_MutexHandleV11_unlockSlowyyF");

static SWIFT void (*library_lock_slow)(uint32_t, SELF void *);
static SWIFT void (*library_unlock_slow)(SELF void *);

__attribute__((constructor)) static void find_library(void) {
    void *library = dlopen("libswiftSynchronization.so", RTLD_LAZY | RTLD_NOLOAD);
    if (!library) return;
    *(void **)&library_lock_slow = dlsym(library, "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");
    *(void **)&library_unlock_slow = dlsym(library, "$s15Synchronization12_MutexHandleV11_unlockSlowyyF");
}

SWIFT void lock_slow(uint32_t thread, SELF void *mutex) {
    library_lock_slow(thread, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void unlock_slow(SELF void *mutex) {
    if (__tsan_release) __tsan_release(mutex);
    library_unlock_slow(mutex);
}

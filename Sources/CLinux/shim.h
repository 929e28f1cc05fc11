#pragma once
#include <iconv.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <arpa/inet.h>
#include <pthread.h>
#include <stdint.h>

// glibc shows these only under _GNU_SOURCE, which Swift's own Glibc module is built without.
extern int pthread_setname_np(pthread_t thread, const char *name);
extern const char *strerrordesc_np(int code);
// struct ucred of unix(7).
struct shim_ucred { pid_t pid; uid_t uid; gid_t gid; };

// struct epoll_event is packed, which Swift does not import (epoll(7)).
struct shim_epoll_ready { int descriptor; uint32_t events; };
static inline int shim_epoll_set(int epoll, int operation, int descriptor, uint32_t events) {
    struct epoll_event event = {.events = events, .data = {.fd = descriptor}};
    return epoll_ctl(epoll, operation, descriptor, &event);
}
// `count` of 1 to 512; more are told in the next call.
static inline int shim_epoll_wait(int epoll, struct shim_epoll_ready *ready, int count, int timeout_ms) {
    struct epoll_event events[512];
    int found = epoll_wait(epoll, events, count < 512 ? count : 512, timeout_ms);
    for (int i = 0; i < found; i++) ready[i] = (struct shim_epoll_ready){events[i].data.fd, events[i].events};
    return found;
}

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

// glibc shows these only under _GNU_SOURCE, which Swift's own Glibc module is built without.
extern int pthread_setname_np(pthread_t thread, const char *name);
extern const char *strerrordesc_np(int code);
// struct ucred of unix(7).
struct shim_ucred { pid_t pid; uid_t uid; gid_t gid; };

// Alipay's side in ops/bench: answers every request with one text, some time after it came.
//
//   confirm TEXT DELAY_MS
//
// Listens on a free port of 127.0.0.1, prints one line of JSON with it, and serves until its standard input ends. A request is a
// head without a body, one at a time on each connection.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_BYTES = 8192, PEERS_MAX = 65536, EVENTS_MAX = 256, ANSWER_BYTES_MAX = 512 };

struct peer {
    size_t used;
    // Counts those that had the descriptor, so that no answer goes to the next one.
    unsigned generation;
    int is_open;
    char buffer[BUFFER_BYTES];
};

struct owed {
    uint64_t due_ns;
    int descriptor;
    unsigned generation;
};

// By descriptor.
static struct peer *peers[PEERS_MAX];
// A ring: all wait equally long, so what came first is due first.
static struct owed owed[PEERS_MAX];
static size_t owed_first, owed_count;
static int epoll, listener;
static uint64_t delay_ns;
static char answer[ANSWER_BYTES_MAX];
static size_t answer_bytes;

static void check(int fine, const char *what) {
    if (fine) return;
    fprintf(stderr, "confirm: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec now;
    check(clock_gettime(CLOCK_MONOTONIC, &now) == 0, "clock_gettime");
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void watch(int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
}

static uint16_t listen_on_free_port(void) {
    listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    check(listener >= 0, "socket");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    check(bind(listener, (struct sockaddr *)&address, length) == 0, "bind");
    check(listen(listener, 4096) == 0, "listen");
    check(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
    watch(listener);
    return ntohs(address.sin_port);
}

static void accept_all(void) {
    for (;;) {
        int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), on = 1;
        if (descriptor < 0) {
            check(errno == EAGAIN || errno == ECONNABORTED || errno == EINTR, "accept");
            if (errno == EAGAIN) return;
            continue;
        }
        check(descriptor < PEERS_MAX, "descriptors");
        check(setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "setsockopt");
        if (!peers[descriptor]) peers[descriptor] = calloc(1, sizeof **peers);
        check(peers[descriptor] != NULL, "calloc");
        peers[descriptor]->generation++;
        peers[descriptor]->used = 0;
        peers[descriptor]->is_open = 1;
        watch(descriptor);
    }
}

static void close_peer(int descriptor) {
    peers[descriptor]->is_open = 0;
    close(descriptor);
}

static void give(const struct owed *one) {
    struct peer *peer = peers[one->descriptor];
    if (!peer->is_open || peer->generation != one->generation) return;
    // So little always fits into a socket that is otherwise empty.
    if (write(one->descriptor, answer, answer_bytes) != (ssize_t)answer_bytes) close_peer(one->descriptor);
}

static void read_from(int descriptor) {
    struct peer *peer = peers[descriptor];
    ssize_t count = read(descriptor, peer->buffer + peer->used, BUFFER_BYTES - peer->used);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return close_peer(descriptor);
    peer->used += (size_t)count;
    if (!memmem(peer->buffer, peer->used, "\r\n\r\n", 4)) {
        if (peer->used == BUFFER_BYTES) close_peer(descriptor);
        return;
    }
    peer->used = 0;
    struct owed one = {.due_ns = now_ns() + delay_ns, .descriptor = descriptor, .generation = peer->generation};
    if (delay_ns == 0) return give(&one);
    check(owed_count < PEERS_MAX, "answers owed");
    owed[(owed_first + owed_count++) % PEERS_MAX] = one;
}

static void give_what_is_due(void) {
    for (uint64_t now = now_ns(); owed_count > 0 && owed[owed_first].due_ns <= now; owed_count--) {
        give(&owed[owed_first]);
        owed_first = (owed_first + 1) % PEERS_MAX;
    }
}

int main(int count, char **words) {
    if (count != 3 || strlen(words[1]) > ANSWER_BYTES_MAX / 2) {
        fprintf(stderr, "usage: confirm TEXT DELAY_MS\n");
        return 2;
    }
    delay_ns = strtoull(words[2], NULL, 10) * 1000000;
    answer_bytes = (size_t)snprintf(answer, sizeof answer,
        "HTTP/1.1 200 OK\r\nContent-Type: text/html;charset=UTF-8\r\nContent-Length: %zu\r\n\r\n%s", strlen(words[1]), words[1]);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    check(epoll >= 0, "epoll_create1");
    printf("{\"port\":%u}\n", listen_on_free_port());
    check(fflush(stdout) == 0, "standard output");
    watch(STDIN_FILENO);
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        uint64_t now = now_ns(), due = owed_count > 0 ? owed[owed_first].due_ns : 0, wait_ns = due > now ? due - now : 0;
        struct timespec wait = {.tv_nsec = (long)(wait_ns % 1000000000), .tv_sec = (time_t)(wait_ns / 1000000000)};
        int ready = epoll_pwait2(epoll, events, EVENTS_MAX, owed_count > 0 ? &wait : NULL, NULL);
        check(ready >= 0 || errno == EINTR, "epoll_pwait2");
        for (int i = 0; i < ready; i++) {
            int descriptor = events[i].data.fd;
            if (descriptor == STDIN_FILENO) return 0;
            if (descriptor == listener) accept_all();
            else read_from(descriptor);
        }
        give_what_is_due();
    }
}

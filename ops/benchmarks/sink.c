// The far side of ops/bench: merchants' endpoints that cost next to nothing.
//
//   sink PORTS HANG [LOG [AFTER_MS]]
//
// Listens on PORTS free ports of 127.0.0.1, of which HANG, spread evenly, accept and read but never answer; the others answer 200
// to every request and keep the connection. With AFTER_MS those HANG die in the middle: they answer for so long after the first
// request that any port reads, and never again. Prints one line of JSON with the ports, then serves until its standard input ends,
// and prints a second line with what it saw. With LOG, that file then holds for each request one line of text: when its first byte
// was read (CLOCK_MONOTONIC, in nanoseconds), the port, and its webhook-id.
//
// Requests are framed by Content-Length alone, and one with head and body beyond BUFFER_BYTES ends its connection.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_BYTES = 16384, ID_BYTES = 40, PORTS_MAX = 4096, EVENTS_MAX = 256, RECORDS_MAX = 4000000 };

// A listener, a connection, or (with the descriptor 0) standard input.
struct peer {
    int descriptor;
    int is_listener;
    int hangs;
    uint16_t port;
    size_t used;
    uint64_t began_ns;
    char buffer[];
};

struct record {
    uint64_t ns;
    uint16_t port;
    char id[ID_BYTES];
};

static int epoll;
static struct record *records;
static size_t record_count, record_capacity;
static uint64_t answered, unanswered, connections, refused;
// How long those that hang answer before, from the first request on.
static uint64_t hang_after_ns, first_ns;

static void check(int fine, const char *what) {
    if (fine) return;
    fprintf(stderr, "sink: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec now;
    check(clock_gettime(CLOCK_MONOTONIC, &now) == 0, "clock_gettime");
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct peer *add_peer(int descriptor, size_t buffer_bytes) {
    struct peer *peer = calloc(1, sizeof *peer + buffer_bytes);
    check(peer != NULL, "calloc");
    peer->descriptor = descriptor;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
    check(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
    return peer;
}

static uint16_t listen_on_free_port(int hangs) {
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    check(descriptor >= 0, "socket");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    check(bind(descriptor, (struct sockaddr *)&address, length) == 0, "bind");
    check(listen(descriptor, 1024) == 0, "listen");
    check(getsockname(descriptor, (struct sockaddr *)&address, &length) == 0, "getsockname");
    struct peer *listener = add_peer(descriptor, 0);
    listener->is_listener = 1;
    listener->hangs = hangs;
    listener->port = ntohs(address.sin_port);
    return listener->port;
}

static void accept_all(const struct peer *listener) {
    for (;;) {
        int descriptor = accept4(listener->descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            check(errno == EAGAIN || errno == ECONNABORTED || errno == EINTR, "accept");
            if (errno == EAGAIN) return;
            continue;
        }
        int on = 1;
        check(setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "setsockopt");
        struct peer *peer = add_peer(descriptor, BUFFER_BYTES);
        peer->hangs = listener->hangs;
        peer->port = listener->port;
        connections++;
    }
}

static void close_peer(struct peer *peer) {
    close(peer->descriptor);
    free(peer);
}

// The value of a header field in a head that ends with an empty line; NULL if it is not there.
static const char *field(const char *head, const char *end, const char *name) {
    size_t length = strlen(name);
    for (const char *line = head; line < end;) {
        if ((size_t)(end - line) > length && strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *value = line + length + 1;
            while (*value == ' ') value++;
            return value;
        }
        const char *next = memchr(line, '\n', (size_t)(end - line));
        if (!next) break;
        line = next + 1;
    }
    return NULL;
}

static void note(const struct peer *peer, const char *id) {
    if (record_capacity == 0 || record_count == RECORDS_MAX) return;
    if (record_count == record_capacity) {
        record_capacity *= 2;
        records = realloc(records, record_capacity * sizeof *records);
        check(records != NULL, "realloc");
    }
    struct record *record = &records[record_count++];
    record->ns = peer->began_ns;
    record->port = peer->port;
    size_t length = id ? strcspn(id, "\r\n") : 0;
    if (length >= ID_BYTES) length = ID_BYTES - 1;
    if (length > 0) memcpy(record->id, id, length);
    record->id[length] = 0;
}

// Answers every whole request in the buffer; 0 if the connection is to end.
static int take_requests(struct peer *peer) {
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    for (;;) {
        const char *end = memmem(peer->buffer, peer->used, "\r\n\r\n", 4);
        if (!end) return peer->used < BUFFER_BYTES;
        end += 4;
        const char *length = field(peer->buffer, end, "content-length");
        unsigned long body = length ? strtoul(length, NULL, 10) : 0;
        size_t head = (size_t)(end - peer->buffer);
        if (body > BUFFER_BYTES - head) return 0;
        if (peer->used < head + body) return 1;
        note(peer, field(peer->buffer, end, "webhook-id"));
        peer->used -= head + body;
        memmove(peer->buffer, peer->buffer + head + body, peer->used);
        peer->began_ns = now_ns();
        if (first_ns == 0) first_ns = peer->began_ns;
        if (peer->hangs && peer->began_ns - first_ns >= hang_after_ns) {
            unanswered++;
            continue;
        }
        // So little always fits into a socket that is otherwise empty.
        if (write(peer->descriptor, answer, sizeof answer - 1) != sizeof answer - 1) return 0;
        answered++;
    }
}

static void read_from(struct peer *peer) {
    if (peer->used == 0) peer->began_ns = now_ns();
    ssize_t count = read(peer->descriptor, peer->buffer + peer->used, BUFFER_BYTES - peer->used);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) return close_peer(peer);
    peer->used += (size_t)count;
    if (!take_requests(peer)) {
        refused++;
        close_peer(peer);
    }
}

static void write_log(const char *path) {
    FILE *file = fopen(path, "w");
    check(file != NULL, path);
    for (size_t i = 0; i < record_count; i++)
        check(fprintf(file, "%llu %u %s\n", (unsigned long long)records[i].ns, records[i].port, records[i].id) > 0, path);
    check(fclose(file) == 0, path);
}

static void print_summary(void) {
    struct rusage usage;
    check(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
    double cpu_s = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
        + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    printf("{\"answered\":%llu,\"unanswered\":%llu,\"connections\":%llu,\"refused\":%llu,\"cpu_s\":%.3f}\n",
        (unsigned long long)answered, (unsigned long long)unanswered, (unsigned long long)connections,
        (unsigned long long)refused, cpu_s);
}

int main(int count, char **words) {
    int ports = count > 1 ? atoi(words[1]) : 0, hang = count > 2 ? atoi(words[2]) : -1;
    if (count > 5 || ports < 1 || ports > PORTS_MAX || hang < 0 || hang > ports) {
        fprintf(stderr, "usage: sink PORTS HANG [LOG [AFTER_MS]]\n");
        return 2;
    }
    const char *log = count > 3 ? words[3] : NULL;
    hang_after_ns = count > 4 ? strtoull(words[4], NULL, 10) * 1000000 : 0;
    struct rlimit limit;
    check(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    check(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    if (log) {
        record_capacity = 65536;
        records = malloc(record_capacity * sizeof *records);
        check(records != NULL, "malloc");
    }

    epoll = epoll_create1(EPOLL_CLOEXEC);
    check(epoll >= 0, "epoll_create1");
    printf("{\"ports\":[");
    for (int i = 0; i < ports; i++) {
        int hangs = (i + 1) * hang / ports > i * hang / ports;
        printf("%s[%u,%s]", i ? "," : "", listen_on_free_port(hangs), hangs ? "true" : "false");
    }
    printf("]}\n");
    check(fflush(stdout) == 0, "standard output");

    struct peer *input = add_peer(STDIN_FILENO, 0);
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        int ready = epoll_wait(epoll, events, EVENTS_MAX, -1);
        check(ready >= 0 || errno == EINTR, "epoll_wait");
        for (int i = 0; i < ready; i++) {
            struct peer *peer = events[i].data.ptr;
            if (peer == input) {
                if (log) write_log(log);
                print_summary();
                return 0;
            }
            if (peer->is_listener) accept_all(peer);
            else read_from(peer);
        }
    }
}

// The load of ops/bench: requests from a file, over connections that are kept, one at a time on each.
//
//   load FILE PORT CONNECTIONS ANSWER count FIRST N           sends N requests, from the file's FIRST on, as fast as they are answered
//   load FILE PORT CONNECTIONS ANSWER again FIRST N           the same, from the file's beginning again where it ends
//   load FILE PORT CONNECTIONS ANSWER rate FIRST R SECONDS    sends R a second, whatever the answers do
//   load FILE PORT CONNECTIONS ANSWER hold                    sends one on each, and keeps the connections until standard input ends
//
// FILE holds whole requests, each behind its length (four bytes, the lowest first). ANSWER is the status that each has to have, and
// with a blank and a word behind it the whole body, `200 success`: any other answer ends the run. Prints one line of JSON; times
// count from when a request was due, so that a server that stalls cannot hide what came meanwhile.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUFFER_BYTES = 32768, CONNECTIONS_MAX = 20000, EVENTS_MAX = 512, LENGTH_BYTES = 4, STALL_S = 30 };

struct request {
    const char *bytes;
    uint32_t count;
};

struct connection {
    int descriptor;
    int is_busy;
    // When its request was due.
    uint64_t due_ns;
    size_t used;
    char *buffer;
};

static struct request *requests;
static size_t request_count;
static struct connection connections[CONNECTIONS_MAX];
static size_t connection_count;
static size_t idle[CONNECTIONS_MAX], idle_count;
static int epoll;
static int wanted_status;
static const char *wanted_body;
static uint32_t *took_us;
static size_t ended;
static uint64_t last_end_ns;

static void fail(const char *what) {
    fprintf(stderr, "load: %s\n", what);
    exit(1);
}

static void check(int fine, const char *what) {
    if (fine) return;
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec now;
    check(clock_gettime(CLOCK_MONOTONIC, &now) == 0, "clock_gettime");
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t cpu_us(void) {
    struct rusage usage;
    check(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage");
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000
        + (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void read_requests(const char *path) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    check(descriptor >= 0, path);
    struct stat status;
    check(fstat(descriptor, &status) == 0, path);
    size_t size = (size_t)status.st_size;
    const char *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
    check(bytes != MAP_FAILED, path);
    close(descriptor);
    size_t capacity = 1024;
    requests = malloc(capacity * sizeof *requests);
    check(requests != NULL, "malloc");
    for (size_t at = 0; at < size;) {
        if (size - at < LENGTH_BYTES) fail("the file of requests is cut off");
        uint32_t count;
        memcpy(&count, bytes + at, LENGTH_BYTES);
        at += LENGTH_BYTES;
        if (count == 0 || count > size - at) fail("the file of requests is cut off");
        if (request_count == capacity) {
            capacity *= 2;
            requests = realloc(requests, capacity * sizeof *requests);
            check(requests != NULL, "realloc");
        }
        requests[request_count++] = (struct request){bytes + at, count};
        at += count;
    }
    if (request_count == 0) fail("the file of requests is empty");
}

static void connect_all(uint16_t port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    for (size_t i = 0; i < connection_count; i++) {
        int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;
        check(descriptor >= 0, "socket");
        check(setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "setsockopt");
        check(connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0, "connect");
        check(fcntl(descriptor, F_SETFL, O_NONBLOCK) == 0, "fcntl");
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
        check(epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
        connections[i] = (struct connection){.descriptor = descriptor, .buffer = malloc(BUFFER_BYTES)};
        check(connections[i].buffer != NULL, "malloc");
        idle[idle_count++] = i;
    }
}

static void send_on(size_t index, const struct request *request, uint64_t due_ns) {
    struct connection *connection = &connections[index];
    connection->is_busy = 1;
    connection->due_ns = due_ns;
    connection->used = 0;
    // So little always fits into a socket that is otherwise empty.
    check(write(connection->descriptor, request->bytes, request->count) == (ssize_t)request->count, "write");
}

static void wrong_answer(const struct connection *connection) {
    fprintf(stderr, "load: not the answer that was wanted: %.*s\n", (int)connection->used, connection->buffer);
    exit(1);
}

// The value of Content-Length in a head; -1 if it is not there.
static long content_length(const char *head, const char *end) {
    static const char name[] = "\r\nContent-Length:";
    for (const char *at = head; at + sizeof name - 1 < end; at++) {
        if (*at == '\r' && strncasecmp(at, name, sizeof name - 1) == 0) return strtol(at + sizeof name - 1, NULL, 10);
    }
    return -1;
}

// Whether the answer is whole; it is the right one then.
static int is_answered(struct connection *connection) {
    const char *end = memmem(connection->buffer, connection->used, "\r\n\r\n", 4);
    if (!end) return 0;
    const char *body = end + 4;
    long length = content_length(connection->buffer, body);
    if (length < 0) wrong_answer(connection);
    size_t came = connection->used - (size_t)(body - connection->buffer);
    if (came < (size_t)length) return 0;
    if (came > (size_t)length || strncmp(connection->buffer, "HTTP/1.1 ", 9) != 0) wrong_answer(connection);
    if (atoi(connection->buffer + 9) != wanted_status) wrong_answer(connection);
    if (wanted_body && (strlen(wanted_body) != (size_t)length || memcmp(wanted_body, body, (size_t)length) != 0))
        wrong_answer(connection);
    return 1;
}

static void read_from(size_t index) {
    struct connection *connection = &connections[index];
    ssize_t count = read(connection->descriptor, connection->buffer + connection->used, BUFFER_BYTES - connection->used);
    if (count < 0 && errno == EAGAIN) return;
    check(count >= 0, "read");
    if (count == 0) fail("the server closed a connection");
    connection->used += (size_t)count;
    if (!connection->is_busy) wrong_answer(connection);
    if (!is_answered(connection)) {
        if (connection->used == BUFFER_BYTES) fail("an answer is too long");
        return;
    }
    last_end_ns = now_ns();
    took_us[ended++] = (uint32_t)((last_end_ns - connection->due_ns) / 1000);
    connection->is_busy = 0;
    idle[idle_count++] = index;
}

// Reads what is there, or waits for it until `until_ns`.
static void turn(uint64_t until_ns) {
    struct epoll_event events[EVENTS_MAX];
    uint64_t now = now_ns(), wait_ns = until_ns > now ? until_ns - now : 0;
    struct timespec wait = {.tv_sec = (time_t)(wait_ns / 1000000000), .tv_nsec = (long)(wait_ns % 1000000000)};
    int ready = epoll_pwait2(epoll, events, EVENTS_MAX, &wait, NULL);
    check(ready >= 0 || errno == EINTR, "epoll_pwait2");
    for (int i = 0; i < ready; i++) read_from((size_t)events[i].data.u64);
    if (idle_count < connection_count && now_ns() > last_end_ns + (uint64_t)STALL_S * 1000000000) fail("the server does not answer");
}

static int compare(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static double percentile_ms(double percent) {
    size_t rank = (size_t)((double)ended * percent / 100);
    return (double)took_us[rank < ended ? rank : ended - 1] / 1000;
}

static void print(uint64_t began_ns, uint64_t began_cpu) {
    double seconds = (double)(last_end_ns - began_ns) / 1e9;
    qsort(took_us, ended, sizeof *took_us, compare);
    printf("{\"requests\":%zu,\"seconds\":%.3f,\"rate\":%.0f,\"load_cpu_us\":%.2f,\"p50_ms\":%.3f,\"p90_ms\":%.3f,"
           "\"p99_ms\":%.3f,\"p999_ms\":%.3f,\"max_ms\":%.3f}\n",
        ended, seconds, (double)ended / seconds, (double)(cpu_us() - began_cpu) / (double)ended, percentile_ms(50),
        percentile_ms(90), percentile_ms(99), percentile_ms(99.9), (double)took_us[ended - 1] / 1000);
}

static void send_count(size_t first, size_t count) {
    uint64_t began_ns = now_ns(), began_cpu = cpu_us();
    last_end_ns = began_ns;
    size_t begun = 0;
    while (ended < count) {
        while (idle_count > 0 && begun < count) {
            send_on(idle[--idle_count], &requests[(first + begun) % request_count], now_ns());
            begun++;
        }
        turn(now_ns() + 1000000000);
    }
    print(began_ns, began_cpu);
}

static void send_at_rate(size_t first, double rate, size_t count) {
    uint64_t began_ns = now_ns(), began_cpu = cpu_us();
    last_end_ns = began_ns;
    size_t begun = 0;
    while (ended < count) {
        uint64_t due_ns = began_ns;
        while (begun < count) {
            due_ns = began_ns + (uint64_t)((double)begun / rate * 1e9);
            if (due_ns > now_ns() || idle_count == 0) break;
            send_on(idle[--idle_count], &requests[(first + begun) % request_count], due_ns);
            begun++;
        }
        turn(begun < count && idle_count > 0 ? due_ns : now_ns() + 1000000000);
    }
    print(began_ns, began_cpu);
}

static void hold(void) {
    last_end_ns = now_ns();
    for (size_t i = 0; i < connection_count; i++) {
        send_on(i, &requests[i % request_count], now_ns());
        idle_count = 0;
        while (ended <= i) turn(now_ns() + 1000000000);
    }
    printf("{\"open\":%zu}\n", connection_count);
    check(fflush(stdout) == 0, "standard output");
    char nothing;
    while (read(STDIN_FILENO, &nothing, 1) > 0) {}
}

int main(int count, char **words) {
    const char *mode = count > 5 ? words[5] : "";
    int is_count = count == 8 && strcmp(mode, "count") == 0, is_again = count == 8 && strcmp(mode, "again") == 0;
    int is_rate = count == 9 && strcmp(mode, "rate") == 0, is_hold = count == 6 && strcmp(mode, "hold") == 0;
    long wanted = count > 3 ? atol(words[3]) : 0;
    if ((!is_count && !is_again && !is_rate && !is_hold) || wanted < 1 || wanted > CONNECTIONS_MAX) {
        fprintf(stderr, "usage: load FILE PORT CONNECTIONS ANSWER (count FIRST N | again FIRST N | rate FIRST R SECONDS | hold)\n");
        return 2;
    }
    connection_count = (size_t)wanted;
    wanted_status = atoi(words[4]);
    wanted_body = strchr(words[4], ' ') ? strchr(words[4], ' ') + 1 : NULL;
    read_requests(words[1]);
    size_t first = is_hold ? 0 : (size_t)atol(words[6]);
    size_t total = is_hold ? connection_count : is_rate ? (size_t)(atof(words[7]) * atof(words[8])) : (size_t)atol(words[7]);
    if (total == 0) fail("nothing to send");
    if (!is_again && !is_hold && first + total > request_count) fail("the file has fewer requests than that");
    struct rlimit limit;
    check(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    check(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    took_us = malloc(total * sizeof *took_us);
    check(took_us != NULL, "malloc");
    epoll = epoll_create1(EPOLL_CLOEXEC);
    check(epoll >= 0, "epoll_create1");
    connect_all((uint16_t)atoi(words[2]));
    if (is_hold) hold();
    else if (is_rate) send_at_rate(first, atof(words[7]), total);
    else send_count(first, total);
    return 0;
}

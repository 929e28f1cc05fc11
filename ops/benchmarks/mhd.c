// The floor of what comes in, in ops/bench: bare libmicrohttpd in external epoll mode, as the product uses it, that keeps nothing.
//
//   mhd BYTES    answers every request `200`, with so many bytes, or with `success` for 0
//
// Prints one line of JSON with its port, then serves on one thread until its standard input ends.
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 20000, CONNECTION_BYTES = 8192, ANSWER_BYTES_MAX = 65536 };

static char answer[ANSWER_BYTES_MAX];
static size_t answer_bytes;

static void check(int fine, const char *what) {
    if (fine) return;
    fprintf(stderr, "mhd: %s: %s\n", what, strerror(errno));
    exit(1);
}

static enum MHD_Result accessed(
    void *context, struct MHD_Connection *connection, const char *uri, const char *method, const char *version, const char *data,
    size_t *data_bytes, void **request) {
    static char begun;
    (void)context, (void)uri, (void)method, (void)version, (void)data;
    if (!*request) {
        *request = &begun;
        return MHD_YES;
    }
    if (*data_bytes > 0) {
        *data_bytes = 0;
        return MHD_YES;
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(answer_bytes, answer, MHD_RESPMEM_PERSISTENT);
    if (!response) return MHD_NO;
    enum MHD_Result queued = MHD_add_response_header(response, "Content-Type", "text/plain");
    if (queued == MHD_YES) queued = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return queued;
}

int main(int count, char **words) {
    long bytes = count == 2 ? atol(words[1]) : -1;
    if (bytes < 0 || bytes > ANSWER_BYTES_MAX) {
        fprintf(stderr, "usage: mhd BYTES\n");
        return 2;
    }
    memset(answer, 'x', sizeof answer);
    answer_bytes = (size_t)bytes;
    if (bytes == 0) {
        answer_bytes = 7;
        memcpy(answer, "success", answer_bytes);
    }
    struct rlimit limit;
    check(getrlimit(RLIMIT_NOFILE, &limit) == 0, "getrlimit");
    limit.rlim_cur = limit.rlim_max;
    check(setrlimit(RLIMIT_NOFILE, &limit) == 0, "setrlimit");
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_TURBO, 0, NULL, NULL, accessed, NULL, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_END);
    check(daemon != NULL, "libmicrohttpd did not start");
    printf("{\"port\":%u}\n", MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    check(fflush(stdout) == 0, "standard output");
    struct pollfd polled[] = {
        {.fd = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, .events = POLLIN},
        {.fd = STDIN_FILENO, .events = POLLIN},
    };
    while (polled[1].revents == 0) {
        MHD_UNSIGNED_LONG_LONG timeout_ms;
        int has_more = MHD_get_timeout(daemon, &timeout_ms) == MHD_YES && timeout_ms == 0;
        check(poll(polled, 2, has_more ? 0 : -1) >= 0 || errno == EINTR, "poll");
        check(MHD_run(daemon) == MHD_YES, "MHD_run");
    }
    MHD_stop_daemon(daemon);
    return 0;
}

// The floor of webhook delivery in ops/bench: bare libcurl, one multi handle, nothing kept, nothing signed, nothing decided.
//
//   floor REQUEST PORTS IN_FLIGHT count N            sends N requests as fast as they are answered
//   floor REQUEST PORTS IN_FLIGHT rate R SECONDS LOG sends R requests a second, and writes when each was begun
//
// REQUEST is a file with a request as the product sends it: header lines, an empty line, the body; or, for a GET, the one line
// `GET /path`. PORTS are the sinks', with commas; requests go to them in turn, over connections that are kept. Prints one line of JSON. LOG gets one line of text for each
// request: when it was handed to libcurl (CLOCK_MONOTONIC, in nanoseconds), the port, and its webhook-id, a number here.
#include <curl/curl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <time.h>

enum { PORTS_MAX = 4096, IN_FLIGHT_MAX = 4096, HEADER_LINES_MAX = 32, ID_LINE_BYTES = 64, URL_BYTES = 1024, POLL_MS = 1000 };

struct transfer {
    CURL *easy;
    struct curl_slist *headers;
    // Where the list's webhook-id stands, to be written over.
    char *id_line;
    unsigned port;
    int is_idle;
};

static char request[65536];
static char *get_path;
static char *header_lines[HEADER_LINES_MAX];
static size_t header_count;
static char *body;
static size_t body_bytes;
static unsigned ports[PORTS_MAX];
static size_t port_count;
static struct transfer transfers[IN_FLIGHT_MAX];
static CURLM *multi;

static void check(int fine, const char *what) {
    if (fine) return;
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

static uint64_t now_ns(void) {
    struct timespec now;
    check(clock_gettime(CLOCK_MONOTONIC, &now) == 0, "clock_gettime failed");
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t cpu_us(void) {
    struct rusage usage;
    check(getrusage(RUSAGE_SELF, &usage) == 0, "getrusage failed");
    return (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000
        + (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void read_request(const char *path) {
    FILE *file = fopen(path, "r");
    check(file != NULL, "cannot open the request");
    size_t bytes = fread(request, 1, sizeof request - 1, file);
    check(fclose(file) == 0 && bytes < sizeof request - 1, "cannot read the request");
    char *line = request;
    if (strncmp(request, "GET ", 4) == 0) {
        get_path = request + 4;
        get_path[strcspn(get_path, "\n")] = 0;
        return;
    }
    while (*line && *line != '\n') {
        char *end = strchr(line, '\n');
        check(end != NULL && header_count < HEADER_LINES_MAX, "the request has no empty line");
        *end = 0;
        header_lines[header_count++] = line;
        line = end + 1;
    }
    check(*line == '\n', "the request has no empty line");
    body = line + 1;
    body_bytes = bytes - (size_t)(body - request);
}

static void read_ports(char *list) {
    for (char *word = strtok(list, ","); word; word = strtok(NULL, ",")) {
        check(port_count < PORTS_MAX, "too many ports");
        ports[port_count++] = (unsigned)atoi(word);
    }
    check(port_count > 0, "no port");
}

static size_t drop(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes;
    (void)context;
    return size * count;
}

#define SET(easy, option, value) check(curl_easy_setopt(easy, option, value) == CURLE_OK, #option)

// Each transfer has a port for good, so that nothing is set between its requests.
static void make_transfer(struct transfer *transfer, unsigned port) {
    char url[URL_BYTES];
    transfer->easy = curl_easy_init();
    check(transfer->easy != NULL, "curl_easy_init failed");
    transfer->port = port;
    transfer->is_idle = 1;
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; list && i < header_count; i++) {
        const char *line = header_lines[i];
        char id_line[ID_LINE_BYTES];
        int is_id = strncasecmp(line, "webhook-id:", 11) == 0;
        // As long as the product's ids.
        if (is_id) snprintf(id_line, sizeof id_line, "webhook-id: %030d", 0);
        list = curl_slist_append(list, is_id ? id_line : line);
        if (list && is_id) {
            struct curl_slist *last = list;
            while (last->next) last = last->next;
            transfer->id_line = last->data;
        }
    }
    check(list != NULL && (get_path || transfer->id_line), "the request has no webhook-id");
    transfer->headers = list;
    int url_bytes = snprintf(url, sizeof url, "http://127.0.0.1:%u%s", port, get_path ? get_path : "/webhook");
    check(url_bytes > 0 && (size_t)url_bytes < sizeof url, "the path is too long");
    SET(transfer->easy, CURLOPT_URL, url);
    SET(transfer->easy, CURLOPT_HTTPHEADER, list);
    if (!get_path) {
        SET(transfer->easy, CURLOPT_POSTFIELDS, body);
        SET(transfer->easy, CURLOPT_POSTFIELDSIZE, (long)body_bytes);
    }
    SET(transfer->easy, CURLOPT_WRITEFUNCTION, drop);
    SET(transfer->easy, CURLOPT_NOSIGNAL, 1L);
    SET(transfer->easy, CURLOPT_PROXY, "");
    SET(transfer->easy, CURLOPT_PRIVATE, (char *)transfer);
}

static void begin(struct transfer *transfer) {
    transfer->is_idle = 0;
    check(curl_multi_add_handle(multi, transfer->easy) == CURLM_OK, "curl_multi_add_handle failed");
}

// Moves everything on; answers how many requests ended, each of them with 200.
static size_t turn(int wait_ms) {
    int running, left;
    size_t ended = 0;
    check(curl_multi_perform(multi, &running) == CURLM_OK, "curl_multi_perform failed");
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));) {
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;
        struct transfer *transfer = NULL;
        long status = 0;
        check(curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer) == CURLE_OK, "CURLINFO_PRIVATE failed");
        check(curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK, "CURLINFO_RESPONSE_CODE failed");
        check(curl_multi_remove_handle(multi, easy) == CURLM_OK, "curl_multi_remove_handle failed");
        check(code == CURLE_OK && status == 200, curl_easy_strerror(code));
        transfer->is_idle = 1;
        ended++;
    }
    if (ended == 0) check(curl_multi_poll(multi, NULL, 0, wait_ms, NULL) == CURLM_OK, "curl_multi_poll failed");
    return ended;
}

static void send_count(size_t in_flight, size_t count) {
    uint64_t began_ns = now_ns(), began_cpu = cpu_us();
    size_t begun = 0, ended = 0;
    while (ended < count) {
        for (size_t i = 0; i < in_flight && begun < count; i++) {
            if (!transfers[i].is_idle) continue;
            begin(&transfers[i]);
            begun++;
        }
        ended += turn(POLL_MS);
    }
    double seconds = (double)(now_ns() - began_ns) / 1e9;
    printf("{\"seconds\":%.3f,\"rate\":%.0f,\"cpu_us\":%.2f}\n", seconds, (double)count / seconds,
        (double)(cpu_us() - began_cpu) / (double)count);
}

static void send_at_rate(size_t in_flight, double rate, double seconds, const char *path) {
    FILE *log = fopen(path, "w");
    check(log != NULL, "cannot write the log");
    size_t count = (size_t)(rate * seconds), begun = 0, ended = 0, late = 0, next = 0;
    uint64_t began_ns = now_ns(), began_cpu = cpu_us();
    while (ended < count) {
        size_t due = (size_t)((double)(now_ns() - began_ns) / 1e9 * rate);
        while (begun < count && begun < due) {
            size_t tried = 0;
            while (tried < in_flight && !transfers[next].is_idle) {
                next = (next + 1) % in_flight;
                tried++;
            }
            if (tried == in_flight) {
                late++;
                break;
            }
            struct transfer *transfer = &transfers[next];
            next = (next + 1) % in_flight;
            snprintf(transfer->id_line, ID_LINE_BYTES, "webhook-id: %030zu", begun);
            check(fprintf(log, "%llu %u %030zu\n", (unsigned long long)now_ns(), transfer->port, begun) > 0, "cannot write the log");
            begin(transfer);
            begun++;
        }
        ended += turn(1);
    }
    check(fclose(log) == 0, "cannot write the log");
    printf("{\"requests\":%zu,\"late\":%zu,\"cpu_us\":%.2f}\n", count, late, (double)(cpu_us() - began_cpu) / (double)count);
}

int main(int count, char **words) {
    int is_count = count == 6 && strcmp(words[4], "count") == 0, is_rate = count == 8 && strcmp(words[4], "rate") == 0;
    int in_flight = count > 3 ? atoi(words[3]) : 0;
    if ((!is_count && !is_rate) || in_flight < 1 || in_flight > IN_FLIGHT_MAX) {
        fprintf(stderr, "usage: floor REQUEST PORTS IN_FLIGHT (count N | rate R SECONDS LOG)\n");
        return 2;
    }
    read_request(words[1]);
    read_ports(words[2]);
    check(curl_global_init(CURL_GLOBAL_ALL) == CURLE_OK, "curl_global_init failed");
    multi = curl_multi_init();
    check(multi != NULL, "curl_multi_init failed");
    check(curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)in_flight * 2) == CURLM_OK, "CURLMOPT_MAXCONNECTS");
    for (int i = 0; i < in_flight; i++) make_transfer(&transfers[i], ports[(size_t)i % port_count]);
    if (is_count) send_count((size_t)in_flight, (size_t)atol(words[5]));
    else send_at_rate((size_t)in_flight, atof(words[5]), atof(words[6]), words[7]);
    for (int i = 0; i < in_flight; i++) {
        curl_easy_cleanup(transfers[i].easy);
        curl_slist_free_all(transfers[i].headers);
    }
    check(curl_multi_cleanup(multi) == CURLM_OK, "curl_multi_cleanup failed");
    curl_global_cleanup();
    return 0;
}

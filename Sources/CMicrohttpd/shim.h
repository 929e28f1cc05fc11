#pragma once
#include <microhttpd.h>
#include <stdint.h>

// MHD_start_daemon takes its options as variadic arguments, which Swift cannot pass.
struct shim_mhd_options {
    unsigned int flags;
    int listen_socket;
    unsigned int connections_max;
    size_t connection_memory_bytes;
    // PEM, zero-terminated; NULL without TLS. GnuTLS priorities beside them.
    const char *certificate;
    const char *key;
    const char *priorities;
    // Handed to every callback.
    void *context;
    MHD_AcceptPolicyCallback accept;
    MHD_NotifyConnectionCallback connection;
    void *(*uri)(void *context, const char *uri, struct MHD_Connection *connection);
    size_t (*unescape)(void *context, struct MHD_Connection *connection, char *text);
    MHD_AccessHandlerCallback access;
    MHD_RequestCompletedCallback completed;
};

static inline struct MHD_Daemon *shim_mhd_start(const struct shim_mhd_options *o) {
    struct MHD_OptionItem tls[] = {
        {o->key ? MHD_OPTION_HTTPS_MEM_KEY : MHD_OPTION_END, 0, (void *)o->key},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)o->certificate},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)o->priorities},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(
        o->flags, 0, o->accept, o->context, o->access, o->context,
        MHD_OPTION_LISTEN_SOCKET, o->listen_socket,
        MHD_OPTION_CONNECTION_LIMIT, o->connections_max,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, o->connection_memory_bytes,
        MHD_OPTION_CONNECTION_TIMEOUT, 0u,
        MHD_OPTION_STRICT_FOR_CLIENT, 0,
        MHD_OPTION_NOTIFY_CONNECTION, o->connection, o->context,
        MHD_OPTION_URI_LOG_CALLBACK, o->uri, o->context,
        MHD_OPTION_UNESCAPE_CALLBACK, o->unescape, o->context,
        MHD_OPTION_NOTIFY_COMPLETED, o->completed, o->context,
        MHD_OPTION_ARRAY, tls,
        MHD_OPTION_END);
}

// The getters are variadic as well, and answer with a union.
static inline int shim_mhd_epoll_fd(struct MHD_Daemon *d) {
    const union MHD_DaemonInfo *i = MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD);
    return i ? i->epoll_fd : -1;
}
static inline int shim_mhd_socket(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    return i ? i->connect_fd : -1;
}
static inline const struct sockaddr *shim_mhd_peer(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    return i ? i->client_addr : NULL;
}
static inline void *shim_mhd_socket_context(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return i ? i->socket_context : NULL;
}
static inline size_t shim_mhd_head_bytes(struct MHD_Connection *c) {
    const union MHD_ConnectionInfo *i = MHD_get_connection_info(c, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return i ? i->header_size : 0;
}
// Header fields, cookies and query arguments: kinds are flags.
static inline int shim_mhd_head_parts(struct MHD_Connection *c) {
    return MHD_get_connection_values_n(c, MHD_HEADER_KIND | MHD_COOKIE_KIND | MHD_GET_ARGUMENT_KIND, NULL, NULL);
}

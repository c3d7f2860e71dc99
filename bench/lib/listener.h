/* A TCP listener whose connections don't linger, not even after SIGKILL: accepted sockets inherit SO_LINGER from it, and
 * the other end is reset by theirs. */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { BACKLOG = 4096 };

/* At an address, whose port it fills in. */
static int listen_at(struct sockaddr_in *address) {
    socklen_t length = sizeof *address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    if (listener < 0 || setsockopt(listener, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) ||
        bind(listener, (struct sockaddr *)address, length) || listen(listener, BACKLOG) ||
        getsockname(listener, (struct sockaddr *)address, &length))
        err(1, "listener");
    return listener;
}

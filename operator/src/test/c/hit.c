// Runs into a limit on purpose. Takes one after another of what it is told to until the kernel refuses, or until it has
// as many as it may have; says how far it came, and holds all of it until its input ends.

#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char usage[] =
    "usage: hit [-u UID] sockets [MOST]\n"
    "       hit [-u UID] watches [MOST]           sockets that one epoll watches\n"
    "       hit [-u UID] threads [MOST]\n"
    "       hit [-u UID] connections PORT [MOST]  to 127.0.0.1, each given up after 3 s\n"
    "       hit [-u UID] acceptor PORT            accepts all that come\n"
    "       hit [-u UID] listener PORT BACKLOG    accepts none\n";

static struct sockaddr_in address = {.sin_family = AF_INET};
static int epoll;
static int listener;

static int checked(int result, const char *what) {
    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

static int open_socket(void) { return socket(AF_INET, SOCK_STREAM, 0); }

static bool one_more_socket(void) { return open_socket() >= 0; }

static bool one_more_watch(void) {
    int descriptor = open_socket();
    return descriptor >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &(struct epoll_event){0}) == 0;
}

static void *wait_for_ever(void *unused) {
    for (;;) pause();
    return unused;
}

static bool start(void *(*body)(void *)) {
    pthread_t thread;
    errno = pthread_create(&thread, NULL, body, NULL);
    return errno == 0;
}

static bool one_more_thread(void) { return start(wait_for_ever); }

static bool one_more_connection(void) {
    int descriptor = open_socket();
    int again = 1; // a SYN after 1 s, and it is over after 2 s more
    // An RST leaves no TIME_WAIT behind.
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    return descriptor >= 0 && setsockopt(descriptor, IPPROTO_TCP, TCP_SYNCNT, &again, sizeof again) == 0 &&
           setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0 &&
           connect(descriptor, (struct sockaddr *)&address, sizeof address) == 0;
}

static void listen_at_address(int backlog) {
    listener = checked(open_socket(), "socket");
    checked(bind(listener, (struct sockaddr *)&address, sizeof address), "bind");
    checked(listen(listener, backlog), "listen");
}

static void *accept_all(void *unused) {
    while (checked(accept(listener, NULL, NULL), "accept") >= 0) continue;
    return unused;
}

// Whether it was refused before it had as many as it may have.
static bool go(bool (*one_more)(void), const char *most) {
    long end = most ? strtol(most, NULL, 10) : LONG_MAX;
    long reached = 0;
    while (reached < end && one_more()) reached++;
    printf("reached %ld errno %s\n", reached, reached < end ? strerrorname_np(errno) : "none");
    return reached < end;
}

// Until its input ends. Takes what others give back meanwhile, as a server does that is out of descriptors.
static void hold(bool (*one_more)(void)) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    fflush(stdout);
    while (poll(&input, 1, 20) == 0) {
        while (one_more && one_more()) continue;
    }
}

int main(int count, char **words) {
    if (count > 2 && strcmp(words[1], "-u") == 0) {
        checked(setresuid(atoi(words[2]), atoi(words[2]), atoi(words[2])), "setresuid");
        words += 2;
    }
    const char *mode = words[1] ? words[1] : "";
    char **rest = words[1] ? words + 2 : words + 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bool (*goes_on)(void) = NULL;
    if (strcmp(mode, "sockets") == 0) {
        if (go(one_more_socket, rest[0])) goes_on = one_more_socket;
    } else if (strcmp(mode, "watches") == 0) {
        epoll = checked(epoll_create1(0), "epoll_create1");
        go(one_more_watch, rest[0]);
    } else if (strcmp(mode, "threads") == 0) {
        go(one_more_thread, rest[0]);
    } else if (strcmp(mode, "connections") == 0 && rest[0]) {
        address.sin_port = htons(atoi(rest[0]));
        go(one_more_connection, rest[1]);
    } else if (strcmp(mode, "acceptor") == 0 && rest[0]) {
        address.sin_port = htons(atoi(rest[0]));
        listen_at_address(SOMAXCONN);
        checked(start(accept_all) ? 0 : -1, "pthread_create");
        puts("listening");
    } else if (strcmp(mode, "listener") == 0 && rest[0] && rest[1]) {
        address.sin_port = htons(atoi(rest[0]));
        listen_at_address(atoi(rest[1]));
        puts("listening");
    } else {
        fputs(usage, stderr);
        return 2;
    }
    hold(goes_on);
    return 0;
}

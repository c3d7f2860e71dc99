/* A server that sends back what it gets, and clients that send at a steady rate, whether answers come or not.
 *
 *   echo serve PORT
 *   echo load ADDRESS PORT CONNECTIONS PER_SECOND
 *
 * The load prints nanoseconds for each answer, until SIGTERM: when its request was due, by the monotonic clock, and how
 * long after that the answer came. Exit status 1, and why, if a connection fails or a request has no answer. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 64, ANSWERS = 128, SECOND = 1000000000 };

static volatile sig_atomic_t ended;

static void end(int signal) { ended = signal; }

static long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * (long)SECOND + now.tv_nsec;
}

static void watch(int queue, int file) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = file};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, file, &event))
        err(1, "epoll_ctl");
}

static int tcp_socket(void) {
    int on = 1, file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (file < 0 || setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on))
        err(1, "socket");
    return file;
}

static void send_back(int file) {
    char text[4096];
    ssize_t length = read(file, text, sizeof text);
    if (length <= 0 || write(file, text, length) != length)
        close(file);
}

static int serve(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct epoll_event events[EVENTS];
    int queue = epoll_create1(EPOLL_CLOEXEC), listener = tcp_socket();
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024))
        err(1, "port %d", port);
    watch(queue, listener);
    for (;;) {
        int ready = epoll_wait(queue, events, EVENTS, -1);
        for (int i = 0; i < ready; i++)
            if (events[i].data.fd == listener)
                watch(queue, accept4(listener, NULL, NULL, SOCK_CLOEXEC));
            else
                send_back(events[i].data.fd);
    }
}

/* A request is the time when it is due. Returns how many answers have come. */
static int read_answers(int file) {
    long due[ANSWERS], now;
    ssize_t length = recv(file, due, sizeof due, 0);
    if (length <= 0 || length % sizeof *due)
        errx(1, "a connection has failed: %s", length < 0 ? strerror(errno) : length ? "half an answer" : "closed");
    now = nanoseconds();
    for (size_t i = 0; i < length / sizeof *due; i++)
        printf("%ld %ld\n", due[i], now - due[i]);
    return length / sizeof *due;
}

static int await_answers(int queue, long time) {
    struct epoll_event events[EVENTS];
    struct timespec left = {.tv_sec = time / SECOND, .tv_nsec = time % SECOND};
    int answers = 0, ready = epoll_pwait2(queue, events, EVENTS, &left, NULL);
    for (int i = 0; i < ready; i++)
        answers += read_answers(events[i].data.fd);
    return answers;
}

static int load(const char *server, int port, int connections, int per_second) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int files[connections], queue = epoll_create1(EPOLL_CLOEXEC);
    long sent = 0, answered = 0, now, due;
    inet_pton(AF_INET, server, &address.sin_addr);
    signal(SIGTERM, end);
    prctl(PR_SET_TIMERSLACK, 1);
    for (int i = 0; i < connections; i++) {
        files[i] = tcp_socket();
        if (connect(files[i], (struct sockaddr *)&address, sizeof address))
            err(1, "connection %d", i + 1);
        watch(queue, files[i]);
    }
    for (due = nanoseconds(); !ended; due += SECOND / per_second) {
        while ((now = nanoseconds()) < due)
            answered += await_answers(queue, due - now);
        if (send(files[sent++ % connections], &due, sizeof due, MSG_NOSIGNAL) != sizeof due)
            err(1, "a connection has failed");
    }
    while (answered < sent && nanoseconds() < due + SECOND)
        answered += await_answers(queue, SECOND / 10);
    if (answered < sent)
        errx(1, "%ld of %ld requests have no answer", sent - answered, sent);
    return 0;
}

int main(int count, char **arguments) {
    if (count == 3 && !strcmp(arguments[1], "serve"))
        return serve(atoi(arguments[2]));
    if (count == 6 && !strcmp(arguments[1], "load"))
        return load(arguments[2], atoi(arguments[3]), atoi(arguments[4]), atoi(arguments[5]));
    errx(2, "usage: echo serve PORT | echo load ADDRESS PORT CONNECTIONS PER_SECOND");
}

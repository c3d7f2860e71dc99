/* A server process that accepts TCP connections, and a client process that opens them, over loopback: as two programs
 * would hold them, on two processors.
 *
 *   pair CONNECTIONS SECONDS
 *
 * Prints "held" when both hold all of them, and ends after SECONDS. */
#define _GNU_SOURCE
#include "listener.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static void serve(int listener, int connections, int told) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < connections; i++)
        if (accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC) < 0)
            err(1, "accept4");
    if (write(told, "", 1) != 1)
        err(1, "write");
    pause();
}

int main(int count, char **arguments) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int told[2];
    char word;
    if (count != 3)
        return 2;
    if (pipe2(told, O_CLOEXEC))
        err(1, "pipe2");
    int listener = listen_at(&address), connections = atoi(arguments[1]);
    pid_t server = fork();
    if (server == 0)
        serve(listener, connections, told[1]);
    close(listener);
    for (int i = 0; i < connections; i++)
        if (connect(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), (struct sockaddr *)&address, sizeof address))
            err(1, "connect");
    if (read(told[0], &word, 1) != 1)
        err(1, "read");
    puts("held");
    fflush(stdout);
    sleep(atoi(arguments[2]));
    return 0;
}

/* Opens TCP connections over loopback and holds both ends: what no program can do faster.
 *
 *   probe CONNECTIONS SECONDS
 *
 * Prints "held" when it holds all of them, and ends after SECONDS. RLIMIT_NOFILE bounds a table of descriptors, not a
 * process: each thread fills one of its own, as many of them at a time as there are processors. Each has its own
 * address to connect to, and so all local ports. */
#define _GNU_SOURCE
#include "listener.h"
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { BATCH = 126, SPARE = 200 };

static int connections, tables;
static sem_t at_work, full;

static void *fill(void *number) {
    intptr_t table = (intptr_t)number;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000101 + (table << 8))};
    if (unshare(CLONE_FILES))
        err(1, "unshare");
    sem_wait(&at_work);
    int listener = listen_at(&address);
    int missing = connections / tables + (table < connections % tables);
    for (int batch; missing > 0; missing -= batch) {
        batch = missing < BATCH ? missing : BATCH;
        for (int i = 0; i < batch; i++)
            if (connect(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), (struct sockaddr *)&address, sizeof address))
                err(1, "connect");
        for (int i = 0; i < batch; i++)
            if (accept4(listener, NULL, NULL, SOCK_CLOEXEC) < 0)
                err(1, "accept4");
    }
    sem_post(&at_work);
    sem_post(&full);
    pause(); /* the table lives as long as its thread */
    return NULL;
}

int main(int count, char **arguments) {
    struct rlimit descriptors;
    pthread_attr_t small;
    pthread_t thread;
    if (count != 3)
        return 2;
    connections = atoi(arguments[1]);
    getrlimit(RLIMIT_NOFILE, &descriptors);
    int most = (int)(descriptors.rlim_cur - SPARE) / 2;
    tables = (connections + most - 1) / most;
    sem_init(&at_work, 0, sysconf(_SC_NPROCESSORS_ONLN));
    sem_init(&full, 0, 0);
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    for (intptr_t table = 0; table < tables; table++)
        if (pthread_create(&thread, &small, fill, (void *)table))
            errx(1, "pthread_create");
    for (int table = 0; table < tables; table++)
        sem_wait(&full);
    puts("held");
    fflush(stdout);
    sleep(atoi(arguments[2]));
    return 0;
}

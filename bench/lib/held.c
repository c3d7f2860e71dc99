/* Starts a command and tells how long it takes until TCP sockets are open in this network namespace.
 *
 *   held SOCKETS OUTPUT COMMAND...
 *
 * OUTPUT: a file for what the command prints. Prints microseconds until there are SOCKETS, from before the command's
 * exec and from the first hundredth of them, and the command's pid, which leads a session; the command runs on. Looks
 * each 200 us. Exit status 1 if the command ends before, or needs more than two minutes. */
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int files[2];

static int sockets_of(int file) {
    char text[512];
    ssize_t length = pread(file, text, sizeof text - 1, 0);
    text[length > 0 ? length : 0] = 0;
    char *line = strstr(text, "TCP");
    return line ? atoi(strstr(line, "inuse") + 6) : 0;
}

static int sockets(void) { return sockets_of(files[0]) + sockets_of(files[1]); }

static long microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static pid_t start(const char *output, char **command) {
    pid_t child = fork();
    if (child == 0) {
        setsid();
        if (!freopen(output, "w", stdout))
            err(127, "%s", output);
        execvp(command[0], command);
        err(127, "%s", command[0]);
    }
    return child;
}

/* Waits until there are so many sockets; returns when that was. */
static long until(int wanted, long deadline, pid_t child) {
    for (;;) {
        long now = microseconds();
        if (sockets() >= wanted)
            return now;
        if (waitpid(child, NULL, WNOHANG) != 0)
            errx(1, "ended with fewer than %d sockets", wanted);
        if (now > deadline) {
            kill(child, SIGKILL);
            errx(1, "%d of %d sockets in two minutes", sockets(), wanted);
        }
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    }
}

int main(int count, char **arguments) {
    if (count < 4)
        return 2;
    int wanted = atoi(arguments[1]);
    files[0] = open("/proc/self/net/sockstat", O_RDONLY | O_CLOEXEC);
    files[1] = open("/proc/self/net/sockstat6", O_RDONLY | O_CLOEXEC);
    long begin = microseconds();
    pid_t child = start(arguments[2], arguments + 3);
    long first = until(wanted / 100, begin + 120000000L, child);
    long held = until(wanted, begin + 120000000L, child);
    printf("%ld %ld %d\n", held - begin, held - first, child);
}

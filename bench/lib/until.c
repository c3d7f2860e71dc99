/* Starts a command and tells how long it takes until settings are as a file says.
 *
 *   until VALUES COMMAND...     VALUES: a line for each, "/proc/sys/fs/nr_open 2000000"
 *
 * Prints microseconds from before the command's exec until every value is read, and the command's pid; the command runs
 * on. Looks each 200 us. Exit status 1 if the values are not there within 20 s. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SETTINGS = 32, LINE = 256 };

static int files[SETTINGS];
static char wanted[SETTINGS][LINE];
static int settings;

static void load(const char *name) {
    char line[LINE];
    FILE *values = fopen(name, "r");
    while (values && settings < SETTINGS && fgets(line, sizeof line, values)) {
        char *value = strchr(line, ' ');
        *value++ = 0;
        files[settings] = open(line, O_RDONLY | O_CLOEXEC);
        strcpy(wanted[settings++], value);
    }
}

static int in_place(int setting) {
    char text[LINE];
    ssize_t length = pread(files[setting], text, sizeof text - 1, 0);
    if (length < 0)
        return 0;
    text[length] = 0;
    for (char *c = text; *c; c++)
        if (*c == '\t')
            *c = ' ';
    return strcmp(text, wanted[setting]) == 0;
}

static long microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

int main(int count, char **arguments) {
    if (count < 3)
        return 2;
    load(arguments[1]);
    long start = microseconds();
    pid_t child = fork();
    if (child == 0) {
        dup2(2, 1);
        execvp(arguments[2], arguments + 2);
        _exit(127);
    }
    for (int first = 0; first < settings;) {
        if (in_place(first)) {
            first++;
        } else if (microseconds() - start > 20000000L) {
            kill(child, SIGKILL);
            return 1;
        } else {
            nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
        }
    }
    printf("%ld %d\n", microseconds() - start, child);
}

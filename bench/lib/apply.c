/* Writes settings and reads them back, through descriptors that are kept open: what no program can do faster.
 *
 *   apply VALUES ROUNDS     VALUES: a line for each, "/proc/sys/fs/nr_open 2000000"
 *
 * Prints nanoseconds of each round over all of them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SETTINGS = 32, LINE = 256 };

static int files[SETTINGS];
static char values[SETTINGS][LINE];
static int settings;

static void load(const char *name) {
    char line[LINE];
    FILE *lines = fopen(name, "r");
    while (lines && settings < SETTINGS && fgets(line, sizeof line, lines)) {
        char *value = strchr(line, ' ');
        *value++ = 0;
        files[settings] = open(line, O_RDWR | O_CLOEXEC);
        strcpy(values[settings++], value);
    }
}

static void apply(int setting) {
    char text[LINE];
    const char *value = values[setting];
    ssize_t length = strlen(value);
    ssize_t taken = pwrite(files[setting], value, length, 0);
    ssize_t read = pread(files[setting], text, sizeof text, 0);
    for (char *c = text; c < text + read; c++)
        if (*c == '\t')
            *c = ' ';
    if (taken != length || read != length || memcmp(text, value, length) != 0) {
        fprintf(stderr, "%s is not taken\n", value);
        exit(1);
    }
}

static long nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000L + now.tv_nsec;
}

int main(int count, char **arguments) {
    if (count != 3)
        return 2;
    load(arguments[1]);
    for (int rounds = atoi(arguments[2]); rounds > 0; rounds--) {
        long start = nanoseconds();
        for (int setting = 0; setting < settings; setting++)
            apply(setting);
        printf("%ld\n", nanoseconds() - start);
    }
}

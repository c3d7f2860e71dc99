/* The floor of bench/drift, and the writer that measures.
 *
 *   drift keep FILE VALUE            holds VALUE: the calls that WriteWatch and Sysctls make, and nothing else
 *   drift write FILE VALUE OTHER N   writes OTHER N times; prints how many nanoseconds passed until VALUE was back
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef FAN_REPORT_PIDFD
#define FAN_REPORT_PIDFD 0x80
#endif

static int holds(int file, const char *value) {
    char text[64];
    ssize_t length = pread(file, text, sizeof text, 0);
    return length == (ssize_t)strlen(value) + 1 && memcmp(text, value, length - 1) == 0;
}

static void put(int file, const char *value) {
    char line[64];
    int length = snprintf(line, sizeof line, "%s\n", value);
    if (pwrite(file, line, length, 0) != length) err(1, "pwrite");
}

static void read_name(int pid) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/comm", pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return;
    if (read(file, text, sizeof text) < 0) text[0] = 0; /* it is gone */
    close(file);
}

static int keep(const char *path, const char *value) {
    int file = open(path, O_RDWR | O_CLOEXEC), queue = fanotify_init(FAN_CLOEXEC | FAN_REPORT_PIDFD, O_CLOEXEC);
    if (file < 0 || queue < 0) err(1, "%s", path);
    if (fanotify_mark(queue, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_MODIFY | FAN_CLOSE_WRITE, AT_FDCWD, "/proc/sys"))
        err(1, "fanotify_mark");
    struct stat kept, written;
    fstat(file, &kept);
    setpriority(PRIO_PROCESS, 0, -20);
    put(file, value);
    puts("ready");
    fflush(stdout);
    _Alignas(8) char buffer[16384];
    for (;;) {
        ssize_t length = read(queue, buffer, sizeof buffer);
        if (length < 0) err(1, "read");
        for (char *at = buffer; at < buffer + length;) {
            struct fanotify_event_metadata *event = (void *)at;
            int process = ((int *)(at + event->metadata_len))[1];
            at += event->event_len;
            if (process >= 0) {
                close(process);
                read_name(event->pid);
            }
            fstat(event->fd, &written);
            if (written.st_ino == kept.st_ino && event->pid != getpid() && !holds(file, value)) {
                put(file, value);
                holds(file, value);
            }
            close(event->fd);
        }
    }
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int write_over(const char *path, const char *value, const char *other, int count) {
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) err(1, "%s", path);
    for (int i = 0; i < count; i++) {
        usleep(1000 + rand() % 9000); /* whoever holds it sleeps by then */
        int64_t start = now();
        put(file, other);
        while (!holds(file, value))
            if (now() - start > 5000000000LL) errx(1, "%s is not repaired", path);
        printf("%lld\n", (long long)(now() - start));
    }
    return 0;
}

int main(int count, char **arguments) {
    if (count == 4 && !strcmp(arguments[1], "keep")) return keep(arguments[2], arguments[3]);
    if (count == 6 && !strcmp(arguments[1], "write"))
        return write_over(arguments[2], arguments[3], arguments[4], atoi(arguments[5]));
    errx(2, "usage: drift keep FILE VALUE | drift write FILE VALUE OTHER N");
}

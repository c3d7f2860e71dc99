/* Prints the nanoseconds that a process has run, with its threads that have ended.
 *
 *   cputime PID */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int count, char **arguments) {
    clockid_t clock;
    struct timespec time;
    if (count != 2 || clock_getcpuclockid(atoi(arguments[1]), &clock) != 0 || clock_gettime(clock, &time) != 0)
        return 1;
    printf("%lld\n", time.tv_sec * 1000000000LL + time.tv_nsec);
}

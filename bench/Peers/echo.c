// The floor of a loopback server: epoll, every byte sent back as it came. In argv: port, threads (1), microseconds of
// work a request (0) and bytes of a request (only with work; all are of one length). The work is a chain of dependent
// multiplications, counted and not timed, so that time in which the processor was taken away is not taken for work.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 256, BYTES = 256 << 10, THREADS_MAX = 64, TRIALS = 200, TRIAL_STEPS = 100000 };

static int door, thread_count = 1, sets[THREADS_MAX];
static long work_steps, request_bytes = 1;

static uint64_t work(long steps)
{
    uint64_t value = 1;
    for (long i = 0; i < steps; i++) {
        value = value * 6364136223846793005u + 1442695040888963407u;
        __asm__ volatile("" : "+r"(value));
    }
    return value;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec * 1e-9;
}

// The fastest of many trials: the others were interrupted.
static double steps_a_second(void)
{
    double least = 1e9;
    for (int i = 0; i < TRIALS; i++) {
        double start = seconds();
        work(TRIAL_STEPS);
        double took = seconds() - start;
        least = took < least ? took : least;
    }
    return TRIAL_STEPS / least;
}

static void welcome(void)
{
    static int turn;
    int one = 1;
    struct epoll_event watch = { .events = EPOLLIN, .data.fd = accept(door, NULL, NULL) };
    setsockopt(watch.data.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    epoll_ctl(sets[turn++ % thread_count], EPOLL_CTL_ADD, watch.data.fd, &watch);
}

static void *serve(void *set)
{
    char *bytes = malloc(BYTES);
    struct epoll_event ready[EVENTS];
    for (;;) {
        int count = epoll_wait(*(int *)set, ready, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            int from = ready[i].data.fd;
            if (from == door) {
                welcome();
                continue;
            }
            ssize_t got = read(from, bytes, BYTES);
            if (got <= 0) {
                close(from);
                continue;
            }
            work(work_steps * got / request_bytes);
            for (ssize_t sent = 0, more; sent < got; sent += more) {
                more = write(from, bytes + sent, got - sent);
                if (more <= 0) {
                    break;
                }
            }
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0) };
    thread_count = argc > 2 ? atoi(argv[2]) : 1;
    if (thread_count < 1 || thread_count > THREADS_MAX) {
        fprintf(stderr, "echo: 1 to %d threads\n", THREADS_MAX);
        return 2;
    }
    work_steps = argc > 3 ? (long)(atof(argv[3]) * 1e-6 * steps_a_second()) : 0;
    request_bytes = argc > 4 ? atol(argv[4]) : 1;
    if (request_bytes < 1 || (work_steps > 0 && argc < 5)) {
        fprintf(stderr, "echo: work wants the bytes of a request\n");
        return 2;
    }
    int one = 1;
    door = socket(AF_INET, SOCK_STREAM, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(door, (struct sockaddr *)&at, sizeof at) || listen(door, 128)) {
        perror("echo");
        return 1;
    }
    for (int i = 0; i < thread_count; i++) {
        sets[i] = epoll_create1(0);
    }
    struct epoll_event watch = { .events = EPOLLIN, .data.fd = door };
    epoll_ctl(sets[0], EPOLL_CTL_ADD, door, &watch);
    for (int i = 1; i < thread_count; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, serve, &sets[i]);
    }
    serve(&sets[0]);
}

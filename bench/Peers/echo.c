// The floor of a loopback server: one thread, epoll, every byte sent back as it came. Port in argv[1].
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 256, BYTES = 256 << 10 };

int main(int argc, char **argv)
{
    static char bytes[BYTES];
    struct epoll_event ready[EVENTS];
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(argc > 1 ? atoi(argv[1]) : 0) };
    int one = 1, door = socket(AF_INET, SOCK_STREAM, 0), set = epoll_create1(0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(door, (struct sockaddr *)&at, sizeof at) || listen(door, 128)) {
        perror("echo");
        return 1;
    }
    struct epoll_event watch = { .events = EPOLLIN, .data.fd = door };
    epoll_ctl(set, EPOLL_CTL_ADD, door, &watch);
    for (;;) {
        int count = epoll_wait(set, ready, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            int from = ready[i].data.fd;
            if (from == door) {
                watch.data.fd = accept(door, NULL, NULL);
                setsockopt(watch.data.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                epoll_ctl(set, EPOLL_CTL_ADD, watch.data.fd, &watch);
                continue;
            }
            ssize_t got = read(from, bytes, BYTES);
            if (got <= 0) {
                close(from);
                continue;
            }
            for (ssize_t sent = 0, more; sent < got; sent += more) {
                more = write(from, bytes + sent, got - sent);
                if (more <= 0) {
                    break;
                }
            }
        }
    }
}

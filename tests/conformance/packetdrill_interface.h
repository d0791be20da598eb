/* SPDX-License-Identifier: MIT
 *
 * What packetdrill calls in the library that --so_filename names: a record of
 * functions in this order, with the types of the host's C library. Written from
 * what the program does; the order is the contract. */
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct packetdrill_interface {
    void* userdata; /* the first argument of all that follow */
    void (*free)(void* self);
    int (*socket)(void* self, int domain, int type, int protocol);
    int (*bind)(void* self, int fd, struct sockaddr const* address, socklen_t size);
    int (*listen)(void* self, int fd, int backlog);
    int (*accept)(void* self, int fd, struct sockaddr* address, socklen_t* size);
    int (*connect)(void* self, int fd, struct sockaddr const* address, socklen_t size);
    ssize_t (*read)(void* self, int fd, void* into, size_t count);
    ssize_t (*readv)(void* self, int fd, struct iovec const* parts, int count);
    ssize_t (*recv)(void* self, int fd, void* into, size_t count, int flags);
    ssize_t (*recvfrom)(void* self, int fd, void* into, size_t count, int flags, struct sockaddr* from,
                        socklen_t* size);
    ssize_t (*recvmsg)(void* self, int fd, struct msghdr* message, int flags);
    ssize_t (*write)(void* self, int fd, void const* from, size_t count);
    ssize_t (*writev)(void* self, int fd, struct iovec const* parts, int count);
    ssize_t (*send)(void* self, int fd, void const* from, size_t count, int flags);
    ssize_t (*sendto)(void* self, int fd, void const* from, size_t count, int flags,
                      struct sockaddr const* to, socklen_t size);
    ssize_t (*sendmsg)(void* self, int fd, struct msghdr const* message, int flags);
    int (*fcntl)(void* self, int fd, int command, ...);
    int (*ioctl)(void* self, int fd, unsigned long request, ...);
    int (*close)(void* self, int fd);
    int (*shutdown)(void* self, int fd, int how);
    int (*getsockopt)(void* self, int fd, int level, int option, void* value, socklen_t* size);
    int (*setsockopt)(void* self, int fd, int level, int option, void const* value, socklen_t size);
    int (*poll)(void* self, struct pollfd* wanted, nfds_t count, int timeout_ms);
    /* A packet, from its IP header on, for the stack. 0, or -1. */
    int (*netdev_send)(void* self, void const* packet, size_t size);
    /* The next packet from the stack, and when it left. 0; or -1, and it asks again. */
    int (*netdev_receive)(void* self, void* into, size_t* size, long long* microseconds);
    int (*usleep)(void* self, useconds_t microseconds);
    int (*gettimeofday)(void* self, struct timeval* now, struct timezone* zone);
    int (*epoll_create)(void* self, int size);
    int (*epoll_ctl)(void* self, int epoll, int operation, int fd, struct epoll_event* event);
    int (*epoll_wait)(void* self, int epoll, struct epoll_event* events, int count, int timeout_ms);
    int (*pipe)(void* self, int fds[2]);
    int (*splice)(void* self, int from, loff_t* from_offset, int to, loff_t* to_offset, size_t count,
                  unsigned flags);
};

void packetdrill_interface_init(char const* flags, struct packetdrill_interface* out);

#ifdef __cplusplus
}
#endif

// SPDX-License-Identifier: MIT
//
// The library for packetdrill's --so_filename. Calls that wait come on a second
// thread; the first one moves the clock, and lets the second go on whenever what it
// waits for has come, before time moves on.
//
//     packetdrill --so_filename=libviv_packetdrill.so --so_flags=offload=1 script.pkt
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "tests/conformance/host.hpp"
#include "tests/conformance/packetdrill_interface.h"
#include "tests/conformance/sockets.hpp"

namespace conformance {
namespace {

// A packet that has not left by then never will: the script is told so by our end.
constexpr auto patience = Duration::seconds(400);
// What asking for the time takes: packetdrill waits the last moments by asking.
constexpr auto glance = Duration::microseconds(1);

struct Epoll {
    std::map<int, epoll_event> wanted;
    // Of those that are edge-triggered: events, and octets to be read. More of those are news.
    struct Told {
        std::uint32_t events = 0, unread = 0;
    };
    std::map<int, Told> told;
};

class Library {
public:
    explicit Library(std::string const& flags) : host_(flags), sockets_(host_.stack()) {}

    // Tries until it does something else than wait. `wait`: may it?
    template <class Attempt>
    long attempt(bool may_wait, Attempt try_it) {
        std::unique_lock lock(mutex_);
        for (;;) {
            long const result = try_it();
            host_.settle();
            if (result != -EAGAIN || !may_wait) {
                if (waiting_here_) finish_waiting();
                changed();
                return answer(result);
            }
            wait(lock);
        }
    }

    int netdev_send(void const* packet, std::size_t size) {
        std::unique_lock lock(mutex_);
        host_.deliver({static_cast<std::uint8_t const*>(packet), size});
        let_others_run(lock);
        return 0;
    }

    int netdev_receive(void* into, std::size_t* size, long long* microseconds) {
        std::unique_lock lock(mutex_);
        host_.settle();
        Instant const start = host_.now();
        while (!host_.has_departure()) {
            Instant const next = host_.deadline();
            if (next == Instant::never() || next - start > patience) {
                std::fprintf(stderr, "the stack sends nothing more (at %.6f s)\n", seconds());
                std::exit(1);
            }
            pass_time(lock, next);
        }
        auto const departure = host_.take_departure();
        std::size_t const count = std::min(*size, departure->packet.size());
        std::memcpy(into, departure->packet.data(), count);
        *size = count;
        *microseconds = departure->at.since_boot().as_microseconds();
        return 0;
    }

    int usleep(unsigned microseconds) {
        std::unique_lock lock(mutex_);
        pass_time(lock, host_.now() + Duration::microseconds(microseconds));
        return 0;
    }

    int gettimeofday(timeval* now) {
        std::unique_lock lock(mutex_);
        pass_time(lock, host_.now() + glance);
        auto const since = host_.now().since_boot().as_microseconds();
        now->tv_sec = since / 1'000'000;
        now->tv_usec = since % 1'000'000;
        return 0;
    }

    Sockets& sockets() { return sockets_; }
    bool may_wait(int fd, int flags = 0) {
        std::unique_lock lock(mutex_);
        Socket const* const socket = sockets_.find(fd);
        return socket != nullptr && !socket->nonblocking && (flags & MSG_DONTWAIT) == 0;
    }
    template <class Call>
    long now(Call call) {
        return attempt(false, call);
    }

    // ---- poll and epoll ----

    int poll(pollfd* wanted, nfds_t count, int timeout_ms) {
        Instant const deadline = deadline_in(timeout_ms);
        return static_cast<int>(attempt(timeout_ms != 0, [&]() -> long {
            long ready = 0;
            for (nfds_t i = 0; i < count; ++i) {
                short const always = POLLERR | POLLHUP | POLLNVAL;
                wanted[i].revents =
                    static_cast<short>(sockets_.events(wanted[i].fd) & (wanted[i].events | always));
                ready += wanted[i].revents != 0;
            }
            return ready > 0 || host_.now() >= deadline ? ready : -EAGAIN;
        }));
    }

    int epoll_create() {
        std::unique_lock lock(mutex_);
        int const fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        if (fd < 0) return -1;
        epolls_[fd] = {};
        return fd;
    }
    int epoll_ctl(int fd, int operation, int socket, epoll_event* event) {
        std::unique_lock lock(mutex_);
        auto const at = epolls_.find(fd);
        if (at == epolls_.end() || sockets_.find(socket) == nullptr) return int(answer(-EBADF));
        Epoll& epoll = at->second;
        bool const known = epoll.wanted.count(socket) != 0;
        if (operation == EPOLL_CTL_ADD && known) return int(answer(-EEXIST));
        if (operation != EPOLL_CTL_ADD && !known) return int(answer(-ENOENT));
        epoll.told.erase(socket);
        if (operation == EPOLL_CTL_DEL)
            epoll.wanted.erase(socket);
        else
            epoll.wanted[socket] = *event;
        return 0;
    }
    int epoll_wait(int fd, epoll_event* events, int count, int timeout_ms) {
        Instant const deadline = deadline_in(timeout_ms);
        return static_cast<int>(attempt(timeout_ms != 0, [&]() -> long {
            auto const at = epolls_.find(fd);
            if (at == epolls_.end()) return -EBADF;
            int ready = 0;
            for (auto& [socket, wanted] : at->second.wanted) {
                if (ready == count) break;
                auto const always = std::uint32_t{EPOLLERR | EPOLLHUP};
                auto const is =
                    static_cast<std::uint16_t>(sockets_.events(socket)) & (wanted.events | always);
                Epoll::Told const was = at->second.told[socket], now{is, sockets_.unread(socket)};
                at->second.told[socket] = now;
                bool const more = (is & EPOLLIN) != 0 && now.unread > was.unread;
                bool const news = (wanted.events & EPOLLET) == 0 || (is & ~was.events) != 0 || more;
                if (is == 0 || !news) continue;
                events[ready].events = is;
                events[ready++].data = wanted.data;
                if ((wanted.events & EPOLLONESHOT) != 0) wanted.events = 0;
            }
            return ready > 0 || host_.now() >= deadline ? ready : -EAGAIN;
        }));
    }
    bool close_epoll(int fd) {
        std::unique_lock lock(mutex_);
        if (epolls_.erase(fd) == 0) return false;
        ::close(fd);
        return true;
    }

    static long answer(long result) {
        if (result >= 0) return result;
        errno = static_cast<int>(-result);
        return -1;
    }

private:
    double seconds() const { return static_cast<double>(host_.now().since_boot().as_microseconds()) / 1e6; }
    Instant deadline_in(int timeout_ms) {
        std::unique_lock lock(mutex_);
        return timeout_ms < 0 ? Instant::never() : host_.now() + Duration::milliseconds(timeout_ms);
    }

    // ---- the second thread ----

    void wait(std::unique_lock<std::mutex>& lock) {
        waiting_here_ = true;
        waiting_ = true;
        std::uint64_t const seen = changes_;
        idle_.notify_all();
        changed_.wait(lock, [&] { return changes_ != seen; });
    }
    void finish_waiting() {
        waiting_here_ = false;
        waiting_ = false;
        just_finished_ = true;
        idle_.notify_all();
    }

    // ---- the first one ----

    void changed() {
        ++changes_;
        changed_.notify_all();
    }
    // Who waits looks again, and either waits on or has gone back to packetdrill.
    void let_others_run(std::unique_lock<std::mutex>& lock) {
        if (!waiting_) return;
        waiting_ = false;
        changed();
        idle_.wait_for(lock, std::chrono::seconds(1), [&] { return waiting_ || just_finished_; });
        if (!just_finished_) return;
        // It is about to look at the clock: the clock stands still meanwhile.
        just_finished_ = false;
        lock.unlock();
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        lock.lock();
    }
    void pass_time(std::unique_lock<std::mutex>& lock, Instant until) {
        host_.advance_to(until, [&] { let_others_run(lock); });
    }

    std::mutex mutex_;
    std::condition_variable changed_, idle_;
    std::uint64_t changes_ = 0;
    bool waiting_ = false;        // somebody waits, and has seen the last change
    bool just_finished_ = false;  // somebody waited, and does not any more
    static thread_local bool waiting_here_;

    Host host_;
    Sockets sockets_;
    std::map<int, Epoll> epolls_;
};

thread_local bool Library::waiting_here_ = false;

Library& of(void* self) { return *static_cast<Library*>(self); }

// ---- the functions of the record ----

using Byte = std::uint8_t;

net::MutableBytes bytes(void* at, std::size_t count) { return {static_cast<Byte*>(at), count}; }
net::Bytes bytes(void const* at, std::size_t count) { return {static_cast<Byte const*>(at), count}; }

long receive(void* self, int fd, net::MutableBytes into, int flags, sockaddr* from, socklen_t* size) {
    Library& library = of(self);
    return library.attempt(library.may_wait(fd, flags),
                           [&] { return library.sockets().receive(fd, into, flags, from, size); });
}

// A call that may wait takes all of it.
long send(void* self, int fd, net::Bytes data, int flags, sockaddr const* to, socklen_t size) {
    Library& library = of(self);
    bool const may_wait = library.may_wait(fd, flags);
    std::size_t taken = 0;
    return library.attempt(may_wait, [&]() -> long {
        long const sent = library.sockets().send(fd, data.subspan(taken), to, size);
        if (sent < 0) return sent == -EAGAIN || taken == 0 ? sent : static_cast<long>(taken);
        taken += static_cast<std::size_t>(sent);
        return taken == data.size() || !may_wait ? static_cast<long>(taken) : -EAGAIN;
    });
}

std::vector<Byte> gathered(iovec const* parts, std::size_t count) {
    std::vector<Byte> all;
    for (std::size_t i = 0; i < count; ++i) {
        auto const* const at = static_cast<Byte const*>(parts[i].iov_base);
        all.insert(all.end(), at, at + parts[i].iov_len);
    }
    return all;
}
long scatter(long got, std::vector<Byte> const& from, iovec const* parts, std::size_t count) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < count && got > 0 && at < static_cast<std::size_t>(got); ++i) {
        std::size_t const part = std::min(parts[i].iov_len, static_cast<std::size_t>(got) - at);
        std::memcpy(parts[i].iov_base, from.data() + at, part);
        at += part;
    }
    return got;
}
std::size_t length_of(iovec const* parts, std::size_t count) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < count; ++i) length += parts[i].iov_len;
    return length;
}

int so_socket(void* self, int domain, int type, int protocol) {
    return int(of(self).now([&] { return of(self).sockets().open(domain, type, protocol); }));
}
int so_bind(void* self, int fd, sockaddr const* address, socklen_t size) {
    return int(of(self).now([&] { return of(self).sockets().bind(fd, address, size); }));
}
int so_listen(void* self, int fd, int backlog) {
    return int(of(self).now([&] { return of(self).sockets().listen(fd, backlog); }));
}
int so_accept(void* self, int fd, sockaddr* address, socklen_t* size) {
    Library& library = of(self);
    return int(
        library.attempt(library.may_wait(fd), [&] { return library.sockets().accept(fd, address, size); }));
}
int so_connect(void* self, int fd, sockaddr const* address, socklen_t size) {
    Library& library = of(self);
    bool const may_wait = library.may_wait(fd);
    return int(library.attempt(may_wait, [&] {
        int const result = library.sockets().connect(fd, address, size);
        bool const pending = result == -EINPROGRESS || result == -EALREADY;
        return may_wait && pending ? -EAGAIN : result;
    }));
}
ssize_t so_read(void* self, int fd, void* into, size_t count) {
    return receive(self, fd, bytes(into, count), 0, nullptr, nullptr);
}
ssize_t so_recv(void* self, int fd, void* into, size_t count, int flags) {
    return receive(self, fd, bytes(into, count), flags, nullptr, nullptr);
}
ssize_t so_recvfrom(void* self, int fd, void* into, size_t count, int flags, sockaddr* from,
                    socklen_t* size) {
    return receive(self, fd, bytes(into, count), flags, from, size);
}
ssize_t so_readv(void* self, int fd, iovec const* parts, int count) {
    auto const n = static_cast<std::size_t>(count);
    std::vector<Byte> all(length_of(parts, n));
    return scatter(receive(self, fd, all, 0, nullptr, nullptr), all, parts, n);
}
ssize_t so_recvmsg(void* self, int fd, msghdr* message, int flags) {
    std::vector<Byte> all(length_of(message->msg_iov, message->msg_iovlen));
    socklen_t* const size = message->msg_name != nullptr ? &message->msg_namelen : nullptr;
    long const got = receive(self, fd, all, flags, static_cast<sockaddr*>(message->msg_name), size);
    message->msg_controllen = 0;
    message->msg_flags = 0;
    return scatter(got, all, message->msg_iov, message->msg_iovlen);
}
ssize_t so_write(void* self, int fd, void const* from, size_t count) {
    return send(self, fd, bytes(from, count), 0, nullptr, 0);
}
ssize_t so_send(void* self, int fd, void const* from, size_t count, int flags) {
    return send(self, fd, bytes(from, count), flags, nullptr, 0);
}
ssize_t so_sendto(void* self, int fd, void const* from, size_t count, int flags, sockaddr const* to,
                  socklen_t size) {
    return send(self, fd, bytes(from, count), flags, to, size);
}
ssize_t so_writev(void* self, int fd, iovec const* parts, int count) {
    return send(self, fd, gathered(parts, static_cast<std::size_t>(count)), 0, nullptr, 0);
}
ssize_t so_sendmsg(void* self, int fd, msghdr const* message, int flags) {
    return send(self, fd, gathered(message->msg_iov, message->msg_iovlen), flags,
                static_cast<sockaddr const*>(message->msg_name), message->msg_namelen);
}
int so_fcntl(void* self, int fd, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    int const value = va_arg(arguments, int);
    va_end(arguments);
    return int(of(self).now([&]() -> long {
        Socket* const socket = of(self).sockets().find(fd);
        if (socket == nullptr) return -EBADF;
        if (command == F_GETFL) return O_RDWR | (socket->nonblocking ? O_NONBLOCK : 0);
        if (command != F_SETFL) return -EINVAL;
        socket->nonblocking = (value & O_NONBLOCK) != 0;
        return 0;
    }));
}
int so_ioctl(void* self, int fd, unsigned long request, ...) {
    va_list arguments;
    va_start(arguments, request);
    void* const argument = va_arg(arguments, void*);
    va_end(arguments);
    return int(of(self).now([&] { return of(self).sockets().control(fd, request, argument); }));
}
int so_close(void* self, int fd) {
    if (of(self).close_epoll(fd)) return 0;
    return int(of(self).now([&] { return of(self).sockets().close(fd); }));
}
int so_shutdown(void* self, int fd, int how) {
    return int(of(self).now([&] { return of(self).sockets().shutdown(fd, how); }));
}
int so_getsockopt(void* self, int fd, int level, int option, void* value, socklen_t* size) {
    return int(of(self).now([&] { return of(self).sockets().get_option(fd, level, option, value, size); }));
}
int so_setsockopt(void* self, int fd, int level, int option, void const* value, socklen_t size) {
    return int(of(self).now([&] { return of(self).sockets().set_option(fd, level, option, value, size); }));
}
int so_poll(void* self, pollfd* wanted, nfds_t count, int timeout) {
    return of(self).poll(wanted, count, timeout);
}
int so_netdev_send(void* self, void const* packet, size_t size) { return of(self).netdev_send(packet, size); }
int so_netdev_receive(void* self, void* into, size_t* size, long long* microseconds) {
    return of(self).netdev_receive(into, size, microseconds);
}
int so_usleep(void* self, useconds_t microseconds) { return of(self).usleep(microseconds); }
int so_gettimeofday(void* self, timeval* now, struct timezone*) { return of(self).gettimeofday(now); }
int so_epoll_create(void* self, int) { return of(self).epoll_create(); }
int so_epoll_ctl(void* self, int epoll, int operation, int fd, epoll_event* event) {
    return of(self).epoll_ctl(epoll, operation, fd, event);
}
int so_epoll_wait(void* self, int epoll, epoll_event* events, int count, int timeout) {
    return of(self).epoll_wait(epoll, events, count, timeout);
}
// Pipes are the host's business; what goes from one into a socket is not.
int so_pipe(void*, int fds[2]) { return ::pipe(fds); }
ssize_t copy(void* self, int from, int to, std::size_t count) {
    std::vector<Byte> all(count);
    bool const reads_socket = of(self).sockets().find(from) != nullptr;
    ssize_t const got =
        reads_socket ? so_read(self, from, all.data(), count) : ::read(from, all.data(), count);
    if (got <= 0) return got;
    auto const length = static_cast<std::size_t>(got);
    return reads_socket ? ::write(to, all.data(), length) : so_write(self, to, all.data(), length);
}
int so_splice(void* self, int from, loff_t*, int to, loff_t*, size_t count, unsigned) {
    return int(copy(self, from, to, count));
}
void so_free(void* self) { delete static_cast<Library*>(self); }

}  // namespace
}  // namespace conformance

extern "C" [[gnu::visibility("default")]] void packetdrill_interface_init(char const* flags,
                                                                          packetdrill_interface* out) {
    using namespace conformance;
    try {
        out->userdata = new Library(flags != nullptr ? flags : "");
    } catch (std::exception const& error) {
        std::fprintf(stderr, "--so_flags: %s\n", error.what());
        std::exit(2);
    }
    out->free = so_free;
    out->socket = so_socket;
    out->bind = so_bind;
    out->listen = so_listen;
    out->accept = so_accept;
    out->connect = so_connect;
    out->read = so_read;
    out->readv = so_readv;
    out->recv = so_recv;
    out->recvfrom = so_recvfrom;
    out->recvmsg = so_recvmsg;
    out->write = so_write;
    out->writev = so_writev;
    out->send = so_send;
    out->sendto = so_sendto;
    out->sendmsg = so_sendmsg;
    out->fcntl = so_fcntl;
    out->ioctl = so_ioctl;
    out->close = so_close;
    out->shutdown = so_shutdown;
    out->getsockopt = so_getsockopt;
    out->setsockopt = so_setsockopt;
    out->poll = so_poll;
    out->netdev_send = so_netdev_send;
    out->netdev_receive = so_netdev_receive;
    out->usleep = so_usleep;
    out->gettimeofday = so_gettimeofday;
    out->epoll_create = so_epoll_create;
    out->epoll_ctl = so_epoll_ctl;
    out->epoll_wait = so_epoll_wait;
    out->pipe = so_pipe;
    out->splice = so_splice;
}

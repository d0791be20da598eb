// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/tap.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace sim::links {
namespace {

ifreq request_for(std::string const& name) {
    ifreq request{};
    name.copy(request.ifr_name, IFNAMSIZ - 1);
    return request;
}

void put_address(ifreq& request, char const* text) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    inet_pton(AF_INET, text, &address.sin_addr);
    std::memcpy(&request.ifr_addr, &address, sizeof address);
}

void set_up(std::string const& name) {
    int const control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    auto const set = [&](unsigned long what, ifreq request) { return ioctl(control, what, &request) == 0; };
    ifreq address = request_for(name), mask = request_for(name), flags = request_for(name);
    put_address(address, Tap::hosts_address);
    put_address(mask, "255.255.255.0");
    flags.ifr_flags = IFF_UP | IFF_RUNNING;
    bool const done = set(SIOCSIFADDR, address) && set(SIOCSIFNETMASK, mask) && set(SIOCSIFFLAGS, flags);
    int const why = errno;
    close(control);
    if (!done) throw std::runtime_error(fmt::format("cannot set up {}: {}", name, strerror(why)));
}

}  // namespace

Tap::Tap(std::string const& name) : name_(name) {
    if (name.empty() || name.size() >= IFNAMSIZ)
        throw std::runtime_error(
            fmt::format("a network device's name has 1 to {} letters, not {}", IFNAMSIZ - 1, name.size()));
    bool const existed = if_nametoindex(name.c_str()) != 0;
    descriptor_ = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    ifreq request = request_for(name);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    if (descriptor_ < 0 || ioctl(descriptor_, TUNSETIFF, &request) != 0) {
        std::string const why = strerror(errno);
        if (descriptor_ >= 0) close(descriptor_);
        throw std::runtime_error(
            fmt::format("cannot open the TAP device {}: {}; it needs root, or leave --net out", name, why));
    }
    if (existed) return;
    try {
        set_up(name);
    } catch (...) {
        close(descriptor_);
        throw;
    }
}

Tap::~Tap() { close(descriptor_); }

}  // namespace sim::links

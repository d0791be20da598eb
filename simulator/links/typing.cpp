// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/links/typing.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace sim::links {
namespace {

bool has_something(int descriptor) {
    pollfd wanted{descriptor, POLLIN, 0};
    return ::poll(&wanted, 1, 0) > 0 && wanted.revents != 0;
}

}  // namespace

void Typing::poll(std::uint64_t now_ns, std::vector<machine::Arrival>& arrived) {
    outside_.poll(now_ns, arrived);
    if (descriptor_ < 0 || (!guest_spoke_ && now_ns < longest_silence_ns)) return;
    if (!has_something(descriptor_)) return;
    std::array<std::uint8_t, 4096> bytes;
    ssize_t const got = read(descriptor_, bytes.data(), bytes.size());
    if (got > 0)
        arrived.push_back({port_, machine::InputKind::console, {bytes.begin(), bytes.begin() + got}});
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
        descriptor_ = -1;  // its end: nobody types any more
}

bool NoLink::wait(std::chrono::nanoseconds at_most) {
    timespec const timeout{static_cast<time_t>(at_most.count() / 1'000'000'000),
                           static_cast<long>(at_most.count() % 1'000'000'000)};
    pollfd wanted{ended_ ? -1 : descriptor_, POLLIN, 0};
    if (ppoll(&wanted, 1, &timeout, nullptr) <= 0) return false;
    // A file at its end is ready for ever, as /dev/null is and a pipe without a writer.
    int bytes = 0;
    ended_ = ioctl(descriptor_, FIONREAD, &bytes) != 0 || bytes <= 0;
    return false;
}

}  // namespace sim::links

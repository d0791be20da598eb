// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/typed_keys.hpp"

#include <unistd.h>

#include <cerrno>

namespace sim::cli {

void TypedKeys::read() {
    char buffer[4096];
    ssize_t const got = ::read(from_, buffer, sizeof buffer);
    if (got > 0)
        untaken_.assign(buffer, static_cast<std::size_t>(got));
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
        from_ = -1;  // its end, or a terminal that is no longer ours
    pass();
}

void TypedKeys::pass() {
    if (untaken_.empty()) return;
    ssize_t const put = write(to_, untaken_.data(), untaken_.size());
    if (put > 0) untaken_.erase(0, static_cast<std::size_t>(put));
}

}  // namespace sim::cli

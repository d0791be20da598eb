// SPDX-License-Identifier: MIT
#include "kernel/platform/hosted/frame_card.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

#include "kernel/base/assert.hpp"
#include "kernel/base/log.hpp"
#include "kernel/platform/hosted/baton.hpp"

namespace platform::hosted {

FrameCard::FrameCard(int descriptor, std::array<std::uint8_t, 6> mac, void (*wake)(void*), void* context)
    : descriptor_(descriptor), mac_(mac), wake_(wake), context_(context) {
    fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
    call_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (call_ < 0) give_up("waiting for", strerror(errno));
}

// The watcher lives as long as the process.
void FrameCard::start() {
    std::thread([this] { watch(); }).detach();
}

bool FrameCard::read_frame(Received& frame) {
    if (failed_) return false;
    ssize_t const got = read(descriptor_, in_.data(), in_.size());
    if (got <= 0) {
        // A socket whose other end is gone reads as its end, for ever.
        if (got == 0) give_up("reading", "the other end is closed");
        if (got < 0 && errno != EAGAIN && errno != EINTR) give_up("reading", strerror(errno));
        return false;
    }
    frame = Received();
    frame.bytes = std::span(in_).first(static_cast<std::size_t>(got));
    ++statistics_.received;
    statistics_.bytes_received += frame.bytes.size();
    return true;
}

bool FrameCard::has_room() { return !failed_ && (waiting_ == 0 || send_waiting()); }

void FrameCard::transmit(Pieces pieces, Offload const& offload) {
    ASSERT(waiting_ == 0 && !offload.needs_checksum);
    for (std::span<std::uint8_t const> piece : pieces) {
        ASSERT(piece.size() <= out_.size() - waiting_);
        std::copy(piece.begin(), piece.end(), out_.begin() + static_cast<std::ptrdiff_t>(waiting_));
        waiting_ += piece.size();
    }
    (void)send_waiting();
}

// True: it is on its way, or lost as frames may be.
bool FrameCard::send_waiting() {
    ssize_t const sent = write(descriptor_, out_.data(), waiting_);
    if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)) return false;
    if (sent < 0 && errno != EIO) give_up("writing", strerror(errno));  // EIO: the TAP device is down
    if (sent > 0) {
        ++statistics_.sent;
        statistics_.bytes_sent += static_cast<std::size_t>(sent);
    }
    waiting_ = 0;
    return true;
}

void FrameCard::give_up(char const* what, char const* why) {
    if (failed_) return;
    failed_ = true;
    base::log_error("network: {} frames failed: {}", what, why);
}

bool FrameCard::wait_for_room() {
    if (failed_) return false;
    if (waiting_ == 0 || send_waiting()) return true;
    wants_room_ = true;
    call_watcher();
    return false;
}

bool FrameCard::allow_interrupts() {
    if (failed_) return false;
    pollfd wanted{descriptor_, POLLIN, 0};
    if (poll(&wanted, 1, 0) > 0) return true;
    wants_frames_ = true;
    call_watcher();
    return false;
}

void FrameCard::call_watcher() {
    std::uint64_t const one = 1;
    (void)!write(call_, &one, sizeof one);
}

void FrameCard::watch() {
    for (;;) {
        short events = 0;
        {
            WithBaton held;
            if (wants_frames_) events |= POLLIN;
            if (wants_room_) events |= POLLOUT;
        }
        pollfd wanted[] = {{call_, POLLIN, 0}, {events != 0 ? descriptor_ : -1, events, 0}};
        if (poll(wanted, 2, -1) <= 0) continue;
        std::uint64_t ignored;
        (void)!read(call_, &ignored, sizeof ignored);
        if (wanted[1].revents == 0) continue;
        WithBaton held;
        wants_frames_ = wants_room_ = false;
        ++statistics_.interrupts;
        wake_(context_);
    }
}

}  // namespace platform::hosted

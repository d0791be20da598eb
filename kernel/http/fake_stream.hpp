// SPDX-License-Identifier: MIT
//
// A stream for tests: the script says what arrives and how much room there is.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "kernel/http/stream.hpp"

namespace http {

class FakeStream final : public Stream {
public:
    void arrives(std::string_view text) { input_ += text; }
    void peer_ends() { ended_ = true; }
    void peer_resets() { broken_ = true; }
    void set_room(std::size_t bytes) { room_ = bytes; }
    void set_portion(std::size_t bytes) { portion_ = bytes; }  // of one read

    std::string take_output() {
        std::string taken;
        taken.swap(output_);
        return taken;
    }
    unsigned reads() const { return reads_; }
    unsigned writes() const { return writes_; }
    bool said_goodbye() const { return finished_; }
    bool closed() const { return closed_; }
    bool aborted() const { return aborted_; }

    base::Result<std::size_t, StreamError> read(std::span<char> into) override {
        ++reads_;
        if (broken_) return base::fail(StreamError::Broken);
        std::size_t const count = std::min({into.size(), input_.size(), portion_});
        if (count == 0 && ended_ && input_.empty()) return base::fail(StreamError::Ended);
        std::memcpy(into.data(), input_.data(), count);
        input_.erase(0, count);
        return count;
    }
    base::Result<std::size_t, StreamError> write(std::span<char const> from) override {
        ++writes_;
        if (broken_ || finished_) return base::fail(StreamError::Broken);
        std::size_t const count = std::min(from.size(), room_);
        output_.append(from.data(), count);
        room_ -= count;
        return count;
    }
    void finish_writing() override { finished_ = true; }
    void close() override { closed_ = true; }
    void abort() override { aborted_ = true; }

private:
    std::string input_;
    std::string output_;
    std::size_t room_ = SIZE_MAX;
    std::size_t portion_ = SIZE_MAX;
    unsigned reads_ = 0, writes_ = 0;
    bool ended_ = false;
    bool broken_ = false;
    bool finished_ = false;
    bool closed_ = false;
    bool aborted_ = false;
};

}  // namespace http

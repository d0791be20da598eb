// SPDX-License-Identifier: MIT
#include "kernel/apps/shell/terminal.hpp"
#include "kernel/base/log.hpp"
#include "kernel/platform/clock.hpp"

namespace apps {
namespace {

constexpr auto patience = base::Duration::seconds(600);

}  // namespace

// ---- over TCP ----

void TcpTerminal::write(std::string_view text) {
    while (!text.empty() && !lost_) {
        std::size_t const size = text.copy(out_.data() + used_, out_.size() - used_);
        used_ += size;
        text.remove_prefix(size);
        if (used_ == out_.size()) flush();
    }
}

void TcpTerminal::flush() {
    auto const* const bytes = reinterpret_cast<std::uint8_t const*>(out_.data());
    if (used_ > 0) lost_ = lost_ || !socket_.write({bytes, used_}, platform::now() + patience);
    used_ = 0;
}

bool TcpTerminal::fill() {
    auto const got = socket_.read(in_, platform::now() + patience);
    if (!got || got.value() == 0) return false;
    at_ = 0;
    end_ = got.value();
    return true;
}

bool TcpTerminal::next_line(std::string_view& line) {
    std::size_t length = 0;
    for (;;) {
        if (at_ == end_ && !fill()) return false;
        char const c = static_cast<char>(in_[at_++]);
        if (c == '\n') break;
        if (length < line_.size()) line_[length++] = c;
    }
    line = {line_.data(), length};
    return true;
}

// ---- on the serial line ----

void SerialTerminal::write(std::string_view text) { base::the_log().sink->write(text); }

void SerialTerminal::take_back(std::size_t& length, std::size_t count) {
    for (; count > 0 && length > 0; --count, --length) write("\b \b");
}

bool SerialTerminal::next_line(std::string_view& line) {
    constexpr char backspace = '\b', del = 0x7f, control_u = 0x15;
    std::size_t length = 0;
    for (;;) {
        if (at_ == end_) {
            at_ = 0;
            end_ = serial_.read(in_);
        }
        char const c = in_[at_++];
        bool const second_of_two = c == '\n' && after_return_;
        after_return_ = c == '\r';
        if (second_of_two) continue;
        if (c == '\r' || c == '\n') break;
        if (c == backspace || c == del) take_back(length, 1);
        if (c == control_u) take_back(length, length);
        if (c < ' ' || c == del || length == line_.size()) continue;
        line_[length++] = c;
        write({&c, 1});
    }
    write("\n");
    line = {line_.data(), length};
    return true;
}

}  // namespace apps

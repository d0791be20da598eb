// SPDX-License-Identifier: MIT
#include "kernel/base/log.hpp"

namespace base {
namespace {

constinit Log log_state;

constexpr std::string_view level_names[] = {"error", "warning", "info", "debug"};

}  // namespace

Log& the_log() { return log_state; }

bool parse_log_level(std::string_view text, LogLevel& level) {
    for (std::uint8_t i = 0; i < std::size(level_names); ++i) {
        bool const digit = text.size() == 1 && text[0] == '0' + i;
        if (text == level_names[i] || digit) {
            level = static_cast<LogLevel>(i);
            return true;
        }
    }
    return false;
}

void log_line(LogLevel level, std::string_view format, std::span<Argument const> values) {
    if (log_state.sink == nullptr) return;
    char buffer[200];
    // The last byte is kept for the end of the line.
    BufferSink line({buffer, sizeof buffer - 1});
    if (log_state.now != nullptr) print(line, "[{}] ", log_state.now());
    if (level <= LogLevel::warning) print(line, "{}: ", level_names[static_cast<std::uint8_t>(level)]);
    vformat(line, format, values);
    std::size_t const length = line.text().size();
    buffer[length] = '\n';
    log_state.sink->write({buffer, length + 1});
}

}  // namespace base

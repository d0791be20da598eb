// SPDX-License-Identifier: MIT
//
// The kernel's log: one line a call, to one sink, each line written whole so
// that lines of different threads never mix. Safe in any context once the sink
// is. Lines longer than 200 characters are cut.
//
//     base::log_info("pci: {} functions", count);
#pragma once

#include <span>

#include "kernel/base/format.hpp"
#include "kernel/base/time.hpp"

namespace base {

enum class LogLevel : std::uint8_t { error, warning, info, debug };

struct Log {
    TextSink* sink = nullptr;    // nobody listens before the console is up
    Instant (*now)() = nullptr;  // no time stamp before there is a clock
    LogLevel level = LogLevel::info;
};
Log& the_log();

// "error", "warning", "info", "debug" or 0 to 3; false for anything else.
bool parse_log_level(std::string_view text, LogLevel& level);

void log_line(LogLevel level, std::string_view format, std::span<Argument const> values);

template <class... Values>
void log(LogLevel level, std::string_view format, Values const&... values) {
    if (level > the_log().level) return;
    if constexpr (sizeof...(Values) == 0) {
        log_line(level, format, {});
    } else {
        Argument const arguments[] = {Argument(values)...};
        log_line(level, format, arguments);
    }
}

template <class... Values>
void log_error(FormatString<std::type_identity_t<Values>...> format, Values const&... values) {
    log(LogLevel::error, format.text(), values...);
}
template <class... Values>
void log_warning(FormatString<std::type_identity_t<Values>...> format, Values const&... values) {
    log(LogLevel::warning, format.text(), values...);
}
template <class... Values>
void log_info(FormatString<std::type_identity_t<Values>...> format, Values const&... values) {
    log(LogLevel::info, format.text(), values...);
}
template <class... Values>
void log_debug(FormatString<std::type_identity_t<Values>...> format, Values const&... values) {
    log(LogLevel::debug, format.text(), values...);
}

}  // namespace base

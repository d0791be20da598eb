// SPDX-License-Identifier: MIT
#include "kernel/leaks.hpp"

#include "kernel/backtrace.hpp"
#include "kernel/base/checks.hpp"
#include "kernel/base/log.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/threads/thread.hpp"

namespace kernel {
namespace {

constexpr unsigned most_lines = 10;
constexpr std::size_t main_and_idle = 2;
constinit unsigned leaks = 0;

void report(memory::LiveObject const& object) {
    if (++leaks > most_lines) return;
    char text[96];
    base::BufferSink by(text);
    print_symbol(by, object.allocated_by);
    base::log_warning("heap: {} bytes allocated in {} were not freed", object.size, by.text());
}

}  // namespace

void report_leaks() {
    if (!base::checks || threads::count() > main_and_idle) return;
    memory::for_each_leak(report);
    if (leaks > most_lines) base::log_warning("heap: and {} more", leaks - most_lines);
}

}  // namespace kernel

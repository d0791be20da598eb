// SPDX-License-Identifier: MIT
#include "kernel/options.hpp"

#include "kernel/apps/app.hpp"
#include "kernel/arch/x86_64/exit.hpp"
#include "kernel/base/log.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/threads/thread.hpp"

namespace kernel {
namespace {

constexpr unsigned exit_status_misuse = 2;

void print_choices(base::TextSink& sink, std::string_view key) {
    if (key == "scheduler") threads::print_policies(sink);
    if (key == "loglevel") base::print(sink, "error|warning|info|debug");
    if (key == "virtio_mmio.device") base::print(sink, "SIZE@ADDRESS:LINE");
}

[[noreturn]] void refuse(std::string_view key, std::string_view value, std::string_view choices) {
    // Not by the log: the choices may be longer than one of its lines.
    base::print(*base::the_log().sink, "error: command line: {}={}: choose {}\n", key, value, choices);
    arch::exit_machine(exit_status_misuse);
}

[[noreturn]] void refuse(std::string_view key, std::string_view value) {
    char text[64];
    base::BufferSink choices(text);
    print_choices(choices, key);
    refuse(key, value, choices.text());
}

[[noreturn]] void print_help() {
    base::TextSink& out = *base::the_log().sink;
    base::print(out, "Words of the command line:\n  help  this list\n  loglevel=");
    print_choices(out, "loglevel");
    base::print(out, "\n  scheduler=");
    print_choices(out, "scheduler");
    base::print(out, "\n");
    base::print(out,
                "  fail-allocation=N  the N-th allocation from boot on fails\n"
                "  virtio_mmio.device=SIZE@ADDRESS:LINE  a virtio device outside PCI\n");
    if (apps::help != nullptr) base::print(out, "{}", std::string_view(apps::help));
    arch::exit_machine(0);
}

// SIZE@ADDRESS:LINE: each begins with a digit.
bool looks_like_a_place(std::string_view text) {
    std::size_t const at = text.find('@'), colon = text.find(':');
    if (at >= colon || colon + 1 >= text.size()) return false;
    for (std::size_t const i : {std::size_t{0}, at + 1, colon + 1})
        if (text[i] < '0' || text[i] > '9') return false;
    return true;
}

}  // namespace

void obey_options(base::CommandLine& words) {
    base::CommandLine::refusal = refuse;
    if (words.has("help")) print_help();
    auto const level = words.value("loglevel");
    if (level && !base::parse_log_level(*level, base::the_log().level)) refuse("loglevel", *level);
    memory::failing_allocation = words.number("fail-allocation", 1).value_or(0);
    // For the drivers: an image that has any looks closely.
    std::string_view places[base::CommandLine::max_words];
    std::size_t const count = words.values("virtio_mmio.device", places);
    for (std::string_view const place : std::span(places, count))
        if (!looks_like_a_place(place)) refuse("virtio_mmio.device", place);
    auto const policy = words.value("scheduler");
    if (policy && !threads::choose_policy(*policy)) refuse("scheduler", *policy);
}

}  // namespace kernel

// SPDX-License-Identifier: MIT
#include "kernel/apps/http/gather.hpp"

#include <array>
#include <cstring>

#include "kernel/arch/x86_64/cpuid.hpp"
#include "kernel/memory/memory.hpp"
#include "kernel/platform/clock.hpp"
#include "kernel/threads/thread.hpp"

namespace apps {
namespace {

// The processor's name for itself, 48 characters in three leaves. [sdm-2a CPUID]
std::string_view machine_name() {
    static std::array<char, 49> name{};
    if (name[0] == 0) {
        if (arch::cpuid(0x8000'0000).eax < 0x8000'0004) return "an x86-64 machine";
        for (std::uint32_t i = 0; i < 3; ++i) {
            arch::Cpuid const part = arch::cpuid(0x8000'0002 + i);
            std::memcpy(name.data() + 16 * i, &part, 16);
        }
    }
    std::string_view text(name.data());
    while (text.starts_with(' ')) text.remove_prefix(1);
    return text.empty() ? "an x86-64 machine" : text;
}

}  // namespace

Facts gather_facts(platform::Network& network) {
    static std::array<threads::Report, Facts::most_threads> reports;  // the facts speak of its names
    Facts facts;
    facts.uptime = platform::now().since_boot();
    auto const memory = memory::statistics();
    facts.memory_total = memory.total_frames << base::page_shift;
    facts.memory_free = memory.free_frames << base::page_shift;
    facts.machine = machine_name();
    facts.address = network.address().address.value();
    facts.mac = network.stack().mac().octets();

    auto const& card = network.statistics();
    facts.frames_in = card.received;
    facts.frames_out = card.sent;
    facts.bytes_in = card.bytes_received;
    facts.bytes_out = card.bytes_sent;
    facts.interrupts = card.interrupts;

    facts.thread_count = threads::list(reports);
    for (std::size_t i = 0; i < facts.thread_count; ++i)
        facts.threads[i] = {reports[i].name, threads::state_name(reports[i].state), reports[i].processor_time,
                            reports[i].switches};
    return facts;
}

}  // namespace apps

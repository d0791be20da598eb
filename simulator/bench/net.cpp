// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/net.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "simulator/bench/costs.hpp"
#include "simulator/bench/linux_costs.hpp"
#include "simulator/bench/linux_guest.hpp"
#include "simulator/bench/net_load.hpp"
#include "simulator/bench/tap_guest.hpp"

namespace sim::bench {
namespace {

// What is measured. The order is that of the table.
struct Subject {
    char const *id, *what, *unit;
    bool more_is_better = true;
};
constexpr Subject subjects[] = {
    {"net.requests_1", "keep-alive requests a second, 1 connection", "a second"},
    {"net.requests_64", "keep-alive requests a second, 64 connections", "a second"},
    {"net.connections", "requests a second, a connection each, 8 at once", "a second"},
    {"net.latency", "one request on an idle server, median", "us", false},
    {"net.bulk_in", "a stream to the guest", "Mbit/s"},
    {"net.bulk_out", "a stream from the guest", "Mbit/s"},
    {"net.requests_64_work", "requests for a second of QEMU's processor time, 64 connections", "a second"},
    {"net.bulk_in_work", "a stream to the guest, by QEMU's processor time", "Mbit/s"},
    {"net.bulk_out_work", "a stream from the guest, by QEMU's processor time", "Mbit/s"},
    {"net.first_answer", "from the firmware's end to the first answer", "ms", false},
    {"net.request_instructions", "guest instructions for one keep-alive request", "instructions", false},
    {"net.ready_instructions", "guest instructions from entry to ready", "instructions", false},
};

constexpr char const* page = "/bytes/13";  // as long as what the Linux server says

using Values = std::map<std::string, std::vector<double>>;

double ms_between(TapGuest::Clock::time_point from, TapGuest::Clock::time_point to) {
    return std::chrono::duration<double, std::milli>(to - from).count();
}

// From QEMU's start to the first word of a guest that says it at once.
double firmware_ms(GuestImage const& hello) {
    TapGuest const guest(hello);
    return ms_between(guest.started(), guest.first_said());
}

// What went wrong, with whose guest it was and what became of that.
template <class Work>
void tell_of(std::string const& whose, TapGuest const& guest, Work work) {
    try {
        work();
    } catch (std::runtime_error const& why) {
        throw std::runtime_error(fmt::format("{}: {}; {}", whose, why.what(), guest.condition()));
    }
}

// A load by the clock, and by what QEMU had of the processors for it: that is much the same
// on a busy host.
template <class Load>
void measure_load(TapGuest const& guest, std::string const& id, unsigned seconds, Values& values, Load load) {
    double const before = guest.processor_seconds();
    double const speed = load();
    values[id].push_back(speed);
    double const used = guest.processor_seconds() - before;
    values[id + "_work"].push_back(speed * seconds / std::max(used, 0.01));
}

void measure_web(TapGuest const& guest, double firmware, unsigned seconds, Values& values) {
    double const answered = ms_between(guest.started(), first_answer(page));
    values["net.first_answer"].push_back(answered - firmware);
    values["net.latency"].push_back(latency_us(page, 300 * seconds));
    values["net.requests_1"].push_back(requests_per_second(page, 1, seconds, true));
    measure_load(guest, "net.requests_64", seconds, values,
                 [&] { return requests_per_second(page, 64, seconds, true); });
    values["net.connections"].push_back(requests_per_second(page, 8, seconds, false));
}

void measure_bulk(TapGuest const& guest, unsigned seconds, Values& values) {
    measure_load(guest, "net.bulk_in", seconds, values, [&] { return bulk_mbits(Way::in, seconds); });
    measure_load(guest, "net.bulk_out", seconds, values, [&] { return bulk_mbits(Way::out, seconds); });
}

std::vector<double> divide(std::vector<double> const& ours, std::vector<double> const& theirs) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < ours.size() && i < theirs.size(); ++i) ratios.push_back(ours[i] / theirs[i]);
    return ratios;
}

}  // namespace

std::vector<std::string> until_it_works(std::function<void()> const& work) {
    constexpr std::size_t most = 3;
    for (std::vector<std::string> failures;;) {
        try {
            work();
            return failures;
        } catch (std::runtime_error const& why) {
            failures.push_back(why.what());
            if (failures.size() == most) throw;
        }
    }
}

NetResult measure_net(NetOptions const& options, Progress const& progress) {
    NetResult result;
    LinuxGuest const linux_guest = make_linux_guest(options.folder);
    result.version = linux_guest.version;
    std::string const words = fmt::format("ip={}/24 loglevel=info", guest_address);
    GuestImage const http{options.http_image, {}, words, "http: serving"},
        bulk{options.bulk_image, {}, words, "bulk: taking"}, hello{options.hello_image, {}, "", "\n"},
        theirs{linux_guest.kernel, linux_guest.initrd, linux_words, linux_ready};
    for (GuestImage const* image : {&http, &theirs})
        result.commands.push_back(fmt::format("{}", fmt::join(guest_command(*image), " ")));

    Values our_values, their_values;
    if (!progress("counting instructions")) return result;
    our_values["net.request_instructions"] = {
        static_cast<double>(count_request(options.http_image, page, "", "").usual)};
    our_values["net.ready_instructions"] = {
        static_cast<double>(count_to_ready(options.http_image, "ip=10.0.2.15/24", "", "").usual)};
    LinuxCosts const costs = count_linux(linux_guest, page);
    their_values["net.request_instructions"] = {costs.request};
    their_values["net.ready_instructions"] = {costs.ready};

    enter_network();
    for (unsigned i = 0; i < options.repeats; ++i) {
        std::string const round = fmt::format("{} of {}", i + 1, options.repeats);
        double const firmware = firmware_ms(hello);
        if (!progress("our web server, " + round)) break;
        {
            TapGuest const guest(http);
            tell_of("our web server", guest,
                    [&] { measure_web(guest, firmware, options.seconds, our_values); });
        }
        if (!progress("our streams, " + round)) break;
        {
            TapGuest const guest(bulk);
            tell_of("our streams", guest, [&] { measure_bulk(guest, options.seconds, our_values); });
        }
        if (!progress("Linux, " + round)) break;
        Values values;
        auto const failures = until_it_works([&] {
            values.clear();
            TapGuest const guest(theirs);
            tell_of("Linux", guest, [&] {
                measure_web(guest, firmware, options.seconds, values);
                measure_bulk(guest, options.seconds, values);
            });
        });
        result.failures.insert(result.failures.end(), failures.begin(), failures.end());
        for (auto const& [id, measured] : values)
            their_values[id].insert(their_values[id].end(), measured.begin(), measured.end());
    }
    for (Subject const& subject : subjects) {
        auto const ratios = divide(our_values[subject.id], their_values[subject.id]);
        if (ratios.empty()) continue;
        NetLine line;
        line.more_is_better = subject.more_is_better;
        line.ours = summary("", subject.what, subject.unit, our_values[subject.id]);
        line.theirs = summary("", subject.what, subject.unit, their_values[subject.id]);
        line.ratio = summary(subject.id, subject.what, "", ratios,
                             fmt::format("{:.0f} {} by {:.0f} {}", line.ours.value, subject.unit,
                                         line.theirs.value, subject.unit));
        result.lines.push_back(std::move(line));
    }
    return result;
}

}  // namespace sim::bench

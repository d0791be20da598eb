// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/rtc.hpp"

#include <chrono>

#include "simulator/devices/describe.hpp"

namespace sim::devices {
namespace {

enum : unsigned {
    seconds = 0,
    minutes = 2,
    hours = 4,
    weekday = 6,
    day = 7,
    month = 8,
    year = 9,
    status_a = 0x0A,
    status_b = 0x0B,
    status_c = 0x0C,
    status_d = 0x0D,
    century = 0x32,  // where PCs keep it; the FADT says so
};

constexpr std::uint8_t b_binary = 1 << 2, b_24_hours = 1 << 1;
constexpr std::uint8_t d_battery_good = 1 << 7;

struct Calendar {
    unsigned year, month, day, hour, minute, second, weekday;
};

Calendar calendar(std::uint64_t since_1970) {
    using namespace std::chrono;
    sys_seconds const now{std::chrono::seconds{static_cast<std::int64_t>(since_1970)}};
    sys_days const today = floor<days>(now);
    year_month_day const date{today};
    hh_mm_ss const time{now - today};
    return {static_cast<unsigned>(static_cast<int>(date.year())),
            static_cast<unsigned>(date.month()),
            static_cast<unsigned>(date.day()),
            static_cast<unsigned>(time.hours().count()),
            static_cast<unsigned>(time.minutes().count()),
            static_cast<unsigned>(time.seconds().count()),
            std::chrono::weekday{today}.c_encoding()};
}

}  // namespace

void Rtc::reset() {
    selected_ = 0;
    bytes_ = {};
    bytes_[status_a] = 0x26;  // the usual divider; no update in progress, ever
    bytes_[status_b] = b_24_hours;
}

std::uint8_t Rtc::read_register(unsigned index) const {
    Calendar const now = calendar(base_seconds_ + board_.now() / 1'000'000'000);
    std::uint8_t const mode = bytes_[status_b];
    auto const coded = [&](unsigned value) {
        return static_cast<std::uint8_t>(mode & b_binary ? value : value / 10 << 4 | value % 10);
    };
    switch (index) {
        case seconds:
            return coded(now.second);
        case minutes:
            return coded(now.minute);
        case hours:
            if (mode & b_24_hours) return coded(now.hour);
            return static_cast<std::uint8_t>(coded((now.hour + 11) % 12 + 1) | (now.hour >= 12 ? 0x80 : 0));
        case weekday:
            return coded(now.weekday + 1);
        case day:
            return coded(now.day);
        case month:
            return coded(now.month);
        case year:
            return coded(now.year % 100);
        case century:
            return coded(now.year / 100);
        case status_c:
            return 0;
        case status_d:
            return d_battery_good;
        default:
            return bytes_[index];
    }
}

std::uint64_t Rtc::io_read(unsigned, std::uint64_t offset, unsigned) {
    return offset == 0 ? 0xFF : read_register(selected_);
}

void Rtc::io_write(unsigned, std::uint64_t offset, unsigned, std::uint64_t value) {
    if (offset == 0) {
        selected_ = value & 0x7F;  // bit 7 gates the NMI: there is none
        return;
    }
    bool const time = selected_ <= year || selected_ == century;
    if (time && selected_ % 2 == 0 && selected_ < weekday)
        board_.report(name(), "the guest sets the clock: ignored");
    bytes_[selected_] = static_cast<std::uint8_t>(value);
}

machine::StateNode Rtc::describe() const {
    Calendar const now = calendar(base_seconds_ + board_.now() / 1'000'000'000);
    return {name(),
            fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", now.year, now.month, now.day, now.hour,
                        now.minute, now.second),
            "calendar clock",
            {hex("selected register", selected_)}};
}

}  // namespace sim::devices

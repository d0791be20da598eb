// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/devices/rtc.hpp"

#include <algorithm>
#include <chrono>

#include "simulator/devices/describe.hpp"
#include "simulator/devices/ticks.hpp"
#include "simulator/machine/memory.hpp"

namespace sim::devices {
namespace {

enum : unsigned {
    seconds = 0,
    seconds_alarm = 1,
    minutes = 2,
    minutes_alarm = 3,
    hours = 4,
    hours_alarm = 5,
    weekday = 6,
    day = 7,
    month = 8,
    year = 9,
    status_a = 0x0A,
    status_b = 0x0B,
    status_c = 0x0C,
    status_d = 0x0D,
    // Where PCs keep what firmware knows.
    equipment = 0x14,
    base_memory = 0x15,      // in KiB
    extended_memory = 0x17,  // KiB from 1 MiB on, up to 64 MiB
    checksum = 0x2E,         // of 0x10 to 0x2D, high byte first
    extended_memory_again = 0x30,
    century = 0x32,              // the FADT says so
    memory_above_16_mib = 0x34,  // below the hole, in 64 KiB
    memory_above_4_gib = 0x5B,   // in 64 KiB, three bytes
};

constexpr std::uint8_t a_update_in_progress = 1 << 7;
constexpr unsigned divider_running = 2;  // bits 6..4 of register A
constexpr std::uint8_t b_set = 1 << 7, b_binary = 1 << 2, b_24_hours = 1 << 1;
// Register C, and the same bits of B that enable them.
constexpr std::uint8_t flag_any = 1 << 7, flag_periodic = 1 << 6, flag_alarm = 1 << 5, flag_update = 1 << 4;
constexpr std::uint8_t flags_all = flag_periodic | flag_alarm | flag_update;
constexpr std::uint8_t d_battery_good = 1 << 7;
constexpr std::uint8_t alarm_any = 0xC0;  // from here on an alarm byte means "every"

constexpr std::uint64_t update_ns = 244'000, day_seconds = 86'400;
constexpr std::uint64_t crystal_hz = 32'768;

struct Calendar {
    unsigned year, month, day, hour, minute, second, weekday;
};

// The clock knows four digits of a year: beyond them it begins again.
Calendar calendar(std::uint64_t since_1970) {
    using namespace std::chrono;
    constexpr std::uint64_t end = 253'402'300'800;  // the year 10000
    sys_seconds const now{std::chrono::seconds{static_cast<std::int64_t>(since_1970 % end)}};
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

bool is_time(unsigned index) {
    return index == seconds || index == minutes || index == hours || (index >= weekday && index <= year) ||
           index == century;
}

}  // namespace

void Rtc::reset() {
    selected_ = 0;
    bytes_ = {};
    bytes_[status_a] = divider_running << 4 | 6;  // 1024 Hz, as firmware sets it
    bytes_[status_b] = b_24_hours;
    describe_memory();
    set_by_ = 0;
    flags_ = 0;
    flags_at_ns_ = 0;
    connected_ = true;
}

// As firmware does, for kernels that were not told by their loader.
void Rtc::describe_memory() {
    auto const put = [&](unsigned index, std::uint64_t value, unsigned bytes) {
        for (unsigned i = 0; i < bytes; ++i) bytes_[index + i] = static_cast<std::uint8_t>(value >> (8 * i));
    };
    constexpr std::uint64_t kib = 1 << 10, mib = 1 << 20;
    std::uint64_t const low = std::min<std::uint64_t>(memory_bytes_, machine::hole_start);
    std::uint64_t const high = memory_bytes_ - low;
    bytes_[equipment] = 1 << 1;  // a floating point unit; no floppies, no screen that it knows
    put(base_memory, 640, 2);
    std::uint64_t const extended = std::min<std::uint64_t>((std::max(low, mib) - mib) / kib, 0xFFFF);
    put(extended_memory, extended, 2);
    put(extended_memory_again, extended, 2);
    put(memory_above_16_mib,
        std::min<std::uint64_t>((std::max(low, 16 * mib) - 16 * mib) / (64 * kib), 0xFFFF), 2);
    put(memory_above_4_gib, high / (64 * kib), 3);
    unsigned sum = 0;
    for (unsigned i = 0x10; i < checksum; ++i) sum += bytes_[i];
    bytes_[checksum] = static_cast<std::uint8_t>(sum >> 8);
    bytes_[checksum + 1] = static_cast<std::uint8_t>(sum);
}

void Rtc::connect_interrupt(bool connected) {
    if (connected_) board_.set_interrupt_wire(irq, false);
    connected_ = connected;
    update_wire();
}

std::uint64_t Rtc::seconds_at(std::uint64_t ns) const { return base_seconds_ + set_by_ + ns / second_ns; }

// No updates: the guest sets the time, or holds the divider.
bool Rtc::stopped() const {
    return (bytes_[status_b] & b_set) || (bytes_[status_a] >> 4 & 7) != divider_running;
}

// --- Registers ---

std::uint8_t Rtc::time_register(unsigned index) const {
    Calendar const now = calendar(seconds_at(board_.now()));
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
        default:
            return coded(now.year / 100);
    }
}

std::uint8_t Rtc::read_register(unsigned index) {
    if (is_time(index)) return bytes_[status_b] & b_set ? bytes_[index] : time_register(index);
    switch (index) {
        case status_a: {
            bool const updating = !stopped() && board_.now() % second_ns >= second_ns - update_ns;
            return static_cast<std::uint8_t>(bytes_[status_a] | (updating ? a_update_in_progress : 0));
        }
        case status_c: {
            gather_flags();
            std::uint8_t const flags = flags_;
            flags_ = 0;  // reading acknowledges
            update_wire();
            arm_next();
            return static_cast<std::uint8_t>(flags | (flags & bytes_[status_b] & flags_all ? flag_any : 0));
        }
        case status_d:
            return d_battery_good;
        default:
            return bytes_[index];
    }
}

void Rtc::write_register(unsigned index, std::uint8_t value) {
    if (index == status_c || index == status_d) return;
    gather_flags();
    if (is_time(index)) {
        if (!(bytes_[status_b] & b_set)) copy_time_to_bytes();
        bytes_[index] = value;
        if (!(bytes_[status_b] & b_set)) set_time_from_bytes();
    } else if (index == status_b) {
        if (value & ~bytes_[status_b] & b_set) copy_time_to_bytes();
        bool const goes_on = bytes_[status_b] & ~value & b_set;
        bytes_[status_b] = static_cast<std::uint8_t>(value & b_set ? value & ~flag_update : value);
        if (goes_on) set_time_from_bytes();
    } else if (index == status_a) {
        bytes_[status_a] = value & ~a_update_in_progress;
    } else {
        bytes_[index] = value;
    }
    update_wire();
    arm_next();
}

std::uint64_t Rtc::io_read(unsigned, std::uint64_t offset, unsigned) {
    return offset == 0 ? 0xFF : read_register(selected_);
}

void Rtc::io_write(unsigned, std::uint64_t offset, unsigned size, std::uint64_t value) {
    if (offset == 0) selected_ = value & 0x7F;  // bit 7 gates the NMI: there is none
    if (offset == 1) write_register(selected_, static_cast<std::uint8_t>(value));
    if (offset == 0 && size == 2) write_register(selected_, static_cast<std::uint8_t>(value >> 8));
}

// --- Setting the time ---

void Rtc::copy_time_to_bytes() {
    for (unsigned index = 0; index < bytes_.size(); ++index)
        if (is_time(index)) bytes_[index] = time_register(index);
}

// A byte as a number, in the format that register B says.
unsigned Rtc::decoded(unsigned index) const {
    auto const number = [&](unsigned byte) {
        return bytes_[status_b] & b_binary ? byte : (byte >> 4) * 10 + (byte & 15);
    };
    unsigned const byte = bytes_[index];
    bool const is_hours = index == hours || index == hours_alarm;
    if (!is_hours || (bytes_[status_b] & b_24_hours)) return number(byte);
    return number(byte & 0x7F) % 12 + (byte & 0x80 ? 12 : 0);
}

// Nonsense becomes the nearest thing with a meaning.
void Rtc::set_time_from_bytes() {
    using namespace std::chrono;
    auto const within = [&](unsigned index, unsigned least, unsigned most) {
        return std::clamp(decoded(index), least, most);
    };
    unsigned const full_year = within(century, 19, 99) * 100 + within(year, 0, 99);
    year_month_day const first{std::chrono::year{static_cast<int>(full_year)},
                               std::chrono::month{within(month, 1, 12)}, std::chrono::day{1}};
    auto const date = sys_days{first}.time_since_epoch() + days{within(day, 1, 31) - 1};
    std::int64_t const wanted = duration_cast<std::chrono::seconds>(date).count() +
                                within(hours, 0, 23) * 3600 + within(minutes, 0, 59) * 60 +
                                within(seconds, 0, 59);
    set_by_ = static_cast<std::uint64_t>(wanted) - base_seconds_ - board_.now() / second_ns;
}

// --- Interrupts ---

// Crystal ticks between two periodic interrupts; 0: none. [mc146818 table 5]
std::uint64_t Rtc::period_ticks() const {
    unsigned const rate = bytes_[status_a] & 15;
    if (rate == 0 || (bytes_[status_a] >> 4 & 7) != divider_running) return 0;
    return 1u << ((rate <= 2 ? rate + 7 : rate) - 1);
}

bool Rtc::alarm_matches(std::uint64_t second) const {
    std::uint64_t const of_day = second % day_seconds;
    auto const matches = [&](unsigned index, std::uint64_t value) {
        return bytes_[index] >= alarm_any || decoded(index) == value;
    };
    return matches(seconds_alarm, of_day % 60) && matches(minutes_alarm, of_day / 60 % 60) &&
           matches(hours_alarm, of_day / 3600);
}

// What has happened since the flags were last looked at.
void Rtc::gather_flags() {
    std::uint64_t const now = board_.now(), before = flags_at_ns_;
    flags_at_ns_ = now;
    if (auto const period = period_ticks())
        if (ticks_in(now, crystal_hz) / period != ticks_in(before, crystal_hz) / period)
            flags_ |= flag_periodic;
    if (stopped() || now / second_ns == before / second_ns) return;
    flags_ |= flag_update;
    std::uint64_t const first = seconds_at(before) + 1, last = seconds_at(now);
    for (std::uint64_t s = first; s <= last && s - first < day_seconds && !(flags_ & flag_alarm); ++s)
        if (alarm_matches(s)) flags_ |= flag_alarm;
}

// The next moment at which an enabled flag that is down goes up.
void Rtc::arm_next() {
    std::uint64_t const now = board_.now();
    std::uint8_t const wanted = bytes_[status_b] & flags_all & ~flags_;
    std::uint64_t due = UINT64_MAX;
    if (std::uint64_t const period = period_ticks(); period != 0 && (wanted & flag_periodic))
        due = end_of_ticks((ticks_in(now, crystal_hz) / period + 1) * period, crystal_hz);
    std::uint64_t const second_over = (now / second_ns + 1) * second_ns;
    if (!stopped() && (wanted & flag_update)) due = std::min(due, second_over);
    if (!stopped() && (wanted & flag_alarm))
        for (std::uint64_t s = 0; s < day_seconds; ++s) {
            if (!alarm_matches(seconds_at(now) + 1 + s)) continue;
            due = std::min(due, second_over + s * second_ns);
            break;
        }
    if (due == UINT64_MAX)
        board_.disarm(*this, 0);
    else
        board_.arm(*this, 0, due);
}

void Rtc::on_timer(std::uint32_t) {
    gather_flags();
    update_wire();
    arm_next();
}

void Rtc::update_wire() {
    if (connected_) board_.set_interrupt_wire(irq, flags_ & bytes_[status_b] & flags_all);
}

machine::IoHandler::RegisterName Rtc::register_name(unsigned, std::uint64_t offset, unsigned, bool) const {
    if (offset == 0) return {name(), "index"};
    constexpr char const* names[] = {"seconds", "seconds alarm",
                                     "minutes", "minutes alarm",
                                     "hours",   "hours alarm",
                                     "weekday", "day",
                                     "month",   "year",
                                     "A",       "B",
                                     "C",       "D"};
    if (selected_ == century) return {name(), "century"};
    return {name(), selected_ < std::size(names) ? names[selected_] : fmt::format("byte {:#x}", selected_)};
}

machine::StateNode Rtc::describe() const {
    Calendar const now = calendar(seconds_at(board_.now()));
    return {name(),
            fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", now.year, now.month, now.day, now.hour,
                        now.minute, now.second),
            "calendar clock",
            {hex("selected register", selected_), hex("A", bytes_[status_a], "divider and rate"),
             bits("B", bytes_[status_b], "",
                  {{7, "SET: the time stands still"},
                   {6, "periodic interrupt"},
                   {5, "alarm interrupt"},
                   {4, "update interrupt"},
                   {2, "binary"},
                   {1, "24 hours"}}),
             hex("C", flags_, "what has happened, until read")}};
}

}  // namespace sim::devices

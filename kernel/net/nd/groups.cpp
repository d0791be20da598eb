// SPDX-License-Identifier: MIT
#include "kernel/net/nd/groups.hpp"

namespace net::nd {
namespace {

constexpr std::uint8_t robustness = 2;                             // [rfc3810 §9.1]
constexpr auto unsolicited_interval = base::Duration::seconds(1);  // [rfc3810 §9.11]

// Who asks in version 1 does not say how often he does: it is robustness times the usual
// interval, and the usual time for answers. [rfc3810 §9.2, §9.3, §9.12]
constexpr auto older_querier_present = base::Duration::seconds(robustness * 125 + 10);

}  // namespace

bool Groups::has(Ipv6Address group) const {
    for (Group const& each : all_)
        if (each.state == Group::State::Joined && each.address == group) return true;
    return false;
}

void Groups::join(Ipv6Address group, base::Instant now) {
    if (has(group)) return;
    Group* place = nullptr;
    for (Group& each : all_) {
        bool const is_same = each.state == Group::State::Left && each.address == group;
        if (is_same || (place == nullptr && each.state == Group::State::Free)) place = &each;
        if (is_same) break;
    }
    if (place == nullptr) return;  // fewer addresses than places: only while some are being left
    *place = Group{Group::State::Joined, robustness, group, now, base::Instant::never()};
    plan();
}

void Groups::leave(Ipv6Address group, base::Instant now) {
    for (Group& each : all_)
        if (each.state == Group::State::Joined && each.address == group)
            each = Group{Group::State::Left, robustness, group, now, base::Instant::never()};
    plan();
}

// What waits to be said was meant for the other version. [rfc3810 §8.2.1]
void Groups::choose_version(base::Instant now) {
    bool const version_1 = now < version_1_until_;
    if (version_1 == version_1_) return;
    version_1_ = version_1;
    for (Group& each : all_) {
        if (each.state == Group::State::Left) each = Group{};
        each.change_at = each.answer_at = base::Instant::never();
    }
    plan();
}

void Groups::on_query(wire::MldQuery const& query, base::Instant now) {
    if (query.is_version_1) version_1_until_ = now + older_querier_present;
    choose_version(now);
    for (Group& each : all_) {
        bool const is_meant = query.group.is_unspecified() || query.group == each.address;
        if (each.state != Group::State::Joined || !is_meant) continue;
        base::Instant const at = now + up_to(query.longest_delay);
        if (at < each.answer_at) each.answer_at = at;
    }
    plan();
}

void Groups::on_report(Ipv6Address group, base::Instant now) {
    choose_version(now);
    if (!version_1_) return;
    for (Group& each : all_)  // not what is due, the first word about a group among it
        if (each.state == Group::State::Joined && each.address == group && now < each.change_at) {
            each.answer_at = base::Instant::never();
            if (each.changes < robustness) each.change_at = base::Instant::never();
        }
    plan();
}

std::size_t Groups::next_report(std::array<wire::MldRecord, most>& out, base::Instant now) {
    using Type = wire::MldRecord::Type;
    if (now < next_) return 0;
    choose_version(now);
    std::size_t count = 0;
    for (Group& each : all_) {
        if (version_1_ && count > 0) break;
        if (each.state == Group::State::Free) continue;
        bool const joined = each.state == Group::State::Joined;
        if (each.change_at <= now) {
            out[count++] = {joined ? Type::ChangeToExclude : Type::ChangeToInclude, each.address};
            --each.changes;
            each.change_at = each.changes > 0 ? now + up_to(unsolicited_interval) : base::Instant::never();
            if (!joined && each.changes == 0) each = Group{};
        } else if (each.answer_at <= now) {
            out[count++] = {Type::IsExclude, each.address};
        } else {
            continue;
        }
        each.answer_at = base::Instant::never();
    }
    plan();
    return count;
}

base::Duration Groups::up_to(base::Duration longest) {
    std::uint64_t const most_ns = static_cast<std::uint64_t>(longest.as_nanoseconds()) + 1;
    return base::Duration::nanoseconds(static_cast<std::int64_t>(random_.next() % most_ns));
}

void Groups::plan() {
    next_ = version_1_ ? version_1_until_ : base::Instant::never();
    for (Group const& each : all_) {
        if (each.state == Group::State::Free) continue;
        if (each.change_at < next_) next_ = each.change_at;
        if (each.answer_at < next_) next_ = each.answer_at;
    }
}

}  // namespace net::nd

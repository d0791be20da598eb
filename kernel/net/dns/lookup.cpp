// SPDX-License-Identifier: MIT
#include "kernel/net/dns/lookup.hpp"

namespace net::dns {

using Outcome = wire::DnsAnswer::Outcome;

Lookup::Lookup(wire::DnsName const& name, wire::DnsType type, std::span<IpAddress const> servers,
               RandomSource& random)
    : servers_(servers), random_(random) {
    question_.name = name;
    question_.type = type;
    if (servers.empty()) end({});
}

Bytes Lookup::next_question(Instant now) {
    if (is_over_) return {};
    bool const same_server = by_stream_ && !waiting_;  // which said that its answer was cut off
    if (!same_server) {
        if (asked_ == rounds * servers_.size()) {
            end({});
            return {};
        }
        ++asked_;
        by_stream_ = false;
    }
    waiting_ = true;
    question_.id = static_cast<std::uint16_t>(random_.next());  // N8
    question_.emit(bytes_);
    unsigned const round = (asked_ - 1) / static_cast<unsigned>(servers_.size());
    ask_at_ = now + Duration::seconds(std::int64_t{2} << round);
    return Bytes(bytes_, question_.size());
}

std::optional<Drop> Lookup::on_answer(Bytes message, Instant now) {
    if (is_over_ || !waiting_) return Drop::DnsNotOurs;
    auto const parsed = wire::DnsAnswer::parse(message, question_);
    if (!parsed) return parsed.error();
    wire::DnsAnswer const& answer = parsed.value();
    switch (answer.outcome) {
        case Outcome::CutOff:
            if (by_stream_) {  // a stream cuts nothing off
                on_failure(now);
                return Drop::DnsMalformed;
            }
            by_stream_ = true;
            waiting_ = false;
            ask_at_ = now;
            return std::nullopt;
        case Outcome::Failed:
            on_failure(now);  // another server may know
            return std::nullopt;
        default:
            end(answer);
            return std::nullopt;
    }
}

void Lookup::on_failure(Instant now) {
    if (is_over_) return;
    waiting_ = true;
    // A server that refuses at once is not asked again at once.
    bool const next_is_another = asked_ % servers_.size() != 0;
    if (next_is_another) ask_at_ = now;
}

void Lookup::end(wire::DnsAnswer const& answer) {
    answer_ = answer;
    is_over_ = true;
}

}  // namespace net::dns

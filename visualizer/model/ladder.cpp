// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/model/ladder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "simulator/debug/text.hpp"
#include "visualizer/model/packet_filter.hpp"
#include "visualizer/model/time_axis.hpp"

namespace viz::model {

using Json = nlohmann::ordered_json;

namespace {

constexpr unsigned frames_at_once = 4000;

sim::debug::Event const& event_of(Model const& model, std::uint64_t packet) {
    auto const& events = model.now().events;
    auto const& numbers = events.group(sim::debug::EventGroup::packets);
    return events.all[numbers[numbers.begin() + packet]];
}

// "51514 -> 80 [SYN] Seq=0" without the ports, which stand where the lines do not.
std::string without_ports(sim::debug::DecodedPacket const& packet) {
    std::string const ports = fmt::format("{} -> {} ", packet.source_port, packet.destination_port);
    if (packet.is_tcp && packet.info.starts_with(ports)) return packet.info.substr(ports.size());
    return packet.info;
}

std::string packet_word(Model const& model, std::uint64_t event) {
    auto const index = model.packet_index_of(event);
    return index ? fmt::format("packet {}", model.packet_number(*index)) : "a packet no longer held";
}

}  // namespace

char const* name_of(Fate fate) {
    switch (fate) {
        case Fate::plain:
            return "";
        case Fate::lost:
            return "lost";
        case Fate::again:
            return "again";
        case Fate::late:
            return "late";
        case Fate::bad:
            return "damaged";
    }
    return "";
}

std::string host_of(std::string_view address) {
    bool const ipv4 = address.find('.') != std::string_view::npos;
    if (std::size_t const colon = address.rfind(':'); ipv4 && colon != std::string_view::npos)
        address = address.substr(0, colon);
    if (address.starts_with('[')) address = address.substr(1, address.find(']') - 1);
    unsigned first = 0;
    for (char c : address.substr(0, ipv4 ? address.find('.') : 0))
        if (c >= '0' && c <= '9') first = first * 10 + static_cast<unsigned>(c - '0');
    bool const everyone = address == "ff:ff:ff:ff:ff:ff" || (ipv4 && first >= 224) ||
                          address.starts_with("33:33:") || address.starts_with("01:00:5e:") ||
                          (!ipv4 && address.starts_with("ff0"));
    return everyone ? "everyone" : std::string(address);
}

unsigned Ladder::host(std::string const& address) {
    auto const found = std::find(hosts_.begin() + 1, hosts_.end(), address);
    if (found != hosts_.end()) return static_cast<unsigned>(found - hosts_.begin());
    if (hosts_.size() < most_hosts)
        hosts_.push_back(address);
    else
        hosts_.back() = "others";
    return static_cast<unsigned>(hosts_.size() - 1);
}

// Until a card's internet address is seen, in ARP, it goes by its own.
std::string Ladder::name_of_peer(PacketRow const& row, sim::debug::Event const& event) {
    std::string peer = host_of(row.outward ? row.decoded.destination : row.decoded.source);
    if (!event.packet || event.packet->size() < 12 || peer == "everyone") return peer;
    auto const* const bytes = event.packet->data() + (row.outward ? 0 : 6);
    std::string const card = fmt::format("{:02x}", fmt::join(std::span(bytes, 6), ":"));
    if (peer == card) {
        auto const known = addresses_.find(card);
        return known == addresses_.end() ? peer : known->second;
    }
    bool const first = addresses_.try_emplace(card, peer).second;
    bool const named = std::find(hosts_.begin(), hosts_.end(), peer) != hosts_.end();
    if (auto const lane = std::find(hosts_.begin(), hosts_.end(), card);
        first && !named && lane != hosts_.end())
        *lane = peer;
    return peer;
}

void Ladder::update(Model const& model, std::string const& filter_text, bool all) {
    auto const& events = model.now().events;
    std::uint64_t const count = model.packet_count();
    bool const same = filter_ == filter_text && generation_ == events.generation && seen_ <= count &&
                      forgotten_ == events.forgotten;
    if (!same || hosts_.empty()) {
        *this = {};
        hosts_ = {"this machine"};
    }
    filter_ = filter_text, generation_ = events.generation, forgotten_ = events.forgotten;
    auto const parsed = PacketFilter::parse(filter_);
    auto const* filter = std::get_if<PacketFilter>(&parsed);
    wrong_ = filter ? "" : std::get<std::string>(parsed);
    for (unsigned budget = frames_at_once; filter && seen_ < count && (all || budget > 0);
         ++seen_, --budget) {
        PacketRow const& row = model.packet(seen_);
        std::string const& own = row.outward ? row.decoded.source : row.decoded.destination;
        if (!named_ && own.find('.') != std::string::npos && host_of(own) != "everyone" &&
            !own.starts_with("0.0.0.0"))
            hosts_[0] = host_of(own), named_ = true;
        if (!filter_.empty() && !filter->matches(row, events.all[row.event].a)) continue;
        rows_.push_back({seen_, host(name_of_peer(row, events.all[row.event]))});
    }
}

LadderRow Ladder::row(Model const& model, std::size_t n) const {
    PacketRow const& packet = model.packet(rows_[n].packet);
    auto const& event = event_of(model, rows_[n].packet);
    LadderRow out;
    out.packet = rows_[n].packet;
    out.peer = rows_[n].peer;
    out.event = packet.event;
    out.outward = packet.outward;
    out.virtual_ns = event.virtual_ns;
    out.later = event.at > model.now().moment;
    if (n > 0) out.gap_ns = event.virtual_ns - event_of(model, rows_[n - 1].packet).virtual_ns;
    out.what = without_ports(packet.decoded);
    if (packet.decoded.bad) out.fate = Fate::bad, out.remark = "damaged";
    auto const index = model.flows().of_event(packet.event);
    if (!index) return out;
    auto const& segments = model.flows().all()[*index].segments;
    auto const segment = std::ranges::lower_bound(segments, packet.event, {}, &Segment::event);
    if (segment == segments.end() || segment->event != packet.event) return out;
    if (segment->again) {
        Segment const& first = segments[*segment->again];
        out.fate = Fate::again;
        out.other = first.event;
        out.remark = fmt::format("again: first in {}, {} before", packet_word(model, first.event),
                                 short_time(segment->virtual_ns - first.virtual_ns));
    } else if (segment->fills_hole) {
        out.fate = Fate::late;
        out.remark = "fills a hole: the first was lost on its way here";
    }
    if (segment->resent) {
        Segment const& second = segments[*segment->resent];
        bool const told = !out.remark.empty();
        out.fate = Fate::lost;
        out.other = second.event;
        out.remark += fmt::format("{}lost, or its ACK was: sent again in {}, {} later", told ? "; " : "",
                                  packet_word(model, second.event),
                                  short_time(second.virtual_ns - segment->virtual_ns));
    }
    return out;
}

std::optional<std::size_t> Ladder::row_of(Model const& model, std::uint64_t event) const {
    auto const packet = model.packet_index_of(event);
    if (!packet) return std::nullopt;
    auto const found = std::ranges::lower_bound(rows_, *packet, {}, &Short::packet);
    if (found == rows_.end() || found->packet != *packet) return std::nullopt;
    return static_cast<std::size_t>(found - rows_.begin());
}

std::size_t Ladder::past(Model const& model) const {
    auto const end = std::ranges::partition_point(
        rows_, [&](Short const& s) { return event_of(model, s.packet).at <= model.now().moment; });
    return static_cast<std::size_t>(end - rows_.begin());
}

// ---- as text ----

namespace {

constexpr std::size_t most_rows = 300, column = 18;

// "|--------------->|                 |": lifelines, and an arrow between two of them.
std::string rungs(LadderRow const& row, std::size_t hosts) {
    std::string line((hosts - 1) * column + 1, ' ');
    for (std::size_t h = 0; h < hosts; ++h) line[h * column] = '|';
    std::size_t const end = row.peer * column;
    for (std::size_t x = 1; x < end; ++x)
        if (x % column != 0) line[x] = '-';
    line[row.outward ? end - 1 : 1] = row.outward ? '>' : '<';
    if (row.fate == Fate::lost)  // it did not come so far
        for (std::size_t x = end - column / 3; x < end; ++x) line[x] = x == end - column / 3 ? 'X' : ' ';
    return line;
}

}  // namespace

std::string ladder_text(Model const& model, ViewState const& state) {
    Ladder ladder;
    ladder.update(model, state.packet_filter, true);
    if (!ladder.wrong().empty()) return "the filter: " + ladder.wrong() + "\n";
    std::size_t const past = ladder.past(model);
    if (past == 0) return ladder.size() ? "No packet until now.\n" : "No packets.\n";
    std::string out = fmt::format("{:<27}", "");
    for (std::size_t h = 0; h < ladder.hosts().size(); ++h)
        out += fmt::format("{:<{}}", ladder.hosts()[h].substr(0, column - 1), column);
    out.erase(out.find_last_not_of(' ') + 1);
    out += '\n';
    if (past > most_rows) out += fmt::format("  ({} older ones)\n", past - most_rows);
    for (std::size_t n = past > most_rows ? past - most_rows : 0; n < past; ++n) {
        LadderRow const row = ladder.row(model, n);
        out += fmt::format("{:>14} {:<11} {}  {}{}{}\n", sim::debug::format_ns(row.virtual_ns),
                           fmt::format("packet {}", model.packet_number(row.packet)),
                           rungs(row, ladder.hosts().size()), row.what, row.remark.empty() ? "" : "  <- ",
                           row.remark);
    }
    return out;
}

std::string ladder_json(Model const& model, ViewState const& state) {
    Ladder ladder;
    ladder.update(model, state.packet_filter, true);
    Json rows = Json::array();
    std::size_t const past = ladder.past(model);
    for (std::size_t n = past > most_rows ? past - most_rows : 0; n < past; ++n) {
        LadderRow const row = ladder.row(model, n);
        Json one{{"packet", model.packet_number(row.packet)},
                 {"virtual_ns", row.virtual_ns},
                 {"from", ladder.hosts()[row.outward ? 0 : row.peer]},
                 {"to", ladder.hosts()[row.outward ? row.peer : 0]},
                 {"what", row.what}};
        if (row.fate != Fate::plain) one["fate"] = name_of(row.fate), one["remark"] = row.remark;
        if (row.other)
            if (auto const other = model.packet_index_of(*row.other))
                one["other"] = model.packet_number(*other);
        rows.push_back(std::move(one));
    }
    return Json{{"hosts", ladder.hosts()}, {"older", past > most_rows ? past - most_rows : 0}, {"rows", rows}}
               .dump(2, ' ', false, Json::error_handler_t::replace) +
           "\n";
}

}  // namespace viz::model

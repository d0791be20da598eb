// SPDX-License-Identifier: GPL-2.0-or-later
//
// Who sent what to whom: this machine and its peers side by side, a row for each
// frame. What is known of a frame's fate is what this machine sees: a segment that
// had to be sent again before it was acknowledged, one that came again, one that
// fills a hole which an earlier one left.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "visualizer/model/model.hpp"
#include "visualizer/model/view_state.hpp"

namespace viz::model {

enum class Fate : std::uint8_t {
    plain,
    lost,   // sent again before it was acknowledged: it was lost, or what was said of it
    again,  // carries what was sent before
    late,   // fills a hole: sent before, and lost on the way here
    bad,    // damaged
};
char const* name_of(Fate);

struct LadderRow {
    std::uint64_t packet = 0;  // its index, as Model::packet()
    std::uint64_t event = 0;
    std::uint64_t virtual_ns = 0;
    std::uint64_t gap_ns = 0;  // since the row above
    bool outward = false;
    bool later = false;  // than now
    unsigned peer = 0;   // of Ladder::hosts(), from 1 on
    Fate fate = Fate::plain;
    std::optional<std::uint64_t> other;  // event: of lost, that sent it again; of again, the first
    std::string what;                    // "[SYN] Seq=0 Win=64240"
    std::string remark;                  // "sent again in packet 30, 212 ms later"; may be empty
};

class Ladder {
public:
    // A few thousand frames each time: a long recording is there after some frames of the
    // picture; `all` waits for it.
    void update(Model const&, std::string const& filter, bool all = false);

    static constexpr unsigned most_hosts = 7;
    // This machine first. Those that come after the most share the last place.
    std::vector<std::string> const& hosts() const { return hosts_; }
    std::size_t size() const { return rows_.size(); }
    LadderRow row(Model const&, std::size_t) const;
    std::optional<std::size_t> row_of(Model const&, std::uint64_t event) const;
    std::size_t past(Model const&) const;                // rows until now
    std::string const& wrong() const { return wrong_; }  // with the filter

private:
    struct Short {
        std::uint64_t packet = 0;
        unsigned peer = 0;
    };
    unsigned host(std::string const& address);
    std::string name_of_peer(PacketRow const&, sim::debug::Event const&);

    std::vector<std::string> hosts_;
    std::vector<Short> rows_;
    std::map<std::string, std::string> addresses_;  // of cards whose internet address was seen
    std::string filter_, wrong_;
    std::uint64_t seen_ = 0, generation_ = 0, forgotten_ = 0;
    bool named_ = false;
};

// The address alone: "10.0.2.2" of "10.0.2.2:51514". One for all goes to "everyone".
std::string host_of(std::string_view address);

std::string ladder_text(Model const&, ViewState const&);
std::string ladder_json(Model const&, ViewState const&);

}  // namespace viz::model

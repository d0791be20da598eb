// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/profile.hpp"

#include <algorithm>
#include <map>

#include "simulator/bench/conversation.hpp"
#include "simulator/debug/symbols.hpp"
#include "simulator/recording/images.hpp"

namespace sim::bench {
namespace {

std::vector<Share> by_size(std::map<std::string, std::uint64_t> const& counts) {
    std::vector<Share> shares;
    for (auto const& [what, instructions] : counts) shares.push_back({what, instructions});
    std::stable_sort(shares.begin(), shares.end(),
                     [](Share const& a, Share const& b) { return a.instructions > b.instructions; });
    return shares;
}

}  // namespace

Profile profile_request(std::filesystem::path const& http_image, std::string const& path) {
    auto const symbols = debug::Symbols::from_bytes(*recording::read_blob(http_image).bytes);
    Conversation conversation(http_image);
    for (int i = 0; i < 99; ++i) (void)conversation.ask(path);
    std::map<std::string, std::uint64_t> functions, lines;
    Profile profile;
    profile.instructions = conversation.ask(path, [&](std::uint64_t address) {
        auto const near = symbols->near(address);
        auto const* const function = symbols->whole_at(address);
        ++functions[function ? function->name : near ? std::string(near->name) : "?"];
        auto const line = symbols->line_at(address);
        ++lines[line ? symbols->describe(*line) : "?"];
    });
    profile.functions = by_size(functions);
    profile.lines = by_size(lines);
    return profile;
}

}  // namespace sim::bench

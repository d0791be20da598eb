// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/bench_request.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "simulator/bench/profile.hpp"
#include "simulator/cli/json_line.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/recording/images.hpp"

namespace sim::cli {
namespace {

constexpr std::size_t most_printed = 60;

void print(char const* what, std::vector<bench::Share> const& shares, std::uint64_t all) {
    fmt::print("\n{:>9}  {:>5}  {}\n", "", "", what);
    std::uint64_t rest = all;
    for (std::size_t i = 0; i < shares.size() && i < most_printed; ++i) {
        rest -= shares[i].instructions;
        fmt::print("{:>9}  {:>4.1f}%  {}\n", shares[i].instructions, 100.0 * shares[i].instructions / all,
                   shares[i].what);
    }
    if (shares.size() > most_printed)
        fmt::print("{:>9}  {:>4.1f}%  {} others\n", rest, 100.0 * rest / all, shares.size() - most_printed);
}

nlohmann::json to_json(std::vector<bench::Share> const& shares) {
    auto list = nlohmann::json::array();
    for (auto const& share : shares)
        list.push_back({{"what", share.what}, {"instructions", share.instructions}});
    return list;
}

}  // namespace

int bench_request(BenchWords const& words) {
    if (words.check || words.write || words.quick || !words.costs.empty())
        throw std::runtime_error("viv bench request measures and prints; what is checked is: viv bench kernel");
    auto const profile = bench::profile_request(recording::image_of("http"), words.path);
    if (words.json) {
        print_line({{"bench", words.name},
                    {"path", words.path},
                    {"instructions", profile.instructions},
                    {"functions", to_json(profile.functions)},
                    {"lines", to_json(profile.lines)}});
        return status_right;
    }
    fmt::print("{:>9}  instructions for one request for {} on a connection that stays\n",
               profile.instructions, words.path);
    print("by function", profile.functions, profile.instructions);
    print("by source line", profile.lines, profile.instructions);
    return status_right;
}

}  // namespace sim::cli

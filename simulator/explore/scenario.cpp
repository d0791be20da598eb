// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/explore/scenario.hpp"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "simulator/explore/units.hpp"
#include "simulator/recording/images.hpp"
#include "simulator/recording/joined_world.hpp"

namespace sim::explore {
namespace {

using nlohmann::json;

constexpr std::uintmax_t longest_file = 64 << 10;
constexpr std::uint64_t most_disturbances = 4;
constexpr std::uint64_t most_memory = std::uint64_t{4} << 30;

[[noreturn]] void refuse(std::string const& name, std::string const& what) {
    throw std::runtime_error(fmt::format("{}: {}; docs/reference/explore.md shows a scenario", name, what));
}

std::string text_of(json const& value, std::string const& name, std::string const& key) {
    if (!value.is_string() || value.get_ref<std::string const&>().size() > 4096)
        refuse(name, fmt::format("\"{}\" must be a text", key));
    return value.get<std::string>();
}

std::uint64_t number_of(json const& value, std::string const& name, std::string const& key,
                        std::uint64_t most) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most)
        refuse(name, fmt::format("\"{}\" must be a whole number up to {}", key, most));
    return value.get<std::uint64_t>();
}

std::uint64_t duration_of(json const& value, std::string const& name, std::string const& key) {
    auto const ns = parse_duration(text_of(value, name, key));
    if (!ns || *ns == 0) refuse(name, fmt::format("\"{}\" must be a duration such as \"10ms\"", key));
    return *ns;
}

std::string read_text(std::string const& file) {
    std::error_code problem;
    auto const size = std::filesystem::file_size(file, problem);
    if (problem)
        throw std::runtime_error(fmt::format("cannot read {}: {}; check its name", file, problem.message()));
    if (size > longest_file) refuse(file, "is larger than 64 KiB, which no scenario is");
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void add_word(std::string& line, std::string const& word) {
    if (!line.empty()) line += ' ';
    line += word;
}

}  // namespace

Scenario parse_scenario(std::string_view text, std::string const& name) {
    json const file = json::parse(text, nullptr, false, true);
    if (!file.is_object()) refuse(name, "is no JSON object");
    Scenario scenario;
    scenario.name = name;
    std::string application, kernel, topology;
    for (auto const& [key, value] : file.items()) {
        if (key == "application")
            application = text_of(value, name, key);
        else if (key == "kernel")
            kernel = text_of(value, name, key);
        else if (key == "topology")
            topology = text_of(value, name, key);
        else if (key == "frames")
            scenario.frames = static_cast<unsigned>(number_of(value, name, key, most_disturbances));
        else if (key == "interrupts")
            scenario.interrupts = static_cast<unsigned>(number_of(value, name, key, most_disturbances));
        else if (key == "disturbed_preemptions")
            scenario.disturbed_preemptions =
                static_cast<unsigned>(number_of(value, name, key, most_disturbances));
        else if (key == "frame_delay")
            scenario.frame_delay_ns = duration_of(value, name, key);
        else if (key == "late")
            scenario.late_ns = duration_of(value, name, key);
        else if (key == "append")
            scenario.config.command_line = text_of(value, name, key);
        else if (key == "memory_mib")
            scenario.config.memory_bytes = number_of(value, name, key, most_memory >> 20) << 20;
        else if (key == "machine_seed")
            scenario.config.seed = number_of(value, name, key, UINT64_MAX);
        else if (key == "warm")
            scenario.warm = text_of(value, name, key);
        else if (key == "stall")
            scenario.stall_ns = duration_of(value, name, key);
        else if (key == "limit_instructions")
            scenario.limit_instructions = number_of(value, name, key, UINT64_MAX / 4);
        else if (key == "limit_time")
            scenario.limit_ns = duration_of(value, name, key);
        else if (key == "preemptions")
            scenario.preemptions = static_cast<unsigned>(number_of(value, name, key, 4));
        else if (key == "most_runs")
            scenario.most_runs = number_of(value, name, key, UINT64_MAX);
        else if (key == "random_runs")
            scenario.random_runs = number_of(value, name, key, 1'000'000'000);
        else if (key == "depth")
            scenario.depth = static_cast<unsigned>(number_of(value, name, key, 64));
        else if (key == "seed")
            scenario.seed = number_of(value, name, key, UINT64_MAX);
        else if (key == "invariants") {
            if (!value.is_array() || value.size() > 64)
                refuse(name, "\"invariants\" must be a list of texts");
            for (auto const& one : value) scenario.invariants.push_back(text_of(one, name, key));
        } else {
            refuse(name, fmt::format("there is no field \"{}\"", key));
        }
    }
    int const subjects = !application.empty() + !kernel.empty() + !topology.empty();
    if (subjects != 1)
        refuse(name, "name either an \"application\", or a file as \"kernel\", or a \"topology\"");
    if (scenario.depth == 0) refuse(name, "\"depth\" is at least 1");
    if (scenario.config.memory_bytes < (1u << 20)) refuse(name, "\"memory_mib\" is at least 1");
    if (!topology.empty()) {
        // Beside the scenario's file, unless it says where.
        std::filesystem::path where(topology);
        if (where.is_relative()) where = std::filesystem::path(name).parent_path() / where;
        scenario.topology_text = read_text(where.string());
        scenario.topology = links::parse_topology(where.string(), scenario.topology_text);
        scenario.configs = recording::configs_of(*scenario.topology, where.string());
        return scenario;
    }
    scenario.config.image = recording::read_blob(kernel.empty() ? recording::image_of(application)
                                                                : std::filesystem::path(kernel));
    return scenario;
}

Scenario scenario_of(std::string const& word) {
    if (word.ends_with(".json")) {
        return parse_scenario(read_text(word), word);
    }
    Scenario scenario;
    scenario.name = word;
    std::string rest = word;
    auto const next = [&] {
        std::size_t const colon = rest.find(':');
        std::string part = rest.substr(0, colon);
        rest = colon == std::string::npos ? "" : rest.substr(colon + 1);
        return part;
    };
    std::string const application = next();
    if (!rest.empty()) {
        std::string const number = next();
        auto const parsed = parse_number(number);
        if (!parsed)
            throw std::runtime_error(
                fmt::format("{}: after the application comes a number, as in races:3, or races:3:fixed; "
                            "other words for its "
                            "command line go into --append",
                            word));
        add_word(scenario.config.command_line, fmt::format("race={}", *parsed));
        if (!rest.empty()) {
            if (rest != "fixed")
                throw std::runtime_error(fmt::format("{}: want races:3 or races:3:fixed", word));
            add_word(scenario.config.command_line, rest);
        }
    }
    scenario.config.image = recording::read_blob(recording::image_of(application));
    return scenario;
}

}  // namespace sim::explore

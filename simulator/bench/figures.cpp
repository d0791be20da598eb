// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/bench/figures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace sim::bench {

using nlohmann::json;

std::vector<Figure> read_figures(std::filesystem::path const& file) {
    std::ifstream in(file);
    if (!in)
        throw std::runtime_error(fmt::format("cannot read {}; it lists the figures to reach", file.string()));
    json const list = json::parse(in, nullptr, false);
    if (!list.is_array())
        throw std::runtime_error(fmt::format("{} is no JSON list of figures", file.string()));
    std::vector<Figure> figures;
    for (json const& entry : list) {
        Figure figure;
        try {
            figure.id = entry.at("id");
            figure.bench = entry.at("bench");
            figure.what = entry.at("what");
            figure.unit = entry.value("unit", "");
            if (entry.contains("least")) figure.least = entry["least"];
            if (entry.contains("most")) figure.most = entry["most"];
            if (entry.contains("goal")) figure.goal = entry["goal"];
        } catch (json::exception const& error) {
            throw std::runtime_error(fmt::format("{}: {}", file.string(), error.what()));
        }
        if (figure.least.has_value() == figure.most.has_value())
            throw std::runtime_error(
                fmt::format("{}: {} needs either least or most", file.string(), figure.id));
        figures.push_back(std::move(figure));
    }
    return figures;
}

std::vector<Judged> judge(std::vector<Figure> const& figures, std::string const& bench,
                          std::vector<Measurement> const& measured) {
    std::vector<Judged> result;
    for (Figure const& figure : figures) {
        if (figure.bench != bench) continue;
        Judged judged{figure, std::nullopt, false};
        for (Measurement const& one : measured)
            if (one.id == figure.id) judged.measured = one;
        if (judged.measured)
            judged.reached = figure.least ? judged.measured->value >= *figure.least
                                          : judged.measured->value <= *figure.most;
        result.push_back(std::move(judged));
    }
    return result;
}

Measurement summary(std::string id, std::string what, std::string unit, std::vector<double> values,
                    std::string how) {
    if (values.empty()) throw std::logic_error("a summary of nothing: " + id);
    std::sort(values.begin(), values.end());
    std::size_t const middle = values.size() / 2;
    double const median = values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    return {std::move(id),  std::move(what), std::move(unit), median,
            values.front(), values.back(),   std::move(how)};
}

}  // namespace sim::bench

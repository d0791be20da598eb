// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/text_accesses.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/text_printers.hpp"

namespace sim::debug {

std::string accesses_text(Accesses const& a, std::size_t most_rows) {
    PageAccesses sum;
    for (PageAccesses const& p : a.pages)
        sum.reads += p.reads, sum.writes += p.writes, sum.walker += p.walker, sum.device += p.device;
    std::string text = fmt::format("{} pages from {} to {}: {} reads, {} writes, {} by the page walker, {} by devices{}\n",
                                   a.pages.size(), to_string(a.from), to_string(a.to), sum.reads, sum.writes, sum.walker,
                                   sum.device, a.cancelled ? "; cancelled" : "");
    if (a.pages.empty()) return text;
    text += fmt::format("  {:<14} {:>10} {:>10} {:>7} {:>8}  {:<16} {}\n", "page", "reads", "writes", "walker", "devices",
                        "owner", "most of it by");
    for (std::size_t i = 0; i < std::min(a.pages.size(), most_rows); ++i) {
        PageAccesses const& p = a.pages[i];
        auto const& most = p.most_writes.times > p.most_reads.times ? p.most_writes : p.most_reads;
        std::string line = fmt::format("  {:#014x} {:>10} {:>10} {:>7} {:>8}  {:<16} {}", p.page * 4096, p.reads, p.writes,
                                       p.walker, p.device, p.owner, most.function);
        while (line.ends_with(' ')) line.pop_back();
        text += line + "\n";
    }
    if (a.pages.size() > most_rows) text += fmt::format("  ... {} pages more\n", a.pages.size() - most_rows);
    return text;
}

nlohmann::ordered_json accesses_json(Accesses const& a) {
    using Json = nlohmann::ordered_json;
    auto const by = [](PageAccesses::By const& b) {
        return b.times ? Json{{"function", b.function}, {"times", b.times}} : Json();
    };
    Json pages = Json::array();
    for (PageAccesses const& p : a.pages)
        pages.push_back({{"page", fmt::format("{:#x}", p.page * 4096)},
                         {"reads", p.reads},
                         {"writes", p.writes},
                         {"page_walker", p.walker},
                         {"devices", p.device},
                         {"owner", p.owner},
                         {"most_reads", by(p.most_reads)},
                         {"most_writes", by(p.most_writes)}});
    return {{"from", to_string(a.from)}, {"to", to_string(a.to)}, {"pages", std::move(pages)}, {"cancelled", a.cancelled}};
}

namespace printers {

void accesses(Out out, Snapshot const& s, TextOptions const& o) {
    if (!s.accesses)
        fmt::format_to(out, "(not counted)\n");
    else
        fmt::format_to(out, "{}", accesses_text(*s.accesses, o.max_rows));
}

}  // namespace printers

}  // namespace sim::debug

// SPDX-License-Identifier: GPL-2.0-or-later
//
// The rules by which links join nodes, for whoever assembles a network and whoever
// reads of one. No loops: a switch sends on what it does not know to everybody, so
// one frame would go round, and multiply, for ever, and there is no spanning tree
// here. Who is no switch has one link.
#pragma once

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>

namespace sim::links {

class Joints {
public:
    // A machine or an uplink: it has one network card.
    void has_one_link(std::string const& node) { single_.insert(node); }

    // Empty: they are joined now. Else what is wrong with it, and nothing is done.
    std::string join(std::string const& a, std::string const& b) {
        if (a == b) return fmt::format("joins {} to itself", a);
        std::string const left = root(a), right = root(b);
        if (left == right)
            return fmt::format(
                "closes a loop: {} and {} are joined already, and a frame to everybody would go "
                "round for ever; leave it out",
                a, b);
        for (std::string const& end : {a, b})
            if (single_.contains(end) && linked_.contains(end))
                return fmt::format("{} has a link already; it has one network card, so put a switch between",
                                   end);
        above_[left] = right;
        linked_.insert(a);
        linked_.insert(b);
        return "";
    }

private:
    // Of the group of nodes that are joined; the way there is made shorter.
    std::string root(std::string const& node) {
        auto const found = above_.find(node);
        if (found == above_.end()) return node;
        std::string const top = root(found->second);
        above_[node] = top;
        return top;
    }
    std::map<std::string, std::string> above_;
    std::set<std::string> single_, linked_;
};

}  // namespace sim::links

// SPDX-License-Identifier: GPL-2.0-or-later
//
// Finds loops among links while they are added: a switch sends on what it does
// not know to everybody, so in a loop one frame would go round, and multiply,
// for ever. There is no spanning tree here: a loop is refused.
#pragma once

#include <map>
#include <string>

namespace sim::links {

class Loops {
public:
    // False: a and b were joined before, by whatever way, and this would close a loop.
    bool join(std::string const& a, std::string const& b) {
        std::string const left = root(a), right = root(b);
        if (left == right) return false;
        above_[left] = right;
        return true;
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
};

}  // namespace sim::links

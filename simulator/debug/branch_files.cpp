// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/branch_files.hpp"

#include "simulator/debug/session.hpp"

namespace sim::debug {

std::filesystem::path branch_file(std::filesystem::path const& file, std::string const& branch) {
    std::string name;
    for (char const c : branch) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (plain)
            name += c;
        else if (!name.empty() && name.back() != '-')
            name += '-';
    }
    return file.parent_path() / (file.stem().string() + "." + name + ".run");
}

std::vector<std::string> save_branches(Session& session, std::filesystem::path const& file) {
    std::vector<std::string> lines;
    auto const branches = session.snapshot()->branches;
    if (branches.size() < 2) return lines;
    session.perform(Pause{});
    for (BranchInfo const& branch : branches) {
        if (branch.number == original) continue;
        auto const s = session.perform(SaveBranch{branch.number, branch_file(file, branch.name).string()});
        lines.push_back(s->last_command.text);
    }
    session.perform(SwitchBranch{original});
    return lines;
}

}  // namespace sim::debug

// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/branch_files.hpp"

#include <algorithm>

#include "simulator/debug/session.hpp"

namespace sim::debug {
namespace {

std::string plain_letters(std::string const& branch) {
    std::string name;
    for (char const c : branch) {
        bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (plain)
            name += c;
        else if (!name.empty() && name.back() != '-')
            name += '-';
    }
    return name;
}

}  // namespace

std::vector<std::filesystem::path> branch_files(std::filesystem::path const& file,
                                                std::vector<std::string> const& branches) {
    std::vector<std::filesystem::path> files;
    for (std::string const& branch : branches) {
        std::string const name = plain_letters(branch);
        auto const candidate = [&](std::size_t n) {
            std::string ending = name;
            if (n > 1) ending += (name.empty() ? "" : "-") + std::to_string(n);
            return file.parent_path() / (file.stem().string() + "." + ending + ".run");
        };
        std::size_t n = name.empty() ? 2 : 1;
        while (std::find(files.begin(), files.end(), candidate(n)) != files.end()) ++n;
        files.push_back(candidate(n));
    }
    return files;
}

std::vector<std::string> save_branches(WatchedMachine& session, std::filesystem::path const& file) {
    std::vector<std::string> lines;
    auto const branches = session.snapshot()->branches;
    if (branches.size() < 2) return lines;
    session.perform(Pause{});
    std::vector<std::string> names;
    for (BranchInfo const& branch : branches) names.push_back(branch.name);
    auto const files = branch_files(file, names);
    for (std::size_t i = 0; i < branches.size(); ++i) {
        if (branches[i].number == original) continue;
        auto const s = session.perform(SaveBranch{branches[i].number, files[i].string()});
        lines.push_back(s->last_command.text);
    }
    session.perform(SwitchBranch{original});
    return lines;
}

}  // namespace sim::debug

// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/starter.hpp"

#include <fmt/format.h>

#include <fstream>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

#include "labs/grader/started.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

struct Tag {
    bool closes = false;
    std::string lab, part, indent;  // "03", "walk", and the blanks before it
};

// The tag on a line of its own, in a C++ or an assembly comment.
std::optional<Tag> tag_of(std::string const& line) {
    auto start = line.find_first_not_of(" \t");
    if (start == std::string::npos) return {};
    for (std::string opening : {"// [", "# [", "/* ["}) {
        if (line.compare(start, opening.size(), opening) != 0) continue;
        std::string inside = line.substr(start + opening.size());
        auto end = inside.find(']');
        if (end == std::string::npos) return {};
        inside.resize(end);
        Tag tag;
        tag.indent = line.substr(0, start);
        if (inside.rfind("/", 0) == 0) {
            tag.closes = true;
            inside.erase(0, 1);
        }
        if (inside.rfind("lab:", 0) != 0) return {};
        inside.erase(0, 4);
        auto dash = inside.find('-');
        if (dash == std::string::npos) return {};
        tag.lab = inside.substr(0, dash);
        tag.part = inside.substr(dash + 1);
        return tag;
    }
    return {};
}

// The marks around the book's listings are no part of a starter.
bool is_doc_mark(std::string const& line) {
    static std::regex const mark(R"(\s*(?://|#|/\*) \[/?doc:[^\]]*\].*)");
    return std::regex_match(line, mark);
}

std::string indented(std::string const& text, std::string const& indent) {
    std::istringstream in(text);
    std::string result;
    for (std::string line; std::getline(in, line);) {
        if (line.find("SPDX-License-Identifier") != std::string::npos) continue;
        result += line.empty() ? "\n" : indent + line + "\n";
    }
    return result;
}

// Copies `live`; calls `body` for each tagged region with its text and keeps
// what that returns.
std::string rewrite(std::string const& live,
                    std::function<std::string(Tag const&, std::string const& text)> const& body) {
    std::istringstream in(live);
    std::string result, region;
    std::optional<Tag> open;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (is_doc_mark(line)) continue;
        auto tag = tag_of(line);
        if (!tag) {
            (open ? region : result) += line + "\n";
        } else if (!tag->closes && !open) {
            open = tag;
            region.clear();
        } else if (tag->closes && open && tag->lab == open->lab && tag->part == open->part) {
            result += body(*open, region);
            open.reset();
        } else {
            throw UsageError(fmt::format("line {}: the lab tag does not pair up: {}", number, line),
                             "Each [lab:NN-part] needs its [/lab:NN-part], and they do not nest.");
        }
    }
    if (open)
        throw UsageError(fmt::format("[lab:{}-{}] is never closed", open->lab, open->part),
                         "Add the closing [/lab:...] line.");
    return result;
}

// What --with names: folders of earlier labs, each of another one.
void require_earlier(Definition const& definition, std::vector<fs::path> const& folders) {
    std::set<int> labs;
    for (auto const& folder : folders) {
        auto const earlier = read_started(folder);
        if (!earlier)
            throw UsageError(fmt::format("{} is not the folder of a started lab", folder.string()),
                             "It has no note .lab.json, which ./viv lab start leaves there.",
                             "--with takes the folders of earlier labs.");
        if (earlier->lab >= definition.number)
            throw UsageError(fmt::format("{} holds lab {}, which is no earlier one than lab {}",
                                         folder.string(), earlier->lab, definition.number),
                             "A lab builds on those before it.", "--with takes the folders of earlier labs.");
        if (!labs.insert(earlier->lab).second)
            throw UsageError(fmt::format("{} holds lab {} once more", folder.string(), earlier->lab),
                             "Two folders of one lab have the same files.",
                             "Name one folder of each earlier lab.");
    }
}

// In the quotes of sh.
std::string quoted(std::string const& text) {
    std::string result = "'";
    for (char const c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

// All of them or none: half a starter would be in the way of the next try.
void write_all(fs::path const& folder, std::vector<std::pair<std::string, std::string>> const& texts) {
    bool const was_there = fs::exists(folder);
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        throw UsageError(fmt::format("cannot create {}: {}", folder.string(), error.message()),
                         "The folder above it is not yours, is read-only, or its disk is full.",
                         "Name a folder that you may write to.");
    try {
        for (auto const& [name, text] : texts) write_text(folder / name, text);
    } catch (UsageError const&) {
        for (auto const& [name, text] : texts) fs::remove(folder / name, error);
        if (!was_there) fs::remove(folder, error);
        throw;
    }
}

}  // namespace

std::string cut_starter(std::string const& live, int number, StubSource const& stub) {
    std::string const lab = fmt::format("{:02}", number);
    return rewrite(live, [&](Tag const& tag, std::string const& text) {
        if (tag.lab != lab) return text;
        auto const other = stub(tag.part);
        return other ? indented(*other, tag.indent) : text;
    });
}

std::string cut_all(std::string const& live,
                    std::function<std::string(int lab, std::string const& part)> const& instead) {
    return rewrite(live, [&](Tag const& tag, std::string const&) {
        return indented(instead(std::stoi(tag.lab), tag.part), tag.indent);
    });
}

std::string strip_tags(std::string const& live) {
    return rewrite(live, [](Tag const&, std::string const& text) { return text; });
}

std::vector<TaggedPart> tagged_parts(std::string const& live) {
    std::vector<TaggedPart> parts;
    if (live.find("[lab:") == std::string::npos) return parts;  // most files, in no time
    rewrite(live, [&](Tag const& tag, std::string const& text) {
        parts.push_back({std::stoi(tag.lab), tag.part, text});
        return text;
    });
    return parts;
}

void write_starter(Definition const& definition, fs::path const& repository, fs::path const& folder,
                   StarterOptions const& options) {
    if (fs::exists(folder) && !(fs::is_directory(folder) && fs::is_empty(folder)))
        throw UsageError(fmt::format("{} exists and is not an empty folder", folder.string()),
                         "A starter would stand among what is there, or over it.",
                         "Name another folder; nothing was changed.");
    // Cut everything first: a broken tag must not leave half a starter behind.
    std::vector<std::pair<std::string, std::string>> texts;
    for (auto const& file : definition.files) {
        auto stub = [&](std::string const& part) {
            return read_text(definition.folder / "stubs" / (part + fs::path(file.name).extension().string()));
        };
        texts.emplace_back(file.name,
                           cut_starter(read_text(repository / file.live), definition.number, stub));
    }
    texts.emplace_back("handout.md", read_text(definition.folder / "handout.md"));
    if (fs::exists(definition.folder / "explain.md"))
        texts.emplace_back("explain.md", personal_questions(read_text(definition.folder / "explain.md"),
                                                            definition, options.seed));
    require_earlier(definition, options.with);
    Started const started{
        .folder = folder, .lab = definition.number, .seed = options.seed, .with = options.with};
    texts.emplace_back(".lab.json", note_of(started, repository));
    texts.emplace_back(
        "viv", fmt::format("#!/bin/sh\n"
                           "# Vivarium, for the lab in this folder: ./viv check, ./viv demo, ./viv open ...\n"
                           "VIV_LAB_DIR=$(CDPATH='' cd -- \"$(dirname -- \"$0\")\" && pwd)\n"
                           "export VIV_LAB_DIR\n"
                           "exec {} \"$@\"\n",
                           quoted(fs::absolute(repository / "viv").string())));
    write_all(folder, texts);
    fs::permissions(folder / "viv", fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                                        fs::perms::others_read | fs::perms::others_exec);
}

}  // namespace lab

// SPDX-License-Identifier: GPL-2.0-or-later
//
// The catalogue of what goes wrong before a verdict (labs/catalogue): each answer is what
// it should be, short and complete. In CI every twelfth hand-in and all
// commands; catalogue_long_test: all.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <regex>
#include <sstream>

#include "labs/course/toolchain.hpp"
#include "labs/grader/cases.hpp"
#include "labs/grader/exam.hpp"
#include "labs/grader/process.hpp"
#include "labs/grader/scratch.hpp"
#include "labs/grader/started.hpp"
#include "labs/grader/telling.hpp"
#include "labs/grader/text_file.hpp"
#include "labs/grader/testing.hpp"

namespace lab {
namespace {

bool const everything = long_test();

namespace fs = std::filesystem;

constexpr int most_lines = 12;
constexpr char const* says_mark = "says:\n";

fs::path catalogue() { return house().repository / "labs/catalogue"; }

std::vector<std::string> all_names() {
    std::vector<std::string> names;
    if (!std::getenv("VIV_ROOT")) return names;
    for (auto const& entry : fs::directory_iterator(catalogue()))
        if (entry.path().extension() == ".case") names.push_back(entry.path().stem().string());
    std::sort(names.begin(), names.end());
    return names;
}

// A case's file: what is done, and what is said.
struct Entry {
    std::string text, command, check, says;
    int lab = -1;
};

std::string value_of(std::string const& text, std::string const& key) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.rfind(key + ": ", 0) == 0) return line.substr(key.size() + 2);
    return {};
}

Entry read_entry(std::string const& name) {
    std::string const all = read_text(catalogue() / (name + ".case"));
    Entry entry;
    auto const at = all.find(says_mark);
    entry.text = all.substr(0, at);
    if (at != std::string::npos) entry.says = all.substr(at + std::string(says_mark).size());
    entry.command = value_of(entry.text, "run");
    entry.check = value_of(entry.text, "check");
    if (auto const lab = value_of(entry.text, "lab"); !lab.empty()) entry.lab = std::stoi(lab);
    return entry;
}

// The hand-in's files: the solution with the entry's change.
std::map<std::string, std::string> files_of_entry(std::string const& name, Entry const& entry) {
    std::map<std::string, std::string> solution;
    for (auto const& one : load_cases(find_definition(house().repository, entry.lab), house().repository))
        if (one.kind == Case::Kind::solution) solution = one.files;
    std::string change = "points: 0\n";
    std::istringstream lines(entry.text);
    for (std::string line; std::getline(lines, line);)
        if (line.rfind("lab: ", 0) != 0 && line.rfind("check: ", 0) != 0) change += line + "\n";
    return parse_mutant(name, change, solution).files;
}

std::string replaced(std::string const& text, char const* pattern, char const* by) {
    return std::regex_replace(text, std::regex(pattern), by);
}

// Numbers that change with the kernel and places that change with the host.
std::string plain(std::string text, fs::path const& folder) {
    for (auto const& [path, name] :
         {std::pair(fs::proximate(folder).string(), "DIR"), std::pair(folder.string(), "DIR"),
          std::pair(house().repository.string(), "REPOSITORY")})
        for (auto at = text.find(path); at != std::string::npos; at = text.find(path))
            text.replace(at, path.size(), name);
    text = replaced(text, R"((\.(?:cpp|hpp|S)):[0-9]+(?::[0-9]+)?)", "$1:N");
    text = replaced(text, R"((^|\n) +[0-9]+ \|)", "$1               N |");
    text = replaced(text, R"(moment [0-9]+)", "moment N");
    text = replaced(text, R"(\+0x[0-9a-f]+)", "+N");
    text = replaced(text, R"(0x[0-9a-f]{5,})", "0xN");
    text = replaced(text, R"(--forward [0-9]+)", "--forward PORT");
    return replaced(text, R"(:[0-9]{4,5}\b)", ":PORT");
}

// Where a line is broken depends on numbers that change with the kernel.
std::string squeezed(std::string const& text) {
    return replaced(replaced(text, R"(\s+)", " "), R"(^ | $)", "");
}

// A port of this host that is taken as long as this is.
class BusyPort {
public:
    BusyPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(socket_, 1) != 0 ||
            getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            throw std::runtime_error("no port can be taken here");
        number = ntohs(address.sin_port);
    }
    ~BusyPort() { close(socket_); }
    BusyPort(BusyPort const&) = delete;
    BusyPort& operator=(BusyPort const&) = delete;
    unsigned number = 0;

private:
    int socket_;
};

class Catalogue : public testing::TestWithParam<std::string> {
protected:
    std::string said_to_command(Entry const& entry) const {
        BusyPort const busy;
        std::string const bin = (house().build / "bin").string();
        std::string const script = fmt::format(
            "lab={}/viv-lab machine={}/viv-machine busy={} full=with_full_disk\n"
            "with_full_disk() {{ mkdir full; size=$1; shift\n"
            "bwrap --dev-bind / / --size \"$size\" --tmpfs \"$PWD/full\" \"$@\"; }}\n{}\n",
            bin, bin, busy.number, entry.command);
        auto const ended = run_process(
            {.arguments = {"sh", "-c", script}, .folder = folder_, .limits = {.real_seconds = 60}});
        EXPECT_NE(ended.status, 0) << ended.output;
        return ended.output;
    }

    std::string said_to_hand_in(std::string const& name, Entry const& entry) const {
        auto const definition = find_definition(house().repository, entry.lab);
        for (auto const& [file, text] : files_of_entry(name, entry)) write_text(folder_ / file, text);
        Started const started{.folder = folder_, .lab = entry.lab};
        auto const image = build_started(house(), definition, started, {.kernel = true, .host = false});
        if (!image.built) {
            EXPECT_TRUE(entry.check.empty()) << image.compiler_output;
            auto const error = not_built_error(house(), definition, started, image);
            return to_text(error);
        }
        EXPECT_FALSE(entry.check.empty()) << "it was built";
        auto const report = judge({.definition = definition,
                                   .folder = folder_,
                                   .elf = image.elf,
                                   .original = house().build / "images" / (definition.image + ".elf"),
                                   .host = {},
                                   .tools = {}},
                                  entry.check);
        // What is said of this check, and of no other.
        Report alone = report;
        std::erase_if(alone.verdicts, [&](auto const& one) { return one.check.id != entry.check; });
        EXPECT_EQ(alone.verdicts.size(), 1u) << "lab " << entry.lab << " has no check " << entry.check;
        std::string const text = to_text(alone);
        auto const from = text.find(" FAIL ");
        EXPECT_NE(from, std::string::npos) << entry.check << " did not fail\n" << to_text(report);
        if (from == std::string::npos) return text;
        auto const line = text.rfind('\n', from) + 1, end = text.find("\n\n", text.find("\n\n", from) + 2);
        return text.substr(line, end - line) + "\n";
    }

    ScratchFolder const scratch_;
    fs::path const folder_ = scratch_.path();
};

TEST_P(Catalogue, says_what_where_why_and_what_next) {
    auto const entry = read_entry(GetParam());
    std::string const raw =
        entry.command.empty() ? said_to_hand_in(GetParam(), entry) : said_to_command(entry);
    std::string const said = plain(raw, folder_);
    if (std::getenv("VIV_ACCEPT"))
        write_text(catalogue() / (GetParam() + ".case"), entry.text + says_mark + said);
    EXPECT_LE(std::count(said.begin(), said.end(), '\n'), most_lines) << said;
    // A verdict has its place below what was seen, and what to do next is to look.
    bool const judged = !entry.check.empty();
    for (char const* part :
         {"Seen ", judged ? "\n                in " : "Where ", "Cause ", judged ? "Look " : "Next "})
        if (entry.command.empty()) {
            EXPECT_NE(said.find(part), std::string::npos) << "no " << part << "in\n" << said;
        }
    // A command is told what is wrong with it, mostly why, and always what to do.
    if (!entry.command.empty()) {
        EXPECT_NE(said.find("\n     Next   "), std::string::npos) << said;
    }
    // A path is as long as it is, a command to be copied stands in one line, and so does the
    // line of a source.
    std::istringstream lines(raw);
    for (std::string line; std::getline(lines, line);)
        if (line.find(folder_.filename().string()) == std::string::npos &&
            line.find(" | ") == std::string::npos) {
            EXPECT_LE(line.size(), line_width) << said;
        }
    // A compiler of another version has words of its own.
    if (entry.command.empty() && entry.check.empty() && !toolchain_of(house()).pinned)
        GTEST_SKIP() << "not the pinned compiler";
    EXPECT_EQ(squeezed(said), squeezed(read_entry(GetParam()).says));
}

std::vector<std::string> chosen() {
    std::vector<std::string> names;
    int hand_ins = 0;
    for (auto const& name : all_names()) {
        bool const command = !read_entry(name).command.empty();
        if (everything || command || hand_ins++ % 12 == 0) names.push_back(name);
    }
    return names;
}
INSTANTIATE_TEST_SUITE_P(All, Catalogue, testing::ValuesIn(chosen()), [](auto const& one) {
    std::string name = one.param;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

// Told where the build is by a path from here, and nothing besides.
TEST(Command, finds_the_repository_above_a_build_named_by_a_relative_path) {
    fs::path const build = fs::canonical(house().build), above = build.parent_path().parent_path();
    if (above != fs::canonical(house().repository)) GTEST_SKIP() << "the build lies elsewhere";
    std::string const from_here = build.lexically_relative(above).string();
    auto const ended = run_process({.arguments = {"env", "-u", "VIV_ROOT", "VIV_BUILD=" + from_here,
                                                  (build / "bin/viv-lab").string(), "list"},
                                    .folder = above,
                                    .limits = {.real_seconds = 60}});
    EXPECT_EQ(ended.status, 0) << ended.output;
    EXPECT_NE(ended.output.find("Paging"), std::string::npos) << ended.output;
}

// Every entry has its answer, whichever are tried.
TEST(CatalogueSize, has_more_than_forty_entries_with_their_answers) {
    auto const names = all_names();
    EXPECT_GE(names.size(), 40u);
    for (auto const& name : names) {
        std::string const says = read_entry(name).says;
        EXPECT_FALSE(says.empty()) << name;
        EXPECT_LE(std::count(says.begin(), says.end(), '\n'), most_lines) << name;
    }
}

}  // namespace
}  // namespace lab

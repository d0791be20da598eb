// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/app/last_state.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "visualizer/model/bookmark_text.hpp"

namespace viz::app {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using sim::recording::Bookmark;

namespace {

constexpr std::chrono::seconds interval{1};
constexpr auto forgotten_after = std::chrono::hours(24 * 31);
constexpr std::uintmax_t largest_file = 1 << 20;

std::string text_of(Json const& object, char const* name) {
    auto const found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}
std::uint64_t number_of(Json const& object, char const* name) {
    auto const found = object.find(name);
    return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

// "1234.json": the program that keeps it.
std::optional<pid_t> owner_of(fs::path const& state) {
    std::string const stem = state.stem().string();
    pid_t pid = 0;
    auto const [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), pid);
    if (error != std::errc() || end != stem.data() + stem.size() || pid <= 0) return std::nullopt;
    return pid;
}
// Another program can have the number by now: then the state stays until that one ends. One
// that is dead and whose parent has not asked for its status still has its number.
bool lives(pid_t pid) {
    if (kill(pid, 0) != 0 && errno != EPERM) return false;
    std::ifstream in(fmt::format("/proc/{}/stat", pid));
    std::string const stat((std::istreambuf_iterator<char>(in)), {});
    std::size_t const name_end = stat.rfind(')');  // a name can hold anything
    return name_end == std::string::npos || name_end + 2 >= stat.size() || stat[name_end + 2] != 'Z';
}

// While it is written it has its writer's number in its name. [run_writer.hpp]
fs::path existing(fs::path const& recording, pid_t writer) {
    std::error_code failed;
    fs::path const part = recording.string() + fmt::format(".{}.part", writer);
    if (fs::exists(part, failed)) return part;
    return fs::exists(recording, failed) ? recording : fs::path();
}

// "1234-2.near.1234.part": the program that kept it, and which of its files it is.
// "1234-3.branch.1234.part" is of a branch.
struct NearName {
    pid_t owner = 0;
    unsigned number = 0;
    bool branch = false;
};
std::optional<NearName> near_name(fs::path const& file) {
    std::string const name = file.filename().string();
    NearName out;
    char const* const end = name.data() + name.size();
    auto const pid = std::from_chars(name.data(), end, out.owner);
    if (pid.ec != std::errc() || pid.ptr == end || *pid.ptr != '-' || out.owner <= 0) return std::nullopt;
    auto const number = std::from_chars(pid.ptr + 1, end, out.number);
    if (number.ec != std::errc()) return std::nullopt;
    std::string const rest = name.substr(static_cast<std::size_t>(number.ptr - name.data()));
    out.branch = rest == fmt::format(".branch.{}.part", out.owner);
    if (!out.branch && rest != fmt::format(".near.{}.part", out.owner)) return std::nullopt;
    return out;
}

std::vector<fs::path> near_files_of(fs::path const& folder, pid_t owner) {
    std::vector<std::pair<unsigned, fs::path>> found;
    std::error_code failed;
    for (auto const& entry : fs::directory_iterator(folder, failed))
        if (auto const name = near_name(entry.path()); name && name->owner == owner)
            found.emplace_back(name->number, entry.path());
    std::ranges::sort(found, std::greater());
    std::vector<fs::path> out;
    for (auto& [number, file] : found) out.push_back(std::move(file));
    return out;
}

// Empty: there is none, and none can be made.
fs::path made_folder() {
    fs::path const folder = state_folder();
    std::error_code failed;
    if (folder.empty() || (fs::create_directories(folder, failed), failed)) return {};
    fs::permissions(folder, fs::perms::owner_all, failed);
    return folder;
}

}  // namespace

fs::path state_folder() {
    auto folder = [](char const* name) {
        char const* value = std::getenv(name);
        return fs::path(value ? value : "");
    };
    fs::path states = folder("XDG_STATE_HOME");
    if (states.empty() && !folder("HOME").empty()) states = folder("HOME") / ".local" / "state";
    return states.empty() ? states : states / "vivarium" / "last";
}

fs::path unasked_recording(std::string const& name) {
    fs::path const folder = made_folder();
    return folder.empty() ? folder : folder / fmt::format("{}-{}.run", name, getpid());
}

std::optional<sim::recording::NearWriter::Options> near_files_of_this_program() {
    fs::path const folder = made_folder();
    if (folder.empty()) return std::nullopt;
    sim::recording::NearWriter::Options options;
    options.name = [folder](unsigned n) { return folder / fmt::format("{}-{}.near", getpid(), n); };
    options.branch_name = [folder](unsigned n) { return folder / fmt::format("{}-{}.branch", getpid(), n); };
    return options;
}

std::optional<LastState> read_last_state(fs::path const& state) {
    std::error_code failed;
    auto const pid = owner_of(state);
    if (!pid || fs::file_size(state, failed) > largest_file || failed) return std::nullopt;
    std::ifstream in(state);
    std::string const text((std::istreambuf_iterator<char>(in)), {});
    Json const all = Json::parse(text, nullptr, false);
    if (!all.is_object()) return std::nullopt;
    LastState out;
    out.state = state;
    out.recording = existing(text_of(all, "recording"), *pid);
    out.title = text_of(all, "title");
    out.near_files = near_files_of(state.parent_path(), *pid);
    out.branch = !out.near_files.empty() && near_name(out.near_files.front())->branch;
    if (out.branch) {  // a recording of its own
        out.recording = out.near_files.front();
        out.title += ", a branch";
    }
    if (out.recording.empty()) return std::nullopt;
    out.at = {number_of(all, "retired"), number_of(all, "sub")};
    out.virtual_ns = number_of(all, "virtual_ns");
    out.desk = text_of(all, "desk");
    std::string const kind = text_of(all, "selected");
    for (auto known : {model::EntityKind::packet, model::EntityKind::event, model::EntityKind::virtual_range,
                       model::EntityKind::frame})
        if (kind == name_of(known))
            out.selected = {known, number_of(all, "selected_id"), number_of(all, "selected_length")};
    if (auto const list = all.find("bookmarks"); list != all.end() && list->is_array())
        for (Json const& one : *list)
            if (one.is_object() && !text_of(one, "name").empty()) {
                Bookmark b{text_of(one, "name"),
                           {number_of(one, "retired"), number_of(one, "sub")},
                           text_of(one, "text"),
                           text_of(one, "view"),
                           {}};
                if (one.contains("address")) b.address = number_of(one, "address");
                out.bookmarks.push_back(std::move(b));
            }
    out.when = fs::last_write_time(state, failed);
    return out;
}

std::vector<LastState> left_behind() {
    std::vector<LastState> out;
    fs::path const folder = state_folder();
    std::error_code failed;
    if (folder.empty()) return out;
    for (auto const& entry : fs::directory_iterator(folder, failed)) {
        auto const pid = owner_of(entry.path());
        bool const old = entry.last_write_time(failed) < fs::file_time_type::clock::now() - forgotten_after;
        if (entry.path().extension() == ".part" && old) fs::remove(entry.path(), failed);  // nobody came back
        if (auto const near = near_name(entry.path());
            near && !lives(near->owner) && !fs::exists(folder / fmt::format("{}.json", near->owner), failed))
            fs::remove(entry.path(), failed);  // killed before anything was known of where one stood
        if (entry.path().extension() != ".json" || !pid || lives(*pid)) continue;
        auto state = read_last_state(entry.path());
        if (!state)  // of no use without it
            for (fs::path const& near : near_files_of(folder, *pid)) fs::remove(near, failed);
        if (!state) continue;
        if (state->when < fs::file_time_type::clock::now() - forgotten_after)
            forget_last_state(*state);
        else
            out.push_back(std::move(*state));
    }
    std::ranges::stable_sort(out, [](LastState const& a, LastState const& b) { return a.when > b.when; });
    return out;
}

void forget_last_state(LastState const& state) {
    std::error_code ignored;
    fs::remove(state.state, ignored);
    for (fs::path const& near : state.near_files) fs::remove(near, ignored);
    if (state.recording.parent_path() == state.state.parent_path()) fs::remove(state.recording, ignored);
}

Autosave::Autosave(fs::path recording, std::string title, bool bookmarks_kept)
    : title_(std::move(title)), bookmarks_kept_(bookmarks_kept) {
    std::error_code failed;
    recording_ = fs::absolute(recording, failed);
    fs::path const folder = recording.empty() ? fs::path() : made_folder();
    if (folder.empty()) return;
    file_ = folder / fmt::format("{}.json", getpid());
}

Autosave::~Autosave() {
    std::error_code ignored;
    if (!file_.empty()) fs::remove(file_, ignored);
}

void Autosave::update(model::Desk const& desk, bool at_once) {
    auto const clock = std::chrono::steady_clock::now();
    if (file_.empty() || (!at_once && clock < next_)) return;
    next_ = clock + interval;
    auto const& now = desk.model().now();
    if (now.state == sim::debug::RunState::seeking && !at_once) return;  // nobody chose to be here
    Json all{{"recording", recording_.string()}, {"title", title_},
             {"retired", now.moment.retired},    {"sub", now.moment.sub},
             {"virtual_ns", now.virtual_ns},     {"desk", desk.saved()}};
    if (auto const& e = desk.state().selected) {
        all["selected"] = name_of(e.kind);
        all["selected_id"] = e.id;
        all["selected_length"] = e.length;
    }
    if (!bookmarks_kept_) {
        Json list = Json::array();
        for (Bookmark const& b : model::bookmarks_of(now)) {
            Json one{{"name", b.name},
                     {"retired", b.at.retired},
                     {"sub", b.at.sub},
                     {"text", b.text},
                     {"view", b.view}};
            if (b.address) one["address"] = *b.address;
            list.push_back(std::move(one));
        }
        all["bookmarks"] = std::move(list);
    }
    std::string text = all.dump(1, ' ', false, Json::error_handler_t::replace);
    if (text == written_) return;
    fs::path const half = file_.string() + ".part";
    std::error_code failed;
    {
        std::ofstream out(half, std::ios::binary);
        out << text;
        if (!out.flush()) return fs::remove(half, failed), void();
    }
    fs::rename(half, file_, failed);
    if (!failed) written_ = std::move(text);
}

}  // namespace viz::app

// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/export_command.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "simulator/cli/go_to.hpp"
#include "simulator/cli/interruption.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/debug/session.hpp"
#include "simulator/album/album_file.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/exports/album_export.hpp"
#include "simulator/exports/event_stream.hpp"
#include "simulator/exports/page_folder.hpp"
#include "simulator/exports/pcap_export.hpp"
#include "simulator/exports/table_columns.hpp"
#include "simulator/exports/table_export.hpp"
#include "simulator/exports/trace_export.hpp"
#include "simulator/links/output_file.hpp"
#include "simulator/recording/replay.hpp"

namespace sim::cli {
namespace {

namespace fs = std::filesystem;
using machine::Moment;

std::string names_of_tables() {
    std::string names;
    for (std::string const& name : exports::table_names())
        names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
    return names;
}

// Goes to FILE when it is whole.
class OutputFile {
public:
    OutputFile(fs::path path, std::string_view magic, std::string_view kind)
        : path_(std::move(path)), part_(path_.string() + fmt::format(".{}.part", getpid())) {
        links::check_replaceable(path_, magic, kind);
        stream_.open(part_, std::ios::binary | std::ios::trunc);
        if (!stream_)
            throw std::runtime_error(fmt::format("cannot write {}: {}", part_.string(), strerror(errno)));
    }
    ~OutputFile() {
        std::error_code ignored;
        if (!done_) fs::remove(part_, ignored);
    }
    std::ostream& stream() { return stream_; }
    void finish() {
        stream_.close();
        std::error_code failure;
        if (stream_) fs::rename(part_, path_, failure);
        if (!stream_ || failure)
            throw std::runtime_error(fmt::format("cannot write {}; is the disk full?", path_.string()));
        done_ = true;
    }

private:
    fs::path path_, part_;
    std::ofstream stream_;
    bool done_ = false;
};

class Export {
public:
    explicit Export(ExportWords const& words) : words_(words), parts_(debug::split_place(words.file)) {
        if (words.pcap + words.trace + words.album + !words.page.empty() + !words.table.empty() != 1)
            throw std::runtime_error("say what to export: --pcap, --trace, --album, --page FOLDER or --table NAME");
        // Before the work.
        if (!words.page.empty()) page_ = exports::browser_page();
        if (words.csv && words.json) throw std::runtime_error("--csv and --json are two formats; give one");
        if (!words.table.empty()) {
            bool known = false;
            for (std::string const& name : exports::table_names()) known |= words.table == name;
            if (!known)
                throw std::runtime_error(
                    fmt::format("no table is called {}; there are: {}", words.table, names_of_tables()));
        }
        recording::ReplayOptions options;
        options.tolerance = recording::Tolerance::salvage;
        bool const moments = words.album || !words.page.empty();
        options.look_only = moments;
        replay_ = std::make_shared<recording::Replay>(parts_.file, options);
        until_ = moment_of(*replay_, debug::destination_of(parts_.place));
        epoch_ns_ = replay_->recording().config.rtc_base * 1'000'000'000;
        debug::Subject subject;
        subject.keeper = replay_;
        // An album goes back once, everything else only forward.
        if (!moments) replay_->machine().set_checkpoint_interval(0);
        subject.world = replay_->take_world();
        subject.title = parts_.file.filename().string();
        subject.end = replay_->recording().end.at;
        subject.end_ns = replay_->recording().end.virtual_ns;
        subject.can_execute = replay_->can_run();
        subject.bookmarks = replay_->recording().bookmarks;
        debug::SessionOptions how;
        how.max_events = words.table.empty() ? 1 << 18 : 1 << 20;
        session_ = std::make_unique<debug::Session>(std::move(subject), how);
    }

    int run() {
        if (words_.pcap) return pcap();
        if (words_.trace) return trace();
        if (words_.album || !words_.page.empty()) return album();
        return table();
    }

private:
    // Lives it, and says what could not be told.
    exports::StreamResult stream(exports::EventSink const& sink) {
        Progress progress;
        auto const result = exports::stream_events(*session_, until_, sink, [&](Moment now) {
            progress.show(static_cast<double>(now.retired) / static_cast<double>(until_.retired + 1));
            return !Interruption::requested();
        });
        progress.clear();
        if (result.lost) say("{} events came too fast and are not in it", result.lost);
        return result;
    }

    int pcap() {
        exports::PcapExport pcap(words_.out, epoch_ns_);
        auto const result = stream([&](auto const&... event) { pcap.event(event...); });
        return done(result, fmt::format("{} packets", pcap.packets()));
    }
    int trace() {
        OutputFile file(words_.out, "{\"displayTimeUnit\"", "trace");
        exports::TraceExport trace(file.stream(), parts_.file.filename().string());
        auto const result = stream([&](auto const&... event) { trace.event(event...); });
        if (result.cancelled) return interrupted();
        trace.finish(result.end_ns);
        file.finish();
        return done(result, fmt::format("{} events; open it with https://ui.perfetto.dev", result.events));
    }
    int album() {
        Progress progress;
        exports::AlbumOptions options;
        options.most_moments = words_.moments;
        options.until = until_;
        if (char const* root = std::getenv("VIV_ROOT")) options.sources = root;
        options.progress = [&](double share) {
            progress.show(share);
            return !Interruption::requested();
        };
        album::Album const album = exports::make_album(*session_, options);
        progress.clear();
        if (album.moments.empty()) return interrupted();
        auto const bytes = album::packed(album::write_album(album));
        if (!words_.page.empty()) return page(describe(album), bytes);
        OutputFile file(words_.out, "\x1f\x8b", "album");
        file.stream().write(reinterpret_cast<char const*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        file.finish();
        say("{}: {:.1f} MiB, {}", words_.out, static_cast<double>(bytes.size()) / (1 << 20), describe(album));
        return status_right;
    }
    int page(std::string const& about, std::vector<std::uint8_t> const& bytes) {
        std::string const title = parts_.file.filename().string(), file = exports::album_name(title);
        exports::put_on_page(words_.page, page_, {file, title, about}, bytes);
        say("{}: {:.1f} MiB, {}", (fs::path(words_.page) / file).string(), static_cast<double>(bytes.size()) / (1 << 20), about);
        say("put the folder on any web server; index.html?album={} opens this one", file);
        return status_right;
    }
    int table() {
        auto const result = stream([](auto const&...) {});
        if (result.cancelled) return interrupted();
        session_->request(debug::ViewRequest::everything());
        session_->advance();
        debug::TextOptions options;
        options.max_rows = SIZE_MAX / 2;
        auto const text = debug::print_view_json(*session_->snapshot(), words_.table, options);
        if (!text) throw std::runtime_error(fmt::format("no table is called {}", words_.table));
        std::ofstream nowhere;
        bool const to_stdout = words_.out.empty() || words_.out == "-";
        std::ostringstream table;
        if (words_.csv)
            exports::write_csv(*text, table,
                               exports::columns_of(words_.table, session_->snapshot()->symbols));
        else
            table << *text << '\n';
        if (to_stdout) {
            fmt::print("{}", table.str());
            return status_right;
        }
        // No magic: an existing file is replaced only if it is empty.
        OutputFile file(words_.out, words_.csv ? "\x01" : "{", "table");
        file.stream() << table.str();
        file.finish();
        return done(result, fmt::format("table {}", words_.table));
    }

    int interrupted() const {
        say("interrupted");
        return status_interrupted;
    }
    int done(exports::StreamResult const& result, std::string const& what) const {
        if (result.cancelled) return interrupted();
        say("{}: {}, up to moment {}", words_.out, what, to_string(result.end));
        return status_right;
    }

    ExportWords const& words_;
    debug::FileAndPlace parts_;
    std::shared_ptr<recording::Replay> replay_;
    std::unique_ptr<debug::Session> session_;
    std::vector<std::uint8_t> page_;
    Moment until_;
    std::uint64_t epoch_ns_ = 0;
};

}  // namespace

void add_export(CLI::App& app, ExportWords& words) {
    auto* command = app.add_subcommand("export", "Write a recording in the formats of other tools.");
    command->add_option("FILE[@MOMENT]", words.file, "a recording; up to this moment, or to its end")
        ->required();
    command->add_flag("--pcap", words.pcap, "packets as pcapng, each with its moment as a comment");
    command->add_flag("--trace", words.trace, "threads, interrupts and packets for Perfetto");
    command->add_flag("--album", words.album, "moments to look at in a browser, where no machine can run");
    command->add_option("--page", words.page, "the same into a folder with the page that shows it, for a web server")
        ->type_name("FOLDER");
    command->add_option("--moments", words.moments, "of an album, at most")
        ->check(CLI::Range(std::size_t{2}, album::most_moments / 2))
        ->capture_default_str();
    command->add_option("--table", words.table, "a view's table at that moment: " + names_of_tables())
        ->type_name("NAME");
    command->add_flag("--csv", words.csv, "the table as CSV");
    command->add_flag("--json", words.json, "the table as JSON (the default)");
    command->add_option("-o,--output", words.out, "where to; a table goes to stdout without it")
        ->type_name("OUT");
}

int export_recording(ExportWords const& words) {
    if (!words.page.empty() && !words.out.empty())
        throw std::runtime_error("--page names the folder that all goes into; leave -o out");
    if (!words.pcap && !words.trace && !words.album && words.page.empty() && words.table.empty())
        throw std::runtime_error("export as what? Add --pcap, --trace, --album, --page FOLDER or --table NAME");
    if (words.out.empty() && words.table.empty() && words.page.empty())
        throw std::runtime_error("a capture, trace or album needs a file: add -o OUT");
    Interruption const interruption;
    return Export(words).run();
}

}  // namespace sim::cli

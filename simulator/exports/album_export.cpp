// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/exports/album_export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "simulator/debug/guest_memory.hpp"
#include "simulator/exports/chosen_moments.hpp"
#include "simulator/machine/power_on.hpp"
#include "simulator/machine/world.hpp"

namespace sim::exports {

using album::Album;
using album::AlbumMoment;
using album::Part;
using debug::EventView;
using debug::CodeMode;
using machine::Moment;

namespace {

constexpr char const* no_room = "this machine is too large for an album";
constexpr std::uint64_t most_function = 64 << 10;
// Stored bytes at most, but for texts and packets: of an instruction, an event, a moment,
// a page's number and content. And of lengths and numbers in between.
constexpr std::uint64_t instruction_bytes = 64, event_bytes = 80, moment_bytes = 160, pair_bytes = 10, slack = 4096;

// Remembers every instruction that Capstone decodes.
class Decoded {
public:
    explicit Decoded(std::uint64_t most_bytes) : most_bytes_(most_bytes) {}
    std::uint64_t bytes() const { return bytes_; }
    debug::Decoder decoder() {
        return [this, real = debug::capstone()](std::uint64_t address, std::span<std::uint8_t const> bytes,
                                                CodeMode mode) {
            debug::Instruction const found = real(address, bytes, mode);
            std::string key(reinterpret_cast<char const*>(found.bytes.data()), found.length);
            key += static_cast<char>(mode);
            std::uint64_t const cost = instruction_bytes + found.mnemonic.size() + found.operands.size();
            if (bytes_ + cost <= most_bytes_ && seen_.emplace(address, std::move(key)).second) {
                all_.push_back({mode, found});
                bytes_ += cost;
            }
            return found;
        };
    }
    std::vector<album::Instruction> take() {
        std::ranges::stable_sort(all_, {}, [](album::Instruction const& i) { return i.what.address; });
        return std::move(all_);
    }

private:
    std::uint64_t most_bytes_, bytes_ = 0;
    std::vector<album::Instruction> all_;
    std::set<std::pair<std::uint64_t, std::string>> seen_;
};

class Maker {
public:
    Maker(debug::Session& session, AlbumOptions const& options)
        : session_(session),
          options_(options),
          machine_(session.world().machine()),
          decoded_(options.most_code_bytes),
          disassembler_(session.symbols(), decoded_.decoder()),
          as_at_power_on_(machine::page_bytes) {
        machine::fill_as_at_power_on(machine_.config().seed, as_at_power_on_);
    }

    Album make() {
        auto const begin = session_.snapshot();
        auto request = debug::ViewRequest::everything();
        request.page_tree = request.backtrace = false;
        request.disassembly.reset();
        session_.request(request);
        if (!go_to(std::min(options_.until, std::max(begin->end, begin->moment)), 0, 0.3)) return {};
        auto const end = session_.snapshot();
        about(*end);
        // Its names may be better than those known in the middle.
        album_.events = newest(end->events);
        sources();
        auto const chosen = choose_moments(album_.events, album_.bookmarks, end->moment, options_.most_moments);
        album_.shares = chosen.shares;
        code_of_functions();
        around_ = album::bytes_but_moments(album_) + slack;
        for (std::size_t i = 0; i < chosen.moments.size(); ++i) {
            double const share = static_cast<double>(i) / static_cast<double>(chosen.moments.size());
            if (!go_to(chosen.moments[i], 0.3 + 0.7 * share, 0)) return {};
            if (take_down(*session_.snapshot()) && of_moments() <= options_.most_bytes) continue;
            cut(fmt::format("moments after {} are not in it, for it became too large",
                            to_string(album_.moments.back().at)));
            break;
        }
        album_.code = decoded_.take();
        return std::move(album_);
    }

private:
    // False: given up.
    bool go_to(Moment moment, double share, double part) {
        session_.post(debug::SeekTo{moment});
        while (session_.advance())
            if (!tell(share + part * session_.snapshot()->progress)) {
                session_.perform(debug::Pause{});
                return false;
            }
        return tell(share + part);
    }
    bool tell(double share) { return !options_.progress || options_.progress(share); }

    void about(debug::Snapshot const& end) {
        album_.title = end.machine->title;
        // Whose folders it lay in is nobody's affair.
        album_.image = std::filesystem::path(end.machine->image).filename().string();
        album_.memory_bytes = end.machine->memory_bytes;
        if (album_.memory_bytes > album::most_memory) throw std::runtime_error(no_room);
        album_.ram = end.machine->ram;
        album_.seed = machine_.config().seed;
        album_.bookmarks = end.machine->bookmarks;
        album_.branches = end.branches;
        album_.end = end.end;
        album_.end_ns = end.end_ns;
        if (auto symbols = session_.symbols()) album_.symbols = std::move(symbols);
    }

    // Of all that the image names, as it lies in memory at the end.
    void code_of_functions() {
        auto const now = session_.snapshot();
        debug::GuestMemory const guest = memory_of(*now);
        std::vector<std::uint8_t> bytes;
        for (debug::Function const& f : album_.symbols->functions()) {
            if (f.high <= f.low || f.high - f.low > most_function) continue;
            bytes.resize(f.high - f.low);
            std::size_t const there = guest.read_some(f.low, bytes);
            for (std::size_t at = 0; at < there;)
                at += disassembler_.one(f.low + at, std::span(bytes).subspan(at, std::min<std::size_t>(15, there - at)),
                                        CodeMode::bits64).length;
        }
    }

    debug::GuestMemory memory_of(debug::Snapshot const& s) const {
        return {debug::paging_of(s.cpu), [this](std::uint64_t address, std::span<std::uint8_t> into) {
                    return machine_.peek(address, into);
                }};
    }

    // As stored, at most.
    std::uint64_t of_moments() const { return album_.parts.bytes() + album_.pages.bytes() + others_ + album_.console.size(); }
    bool too_large() const {
        std::uint64_t const contents = album_.parts.size() + album_.pages.size();
        return around_ + decoded_.bytes() + of_moments() + contents * 4 > options_.most_total ||
               others_ > album::most_section || album_.console.size() > album::most_section ||
               album_.pages.size() >= album::Contents::most || album_.moments.size() >= album::most_moments;
    }
    void cut(std::string why) { album_.cut += (album_.cut.empty() ? "" : "; ") + std::move(why); }

    EventView newest(EventView const& all) const {
        std::uint64_t bytes = 0, first = all.all.end();
        for (; first > all.all.begin(); --first) {
            auto const& packet = all.all[first - 1].packet;
            bytes += event_bytes + (packet ? packet->size() : 0);
            if (bytes > options_.most_event_bytes || all.all.end() - first >= album::most_events) break;
        }
        return all.since(first);
    }

    // False: there is no room for it; all is as it was before.
    bool take_down(debug::Snapshot const& s) {
        if (!album_.moments.empty() && s.moment <= album_.moments.back().at) return true;  // it stopped before
        std::size_t const parts_before = album_.parts.size(), pages_before = album_.pages.size(),
                          console_before = album_.console.size();
        AlbumMoment m;
        m.at = s.moment;
        m.virtual_ns = s.virtual_ns;
        m.state = s.state;
        m.exit_status = s.exit_status;
        m.stop_reason = s.stop_reason;
        m.processor = s.processor;
        console(s, m);
        std::vector<std::vector<engine::TlbEntry>> tlbs;
        for (unsigned i = 0; i < machine_.processors(); ++i) tlbs.push_back(machine_.cpu(i).tlb());
        part(m, Part::processors, album::processors_part(s.processors));
        part(m, Part::tlbs, album::tlbs_part(tlbs));
        part(m, Part::devices, album::devices_part(s.devices));
        for (Part p : {Part::threads, Part::frames, Part::queues, Part::connections, Part::kernel})
            part(m, p, album::kernel_part(p, s.kernel));
        others_ += moment_bytes + m.stop_reason.size();
        pages(m);
        // What the code view begins with; a little more than it asks for.
        debug::GuestMemory const guest = memory_of(s);
        disassembler_.around(s.cpu.rip, 48, 160, debug::code_mode(s.cpu),
                             [&](std::uint64_t address, std::span<std::uint8_t> into) {
                                 return guest.read_some(address, into);
                             });
        if (!too_large()) {
            album_.moments.push_back(std::move(m));
            return true;
        }
        if (album_.moments.empty()) throw std::runtime_error(no_room);
        album_.parts.truncate(parts_before);
        album_.pages.truncate(pages_before);
        album_.console.resize(console_before);
        return false;
    }

    void part(AlbumMoment& m, Part which, std::vector<std::uint8_t> const& bytes) {
        auto const index = static_cast<std::size_t>(which);
        if (bytes.size() > album::most_part_bytes)
            throw std::runtime_error(no_room);
        std::uint32_t const like =
            album_.moments.empty() ? album::Contents::none : album_.moments.back().parts[index];
        m.parts[index] = album_.parts.add(bytes, like);
    }

    // The last stretch of what was printed goes on where the one before ended.
    void console(debug::Snapshot const& s, AlbumMoment& m) {
        static std::string const nothing;
        std::string const& now = s.console ? *s.console : nothing;
        std::string& all = album_.console;
        std::size_t const shown = all.size() - console_begin_;
        std::size_t same = 0;
        if (now.size() >= shown && now.compare(0, shown, all, console_begin_, shown) == 0) {
            same = shown;
        } else if (!now.empty()) {
            // Its beginning was dropped.
            std::size_t const head = std::min<std::size_t>(now.size(), 256);
            std::size_t const at = all.find(now.data(), console_begin_, head);
            if (at != std::string::npos && all.size() - at <= now.size() &&
                now.compare(0, all.size() - at, all, at, all.size() - at) == 0) {
                same = all.size() - at;
                console_begin_ = at;
            } else {
                console_begin_ = all.size();
            }
        }
        all.append(now, same);
        m.console_begin = console_begin_;
        m.console_end = all.size();
    }

    // Those that are another object than at the moment before, if they differ.
    void pages(AlbumMoment& m) {
        machine::CheckpointPtr const now = machine_.checkpoint();
        machine::RamImage const& ram = now->ram;
        if (contents_.empty()) contents_.assign(ram.pages(), album::Contents::none);
        for (std::size_t i = 0; i < ram.pages(); ++i) {
            if (before_ && i % machine::RamImage::group_pages == 0 && ram.shares_group(before_->ram, i)) {
                i += machine::RamImage::group_pages - 1;
                continue;
            }
            machine::PagePtr const& page = ram.page(i);
            if (before_ && before_->ram.page(i) == page) continue;
            bool const untouched = contents_[i] == album::Contents::none;
            if (untouched && page->bytes.size() == as_at_power_on_.size() &&
                std::equal(page->bytes.begin(), page->bytes.end(), as_at_power_on_.begin()))
                continue;
            if (too_large()) return;
            std::uint32_t const content = album_.pages.add(page->bytes, contents_[i]);
            if (content == contents_[i]) continue;
            contents_[i] = content;
            m.pages.emplace_back(machine_.memory().number_of(i), content);
            others_ += pair_bytes;
        }
        before_ = now;
    }

    // Those that the image's lines name and that lie in the folder.
    void sources() {
        if (options_.sources.empty()) return;
        debug::SourceTree tree(options_.sources.string());
        std::uint64_t bytes = 0;
        bool all = true;
        for (std::string const& name : album_.symbols->files()) {
            auto const* lines = tree.lines(name);
            if (!lines) continue;
            album::SourceFile file{name, ""};
            for (std::string const& line : *lines) file.text += line + '\n';
            std::uint64_t const cost = file.name.size() + file.text.size() + slack;
            if (bytes + cost > options_.most_source_bytes) {
                all = false;
                continue;
            }
            bytes += cost;
            album_.sources.push_back(std::move(file));
        }
        if (!all) cut("not all source files are in it, for they are too many");
    }

    debug::Session& session_;
    AlbumOptions const& options_;
    machine::Machine& machine_;
    Decoded decoded_;
    debug::Disassembler disassembler_;
    std::vector<std::uint8_t> as_at_power_on_;
    Album album_;
    machine::CheckpointPtr before_;
    std::vector<std::uint32_t> contents_;  // of each page, at the moment before
    std::size_t console_begin_ = 0;
    std::uint64_t around_ = 0, others_ = 0;  // bytes of what stands once; of moments, but for contents
};

}  // namespace

Album make_album(debug::Session& session, AlbumOptions const& options) { return Maker(session, options).make(); }

}  // namespace sim::exports

// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/album/album_life.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/debug/guest_memory.hpp"
#include "simulator/debug/memory_answers.hpp"
#include "simulator/debug/thread_stacks.hpp"
#include "simulator/debug/page_walk.hpp"

namespace sim::album {

using debug::CodeMode;
using debug::Direction;
using debug::EventGroup;
using debug::StepUnit;
using machine::Moment;

namespace {

// What Capstone said when the album was made.
debug::Decoder decoder_of(std::shared_ptr<Album const> album) {
    return [album = std::move(album)](std::uint64_t address, std::span<std::uint8_t const> bytes, CodeMode mode) {
        auto at = std::ranges::lower_bound(album->code, address, {},
                                           [](Instruction const& i) { return i.what.address; });
        for (; at != album->code.end() && at->what.address == address; ++at)
            if (at->mode == mode && at->what.length <= bytes.size() &&
                std::equal(bytes.begin(), bytes.begin() + at->what.length, at->what.bytes.begin()))
                return at->what;
        debug::Instruction unknown;
        unknown.address = address;
        unknown.length = 1;
        unknown.bytes[0] = bytes[0];
        unknown.mnemonic = "?";
        unknown.operands = "not decoded in this album";
        return unknown;
    };
}

std::shared_ptr<debug::MachineInfo const> machine_of(Album const& album) {
    auto info = std::make_shared<debug::MachineInfo>();
    info->title = album.title;
    info->image = album.image;
    info->memory_bytes = album.memory_bytes;
    info->ram = album.ram;
    info->live = false;
    info->can_execute = true;  // it plays and steps, from moment to moment
    info->only_looked_at = "an album has no machine: open the recording itself with ./viv open";
    info->bookmarks = album.bookmarks;
    return info;
}

std::optional<EventGroup> group_of(StepUnit unit) {
    switch (unit) {
        case StepUnit::interrupt:
            return EventGroup::interrupts;
        case StepUnit::packet:
            return EventGroup::packets;
        case StepUnit::context_switch:
            return EventGroup::switches;
        default:
            return std::nullopt;
    }
}

}  // namespace

AlbumLife::AlbumLife(std::shared_ptr<Album const> album)
    : album_(std::move(album)),
      memory_(*album_),
      disassembler_(album_->symbols, decoder_of(album_)),
      machine_(machine_of(*album_)),
      request_(std::make_shared<debug::ViewRequest>()),
      now_(album_->moments.size() - 1) {
    spacing_.kept = album_->moments.size();
    for (std::size_t i = 1; i < album_->moments.size(); ++i)
        spacing_.widest =
            std::max(spacing_.widest, album_->moments[i].at.retired - album_->moments[i - 1].at.retired);
    publish();
}

void AlbumLife::request(debug::ViewRequest request) {
    if (request == *request_) return;
    request_ = std::make_shared<debug::ViewRequest>(std::move(request));
    changed_ = true;
}

debug::CommandNumber AlbumLife::post(debug::Command command) {
    posted_.emplace_back(++last_posted_, std::move(command));
    return last_posted_;
}

bool AlbumLife::advance() {
    for (auto const& [number, command] : std::exchange(posted_, {})) {
        outcome_ = {number, true, ""};
        obey(command);
        changed_ = true;
    }
    if (playing_) {
        changed_ = true;
        if (now_ + 1 < album_->moments.size()) ++now_;
        if (now_ + 1 == album_->moments.size()) playing_ = false;
    }
    if (changed_) publish();
    return playing_;
}

std::size_t AlbumLife::at_or_before(Moment moment) const {
    auto const after =
        std::ranges::upper_bound(album_->moments, moment, {}, [](AlbumMoment const& m) { return m.at; });
    return after == album_->moments.begin() ? 0 : static_cast<std::size_t>(after - album_->moments.begin()) - 1;
}

void AlbumLife::go_to(Moment moment) {
    now_ = at_or_before(moment);
    if (Moment const here = album_->moments[now_].at; here != moment)
        outcome_.text = fmt::format("moment {} is not in this album; the nearest before it is {}",
                                    to_string(moment), to_string(here));
}

void AlbumLife::refuse(std::string what) {
    outcome_.done = false;
    outcome_.text = what + ": an album has no machine; open the recording itself with ./viv open";
}

// To the moment of the next event of a group that has one.
bool AlbumLife::step_to_event(EventGroup group, bool forward) {
    Moment at = album_->moments[now_].at;
    for (;;) {
        auto const event = forward ? album_->events.next(group, at) : album_->events.previous(group, at);
        if (!event) return false;
        at = album_->events.all[*event].at;
        std::size_t const there = at_or_before(at);
        if (album_->moments[there].at != at) continue;  // left out
        now_ = there;
        return true;
    }
}

void AlbumLife::step(debug::Step const& step) {
    bool const forward = step.direction == Direction::forward;
    auto const group = group_of(step.unit);
    for (std::uint64_t n = 0; n < std::min<std::uint64_t>(step.count, album_->moments.size()); ++n) {
        if (group) {
            if (!step_to_event(*group, forward)) {
                outcome_.text = fmt::format("no {} of this album lies {}", word_of(*group),
                                            forward ? "after this moment" : "before this moment");
                return;
            }
        } else if (forward ? now_ + 1 < album_->moments.size() : now_ > 0) {
            Moment const before = album_->moments[now_].at;
            now_ = forward ? now_ + 1 : now_ - 1;
            Moment const here = album_->moments[now_].at;
            std::uint64_t const between =
                forward ? here.retired - before.retired : before.retired - here.retired;
            outcome_.text = fmt::format("to the {} moment of the album, {} instructions {}",
                                        forward ? "next" : "previous", between, forward ? "later" : "earlier");
        } else {
            outcome_.text = forward ? "this is the album's last moment" : "this is the album's first moment";
        }
    }
}

void AlbumLife::obey(debug::Command const& command) {
    bool const was_playing = std::exchange(playing_, false);
    struct Reader {
        AlbumLife& life;
        bool was_playing;
        void operator()(debug::Run const&) const {
            life.playing_ = life.now_ + 1 < life.album_->moments.size();
            if (!life.playing_) life.outcome_.text = "this is the album's last moment";
        }
        void operator()(debug::Pause const&) const {}
        void operator()(debug::Step const& s) const { life.step(s); }
        void operator()(debug::SeekTo const& s) const { life.go_to(s.moment); }
        void operator()(debug::RunUntil const& r) const { life.go_to(r.moment); }
        void operator()(debug::ContinueBackward const&) const { life.now_ = 0; }
        void operator()(debug::SelectProcessor const& s) const {
            life.playing_ = was_playing;
            if (s.number && *s.number >= life.snapshot_->processors.size())
                return life.refuse(fmt::format("there is no processor {}", *s.number));
            life.processor_ = s.number;
        }
        void operator()(debug::Poke const&) const { life.refuse("nothing can be written"); }
        void operator()(debug::TypeText const&) const { life.refuse("nobody reads what is typed"); }
        void operator()(debug::Ask const&) const { life.refuse("questions about the past are answered by running it again"); }
        void operator()(debug::SetBreakpoint const&) const { life.refuse("nothing can stop"); }
        void operator()(debug::AddStop const&) const { life.refuse("nothing can stop"); }
        void operator()(debug::RemoveStop const&) const { life.refuse("nothing can stop"); }
        void operator()(debug::EnableStop const&) const { life.refuse("nothing can stop"); }
        void operator()(debug::Fork const&) const { life.refuse("there is one life only"); }
        void operator()(debug::SwitchBranch const&) const { life.refuse("there is one life only"); }
        void operator()(debug::DropBranch const&) const { life.refuse("there is one life only"); }
        void operator()(debug::RenameBranch const&) const { life.refuse("there is one life only"); }
        void operator()(debug::SaveBranch const&) const { life.refuse("there is one life only"); }
        void operator()(debug::SetBookmark const&) const { life.refuse("nothing is kept"); }
        void operator()(debug::RemoveBookmark const&) const { life.refuse("nothing is kept"); }
        void operator()(debug::CompareBranches const&) const { life.refuse("there is one life only"); }
    };
    std::visit(Reader{*this, was_playing}, command);
}

// As HeatReader tells it, with the album's moments for checkpoints.
void AlbumLife::heat(debug::Snapshot& s) const {
    auto const& moments = album_->moments;
    auto heat = std::make_shared<debug::PageHeat>();
    heat->newest.assign(static_cast<std::size_t>(album_->memory_bytes / page_bytes), debug::PageHeat::never);
    auto const until = request_->heat_until_ns;
    for (std::size_t i = 1; i < moments.size(); ++i) {
        AlbumMoment const &from = moments[i - 1], &to = moments[i];
        if (until ? from.virtual_ns >= *until : i > now_) break;
        auto const number = static_cast<std::uint32_t>(heat->stretches.size());
        heat->stretches.push_back({from.at, to.at, from.virtual_ns, to.virtual_ns});
        for (auto const& [page, content] : to.pages)
            if (std::size_t const place = debug::PageHeat::place_in_ram(page); place < heat->newest.size())
                heat->newest[place] = number;
    }
    s.heat = std::move(heat);
}

void AlbumLife::publish() {
    AlbumMoment const& here = album_->moments[now_];
    auto const part = [&](Part p) { return album_->parts.get(here.parts[static_cast<std::size_t>(p)]); };
    auto s = std::make_shared<debug::Snapshot>();
    s->number = ++number_;
    s->machine = machine_;
    s->moment = here.at;
    s->virtual_ns = here.virtual_ns;
    s->end = album_->end;
    s->end_ns = album_->end_ns;
    s->state = playing_ ? debug::RunState::running : here.state;
    s->exit_status = here.exit_status;
    s->stop_reason = here.stop_reason;
    s->checkpoints = spacing_;
    s->last_command = outcome_;
    s->branches = album_->branches;
    s->request = request_;
    s->events = album_->events;
    s->symbols = album_->symbols;
    s->console = std::make_shared<std::string>(
        album_->console.substr(static_cast<std::size_t>(here.console_begin),
                               static_cast<std::size_t>(here.console_end - here.console_begin)));
    // A part that cannot be read is not there; the rest can be looked at.
    std::string problem;
    auto const attempt = [&problem](auto const& reads) {
        try {
            reads();
        } catch (AlbumError const& error) {
            if (problem.empty()) problem = error.what();
        }
    };
    attempt([&] {
        s->processors = read_processors(part(Part::processors));
        s->processor = processor_ && *processor_ < s->processors.size() ? *processor_ : here.processor;
        if (s->processor < s->processors.size()) return;
        s->processor = 0;
        throw AlbumError("the album is damaged: no such processor");
    });
    if (s->processors.empty()) {
        s->processors.emplace_back();
        s->processors[0].location = s->stop_reason = problem;
    }
    s->cpu = s->processors[s->processor].cpu;
    s->location = s->processors[s->processor].location;
    s->source = s->symbols->line_at(s->cpu.rip);
    for (Part p : {Part::kernel, Part::threads, Part::frames, Part::queues, Part::connections})
        attempt([&] { read_kernel(p, part(p), s->kernel); });
    attempt([&] {
        if (request_->devices || request_->disks) {
            auto devices = read_devices(part(Part::devices));
            bool const disk = std::ranges::any_of(devices, [](auto const& d) { return d.name == "disk0"; });
            if (request_->disks && disk) s->disks_problem = "What was on the disks is not part of an album.";
            if (request_->devices) s->devices = std::move(devices);
        }
        if (request_->tlb)
            if (auto tlbs = read_tlbs(part(Part::tlbs)); s->processor < tlbs.size())
                s->tlb = std::move(tlbs[s->processor]);
    });
    if (!problem.empty()) s->kernel.problem = problem;
    std::size_t const now = now_;
    debug::GuestMemory const guest(debug::paging_of(s->cpu),
                                   [this, now](std::uint64_t address, std::span<std::uint8_t> into) {
                                       return memory_.read(now, address, into);
                                   });
    answer_from_memory(*s, guest, disassembler_);
    answer_thread_stacks(*s, guest);
    if (request_->heat) heat(*s);
    if (request_->page_tree)
        s->page_tree = std::make_shared<debug::PageTree>(debug::page_tree(debug::paging_of(s->cpu), guest.words()));
    snapshot_ = std::move(s);
    changed_ = false;
}

}  // namespace sim::album

// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/attach/attachment.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "simulator/attach/capture_tail.hpp"
#include "simulator/attach/console_tail.hpp"
#include "simulator/attach/guest.hpp"
#include "simulator/attach/image_check.hpp"
#include "simulator/attach/looks.hpp"
#include "simulator/attach/mover.hpp"
#include "simulator/debug/exchange.hpp"
#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/memory_answers.hpp"
#include "simulator/debug/thread_stacks.hpp"
#include "simulator/debug/poke.hpp"
#include "simulator/debug/probes.hpp"
#include "simulator/debug/stop_commands.hpp"

namespace sim::attach {

using namespace debug;
using Clock = Looks::Clock;
using std::chrono::milliseconds;

namespace {

constexpr auto slice_time = milliseconds(20);
constexpr std::size_t most_events = std::size_t{1} << 20;

std::shared_ptr<Symbols const> symbols_of(machine::Blob const& image) {
    return image.bytes ? Symbols::from_bytes(*image.bytes) : Symbols::none();
}

std::vector<std::uint64_t> switches_of(machine::Blob const& image) {
    std::vector<std::uint64_t> addresses;
    if (image.bytes)
        for (Probe const& probe : read_probes(*image.bytes))
            if (probe.name == "thread_switch") addresses.push_back(probe.address);
    return addresses;
}

Lacks what_is_lacking(Options const& options, Guest const& guest) {
    Lacks lacks;
    lacks.set(Ability::past, "going back needs the simulator: QEMU keeps no past");
    lacks.set(Ability::counting, "QEMU does not count instructions");
    lacks.set(Ability::events,
              "interrupts, switches and locks are heard by the simulator only: QEMU tells nobody of them");
    lacks.set(Ability::steps_to_event, "stepping to it needs the simulator: QEMU tells nobody of it");
    if (options.capture.empty())
        lacks.set(Ability::packets,
                  "no capture: give QEMU -object filter-dump,id=d,netdev=net0,file=FILE and attach with "
                  "--pcap FILE");
    else if (!guest.card())
        lacks.set(Ability::packets, "QEMU's monitor names no network card");
    if (options.console.empty())
        lacks.set(Ability::console,
                  "the console is QEMU's: have it write a file (-serial file:FILE) and attach with "
                  "--serial FILE");
    lacks.set(Ability::typing, "the serial line belongs to whoever started QEMU");
    lacks.set(
        Ability::conditions,
        "a condition that any instruction may change needs the simulator; break PLACE if CONDITION works");
    lacks.set(Ability::questions, "questions about the past need the simulator: QEMU keeps none");
    lacks.set(Ability::branches, "other futures need the simulator: QEMU has one only");
    lacks.set(Ability::bookmarks, "a bookmark needs moments to go back to: QEMU keeps no past");
    lacks.set(Ability::heat, "when memory changed is told by the simulator's checkpoints: QEMU keeps none");
    lacks.set(Ability::tlb, "QEMU does not tell what its TLB holds");
    lacks.set(Ability::devices, "QEMU does not tell what its devices hold");
    return lacks;
}

}  // namespace

class Attachment::Driver {
public:
    Driver(Socket socket, Options options)
        : options_(std::move(options)),
          remote_(Connection(std::move(socket), options_.patience), options_.at_end != AtEnd::stop),
          guest_(remote_),
          symbols_(symbols_of(options_.image)),
          views_(Views::make(symbols_->views(), symbols_)),
          kernel_(views_, symbols_),
          disassembler_(symbols_),
          mover_(remote_, guest_, symbols_, switches_of(options_.image)),
          capture_(options_.capture),
          console_(options_.console),
          events_(most_events) {
        auto info = std::make_shared<MachineInfo>();
        info->title = options_.title;
        info->image = options_.image.name;
        for (MemoryPiece const& piece : guest_.memory_map()) {
            if (!piece.ram) continue;
            info->ram.push_back({piece.start, piece.length});
            info->memory_bytes += piece.length;
        }
        info->live = true;
        info->runs_by_itself = true;
        info->lacks = what_is_lacking(options_, guest_);
        info->only_looked_at = "reads and writes are counted by living a stretch again: QEMU keeps no past";
        info_ = std::move(info);
        mover_.set_reason("stopped by attaching to it");
        if (compare_code(options_.image, *symbols_, guest_.memory(0)) == Match::different)
            mover_.set_reason(fmt::format("{}{}: names and kernel objects are wrong", other_image,
                                          options_.image.name));
        publish();
        if (lost_) throw Lost(*lost_);
    }
    ~Driver() {
        exchange_.stop();
        leave();
    }

    Exchange& exchange() { return exchange_; }
    std::shared_ptr<Symbols const> symbols() const { return symbols_; }

    // ---- The driver ----

    bool advance() {
        bool const wanted = go_on();
        // Whoever drives by hand waits for the answer to what was asked.
        if (wanted || !moves() || exchange_.unanswered() || looks_.due(Clock::now(), false)) publish();
        return moves() || exchange_.waits();
    }
    void start(std::function<void()> told) {
        exchange_.start([this, published = std::move(told)] { live(published); });
    }

private:
    void live(std::function<void()> const& told) {
        while (!exchange_.stopping()) {
            bool const wanted = go_on(), asked = exchange_.unanswered();
            if (wanted || (moves() ? looks_.due(Clock::now(), asked) : asked)) {
                publish();
                if (told) told();
            }
            if (!moves()) exchange_.sleep(slice_time);
        }
    }
    // A slice. True: what came of it shall be seen at once, a command or a stop.
    bool go_on() {
        bool const moved = moves();
        bool const obeyed = obey();
        guarded([&] { mover_.slice(slice_time, [this] { return given_up(); }); });
        return obeyed || (moved && !moves());
    }

    bool moves() const { return !lost_ && mover_.busy(); }
    bool given_up() const { return exchange_.stopping() || exchange_.waits(); }

    // QEMU can go at any time: then what was seen last stays.
    void guarded(std::function<void()> const& does) {
        if (lost_) return;
        try {
            does();
            if (mover_.state() == RunState::ended) lost_ = mover_.reason();
        } catch (Lost const& why) {
            lost_ = fmt::format("QEMU is gone: {}", why.what());
        }
    }

    void leave() {
        guarded([&] {
            mover_.pause();
            mover_.take_out_all();
            if (options_.at_end == AtEnd::end)
                remote_.kill();
            else if (options_.at_end == AtEnd::run)
                remote_.detach();
            else
                remote_.leave_standing();
        });
    }

    // Commands are taken when QEMU is gone, too: and refused.
    bool obey() {
        bool any = false;
        while (auto const next = exchange_.next()) {
            any = true;
            outcome_ = {next->first, true, ""};
            guarded([&] { std::visit([this](auto const& command) { carry_out(command); }, next->second); });
            if (lost_) refuse(*lost_);
        }
        return any;
    }

    void refuse(std::string_view why) {
        outcome_.done = false;
        outcome_.text = why;
    }
    void lacks(Ability what) { refuse(info_->lacks.why(what)); }

    void carry_out(Run) { mover_.run(); }
    void carry_out(Pause) { mover_.pause(); }
    void carry_out(Step const& s) {
        if (s.direction == Direction::backward) return lacks(Ability::past);
        if (s.unit == StepUnit::interrupt || s.unit == StepUnit::packet)
            return lacks(Ability::steps_to_event);
        if (std::string const why = mover_.step(s); !why.empty()) refuse(why);
    }
    void carry_out(SeekTo const&) { lacks(Ability::past); }
    void carry_out(RunUntil const&) { lacks(Ability::counting); }
    void carry_out(ContinueBackward) { lacks(Ability::past); }
    void carry_out(SetBreakpoint const& b) { debug::carry_out(b, mover_.stops(), *symbols_, outcome_); }
    void carry_out(AddStop const& a) {
        if (a.stop.kind == StopKind::condition) return lacks(Ability::conditions);
        if (a.stop.kind == StopKind::watchpoint && a.stop.space == AddressSpace::physical)
            return refuse("QEMU watches virtual addresses only");
        debug::carry_out(a, mover_.stops(), guest_.processors(), outcome_);
    }
    void carry_out(RemoveStop const& r) { debug::carry_out(r, mover_.stops(), outcome_); }
    void carry_out(EnableStop const& e) { debug::carry_out(e, mover_.stops(), outcome_); }
    void carry_out(SelectProcessor const& s) {
        if (std::string why = no_processor(s.number, guest_.processors()); !why.empty()) return refuse(why);
        mover_.select(s.number);
    }
    void carry_out(Poke const& p) {
        mover_.look([&] {
            auto const memory = guest_.memory(mover_.processor());
            auto const is_ram = [this](std::uint64_t physical, std::size_t length) {
                return guest_.is_ram(physical, length);
            };
            if (std::string why = why_not_poked(memory, p.space, p.address, p.bytes.size(), is_ram);
                !why.empty())
                return refuse(why);
            std::span<std::uint8_t const> rest(p.bytes);
            for (auto const& piece :
                 memory.pieces(p.address, p.bytes.size(), p.space == AddressSpace::physical)) {
                if (!guest_.poke(*piece.physical, rest.first(piece.length)))
                    return refuse(fmt::format("QEMU does not write at physical {:#x}", *piece.physical));
                rest = rest.subspan(piece.length);
            }
            outcome_.text = fmt::format("{} bytes written at {:#x}", p.bytes.size(), p.address);
        });
    }
    void carry_out(TypeText const&) { lacks(Ability::typing); }
    void carry_out(Ask const&) { lacks(Ability::questions); }
    void carry_out(Fork const&) { lacks(Ability::branches); }
    void carry_out(SwitchBranch const&) { lacks(Ability::branches); }
    void carry_out(DropBranch const&) { lacks(Ability::branches); }
    void carry_out(RenameBranch const&) { lacks(Ability::branches); }
    void carry_out(SaveBranch const&) { lacks(Ability::branches); }
    void carry_out(CompareBranches const&) { lacks(Ability::branches); }
    void carry_out(SetBookmark const&) { lacks(Ability::bookmarks); }
    void carry_out(RemoveBookmark const&) { lacks(Ability::bookmarks); }

    // Frames that QEMU has written since. Their time is that of the capture.
    void hear_packets() {
        if (options_.capture.empty() || !guest_.card()) return;
        HardwareAddress const& own = *guest_.card();
        for (CapturedFrame& frame : capture_.read()) {
            if (machine::Moment const at{frame.ns, 0}; at > now_)
                now_ = at;
            else
                ++now_.sub;
            constexpr std::size_t source = 6;
            bool const outward = frame.bytes.size() >= source + own.size() &&
                                 std::equal(own.begin(), own.end(), frame.bytes.begin() + source);
            Event e;
            e.at = now_;
            e.virtual_ns = frame.ns;
            e.kind = outward ? EventKind::packet_out : EventKind::packet_in;
            e.a = frame.bytes.size();
            e.packet = std::make_shared<std::vector<std::uint8_t> const>(std::move(frame.bytes));
            events_.add(std::move(e));
        }
        if (capture_.problem().empty() || info_->lacks.why(Ability::packets) == capture_.problem()) return;
        auto info = std::make_shared<MachineInfo>(*info_);
        info->lacks.set(Ability::packets, capture_.problem());
        info_ = std::move(info);
    }

    void fill(Snapshot& s, std::shared_ptr<ViewRequest const> const& request) {
        s.processor = mover_.processor();
        for (unsigned i = 0; i < guest_.processors(); ++i) {
            ProcessorInfo info{guest_.state(i), "", i == mover_.stopped_processor(), false, 0};
            info.location = symbols_->describe(info.cpu.rip);
            s.processors.push_back(std::move(info));
        }
        s.cpu = s.processors[s.processor].cpu;
        s.symbols = symbols_;
        s.source = symbols_->line_at(s.cpu.rip);
        s.location = s.processors[s.processor].location;
        s.request = request;
        GuestMemory const memory = guest_.memory(s.processor);
        answer_from_memory(s, memory, disassembler_);
        if (request->page_tree)
            s.page_tree = std::make_shared<PageTree>(page_tree(paging_of(s.cpu), memory.words()));
        s.kernel = kernel_.read(request->lists, memory, s.cpu[engine::Gpr::rsp]);
        answer_thread_stacks(s, memory);
    }

    void publish() {
        auto const begin = Clock::now();
        auto const request = exchange_.wanted();
        auto const before = exchange_.snapshot();
        auto s = std::make_shared<Snapshot>();
        guarded([&] { mover_.look([&] { fill(*s, request); }); });
        if (lost_ && before) *s = *before;
        looks_.looked(begin, Clock::now());
        hear_packets();
        s->number = ++snapshots_;
        s->machine = info_;
        s->request = request;
        s->state = lost_ ? RunState::ended : mover_.state();
        s->stop_reason = lost_.value_or(mover_.reason());
        s->stopped_by = mover_.stopped_by();
        s->exit_status = mover_.exit_status();
        s->last_command = outcome_;
        s->events = events_.view();
        s->console = console_.read();
        s->moment = s->end = now_;
        s->virtual_ns = s->end_ns = now_.retired;
        show_stops(*s, mover_.stops(), *symbols_);
        exchange_.publish(std::move(s));
    }

    Options options_;
    Remote remote_;
    Guest guest_;
    std::shared_ptr<Symbols const> symbols_;
    std::shared_ptr<Views const> views_;
    KernelReader kernel_;
    Disassembler disassembler_;
    Mover mover_;
    CaptureTail capture_;
    ConsoleTail console_;
    EventIndex events_;
    machine::Moment now_;  // of the last frame
    std::shared_ptr<MachineInfo const> info_;
    std::optional<std::string> lost_;  // why

    Looks looks_{options_.look_every};
    CommandOutcome outcome_;
    std::uint64_t snapshots_ = 0;

    Exchange exchange_;
};

Attachment::Attachment(Socket socket, Options options)
    : driver_(std::make_unique<Driver>(std::move(socket), std::move(options))) {}
Attachment::~Attachment() = default;

std::shared_ptr<Snapshot const> Attachment::snapshot() const { return driver_->exchange().snapshot(); }
void Attachment::request(ViewRequest wanted) { driver_->exchange().request(std::move(wanted)); }
CommandNumber Attachment::post(Command command) { return driver_->exchange().post(std::move(command)); }
std::shared_ptr<Symbols const> Attachment::symbols() const { return driver_->symbols(); }
void Attachment::start(std::function<void()> told) { driver_->start(std::move(told)); }
void Attachment::stop() { driver_->exchange().stop(); }
bool Attachment::advance() { return driver_->advance(); }

}  // namespace sim::attach

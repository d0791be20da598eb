// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "simulator/debug/access_counter.hpp"
#include "simulator/debug/branch_commands.hpp"
#include "simulator/debug/catch_up.hpp"
#include "simulator/debug/exchange.hpp"
#include "simulator/debug/guest_memory.hpp"
#include "simulator/debug/kernel_reader.hpp"
#include "simulator/debug/lives.hpp"
#include "simulator/debug/mover.hpp"
#include "simulator/debug/observation.hpp"
#include "simulator/debug/poke.hpp"
#include "simulator/debug/snapshot_builder.hpp"
#include "simulator/debug/stop_commands.hpp"
#include "simulator/debug/studied_life.hpp"
#include "simulator/machine/world.hpp"

namespace sim::debug {

namespace {

constexpr char const* only_looked_at = "this recording can only be looked at: its engine or image is missing";

std::shared_ptr<MachineInfo const> describe_machine(Subject const& subject) {
    machine::Machine const& m = subject.world->machine();
    auto info = std::make_shared<MachineInfo>();
    info->title = subject.title;
    info->image = m.config().image.name;
    info->memory_bytes = m.config().memory_bytes;
    for (engine::RamRegion const& r : m.memory().regions()) info->ram.push_back({r.start, r.bytes.size()});
    info->live = subject.live;
    info->can_execute = subject.can_execute;
    if (!subject.can_execute) info->only_looked_at = only_looked_at;
    info->bookmarks = subject.bookmarks;
    return info;
}

}  // namespace

class Session::Driver {
public:
    Driver(Subject subject, SessionOptions options)
        : subject_(std::move(subject)),
          options_(options),
          machine_(subject_.world->machine()),
          info_(describe_machine(subject_)),
          symbols_(subject_.symbols ? subject_.symbols : symbols_of(machine_)),
          views_(
              Views::make(subject_.views_text.empty() ? symbols_->views() : subject_.views_text, symbols_)),
          kernel_(views_, symbols_),
          observation_(machine_, options.probes ? read_probes(image_of(machine_)) : std::vector<Probe>{},
                       &kernel_, options.max_events),
          builder_(machine_, symbols_, kernel_, observation_),
          mover_(machine_, observation_, symbols_, options.slice_ms),
          lives_(machine_, observation_, {subject_.end, subject_.end_ns}),
          branches_(machine_, observation_, mover_, kernel_, symbols_, lives_, subject_.title) {
        begin_in_the_middle();
        mover_.on_progress([this](double share, machine::Moment) { tell_progress(share); });
        if (options_.start_running) mover_.run();
        publish();
    }
    ~Driver() { exchange_.stop(); }

    Exchange& exchange() { return exchange_; }
    std::shared_ptr<Symbols const> symbols() const { return symbols_; }
    machine::World& world() { return *subject_.world; }

    // ---- The driver ----

    bool advance() {
        bool const obeyed = obey();
        bool const was_busy = mover_.busy();
        if (was_busy) work();
        keep(obeyed || was_busy);
        if (!obeyed && !was_busy && !catch_up()) count();
        publish();
        return mover_.busy() || exchange_.waits();
    }

    void start(std::function<void()> published) {
        exchange_.start([this, told = std::move(published)] { live(told); });
    }

private:
    using Clock = std::chrono::steady_clock;

    // The simulation thread's life.
    void live(std::function<void()> const& told) {
        told_ = told;
        auto next_publication = Clock::now();
        while (!exchange_.stopping()) {
            bool const obeyed = obey();
            bool const was_busy = mover_.busy();
            if (was_busy) work();
            auto const now = Clock::now();
            keep(obeyed || was_busy);
            bool const stopped = was_busy && !mover_.busy();
            bool const learnt = !obeyed && !was_busy && catch_up();
            bool const counted = !obeyed && !was_busy && !learnt && count();
            // How far that is need not be drawn anew in each frame.
            bool const told_now = learnt && (!before_ || now >= next_progress_);
            if (told_now) next_progress_ = now + std::chrono::milliseconds(250);
            if (obeyed || stopped || told_now || counted || (now >= next_publication && (was_busy || exchange_.unanswered()))) {
                publish();
                if (told) told();
                next_publication = now + std::chrono::milliseconds(options_.publish_ms);
            }
            if (!mover_.busy() && !learnt && !counted) exchange_.sleep(std::chrono::milliseconds(options_.publish_ms));
        }
    }

    // A command that ends what is being done.
    static bool replaces(Command const& c) {
        return std::holds_alternative<Pause>(c) || std::holds_alternative<SeekTo>(c) ||
               std::holds_alternative<Run>(c);
    }
    bool given_up() const {
        return exchange_.stopping() || exchange_.waits(replaces) ||
               (options_.cancelled && options_.cancelled());
    }
    // While a question is answered or branches are compared, what is published says so.
    struct Asking {
        explicit Asking(Driver& driver) : asking(driver.asking_) { asking = true; }
        ~Asking() { asking = false; }
        Asking(Asking const&) = delete;
        Asking& operator=(Asking const&) = delete;
        bool& asking;
    };
    // How far a search has come: the last picture, with that.
    void tell_progress(double share) {
        auto const now = Clock::now();
        if (now < next_progress_ && share < 1) return;
        if (options_.progress) options_.progress(share);
        next_progress_ = now + std::chrono::milliseconds(options_.publish_ms);
        auto s = std::make_shared<Snapshot>(*exchange_.snapshot());
        s->number = ++snapshots_;
        s->state = asking_ ? RunState::seeking : mover_.state();
        s->progress = share;
        exchange_.publish(std::move(s));
        if (told_) told_();
    }

    void work() {
        std::uint64_t const before = machine_.moment().retired;
        auto const begin = Clock::now();
        mover_.slice([this] { return given_up(); });
        double const seconds = std::chrono::duration<double>(Clock::now() - begin).count();
        std::uint64_t const after = machine_.moment().retired;
        if (seconds > 0 && after > before) {
            double const now = static_cast<double>(after - before) / seconds / 1e6;
            speed_ = speed_ == 0 ? now : speed_ * 0.9 + now * 0.1;
        }
        if (!subject_.after_slice) return;
        try {
            subject_.after_slice(*subject_.world);
        } catch (std::runtime_error const& error) {  // the disk is full
            subject_.after_slice = {};
            mover_.pause(error.what());
        }
    }

    void keep(bool anything) {
        if (!anything || !subject_.keep) return;
        subject_.keep(machine_, !mover_.busy(),
                      [this] { return observation_.heard_before(machine_.moment()); });
    }

    // ---- What was before the session's beginning ----

    void begin_in_the_middle() {
        if (!subject_.middle) return;
        auto& [begin, heard, maker] = *subject_.middle;
        observation_.begin_in_the_middle(heard);
        catching_up_ = Snapshot::CatchingUp{begin->virtual_ns, 0, ""};
        before_ = std::make_unique<CatchUp>(
            std::move(maker), options_.probes ? read_probes(image_of(machine_)) : std::vector<Probe>{}, &kernel_,
            options_.max_events, begin, options_.slice_ms);
        subject_.middle.reset();
    }

    // What the session began with is not believed: the life is what it was lived to.
    void begin_again(CatchUp& lived) {
        machine::Moment const here = machine_.moment();
        std::uint64_t const budget = machine_.checkpoints().budget();
        machine_.checkpoints() = lived.take_checkpoints();
        machine_.checkpoints().set_budget(budget);
        observation_.exchange(lived.take_heard());
        machine_.restore(*machine_.checkpoints().at_or_before(here));
        mover_.branched({});
        mover_.seek(here);
    }

    // A slice of it. True: there was one to do.
    bool catch_up() {
        if (!before_) return false;
        if (!before_->slice()) {
            catching_up_->share = before_->share();
            return true;
        }
        auto const done = std::move(before_);
        if (!done->trouble().empty()) {
            catching_up_->trouble = done->trouble();
            if (done->lived() && lives_.branches().list().size() == 1) begin_again(*done);
            return true;
        }
        lives_.join(*done->take_heard(), done->take_checkpoints(), done->until());
        catching_up_.reset();
        return true;
    }

    // ---- Reads and writes, for whoever looks at them ----

    // As long as nobody wants anything else. True: there was something to count.
    bool count() {
        auto const asked = exchange_.wanted()->accesses;
        if (!asked || !subject_.can_execute) return false;
        lives_.see();
        Interval const stretch = stretch_of(*asked, machine_.moment(), lives_.end().at);
        Counted const which{stretch, lives_.branches().active()};
        if (counted_ == which) return false;
        auto const given_up_by_person = [this] { return options_.cancelled && options_.cancelled(); };
        Scene const scene{machine_, symbols_, kernel_, observation_,
                          {.cancelled =
                               [&] {
                                   return exchange_.stopping() || exchange_.waits() || given_up_by_person() ||
                                          exchange_.wanted()->accesses != asked;
                               },
                           .progress = [this](double share, machine::Moment) { tell_counting(share); }},
                          mover_.processor()};
        Accesses found = count_accesses(scene, stretch);
        // Somebody wants something else; then it is begun anew.
        if (found.cancelled && !given_up_by_person()) return true;
        counted_ = which;
        accesses_ = std::make_shared<Accesses const>(std::move(found));
        return true;
    }
    void tell_counting(double share) {
        auto const now = Clock::now();
        if (now < next_progress_) return;
        next_progress_ = now + std::chrono::milliseconds(100);
        auto s = std::make_shared<Snapshot>(*exchange_.snapshot());
        s->number = ++snapshots_;
        s->counting = share;
        exchange_.publish(std::move(s));
        if (told_) told_();
    }

    // Takes commands until one needs time. True: there were any.
    bool obey() {
        bool any = false;
        // A seek or step in progress is finished first, except for what replaces it.
        auto const now = [this](Command const& c) {
            return !mover_.busy() || !mover_.finite() || replaces(c);
        };
        while (auto const next = exchange_.next(now)) {
            any = true;
            outcome_ = {next->first, true, ""};
            // What cannot be run can still be looked at, checkpoint by checkpoint.
            bool const looks = std::holds_alternative<Pause>(next->second) ||
                               std::holds_alternative<SeekTo>(next->second) ||
                               std::holds_alternative<SetBookmark>(next->second) ||
                               std::holds_alternative<RemoveBookmark>(next->second);
            if (!subject_.can_execute && !looks)
                outcome_ = {next->first, false, only_looked_at};
            else
                std::visit([this](auto const& command) { carry_out(command); }, next->second);
        }
        return any;
    }

    void carry_out(Run) { mover_.run(); }
    void carry_out(Pause) { mover_.pause(); }
    void carry_out(Step const& s) { mover_.step(s); }
    void carry_out(SeekTo const& s) { mover_.seek(s.moment); }
    void carry_out(RunUntil const& r) {
        if (r.moment < machine_.moment())
            mover_.seek(r.moment);
        else
            mover_.run_until(r.moment);
    }
    void carry_out(ContinueBackward) { mover_.continue_backward(); }
    void carry_out(SetBreakpoint const& b) { debug::carry_out(b, mover_.stops(), *symbols_, outcome_); }
    void carry_out(AddStop const& a) {
        debug::carry_out(a, mover_.stops(), machine_.processors(), outcome_);
    }
    void carry_out(RemoveStop const& r) { debug::carry_out(r, mover_.stops(), outcome_); }
    void carry_out(EnableStop const& e) { debug::carry_out(e, mover_.stops(), outcome_); }
    void carry_out(SelectProcessor const& s) {
        if (std::string why = no_processor(s.number, machine_.processors()); !why.empty())
            return refuse(std::move(why));
        mover_.select(s.number);
    }
    void carry_out(Ask const& a) {
        if (!options_.asker) return refuse("nobody answers questions here");
        mover_.pause();
        Scene scene{machine_, symbols_, kernel_, observation_, control(), mover_.processor()};
        auto answer = std::make_shared<QuestionAnswer>();
        answer->number = outcome_.number;
        answer->question = a.question;
        answer->at = machine_.moment();
        answer->virtual_ns = machine_.virtual_ns();
        AnswerText told = [&] {
            Asking const asking(*this);
            return options_.asker(scene, a.question);
        }();
        if (!told.understood) refuse(told.text.substr(0, told.text.find('\n')));
        answer->understood = told.understood;
        answer->cancelled = told.cancelled;
        answer->text = std::move(told.text);
        answer->json = std::move(told.json);
        answer_ = std::move(answer);
    }
    void carry_out(Poke const& p) {
        auto made =
            make_pokes(machine_, observation_.memory(mover_.processor()), p.space, p.address, p.bytes);
        if (auto const* why = std::get_if<std::string>(&made)) return refuse(*why);
        auto& [inputs, before] = std::get<Pokes>(made);
        if (!give(std::move(inputs))) return;
        static constexpr std::size_t most_told = 8;
        auto const told = [](std::vector<std::uint8_t> const& bytes) {
            std::span<std::uint8_t const> const first(bytes.data(), std::min(bytes.size(), most_told));
            return fmt::format("{:02x}{}", fmt::join(first, " "), bytes.size() > most_told ? " .." : "");
        };
        outcome_.text = fmt::format("{:#x}: {} became {}", p.address, told(before), told(p.bytes));
    }
    void carry_out(TypeText const& t) {
        for (auto const& device : machine_.devices()) {
            if (!device->name().starts_with("uart")) continue;
            give({{device->name(), machine::InputKind::console, {t.text.begin(), t.text.end()}}});
            return;
        }
        refuse("this machine has no serial line");
    }
    void carry_out(SetBookmark const& b) {
        auto list = subject_.bookmarks;
        if (!b.replaces.empty() &&
            std::erase_if(list, [&](auto const& one) { return one.name == b.replaces; }) == 0)
            return refuse(fmt::format("there is no bookmark {}", b.replaces));
        if (std::ranges::find(list, b.bookmark.name, &recording::Bookmark::name) != list.end())
            return refuse(fmt::format("there is a bookmark {} already", b.bookmark.name));
        auto const later = std::ranges::upper_bound(list, b.bookmark.at, {}, &recording::Bookmark::at);
        list.insert(later, b.bookmark);
        if (keep(std::move(list)))
            outcome_.text = fmt::format("bookmark {} at {}", b.bookmark.name, to_string(b.bookmark.at));
    }
    void carry_out(RemoveBookmark const& b) {
        auto list = subject_.bookmarks;
        if (std::erase_if(list, [&](auto const& one) { return one.name == b.name; }) == 0)
            return refuse(fmt::format("there is no bookmark {}", b.name));
        if (keep(std::move(list))) outcome_.text = fmt::format("no bookmark {} any more", b.name);
    }
    bool keep(std::vector<recording::Bookmark> list) {
        try {
            if (subject_.keep_bookmarks) subject_.keep_bookmarks(list);
        } catch (std::runtime_error const& why) {
            return refuse(why.what()), false;
        }
        subject_.bookmarks = std::move(list);
        info_ = describe_machine(subject_);
        return true;
    }
    // A write to the past leaves the known future alone, and begins another one.
    bool give(std::vector<machine::Arrival> arrivals) {
        std::string why;
        if (machine_.ended())
            why = "the guest has ended: go back first";
        else if (lives_.branches().would_fork())
            why = branches_.begin("");
        if (!why.empty()) return refuse(std::move(why)), false;
        for (machine::Arrival& arrival : arrivals) machine_.give(std::move(arrival));
        return true;
    }

    // What takes long: how it is given up, and whom it tells how far it is.
    SearchControl control() {
        return {.cancelled = [this] { return given_up(); },
                .progress = [this](double share, machine::Moment) { tell_progress(share); }};
    }
    void say(BranchCommands::Said said) {
        outcome_.done = said.done;
        outcome_.text = std::move(said.text);
    }
    void carry_out(Fork const& f) { say(branches_.carry_out(f)); }
    void carry_out(SwitchBranch const& b) { say(branches_.carry_out(b)); }
    void carry_out(DropBranch const& b) { say(branches_.carry_out(b)); }
    void carry_out(RenameBranch const& b) { say(branches_.carry_out(b)); }
    void carry_out(SaveBranch const& b) {
        Asking const asking(*this);
        say(branches_.carry_out(b, control()));
    }
    void carry_out(CompareBranches const& c) {
        Asking const asking(*this);
        say(branches_.carry_out(c, control()));
    }
    void refuse(std::string why) {
        outcome_.done = false;
        outcome_.text = std::move(why);
    }

    void publish() {
        auto s = std::make_shared<Snapshot>();
        s->number = ++snapshots_;
        s->machine = info_;
        s->state = mover_.state();
        s->exit_status = mover_.exit_status();
        s->stop_reason = mover_.reason();
        s->stopped_by = mover_.stopped_by();
        s->progress = mover_.progress();
        s->million_instructions_per_second = mover_.busy() ? speed_ : 0;
        s->checkpoints = machine_.checkpoints().spacing();
        s->catching_up = catching_up_;
        s->last_command = outcome_;
        s->answer = answer_;
        s->branches = lives_.branches().list();
        s->branch = lives_.branches().active();
        s->comparison = branches_.comparison();
        if (exchange_.wanted()->accesses && counted_ && counted_->branch == s->branch) s->accesses = accesses_;
        builder_.fill(*s, exchange_.wanted(), mover_.busy(), mover_.processor(), mover_.running());
        show_stops(*s, mover_.stops(), *symbols_);
        lives_.see();
        Reach const end = lives_.end();
        s->end = end.at;
        s->end_ns = end.virtual_ns;
        exchange_.publish(std::move(s));
    }

    Subject subject_;
    SessionOptions options_;
    machine::Machine& machine_;
    std::shared_ptr<MachineInfo const> info_;
    std::shared_ptr<Symbols const> symbols_;
    std::shared_ptr<Views const> views_;
    KernelReader kernel_;
    Observation observation_;
    SnapshotBuilder builder_;
    Mover mover_;
    Lives lives_;
    BranchCommands branches_;

    std::unique_ptr<CatchUp> before_;  // null: all is known
    std::optional<Snapshot::CatchingUp> catching_up_;
    CommandOutcome outcome_;
    std::shared_ptr<QuestionAnswer const> answer_;
    bool asking_ = false;
    struct Counted {
        Interval stretch;
        BranchNumber branch = original;
        bool operator==(Counted const&) const = default;
    };
    std::optional<Counted> counted_;  // what accesses_ are of
    std::shared_ptr<Accesses const> accesses_;
    std::uint64_t snapshots_ = 0;
    double speed_ = 0;
    std::function<void()> told_;
    Clock::time_point next_progress_;

    Exchange exchange_{[this] { machine_.interrupt(); }};
};

Session::Session(Subject subject, SessionOptions options)
    : driver_(std::make_unique<Driver>(std::move(subject), options)) {}
Session::~Session() = default;

std::shared_ptr<Snapshot const> Session::snapshot() const { return driver_->exchange().snapshot(); }
void Session::request(ViewRequest wanted) { driver_->exchange().request(std::move(wanted)); }
CommandNumber Session::post(Command command) { return driver_->exchange().post(std::move(command)); }
std::shared_ptr<Symbols const> Session::symbols() const { return driver_->symbols(); }
void Session::start(std::function<void()> published) { driver_->start(std::move(published)); }
void Session::stop() { driver_->exchange().stop(); }
bool Session::advance() { return driver_->advance(); }

machine::World& Session::world() { return driver_->world(); }

}  // namespace sim::debug

// SPDX-License-Identifier: GPL-2.0-or-later
//
// The kernel's objects, by name: threads, who runs next, locks, connections,
// heap, interrupts, and whatever else views.query declares.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "simulator/debug/compare/differ.hpp"
#include "simulator/debug/text.hpp"

namespace sim::debug::compare {

namespace {

std::string thread_name(KernelView const& view, std::uint64_t address) {
    if (address == 0) return "nobody";
    Thread const* const t = view.thread(address);
    return t ? t->name : "an unknown thread";
}

std::string joined(std::vector<std::string> const& names) {
    std::string text;
    for (std::string const& name : names) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "nobody" : text;
}

// Things with the same name are told apart by their order.
template <class T, class Name>
std::map<std::string, T const*> by_name(std::vector<T> const& list, Name const& name) {
    std::map<std::string, T const*> found;
    for (T const& one : list) {
        std::string const base = name(one);
        std::string key = base;
        for (unsigned n = 2; found.contains(key); ++n) key = fmt::format("{} #{}", base, n);
        found[key] = &one;
    }
    return found;
}

// Calls each(name, one or null, other or null).
template <class T, class Each>
void match(std::map<std::string, T const*> const& one, std::map<std::string, T const*> const& other,
           Each const& each) {
    for (auto const& [name, mine] : one) {
        auto const found = other.find(name);
        each(name, mine, found == other.end() ? nullptr : found->second);
    }
    for (auto const& [name, theirs] : other)
        if (!one.contains(name)) each(name, static_cast<T const*>(nullptr), theirs);
}

class KernelDiffer {
public:
    explicit KernelDiffer(Sides const& sides)
        : s_(sides), one_(sides.one.kernel), other_(sides.other.kernel) {}

    std::vector<Section> all() {
        sections_ = {threads(), run_queue(), locks(), connections(), numbers(), others()};
        return std::move(sections_);
    }

private:
    // All but those that have been told in words.
    void fields(Collector& c, std::string const& name, std::vector<NamedValue> const& one,
                std::vector<NamedValue> const& other, std::set<std::string_view> const& told = {}) const {
        for (NamedValue const& v : one)
            for (NamedValue const& w : other)
                if (v.name == w.name && !told.contains(v.name))
                    c.differ(fmt::format("{} {}", name, v.name), text(v, *s_.one.symbols),
                             text(w, *s_.other.symbols));
    }
    std::string text(NamedValue const& v, Symbols const& symbols) const {
        if (s_.one_image || v.number == 0) return v.text;
        if (v.is_pointer || looks_like_address(v.number)) return value_text(v.number, symbols, false);
        return v.text;
    }

    Section threads() const {
        Collector c("threads", s_.most, true);
        auto const name = [](Thread const& t) {
            return t.name.empty() ? fmt::format("thread {}", t.id) : t.name;
        };
        c.differ("running", thread_name(one_, one_.current_thread),
                 thread_name(other_, other_.current_thread));
        match(by_name(one_.threads, name), by_name(other_.threads, name),
              [&](std::string const& who, Thread const* a, Thread const* b) {
                  if (!a || !b) return c.tell(who, a ? a->state : "", b ? b->state : "");
                  c.differ(who + " state", a->state, b->state);
                  c.differ(who + " priority", std::to_string(a->priority), std::to_string(b->priority));
                  if (s_.one_image) return fields(c, who, a->fields, b->fields, {"state", "priority"});
                  c.differ(who + " waits", a->waits_for ? "for something" : "for nothing",
                           b->waits_for ? "for something" : "for nothing");
              });
        return c.take();
    }

    Section run_queue() const {
        Collector c("run queue", s_.most, true);
        auto const names = [](KernelView const& view) {
            std::vector<std::string> all;
            for (std::uint64_t const address : view.run_queue) all.push_back(thread_name(view, address));
            return joined(all);
        };
        c.differ("ready", names(one_), names(other_));
        return c.take();
    }

    Section locks() const {
        Collector c("locks", s_.most, true);
        auto const name = [](Lock const& l) { return l.name.empty() ? std::string("lock") : l.name; };
        auto const waiters = [](KernelView const& view, Lock const& lock) {
            std::vector<std::string> all;
            for (std::uint64_t const address : lock.waiters) all.push_back(thread_name(view, address));
            return joined(all);
        };
        match(by_name(one_.locks, name), by_name(other_.locks, name),
              [&](std::string const& which, Lock const* a, Lock const* b) {
                  c.differ(which + " owner", a ? thread_name(one_, a->owner) : "",
                           b ? thread_name(other_, b->owner) : "");
                  if (a && b) c.differ(which + " waiters", waiters(one_, *a), waiters(other_, *b));
              });
        return c.take();
    }

    // The ends of a connection and its state; sequence numbers begin anywhere.
    Section connections() const {
        Collector c("connections", s_.most, true);
        auto const name = [](TcpConnection const& t) { return t.local + " " + t.remote; };
        match(by_name(one_.connections, name), by_name(other_.connections, name),
              [&](std::string const& which, TcpConnection const* a, TcpConnection const* b) {
                  c.differ(which + " state", a ? a->state : "", b ? b->state : "");
                  if (!a || !b) return;
                  auto const unacknowledged = [](TcpConnection const& t) {
                      return std::to_string(static_cast<std::uint32_t>(t.send_next - t.send_unacknowledged));
                  };
                  c.differ(which + " unacknowledged bytes", unacknowledged(*a), unacknowledged(*b));
                  if (s_.one_image) fields(c, which, a->fields, b->fields, {"state"});
              });
        return c.take();
    }

    // Counts: of the heap, of interrupts, of virtqueues.
    Section numbers() const {
        Collector c("counts", s_.most, s_.one_image);
        auto const name = [](HeapClass const& h) {
            return h.name.empty() ? format_bytes(h.object_size) : h.name;
        };
        match(by_name(one_.heap, name), by_name(other_.heap, name),
              [&](std::string const& which, HeapClass const* a, HeapClass const* b) {
                  auto const used = [](HeapClass const* h) {
                      return h ? fmt::format("{} of {} used", h->used, h->capacity) : "";
                  };
                  c.differ("heap " + which, used(a), used(b));
              });
        match(
            by_name(one_.interrupts, [](InterruptVector const& v) { return fmt::format("{}", v.vector); }),
            by_name(other_.interrupts, [](InterruptVector const& v) { return fmt::format("{}", v.vector); }),
            [&](std::string const& which, InterruptVector const* a, InterruptVector const* b) {
                c.differ("interrupt " + which, a ? std::to_string(a->count) : "",
                         b ? std::to_string(b->count) : "");
            });
        match(by_name(one_.virtqueues, [](Virtqueue const& q) { return q.name; }),
              by_name(other_.virtqueues, [](Virtqueue const& q) { return q.name; }),
              [&](std::string const& which, Virtqueue const* a, Virtqueue const* b) {
                  auto const indices = [](Virtqueue const* q) {
                      return q ? fmt::format("available {}, used {}", q->available_index, q->used_index) : "";
                  };
                  c.differ(which, indices(a), indices(b));
              });
        return c.take();
    }

    Section others() const {
        Collector c("other objects", s_.most, s_.one_image);
        match(by_name(one_.others, [](OtherList const& l) { return l.name; }),
              by_name(other_.others, [](OtherList const& l) { return l.name; }),
              [&](std::string const& which, OtherList const* a, OtherList const* b) {
                  if (!a || !b) return c.tell(which, a ? "there" : "", b ? "there" : "");
                  c.differ(which, fmt::format("{} of them", a->rows.size()),
                           fmt::format("{} of them", b->rows.size()));
                  for (std::size_t i = 0; i < std::min(a->rows.size(), b->rows.size()); ++i)
                      fields(c, a->rows.size() == 1 ? which : fmt::format("{} {}", which, i), a->rows[i],
                             b->rows[i]);
              });
        return c.take();
    }

    Sides const& s_;
    KernelView const &one_, &other_;
    std::vector<Section> sections_;
};

}  // namespace

std::vector<Section> kernel_sections(Sides const& sides) { return KernelDiffer(sides).all(); }

}  // namespace sim::debug::compare

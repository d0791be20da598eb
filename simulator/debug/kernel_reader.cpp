// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/kernel_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "simulator/debug/registers.hpp"

namespace sim::debug {

namespace {

// A row with its fields' names.
class Named {
public:
    Named(ResolvedQuery const& q, ViewRow const& row) : q_(q), row_(row) {}

    ViewValue const* find(std::string_view name) const {
        for (std::size_t i = 0; i < q_.fields.size() && i < row_.values.size(); ++i)
            if (q_.fields[i].name == name) return &row_.values[i];
        return nullptr;
    }
    ResolvedQuery const* nested(std::string_view name) const {
        for (ResolvedField const& f : q_.fields)
            if (f.name == name && !f.nested.empty()) return &f.nested.front();
        return nullptr;
    }
    std::uint64_t number(std::string_view name) const {
        ViewValue const* v = find(name);
        return v ? v->number : 0;
    }
    std::string text(std::string_view name) const {
        ViewValue const* v = find(name);
        return v ? v->text : "";
    }
    std::vector<NamedValue> all() const {
        std::vector<NamedValue> values;
        for (std::size_t i = 0; i < q_.fields.size() && i < row_.values.size(); ++i)
            values.push_back(
                {q_.fields[i].name, row_.values[i].text, row_.values[i].number, row_.values[i].is_pointer});
        return values;
    }
    std::uint64_t address() const { return row_.address; }

private:
    ResolvedQuery const& q_;
    ViewRow const& row_;
};

// Reads the entity `name`, sets its health, and calls `each` with every row.
template <class Each>
void each_row(Views const& views, std::string_view name, GuestMemory const& memory, ListHealth& health,
              Each each) {
    ResolvedQuery const* q = views.query(name);
    if (!q) return;
    health.declared = true;
    ViewTable const table = views.read(*q, memory);
    health.problem = table.problem;
    for (ViewRow const& row : table.rows) each(Named(*q, row));
}

// An IPv4 address in host order, alone or mapped into IPv6 (::ffff:a.b.c.d).
std::string endpoint(Named const& row, std::string_view address, std::string_view port) {
    ViewValue const* a = row.find(address);
    if (!a) return "";
    std::uint64_t const n = a->number;
    std::string text = fmt::format("{}.{}.{}.{}", n >> 24 & 255, n >> 16 & 255, n >> 8 & 255, n & 255);
    if (row.find(port)) text += fmt::format(":{}", row.number(port));
    return text;
}

// The nested entity "saved": its fields are registers by name. RSP stands behind it.
std::optional<Thread::Saved> saved_registers(Named const& row, TypeTable const& types) {
    static constexpr std::string_view names[] = {"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                                 "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15"};
    ViewValue const* value = row.find("saved");
    ResolvedQuery const* query = row.nested("saved");
    if (!value || !query || value->rows.size() != 1 || !value->problem.empty()) return std::nullopt;
    Named const context(*query, value->rows[0]);
    ViewValue const* rip = context.find("rip");
    if (!rip || !rip->readable) return std::nullopt;
    Thread::Saved saved;
    saved.rip = rip->number;
    for (unsigned n = 0; n < 16; ++n) {
        ViewValue const* v = context.find(names[n]);
        if (!v || !v->readable) continue;
        saved.gpr[n] = v->number;
        saved.known = static_cast<std::uint16_t>(saved.known | 1U << n);
    }
    constexpr unsigned rsp = 4;
    saved.gpr[rsp] = value->rows[0].address + types.size_of(query->element);
    saved.known |= 1U << rsp;
    return saved;
}

constexpr std::string_view virtqueue_prefix = "virtqueue_", block_cache_prefix = "block_cache_";

Virtqueue virtqueue(Named const& row) {
    Virtqueue q;
    q.address = row.address();
    q.size = row.number("size");
    q.available_index = row.number("available");
    q.used_index = row.number("used");
    ResolvedQuery const* of = row.nested("descriptors");
    ViewValue const* rows = row.find("descriptors");
    for (std::size_t i = 0; of && rows && i < rows->rows.size(); ++i) {
        Named const d(*of, rows->rows[i]);
        q.descriptors.push_back({static_cast<std::uint16_t>(i), d.number("address"),
                                 static_cast<std::uint32_t>(d.number("length")),
                                 static_cast<std::uint16_t>(d.number("flags")),
                                 static_cast<std::uint16_t>(d.number("next")), false});
    }
    // What the kernel offered: its own record of chains, followed here with a bound.
    ViewValue const* records = row.find("records");
    ResolvedQuery const* of_record = row.nested("records");
    for (std::size_t i = 0; of_record && records && i < records->rows.size() && i < q.descriptors.size();
         ++i) {
        if (!Named(*of_record, records->rows[i]).number("offered")) continue;
        std::size_t at = i;
        for (std::size_t k = 0; k < q.descriptors.size() && at < q.descriptors.size(); ++k) {
            q.descriptors[at].in_flight = true;
            if (!(q.descriptors[at].flags & 1)) break;
            at = q.descriptors[at].next;
        }
    }
    q.fields = row.all();
    return q;
}

}  // namespace

KernelReader::KernelReader(std::shared_ptr<Views const> views, std::shared_ptr<Symbols const> symbols)
    : views_(std::move(views)), symbols_(std::move(symbols)) {}

KernelView KernelReader::read(KernelList lists, GuestMemory const& memory, std::uint64_t stack_pointer) {
    KernelView v;
    if (!symbols_->has_debug_info())
        v.problem = symbols_->problem();
    else if (views_->queries().empty())
        v.problem = views_->problems().empty() ? "this image carries no views.query: no kernel objects"
                                               : views_->problems().front();
    if (!v.problem.empty()) return v;
    if (has(lists, KernelList::threads)) threads(v, memory, stack_pointer);
    if (has(lists, KernelList::run_queue)) run_queue(v, memory);
    if (has(lists, KernelList::frames)) frames(v, memory);
    if (has(lists, KernelList::heap)) heap(v, memory);
    if (has(lists, KernelList::locks)) locks(v, memory);
    if (has(lists, KernelList::interrupts)) interrupts(v, memory);
    if (has(lists, KernelList::virtqueues)) virtqueues(v, memory);
    if (has(lists, KernelList::connections)) connections(v, memory);
    if (has(lists, KernelList::block_caches)) block_caches(v, memory);
    if (static_cast<std::uint32_t>(lists) != 0) others(v, memory);
    return v;
}

std::string KernelReader::thread_name(std::uint64_t address, GuestMemory const& memory) const {
    ResolvedQuery const* q = views_->query("threads");
    if (!q) return "";
    ViewRow const row = views_->read_element(*q, address, memory);
    return Named(*q, row).text("name");
}

std::uint64_t KernelReader::told_by_processors(GuestMemory const& memory) const {
    std::uint64_t thread = 0;
    ListHealth ignored;
    each_row(*views_, "cpus", memory, ignored, [&](Named const& row) {
        if (!thread) thread = row.number("current_thread");
    });
    return thread;
}

std::uint64_t KernelReader::current_thread(GuestMemory const& memory) const {
    std::uint64_t thread = told_by_processors(memory);
    if (thread) return thread;
    ListHealth ignored;
    each_row(*views_, "threads", memory, ignored, [&](Named const& row) {
        if (row.text("state") == "running") thread = row.address();
    });
    return thread;
}

void KernelReader::threads(KernelView& v, GuestMemory const& memory, std::uint64_t stack_pointer) const {
    v.current_thread = told_by_processors(memory);
    each_row(*views_, "threads", memory, v.threads_health, [&](Named const& row) {
        Thread t;
        t.address = row.address();
        t.id = row.number("id");
        t.name = row.text("name");
        t.state = row.text("state");
        t.priority = row.number("priority");
        if (ViewValue const* stack = row.find("stack"); stack && stack->is_range) {
            t.stack_low = stack->number;
            t.stack_high = stack->end;
        }
        t.saved_rsp = row.number("saved_rsp");
        t.waits_for = row.number("waits_for");
        t.running = v.current_thread ? t.address == v.current_thread : t.state == "running";
        std::uint64_t const rsp = t.running ? stack_pointer : t.saved_rsp;
        if (rsp > t.stack_low && rsp <= t.stack_high) t.stack_used = t.stack_high - rsp;
        if (!t.running && t.state != "running" && t.state != "finished")
            t.saved = saved_registers(row, symbols_->types());
        t.fields = row.all();
        std::erase_if(t.fields, [](NamedValue const& f) { return f.name == "saved"; });
        v.threads.push_back(std::move(t));
    });
    if (!v.current_thread)
        for (Thread const& t : v.threads)
            if (t.running) v.current_thread = t.address;
}

void KernelReader::run_queue(KernelView& v, GuestMemory const& memory) const {
    each_row(*views_, "run_queue", memory, v.run_queue_health,
             [&](Named const& row) { v.run_queue.push_back(row.address()); });
}

// One enumeration, one byte to eight, for each frame: read whole, page by page.
void KernelReader::frames(KernelView& v, GuestMemory const& memory) {
    ResolvedQuery const* q = views_->query("frames");
    if (!q || q->form != QueryForm::array || q->fields.empty()) return;
    v.frames_health.declared = true;
    Views::ArrayPlace const place = views_->locate(*q, memory);
    v.frames_health.problem = place.problem;
    ResolvedField const& owner = q->fields.front();
    TypeTable const& types = symbols_->types();
    std::uint32_t const type = types.strip(owner.path.type);
    std::uint64_t const size = types.size_of(type);
    std::uint64_t const offset = owner.path.steps.empty() ? 0 : owner.path.steps.back().offset;
    bool const inside =
        owner.path.steps.size() <= 1 && (owner.path.steps.empty() || !owner.path.steps[0].follow);
    if (!inside || size == 0 || size > 8 || place.stride == 0 || place.stride > 4096) {
        v.frames_health.problem = "frames: the first field must be the owner, inside the element";
        return;
    }
    auto map = std::make_shared<FrameMap>();
    map->owners = {"unknown"};
    std::array<std::uint8_t, 256> index{};  // owner's value -> place in `owners`
    for (Enumerator const& e : types[type].enumerators) {
        if (e.value < 0 || e.value > 255 || map->owners.size() > 255) continue;
        index[static_cast<std::size_t>(e.value)] = static_cast<std::uint8_t>(map->owners.size());
        map->owners.push_back(e.name);
    }
    map->owner.assign(place.count, 0);
    map->frames_by_owner.assign(map->owners.size(), 0);
    std::vector<std::uint8_t> bytes(64 * 1024 / place.stride * place.stride);
    for (std::uint64_t n = 0; n < place.count;) {
        std::uint64_t const some = std::min<std::uint64_t>(bytes.size() / place.stride, place.count - n);
        std::size_t const got =
            memory.read_some(place.address + n * place.stride, std::span(bytes).first(some * place.stride));
        for (std::uint64_t i = 0; i < got / place.stride; ++i) {
            std::uint8_t const value = bytes[i * place.stride + offset];
            map->owner[n + i] = index[value];
        }
        if (got < some * place.stride) {
            v.frames_health.problem = "part of the table is not mapped";
            break;
        }
        n += some;
    }
    for (std::uint8_t o : map->owner) ++map->frames_by_owner[o];
    if (last_frames_ && last_frames_->owner == map->owner)
        map = std::const_pointer_cast<FrameMap>(last_frames_);
    last_frames_ = map;
    v.frames = map;
}

void KernelReader::heap(KernelView& v, GuestMemory const& memory) const {
    each_row(*views_, "heap", memory, v.heap_health, [&](Named const& row) {
        v.heap.push_back({row.text("name"), row.number("object_size"), row.number("used"),
                          row.number("capacity"), row.all()});
    });
}

void KernelReader::locks(KernelView& v, GuestMemory const& memory) const {
    each_row(*views_, "locks", memory, v.locks_health, [&](Named const& row) {
        Lock lock{row.address(), row.text("name"), row.number("owner"), {}, row.all()};
        if (ViewValue const* waiters = row.find("waiters"))
            for (ViewRow const& w : waiters->rows) lock.waiters.push_back(w.address);
        v.locks.push_back(std::move(lock));
    });
}

void KernelReader::interrupts(KernelView& v, GuestMemory const& memory) const {
    std::array<std::uint64_t, 256> handlers{};
    ListHealth ignored;
    each_row(*views_, "interrupt_handlers", memory, ignored,
             [&](Named const& row) { handlers[row.number("vector") & 255] = row.number("handler"); });
    each_row(*views_, "interrupts", memory, v.interrupts_health, [&](Named const& row) {
        std::uint8_t const vector = static_cast<std::uint8_t>(row.number("vector"));
        // Of 256 vectors few are used: the others say nothing.
        if (row.number("count") == 0 && handlers[vector] == 0) return;
        std::string name(exception_name(vector));
        if (handlers[vector]) name = symbols_->describe(handlers[vector]);
        v.interrupts.push_back({vector, std::move(name), row.number("count"), handlers[vector], row.all()});
    });
}

void KernelReader::virtqueues(KernelView& v, GuestMemory const& memory) const {
    // One entity a queue: virtqueue_receive, virtqueue_transmit.
    for (ResolvedQuery const& query : views_->queries()) {
        if (!query.name.starts_with(virtqueue_prefix)) continue;
        ListHealth health;
        each_row(*views_, query.name, memory, health, [&](Named const& row) {
            v.virtqueues.push_back(virtqueue(row));
            v.virtqueues.back().name = query.name.substr(virtqueue_prefix.size());
        });
        v.virtqueues_health.declared = true;
        if (!health.problem.empty()) v.virtqueues_health.problem = health.problem;
    }
}
void KernelReader::connections(KernelView& v, GuestMemory const& memory) const {
    each_row(*views_, "connections", memory, v.connections_health, [&](Named const& row) {
        TcpConnection c;
        c.address = row.find("connection") ? row.number("connection") : row.address();
        c.state = row.text("state");
        c.local = endpoint(row, "local_address", "local_port");
        c.remote = endpoint(row, "remote_address", "remote_port");
        c.send_unacknowledged = row.number("send_unacknowledged");
        c.send_next = row.number("send_next");
        c.send_window = row.number("send_window");
        c.receive_next = row.number("receive_next");
        c.receive_window =
            row.number("receive_edge") - std::min(row.number("receive_next"), row.number("receive_edge"));
        c.congestion_window = row.number("congestion_window");
        c.slow_start_threshold = row.number("slow_start_threshold");
        c.retransmit_timeout_ns = row.number("retransmit_timeout");
        c.smoothed_rtt_ns = row.number("smoothed_rtt");
        c.fields = row.all();
        v.connections.push_back(std::move(c));
    });
}

// One entity a disk: block_cache_disk0. Of a disk that is not mounted there is none.
void KernelReader::block_caches(KernelView& v, GuestMemory const& memory) const {
    for (ResolvedQuery const& query : views_->queries()) {
        if (!query.name.starts_with(block_cache_prefix)) continue;
        BlockCache cache{query.name.substr(block_cache_prefix.size()), {}, 0, 0};
        ListHealth health;
        each_row(*views_, query.name, memory, health, [&](Named const& row) {
            ++cache.places;
            if (!row.number("valid")) return;
            bool const dirty = row.number("dirty") != 0;
            cache.blocks.push_back({row.number("number"), dirty, row.number("users")});
            cache.dirty += dirty;
        });
        if (cache.places) v.block_caches.push_back(std::move(cache));
    }
}

std::string KernelReader::connection_name(std::uint64_t address, GuestMemory const& memory) const {
    KernelView all;
    connections(all, memory);
    for (TcpConnection const& c : all.connections)
        if (c.address == address) return c.local + " with " + c.remote;
    return "";
}

std::vector<std::string> KernelReader::connection_states() const {
    constexpr std::int64_t most = 64;
    std::vector<std::string> names;
    ResolvedQuery const* const q = views_->query("connections");
    if (!q) return names;
    for (ResolvedField const& field : q->fields) {
        if (field.name != "state") continue;
        TypeTable const& types = symbols_->types();
        for (Enumerator const& e : types[types.strip(field.path.type)].enumerators) {
            if (e.value < 0 || e.value >= most) continue;
            auto const at = static_cast<std::size_t>(e.value);
            if (names.size() <= at) names.resize(at + 1);
            names[at] = e.name;
        }
    }
    return names;
}

void KernelReader::others(KernelView& v, GuestMemory const& memory) const {
    static constexpr std::string_view known[] = {
        "threads", "run_queue", "frames", "heap", "locks", "interrupts", "interrupt_handlers", "connections"};
    for (ResolvedQuery const& q : views_->queries()) {
        if (std::find(std::begin(known), std::end(known), q.name) != std::end(known)) continue;
        if (q.name.starts_with(virtqueue_prefix) || q.name.starts_with(block_cache_prefix)) continue;
        OtherList list;
        list.name = q.name;
        each_row(*views_, q.name, memory, list.health,
                 [&](Named const& row) { list.rows.push_back(row.all()); });
        v.others.push_back(std::move(list));
    }
}

}  // namespace sim::debug

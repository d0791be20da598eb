// SPDX-License-Identifier: GPL-2.0-or-later
#include "visualizer/testing/sample_snapshot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "simulator/debug/compare/comparison.hpp"
#include "simulator/debug/event_index.hpp"
#include "simulator/debug/page_walk.hpp"
#include "visualizer/testing/sample_tables.hpp"

namespace viz::testing {

using namespace sim::debug;
using sim::machine::Moment;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr std::uint64_t idle = 0xffffffff80210000, net = 0xffffffff80210400, http = 0xffffffff80210800,
                        worker = 0xffffffff80210c00, logger = 0xffffffff80211000;

void put16(Bytes& b, std::size_t at, unsigned v) {
    b[at] = static_cast<std::uint8_t>(v >> 8), b[at + 1] = static_cast<std::uint8_t>(v);
}
void put32(Bytes& b, std::size_t at, std::uint32_t v) { put16(b, at, v >> 16), put16(b, at + 2, v & 0xFFFF); }

unsigned checksum(Bytes const& b, std::size_t from, std::size_t to, std::uint32_t sum = 0) {
    for (std::size_t i = from; i < to; i += 2)
        sum += static_cast<unsigned>(b[i] << 8) + (i + 1 < to ? b[i + 1] : 0U);
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return ~sum & 0xFFFF;
}

constexpr std::uint8_t guest_mac[] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56},
                       host_mac[] = {0x52, 0x55, 0x0a, 0x00, 0x02, 0x02};

Bytes ethernet(bool to_guest, unsigned type, std::size_t payload) {
    Bytes b(14 + payload);
    std::copy_n(to_guest ? guest_mac : host_mac, 6, b.begin());
    std::copy_n(to_guest ? host_mac : guest_mac, 6, b.begin() + 6);
    put16(b, 12, type);
    return b;
}

// The story, told once and in order.
class Story {
public:
    explicit Story(EventIndex& index) : index_(index) {
        for (auto [thread, name] : {std::pair{idle, "idle"},
                                    {net, "network"},
                                    {http, "http"},
                                    {worker, "worker 1"},
                                    {logger, "logger"}})
            index_.name_thread(thread, name);
    }
    void at(std::uint64_t ns, EventKind kind, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
            Bytes packet = {}) {
        Event e;
        ns_ = std::max(ns_, ns);
        retired_ = std::max(retired_ + 1, ns_);
        e.at = {retired_, 0};
        e.virtual_ns = ns_;
        e.kind = kind;
        e.a = a, e.b = b, e.c = c;
        if (!packet.empty()) {
            e.a = packet.size();
            e.packet = std::make_shared<Bytes const>(std::move(packet));
        }
        index_.add(std::move(e));
    }
    void to(std::uint64_t ns, std::uint64_t thread) {
        if (thread == running_) return;
        at(ns, EventKind::thread_switch, running_, thread);
        running_ = thread;
    }
    void wake(std::uint64_t ns, std::uint64_t thread) { at(ns, EventKind::thread_wake, thread); }
    void interrupt(std::uint64_t ns, unsigned vector, std::uint64_t length = 4'000) {
        at(ns, EventKind::interrupt, vector, 0xffffffff80103a10);
        at(ns + length, EventKind::interrupt_exit, vector);
    }
    std::uint64_t ns() const { return ns_; }
    std::uint64_t retired() const { return retired_; }

private:
    EventIndex& index_;
    std::uint64_t ns_ = 0, retired_ = 0, running_ = 0;
};

constexpr std::uint64_t us = 1'000;

void tell(Story& s, unsigned requests) {
    s.at(310 * us, EventKind::page_fault, 0xffff900000003000, 0xffffffff80104120, 2);
    for (std::uint64_t t : {idle, net, http, worker, logger}) s.at(400 * us, EventKind::thread_create, t);
    s.to(420 * us, net);
    s.at(460 * us, EventKind::packet_out, 0, 0, 0, arp_frame(true));
    s.to(470 * us, idle);
    s.interrupt(560 * us, 0x41);
    s.at(562 * us, EventKind::packet_in, 0, 0, 0, arp_frame(false));
    s.wake(563 * us, net);
    s.to(566 * us, net);
    s.to(620 * us, http);
    s.at(660 * us, EventKind::app_ready);
    s.to(680 * us, idle);
    for (unsigned r = 0; r < requests; ++r) {
        std::uint64_t t = (1'000 + 1'600ULL * r) * us;
        std::uint32_t seq = 1000 + r * 1000, ack = 5000 + r * 2000;
        auto packet_in = [&](std::uint64_t when, std::uint8_t flags, std::uint32_t sq, std::uint32_t ak,
                             std::string_view data) {
            s.interrupt(when, 0x41);
            s.at(when + 2 * us, EventKind::packet_in, 0, 0, 0, tcp_frame(true, flags, sq, ak, data));
            s.wake(when + 3 * us, net);
            s.to(when + 6 * us, net);
        };
        packet_in(t, 0x02, seq, 0, "");
        s.at(t + 30 * us, EventKind::packet_out, 0, 0, 0, tcp_frame(false, 0x12, ack, seq + 1, ""));
        s.to(t + 40 * us, idle);
        packet_in(t + 150 * us, 0x10, seq + 1, ack + 1, "");
        s.at(t + 170 * us, EventKind::tcp_state, 0xffffffff80230000, 3, 4);
        packet_in(t + 190 * us, 0x18, seq + 1, ack + 1,
                  "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n");
        s.wake(t + 230 * us, http);
        s.to(t + 240 * us, http);
        s.wake(t + 290 * us, worker);
        s.to(t + 300 * us, worker);
        s.at(t + 380 * us, EventKind::lock_wait, 0xffffffff80240000, worker);
        s.to(t + 390 * us, logger);
        s.at(t + 450 * us, EventKind::lock_release, 0xffffffff80240000, logger);
        s.wake(t + 452 * us, worker);
        s.interrupt(t + 470 * us, 0x20);
        s.to(t + 478 * us, worker);
        s.at(t + 480 * us, EventKind::lock_acquire, 0xffffffff80240000, worker);
        s.at(t + 600 * us, EventKind::http_request, 0xffffffff80230000, 200);
        s.to(t + 610 * us, net);
        s.at(t + 640 * us, EventKind::packet_out, 0, 0, 0,
             tcp_frame(false, 0x18, ack + 1, seq + 80,
                       "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: "
                       "121\r\n\r\n<!doctype html><title>Vivarium</title><h1>It is alive</h1><p>Served by a "
                       "unikernel that you can watch, step by step.</p>\n"));
        packet_in(t + 760 * us, 0x11, seq + 80, ack + 200, "");
        s.at(t + 790 * us, EventKind::packet_out, 0, 0, 0, tcp_frame(false, 0x11, ack + 200, seq + 81, ""));
        s.at(t + 800 * us, EventKind::tcp_state, 0xffffffff80230000, 4, 9);
        s.to(t + 820 * us, idle);
        s.interrupt(t + 1'400 * us, 0x20);
    }
}

std::shared_ptr<FrameMap> frame_map() {
    auto map = std::make_shared<FrameMap>();
    map->owners = {"unknown", "free",   "kernel image",    "page tables",
                   "heap",    "stacks", "network buffers", "reserved"};
    map->owner.assign(16384, 1);
    auto fill = [&](std::size_t from, std::size_t to, std::uint8_t owner) {
        std::fill(map->owner.begin() + static_cast<long>(from), map->owner.begin() + static_cast<long>(to),
                  owner);
    };
    fill(0, 256, 7);
    fill(256, 420, 2);
    fill(420, 452, 3);
    fill(460, 700, 4);
    for (std::size_t i = 710; i < 900; i += 5) fill(i, i + 4, 5);
    fill(1024, 1536, 6);
    for (std::size_t i = 1600; i < 2200; i += 7) fill(i, i + 3, 4);
    fill(16000, 16384, 3);
    map->frames_by_owner.assign(map->owners.size(), 0);
    for (auto owner : map->owner) ++map->frames_by_owner[owner];
    return map;
}

// Page tables at first, then the network's buffers again and again, a stack just now.
std::shared_ptr<PageHeat> page_heat(std::uint64_t now_ns) {
    auto heat = std::make_shared<PageHeat>();
    constexpr std::uint32_t stretches = 12;
    for (std::uint64_t i = 0; i < stretches; ++i)
        heat->stretches.push_back({{now_ns * i / stretches, 0},
                                   {now_ns * (i + 1) / stretches, 0},
                                   now_ns * i / stretches,
                                   now_ns * (i + 1) / stretches});
    heat->newest.assign(16384, PageHeat::never);
    auto fill = [&](std::size_t from, std::size_t to, std::uint32_t stretch) {
        std::fill(heat->newest.begin() + static_cast<long>(from),
                  heat->newest.begin() + static_cast<long>(to), stretch);
    };
    fill(420, 452, 0);
    fill(460, 520, 1);
    for (std::uint32_t i = 0; i < stretches; ++i) fill(1024 + i * 40, 1024 + i * 40 + 30, i);
    fill(710, 714, stretches - 1);
    return heat;
}

// A stack above all, the heap, buffers that the card fills, page tables now and then.
std::shared_ptr<Accesses> accesses(std::uint64_t now_ns) {
    auto a = std::make_shared<Accesses>();
    a->to = {now_ns, 0}, a->to_ns = now_ns;
    a->from = {now_ns - 1'000'000, 0}, a->from_ns = now_ns - 1'000'000;
    auto add = [&](std::uint64_t page, std::uint64_t reads, std::uint64_t writes, std::uint64_t walker, std::uint64_t device,
                   char const* owner, char const* function) {
        PageAccesses p;
        p.page = page, p.reads = reads, p.writes = writes, p.walker = walker, p.device = device, p.owner = owner;
        if (reads) p.most_reads = {function, reads * 3 / 4 + 1};
        if (writes) p.most_writes = {function, writes * 3 / 4 + 1};
        a->pages.push_back(std::move(p));
    };
    add(710, 61'400, 48'211, 0, 0, "stacks", "http::Server::answer");
    a->pages[0].most_writes.times = 31'000;
    for (std::uint64_t i = 0; i < 60; ++i) add(460 + i, 40'000 >> i % 14, 9'000 >> i % 11, 0, 0, "heap", "memory::Heap::allocate");
    for (std::uint64_t i = 0; i < 160; ++i) add(256 + i, 20'000 >> i % 15, 0, 0, 0, "kernel image", "http::Router::dispatch");
    for (std::uint64_t i = 0; i < 90; ++i) add(1024 + i * 4, 1 + i * i, i % 3, 0, 1 + i % 7, "network buffers", "net::checksum");
    for (std::uint64_t i = 0; i < 12; ++i) add(420 + i, 0, i % 2, 1 + i, 0, "page tables", "memory::map");
    return a;
}

Thread thread(std::uint64_t address, std::uint64_t id, char const* name, char const* state,
              std::uint64_t used) {
    Thread t;
    t.address = address;
    t.id = id;
    t.name = name;
    t.state = state;
    t.priority = id == 0 ? 0 : 8;
    t.stack_low = 0xffff900000000000 + id * 0x6000;
    t.stack_high = t.stack_low + 0x4000;
    t.stack_used = used;
    t.saved_rsp = t.stack_high - used;
    return t;
}

Instruction instruction(std::uint64_t address, std::initializer_list<std::uint8_t> bytes,
                        char const* mnemonic, char const* operands, unsigned line) {
    Instruction i;
    i.address = address;
    i.length = static_cast<std::uint8_t>(bytes.size());
    std::copy(bytes.begin(), bytes.end(), i.bytes.begin());
    i.mnemonic = mnemonic;
    i.operands = operands;
    i.source = {1, line};
    i.call = i.mnemonic == "call";
    i.jump = i.mnemonic[0] == 'j';
    i.returns = i.mnemonic == "ret";
    return i;
}

std::shared_ptr<Disassembly> disassembly() {
    auto d = std::make_shared<Disassembly>();
    std::uint64_t a = 0xffffffff80103a00;
    auto add = [&](std::initializer_list<std::uint8_t> bytes, char const* mnemonic, char const* operands,
                   unsigned line) {
        d->instructions.push_back(instruction(a, bytes, mnemonic, operands, line));
        a += bytes.size();
    };
    add({0x55}, "push", "rbp", 41);
    d->instructions.back().label = "http::Server::answer";
    add({0x48, 0x89, 0xe5}, "mov", "rbp, rsp", 41);
    add({0x48, 0x83, 0xec, 0x30}, "sub", "rsp, 0x30", 41);
    add({0x48, 0x8b, 0x47, 0x10}, "mov", "rax, qword ptr [rdi + 0x10]", 43);
    add({0x48, 0x85, 0xc0}, "test", "rax, rax", 43);
    add({0x74, 0x1c}, "je", "0xffffffff80103a2d", 43);
    d->focus = d->instructions.size();
    add({0xe8, 0x10, 0x02, 0x00, 0x00}, "call", "0xffffffff80103c26", 44);
    d->instructions.back().target = 0xffffffff80103c26;
    d->instructions.back().target_name = "http::Router::dispatch";
    add({0x89, 0x45, 0xf4}, "mov", "dword ptr [rbp - 0xc], eax", 44);
    add({0x3d, 0xc8, 0x00, 0x00, 0x00}, "cmp", "eax, 0xc8", 45);
    add({0x0f, 0x85, 0x80, 0x00, 0x00, 0x00}, "jne", "0xffffffff80103aa4", 45);
    for (unsigned i = 0; i < 24; ++i)
        add({0x48, 0x89, 0x44, 0x24, 0x08}, "mov", "qword ptr [rsp + 8], rax", 46 + i / 3);
    add({0xc9}, "leave", "", 60);
    add({0xc3}, "ret", "", 60);
    return d;
}

sim::engine::CpuState cpu() {
    sim::engine::CpuState c;
    using enum sim::engine::Gpr;
    c[rax] = 0xffffffff80230000, c[rbx] = 0x1, c[rcx] = 0xc8, c[rdx] = 0x50, c[rsp] = 0xffff900000015f70,
    c[rbp] = 0xffff900000015fa0;
    c[rsi] = 0xffffffff80231040, c[rdi] = 0xffffffff80210c00, c[r8] = 0x2, c[r12] = 0xffff888000100000,
    c[r15] = 0x7fffffff;
    c.rip = 0xffffffff80103a11;
    c.rflags = 0x246;
    c.cr0 = 0x80010033, c.cr3 = 0x1a4000, c.cr4 = 0x6a0, c.efer = 0xd00;
    c.cs = {8, 0, 0xffffffff, 0xa09b}, c.ss = c.ds = c.es = {16, 0, 0xffffffff, 0xc093};
    c.tr = {0x28, 0xffffffff80208000, 0x67, 0x8b};
    c.gdtr = {0xffffffff80207000, 0x37}, c.idtr = {0xffffffff80206000, 0xfff};
    return c;
}

std::optional<std::uint64_t> table_entry(std::uint64_t address) {
    static std::map<std::uint64_t, std::uint64_t> const memory = {{0x1a4000 + 511 * 8, 0x1a5063},
                                                                  {0x1a5000 + 510 * 8, 0x1a6063},
                                                                  {0x1a6000 + 0 * 8, 0x1a7063},
                                                                  {0x1a7000 + 0x103 * 8, 0x103121}};
    auto found = memory.find(address);
    return found == memory.end() ? 0 : found->second;
}

}  // namespace

Bytes tcp_frame(bool to_guest, std::uint8_t flags, std::uint32_t sequence, std::uint32_t acknowledgement,
                std::string_view payload) {
    Bytes b = ethernet(to_guest, 0x0800, 40 + payload.size());
    b[14] = 0x45;
    put16(b, 16, static_cast<unsigned>(40 + payload.size()));
    put16(b, 18, 0x1234);
    b[20] = 0x40, b[22] = 64, b[23] = 6;
    std::uint8_t guest[] = {10, 0, 2, 15}, host[] = {10, 0, 2, 2};
    std::copy_n(to_guest ? host : guest, 4, b.begin() + 26);
    std::copy_n(to_guest ? guest : host, 4, b.begin() + 30);
    put16(b, 24, checksum(b, 14, 34));
    put16(b, 34, to_guest ? 51514 : 80);
    put16(b, 36, to_guest ? 80 : 51514);
    put32(b, 38, sequence);
    put32(b, 42, acknowledgement);
    b[46] = 0x50, b[47] = flags;
    put16(b, 48, 64240);
    std::copy(payload.begin(), payload.end(), b.begin() + 54);
    std::uint32_t pseudo = 6 + 20 + static_cast<std::uint32_t>(payload.size());
    for (std::size_t i = 26; i < 34; i += 2) pseudo += static_cast<unsigned>(b[i] << 8) + b[i + 1];
    put16(b, 50, checksum(b, 34, b.size(), pseudo));
    return b;
}

Bytes arp_frame(bool request) {
    Bytes b = ethernet(!request, 0x0806, 28);
    if (request) std::fill_n(b.begin(), 6, 0xFF);
    put16(b, 14, 1), put16(b, 16, 0x0800), b[18] = 6, b[19] = 4, put16(b, 20, request ? 1 : 2);
    std::copy_n(request ? guest_mac : host_mac, 6, b.begin() + 22);
    std::uint8_t guest[] = {10, 0, 2, 15}, host[] = {10, 0, 2, 2};
    std::copy_n(request ? guest : host, 4, b.begin() + 28);
    if (!request) std::copy_n(guest_mac, 6, b.begin() + 32);
    std::copy_n(request ? host : guest, 4, b.begin() + 38);
    return b;
}

namespace {

std::shared_ptr<compare::Comparison> comparison(Snapshot const& now) {
    auto c = std::make_shared<compare::Comparison>();
    c->same_image = true;
    c->one = {"original",
              "http.elf",
              to_string(now.moment),
              "http::Server::answer+0x11",
              "http::Server::answer",
              "kernel/http/server.cpp:44",
              "",
              now.virtual_ns,
              {"http::Server::answer", "http::Server::serve (server.cpp:28)", "threads::start"}};
    c->other = c->one;
    c->other.title = "drop the answer";
    c->other.location = "threads::idle+0x3";
    c->other.line = "kernel/threads/idle.cpp:19";
    c->other.stack = {"threads::idle", "threads::start"};
    c->first = compare::First{{now.moment.retired / 2, 0},
                              {now.moment.retired / 2, 0},
                              "another input: none | a write of 1 byte to 0x8000",
                              {}};
    c->sections = {
        {"registers",
         {{"rax", "0xffffffff80230000", "0x0"}, {"rip", "http::Server::answer+0x11", "threads::idle+0x3"}},
         0,
         true},
        {"threads", {{"worker 1 state", "running", "blocked"}, {"idle state", "ready", "running"}}, 0, true},
        {"packets", {{"packet", "10.0.2.15:80 -> 10.0.2.2:51514 HTTP/1.1 200 OK", ""}}, 3, true},
        {"pages", {{"physical 0x3000 (heap), from 0x3010", "48 54 54 50", "00 00 00 00"}}, 120, true}};
    return c;
}

}  // namespace

std::shared_ptr<Snapshot> sample_snapshot(unsigned requests) {
    auto s = std::make_shared<Snapshot>();
    static std::uint64_t number = 0;
    s->number = ++number;
    auto machine = std::make_shared<MachineInfo>();
    machine->title = "http, live";
    machine->image = "http.elf";
    machine->memory_bytes = 64 << 20;
    machine->ram = {{0, 64 << 20}};
    machine->live = true;
    s->machine = machine;

    EventIndex index;
    index.name_states({"Closed", "Listen", "SynSent", "SynReceived", "Established", "FinWait1", "FinWait2",
                       "CloseWait", "Closing", "LastAck", "TimeWait"});
    index.name_connection(0xffffffff80230000, "10.0.2.15:80 with 10.0.2.2:51514", 0);
    Story story(index);
    tell(story, requests);
    s->events = index.view();
    s->end_ns = story.ns();
    s->end = {story.retired(), 0};
    // In the middle of the last request, while the worker runs.
    s->virtual_ns = requests ? (1'000 + 1'600ULL * (requests - 1) + 520) * us : s->end_ns;
    s->moment = requests ? Moment{s->virtual_ns, 0} : s->end;
    s->state = RunState::paused;
    s->cpu = cpu();
    s->location = "http::Server::answer+0x11";
    s->source = SourceLine{1, 44};
    s->symbols = Symbols::none();
    s->disassembly = disassembly();
    s->request = std::make_shared<ViewRequest>(ViewRequest::everything());

    s->console = std::make_shared<std::string const>(
        "Vivarium http, an x86-64 unikernel\n"
        "memory: 64 MiB, 61.2 MiB free after boot\n"
        "acpi: 1 processor, ECAM at 0xe0000000\n"
        "pci 00:02.0: virtio-net, modern, 3 MSI-X vectors\n"
        "net0: 52:54:00:12:34:56, link up\n"
        "dhcp: 10.0.2.15/24, router 10.0.2.2, dns 10.0.2.3\n"
        "http: listening on 10.0.2.15:80\n"
        "warning: no RTC; the clock starts at the epoch\n"
        "http: GET / 200 121 bytes from 10.0.2.2:51514\n"
        "http: GET /facts.json 200 342 bytes from 10.0.2.2:51516\n");

    auto& k = s->kernel;
    for (auto* health :
         {&k.threads_health, &k.run_queue_health, &k.frames_health, &k.locks_health, &k.connections_health})
        health->declared = true;
    k.threads = {thread(idle, 0, "idle", "ready", 640), thread(net, 1, "network", "blocked", 1184),
                 thread(http, 2, "http", "blocked", 2016), thread(worker, 3, "worker 1", "running", 3472),
                 thread(logger, 4, "logger", "sleeping", 912)};
    k.threads[3].running = true;
    k.threads[1].waits_for = 0xffffffff80240000;
    k.current_thread = worker;
    k.run_queue = {idle};
    k.locks = {{0xffffffff80240000, "log lock", worker, {net}, {}}};
    k.frames = frame_map();
    s->heat = page_heat(s->virtual_ns);
    s->accesses = accesses(s->virtual_ns);
    add_tables(*s);

    s->walk = explain_walk(paging_of(s->cpu), s->cpu.rip, sim::engine::Access::fetch, false, table_entry);
    MemoryBlock block;
    block.request = {AddressSpace::virtual_, 0xffff900000014000, 0x4000};
    block.bytes.resize(0x4000);
    for (std::size_t i = 0; i < block.bytes.size(); ++i)
        block.bytes[i] = i % 64 < 40 ? static_cast<std::uint8_t>(i * 37 + i / 16) : 0;
    std::string text = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n";
    std::copy(text.begin(), text.end(), block.bytes.begin() + 0x1fa0);
    block.pages.assign(4, {true, 0x3000000});
    s->memory = {block};
    s->backtrace = {{0xffffffff80103a11, 0, "http::Server::answer+0x11", {1, 44}},
                    {0xffffffff80103100, 0, "http::Server::serve+0x84", {1, 28}},
                    {0xffffffff80101230, 0, "threads::start+0x12", {1, 12}}};
    // The network's thread waits for the lock; the server was interrupted.
    s->thread_stacks = {
        {idle, {{0xffffffff80102200, 0, "threads::idle+0x30", {1, 19}}}, ""},
        {net,
         {{0xffffffff80102840, 0, "threads::Scheduler::switch_to_next+0x5e", {1, 88}},
          {0xffffffff80102a10, 0, "threads::Mutex::lock+0x71", {1, 34}},
          {0xffffffff80104c00, 0, "net::Stack::log+0x1c", {1, 140}},
          {0xffffffff80101230, 0, "threads::start+0x12", {1, 12}}},
         ""},
        {http,
         {{0xffffffff80102840, 0, "threads::Scheduler::switch_to_next+0x5e", {1, 88}},
          {0xffffffff80102f00, 0, "interrupts::dispatch+0x88", {1, 61}},
          {0xffffffff80103120, 0, "http::Server::serve+0xa4", {1, 31}, true},
          {0xffffffff80101230, 0, "threads::start+0x12", {1, 12}}},
         ""},
        {worker, s->backtrace, ""},
        {logger, {}, "it has ended"}};
    s->machine = [&] {
        auto with_bookmark = std::make_shared<MachineInfo>(*s->machine);
        with_bookmark->bookmarks = {{"second page", s->moment, "the worker answers", "threads", 0x1000}};
        return with_bookmark;
    }();
    s->branches = {{original, "original", std::nullopt, {}, s->end, 4, false},
                   {1, "drop the answer", original, {s->moment.retired / 2, 0}, s->moment, 5, true},
                   {2, "fork 2", 1, {s->moment.retired / 4 * 3, 0}, s->end, 6, false}};
    s->branch = 1;
    s->comparison = comparison(*s);
    s->devices = {
        {"uart0",
         "",
         "16550A at port 0x3f8",
         {{"IER", "0x01", "receive interrupt on", {}},
          {"LCR", "0x03", "8 bits, no parity", {}},
          {"LSR", "0x60", "transmitter empty", {}}}},
        {"lapic0",
         "",
         "at 0xfee00000",
         {{"ID", "0", "", {}},
          {"TPR", "0x00", "all priorities", {}},
          {"timer",
           "one shot",
           "vector 0x20",
           {{"initial count", "1000000", "", {}}, {"current count", "480000", "", {}}}}}},
        {"net0",
         "",
         "virtio-net, 00:02.0",
         {{"status", "0x0f", "ACKNOWLEDGE DRIVER FEATURES_OK DRIVER_OK", {}},
          {"receive queue", "256 entries", "", {{"available", "258", "", {}}, {"used", "2", "", {}}}}}}};
    return s;
}

std::shared_ptr<Snapshot> deadlocked_snapshot() {
    auto s = sample_snapshot();
    s->kernel.locks = {{0xffffffff80240000, "log lock", worker, {net, http}, {}},
                       {0xffffffff80240400, "table lock", net, {worker}, {}}};
    for (Thread& t : s->kernel.threads)
        if (t.address == worker) t.running = false, t.state = "blocked";
    return s;
}

}  // namespace viz::testing

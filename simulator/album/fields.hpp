// SPDX-License-Identifier: GPL-2.0-or-later
//
// What is stored of each value: one list for both directions, so that they cannot
// drift. A change here is another version of the format.
#pragma once

#include "simulator/album/codec.hpp"

namespace sim::machine {

template <class V>
void fields(V& v, Moment& m) {
    v(m.retired, m.sub);
}
template <class V>
void fields(V& v, StateNode& n) {
    v(n.name, n.value, n.note, n.children);
}

}  // namespace sim::machine

namespace sim::engine {

template <class V>
void fields(V& v, Segment& s) {
    v(s.selector, s.base, s.limit, s.attributes);
}
template <class V>
void fields(V& v, TableRegister& r) {
    v(r.base, r.limit);
}
template <class V>
void fields(V& v, CpuState& s) {
    v(s.gpr, s.rip, s.rflags, s.es, s.cs, s.ss, s.ds, s.fs, s.gs, s.ldtr, s.tr, s.gdtr, s.idtr, s.cr0, s.cr2,
      s.cr3, s.cr4, s.dr, s.efer, s.star, s.lstar, s.cstar, s.fmask, s.kernel_gs_base, s.pat, s.sysenter_cs,
      s.sysenter_esp, s.sysenter_eip, s.fxsave, s.tsc_aux, s.privilege, s.halted, s.shadow, s.nmi_blocked,
      s.nmi_pending, s.shutdown);
}
template <class V>
void fields(V& v, TlbEntry& e) {
    v(e.page, e.frame, e.size, e.writable, e.user, e.executable, e.global, e.dirty);
}

}  // namespace sim::engine

namespace sim::recording {

template <class V>
void fields(V& v, Bookmark& b) {
    v(b.name, b.at, b.text, b.view, b.address);
}

}  // namespace sim::recording

namespace sim::debug {

template <class V>
void fields(V& v, MachineInfo::Ram& r) {
    v(r.start, r.length);
}
template <class V>
void fields(V& v, BranchInfo& b) {
    std::uint64_t inputs = b.inputs;
    v(b.number, b.name, b.parent, b.forked_at, b.end, inputs, b.active);
    b.inputs = static_cast<std::size_t>(inputs);
}
template <class V>
void fields(V& v, ProcessorInfo& p) {
    v(p.cpu, p.location, p.running, p.waits, p.retired);
}
template <class V>
void fields(V& v, Function& f) {
    v(f.name, f.low, f.high, f.file, f.line);
}
template <class V>
void fields(V& v, Object& o) {
    v(o.name, o.address, o.size, o.type);
}
template <class V>
void fields(V& v, Instruction& i) {
    v(i.address, i.length, i.bytes, i.valid, i.mnemonic, i.operands, i.target, i.call, i.jump, i.returns);
}
template <class V>
void fields(V& v, ListHealth& h) {
    v(h.declared, h.problem);
}
template <class V>
void fields(V& v, NamedValue& n) {
    v(n.name, n.text, n.number, n.is_pointer);
}
template <class V>
void fields(V& v, Thread::Saved& s) {
    v(s.rip, s.gpr, s.known);
}
template <class V>
void fields(V& v, Thread& t) {
    v(t.address, t.id, t.name, t.state, t.priority, t.stack_low, t.stack_high, t.saved_rsp, t.stack_used,
      t.waits_for, t.running, t.saved, t.fields);
}
template <class V>
void fields(V& v, Lock& l) {
    v(l.address, l.name, l.owner, l.waiters, l.fields);
}
template <class V>
void fields(V& v, FrameMap& m) {
    v(m.owners, m.owner, m.frames_by_owner, m.first);
}
template <class V>
void fields(V& v, HeapClass& h) {
    v(h.name, h.object_size, h.used, h.capacity, h.fields);
}
template <class V>
void fields(V& v, InterruptVector& i) {
    v(i.vector, i.name, i.count, i.handler, i.fields);
}
template <class V>
void fields(V& v, Descriptor& d) {
    v(d.index, d.address, d.length, d.flags, d.next, d.in_flight);
}
template <class V>
void fields(V& v, Virtqueue& q) {
    v(q.name, q.address, q.size, q.available_index, q.used_index, q.descriptors, q.fields);
}
template <class V>
void fields(V& v, TcpConnection& c) {
    v(c.address, c.state, c.local, c.remote, c.send_unacknowledged, c.send_next, c.send_window, c.receive_next,
      c.receive_window, c.congestion_window, c.slow_start_threshold, c.retransmit_timeout_ns,
      c.smoothed_rtt_ns, c.fields);
}
template <class V>
void fields(V& v, OtherList& o) {
    v(o.name, o.health, o.rows);
}
template <class V>
void fields(V& v, EventView::Naming& n) {
    v(n.thread, n.since, n.name);
}

}  // namespace sim::debug

namespace sim::album {

template <class V>
void fields(V& v, Share& s) {
    v(s.what, s.all, s.here);
}
template <class V>
void fields(V& v, SourceFile& f) {
    v(f.name, f.text);
}
template <class V>
void fields(V& v, Instruction& i) {
    v(i.mode, i.what);
}
template <class V>
void fields(V& v, AlbumMoment& m) {
    v(m.at, m.virtual_ns, m.state, m.exit_status, m.stop_reason, m.processor, m.console_begin, m.console_end,
      m.parts, m.pages);
}

}  // namespace sim::album

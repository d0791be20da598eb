// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/exports/pcap_export.hpp"

#include <fmt/format.h>

namespace sim::exports {

PcapExport::PcapExport(std::filesystem::path const& path, std::uint64_t epoch_ns)
    : file_(path), epoch_ns_(epoch_ns) {}

void PcapExport::event(debug::Event const& e, std::uint64_t number, debug::EventView const& view) {
    if (e.kind == debug::EventKind::thread_switch) thread_ = e.b;
    bool const in = e.kind == debug::EventKind::packet_in;
    if ((!in && e.kind != debug::EventKind::packet_out) || !e.packet) return;
    std::string comment = fmt::format("moment {}, event {}", to_string(e.at), number);
    std::string const& name = view.thread_name(thread_, number);
    if (thread_ != 0) comment += ", thread " + (name.empty() ? fmt::format("{:#x}", thread_) : name);
    file_.write(*e.packet, epoch_ns_ + e.virtual_ns,
                in ? links::Direction::to_guest : links::Direction::from_guest, comment);
    ++packets_;
}

}  // namespace sim::exports

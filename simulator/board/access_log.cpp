// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/board/access_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace sim::board {

std::vector<std::string> AccessLog::parse(std::string const& what) {
    std::vector<std::string> names;
    for (std::size_t start = 0; start <= what.size();) {
        std::size_t const comma = std::min(what.find(',', start), what.size());
        std::string const name = what.substr(start, comma - start);
        if (name.empty())
            throw std::runtime_error(
                fmt::format("--log-access {}: want all, or devices such as uart0,disk0", what));
        if (name == "all") return {};
        names.push_back(name);
        start = comma + 1;
    }
    return names;
}

AccessLog::AccessLog(machine::Machine& machine, std::vector<std::string> devices, std::uint64_t most,
                     std::function<void(std::string const&)> line)
    : machine_(machine), devices_(std::move(devices)), most_(most), line_(std::move(line)) {
    for (std::string const& name : devices_)
        if (name != "nobody" && name != "config" && !machine.find_device(name)) {
            std::string known;
            for (auto const& device : machine.devices()) known += " " + device->name();
            throw std::runtime_error(fmt::format(
                "--log-access: no device is called {}; there are all, nobody, config and:{}", name, known));
        }
    machine_.add_access_observer(*this);
}

AccessLog::~AccessLog() { machine_.remove_access_observer(*this); }

namespace {

std::string place(machine::Access const& access) {
    using Space = machine::AccessSpace;
    switch (access.space) {
        case Space::port:
            return fmt::format("port {:#x}", access.address);
        case Space::msr:
            return fmt::format("MSR {:#x}", access.address);
        case Space::control_register:
            return fmt::format("CR{}", access.address);
        case Space::memory:
            break;
    }
    return fmt::format("memory {:#x}", access.address);
}

}  // namespace

bool AccessLog::wanted(machine::IoHandler::RegisterName const& what) const {
    return devices_.empty() || std::any_of(devices_.begin(), devices_.end(), [&](std::string const& name) {
               return name == what.device || what.device.starts_with(name + ".") ||
                      (name == "config" && what.name.starts_with("config "));
           });
}

void AccessLog::on_access(machine::Machine& machine, machine::Access const& access) {
    if (lines_ > most_) return;
    auto const what = access.name();
    if (!wanted(what)) return;
    if (++lines_ > most_) return line_(fmt::format("{} accesses told; more are not", most_));
    line_(fmt::format("{:.6f} ms  at {}  {} {} byte{} {} {}: {}{}{} = {:#x}, from rip {:#x}",
                      static_cast<double>(machine.virtual_ns()) / 1e6, to_string(machine.moment()),
                      access.write ? "write" : "read", access.size, access.size == 1 ? "" : "s",
                      access.write ? "to" : "from", place(access), what.device, what.name.empty() ? "" : " ",
                      what.name, access.value, machine.cpu(access.cpu).state().rip));
}

}  // namespace sim::board

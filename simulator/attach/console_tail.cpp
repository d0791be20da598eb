// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/attach/console_tail.hpp"

#include <array>

namespace sim::attach {

std::shared_ptr<std::string const> ConsoleTail::read() {
    constexpr std::size_t most = 1U << 20;
    if (path_.empty()) return text_;
    if (!file_.is_open()) file_.open(path_, std::ios::binary);
    if (!file_.is_open()) return text_;
    std::string more;
    std::array<char, 16384> piece;
    file_.clear();  // the end of the file was met before
    file_.seekg(static_cast<std::streamoff>(offset_));
    while (more.size() < most && (file_.read(piece.data(), piece.size()), file_.gcount() > 0))
        more.append(piece.data(), static_cast<std::size_t>(file_.gcount()));
    if (more.empty()) return text_;
    offset_ += more.size();
    std::string all = *text_ + more;
    if (all.size() > most) all.erase(0, all.size() - most);
    text_ = std::make_shared<std::string>(std::move(all));
    return text_;
}

}  // namespace sim::attach

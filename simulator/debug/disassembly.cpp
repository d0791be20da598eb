// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/debug/disassembly.hpp"

#include <algorithm>

namespace sim::debug {

namespace {

constexpr unsigned max_count = 512;
constexpr std::size_t longest = 15;                // bytes of an instruction
constexpr std::uint64_t max_function = 64 * 1024;  // how far back a function's first byte may lie

// Code bytes through a small cache, so that each page is translated once.
class Bytes {
public:
    explicit Bytes(CodeReader const& read) : read_(read) {}
    // Up to `longest` bytes at an address; fewer before an unmapped page.
    std::span<std::uint8_t const> at(std::uint64_t address) {
        if (address < start_ || address + longest > start_ + filled_ || filled_ == 0) {
            // A short fill means that the next page is not there: asking again is no use.
            bool const known_end = filled_ < block_.size() && address >= start_ && address < start_ + filled_;
            if (!known_end) {
                start_ = address;
                filled_ = std::min(read_(address, block_), block_.size());
            }
        }
        if (address < start_ || address >= start_ + filled_) return {};
        std::size_t const offset = address - start_;
        return std::span<std::uint8_t const>(block_).subspan(offset, std::min(longest, filled_ - offset));
    }

private:
    CodeReader const& read_;
    std::array<std::uint8_t, 1024> block_{};
    std::uint64_t start_ = 0;
    std::size_t filled_ = 0;
};

}  // namespace

Disassembler::Disassembler(std::shared_ptr<Symbols const> symbols, Decoder decode)
    : symbols_(std::move(symbols)), decode_(std::move(decode)) {}

Instruction Disassembler::one(std::uint64_t address, std::span<std::uint8_t const> bytes,
                              CodeMode mode) const {
    Instruction result;
    if (bytes.empty()) {
        result.address = address;
        result.length = 1;
        result.valid = result.readable = false;
        result.mnemonic = "??";
    } else {
        result = decode_(address, bytes.first(std::min(bytes.size(), longest)), mode);
    }
    annotate(result);
    return result;
}

void Disassembler::annotate(Instruction& i) const {
    if (!symbols_) return;
    if (Function const* f = symbols_->function_at(i.address); f && f->low == i.address) i.label = f->name;
    if (auto const line = symbols_->line_at(i.address)) i.source = *line;
    if (i.target && symbols_->near(*i.target)) i.target_name = symbols_->describe(*i.target);
}

Disassembly Disassembler::around(std::uint64_t address, unsigned before, unsigned after, CodeMode mode,
                                 CodeReader const& read) const {
    before = std::min(before, max_count);
    after = std::min(after, max_count);
    Bytes bytes(read);
    // Instructions from `from` that end exactly at `to`, or nothing.
    auto run = [&](std::uint64_t from, std::uint64_t to, bool strict) {
        std::vector<Instruction> found;
        for (std::uint64_t at = from; at < to;) {
            Instruction i = one(at, bytes.at(at), mode);
            if ((strict && !i.valid) || !i.readable) return std::vector<Instruction>{};
            at += i.length;
            if (at > to) {  // `to` lies inside this one: it is left out
                if (strict) return std::vector<Instruction>{};
                break;
            }
            found.push_back(std::move(i));
        }
        return found;
    };

    std::vector<Instruction> above;  // in order
    std::uint64_t top = address;
    while (above.size() < before && top > 0) {
        std::vector<Instruction> more;
        Function const* f = symbols_ ? symbols_->function_at(top - 1) : nullptr;
        if (f && top - f->low <= max_function) {
            more = run(f->low, top, false);
        } else {
            // No function known: the longest way back that falls into step.
            std::uint64_t const most = std::min<std::uint64_t>(top, 15ULL * (before - above.size()));
            for (std::uint64_t back = most; back > 0 && more.empty(); --back)
                more = run(top - back, top, true);
        }
        if (more.empty()) break;
        top = more.front().address;
        above.insert(above.begin(), std::make_move_iterator(more.begin()),
                     std::make_move_iterator(more.end()));
    }
    if (above.size() > before) above.erase(above.begin(), above.end() - before);

    Disassembly result;
    result.mode = mode;
    result.focus = above.size();
    result.instructions = std::move(above);
    std::uint64_t at = address;
    for (unsigned n = 0; n <= after; ++n) {
        Instruction i = one(at, bytes.at(at), mode);
        std::uint64_t const next = at + i.length;
        bool const readable = i.readable;
        result.instructions.push_back(std::move(i));
        if (!readable || next < at) break;
        at = next;
    }
    SourceLine previous;
    for (Instruction& i : result.instructions) {
        i.starts_line = i.source.line != 0 && i.source != previous;
        previous = i.source;
    }
    return result;
}

}  // namespace sim::debug

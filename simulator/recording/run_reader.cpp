// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/run_reader.hpp"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "simulator/recording/budget.hpp"
#include "simulator/recording/crc32.hpp"
#include "simulator/recording/manifest.hpp"
#include "simulator/recording/packed.hpp"
#include "simulator/recording/sections.hpp"
#include "simulator/recording/sha256.hpp"

namespace sim::recording {
namespace {

using Bytes = std::span<std::uint8_t const>;

// A tag for people: letters as they are, anything else as a number.
std::string show_tag(std::uint32_t value) {
    std::string text;
    for (unsigned i = 0; i < 4; ++i) {
        char const letter = static_cast<char>(value >> (8 * i));
        if (letter < ' ' || letter > '~') return fmt::format("{:08x}", value);
        text += letter;
    }
    return text;
}

bool may_be_skipped(std::uint32_t tag) { return (tag & 0x20) != 0; }

class Reader {
public:
    Reader(Bytes file, std::string const& name, Tolerance tolerance, std::uint64_t most, Reading const& reading)
        : file_(file), name_(name), tolerance_(tolerance), budget_(most), reading_(reading) {}

    Recording read() {
        read_head();
        while (!ended_) {
            if (at_ == file_.size()) {
                if (tolerance_ == Tolerance::salvage && have_manifest_) return salvaged();
                truncated(
                    fmt::format("its end section is missing (it holds {} inputs)", result_.inputs.size()));
            }
            if (!read_section()) return salvaged();
        }
        if (at_ != file_.size()) corrupt(fmt::format("{} bytes follow its end section", file_.size() - at_));
        if (result_.end.inputs != result_.inputs.size())
            corrupt(fmt::format("it holds {} inputs where its end section says {}", result_.inputs.size(),
                                result_.end.inputs));
        check_order();
        return std::move(result_);
    }

private:
    [[noreturn]] void corrupt(std::string const& cause) {
        throw RunFileError(
            fmt::format("{} is corrupt: {}; get a fresh copy of it or record again", name_, cause));
    }
    [[noreturn]] void truncated(std::string const& cause) {
        throw RunFileError(fmt::format(
            "{} is truncated: it ends at byte {}, {}; copy it again, or add --salvage to run what is there",
            name_, file_.size(), cause));
    }

    void read_head() {
        std::size_t const common = std::min(file_.size(), magic.size());
        if (file_.empty() || std::memcmp(file_.data(), magic.data(), common) != 0)
            throw RunFileError(fmt::format(
                "{} is no recording: it does not begin as a .run file does; give a file made by --record",
                name_));
        if (file_.size() < 16) truncated("inside its head");
        if (u32_at(file_, 12) != crc32(file_.first(12))) corrupt("its head fails its checksum");
        if (std::uint32_t const version = u32_at(file_, 8); version != format_version)
            throw RunFileError(fmt::format(
                "{} has version {} of the recording format, this program reads version {}; use the "
                "Vivarium that recorded it",
                name_, version, format_version));
        at_ = 16;
    }

    // False: the file stops inside the section, and that is tolerated.
    bool read_section() {
        std::size_t const start = at_;
        if (file_.size() - at_ < 16) return stops_inside("the head of a section", start);
        std::uint32_t const tag = u32_at(file_, at_), plain_size = u32_at(file_, at_ + 4),
                            stored_size = u32_at(file_, at_ + 8);
        Bytes const head = file_.subspan(at_, 12);
        if (stored_size > file_.size() - at_ - 16)
            return stops_inside(fmt::format("section {} of {} bytes", show_tag(tag), stored_size), start);
        Bytes const stored = file_.subspan(at_ + 16, stored_size);
        if (u32_at(file_, at_ + 12) != crc32(stored, crc32(head)))
            corrupt(fmt::format("section {} at byte {} fails its checksum", show_tag(tag), start));
        at_ += 16 + std::size_t{stored_size};
        try {
            take(tag, unpack(tag, stored, plain_size));
        } catch (DecodeError const& error) {
            corrupt(fmt::format("section {} at byte {}: {}", show_tag(tag), start, error.what()));
        }
        return true;
    }

    bool stops_inside(std::string const& where, std::size_t start) {
        if (tolerance_ == Tolerance::whole || !have_manifest_)
            truncated(fmt::format("inside {} that begins at byte {}", where, start));
        return false;
    }

    std::vector<std::uint8_t> unpack(std::uint32_t tag, Bytes stored, std::uint32_t plain_size) {
        if (plain_size > section_limit(tag))
            throw DecodeError(fmt::format("it claims {} bytes, more than allowed", plain_size));
        charge(plain_size);
        return recording::unpack(stored, plain_size);
    }

    void charge(std::uint64_t bytes) {
        if (!budget_.take(bytes)) throw DecodeError("the file is larger than allowed when unpacked");
    }

    void take(std::uint32_t tag, std::vector<std::uint8_t> const& plain) {
        if (have_manifest_ == (tag == tag_manifest))
            throw DecodeError(have_manifest_ ? "a second manifest" : "the manifest must come first");
        Decoder in(plain);
        if (tag != tag_manifest && tag != tag_blob) tell_beginning();
        switch (tag) {
            case tag_manifest:
                decode_manifest({reinterpret_cast<char const*>(plain.data()), plain.size()}, result_);
                have_manifest_ = true;
                break;
            case tag_blob:
                take_blob(in);
                break;
            case tag_inputs:
                while (!in.at_end()) {
                    result_.inputs.push_back(inputs_.decode(in));
                    charge(weight(result_.inputs.back()));
                }
                make_room(plain.size());
                break;
            case tag_hashes:
                while (!in.at_end()) {
                    result_.hashes.push_back(hashes_.decode(in));
                    charge(weight(result_.hashes.back()));
                }
                break;
            case tag_trail:
                while (!in.at_end()) {
                    result_.trail.push_back(trail_.decode(in, result_.inputs));
                    charge(weight(result_.trail.back()));
                    std::size_t const n = result_.trail.size();
                    if (n > 1 && result_.trail[n - 1].at < result_.trail[n - 2].at)
                        throw DecodeError("it goes back in time");
                    if (n > 1 && !reading_.trail) result_.trail.erase(result_.trail.begin());
                }
                break;
            case tag_pages:
                decode_pages(in, result_.pages);
                break;
            case tag_overlay:
                if (overlays_.size() >= machine::most_disks) throw DecodeError("there are too many disks");
                overlays_.push_back(decode_overlay(in, result_.pages.size()));
                charge(weight(overlays_.back()));
                break;
            case tag_checkpoint:
                take_checkpoint(in);
                break;
            case tag_view:
                result_.view.assign(plain.begin(), plain.end());
                break;
            case tag_parent:
                if (result_.parent) throw DecodeError("it has a second parent");
                result_.parent = decode_parent({reinterpret_cast<char const*>(plain.data()), plain.size()});
                break;
            case tag_bookmark:
                if (result_.bookmarks.size() >= max_bookmarks)
                    throw DecodeError("there are too many bookmarks");
                result_.bookmarks.push_back(
                    decode_bookmark({reinterpret_cast<char const*>(plain.data()), plain.size()}));
                charge(weight(result_.bookmarks.back()));
                break;
            case tag_end:
                result_.end = decode_end(in);
                in.finish();
                ended_ = true;
                break;
            default:
                if (!may_be_skipped(tag))
                    throw DecodeError("this program does not know such sections; use a newer Vivarium");
        }
    }

    // For all inputs at once, as many as the sections' heads make one expect after the first of
    // them: a vector of millions that grows moves them all again and again.
    void make_room(std::uint64_t plain) {
        if (std::exchange(roomy_, true) || plain == 0) return;
        constexpr std::uint64_t most_packed = 64;  // what a head says is not believed
        std::uint64_t all = plain;
        for (std::size_t at = at_; file_.size() - at >= 16;) {
            std::uint32_t const stored = u32_at(file_, at + 8);
            if (stored > file_.size() - at - 16) break;
            if (u32_at(file_, at) == tag_inputs)
                all += std::min<std::uint64_t>(u32_at(file_, at + 4), most_packed * stored);
            at += 16 + std::size_t{stored};
        }
        std::uint64_t const expected = result_.inputs.size() * all / plain;
        result_.inputs.reserve(
            std::min<std::uint64_t>(expected + expected / 16, budget_.left() / sizeof(machine::Input)));
    }

    void tell_beginning() {
        if (!std::exchange(told_, true) && reading_.begins) reading_.begins(result_.config);
    }

    void take_checkpoint(Decoder& in) {
        if (result_.checkpoints.size() >= max_stored_checkpoints)
            throw DecodeError("there are too many checkpoints");
        result_.checkpoints.push_back(decode_checkpoint(in, result_.pages.size()));
        charge(weight(result_.checkpoints.back()));
        result_.checkpoints.back().overlays = std::exchange(overlays_, {});
        if (std::size_t const n = result_.checkpoints.size();
            n > 1 && result_.checkpoints[n - 1].at <= result_.checkpoints[n - 2].at)
            throw DecodeError("it does not come after the one before");
    }

    void take_blob(Decoder& in) {
        std::string const name = in.text(64);
        Bytes const bytes = in.bytes(max_blob_bytes);
        in.finish();
        if (sha256(bytes) != name)
            throw DecodeError("the embedded file does not have the SHA-256 it is filed under");
        auto shared = std::make_shared<std::vector<std::uint8_t> const>(bytes.begin(), bytes.end());
        for (machine::Blob* blob : blobs_of(result_.config))
            if (blob->sha256 == name) blob->bytes = shared;
    }

    void check_order() {
        for (auto const& input : result_.inputs)
            if (input.at > result_.end.at)
                corrupt(fmt::format("an input at {} lies after the end", to_string(input.at)));
        for (auto const& point : result_.trail)
            if (point.at > result_.end.at)
                corrupt(fmt::format("a point of its trail at {} lies after the end", to_string(point.at)));
        for (auto const& point : result_.hashes)
            if (point.at > result_.end.at)
                corrupt(fmt::format("a hash at {} lies after the end", to_string(point.at)));
    }

    // The writer died: the life is known up to the last thing that it wrote.
    Recording salvaged() {
        result_.complete = false;
        End& end = result_.end;
        end.ending = Ending::stopped;
        end.inputs = result_.inputs.size();
        if (!result_.inputs.empty()) {
            // The delivery itself is the next happening.
            end.at = {result_.inputs.back().at.retired, result_.inputs.back().at.sub + 1};
            end.virtual_ns = result_.inputs.back().virtual_ns;
        }
        if (!result_.hashes.empty() && result_.hashes.back().at >= end.at) {
            end.at = result_.hashes.back().at;
            end.hash = result_.hashes.back().hash;
        }
        // The last mark is the last flushed second.
        if (!result_.trail.empty() && result_.trail.back().at > end.at) {
            end.at = result_.trail.back().at;
            end.virtual_ns = result_.trail.back().virtual_ns;
            end.hash = {};
        }
        return std::move(result_);
    }

    Bytes file_;
    std::string const& name_;
    Tolerance tolerance_;
    std::size_t at_ = 0;
    Budget budget_;
    Reading const& reading_;
    bool have_manifest_ = false, told_ = false, roomy_ = false, ended_ = false;
    InputCodec inputs_;
    HashCodec hashes_;
    TrailCodec trail_;
    std::vector<StoredOverlay> overlays_;  // for the checkpoint to come
    Recording result_;
};

}  // namespace

Recording read_run_bytes(Bytes file, std::string const& name, Tolerance tolerance, std::uint64_t most,
                         Reading const& reading) {
    return Reader(file, name, tolerance, most, reading).read();
}

}  // namespace sim::recording

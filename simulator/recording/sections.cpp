// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/sections.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "simulator/machine/page_overlay.hpp"
#include "simulator/recording/crc32.hpp"
#include "simulator/recording/packed.hpp"

namespace sim::recording {
namespace {

using machine::Moment;
using nlohmann::json;

template <class T>
T field(json const& object, char const* name) {
    auto const found = object.find(name);
    if (found == object.end()) throw DecodeError(std::string("it has no \"") + name + "\"");
    bool const right = std::is_same_v<T, bool>          ? found->is_boolean()
                       : std::is_same_v<T, std::string> ? found->is_string()
                                                        : found->is_number_unsigned();
    if (!right) throw DecodeError(std::string("\"") + name + "\" has the wrong type");
    return found->get<T>();
}

// No life gets this far, and sums of a few of them do not overflow.
constexpr std::uint64_t max_count = std::uint64_t{1} << 62;

// A moment as the difference from the one before: `sub` counts from zero again
// when the count of instructions has moved.
void encode_moment(Moment at, Moment& last, Encoder& out) {
    out.number(at.retired - last.retired);
    out.number(at.retired == last.retired ? at.sub - last.sub : at.sub);
    last = at;
}

Moment decode_moment(Moment& last, Decoder& in) {
    Moment at;
    at.retired = last.retired + in.number(max_count - last.retired, "a moment");
    std::uint64_t const base = at.retired == last.retired ? last.sub : 0;
    at.sub = base + in.number(max_count - base, "a moment");
    last = at;
    return at;
}

// Pages in their places, which rise.
void encode_places(std::vector<StoredPage> const& pages, Encoder& out) {
    out.number(pages.size());
    std::uint32_t last = 0;
    for (StoredPage const& page : pages) {
        out.number(page.index - last);
        out.number(page.content);
        last = page.index;
    }
}

std::vector<StoredPage> decode_places(Decoder& in, std::uint64_t places, std::size_t known_pages) {
    std::vector<StoredPage> pages;
    std::uint64_t const count = in.number(max_stored_places, "the number of pages");
    std::uint64_t last = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        if (known_pages == 0 || places == 0) throw DecodeError("it speaks of a page that is not there");
        std::uint64_t const step = in.number(places - 1 - last, "a page number");
        if (i > 0 && step == 0) throw DecodeError("a page stands there twice");
        last += step;
        std::uint64_t const content = in.number(known_pages - 1, "the content of a page");
        pages.push_back({static_cast<std::uint32_t>(last), static_cast<std::uint32_t>(content)});
    }
    return pages;
}

}  // namespace

std::string to_string(Ending ending) {
    switch (ending) {
        case Ending::exited:
            return "the guest exited";
        case Ending::shutdown:
            return "triple fault";
        case Ending::halted:
            return "the guest halted for ever";
        case Ending::stopped:
            return "the recording was stopped";
    }
    return "?";
}

std::uint64_t InputCodec::number_of_target(std::string const& name) {
    for (std::size_t i = 0; i < targets_.size(); ++i)
        if (targets_[i] == name) return i;
    targets_.push_back(name);
    return targets_.size() - 1;
}

void InputCodec::encode(machine::Input const& input, Encoder& out) {
    encode_moment(input.at, last_, out);
    out.number(input.virtual_ns - last_ns_);
    last_ns_ = input.virtual_ns;
    std::size_t const known = targets_.size();
    std::uint64_t const target = number_of_target(input.target);
    out.number(target);
    if (target == known) out.text(input.target);  // first use: its name follows
    out.number(static_cast<std::uint64_t>(input.kind));
    out.bytes(input.bytes);
}

machine::Input InputCodec::decode(Decoder& in) {
    machine::Input input;
    input.at = decode_moment(last_, in);
    last_ns_ += in.number(max_count - last_ns_, "a virtual time");
    input.virtual_ns = last_ns_;
    std::uint64_t const target = in.number(std::min<std::uint64_t>(targets_.size(), 255), "a device number");
    if (target == targets_.size()) targets_.push_back(in.text(max_name_bytes));
    input.target = targets_[target];
    input.kind = static_cast<machine::InputKind>(
        in.number(static_cast<std::uint64_t>(machine::last_input_kind), "the kind of an input"));
    auto const bytes = in.bytes(max_input_bytes);
    input.bytes.assign(bytes.begin(), bytes.end());
    return input;
}

void HashCodec::encode(HashPoint const& point, Encoder& out) {
    encode_moment(point.at, last_, out);
    out.u64(point.hash.total);
    bool same = names_.size() == point.hash.parts.size();
    for (std::size_t i = 0; same && i < names_.size(); ++i) same = names_[i] == point.hash.parts[i].name;
    out.number(same ? 0 : point.hash.parts.size() + 1);
    if (!same) {
        names_.clear();
        for (auto const& part : point.hash.parts) {
            out.text(part.name);
            names_.push_back(part.name);
        }
    }
    for (auto const& part : point.hash.parts) out.u64(part.hash);
}

HashPoint HashCodec::decode(Decoder& in) {
    HashPoint point;
    point.at = decode_moment(last_, in);
    point.hash.total = in.u64();
    if (std::uint64_t const count = in.number(max_hash_parts + 1, "the number of parts of a hash");
        count > 0) {
        names_.clear();
        for (std::uint64_t i = 1; i < count; ++i) names_.push_back(in.text(max_name_bytes));
    }
    for (auto const& name : names_) point.hash.parts.push_back({name, in.u64()});
    return point;
}

void TrailCodec::encode(TrailPoint const& point, Encoder& out) {
    if (point.before_input) {
        out.number(1 + point.input - input_);
        input_ = point.input + 1;
    } else {
        out.number(0);
        encode_moment(point.at, last_, out);
        out.number(point.virtual_ns - last_ns_);
        last_ns_ = point.virtual_ns;
    }
    out.u32(point.hash);
}

TrailPoint TrailCodec::decode(Decoder& in, std::vector<machine::Input> const& inputs) {
    TrailPoint point;
    std::uint64_t const kind = in.number();
    if (kind > 0) {
        if (kind > inputs.size() || input_ + kind > inputs.size())
            throw DecodeError("it speaks of an input that is not there");
        point.before_input = true;
        point.input = input_ + kind - 1;
        input_ = point.input + 1;
        point.at = inputs[point.input].at;
        point.virtual_ns = inputs[point.input].virtual_ns;
    } else {
        point.at = decode_moment(last_, in);
        last_ns_ += in.number(max_count - last_ns_, "a virtual time");
        point.virtual_ns = last_ns_;
    }
    point.hash = in.u32();
    return point;
}

void decode_pages(Decoder& in, std::vector<machine::PagePtr>& into) {
    while (!in.at_end()) {
        if (into.size() >= max_stored_pages) throw DecodeError("there are too many pages");
        into.push_back(machine::make_page(in.raw(machine::page_bytes).first<machine::page_bytes>()));
    }
}

void encode_overlay(StoredOverlay const& overlay, Encoder& out) {
    out.text(overlay.device);
    out.number(overlay.pages);
    out.number(overlay.whole);
    encode_places(overlay.written, out);
}

StoredOverlay decode_overlay(Decoder& in, std::size_t known_pages) {
    StoredOverlay overlay;
    overlay.device = in.text(max_name_bytes);
    overlay.pages = static_cast<std::uint32_t>(in.number(max_overlay_pages, "the size of a disk"));
    overlay.whole = in.number(1, "whether it is whole") != 0;
    overlay.written = decode_places(in, overlay.pages, known_pages);
    in.finish();
    return overlay;
}

void encode_checkpoint(StoredCheckpoint const& checkpoint, Encoder& out) {
    machine::Moment zero;
    encode_moment(checkpoint.at, zero, out);
    out.number(checkpoint.virtual_ns);
    out.number(checkpoint.parts.size());
    for (auto const& part : checkpoint.parts) {
        out.text(part.name);
        out.bytes(part.bytes);
    }
    out.u64(checkpoint.base_hash);
    encode_places(checkpoint.pages, out);
}

StoredCheckpoint decode_checkpoint(Decoder& in, std::size_t known_pages) {
    StoredCheckpoint checkpoint;
    machine::Moment zero;
    checkpoint.at = decode_moment(zero, in);
    checkpoint.virtual_ns = in.number(max_count, "a virtual time");
    std::uint64_t const parts = in.number(max_hash_parts, "the number of parts");
    for (std::uint64_t i = 0; i < parts; ++i) {
        std::string name = in.text(max_name_bytes);
        auto const bytes = in.bytes(max_part_bytes);
        checkpoint.parts.push_back({std::move(name), {bytes.begin(), bytes.end()}});
    }
    checkpoint.base_hash = in.u64();
    checkpoint.pages = decode_places(in, std::uint64_t{UINT32_MAX} + 1, known_pages);
    in.finish();
    return checkpoint;
}

std::string encode_parent(Parent const& parent) {
    json const object = {{"kind", parent.kind},
                         {"name", parent.name},
                         {"retired", parent.at.retired},
                         {"sub", parent.at.sub},
                         {"past", parent.past_sha256}};
    return object.dump(-1, ' ', true, json::error_handler_t::replace);
}

Parent decode_parent(std::string_view text) {
    json const object = json::parse(text, nullptr, false);
    if (!object.is_object()) throw DecodeError("it is no JSON object");
    Parent parent;
    parent.kind = field<std::string>(object, "kind");
    parent.name = field<std::string>(object, "name");
    parent.at = {field<std::uint64_t>(object, "retired"), field<std::uint64_t>(object, "sub")};
    parent.past_sha256 = field<std::string>(object, "past");
    return parent;
}

std::vector<std::uint8_t> encode_section(std::uint32_t tag, std::span<std::uint8_t const> plain, int level) {
    std::vector<std::uint8_t> const stored = pack(plain, level);
    Encoder out;
    out.u32(tag);
    out.u32(static_cast<std::uint32_t>(plain.size()));
    out.u32(static_cast<std::uint32_t>(stored.size()));
    out.u32(crc32(stored, crc32(out.result())));
    out.raw(stored);
    return out.result();
}

std::string encode_bookmark(Bookmark const& bookmark) {
    json object = {{"name", bookmark.name},
                   {"retired", bookmark.at.retired},
                   {"sub", bookmark.at.sub},
                   {"text", bookmark.text},
                   {"view", bookmark.view}};
    if (bookmark.address) object["address"] = *bookmark.address;
    return object.dump(-1, ' ', true, json::error_handler_t::replace);
}

Bookmark decode_bookmark(std::string_view text) {
    json const object = json::parse(text, nullptr, false);
    if (!object.is_object()) throw DecodeError("it is no JSON object");
    Bookmark bookmark;
    bookmark.name = field<std::string>(object, "name");
    bookmark.at = {field<std::uint64_t>(object, "retired"), field<std::uint64_t>(object, "sub")};
    bookmark.text = field<std::string>(object, "text");
    bookmark.view = field<std::string>(object, "view");
    if (object.contains("address")) bookmark.address = field<std::uint64_t>(object, "address");
    return bookmark;
}

void encode_end(End const& end, Encoder& out) {
    HashCodec hash;
    hash.encode({end.at, end.hash}, out);
    out.number(end.virtual_ns);
    out.number(static_cast<std::uint64_t>(end.ending));
    out.number(end.status);
    out.number(end.inputs);
}

End decode_end(Decoder& in) {
    End end;
    HashCodec hash;
    HashPoint point = hash.decode(in);
    end.at = point.at;
    end.hash = std::move(point.hash);
    end.virtual_ns = in.number();
    end.ending =
        static_cast<Ending>(in.number(static_cast<std::uint64_t>(Ending::stopped), "the kind of ending"));
    end.status = static_cast<std::uint32_t>(in.number(UINT32_MAX, "the exit status"));
    end.inputs = in.number();
    return end;
}

}  // namespace sim::recording

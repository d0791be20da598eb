// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/run_writer.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "simulator/links/output_file.hpp"
#include "simulator/recording/crc32.hpp"
#include "simulator/recording/manifest.hpp"

namespace sim::recording {
namespace {

// Large enough that zstd finds what requests have in common.
constexpr std::size_t batch_bytes = 256 << 10;

void write_blob(Encoder& out, machine::Blob const& blob) {
    if (blob.bytes->size() > max_blob_bytes)
        throw RunFileError(
            fmt::format("{} is too large to embed ({} MiB, at most {}); record without --embed", blob.name,
                        blob.bytes->size() >> 20, max_blob_bytes >> 20));
    out.text(blob.sha256);
    out.bytes(*blob.bytes);
}

}  // namespace

RunWriter::RunWriter(std::filesystem::path path, machine::MachineConfig const& config, bool embed,
                     std::uint64_t most)
    : path_(std::move(path)),
      part_(path_.string() + fmt::format(".{}.part", getpid())),
      budget_(most),
      checkpoint_budget_(most / 2),
      memory_bytes_(config.memory_bytes),
      seed_(config.seed) {
    links::check_replaceable(path_, magic, "recording");
    file_.reset(std::fopen(part_.c_str(), "wbe"));
    if (!file_) throw RunFileError(fmt::format("cannot write {}: {}", part_.string(), strerror(errno)));
    try {
        Encoder head;
        head.raw({reinterpret_cast<std::uint8_t const*>(magic.data()), magic.size()});
        head.u32(format_version);
        head.u32(crc32(head.result()));
        write(head.result());
        std::string const manifest = encode_manifest(config);
        if (manifest.size() > max_manifest_bytes)
            throw RunFileError(
                fmt::format("{}: the guest's command line is too long to record", path_.string()));
        section(tag_manifest, {reinterpret_cast<std::uint8_t const*>(manifest.data()), manifest.size()});
        for (machine::Blob const* blob : blobs_of(config)) {
            if (!embed || !blob->present()) continue;
            Encoder out;
            write_blob(out, *blob);
            section(tag_blob, out.result());
        }
        flush();
    } catch (...) {
        unlink(part_.c_str());  // the destructor of a half-made object does not run
        throw;
    }
}

RunWriter::~RunWriter() {
    if (!finished_) unlink(part_.c_str());
}

// Counted now, though it is written later.
template <class Encode>
void RunWriter::batched(Encoder& batch, std::uint64_t weight, Encode const& encode) {
    std::size_t const before = batch.size();
    encode(batch);
    take(weight + batch.size() - before);
}

void RunWriter::input(machine::Input const& one) {
    if (one.bytes.size() > max_input_bytes)
        throw RunFileError(fmt::format("an input of {} bytes cannot be recorded", one.bytes.size()));
    batched(input_batch_, weight(one), [&](Encoder& out) { input_codec_.encode(one, out); });
    ++inputs_;
    if (input_batch_.size() >= batch_bytes) flush();
}

void RunWriter::hash(HashPoint const& point) {
    batched(hash_batch_, weight(point), [&](Encoder& out) { hash_codec_.encode(point, out); });
    if (hash_batch_.size() >= batch_bytes) flush();
}

void RunWriter::trail(TrailPoint const& point) {
    batched(trail_batch_, weight(point), [&](Encoder& out) { trail_codec_.encode(point, out); });
    if (trail_batch_.size() >= batch_bytes) flush();
}

bool RunWriter::checkpoint(machine::Checkpoint const& checkpoint) {
    if (last_checkpoint_ && checkpoint.at <= *last_checkpoint_) return true;
    if (checkpoints_full_ || checkpoints_ >= max_stored_checkpoints) return false;
    checkpoints_full_ = true;  // unless all goes well
    if (!pages_) pages_ = std::make_unique<PageStore>(memory_bytes_, seed_);
    auto const stored = pages_->store(checkpoint);
    if (!stored) return false;

    struct Section {
        std::uint32_t tag;
        Encoder content;
        std::uint64_t weight;
    };
    std::vector<Section> sections;
    auto const begin = [&](std::uint32_t tag, std::uint64_t weight) -> Encoder& {
        sections.push_back({tag, Encoder(), weight});
        return sections.back().content;
    };
    Encoder* pages = nullptr;
    for (machine::PagePtr const& page : pages_->take_new()) {
        if (!pages || pages->size() >= batch_bytes) pages = &begin(tag_pages, 0);
        pages->raw(page->bytes);
    }
    for (StoredOverlay const& overlay : stored->overlays)
        encode_overlay(overlay, begin(tag_overlay, weight(overlay)));
    encode_checkpoint(*stored, begin(tag_checkpoint, weight(*stored)));

    std::uint64_t needed = 0;
    for (Section const& one : sections) {
        if (one.content.size() > section_limit(one.tag)) return false;
        needed += one.content.size() + one.weight;
    }
    if (needed > room() / 2 || !checkpoint_budget_.take(needed)) return false;
    for (Section const& one : sections) {
        take(one.weight);
        section(one.tag, one.content.result());
    }
    ++checkpoints_;
    last_checkpoint_ = checkpoint.at;
    checkpoints_full_ = false;
    return true;
}

void RunWriter::view(std::string_view json) {
    if (json.size() > max_view_bytes) throw RunFileError("the view's state is too large to record");
    section(tag_view, {reinterpret_cast<std::uint8_t const*>(json.data()), json.size()});
}

void RunWriter::bookmark(Bookmark const& bookmark) {
    std::string const text = encode_bookmark(bookmark);
    if (++bookmarks_ > max_bookmarks || text.size() > max_bookmark_bytes)
        throw RunFileError(fmt::format("{}: too many bookmarks, or too long a one", path_.string()));
    take(weight(bookmark));
    section(tag_bookmark, {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
}

void RunWriter::parent(Parent const& parent) {
    std::string const text = encode_parent(parent);
    section(tag_parent, {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
}

void RunWriter::flush() {
    if (input_batch_.size() > 0) write_section(tag_inputs, input_batch_.result());
    input_batch_.clear();
    if (hash_batch_.size() > 0) write_section(tag_hashes, hash_batch_.result());
    hash_batch_.clear();
    // After the inputs that it speaks of.
    if (trail_batch_.size() > 0) write_section(tag_trail, trail_batch_.result());
    trail_batch_.clear();
    if (std::fflush(file_.get()) != 0)
        throw RunFileError(
            fmt::format("cannot write {}: {}; is the disk full?", part_.string(), strerror(errno)));
}

void RunWriter::finish(End end) {
    flush();
    end.inputs = inputs_;
    Encoder out;
    encode_end(end, out);
    section(tag_end, out.result());
    // On the disk before the name changes: a power cut leaves the old file or the new one.
    if (std::fflush(file_.get()) != 0 || fsync(fileno(file_.get())) != 0 ||
        rename(part_.c_str(), path_.c_str()) != 0)
        throw RunFileError(
            fmt::format("cannot write {}: {}; is the disk full?", path_.string(), strerror(errno)));
    file_.reset();
    finished_ = true;
}

void RunWriter::take(std::uint64_t bytes) {
    if (!budget_.take(bytes))
        throw RunFileError(fmt::format(
            "{}: the recording is as large as one may be; record less, or without --embed", path_.string()));
}

void RunWriter::section(std::uint32_t tag, std::span<std::uint8_t const> plain) {
    take(plain.size());
    write_section(tag, plain);
}

void RunWriter::write_section(std::uint32_t tag, std::span<std::uint8_t const> plain) {
    write(encode_section(tag, plain, level_));
}

void RunWriter::write(std::span<std::uint8_t const> bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
        throw RunFileError(
            fmt::format("cannot write {}: {}; is the disk full?", part_.string(), strerror(errno)));
}

}  // namespace sim::recording

// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/run_writer.hpp"

#include <fmt/format.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstring>

#include "simulator/links/output_file.hpp"
#include "simulator/recording/crc32.hpp"
#include "simulator/recording/manifest.hpp"

namespace sim::recording {
namespace {

// Large enough that zstd finds what requests have in common.
constexpr std::size_t batch_bytes = 256 << 10;

void put_u32(std::vector<std::uint8_t>& out, std::uint64_t value) {
    for (unsigned i = 0; i < 4; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void write_blob(Encoder& out, machine::Blob const& blob) {
    if (blob.bytes->size() > max_blob_bytes)
        throw RunFileError(
            fmt::format("{} is too large to embed ({} MiB, at most {}); record without --embed", blob.name,
                        blob.bytes->size() >> 20, max_blob_bytes >> 20));
    out.text(blob.sha256);
    out.bytes(*blob.bytes);
}

}  // namespace

RunWriter::RunWriter(std::filesystem::path path, machine::MachineConfig const& config, bool embed)
    : path_(std::move(path)),
      part_(path_.string() + fmt::format(".{}.part", getpid())),
      memory_bytes_(config.memory_bytes),
      seed_(config.seed) {
    links::check_replaceable(path_, magic, "recording");
    file_.reset(std::fopen(part_.c_str(), "wbe"));
    if (!file_) throw RunFileError(fmt::format("cannot write {}: {}", part_.string(), strerror(errno)));
    try {
        std::vector<std::uint8_t> head(magic.begin(), magic.end());
        put_u32(head, format_version);
        put_u32(head, crc32(head));
        write(head);
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

void RunWriter::input(machine::Input const& one) {
    if (one.bytes.size() > max_input_bytes)
        throw RunFileError(fmt::format("an input of {} bytes cannot be recorded", one.bytes.size()));
    input_codec_.encode(one, input_batch_);
    ++inputs_;
    if (input_batch_.size() >= batch_bytes) flush();
}

void RunWriter::hash(HashPoint const& point) {
    hash_codec_.encode(point, hash_batch_);
    if (hash_batch_.size() >= batch_bytes) flush();
}

void RunWriter::trail(TrailPoint const& point) { trail_codec_.encode(point, trail_batch_); }

bool RunWriter::checkpoint(machine::Checkpoint const& checkpoint) {
    if (checkpoints_ >= max_stored_checkpoints) return false;
    if (!pages_) pages_ = std::make_unique<PageStore>(memory_bytes_, seed_);
    auto const stored = pages_->store(checkpoint);
    if (!stored) return false;
    Encoder out;
    for (machine::PagePtr const& page : pages_->take_new()) {
        out.raw(page->bytes);
        if (out.size() < batch_bytes) continue;
        section(tag_pages, out.result());
        out.clear();
    }
    if (out.size() > 0) section(tag_pages, out.result());
    out.clear();
    encode_checkpoint(*stored, out);
    section(tag_checkpoint, out.result());
    ++checkpoints_;
    return true;
}

void RunWriter::view(std::string_view json) {
    if (json.size() > max_view_bytes) throw RunFileError("the view's state is too large to record");
    section(tag_view, {reinterpret_cast<std::uint8_t const*>(json.data()), json.size()});
}

void RunWriter::bookmark(Bookmark const& bookmark) {
    std::string const text = encode_bookmark(bookmark);
    section(tag_bookmark, {reinterpret_cast<std::uint8_t const*>(text.data()), text.size()});
}

void RunWriter::flush() {
    if (input_batch_.size() > 0) section(tag_inputs, input_batch_.result());
    input_batch_.clear();
    if (hash_batch_.size() > 0) section(tag_hashes, hash_batch_.result());
    hash_batch_.clear();
    // After the inputs that it speaks of.
    if (trail_batch_.size() > 0) section(tag_trail, trail_batch_.result());
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

void RunWriter::section(std::uint32_t tag, std::span<std::uint8_t const> plain) {
    std::vector<std::uint8_t> stored(ZSTD_compressBound(plain.size()));
    std::size_t const size = ZSTD_compress(stored.data(), stored.size(), plain.data(), plain.size(), 9);
    if (ZSTD_isError(size)) throw RunFileError(fmt::format("zstd: {}", ZSTD_getErrorName(size)));
    stored.resize(size);
    std::vector<std::uint8_t> head;
    put_u32(head, tag);
    put_u32(head, plain.size());
    put_u32(head, stored.size());
    put_u32(head, crc32(stored, crc32(head)));
    write(head);
    write(stored);
}

void RunWriter::write(std::span<std::uint8_t const> bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size())
        throw RunFileError(
            fmt::format("cannot write {}: {}; is the disk full?", part_.string(), strerror(errno)));
}

}  // namespace sim::recording

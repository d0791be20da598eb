// SPDX-License-Identifier: MIT
#include "kernel/devices/virtqueue.hpp"

#include <bit>

#include "kernel/base/assert.hpp"
#include "kernel/base/checks.hpp"

namespace devices {
namespace {

static_assert(std::endian::native == std::endian::little);

// Memory that the device reads and writes while we do. One access each, never
// repeated or torn by the compiler.
template <class T>
T load(T& shared) {
    return std::atomic_ref<T>(shared).load(std::memory_order_relaxed);
}
template <class T>
T load_acquire(T& shared) {
    return std::atomic_ref<T>(shared).load(std::memory_order_acquire);
}
template <class T>
void store(T& shared, T value) {
    std::atomic_ref<T>(shared).store(value, std::memory_order_relaxed);
}
template <class T>
void store_release(T& shared, T value) {
    std::atomic_ref<T>(shared).store(value, std::memory_order_release);
}

// The other side asked to hear of the step to `event`+1. Have we taken that
// step between `before` and `now`? All three count modulo 2^16.
// [virtio-1.2 §2.7.7.2]
bool passed(std::uint16_t event, std::uint16_t now, std::uint16_t before) {
    return static_cast<std::uint16_t>(now - event - 1) < static_cast<std::uint16_t>(now - before);
}

}  // namespace

Virtqueue::Virtqueue(std::span<std::byte> memory, base::PhysAddr physical, std::uint16_t size,
                     Features const& features)
    : physical_(physical), size_(size), free_count_(size), features_(features) {
    ASSERT(size != 0 && (size & (size - 1)) == 0 && size <= max_size);
    ASSERT(memory.size() >= memory_size(size, features.table_size));
    ASSERT(physical.raw() % 16 == 0 && reinterpret_cast<std::uintptr_t>(memory.data()) % 16 == 0);

    std::byte* const at = memory.data();
    descriptors_ = reinterpret_cast<VirtqDescriptor*>(at);
    available_ = reinterpret_cast<VirtqRingHead*>(at + available_offset(size));
    available_ring_ = reinterpret_cast<std::uint16_t*>(available_ + 1);
    used_event_ = available_ring_ + size;
    used_ = reinterpret_cast<VirtqRingHead*>(at + used_offset(size));
    used_ring_ = reinterpret_cast<VirtqUsedEntry*>(used_ + 1);
    available_event_ = reinterpret_cast<std::uint16_t*>(used_ring_ + size);
    tables_ = reinterpret_cast<VirtqDescriptor*>(at + tables_offset(size));

    for (std::uint16_t i = 0; i < size; ++i)
        records_[i].next = i + 1 < size ? static_cast<std::uint16_t>(i + 1) : none;
}

Virtqueue::Addresses Virtqueue::addresses() const {
    return {physical_, physical_ + available_offset(size_), physical_ + used_offset(size_)};
}

namespace {

// What the device may write in all; what it reads comes before what it writes.
// [virtio-1.2 §2.7.4.2]
std::uint32_t writable_bytes(std::span<Virtqueue::Buffer const> chain) {
    std::uint32_t writable = 0;
    for (Virtqueue::Buffer const& buffer : chain) {
        ASSERT(buffer.length > 0);
        ASSERT(buffer.device_writes || writable == 0);
        if (buffer.device_writes) writable += buffer.length;
    }
    return writable;
}

VirtqDescriptor describe(Virtqueue::Buffer const& buffer, bool last, std::uint16_t next) {
    std::uint16_t const write = buffer.device_writes ? VirtqDescriptor::flag_write : 0;
    if (last) return {buffer.address.raw(), buffer.length, write, 0};
    return {buffer.address.raw(), buffer.length,
            static_cast<std::uint16_t>(write | VirtqDescriptor::flag_next), next};
}

}  // namespace

base::Result<void, Virtqueue::Error> Virtqueue::push(std::span<Buffer const> chain, std::uint16_t token) {
    ASSERT(!chain.empty());
    if (failed()) return base::fail(Error::Failed);
    bool const in_table = chain.size() > 1 && chain.size() <= features_.table_size;
    if ((in_table ? 1 : chain.size()) > free_count_) return base::fail(Error::Full);

    // [lab:08-push]
    std::uint16_t const head = free_head_;
    if (in_table)
        write_table(head, chain);
    else
        write_chain(head, chain);
    offer(head, token, writable_bytes(chain));
    // [/lab:08-push]
    return {};
}

PART_OF_ALL_CALLERS base::Result<void, Virtqueue::Error> Virtqueue::push_one(Buffer const& buffer,
                                                                             std::uint16_t token) {
    ASSERT(buffer.length > 0);
    if (failed()) return base::fail(Error::Failed);
    if (free_count_ == 0) return base::fail(Error::Full);
    std::uint16_t const head = free_head_;
    free_head_ = records_[head].next;
    records_[head].next = none;
    --free_count_;
    descriptors_[head] = describe(buffer, true, 0);
    offer(head, token, buffer.device_writes ? buffer.length : 0);
    return {};
}

// The chain that begins there is the device's from the next publish() on.
inline void Virtqueue::offer(std::uint16_t head, std::uint16_t token, std::uint32_t writable) {
    // [lab:08-offer]
    records_[head].token = token;
    records_[head].writable = writable;
    records_[head].offered = true;
    ++in_flight_;
    store(available_ring_[slot(added_)], head);
    ++added_;
    // [/lab:08-offer]
}

// Takes a descriptor for each buffer from the free list, in the order of that list.
void Virtqueue::write_chain(std::uint16_t head, std::span<Buffer const> chain) {
    // [lab:08-write-chain]
    std::uint16_t at = head;
    for (Buffer const& buffer : chain) {
        bool const last = &buffer == &chain.back();
        std::uint16_t const next = records_[at].next;
        descriptors_[at] = describe(buffer, last, next);
        if (last) {
            records_[at].next = none;
            free_head_ = next;
        }
        at = next;
    }
    free_count_ = static_cast<std::uint16_t>(free_count_ - chain.size());
    // [/lab:08-write-chain]
}

// Takes one descriptor; the buffers stand in its table, one after the other.
// [virtio-1.2 §2.7.5.3]
void Virtqueue::write_table(std::uint16_t head, std::span<Buffer const> chain) {
    VirtqDescriptor* const table = tables_ + std::size_t{head} * features_.table_size;
    for (std::size_t i = 0; i < chain.size(); ++i)
        table[i] = describe(chain[i], i + 1 == chain.size(), static_cast<std::uint16_t>(i + 1));
    std::uint64_t const offset =
        tables_offset(size_) + std::uint64_t{head} * features_.table_size * sizeof(VirtqDescriptor);
    descriptors_[head] = {(physical_ + offset).raw(),
                          static_cast<std::uint32_t>(chain.size() * sizeof(VirtqDescriptor)),
                          VirtqDescriptor::flag_table, 0};
    free_head_ = records_[head].next;
    records_[head].next = none;
    --free_count_;
}

bool Virtqueue::publish() {
    if (failed() || added_ == published_) return false;
    // [lab:08-publish]
    std::uint16_t const before = published_;
    published_ = added_;
    // Release: descriptors and ring entries are in memory before the index that
    // says so. [virtio-1.2 §2.7.13.3]
    store_release(available_->index, published_);
    // The device may ask for a notification while we publish. Without a full
    // fence our load can pass our store, even on x86: we would see the old wish,
    // it the old index, and the queue sleeps for ever. [virtio-1.2 §2.7.13.4.1]
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (features_.event_index) return passed(load(*available_event_), published_, before);
    return !(load(used_->flags) & VirtqRingHead::flag_quiet);
    // [/lab:08-publish]
}

std::optional<Virtqueue::Used> Virtqueue::pop_used() {
    if (failed()) return std::nullopt;
    // [lab:08-pop-used]
    if (taken_ == seen_) {
        // Acquire: the entries are read after the index that announced them.
        seen_ = load_acquire(used_->index);
        if (taken_ == seen_) return std::nullopt;
        // It cannot have finished more chains than it has; it has none that is not published.
        if (static_cast<std::uint16_t>(seen_ - taken_) > static_cast<std::uint16_t>(published_ - taken_))
            return fail(Fault::IndexJumped);
    }
    VirtqUsedEntry& entry = used_ring_[slot(taken_)];
    std::uint32_t const id = load(entry.id);
    std::uint32_t const written = load(entry.length);
    if (id >= size_) return fail(Fault::IdOutOfRange);
    Record& record = records_[id];
    if (!record.offered) return fail(Fault::IdNotOffered);
    if (written > record.writable) return fail(Fault::WroteTooMuch);

    // The chain goes back to the free list, by our own notes of it.
    record.offered = false;
    std::uint16_t last = static_cast<std::uint16_t>(id);
    std::uint16_t length = 1;
    while (records_[last].next != none) {
        last = records_[last].next;
        ++length;
    }
    records_[last].next = free_head_;
    free_head_ = static_cast<std::uint16_t>(id);
    free_count_ = static_cast<std::uint16_t>(free_count_ + length);
    --in_flight_;
    ++taken_;
    return Used{record.token, written};
    // [/lab:08-pop-used]
}

bool Virtqueue::allow_interrupts() {
    if (failed()) return false;
    // [lab:08-allow-interrupts]
    if (features_.event_index)
        store(*used_event_, taken_);
    else
        store(available_->flags, std::uint16_t{0});
    // The same danger as in publish(), with the roles exchanged: our wish must
    // be out before we look. [virtio-1.2 §2.7.14]
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return load(used_->index) != taken_;
    // [/lab:08-allow-interrupts]
}

void Virtqueue::refuse_interrupts() {
    // There is no flag with event indexes: ask for the step that comes last.
    if (features_.event_index)
        store(*used_event_, static_cast<std::uint16_t>(taken_ - 1));
    else
        store(available_->flags, VirtqRingHead::flag_quiet);
}

std::nullopt_t Virtqueue::fail(Fault why) {
    fault_ = why;
    return std::nullopt;
}

char const* name(Virtqueue::Fault fault) {
    switch (fault) {
        case Virtqueue::Fault::None:
            return "no fault";
        case Virtqueue::Fault::IdOutOfRange:
            return "it returned a descriptor that does not exist";
        case Virtqueue::Fault::IdNotOffered:
            return "it returned a descriptor that it was not offered";
        case Virtqueue::Fault::WroteTooMuch:
            return "it says it wrote more than there was room for";
        case Virtqueue::Fault::IndexJumped:
            return "it returned more chains than it has";
        case Virtqueue::Fault::FrameIncomplete:
            return "it returned fewer buffers than it says a frame has";
    }
    return "?";
}

}  // namespace devices

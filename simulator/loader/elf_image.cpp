// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/loader/elf_image.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <cstring>
#include <optional>

namespace sim::loader {
namespace {

// ELF note "Xen", type 18: the physical address of the 32-bit entry. [pvh]
constexpr std::uint32_t note_phys32_entry = 18;

// The object at an offset, if the file has all of it.
template <class T>
std::optional<T> object_at(std::span<std::uint8_t const> file, std::uint64_t offset) {
    if (offset > file.size() || sizeof(T) > file.size() - offset) return std::nullopt;
    T object;
    std::memcpy(&object, file.data() + offset, sizeof object);
    return object;
}

std::optional<std::span<std::uint8_t const>> part(std::span<std::uint8_t const> file, std::uint64_t offset,
                                                  std::uint64_t size) {
    if (offset > file.size() || size > file.size() - offset) return std::nullopt;
    return file.subspan(offset, size);
}

// Walks the notes of one segment. Names and descriptions are padded to 4 bytes.
std::optional<std::uint32_t> find_pvh_entry(std::span<std::uint8_t const> notes) {
    std::uint64_t at = 0;
    while (auto const header = object_at<Elf64_Nhdr>(notes, at)) {
        std::uint64_t const name_at = at + sizeof *header;
        std::uint64_t const value_at = name_at + (std::uint64_t{header->n_namesz} + 3) / 4 * 4;
        std::uint64_t const next = value_at + (std::uint64_t{header->n_descsz} + 3) / 4 * 4;
        auto const name = part(notes, name_at, header->n_namesz);
        bool const xen = name && name->size() == 4 && std::memcmp(name->data(), "Xen", 4) == 0;
        if (xen && header->n_type == note_phys32_entry && header->n_descsz >= 4)
            return object_at<std::uint32_t>(notes, value_at);
        at = next;
    }
    return std::nullopt;
}

}  // namespace

ElfImage read_elf(std::string const& name, std::span<std::uint8_t const> file) {
    auto const refuse = [&](std::string const& why) { return LoadError(name + ": " + why); };
    if (file.size() < SELFMAG || std::memcmp(file.data(), ELFMAG, SELFMAG) != 0)
        throw refuse("this is no ELF file; give a kernel image such as build/dev/images/hello.elf");
    auto const header = object_at<Elf64_Ehdr>(file, 0);
    if (!header) throw refuse("the ELF file is truncated in its header; build or copy it again");
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_machine != EM_X86_64)
        throw refuse("this ELF file is not for x86-64; build it with -m64");
    if (header->e_phnum == 0 || header->e_phentsize != sizeof(Elf64_Phdr))
        throw refuse("this ELF file has no program headers, so nothing to load; link it as an executable");

    ElfImage image;
    std::optional<std::uint32_t> entry;
    for (unsigned i = 0; i < header->e_phnum; ++i) {
        // An offset so large that it wraps is as far away as one past the end.
        std::uint64_t const offset = header->e_phoff + i * sizeof(Elf64_Phdr);
        auto const segment = offset < header->e_phoff ? std::nullopt : object_at<Elf64_Phdr>(file, offset);
        if (!segment)
            throw refuse("the ELF file is truncated in its program headers; build or copy it again");
        if (segment->p_type != PT_LOAD && segment->p_type != PT_NOTE) continue;
        auto const bytes = part(file, segment->p_offset, segment->p_filesz);
        if (!bytes)
            throw refuse(
                fmt::format("the ELF file is truncated: segment {} ends at byte {}, the file at {}; build or "
                            "copy it again",
                            i, segment->p_offset + segment->p_filesz, file.size()));
        if (segment->p_type == PT_NOTE) {
            if (!entry) entry = find_pvh_entry(*bytes);
            continue;
        }
        if (segment->p_memsz < segment->p_filesz)
            throw refuse(
                fmt::format("segment {} has more bytes in the file than in memory; link it again", i));
        if (segment->p_memsz != 0) image.segments.push_back({segment->p_paddr, segment->p_memsz, *bytes});
    }
    if (!entry)
        throw refuse(
            "no PVH entry (ELF note \"Xen\", type 18): this is no bootable kernel for this machine; link it "
            "with kernel/kernel.ld");
    bool inside = false;
    for (Segment const& s : image.segments)
        inside |= *entry >= s.address && *entry - s.address < s.memory_size;
    if (!inside)
        throw refuse(fmt::format("the PVH entry {:#x} lies in no loaded segment; link it again", *entry));
    image.pvh_entry = *entry;
    return image;
}

}  // namespace sim::loader

// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/loader/elf_image.hpp"

#include <elf.h>
#include <fmt/format.h>

#include <cstddef>
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

// The headers of the two classes differ in widths and order only.
struct Elf32 {
    using Header = Elf32_Ehdr;
    using ProgramHeader = Elf32_Phdr;
};
struct Elf64 {
    using Header = Elf64_Ehdr;
    using ProgramHeader = Elf64_Phdr;
};

template <class Elf>
ElfImage read_class(std::string const& name, std::span<std::uint8_t const> file) {
    using Header = typename Elf::Header;
    using ProgramHeader = typename Elf::ProgramHeader;
    auto const refuse = [&](std::string const& why) { return LoadError(name + ": " + why); };
    auto const header = object_at<Header>(file, 0);
    if (!header) throw refuse("the ELF file is truncated in its header; build or copy it again");
    if (header->e_phnum == 0 || header->e_phentsize != sizeof(ProgramHeader))
        throw refuse("this ELF file has no program headers, so nothing to load; link it as an executable");

    ElfImage image;
    image.entry = header->e_entry;
    bool entry_found = false;
    for (unsigned i = 0; i < header->e_phnum; ++i) {
        // An offset so large that it wraps is as far away as one past the end.
        std::uint64_t const start = header->e_phoff, offset = start + i * sizeof(ProgramHeader);
        auto const segment = offset < start ? std::nullopt : object_at<ProgramHeader>(file, offset);
        if (!segment)
            throw refuse("the ELF file is truncated in its program headers; build or copy it again");
        if (segment->p_type != PT_LOAD && segment->p_type != PT_NOTE) continue;
        std::uint64_t const file_size = segment->p_filesz, memory_size = segment->p_memsz;
        auto const bytes = part(file, segment->p_offset, file_size);
        if (!bytes)
            throw refuse(
                fmt::format("the ELF file is truncated: segment {} ends at byte {}, the file at {}; build or "
                            "copy it again",
                            i, segment->p_offset + file_size, file.size()));
        if (segment->p_type == PT_NOTE) {
            if (!image.pvh_entry) image.pvh_entry = find_pvh_entry(*bytes);
            continue;
        }
        if (memory_size < file_size)
            throw refuse(
                fmt::format("segment {} has more bytes in the file than in memory; link it again", i));
        std::uint64_t const into = header->e_entry - segment->p_vaddr;
        if (!entry_found && header->e_entry >= segment->p_vaddr && into < memory_size) {
            image.entry = segment->p_paddr + into;
            entry_found = true;
        }
        if (memory_size != 0) image.segments.push_back({segment->p_paddr, memory_size, *bytes});
    }
    return image;
}

}  // namespace

bool is_elf(std::span<std::uint8_t const> file) {
    return file.size() >= SELFMAG && std::memcmp(file.data(), ELFMAG, SELFMAG) == 0;
}

ElfImage read_elf(std::string const& name, std::span<std::uint8_t const> file) {
    auto const refuse = [&](std::string const& why) { return LoadError(name + ": " + why); };
    if (!is_elf(file))
        throw refuse("this is no ELF file; give a kernel image such as build/dev/images/hello.elf");
    if (file.size() < sizeof(Elf32_Ehdr))
        throw refuse("the ELF file is truncated in its header; build or copy it again");
    bool const wide = file[EI_CLASS] == ELFCLASS64;
    auto const machine_at = offsetof(Elf64_Ehdr, e_machine);  // the same in both classes
    unsigned const machine = file[machine_at] | unsigned{file[machine_at + 1]} << 8;
    bool const ours = wide ? machine == EM_X86_64 : file[EI_CLASS] == ELFCLASS32 && machine == EM_386;
    if (file[EI_DATA] != ELFDATA2LSB || !ours)
        throw refuse("this ELF file is not for x86-64; build it with -m64");
    return wide ? read_class<Elf64>(name, file) : read_class<Elf32>(name, file);
}

std::uint32_t require_pvh_entry(std::string const& name, ElfImage const& image) {
    auto const refuse = [&](std::string const& why) { return LoadError(name + ": " + why); };
    if (!image.pvh_entry)
        throw refuse(
            "no PVH entry (ELF note \"Xen\", type 18): this is no bootable kernel for this machine; link it "
            "with kernel/kernel.ld");
    bool inside = false;
    for (Segment const& s : image.segments)
        inside |= *image.pvh_entry >= s.address && *image.pvh_entry - s.address < s.memory_size;
    if (!inside)
        throw refuse(
            fmt::format("the PVH entry {:#x} lies in no loaded segment; link it again", *image.pvh_entry));
    return *image.pvh_entry;
}

}  // namespace sim::loader

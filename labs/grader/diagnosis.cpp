// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <regex>
#include <sstream>

#include "labs/grader/telling.hpp"

namespace lab {

char const* const stopped_for_time = "viv: stopped: the time that is set for it is used up";
char const* const stopped_for_memory = "viv: stopped: the memory that is set for it is used up";

namespace {

namespace fs = std::filesystem;

// A compiler that a hostile source keeps talking: no line is read further.
constexpr std::size_t longest_line = 400, most_lines = 4000;
constexpr std::size_t longest_told = 180, most_said = 12;

struct Rule {
    char const *pattern, *cause, *next;
};

constexpr char const* first_one =
    "Mend this error first: later ones often follow from it. Nothing was judged.";
constexpr char const* not_in_a_kernel =
    "Say it another way: nothing below a kernel provides this. Nothing was judged.";
constexpr char const* ask = "Try again; if it stays so, tell whoever looks after this computer.";

// The first that fits the message counts, so the special ones stand first.
constexpr Rule rules[] = {
    {"^viv: stopped: the time",
     "The source makes the compiler work without end: a file that includes itself, or templates that do.",
     "Take out what you wrote last, and compile again. Nothing was judged."},
    {"^viv: stopped: the memory|out of memory|[Cc]annot allocate",
     "An array that is far too large, or code that grows without end while it is compiled.",
     "Look at sizes in what you wrote last. Nothing was judged."},
    {"No space left on device|error writing to|[Ff]ile too large|final link failed",
     "The disk is full, or what is made is larger than a file may be.",
     "Make room: df -h . says how much there is. Nothing was judged."},
    {"cannot execute|Permission denied", "The compiler is not whole, or may not read or write here.", ask},
    {"version control conflict marker",
     "git left both versions of these lines in the file, between <<<<<<< and >>>>>>>.",
     "Keep the lines that you want, delete the others and the three marks. Nothing was judged."},
    {"nested depth|#include nested", "A file includes itself, directly or by way of another.", first_one},
    {"^kernel/.*: No such file",
     "The path is misspelt. Paths begin at the repository's root: \"kernel/base/assert.hpp\".", first_one},
    {": No such file or directory",
     "There is no such header here: the kernel has no C library, and of the C++ library what needs no system "
     "below it.",
     not_in_a_kernel},
    {"unterminated comment", "A comment that /* began is never closed by */.", first_one},
    {"missing terminating", "A text or a character has no closing quote on its line.", first_one},
    {"extended character|stray '",
     "A character that is no part of C++, such as a quote or a dash that an editor or a web page has made "
     "pretty.",
     "Type the character again. Nothing was judged."},
    {"unterminated #|#else without|#endif without", "An #if, #ifdef or #endif has no partner.", first_one},
    {"expected '\\}' at end of input|expected '\\}' before end",
     "A { has no }. The mark is at the file's end; the cause is above, often where the indentation goes "
     "wrong.",
     first_one},
    {"qualified-id in declaration before|a function-definition is not allowed here|expected unqualified-id "
     "before",
     "A } is missing above, or there is one too many: a function begins inside another, or a statement "
     "stands outside of all.",
     "Look at the braces of the function before this place. Nothing was judged."},
    {"expected declaration before '\\}'|extraneous closing", "There is one } too many.",
     "Look at the braces of the function before this place. Nothing was judged."},
    {"expected ',' or ';'|expected ';'",
     "The statement before this place has no semicolon at its end, or a bracket in it is not closed.",
     first_one},
    {"expected '\\)'|expected '\\('", "Brackets that do not pair up in this statement.", first_one},
    {"'else' without a previous 'if'", "A semicolon or a closing brace stands between the if and its else.",
     first_one},
    {"SSE register|SSE disabled|x87|floating.point|'__builtin_ia32",
     "float or double in the kernel. It uses no floating-point registers: an interrupt does not save them.",
     "Compute in integers: 3 * n / 2 instead of 1.5 * n. Nothing was judged."},
    {"exception handling disabled", "throw, try and catch need a runtime library; a kernel has none.",
     "Return a base::Result, or ASSERT what must not happen. Nothing was judged."},
    {"-fno-rtti|typeid",
     "dynamic_cast and typeid need type information, which the kernel is compiled without.", not_in_a_kernel},
    {"has no member named", "The object is of another type than you think, or the member's name is misspelt.",
     "Its header names the members; ./viv lab hint may help. Nothing was judged."},
    {"is private within|is protected within", "The member is the class's own business.",
     "Use its public functions; the header names them. Nothing was judged."},
    {"read-only|discards qualifiers|as 'this' argument", "Something const is to be changed.",
     "Change a copy, or take the const off where you declared it. Nothing was judged."},
    {"did you mean '", "The name is misspelt: there is one that is nearly the same.", first_one},
    {"is not a member of 'std'",
     "The header that declares it is not included, or it is one that a kernel cannot have.",
     "What needs no system below it works: <algorithm>, <bit>, <span>, <cstdint>. Nothing was judged."},
    {"was not declared|has not been declared|does not name a type|is not a member of",
     "The name is misspelt, is declared further down, or its header or namespace is missing; or a } above "
     "has closed the function already.",
     first_one},
    {"no declaration matches|does not match any|ambiguating new declaration",
     "The header, or an earlier declaration, has no function of this name with these types.",
     "Make both the same, name and types; the header is not yours to change unless the handout says so. "
     "Nothing was judged."},
    {"redefinition of|redeclaration of|conflicting declaration|previously defined",
     "The name stands for something else already.", "Give one of the two another name. Nothing was judged."},
    {"control reaches end|no return statement|return-statement with no value",
     "There is a way through the function on which nothing is returned.",
     "Return something at its end, too. Nothing was judged."},
    {"no matching function|too few arguments|too many arguments",
     "A function is called with other arguments than it takes.",
     "Compare with its declaration. Nothing was judged."},
    {"no match for 'operator",
     "The two sides are of types that do not go together, such as a base::FrameNumber and a number.",
     "raw() gives the number inside, as in at < end.raw(). Nothing was judged."},
    {"invalid conversion from '[^'*]*(int|long|char|short|size_t)[^'*]*'( \\{aka '[^'*]*'\\})? to '[^']*\\*'",
     "A number stands where a pointer is needed, and no number becomes one by itself: it may count frames, or "
     "be a physical address.",
     "If it is a virtual address, say so with reinterpret_cast<T*>(n). A physical address, or a frame's, is "
     "made a virtual one first: phys_to_virt(). Nothing was judged."},
    {"cannot convert|could not convert|invalid conversion|no known conversion|no viable conversion",
     "A value of one type stands where another is needed, such as a number for a base::PhysAddr.",
     "Say which you mean: base::PhysAddr(n) one way, address.raw() the other. Nothing was judged."},
    {"static assertion failed", "Something that must hold when compiled does not: the text says what.",
     first_one},
    {"label '.*' used but not defined", "goto names a label that is not in this function.", first_one},
    {"no such instruction",
     "The instruction is misspelt, or written the other way round: the order here is AT&T's, movq SOURCE, "
     "TARGET.",
     first_one},
    {"bad register name", "A register needs its % and a name that exists: %rax, %r8d, %cr3.", first_one},
    {"operand type mismatch",
     "The instruction does not take such operands: a constant is never the target, which stands last; or a "
     "register is of another kind or size than it takes.",
     "The order is SOURCE, TARGET, as in addq $16, %rsp. Nothing was judged."},
    {"operand size mismatch|incorrect register|invalid instruction suffix|ambiguous operand "
     "size|unsupported instruction",
     "The instruction's ending (b, w, l, q) and its operands are of different sizes, or it does not take "
     "such operands.",
     first_one},
    {"too many memory references|number of operands mismatch|illegal immediate|immediate operand illegal",
     "The instruction does not take these operands: at most one is in memory, and a constant is never the "
     "target.",
     "Go by way of a register. Nothing was judged."},
    {"junk at end of line|junk `|missing or invalid|invalid character|bad expression|unbalanced "
     "parenthesis|invalid operands",
     "The assembler cannot read the operand: a $ or a comma is missing, or a bracket.", first_one},
    {"symbol .* is already defined|already defined", "Two labels have one name.",
     "Name one of the two otherwise; labels like 1: may be used again. Nothing was judged."},
    {"cfi_", "The .cfi lines of the given frame are no longer paired.",
     "Take the lines around yours from a fresh starter. Nothing was judged."},
    {"undefined reference to .(operator new|operator delete)|undefined reference to .*operator (new|delete)",
     "new and delete are not to be used here: the heap is built on what you write.", not_in_a_kernel},
    {"undefined reference to "
     ".(__cxa_|__gxx_|_Unwind|__dso_handle|__tls|std::|__stack_chk|__popcountdi2|__[a-z]+[dst]i[0-9]|__(add|"
     "sub|mul|div|float|fix)[a-z0-9]*f|memory_resource|printf|puts|malloc|abort)",
     "The compiler or you call a function of a runtime library; the kernel is linked with none.",
     not_in_a_kernel},
    {"undefined reference to .([re]?[abcd]x|[re]?[sd]i|[re]?[sb]p|r[0-9]+[dwb]?|cr[0-8])'",
     "A register without its %.", first_one},
    // No brackets: a name as assembly has it.
    {"undefined reference to .[A-Za-z_.$][A-Za-z0-9_.$]*'",
     "Nothing has this name: a label or a function that is misspelt, or left out. To C++ a label is known by "
     ".globl, and to assembly a function by extern \"C\".",
     "Compare the name with that of what you mean, letter by letter. Nothing was judged."},
    {"undefined reference to",
     "It is declared and called, and defined nowhere with these names and types: left out, misspelt, or with "
     "other parameters than its header says.",
     "Compare what you wrote with the header, letter by letter. Nothing was judged."},
    {"multiple definition of", "The kernel has a function or a variable of this name already.",
     "Rename yours, or put it into an anonymous namespace. Nothing was judged."},
    {"relocation truncated",
     "32 bits are too few for an address: an array that is far too large, or an address of the upper half in "
     "an instruction that takes no such.",
     "Look at sizes of arrays; in assembly use movabs. Nothing was judged."},
    {"discarded section|will not fit|overlaps section|section .* is not within",
     "The image is larger than its place.",
     "Look at sizes of arrays in what you wrote last. Nothing was judged."},
};

struct Line {
    std::string place, file, message;  // "paging.cpp:41:12", "paging.cpp"
};

bool is_own(std::string const& name, std::vector<std::string> const& own) {
    return std::find(own.begin(), own.end(), name) != own.end();
}

// A path as people here know it.
std::string plain_path(std::string const& path, std::vector<std::string> const& own) {
    std::string const name = fs::path(path).filename().string();
    auto const kernel = path.rfind("/kernel/");
    if (is_own(name, own) || path.empty()) return name;
    if (kernel != std::string::npos) return path.substr(kernel + 1);
    return path.rfind("kernel/", 0) == 0 || path[0] != '/' ? path : name;
}

// "   41 |     return found", and what stands below it.
bool is_excerpt(std::string const& line) {
    static std::regex const shown(R"(^ *\d* \| ?.*$)");
    return std::regex_match(line, shown);
}

// "FILE:41:12: error: words", of the compiler or the assembler, and "FILE:41: undefined
// reference to ..." of the linker.
std::optional<Line> error_in(std::string const& line, std::vector<std::string> const& own) {
    static std::regex const told(R"(^([^\s:][^:]*):(\d+)(:\d+)?: (?:fatal )?[eE]rror: (.*)$)");
    static std::regex const linked(
        R"(^(?:[^:]*ld: )?(?:[^:]*\.o:)?([^:]*?)(?::(\d+))?(?::\([^)]*\))?: ?(undefined reference to .*|multiple definition of .*|relocation truncated to fit.*)$)");
    // A tool by its name, or the assembler with the name of what it reads.
    static std::regex const other(
        R"(^(?:(?:[^\s:]*/)?(?:[\w.+]+-)*(?:ld|ld\.bfd|collect2|cc1plus|cc1|as|c\+\+|g\+\+|gcc|cc|objcopy|nm|mktemp|cp|mv|\w+\.sh)(?:-\d+)?: (?:line )?(?:\d+: )?|virtual memory exhausted: |[^\s:|][^:|]*: (?=Fatal error: )|(?=Fatal error: ))(?:[Ff]atal error: |[Ee]rror: )?(?!warning: )(.*(?:No space left on device|out of memory|[Cc]annot allocate|error writing to|cannot execute|final link failed|Permission denied|discarded section|will not fit|overlaps section|nested depth).*)$)");
    if (is_excerpt(line)) return {};  // a comment may say anything
    std::smatch found;
    if (std::regex_search(line, found, told)) {
        std::string const file = plain_path(found[1], own);
        return Line{fmt::format("{}:{}{}", file, found.str(2), found.str(3)), file, found[4]};
    }
    if (std::regex_search(line, found, linked)) {
        std::string const file = plain_path(found[1], own);
        bool const counted = found[2].matched && file.find(".o") == std::string::npos;
        return Line{counted ? fmt::format("{}:{}", file, found.str(2)) : file, file, found[3]};
    }
    if (line.rfind("viv: stopped: ", 0) == 0) return Line{{}, {}, line};
    if (std::regex_search(line, found, other)) return Line{{}, {}, found[1]};
    return {};
}

// The first place in a student's own file that a line names.
std::string own_place(std::string const& line, std::vector<std::string> const& own) {
    static std::regex const place(R"(([\w.-]+):(\d+)(:\d+)?[:,])");
    for (std::sregex_iterator at(line.begin(), line.end(), place), end; at != end; ++at)
        if (is_own((*at)[1], own)) return (*at).str(1) + ":" + (*at).str(2);
    return {};
}

// The line near an error in a file of ours that names the student's own place: where a
// macro was used stands behind the error; where a template was, before it, and before
// that, of least use, where the header was included.
std::optional<std::size_t> user_of(std::vector<std::string> const& lines, std::size_t at,
                                   std::vector<std::string> const& own) {
    std::size_t const first = at > 6 ? at - 6 : 0, last = std::min(lines.size(), at + 12);
    for (char const* const said : {"in expansion of macro", "required from", ""})
        for (std::size_t i = first; i < last; ++i)
            if (lines[i].find(said) != std::string::npos && !own_place(lines[i], own).empty()) return i;
    return {};
}

std::string cut(std::string const& text) {
    return text.size() <= longest_told ? text : text.substr(0, longest_told) + " ...";
}

std::vector<std::string> lines_of(std::string const& output) {
    std::vector<std::string> lines;
    std::istringstream in(output);
    for (std::string line; std::getline(in, line) && lines.size() < most_lines;) {
        for (char& c : line)
            if (static_cast<unsigned char>(c) < 0x20) c = ' ';
        lines.push_back(line.substr(0, longest_line));
    }
    return lines;
}

// From one of them on, as many as can be read at a glance.
std::vector<std::string> some_of(std::vector<std::string> const& lines,
                                 std::vector<std::string>::const_iterator from) {
    std::vector<std::string> some;
    for (; from != lines.end() && some.size() < most_said; ++from)
        if (!from->empty()) some.push_back(cut(*from));
    return some;
}

}  // namespace

std::vector<std::string> all_causes() {
    std::vector<std::string> causes;
    for (auto const& rule : rules) causes.emplace_back(rule.cause);
    return causes;
}

Diagnosis diagnose_build(std::string const& output, std::vector<std::string> const& own) {
    auto const lines = lines_of(output);
    Diagnosis told;
    told.what = "your files do not compile";
    std::size_t at = 0;
    std::optional<Line> error;
    while (at < lines.size() && !(error = error_in(lines[at], own))) ++at;
    if (!error) {
        auto some = std::find_if(lines.begin(), lines.end(),
                                 [](auto const& line) { return line.find("rror") != std::string::npos; });
        if (some == lines.end())
            some = std::find_if(lines.begin(), lines.end(), [](auto const& line) { return !line.empty(); });
        told.seen = some == lines.end() ? "the compiler failed without a word" : cut(*some);
        told.cause = "Unknown here: these are the tool's own words.";
        told.next = "Read on in what was said. Nothing was judged.";
        told.said = some_of(lines, some);
        return told;
    }
    bool const twice = error->message.rfind("multiple definition", 0) == 0;
    // Behind these the linker tells of files of its own.
    told.seen =
        cut(error->message.substr(0, twice ? error->message.find(';') : error->message.find(" defined in ")));
    told.where = error->place;
    bool const linked = told.seen.rfind("undefined reference", 0) == 0 ||
                        told.seen.rfind("multiple definition", 0) == 0 ||
                        told.seen.rfind("relocation", 0) == 0;
    if (is_own(error->file, own))
        told.what = fmt::format("{} does not {}", error->file, linked ? "link" : "compile");
    else if (linked)
        told.what = "your files do not link";
    if (auto const place = own_place(error->message, own); twice && !place.empty())
        told.where += " and " + place;
    // In a macro or a template of the kernel's: which line of the student's led there? That
    // one is shown.
    std::size_t shown = at;
    if (!is_own(error->file, own) && !linked) {
        if (auto const user = user_of(lines, at, own)) {
            auto const place = own_place(lines[*user], own);
            told.what = fmt::format("{} does not compile", place.substr(0, place.find(':')));
            told.where = told.where.empty() ? place : fmt::format("{}, used at {}", told.where, place);
            if (*user + 1 < lines.size() && is_excerpt(lines[*user + 1])) shown = *user;
        }
    }
    for (std::size_t i = shown + 1; i < lines.size() && i < shown + 3 && is_excerpt(lines[i]); ++i)
        told.excerpt += (told.excerpt.empty() ? "" : "\n") + lines[i].substr(0, 120);
    told.cause = "What the message says, or the line above it.";
    told.next = first_one;
    for (auto const& rule : rules)
        if (std::regex_search(told.seen, std::regex(rule.pattern))) {
            told.cause = rule.cause;
            told.next = rule.next;
            told.known = true;
            break;
        }
    if (!told.known) told.said = some_of(lines, lines.begin() + static_cast<std::ptrdiff_t>(at));
    return told;
}

std::string to_text(Diagnosis const& diagnosis) {
    std::string text = diagnosis.what + "\n" + told("Seen", diagnosis.seen);
    if (!diagnosis.where.empty()) text += told("Where", diagnosis.where);
    std::istringstream excerpt(diagnosis.excerpt);
    for (std::string line; std::getline(excerpt, line);) text += "            " + line + "\n";
    text.pop_back();
    return text;
}

}  // namespace lab

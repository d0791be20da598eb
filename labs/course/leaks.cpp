// SPDX-License-Identifier: GPL-2.0-or-later
//
// Looks for solutions in files of any kind.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <unordered_map>
#include <vector>

#include "labs/course/bundle.hpp"
#include "labs/course/solutions.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

// Many texts are looked for at once: by a hash of their first bytes that moves along
// the file a byte at a time.
class Search {
public:
    explicit Search(std::set<std::string> const& texts) {
        for (auto const& text : texts) {
            std::uint64_t hash = 0;
            for (std::size_t i = 0; i < least_telling; ++i) hash = hash * factor + byte(text[i]);
            texts_[hash].push_back(&text);
        }
        for (std::size_t i = 1; i < least_telling; ++i) oldest_ *= factor;
    }

    std::set<std::string> in(std::string const& bytes) const {
        std::set<std::string> found;
        std::uint64_t hash = 0;
        for (std::size_t end = 0; end < bytes.size(); ++end) {
            if (end >= least_telling) hash -= byte(bytes[end - least_telling]) * oldest_;
            hash = hash * factor + byte(bytes[end]);
            if (end + 1 < least_telling) continue;
            auto const candidates = texts_.find(hash);
            if (candidates == texts_.end()) continue;
            std::size_t const start = end + 1 - least_telling;
            for (auto const* text : candidates->second)
                if (bytes.compare(start, text->size(), *text) == 0) found.insert(*text);
        }
        return found;
    }

private:
    static constexpr std::uint64_t factor = 0x100000001b3;
    static std::uint64_t byte(char c) { return static_cast<unsigned char>(c) + 1u; }

    std::unordered_map<std::uint64_t, std::vector<std::string const*>> texts_;
    std::uint64_t oldest_ = 1;
};

std::set<std::string> without(std::set<std::string> const& all, std::set<std::string> const& some) {
    std::set<std::string> rest;
    std::set_difference(all.begin(), all.end(), some.begin(), some.end(), std::inserter(rest, rest.end()));
    return rest;
}

struct Secrets {
    std::set<std::string> texts;  // looked for in all bytes
    std::set<std::string> pairs;  // looked for in the plain lines of texts
};

// A line of a solution that is a part of a line elsewhere tells nothing; the same for pairs.
Secrets secrets_of(fs::path const& repository) {
    Secrets all{solution_lines(repository), solution_pairs(repository)};
    for (auto const& assertion : assertions_of_solutions(repository))
        if (assertion.size() >= least_telling) all.texts.insert(assertion);
    Search const texts(all.texts), pairs(all.pairs);
    auto const labs = load_definitions(repository);
    Secrets known;
    for (auto const& file : kernel_files(repository)) {
        auto const text =
            without_solutions(read_text(repository / file.path), file.path.extension().string(), labs);
        known.texts.merge(texts.in(text));
        known.pairs.merge(pairs.in(plain_lines(text)));
    }
    return {without(all.texts, known.texts), without(all.pairs, known.pairs)};
}

}  // namespace

std::vector<std::string> find_solutions(fs::path const& repository, fs::path const& folder) {
    auto const secrets = secrets_of(repository);
    Search const texts(secrets.texts), pairs(secrets.pairs);
    std::vector<std::string> found;
    for (auto const& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file() || entry.is_symlink()) continue;
        std::ifstream in(entry.path(), std::ios::binary);
        std::string const bytes{std::istreambuf_iterator<char>(in), {}};
        auto hits = texts.in(bytes);
        bool const is_text = bytes.find('\0') == std::string::npos;
        if (is_text) hits.merge(pairs.in(plain_lines(bytes)));
        for (auto const& text : hits)
            found.push_back(fmt::format("{}: {}", entry.path().lexically_relative(folder).string(), text));
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace lab

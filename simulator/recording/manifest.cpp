// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/recording/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <map>
#include <nlohmann/json.hpp>
#include <type_traits>

#include "simulator/recording/manifest_fields.hpp"
#include "simulator/recording/sha256.hpp"

namespace sim::recording {
namespace {

using machine::Blob;
using machine::MachineConfig;
using nlohmann::json;

constexpr std::size_t max_elements = 256;  // of a list

struct Nobody {  // to ask whether a type has fields()
    void operator()(char const*, auto const&) {}
};
template <class T>
concept HasFields = requires(T& value, Nobody& visit) {
    fields(value, visit);
};

template <class T>
constexpr bool is_vector = false;
template <class T>
constexpr bool is_vector<std::vector<T>> = true;

template <class T>
json to_json(T const& value);

// An object of all fields, or only of those that are not as they would be anyway.
template <class T>
struct Writer {
    T const by_default{};
    json object = json::object();
    T const* whole = nullptr;

    static json write(T const& value) {
        Writer writer;
        fields(value, writer);
        Writer defaults;
        fields(writer.by_default, defaults);
        for (auto const& [name, usual] : defaults.object.items())
            if (writer.object[name] == usual) writer.object.erase(name);
        return std::move(writer.object);
    }
    template <class F>
    void operator()(char const* name, F const& field) {
        object[name] = to_json(field);
    }
};

template <class T>
json to_json(T const& value) {
    if constexpr (std::same_as<T, Blob>) {
        return {{"name", value.name}, {"sha256", value.sha256}};
    } else if constexpr (is_vector<T>) {
        json list = json::array();
        for (auto const& element : value) list.push_back(to_json(element));
        return list;
    } else if constexpr (HasFields<T const>) {
        return Writer<T>::write(value);
    } else if constexpr (std::is_enum_v<T>) {
        return static_cast<std::uint64_t>(value);
    } else {
        static_assert(std::same_as<T, bool> || std::same_as<T, std::string> || std::unsigned_integral<T>,
                      "a manifest stores no such type");
        return value;
    }
}

template <class T>
T scalar(json const& from, std::string const& path) {
    bool const right = std::same_as<T, bool>          ? from.is_boolean()
                       : std::same_as<T, std::string> ? from.is_string()
                                                      : from.is_number_unsigned();
    if (!right) throw DecodeError("\"" + path + "\" has the wrong type");
    if constexpr (std::unsigned_integral<T> && !std::same_as<T, bool>)
        if (from.get<std::uint64_t>() > std::numeric_limits<T>::max())
            throw DecodeError("\"" + path + "\" is out of range");
    return from.get<T>();
}

// Reads an object; what no line of the list asked for is unknown.
class Reader {
public:
    Reader(json const& object, std::string path, std::vector<std::string>& unknown)
        : object_(object), path_(std::move(path)), unknown_(unknown) {
        if (!object.is_object()) throw DecodeError("\"" + path_ + "\" has the wrong type");
    }

    template <class T>
    void operator()(char const* name, T& field) {
        known_.emplace_back(name);
        if (auto const found = object_.find(name); found != object_.end()) read(*found, join(name), field);
    }
    void know(char const* name) { known_.emplace_back(name); }
    void finish() const {
        for (auto const& [name, value] : object_.items())
            if (std::find(known_.begin(), known_.end(), name) == known_.end() &&
                unknown_.size() < max_elements)
                unknown_.push_back(join(name));
    }

private:
    std::string join(std::string const& name) const { return path_.empty() ? name : path_ + "." + name; }

    template <class T>
    void read(json const& from, std::string const& path, T& into) {
        if constexpr (std::same_as<T, Blob>) {
            Reader inner(from, path, unknown_);
            inner("name", into.name);
            inner("sha256", into.sha256);
            inner.finish();
            if (!into.sha256.empty() && !is_sha256(into.sha256))
                throw DecodeError("the SHA-256 of \"" + path + "\" is none");
        } else if constexpr (is_vector<T>) {
            if (!from.is_array()) throw DecodeError("\"" + path + "\" has the wrong type");
            if (from.size() > max_elements) throw DecodeError("\"" + path + "\" is too long");
            into.clear();
            for (std::size_t i = 0; i < from.size(); ++i)
                read(from[i], fmt::format("{}.{}", path, i), into.emplace_back());
        } else if constexpr (HasFields<T>) {
            Reader inner(from, path, unknown_);
            fields(into, inner);
            inner.finish();
        } else if constexpr (std::is_enum_v<T>) {
            into = static_cast<T>(scalar<std::underlying_type_t<T>>(from, path));
        } else {
            into = scalar<T>(from, path);
        }
    }

    json const& object_;
    std::string path_;
    std::vector<std::string>& unknown_;
    std::vector<std::string> known_;
};

template <class B>  // Blob or Blob const
struct BlobFinder {
    std::vector<B*> found;
    template <class T>
    void operator()(char const*, T& field) {
        see(field);
    }
    template <class T>
    void see(T& field) {
        if constexpr (std::same_as<std::remove_const_t<T>, Blob>) {
            found.push_back(&field);
        } else if constexpr (is_vector<std::remove_const_t<T>>) {
            using Element = typename std::remove_const_t<T>::value_type;
            if constexpr (std::same_as<Element, Blob> || HasFields<Element>)
                for (auto& element : field) see(element);
        } else if constexpr (HasFields<T>) {
            fields(field, *this);
        }
    }
};

// Every leaf with its path, as people read it.
struct Leaves {
    std::map<std::string, std::string> values;
    std::string path;

    template <class T>
    void operator()(char const* name, T const& field) {
        at(name, field);
    }
    template <class T>
    void at(std::string const& name, T const& field) {
        std::size_t const outer = path.size();
        path += (path.empty() ? "" : ".") + name;
        if constexpr (std::same_as<T, Blob>) {
            values[path] = field.sha256.empty() ? "none" : "SHA-256 " + field.sha256;
        } else if constexpr (is_vector<T>) {
            for (std::size_t i = 0; i < field.size(); ++i) at(std::to_string(i), field[i]);
        } else if constexpr (HasFields<T const>) {
            fields(field, *this);
        } else {
            values[path] = to_json(field).dump();
        }
        path.resize(outer);
    }
};

}  // namespace

std::string encode_manifest(MachineConfig const& config) {
    json manifest = Writer<MachineConfig>::write(config);
    // What the first programs want to see, whatever its value.
    manifest["image"] = to_json(config.image);
    manifest["command_line"] = config.command_line;
    manifest["memory_bytes"] = config.memory_bytes;
    manifest["seed"] = config.seed;
    manifest["processors"] = config.processors;
    manifest["network"] = config.network;
    manifest["rtc_base"] = config.rtc_base;
    manifest["format"] = format_version;
    manifest["engine"] = engine_version;
    // Text that is no UTF-8 (a strange file name) must not stop a recording.
    return manifest.dump(1, ' ', false, json::error_handler_t::replace);
}

void decode_manifest(std::string_view text, Recording& into) {
    json const manifest = json::parse(text, nullptr, false);
    if (!manifest.is_object()) throw DecodeError("it is no JSON object");
    for (char const* needed : {"engine", "image"})
        if (!manifest.contains(needed)) throw DecodeError(std::string("it has no \"") + needed + "\"");
    Reader reader(manifest, "", into.unknown_fields);
    reader("engine", into.engine);
    reader.know("format");
    fields(into.config, reader);
    reader.finish();
    if (into.config.image.sha256.empty()) throw DecodeError("the SHA-256 of \"image\" is none");
    check(into.config);
}

std::vector<Blob*> blobs_of(MachineConfig& config) {
    BlobFinder<Blob> finder;
    fields(config, finder);
    return finder.found;
}

std::vector<Blob const*> blobs_of(MachineConfig const& config) {
    BlobFinder<Blob const> finder;
    fields(config, finder);
    return finder.found;
}

std::vector<std::string> manifest_differences(MachineConfig const& one, MachineConfig const& other) {
    Leaves left, right;
    fields(one, left);
    fields(other, right);
    std::vector<std::string> lines;
    for (auto const& [path, value] : left.values) {
        auto const found = right.values.find(path);
        std::string const theirs = found == right.values.end() ? "nothing" : found->second;
        if (value != theirs) lines.push_back(fmt::format("{}: {} against {}", path, value, theirs));
        if (found != right.values.end()) right.values.erase(found);
    }
    for (auto const& [path, value] : right.values)
        lines.push_back(fmt::format("{}: nothing against {}", path, value));
    return lines;
}

}  // namespace sim::recording

// SPDX-License-Identifier: GPL-2.0-or-later
#include "labs/grader/broker.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

namespace lab {
namespace {

using nlohmann::json;

constexpr std::uint32_t largest_message = 64u << 20;
constexpr unsigned most_requests = 2000;

bool send_all(int to, void const* bytes, std::size_t count) {
    auto const* at = static_cast<char const*>(bytes);
    while (count > 0) {
        ssize_t const n = send(to, at, count, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        count -= static_cast<std::size_t>(n);
    }
    return true;
}

bool receive_all(int from, void* bytes, std::size_t count) {
    auto* at = static_cast<char*>(bytes);
    while (count > 0) {
        ssize_t const n = recv(from, at, count, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        at += n;
        count -= static_cast<std::size_t>(n);
    }
    return true;
}

bool send_message(int to, json const& message) {
    auto const bytes = json::to_cbor(message);
    auto const length = static_cast<std::uint32_t>(bytes.size());
    return length <= largest_message && send_all(to, &length, sizeof length) &&
           send_all(to, bytes.data(), bytes.size());
}

std::optional<json> receive_message(int from) {
    std::uint32_t length = 0;
    if (!receive_all(from, &length, sizeof length) || length > largest_message) return {};
    std::vector<std::uint8_t> bytes(length);
    if (!receive_all(from, bytes.data(), bytes.size())) return {};
    auto message = json::from_cbor(bytes, true, false);
    if (!message.is_object()) return {};
    return message;
}

// A student's bytes are no UTF-8: they travel as bytes.
json bytes_of(std::string const& text) {
    return json::binary(std::vector<std::uint8_t>(text.begin(), text.end()));
}
std::string text_of(json const& bytes) {
    auto const& binary = bytes.get_binary();
    return {binary.begin(), binary.end()};
}

json message_of(ProcessRequest const& request) {
    return {{"emulator", request.runs == Runs::emulator},
            {"arguments", request.arguments},
            {"folder", request.folder.string()},
            {"input", bytes_of(request.input)},
            {"answers", request.answers},
            {"environment", request.environment},
            {"processor_seconds", request.limits.processor_seconds},
            {"real_seconds", request.limits.real_seconds},
            {"file_bytes", request.limits.file_bytes},
            {"most_output", request.limits.most_output}};
}

ProcessRequest request_of(json const& message) {
    ProcessRequest request;
    request.runs = message.at("emulator").get<bool>() ? Runs::emulator : Runs::program;
    request.arguments = message.at("arguments").get<std::vector<std::string>>();
    request.folder = message.at("folder").get<std::string>();
    request.input = text_of(message.at("input"));
    request.answers = message.at("answers").get<bool>();
    request.environment = message.at("environment").get<std::vector<std::string>>();
    request.limits.processor_seconds = message.at("processor_seconds").get<std::uint64_t>();
    request.limits.real_seconds = message.at("real_seconds").get<std::uint64_t>();
    request.limits.file_bytes = message.at("file_bytes").get<std::uint64_t>();
    request.limits.most_output =
        std::min(message.at("most_output").get<std::size_t>(), std::size_t{16} << 20);
    return request;
}

}  // namespace

ProcessResult BrokeredWalls::run(ProcessRequest const& request) {
    if (!send_message(descriptor_, message_of(request)))
        throw std::runtime_error("the grader does not listen");
    auto const answer = receive_message(descriptor_);
    if (!answer) throw std::runtime_error("the grader does not answer");
    if (answer->contains("problem")) throw std::runtime_error(answer->at("problem").get<std::string>());
    ProcessResult result;
    result.status = answer->at("status").get<int>();
    result.output = text_of(answer->at("output"));
    result.answers = text_of(answer->at("answers"));
    result.out_of_time = answer->at("out_of_time").get<bool>();
    result.out_of_memory = answer->at("out_of_memory").get<bool>();
    return result;
}

Broker::Broker(Walls& walls) {
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends_) != 0)
        throw std::runtime_error(std::string("socketpair: ") + std::strerror(errno));
    thread_ = std::thread([this, &walls] { serve(walls); });
}

Broker::~Broker() {
    close_end_of_judge();
    shutdown(ends_[0], SHUT_RDWR);  // ends what waits in the thread
    thread_.join();
    close(ends_[0]);
}

void Broker::close_end_of_judge() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
}

void Broker::serve(Walls& walls) {
    for (unsigned served = 0; served < most_requests; ++served) {
        auto const message = receive_message(ends_[0]);
        if (!message) return;
        json answer;
        try {
            auto const result = walls.run(request_of(*message));
            answer = {{"status", result.status},
                      {"output", bytes_of(result.output)},
                      {"answers", bytes_of(result.answers)},
                      {"out_of_time", result.out_of_time},
                      {"out_of_memory", result.out_of_memory}};
        } catch (std::exception const& error) {
            answer = {{"problem", error.what()}};
        }
        if (!send_message(ends_[0], answer)) return;
    }
}

}  // namespace lab

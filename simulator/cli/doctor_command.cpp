// SPDX-License-Identifier: GPL-2.0-or-later
#include "simulator/cli/doctor_command.hpp"

#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "simulator/cli/interruption.hpp"
#include "simulator/cli/message.hpp"
#include "simulator/cli/progress.hpp"
#include "simulator/cli/run_options.hpp"
#include "simulator/cli/status.hpp"
#include "simulator/cli/world_command.hpp"
#include "simulator/links/self_request.hpp"
#include "simulator/recording/doctor.hpp"
#include "simulator/recording/live.hpp"
#include "simulator/recording/replay.hpp"

namespace sim::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr unsigned requests = 3;  // that a server is asked for its recording

// A folder of our own, gone with us unless it is to be kept.
class WorkFolder {
public:
    WorkFolder() {
        std::string name = fs::temp_directory_path() / "viv-doctor-XXXXXX";
        if (!mkdtemp(name.data()))
            throw std::runtime_error(fmt::format("cannot make a folder in {}: {}; free some space there",
                                                 fs::temp_directory_path().string(), strerror(errno)));
        path_ = name;
    }
    ~WorkFolder() {
        std::error_code ignored;
        if (!kept_) fs::remove_all(path_, ignored);
    }
    void keep() { kept_ = true; }
    fs::path const& path() const { return path_; }

private:
    fs::path path_;
    bool kept_ = false;
};

// Lives once, joined to the host when it is a server, and recorded.
void record(std::string const& application, std::uint64_t seed, fs::path const& file) {
    RunWords words;
    words.application = application;
    words.record = file;
    words.embed = true;
    words.seed = seed;
    if (application == "http") {
        words.self_request = true;
        words.exit_after = requests;
    }
    RunOptions const options = check(words);
    recording::LiveOptions wanted;
    wanted.config = options.config;
    wanted.uplink = !options.forwards.empty();
    wanted.forwards = options.forwards;
    wanted.record = options.record;
    wanted.embed = true;
    recording::Live live(wanted);
    machine::Machine& machine = live.machine();
    machine.set_checkpoint_interval(0);
    std::optional<links::SelfRequest> visitor;
    if (options.self_request) visitor.emplace(live.forwards()[0].host_port, options.exit_after);
    constexpr std::uint64_t slice = 5'000'000, most = 2'000'000'000;
    while (machine.moment().retired < most) {
        machine::RunResult const result = machine.run({.moment = {machine.moment().retired + slice, 0}});
        live.after_slice();
        if (Interruption::requested()) throw recording::Interrupted();
        if (result.stop != machine::RunStop::reached && result.stop != machine::RunStop::waiting) break;
        if (visitor && visitor->done() && !visitor->problem().empty())
            throw std::runtime_error("the server's recording could not be made: " + visitor->problem());
    }
    live.finish();
}

json to_json(recording::Diagnosis const& diagnosis, std::string const& subject) {
    json result = {{"subject", subject},
                   {"same", diagnosis.same},
                   {"seed", diagnosis.seed},
                   {"end", to_string(diagnosis.end)},
                   {"hash", fmt::format("{:016x}", diagnosis.hash)},
                   {"text", diagnosis.text},
                   {"rows", json::array()}};
    for (auto const& row : diagnosis.rows)
        result["rows"].push_back({{"manner", to_string(row.manner)},
                                  {"equal", row.equal},
                                  {"shown", row.shown},
                                  {"same", row.same}});
    if (!diagnosis.difference) return result;
    auto const& difference = *diagnosis.difference;
    json fields = json::array();
    for (auto const& field : difference.fields)
        fields.push_back(
            {{"part", field.part}, {"field", field.field}, {"one", field.one}, {"other", field.other}});
    result["difference"] = {{"manner", to_string(*diagnosis.manner)},
                            {"last_equal", to_string(difference.last_equal)},
                            {"first_different", to_string(difference.first_different)},
                            {"cause", difference.cause},
                            {"hidden", diagnosis.hidden},
                            {"fields", fields}};
    return result;
}

void print_text(recording::Diagnosis const& diagnosis) {
    for (auto const& row : diagnosis.rows)
        fmt::print("{:<50} {:>4} moments equal{}{}\n", to_string(row.manner), row.equal,
                   row.shown ? fmt::format(", {} things seen", row.shown) : "", row.same ? "" : "   DIFFERS");
    if (diagnosis.same) {
        fmt::print("{}; hash {:016x}\n", diagnosis.text, diagnosis.hash);
        return;
    }
    fmt::print("{}\n", diagnosis.text);
    for (auto const& field : diagnosis.difference->fields) fmt::print("  {}\n", to_string(field));
    if (diagnosis.hidden)
        fmt::print("  It is not seen from a checkpoint: what is wrong is not in the saved state.\n");
}

int examine_file(fs::path const& file, DoctorWords const& words, WorkFolder* made) {
    recording::Replay replay(file);
    recording::Diagnosis diagnosis;
    {
        Progress progress;
        recording::DoctorOptions options;
        options.seed = words.seed;
        options.samples = words.samples;
        options.progress = [&](std::string const& what, double part) { progress.show(what, part); };
        options.cancelled = &Interruption::requested;
        replay.machine().set_checkpoint_interval(0);
        recording::Verdict const recorded =
            replay.verify([&](double part) { progress.show("comparing with the recording", part); });
        if (recorded.interrupted) throw recording::Interrupted();
        if (!recorded.same) {
            if (words.json)
                fmt::print("{}\n", json{{"subject", words.subject},
                                        {"same", false},
                                        {"seed", words.seed},
                                        {"recorded_differs", to_string(recorded.first_different)},
                                        {"text", recorded.text}}
                                       .dump());
            say_error("{}", recorded.text);
            return status_differs;
        }
        diagnosis = recording::examine(replay.maker(), options);
    }
    if (words.json)
        fmt::print("{}\n", to_json(diagnosis, words.subject).dump());
    else
        print_text(diagnosis);
    if (!diagnosis.same && made) {
        made->keep();
        say("the recording is kept: {}", file.string());
    }
    return diagnosis.same ? status_right : status_differs;
}

}  // namespace

void add_doctor(CLI::App& app, DoctorWords& words) {
    auto* doctor = app.add_subcommand(
        "doctor", "Live one life in every manner that must make no difference, and compare.");
    doctor
        ->add_option("FILE|APP", words.subject,
                     "a recording, of one machine or of a world; a topology file; or an application, which "
                     "is recorded first")
        ->required();
    doctor->add_option("--samples", words.samples, "moments at which the whole machine is compared")
        ->type_name("N")
        ->capture_default_str()
        ->check(CLI::Range(1u, 100'000u).description(""));
    doctor->add_option("--seed", words.seed, "chooses these moments, and where state is restored")
        ->type_name("N")
        ->capture_default_str();
    doctor->add_flag("--json", words.json, "print the verdict as one line of JSON on stdout");
}

int doctor(DoctorWords const& words) {
    std::error_code ignored;
    Interruption const interruption;
    try {
        if (fs::is_regular_file(words.subject, ignored) && is_world(words.subject))
            return examine_world(words);
        if (fs::is_regular_file(words.subject, ignored)) return examine_file(words.subject, words, nullptr);
        if (words.subject.find('/') != std::string::npos || words.subject.ends_with(".run"))
            throw std::runtime_error(
                fmt::format("cannot open {}: there is no such file; check its name", words.subject));
        WorkFolder folder;
        fs::path const file = folder.path() / (words.subject + ".run");
        record(words.subject, 1, file);
        return examine_file(file, words, &folder);
    } catch (recording::Interrupted const&) {
        say("interrupted");
        return status_interrupted;
    }
}

}  // namespace sim::cli

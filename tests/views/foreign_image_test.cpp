// SPDX-License-Identifier: MIT
//
// An image that tells nothing of itself: all that is about the machine works, and
// what needs types says why it cannot.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "simulator/board/pc.hpp"
#include "simulator/debug/queries/ask.hpp"
#include "simulator/debug/session.hpp"
#include "simulator/debug/text.hpp"
#include "simulator/machine/world.hpp"
#include "tests/scenario/program.hpp"

namespace {

using namespace sim::debug;
using sim::machine::Moment;

std::string build_folder() {
    char const* build = std::getenv("VIV_BUILD");
    return build ? build : "build/dev";
}

Subject subject(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    sim::machine::MachineConfig config;
    config.image.name = path;
    config.image.bytes = std::make_shared<std::vector<std::uint8_t> const>(std::istreambuf_iterator<char>(in),
                                                                           std::istreambuf_iterator<char>{});
    EXPECT_FALSE(config.image.bytes->empty()) << path;
    Subject s;
    s.title = path;
    s.world = std::make_unique<sim::machine::World>();
    s.world->add(sim::board::make_pc(std::move(config)));
    return s;
}

class Foreign {
public:
    Foreign(std::string const& path, Moment moment)
        : session_(subject(path), {.asker = queries::ask_in_words}), moment_(moment) {
        session_.request(ViewRequest::everything());
        now_ = session_.perform(RunUntil{moment});
    }

    // Of any machine, whoever's kernel it runs.
    void shows_the_machine() {
        Snapshot const& s = *now_;
        ASSERT_EQ(s.moment, moment_);
        EXPECT_NE(s.cpu.rip, 0u);
        ASSERT_TRUE(s.disassembly);
        EXPECT_FALSE(s.disassembly->instructions.empty());
        ASSERT_TRUE(s.page_tree);
        EXPECT_FALSE(s.devices.empty());
        EXPECT_FALSE(s.location.empty());
        std::string const rip = fmt_hex(s.cpu.rip), rsp = fmt_hex(s.cpu[sim::engine::Gpr::rsp]);
        EXPECT_NE(answer("print rip").text.find(rip), std::string::npos) << answer("print rip").text;
        EXPECT_FALSE(answer("print u64[rsp]").text.empty());
        EXPECT_NE(answer("last-write rsp").text.find("    by  "), std::string::npos)
            << answer("last-write rsp").text;
        EXPECT_FALSE(answer("why-mapped rip").text.empty());
        EXPECT_NE(answer("first-true rip == " + rip).text.find("true"), std::string::npos)
            << answer("first-true rip == " + rip).text;
        EXPECT_FALSE(answer("events").text.empty());
    }
    // Stops and steps need nothing of the image either.
    void stops_and_steps(StepUnit unit) {
        Moment const at = now_->moment;
        std::string const rip = fmt_hex(now_->cpu.rip);
        StopSpec stop;
        stop.place = rip;
        EXPECT_TRUE(session_.perform(AddStop{stop})->last_command.done);
        session_.perform(SeekTo{{100, 0}});
        auto s = session_.perform(Run{});
        EXPECT_EQ(fmt_hex(s->cpu.rip), rip);
        EXPECT_LE(s->moment, at);
        session_.perform(RemoveStop{1});
        Moment const here = s->moment;
        EXPECT_GT(session_.perform(Step{unit, Direction::forward, 2})->moment, here);
        EXPECT_EQ(session_.perform(Step{unit, Direction::backward, 2})->moment, here);
        session_.perform(SeekTo{at});
    }
    void says_why_nothing_typed_is_there(std::string const& why) {
        EXPECT_NE(now_->kernel.problem.find(why), std::string::npos) << now_->kernel.problem;
        EXPECT_TRUE(now_->kernel.threads.empty());
        for (char const* question : {"threads", "locks"})
            EXPECT_NE(answer(question).text.find(why), std::string::npos)
                << question << ": " << answer(question).text;
        auto const refused = session_.perform(Ask{"print threads::the_scheduler"});
        EXPECT_FALSE(refused->last_command.done);
        EXPECT_NE(refused->last_command.text.find("no register, object or function"), std::string::npos)
            << refused->last_command.text;
    }

private:
    static std::string fmt_hex(std::uint64_t value) {
        char text[32];
        std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
        return text;
    }
    QuestionAnswer answer(std::string const& question) {
        auto const s = session_.perform(Ask{question});
        EXPECT_TRUE(s->last_command.done) << question << ": " << s->last_command.text;
        EXPECT_TRUE(s->answer && s->answer->understood) << question;
        EXPECT_EQ(s->moment, now_->moment) << question;
        return s->answer ? *s->answer : QuestionAnswer{};
    }

    Session session_;
    Moment moment_;
    std::shared_ptr<Snapshot const> now_;
};

TEST(ForeignImage, stripped_of_all_names_it_still_shows_the_machine) {
    scenario::Folder folder;
    std::string const stripped = folder / "stripped.elf";
    ASSERT_EQ(scenario::run({"strip", "-o", stripped, build_folder() + "/images/threads.elf"}).status, 0);
    Foreign image(stripped, {200'000, 0});
    image.shows_the_machine();
    image.stops_and_steps(StepUnit::line);  // by instructions, where no lines are
    image.says_why_nothing_typed_is_there("no symbols and no debug info");
}

TEST(ForeignImage, of_another_kernel_it_shows_the_machine) {
    Foreign image(SMP_GUEST, {10'000, 0});
    image.shows_the_machine();
    image.stops_and_steps(StepUnit::instruction);
    image.says_why_nothing_typed_is_there("no views.query");
}

}  // namespace

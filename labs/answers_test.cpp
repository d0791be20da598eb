// SPDX-License-Identifier: MIT
//
// Answers that are right in any way pass, and what is wrong is told why.
#include "labs/grader/answers.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "labs/01-boot/checks/exams.hpp"
#include "labs/02-physical-memory/checks/exams.hpp"
#include "labs/03-paging/checks/exams.hpp"
#include "labs/04-interrupts/checks/exams.hpp"
#include "labs/grader/scratch.hpp"
#include "labs/grader/testing.hpp"
#include "labs/grader/text_file.hpp"

namespace lab {
namespace {

namespace fs = std::filesystem;

TEST(Answers, are_the_words_after_the_label_in_their_section) {
    std::string const text = "# Explain\nAnswer: no\n## one\nAnswer:  a b \nwhy\n## two\nAnswer:\n";
    EXPECT_EQ(answer_to(text, "one"), "a b");
    EXPECT_EQ(answer_to(text, "two"), std::nullopt) << "empty";
    EXPECT_EQ(answer_to(text, "three"), std::nullopt);
}

std::uint64_t number_of(int lab, char const* name, std::uint64_t seed) {
    return personal_number(find_definition(house().repository, lab), name, seed);
}

// What the check "explain" of a lab says to an answer; empty: it passed.
std::string verdict(int number, char const* question, std::string const& answer,
                    void (*examine)(Subject const&, Judgement&), std::uint64_t seed = 1) {
    ScratchFolder const scratch;
    fs::path const folder = scratch.path();
    write_text(folder / "explain.md", std::string("## ") + question + "\nAnswer: " + answer + "\n");
    auto const definition = find_definition(house().repository, number);
    fs::path const kernel = house().build / "images" / (definition.image + ".elf");
    Subject const subject{.definition = definition,
                          .folder = folder,
                          .elf = {},
                          .original = kernel,
                          .host = {},
                          .tools = {},
                          .seed = seed};
    std::vector<Verdict> verdicts(1);
    verdicts[0].check = definition.check("explain");
    Judgement judgement(subject, verdicts);
    examine(subject, judgement);
    return verdicts[0].finding ? verdicts[0].finding->seen : "";
}

TEST(Answers, of_lab_1_are_tried_on_the_kernel) {
    auto const say = [](std::string const& answer) {
        return verdict(1, "needed-entries", answer, boot::examine_answers);
    };
    std::string const low = "boot_pml4:0 boot_pdpt_low:0 boot_pd:0 ",
                      high = "boot_pml4:511 boot_pdpt_high:510 ";
    auto const byte = [](std::uint64_t seed) {
        return "boot_pml4:256 boot_pd:" + std::to_string(number_of(1, "byte", seed) >> 21);
    };
    EXPECT_EQ(say(high + low + byte(1)), "");
    EXPECT_NE(byte(1), byte(2));
    EXPECT_NE(say(high + low + byte(2)).find("is not mapped, where the byte"), std::string::npos);
    EXPECT_NE(say(low + byte(1)).find("are not enough"), std::string::npos);
    EXPECT_NE(say(high + "boot_pd:0").find("are not enough"), std::string::npos);
    EXPECT_NE(say(low + high + byte(1) + " boot_pdpt_high:511")
                  .find("without boot_pdpt_high:511 it works all the same"),
              std::string::npos);
    EXPECT_NE(say("boot_pd").find("is no entry: write one as boot_pd:17"), std::string::npos);
    EXPECT_NE(say("boot_pd:512").find("boot_pd:512: an index is a number from 0 to 511"), std::string::npos);
    EXPECT_NE(say("boot_pt:1").find("there is no table boot_pt in boot.S"), std::string::npos);
}

TEST(Answers, of_lab_2_are_tried_on_both_allocators) {
    std::uint64_t seed = 1;  // of somebody who is asked for six
    while (number_of(2, "last", seed) != 6) ++seed;
    auto const say = [&](std::string const& answer) {
        return verdict(2, "buddy-fails", answer, frames::examine_answers, seed);
    };
    EXPECT_EQ(say("A5 B5 C6"), "");
    EXPECT_EQ(say("A1 B1 -A C2 -B D6 E6"), "") << "6 becomes 8";
    EXPECT_NE(say("A5 B5 C2").find("your last request is to take 6 frames"), std::string::npos);
    EXPECT_NE(say("A9 B2").find("your last request"), std::string::npos);
    EXPECT_EQ(say("A1 B16"), "\"A1 B16\": first fit cannot serve B16");
    EXPECT_NE(say("A8 B8").find("both serve"), std::string::npos);
    EXPECT_NE(say("A9 B9").find("first fit cannot serve"), std::string::npos);
    EXPECT_NE(say("A5 B5 C5 D1").find("fails at C5 already"), std::string::npos);
    EXPECT_NE(say("A0").find("no step"), std::string::npos);
    EXPECT_NE(say("A99999999999999999999").find("no step"), std::string::npos);
    EXPECT_NE(say("A5 A5").find("already"), std::string::npos);
    EXPECT_NE(say("").find("no answer"), std::string::npos);
    // A small request is cut out of the smallest free block, not out of the lowest.
    EXPECT_NE(say("A8 B1 -A C1 D7").find("both serve"), std::string::npos);
    EXPECT_NE(say("A5 B2 -A C2 D1 -B E3 F8").find("your last request"), std::string::npos)
        << "F8 is refused, and should be";
    // Cut out of one block of four or of the other: nobody said which.
    EXPECT_NE(say("A4 B4 C4 D4 -A -C E1 -B F8").find("depends on which"), std::string::npos);
    EXPECT_NE(say("-A B1").find("nothing to give back"), std::string::npos);
}

TEST(Answers, of_lab_2_may_be_long_and_without_sense) {
    std::string all, again;
    for (char name = 'A'; name <= 'P'; ++name) all += std::string(1, name) + "1 ";
    for (char name = 'A'; name <= 'P'; name = static_cast<char>(name + 2))
        again += std::string("-") + name + " ";
    auto const say = [](std::string const& answer) {
        return verdict(2, "buddy-fails", answer, frames::examine_answers);
    };
    EXPECT_NE(say(all).find("both serve"), std::string::npos);
    EXPECT_NE(say(all + again + "Q2").find("first fit cannot serve"), std::string::npos);
    std::string endless;
    for (int i = 0; i < 100'000; ++i) endless += "A1 -A ";
    EXPECT_NE(say(endless).find("more than 100 steps"), std::string::npos);
}

TEST(Answers, in_a_file_that_is_none_are_no_answers) {
    ScratchFolder const scratch;
    fs::path const folder = scratch.path();
    ASSERT_EQ(mkfifo((folder / "explain.md").c_str(), 0600), 0);
    auto const definition = find_definition(house().repository, 2);
    Subject const subject{
        .definition = definition, .folder = folder, .elf = {}, .original = {}, .host = {}, .tools = {}};
    std::vector<Verdict> verdicts(1);
    verdicts[0].check = definition.check("explain");
    Judgement judgement(subject, verdicts);
    frames::examine_answers(subject, judgement);
    ASSERT_EQ(verdicts[0].outcome, Outcome::failed);
    EXPECT_NE(verdicts[0].finding->seen.find("no plain file"), std::string::npos);
}

TEST(Answers, of_lab_3_are_tried_on_a_tlb) {
    // Here without the addresses: each step is somewhere else in the page of seed 1.
    auto const page = number_of(3, "page", 1);
    auto const say = [&](std::string const& answer) {
        std::string whole;
        std::uint64_t at = page;
        for (auto const& word : words_of(answer)) {
            bool const bare = word == "load" || word == "store" || word == "invlpg";
            whole += bare ? fmt::format("{}:{:#x} ", word, at) : word + " ";
            at = page + (at + 0x7f8) % 0x1000;
        }
        return verdict(3, "stale", whole, paging::examine_answers);
    };
    EXPECT_EQ(say("store clear-w store invlpg store"), "");
    EXPECT_EQ(say("load store clear-w load store store invlpg store"), "");
    EXPECT_NE(say("load clear-w store").find("no store succeeded"), std::string::npos)
        << "the dirty bit makes the processor look";
    EXPECT_NE(say("store clear-w store").find("does not fault"), std::string::npos);
    EXPECT_NE(say("store clear-w invlpg store store").find("step 4 faults"), std::string::npos);
    EXPECT_NE(say("jump").find("no step"), std::string::npos);
    EXPECT_NE(say("store: clear-w").find("store wants an address in the page"), std::string::npos);
    EXPECT_NE(say("store:0x clear-w").find("store wants an address"), std::string::npos);
    EXPECT_NE(say("store:here clear-w").find("store wants an address"), std::string::npos);
    for (auto const elsewhere : {page - 1, page + 0x1000})
        EXPECT_NE(say(fmt::format("store clear-w store invlpg:{:x} store", elsewhere))
                      .find(fmt::format("{:#x} is not in the page at {:#x}", elsewhere, page)),
                  std::string::npos);
}

TEST(Answers, of_lab_4_are_two_addresses) {
    auto const say = [](std::string const& answer) {
        return verdict(4, "where-is-rsp", answer, interrupts::examine_answers);
    };
    auto const rsp = number_of(4, "rsp", 1);
    EXPECT_EQ(say(fmt::format("{:x} {:#x}", rsp - 48, rsp - 56)), "");
    EXPECT_NE(say(fmt::format("{:x} {:x}", rsp - 40, rsp - 48)).find("aligns the stack"), std::string::npos);
    EXPECT_NE(say(fmt::format("{:x} {:x}", rsp - 48, rsp - 48)).find("with an error code"),
              std::string::npos);
    EXPECT_NE(say(fmt::format("{:x} six", rsp - 48)).find("no hexadecimal"), std::string::npos);
    EXPECT_NE(say("5").find("two hexadecimal"), std::string::npos);
}

// A neighbour's answers are right in the neighbour's folder.
TEST(Answers, that_are_copied_are_wrong_and_say_whose_they_are) {
    struct {
        int lab;
        char const* question;
        void (*examine)(Subject const&, Judgement&);
    } const questions[] = {{1, "needed-entries", boot::examine_answers},
                           {2, "buddy-fails", frames::examine_answers},
                           {3, "stale", paging::examine_answers},
                           {4, "where-is-rsp", interrupts::examine_answers}};
    fs::path const repository = house().repository;
    for (auto const& [lab, question, examine] : questions) {
        auto const definition = find_definition(repository, lab);
        auto const answer = [&, question = question](std::uint64_t seed) {
            auto const text = read_text(definition.folder / "solution-explain.md");
            return *answer_to(personal_questions(text, definition, seed), question);
        };
        int wrong = 0;
        for (std::uint64_t seed = 10; seed < 14; ++seed) {
            EXPECT_EQ(verdict(lab, question, answer(seed), examine, seed), "") << lab << " " << seed;
            auto const copied = verdict(lab, question, answer(99) + "\n\nYour seed: 99", examine, seed);
            wrong += !copied.empty();
            if (!copied.empty()) {
                EXPECT_NE(copied.find("questions of seed 99, and yours is " + std::to_string(seed)),
                          std::string::npos)
                    << copied;
            }
        }
        EXPECT_GE(wrong, 3) << "lab " << lab << ": numbers that are copied do not show";
    }
}

}  // namespace
}  // namespace lab

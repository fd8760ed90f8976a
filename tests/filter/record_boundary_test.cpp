// Random lines, rules, cuts and starts: what is cut while a file grows, in one go, from any record on, and from where
// record_boundary.h says that a record begins, are the same records; and those that a slow reading of the rule gives.
#include "filter/record_boundary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "filter/record_rules_of.h"

namespace tailwater {
namespace {

using Mode = Multiline::Mode;

struct World {
  RecordRules rules;
  Multiline::Rule rule;
  bool has_rule = false;
  ParseAs parse = ParseAs::kAuto;
  std::string bytes;
  std::string shown;
};

std::string random_line(std::mt19937& random) {
  static const std::vector<std::string> kLines{
      ">a", ">b;", " x", " y;", "z\\", "", ">c\\", " \\", "w;", "12345678901234567890", "q"};
  std::string line = kLines[random() % kLines.size()];
  if (random() % 12 == 0) line += std::string(random() % 90, 'm');
  if (random() % 10 == 0) line += '\r';
  return line;
}

std::string wrapped(std::mt19937& random, const std::string& line, ParseAs parse) {
  const std::string output = random() % 5 == 0 ? "stderr" : "stdout";
  const bool open = random() % 4 == 0;
  if (random() % 15 == 0) return line;
  if (parse == ParseAs::kCri) return "2026-01-02T03:04:05.1Z " + output + (open ? " P " : " F ") + line;
  std::string text = line;
  std::erase(text, '\r');
  for (std::size_t at = 0; (at = text.find('\\', at)) != std::string::npos; at += 2) text.insert(at, 1, '\\');
  return R"({"log":")" + text + (open ? "" : "\\n") + R"(","stream":")" + output + R"("})";
}

World random_world(std::mt19937& random) {
  World world;
  const unsigned form = random() % 4;
  world.parse = form == 0 ? ParseAs::kDocker : form == 1 ? ParseAs::kCri : ParseAs::kAuto;
  world.has_rule = world.parse == ParseAs::kAuto || random() % 2 == 0;
  const auto max_bytes =
      static_cast<std::uint32_t>(world.parse == ParseAs::kAuto ? 8 + random() % 60 : 60 + random() % 200);
  world.rule.mode = static_cast<Mode>(random() % 4);
  world.rule.max_lines = 2 + static_cast<std::uint32_t>(random() % 5);
  static const std::vector<std::string> kConditions{"^>", "^ ", ";$", R"(\\$)", "^[^>]", "m"};
  world.rule.condition = kConditions[random() % kConditions.size()];
  if (random() % 2 == 0) world.rule.start = random() % 2 == 0 ? "^>" : "^[^ ]";
  if (world.rule.mode == Mode::kHaltBefore && !world.rule.start.empty() && random() % 2 == 0) world.rule.condition = "";
  world.rules = world.has_rule ? rules_of(world.rule, max_bytes, world.parse) : rules_of(world.parse, max_bytes);
  const std::size_t lines = random() % 60;
  for (std::size_t i = 0; i < lines; ++i) {
    const std::string line = random_line(random);
    world.bytes += (world.parse == ParseAs::kAuto ? line : wrapped(random, line, world.parse)) + "\n";
  }
  world.shown = "mode " + std::to_string(static_cast<int>(world.rule.mode)) + " start '" + world.rule.start +
                "' condition '" + world.rule.condition + "' lines " + std::to_string(world.rule.max_lines) + " bytes " +
                std::to_string(max_bytes) + (world.has_rule ? "" : " (no rule)") + "\n" + world.bytes;
  return world;
}

std::vector<CutRecord> records_up_to(const std::vector<CutRecord>& all, std::uint64_t end) {
  std::vector<CutRecord> some;
  for (const CutRecord& record : all) {
    if (record.end <= end) some.push_back(record);
  }
  return some;
}

/// What a tailer does: at each look as many bytes as happen to be there.
std::vector<CutRecord> cut_while_it_grows(std::mt19937& random, const World& world, std::uint64_t& end) {
  std::vector<CutRecord> records;
  std::size_t there = 0;
  end = 0;
  while (there < world.bytes.size()) {
    there = std::min<std::size_t>(world.bytes.size(), there + 1 + random() % 40);
    const bool continues = end > 0 && world.bytes[end - 1] != '\n';
    const std::string_view fresh = std::string_view(world.bytes).substr(end, there - end);
    const std::size_t whole = whole_records(fresh, world.rules, continues);
    for (CutRecord& record : cut(fresh.substr(0, whole), world.rules, end, continues))
      records.push_back(std::move(record));
    end += whole;
    EXPECT_LE(there - end, world.rules.max_record_bytes + 42U) << "it waits for ever";
  }
  return records;
}

TEST(RecordBoundaryModel, RecordsAreTheSameHoweverTheirBytesArrive) {
  std::mt19937 random(1);
  std::size_t records = 0;
  for (int i = 0; i < 3000 && !HasFailure(); ++i) {
    const World world = random_world(random);
    std::uint64_t end = 0;
    const auto grown = cut_while_it_grows(random, world, end);
    EXPECT_EQ(grown, records_up_to(cut(world.bytes, world.rules), end)) << world.shown;
    EXPECT_EQ(grown.empty() ? 0 : grown.back().end, end) << world.shown;
    records += grown.size();
  }
  EXPECT_GT(records, 10'000U);
}

TEST(RecordBoundaryModel, FromEachRecordOnFollowTheSameRecords) {
  std::mt19937 random(2);
  for (int i = 0; i < 1000 && !HasFailure(); ++i) {
    const World world = random_world(random);
    const auto all = cut(world.bytes, world.rules);
    for (std::size_t k = 0; k < all.size() && !HasFailure(); ++k) {
      const std::uint64_t begin = all[k].begin;
      const bool continues = begin > 0 && world.bytes[begin - 1] != '\n';
      EXPECT_EQ(cut(std::string_view(world.bytes).substr(begin), world.rules, begin, continues),
                std::vector<CutRecord>(all.begin() + static_cast<std::ptrdiff_t>(k), all.end()))
          << "from " << begin << " " << world.shown;
    }
  }
}

TEST(RecordBoundaryModel, WhatIsSaidToBeABoundaryIsOne) {
  std::mt19937 random(3);
  std::size_t found = 0;
  std::size_t not_found = 0;
  for (int i = 0; i < 4000 && !HasFailure(); ++i) {
    const World world = random_world(random);
    if (world.bytes.empty()) continue;
    std::set<std::uint64_t> boundaries{0, world.bytes.size()};
    for (const CutRecord& record : cut(world.bytes, world.rules)) boundaries.insert(record.begin);
    for (int k = 0; k < 10 && !HasFailure(); ++k) {
      const std::size_t from = random() % world.bytes.size();
      const std::size_t at = from + random() % (world.bytes.size() - from);
      const std::string_view bytes = std::string_view(world.bytes).substr(from);
      const auto first = first_boundary(bytes, from == 0, world.rules);
      EXPECT_TRUE(!first || boundaries.count(from + *first) == 1)
          << "first from " << from << ": " << first.value_or(0) << "\n"
          << world.shown;
      const auto last = last_boundary(bytes, from == 0, at - from, world.rules);
      ++(last ? found : not_found);
      if (last) {
        EXPECT_EQ(boundaries.count(from + *last), 1U) << "last from " << from << ": " << *last << "\n" << world.shown;
        EXPECT_LE(from + *last, at);
        const bool all_is_there = at + world.rules.max_record_bytes + 2 < world.bytes.size();
        if (first && *first <= at - from && all_is_there) {
          EXPECT_EQ(from + *last, *std::prev(boundaries.upper_bound(at))) << "nearer from " << from << "\n"
                                                                          << world.shown;
        }
      }
    }
  }
  EXPECT_GT(found, 5000U);
  EXPECT_GT(not_found, 100U);
}

TEST(RecordBoundaryModel, LookingBackTwoRecordsIsEnoughWhereLinesDecide) {
  std::mt19937 random(4);
  int tried = 0;
  for (int i = 0; i < 4000 && !HasFailure(); ++i) {
    World world = random_world(random);
    const bool decides = world.rule.mode == Mode::kHaltBefore || world.rule.mode == Mode::kContinueThrough;
    if (world.parse != ParseAs::kAuto || !decides || world.rules.max_record_bytes < 32) continue;
    world.bytes.clear();
    for (int k = 0; k < 60; ++k) world.bytes += random_line(random).substr(0, 25) + "\n";
    const std::size_t window = 2 * (world.rules.max_record_bytes + 2);
    if (world.bytes.size() <= window) continue;
    const std::size_t at = window + random() % (world.bytes.size() - window);
    ++tried;
    EXPECT_TRUE(last_boundary(std::string_view(world.bytes).substr(at - window), false, window, world.rules))
        << at << " " << world.shown;
  }
  EXPECT_GT(tried, 200);
}

/// The rules read slowly, for lines that are all short enough.
std::vector<std::string> slowly(const World& world, const std::vector<std::string>& lines) {
  const auto is = [](const std::string& pattern, const std::string& line) {
    return (*RegexFilter::make(pattern, false))->matches(line);
  };
  const auto start = [&](const std::string& line) { return world.rule.start.empty() || is(world.rule.start, line); };
  const auto condition = [&](const std::string& line) {
    return !world.rule.condition.empty() && is(world.rule.condition, line);
  };
  std::vector<std::string> records;
  for (std::size_t i = 0; i < lines.size();) {
    std::string record = lines[i];
    bool grows = start(lines[i]);
    if (world.rule.mode == Mode::kHaltBefore && world.rule.start.empty()) grows = condition(lines[i]);
    if (world.rule.mode == Mode::kContinueThrough && condition(lines[i])) grows = false;
    std::size_t count = 1;
    while (grows && i + count < lines.size() && count < world.rule.max_lines) {
      const std::string& last = lines[i + count - 1];
      const std::string& next = lines[i + count];
      bool joins = false;
      switch (world.rule.mode) {
        case Mode::kContinueThrough: joins = condition(next); break;
        case Mode::kContinuePast: joins = condition(last); break;
        case Mode::kHaltBefore:
          joins = !condition(next) && (world.rule.start.empty() || !is(world.rule.start, next));
          break;
        case Mode::kHaltWith: joins = !condition(last); break;
      }
      if (!joins || record.size() + next.size() + 2 > world.rules.max_record_bytes) break;
      record += "\n" + next;
      ++count;
    }
    records.push_back(record);
    i += count;
  }
  return records;
}

TEST(RecordBoundaryModel, RulesMeanWhatTheySay) {
  std::mt19937 random(5);
  for (int i = 0; i < 2000 && !HasFailure(); ++i) {
    World world = random_world(random);
    if (world.parse != ParseAs::kAuto || world.rules.max_record_bytes < 30) continue;
    std::vector<std::string> lines;
    world.bytes.clear();
    for (std::size_t k = random() % 30; k > 0; --k) {
      std::string line = random_line(random);
      std::erase(line, '\r');
      lines.push_back(line.substr(0, 25));
      world.bytes += lines.back() + "\n";
    }
    EXPECT_EQ(lines_cut(world.bytes, world.rules), slowly(world, lines)) << world.shown << "\n" << world.bytes;
  }
}

}  // namespace
}  // namespace tailwater

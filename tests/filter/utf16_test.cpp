// UTF-16: text and places of its lines, against a slow and obvious way of cutting code units.
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <string>
#include <vector>

#include "filter/record_boundary.h"
#include "filter/record_rules_of.h"
#include "filter/record_splitter.h"
#include "filter/text_encoding.h"

namespace tailwater {
namespace {

constexpr TextEncoding kEncodings[] = {TextEncoding::kUtf16Le, TextEncoding::kUtf16Be};

std::string encoded(const std::u16string& units, TextEncoding encoding) {
  std::string bytes;
  for (const char16_t unit : units) {
    const auto low = static_cast<char>(unit & 0xFF);
    const auto high = static_cast<char>(unit >> 8);
    bytes += encoding == TextEncoding::kUtf16Le ? std::string{low, high} : std::string{high, low};
  }
  return bytes;
}

RecordRules rules_in(TextEncoding encoding, std::uint32_t limit = RecordRules::kDefaultMaxBytes) {
  RecordRules rules{limit};
  rules.encoding = encoding;
  return rules;
}

std::string shown(const std::u16string& units) {
  std::string text;
  append_utf16(text, encoded(units, TextEncoding::kUtf16Be), TextEncoding::kUtf16Be);
  return text;
}

TEST(TextEncoding, IsToldByTheByteOrderMark) {
  EXPECT_EQ(encoding_of("\xFF\xFE"), TextEncoding::kUtf16Le);
  EXPECT_EQ(encoding_of("\xFE\xFF"
                        "ab"),
            TextEncoding::kUtf16Be);
  EXPECT_EQ(encoding_of("\xFF"), TextEncoding::kBytes);
  EXPECT_EQ(encoding_of("\xEF\xBB\xBF"), TextEncoding::kBytes);
  EXPECT_TRUE(may_become_a_mark("\xFF"));
  EXPECT_FALSE(may_become_a_mark("a"));
}

TEST(TextEncoding, TextBecomesUtf8) {
  EXPECT_EQ(shown(u"a\u00e9\u20ac\U0001F600z"), "a\u00e9\u20ac\U0001F600z");
  EXPECT_EQ(shown({0xD800, u'a', 0xDC00, 0xDBFF}), "\uFFFDa\uFFFD\uFFFD");
  EXPECT_EQ(shown({0xD800, 0xD801, 0xDC01}), "\uFFFD\U00010401");
  std::string half;
  append_utf16(half, std::string_view("a\0b", 3), TextEncoding::kUtf16Le);
  EXPECT_EQ(half, "a\uFFFD");
}

TEST(TextEncoding, NewlinesAreCodeUnits) {
  for (const TextEncoding encoding : kEncodings) {
    const std::string bytes = encoded(u"\u0a0a\u0a00\u010a\n\u0a0a\n\u0a00", encoding);
    EXPECT_EQ(find_newline(bytes, encoding), 6U);
    EXPECT_EQ(find_newline(bytes, encoding, 8), 10U);
    EXPECT_EQ(find_newline(bytes, encoding, 12), std::string_view::npos);
    EXPECT_EQ(find_last_newline(bytes, encoding), 10U);
    EXPECT_EQ(find_last_newline(std::string_view(bytes).substr(0, 11), encoding), 6U);
    EXPECT_EQ(find_last_newline(std::string_view(bytes).substr(0, 6), encoding), std::string_view::npos);
  }
}

TEST(TextEncoding, OnlyUnwrittenNulsAreTakenForThat) {
  const std::string nuls(8, '\0');
  for (const TextEncoding encoding : kEncodings) {
    for (const std::u16string text : {u"ab\n", u"\u0100", u""}) {
      const std::string bytes = encoded(text, encoding);
      EXPECT_EQ(without_trailing_nuls(bytes + nuls, encoding), bytes);
      EXPECT_EQ(without_trailing_nuls(bytes + nuls + '\0', encoding), bytes);
    }
  }
  EXPECT_EQ(without_trailing_nuls("ab" + nuls, TextEncoding::kBytes), "ab");
}

TEST(Utf16Records, SecretsAreFoundInTheText) {
  for (const TextEncoding encoding : kEncodings) {
    RecordRules rules = rules_in(encoding);
    rules.redactor = *Redactor::make(std::vector<std::string>{"default"});
    const std::string bytes = encoded(u"\uFEFFlogin password=hunter22 caf\u00e9\nnothing here\n", encoding);
    EXPECT_TRUE(needs_text_before(rules, bytes, false));
    const auto records = cut(bytes, rules);
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].line.find("hunter22"), std::string::npos) << records[0].line;
    EXPECT_NE(records[0].line.find("caf\u00e9"), std::string::npos) << records[0].line;
    EXPECT_EQ(records[1].line, "nothing here");
    EXPECT_EQ(records[1].end, bytes.size());
  }
}

// --- against a model -------------------------------------------------------------------------------------------

std::vector<CutRecord> obvious_cuts(std::u16string content, std::size_t limit) {
  std::vector<CutRecord> cuts;
  std::size_t begin = 0;
  for (std::size_t newline = content.find(u'\n'); newline != content.npos; newline = content.find(u'\n', begin)) {
    std::u16string line = content.substr(begin, newline - begin);
    std::size_t ending = 1;
    if (line.ends_with(u'\r')) {
      line.pop_back();
      ending = 2;
    }
    const bool long_line = line.size() > limit;
    std::size_t at = begin;
    const auto part = [&](std::u16string text, std::size_t end) {
      if (at == begin && text.starts_with(u'\uFEFF')) text.erase(0, 1);
      cuts.push_back({2 * at, 2 * end, shown(text), long_line, false});
      at = end;
    };
    for (; line.size() > limit; line.erase(0, limit)) part(line.substr(0, limit), at + limit);
    part(line, at + line.size() + ending);
    begin = newline + 1;
  }
  return cuts;
}

std::u16string random_text(std::mt19937& random) {
  static const std::u16string kAlphabet = {u'a',   u'b',   0x0A0A, 0x010A, 0x0A00, 0xE9,  0xFEFF,
                                           0xD83D, 0xDE00, 0x20AC, u'\r',  u'\r',  u'\n', u'\n'};
  std::u16string text = u"\uFEFF";
  const std::size_t length = random() % 150;
  while (text.size() < length) {
    const std::size_t letters = random() % 8 == 0 ? 10 : kAlphabet.size();
    for (std::size_t i = random() % 20; i > 0; --i) text += kAlphabet[random() % letters];
  }
  return text + u"\n";
}

bool in_line(const std::string& bytes, std::size_t at, TextEncoding encoding) {
  return at > 0 && !ends_with_newline(std::string_view(bytes).substr(0, at), encoding);
}

/// What a tailer does: bytes arrive in pieces, odd ones too, whole records become extents, each is cut on its own.
std::vector<CutRecord> cuts_as_they_arrive(const std::string& bytes, const RecordRules& rules, std::mt19937& random) {
  std::vector<CutRecord> cuts;
  std::size_t told = 0;
  for (std::size_t arrived = 0; arrived < bytes.size();) {
    arrived = std::min(bytes.size(), arrived + 1 + random() % 23);
    const std::string_view waiting = std::string_view(bytes).substr(told, arrived - told);
    const bool continues = in_line(bytes, told, rules.encoding);
    const std::size_t whole = whole_records(waiting, rules, continues);
    EXPECT_TRUE(whole > 0 || waiting.size() < rules.max_record_bytes + 6U);
    for (CutRecord& record : cut(waiting.substr(0, whole), rules, told, continues)) cuts.push_back(std::move(record));
    told += whole;
  }
  return cuts;
}

TEST(Utf16Model, CutsAlikeHoweverTheBytesArriveAndWhereverReadingStarts) {
  std::mt19937 random(20261126);
  for (int round = 0; round < 600 && !HasFailure(); ++round) {
    const std::u16string content = random_text(random);
    const TextEncoding encoding = kEncodings[random() % 2];
    const auto limit = static_cast<std::uint32_t>(1 + random() % 19);
    const RecordRules rules = rules_in(encoding, limit);
    SCOPED_TRACE(testing::Message() << "round " << round << " limit " << limit);
    const std::string bytes = encoded(content, encoding);
    const auto expected = obvious_cuts(content, std::max<std::size_t>(limit / 2, 1));
    ASSERT_EQ(cut(bytes, rules), expected);
    ASSERT_EQ(cuts_as_they_arrive(bytes, rules, random), expected);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const std::size_t from = expected[i].begin;
      const std::vector<CutRecord> rest(expected.begin() + static_cast<std::ptrdiff_t>(i), expected.end());
      ASSERT_EQ(cut(std::string_view(bytes).substr(from), rules, from, in_line(bytes, from, encoding)), rest);
    }
  }
}

TEST(Utf16Model, JoinedLinesAreTheSameFromAnyBoundaryThatIsFoundInTheMiddle) {
  std::mt19937 random(7);
  std::size_t found = 0;
  for (int round = 0; round < 1500 && !HasFailure(); ++round) {
    const std::u16string content = random_text(random);
    const auto limit = static_cast<std::uint32_t>(1 + random() % 60);
    Multiline::Rule rule;
    rule.mode = Multiline::Mode::kHaltBefore;
    rule.condition = "^(\u00e9|a)";
    RecordRules rules = random() % 2 == 0 ? rules_of(rule, limit) : RecordRules{limit};
    rules.encoding = kEncodings[random() % 2];
    SCOPED_TRACE(testing::Message() << "round " << round << " limit " << limit);
    const std::string bytes = encoded(content, rules.encoding);
    const auto all = cut(bytes, rules);
    std::set<std::uint64_t> boundaries{0, bytes.size()};
    for (const CutRecord& record : all) boundaries.insert(record.begin);
    const auto grown = cuts_as_they_arrive(bytes, rules, random);
    ASSERT_LE(grown.size(), all.size());
    EXPECT_EQ(grown, std::vector<CutRecord>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(grown.size())));
    for (int k = 0; k < 10; ++k) {
      const std::size_t from = random() % (bytes.size() / 2) * 2;
      const std::size_t at = from + random() % (bytes.size() - from);
      const std::string_view rest = std::string_view(bytes).substr(from);
      if (const auto first = first_boundary(rest, from == 0, rules)) {
        EXPECT_EQ(boundaries.count(from + *first), 1U) << from;
      }
      if (const auto last = last_boundary(rest, from == 0, at - from, rules)) {
        ++found;
        EXPECT_EQ(boundaries.count(from + *last), 1U) << from;
        EXPECT_LE(from + *last, at);
      }
    }
  }
  EXPECT_GT(found, 2000U);
}

TEST(Utf16Records, HalfACodeUnitAtTheEndIsShownAsNone) {
  for (const TextEncoding encoding : kEncodings) {
    const std::string bytes = encoded(u"\uFEFFab", encoding) + "x";
    EXPECT_EQ(cut(bytes, rules_in(encoding), 0, false, true),
              (std::vector<CutRecord>{{0, bytes.size(), "ab\uFFFD", false, true}}));
  }
}

}  // namespace
}  // namespace tailwater

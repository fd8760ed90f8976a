// Records as they leave the splitter: redacted, and the same wherever reading began.
#include "filter/secret_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "filter/record_splitter.h"

namespace tailwater {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

RecordRules rules(std::uint32_t max_record_bytes = RecordRules::kDefaultMaxBytes) {
  static const auto redactor = *Redactor::make(std::vector<std::string>{"default"});
  RecordRules made;
  made.max_record_bytes = max_record_bytes;
  made.redactor = redactor;
  return made;
}

/// From a record boundary on, with the text before it as every reader of files gives it.
std::vector<std::string> shown(const std::string& file, std::size_t from, const RecordRules& rules,
                               bool partial = false, std::vector<std::uint64_t>* ends = nullptr) {
  const std::string_view bytes = std::string_view(file).substr(from);
  const bool in_line = from > 0 && file[from - 1] != '\n';
  std::string_view before;
  if (SecretScan::needs_text_before(*rules.redactor, bytes, in_line)) {
    before = std::string_view(file).substr(from - std::min(from, Redactor::kReach), std::min(from, Redactor::kReach));
  }
  RecordSplitter splitter(bytes, from, {in_line, before}, partial, rules);
  std::vector<std::string> lines;
  while (const auto record = splitter.next()) {
    lines.emplace_back(record->line);
    if (ends != nullptr) ends->push_back(record->end);
  }
  return lines;
}

const std::string kBody = "MIIEowIBAAKCAQEA7bq98ZLeGHm1r3bVcWmDkuKOhSbVxKQRv1sZyJzZ0y8YqJ3L";

std::string key(int lines, const std::string& prefix = "") {
  std::string text = prefix + "-----BEGIN RSA PRIVATE KEY-----\n";
  for (int i = 0; i < lines; ++i) text += prefix + kBody + "\n";
  return text + prefix + "Zm9v==\n" + prefix + "-----END RSA PRIVATE KEY-----\n";
}

TEST(SecretScan, HidesEachLineOfAKey) {
  EXPECT_THAT(
      shown("before\n" + key(2) + "after\n" + kBody + "\n", 0, rules()),
      ElementsAre("before", "-----BEGIN RSA PRIVATE KEY-----", "[redacted:private-key]", "[redacted:private-key]",
                  "[redacted:private-key]", "-----END RSA PRIVATE KEY-----", "after", kBody));
}

TEST(SecretScan, HidesAKeyBehindALoggersPrefix) {
  EXPECT_THAT(shown(key(1, "12:00 app: "), 0, rules()),
              ElementsAre("12:00 app: -----BEGIN RSA PRIVATE KEY-----", "12:00 app: [redacted:private-key]",
                          "12:00 app: Zm9v==", "12:00 app: -----END RSA PRIVATE KEY-----"));
}

TEST(SecretScan, HidesAKeyWithHeadersAndForeignLinesBetween) {
  const std::string text = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES\n\n" + kBody +
                           "\nsomebody else's line\n" + kBody + "\n-----END EC PRIVATE KEY-----\n";
  for (const std::string& line : shown(text, 0, rules())) EXPECT_THAT(line, Not(HasSubstr("MII")));
}

TEST(SecretScan, LetsGoOfAKeyThatNeverEnds) {
  const std::string text = "-----BEGIN RSA PRIVATE KEY-----\none two\nthree four\nfive six\n" + kBody + "\n";
  EXPECT_EQ(shown(text, 0, rules()).back(), kBody);
}

TEST(SecretScan, HidesBothHalvesOfASecretThatALimitCuts) {
  const std::string line = std::string(90, '.') + " password=" + std::string(60, 's') + " next\n";
  const auto parts = shown(line, 0, rules(128));
  EXPECT_THAT(parts, ElementsAre(std::string(90, '.') + " password=[redacted:password]", "[redacted:password] next"));
}

TEST(SecretScan, HidesTheBeginningOfAToken) {
  const std::string token = std::string("gh") + "p_" + std::string(36, 'a');
  const std::string line = std::string(110, '.') + " " + token + " next\n";
  EXPECT_THAT(shown(line, 0, rules(128)),
              ElementsAre(std::string(110, '.') + " [redacted:github]", "[redacted:github] next"));
}

TEST(SecretScan, HidesTheRestOfASecretBehindALineThatTimeLetPass) {
  const std::string first = "x password=abc";
  EXPECT_THAT(shown(first, 0, rules(), /*partial=*/true), ElementsAre("x password=[redacted:password]"));
  EXPECT_THAT(shown(first + "def next\n", first.size(), rules()), ElementsAre("[redacted:password] next"));
}

TEST(SecretScan, ShowsALongLineWithoutSecretsAsItIs) {
  const std::string line = std::string(1000, 'x');
  std::string joined;
  for (const std::string& part : shown(line + "\n", 0, rules(128))) joined += part;
  EXPECT_EQ(joined, line);
}

std::string random_text(std::mt19937& random) {
  const std::vector<std::string> pieces = {key(1 + static_cast<int>(random() % 3)),
                                           key(2, "12:00 app: "),
                                           "plain line\n",
                                           "\n",
                                           "word\n",
                                           std::string(random() % 300, 'y') + "\n",
                                           "a password=SECRETSECRET b\n",
                                           std::string(random() % 120, '.') + " gh" + "p_SECRETSECRETSECRETSECRET z\n",
                                           std::string(random() % 120, '-') + "token=SECRETSECRETSECRET\n",
                                           std::string(random() % 120, '-') + "://u:SECRETSECRETSECRET@h/\n",
                                           kBody + "\n",
                                           "-----BEGIN PRIVATE KEY-----\n",
                                           std::string("one -----BEGIN PRIVATE KEY-----\\n") + kBody + "\\n",
                                           "-----END PRIVATE KEY----- x\n"};
  std::string text;
  for (std::size_t i = random() % 30; i > 0; --i) text += pieces[random() % pieces.size()];
  return text;
}

TEST(SecretScan, ShowsTheSameRecordsWhereverReadingBegins) {
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    const std::string text = random_text(random);
    const RecordRules cut = rules(64 + random() % 128);
    std::vector<std::uint64_t> ends;
    const auto all = shown(text, 0, cut, /*partial=*/false, &ends);
    for (const std::string& line : all) ASSERT_THAT(line, Not(HasSubstr("SECRET"))) << text;
    for (std::size_t i = 0; i < ends.size(); ++i) {
      const auto rest = shown(text, ends[i], cut);
      ASSERT_TRUE(std::equal(rest.begin(), rest.end(), all.begin() + static_cast<std::ptrdiff_t>(i) + 1, all.end()))
          << "from " << ends[i] << " of " << text;
    }
  }
}

}  // namespace
}  // namespace tailwater

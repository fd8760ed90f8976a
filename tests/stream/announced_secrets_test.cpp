#include "stream/announced_secrets.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "filter/record_splitter.h"

namespace tailwater {
namespace {

class TextFile final : public GenerationBytes {
 public:
  explicit TextFile(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] Result<std::size_t> read_at(std::uint64_t offset, std::span<char> out) const override {
    ++reads;
    if (unreadable) return fail(ErrorCode::kIo, "broken");
    const std::size_t from = std::min<std::size_t>(offset, text_.size());
    const std::size_t count = std::min(out.size(), text_.size() - from);
    std::copy_n(text_.begin() + static_cast<std::ptrdiff_t>(from), count, out.begin());
    return count;
  }
  [[nodiscard]] Result<std::uint64_t> size() const override { return text_.size(); }
  mutable int reads = 0;
  bool unreadable = false;

 private:
  std::string text_;
};

RecordRules rules_with_masks() {
  RecordRules rules;
  rules.masks = *MaskRules::make(std::vector<std::string>{"default"}, {});
  rules.redactor = rules.masks->redactor();
  return rules;
}

Extent extent_of(std::uint64_t begin, std::uint64_t end, std::uint32_t generation = 0) {
  Extent extent;
  extent.file = 7;
  extent.generation = generation;
  extent.begin = begin;
  extent.end = end;
  return extent;
}

const std::string kLog = "begin\n::add-mask::hunter2\nlogin hunter2\n";

TEST(AnnouncedSecrets, AreFoundInWhatStandsBeforeTheBytes) {
  AnnouncedSecrets announced;
  const TextFile file(kLog);
  const auto redactor = announced.redactor(extent_of(26, kLog.size()), file, rules_with_masks());
  EXPECT_EQ(redacted(*redactor, "login hunter2"), "login [redacted:mask]");
}

TEST(AnnouncedSecrets, AreLookedForOnce) {
  AnnouncedSecrets announced;
  const TextFile file(kLog);
  const RecordRules rules = rules_with_masks();
  const auto redactor = announced.redactor(extent_of(0, kLog.size()), file, rules);
  file.reads = 0;
  EXPECT_EQ(announced.redactor(extent_of(26, kLog.size()), file, rules), redactor);
  EXPECT_EQ(file.reads, 0);
}

TEST(AnnouncedSecrets, OfAnotherFileAreNoneOfThisOne) {
  AnnouncedSecrets announced;
  const TextFile file(kLog);
  (void)announced.redactor(extent_of(0, kLog.size()), file, rules_with_masks());
  Extent other = extent_of(0, 14);
  other.file = 8;
  const auto redactor = announced.redactor(other, TextFile("login hunter2\n"), rules_with_masks());
  EXPECT_EQ(redacted(*redactor, "login hunter2"), "login hunter2");
}

TEST(AnnouncedSecrets, HoldInTheNextGenerationOfTheFile) {
  AnnouncedSecrets announced;
  const TextFile file(kLog);
  (void)announced.redactor(extent_of(0, kLog.size()), file, rules_with_masks());
  const auto redactor = announced.redactor(extent_of(0, 14, 1), TextFile("login hunter2\n"), rules_with_masks());
  EXPECT_EQ(redacted(*redactor, "login hunter2"), "login [redacted:mask]");
}

TEST(AnnouncedSecrets, AreHeardAsTheyArrive) {
  AnnouncedSecrets announced;
  const RecordRules rules = rules_with_masks();
  const std::string_view log = kLog;
  ASSERT_NE(announced.hear(extent_of(0, 6), log.substr(0, 6), /*in_line=*/false, rules), nullptr);
  const auto redactor = announced.hear(extent_of(6, kLog.size()), log.substr(6), /*in_line=*/false, rules);
  ASSERT_NE(redactor, nullptr);
  EXPECT_EQ(redacted(*redactor, "login hunter2"), "login [redacted:mask]");
}

TEST(AnnouncedSecrets, AskForWhatWasNotHeard) {
  AnnouncedSecrets announced;
  const RecordRules rules = rules_with_masks();
  EXPECT_EQ(announced.hear(extent_of(26, 40), "login hunter2\n", /*in_line=*/false, rules), nullptr);
}

TEST(AnnouncedSecrets, OfALineThatHasNotEndedAreKnownWhenItHas) {
  AnnouncedSecrets announced;
  const RecordRules rules = rules_with_masks();
  const auto half = announced.hear(extent_of(0, 16), "::add-mask::hunt", /*in_line=*/false, rules);
  ASSERT_NE(half, nullptr);
  EXPECT_EQ(redacted(*half, "go hunting"), "go hunting");
  const std::string log = "::add-mask::hunter2\nlogin hunter2\n";
  EXPECT_EQ(announced.hear(extent_of(16, log.size()), log.substr(16), /*in_line=*/true, rules), nullptr);
  const auto redactor = announced.redactor(extent_of(16, log.size()), TextFile(log), rules);
  EXPECT_EQ(redacted(*redactor, "login hunter2"), "login [redacted:mask]");
}

TEST(AnnouncedSecrets, HideAllOfWhatCannotBeRead) {
  AnnouncedSecrets announced;
  TextFile file(kLog);
  file.unreadable = true;
  const RecordRules rules = rules_with_masks();
  EXPECT_EQ(redacted(*announced.redactor(extent_of(26, kLog.size()), file, rules), "login"), "[redacted:mask]");
  file.unreadable = false;
  EXPECT_EQ(redacted(*announced.redactor(extent_of(26, kLog.size()), file, rules), "login"), "login");
}

TEST(AnnouncedSecrets, HideAllOfAFileThatAnnouncesTooMany) {
  AnnouncedSecrets announced;
  std::string log;
  for (std::size_t i = 0; i <= AnnouncedSecrets::kMaxSecrets; ++i) {
    log += "::add-mask::secret" + std::to_string(i) + "\n";
  }
  const auto redactor = announced.redactor(extent_of(0, log.size()), TextFile(log), rules_with_masks());
  EXPECT_EQ(redacted(*redactor, "any line"), "[redacted:mask]");
}

TEST(AnnouncedSecrets, AreFoundInUtf16) {
  AnnouncedSecrets announced;
  const std::string_view ascii = "::add-mask::hunter2\n";
  std::string log;
  for (const char c : ascii) log.append({c, '\0'});
  RecordRules rules = rules_with_masks();
  rules.encoding = TextEncoding::kUtf16Le;
  const auto redactor = announced.redactor(extent_of(0, log.size()), TextFile(log), rules);
  EXPECT_EQ(redacted(*redactor, "login hunter2"), "login [redacted:mask]");
}

TEST(AnnouncedSecrets, InALineOfManyPartsAreWhole) {
  AnnouncedSecrets announced;
  RecordRules rules = rules_with_masks();
  rules.max_record_bytes = 16;
  const std::string log = "::add-mask::hunter2 and more\nlogin\n";
  const auto redactor = announced.redactor(extent_of(0, log.size()), TextFile(log), rules);
  EXPECT_EQ(redacted(*redactor, "hunter2 and more"), "[redacted:mask]");
}

}  // namespace
}  // namespace tailwater

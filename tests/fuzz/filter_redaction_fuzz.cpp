// Any bytes around secrets: none of them is ever shown, however lines are cut, and the same record looks the same
// wherever reading begins. The first byte chooses the limit of a record.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "filter/record_splitter.h"

namespace {

using tailwater::RecordRules;
using tailwater::RecordSplitter;
using tailwater::Redactor;
using tailwater::SecretScan;

constexpr std::string_view kMarker = "S3CR3T";
constexpr std::string_view kSecrets[] = {
    "gh"
    "p_S3CR3TS3CR3TS3CR3TS3CR3T",
    "AK"
    "IAS3CR3TS3CR3TS3CR3T",
    "password=S3CR3T",
    "sk"
    "_live_S3CR3TS3CR3TS3CR3T"};

void require(bool holds) {
  if (!holds) std::abort();
}

std::shared_ptr<const Redactor> redactor() {
  static const auto made = *Redactor::make(std::vector<std::string>{"default"});
  return made;
}

struct Shown {
  std::vector<std::string> lines;
  std::vector<std::size_t> ends;
};

Shown shown(std::string_view file, std::size_t from, const RecordRules& rules) {
  const std::string_view bytes = file.substr(from);
  const bool in_line = from > 0 && file[from - 1] != '\n';
  std::string_view before;
  if (SecretScan::needs_text_before(*rules.redactor, bytes, in_line)) {
    before = file.substr(from - std::min(from, Redactor::kReach), std::min(from, Redactor::kReach));
  }
  RecordSplitter splitter(bytes, from, {in_line, before}, /*partial=*/true, rules);
  Shown all;
  while (const auto record = splitter.next()) {
    all.lines.emplace_back(record->line);
    all.ends.push_back(record->end);
  }
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1 || size > 1024) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (bytes.find(kMarker) != std::string_view::npos) return 0;
  RecordRules rules;
  rules.max_record_bytes = 48U + data[0] % 128U;
  rules.redactor = redactor();
  std::string file;
  for (std::size_t i = 0; i < std::size(kSecrets); ++i) {
    const std::size_t begin = bytes.size() * i / std::size(kSecrets);
    const std::size_t end = bytes.size() * (i + 1) / std::size(kSecrets);
    file.append(bytes.substr(begin, end - begin)).append(" ").append(kSecrets[i]).append(" ");
  }
  file.append(bytes);
  const Shown all = shown(file, 0, rules);
  for (const std::string& line : all.lines) require(line.find(kMarker) == std::string::npos);
  for (std::size_t i = 0; i < all.ends.size(); ++i) {
    const Shown rest = shown(file, all.ends[i], rules);
    require(std::equal(rest.lines.begin(), rest.lines.end(), all.lines.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                       all.lines.end()));
  }
  return 0;
}

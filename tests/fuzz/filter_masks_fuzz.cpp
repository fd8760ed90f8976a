// A log that announces secrets: none of them is in any of its lines as they are shown, however long the lines may be.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "filter/mask_rules.h"
#include "filter/record_splitter.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto rules = *tailwater::MaskRules::make({}, {});
  if (size > 4096) return 0;
  const std::string log(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> secrets;
  rules->find(log, secrets);
  if (!secrets.empty()) require(rules->may_announce(log));
  if (secrets.size() > 64) secrets.resize(64);
  for (const std::string& secret : secrets) {
    require(secret.size() >= tailwater::Redactor::kShortestSecret && secret.find('\n') == std::string::npos);
    // What is put in its place may hold it.
    if (std::string_view("[redacted:mask]").find(secret) != std::string_view::npos) return 0;
  }
  tailwater::RecordRules records;
  records.redactor = tailwater::Redactor::with_secrets(*rules->redactor(), secrets);
  tailwater::RecordSplitter splitter(log, 0, /*before=*/false, /*partial=*/true, records);
  while (const auto record = splitter.next()) {
    // Between two placeholders and around them stands what was there before: no secret can be made of it.
    std::string_view rest = record->line;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find("[redacted:mask]"), rest.size());
      for (const std::string& secret : secrets) require(rest.substr(0, end).find(secret) == std::string_view::npos);
      rest.remove_prefix(std::min(end + 15, rest.size()));
    }
  }
  return 0;
}

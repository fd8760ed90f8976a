#include "filter/capture_pattern.h"

#include <array>

#include <fmt/format.h>
#include <re2/re2.h>

#include "filter/literal_search.h"
#include "filter/quoted.h"
#include "filter/regex_filter.h"

namespace tailwater {

CapturePattern::CapturePattern() = default;
CapturePattern::~CapturePattern() = default;

Result<std::shared_ptr<const CapturePattern>> CapturePattern::make(std::string_view pattern) {
  // The same limits and messages as for the patterns of clients, with room for what configurations spell out.
  const RegexLimits limits{.max_pattern_bytes = 2048, .max_program_size = 5000, .max_memory = 4 << 20};
  const auto filter = RegexFilter::make(pattern, /*ignore_case=*/false, limits);
  if (!filter) return fail(filter.error());
  std::shared_ptr<CapturePattern> made(new CapturePattern);
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(limits.max_memory);
  made->regex_ = std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!made->regex_->ok()) return fail(ErrorCode::kInvalid, fmt::format("pattern {} is none", quoted(pattern)));
  if (static_cast<std::size_t>(made->regex_->NumberOfCapturingGroups()) > kMaxGroups) {
    return fail(ErrorCode::kInvalid, fmt::format("pattern {} has more than {} groups; (?:...) makes one that is not "
                                                 "counted",
                                                 quoted(pattern), kMaxGroups));
  }
  made->literal_ = (*filter)->required_literal();
  for (const auto& [group, name] : made->regex_->CapturingGroupNames()) {
    made->groups_.push_back(group);
    made->names_.push_back(name);
  }
  return made;
}

bool CapturePattern::capture(std::string_view line, std::span<std::string_view> values) const {
  if (!literal_.empty() && find_literal(line, literal_, 0) == std::string_view::npos) return false;
  std::array<re2::StringPiece, kMaxGroups + 1> found;
  const int count = groups_.empty() ? 1 : groups_.back() + 1;
  if (!regex_->Match(re2::StringPiece(line.data(), line.size()), 0, line.size(), re2::RE2::UNANCHORED, found.data(),
                     count)) {
    return false;
  }
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    const re2::StringPiece& piece = found[static_cast<std::size_t>(groups_[i])];
    values[i] = {piece.data(), piece.size()};
  }
  return true;
}

}  // namespace tailwater

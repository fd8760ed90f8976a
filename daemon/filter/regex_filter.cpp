// Logs hold bytes that are no UTF-8. RE2 reads UTF-8 and its `.` matches no invalid byte, so `ERROR.*timeout` would
// miss a line for one bad byte between the two. A line that does not match and is not valid UTF-8 is looked at again
// as it is shown, with U+FFFD in the place of what is invalid. Valid lines pay for one ASCII check at most.
#include "filter/regex_filter.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <re2/re2.h>

#include "base/bytes.h"
#include "filter/literal_search.h"
#include "filter/quoted.h"
#include "filter/regex_literal.h"

namespace tailwater {
namespace {

bool is_ascii(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080U;
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (; at + sizeof seen <= text.size(); at += sizeof seen) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    seen |= word;
  }
  for (; at < text.size(); ++at) seen |= static_cast<unsigned char>(text[at]);
  return (seen & kHighBits) == 0;
}

Error too_complex(std::string_view pattern, const RegexLimits& limits) {
  return {ErrorCode::kInvalid, fmt::format("pattern {} is too complex: write it with fewer or smaller repetitions and "
                                           "character classes (at most {} program steps, {} bytes of memory)",
                                           quoted(pattern), limits.max_program_size, limits.max_memory)};
}

/// Behind the character class that begins at `at`: `[^]a]`, `[[:alpha:]x]`.
std::size_t past_class(std::string_view pattern, std::size_t at) {
  ++at;
  if (pattern.substr(at).starts_with('^')) ++at;
  for (bool first = true; at < pattern.size(); first = false) {
    if (pattern[at] == ']' && !first) return at + 1;
    const std::size_t named = pattern.substr(at).starts_with("[:") ? pattern.find(":]", at + 2) : pattern.npos;
    at = named != pattern.npos ? named + 2 : pattern[at] == '\\' ? at + 2 : at + 1;
  }
  return pattern.size();
}

/// Where the parenthesis stands that closes nothing, or else the last one that is never closed.
std::size_t lone_parenthesis(std::string_view pattern) {
  std::vector<std::size_t> open;
  for (std::size_t at = 0; at < pattern.size();) {
    const std::string_view rest = pattern.substr(at);
    if (rest.starts_with("\\Q")) {
      at = std::min(pattern.find("\\E", at), pattern.size());
    } else if (rest.front() == '\\') {
      at += 2;
    } else if (rest.front() == '[') {
      at = past_class(pattern, at);
    } else {
      if (rest.front() == ')' && open.empty()) return at;
      if (rest.front() == ')') open.pop_back();
      if (rest.front() == '(') open.push_back(at);
      ++at;
    }
  }
  return open.empty() ? pattern.npos : open.back();
}

/// Where the error is that RE2 found: it names a part of the pattern, or nothing less than the whole.
std::size_t place_of_error(std::string_view pattern, const re2::RE2& regex) {
  const re2::RE2::ErrorCode code = regex.error_code();
  if (code == re2::RE2::ErrorMissingParen || code == re2::RE2::ErrorUnexpectedParen) return lone_parenthesis(pattern);
  if (code == re2::RE2::ErrorTrailingBackslash) return pattern.size() - 1;
  return regex.error_arg().empty() ? pattern.npos : pattern.find(regex.error_arg());
}

/// RE2's own message, and where what it complains about stands.
Error syntax_error(std::string_view pattern, const re2::RE2& regex) {
  const std::size_t at = place_of_error(pattern, regex);
  std::string_view reason = regex.error();
  reason = reason.substr(0, reason.find(": "));
  if (at == pattern.npos) return {ErrorCode::kInvalid, fmt::format("pattern {}: {}", quoted(pattern), reason)};
  const std::string& named = regex.error_arg();
  const std::string_view part = named.empty() || named.size() == pattern.size() ? pattern.substr(at) : named;
  return {ErrorCode::kInvalid,
          fmt::format("pattern {}: {} at offset {}, near {}", quoted(pattern), reason, at, quoted(part))};
}

}  // namespace

RegexFilter::RegexFilter() = default;
RegexFilter::~RegexFilter() = default;

Result<std::shared_ptr<const RegexFilter>> RegexFilter::make(std::string_view pattern, bool ignore_case,
                                                             const RegexLimits& limits) {
  if (pattern.empty()) return fail(ErrorCode::kInvalid, "the pattern is empty");
  if (pattern.size() > limits.max_pattern_bytes) {
    return fail(ErrorCode::kInvalid, fmt::format("the pattern is {} bytes long; at most {} are allowed", pattern.size(),
                                                 limits.max_pattern_bytes));
  }
  if (const std::size_t valid = valid_utf8_prefix(pattern); valid != pattern.size()) {
    return fail(ErrorCode::kInvalid, fmt::format("pattern {} is not valid UTF-8 at offset {}", quoted(pattern), valid));
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_case_sensitive(!ignore_case);
  options.set_max_mem(limits.max_memory);
  auto regex = std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!regex->ok()) {
    if (regex->error_code() == re2::RE2::ErrorPatternTooLarge) return fail(too_complex(pattern, limits));
    return fail(syntax_error(pattern, *regex));
  }
  if (regex->ProgramSize() > limits.max_program_size || regex->ReverseProgramSize() > limits.max_program_size) {
    return fail(too_complex(pattern, limits));
  }
  std::shared_ptr<RegexFilter> filter(new RegexFilter);
  filter->pattern_ = pattern;
  filter->ignore_case_ = ignore_case;
  filter->program_size_ = std::max(regex->ProgramSize(), regex->ReverseProgramSize());
  if (!ignore_case) {
    RequiredLiteral literal = required_literal_of(pattern);
    filter->literal_ = std::move(literal.text);
    filter->is_literal_ = literal.is_whole;
  }
  if (!filter->is_literal_) filter->regex_ = std::move(regex);
  return filter;
}

bool RegexFilter::matches(std::string_view line) const {
  // The literal holds no U+FFFD, so it is in the line as it is if it is in the line as it is shown.
  if (!literal_.empty() && find_literal(line, literal_, 0) == line.npos) return false;
  if (is_literal_) return true;
  if (re2::RE2::PartialMatch(re2::StringPiece(line.data(), line.size()), *regex_)) return true;
  return !is_valid_utf8(line) && re2::RE2::PartialMatch(to_valid_utf8(line), *regex_);
}

bool is_valid_utf8(std::string_view text) {
  return is_ascii(text) || valid_utf8_prefix(text) == text.size();
}

}  // namespace tailwater

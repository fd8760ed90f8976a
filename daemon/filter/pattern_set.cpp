#include "filter/pattern_set.h"

#include <algorithm>
#include <string>
#include <utility>

#include <re2/re2.h>
#include <re2/set.h>

#include "base/bytes.h"

namespace tailwater {

struct PatternSet::Impl {
  explicit Impl(const re2::RE2::Options& options) : set(options, re2::RE2::UNANCHORED) {}
  re2::RE2::Set set;
  mutable std::vector<int> more;  // kept to save an allocation
};

PatternSet::PatternSet(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PatternSet::~PatternSet() = default;

std::unique_ptr<PatternSet> PatternSet::make(std::span<const std::shared_ptr<const RegexFilter>> patterns) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemory);
  auto impl = std::make_unique<Impl>(options);
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    // At the front a flag holds for all that follows (RE2 syntax), alternatives too.
    const std::string pattern = (patterns[i]->ignores_case() ? "(?i)" : "") + patterns[i]->pattern();
    if (impl->set.Add(pattern, nullptr) != static_cast<int>(i)) return nullptr;
  }
  if (!impl->set.Compile()) return nullptr;
  return std::unique_ptr<PatternSet>(new PatternSet(std::move(impl)));
}

bool PatternSet::find(std::string_view line, std::vector<int>& found) const {
  found.clear();
  re2::RE2::Set::ErrorInfo error{};
  const auto cannot_tell = [&error] { return error.kind != re2::RE2::Set::kNoError; };
  const bool any = impl_->set.Match(re2::StringPiece(line.data(), line.size()), &found, &error);
  if (!any && cannot_tell()) return false;
  if (is_valid_utf8(line)) return true;
  // As RegexFilter::matches() has it: a pattern may also match the line as it is shown.
  if (!impl_->set.Match(to_valid_utf8(line), &impl_->more, &error) && cannot_tell()) return false;
  found.insert(found.end(), impl_->more.begin(), impl_->more.end());
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return true;
}

}  // namespace tailwater

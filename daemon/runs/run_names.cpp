#include "runs/run_names.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "runs/run_call.h"

namespace tailwater {
namespace {

constexpr std::string_view kPushedEnding = ".log";
constexpr std::string_view kEndings[] = {".log", ".txt", ".out"};
constexpr std::string_view kWildcards = "*?[{\\";

bool ends_with(std::string_view text, std::string_view ending) {
  return text.size() > ending.size() && text.substr(text.size() - ending.size()) == ending;
}

/// With the slash.
std::string_view folder_of(std::string_view path) {
  return path.substr(0, path.rfind('/') + 1);
}

std::string common_folder(const std::vector<std::string>& patterns) {
  std::string common;
  bool first = true;
  for (const std::string& pattern : patterns) {
    const std::string_view folder = folder_of(std::string_view(pattern).substr(0, pattern.find_first_of(kWildcards)));
    if (std::exchange(first, false)) {
      common = folder;
      continue;
    }
    const auto differs = std::mismatch(common.begin(), common.end(), folder.begin(), folder.end()).first;
    common.erase(differs, common.end());
    common = folder_of(common);
  }
  return common;
}

std::string shown(std::string_view name) {
  std::string text = to_valid_utf8(name);
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '_');
  return text;
}

std::string bounded(std::string_view text) {
  std::string short_enough(text.substr(0, RunCall::kMaxText));
  short_enough.resize(valid_utf8_prefix(short_enough));
  return shown(short_enough);
}

}  // namespace

RunNaming::RunNaming(const std::vector<std::string>& patterns, std::string spool,
                     std::shared_ptr<const CapturePattern> match)
    : spool_(std::move(spool)), folder_(common_folder(patterns)), match_(std::move(match)) {
  if (!spool_.empty() && spool_.back() != '/') spool_ += '/';
  if (patterns.size() == 1 && patterns.front().find_first_of(kWildcards) == std::string::npos) {
    directory_ = patterns.front();
    if (directory_.back() != '/') directory_ += '/';
  }
}

bool RunNaming::is_pushed(std::string_view path) const {
  return !spool_.empty() && path.substr(0, spool_.size()) == spool_ && ends_with(path, kPushedEnding);
}

std::string RunNaming::file_of(std::string_view path) const {
  if (is_pushed(path)) {
    path.remove_prefix(spool_.size());
    path.remove_suffix(kPushedEnding.size());
    return shown(path);
  }
  for (const std::string& folder : {directory_, folder_}) {
    if (folder.empty() || path.size() <= folder.size() || path.substr(0, folder.size()) != folder) continue;
    return shown(path.substr(folder.size()));
  }
  return shown(path.substr(std::min(path.find_first_not_of('/'), path.size())));
}

std::string RunNaming::pushed_path(std::string_view file) const {
  return spool_ + std::string(file) + std::string(kPushedEnding);
}

RunIdentity RunNaming::identity_of(std::string stream, std::string file, std::string_view path) const {
  RunIdentity identity;
  identity.stream = std::move(stream);
  identity.file = std::move(file);
  name_by_default(identity.file, identity);
  if (!match_) return identity;
  std::array<std::string_view, CapturePattern::kMaxGroups> values;
  const auto groups = std::span(values).first(match_->names().size());
  if (!match_->capture(is_pushed(path) ? std::string_view(identity.file) : path, groups)) return identity;
  bool has_name = false;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const std::string& group = match_->names()[i];
    if (groups[i].empty()) continue;
    if (group == "name") {
      identity.name = bounded(groups[i]);
      has_name = true;
    } else if (group != "attempt") {
      merge_labels(identity.labels, {{group, bounded(groups[i])}});
    }
  }
  const auto attempt = std::find(match_->names().begin(), match_->names().end(), "attempt");
  if (attempt != match_->names().end()) {
    identity.attempt = parse_number<std::uint64_t>(groups[static_cast<std::size_t>(attempt - match_->names().begin())]);
  } else if (has_name) {
    identity.attempt.reset();
  }
  return identity;
}

void name_by_default(std::string_view file, RunIdentity& identity) {
  constexpr std::size_t kMostDigits = 18;
  const auto ending = std::find_if(std::begin(kEndings), std::end(kEndings),
                                   [&](std::string_view each) { return ends_with(file, each); });
  if (ending != std::end(kEndings)) file.remove_suffix(ending->size());
  identity.name = bounded(file);
  identity.attempt.reset();
  const std::size_t last = file.find_last_not_of("0123456789");
  if (last == std::string_view::npos || last == 0 || last + 1 == file.size()) return;
  if (file.size() - last - 1 > kMostDigits || std::string_view("-._/#").find(file[last]) == std::string_view::npos)
    return;
  identity.attempt = parse_number<std::uint64_t>(file.substr(last + 1));
  identity.name = bounded(file.substr(0, last));
}

}  // namespace tailwater

#include "filter/mask_rules.h"

#include <array>

#include "filter/literal_search.h"

namespace tailwater {
namespace {

constexpr std::size_t kNone = std::string_view::npos;

/// GitHub's, and Azure's two. Whatever stands before them in the line: a time, a prompt, the trace of a shell.
constexpr std::string_view kGitHub = "::add-mask::";
constexpr std::string_view kAzure = "##vso[task.set";
constexpr std::array<std::string_view, 3> kPatterns{
    R"(mask=::add-mask::(.+))",
    R"(mask=##vso\[task\.setsecret[^\]]*\](.+))",
    R"(mask=##vso\[task\.setvariable [^\]]*(?i:issecret=true)[^\]]*\](.+))",
};

/// The escapes in which both write what would end the line.
std::string unescaped(std::string_view text) {
  constexpr std::array kEscapes{
      std::pair{std::string_view{"%0A"}, '\n'}, std::pair{std::string_view{"%0a"}, '\n'},
      std::pair{std::string_view{"%0D"}, '\r'}, std::pair{std::string_view{"%0d"}, '\r'},
      std::pair{std::string_view{"%25"}, '%'},  std::pair{std::string_view{"%AZP25"}, '%'},
  };
  std::string out;
  while (!text.empty()) {
    std::size_t taken = 1;
    char meant = text.front();
    for (const auto& [escape, meaning] : kEscapes) {
      if (!text.starts_with(escape)) continue;
      taken = escape.size();
      meant = meaning;
      break;
    }
    out.push_back(meant);
    text.remove_prefix(taken);
  }
  return out;
}

void add_lines(std::string_view text, std::vector<std::string>& secrets) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view line = text.substr(0, end);
    if (line.size() >= Redactor::kShortestSecret) secrets.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void add_secret(std::string_view value, std::vector<std::string>& secrets) {
  value = value.substr(0, value.find_first_of("\r\n"));
  // What is not well escaped may come again as it stands here.
  add_lines(value, secrets);
  if (value.find('%') != kNone) add_lines(unescaped(value), secrets);
}

bool is_secret_variable(std::string_view head) {
  constexpr std::string_view kSecret = "issecret=true";
  for (std::size_t at = 0; at + kSecret.size() <= head.size(); ++at) {
    std::size_t same = 0;
    while (same < kSecret.size()) {
      const char c = head[at + same];
      if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c) != kSecret[same]) break;
      ++same;
    }
    if (same == kSecret.size()) return true;
  }
  return false;
}

/// `rest` begins behind "##vso[task.set".
void add_azure(std::string_view rest, std::vector<std::string>& secrets) {
  const std::size_t end = rest.substr(0, rest.find('\n')).find(']');
  if (end == kNone) return;
  const std::string_view head = rest.substr(0, end);
  const bool secret = head.starts_with("secret") || (head.starts_with("variable ") && is_secret_variable(head));
  if (secret) add_secret(rest.substr(end + 1), secrets);
}

}  // namespace

Result<std::shared_ptr<const MaskRules>> MaskRules::make(std::span<const std::string> redact,
                                                         std::span<const std::string> own) {
  std::vector<std::string> entries(redact.begin(), redact.end());
  entries.insert(entries.end(), kPatterns.begin(), kPatterns.end());
  auto made = std::make_shared<MaskRules>();
  for (const std::string& pattern : own) {
    auto compiled = CapturePattern::make(pattern);
    if (!compiled) return fail(std::move(compiled.error()));
    if ((*compiled)->names() != std::vector<std::string>{"mask"}) {
      return fail(ErrorCode::kInvalid, "pattern \"" + pattern + "\" has no group named mask, or another one");
    }
    made->own_.push_back(std::move(*compiled));
    entries.push_back("mask=" + pattern);
  }
  auto redactor = Redactor::make(entries);
  if (!redactor) return fail(std::move(redactor.error()));
  made->redactor_ = std::move(*redactor);
  return made;
}

bool MaskRules::may_announce(std::string_view bytes) const {
  if (!own_.empty()) return !bytes.empty();
  return find_literal(bytes, kGitHub, 0) != kNone || find_literal(bytes, kAzure, 0) != kNone;
}

void MaskRules::find(std::string_view line, std::vector<std::string>& secrets) const {
  for (std::size_t at = line.find(kGitHub); at != kNone; at = line.find(kGitHub, at + kGitHub.size())) {
    add_secret(line.substr(at + kGitHub.size()), secrets);
  }
  for (std::size_t at = line.find(kAzure); at != kNone; at = line.find(kAzure, at + kAzure.size())) {
    add_azure(line.substr(at + kAzure.size()), secrets);
  }
  std::array<std::string_view, 1> value;
  for (const auto& pattern : own_) {
    if (pattern->capture(line, value)) add_secret(value[0], secrets);
  }
}

}  // namespace tailwater

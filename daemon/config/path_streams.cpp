#include "config/path_streams.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace tailwater {
namespace {

constexpr std::string_view kWildcards = "*?[{";
constexpr std::string_view kSpecial = "*?[{\\";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

/// The part before the component with the first wildcard: "/var/log/nginx/" of "/var/log/nginx/*.log".
std::string_view fixed_part(std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\') {
      ++i;
    } else if (kWildcards.find(path[i]) != std::string_view::npos) {
      return path.substr(0, path.rfind('/', i) + 1);
    }
  }
  return path;
}

std::string escaped(std::string_view path) {
  std::string out;
  for (const char c : path) {
    if (kSpecial.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// A word of the command line as a configured path: absolute, without "." and "..", and with wildcards only where
/// it is no file itself: `serve 'app[1].log'` means the file of that name if there is one.
std::string as_pattern(const std::string& word, const Environment& environment) {
  std::string path = std::filesystem::path(environment.absolute(word)).lexically_normal().string();
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return environment.exists(path) ? escaped(path) : path;
}

}  // namespace

bool is_stream_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxStreamName && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), is_name_character);
}

std::string stream_name_of(std::string_view path) {
  std::string_view fixed = fixed_part(path);
  while (!fixed.empty() && fixed.back() == '/') fixed.remove_suffix(1);
  std::string name;
  for (const char c : fixed.substr(fixed.rfind('/') + 1)) {
    if (c != '\\') name += is_name_character(c) ? c : '-';
  }
  name.resize(std::min(name.size(), kMaxStreamName));
  return is_stream_name(name) ? name : "root";
}

std::vector<StreamConfig> streams_of_paths(std::span<const std::string> paths, std::set<std::string, std::less<>> taken,
                                           const Environment& environment) {
  std::vector<StreamConfig> streams;
  std::set<std::string> seen;
  for (const std::string& word : paths) {
    const std::string path = as_pattern(word, environment);
    if (!seen.insert(path).second) continue;
    const std::string base = stream_name_of(path);
    std::string name = base;
    for (int number = 2; !taken.insert(name).second; ++number) {
      const std::string suffix = fmt::format("-{}", number);
      name = base.substr(0, kMaxStreamName - suffix.size()) + suffix;
    }
    StreamConfig& stream = streams.emplace_back();
    stream.name = name;
    stream.paths = {path};
  }
  return streams;
}

}  // namespace tailwater

#include "config/problems.h"

#include <fmt/format.h>
#include <algorithm>
#include <iterator>

namespace tailwater {

void Problems::set_place(const std::string& key, std::string place) {
  for (auto part = places_.upper_bound(key); part != places_.end() && part->first.starts_with(key);) {
    const char next = part->first[key.size()];
    part = next == '[' || next == '.' ? places_.erase(part) : std::next(part);
  }
  places_[key] = std::move(place);
}

std::string Problems::place_of(std::string_view key) const {
  while (true) {
    if (const auto found = places_.find(key); found != places_.end()) return found->second;
    const std::size_t part = key.find_last_of(".[");
    if (part == std::string_view::npos) return {};
    key = key.substr(0, part);
  }
}

void Problems::add_for(std::string_view key, std::string_view message) {
  const std::string place = place_of(key);
  if (place.starts_with("--")) return add(place, message);
  std::string name;  // "stream.paths" of "stream[2].paths[0]"
  for (std::size_t i = 0; i < key.size(); ++i) {
    if (key[i] == '[') {
      i = key.find(']', i);
    } else {
      name += key[i];
    }
  }
  add(place, fmt::format("{}: {}", name, message));
}

void Problems::add(std::string_view place, std::string_view message) {
  std::string text = place.empty() ? std::string(message) : fmt::format("{}: {}", place, message);
  // Names and values are quoted as they stand in the file; on a terminal they must not be more than text.
  std::replace_if(
      text.begin(), text.end(), [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }, '?');
  errors_.push_back({ErrorCode::kInvalid, std::move(text)});
}

}  // namespace tailwater

// The secrets that are known by name: how each looks, and a text that has to be there for it to be worth a look. They
// are matched on bytes (RE2 in Latin-1), so that no invalid UTF-8 hides one. Constant data, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tailwater {

struct SecretPattern {
  enum class Kind : std::uint8_t {
    kToken,    ///< begins with its keyword and goes on without a break
    kSetting,  ///< a name, a separator, a value
    kUrl,      ///< `://user:password@`
    kKey,      ///< a block from BEGIN to END, over several lines; without a pattern
    kOwn,      ///< the administrator's: nothing is known of it
    kGiven,    ///< the secret itself is known: its keyword, wherever that stands
  };
  std::string_view name;
  Kind kind = Kind::kToken;
  bool ignore_case = false;
  std::string_view pattern;  ///< a group that takes part in a match is the secret, else all of it
  std::span<const std::string_view> keywords;
};

/// What `default` stands for. A name may be there more than once.
[[nodiscard]] std::span<const SecretPattern> secret_patterns();

}  // namespace tailwater

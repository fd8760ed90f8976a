// The option table: each option of the daemon once, as a row. The command line, the TOML reader, `tailwater help`,
// the reference in docs/configuration.md and the check of what a reload can change are all made from it; defaults are
// those of a fresh Configuration. Constant data, any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/configuration.h"

namespace tailwater {

enum class ValueKind : std::uint8_t { kText, kTextList, kNumberList, kFlag, kCount, kBytes, kDuration };

/// The part of a Configuration that a row's section stands for; never null.
using SectionRef = std::variant<ServerConfig*, LimitsConfig*, AuthConfig*, UserConfig*, SamplerConfig*, StreamConfig*,
                                MetricConfig*, RunsConfig*>;
/// One field of it. Lives as long as the section that it was taken from.
using FieldRef =
    std::variant<std::string*, std::vector<std::string>*, std::vector<double>*, bool*, std::uint64_t*, Milliseconds*>;

struct Option {
  std::string_view name;           ///< the key in its TOML table
  std::string_view flag = {};      ///< "--listen"; empty: only in a file
  std::string_view argument = {};  ///< what help calls the flag's value; empty for kFlag
  ValueKind kind = ValueKind::kText;
  FieldRef (*field)(SectionRef section) = nullptr;
  bool reloadable = false;  ///< SIGHUP puts a change of it into effect
  bool required = false;
  std::uint64_t minimum = 0;  ///< of a count, bytes, or a duration in milliseconds
  std::uint64_t maximum = std::numeric_limits<std::uint64_t>::max();
  std::span<const std::string_view> choices = {};  ///< of a text; empty: any
  std::string_view default_text = {};              ///< where the bare default would not say it
  std::string_view help;                           ///< sentences; the first one alone is shown beside a flag
};

struct OptionSection {
  std::string_view name;  ///< "server": [server]; with `repeated`, "stream": [[stream]]
  bool repeated = false;
  std::string_view help;
  std::span<const Option> options;
};

[[nodiscard]] std::span<const OptionSection> option_sections();

/// Of a section that is there once, or a new entry of one that is repeated.
[[nodiscard]] SectionRef section_of(Configuration& configuration, const OptionSection& section);

struct FoundOption {
  const OptionSection* section = nullptr;
  const Option* option = nullptr;
};
/// By "server.listen" or "--listen"; null members if there is none.
[[nodiscard]] FoundOption find_option(std::string_view key_or_flag);

/// "server.listen", "stream.paths".
[[nodiscard]] std::string option_key(const OptionSection& section, const Option& option);
/// The default as it would stand in a TOML file, or the row's own words for it.
[[nodiscard]] std::string default_text(const OptionSection& section, const Option& option);
/// "text", "a list of texts", "a number of bytes, 64 to 16MiB", "one of text, json"...
[[nodiscard]] std::string type_text(const Option& option);
/// A field's value as it would stand in a TOML file.
[[nodiscard]] std::string value_text(const Option& option, FieldRef field);

/// Of `candidates` the one that `word` was most probably meant to be; empty if none is near.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace tailwater

// GivenFlags: what stands on a command line, by the names of the flags; and what every command of the client takes from
// it: who he is to the server. A view of the command line, which outlives it.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/http_transfer.h"
#include "config/command_line.h"
#include "config/environment.h"

namespace tailwater {

class GivenFlags {
 public:
  explicit GivenFlags(const CommandLine& command_line) : given_(command_line.given) {}
  [[nodiscard]] const std::vector<std::string>* find(std::string_view flag) const {
    const auto found = std::find_if(given_.begin(), given_.end(), [&](const auto& each) { return each.flag == flag; });
    return found == given_.end() ? nullptr : &found->values;
  }
  [[nodiscard]] bool has(std::string_view flag) const { return find(flag) != nullptr; }
  [[nodiscard]] std::optional<std::string> last(std::string_view flag) const {
    const auto* values = find(flag);
    return values == nullptr ? std::nullopt : std::optional(values->back());
  }

 private:
  const std::vector<CommandLine::Given>& given_;
};

/// `flag`, else $TAILWATER_URL, else the daemon of this machine.
[[nodiscard]] std::string server_url(const GivenFlags& given, std::string_view flag, const Environment& environment);
/// Token and certificates; kInvalid with a message for the user.
[[nodiscard]] Result<HttpAccess> http_access(const GivenFlags& given, const Environment& environment,
                                             std::string unix_socket);

}  // namespace tailwater

#include "config/state_directory.h"

namespace tailwater {
namespace {

constexpr std::string_view kSystemParent = "/var/lib";
constexpr std::string_view kSystemDirectory = "/var/lib/tailwater";

bool system_directory_usable(const Environment& environment) {
  if (environment.exists(kSystemDirectory)) return environment.is_writable_directory(kSystemDirectory);
  return environment.is_writable_directory(kSystemParent);
}

}  // namespace

StateDirectory state_directory(std::string_view configured, const Environment& environment) {
  if (configured == "none") return {"", "server.state_dir is none"};
  if (!configured.empty()) return {environment.absolute(configured), "server.state_dir"};
  if (const auto given = environment.variable("STATE_DIRECTORY")) {
    return {given->substr(0, given->find(':')), "$STATE_DIRECTORY"};  // systemd separates several with colons
  }
  if (system_directory_usable(environment)) return {std::string(kSystemDirectory), "writable"};
  const auto xdg = environment.variable("XDG_STATE_HOME");
  // "All paths must be absolute. If an implementation encounters a relative path it should [...] ignore it."
  if (xdg && xdg->front() == '/') return {*xdg + "/tailwater", "$XDG_STATE_HOME"};
  const auto home = environment.variable("HOME");
  if (home && home->front() == '/') return {*home + "/.local/state/tailwater", "$HOME"};
  return {"", "/var/lib/tailwater is not writable and $HOME is not set"};
}

}  // namespace tailwater

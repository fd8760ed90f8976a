#include "config/generated_text.h"

#include <fmt/format.h>

#include "config/completion.h"
#include "config/help.h"
#include "config/manual.h"

namespace tailwater {
namespace {

struct Generator {
  std::string_view kind;
  std::string (*make)();
};
constexpr Generator kGenerators[] = {
    {"markdown", configuration_reference},
    {"man1", command_manual},
    {"man5", configuration_manual},
    {"bash", bash_completion},
    {"zsh", zsh_completion},
    {"fish", fish_completion},
};

}  // namespace

Result<std::string> generated_text(std::string_view kind) {
  std::string kinds;
  for (const Generator& generator : kGenerators) {
    if (generator.kind == kind) return generator.make();
    kinds += fmt::format("{}{}", kinds.empty() ? "" : ", ", generator.kind);
  }
  return fail(ErrorCode::kInvalid, fmt::format("--generate {}: must be one of {}", kind, kinds));
}

}  // namespace tailwater

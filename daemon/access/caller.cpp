#include "access/caller.h"

namespace tailwater {

std::string_view to_text(CallerKind kind) {
  switch (kind) {
    case CallerKind::kLocal: return "local";
    case CallerKind::kAnonymous: return "anonymous";
    case CallerKind::kToken: return "token";
    case CallerKind::kUser: return "user";
    case CallerKind::kJwt: return "jwt";
  }
  return "";
}

}  // namespace tailwater

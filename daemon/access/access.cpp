#include "access/access.h"

namespace tailwater {

Access::Access() {
  Caller local;
  local.kind = CallerKind::kLocal;
  local.readable = StreamSet::all();
  local.writable = StreamSet::all();
  local.administrator = true;
  local_ = std::make_shared<const Caller>(std::move(local));
}

Identity Access::identify(const Credentials& /*credentials*/) const {
  return {local_, {}};
}

}  // namespace tailwater

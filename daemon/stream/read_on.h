// ReadOn: where the reading of history goes on, in terms that another process understands, too. Plain values.
#pragma once

#include <cstdint>

#include "journal/event_id.h"
#include "journal/extent.h"

namespace tailwater {

enum class ReadOn : std::uint8_t {
  kRequest,   ///< nothing has been read yet: as the request says, as of `point`
  kPosition,  ///< behind `position`, as for a client that comes back with it
  kPoint,     ///< at `point` of the journal
  kNowhere,   ///< all was said
};

struct ReadOnPlace {
  ReadOn kind = ReadOn::kRequest;
  bool windowed = false;  ///< what was there before the request's `since` is left out
  JournalPoint point;
  Position position;
};

}  // namespace tailwater

// A record of the sample spool as a `metric` event: the sample's own JSON, with the metrics alone that a query names
// and its client may see. Pure.
#pragma once

#include <string>
#include <string_view>

#include "journal/event_id.h"
#include "stream/selection.h"

namespace tailwater {

/// Appends one frame, with `id` just past the record; nothing if the line is no sample.
void append_sample(std::string& out, const Selection& selection, const Position& id, std::string_view line);

}  // namespace tailwater

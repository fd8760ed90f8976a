// LinePrinter: records as lines of a terminal or a pipe. Pure: values in, bytes appended to `out`.
#pragma once

#include <string>
#include <string_view>

#include "client/record_view.h"

namespace tailwater {

struct LineStyle {
  bool colors = false;  ///< levels coloured, the lines' own colours kept
  bool time = false;    ///< when it arrived, in front
  enum class Names : unsigned char { kNone, kStream, kStreamAndFile } names = Names::kNone;
};

/// The record's line, in the style, and a newline. Nothing of it can do more to a terminal than to colour text.
void append_line(std::string& out, const RecordView& record, const LineStyle& style);

/// A `log` event's data with its ID as the first member, and a newline.
void append_json_line(std::string& out, std::string_view id, std::string_view data);

}  // namespace tailwater

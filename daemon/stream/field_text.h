// Fields as JSON. Pure.
#pragma once

#include <string>

#include "filter/fields.h"

namespace tailwater {

/// Appends `,"fields":{"http.status":200,...}`: numbers and words as such, arrays as arrays; of fields that have the
/// same name the first. Nothing if there are none. Always one line.
void append_fields(std::string& out, const Fields& fields);

}  // namespace tailwater

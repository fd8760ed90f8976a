// A sample as one line of JSON: a record of the spool, from which `metric` events are made.
//   {"time":"2026-01-02T03:04:05.678Z","elapsed_ms":1000,"samples":{"system.cpu.time":{"mode=user":12.5},...}}
// Totals are given as they are; elapsed_ms is the time since the sample before, 0 for the first of a process. Series
// without a value are left out. Pure.
#pragma once

#include <string>

#include "metrics/sampler.h"

namespace tailwater {

/// Appends the line with its newline.
void append_sample_record(std::string& out, const Sample& sample);

}  // namespace tailwater

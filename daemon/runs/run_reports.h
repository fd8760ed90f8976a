// Runs in the XML of other programs: JUnit's for what reads test results, CCTray's for build monitors. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runs/run_board.h"

namespace tailwater {

/// A test suite with a case for each stage and each failed test, and one for the run itself. What passed is not known
/// by name: how many did is a property.
[[nodiscard]] std::string junit_xml(const PublishedRun& run);

/// A project for each name in each stream: whether it is being built, and how it ended last. `page` is the address that
/// runs' pages begin with, without a slash at its end.
[[nodiscard]] std::string cctray_xml(const std::vector<PublishedRunPtr>& runs, std::string_view page);

/// Is `left` an earlier run than `right` of the same name?
[[nodiscard]] bool is_earlier(const PublishedRun& left, const PublishedRun& right);

/// What is no plain character of a path, as %XX; slashes stay.
[[nodiscard]] std::string to_url_path(std::string_view path);

}  // namespace tailwater

// The PATHs of a command line as streams: one for each, named after it.
#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/configuration.h"
#include "config/environment.h"

namespace tailwater {

/// 1 to 64 of A-Z a-z 0-9 . _ -, but neither "." nor "..": it is part of URLs and of spools' file names.
[[nodiscard]] bool is_stream_name(std::string_view name);
inline constexpr std::size_t kMaxStreamName = 64;

/// "/var/log/syslog" is "syslog", "/var/log/" is "log", "/var/log/nginx/*.log" is "nginx"; what a name may not have
/// becomes '-'. The result is not yet unique.
[[nodiscard]] std::string stream_name_of(std::string_view path);

/// One stream for each of `paths`, made absolute; a repeated path counts once. A name in `taken`, or one given before,
/// gets -2, -3 and so on.
[[nodiscard]] std::vector<StreamConfig> streams_of_paths(std::span<const std::string> paths,
                                                         std::set<std::string, std::less<>> taken,
                                                         const Environment& environment);

}  // namespace tailwater

// Names in a log directory that are no logs to follow: compressed, binary, hidden, or copies that a rotation left. They
// are left out where nobody named them. Pure, by name alone.
#pragma once

#include <string_view>

namespace tailwater {

/// `syslog.1`, `app.log-20260101`, `app.log.2026-01-01`, `Xorg.0.log.old`.
[[nodiscard]] bool is_rotated_name(std::string_view name);
/// The suffix (`.gz`, `.journal`...) that says that the content is no text; empty if there is none.
[[nodiscard]] std::string_view opaque_suffix(std::string_view name);
/// Any of the above, a dotfile, or one of the accounting files (`wtmp`, `lastlog`...).
[[nodiscard]] bool is_skipped_by_default(std::string_view name);

}  // namespace tailwater

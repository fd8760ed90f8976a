// The forms in which lines state fields, one function each; Fields::of() asks them. Private to filter/. Pure: each adds
// what it finds to `fields` and says whether the line is of its form; of a line that is not, nothing is left behind.
#pragma once

#include <string_view>

#include "filter/fields.h"

namespace tailwater {

/// A JSON object that is the whole of `text` (RFC 8259, strict): its members, nested ones joined by dots.
bool add_json_fields(std::string_view text, Fields& fields);
/// key=value and key="quoted \"value\"" pairs. `strict`: all of the line is of them, and a key may be any word; else
/// they may stand between other words, and keys look like names.
bool add_logfmt_fields(std::string_view text, bool strict, Fields& fields);
/// RFC 5424, or RFC 3164 and what rsyslog makes of it, with or without a priority: facility, severity, host, app, pid,
/// msgid, structured data, message.
bool add_syslog_fields(std::string_view text, Fields& fields);
/// The common and combined log formats of Apache and nginx, also with a virtual host before them: client, user, method,
/// path, protocol, status, bytes, referer, user_agent.
bool add_access_log_fields(std::string_view text, Fields& fields);

}  // namespace tailwater

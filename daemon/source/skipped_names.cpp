#include "source/skipped_names.h"

#include <algorithm>
#include <cstddef>

namespace tailwater {
namespace {

constexpr std::string_view kOpaqueSuffixes[] = {".gz",   ".xz",  ".zst", ".bz2", ".zip",     ".lz4",
                                                ".lzma", ".tgz", ".txz", ".tar", ".journal", ".journal~"};
constexpr std::string_view kAccountingFiles[] = {"wtmp", "btmp", "utmp", "lastlog", "faillog", "tallylog"};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Does `text` look like `shape`, in which `0` stands for any digit?
bool has_shape(std::string_view text, std::string_view shape) {
  return std::equal(text.begin(), text.end(), shape.begin(), shape.end(),
                    [](char c, char s) { return s == '0' ? is_digit(c) : c == s; });
}

bool ends_with_shape(std::string_view name, std::string_view shape) {
  return name.size() > shape.size() && has_shape(name.substr(name.size() - shape.size()), shape);
}

/// `.0` to `.999`: what logrotate and most programs append. Four digits may be a port or a year.
bool ends_with_number(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const std::string_view digits = name.substr(dot + 1);
  return !digits.empty() && digits.size() <= 3 && std::all_of(digits.begin(), digits.end(), is_digit);
}

}  // namespace

bool is_rotated_name(std::string_view name) {
  if (ends_with_number(name) || name.ends_with(".old") || name.ends_with('~')) return true;
  // A date at the very end: logrotate's dateext (also with hours or an epoch), and the rolling files of log4j,
  // logback and Python. A date before the suffix (`catalina.2026-01-01.log`) is how live files are named, too.
  for (const std::string_view shape :
       {"-00000000", "-0000000000", "-00000000-000000", "-00000000-00000", "-00000000-0000000000", ".log.0000-00-00",
        ".log.0000-00-00_00", ".log.0000-00-00-00", ".log.00000000"}) {
    if (ends_with_shape(name, shape)) return true;
  }
  return false;
}

std::string_view opaque_suffix(std::string_view name) {
  for (const std::string_view suffix : kOpaqueSuffixes) {
    if (name.ends_with(suffix)) return suffix;
  }
  return {};
}

bool is_skipped_by_default(std::string_view name) {
  if (name.empty() || name.front() == '.') return true;
  // wtmp.1 is as binary as wtmp.
  const std::string_view stem = name.substr(0, name.find('.'));
  if (std::find(std::begin(kAccountingFiles), std::end(kAccountingFiles), stem) != std::end(kAccountingFiles)) {
    return true;
  }
  return !opaque_suffix(name).empty() || is_rotated_name(name);
}

}  // namespace tailwater

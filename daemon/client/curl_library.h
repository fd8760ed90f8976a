// CurlLibrary: libcurl, loaded when a command of the client first needs it. The daemon is the same program: linked the
// usual way, the thirty libraries behind libcurl would be mapped, relocated and at hand in every server for nothing.
// A static program has it in itself.
// Thread: one.
#pragma once

#include <curl/curl.h>

#include "base/result.h"

namespace tailwater {

struct CurlLibrary {
  decltype(&::curl_global_init) global_init = nullptr;
  decltype(&::curl_easy_init) easy_init = nullptr;
  // curl.h makes macros of some of these names, which check types for C; parentheses keep them functions.
  decltype(&(::curl_easy_setopt)) easy_setopt = nullptr;
  decltype(&::curl_easy_perform) easy_perform = nullptr;
  decltype(&(::curl_easy_getinfo)) easy_getinfo = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;

  /// The one of this process; kUnavailable with what to install where there is none. Never unloaded.
  [[nodiscard]] static Result<const CurlLibrary*> load();
};

}  // namespace tailwater

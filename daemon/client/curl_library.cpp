#include "client/curl_library.h"

#include <dlfcn.h>

#include <fmt/format.h>

#include "base/build_variant.h"

namespace tailwater {
namespace {

template <typename Function>
bool find(void* library, const char* name, Function& function) {
  // POSIX makes the conversion from void* to a function's address defined (dlsym(3)).
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

bool find_all(void* library, CurlLibrary& curl) {
  return find(library, "curl_global_init", curl.global_init) && find(library, "curl_easy_init", curl.easy_init) &&
         find(library, "curl_easy_setopt", curl.easy_setopt) && find(library, "curl_easy_perform", curl.easy_perform) &&
         find(library, "curl_easy_getinfo", curl.easy_getinfo) &&
         find(library, "curl_easy_cleanup", curl.easy_cleanup) &&
         find(library, "curl_slist_append", curl.slist_append) &&
         find(library, "curl_slist_free_all", curl.slist_free_all);
}

/// Those of this very program.
[[maybe_unused]] constexpr CurlLibrary linked() {
  return {&::curl_global_init,    &::curl_easy_init,    &(::curl_easy_setopt), &::curl_easy_perform,
          &(::curl_easy_getinfo), &::curl_easy_cleanup, &::curl_slist_append,  &::curl_slist_free_all};
}

[[maybe_unused]] Result<CurlLibrary> loaded_by_name() {
  CurlLibrary curl;
  void* library = ::dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr || !find_all(library, curl)) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("libcurl is needed to talk to a server: {} (Debian: apt-get install "
                            "libcurl4)",
                            ::dlerror()));
  }
  return curl;
}

Result<CurlLibrary> find_library() {
  if constexpr (kStaticProgram) {
    return linked();
  } else {
    return loaded_by_name();
  }
}

}  // namespace

Result<const CurlLibrary*> CurlLibrary::load() {
  static CurlLibrary loaded;
  if (loaded.global_init != nullptr) return &loaded;
  const auto curl = find_library();
  if (!curl) return fail(curl.error());
  if (curl->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) return fail(ErrorCode::kInternal, "libcurl does not start");
  loaded = *curl;
  return &loaded;
}

}  // namespace tailwater

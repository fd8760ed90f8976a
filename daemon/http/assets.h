// Asset: one file of the built viewer, compiled into the binary. The bytes live as long as the process. Pure data.
#pragma once

#include <span>
#include <string_view>

namespace tailwater {

struct Asset {
  std::string_view path;          ///< as requested: "/" (index.html) or "/assets/app-<hash>.js"
  std::string_view content_type;  ///< with its charset
  std::string_view bytes;         ///< gzip
  std::string_view etag;          ///< with its quotes
  bool immutable = false;         ///< the path holds a hash of the content: cached for good
};

/// All of them. Defined by the library that embeds web/dist.
extern std::span<const Asset> embedded_assets();

}  // namespace tailwater

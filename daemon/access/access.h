// Access: from what a request brings along to who sent it. Where no way of signing in is configured, everybody is the
// local caller and may do everything; that is for loopback. Any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "access/caller.h"

namespace tailwater {

/// What a request says about its sender; views into its head.
struct Credentials {
  std::string_view authorization;  ///< the Authorization field
  std::string_view cookie;         ///< the Cookie field
};

/// A caller, or why there is none: then the request is answered with 401.
struct Identity {
  std::shared_ptr<const Caller> caller;
  std::string refusal;
};

class Access {
 public:
  /// Nobody is asked who he is.
  Access();
  Access(const Access&) = delete;
  Access& operator=(const Access&) = delete;

  /// Wrong credentials are refused even where none would do: who sends some wants to know.
  [[nodiscard]] Identity identify(const Credentials& credentials) const;

 private:
  std::shared_ptr<const Caller> local_;
};

}  // namespace tailwater

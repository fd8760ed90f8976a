// The sign-in page: HTML without a script, its style sheet beside it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tailwater {

struct SignInPage {
  bool passwords = false;
  bool tokens = false;
  std::string error;  ///< why the attempt before failed; empty: there was none
  std::string next;   ///< where to go afterwards, as safe_next() gives it
};

[[nodiscard]] std::string to_html(const SignInPage& page);
[[nodiscard]] std::string_view sign_in_style();

/// Where to go from /login: `next` if it is a path of ours or relative to it, else "./", the viewer. Another site must
/// not be reached by our links. Links are relative because a proxy may serve us below a path that we do not know.
[[nodiscard]] std::string safe_next(std::string_view next, std::string_view base_path);

/// `text` with what HTML would read as markup escaped; for text and quoted attributes.
[[nodiscard]] std::string to_html_text(std::string_view text);

}  // namespace tailwater

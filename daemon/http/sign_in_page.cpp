#include "http/sign_in_page.h"

#include <algorithm>

#include <fmt/format.h>

namespace tailwater {
namespace {

constexpr std::string_view kStyle =
    R"(:root { color-scheme: light dark; --ground: #f7f9fa; --raised: #fff; --line: #dbe2e7;
  --ink: #17222b; --soft: #51616d; --accent: #0b6680; --accent-ink: #fff; --error: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ground: #0f161b; --raised: #162027; --line: #27343d; --ink: #dce5ea;
  --soft: #94a5b0; --accent: #5cc3df; --accent-ink: #07222b; --error: #ff8a80; } }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
main { width: min(22rem, calc(100vw - 2rem)); padding: 1.5rem; background: var(--raised); border: 1px solid var(--line);
  border-radius: 8px; box-sizing: border-box; }
h1 { margin: 0 0 1rem; font-size: 1.25rem; }
form + form { margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
label { display: block; margin-bottom: .75rem; color: var(--soft); }
input { display: block; width: 100%; box-sizing: border-box; margin-top: .25rem; padding: .5rem; font: inherit;
  color: var(--ink); background: var(--ground); border: 1px solid var(--line); border-radius: 4px; }
button { padding: .5rem 1rem; font: inherit; color: var(--accent-ink); background: var(--accent); border: 0;
  border-radius: 4px; cursor: pointer; }
input:focus-visible, button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.error { color: var(--error); }
)";

std::string form_of(const SignInPage& page, std::string_view fields) {
  return fmt::format(
      "<form method=\"post\" action=\"login\"><input type=\"hidden\" name=\"next\" value=\"{}\">{}"
      "<button type=\"submit\">Sign in</button></form>\n",
      to_html_text(page.next), fields);
}

constexpr std::string_view kPasswordFields =
    "<label>User<input name=\"user\" autocomplete=\"username\" autocapitalize=\"none\" required></label>"
    "<label>Password<input name=\"password\" type=\"password\" autocomplete=\"current-password\" required></label>";
constexpr std::string_view kTokenFields =
    "<label>Access token<input name=\"token\" type=\"password\" autocomplete=\"off\" required></label>";

}  // namespace

std::string_view sign_in_style() {
  return kStyle;
}

std::string to_html_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string safe_next(std::string_view next, std::string_view base_path) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/-._~!$'()*+,;=:@%?&").find(c) != std::string_view::npos;
  };
  if (next.substr(0, 2) == "./") next.remove_prefix(2);
  if (next.size() > 2048 || !std::all_of(next.begin(), next.end(), fits)) return "./";
  const bool below = next.substr(0, base_path.size()) == base_path && next.size() > base_path.size() &&
                     next[base_path.size()] == '/' && next.substr(0, 2) != "//";
  if (below) return std::string(next);
  const std::string_view path = next.substr(0, next.find('?'));
  const bool relative = path.substr(0, 1) != "/" && path.find("..") == path.npos && path.find(':') == path.npos;
  return relative ? fmt::format("./{}", next) : "./";
}

std::string to_html(const SignInPage& page) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Sign in – Tailwater</title>"
      "<meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\">"
      "<link rel=\"stylesheet\" href=\"login.css\"></head>\n<body><main><h1>Sign in to Tailwater</h1>\n";
  if (!page.error.empty()) html += fmt::format("<p class=\"error\" role=\"alert\">{}</p>\n", to_html_text(page.error));
  if (page.passwords) html += form_of(page, kPasswordFields);
  if (page.tokens) html += form_of(page, kTokenFields);
  if (!page.passwords && !page.tokens) html += "<p>Nobody signs in here with a password or an access token.</p>\n";
  return html + "</main></body>\n</html>\n";
}

}  // namespace tailwater

// What a request says about its sender, and files of tokens: the first line is a Cookie field and an Authorization
// field, the rest a file. Nobody is known by what nobody made, and what was read can be written and read again.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "access/access.h"
#include "access/token_file.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

const tailwater::NewToken& known() {
  static const auto kMade = tailwater::make_token();
  return *kMade;
}

/// None that would quote what was sent.
bool is_constant(std::string_view refusal) {
  return refusal == "the Authorization header is not Bearer TOKEN" || refusal == "this token is not known here" ||
         refusal == "sign in: send Authorization: Bearer TOKEN, or get a cookie from /login";
}

void check_field(std::string_view field) {
  static const tailwater::SystemClock kClock;
  static tailwater::Access& access = *[] {
    static tailwater::Access made(kClock);
    tailwater::AccessPolicy policy;
    policy.required = true;
    policy.tokens = {known().token};
    made.set_policy(std::move(policy));
    return &made;
  }();
  const std::string_view cookie = tailwater::session_cookie_of(field);
  require(cookie.find(';') == std::string_view::npos);
  require(cookie.empty() ||
          (cookie.data() >= field.data() && cookie.data() + cookie.size() <= field.data() + field.size()));
  require(!access.identify({{}, field}).caller);
  const auto identity = access.identify({field, {}});
  require(!identity.caller && !identity.refusal.empty());
  require(is_constant(identity.refusal));
  access.sign_out(field);
  require(tailwater::find_token({known().token}, field) == nullptr);
  const std::string_view id = tailwater::id_of_secret(field);
  require(id.empty() || field.find(id) != std::string_view::npos);
}

bool same(const tailwater::Token& left, const tailwater::Token& right) {
  return left.id == right.id && left.name == right.name && left.digest == right.digest &&
         left.created == right.created && left.expires == right.expires && left.groups == right.groups &&
         left.administrator == right.administrator && left.only_streams.has_value() == right.only_streams.has_value();
}

void check_file(std::string_view text) {
  const auto tokens = tailwater::parse_token_file(text, "file");
  if (!tokens) {
    require(tokens.error().message.substr(0, 5) == "file:" && tokens.error().message.find('\n') == std::string::npos);
    return;
  }
  std::string written;
  for (const tailwater::Token& token : *tokens) written += tailwater::to_line(token);
  const auto again = tailwater::parse_token_file(written, "again");
  require(again && again->size() == tokens->size());
  require(std::equal(tokens->begin(), tokens->end(), again->begin(), same));
  require(tailwater::token_changes(*tokens, *again).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line_end = input.find('\n');
  check_field(input.substr(0, line_end));
  if (line_end != std::string_view::npos) check_file(input.substr(line_end + 1));
  return 0;
}

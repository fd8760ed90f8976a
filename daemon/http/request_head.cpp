// The rules are RFC 9112's (sections 2.2, 3, 5, 6) where it lets a server choose, in their strict reading.
#include "http/request_head.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "http/host_rules.h"

namespace tailwater {
namespace {

using Field = HeaderField;

constexpr std::pair<std::string_view, Method> kMethods[] = {
    {"GET", Method::kGet},     {"HEAD", Method::kHead},     {"POST", Method::kPost},       {"PUT", Method::kPut},
    {"PATCH", Method::kPatch}, {"DELETE", Method::kDelete}, {"OPTIONS", Method::kOptions}, {"TRACE", Method::kTrace},
};

/// Fields of which a second one would be read differently by different readers.
constexpr std::string_view kSingletons[] = {"host",   "content-length", "content-type",  "authorization",
                                            "origin", "cookie",         "last-event-id", "transfer-encoding"};

char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// RFC 9110 section 5.6.2.
bool is_token_char(char c) {
  if ((c >= '0' && c <= '9') || (to_lower(c) >= 'a' && to_lower(c) <= 'z')) return true;
  return c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}

/// RFC 9110 section 5.5: visible, space, tab and what lies beyond ASCII.
bool is_value_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

/// What may stand in a request target unencoded; RFC 3986 allows less, browsers and curl send more. A fragment is
/// never sent, and a backslash is a slash to some readers.
bool is_target_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f && c != '#' && c != '\\';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

tl::unexpected<RequestRefusal> refuse(int status, std::string detail) {
  return tl::unexpected<RequestRefusal>(RequestRefusal{status, std::move(detail)});
}

/// Takes the line up to the next CRLF off `rest`.
std::string_view take_line(std::string_view& rest) {
  const std::size_t end = rest.find("\r\n");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
  return line;
}

Accepted<Method> parse_method(std::string_view text) {
  for (const auto& [name, method] : kMethods) {
    if (text == name) return method;
  }
  if (!is_token(text)) return refuse(400, "the request line does not begin with a method");
  return refuse(501, fmt::format("the method {} is not known here", text));
}

Accepted<int> parse_version(std::string_view text) {
  if (text == "HTTP/1.1") return 1;
  if (text == "HTTP/1.0") return 0;
  if (text.substr(0, 5) == "HTTP/") return refuse(505, "the versions spoken here are HTTP/1.1 and HTTP/1.0");
  return refuse(400, "the request line does not end with an HTTP version");
}

/// absolute-form (RFC 9112 section 3.2.2): its authority replaces the Host field. Leaves "/path?query" in `target`.
Accepted<std::string_view> take_authority(std::string_view& target) {
  constexpr std::string_view kSchemes[] = {"http://", "https://"};
  for (const std::string_view scheme : kSchemes) {
    if (!equals_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    target.remove_prefix(scheme.size());
    const std::string_view authority = target.substr(0, target.find_first_of("/?"));
    target.remove_prefix(authority.size());
    if (target.empty()) target = "/";
    // User information in a target is only ever a disguise for another host.
    if (authority.empty() || authority.find('@') != std::string_view::npos || target.front() != '/') break;
    return authority;
  }
  return refuse(400, "the request target is neither a path nor an http URL");
}

Accepted<void> parse_target(std::string_view target, RequestHead& head) {
  if (target.empty() || !std::all_of(target.begin(), target.end(), is_target_char)) {
    return refuse(400, "the request target holds a character that must be percent-encoded");
  }
  if (target == "*") {
    if (head.method != Method::kOptions) return refuse(400, "the target * belongs to OPTIONS alone");
    head.path = target;
    return {};
  }
  // evhttp would take what follows two slashes for a host.
  if (target.substr(0, 2) == "//") return refuse(404, "paths with empty segments lead nowhere here");
  if (target.front() != '/') {
    const auto authority = take_authority(target);
    if (!authority) return tl::unexpected<RequestRefusal>(authority.error());
    head.host = *authority;
  }
  const std::size_t question = target.find('?');
  head.path = target.substr(0, question);
  if (question != std::string_view::npos) head.query = target.substr(question + 1);
  return {};
}

Accepted<void> parse_request_line(std::string_view line, RequestHead& head) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return refuse(400, "the request line is not METHOD TARGET VERSION");
  }
  const auto version = parse_version(line.substr(last + 1));
  if (!version) return tl::unexpected<RequestRefusal>(version.error());
  head.minor_version = *version;
  const auto method = parse_method(line.substr(0, first));
  if (!method) return tl::unexpected<RequestRefusal>(method.error());
  head.method = *method;
  return parse_target(line.substr(first + 1, last - first - 1), head);
}

Accepted<Field> parse_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (line.front() == ' ' || line.front() == '\t') return refuse(400, "folded header lines are not accepted");
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) {
    return refuse(400, "a header line does not begin with a name and a colon");
  }
  const Field field{line.substr(0, colon), trim(line.substr(colon + 1))};
  if (!std::all_of(field.value.begin(), field.value.end(), is_value_char)) {
    return refuse(400, fmt::format("the header {} holds a control character", field.name));
  }
  return field;
}

Accepted<void> refuse_duplicates(const RequestHead& head) {
  for (const std::string_view name : kSingletons) {
    const auto count = std::count_if(head.fields.begin(), head.fields.end(),
                                     [name](const Field& field) { return equals_ignoring_case(field.name, name); });
    if (count > 1) return refuse(400, fmt::format("the header {} is given more than once", name));
  }
  return {};
}

Accepted<void> check_host(RequestHead& head) {
  const bool given = head.has("host");
  if (!given && head.minor_version == 1) return refuse(400, "an HTTP/1.1 request must have a Host header");
  if (head.host.empty()) head.host = head.find("host");
  if ((given || !head.host.empty()) && !host_name(head.host)) return refuse(400, "the Host header is not HOST[:PORT]");
  return {};
}

bool has_token(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    if (equals_ignoring_case(trim(list.substr(0, comma)), token)) return true;
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  return false;
}

/// RFC 9112 section 6.3. Chunked bodies are refused altogether: evhttp reads their sizes loosely.
Accepted<void> check_body(RequestHead& head, const HeadLimits& limits) {
  if (head.has("transfer-encoding")) {
    return refuse(411, "a body must come with its Content-Length; transfer codings are not accepted");
  }
  if (!head.has("content-length")) return {};
  const std::string_view text = head.find("content-length");
  const bool digits =
      !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return refuse(400, "the header content-length is not a decimal number");
  const auto length = parse_number<ByteCount>(text);
  if (!length || *length > limits.max_body_bytes) {
    return refuse(413, fmt::format("a request body may have at most {} bytes", limits.max_body_bytes));
  }
  head.content_length = *length;
  const bool takes_body = head.method == Method::kPost || head.method == Method::kPut || head.method == Method::kPatch;
  if (*length > 0 && !takes_body) head.close = true;
  return {};
}

Accepted<void> check_fields(RequestHead& head, const HeadLimits& limits) {
  if (auto fine = refuse_duplicates(head); !fine) return fine;
  if (auto fine = check_host(head); !fine) return fine;
  if (auto fine = check_body(head, limits); !fine) return fine;
  const std::string_view expect = head.find("expect");
  if (!expect.empty() && !equals_ignoring_case(expect, "100-continue")) {
    return refuse(417, "the only expectation met here is 100-continue");
  }
  for (const Field& field : head.fields) {
    if (equals_ignoring_case(field.name, "connection") && has_token(field.value, "close")) head.close = true;
  }
  return {};
}

}  // namespace

std::string_view to_text(Method method) {
  for (const auto& [name, known] : kMethods) {
    if (known == method) return name;
  }
  return "";
}

bool equals_ignoring_case(std::string_view left, std::string_view right) {
  return left.size() == right.size() &&
         std::equal(left.begin(), left.end(), right.begin(), [](char a, char b) { return to_lower(a) == to_lower(b); });
}

std::string_view RequestHead::find(std::string_view name) const {
  for (const Field& field : fields) {
    if (equals_ignoring_case(field.name, name)) return field.value;
  }
  return {};
}

bool RequestHead::has(std::string_view name) const {
  return std::any_of(fields.begin(), fields.end(),
                     [name](const Field& field) { return equals_ignoring_case(field.name, name); });
}

HeadScan scan_request_head(std::string_view bytes, std::size_t from, const HeadLimits& limits) {
  using State = HeadScan::State;
  if (bytes.empty()) return {};
  // A TLS hello or another protocol: nobody would ever send the line end that we would wait for.
  if (!is_token_char(bytes.front())) {
    return {State::kRefused, 0, {400, "the request does not begin with a method; HTTP without TLS is spoken here"}};
  }
  for (std::size_t at = bytes.find('\n', from); at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
    if (at == 0 || bytes[at - 1] != '\r') return {State::kRefused, 0, {400, "lines must end with CR LF"}};
    if (at >= limits.max_head_bytes) break;
    if (at >= 3 && bytes.substr(at - 3, 2) == "\r\n") return {State::kComplete, at + 1, {}};
  }
  if (bytes.size() > limits.max_head_bytes) {
    return {State::kRefused, 0, {431, fmt::format("a request head may have at most {} bytes", limits.max_head_bytes)}};
  }
  return {State::kIncomplete, bytes.size(), {}};
}

Accepted<RequestHead> parse_request_head(std::string_view bytes, const HeadLimits& limits) {
  if (bytes.size() > limits.max_head_bytes) return refuse(431, "the request head is too long");
  RequestHead head;
  std::string_view rest = bytes;
  if (auto fine = parse_request_line(take_line(rest), head); !fine) return tl::unexpected<RequestRefusal>(fine.error());
  for (std::string_view line = take_line(rest); !line.empty(); line = take_line(rest)) {
    const auto field = parse_field(line);
    if (!field) return tl::unexpected<RequestRefusal>(field.error());
    head.fields.push_back(*field);
  }
  if (!rest.empty()) return refuse(400, "bytes follow the end of the head");
  if (auto fine = check_fields(head, limits); !fine) return tl::unexpected<RequestRefusal>(fine.error());
  return head;
}

}  // namespace tailwater

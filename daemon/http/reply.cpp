#include "http/reply.h"

#include <iterator>

#include <fmt/format.h>

#include "base/json_text.h"

namespace tailwater {

Reply json_reply(std::string body) {
  Reply reply;
  reply.body = std::move(body);
  return reply;
}

Reply text_reply(std::string_view body) {
  Reply reply;
  reply.content_type = kTextType;
  reply.body = body;
  return reply;
}

Reply problem(int status, std::string_view detail, std::string_view parameter) {
  Reply reply;
  reply.status = status;
  reply.content_type = kProblemType;
  reply.body = fmt::format(R"({{"type":"about:blank","title":{},"status":{},"detail":{})",
                           to_json(status_title(status)), status, to_json(detail));
  if (!parameter.empty()) reply.body += fmt::format(R"(,"parameter":{})", to_json(parameter));
  reply.body += "}\n";
  return reply;
}

Reply problem(const RequestRefusal& refusal) {
  return problem(refusal.status, refusal.detail);
}

Reply problem(const ParameterError& error) {
  return problem(400, error.message, error.parameter);
}

Reply busy(std::string_view detail, int retry_after_seconds) {
  Reply reply = problem(503, detail);
  reply.headers.emplace_back("Retry-After", std::to_string(retry_after_seconds));
  reply.close = true;
  return reply;
}

const char* status_title(int status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
  }
  return "Unknown";
}

const std::vector<ConstantHeader>& safety_headers() {
  static const std::vector<ConstantHeader> kHeaders{
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
       "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
       "require-trusted-types-for 'script'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
  };
  return kHeaders;
}

std::string to_closing_reply_text(const Reply& reply) {
  std::string text;
  auto out = std::back_inserter(text);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n", reply.status,
                 status_title(reply.status), reply.content_type, reply.body.size());
  for (const auto& [name, value] : reply.headers) fmt::format_to(out, "{}: {}\r\n", name, value);
  for (const auto& [name, value] : safety_headers()) fmt::format_to(out, "{}: {}\r\n", name, value);
  fmt::format_to(out, "Cache-Control: no-store\r\nConnection: close\r\n\r\n{}", reply.body);
  return text;
}

}  // namespace tailwater

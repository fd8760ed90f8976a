#include "http/reply_writer.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include <spdlog/spdlog.h>

#include "http/gzip.h"

namespace tailwater {
namespace {

constexpr std::size_t kWorthCompressing = 1024;

constexpr ConstantHeader kStreamHeaders[] = {
    {"Cache-Control", "no-store, no-transform"},  // a proxy that compresses would hold events back
    {"X-Accel-Buffering", "no"},                  // nginx passes on at once
    {"Connection", "close"},                      // a stream is the last that its connection carries
};

/// evhttp refuses values with line ends; nothing of ours has any, so a refusal is a bug and the header is left out.
void add_header(evkeyvalq* headers, const char* name, const char* value) {
  if (evhttp_add_header(headers, name, value) != 0) spdlog::error("the header {} could not be set", name);
}

void add_headers(evhttp_request* request, const Reply& reply) {
  evkeyvalq* headers = evhttp_request_get_output_headers(request);
  // 204 and 304 have no content that a type could describe.
  if (reply.status != 204 && reply.status != 304) {
    add_header(headers, "Content-Type", std::string(reply.content_type).c_str());
  }
  const auto has = [&reply](std::string_view wanted) {
    return std::any_of(reply.headers.begin(), reply.headers.end(),
                       [wanted](const auto& header) { return wanted == header.first; });
  };
  for (const auto& [name, value] : reply.headers) add_header(headers, name, value.c_str());
  for (const auto& [name, value] : safety_headers()) {
    if (!has(name)) add_header(headers, name, value);
  }
  if (!has("Cache-Control")) add_header(headers, "Cache-Control", "no-store");
  if (reply.close) add_header(headers, "Connection", "close");
}

void compress_if_worth_it(const RequestHead& head, Reply& reply) {
  if (!reply.compressible || reply.body.size() < kWorthCompressing) return;
  reply.headers.emplace_back("Vary", "Accept-Encoding");
  if (!accepts_gzip(head.find("accept-encoding"))) return;
  auto packed = gzip(reply.body);
  if (!packed) return;  // the reply is as good without
  reply.body = std::move(*packed);
  reply.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace

void write_reply(Connection& connection, evhttp_request* request, Reply reply) {
  compress_if_worth_it(connection.head(), reply);
  reply.close = reply.close || connection.head().close;
  const std::string_view body = reply.lasting_body.empty() ? std::string_view(reply.body) : reply.lasting_body;
  add_headers(request, reply);
  const bool is_head = connection.head().method == Method::kHead;
  const bool has_body = reply.status != 204 && reply.status != 304;
  if (is_head && has_body && !body.empty()) {
    add_header(evhttp_request_get_output_headers(request), "Content-Length", std::to_string(body.size()).c_str());
  }
  EvbufferPtr buffer;
  if (!is_head && has_body && !body.empty()) {
    buffer.reset(evbuffer_new());
    if (buffer && !reply.lasting_body.empty()) {
      evbuffer_add_reference(buffer.get(), body.data(), body.size(), nullptr, nullptr);
    } else if (buffer) {
      evbuffer_add(buffer.get(), body.data(), body.size());
    }
  }
  connection.send_reply(request, reply.status, buffer.get());
}

void set_stream_headers(evhttp_request* request, std::string_view content_type,
                        const std::vector<std::pair<const char*, std::string>>& more) {
  evkeyvalq* headers = evhttp_request_get_output_headers(request);
  add_header(headers, "Content-Type", std::string(content_type).c_str());
  for (const auto& [name, value] : kStreamHeaders) add_header(headers, name, value);
  for (const auto& [name, value] : more) add_header(headers, name, value.c_str());
  for (const auto& [name, value] : safety_headers()) add_header(headers, name, value);
}

void set_task_headers(evhttp_request* request, const TaskStart& start) {
  evkeyvalq* headers = evhttp_request_get_output_headers(request);
  for (const auto& [name, value] : task_head_reply(start).headers) add_header(headers, name, value.c_str());
  add_header(headers, "Content-Type", std::string(start.content_type).c_str());
  for (const auto& [name, value] : safety_headers()) add_header(headers, name, value);
}

Reply task_head_reply(const TaskStart& start) {
  Reply reply = stream_head_reply(start.content_type);
  reply.status = start.status;
  for (const auto& header : start.headers) {
    // What the route says about caching is more than what holds for every stream.
    std::erase_if(reply.headers, [&](const auto& each) { return std::string_view(each.first) == header.first; });
    reply.headers.push_back(header);
  }
  if (start.length) reply.headers.emplace_back("Content-Length", std::to_string(*start.length));
  return reply;
}

Reply stream_head_reply(std::string_view content_type) {
  Reply reply;
  reply.content_type = content_type;
  for (const auto& [name, value] : kStreamHeaders) reply.headers.emplace_back(name, value);
  reply.compressible = false;
  return reply;
}

}  // namespace tailwater

#include "http/asset_route.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "http/gzip.h"

namespace tailwater {
namespace {

std::string path_of(std::span<const std::string> segments) {
  std::string path;
  for (const std::string& segment : segments) path += '/' + segment;
  return path.empty() ? "/" : path;
}

const Asset* find_asset(std::string_view path) {
  const auto assets = embedded_assets();
  const auto found = std::find_if(assets.begin(), assets.end(), [path](const Asset& a) { return a.path == path; });
  return found != assets.end() ? &*found : nullptr;
}

Reply asset_reply(const Asset& asset, const Request& request) {
  Reply reply;
  reply.content_type = asset.content_type;
  reply.compressible = false;
  reply.headers.emplace_back("ETag", asset.etag);
  reply.headers.emplace_back("Vary", "Accept-Encoding");
  reply.headers.emplace_back("Cache-Control", asset.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  if (matches_etag(request.field("if-none-match"), asset.etag)) {
    reply.status = 304;
    return reply;
  }
  if (accepts_gzip(request.field("accept-encoding"))) {
    reply.lasting_body = asset.bytes;
    reply.headers.emplace_back("Content-Encoding", "gzip");
    return reply;
  }
  auto plain = gunzip(asset.bytes);
  if (!plain) return problem(500, "this file of the viewer cannot be inflated");
  reply.body = std::move(*plain);
  return reply;
}

}  // namespace

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const std::size_t comma = if_none_match.find(',');
    std::string_view item = if_none_match.substr(0, comma);
    if_none_match.remove_prefix(comma == std::string_view::npos ? if_none_match.size() : comma + 1);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (item.substr(0, 2) == "W/") item.remove_prefix(2);
    if (item == "*" || item == etag) return true;
  }
  return false;
}

bool has_asset(std::span<const std::string> segments) {
  return find_asset(path_of(segments)) != nullptr;
}

Outcome serve_asset(const Request& request, std::span<const std::string> /*captures*/, const Backend& /*backend*/) {
  const Asset* asset = find_asset(path_of(request.segments));
  if (asset == nullptr) return problem(404, "this build has no viewer");
  return asset_reply(*asset, request);
}

Outcome serve_run_page(const Request& request, std::span<const std::string> /*captures*/, const Backend& /*backend*/) {
  constexpr std::string_view kHere = "=\"./";
  const Asset* asset = find_asset("/run");
  auto page = asset == nullptr ? Result<std::string>(fail(ErrorCode::kNotFound, "")) : gunzip(asset->bytes);
  if (!page) return problem(404, "this build has no viewer");
  std::string top = "=\"";
  for (std::size_t i = 1; i < request.segments.size(); ++i) top += "../";
  for (std::size_t at = page->find(kHere); at != std::string::npos; at = page->find(kHere, at + top.size())) {
    page->replace(at, kHere.size(), top);
  }
  Reply reply;
  reply.content_type = asset->content_type;
  const std::string etag = fmt::format("\"{:016x}\"", fingerprint(*page));
  reply.headers.emplace_back("ETag", etag);
  reply.headers.emplace_back("Cache-Control", "no-cache");
  if (matches_etag(request.field("if-none-match"), etag)) {
    reply.status = 304;
  } else {
    reply.body = std::move(*page);
  }
  return reply;
}

Outcome serve_favicon(const Request& request, std::span<const std::string> /*captures*/, const Backend& /*backend*/) {
  for (const std::string_view path : {"/favicon.ico", "/favicon.svg", "/icon.svg"}) {
    if (const Asset* asset = find_asset(path)) return asset_reply(*asset, request);
  }
  Reply reply;
  reply.status = 204;
  return reply;
}

}  // namespace tailwater

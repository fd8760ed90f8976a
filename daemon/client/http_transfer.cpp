#include "client/http_transfer.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "base/build_variant.h"
#include "client/certificate_store.h"

namespace tailwater {
namespace {

constexpr long kConnectTimeoutMs = 10'000;
constexpr long kMostRedirects = 5;
constexpr long kReadBufferBytes = 256L << 10;
constexpr std::size_t kLongestSmallBody = 64U << 10;
constexpr Milliseconds kPatienceWithSmall{20'000};

/// The header fields of one request. libcurl reads them until the request is done.
class HeaderList {
 public:
  explicit HeaderList(const CurlLibrary& curl) : curl_(curl) {}
  ~HeaderList() { curl_.slist_free_all(list_); }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  void add(const std::string& field) {
    if (curl_slist* longer = curl_.slist_append(list_, field.c_str()); longer != nullptr) list_ = longer;
  }
  [[nodiscard]] curl_slist* get() const { return list_; }

 private:
  const CurlLibrary& curl_;
  curl_slist* list_ = nullptr;
};

bool will_stay(CURLcode code) {
  constexpr CURLcode kCertain[] = {CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT, CURLE_PEER_FAILED_VERIFICATION,
                                   CURLE_SSL_CACERT_BADFILE, CURLE_TOO_MANY_REDIRECTS};
  return std::find(std::begin(kCertain), std::end(kCertain), code) != std::end(kCertain);
}

}  // namespace

Result<std::unique_ptr<HttpTransfer>> HttpTransfer::create(HttpAccess access) {
  const auto curl = CurlLibrary::load();
  if (!curl) return fail(curl.error());
  CURL* handle = (*curl)->easy_init();
  if (handle == nullptr) return fail(ErrorCode::kUnavailable, "libcurl: no memory for a connection");
  if (kStaticProgram && access.ca_file.empty()) {
    access.ca_file = find_certificate_store(::getenv("SSL_CERT_FILE"),
                                            [](const std::string& path) { return ::access(path.c_str(), R_OK) == 0; });
  }
  return std::unique_ptr<HttpTransfer>(new HttpTransfer(**curl, handle, std::move(access)));
}

HttpTransfer::HttpTransfer(const CurlLibrary& curl, CURL* handle, HttpAccess access)
    : curl_(curl), access_(std::move(access)), handle_(handle, Cleanup{&curl}) {
  const auto set = [&](CURLoption option, auto value) { curl_.easy_setopt(handle_.get(), option, value); };
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, error_text_);
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, kMostRedirects);
  set(CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  set(CURLOPT_BUFFERSIZE, kReadBufferBytes);
  set(CURLOPT_TCP_NODELAY, 1L);
  set(CURLOPT_USERAGENT, "tailwater");
  set(CURLOPT_WRITEFUNCTION, &HttpTransfer::take_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &HttpTransfer::watch);
  set(CURLOPT_XFERINFODATA, this);
  if (!access_.unix_socket.empty()) set(CURLOPT_UNIX_SOCKET_PATH, access_.unix_socket.c_str());
  if (!access_.ca_file.empty()) set(CURLOPT_CAINFO, access_.ca_file.c_str());
  if (!access_.token.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BEARER));
    set(CURLOPT_XOAUTH2_BEARER, access_.token.c_str());
  }
}

HttpTransfer::~HttpTransfer() = default;

HttpAnswer HttpTransfer::get(const std::string& url, const std::string& last_event_id, const Receiver& receiver) {
  HeaderList headers(curl_);
  headers.add("Accept: text/event-stream, application/json");
  if (!last_event_id.empty()) headers.add("Last-Event-ID: " + last_event_id);
  return perform(url, headers.get(), receiver);
}

HttpAnswer HttpTransfer::get_small(const std::string& url, std::string& body) {
  return perform_small(url, /*headers=*/nullptr, body);
}

HttpAnswer HttpTransfer::patch(const std::string& url, std::uint64_t upload_offset, std::string_view bytes,
                               std::string& body) {
  HeaderList headers(curl_);
  headers.add(fmt::format("Upload-Offset: {}", upload_offset));
  headers.add("Content-Type: application/octet-stream");
  headers.add("Expect:");  // nothing is so large that it is worth the wait for a 100
  return perform_with("PATCH", bytes, url, headers.get(), body);
}

HttpAnswer HttpTransfer::post(const std::string& url, std::string& body) {
  HeaderList headers(curl_);
  headers.add("Content-Type: application/octet-stream");
  return perform_with("POST", std::string_view(""), url, headers.get(), body);
}

HttpAnswer HttpTransfer::perform_with(const char* method, std::string_view bytes, const std::string& url,
                                      curl_slist* headers, std::string& body) {
  const auto set = [&](CURLoption option, auto value) { curl_.easy_setopt(handle_.get(), option, value); };
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(bytes.size()));
  set(CURLOPT_POSTFIELDS, bytes.data());
  set(CURLOPT_CUSTOMREQUEST, method);
  HttpAnswer answer = perform_small(url, headers, body);
  set(CURLOPT_CUSTOMREQUEST, nullptr);
  set(CURLOPT_POSTFIELDS, nullptr);
  set(CURLOPT_HTTPGET, 1L);
  return answer;
}

HttpAnswer HttpTransfer::perform_small(const std::string& url, curl_slist* headers, std::string& body) {
  body.clear();
  const Receiver receiver{[&](long /*status*/, std::string_view piece) {
                            body.append(piece);
                            return body.size() <= kLongestSmallBody;
                          },
                          [] { return kPatienceWithSmall; }, still_wanted_};
  return perform(url, headers, receiver);
}

HttpAnswer HttpTransfer::perform(const std::string& url, curl_slist* headers, const Receiver& receiver) {
  curl_.easy_setopt(handle_.get(), CURLOPT_URL, url.c_str());
  curl_.easy_setopt(handle_.get(), CURLOPT_HTTPHEADER, headers);
  receiver_ = &receiver;
  silent_ = stopped_ = false;
  last_activity_ = clock_.steady_now();
  error_text_[0] = '\0';
  const CURLcode code = curl_.easy_perform(handle_.get());
  receiver_ = nullptr;
  curl_.easy_setopt(handle_.get(), CURLOPT_HTTPHEADER, nullptr);

  HttpAnswer answer;
  curl_.easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  const char* type = nullptr;
  curl_.easy_getinfo(handle_.get(), CURLINFO_CONTENT_TYPE, &type);
  if (type != nullptr) answer.content_type = type;
  curl_off_t retry_after = 0;
  curl_.easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &retry_after);
  answer.retry_after = std::chrono::seconds(std::clamp<curl_off_t>(retry_after, 0, 3600));
  describe(code, answer);
  return answer;
}

void HttpTransfer::describe(CURLcode code, HttpAnswer& answer) const {
  if (code == CURLE_OK || stopped_) return;
  if (silent_) {
    answer.trouble = "the server has fallen silent";
    return;
  }
  answer.trouble = error_text_[0] != '\0' ? error_text_ : fmt::format("libcurl error {}", static_cast<int>(code));
  answer.certain = will_stay(code);
}

std::size_t HttpTransfer::take_body(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  long status = 0;
  transfer.curl_.easy_getinfo(transfer.handle_.get(), CURLINFO_RESPONSE_CODE, &status);
  const std::size_t bytes = size * count;
  const bool go_on = transfer.receiver_->on_body(status, {data, bytes});
  // After it: whoever reads the output may have kept us waiting, and that is not the server's silence.
  transfer.last_activity_ = transfer.clock_.steady_now();
  if (go_on) return bytes;
  transfer.stopped_ = true;
  return 0;
}

int HttpTransfer::watch(void* self, curl_off_t /*down_all*/, curl_off_t /*down*/, curl_off_t /*up_all*/,
                        curl_off_t /*up*/) {
  auto& transfer = *static_cast<HttpTransfer*>(self);
  transfer.silent_ = transfer.clock_.steady_now() - transfer.last_activity_ > transfer.receiver_->patience();
  transfer.stopped_ = transfer.stopped_ || !transfer.receiver_->still_wanted();
  return transfer.silent_ || transfer.stopped_ ? 1 : 0;
}

}  // namespace tailwater

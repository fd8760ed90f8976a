// HttpTransfer: one request at a time over libcurl, the answer's body given out as it arrives. Thread: one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "client/curl_library.h"

namespace tailwater {

struct HttpAccess {
  std::string unix_socket;
  std::string token;    ///< bearer; sent to the host of the URL alone, also over a redirect
  std::string ca_file;  ///< empty: the system's
};

struct HttpAnswer {
  long status = 0;  ///< 0: there was no answer
  std::string content_type;
  Milliseconds retry_after{0};
  std::string trouble;   ///< why the connection ended, in words; empty: the body ended as it should
  bool certain = false;  ///< trouble that will not go away by itself: a wrong certificate, a host that does not exist
};

class HttpTransfer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<HttpTransfer>> create(HttpAccess access);
  ~HttpTransfer();
  HttpTransfer(const HttpTransfer&) = delete;
  HttpTransfer& operator=(const HttpTransfer&) = delete;

  struct Receiver {
    /// A piece of the body of an answer with this status; false ends the transfer.
    std::function<bool(long status, std::string_view piece)> on_body;
    /// How long there may be silence; asked about once a second.
    std::function<Milliseconds()> patience;
    /// Asked as often; false ends the transfer.
    std::function<bool()> still_wanted;
  };
  [[nodiscard]] HttpAnswer get(const std::string& url, const std::string& last_event_id, const Receiver& receiver);
  /// PATCH with `bytes` for this place; short, so that it is given up after a time. `body`: of the answer.
  [[nodiscard]] HttpAnswer patch(const std::string& url, std::uint64_t upload_offset, std::string_view bytes,
                                 std::string& body);
  /// GET of something small, given up after a time.
  [[nodiscard]] HttpAnswer get_small(const std::string& url, std::string& body);
  /// POST without a body, given up after a time. `body`: of the answer.
  [[nodiscard]] HttpAnswer post(const std::string& url, std::string& body);
  /// Asked about once a second while one of the small requests is under way; false ends it without an answer.
  void set_still_wanted(std::function<bool()> still_wanted) { still_wanted_ = std::move(still_wanted); }

 private:
  HttpTransfer(const CurlLibrary& curl, CURL* handle, HttpAccess access);
  static std::size_t take_body(char* data, std::size_t size, std::size_t count, void* self);
  static int watch(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t);
  HttpAnswer perform(const std::string& url, curl_slist* headers, const Receiver& receiver);
  HttpAnswer perform_small(const std::string& url, curl_slist* headers, std::string& body);
  /// A request with a body of this kind.
  HttpAnswer perform_with(const char* method, std::string_view bytes, const std::string& url, curl_slist* headers,
                          std::string& body);
  void describe(CURLcode code, HttpAnswer& answer) const;

  struct Cleanup {
    const CurlLibrary* curl;
    void operator()(CURL* handle) const { curl->easy_cleanup(handle); }
  };
  const CurlLibrary& curl_;
  const HttpAccess access_;
  SystemClock clock_;
  char error_text_[CURL_ERROR_SIZE] = {};
  const Receiver* receiver_ = nullptr;  // while get() runs
  std::function<bool()> still_wanted_ = [] { return true; };
  SteadyTime last_activity_{};
  bool silent_ = false;
  bool stopped_ = false;
  std::unique_ptr<CURL, Cleanup> handle_;
};

}  // namespace tailwater

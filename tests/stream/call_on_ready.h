// CallOnReady: a cursor's listener that calls a function.
#pragma once

#include <functional>
#include <utility>

#include "stream/stream_service.h"

namespace tailwater {

class CallOnReady final : public CursorListener {
 public:
  explicit CallOnReady(std::function<void()> call = [] {}) : call_(std::move(call)) {}
  void on_ready() override { call_(); }

 private:
  std::function<void()> call_;
};

}  // namespace tailwater

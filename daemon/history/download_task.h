// The bytes of one generation (RawTask) and the matching records of some files (DownloadTask) as bodies that are sent
// as they are read. One lane each.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "history/history_requests.h"
#include "history/patience.h"
#include "history/records_after.h"
#include "stream/body_task.h"

namespace tailwater {

/// A generation that is open for reading.
struct RawFile {
  std::shared_ptr<const GenerationBytes> bytes;
  FileIndex file = 0;
  std::uint32_t generation = 0;
  std::uint64_t size = 0;
};

class RawTask final : public BodyTask {
 public:
  /// Bytes [from, to). They are fewer only if the file loses them meanwhile; then the body ends before its length.
  RawTask(const HistorySources& sources, RawFile file, std::uint64_t from, std::uint64_t to)
      : sources_(sources), file_(std::move(file)), at_(from), to_(to) {}

 private:
  Turn work(ReadBuffer& buffer) override;

  const HistorySources& sources_;
  const RawFile file_;
  std::uint64_t at_;
  const std::uint64_t to_;
  Patience patience_;
};

class DownloadTask final : public BodyTask {
 public:
  DownloadTask(const HistorySources& sources, DownloadRequest request)
      : sources_(sources), request_(std::move(request)) {}

 private:
  Turn work(ReadBuffer& buffer) override;
  [[nodiscard]] Result<void> begin();

  const HistorySources& sources_;
  const DownloadRequest request_;
  HistoryBounds bounds_;
  std::unique_ptr<RecordsAfter> records_;
  ScanPace pace_;
  Patience patience_;
};

}  // namespace tailwater

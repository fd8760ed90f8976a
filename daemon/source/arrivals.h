// Arrivals: what a turn has found, on its way into the journal and then to the listener: all of it is appended, then
// committed with one write, then told, in the same order. Lives on the ingest thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "filter/text_encoding.h"
#include "journal/catalog.h"
#include "journal/journal.h"
#include "source/ingest.h"

namespace tailwater {

class Arrivals {
 public:
  Arrivals(Journal& journal, IngestListener& listener) : journal_(journal), listener_(listener) {}

  /// The bytes of an extent; none where nobody listens.
  struct Text {
    std::string_view bytes;
    bool continues = false;  ///< they begin inside a line
    std::string before;      ///< what redaction needs
    TextEncoding encoding = TextEncoding::kBytes;
  };
  /// `text.bytes` must stay valid until flush().
  void append(const std::shared_ptr<const FileInfo>& file, Extent extent, Text text);
  void append(const std::shared_ptr<const FileInfo>& file, FileChange change);
  /// Commits and tells; `noticed`: when the turn began that read all of it. Cheap if there is nothing.
  void flush(std::optional<SteadyTime> noticed = std::nullopt);
  /// Something was written to the journal past this object: the next flush() commits it.
  void note_written() { unwritten_ = true; }
  /// While silent nothing is told: at start nobody listens yet.
  void set_silent(bool silent) { silent_ = silent; }

 private:
  struct Arrival {
    std::shared_ptr<const FileInfo> file;
    JournalEntry entry;
    Text text;
    Journal::Appended appended;
  };
  void tell(const Arrival& arrival);

  Journal& journal_;
  IngestListener& listener_;
  std::vector<Arrival> arrivals_;
  bool unwritten_ = false;
  bool silent_ = false;
};

}  // namespace tailwater

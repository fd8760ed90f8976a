// Any bytes as a checkpoint's slot, as marks, as a cursor and as the beginning of a journal file: nothing, or what
// writes and reads back as the same. A slot is also tried with the checksum that it should have.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/bytes.h"
#include "sdjournal/checkpoint_file.h"
#include "sdjournal/host_journal.h"
#include "sdjournal/journal_files.h"

namespace {

using tailwater::CheckpointFile;
using tailwater::EntryCursor;
using tailwater::JournalFileHead;
using tailwater::SequenceMarks;

void require(bool holds) {
  if (!holds) std::abort();
}

void try_slot(std::string_view text) {
  const auto slot = CheckpointFile::Slot::parse(text);
  if (!slot) return;
  require(!slot->checkpoint.cursor.empty());
  const auto again = CheckpointFile::Slot::parse(slot->to_text() + "   \nold");
  require(again.has_value());
  require(again->number == slot->number && again->checkpoint.offset == slot->checkpoint.offset);
  require(again->checkpoint.rules == slot->checkpoint.rules && again->checkpoint.cursor == slot->checkpoint.cursor);
  require(again->checkpoint.marks.to_text() == slot->checkpoint.marks.to_text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try_slot(text);
  const std::string_view line = text.substr(0, text.find('\n'));
  try_slot(fmt::format("{} {:016x}", line, tailwater::fingerprint(line)));

  if (const auto marks = SequenceMarks::parse(line)) {
    const auto again = SequenceMarks::parse(marks->to_text());
    require(again && again->to_text() == marks->to_text());
  }
  const EntryCursor cursor = EntryCursor::parse(std::string(line));
  require(cursor.moment().size() <= line.size());
  require(cursor.is_same(cursor) || cursor.number == 0);
  if (const auto head = JournalFileHead::parse(text)) {
    require(head->first > 0 && head->first <= head->last && head->sequence.size() == 32);
  }
  return 0;
}

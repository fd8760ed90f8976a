#include "stream/record_pieces.h"

#include <algorithm>

#include "filter/record_form.h"

namespace tailwater {

RecordPieces::RecordPieces(const GenerationBytes& file, const Extent& extent, std::uint64_t from, std::uint64_t to,
                           const RecordRules& rules, ReadBuffer& buffer, std::size_t piece_bytes)
    : file_(file), extent_(extent), at_(from), to_(to), rules_(rules), piece_bytes_(piece_bytes), buffer_(buffer) {
  // As RecordSplitter: places in UTF-16 are even.
  if (from % unit_bytes(rules_.encoding) != 0) rules_.encoding = TextEncoding::kBytes;
}

Result<std::size_t> RecordPieces::fill(std::uint64_t offset, std::size_t wanted) {
  if (buffer_.bytes.size() < wanted) buffer_.bytes.resize(wanted);
  std::size_t have = 0;
  while (have < wanted) {
    const auto got = file_.read_at(offset + have, std::span(buffer_.bytes).subspan(have, wanted - have));
    if (!got) return fail(got.error());
    if (*got == 0) break;
    have += *got;
  }
  return have;
}

/// For a secret that begins before the piece.
Result<std::string_view> RecordPieces::text_before(std::uint64_t offset) {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(offset, text_reach(rules_)));
  buffer_.before.resize(wanted);
  for (std::size_t have = 0; have < wanted;) {
    const auto got = file_.read_at(offset - wanted + have, std::span(buffer_.before).subspan(have));
    if (!got) return fail(got.error());
    if (*got == 0) return std::string_view();  // truncated: the caller finds out
    have += *got;
  }
  return std::string_view(buffer_.before.data(), wanted);
}

/// Only at newlines where there are any: a cut inside a line is one that the splitter makes by itself.
std::size_t RecordPieces::whole_prefix(std::string_view bytes, bool continues) const {
  if (!is_line_by_line(rules_)) return whole_records(bytes, rules_, continues);
  const std::size_t newline = bytes.rfind('\n');
  return newline != std::string_view::npos ? newline + 1 : whole_records(bytes, rules_);
}

Result<RecordPieces::Piece> RecordPieces::next() {
  // What stands before tells whether the piece starts inside a line. At the beginning of a file nothing does.
  const std::size_t before = at_ > 0 ? unit_bytes(rules_.encoding) : 0;
  const std::uint64_t left = to_ - at_;
  std::uint64_t wanted = std::min<std::uint64_t>(left, piece_bytes_);
  while (true) {
    const auto got = fill(at_ - before, before + wanted);
    if (!got) return fail(got.error());
    const std::string_view bytes(buffer_.bytes.data() + std::min(before, *got), *got - std::min(before, *got));
    const std::string_view last_before(buffer_.bytes.data(), std::min(before, *got));
    const bool continues = before > 0 && *got > 0 && !ends_with_newline(last_before, rules_.encoding);
    bool missing = bytes.size() < wanted;
    const bool ends_here = missing && to_ == kUnknownEnd;
    if (ends_here) {
      missing = false;
      to_ = at_ + bytes.size();
    }
    const std::size_t whole = ends_here || bytes.size() == left ? bytes.size() : whole_prefix(bytes, continues);
    if (whole == 0 && !missing &&
        !ends_here) {  // one record is longer than this; whole_records() needs no more than two bytes extra
      wanted = std::min<std::uint64_t>(left, std::max<std::uint64_t>(wanted * 2, rules_.max_record_bytes + 6ULL));
      continue;
    }
    Piece piece;
    piece.missing = missing;
    piece.records.bytes = bytes.substr(0, whole);
    piece.records.begin = at_;
    piece.records.continues = continues;
    const bool last = ends_here || at_ + whole == extent_.end;
    piece.records.partial = extent_.partial && last && !bytes.empty() && !ends_with_newline(bytes, rules_.encoding);
    if (needs_text_before(rules_, piece.records.bytes, continues)) {
      const auto text = text_before(at_);
      if (!text) return fail(text.error());
      piece.records.before = *text;
    }
    at_ += whole;
    return piece;
  }
}

}  // namespace tailwater

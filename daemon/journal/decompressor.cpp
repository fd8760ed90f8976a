#include "journal/decompressor.h"

#include <lzma.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

namespace tailwater {
namespace {

constexpr int kRawDeflate = -MAX_WBITS;
constexpr int kGzip = MAX_WBITS + 16;  // zlib.h: "add 16 ... to decode only the gzip format"
constexpr std::size_t kGzipTrailer = 8;
constexpr unsigned char kGzipMagic = 0x1f;
/// xz(1): -9 needs 65 MiB to decompress.
constexpr std::uint64_t kXzMemory = 256ULL << 20;

tl::unexpected<Error> corrupt(std::string_view what, std::uint64_t offset) {
  return fail(ErrorCode::kCorrupt, fmt::format("the compressed file is damaged at offset {}: {}", offset, what));
}

tl::unexpected<Error> ends_early(std::uint64_t offset) {
  return corrupt("it ends early", offset);
}

// --- gzip --------------------------------------------------------------------------------------------------------

class GzipDecompressor final : public Decompressor {
 public:
  GzipDecompressor(int fd, const RestartPoint& from, RestartIndex& index)
      : Decompressor(fd, from, index), raw_(from.inside) {
    ready_ = inflateInit2(&stream_, raw_ ? kRawDeflate : kGzip) == Z_OK;
    if (!ready_ || !raw_) return;
    if (from.bits != 0) {
      seek_input(from.input - 1);
      const auto input = next_input();
      ready_ = input && !input->empty();
      if (!ready_) return;
      stream_.next_in = input->data() + 1;
      stream_.avail_in = static_cast<uInt>(input->size() - 1);
      ready_ = inflatePrime(&stream_, from.bits, input->front() >> (8 - from.bits)) == Z_OK;
    }
    const auto* window = reinterpret_cast<const Bytef*>(from.window.data());
    ready_ = ready_ && inflateSetDictionary(&stream_, window, static_cast<uInt>(from.window.size())) == Z_OK;
    at_member_ = false;
  }
  ~GzipDecompressor() override { inflateEnd(&stream_); }
  GzipDecompressor(const GzipDecompressor&) = delete;
  GzipDecompressor& operator=(const GzipDecompressor&) = delete;

  Result<std::size_t> read(std::span<char> out) override {
    if (!ready_) return fail(ErrorCode::kUnavailable, "zlib has no memory to begin");
    std::size_t done = 0;
    while (done < out.size()) {
      if (stream_.avail_in == 0) {
        const auto input = next_input();
        if (!input) return fail(input.error());
        if (input->empty()) {
          if (at_member_) break;
          return ends_early(offset());
        }
        stream_.next_in = input->data();
        stream_.avail_in = static_cast<uInt>(input->size());
      }
      if (skip_trailer()) continue;
      if (at_member_ && *stream_.next_in != kGzipMagic) break;  // padding behind the last member
      auto got = inflate_block(out.subspan(done));
      if (!got) return got;
      done += *got;
    }
    return done;
  }

 private:
  /// Up to the next end of a deflate block.
  Result<std::size_t> inflate_block(std::span<char> out) {
    const auto room = static_cast<uInt>(std::min<std::size_t>(out.size(), 1U << 30));
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = room;
    const int result = inflate(&stream_, Z_BLOCK);
    const std::size_t got = room - stream_.avail_out;
    advance(got);
    at_member_ = false;
    if (result == Z_STREAM_END) {
      end_member();
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      return corrupt(stream_.msg == nullptr ? "zlib says no more" : stream_.msg, offset());
    } else {
      note_restart_point();
    }
    return got;
  }

  /// zlib checks a member's trailer by itself, unless it began in the middle.
  void end_member() {
    trailer_left_ = raw_ ? kGzipTrailer : 0;
    raw_ = false;
    at_member_ = true;
    inflateReset2(&stream_, kGzip);
  }
  bool skip_trailer() {
    if (trailer_left_ == 0) return false;
    const auto skipped = static_cast<uInt>(std::min<std::size_t>(trailer_left_, stream_.avail_in));
    stream_.next_in += skipped;
    stream_.avail_in -= skipped;
    trailer_left_ -= skipped;
    return true;
  }
  /// zlib.h on data_type: bit 7 at the end of a block, bit 6 if it was the last, below it the unused bits of the input.
  void note_restart_point() {
    const bool between_blocks = (stream_.data_type & 128) != 0 && (stream_.data_type & 64) == 0;
    if (!between_blocks || !index().wants(offset())) return;
    RestartPoint point;
    point.offset = offset();
    point.input = input_end() - stream_.avail_in;
    point.bits = stream_.data_type & 7;
    point.inside = true;
    point.window.resize(1U << MAX_WBITS);
    uInt length = 0;
    if (inflateGetDictionary(&stream_, reinterpret_cast<Bytef*>(point.window.data()), &length) != Z_OK) return;
    point.window.resize(length);
    index().add(std::move(point));
  }

  z_stream stream_{};
  bool ready_ = false;
  bool raw_ = false;
  bool at_member_ = true;
  std::size_t trailer_left_ = 0;
};

// --- Zstandard ---------------------------------------------------------------------------------------------------

struct ZstdDeleter {
  void operator()(ZSTD_DStream* stream) const { ZSTD_freeDStream(stream); }
};

class ZstdDecompressor final : public Decompressor {
 public:
  ZstdDecompressor(int fd, const RestartPoint& from, RestartIndex& index)
      : Decompressor(fd, from, index), stream_(ZSTD_createDStream()) {}

  Result<std::size_t> read(std::span<char> out) override {
    if (!stream_) return fail(ErrorCode::kUnavailable, "Zstandard has no memory to begin");
    ZSTD_outBuffer output{out.data(), out.size(), 0};
    while (output.pos < output.size) {
      if (input_.pos == input_.size) {
        const auto more = next_input();
        if (!more) return fail(more.error());
        if (more->empty() && !drained(output)) return ends_early(offset());
        if (more->empty()) break;
        input_ = {more->data(), more->size(), 0};
      }
      const std::size_t before = output.pos;
      const std::size_t result = ZSTD_decompressStream(stream_.get(), &output, &input_);
      if (ZSTD_isError(result) != 0) return corrupt(ZSTD_getErrorName(result), offset());
      advance(output.pos - before);
      at_frame_ = result == 0;
      if (at_frame_ && index().wants(offset())) {
        index().add({offset(), input_end() - (input_.size - input_.pos), 0, false, {}});
      }
    }
    return output.pos;
  }

 private:
  /// At the end of the file: what the decoder still holds goes out; then a frame must have ended.
  bool drained(ZSTD_outBuffer& output) {
    if (at_frame_) return true;
    const std::size_t before = output.pos;
    const std::size_t result = ZSTD_decompressStream(stream_.get(), &output, &input_);
    advance(output.pos - before);
    at_frame_ = result == 0;
    return at_frame_ || output.pos > before;
  }

  std::unique_ptr<ZSTD_DStream, ZstdDeleter> stream_;
  ZSTD_inBuffer input_{nullptr, 0, 0};
  bool at_frame_ = true;
};

// --- xz ----------------------------------------------------------------------------------------------------------

class XzDecompressor final : public Decompressor {
 public:
  XzDecompressor(int fd, const RestartPoint& from, RestartIndex& index) : Decompressor(fd, from, index) {
    ready_ = lzma_stream_decoder(&stream_, kXzMemory, LZMA_CONCATENATED) == LZMA_OK;
  }
  ~XzDecompressor() override { lzma_end(&stream_); }
  XzDecompressor(const XzDecompressor&) = delete;
  XzDecompressor& operator=(const XzDecompressor&) = delete;

  Result<std::size_t> read(std::span<char> out) override {
    if (!ready_) return fail(ErrorCode::kUnavailable, "xz has no memory to begin");
    stream_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    stream_.avail_out = out.size();
    while (stream_.avail_out > 0 && !ended_) {
      lzma_action action = LZMA_RUN;
      if (stream_.avail_in == 0) {
        const auto input = next_input();
        if (!input) return fail(input.error());
        stream_.next_in = input->data();
        stream_.avail_in = input->size();
        if (input->empty()) action = LZMA_FINISH;
      }
      const lzma_ret result = lzma_code(&stream_, action);
      ended_ = result == LZMA_STREAM_END;
      if (result == LZMA_BUF_ERROR) return ends_early(offset());
      if (result != LZMA_OK && !ended_) return corrupt("xz cannot read on", offset());
    }
    const std::size_t got = out.size() - stream_.avail_out;
    advance(got);
    return got;
  }

 private:
  lzma_stream stream_ = LZMA_STREAM_INIT;
  bool ready_ = false;
  bool ended_ = false;
};

}  // namespace

// --- what all have in common ---------------------------------------------------------------------------------------

std::optional<Compression> compression_of(std::string_view name) {
  for (const Compression one : {Compression::kGzip, Compression::kZstd, Compression::kXz}) {
    if (name.ends_with(suffix_of(one))) return one;
  }
  return std::nullopt;
}

bool is_compressed(int fd, Compression compression) {
  // RFC 1952 2.3.1, RFC 8878 3.1.1, the .xz file format 2.1.1.1.
  std::string_view magic;
  switch (compression) {
    case Compression::kGzip: magic = "\x1f\x8b"; break;
    case Compression::kZstd: magic = "\x28\xb5\x2f\xfd"; break;
    case Compression::kXz: magic = std::string_view("\xfd\x37zXZ\0", 6); break;
  }
  std::array<char, 6> head;
  const ssize_t got = ::pread(fd, head.data(), head.size(), 0);
  return got >= 0 && std::string_view(head.data(), static_cast<std::size_t>(got)).starts_with(magic);
}

std::string_view suffix_of(Compression compression) {
  switch (compression) {
    case Compression::kGzip: return ".gz";
    case Compression::kZstd: return ".zst";
    case Compression::kXz: return ".xz";
  }
  return "";
}

bool RestartIndex::wants(std::uint64_t offset) const {
  return offset >= before(offset).offset + kSpacing;
}

void RestartIndex::add(RestartPoint point) {
  const std::uint64_t offset = point.offset;
  points_.insert_or_assign(offset, std::move(point));
}

const RestartPoint& RestartIndex::before(std::uint64_t offset) const {
  return std::prev(points_.upper_bound(offset))->second;
}

std::unique_ptr<Decompressor> Decompressor::create(Compression compression, int fd, const RestartPoint& from,
                                                   RestartIndex& index) {
  switch (compression) {
    case Compression::kGzip: return std::make_unique<GzipDecompressor>(fd, from, index);
    case Compression::kZstd: return std::make_unique<ZstdDecompressor>(fd, from, index);
    case Compression::kXz: return std::make_unique<XzDecompressor>(fd, from, index);
  }
  return nullptr;
}

Result<std::span<unsigned char>> Decompressor::next_input() {
  input_.resize(kInputBytes);
  for (;;) {
    const ssize_t got = ::pread(fd_, input_.data(), input_.size(), static_cast<off_t>(input_end_));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(errno_error("read", "a compressed file", errno));
    input_end_ += static_cast<std::uint64_t>(got);
    return std::span(reinterpret_cast<unsigned char*>(input_.data()), static_cast<std::size_t>(got));
  }
}

}  // namespace tailwater

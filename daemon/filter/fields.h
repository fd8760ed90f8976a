// Fields: the named values that a record states, found by the way in which its stream's lines are parsed. Pure. Names
// of nested values are joined by dots: http.method. Made only where somebody asks (RecordFacts::fields()); limited to
// kMaxFields, the first ones. The text that it was made of must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tailwater {

class CapturePattern;

/// How fields are found. kAuto tries what a line looks like; the others stand for one form each. kCri and kDocker are
/// forms of files: what they wrap is parsed as kAuto.
enum class ParseAs : std::uint8_t { kAuto, kNone, kJson, kLogfmt, kSyslog, kCombined, kCri, kDocker, kPattern };

enum class FieldKind : std::uint8_t {
  kText,
  kNumber,  ///< the value is a number as JSON writes it
  kWord,    ///< true, false or null
  kJson,    ///< an array, or an object that is too deep or empty: JSON text
};

struct Field {
  std::string_view name;
  std::string_view value;  ///< of a text: without quotes and escapes
  FieldKind kind = FieldKind::kText;
};

class Fields {
 public:
  static constexpr std::size_t kMaxFields = 128;

  /// `pattern` is for kPattern alone. `text` must be shorter than 4 GiB.
  [[nodiscard]] static Fields of(std::string_view text, ParseAs parse, const CapturePattern* pattern = nullptr);

  [[nodiscard]] std::size_t size() const { return stored_.size(); }
  [[nodiscard]] bool empty() const { return stored_.empty(); }
  /// The views live as long as these fields and their text.
  [[nodiscard]] Field operator[](std::size_t index) const;
  /// The first of that name.
  [[nodiscard]] std::optional<Field> find(std::string_view name) const;

  // --- for the parsers ---------------------------------------------------------------------------------------------
  [[nodiscard]] bool full() const { return stored_.size() >= kMaxFields; }
  /// `value` is a part of the text; `name` a part of the text or of constant data.
  void add(std::string_view name, std::string_view value, FieldKind kind);
  /// Both are copied.
  void add_copied(std::string_view name, std::string_view value, FieldKind kind);
  /// A text that is a number if it is spelt as one.
  void add_guessed(std::string_view name, std::string_view value);
  /// Forgets all but the first `count`.
  void cut_to(std::size_t count) { stored_.resize(count); }

 private:
  struct Stored {
    const char* name = nullptr;  // null: in own_, at name_at
    const char* value = nullptr;
    std::uint32_t name_at = 0;
    std::uint32_t name_size = 0;
    std::uint32_t value_at = 0;
    std::uint32_t value_size = 0;
    FieldKind kind = FieldKind::kText;
  };
  std::vector<Stored> stored_;
  std::string own_;  // names and values that are not in the text as they are
};

/// A number as JSON writes it, with no more digits than a double keeps.
[[nodiscard]] bool is_json_number(std::string_view text);

}  // namespace tailwater

#include "config/toml_reader.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <toml++/toml.h>

#include "config/option_table.h"
#include "config/option_value.h"

namespace tailwater {
namespace {

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::none: return "nothing";
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "a list";
    case toml::node_type::string: return "a text";
    case toml::node_type::integer: return "a whole number";
    case toml::node_type::floating_point: return "a number with a fraction";
    case toml::node_type::boolean: return "true or false";
    case toml::node_type::date: return "a date";
    case toml::node_type::time: return "a time";
    case toml::node_type::date_time: return "a date and time";
  }
  return "something else";
}

/// What an option's value looks like in TOML: for those who wrote something else.
std::string_view example(ValueKind kind) {
  switch (kind) {
    case ValueKind::kText: return "a text: \"...\"";
    case ValueKind::kTextList: return R"(a list of texts: ["...", "..."])";
    case ValueKind::kNumberList: return "a list of numbers: [0.1, 1, 10]";
    case ValueKind::kFlag: return "true or false";
    case ValueKind::kCount: return "a whole number, not negative: 10";
    case ValueKind::kBytes: return "a number of bytes: 65536 or \"64KiB\"";
    case ValueKind::kDuration: return R"(a duration: "15s", "10m" or "500ms")";
  }
  return "";
}

class Reader {
 public:
  Reader(std::string_view file, Problems& problems) : file_(file), problems_(problems) {}

  void read_document(const toml::table& document, Configuration& configuration) {
    check_names(document, "", section_names());
    for (const OptionSection& section : option_sections()) {
      const toml::node* node = document.get(section.name);
      if (node == nullptr) continue;
      if (section.repeated) {
        read_repeated(section, *node, configuration);
      } else if (const toml::table* table = node->as_table()) {
        read_section(section, *table, std::string(section.name), section_of(configuration, section));
      } else {
        problems_.add(place(node->source()), fmt::format("{} must be a table, not {} (write [{}] on a line of its own)",
                                                         section.name, type_name(*node), section.name));
      }
    }
  }

 private:
  [[nodiscard]] std::string place(const toml::source_region& source) const {
    return fmt::format("{}:{}:{}", file_, source.begin.line, source.begin.column);
  }

  static std::vector<std::string> section_names() {
    std::vector<std::string> names;
    for (const OptionSection& section : option_sections()) names.emplace_back(section.name);
    return names;
  }

  /// Those of `known` that begin with "name.", without it: the keys of a table inside.
  static std::vector<std::string> names_inside(std::string_view name, const std::vector<std::string>& known) {
    std::vector<std::string> inside;
    for (const std::string& each : known) {
      if (each.compare(0, name.size(), name) != 0 || each.size() <= name.size() || each[name.size()] != '.') continue;
      inside.push_back(each.substr(name.size() + 1));
    }
    return inside;
  }

  void check_names(const toml::table& table, std::string_view prefix, const std::vector<std::string>& known) {
    for (const auto& [key, value] : table) {
      const std::string name(key.str());
      const bool is_known = std::find(known.begin(), known.end(), name) != known.end();
      if (is_known && !value.is_table()) continue;
      if (const auto inside = names_inside(name, known); !inside.empty()) {
        if (const toml::table* nested = value.as_table()) {
          check_names(*nested, fmt::format("{}{}.", prefix, name), inside);
        } else {
          problems_.add(place(key.source()), fmt::format("{}{} must be a table, not {} (write {}.{} = ...)", prefix,
                                                         name, type_name(value), name, inside.front()));
        }
        continue;
      }
      if (is_known) continue;
      const std::string meant = nearest(name, known);
      problems_.add(place(key.source()),
                    meant.empty() ? fmt::format("unknown key {}{} (tailwater help config lists all)", prefix, name)
                                  : fmt::format("unknown key {}{} (did you mean {}{}?)", prefix, name, prefix, meant));
    }
  }

  void read_repeated(const OptionSection& section, const toml::node& node, Configuration& configuration) {
    const toml::array* array = node.as_array();
    if (array == nullptr) {
      problems_.add(place(node.source()), fmt::format("{} must be a list of tables, not {} (write [[{}]] on a line of "
                                                      "its own, once for each)",
                                                      section.name, type_name(node), section.name));
      return;
    }
    for (std::size_t i = 0; i < array->size(); ++i) {
      const toml::node& item = *array->get(i);
      const toml::table* table = item.as_table();
      if (table == nullptr) {
        problems_.add(place(item.source()), fmt::format("an entry of {} must be a table, not {} (write [[{}]])",
                                                        section.name, type_name(item), section.name));
        continue;
      }
      const std::string prefix = fmt::format("{}[{}]", section.name, i);
      problems_.set_place(prefix, place(table->source()));
      read_section(section, *table, prefix, section_of(configuration, section));
    }
  }

  void read_section(const OptionSection& section, const toml::table& table, const std::string& prefix,
                    SectionRef fields) {
    std::vector<std::string> names;
    for (const Option& option : section.options) names.emplace_back(option.name);
    check_names(table, fmt::format("{}.", section.name), names);
    for (const Option& option : section.options) {
      const toml::node* node = table.at_path(option.name).node();
      // Some can be a name, or true, or a table, whose keys are options of their own.
      if (node != nullptr && node->is_table() && !names_inside(option.name, names).empty()) {
        const FieldRef field = option.field(fields);
        if (auto* const* flag = std::get_if<bool*>(&field)) **flag = true;
        problems_.set_place(fmt::format("{}.{}", prefix, option.name), place(node->source()));
        continue;
      }
      if (node != nullptr) {
        read_value(fmt::format("{}.{}", prefix, option.name), option, option.field(fields), *node);
      } else if (option.required) {
        problems_.add(problems_.place_of(prefix),
                      fmt::format("the {} has no {} (add {} = ...)", section.name, option.name, option.name));
      }
    }
  }

  void read_value(const std::string& key, const Option& option, FieldRef field, const toml::node& node) {
    problems_.set_place(key, place(node.source()));
    if (option.kind == ValueKind::kTextList) {
      read_list(key, option, field, node);
    } else if (option.kind == ValueKind::kNumberList) {
      read_numbers(key, option, *std::get<std::vector<double>*>(field), node);
    } else if (const auto result = set_value(option, field, node); !result) {
      problems_.add_for(key, result.error().message);
    }
  }

  void read_list(const std::string& key, const Option& option, FieldRef field, const toml::node& node) {
    const toml::array* array = node.as_array();
    if (array == nullptr) {
      problems_.add_for(key, mismatch(option, node).message);
      return;
    }
    if (array->empty() && option.required) problems_.add_for(key, "the list is empty (name at least one)");
    std::get<std::vector<std::string>*>(field)->clear();  // a list in a file replaces the default
    for (std::size_t i = 0; i < array->size(); ++i) {
      const toml::node& item = *array->get(i);
      const std::string item_key = fmt::format("{}[{}]", key, i);
      problems_.set_place(item_key, place(item.source()));
      const toml::value<std::string>* text = item.as_string();
      const Result<void> result =
          text == nullptr ? fail(mismatch(option, item)) : set_from_text(option, field, text->get());
      if (!result) problems_.add_for(item_key, result.error().message);
    }
  }

  void read_numbers(const std::string& key, const Option& option, std::vector<double>& numbers,
                    const toml::node& node) {
    const toml::array* array = node.as_array();
    if (array == nullptr) return problems_.add_for(key, mismatch(option, node).message);
    numbers.clear();
    for (std::size_t i = 0; i < array->size(); ++i) {
      const auto number = array->get(i)->value<double>();
      if (number && std::isfinite(*number)) {
        numbers.push_back(*number);
      } else {
        const std::string item_key = fmt::format("{}[{}]", key, i);
        problems_.set_place(item_key, place(array->get(i)->source()));
        problems_.add_for(item_key, mismatch(option, *array->get(i)).message);
      }
    }
  }

  static Error mismatch(const Option& option, const toml::node& node) {
    return {ErrorCode::kInvalid, fmt::format("{} does not fit (write {})", type_name(node), example(option.kind))};
  }

  static Result<void> set_value(const Option& option, FieldRef field, const toml::node& node) {
    const bool is_number = option.kind == ValueKind::kCount || option.kind == ValueKind::kBytes;
    if (const auto* number = node.as_integer(); number != nullptr && is_number && number->get() >= 0) {
      return set_number(option, field, static_cast<std::uint64_t>(number->get()));
    }
    if (const auto* flag = node.as_boolean(); flag != nullptr && option.kind == ValueKind::kFlag) {
      *std::get<bool*>(field) = flag->get();
      return {};
    }
    const bool is_text = option.kind != ValueKind::kCount && option.kind != ValueKind::kFlag;
    if (const auto* text = node.as_string(); text != nullptr && is_text) {
      return set_from_text(option, field, text->get());
    }
    return fail(mismatch(option, node));
  }

  std::string file_;
  Problems& problems_;
};

}  // namespace

void read_toml(std::string_view text, std::string_view name, Configuration& configuration, Problems& problems) {
  try {
    const toml::table document = toml::parse(text);
    Reader(name, problems).read_document(document, configuration);
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    problems.add(fmt::format("{}:{}:{}", name, at.line, at.column),
                 fmt::format("{} (this is not TOML: see https://toml.io)", error.description()));
  } catch (const std::exception& error) {
    problems.add(name, error.what());
  }
}

}  // namespace tailwater
